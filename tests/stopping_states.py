"""What the daemon may be doing when it is told to stop, and what has to be so once it has."""

import io
import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from fakes_sound_server import SoundServer, level
from paho.mqtt.publish import multiple
from processes import command, family
from real_daemon import Daemon, announce, eventually, running
from real_mosquitto import Mosquitto
from real_peer import publish

from assistant.cli.audit import verify
from assistant.voice.frames import speech

PERSON = "en-us+m3"
GRACE_SECONDS = 5.0


@dataclass(kw_only=True)
class Place:
    """A folder, a broker, and a sound server and models for whoever asks for them. Closed by `stack`."""

    folder: Path
    broker: Mosquitto
    stack: ExitStack
    settings: dict[str, str] = field(default_factory=dict)

    @cached_property
    def room(self) -> SoundServer:
        room = self.stack.enter_context(SoundServer())
        self.settings |= {**room.environment, "ASSISTANT_VOICE__ENABLED": "true"}
        self.settings |= {"ASSISTANT_VOICE__SPEECH_RATE_WPM": "220"}
        return room

    def starting(self) -> Daemon:
        daemon = Daemon(self.folder, self.broker.port, **self.settings)
        self.stack.callback(daemon.close)
        return daemon

    def running(self) -> Daemon:
        announce(self.broker.port)
        return self.stack.enter_context(running(self.folder, self.broker.port, **self.settings))


State = Callable[[Place], Daemon]


def idle(place: Place) -> Daemon:
    daemon = place.running()
    time.sleep(1.0)
    return daemon


def committing(place: Place) -> Daemon:
    """Another process holds the database, so the commit waits."""
    daemon = place.running()
    eventually(daemon, "what is the temperature in the bedroom", "21.5")
    other = place.stack.enter_context(closing(sqlite3.connect(daemon.state / "readings.sqlite3", isolation_level=None)))
    other.execute("BEGIN IMMEDIATE")
    publish(place.broker.port, "home/bedroom", "23.5")
    time.sleep(0.5)
    return daemon


def called(request: str) -> bytes:
    wake = speech("okay nabu.", voice=PERSON, before_seconds=0.2, after_seconds=0.1)
    return wake + speech(request, voice=PERSON, before_seconds=0.0, after_seconds=0.1)


def waiting_for_the_wake_word(place: Place) -> Daemon:
    assert place.room
    return idle(place)


def spoken_to(place: Place) -> Daemon:
    said = called("what is the temperature in the bedroom and in the kitchen and in the living room and in the attic")
    room, pool = place.room, place.stack.enter_context(ThreadPoolExecutor(1))
    daemon = place.running()
    saying = pool.submit(room.say_pcm, said)
    time.sleep(2.0)
    assert not saying.done(), "it is in the middle of the request"
    return daemon


def is_heard(room: SoundServer, daemon: Daemon, cause: Callable[[], object]) -> None:
    """Returns as soon as it speaks."""
    with room.recording() as heard:
        cause()
        end = time.monotonic() + 20
        while level(heard.pcm[-3200:]) < 0.02:
            assert time.monotonic() < end, daemon.log.read_text()
            time.sleep(0.01)


def speaking(place: Place) -> Daemon:
    room = place.room
    daemon = place.running()
    is_heard(room, daemon, lambda: room.say_pcm(called("what time is it")))
    return daemon


def ringing(place: Place) -> Daemon:
    room = place.room
    daemon = place.running()
    is_heard(room, daemon, lambda: daemon.ask("set a timer for one second"))
    return daemon


def until_it_loads(library: str, daemon: Daemon) -> Daemon:
    maps, end = Path(f"/proc/{daemon.process.pid}/maps"), time.monotonic() + 30
    while library not in maps.read_text():
        assert time.monotonic() < end
        time.sleep(0.005)
    return daemon


def loading_models(place: Place) -> Daemon:
    """Whisper and Piper, small ones; the moment is when the first of their libraries is being loaded."""
    from fakes_speech_models import tiny_piper, tiny_whisper

    assert place.room
    models = place.folder / "models"
    place.settings["ASSISTANT_VOICE__TRANSCRIBER"] = str(tiny_whisper(models / "whisper"))
    place.settings["ASSISTANT_VOICE__VOICE"] = str(tiny_piper(models / "piper"))
    return until_it_loads("onnxruntime", place.starting())


def starting_the_recogniser(place: Place) -> Daemon:
    assert place.room
    daemon, end = place.starting(), time.monotonic() + 30
    while not any("sphinx_decoding" in command(pid) for pid in family(daemon.process.pid)):
        assert time.monotonic() < end
        time.sleep(0.005)
    return daemon


def without_a_sound_server_that_answers(place: Place) -> Daemon:
    """It hangs, which also hangs whoever loads the library."""
    place.room.pause()
    place.stack.callback(place.room.go_on)
    daemon = until_it_loads("libportaudio", place.starting())
    time.sleep(0.3)
    return daemon


