"""What ingest promises: committed before acknowledged, nothing lost, nothing counted twice, and no end by itself."""

import asyncio
import json
import logging
from collections.abc import Iterable
from itertools import chain, repeat
from pathlib import Path

import pytest
from fakes_sensors import FakeBroker, rows_of
from killing import kill_repeatedly
from real_mosquitto import Mosquitto

from config.settings import MqttSettings
from sensors.broker import Broker
from sensors.database import StoreUnavailable
from sensors.decoded import Decoded, Definition
from sensors.dialects.home_assistant import HomeAssistant
from sensors.ingest import Ingest
from sensors.message import Message
from sensors.moments import Moments
from sensors.quarantine import Quarantine
from sensors.questions import Questions
from sensors.reading import Reading, SeriesKey
from sensors.store import StoreWriter

NOW_MS = 1_795_000_000_000
CONFIG = {
    "unique_id": "n",
    "state_topic": "n/state",
    "unit_of_measurement": "W",
    "device_class": "power",
    "name": "Meter",
}
POWER = SeriesKey(entity_id="sensor.n")


def define(**overrides: object) -> Message:
    payload = json.dumps({**CONFIG, **overrides}).encode()
    return Message(topic="homeassistant/sensor/n/config", payload=payload, qos=1, received_ms=NOW_MS, token=1)


def state(value: object, *, at_ms: int = NOW_MS, token: int = 2, redelivered: bool = False) -> Message:
    payload = str(value).encode()
    return Message(topic="n/state", payload=payload, qos=1, received_ms=at_ms, token=token, redelivered=redelivered)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.db"


class WatchfulBroker(FakeBroker):
    """Notes at each acknowledgement what another connection can already read."""

    def __init__(self, path: Path, batches: list[list[Message]]) -> None:
        super().__init__(batches)
        self._path = path
        self.seen_at_acknowledgement: list[int] = []

    def acknowledge(self, messages: object) -> None:
        super().acknowledge(messages)  # type: ignore[arg-type]
        self.seen_at_acknowledgement.append(len(rows_of(self._path, "SELECT * FROM numbers")))


class FailingStore(StoreWriter):
    """A store whose disk is full for the first few writes."""

    def __init__(self, path: Path, failures: int) -> None:
        super().__init__(path)
        self.failures = failures

    async def write(self, batch: object, messages: object = ()) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise StoreUnavailable("the disk is full; free some space on it")
        await super().write(batch, messages)  # type: ignore[arg-type]


async def test_a_message_is_acknowledged_only_when_everybody_can_read_it(path: Path) -> None:
    broker = WatchfulBroker(path, [[define()], [state(1)], [state(2, at_ms=NOW_MS + 1), state(3, at_ms=NOW_MS + 2)]])
    async with StoreWriter(path) as store:
        ingest = Ingest(broker, store, [HomeAssistant()])
        await ingest.run()
    assert broker.seen_at_acknowledgement == [0, 1, 3]
    assert len(broker.acknowledged) == 4
    assert (ingest.counts["batches"], ingest.counts["readings"], ingest.counts["messages"]) == (3, 3, 4)
    assert ingest.ready.is_set()


async def test_the_topics_that_discovery_names_are_asked_for_and_left_again(path: Path) -> None:
    broker = FakeBroker([[define()], [define(state_topic="other")]])
    async with StoreWriter(path) as store:
        await Ingest(broker, store, [HomeAssistant()]).run()
    assert broker.subscribed == {"homeassistant/+/+/config", "homeassistant/+/+/+/config", "other"}


async def test_after_a_restart_queued_states_are_understood_before_their_configuration(path: Path) -> None:
    async with StoreWriter(path) as store:
        await Ingest(FakeBroker([[define()]]), store, [HomeAssistant()]).run()
    broker = FakeBroker([[state(7)]])
    async with StoreWriter(path) as store:
        await Ingest(broker, store, [HomeAssistant()]).run()
    assert rows_of(path, "SELECT value FROM numbers") == [(7000,)]
    assert "n/state" in broker.subscribed


async def test_a_full_disk_is_said_once_and_nothing_is_lost_or_acknowledged_meanwhile(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="sensors.ingest")
    broker = FakeBroker([[define(), state(1)]])
    async with FailingStore(path, 3) as store:
        ingest = Ingest(broker, store, [HomeAssistant()], shortest_retry_seconds=0.01, longest_retry_seconds=0.02)
        await ingest.run()
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert "disk is full" in caplog.records[0].getMessage()
    assert ingest.problem is None
    assert len(broker.acknowledged) == 2
    assert rows_of(path, "SELECT value FROM numbers") == [(1000,)]
    assert ingest.counts["readings"] == 1


