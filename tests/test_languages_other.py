"""Languages that come through home-assistant-intents alone, and the one that docs/adding-a-language.md adds."""

import json
import re
from pathlib import Path

import pytest
from fakes_house import climate, cover, light, lock, sensor, switch

from assistant.sentences.planner import SentencePlanner
from config.language import languages, load_language, parse_language
from sensors.home import House
from sensors.reading import Entity, Quantity, Verb
from tools.consent import Consent, consent
from tools.names import find_series

DOCS = (Path(__file__).parent.parent / "docs" / "adding-a-language.md").read_text(encoding="utf-8")


def home(*entities: Entity) -> House:
    return House(version=1, entities=entities)


HOUSES = {
    "fr": home(
        light("Salon", "Lampadaire"),
        sensor("Cuisine", "Température", Quantity.TEMPERATURE),
        cover("Salon", "Volet"),
        climate("Salon", "Thermostat"),
        lock("Entrée", "Porte d'entrée"),
        switch("Cuisine", "Cafetière"),
    ),
    "nl": home(
        light("Woonkamer", "Staande lamp"),
        sensor("Keuken", "Temperatuur", Quantity.TEMPERATURE),
        cover("Woonkamer", "Rolluik"),
        climate("Woonkamer", "Thermostaat"),
        lock("Hal", "Voordeur"),
        switch("Keuken", "Koffiezetapparaat"),
    ),
    "es": home(
        light("Salón", "Lámpara de pie"),
        sensor("Cocina", "Temperatura", Quantity.TEMPERATURE),
        cover("Salón", "Persiana"),
        climate("Salón", "Termostato"),
        lock("Entrada", "Puerta principal"),
        switch("Cocina", "Cafetera"),
    ),
    "it": home(
        light("Soggiorno", "Lampada da terra"),
        sensor("Cucina", "Temperatura", Quantity.TEMPERATURE),
        cover("Soggiorno", "Tapparella"),
        climate("Soggiorno", "Termostato"),
        lock("Ingresso", "Porta d'ingresso"),
        switch("Cucina", "Macchina del caffè"),
    ),
}
ORDERS = {
    "fr": {
        "allume le lampadaire": ("turn_on", "Lampadaire"),
        "allume la lumière du salon": ("turn_on", "Lampadaire"),
        "peux-tu allumer la cafetière s'il te plaît ?": ("turn_on", "Cafetière"),
        "ouvre le volet du salon": ("open", "Volet"),
        "règle la température du salon à 21 degrés": ("set_temperature", "Thermostat"),
        "déverrouille la porte d'entrée": ("unlock", "Porte d'entrée"),
    },
    "nl": {
        "zet de staande lamp aan": ("turn_on", "Staande lamp"),
        "doe het licht in de woonkamer uit": ("turn_off", "Staande lamp"),
        "kun je het koffiezetapparaat aanzetten?": ("turn_on", "Koffiezetapparaat"),
        "open het rolluik in de woonkamer": ("open", "Rolluik"),
        "zet de temperatuur in de woonkamer op 21 graden": ("set_temperature", "Thermostaat"),
        "ontgrendel de voordeur": ("unlock", "Voordeur"),
    },
    "es": {
        "enciende la lámpara de pie": ("turn_on", "Lámpara de pie"),
        "apaga las luces del salón": ("turn_off", "Lámpara de pie"),
        "¿puedes encender la cafetera, por favor?": ("turn_on", "Cafetera"),
        "abre la persiana del salón": ("open", "Persiana"),
        "pon la temperatura del salón a 21 grados": ("set_temperature", "Termostato"),
    },
    "it": {
        "accendi la lampada da terra": ("turn_on", "Lampada da terra"),
        "spegni le luci del soggiorno": ("turn_off", "Lampada da terra"),
        "puoi accendere la macchina del caffè per favore?": ("turn_on", "Macchina del caffè"),
        "apri la tapparella del soggiorno": ("open", "Tapparella"),
        "imposta la temperatura in soggiorno a 21 gradi": ("set_temperature", "Termostato"),
        "sblocca la porta d'ingresso": ("unlock", "Porta d'ingresso"),
    },
}
ASKED = {
    "fr": ["quelle est la température dans la cuisine ?", "la porte d'entrée est-elle verrouillée ?"],
    "nl": ["hoe warm is het in de keuken?", "is de staande lamp aan?"],
    "es": ["¿qué temperatura hace en la cocina?", "cuál es la temperatura en la cocina"],
    "it": ["qual è la temperatura in cucina", "la lampada da terra è accesa?"],
}
NO_ORDERS = {
    "fr": [
        "n'allume pas le lampadaire",
        "pourquoi le lampadaire est allumé ?",
        "allume le lampadaire ?",
        "est-ce que je dois ouvrir le volet",
    ],
    "nl": [
        "doe de staande lamp niet aan",
        "moet ik de staande lamp aanzetten?",
        "waarom is de staande lamp aan",
        "staande lamp aan?",
    ],
    "es": [
        "no enciendas la lámpara de pie",
        "no apagues las luces",
        "¿debo abrir la persiana?",
        "enciende la lámpara de pie?",
    ],
    "it": [
        "non accendere la lampada da terra",
        "perché la luce è accesa?",
        "devo aprire la tapparella?",
        "accendi la lampada da terra?",
    ],
}
"""Each would act were it not for a word that denies, or asks."""
NOT_OURS = {
    "fr": ["quelle était la température moyenne hier", "raconte-moi une blague"],
    "nl": ["wat was gisteren de hoogste temperatuur", "vertel me een grap"],
    "es": ["cuál fue la temperatura máxima de ayer", "cuéntame un chiste"],
    "it": ["qual era la temperatura massima ieri", "raccontami una barzelletta"],
}
PLANNERS = {code: SentencePlanner(load_language(code)) for code in HOUSES}


