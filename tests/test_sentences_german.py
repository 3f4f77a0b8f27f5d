"""German as it is said and typed: numbers, umlauts, words put together, verbs that come apart, and what asks."""

import json
from functools import cache
from pathlib import Path

import pytest
from fakes_house import binary, climate, cover, light, lock, sensor, switch
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.sentences.mapping import is_act
from assistant.sentences.number_words import numbers_said
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.templates import spelled_numbers
from assistant.sentences.wording import Wording
from config.language import load_language
from sensors.home import House
from sensors.reading import Quantity

GERMAN = load_language("de")
PLANNER = SentencePlanner(GERMAN)
WORDING = Wording(GERMAN.wording, numbers_said(spelled_numbers("de"), GERMAN.wording))
GOLDEN = Path(__file__).parent / "golden" / "de.jsonl"
HOUSE = House(
    version=1,
    entities=(
        light("Küche", "Deckenlampe"),
        light("Wohnzimmer", "Stehlampe"),
        light("Büro", "Schreibtischlampe"),
        sensor("Küche", "Temperatur", Quantity.TEMPERATURE),
        sensor("Wohnzimmer", "Temperatur", Quantity.TEMPERATURE),
        lock("Flur", "Haustürschloss"),
        binary("Küche", "Fenster", Quantity.WINDOW),
        cover("Wohnzimmer", "Rollladen"),
        cover("Garage", "Garagentor", Quantity.GARAGE_DOOR),
        climate("Wohnzimmer", "Heizung"),
        switch("Küche", "Kaffeemaschine"),
    ),
)
ORDERS = (
    "mach das Licht in der Küche an",
    "schalte die Stehlampe aus",
    "Stehlampe an",
    "die Stehlampe einschalten",
    "öffne das Garagentor",
    "das Garagentor öffnen",
    "mach den Rollladen zu",
    "schließ die Haustür auf",
    "die Haustür aufschließen",
    "stell die Heizung auf 25 Grad",
    "stell einen Timer auf zehn Minuten",
    "dimm die Stehlampe auf zwanzig Prozent",
    "mach die Kaffeemaschine an",
)
ASKED = (
    *("warum {}", "wieso {}", "soll ich {}", "kann ich {}", "darf Mia {}", "wer kann {}", "wann {}", "ob {}"),
    *("ist es gut, {}", "hast du {}", "wird {}", "muss man {}", "würde es helfen, {}", "was passiert, wenn ich {}"),
    *(
        "wie kann man {}",
        "{}?",
        "warum nicht {}",
        "wenn ich {}",
        "falls ich {}",
        "{} oder nicht?",
        "ist {}",
        "geht {}?",
    ),
)


@cache
def acts(text: str) -> bool:
    read = PLANNER.recognize(text, HOUSE, "Küche")
    return read is not None and is_act(read.intent)


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("einundzwanzig Grad", "21 grad"),
        ("zweiundzwanzig Komma fünf Grad", "22.5 grad"),
        ("einundzwanzigeinhalb", "21.5"),
        ("zweieinhalb Stunden", "2.5 stunden"),
        ("anderthalb Stunden", "1.5 stunden"),
        ("eineinhalb", "1.5"),
        ("21,5 Grad", "21.5 grad"),
        ("1.000 Watt", "1000 watt"),
        ("1.250,5", "1250.5"),
        ("hundertzwanzig", "120"),
        ("tausend", "1000"),
        ("dreißig", "30"),
        ("zwo", "2"),
        ("21 °C", "21 celsius"),
        ("50%", "50 prozent"),
        ("im Bad", "in bad"),
        ("die Küche", "küche"),
        ("schalte ein", "schalte ein"),
    ],
)
def test_numbers_and_small_words_are_made_alike(said: str, plain: str) -> None:
    assert WORDING.plain(said) == plain


@pytest.mark.parametrize("order", ORDERS)
def test_these_are_orders(order: str) -> None:
    assert acts(order)


@pytest.mark.parametrize("polite", ["Könntest du bitte {}?", "Kannst du {}", "Würdest du {}, bitte?", "Bitte {}"])
@pytest.mark.parametrize("order", ["die Stehlampe einschalten", "das Garagentor öffnen", "die Haustür aufschließen"])
def test_what_is_asked_for_politely_is_an_order(polite: str, order: str) -> None:
    assert acts(polite.format(order))


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("order", ORDERS)
def test_a_question_is_never_an_order(asked: str, order: str) -> None:
    assert not acts(asked.format(order))


WORDS = sorted(
    {
        *(word for order in ORDERS for word in order.split()),
        *(
            "nicht",
            "alle",
            "Lichter",
            "im",
            "Wohnzimmer",
            "jetzt",
            "oder",
            "und",
            "bitte",
            "ich",
            "du",
            "wir",
            "die",
            "auf",
        ),
    }
)
QUESTION_WORDS = sorted(
    word for word in GERMAN.wording.asking if not any(word in phrase.split() for phrase in GERMAN.wording.polite)
)


@settings(max_examples=300, deadline=None)
@given(first=st.sampled_from(QUESTION_WORDS), rest=st.lists(st.sampled_from(WORDS), max_size=8))
def test_nothing_that_begins_like_a_question_acts(first: str, rest: list[str]) -> None:
    assert not acts(" ".join([first, *rest]))


