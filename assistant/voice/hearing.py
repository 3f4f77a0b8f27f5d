"""What the microphone hears, a frame at a time, for whoever listens at the moment: in turns, never two at once."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import Self

from assistant.ports import FRAME_SECONDS, AudioUnavailable, Microphone

_LATEST_FRAMES = round(10.0 / FRAME_SECONDS)
_WAITED_SECONDS = 0.002


class Hearing:
    """Ends with the microphone. `async with` closes it. A failure is raised again for each who listens after it."""

    def __init__(self, microphone: Microphone, *, heard: Callable[[], None]) -> None:
        """`heard` is called at every frame."""
        self._microphone = microphone
        self._frames: AsyncGenerator[bytes, None] = microphone.frames()
        self._heard = heard
        self._failure: AudioUnavailable | None = None
        self._deaf_frames = 0
        self._latest: deque[bytes] = deque(maxlen=_LATEST_FRAMES)
        self._given_back: deque[bytes] = deque()
        self._behind = True
        self.count = 0
        """Of the frames that were given to anybody."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._frames.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        frame = self._given_back.popleft() if self._given_back else await self._audible()
        self._latest.append(frame)
        self.count += 1
        return frame

    async def _audible(self) -> bytes:
        while True:
            frame = await self._next()
            self._heard()
            if self._deaf_frames == 0:
                return frame
            self._deaf_frames -= 1

    async def several(self, count: int) -> list[bytes]:
        """So many frames once they have gathered; fewer at the end of a recording, and none after it.

        What is in no hurry wakes up this process a fraction as often so.
        """
        if count > 1 and not self._behind:
            await asyncio.sleep((count - 1) * FRAME_SECONDS)
        frames: list[bytes] = []
        with suppress(StopAsyncIteration):
            while len(frames) < count:
                asked = time.monotonic()
                frames.append(await anext(self))
                self._behind = time.monotonic() - asked < _WAITED_SECONDS
        return frames

    def give_back(self, frames: Sequence[bytes]) -> None:
        """The last of those that were given: they come again next."""
        for frame in reversed(frames):
            self._latest.pop()
            self._given_back.appendleft(frame)
        self.count -= len(frames)

    def forget(self, tail_seconds: float) -> None:
        """What came in up to now, and in as many seconds from now: the echo of what was said."""
        self._microphone.forget()
        self._given_back.clear()
        self._deaf_frames = round(tail_seconds / FRAME_SECONDS)

    def latest(self, frames: int) -> list[bytes]:
        """The last frames that were given to anybody, oldest first; of some seconds at most."""
        return list(self._latest)[-frames:] if frames > 0 else []

    async def _next(self) -> bytes:
        if self._failure is not None:
            raise self._failure
        try:
            return await anext(self._frames)
        except AudioUnavailable as error:
            self._failure = error
            raise
