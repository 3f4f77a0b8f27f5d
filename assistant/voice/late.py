"""A voice for a machine whose microphone is not plugged in yet: only once it is are the engines loaded."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Protocol

from assistant.voice.plugged import NO_MICROPHONE

log = logging.getLogger(__name__)


class Doing(StrEnum):
    """What a voice is at, for whoever asks."""

    WAITING = "waiting"
    """For the wake word, or for a microphone."""
    LISTENING = "listening"
    """To a request, or to the answer to a question."""
    THINKING = "thinking"
    SPEAKING = "speaking"


class Listening(Protocol):
    """What listens, or will."""

    ready: asyncio.Event
    """It listens, or is known not to be able to yet."""

    @property
    def still_seconds(self) -> float:
        """Since when nothing was heard, said or tried; 0 where there is nothing to do yet."""
        ...

    @property
    def problem(self) -> str | None:
        """Why nothing can be heard or said at the moment, as a sentence."""
        ...

    @property
    def last_heard(self) -> bytes:
        """The last half second, 16 bit samples at 16 kHz."""
        ...

    @property
    def doing(self) -> Doing: ...

    @property
    def counts(self) -> Mapping[str, float]:
        """Since its start: `speeches`, `first_sound_seconds` of all of them, `unheard`, `microphone_lost`."""
        ...

    async def run(self) -> None: ...


class LateVoice:
    """Looks for a microphone until there is one, then builds the voice and is that. `build` gives None where it cannot
    be built, and has told why; `begun` is called once it is there."""

    def __init__(
        self,
        is_there: Callable[[], Awaitable[bool]],
        build: Callable[[], Awaitable[Listening | None]],
        *,
        begun: Callable[[], None],
        every_seconds: float = 3.0,
    ) -> None:
        self._is_there = is_there
        self._build = build
        self._begun = begun
        self._every_seconds = every_seconds
        self._voice: Listening | None = None
        self.ready = asyncio.Event()
        self.ready.set()

    @property
    def still_seconds(self) -> float:
        return self._voice.still_seconds if self._voice is not None else 0.0

    @property
    def problem(self) -> str | None:
        return self._voice.problem if self._voice is not None else NO_MICROPHONE

    @property
    def last_heard(self) -> bytes:
        return self._voice.last_heard if self._voice is not None else b""

    @property
    def doing(self) -> Doing:
        return self._voice.doing if self._voice is not None else Doing.WAITING

    @property
    def counts(self) -> Mapping[str, float]:
        return self._voice.counts if self._voice is not None else {}

    async def run(self) -> None:
        there = await self._is_there()
        while not there:
            await asyncio.sleep(self._every_seconds)
            there = await self._is_there()
        self._voice = await self._build()
        if self._voice is None:
            return
        log.warning("There is a microphone now: listening")
        self._begun()
        await self._voice.run()
