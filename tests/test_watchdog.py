"""Signs of life are given only while what must go on does: by parts in one process, and by the daemon itself."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes_sensors import FakeBroker
from fakes_voice import RecordingSpeaker, ScriptedConversation
from real_daemon import announce, running
from real_mosquitto import Mosquitto
from real_peer import publish
from test_sensors_ingest import define, state

from assistant.ports import FRAME_BYTES
from assistant.vitals.watchdog import Part, Watchdog, parts_of, sign_every_seconds
from assistant.voice.engines.espeak import EspeakVoice
from assistant.voice.engines.nothing import NothingUnderstood
from assistant.voice.engines.silero import SileroDetector
from assistant.voice.frames import ScriptedMicrophone
from assistant.voice.listen import VoiceLoop
from config.settings import MqttSettings
from sensors.broker import Broker
from sensors.database import StoreUnavailable
from sensors.decoded import Decoded
from sensors.dialects.home_assistant import HomeAssistant
from sensors.ingest import Ingest
from sensors.message import Message
from sensors.store import StoreWriter
from tools.contract import Asker

SIGN = "WATCHDOG=1"


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class HangingStore(StoreWriter):
    """Its first commit does not come back until it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reached, self.let_go = asyncio.Event(), asyncio.Event()

    async def write(self, batch: list[Decoded], messages: list[Message] = ()) -> None:  # type: ignore[override]
        self.reached.set()
        await self.let_go.wait()
        await super().write(batch, messages)


class FullStore(StoreWriter):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reached = asyncio.Event()

    async def write(self, batch: list[Decoded], messages: list[Message] = ()) -> None:  # type: ignore[override]
        self.reached.set()
        raise StoreUnavailable("the disk is full")


class EveryFrame:
    """A wake word that is heard all the time."""

    doubtful = False

    def heard(self, frame: bytes, *, amid: bool = False) -> bool:
        return True

    def reset(self) -> None: ...


class EmptiedBroker(FakeBroker):
    """Tells when all of its batches were stored."""

    def __init__(self, batches: list[list[Message]]) -> None:
        super().__init__(batches)
        self.emptied = asyncio.Event()

    async def batches(self) -> AsyncIterator[list[Message]]:
        async for batch in super().batches():
            yield batch
        self.emptied.set()
        await asyncio.Event().wait()


async def test_a_commit_that_never_comes_back_ends_the_signs_and_one_that_does_brings_them_back(tmp_path: Path) -> None:
    clock = Clock()
    async with HangingStore(tmp_path / "readings.db") as store, asyncio.TaskGroup() as group:
        broker = EmptiedBroker([[define()], [state(5)]])
        ingest = Ingest(broker, store, [HomeAssistant()], monotonic=clock)
        dog = Watchdog(parts_of(None, ingest, None))
        assert dog.look()
        loop = group.create_task(ingest.run())
        await store.reached.wait()
        clock.seconds += 59
        assert dog.look()
        clock.seconds += 2
        assert not dog.look()
        store.let_go.set()
        await broker.emptied.wait()
        clock.seconds += 3600
        assert dog.look(), "an hour without a message is no hang"
        loop.cancel()


def test_what_is_stuck_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    still = [0.0]
    dog = Watchdog([Part(name="voice", still_seconds=lambda: still[0], most_seconds=90)])
    for seconds in (5, 91, 101, 111, 0, 0):
        still[0] = seconds
        dog.look()
    assert [record.getMessage() for record in caplog.records] == [
        "The voice has been stuck for 91 seconds",
        "The voice goes on again",
    ]


async def test_a_connection_whose_thread_has_ended_is_stuck_at_once(mosquitto: Mosquitto) -> None:
    async with Broker(MqttSettings(port=mosquitto.port)) as broker:
        dog = Watchdog(parts_of(broker, None, None))
        assert dog.look()
        broker._stopping.set()
        broker._client.disconnect()
        await asyncio.to_thread(broker._thread.join, 5)
        assert not dog.look()


async def test_a_disk_that_stays_full_for_days_is_no_hang(tmp_path: Path) -> None:
    clock = Clock()
    async with FullStore(tmp_path / "readings.db") as store, asyncio.TaskGroup() as group:
        ingest = Ingest(
            EmptiedBroker([[define()]]), store, [HomeAssistant()], monotonic=clock, shortest_retry_seconds=0.01
        )
        dog = Watchdog(parts_of(None, ingest, None))
        loop = group.create_task(ingest.run())
        for _ in range(3):
            await store.reached.wait()
            store.reached.clear()
            assert dog.look() and ingest.problem is not None
            clock.seconds += 1e5
        loop.cancel()


class StuckDetector(SileroDetector):
    """As a library that never comes back would: whoever asks it waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.let_go = threading.Event(), threading.Event()

    def probability(self, frame: bytes) -> float:
        self.reached.set()
        self.let_go.wait()
        return super().probability(frame)


async def test_an_engine_that_never_comes_back_ends_the_signs() -> None:
    clock, microphone, detector = Clock(), ScriptedMicrophone(), StuckDetector()
    voice = VoiceLoop(
        microphone=microphone,
        wake_word=EveryFrame(),
        detector=detector,
        transcriber=NothingUnderstood(),
        voice=EspeakVoice(),
        speaker=RecordingSpeaker(),
        conversation=ScriptedConversation(),
        asker=Asker(satellite="here"),
        sorry=str,
        clock=clock,
    )
    dog = Watchdog(parts_of(None, None, voice))
    async with asyncio.TaskGroup() as group:
        loop = group.create_task(voice.run())
        microphone.say(bytes(40 * FRAME_BYTES))
        await asyncio.to_thread(detector.reached.wait)
        clock.seconds += 89
        goes_on = dog.look()
        clock.seconds += 2
        still_goes_on = dog.look()
        detector.let_go.set()
        loop.cancel()
    assert (goes_on, still_goes_on) == (True, False)


def test_what_it_does_is_told_to_whoever_asks_the_supervisor_each_time_that_it_changes() -> None:
    told: list[str] = []
    status = ["listening"]
    dog = Watchdog(tell=told.append)
    dog.tell_status()
    dog.watch([], lambda: status[0])
    dog.tell_status("READY=1")
    dog.tell_status()
    status[0] = "listening. nothing listens at 127.0.0.1:1883"
    dog.tell_status()
    dog.tell_status()
    assert told == ["READY=1\nSTATUS=listening", "STATUS=listening. nothing listens at 127.0.0.1:1883"]


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 20.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 20.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_it_signs_thrice_as_often_as_it_must_and_only_where_it_is_asked_to(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert sign_every_seconds(environment) == seconds


def test_the_daemon_signs_until_storing_hangs_and_again_when_it_goes_on(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """What is refused is kept in a file; a FIFO in its place takes nothing until somebody reads it."""
    with running(tmp_path, mosquitto.port, WATCHDOG_USEC="300000") as daemon:
        assert [daemon.told() for _ in range(5)] == [SIGN] * 5
        mosquitto.stop()  # which no restart of ours would mend
        told = [daemon.told() for _ in range(8)]
        assert told.count(SIGN) >= 5 and any(
            "running without voice. No MQTT broker: nothing listens" in one for one in told
        )
        mosquitto.start()
        fifo = daemon.state / "quarantine.jsonl"
        fifo.unlink(missing_ok=True)
        os.mkfifo(fifo)
        announce(mosquitto.port)
        publish(mosquitto.port, "homeassistant/sensor/bad/config", "not json{")
        daemon.silent(seconds=1.0)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        try:
            assert daemon.told() == SIGN
        finally:
            os.close(reader)
        assert daemon.stop() == 0
