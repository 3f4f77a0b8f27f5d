"""What several dialects in one house promise: no message asked for twice, none that two of them need lost to one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import Mosquitto
from fakes_dialects import message
from fakes_sensors import FakeBroker, rows_of
from hypothesis import given
from hypothesis import strategies as st

from config.plain import PlainTopic
from config.settings import MqttSettings, Settings
from sensors.broker import Broker
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
    settings = Settings(mqtt=MqttSettings(port=mosquitto.port), plain=(own_topic,))
    relay = "switch.C8C9A3123456_relay_1"

    async def until(statement: str, expected: list[Any]) -> None:
        async with asyncio.timeout(10):
            while rows_of(path, statement) != expected:  # noqa: ASYNC110 - the store has no event for it
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def ingesting() -> AsyncIterator[None]:
        async with StoreWriter(path) as store, Broker(settings.mqtt) as broker:
            ingest = Ingest(broker, store, dialects_of(settings))
            task = asyncio.ensure_future(ingest.run())
            await broker.wait_connected(5)
            yield
            task.cancel()

    async with Broker(settings.mqtt, client_id="device") as device:
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
