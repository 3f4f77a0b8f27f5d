"""Lights of the three schemas: what they say in percent and kelvin, and the exact payloads that they take."""

import json
from typing import Any

import pytest
from fakes_discovery import Announced
from hypothesis import given
from hypothesis import strategies as st

from sensors.colors import COLORS
from sensors.reading import Verb


def a_json_light(**more: Any) -> Announced:
    config = {
        "schema": "json",
        "state_topic": "s",
        "command_topic": "c",
        "supported_color_modes": ["color_temp", "xy"],
        "min_mireds": 153,
        "max_mireds": 370,
        "effect": True,
        "effect_list": ["blink", "candle"],
    }
    return Announced("light", **(config | more))


def test_a_json_light_says_and_takes_brightness_colour_temperature_and_effect() -> None:
    light = a_json_light()
    assert light.aspects == {
        "state": "light",
        "brightness": "brightness",
        "color_temperature": "color_temperature",
        "effect": "effect",
        "color": "color",
    }
    said = {"state": "ON", "brightness": 255, "color_mode": "color_temp", "color_temp": 250, "effect": "blink"}
    told = {"state": "on", "brightness": 100.0, "color_temperature": 4000.0, "effect": "blink"}
    assert light.says("s", said) == told
    assert light.told(Verb.TURN_ON) == ("c", '{"state": "ON"}')
    assert light.told(Verb.TURN_OFF) == ("c", '{"state": "OFF"}')
    assert light.told(Verb.SET_BRIGHTNESS, 50) == ("c", '{"state": "ON", "brightness": 127}')
    assert light.told(Verb.SET_COLOR_TEMPERATURE, 4000) == ("c", '{"state": "ON", "color_temp": 250}')
    assert light.told(Verb.SET_EFFECT, "candle") == ("c", '{"state": "ON", "effect": "candle"}')
    assert light.command(Verb.SET_EFFECT).options == ("blink", "candle")
    assert light.proof(Verb.SET_COLOR_TEMPERATURE) == ("color_temperature", None)
    assert light.told(Verb.SET_COLOR, "red") == ("c", '{"state": "ON", "color": {"x": 0.6401, "y": 0.33}}')
    assert light.proof(Verb.SET_COLOR) == ("color", None)
    assert light.decoded.notes == ()


def test_a_light_that_shows_a_colour_has_no_colour_temperature_at_that_time() -> None:
    said = {"state": "ON", "color_mode": "xy", "color_temp": 250, "color": {"x": 0.16, "y": 0.07}}
    assert a_json_light().says("s", said) == {"state": "on", "color": "blue"}
    white = {"state": "ON", "color_mode": "color_temp", "color_temp": 250, "color": {"x": 0.16, "y": 0.07}}
    assert a_json_light().says("s", white) == {"state": "on", "color_temperature": 4000.0}
    assert a_json_light().says("s", {"state": "ON", "color": {"x": None}}) == {"state": "on"}


@pytest.mark.parametrize(
    ("mode", "payload"),
    [
        ("hs", {"h": 120, "s": 100}),
        ("rgb", {"r": 0, "g": 255, "b": 0}),
        ("rgbww", {"r": 0, "g": 255, "b": 0}),
        ("xy", {"x": 0.3, "y": 0.6}),
    ],
)
def test_a_colour_is_told_in_the_lights_own_numbers(mode: str, payload: dict[str, float]) -> None:
    light = a_json_light(supported_color_modes=[mode])
    topic, sent = light.told(Verb.SET_COLOR, "green")
    assert (topic, json.loads(sent)) == ("c", {"state": "ON", "color": payload})


@pytest.mark.parametrize("mode", ["hs", "rgb", "xy"])
@pytest.mark.parametrize("name", COLORS)
def test_every_colour_that_was_set_comes_back_by_its_name(mode: str, name: str) -> None:
    light = a_json_light(supported_color_modes=[mode])
    assert light.says("s", light.told(Verb.SET_COLOR, name)[1])["color"] == name
    plain = a_light_with(mode)
    topic, sent = plain.told(Verb.SET_COLOR, name)
    assert topic == "set" and plain.says("is", sent) == {"color": name}


def a_light_with(mode: str) -> Announced:
    topics = {f"{mode}_command_topic": "set", f"{mode}_state_topic": "is"}
    return Announced("light", state_topic="s", command_topic="c", **topics)


def test_colours_of_a_light_with_a_template_of_its_own_are_left_out_by_name() -> None:
    light = a_light_with("rgb")
    assert light.decoded.notes == ()
    own = Announced(
        "light", command_topic="c", rgb_command_topic="set", rgb_command_template="#{{ '%02x' | format(red) }}"
    )
    assert own.decoded.notes == ("color_left_out",)


def test_a_light_keeps_what_it_says_beside_a_value_that_it_has_not() -> None:
    assert a_json_light().says("s", {"state": "ON", "brightness": None, "effect": "None"}) == {"state": "on"}


def test_kelvin_is_asked_for_within_what_the_light_can_do() -> None:
    command = a_json_light().command(Verb.SET_COLOR_TEMPERATURE)
    assert (command.unit, command.minimum, command.maximum) == ("kelvin", 2703, 6536)
    in_kelvin = a_json_light(color_temp_kelvin=True, min_mireds=None, max_mireds=None, min_kelvin=2200, max_kelvin=5000)
    command = in_kelvin.command(Verb.SET_COLOR_TEMPERATURE)
    assert (command.minimum, command.maximum) == (2200, 5000)
    assert in_kelvin.told(Verb.SET_COLOR_TEMPERATURE, 2700) == ("c", '{"state": "ON", "color_temp": 2700}')
    assert in_kelvin.says("s", {"state": "ON", "color_temp": 2700})["color_temperature"] == 2700


