"""A microphone that vanishes is heard again by itself, on a real sound server; 100 times by `benchmarks/replug.py`."""

import logging
import signal
import subprocess
import sys

import pytest
from fakes_mishaps import listening, recovered
from fakes_sound_server import SoundServer, require_sound_server

from assistant.voice.capture import Kind, Records, Wanted, command


async def test_whatever_happened_to_the_microphone_it_is_heard_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    require_sound_server()
    caplog.set_level(logging.WARNING)
    async with listening(seed=1) as (room, ear):
        room._later = lambda: None  # type: ignore[method-assign]
        for mishap in (room.unplugged, room.all_unplugged, room.changed, room.crashed):
            assert await recovered(room, ear, mishap) is not None, mishap
    assert 2 <= ear.notices <= 3, "one for each time that it was lost, however often it was tried"
    assert not caplog.records, "nothing is lost, nothing goes wrong besides"


def test_the_process_that_holds_the_microphone_ends_with_whoever_started_it() -> None:
    require_sound_server()
    with SoundServer() as server:
        process = subprocess.Popen(command(Wanted()), env=server.environment, stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout as heard:
            opened = next(Records().feed(heard.read(64)))
            process.send_signal(signal.SIGTERM)
            assert opened.kind is Kind.OPENED and heard.read(4096), "a signal to all of the service is not for it"
        assert process.wait(10) == 0


SPEAKS = """
import asyncio, sys
from assistant.ports import AudioUnavailable, Sound
from assistant.voice.devices import SoundCardSpeaker, SoundSystem

async def main():
    speaker = SoundCardSpeaker(SoundSystem(), patience_seconds=1.0)
    for _line in sys.stdin:
        try:
            await speaker.play(Sound(pcm=bytes([0, 16]) * 1600, sample_rate=16000))
            print("heard", flush=True)
        except AudioUnavailable as error:
            print(error, flush=True)

asyncio.run(main())
"""


def test_a_loudspeaker_that_vanished_is_spoken_through_again() -> None:
    require_sound_server()
    with (
        SoundServer() as server,
        subprocess.Popen(
            [sys.executable, "-c", SPEAKS],
            env=server.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None and process.stdout is not None

        def said() -> str:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("speak\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        assert said() == "heard"
        server.kill()
        assert "speaker" in said()
        server.start()
        assert said() == "heard", "the card is looked for anew"
        server.pause()
        assert "speaker" in said(), "a server that hangs keeps nobody waiting"
        server.go_on()
        assert "heard" in (said(), said(), said())
        process.stdin.close()


COMES_LATER = """
import asyncio
from assistant.voice import parts
from assistant.voice.built import BuiltVoice
from assistant.voice.devices import SoundSystem
from config.settings import VoiceSettings

class Voice:
    problem, last_heard, still_seconds = None, b"", 0.0
    async def run(self):
        print("listening", flush=True)

async def built(microphone, speaker):
    return BuiltVoice(loop=Voice())

async def main():
    def begun():
        print("begun", flush=True)

    voice = await parts._on_sound_card(VoiceSettings(), None, None, SoundSystem, built, begun)
    print(voice.notice, flush=True)
    await voice.loop.run()

asyncio.run(main())
"""


def test_a_machine_without_a_sound_card_at_the_start_listens_once_there_is_one() -> None:
    require_sound_server()
    with SoundServer() as server:
        server.kill()
        with subprocess.Popen(
            [sys.executable, "-c", COMES_LATER],
            env=server.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("No voice until there is a microphone. There is no microphone")
            server.start()
            assert process.stdout.read().split() == ["begun", "listening"]
