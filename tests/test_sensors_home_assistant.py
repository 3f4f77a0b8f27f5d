"""What discovery promises: devices of every bridge are understood, and whatever else comes is refused by name."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.decoded import Decoded
from sensors.dialects import home_assistant
from sensors.dialects.home_assistant import HomeAssistant
from sensors.message import Message
from sensors.reading import Aspect, Entity, Quantity, Verb
from sensors.templates import render_command
from sensors.units import convert, parse_unit

NOW_MS = 1_795_000_000_000


def message(topic: str, payload: object, *, retain: bool = False) -> Message:
    body = (
        payload
        if isinstance(payload, bytes)
        else payload.encode()
        if isinstance(payload, str)
        else json.dumps(payload).encode()
    )
    return Message(topic=topic, payload=body, received_ms=NOW_MS, retain=retain)


def decode(dialect: HomeAssistant, topic: str, payload: object) -> Decoded:
    decoded = dialect.decode(message(topic, payload))
    assert decoded is not None
    return decoded


def define(dialect: HomeAssistant, component: str, **config: Any) -> Entity:
    config = {"unique_id": "u", "device": {"name": "Thing", "suggested_area": "Hall"}, "name": None, **config}
    decoded = decode(dialect, f"homeassistant/{component}/n/o/config", config)
    assert decoded.refusals == ()
    return decoded.definitions[0].entity


def values(dialect: HomeAssistant, topic: str, payload: object) -> dict[str, float | str]:
    return {reading.key.aspect: reading.value for reading in decode(dialect, topic, payload).readings}


def codes(decoded: Decoded) -> list[str]:
    return [refusal.code for refusal in decoded.refusals]


def test_a_sensor_is_stored_in_its_canonical_unit() -> None:
    dialect = HomeAssistant()
    entity = define(
        dialect,
        "sensor",
        state_topic="s",
        device_class="temperature",
        unit_of_measurement="°F",
        value_template="{{ value_json.t }}",
    )
    assert entity.aspects == (Aspect(name="state", quantity=Quantity.TEMPERATURE, unit="celsius", numeric=True),)
    assert (entity.id, entity.name, entity.room, entity.device) == ("sensor.u", "Thing", "Hall", "Thing")
    assert values(dialect, "s", {"t": 71.6}) == {"state": 22.0}
    assert values(dialect, "s", {"t": "71.6"}) == {"state": 22.0}
    assert values(dialect, "s", {"t": None}) == {}


@pytest.mark.parametrize(
    ("device_class", "on_word", "off_word"),
    [
        ("door", "open", "closed"),
        ("motion", "detected", "clear"),
        ("presence", "present", "away"),
        ("lock", "unlocked", "locked"),
        ("battery", "low", "normal"),
        ("moisture", "detected", "clear"),
        ("tamper", "on", "off"),
    ],
)
def test_a_binary_sensor_speaks_in_the_words_of_its_kind(device_class: str, on_word: str, off_word: str) -> None:
    dialect = HomeAssistant()
    define(dialect, "binary_sensor", state_topic="s", device_class=device_class)
    assert (values(dialect, "s", "ON"), values(dialect, "s", "OFF")) == ({"state": on_word}, {"state": off_word})
    assert codes(decode(dialect, "s", "MAYBE")) == ["unknown_state"]


def test_payloads_that_are_json_booleans_are_compared_as_home_assistant_does() -> None:
    dialect = HomeAssistant()
    define(
        dialect,
        "binary_sensor",
        state_topic="s",
        device_class="door",
        payload_on=False,
        payload_off=True,
        value_template='{{ value_json["contact"] }}',
    )
    assert values(dialect, "s", {"contact": False}) == {"state": "open"}
    assert values(dialect, "s", {"contact": True}) == {"state": "closed"}


def test_a_json_light_tells_and_takes_brightness_in_percent() -> None:
    dialect = HomeAssistant()
    light = define(
        dialect, "light", schema="json", state_topic="s", command_topic="c", brightness=True, brightness_scale=254
    )
    assert values(dialect, "s", {"state": "ON", "brightness": 127}) == {"state": "on", "brightness": 50.0}
    assert values(dialect, "s", {"state": "OFF"}) == {"state": "off"}
    turn_on, dim = light.command(Verb.TURN_ON), light.command(Verb.SET_BRIGHTNESS)
    assert turn_on is not None
    assert dim is not None
    assert json.loads(render_command(turn_on, None)) == {"state": "ON"}
    assert json.loads(render_command(dim, 50)) == {"state": "ON", "brightness": 127}
    assert (turn_on.topic, turn_on.proof_state, dim.proof_aspect, dim.unit) == ("c", "on", "brightness", "percent")


@pytest.mark.parametrize("scale", [100, 254, 255, 1000, 65535])
def test_every_percent_that_is_sent_comes_back_as_the_same(scale: int) -> None:
    dialect = HomeAssistant()
    light = define(
        dialect, "light", schema="json", state_topic="s", command_topic="c", brightness=True, brightness_scale=scale
    )
    dim = light.command(Verb.SET_BRIGHTNESS)
    assert dim is not None
    for percent in range(1, 101):
        assert values(dialect, "s", render_command(dim, percent).decode())["brightness"] == percent


def test_a_plain_light_has_topics_of_its_own_for_brightness() -> None:
    dialect = HomeAssistant()
    light = define(
        dialect,
        "light",
        state_topic="s",
        command_topic="c",
        payload_on="1",
        payload_off="0",
        brightness_state_topic="b",
        brightness_command_topic="bc",
    )
    assert values(dialect, "s", "1") == {"state": "on"}
    assert values(dialect, "b", "255") == {"brightness": 100.0}
    dim = light.command(Verb.SET_BRIGHTNESS)
    assert dim is not None
    assert (dim.topic, render_command(dim, 20)) == ("bc", b"51")


def test_a_switch_may_report_other_words_than_it_takes() -> None:
    dialect = HomeAssistant()
    switch = define(
        dialect,
        "switch",
        state_topic="s",
        command_topic="c",
        payload_on="GO",
        payload_off="HALT",
        state_on="running",
        state_off="idle",
    )
    assert values(dialect, "s", "running") == {"state": "on"}
    turn_off = switch.command(Verb.TURN_OFF)
    assert turn_off is not None
    assert (turn_off.payload, turn_off.proof_state) == ("HALT", "off")


def test_a_lock_is_locked_only_when_it_says_so() -> None:
    dialect = HomeAssistant()
    lock = define(dialect, "lock", state_topic="s", command_topic="c", value_template="{{ value_json.state }}")
    said = {
        "LOCKED": "locked",
        "UNLOCKED": "unlocked",
        "LOCKING": "locking",
        "UNLOCKING": "unlocking",
        "JAMMED": "jammed",
    }
    for payload, word in said.items():
        assert values(dialect, "s", {"state": payload}) == {"state": word}
    unlock = lock.command(Verb.UNLOCK)
    assert unlock is not None
    assert (unlock.payload, unlock.proof_state) == ("UNLOCK", "unlocked")
    assert lock.command(Verb.TURN_ON) is None


def test_a_cover_opens_closes_and_goes_to_a_position() -> None:
    dialect = HomeAssistant()
    cover = define(
        dialect,
        "cover",
        state_topic="s",
        command_topic="c",
        position_topic="p",
        set_position_topic="sp",
        position_open=0,
        position_closed=255,
        set_position_template='{"pos": {{ position | int }}}',
        device_class="garage",
    )
    assert cover.aspects[0].quantity is Quantity.GARAGE_DOOR
    assert values(dialect, "s", "opening") == {"state": "opening"}
    assert values(dialect, "p", "255") == {"position": 0.0}
    assert values(dialect, "s", "stopped") == {"state": "closed"}
    assert values(dialect, "p", "0") == {"position": 100.0}
    assert values(dialect, "s", "stopped") == {"state": "open"}
    move = cover.command(Verb.SET_POSITION)
    assert move is not None
    assert json.loads(render_command(move, 100)) == {"pos": 0}
    assert json.loads(render_command(move, 20)) == {"pos": 204}


def test_a_cover_that_tells_only_its_position_is_open_unless_it_is_shut() -> None:
    dialect = HomeAssistant()
    define(dialect, "cover", command_topic="c", position_topic="p", set_position_topic="p/set")
    assert values(dialect, "p", "30") == {"position": 30.0, "state": "open"}
    assert values(dialect, "p", "0") == {"position": 0.0, "state": "closed"}


def test_a_thermostat_in_fahrenheit_is_told_and_tells_celsius() -> None:
    dialect = HomeAssistant()
    climate = define(
        dialect,
        "climate",
        temperature_unit="F",
        current_temperature_topic="now",
        temperature_state_topic="set",
        temperature_command_topic="set/to",
        mode_state_topic="mode",
        mode_command_topic="mode/to",
        modes=["off", "heat"],
        min_temp=41,
        max_temp=86,
    )
    assert values(dialect, "now", "68") == {"current_temperature": 20.0}
    assert values(dialect, "set", "69.8") == {"target_temperature": 21.0}
    assert values(dialect, "mode", "heat") == {"state": "heat"}
    warm = climate.command(Verb.SET_TEMPERATURE)
    assert warm is not None
    assert (render_command(warm, 21), warm.minimum, warm.maximum, warm.unit) == (b"69.8", 5.0, 30.0, "celsius")
    off = climate.command(Verb.TURN_OFF)
    assert off is not None
    assert (off.topic, off.payload, off.proof_state) == ("mode/to", "off", "off")


def test_short_keys_and_the_tilde_mean_the_same_as_long_ones() -> None:
    short = {
        "~": "home/1",
        "uniq_id": "u",
        "stat_t": "~/state",
        "cmd_t": "set/~",
        "bri_cmd_t": "~/b",
        "bri_stat_t": "~/bs",
        "bri_scl": 100,
        "avty_t": "~/up",
        "pl_avail": "yes",
        "pl_not_avail": "no",
        "dev": {"ids": ["x"], "name": "Lamp", "sa": "Hall"},
        "name": None,
        "pl_on": "1",
        "pl_off": "0",
        "exp_aft": 60,
        "ret": True,
    }
    long = {
        "unique_id": "u",
        "state_topic": "home/1/state",
        "command_topic": "set/home/1",
        "brightness_command_topic": "home/1/b",
        "brightness_state_topic": "home/1/bs",
        "brightness_scale": 100,
        "availability_topic": "home/1/up",
        "payload_available": "yes",
        "payload_not_available": "no",
        "name": None,
        "payload_on": "1",
        "payload_off": "0",
        "device": {"identifiers": ["x"], "name": "Lamp", "suggested_area": "Hall"},
        "expire_after": 60,
        "retain": True,
    }
    one, other = (decode(HomeAssistant(), "homeassistant/light/x/config", config) for config in (short, long))
    assert one.definitions[0].entity == other.definitions[0].entity
    assert one.definitions[0].entity.expire_after_seconds == 60


def test_one_message_may_describe_a_whole_device() -> None:
    dialect = HomeAssistant()
    config = {
        "~": "plug",
        "dev": {"name": "Plug", "sa": "Kitchen"},
        "o": {"name": "x"},
        "state_topic": "~/state",
        "availability_topic": "~/up",
        "cmps": {
            "power": {
                "p": "sensor",
                "uniq_id": "p1",
                "name": "Power",
                "dev_cla": "power",
                "unit_of_meas": "W",
                "val_tpl": "{{ value_json.w }}",
            },
            "relay": {
                "p": "switch",
                "uniq_id": "p2",
                "cmd_t": "~/set",
                "name": None,
                "val_tpl": "{{ value_json.on }}",
                "pl_on": "true",
                "pl_off": "false",
            },
            "strange": {"p": "hologram", "uniq_id": "p3"},
        },
    }
    decoded = decode(dialect, "homeassistant/device/plug/config", config)
    assert [one.entity.name for one in decoded.definitions] == ["Plug Power", "Plug"]
    assert codes(decoded) == ["unsupported_component"]
    assert values(dialect, "plug/state", {"w": 5}) == {"state": 5.0}
    assert decode(dialect, "plug/up", "offline").availability == {"sensor.p1": False, "switch.p2": False}
    config["cmps"] = {"power": config["cmps"]["power"], "relay": {"p": "switch"}}  # type: ignore[index]
    assert decode(dialect, "homeassistant/device/plug/config", config).removals == ("switch.p2",)


def test_an_empty_payload_removes_and_the_topic_is_left() -> None:
    dialect = HomeAssistant()
    define(dialect, "switch", state_topic="s", command_topic="c")
    assert "s" in dialect.filters()
    assert decode(dialect, "homeassistant/switch/n/o/config", b"").removals == ("switch.u",)
    assert "s" not in dialect.filters()
    assert decode(dialect, "homeassistant/switch/n/o/config", b"").removals == ()


def test_states_that_came_before_their_configuration_are_not_lost() -> None:
    dialect = HomeAssistant()
    assert dialect.decode(message("s", "ON")) is None
    decoded = decode(
        dialect, "homeassistant/switch/n/o/config", {"unique_id": "u", "state_topic": "s", "command_topic": "c"}
    )
    assert [reading.value for reading in decoded.readings] == ["on"]


def test_what_nobody_asked_for_is_kept_only_in_part() -> None:
    dialect = HomeAssistant()
    for number in range(2 * home_assistant.MOST_KEPT):
        assert dialect.decode(message(f"noise/{number}", "x")) is None
    assert dialect.decode(message("noise/large", "x" * (home_assistant.LARGEST_KEPT + 1))) is None
    assert len(dialect._heard) == home_assistant.MOST_KEPT and "noise/large" not in dialect._heard


SHARED = {
    "bridge": ("z/bridge", {"state": "online"}),
    "reach": ("z/device/availability", {"state": "online"}),
    "state": ("z/device", {"temperature": 21.5, "humidity": 48}),
    **{
        name: (
            f"homeassistant/sensor/d/{name}/config",
            {
                "unique_id": name,
                "state_topic": "z/device",
                "device_class": name,
                "unit_of_measurement": unit,
                "value_template": f"{{{{ value_json.{name} }}}}",
                "availability": [
                    {"topic": topic, "value_template": "{{ value_json.state }}"}
                    for topic in ("z/bridge", "z/device/availability")
                ],
                "availability_mode": "all",
            },
        )
        for name, unit in (("temperature", "°C"), ("humidity", "%"))
    },
}


@pytest.mark.parametrize("order", list(itertools.permutations(SHARED)))
def test_retained_messages_on_shared_topics_reach_everyone_in_any_order(order: tuple[str, ...]) -> None:
    """The broker sends what it had kept once to a topic, however many entities listen to it later."""
    dialect = HomeAssistant()
    said: dict[str, float | str] = {}
    reachable: dict[str, bool] = {}
    for name in order:
        decoded = dialect.decode(message(*SHARED[name], retain=True))
        if decoded is not None:
            said |= {reading.key.entity_id: reading.value for reading in decoded.readings}
            reachable |= decoded.availability
    assert said == {"sensor.temperature": 21.5, "sensor.humidity": 48.0}
    assert reachable == {"sensor.temperature": True, "sensor.humidity": True}


def test_who_is_described_later_is_told_and_nobody_else_is_told_again() -> None:
    dialect = HomeAssistant()
    for name in ("temperature", "state"):
        dialect.decode(message(*SHARED[name]))
    decoded = dialect.decode(message(*SHARED["humidity"]))
    assert decoded is not None and decoded.retained
    assert [reading.key.entity_id for reading in decoded.readings] == ["sensor.humidity"]


def test_after_a_restart_states_are_understood_before_any_configuration_comes() -> None:
    first = HomeAssistant()
    decoded = decode(first, "homeassistant/switch/n/o/config", {"unique_id": "u", "stat_t": "s", "cmd_t": "c"})
    second = HomeAssistant()
    second.restore(decoded.definitions)
    assert values(second, "s", "ON") == {"state": "on"}
    again = second.decode(message("homeassistant/switch/n/o/config", decoded.definitions[0].payload))
    assert again is not None
    assert again.definitions == decoded.definitions


@pytest.mark.parametrize(
    ("mode", "expected"), [("all", [False, True, False]), ("any", [True, True, True]), ("latest", [True, True, False])]
)
def test_a_device_is_reachable_in_the_mode_it_asked_for(mode: str, expected: list[bool]) -> None:
    dialect = HomeAssistant()
    topics = [{"topic": "a"}, {"topic": "b", "value_template": "{{ value_json.state }}"}]
    define(dialect, "switch", state_topic="s", command_topic="c", availability=topics, availability_mode=mode)
    steps = [("a", "online"), ("b", '{"state": "online"}'), ("b", '{"state": "offline"}')]
    assert [decode(dialect, topic, payload).availability["switch.u"] for topic, payload in steps] == expected


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("{", "not_json"),
        ("[]", "not_an_object"),
        (b"\xff\xfe", "not_utf8"),
        ('{"a": NaN}', "not_finite"),
        ('{"a": 1e400}', "not_finite"),
        (b'{"a": "' + b"x" * 300_000 + b'"}', "too_large"),
        ("[" * 5000, "not_json"),
        ({"unique_id": "u"}, "no_topic"),
        ({"unique_id": "u", "state_topic": "#"}, "bad_topic"),
        ({"unique_id": "u", "state_topic": "$SYS/x"}, "bad_topic"),
        ({"unique_id": "u", "state_topic": "a\0b"}, "bad_topic"),
        ({"unique_id": "u", "state_topic": ["a"]}, "bad_topic"),
        ({"unique_id": "u", "state_topic": "s", "value_template": "{{ 'a' "}, "bad_template"),
        ({"unique_id": "u", "state_topic": "s", "value_template": "{{ x.__class__ }}" * 1000}, "bad_template"),
        ({"unique_id": "u", "state_topic": "s", "expire_after": "soon"}, "bad_definition"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(payload: object, code: str) -> None:
    decoded = decode(HomeAssistant(), "homeassistant/sensor/x/config", payload)
    assert codes(decoded) == [code]
    assert decoded.definitions == ()
    assert decoded.refusals[0].detail


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("abc", "not_a_number"),
        ("nan", "not_finite"),
        ("1e400", "not_finite"),
        ("1_000", "not_a_number"),
        (b"\xff", "not_utf8"),
        (b"1" * 70_000, "too_large"),
    ],
)
def test_a_number_that_is_none_is_refused_by_name(payload: object, code: str) -> None:
    dialect = HomeAssistant()
    define(dialect, "sensor", state_topic="s", unit_of_measurement="W", device_class="power")
    assert codes(decode(dialect, "s", payload)) == [code]


def test_a_unit_that_is_not_known_leaves_a_number_without_one() -> None:
    dialect = HomeAssistant()
    decoded = decode(
        dialect, "homeassistant/sensor/x/config", {"unique_id": "u", "stat_t": "s", "unit_of_meas": "furlongs"}
    )
    assert decoded.definitions[0].entity.aspects == (Aspect(name="state", quantity=Quantity.NUMBER, numeric=True),)
    assert decoded.notes == ("unknown_unit",)
    assert values(dialect, "s", "7") == {"state": 7.0}


def test_names_are_printable_and_short() -> None:
    dialect = HomeAssistant()
    entity = define(
        dialect,
        "switch",
        state_topic="s",
        command_topic="c",
        name="\x00<|im_end|>\n" + "very " * 100,
        device={"name": "\x1b[2J"},
    )
    assert len(entity.name) <= 80
    assert entity.name.isprintable()
    assert entity.device == "[2J"


def test_two_things_with_one_id_are_not_mixed_up() -> None:
    dialect = HomeAssistant()
    config = {"unique_id": "u", "state_topic": "s", "command_topic": "c"}
    decode(dialect, "homeassistant/switch/one/config", config)
    assert codes(decode(dialect, "homeassistant/switch/two/config", config)) == ["duplicate_id"]
    odd = [
        decode(dialect, f"homeassistant/switch/{n}/config", {**config, "unique_id": text})
        for n, text in enumerate(["a b", "a/b"])
    ]
    assert len({one.definitions[0].entity.id for one in odd}) == 2


def test_a_flood_of_new_entities_is_stopped() -> None:
    dialect = HomeAssistant()
    parts = {
        str(n): {"p": "sensor", "unique_id": f"u{n}", "state_topic": "s"}
        for n in range(home_assistant.MOST_PER_TOPIC + 1)
    }
    assert codes(decode(dialect, "homeassistant/device/x/config", {"components": parts})) == ["too_many_entities"]
    for n in range(home_assistant.MOST_ENTITIES + 5):
        last = decode(dialect, f"homeassistant/sensor/x{n}/config", {"unique_id": f"u{n}", "state_topic": f"s/{n}"})
    assert codes(last) == ["too_many_entities"]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
KEYS = st.sampled_from(
    "~ stat_t state_topic cmd_t uniq_id name dev device availability avty_t val_tpl schema brightness bri_scl "
    "cmps p modes min_temp position_topic pos_open qos device_class unit_of_meas expire_after "
    "supported_color_modes".split()
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["sensor", "light", "cover", "climate", "lock", "device", "binary_sensor", "x"]),
    st.dictionaries(KEYS, JSON | st.just("a/b"), max_size=10),
    st.binary(max_size=40),
)
def test_no_configuration_and_no_state_raises_anything(component: str, config: dict[str, Any], state: bytes) -> None:
    dialect = HomeAssistant()
    dialect.decode(message(f"homeassistant/{component}/o/config", config))
    for topic in ("a/b", "homeassistant/sensor/o/config", *dialect.filters()):
        dialect.decode(message(topic, state))


def test_recorded_states_of_a_weather_station_come_out_as_recorded(recorded_mqtt: Path) -> None:
    dialect, checked = HomeAssistant(), 0
    for line in (recorded_mqtt / "ecowitt2mqtt.jsonl").read_text().splitlines():
        row = json.loads(line)
        defined = decode(dialect, row["topic"], row["config"])
        assert defined.refusals == ()
        found = decode(dialect, row["state_topic"], row["state"])
        assert found.refusals == ()
        if row["state"] == "None":
            assert found.readings == ()
            continue
        entity = dialect._described[found.readings[0].key.entity_id].entity
        value = found.readings[0].value
        if isinstance(value, float):
            unit, written = entity.aspects[0].unit, parse_unit(row["config"].get("unit_of_measurement") or "")
            recorded = convert(value, unit, written) if unit and written else value
            assert recorded == pytest.approx(float(row["state"]), abs=1e-6)
        else:
            assert value == {"ON": "low", "OFF": "normal"}.get(row["state"], row["state"])
        checked += 1
    assert checked > 90


def test_recorded_messages_of_zigbee2mqtt_are_understood_or_refused_by_name(recorded_mqtt: Path) -> None:
    for name in ("zigbee2mqtt_sample.jsonl", "zigbee2mqtt_literals.jsonl"):
        dialect, defined = HomeAssistant(), 0
        for line in (recorded_mqtt / name).read_text().splitlines():
            row = json.loads(line)
            decoded = dialect.decode(message(row["topic"], row["payload"]))
            if decoded is not None:
                defined += len(decoded.definitions)
                assert all(refusal.code and refusal.detail for refusal in decoded.refusals)
                assert "bad_template" not in codes(decoded)
        assert defined > 40
