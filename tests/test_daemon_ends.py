"""SIGTERM ends the daemon within seconds whatever it does. Idle: test_daemon; in a model call: test_daemon_model."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from fakes_sound_server import SoundServer, level, require_sound_server
from real_daemon import STOP_SECONDS, Daemon, announce, eventually, running
from real_mosquitto import Mosquitto
from real_peer import publish

from assistant.voice.frames import speech

PERSON = "en-us+m3"


def test_in_the_middle_of_a_commit(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """Another process holds the database, so the commit waits."""
    announce(mosquitto.port)
    with running(tmp_path, mosquitto.port) as daemon:
        eventually(daemon, "what is the temperature in the bedroom", "21.5")
        with closing(sqlite3.connect(daemon.state / "readings.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            publish(mosquitto.port, "home/bedroom", "23.5")
            time.sleep(0.5)
            began = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - began < STOP_SECONDS - 1
        assert "Traceback" not in daemon.log.read_text()


@pytest.fixture
def room() -> Iterator[SoundServer]:
    require_sound_server()
    with SoundServer() as server:
        yield server


@contextmanager
def with_voice(room: SoundServer, folder: Path, port: int) -> Iterator[Daemon]:
    with running(
        folder, port, **room.environment, ASSISTANT_VOICE__ENABLED="true", ASSISTANT_VOICE__SPEECH_RATE_WPM="220"
    ) as daemon:
        assert "without voice" not in daemon.log.read_text()
        yield daemon
        assert "Traceback" not in daemon.log.read_text()


def ends_in_time(daemon: Daemon) -> None:
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < STOP_SECONDS - 1


def called(request: str) -> bytes:
    wake = speech("okay nabu.", voice=PERSON, before_seconds=0.2, after_seconds=0.1)
    return wake + speech(request, voice=PERSON, before_seconds=0.0, after_seconds=0.1)


def test_while_somebody_speaks_to_it(tmp_path: Path, mosquitto: Mosquitto, room: SoundServer) -> None:
    said = called("what is the temperature in the bedroom and in the kitchen and in the living room and in the attic")
    with with_voice(room, tmp_path, mosquitto.port) as daemon, ThreadPoolExecutor(1) as pool:
        saying = pool.submit(room.say_pcm, said)
        time.sleep(2.0)
        assert not saying.done(), "it is in the middle of the request"
        ends_in_time(daemon)
        saying.result()


def is_answered_aloud(daemon: Daemon, room: SoundServer) -> None:
    """Asks something; returns as soon as it speaks."""
    with room.recording() as heard:
        room.say_pcm(called("what time is it"))
        end = time.monotonic() + 20
        while level(heard.pcm[-3200:]) < 0.02:
            assert time.monotonic() < end, daemon.log.read_text()
            time.sleep(0.01)


def test_while_it_speaks(tmp_path: Path, mosquitto: Mosquitto, room: SoundServer) -> None:
    with with_voice(room, tmp_path, mosquitto.port) as daemon:
        is_answered_aloud(daemon, room)
        ends_in_time(daemon)


def test_while_it_waits_for_the_wake_word_and_gives_signs_of_life_until_then(
    tmp_path: Path, mosquitto: Mosquitto, room: SoundServer
) -> None:
    environment = room.environment | {"ASSISTANT_VOICE__ENABLED": "true", "WATCHDOG_USEC": "600000"}
    with running(tmp_path, mosquitto.port, **environment) as daemon:
        assert [daemon.told() for _ in range(3)] == ["WATCHDOG=1"] * 3
        room.pause()  # a sound server that hangs is nothing that a restart would mend
        assert [daemon.told() for _ in range(3)] == ["WATCHDOG=1"] * 3
        ends_in_time(daemon)
        room.go_on()
