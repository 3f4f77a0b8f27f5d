"""The grammar that the embedded recogniser listens with: closed, speakable, and understood again word for word."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from fakes_house import binary, build_house, cover, light, lock, sensor, switch
from fakes_jsgf import Grammar
from hypothesis import given, settings
from hypothesis import strategies as st
from pocketsphinx import Decoder

from assistant.sentences.planner import SentencePlanner
from config.language import load_language
from sensors.home import House
from sensors.reading import Category, Entity, Quantity
from tools.consent import Consent, consent

LANGUAGE = load_language("en")
PLANNER = SentencePlanner(LANGUAGE)
WORD = re.compile(r"[a-z]+('[a-z]+)*")
ODD_NAMES = [
    "{name}",
    "lamp [old] (new)",
    "a|b;c",
    'the "big" light',
    "<temperature>",
    "Büro Lampe",
    "\N{ELECTRIC LIGHT BULB} Lamp",
    "\u5ba2\u5385\u706f",
    "#JSGF V1.0;",
    "Plug 2",
    "TV2",
    "",
    "   ",
    "?!",
    "x" * 80,
    "lamp\nturn off alarm;",
    "\u202egarden\u202c",
    "O'Brien's lamp",
    "25%",
    "-5",
]


def decoder() -> Decoder:
    return Decoder(lm=None, loglevel="FATAL", logfn="/dev/null")


def large_house() -> House:
    rooms = [
        f"{size} {room}" for size in ("Upper", "Lower", "Guest", "Master") for room in ("Bedroom", "Hall", "Kitchen")
    ]
    makers: list[Callable[[str], Entity]] = [
        lambda room: light(room, "Ceiling light"),
        lambda room: light(room, "Desk lamp"),
        lambda room: light(room, "Reading light"),
        lambda room: switch(room, "Heater"),
        lambda room: switch(room, "Fan"),
        lambda room: lock(room, "Door lock"),
        lambda room: cover(room, "Blinds"),
        lambda room: binary(room, "Window", Quantity.WINDOW),
        lambda room: binary(room, "Motion", Quantity.MOTION),
        lambda room: sensor(room, "Temperature", Quantity.TEMPERATURE),
        lambda room: sensor(room, "Humidity", Quantity.HUMIDITY),
        *(
            partial(light, name=f"{place} lamp")
            for place in "corner wall shelf mirror door table bed plant roof bench".split()
        ),
    ]
    return build_house(*(make(room) for room in rooms for make in makers))


def test_every_sentence_that_is_listened_for_is_understood_as_meant() -> None:
    house, dice = build_house(), random.Random(20)
    grammar = Grammar(PLANNER.jsgf(house, None))
    intents = [part for tree in grammar.rules["<sentence>"] for part in tree if isinstance(part, str)]

    misread = {
        said: (rule, read.intent if read else None)
        for rule in intents
        for said in (grammar.say(rule, dice) for _ in range(80))
        if (read := PLANNER.recognize(said, house, None)) is None or f"<{read.intent}>" != rule or not read.known
    }

    assert misread == {}
    assert len(intents) >= 15


def test_only_plain_words_are_listened_for() -> None:
    words = Grammar(PLANNER.jsgf(build_house(*(light("Den", name) for name in ODD_NAMES)), None)).words()

    assert {word for word in words if not WORD.fullmatch(word)} == set()


def test_a_house_without_locks_is_not_asked_to_lock() -> None:
    house = House(version=1, entities=(light("Kitchen", "Ceiling light"),))
    grammar = Grammar(PLANNER.jsgf(house, None))

    assert "unlock" not in grammar.words()
    assert "<lock>" not in grammar.rules
    assert "kitchen" in grammar.words()


def test_an_empty_house_still_has_a_grammar() -> None:
    grammar = Grammar(PLANNER.jsgf(House(), None))

    assert {"help", "cancel"} <= grammar.words()
    decoder().add_jsgf_string("house", PLANNER.jsgf(House(), None))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_device_may_be_called_anything(name: str) -> None:
    house = build_house(light("Den", name), light(name, "Lamp"))

    assert PLANNER.plan("turn on the kitchen light", house, None) is not None
    assert PLANNER.plan(f"turn on {name} please", house, name) is None or name.strip()
    Grammar(PLANNER.jsgf(house, None))


@settings(max_examples=50, deadline=None)
@given(name=st.text(max_size=40), room=st.text(max_size=20))
def test_no_name_can_add_to_the_grammar_or_break_it(name: str, room: str) -> None:
    house = build_house(switch(room, name))
    grammar = Grammar(PLANNER.jsgf(house, None))

    assert set(grammar.rules) == set(Grammar(PLANNER.jsgf(build_house(), None)).rules)
    assert {word for word in grammar.words() if not WORD.fullmatch(word)} == set()
    assert PLANNER.plan("is the front door open", house, None) is not None


def test_numbers_in_names_are_said_in_words() -> None:
    house = build_house(switch("Office", "Plug 2"))

    assert "plug two" in PLANNER.jsgf(house, None)
    assert PLANNER.recognize("turn on plug two", house, None) is not None


def test_three_hundred_entities_compile_within_a_second() -> None:
    house = large_house()
    assert len(house.entities) >= 290
    listener = decoder()

    start = time.process_time()
    grammar = PLANNER.jsgf(house, None)
    missing = {word for word in Grammar(grammar).words() if listener.lookup_word(word) is None}
    listener.add_jsgf_string("house", grammar)
    listener.activate_search("house")

    assert time.process_time() - start < 1, "of this processor, whatever else it does"
    assert missing == set()


@pytest.mark.parametrize("echo", [None, "front door", "garage door", "Lock #2", "\N{LOCK}"])
def test_answers_to_a_proposal_compile_and_mean_what_they_say(echo: str | None) -> None:
    text = PLANNER.confirmation_jsgf(echo)
    grammar, dice = Grammar(text), random.Random(3)
    decoder().add_jsgf_string("confirmation", text)

    wanted = {
        "<accept>": {Consent.ACCEPT, Consent.ECHO_NEEDED},
        "<reject>": {Consent.REJECT},
        "<repeat>": {Consent.REPEAT},
    }
    for rule, meanings in wanted.items():
        said = {grammar.say(rule, dice) for _ in range(100)}
        assert {
            answer: meaning
            for answer in said
            if (meaning := consent(PLANNER.with_digits(answer), LANGUAGE.confirm, echo)) not in meanings
        } == {}


def test_the_noun_of_a_risky_proposal_can_be_said() -> None:
    assert "yes open the garage door" in PLANNER.confirmation_jsgf("garage door")
    assert "yes lock two" in PLANNER.confirmation_jsgf("Lock 2")
    assert "{noun}" not in PLANNER.confirmation_jsgf(None) + PLANNER.confirmation_jsgf("\N{LOCK}")


def test_how_a_device_is_set_up_is_not_listened_for() -> None:
    lamp = switch("Office", "Desk lamp")
    child_lock = replace(switch("Office", "Child lock"), category=Category.CONFIG)
    grammar = PLANNER.jsgf(House(version=7, entities=(lamp, child_lock)), None)
    assert "desk lamp" in grammar
    assert "child lock" not in grammar


def test_another_noun_with_the_yes_is_heard_as_what_it_is() -> None:
    """A recogniser that knew only the right one would take every other for it."""
    planner = SentencePlanner(LANGUAGE)
    planner.jsgf(build_house(lock("Cellar", "Wine vault")), None)
    grammar, dice = Grammar(planner.confirmation_jsgf("front door")), random.Random(7)
    said = {grammar.say("<decoy>", dice) for _ in range(4000)}

    assert {"yes the back door", "yes the garage door", "yes the wine vault"} <= said
    assert {consent(one, LANGUAGE.confirm, "front door") for one in said} == {Consent.OTHER}
    assert "back door" not in planner.confirmation_jsgf(None)
