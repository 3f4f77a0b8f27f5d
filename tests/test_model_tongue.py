"""A language model that answers in another language is not believed: its claims can be read in English only."""

import json
from pathlib import Path

import pytest

from assistant.model.ground import grounded
from assistant.model.tongue import is_foreign

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(
    "text",
    [
        "Ich habe das Licht ausgeschaltet.",
        "Erledigt.",
        "Erledigt!",
        "Das Licht in der Küche ist jetzt an.",
        "Die Haustür wurde abgeschlossen.",
        "Licht ausgeschaltet.",
        "Klar, wird gemacht.",
        "J'ai allumé la lumière du salon.",
        "C'est fait.",
        "Ik heb de lamp uitgezet.",
        "Klaar.",
        "He encendido la luz.",
        "Hecho.",
        "Ho acceso la luce in cucina.",
        "Fatto.",
    ],
)
def test_a_deed_claimed_in_another_language_is_not_spoken(text: str) -> None:
    assert is_foreign(text)
    assert not grounded(text, (), "mach das Licht aus")


@pytest.mark.parametrize(
    "text",
    [
        "I don't know that.",
        "Sorry, I cannot tell.",
        "The bedroom is 18.9 degrees.",
        "22.4 degrees.",
        "No lights are on in the Küche.",
        "The Wohnzimmer Temperatur reads 22 degrees, the Büro 20.",
        "Haustür is closed.",
        "Which lamp do you mean, the Stehlampe or the Deckenlampe?",
        "",
    ],
)
def test_english_stays_english_whatever_the_names_are(text: str) -> None:
    assert not is_foreign(text)


def test_the_golden_sets_are_told_apart() -> None:
    def share(code: str) -> float:
        cases = [
            json.loads(line)["say"] for line in (GOLDEN / f"{code}.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        said = [one for case in cases for one in ([case] if isinstance(case, str) else case) if len(one.split()) > 3]
        return sum(map(is_foreign, said)) / len(said)

    assert share("en") == 0
    assert share("de") > 0.85
