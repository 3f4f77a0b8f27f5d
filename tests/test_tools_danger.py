"""What opens the house, silences it, or lets heat, water or gas flow takes more than a plain yes."""

import pytest

from sensors.reading import Quantity, Verb
from tools.answers import Action
from tools.danger import is_dangerous
from tools.gate import echo_noun


def act(verb: Verb, quantity: Quantity, name: str = "thing") -> Action:
    return Action(entity_id="x.y", name=name, quantity=quantity, verb=verb)


@pytest.mark.parametrize(
    ("verb", "quantity"),
    [
        (Verb.UNLOCK, Quantity.LOCK),
        (Verb.OPEN, Quantity.LOCK),
        (Verb.OPEN, Quantity.DOOR),
        (Verb.OPEN, Quantity.GARAGE_DOOR),
        (Verb.OPEN, Quantity.GATE),
        (Verb.OPEN, Quantity.WINDOW),
        (Verb.OPEN, Quantity.VALVE),
        (Verb.SET_POSITION, Quantity.GARAGE_DOOR),
        (Verb.SET_POSITION, Quantity.VALVE),
        (Verb.DISARM, Quantity.ALARM),
        (Verb.TRIGGER, Quantity.ALARM),
        (Verb.TURN_OFF, Quantity.SIREN),
        (Verb.TURN_ON, Quantity.CLIMATE),
        (Verb.TURN_ON, Quantity.WATER_HEATER),
        (Verb.SET_TEMPERATURE, Quantity.WATER_HEATER),
        (Verb.SET_MODE, Quantity.WATER_HEATER),
        (Verb.SET_MODE, Quantity.CLIMATE),
    ],
)
def test_what_could_do_harm_needs_its_name_said(verb: Verb, quantity: Quantity) -> None:
    assert is_dangerous(act(verb, quantity))
    assert echo_noun([act(Verb.TURN_ON, Quantity.LIGHT), act(verb, quantity, "the one")]) == "the one"


@pytest.mark.parametrize(
    ("verb", "quantity"),
    [
        (Verb.LOCK, Quantity.LOCK),
        (Verb.CLOSE, Quantity.GARAGE_DOOR),
        (Verb.STOP, Quantity.GATE),
        (Verb.CLOSE, Quantity.VALVE),
        (Verb.OPEN, Quantity.COVER),
        (Verb.SET_TILT, Quantity.COVER),
        (Verb.ARM_AWAY, Quantity.ALARM),
        (Verb.TURN_OFF, Quantity.CLIMATE),
        (Verb.TURN_OFF, Quantity.WATER_HEATER),
        (Verb.SET_TEMPERATURE, Quantity.CLIMATE),
        (Verb.TURN_ON, Quantity.LIGHT),
        (Verb.TURN_ON, Quantity.FAN),
        (Verb.START, Quantity.VACUUM),
    ],
)
def test_what_does_no_harm_needs_only_a_yes(verb: Verb, quantity: Quantity) -> None:
    assert not is_dangerous(act(verb, quantity))
    assert echo_noun([act(verb, quantity)]) is None


@pytest.mark.parametrize(
    ("verb", "quantity", "name"),
    [
        (Verb.TURN_ON, Quantity.SWITCH, "Garage door relay"),
        (Verb.TURN_ON, Quantity.SWITCH, "bathroom heater"),
        (Verb.TURN_OFF, Quantity.SWITCH, "Alarm"),
        (Verb.PRESS, Quantity.BUTTON, "front gate"),
        (Verb.ACTIVATE, Quantity.SCENE, "Unlock all"),
        (Verb.SELECT_OPTION, Quantity.OPTION, "boiler mode"),
    ],
)
def test_a_thing_of_any_kind_is_known_by_its_name(verb: Verb, quantity: Quantity, name: str) -> None:
    assert is_dangerous(act(verb, quantity, name))
    assert not is_dangerous(act(verb, quantity, "fountain"))
    assert not is_dangerous(act(Verb.TURN_ON, Quantity.LIGHT, name))


def test_every_verb_has_been_thought_of() -> None:
    """A verb that is added is put among the harmless ones on purpose, or among the dangerous."""
    plain = (
        "turn_on turn_off lock open close set_brightness set_temperature set_position stop set_tilt "
        "set_color_temperature set_effect set_low_temperature set_high_temperature set_humidity set_speed set_mode "
        "set_preset set_fan_mode set_swing_mode set_horizontal_swing_mode set_direction start_oscillating "
        "stop_oscillating set_number select_option set_text press activate start pause return_home locate clean_spot "
        "arm_home arm_away arm_night arm_vacation arm_custom_bypass install"
    ).split()
    always = {verb for verb in Verb if is_dangerous(act(verb, Quantity.TEXT))}
    assert always == {Verb.UNLOCK, Verb.DISARM, Verb.TRIGGER}
    assert {verb.value for verb in set(Verb) - always} == set(plain)
