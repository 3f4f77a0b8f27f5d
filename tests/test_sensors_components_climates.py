"""Fans, humidifiers, thermostats and water heaters: what they say, and the exact payloads that they take."""

from typing import Any

import pytest
from fakes_discovery import Announced

from sensors.reading import Verb


def a_fan(**more: Any) -> Announced:
    config = {
        "state_topic": "s",
        "command_topic": "c",
        "percentage_state_topic": "p",
        "percentage_command_topic": "pc",
        "speed_range_min": 1,
        "speed_range_max": 4,
        "preset_mode_state_topic": "m",
        "preset_mode_command_topic": "mc",
        "preset_modes": ["auto", "smart"],
        "oscillation_state_topic": "o",
        "oscillation_command_topic": "oc",
        "direction_state_topic": "d",
        "direction_command_topic": "dc",
    }
    return Announced("fan", **config, **more)


def test_a_fan_says_its_speed_preset_swing_and_direction() -> None:
    fan = a_fan()
    assert fan.says("s", "ON") == {"state": "on"}
    assert [fan.says("p", str(speed)) for speed in range(5)] == [{"speed": speed * 25.0} for speed in range(5)]
    assert fan.says("p", "None") == {}
    assert fan.says("m", "smart") == {"preset": "smart"}
    assert fan.says("m", "None") == {}
    assert fan.says("o", "oscillate_on") == {"oscillation": "on"}
    assert fan.says("d", "reverse") == {"direction": "reverse"}
    assert fan.mistakes("d", "sideways") == ["unknown_state"]


def test_a_fan_takes_each_of_them() -> None:
    fan = a_fan()
    assert fan.told(Verb.TURN_ON) == ("c", "ON")
    assert fan.told(Verb.TURN_OFF) == ("c", "OFF")
    assert [fan.told(Verb.SET_SPEED, percent)[1] for percent in (25, 50, 75, 100)] == ["1", "2", "3", "4"]
    assert fan.told(Verb.SET_PRESET, "auto") == ("mc", "auto")
    assert fan.told(Verb.START_OSCILLATING) == ("oc", "oscillate_on")
    assert fan.told(Verb.STOP_OSCILLATING) == ("oc", "oscillate_off")
    assert fan.told(Verb.SET_DIRECTION, "forward") == ("dc", "forward")
    assert fan.proof(Verb.START_OSCILLATING) == ("oscillation", "on")
    command = fan.command(Verb.SET_SPEED)
    assert (command.unit, command.minimum, command.maximum, command.step) == ("percent", 25, 100, 25)


def test_a_fans_speeds_may_go_by_names() -> None:
    names = "{{ {1: 'low', 2: 'medium', 3: 'high', 4: 'on'}[value] | default('') }}"
    fan = a_fan(percentage_command_template=names)
    assert fan.told(Verb.SET_SPEED, 75) == ("pc", "high")


@pytest.mark.parametrize("wrong", [{"speed_range_min": 0}, {"speed_range_min": 5, "speed_range_max": 4}])
def test_a_fan_without_speeds_is_refused(wrong: dict[str, Any]) -> None:
    assert Announced("fan", state_topic="s", percentage_command_topic="pc", **wrong).refusal == "bad_definition"


def test_a_humidifier_holds_a_humidity() -> None:
    humidifier = Announced(
        "humidifier",
        state_topic="s",
        command_topic="c",
        current_humidity_topic="h",
        target_humidity_state_topic="t",
        target_humidity_command_topic="tc",
        min_humidity=30,
        max_humidity=80,
        mode_state_topic="m",
        mode_command_topic="mc",
        modes=["normal", "sleep"],
        action_topic="a",
    )
    assert humidifier.says("s", "OFF") == {"state": "off"}
    assert humidifier.says("h", "41.5") == {"current_humidity": 41.5}
    assert humidifier.mistakes("h", "141") == ["out_of_range"]
    assert humidifier.says("t", "50") == {"target_humidity": 50.0}
    assert humidifier.mistakes("t", "20") == ["out_of_range"]
    assert humidifier.says("m", "sleep") == {"mode": "sleep"}
    assert humidifier.mistakes("m", "party") == ["unknown_state"]
    assert humidifier.says("a", "drying") == {"action": "drying"}
    assert humidifier.told(Verb.TURN_ON) == ("c", "ON")
    assert humidifier.told(Verb.SET_HUMIDITY, 45) == ("tc", "45")
    assert humidifier.told(Verb.SET_MODE, "sleep") == ("mc", "sleep")
    assert humidifier.proof(Verb.SET_MODE) == ("mode", None)


def an_air_conditioner(**more: Any) -> Announced:
    parts = ("fan_mode", "swing_mode", "swing_horizontal_mode")
    config = {f"{part}_state_topic": part for part in parts} | {f"{part}_command_topic": f"{part}c" for part in parts}
    return Announced(
        "climate",
        mode_state_topic="s",
        mode_command_topic="c",
        modes=["off", "cool", "heat"],
        temperature_state_topic="t",
        temperature_command_topic="tc",
        temperature_low_state_topic="l",
        temperature_low_command_topic="lc",
        temperature_high_state_topic="h",
        temperature_high_command_topic="hc",
        current_temperature_topic="now",
        current_humidity_topic="damp",
        target_humidity_state_topic="th",
        target_humidity_command_topic="thc",
        action_topic="a",
        preset_mode_state_topic="p",
        preset_mode_command_topic="pc",
        preset_modes=["eco", "away"],
        **config,
        **more,
    )


