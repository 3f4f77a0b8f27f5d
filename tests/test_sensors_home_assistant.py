"""What discovery promises: devices of every bridge are understood, and whatever else comes is refused by name."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes_sensors import rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from real_mosquitto import Mosquitto

from config.settings import MqttSettings
from sensors.broker import Broker
from sensors.decoded import Decoded
from sensors.dialects import heard, home_assistant
from sensors.dialects.home_assistant import HomeAssistant
from sensors.ingest import Ingest
from sensors.message import Message
from sensors.payloads import MAX_STATE_BYTES
from sensors.reading import Aspect, Entity, Quantity, Reading, Verb
from sensors.store import StoreWriter
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
        ("tamper", "detected", "clear"),
        ("connectivity", "connected", "disconnected"),
        ("something_new", "on", "off"),
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
        set_position_template='{"pos": {{ value }}, "percent": {{ position | int }}}',
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
    assert json.loads(render_command(move, 100)) == {"pos": 0, "percent": 100}
    assert json.loads(render_command(move, 20)) == {"pos": 204, "percent": 20}


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


def test_noise_never_displaces_what_was_said_on_a_topic_that_somebody_listens_to() -> None:
    dialect = HomeAssistant()
    for name in ("temperature", "bridge", "state"):
        dialect.decode(message(*SHARED[name]))
    for number in range(heard.MOST_STRANGE_TOPICS + heard.MOST_TOPICS):
        assert dialect.decode(message(f"noise/{number}", "x")) is None
    decoded = decode(dialect, *SHARED["humidity"])
    assert [reading.value for reading in decoded.readings] == [48.0]
    assert decoded.availability == {"sensor.humidity": True}


@pytest.mark.parametrize("wanted", [True, False])
def test_what_was_said_last_is_kept_within_bounds_the_newest_first(wanted: bool) -> None:
    most = heard.MOST_TOPICS if wanted else heard.MOST_STRANGE_TOPICS
    memory = heard.Heard()
    for number in range(most + 10):
        memory.keep(message(str(number), "x"), wanted=wanted)
    assert [one.topic for one in memory.on(["9", "10", str(most + 9)])] == ["10", str(most + 9)]

    most_bytes = heard.MOST_BYTES if wanted else heard.MOST_STRANGE_BYTES
    memory, large = heard.Heard(), "x" * MAX_STATE_BYTES
    for _ in range(3):
        for number in range(most_bytes // MAX_STATE_BYTES + 2):
            memory.keep(message(str(number), large), wanted=wanted)
    kept = memory.on(str(number) for number in range(most))
    assert most_bytes - 2 * MAX_STATE_BYTES < sum(len(one.payload) for one in kept) <= most_bytes
    memory.keep(message(kept[-1].topic, large + "x"), wanted=wanted)
    assert memory.on([kept[-1].topic]) == [], "what is too large to be read takes the place of what it replaces"


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


EVERYONE = ("sensor.temperature", "sensor.humidity")


def hear(dialect: HomeAssistant, names: Iterable[str], *, bridge: str) -> tuple[dict[str, Reading], dict[str, bool]]:
    """What everybody says and whether they can be reached once all of it has come, a second after the other."""
    said: dict[str, Reading] = {}
    reachable = dict.fromkeys(EVERYONE, True)
    for second, name in enumerate(names):
        topic, payload = SHARED[name]
        one = message(topic, {"state": bridge} if name == "bridge" else payload, retain=True)
        decoded = dialect.decode(replace(one, received_ms=NOW_MS + second))
        if decoded is not None:
            assert decoded.retained or decoded.empty
            said |= {reading.key.entity_id: reading for reading in decoded.readings}
            reachable |= decoded.availability
    return said, reachable


@pytest.mark.parametrize("bridge", ["online", "offline"])
@pytest.mark.parametrize("known", [(), ("temperature",)], ids=["new", "restarted"])
@pytest.mark.parametrize("order", list(itertools.permutations(SHARED)), ids="-".join)
def test_retained_messages_on_shared_topics_reach_everyone_in_any_order(
    order: tuple[str, ...], known: tuple[str, ...], bridge: str
) -> None:
    """The broker sends what it had kept once to a topic, however many entities listen to it later."""
    dialect = HomeAssistant()
    for name in known:
        dialect.restore(decode(HomeAssistant(), *SHARED[name]).definitions)
    said, reachable = hear(dialect, order, bridge=bridge)
    assert {key: reading.value for key, reading in said.items()} == dict(zip(EVERYONE, (21.5, 48.0), strict=True))
    assert {reading.at_ms for reading in said.values()} == {NOW_MS + order.index("state")}, "when it was said"
    assert reachable == dict.fromkeys(EVERYONE, bridge == "online")


def test_a_changed_template_reads_again_what_was_said_last() -> None:
    dialect = HomeAssistant()
    for name in ("temperature", "humidity", "state", "bridge"):
        dialect.decode(message(*SHARED[name], retain=True))
    topic, config = SHARED["temperature"]
    changed = decode(dialect, topic, {**config, "value_template": "{{ value_json.temperature + 1 }}"})
    assert [(one.key.entity_id, one.value, one.at_ms) for one in changed.readings] == [
        ("sensor.temperature", 22.5, NOW_MS)
    ]
    assert changed.availability == {"sensor.temperature": True}
    assert changed.retained


def test_what_is_told_later_is_told_in_the_order_in_which_it_was_said() -> None:
    dialect = HomeAssistant()
    for topic, word in (("b", "online"), ("a", "online"), ("b", "offline"), ("a", "online"), ("b", "offline")):
        dialect.decode(message(topic, word))
    config = {"unique_id": "u", "state_topic": "s", "availability": [{"topic": "a"}, {"topic": "b"}]}
    assert decode(dialect, "homeassistant/sensor/x/config", config).availability == {"sensor.u": False}
    dialect.decode(message("a", "online"))
    config["name"] = "renamed"
    assert decode(dialect, "homeassistant/sensor/x/config", config).availability == {"sensor.u": True}


def test_a_device_that_asks_elsewhere_whether_it_is_reachable_is_no_longer_held_unreachable() -> None:
    dialect = HomeAssistant()
    topic, config = "homeassistant/sensor/x/config", {"unique_id": "u", "state_topic": "s"}
    decode(dialect, topic, {**config, "availability_topic": "old"})
    assert decode(dialect, "old", "offline").availability == {"sensor.u": False}
    assert decode(dialect, topic, {**config, "availability_topic": "old", "name": "x"}).availability == {
        "sensor.u": False
    }
    assert decode(dialect, topic, {**config, "availability_topic": "new"}).availability == {"sensor.u": True}
    assert decode(dialect, "new", "offline").availability == {"sensor.u": False}
    assert decode(dialect, topic, config).availability == {"sensor.u": True}


def test_who_is_described_later_is_told_and_nobody_else_is_told_again() -> None:
    dialect = HomeAssistant()
    for name in ("temperature", "state"):
        dialect.decode(message(*SHARED[name]))
    decoded = dialect.decode(message(*SHARED["humidity"]))
    assert decoded is not None and decoded.retained
    assert [reading.key.entity_id for reading in decoded.readings] == ["sensor.humidity"]


THREE = {
    name: {
        "unique_id": name,
        "state_topic": "z/device",
        "device_class": name,
        "unit_of_measurement": unit,
        "value_template": f"{{{{ value_json.{name} }}}}",
        "availability": [{"topic": "z/bridge"}, {"topic": "z/device/availability"}],
        "availability_mode": "all",
    }
    for name, unit in (("temperature", "°C"), ("humidity", "%"), ("battery", "%"))
}
STORED = [("sensor.battery", 90000), ("sensor.humidity", 48000), ("sensor.temperature", 21500)]
NUMBERS = "SELECT s.entity_id, n.value FROM numbers n JOIN series s ON s.id = n.series ORDER BY s.entity_id, n.at_ms"
AVAILABLE = "SELECT id FROM entity WHERE available = 1 ORDER BY id"


async def until(path: Path, statement: str, expected: list[Any]) -> None:
    async with asyncio.timeout(10):
        while (found := rows_of(path, statement)) != expected:  # noqa: ASYNC110 - the store has no event for it
            await asyncio.sleep(0.02)
    assert found == expected


@asynccontextmanager
async def ingesting(port: int, path: Path) -> AsyncIterator[None]:
    async with StoreWriter(path) as store, Broker(MqttSettings(port=port)) as broker:
        task = asyncio.ensure_future(Ingest(broker, store, [HomeAssistant()]).run())
        yield
        task.cancel()


async def test_what_the_broker_had_kept_reaches_three_entities_of_one_topic_and_one_bridge(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    path = tmp_path / "readings.db"
    async with Broker(MqttSettings(port=mosquitto.port), client_id="device") as device:
        await device.wait_connected(5)

        async def keep(topic: str, payload: object) -> None:
            await device.publish(topic, message(topic, payload).payload, retain=True)

        async def define_late(name: str) -> None:
            await keep(f"homeassistant/sensor/d/{name}/config", THREE[name])

        await keep("z/bridge", "online")
        await keep("z/device/availability", "online")
        await keep("z/device", {"temperature": 21.5, "humidity": 48, "battery": 90})
        await define_late("temperature")
        async with ingesting(mosquitto.port, path):
            await until(path, NUMBERS, STORED[2:])
            await define_late("humidity")  # long after the broker had sent the state
            await until(path, NUMBERS, STORED[1:])
            await keep("z/bridge", "offline")
            await until(path, AVAILABLE, [])
        async with ingesting(mosquitto.port, path):
            await define_late("battery")
            await until(path, NUMBERS, STORED)
            await until(path, AVAILABLE, [])
            await keep("z/bridge", "online")
            await until(path, AVAILABLE, [(name,) for name, _ in STORED])
        assert rows_of(path, NUMBERS) == STORED, "nobody's reading is stored twice"


async def test_a_house_that_was_there_before_is_known_as_soon_as_ingest_starts(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    path = tmp_path / "readings.db"
    kept = {f"homeassistant/sensor/d/{name}/config": json.dumps(config) for name, config in THREE.items()}
    kept |= {"z/bridge": "online", "z/device/availability": "online"}
    kept |= {"z/device": json.dumps({"temperature": 21.5, "humidity": 48, "battery": 90})}
    async with Broker(MqttSettings(port=mosquitto.port), client_id="device") as device:
        await device.wait_connected(5)
        for topic, payload in kept.items():
            await device.publish(topic, payload.encode(), retain=True)
    for _ in range(2):
        async with ingesting(mosquitto.port, path):
            await until(path, NUMBERS, STORED)
            await until(path, AVAILABLE, [(name,) for name, _ in STORED])
            await asyncio.sleep(0.3)  # time for whatever the broker repeats
        assert rows_of(path, NUMBERS) == STORED


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
    ("mode", "expected"), [("all", [True, True, False]), ("any", [True, True, True]), ("latest", [True, True, False])]
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
        ("21,5", "not_a_number"),  # a comma may mean either
        ("21.5 °C", "not_a_number"),
        ("true", "not_a_number"),
        ("[21.5]", "not_a_number"),
        (b"\xef\xbb\xbf21.5", "not_a_number"),
        (b"\xff", "not_utf8"),
        (b"1" * 70_000, "too_large"),
    ],
)
def test_a_number_that_is_none_is_refused_by_name(payload: object, code: str) -> None:
    dialect = HomeAssistant()
    define(dialect, "sensor", state_topic="s", unit_of_measurement="W", device_class="power")
    assert codes(decode(dialect, "s", payload)) == [code]


def test_a_number_in_a_unit_that_is_not_known_keeps_it_as_it_came() -> None:
    dialect = HomeAssistant()
    decoded = decode(
        dialect, "homeassistant/sensor/x/config", {"unique_id": "u", "stat_t": "s", "unit_of_meas": "furlongs"}
    )
    assert decoded.definitions[0].entity.aspects == (
        Aspect(name="state", quantity=Quantity.NUMBER, unit="furlongs", numeric=True),
    )
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


@pytest.mark.parametrize("gone", [b"", {"migrate_discovery": True}])
def test_what_moves_to_another_topic_stays_in_the_house_whichever_comes_first(gone: object) -> None:
    old, new = "homeassistant/switch/old/config", "homeassistant/device/new/config"
    switch = {"unique_id": "u", "state_topic": "s", "command_topic": "c"}
    whole = {"device": {"name": "Plug"}, "components": {"relay": {"platform": "switch", **switch, "state_topic": "t"}}}
    for first_gone in (True, False):
        dialect = HomeAssistant()
        decode(dialect, old, switch)
        if first_gone:
            assert decode(dialect, old, gone).removals == ("switch.u",)
            moved = decode(dialect, new, whole)
        else:
            dialect.decode(message("t", "ON"))
            assert codes(decode(dialect, new, whole)) == ["duplicate_id"]
            moved = decode(dialect, old, gone)
            assert [reading.value for reading in moved.readings] == ["on"], "what was said meanwhile is told"
        assert moved.removals == ()
        assert [one.topic for one in moved.definitions] == [new]
        assert decode(dialect, old, b"").removals == ()
        assert values(dialect, "t", "OFF") == {"state": "off"}
        assert decode(dialect, new, b"").removals == ("switch.u",)


def test_of_those_that_want_the_same_id_only_so_many_are_remembered() -> None:
    dialect = HomeAssistant()
    config = {"unique_id": "u", "state_topic": "s", "command_topic": "c"}
    for number in range(home_assistant.MOST_RIVALS + 10):
        decode(dialect, f"homeassistant/switch/{number}/config", config)
    owners = 0
    while decode(dialect, f"homeassistant/switch/{owners}/config", b"").definitions:
        owners += 1
    assert owners == home_assistant.MOST_RIVALS


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
