"""No identifier is ever spoken: every verb, quantity, state and unit has its words."""

import re

import pytest

from assistant.words import ASKED, IS_NOW, QUANTITIES, UNITS, noun_of, plain
from sensors.reading import STATES, Quantity, Verb
from sensors.unit_table import UNITS as KNOWN_UNITS

SPEAKABLE = re.compile(r"[a-z]+(?: [a-z]+)*")
ABBREVIATED = {"co2", "pm1", "pm10", "pm25", "voc", "ppm", "ppb", "dbm", "psi"}


@pytest.mark.parametrize("verb", list(Verb))
def test_every_verb_can_be_asked_and_told_of(verb: Verb) -> None:
    asked = ASKED[verb].format(names="the thing", value="5")
    told = IS_NOW[verb].format(value="5")
    assert "the thing" in asked
    assert SPEAKABLE.fullmatch(asked.replace("5", "five"))
    assert SPEAKABLE.fullmatch(told.replace("5", "five"))
    assert ("5" in asked) == verb.value.startswith(("set_", "select_"))


@pytest.mark.parametrize("quantity", list(Quantity))
def test_every_quantity_has_its_word(quantity: Quantity) -> None:
    assert SPEAKABLE.fullmatch(noun_of(quantity))
    assert noun_of(quantity) not in ABBREVIATED
    assert quantity in QUANTITIES or "_" not in quantity.value


def test_every_state_and_unit_is_spoken_in_words() -> None:
    for word in {word for pair in STATES.values() for word in pair}:
        assert SPEAKABLE.fullmatch(plain(word))
    for unit in KNOWN_UNITS:
        spoken = plain(UNITS.get(unit, unit))
        assert SPEAKABLE.fullmatch(spoken)
        assert spoken not in ABBREVIATED - {"psi"}