def test_an_air_conditioner_says_everything_that_it_does() -> None:
    climate = an_air_conditioner()
    told = {"s": "cool", "now": "24.5", "t": "21", "l": "19", "h": "23", "damp": "60", "th": "50", "a": "cooling"}
    told |= {"p": "eco", "fan_mode": "low", "swing_mode": "on", "swing_horizontal_mode": "off"}
    said = {aspect: value for topic, payload in told.items() for aspect, value in climate.says(topic, payload).items()}
    assert said == {
        "state": "cool",
        "current_temperature": 24.5,
        "target_temperature": 21.0,
        "low_target_temperature": 19.0,
        "high_target_temperature": 23.0,
        "current_humidity": 60.0,
        "target_humidity": 50.0,
        "action": "cooling",
        "preset": "eco",
        "fan_mode": "low",
        "swing_mode": "on",
        "swing_horizontal_mode": "off",
    }
    assert set(climate.aspects) == set(said)


def test_an_air_conditioner_takes_everything_that_it_says() -> None:
    climate = an_air_conditioner()
    assert climate.told(Verb.TURN_ON) == ("c", "heat")
    assert climate.told(Verb.TURN_OFF) == ("c", "off")
    assert climate.told(Verb.SET_MODE, "cool") == ("c", "cool")
    assert climate.told(Verb.SET_TEMPERATURE, 21.5) == ("tc", "21.5")
    assert climate.told(Verb.SET_LOW_TEMPERATURE, 19) == ("lc", "19")
    assert climate.told(Verb.SET_HIGH_TEMPERATURE, 23) == ("hc", "23")
    assert climate.told(Verb.SET_HUMIDITY, 55) == ("thc", "55")
    assert climate.told(Verb.SET_PRESET, "away") == ("pc", "away")
    assert climate.told(Verb.SET_FAN_MODE, "high") == ("fan_modec", "high")
    assert climate.told(Verb.SET_SWING_MODE, "on") == ("swing_modec", "on")
    assert climate.told(Verb.SET_HORIZONTAL_SWING_MODE, "off") == ("swing_horizontal_modec", "off")
    assert climate.proof(Verb.SET_HIGH_TEMPERATURE) == ("high_target_temperature", None)
    command = climate.command(Verb.SET_TEMPERATURE)
    assert (command.minimum, command.maximum, command.unit) == (7, 35, "celsius")


def test_a_device_that_counts_in_fahrenheit_is_told_in_fahrenheit() -> None:
    template = "{{ {'set': value} | to_json }}"
    climate = an_air_conditioner(temperature_unit="F", temperature_command_template=template)
    assert climate.says("now", "71.6") == {"current_temperature": 22.0}
    assert climate.told(Verb.SET_TEMPERATURE, 21.5) == ("tc", '{"set": 70.7}')
    assert climate.told(Verb.SET_TEMPERATURE, 20) == ("tc", '{"set": 68}')
    assert climate.command(Verb.SET_TEMPERATURE).minimum == pytest.approx(7.2)


def test_a_device_with_a_power_of_its_own_is_turned_on_by_it() -> None:
    climate = an_air_conditioner(power_command_topic="power", payload_on="1", payload_off="0")
    assert climate.told(Verb.TURN_ON) == ("power", "1")
    assert climate.told(Verb.TURN_OFF) == ("power", "0")
    assert climate.proof(Verb.TURN_ON) == (None, None)
    assert climate.proof(Verb.TURN_OFF) == ("state", "off")


def test_a_water_heater_holds_its_water_warm() -> None:
    heater = Announced(
        "water_heater",
        mode_state_topic="s",
        mode_command_topic="c",
        modes=["eco", "off"],
        current_temperature_topic="now",
        temperature_state_topic="t",
        temperature_command_topic="tc",
        power_command_topic="power",
    )
    assert heater.aspects["state"] == "water_heater"
    assert heater.says("s", "eco") == {"state": "eco"}
    assert heater.says("now", "48.5") == {"current_temperature": 48.5}
    assert heater.told(Verb.SET_MODE, "eco") == ("c", "eco")
    assert heater.told(Verb.SET_TEMPERATURE, 55) == ("tc", "55")
    assert heater.told(Verb.TURN_ON) == ("power", "ON")
    command = heater.command(Verb.SET_TEMPERATURE)
    assert (command.minimum, command.maximum) == (43.3, 60)


def test_one_template_serves_every_topic_that_has_none_of_its_own() -> None:
    climate = an_air_conditioner(value_template="{{ value_json.v }}", action_template="{{ value_json.a }}")
    assert climate.says("now", {"v": 20}) == {"current_temperature": 20.0}
    assert climate.says("p", {"v": "eco"}) == {"preset": "eco"}
    assert climate.says("damp", {"v": 50}) == {"current_humidity": 50.0}
    assert climate.says("a", {"v": 1, "a": "heating"}) == {"action": "heating"}