def sound_server_hangs_meanwhile(place: Place) -> Daemon:
    room = place.room
    daemon = place.running()
    is_heard(room, daemon, lambda: room.say_pcm(called("what time is it")))
    room.pause()
    place.stack.callback(room.go_on)
    time.sleep(0.5)
    return daemon


def broker_hangs(place: Place) -> Daemon:
    daemon = idle(place)
    place.broker.signal(signal.SIGSTOP)
    place.stack.callback(place.broker.signal, signal.SIGCONT)
    return daemon


def broker_gone(place: Place) -> Daemon:
    daemon = idle(place)
    place.broker.stop()
    return daemon


def flooded(place: Place) -> Daemon:
    """With discovery and readings of a thousand devices, while it is told to stop."""
    daemon = place.running()
    messages = [flood(number) for number in range(1000)]
    pool = place.stack.enter_context(ThreadPoolExecutor(1))
    pool.submit(multiple, [one for pair in messages for one in pair], hostname="127.0.0.1", port=place.broker.port)
    time.sleep(0.4)
    return daemon


def flood(number: int) -> tuple[dict[str, object], dict[str, object]]:
    topic = f"flood/{number}"
    config = {"name": f"Sensor {number}", "unique_id": f"flood_{number}", "state_topic": topic}
    config |= {"device_class": "temperature", "unit_of_measurement": "°C"}
    discovered = {"topic": f"homeassistant/sensor/flood_{number}/config", "payload": json.dumps(config)}
    return {**discovered, "qos": 1, "retain": True}, {"topic": topic, "payload": "20.5", "qos": 1, "retain": True}


def backing_up(place: Place) -> Daemon:
    """A database of some hundred megabytes is copied; the missed backup begins a minute after a start."""
    daemon = place.running()
    daemon.stop()
    with closing(sqlite3.connect(daemon.state / "readings.sqlite3")) as readings:
        readings.execute("CREATE TABLE ballast (bytes BLOB)")
        readings.executemany("INSERT INTO ballast VALUES (randomblob(1000000))", [()] * 300)
        readings.commit()
    daemon.close()
    (place.folder / "notify").unlink()
    daemon = place.running()
    end = time.monotonic() + 90
    while not list((daemon.state / "backups").glob("*")):
        assert time.monotonic() < end, daemon.log.read_text()
        time.sleep(0.05)
    return daemon


def asked_for_a_yes(place: Place) -> Daemon:
    light = {"name": None, "unique_id": "lamp", "command_topic": "lamp/set", "state_topic": "lamp"}
    light |= {"device": {"identifiers": ["2"], "name": "Kitchen light", "suggested_area": "Kitchen"}}
    publish(place.broker.port, "homeassistant/light/lamp/config", json.dumps(light))
    publish(place.broker.port, "lamp", "OFF")
    daemon = place.running()
    eventually(daemon, "is the kitchen light on", "off")
    assert "Shall I" in daemon.ask("turn on the kitchen light")
    return daemon


def told_twice(place: Place) -> Daemon:
    daemon = committing(place)
    daemon.process.send_signal(signal.SIGTERM)
    daemon.process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    return daemon


STATES: dict[str, State] = {
    "idle": idle,
    "the wake word waits": waiting_for_the_wake_word,
    "somebody speaks to it": spoken_to,
    "it speaks": speaking,
    "a timer rings": ringing,
    "a commit that waits": committing,
    "it was told before": told_twice,
    "a proposal is open": asked_for_a_yes,
    "a flood of discovery": flooded,
    "the broker hangs": broker_hangs,
    "the broker is gone": broker_gone,
    "the sound server hangs": sound_server_hangs_meanwhile,
    "starting, the sound server hangs": without_a_sound_server_that_answers,
    "starting, the recogniser too": starting_the_recogniser,
    "starting, models are loaded": loading_models,
    "a backup is made": backing_up,
}


@contextmanager
def place_of(folder: Path, broker: Mosquitto) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(folder=folder, broker=broker, stack=stack)


def ended(daemon: Daemon, number: signal.Signals = signal.SIGTERM) -> tuple[float, list[str]]:
    """How many seconds that took, and what is not as it has to be then."""
    everybody = family(daemon.process.pid)
    began = time.monotonic()
    daemon.process.send_signal(number)
    try:
        code: int | None = daemon.process.wait(4 * GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        code = None
    seconds = time.monotonic() - began
    wrong = [] if code == 0 else [f"exit code {code}"]
    if seconds >= GRACE_SECONDS:
        wrong.append("too slow")
    if "Traceback" in (log := daemon.log.read_text()) or "Warning:" in log:
        wrong.append(log[log.find("Traceback") :])
    time.sleep(0.2)
    wrong += [f"still there: {command(pid)}" for pid in everybody if command(pid)]
    return seconds, wrong


def left(state: Path) -> list[str]:
    """What is not well in the files, once nobody has them open."""
    wrong = [f"{path.name} is left" for path in state.glob("*.sqlite3-wal")]
    told = io.StringIO()
    with redirect_stdout(told):
        code = verify(config=None, state_dir=state)
    return wrong + [told.getvalue()] * code
