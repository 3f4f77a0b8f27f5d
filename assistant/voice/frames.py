"""A microphone whose sound is put in by code, and a person's speech to put in: for demonstrations and tests."""

import asyncio
from collections.abc import AsyncGenerator

from assistant.ports import FRAME_BYTES, FRAME_SECONDS, SAMPLE_RATE
from assistant.voice import pcm
from assistant.voice.engines.espeak import EspeakVoice, Manner

_SILENT_FRAME = bytes(FRAME_BYTES)
_PILED_UP_SECONDS = 0.5
"""So much of what nobody has taken yet is still there, as with a real one."""


def speech(
    text: str, *, voice: str = "en-us+m3", rate_wpm: int = 165, before_seconds: float = 0.5, after_seconds: float = 1.0
) -> bytes:
    """Somebody says this: 16 kHz mono PCM with silence around it. The wake word fires for the voices `en-us`,
    `en` and `en-us+m3`. Raises EngineMissing."""
    said = EspeakVoice(voice, Manner(rate_wpm=rate_wpm)).synthesize(text)
    heard = b"".join(pcm.at_rate(sound, SAMPLE_RATE).pcm for sound in said)
    return pcm.silence(before_seconds) + heard + pcm.silence(after_seconds)


class ScriptedMicrophone:
    """Gives what `say` puts in, and waits with it while nobody listens.

    `paced`: at the speed of sound, with silence where nothing is said. Else as fast as it is taken, and time stands
    still while nothing is said; then silence has to be said, too.
    """

    def __init__(self, *, paced: bool = False) -> None:
        self.paced = paced
        self._framer = pcm.Framer()
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def say(self, sound: bytes) -> None:
        """16 kHz mono 16-bit PCM; comes after what was said before."""
        rest = bytes(-len(sound) % FRAME_BYTES)
        for frame in self._framer.feed(sound + rest):
            self._queue.put_nowait(frame)

    def end(self) -> None:
        """After what was said so far the sound comes to its end."""
        self._queue.put_nowait(None)

    async def frames(self) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if self.paced:
                due = max(due + FRAME_SECONDS, loop.time() - _PILED_UP_SECONDS)
                await asyncio.sleep(max(0.0, due - loop.time()))
            frame = await self._next()
            if frame is None:
                return
            yield frame

    async def _next(self) -> bytes | None:
        if not self.paced:
            await asyncio.sleep(0)  # an endless supply must not keep everything else from running
            return await self._queue.get()
        return _SILENT_FRAME if self._queue.empty() else self._queue.get_nowait()

    def forget(self) -> None:
        """Nothing waits here but what has not been said yet."""