def call(code: str, said: str) -> tuple[str, dict[str, object]] | None:
    plan = PLANNERS[code].plan(said, HOUSES[code], None)
    if plan is None or not plan.calls:
        return None
    return plan.calls[0].name, json.loads(plan.calls[0].arguments)


@pytest.mark.parametrize(("code", "said"), [(code, said) for code, orders in ORDERS.items() for said in orders])
def test_an_order_reaches_the_device_that_is_meant(code: str, said: str) -> None:
    verb, device = ORDERS[code][said]
    made = call(code, said)

    assert made is not None and made[0] == "control_device" and made[1]["verb"] == verb
    found = find_series(HOUSES[code], str(made[1]["what"]), lambda entity, _: entity.command(Verb(verb)) is not None)
    assert {item.entity.name for item in found} == {device}


@pytest.mark.parametrize(("code", "said"), [(code, said) for code, asked in ASKED.items() for said in asked])
def test_a_question_is_asked(code: str, said: str) -> None:
    made = call(code, said)
    assert made is not None and made[0] == "query_sensors"


@pytest.mark.parametrize(("code", "said"), [(code, said) for code, several in NO_ORDERS.items() for said in several])
def test_what_denies_or_asks_is_no_order(code: str, said: str) -> None:
    made = call(code, said)
    assert made is None or made[0] == "query_sensors"


@pytest.mark.parametrize(("code", "said"), [(code, said) for code, several in NOT_OURS.items() for said in several])
def test_what_only_our_own_templates_could_do_is_declined(code: str, said: str) -> None:
    assert call(code, said) is None


@pytest.mark.parametrize("code", [code for code in languages() if code != "en"])
def test_a_proposal_is_answered_in_the_language(code: str) -> None:
    confirm = load_language(code).confirm

    assert {consent(said, confirm, None) for said in confirm.accept} == {Consent.ACCEPT}
    assert {consent(said, confirm, None) for said in confirm.reject} == {Consent.REJECT}
    assert {consent(said, confirm, None) for said in confirm.repeat} == {Consent.REPEAT}
    assert {consent(said, confirm, "portal") for said in confirm.accept} == {Consent.ECHO_NEEDED}
    assert {consent(form.format(noun="portal"), confirm, "portal") for form in confirm.echo} == {Consent.ACCEPT}
    assert consent("yes", confirm, None) is Consent.OTHER


def test_the_language_that_the_documentation_adds_works() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    swedish = SentencePlanner(parse_language(text, "docs/adding-a-language.md"))
    house = home(light("Vardagsrum", "Golvlampa"), sensor("Kök", "Temperatur", Quantity.TEMPERATURE))
    table = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", DOCS, re.MULTILINE))
    said = {key: value for key, value in table.items() if "golvlampa" in key}
    assert len(said) == 4

    for sentence, understood in said.items():
        plan = swedish.plan(sentence, house, None)
        calls = [] if plan is None else [(one.name, json.loads(one.arguments)) for one in plan.calls]
        match understood.split():
            case ["`turn_on`", name]:
                assert [(name_, given["verb"], given["what"]) for name_, given in calls] == [
                    ("control_device", "turn_on", name)
                ]
            case ["a", "question,", *_]:
                assert [name_ for name_, _ in calls] == ["query_sensors"], sentence
            case _:
                assert calls == [], sentence


def test_the_documentation_lists_every_language_and_what_it_has() -> None:
    folder = Path(__file__).parent.parent / "config"
    for part in ("sentences", "names", "replies"):
        for path in (folder / part).glob("*.yaml"):
            assert f"`{path.stem}`" in DOCS, (part, path.stem)