async def test_what_cannot_be_taken_is_counted_acknowledged_and_does_not_block(path: Path) -> None:
    broker = FakeBroker([[define(), state("abc"), state(b"\xff"), Message(topic="x", payload=b"", received_ms=NOW_MS)]])
    async with StoreWriter(path) as store:
        ingest = Ingest(broker, store, [HomeAssistant()])
        await ingest.run()
    assert ingest.counts["refused.not_a_number"] == 2
    assert ingest.counts["unrouted"] == 1
    assert len(broker.acknowledged) == 4


async def test_until_the_clock_is_set_messages_wait_and_then_none_is_lost(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = chain([5, 5_000, 10_000], repeat(NOW_MS))
    broker = FakeBroker([[define(), state(1, at_ms=5)]])
    async with StoreWriter(path) as store:
        ingest = Ingest(broker, store, [HomeAssistant()], clock_ms=lambda: next(clock), shortest_retry_seconds=0.001)
        await ingest.run()
    assert rows_of(path, "SELECT at_ms, value FROM numbers") == [(NOW_MS, 1000)]
    assert len(broker.acknowledged) == 2
    assert caplog.text.count("clock of this machine has not been set") == 1


async def test_it_tells_how_long_messages_waited_and_how_many_readings_came_within_the_minute(path: Path) -> None:
    waited: list[float] = []
    now = 100.0
    async with StoreWriter(path) as store:
        ingest = Ingest(
            FakeBroker([]),
            store,
            [HomeAssistant()],
            clock_ms=lambda: NOW_MS + 700,
            monotonic=lambda: now,
            waited=waited.append,
        )
        await ingest.take([define(), state(1, at_ms=NOW_MS)])
        now += 0.5
        await ingest.take([state(2, at_ms=NOW_MS + 500), state(3, at_ms=NOW_MS + 900)])
        assert ingest.last_minute == 3 and waited[-1] == 200
        await ingest.take([state(4, at_ms=NOW_MS + 60_000)])
        assert waited[-1] == 0, "somebody has set the clock back"
        now += 59.5
        assert ingest.last_minute == 0


class Faulty(HomeAssistant):
    """A dialect with a mistake in it."""

    def decode(self, message: Message) -> Decoded | None:
        if b"poison" in message.payload:
            raise KeyError("poison")
        return super().decode(message)

    def restore(self, definitions: Iterable[Definition]) -> None:
        raise TypeError("a mistake")


async def test_a_fault_of_ours_costs_the_one_message_and_is_told_with_its_trace(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    poison = state("poison", at_ms=NOW_MS + 1)
    broker = FakeBroker([[define(), poison, state(2, at_ms=NOW_MS + 2)], [poison]])
    async with StoreWriter(path) as store:
        ingest = Ingest(broker, store, [Faulty()], quarantine=Quarantine(path.with_name("quarantine.jsonl")))
        await ingest.run()
    assert rows_of(path, "SELECT value FROM numbers") == [(2000,)]
    assert len(broker.acknowledged) == 4
    assert ingest.counts["refused.fault"] == 2
    assert caplog.text.count("A fault in this program over what came on 'n/state'") == 1
    assert "what was known of home_assistant devices cannot be read" in caplog.text
    [line] = path.with_name("quarantine.jsonl").read_text().splitlines()
    assert json.loads(line)["payload"] == "poison"
    assert "KeyError" in json.loads(line)["detail"]


class Unstorable(HomeAssistant):
    """Says what SQLite cannot store."""

    def decode(self, message: Message) -> Decoded | None:
        if message.payload == b"surrogate":
            key = SeriesKey(entity_id="sensor.n")
            return Decoded(readings=(Reading(key=key, at_ms=message.received_ms, value="\ud800"),))
        return super().decode(message)


async def test_one_message_that_cannot_be_stored_does_not_hold_up_the_others(path: Path) -> None:
    batch = [define(), state(1), state("surrogate", at_ms=NOW_MS + 1), state(3, at_ms=NOW_MS + 2)]
    broker = FakeBroker([batch])
    async with StoreWriter(path) as store:
        ingest = Ingest(broker, store, [Unstorable()])
        await ingest.run()
    assert rows_of(path, "SELECT value FROM numbers ORDER BY at_ms") == [(1000,), (3000,)]
    assert len(broker.acknowledged) == 4
    assert ingest.counts["refused.fault"] == 1


class Flooded(FakeBroker):
    """Has dropped so many messages by the time of each batch."""

    def __init__(self, batches: list[list[Message]], dropped: list[int]) -> None:
        super().__init__(batches)
        self._by_then = iter(dropped)

    def acknowledge(self, messages: Iterable[Message]) -> None:
        super().acknowledge(messages)
        self.dropped = next(self._by_then)


async def test_a_flood_that_costs_messages_is_told_when_it_begins_and_when_it_is_over(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    batches = [[state(number, at_ms=NOW_MS + number)] for number in range(5)]
    async with StoreWriter(path) as store:
        ingest = Ingest(Flooded(batches, [0, 10, 700, 700, 700]), store, [HomeAssistant()])
        await ingest.run()
    told = [record.getMessage() for record in caplog.records]
    assert [text.split(":")[0] for text in told] == [
        "More messages of QoS 0 come in than can be stored; what does not fit is dropped",
        "The flood is over",
    ]
    assert "700 messages of QoS 0 were dropped" in told[1]
    assert ingest.counts["dropped"] == 700


async def test_a_redelivered_message_counts_once_even_for_the_next_process(path: Path) -> None:
    async with StoreWriter(path) as store:
        await Ingest(FakeBroker([[define(), state(5, token=9)]]), store, [HomeAssistant()]).run()
    again = state(5, at_ms=NOW_MS + 60_000, token=1 << 16 | 9, redelivered=True)
    same_id = state(6, at_ms=NOW_MS + 60_001, token=1 << 16 | 9, redelivered=True)
    async with StoreWriter(path) as store:
        await Ingest(FakeBroker([[again], [same_id]]), store, [HomeAssistant()]).run()
    assert rows_of(path, "SELECT at_ms, value FROM numbers") == [(NOW_MS, 5000), (NOW_MS + 60_001, 6000)]


async def test_definitions_decode_to_nothing_new_when_they_are_repeated(path: Path) -> None:
    async with StoreWriter(path) as store:
        await Ingest(FakeBroker([[define()], [define()], [define()]]), store, [HomeAssistant()]).run()
        async with Questions(path) as questions:
            assert (await questions.house()).version == 1


async def test_from_device_to_answer_through_a_real_broker(mosquitto: Mosquitto, path: Path) -> None:
    settings = MqttSettings(port=mosquitto.port)
    async with StoreWriter(path) as store, Broker(settings) as broker, Broker(settings, client_id="device") as device:
        ingest = Ingest(broker, store, [HomeAssistant()])
        task = asyncio.ensure_future(ingest.run())
        await device.wait_connected(5)
        await device.publish(define().topic, define().payload, retain=True)
        await device.publish("n/state", b"230.5", retain=True)
        async with Questions(path) as questions, asyncio.timeout(5):
            while not (found := await questions.latest([POWER])):  # noqa: ASYNC110 - the store has no event for it
                await asyncio.sleep(0.01)
        task.cancel()
    assert found[POWER].value == 230.5


def test_times_rise_for_each_topic_and_follow_a_clock_that_is_set_back() -> None:
    moments = Moments(floor_ms=1_000_005)
    assert [moments.of("a", 1_000_000) for _ in range(3)] == [1_000_006, 1_000_007, 1_000_008]
    assert moments.of("b", 1_000_000) == 1_000_006
    assert moments.of("a", 2_000_000) == 2_000_000
    assert moments.of("a", 500_000) == 500_000
    assert Moments(floor_ms=9_000_000_000).of("a", 1_000_000) == 1_000_000


async def test_a_backlog_on_one_topic_is_stored_to_the_last_message(path: Path) -> None:
    burst = [state(number) for number in range(3_000)]
    async with StoreWriter(path) as store:
        await Ingest(FakeBroker([[define()], burst[:1500], burst[1500:]]), store, [HomeAssistant()]).run()
    async with StoreWriter(path) as store:
        await Ingest(FakeBroker([[state(number) for number in range(3_000, 3_500)]]), store, [HomeAssistant()]).run()
    assert rows_of(path, "SELECT count(DISTINCT value) FROM numbers") == [(3_500,)]


async def test_what_is_said_at_times_that_come_twice_because_the_clock_was_set_back_overwrites_nothing(
    path: Path,
) -> None:
    first = [state(number, at_ms=NOW_MS + 2 * number) for number in range(2_000)]
    again = [state(2_000 + number, at_ms=NOW_MS + number) for number in range(500)]
    async with StoreWriter(path) as store:
        await Ingest(FakeBroker([[define()], first, again[:250], again[250:]]), store, [HomeAssistant()]).run()
    assert rows_of(path, "SELECT count(*), count(DISTINCT value) FROM numbers") == [(2_500, 2_500)]


async def test_kill_nine_under_load_loses_nothing_and_counts_nothing_twice(mosquitto: Mosquitto, path: Path) -> None:
    killed = await kill_repeatedly(mosquitto.port, path, kills=5)
    assert (killed.kills, killed.confirmed) == (5, 2000)
    assert (killed.lost, killed.twice) == (0, 0)


def test_nothing_but_the_store_writes_readings() -> None:
    folder = Path(__file__).resolve().parent.parent
    for package in ("assistant", "tools", "sensors", "config"):
        for module in (folder / package).rglob("*.py"):
            # Salvage fills files that are not in use yet; forgetting puts right what is the latest of what is left.
            if module.name in ("store.py", "guard.py", "salvage.py", "forgetting.py"):
                continue
            text = module.read_text()
            assert not any(f"INTO {table}" in text for table in ("numbers", "states", "latest")), module
