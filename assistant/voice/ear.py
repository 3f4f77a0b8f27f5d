"""One utterance out of the frames: end of speech, and the transcriber fed while the speech still arrives."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar, TypeVarTuple

from assistant.ports import FRAME_SECONDS, SpeechDetector, Transcriber, Vocabulary
from assistant.voice.segment import FINAL, Limits, Segmenter, Verdict

_BEFORE_SPEECH_SECONDS = 0.3
_PAUSE_SECONDS = 0.1

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class EngineThread:
    """The one thread on which speech engines run: none of them may be used from two, and all of them block."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="voice")

    def run(self, work: Callable[[*Ts], T], *arguments: *Ts) -> Awaitable[T]:
        """Starts at once, after what was asked before; await the result whenever it is needed."""
        return asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    def post(self, work: Callable[[], object]) -> None:
        """The same where nobody waits for it."""
        self._pool.submit(work)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of listening once. `text` is empty where nobody spoke or what was said fitted nothing."""

    verdict: Verdict
    text: str = ""
    endpoint_ms: float = 0.0
    """From the end of speech to the decision that it is one, in the time of the sound."""
    transcribe_ms: float = 0.0
    """From that decision to the text."""


class _Taking:
    """Which frames of one utterance the transcriber gets, and when it may work. Runs on the engines' thread.

    Silence before the speech is kept short, and silence after it is held back until speech goes on: it tells a
    transcriber nothing, but costs it time.
    """

    def __init__(self, detector: SpeechDetector, transcriber: Transcriber, limits: Limits) -> None:
        self.segmenter = Segmenter(limits)
        self._detector = detector
        self._transcriber = transcriber
        self._pause_seconds = min(_PAUSE_SECONDS, limits.end_seconds / 2)
        self._held: list[bytes] = []
        self._most_before = round((limits.start_seconds + _BEFORE_SPEECH_SECONDS) / FRAME_SECONDS)
        self._paused = False

    def take(self, frame: bytes) -> Verdict:
        self._held.append(frame)
        verdict = self.segmenter.feed(FRAME_SECONDS, self._detector.probability(frame))
        match verdict:
            case Verdict.WAITING:
                del self._held[: -self._most_before]
            case Verdict.SPEAKING | Verdict.TOO_LONG:
                self._follow()
        return verdict

    def _follow(self) -> None:
        silence_seconds = self.segmenter.silence_seconds
        if self._paused and silence_seconds > 0:
            return
        for frame in self._held:
            self._transcriber.feed(frame)
        self._held.clear()
        self._paused = silence_seconds >= self._pause_seconds
        if self._paused:
            self.segmenter.settle(self._transcriber.pause())


class Ear:
    """Listens to one utterance at a time."""

    def __init__(
        self,
        *,
        detector: SpeechDetector,
        transcriber: Transcriber,
        engines: EngineThread,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._detector = detector
        self._transcriber = transcriber
        self._engines = engines
        self._clock = clock
        self.listens = False

    async def listen(
        self, frames: AsyncIterator[bytes], *, vocabulary: Vocabulary, limits: Limits, opening: Sequence[bytes] = ()
    ) -> Heard:
        """`opening` is what came before `frames` and may already be speech. Raises what a microphone raises,
        and UnusableVocabulary."""
        self.listens = True
        try:
            return await self._heard(frames, vocabulary, limits, opening)
        finally:
            self.listens = False

    async def _heard(
        self, frames: AsyncIterator[bytes], vocabulary: Vocabulary, limits: Limits, opening: Sequence[bytes]
    ) -> Heard:
        await self._engines.run(self._transcriber.begin, vocabulary)
        self._detector.reset()
        taking = _Taking(self._detector, self._transcriber, limits)
        for frame in opening:
            await self._engines.run(taking.take, frame)
        if taking.segmenter.verdict not in FINAL:
            async for frame in frames:
                if await self._engines.run(taking.take, frame) in FINAL:
                    break
        return await self._finished(taking.segmenter)

    async def _finished(self, segmenter: Segmenter) -> Heard:
        if segmenter.verdict in (Verdict.WAITING, Verdict.NOTHING):
            return Heard(verdict=Verdict.NOTHING)
        decided = self._clock()
        transcript = await self._engines.run(self._transcriber.finish)
        return Heard(
            verdict=segmenter.verdict,
            text=transcript.text,
            endpoint_ms=segmenter.silence_seconds * 1000,
            transcribe_ms=(self._clock() - decided) * 1000,
        )
