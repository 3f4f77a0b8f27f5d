"""`assistant audio`: what there is, whether it works, and how well a person is heard, on a real sound server."""

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes_sound_server import LOUDSPEAKER, MICROPHONE, SoundServer, require_sound_server
from fakes_voice import RecordingSpeaker

from assistant.cli.audio_calibrate import bar_cells
from assistant.cli.audio_test import NOT_HEARD, Outcome, Room
from assistant.ports import AudioUnavailable, Sound
from assistant.voice import pcm
from assistant.voice.frames import ScriptedMicrophone, speech

PATIENCE_SECONDS = 40.0


@pytest.fixture(scope="module")
def server() -> Iterator[SoundServer]:
    require_sound_server()
    with SoundServer() as running:
        running.named_devices({"kitchen": f"{MICROPHONE}.monitor"})
        yield running


def audio(server: SoundServer, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "assistant", "audio", *arguments]
    return subprocess.Popen(
        command,
        env=server.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert err == "", "neither a traceback nor ALSA's pages"
    return process.returncode, out


def test_the_devices_are_listed_with_those_in_use_and_the_lines_to_write(server: SoundServer) -> None:
    listing, as_json = audio(server, "list"), audio(server, "list", "--json")
    code, out = ended(listing)
    assert code == 0
    lines = [line.strip() for line in out.splitlines()]
    assert 'input_device = "kitchen"' in lines and 'output_device = "default"   # used now' in lines
    code, out = ended(as_json)
    listed = json.loads(out)
    used = listed["devices"][listed["microphone"]]
    assert (code, listed["problems"], used["name"], used["host_api"]) == (0, [], "default", "ALSA")
    assert 16_000 in used["microphone"]["rates"] and used["microphone"]["setting"] == 'input_device = "default"'


def test_the_microphone_hears_the_speaker_where_sound_can_get_there(server: SoundServer) -> None:
    path = server.load("module-loopback", f"source={LOUDSPEAKER}.monitor", f"sink={MICROPHONE}", "latency_msec=20")
    try:
        code, out = ended(audio(server, "test", "--json"))
    finally:
        server.unload(path)
    found = json.loads(out)
    assert (code, found["ok"], found["problems"]) == (0, True, [])
    assert found["heard"]["above_noise_db"] > 20 and 0 <= found["heard"]["delay_seconds"] < 1


def test_a_device_of_another_name_is_missed_with_those_that_there_are(server: SoundServer) -> None:
    code, out = ended(audio(server, "test", "--input", "Jabra", "--output", "HDMI"))
    assert code == 1
    assert "no microphone called 'Jabra'" in out and "no speaker called 'HDMI'" in out and "kitchen" in out


def test_who_speaks_sees_how_loud_they_are_and_hears_it_again(server: SoundServer, tmp_path: Path) -> None:
    kept = tmp_path / "heard.wav"
    process = audio(server, "calibrate", "--seconds", "2.5", "--keep", str(kept))
    assert process.stdout is not None
    with server.recording() as played:
        shown = []
        while "Now speak" not in (shown or [""])[-1]:
            shown.append(process.stdout.readline())
            assert shown[-1], f"it ended: {shown}"
        server.say_pcm(speech("okay nabu.", before_seconds=0.0, after_seconds=0.1))
        code, out = ended(process)
    assert code == 0, out
    assert "Be quiet" in shown[0] and sum(line.endswith(" dB") for line in out.splitlines()) == 2
    assert "the wake word was heard" in out and out.splitlines()[-1] == "You are heard well."
    with wave.open(str(kept)) as file:
        heard = file.readframes(file.getnframes())
    assert abs(len(heard) / 32_000 - 2.5) < 0.1
    assert pcm.level(heard) > 0.01 and pcm.level(played.pcm) > 0.01


def test_on_a_terminal_there_is_a_bar_and_control_c_ends_it_in_peace(server: SoundServer) -> None:
    terminal, other_end = pty.openpty()
    command = [sys.executable, "-m", "assistant", "audio", "calibrate"]
    process = subprocess.Popen(
        command,
        env=server.environment | {"TERM": "xterm"},
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        start_new_session=True,
    )
    os.close(other_end)
    shown = b""
    end = time.monotonic() + PATIENCE_SECONDS
    while "····".encode() not in shown:
        shown += os.read(terminal, 4096)
        assert time.monotonic() < end, shown
    drained = threading.Thread(target=_drain, args=(terminal,))
    drained.start()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert process.wait(PATIENCE_SECONDS) == 130
    drained.join()
    os.close(terminal)


def _drain(terminal: int) -> None:
    """Reads to the end, which a terminal tells by an error."""
    left = b""
    try:
        while data := os.read(terminal, 4096):
            left += data
    except OSError:
        pass
    assert b"Traceback" not in left


def test_where_the_sound_server_is_gone_each_command_says_so(server: SoundServer) -> None:
    server.kill()
    try:
        commands = [audio(server, "list"), audio(server, "test")]
        for process in commands:
            code, out = ended(process)
            assert code == 1 and "There is no microphone" in out and "No sound server answers at" in out
    finally:
        server.start()


def test_a_sound_library_that_ends_its_own_process_is_said_to_have_failed(server: SoundServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assistant", "audio", "list"]
    broken = server.environment | {"ALSA_CONFIG_PATH": str(tmp_path / "no-such-file")}
    done = subprocess.run(command, env=broken, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert (done.returncode, done.stdout) == (2, "") and len(done.stderr.splitlines()) == 1
    assert "the sound library itself fails" in done.stderr and "/etc/asound.conf" in done.stderr


class Air:
    """Carries what the speaker plays to the microphone, changed on its way; before it comes the room alone."""

    def __init__(self, carry: Callable[[bytes], bytes], *, room: bytes) -> None:
        self.microphone = ScriptedMicrophone()
        self._carry = carry
        self._room = room
        self.microphone.say(room)

    async def play(self, sound: Sound) -> None:
        self.microphone.say(self._carry(pcm.at_rate(sound, 16_000).pcm + self._room))
        while not self.microphone._queue.empty():  # noqa: ASYNC110 - nobody says when all of it was taken
            await asyncio.sleep(0)
        self.microphone.end()

    async def stop(self) -> None: ...


def hum(loudness: float) -> bytes:
    return np.random.default_rng(5).normal(0, loudness, 16_000).astype("<i2").tobytes()


def louder(gain: float) -> Callable[[bytes], bytes]:
    def carry(sound: bytes) -> bytes:
        samples = np.frombuffer(sound, dtype="<i2").astype(np.float64) * gain
        return np.clip(samples, -32768, 32767).astype("<i2").tobytes()

    return carry


async def tried(carry: Callable[[bytes], bytes], room: bytes) -> Outcome:
    air = Air(carry, room=room)
    return await Room(air.microphone, air, room_seconds=0.1, after_seconds=0.0).try_out()


@pytest.mark.parametrize(
    ("carry", "room", "says"),
    [
        (louder(0.3), hum(20), []),
        (louder(0.0), bytes(32_000), ["The microphone gives only silence: is it muted?"]),
        (lambda sound: hum(20), hum(20), [NOT_HEARD]),
        (louder(4.0), hum(20), ["The microphone is overdriven"]),
    ],
)
async def test_what_is_wrong_between_speaker_and_microphone_is_said(
    carry: Callable[[bytes], bytes], room: bytes, says: list[str]
) -> None:
    outcome = await tried(carry, room)
    assert len(outcome.problems) == len(says)
    assert all(sentence.startswith(start) for sentence, start in zip(outcome.problems, says, strict=True))


async def test_a_device_that_is_in_use_is_said_to_be_and_what_to_do() -> None:
    class Busy(ScriptedMicrophone):
        async def frames(self) -> AsyncGenerator[bytes, None]:
            raise AudioUnavailable("The microphone cannot be opened: close what else is using it (Device unavailable)")
            yield b""

    outcome = await Room(Busy(), RecordingSpeaker(), room_seconds=0.0, after_seconds=0.0).try_out()
    assert outcome.problems[0].startswith("The microphone cannot be opened")
    assert "stop that first" in outcome.problems[1]


def test_the_bar_is_as_long_as_the_sound_is_loud() -> None:
    assert [bar_cells(dbfs) for dbfs in (-96.0, -70.0, -35.0, 0.0)] == [0, 0, 20, 40]
