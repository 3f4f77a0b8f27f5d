"""What listening costs: python benchmarks/voice_cost.py [--seconds 30]

Memory of each engine, resident, in a fresh process of its own over a bare Python; then the whole voice as the
assistant builds it, in a room where nothing is said and with talk that is not for it, as a share of one core. Time is
of the processor, of this process and of the recogniser's, beside the length of the sound.
"""

import argparse
import asyncio
import re
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.ports import FRAME_BYTES, FRAME_SECONDS, Sound
from assistant.voice.frames import speech
from assistant.voice.parts import build_voice
from config.settings import VoiceSettings
from tools.contract import Asker

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from fakes_voice import ScriptedConversation  # noqa: E402

ENGINES = {
    "a bare Python": "",
    "numpy, which all of them share": "import numpy",
    "wake word": "from assistant.voice.engines.micro_wakeword import MicroWakeWordDetector as E; e = E()",
    "speech or not": "from assistant.voice.engines.silero import SileroDetector as E; e = E()",
    "voice": "from assistant.voice.engines.espeak import EspeakVoice as E; e = E(); list(e.synthesize('Hello.'))",
    "transcriber, our side of it": "from assistant.voice.engines.sphinx import SphinxTranscriber as E; e = E(str)",
}
_MEASURE = """
import re, sys
{code}
def mb(pid):
    return int(re.findall(r"VmRSS:\\s+(\\d+)", open(f"/proc/{{pid}}/status").read())[0]) / 1024
print(mb("self"), mb(e.pid) if "e" in dir() and hasattr(e, "pid") else 0)
"""
TALK = (
    "What a nice day it is. Did you see the news? They say that it will rain tomorrow. Okay, then we stay at home and"
    " have a banana, and in the afternoon we go and see my sister, who has a new car."
)


class Quiet:
    """A speaker that nobody hears."""

    async def play(self, sound: Sound) -> None: ...

    async def stop(self) -> None: ...


class Recorded:
    """Gives frames as fast as they are taken, with the noise of a room, and then ends."""

    def __init__(self, sound: bytes, seconds: float) -> None:
        noise = np.random.default_rng(1).normal(0, 30, round(seconds * 16_000))
        talk = np.resize(np.frombuffer(sound, dtype="<i2"), noise.size) if sound else np.zeros(noise.size)
        self._sound = np.clip(talk + noise, -32768, 32767).astype("<i2").tobytes()
        self.done = asyncio.Event()

    async def frames(self) -> AsyncGenerator[bytes, None]:
        for at in range(0, len(self._sound) - FRAME_BYTES + 1, FRAME_BYTES):
            await asyncio.sleep(0)
            yield self._sound[at : at + FRAME_BYTES]
        self.done.set()

    def forget(self) -> None: ...


def memory(table: Table) -> None:
    for name, code in ENGINES.items():
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE.format(code=code)], capture_output=True, text=True, check=True, timeout=120
        )
        own, beside = (float(one) for one in done.stdout.split())
        table.add_row(name, f"{own:.0f}", f"{beside:.0f}" if beside else "")


async def waiting(sound: bytes, seconds: float) -> float:
    """Processor time as a share of one core while this is heard and nobody says the wake word."""
    room = Recorded(sound, seconds)
    built = await build_voice(
        VoiceSettings(),
        ScriptedConversation(),
        asker=Asker(satellite="benchmark"),
        sorry=lambda: "Sorry.",
        microphone=room,
        speaker=Quiet(),
    )
    if built.loop is None:
        raise SystemExit(built.notice)
    before = time.process_time()
    await built.loop.run()
    return (time.process_time() - before) / seconds


def resident_mb(pid: str = "self") -> float:
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))[0]) / 1024


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of sound")
    seconds = parser.parse_args().seconds
    console = Console(width=110)
    table = Table("engine, in a fresh process", "MB resident", "MB in a process beside it")
    memory(table)
    console.print(table)
    talk = speech(TALK, voice="en-us+f2")
    for name, sound in (("a quiet room", b""), ("talk that is not for it", talk)):
        share = await waiting(sound, seconds)
        console.print(f"waiting for the wake word, {name}: {share:.2%} of one core ({seconds:.0f} s of sound)")
    frame_ms = FRAME_SECONDS * 1000
    console.print(f"a frame is {frame_ms:.0f} ms; everything of the voice in this process: {resident_mb():.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())
