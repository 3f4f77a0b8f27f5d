"""What happens to microphones: on a real sound server they vanish, change and come back, and somebody whistles into
them until the assistant's ear hears it again."""

import asyncio
import random
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from fakes_sound_server import LOUDSPEAKER, MICROPHONE, SoundServer

from assistant.ports import SAMPLE_RATE, AudioUnavailable
from assistant.voice.capture import command
from assistant.voice.microphone import SoundCardMicrophone

TONE_HZ = 1000
PATIENCE_SECONDS = 20.0
_TONE = (8000 * np.sin(2 * np.pi * TONE_HZ * np.arange(SAMPLE_RATE) / SAMPLE_RATE)).astype("<i2").tobytes()
_OTHER_CARDS = ((48_000, 2), (44_100, 1), (8_000, 1), (96_000, 4), (16_000, 1))


def holds_tone(frame: bytes) -> bool:
    """Most of the frame's power lies at the tone, and it is not silence."""
    samples = np.frombuffer(frame, dtype="<i2").astype(np.float64)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) ** 2
    at = round(TONE_HZ * samples.size / SAMPLE_RATE)
    return bool(np.sqrt(np.mean(samples**2)) > 300 and spectrum[at - 3 : at + 4].sum() > 0.8 * spectrum.sum())


@dataclass
class Room:
    """The server, and somebody who whistles into its microphone whenever asked."""

    server: SoundServer
    random: random.Random
    _whistle: subprocess.Popen[bytes] | None = None

    def blow(self) -> None:
        """One second more; where the server has gone meanwhile, from the start."""
        if self._whistle is None or self._whistle.poll() is not None:
            self.hush()
            self._whistle = self._whistling()
        assert self._whistle.stdin is not None
        try:
            self._whistle.stdin.write(_TONE)
            self._whistle.stdin.flush()
        except BrokenPipeError:
            self.hush()

    def _whistling(self) -> subprocess.Popen[bytes]:
        command = ["pacat", "--playback", "--raw", f"--device={MICROPHONE}", f"--rate={SAMPLE_RATE}", "--channels=1"]
        return subprocess.Popen(
            [*command, "--format=s16le", "--latency-msec=50"],
            env=self.server.environment,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def hush(self) -> None:
        if self._whistle is not None:
            self._whistle.kill()
            self._whistle.communicate()
            self._whistle = None

    # Mishaps: each begins with all well, and ends so.

    def unplugged(self) -> None:
        """PulseAudio moves whoever listens to what is left, which is what the loudspeaker plays."""
        self.server.unplug(MICROPHONE)
        self._later()
        self.server.plug_in(MICROPHONE)

    def all_unplugged(self) -> None:
        self.server.unplug(MICROPHONE)
        self.server.unplug(LOUDSPEAKER)
        self._later()
        self.server.plug_in(LOUDSPEAKER)
        self.server.plug_in(MICROPHONE)

    def changed(self) -> None:
        """Another card is plugged in instead."""
        self.server.unplug(MICROPHONE)
        self.server.unplug(LOUDSPEAKER)
        self._later()
        rate, channels = self.random.choice(_OTHER_CARDS)
        self.server.plug_in(MICROPHONE, rate=rate, channels=channels)
        self.server.plug_in(LOUDSPEAKER)

    def crashed(self) -> None:
        self.server.kill()
        self._later()
        self.server.start()

    def hung(self) -> None:
        self.server.pause()
        time.sleep(3.0)
        self.server.go_on()

    def _later(self) -> None:
        time.sleep(self.random.choice([0.3, 1.0, 2.5]))


@dataclass
class Ear:
    """Listens as the voice loop does: whatever happens, it asks again."""

    microphone: SoundCardMicrophone
    heard_at: float = 0.0
    notices: int = 0
    reasons: set[str] = field(default_factory=set)
    _deaf: bool = False

    async def listen(self) -> None:
        wait = 0.5
        while True:
            try:
                async with aclosing(self.microphone.frames()) as frames:
                    async for frame in frames:
                        self._deaf, wait = False, 0.5
                        if holds_tone(frame):
                            self.heard_at = time.monotonic()
            except AudioUnavailable as error:
                self.notices += not self._deaf
                self.reasons.add(str(error).split(":")[0])
                self._deaf = True
            await asyncio.sleep(wait)
            wait = min(2 * wait, 2.0)


@asynccontextmanager
async def listening(seed: int) -> AsyncIterator[tuple[Room, Ear]]:
    """In a room with a sound server of its own."""
    with SoundServer() as server:
        surroundings = [f"{name}={text}" for name, text in server.environment.items()]
        microphone = SoundCardMicrophone(program=lambda wanted: ["env", *surroundings, *command(wanted)])
        room, ear = Room(server, random.Random(seed)), Ear(microphone)
        task = asyncio.ensure_future(ear.listen())
        try:
            await recovered(room, ear, lambda: None)
            yield room, ear
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            room.hush()


async def recovered(room: Room, ear: Ear, mishap: Callable[[], None]) -> float | None:
    """Seconds from the end of the mishap until the ear has heard the whistle; None where it never does."""
    room.hush()
    await asyncio.to_thread(mishap)
    well = time.monotonic()
    while time.monotonic() - well < PATIENCE_SECONDS:
        await asyncio.to_thread(room.blow)
        until = time.monotonic() + 0.8
        while time.monotonic() < until:
            await asyncio.sleep(0.02)
            if ear.heard_at > well + 0.02:
                return ear.heard_at - well
    return None