@settings(max_examples=300, deadline=None)
@given(words=st.lists(st.sampled_from([word for word in WORDS if word != "bitte"]), min_size=1, max_size=8))
def test_nothing_that_ends_like_a_question_acts(words: list[str]) -> None:
    assert not acts(f"{' '.join(words)}?")


@settings(max_examples=300, deadline=None)
@given(
    order=st.sampled_from([order for order in ORDERS if "Timer" not in order]),
    at=st.integers(0, 6),
    no=st.sampled_from(GERMAN.wording.denials),
)
def test_an_order_with_a_denial_in_it_is_none(order: str, at: int, no: str) -> None:
    words = order.split()
    assert not acts(" ".join([*words[:at], no, *words[at:]]))


def test_what_is_typed_without_umlauts_means_the_same() -> None:
    cases = [json.loads(line)["say"] for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    letters = GERMAN.wording.letters
    table = str.maketrans(
        {**letters, **{large.upper(): typed.title() for large, typed in letters.items() if large != "ß"}}
    )
    other = []
    for said in (case for case in cases if isinstance(case, str)):
        typed = said.translate(table)
        written, read = PLANNER.recognize(said, HOUSE, "Küche"), PLANNER.recognize(typed, HOUSE, "Küche")
        if typed != said and (written is None or "message" not in written.slots) and written != read:
            other.append((typed, written, read))
    assert other == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mach das Küchenlicht an", "Mach das Licht in der Küche an"),
        ("Wohnzimmertemperatur", "Temperatur im Wohnzimmer"),
        ("Schließ das Haustürschloss ab", "Verriegle das Haustürschloss"),
        ("Ist das Küchenfenster offen?", "Ist das Fenster in der Küche offen?"),
    ],
)
def test_what_is_put_together_means_the_same(one: str, other: str) -> None:
    first, second = (PLANNER.plan(said, HOUSE, None) for said in (one, other))
    assert first is not None and second is not None
    assert [call.arguments for call in first.calls] == [call.arguments for call in second.calls]


@pytest.mark.parametrize(
    ("said", "clock"),
    [
        ("um halb acht", "7:30"),
        ("um Viertel nach sieben", "7:15"),
        ("um Viertel vor acht", "7:45"),
        ("um dreiviertel acht", "7:45"),
        ("um viertel acht", "7:15"),
        ("um fünf vor halb acht", "7:25"),
        ("um fünf nach halb acht", "7:35"),
        ("um zehn nach sieben", "7:10"),
        ("um zwanzig vor acht", "7:40"),
        ("um 7 Uhr 20", "7:20"),
        ("um 7:20 Uhr", "7:20"),
        ("um 7.20 Uhr", "7:20"),
        ("um halb eins", "12:30"),
        ("um 19 Uhr", "19:00"),
        ("um Mitternacht", "0:00"),
    ],
)
def test_a_german_clock_is_read_as_it_is_said(said: str, clock: str) -> None:
    plan = PLANNER.plan(f"Weck mich {said}", HOUSE, None)
    assert plan is not None
    assert json.loads(plan.calls[0].arguments)["clock"] == clock


@pytest.mark.parametrize(
    ("said", "picked"),
    [
        ("den Rollladen West", "Rollladen West"),
        ("West", "Rollladen West"),
        ("den zweiten", "Rollladen West"),
        ("ich meine den ersten", "Rollladen Süd"),
        ("den letzten bitte", "Rollladen West"),
        ("Nummer zwei", "Rollladen West"),
        ("keinen von beiden", ""),
        ("keiner", ""),
        ("wie warm ist es", ""),
    ],
)
def test_which_one_is_answered_in_german(said: str, picked: str) -> None:
    assert PLANNER.chosen(("Rollladen Süd", "Rollladen West"), said).name == picked


@pytest.mark.parametrize(
    ("said", "digits"),
    [("eins zwei drei vier", "1 2 3 4"), ("ja alle fünf", "ja alle 5"), ("zwo null sieben drei", "2 0 7 3")],
)
def test_digits_are_heard_in_german(said: str, digits: str) -> None:
    assert PLANNER.with_digits(said) == digits


def test_every_example_works() -> None:
    works = 0
    for intent, several in GERMAN.speech.items():
        for said in several:
            for text in _ways(said):
                read = PLANNER.recognize(text, HOUSE, "Küche")
                assert read is not None and read.intent == intent, (text, read)
                works += 1
    assert works > 50


def test_a_recogniser_can_be_biased_with_german_sentences() -> None:
    assert "welche" in PLANNER.jsgf(HOUSE, None)
    assert "ja" in PLANNER.confirmation_jsgf(None)


def _ways(template: str) -> list[str]:
    """A template with each of its choices, and names of this house."""
    names = {
        "quantity": "Temperatur",
        "room": "Küche",
        "metered": "Kaffeemaschine",
        "opened": "Fenster",
        "lockable": "Haustür",
        "switchable": "Stehlampe",
        "openable": "Rollladen",
        "dimmable": "Stehlampe",
        "positionable": "Rollladen",
        "heatable": "Heizung",
        "period": "gestern",
        **{"percent": "50", "degrees": "21", "count": "10", "hour": "7"},
    }
    found = template.partition("(")
    if found[1]:
        choices, _, rest = found[2].partition(")")
        return [way for choice in choices.split("|") for way in _ways(f"{found[0]}{choice}{rest}")]
    return [template.format_map(names)]
