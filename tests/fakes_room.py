"""A room in which loudspeaker and microphone hear each other: its time goes on with every frame that is listened to.

So an hour of it takes as long as the engines need. People speak in it at any moment of its time.
"""

import asyncio
import heapq
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from itertools import count

import numpy as np

from assistant.ports import FRAME_BYTES, FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE, Sound
from assistant.voice import pcm

_Floats = np.ndarray[tuple[int], np.dtype[np.float32]]
_NOBODY_LISTENS_SECONDS = 1.0
"""Without a frame being taken while something is played; then the sound comes to its end all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acoustics:
    """How much of the loudspeaker reaches the microphone, and how."""

    echo_db: float | None = 0.0
    """Level of the echo relative to what is played; None: it is not heard at all."""
    late_seconds: float = 0.03
    """From the samples that are handed over to the samples that are heard; longer than the driver says, perhaps."""
    told_seconds: float = 0.03
    """How long the speaker waits after a sound before it says that it has ended."""
    reverb_seconds: float = 0.0
    """Time in which the sound in the room falls by 60 dB; 0: there is none."""
    direct: float = 6.0
    """How much stronger than the first of the reverb the direct sound is."""
    noise: float = 10.0
    """RMS of the room's noise, of 32767."""


class Room:
    """A Microphone and a Speaker at once. Both are to be used by one event loop."""

    def __init__(self, acoustics: Acoustics = Acoustics(), *, seed: int = 1) -> None:
        self._acoustics = acoustics
        self._noise = np.random.default_rng(seed)
        self._response = _response(acoustics, np.random.default_rng(seed + 1))
        self._echoes = np.zeros(0, dtype=np.float32)
        self._people = np.zeros(0, dtype=np.float32)
        self._moments: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._moved = asyncio.Event()
        self._stopped = False
        self._ended = False
        self.seconds = 0.0
        """What the clock in the room shows."""
        self.played: list[tuple[float, Sound]] = []
        """When each sound was begun."""
        self.cut: list[float] = []
        """When one was stopped before its end."""

    def say(self, sound: bytes, *, after_seconds: float = 0.0) -> None:
        """Somebody says this: 16 kHz mono PCM, as it reaches the microphone."""
        self._people = _mixed(self._people, np.frombuffer(sound, dtype="<i2").astype(np.float32), after_seconds)

    def at(self, seconds: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._moments, (seconds, next(self._numbers), happens))

    def end(self) -> None:
        self._ended = True
        self._moved.set()

    async def frames(self) -> AsyncGenerator[bytes, None]:
        while not self._ended:
            while self._moments and self._moments[0][0] <= self.seconds:
                heapq.heappop(self._moments)[2]()
            await asyncio.sleep(0)
            yield self._next()

    def forget(self) -> None:
        """Nothing waits here."""

    async def play(self, sound: Sound) -> None:
        self.played.append((self.seconds, sound))
        self._stopped = False
        begun = self.seconds
        self._echo(sound)
        await self._until(begun + sound.seconds + self._acoustics.told_seconds)
        if self._stopped:
            self.cut.append(self.seconds)
            kept = round(self._acoustics.late_seconds * SAMPLE_RATE)
            # What is on its way is still heard.
            self._echoes = self._echoes[: kept + FRAME_SAMPLES]

    async def stop(self) -> None:
        self._stopped = True
        self._moved.set()

    async def _until(self, seconds: float) -> None:
        while self.seconds < seconds and not self._stopped and not self._ended:
            self._moved.clear()
            try:
                async with asyncio.timeout(_NOBODY_LISTENS_SECONDS):
                    await self._moved.wait()
            except TimeoutError:
                self._next()
                while self.seconds < seconds:
                    self._next()

    def _echo(self, sound: Sound) -> None:
        if self._acoustics.echo_db is None:
            return
        samples = np.frombuffer(pcm.at_rate(sound, SAMPLE_RATE).pcm, dtype="<i2").astype(np.float32)
        heard = np.convolve(samples, self._response) if self._response.size > 1 else samples
        heard = heard * np.float32(10 ** (self._acoustics.echo_db / 20))
        self._echoes = _mixed(self._echoes, heard, self._acoustics.late_seconds)

    def _next(self) -> bytes:
        heard = self._noise.normal(0, self._acoustics.noise, FRAME_SAMPLES).astype(np.float32)
        for coming in (self._echoes[:FRAME_SAMPLES], self._people[:FRAME_SAMPLES]):
            heard[: len(coming)] += coming
        self._echoes, self._people = self._echoes[FRAME_SAMPLES:], self._people[FRAME_SAMPLES:]
        self.seconds += FRAME_SECONDS
        self._moved.set()
        frame = np.clip(heard, -32768, 32767).astype("<i2").tobytes()
        assert len(frame) == FRAME_BYTES
        return frame


def _mixed(sound: _Floats, more: _Floats, after_seconds: float) -> _Floats:
    begin = round(after_seconds * SAMPLE_RATE)
    mixed = np.zeros(max(len(sound), begin + len(more)), dtype=np.float32)
    mixed[: len(sound)] = sound
    mixed[begin : begin + len(more)] += more
    return mixed


def _response(acoustics: Acoustics, random: np.random.Generator) -> _Floats:
    """What a click becomes in the room; of unit energy."""
    if acoustics.reverb_seconds <= 0:
        return np.ones(1, dtype=np.float32)
    moments = np.arange(round(acoustics.reverb_seconds * SAMPLE_RATE))
    tail = random.normal(0, 1, moments.size) * np.exp(-6.9 * moments / moments.size)
    tail[0] = acoustics.direct
    response: _Floats = (tail / np.linalg.norm(tail)).astype(np.float32)
    return response
