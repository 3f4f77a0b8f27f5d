"""While the assistant speaks or rings, it hears the wake word and a stop, said by somebody else, and nothing more."""

import logging
from collections.abc import Callable, Sequence
from enum import StrEnum

from assistant.ports import FRAME_SECONDS, AudioUnavailable, SpeechDetector, UnusableVocabulary, WakeWord
from assistant.voice.ear import EngineThread
from assistant.voice.hearing import Hearing
from assistant.voice.own_voice import OwnVoice
from assistant.voice.stop_word import StopWord
from assistant.voice.wake import Opening

log = logging.getLogger(__name__)

_WAKE_FRAMES = round(1.0 / FRAME_SECONDS)
"""The wake word and the moment until it is recognised."""

_SPEAKING = 0.5


class Interruption(StrEnum):
    CALLED = "called"
    """By the wake word: a request follows."""
    STOPPED = "stopped"


class Interruptions:
    """Listens with engines of its own thread, because the others make the next sentence meanwhile."""

    def __init__(
        self,
        *,
        wake_word: WakeWord,
        detector: SpeechDetector,
        stop_word: StopWord | None,
        own: OwnVoice,
        opening: Opening,
        engines: EngineThread,
    ) -> None:
        self._wake_word = wake_word
        self._detector = detector
        self._stop_word = stop_word
        self._own = own
        self._opening = opening
        self._engines = engines
        self._speech = 0.0

    async def begin(self, *, anew: bool) -> None:
        """Something begins to sound. `anew`: the wake word that led to it is over, and not to be heard once more."""
        self._opening.forget()
        if anew:
            await self.forget_call()
        await self._engines.run(self._detector.reset)
        if self._stop_word is not None:
            self._stop_word.begin()

    async def during(self, hearing: Hearing, is_over: Callable[[], bool]) -> Interruption | None:
        """Until it is over, which is noticed at the next frame. A microphone that fails interrupts nobody."""
        try:
            async for frame in hearing:
                if (interruption := await self.heard(frame, hearing)) is not None:
                    return interruption
                if is_over():
                    break
        except AudioUnavailable as error:
            log.debug("nobody can interrupt: %s", error)  # whoever listens next is told
        return None

    async def called(self, hearing: Hearing, is_over: Callable[[], bool]) -> bool:
        """The same while nothing sounds: then a stop is somebody else's."""
        async for frame in hearing:
            if is_over():
                return False
            if await self.calls([frame], hearing):
                return True
        return False

    async def forget_call(self) -> None:
        """Back to waiting for the wake word. It then takes a second of sound before it is heard again."""
        self._opening.forget()
        await self._engines.run(self._wake_word.reset)

    def request_so_far(self) -> list[bytes]:
        """What was said after the wake word that was just heard, or with it."""
        return self._opening.request_so_far()

    async def heard(self, frame: bytes, hearing: Hearing) -> Interruption | None:
        """`frame` is the last that came from `hearing`."""
        self._opening.remember(frame)
        return await self._engines.run(self._judge, frame, hearing)

    async def calls(self, frames: Sequence[bytes], hearing: Hearing) -> bool:
        """Whether somebody has just said the wake word; `hearing` gets back what came after it.

        `frames` are the last that came from `hearing`.
        """
        until = await self._engines.run(self._call_in, frames, hearing)
        for frame in frames[: until or None]:
            self._opening.remember(frame)
        if until:
            hearing.give_back(frames[until:])
        return until > 0

    def _call_in(self, frames: Sequence[bytes], hearing: Hearing) -> int:
        """The number of the frame at which the wake word was found, from 1; 0 where it was not."""
        return next((number for number, frame in enumerate(frames, 1) if self._calls(frame, hearing)), 0)

    def _calls(self, frame: bytes, hearing: Hearing, *, amid: bool = False) -> bool:
        called = self._wake_word.heard(frame, amid=amid)
        return called and not self._is_own(hearing.latest(_WAKE_FRAMES), "the wake word")

    @property
    def doubtful(self) -> bool:
        """Whether the last call may have been none."""
        return self._wake_word.doubtful

    @property
    def somebody_speaks(self) -> bool:
        """Who is in the middle of a word is not to be drowned."""
        return self._speech > _SPEAKING or (self._stop_word is not None and self._stop_word.is_loud)

    def _judge(self, frame: bytes, hearing: Hearing) -> Interruption | None:
        self._speech = self._detector.probability(frame)
        if self._calls(frame, hearing, amid=True):
            return Interruption.CALLED
        if self._stops(frame):
            return Interruption.STOPPED
        return None

    def _stops(self, frame: bytes) -> bool:
        if self._stop_word is None:
            return False
        try:
            stops = self._stop_word.heard(frame, self._speech)
        except UnusableVocabulary as error:
            log.warning("a stop cannot be heard while something sounds, only the wake word: %s", error)
            self._stop_word = None
            return False
        return stops and not self._is_own(self._stop_word.spoken, "a stop")

    def _is_own(self, frames: list[bytes], what: str) -> bool:
        own = self._own.is_own(frames)
        log.debug("%s was said by %s", what, "the assistant itself" if own else "somebody")
        return own
