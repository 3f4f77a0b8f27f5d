"""Whatever a configuration holds: it is described or refused, and what was described never fails in another way."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fakes_discovery import NOW_MS
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sensors.dialects.components import Described, describe
from sensors.dialects.home_assistant import HomeAssistant
from sensors.dialects.routes import Refused
from sensors.message import Message
from sensors.reading import WORD_VERBS, Component, Needs
from sensors.templates import NoValue, TemplateFailed, render_command

SAMPLES = {
    Needs.NOTHING: lambda command: None,
    Needs.NUMBER: lambda command: command.maximum,
    Needs.WORD: lambda command: command.options[0],
    Needs.TEXT: lambda command: "hello",
}
ROOT = Path(__file__).resolve().parents[1]
_KEY = re.compile(r'"([a-z]+(?:_[a-z]+)+|schema|code|min|max|step|mode|modes|options|effect|qos)"')
_MADE = "fan_mode_state fan_mode_command swing_mode_state swing_mode_command temperature_low_command".split()
_MADE += "temperature_high_command start_mowing_command pause_command dock_command set_position tilt_command".split()
KEYS = sorted(
    {key for path in (ROOT / "sensors/dialects").rglob("*.py") for key in _KEY.findall(path.read_text())}
    | {f"{name}_{end}" for name in _MADE for end in ("topic", "template")}
)
"""Every key that the readers of configurations look at, and a few texts that are none."""

TEXTS = st.sampled_from(
    "s b ON OFF none json template state {% if 1 temperature battery °C F total brightness config +/# 1e400".split()
) | st.sampled_from(
    ["", "{{ value }}", "{{ value_json.a }}", "{{ 1/0 }}", "{{ nothing.at.all }}", "\0", "\ud800", "x" * 2_000]
)
LISTS = st.lists(st.sampled_from(["on", "off", "heat", "color_temp", "start", "fan_speed", "arm_away"]), max_size=4)
NUMBERS = st.integers(-300, 300) | st.floats() | st.integers() | st.booleans() | st.none()
ANY = TEXTS | NUMBERS | LISTS
JSON = st.recursive(ANY, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
WORDS = {key: ["on", "off", "heat", "start"] for key in KEYS if key.endswith(("modes", "_list", "_types"))}
PROPER = WORDS | {key: f"t/{key}" for key in KEYS if key.endswith("_topic")} | {"options": ["on", "off"]}
"""A configuration of everything at once; every kind of entity is described from it."""


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    """A proper configuration without some of its keys, and with some that hold anything at all."""
    left_out = draw(st.frozensets(st.sampled_from(sorted(PROPER)), max_size=8))
    odd = draw(st.dictionaries(st.sampled_from(KEYS), ANY | JSON, max_size=4))
    return {key: value for key, value in PROPER.items() if key not in left_out} | odd


def described(component: Component, config: dict[str, Any]) -> Described | None:
    try:
        return describe(config, component, "x.u")
    except Refused as error:
        assert re.fullmatch(r"[a-z_]+", error.code)
        assert str(error)
        return None


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("component", list(Component))
@given(config=configs(), schema=st.sampled_from(["basic", "json", "template"]), said=JSON)
@example(config={"position_open": 1e9, "position_closed": -1e9, "command_topic": "c"}, schema="", said={"state": []})
def test_whatever_is_announced_is_taken_or_refused_and_so_is_what_it_says(
    component: Component, config: dict[str, Any], schema: str, said: Any
) -> None:
    found = described(component, {"schema": schema, **config} if component is Component.LIGHT else config)
    if found is None:
        return
    for route in found.routes:
        for value in (said, str(said)):
            try:
                readings = list(route.read(value))
            except (NoValue, Refused):
                continue
            known = {aspect.name for aspect in found.entity.aspects}
            assert {aspect for aspect, _ in readings} <= known
    for command in found.entity.commands:
        assert (command.verb in WORD_VERBS) == (command.needs in {Needs.WORD, Needs.TEXT})
        for value in (None, 50.0, 0.0, float("nan"), "on", "x"):
            try:
                assert isinstance(render_command(command, value), bytes)
            except (TemplateFailed, ValueError):
                continue


@pytest.mark.parametrize("component", list(Component))
def test_everything_at_once_is_taken_as_each_kind(component: Component) -> None:
    found = described(component, PROPER)
    assert found is not None
    assert found.routes or found.entity.commands


def test_the_keys_of_this_test_are_those_that_are_read() -> None:
    assert {"state_topic", "command_topic", "tilt_min", "speed_range_max", "supported_features"} <= set(KEYS)
    assert len(KEYS) > 150


def test_every_recorded_configuration_is_understood_or_left_out_by_name(recorded_mqtt: Path) -> None:
    dialect, refusals, sent = HomeAssistant(), Counter[str](), 0
    for line in (recorded_mqtt / "zigbee2mqtt_sample.jsonl").read_text().splitlines():
        row = json.loads(line)
        decoded = dialect.decode(Message(topic=row["topic"], payload=row["payload"].encode(), received_ms=NOW_MS))
        assert decoded is not None
        assert bool(decoded.definitions) != bool(decoded.refusals)
        refusals.update(refusal.code for refusal in decoded.refusals)
        for definition in decoded.definitions:
            for command in definition.entity.commands:
                assert render_command(command, SAMPLES[command.needs](command))
                sent += 1
    assert set(refusals) == {"ignored_component", "ignored_disabled"}
    assert sent > 400
