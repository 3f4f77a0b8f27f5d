"""A microphone that vanishes is heard again by itself, on a real sound server; 100 times by `benchmarks/replug.py`."""

import logging
import signal
import subprocess

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
