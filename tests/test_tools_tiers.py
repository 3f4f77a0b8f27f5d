"""What opens the house, silences it, or lets heat, water or gas flow takes more than a plain yes."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from config.asking import GUARDED, Ask, ConfirmSettings, is_below
from sensors.reading import Quantity, Verb
from tools.answers import Action
from tools.pin import hash_pin
from tools.tiers import Asked, Kind, kind_of, what_to_ask

USUAL = ConfirmSettings()


def act(verb: Verb, quantity: Quantity, name: str = "thing", value: float | None = None) -> Action:
    return Action(entity_id=f"x.{name}", name=name, quantity=quantity, verb=verb, value=value)


def usual(*actions: Action, set_now: float | None = None) -> Asked:
    return what_to_ask(actions, {} if set_now is None else {actions[0].entity_id: set_now}, USUAL)


@pytest.mark.parametrize(
    ("verb", "quantity", "kind"),
    [
        (Verb.UNLOCK, Quantity.LOCK, Kind.ENTRY),
        (Verb.OPEN, Quantity.LOCK, Kind.ENTRY),
        (Verb.OPEN, Quantity.DOOR, Kind.ENTRY),
        (Verb.OPEN, Quantity.GARAGE_DOOR, Kind.ENTRY),
        (Verb.OPEN, Quantity.GATE, Kind.ENTRY),
        (Verb.OPEN, Quantity.WINDOW, Kind.ENTRY),
        (Verb.SET_POSITION, Quantity.GARAGE_DOOR, Kind.ENTRY),
        (Verb.SET_TILT, Quantity.WINDOW, Kind.ENTRY),
        (Verb.OPEN, Quantity.VALVE, Kind.WATER_AND_GAS),
        (Verb.SET_POSITION, Quantity.VALVE, Kind.WATER_AND_GAS),
        (Verb.DISARM, Quantity.ALARM, Kind.ALARM),
        (Verb.TRIGGER, Quantity.ALARM, Kind.ALARM),
        (Verb.ARM_CUSTOM_BYPASS, Quantity.ALARM, Kind.ALARM),
        (Verb.TURN_OFF, Quantity.SIREN, Kind.ALARM),
        (Verb.TURN_ON, Quantity.SIREN, Kind.ALARM),
        (Verb.TURN_ON, Quantity.CLIMATE, Kind.HEAT),
        (Verb.TURN_ON, Quantity.WATER_HEATER, Kind.HEAT),
        (Verb.SET_TEMPERATURE, Quantity.WATER_HEATER, Kind.HEAT),
        (Verb.SET_MODE, Quantity.WATER_HEATER, Kind.HEAT),
        (Verb.SET_MODE, Quantity.CLIMATE, Kind.HEAT),
        (Verb.ACTIVATE, Quantity.SCENE, Kind.UNKNOWN),
        (Verb.PRESS, Quantity.BUTTON, Kind.UNKNOWN),
        (Verb.INSTALL, Quantity.SWITCH, Kind.UNKNOWN),
    ],
)
def test_what_could_do_harm_needs_its_name_said(verb: Verb, quantity: Quantity, kind: Kind) -> None:
    assert kind_of(act(verb, quantity)) is kind
    assert usual(act(Verb.TURN_ON, Quantity.LIGHT), act(verb, quantity, "the one")) == Asked(
        ask=Ask.NOUN, names=("the one",)
    )


@pytest.mark.parametrize(
    ("verb", "quantity", "kind"),
    [
        (Verb.LOCK, Quantity.LOCK, Kind.CLOSING),
        (Verb.CLOSE, Quantity.GARAGE_DOOR, Kind.CLOSING),
        (Verb.STOP, Quantity.GATE, Kind.CLOSING),
        (Verb.CLOSE, Quantity.VALVE, Kind.CLOSING),
        (Verb.ARM_AWAY, Quantity.ALARM, Kind.CLOSING),
        (Verb.TURN_OFF, Quantity.CLIMATE, Kind.CLOSING),
        (Verb.TURN_OFF, Quantity.WATER_HEATER, Kind.CLOSING),
        (Verb.OPEN, Quantity.COVER, Kind.COMFORT),
        (Verb.SET_TILT, Quantity.COVER, Kind.COMFORT),
        (Verb.TURN_ON, Quantity.FAN, Kind.COMFORT),
        (Verb.START, Quantity.VACUUM, Kind.COMFORT),
        (Verb.TURN_ON, Quantity.LIGHT, Kind.LIGHT),
        (Verb.SET_BRIGHTNESS, Quantity.LIGHT, Kind.LIGHT),
    ],
)
def test_what_does_no_harm_needs_only_a_yes(verb: Verb, quantity: Quantity, kind: Kind) -> None:
    assert kind_of(act(verb, quantity)) is kind
    assert usual(act(verb, quantity)).ask is Ask.YES


@pytest.mark.parametrize(
    ("verb", "quantity", "name", "kind"),
    [
        (Verb.TURN_ON, Quantity.SWITCH, "Garage door relay", Kind.ENTRY),
        (Verb.TURN_OFF, Quantity.SWITCH, "Garage door relay", Kind.ENTRY),
        (Verb.OPEN, Quantity.COVER, "garage", Kind.ENTRY),
        (Verb.SET_POSITION, Quantity.COVER, "Front gate", Kind.ENTRY),
        (Verb.CLOSE, Quantity.COVER, "garage", Kind.CLOSING),
        (Verb.TURN_ON, Quantity.SWITCH, "bathroom heater", Kind.HEAT),
        (Verb.TURN_OFF, Quantity.SWITCH, "bathroom heater", Kind.CLOSING),
        (Verb.TURN_OFF, Quantity.SWITCH, "Alarm", Kind.ALARM),
        (Verb.PRESS, Quantity.BUTTON, "front gate", Kind.ENTRY),
        (Verb.ACTIVATE, Quantity.SCENE, "Unlock all", Kind.ENTRY),
        (Verb.SELECT_OPTION, Quantity.OPTION, "boiler mode", Kind.HEAT),
        (Verb.TURN_ON, Quantity.SWITCH, "gas supply", Kind.WATER_AND_GAS),
    ],
)
def test_a_thing_of_any_kind_is_known_by_its_name(verb: Verb, quantity: Quantity, name: str, kind: Kind) -> None:
    assert kind_of(act(verb, quantity, name)) is kind
    assert kind_of(act(verb, quantity, "fountain")) in {Kind.COMFORT, Kind.UNKNOWN}
    assert kind_of(act(Verb.TURN_ON, Quantity.LIGHT, name)) is Kind.LIGHT


@pytest.mark.parametrize(("now", "wanted", "ask"), [(20, 23, Ask.YES), (20, 23.5, Ask.NOUN), (23.5, 20, Ask.NOUN)])
def test_a_small_step_of_the_heating_is_comfort_and_a_leap_is_not(now: float, wanted: float, ask: Ask) -> None:
    assert usual(act(Verb.SET_TEMPERATURE, Quantity.CLIMATE, value=wanted), set_now=now).ask is ask


def test_a_leap_is_measured_in_kelvin_whatever_the_unit() -> None:
    warm = replace(act(Verb.SET_TEMPERATURE, Quantity.CLIMATE, value=73), unit="fahrenheit")
    assert usual(warm, set_now=68).ask is Ask.YES
    assert usual(replace(warm, value=74), set_now=68).ask is Ask.NOUN


def test_a_set_point_that_is_not_known_may_be_a_leap() -> None:
    assert usual(act(Verb.SET_TEMPERATURE, Quantity.CLIMATE, value=21)).ask is Ask.NOUN


def test_more_than_five_things_take_more_than_a_yes() -> None:
    lights = [act(Verb.TURN_OFF, Quantity.LIGHT, f"light {number}") for number in range(6)]
    assert usual(*lights[:5]).ask is Ask.YES
    assert usual(*lights) == Asked(ask=Ask.NOUN, names=tuple(light.name for light in lights))
    door = act(Verb.UNLOCK, Quantity.LOCK, "door")
    assert "door" in usual(*lights, door).names


def test_several_dangerous_things_are_all_named() -> None:
    asked = usual(*(act(Verb.UNLOCK, Quantity.LOCK, name) for name in ("front door", "back door")))
    assert asked.names == ("front door", "back door")


def test_the_settings_say_what_is_asked_for_by_kind_and_by_name() -> None:
    settings = ConfirmSettings(
        entry=Ask.PIN, light=Ask.AT_ONCE, things={"Night Lamp": Ask.NEVER}, pin_hash=SecretStr(hash_pin("2846"))
    )
    assert what_to_ask([act(Verb.UNLOCK, Quantity.LOCK)], {}, settings).ask is Ask.PIN
    assert what_to_ask([act(Verb.TURN_ON, Quantity.LIGHT)], {}, settings).ask is Ask.AT_ONCE
    assert what_to_ask([act(Verb.TURN_ON, Quantity.LIGHT, "night lamp")], {}, settings).ask is Ask.NEVER
    by_id = ConfirmSettings(things={"x.thing": Ask.CONSOLE})
    assert what_to_ask([act(Verb.TURN_ON, Quantity.LIGHT)], {}, by_id).ask is Ask.CONSOLE


def test_the_strictest_of_several_holds() -> None:
    settings = ConfirmSettings(light=Ask.AT_ONCE)
    both = [act(Verb.TURN_ON, Quantity.LIGHT, "lamp"), act(Verb.OPEN, Quantity.COVER, "blind")]
    assert what_to_ask(both, {}, settings) == Asked(ask=Ask.YES, names=("blind",))


def test_every_verb_has_been_thought_of() -> None:
    """A verb that is added is put among the harmless ones on purpose, or among the dangerous."""
    plain = (
        "turn_on turn_off open close set_brightness set_temperature set_position stop set_tilt set_color "
        "set_color_temperature set_effect set_low_temperature set_high_temperature set_humidity set_speed set_mode "
        "set_preset set_fan_mode set_swing_mode set_horizontal_swing_mode set_direction start_oscillating "
        "stop_oscillating set_number select_option press activate start pause return_home locate clean_spot"
    ).split()
    always = {verb: kind for verb in Verb if (kind := kind_of(act(verb, Quantity.TEXT, value=1), 1)) != Kind.COMFORT}
    assert always == {
        Verb.UNLOCK: Kind.ENTRY,
        Verb.DISARM: Kind.ALARM,
        Verb.TRIGGER: Kind.ALARM,
        Verb.ARM_CUSTOM_BYPASS: Kind.ALARM,
        Verb.LOCK: Kind.CLOSING,
        Verb.ARM_HOME: Kind.CLOSING,
        Verb.ARM_AWAY: Kind.CLOSING,
        Verb.ARM_NIGHT: Kind.CLOSING,
        Verb.ARM_VACATION: Kind.CLOSING,
        Verb.INSTALL: Kind.UNKNOWN,
        Verb.SET_TEXT: Kind.UNKNOWN,
    }
    assert {verb.value for verb in set(Verb) - always.keys()} <= set(plain)


def test_everything_that_can_do_harm_asks_for_more_than_a_yes_by_default() -> None:
    assert {kind for kind in Kind if is_below(Ask.YES, getattr(USUAL, kind))} == GUARDED