@given(kelvin=st.integers(2703, 6536))
def test_a_colour_temperature_that_was_set_comes_back_within_the_gates_tolerance(kelvin: int) -> None:
    light = a_json_light()
    _, payload = light.told(Verb.SET_COLOR_TEMPERATURE, kelvin)
    told = light.says("s", payload)["color_temperature"]
    assert abs(float(told) - kelvin) <= 60


def a_plain_light(**more: Any) -> Announced:
    return Announced(
        "light",
        state_topic="s",
        command_topic="c",
        brightness_state_topic="b",
        brightness_command_topic="bc",
        brightness_scale=100,
        color_temp_state_topic="t",
        color_temp_command_topic="tc",
        effect_state_topic="e",
        effect_command_topic="ec",
        effect_list=["rainbow"],
        rgb_command_topic="rgb",
        **more,
    )


def test_a_plain_light_has_topics_of_its_own_for_everything() -> None:
    light = a_plain_light(color_temp_command_template='{"ct": {{ value }}}')
    assert light.says("s", "ON") == {"state": "on"}
    assert light.says("b", "40") == {"brightness": 40.0}
    assert light.says("t", "500") == {"color_temperature": 2000.0}
    assert light.says("e", "rainbow") == {"effect": "rainbow"}
    assert light.told(Verb.TURN_OFF) == ("c", "OFF")
    assert light.told(Verb.SET_BRIGHTNESS, 40) == ("bc", "40")
    assert light.told(Verb.SET_COLOR_TEMPERATURE, 2000) == ("tc", '{"ct": 500}')
    assert light.told(Verb.SET_EFFECT, "rainbow") == ("ec", "rainbow")
    assert light.told(Verb.SET_COLOR, "red") == ("rgb", "255,0,0")


def test_a_light_that_is_turned_on_by_its_brightness_is_sent_that() -> None:
    light = a_plain_light(on_command_type="brightness")
    assert light.told(Verb.TURN_ON) == ("bc", "100")
    assert light.proof(Verb.TURN_ON) == ("state", "on")


def a_template_light(**more: Any) -> Announced:
    return Announced(
        "light",
        schema="template",
        state_topic="s",
        command_topic="c",
        command_on_template=(
            "on{% if brightness is defined %},b={{ brightness }}{% endif %}"
            "{% if color_temp is defined %},t={{ color_temp }}{% endif %}"
            "{% if effect is defined %},e={{ effect }}{% endif %}"
        ),
        command_off_template="off,{{ transition | default(0) }}",
        state_template="{{ value.split(',')[0] }}",
        brightness_template="{{ value.split(',')[1] }}",
        color_temp_template="{{ value.split(',')[2] }}",
        effect_template="{{ value.split(',')[3] }}",
        effect_list=["party"],
        **more,
    )


def test_a_template_light_says_each_thing_by_a_template_and_takes_all_by_one() -> None:
    light = a_template_light()
    told = {"state": "on", "brightness": 50.0, "color_temperature": 4000.0, "effect": "party"}
    assert light.says("s", "on,128,250,party") == told
    assert light.told(Verb.TURN_ON) == ("c", "on")
    assert light.told(Verb.TURN_OFF) == ("c", "off,0")
    assert light.told(Verb.SET_BRIGHTNESS, 50) == ("c", "on,b=127")
    assert light.told(Verb.SET_COLOR_TEMPERATURE, 4000) == ("c", "on,t=250")
    assert light.told(Verb.SET_EFFECT, "party") == ("c", "on,e=party")


def test_what_a_command_is_sent_with_is_what_the_device_asked_for() -> None:
    kept = Announced("switch", state_topic="s", command_topic="c", retain=True, qos=0).command(Verb.TURN_ON)
    plain = Announced("switch", state_topic="s", command_topic="c").command(Verb.TURN_ON)
    assert (kept.qos, kept.retain) == (0, True)
    assert (plain.qos, plain.retain) == (1, False)
    assert Announced("switch", command_topic="c", qos=3).refusal == "bad_definition"


def test_a_device_that_reports_nothing_is_not_waited_for() -> None:
    light = Announced("light", schema="json", command_topic="c", brightness=True)
    assert light.proof(Verb.TURN_ON) == (None, None)
    assert light.proof(Verb.SET_BRIGHTNESS) == (None, None)
    assert not any(aspect.expected for aspect in light.entity.aspects)


@pytest.mark.parametrize("schema", ["esphome", "json2"])
def test_a_schema_that_nobody_knows_is_refused_by_name(schema: str) -> None:
    assert Announced("light", schema=schema, command_topic="c").refusal == "unsupported_schema"


@pytest.mark.parametrize("wrong", [{"brightness_scale": 0}, {"min_mireds": 500, "max_mireds": 153}, {"min_mireds": -1}])
def test_bounds_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    config = {"schema": "json", "command_topic": "c", "supported_color_modes": ["color_temp"], **wrong}
    assert Announced("light", **config).refusal == "bad_definition"


def test_an_effect_is_sent_as_it_is_whatever_letters_it_has() -> None:
    light = Announced("light", schema="json", state_topic="s", command_topic="c", effect=True, effect_list=['a "b"'])
    _, payload = light.told(Verb.SET_EFFECT, 'a "b"')
    assert json.loads(payload) == {"state": "ON", "effect": 'a "b"'}
    with pytest.raises(ValueError, match="none of the words"):
        light.told(Verb.SET_EFFECT, "party")
