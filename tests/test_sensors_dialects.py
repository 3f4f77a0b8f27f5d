"""What several dialects in one house promise: no message asked for twice, none that two of them need lost to one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes_dialects import message
from fakes_sensors import FakeBroker, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from real_mosquitto import Mosquitto

from config.plain import PlainTopic
from config.settings import MqttSettings, Settings
from sensors.broker import Broker
from sensors.decoded import Decoded, Definition
from sensors.dialects import dialects_of
from sensors.ingest import Ingest
from sensors.store import StoreWriter
from sensors.topics import covers, matches, without_overlap


@pytest.mark.parametrize(
    ("topic_filter", "topic", "matched"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a/b", True),
        ("#", "$SYS/broker", False),
        ("+/b", "$SYS/b", False),
        ("$SYS/#", "$SYS/broker", True),
        ("a/+/c", "a//c", True),
    ],
)
def test_a_filter_matches_as_the_broker_matches(topic_filter: str, topic: str, matched: bool) -> None:
    assert matches(topic_filter, topic) is matched


def test_what_a_wider_filter_brings_is_not_asked_for_again() -> None:
    asked = {"tele/+/STATE", "tele/plug/STATE", "tele/plug/LWT", "+/+/STATE", "home/#", "home/a", "x"}
    assert without_overlap(asked) == {"tele/plug/LWT", "+/+/STATE", "home/#", "x"}


_levels = st.lists(st.sampled_from(["a", "b", "+"]), min_size=1, max_size=3).map("/".join)


@given(filters=st.frozensets(_levels | _levels.map(lambda one: f"{one}/#"), max_size=8), topic=_levels)
def test_nothing_is_lost_by_asking_less(filters: frozenset[str], topic: str) -> None:
    fewer = without_overlap(filters)
    topic = topic.replace("+", "c")
    assert any(matches(one, topic) for one in fewer) == any(matches(one, topic) for one in filters)
    assert not any(covers(one, other) for one in fewer for other in fewer if one != other)


def test_every_dialect_has_a_name_of_its_own_and_takes_none_of_what_concerns_nobody() -> None:
    dialects = dialects_of(Settings())
    assert len({dialect.name for dialect in dialects}) == len(dialects)
    for topic in ("zigbee2mqtt/bridge/logging", "frigate/events", "a", "/", "owntracks/me/phone"):
        assert [dialect.decode(message(topic, {"a": 1})) for dialect in dialects] == [None] * len(dialects)


# --- in one house --------------------------------------------------------------------------------------------------

TASMOTA = "tasmota/discovery/C8C9A3123456/config"
TASMOTA_CONFIG = {
    "dn": "Kettle",
    "fn": ["Kettle"],
    "mac": "C8C9A3123456",
    "t": "kettle",
    "ft": "%prefix%/%topic%/",
    "tp": ["cmnd", "stat", "tele"],
    "rl": [1],
    "ofln": "Offline",
    "onln": "Online",
}
DISCOVERED = {"stat_t": "stat/kettle/POWER", "cmd_t": "cmnd/kettle/POWER", "uniq_id": "kettle", "name": "Kettle"}
NUMBERS = "SELECT s.entity_id, n.value FROM numbers n JOIN series s ON s.id = n.series ORDER BY s.entity_id, n.at_ms"
STATES = "SELECT s.entity_id, n.value FROM states n JOIN series s ON s.id = n.series ORDER BY s.entity_id, n.at_ms"
SHELLY = {"src": "shelly1pm-a", "dst": "shelly1pm-a/events", "method": "NotifyStatus"}
OWN = PlainTopic(topic="stat/{device}/POWER", quantity="text", name="{device} word")


async def test_a_topic_that_concerns_two_dialects_is_read_by_both(tmp_path: Path) -> None:
    path = tmp_path / "readings.db"
    batch = [
        message("homeassistant/switch/kettle/config", DISCOVERED),
        message(TASMOTA, TASMOTA_CONFIG),
        message("stat/kettle/POWER", "ON"),
    ]
    async with StoreWriter(path) as store:
        ingest = Ingest(FakeBroker([batch]), store, dialects_of(Settings(plain=(OWN,))))
        await ingest.run()
    assert rows_of(path, STATES) == [("sensor.stat.kettle.POWER", "ON"), ("switch.kettle", "on")]
    assert ingest.counts["unrouted"] == 0
    assert ingest.counts["noted.announced_twice"] == 1


async def test_every_dialect_is_heard_through_a_real_broker_once_and_again_after_a_restart(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    path = tmp_path / "readings.db"
    own_topic = PlainTopic(topic="tele/{x}/SENSOR", path="DS18B20.Temperature", quantity="temperature", unit="°C")
    chosen = Settings(mqtt=MqttSettings(port=mosquitto.port), plain=(own_topic,))
    relay = "switch.C8C9A3123456_relay_1"

    async def until(statement: str, expected: list[Any]) -> None:
        async with asyncio.timeout(10):
            while rows_of(path, statement) != expected:  # noqa: ASYNC110 - the store has no event for it
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def ingesting() -> AsyncIterator[None]:
        async with StoreWriter(path) as store, Broker(chosen.mqtt) as broker:
            ingest = Ingest(broker, store, dialects_of(chosen))
            task = asyncio.ensure_future(ingest.run())
            await broker.wait_connected(5)
            yield
            task.cancel()

    async with Broker(chosen.mqtt, client_id="device") as device:
        await device.wait_connected(5)

        async def send(topic: str, payload: object, *, retain: bool = False) -> None:
            await device.publish(topic, message(topic, payload).payload, retain=retain)

        await send(TASMOTA, TASMOTA_CONFIG, retain=True)
        await send("tele/kettle/LWT", "Online", retain=True)
        async with ingesting():
            await until("SELECT id FROM entity WHERE id LIKE 'switch%'", [(relay,)])
            await send("stat/kettle/POWER", "ON", retain=True)
            await send("shelly1pm-a/events/rpc", {**SHELLY, "params": {"pm1:0": {"id": 0, "apower": 5}}})
            await send("tele/kettle/SENSOR", {"DS18B20": {"Temperature": 21.5}})
            shelly, own = "sensor.shelly1pm-a:pm1:0:apower", "sensor.tele.kettle.SENSOR:DS18B20:Temperature"
            first = [(shelly, 5000), (own, 21500)]
            await until(NUMBERS, first)
            await until(STATES, [(relay, "on")])
        async with ingesting():
            await send("shelly1pm-a/events/rpc", {**SHELLY, "params": {"pm1:0": {"id": 0, "apower": 6}}})
            await send("tele/kettle/SENSOR", {"DS18B20": {"Temperature": 22}})
            await until(NUMBERS, [(shelly, 5000), (shelly, 6000), (own, 21500), (own, 22000)])


CLAIMED = ("tele/kettle", "tele/old", "shelly1pm-a", "a/b", "z")
_words = st.sampled_from([*"tele stat x STATE events rpc status switch:0 online config home ü $SYS".split(), "", " "])
_topics = st.lists(_words, min_size=1, max_size=5).map("/".join) | st.sampled_from(
    [
        TASMOTA,
        "tasmota/discovery/C8C9A3123456/sensors",
        *(f"tele/{topic}/{last}" for topic in ("kettle", "old") for last in ("STATE", "SENSOR", "LWT")),
        "stat/kettle/RESULT",
        "stat/kettle/POWER",
        *(
            f"{prefix}/{rest}"
            for prefix in ("shelly1pm-a", "a/b")
            for rest in ("events/rpc", "status/switch:0", "online")
        ),
        *(f"homeassistant/{component}/x/config" for component in ("switch", "sensor")),
        "home/x",
    ]
)
_payloads = st.binary(max_size=30) | st.sampled_from(
    [
        json.dumps(TASMOTA_CONFIG).encode(),
        json.dumps({"sn": {"DS18B20": {"Temperature": 1}}}).encode(),
        json.dumps({"Time": "2023-11-05T10:00:00", "POWER": "ON", "A": {"Temperature": 1}}).encode(),
        json.dumps({**SHELLY, "params": {"switch:0": {"id": 0, "output": True, "apower": 1}}}).encode(),
        json.dumps({**SHELLY, "dst": "/events", "params": {"sys": {"wakeup_period": 9}}}).encode(),
        *(json.dumps({"id": 0, "output": True, "state_topic": f"{one}/a"}).encode() for one in CLAIMED),
        b"Online",
        b"true",
        b"",
    ]
)


@settings(max_examples=150, deadline=None)
@given(heard=st.lists(st.tuples(_topics, _payloads), max_size=12))
def test_whatever_is_heard_on_whatever_topic_nothing_raises_and_a_restart_knows_the_same(
    heard: list[tuple[str, bytes]],
) -> None:
    chosen = Settings(plain=(PlainTopic(topic="home/{x}", quantity="number"),))
    before = dialects_of(chosen)
    kept: dict[str, Definition] = {}
    for topic, payload in heard:
        for dialect in before:
            decoded = dialect.decode(message(topic, payload)) or Decoded()
            for gone in decoded.removals:
                kept.pop(gone, None)
            kept |= {one.entity.id: one for one in decoded.definitions}
            assert all(reading.key.entity_id in kept for reading in decoded.readings)
    after = dialects_of(chosen)
    for dialect in after:
        dialect.restore(kept.values())
    lost = {one for dialect in before for one in dialect.filters()} - {
        one for dialect in after for one in dialect.filters()
    }
    assert not lost, "what was listened to is listened to after a restart"
