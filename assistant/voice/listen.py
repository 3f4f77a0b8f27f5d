"""The voice loop: wake word, request, answer, and the answer to an answer. Decides nothing about what is said."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from assistant.ports import (
    FRAME_SECONDS,
    Announcement,
    Announcements,
    AudioUnavailable,
    Conversation,
    Microphone,
    Sound,
    Speaker,
    SpeechDetector,
    Transcriber,
    UnusableVocabulary,
    Voice,
    WakeWord,
)
from assistant.values import Expects, Reply, Utterance
from assistant.voice.chime import chime
from assistant.voice.ear import Ear, EngineThread, Heard
from assistant.voice.insist import Insisting
from assistant.voice.segment import Limits, Verdict
from assistant.voice.thinking import Thinking
from assistant.voice.wake import Opening
from tools.contract import Asker

log = logging.getLogger(__name__)

# A question of ours that was answered by something unintelligible is listened to once more, never for ever.
_CONFIRMATION_ATTEMPTS = 2

REQUEST_LIMITS = Limits(wait_seconds=5.0, start_seconds=0.16, end_seconds=0.7, longest_seconds=12.0)
CONFIRMATION_LIMITS = Limits(wait_seconds=8.0, start_seconds=0.1, end_seconds=0.4, longest_seconds=5.0)
CHOICE_LIMITS = Limits(wait_seconds=8.0, start_seconds=0.1, end_seconds=0.5, longest_seconds=6.0)
PIN_LIMITS = Limits(wait_seconds=8.0, start_seconds=0.1, end_seconds=0.9, longest_seconds=12.0)

_PAUSE_SECONDS = 2.5
"""Between two sounds of what rings: time for a wake word."""
_LONGEST_OVERRUN_FRAMES = round(2.0 / FRAME_SECONDS)
_SPEAKING = 0.5
_LONGEST_DEAF_SECONDS = 60.0
"""Without a microphone nobody can stop what rings, so it gives up sooner."""


class Silent:
    """Announcements of a place where nothing ever rings."""

    def due(self) -> Announcement | None:
        return None

    async def settled(self, announcement: Announcement, *, heard: bool) -> None: ...


class _CalledAgain(Exception):
    """Somebody said the wake word while the answer was not there yet."""


class VoiceLoop:
    """Owns the microphone and takes turns: while the assistant thinks or speaks, nothing is heard.

    So its own voice can never answer its own question. `sorry` makes the sentence for an answer that fitted nothing;
    a request that fitted nothing goes to the conversation with an empty text. What rings is announced between turns,
    never within one, and goes on until somebody says the wake word or it has insisted for long enough.
    `interruptible`: while an answer takes long it listens for the wake word, by which the question is given up; not
    with a recording, whose next words are an answer. `ready` is set once it listens, or is known not to be able to yet.
    """

    def __init__(
        self,
        *,
        microphone: Microphone,
        wake_word: WakeWord,
        detector: SpeechDetector,
        transcriber: Transcriber,
        voice: Voice,
        speaker: Speaker,
        conversation: Conversation,
        asker: Asker,
        sorry: Callable[[], str],
        announcements: Announcements | None = None,
        pause_seconds: float = _PAUSE_SECONDS,
        request: Limits = REQUEST_LIMITS,
        confirmation: Limits = CONFIRMATION_LIMITS,
        echo_tail_seconds: float = 0.1,
        interruptible: bool = True,
        retry_seconds: float = 0.5,
        longest_retry_seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._microphone = microphone
        self._wake_word = wake_word
        self._detector = detector
        self._voice = voice
        self._speaker = speaker
        self._conversation = conversation
        self._asker = asker
        self._sorry = sorry
        self._announcements = announcements or Silent()
        self._pause_frames = round(pause_seconds / FRAME_SECONDS)
        self._deaf = Insisting(longest_seconds=_LONGEST_DEAF_SECONDS)
        self._limits = {Expects.NOTHING: request, Expects.CONFIRMATION: confirmation, Expects.PIN: PIN_LIMITS}
        self._limits[Expects.CHOICE] = CHOICE_LIMITS
        self._interruptible = interruptible
        self._echo_tail_frames = round(echo_tail_seconds / FRAME_SECONDS)
        self._echo_frames = 0
        self._first_retry_seconds = self._retry_seconds = retry_seconds
        self._longest_retry_seconds = longest_retry_seconds
        self._clock = clock
        self._engines = EngineThread()
        self._ear = Ear(detector=detector, transcriber=transcriber, engines=self._engines, clock=clock)
        self._opening = Opening()
        self._lost = False
        self._moved = clock()
        self.problem: str | None = None
        """Why nothing is heard at the moment, as a sentence."""
        self.ready = asyncio.Event()

    @property
    def still_seconds(self) -> float:
        """Since when nothing was heard, said or tried: some seconds, unless it hangs."""
        return self._clock() - self._moved

    @property
    def last_heard(self) -> bytes:
        """The last half second of sound, or less."""
        return b"".join(self._opening.recent)

    async def run(self) -> None:
        """Returns when the microphone comes to its end, which only a recording does."""
        try:
            while True:
                try:
                    return await self._listen()
                except AudioUnavailable as error:
                    await self._wait_for_microphone(error)
        finally:
            self._engines.close()

    async def _wait_for_microphone(self, error: AudioUnavailable) -> None:
        self._moved, self.problem = self._clock(), str(error)
        if not self._lost:
            log.warning("cannot listen for now: %s", error)
        self._lost = True
        self.ready.set()
        if (announcement := self._announcements.due()) is not None:
            await self._announce(announcement, self._deaf)
        await asyncio.sleep(self._retry_seconds)
        self._retry_seconds = min(2 * self._retry_seconds, self._longest_retry_seconds)

    async def _listen(self) -> None:
        await self._sleep()
        async with aclosing(self._frames()) as frames:
            async for frame in frames:
                self._opening.remember(frame)
                if await self._engines.run(self._wake_word.heard, frame):
                    await self._take_turns(frames, self._opening.request_so_far())
                    await self._sleep()
                elif self._announcements.due() is not None:
                    await self._ring(frames)
                    await self._sleep()

    async def _ring(self, frames: AsyncGenerator[bytes, None]) -> None:
        """Sounds until it is silenced or over. Whoever says the wake word is heard, and ends it by that alone."""
        insisting = Insisting()
        while (announcement := self._announcements.due()) is not None:
            if await self._announce(announcement, insisting):
                return
            if await self._is_called(frames):
                await self._announcements.settled(announcement, heard=True)
                return await self._take_turns(frames, self._opening.request_so_far(), rang=True)

    async def _announce(self, announcement: Announcement, insisting: Insisting) -> bool:
        """One round of what rings; whether it was the last."""
        text = insisting.text(announcement, self._clock())
        aloud = await self._say(text, after=chime())
        insisting.heard = insisting.heard or (aloud and bool(text))
        if not insisting.is_over(announcement, self._clock()):
            return False
        await self._announcements.settled(announcement, heard=insisting.heard and not announcement.wants_reaction)
        return True

    async def _is_called(self, frames: AsyncGenerator[bytes, None]) -> bool:
        """Whether the wake word comes before it is time for the next sound, or the frames end."""
        # The wake word is not reset: it needs a second of sound before it can hear anything.
        self._opening.forget()
        await self._engines.run(self._detector.reset)
        left = self._pause_frames
        async for frame in frames:
            self._opening.remember(frame)
            if await self._engines.run(self._wake_word.heard, frame):
                return True
            left -= 1
            speaking = await self._engines.run(self._detector.probability, frame) > _SPEAKING
            # Who is about to say the wake word is not rung down in the middle of it.
            over = left <= 0 and (not speaking or left <= -_LONGEST_OVERRUN_FRAMES)
            if over or self._announcements.due() is None:
                return False
        # A recording is at its end: nobody will say anything any more, but what rings still has its time.
        await asyncio.sleep(self._pause_frames * FRAME_SECONDS)
        return False

    async def _frames(self) -> AsyncGenerator[bytes, None]:
        """What the microphone hears, without the room's echo of what was said last."""
        async with aclosing(self._microphone.frames()) as frames:
            async for frame in frames:
                self._is_heard()
                if self._echo_frames == 0:
                    yield frame
                else:
                    self._echo_frames -= 1

    async def _sleep(self) -> None:
        """Back to waiting for the wake word, with the last one forgotten."""
        self._opening.forget()
        await self._engines.run(self._wake_word.reset)

    def _is_heard(self) -> None:
        if self._lost:
            log.warning("listening again")
        self._moved, self._lost, self.problem = self._clock(), False, None
        self._retry_seconds = self._first_retry_seconds
        self.ready.set()

    async def _take_turns(
        self, frames: AsyncGenerator[bytes, None], opening: Sequence[bytes], *, rang: bool = False
    ) -> None:
        """From the wake word until nothing more is expected. `rang`: it may have been meant as no more than a stop."""
        expects = Expects.NOTHING
        while True:
            try:
                reply = await self._reply(frames, expects, opening, rang=rang)
            except _CalledAgain:
                expects, opening, rang = Expects.NOTHING, self._opening.request_so_far(), False
                continue
            if reply is None or not await self._say(reply.text):
                return
            # Only now: what has not been heard in full cannot have been agreed to.
            await self._conversation.spoken(reply)
            if reply.expects is Expects.NOTHING:
                return
            expects, opening, rang = reply.expects, (), False

    async def _reply(
        self, frames: AsyncGenerator[bytes, None], expects: Expects, opening: Sequence[bytes], *, rang: bool
    ) -> Reply | None:
        for _ in range(1 if expects is Expects.NOTHING else _CONFIRMATION_ATTEMPTS):
            heard = await self._hear(frames, expects, opening)
            if heard.verdict is Verdict.NOTHING or (rang and not heard.text):
                break
            # A request that fits nothing is a turn too, with an empty text: it is answered, and it is recorded.
            if heard.text or expects is Expects.NOTHING:
                return await self._answer(frames, self._utterance(heard))
            log.info("something was said that fits nothing")
            await self._say(self._sorry())
        return None if expects is Expects.NOTHING else await self._conversation.silence(self._asker)

    async def _answer(self, frames: AsyncGenerator[bytes, None], utterance: Utterance) -> Reply:
        """Raises _CalledAgain where the wake word was said before there was an answer."""

        async def called(over: asyncio.Event) -> bool:
            await self._sleep()
            async for frame in frames:
                if over.is_set():
                    return False
                self._opening.remember(frame)
                if await self._engines.run(self._wake_word.heard, frame):
                    return True
            return False

        async def not_listening(_over: asyncio.Event) -> bool:
            return False

        thinking = Thinking(self._conversation, say=self._say, called=called if self._interruptible else not_listening)
        reply = await thinking.reply(utterance)
        if reply is None:
            raise _CalledAgain
        return reply

    async def _hear(self, frames: AsyncGenerator[bytes, None], expects: Expects, opening: Sequence[bytes]) -> Heard:
        vocabulary = await self._conversation.vocabulary(expects)
        try:
            return await self._ear.listen(frames, vocabulary=vocabulary, limits=self._limits[expects], opening=opening)
        except UnusableVocabulary as error:
            log.error("nothing can be understood: %s", error)
            return Heard(verdict=Verdict.ENDED)

    def _utterance(self, heard: Heard) -> Utterance:
        return Utterance(
            text=heard.text,
            asker=self._asker,
            timings_ms={"endpoint": heard.endpoint_ms, "transcribe": heard.transcribe_ms},
        )

    async def _say(self, text: str, *, after: Sound | None = None) -> bool:
        """Whether a person can have heard all of it, and the sound that comes before it."""
        started = self._clock()
        try:
            if after is not None:
                await self._speaker.play(after)
            await self._play(text, started)
        except AudioUnavailable as error:
            log.warning("cannot speak: %s", error)
            return False
        finally:
            self._microphone.forget()
            self._echo_frames = self._echo_tail_frames
        return True

    async def _play(self, text: str, started: float) -> None:
        sounds = iter(self._voice.synthesize(text))
        coming = self._engines.run(next, sounds, None)
        first = True
        while (sound := await coming) is not None:
            if first:
                log.debug("first sound after %.1f ms", (self._clock() - started) * 1000)
                first = False
            # The next sentence is made while this one is heard.
            coming = self._engines.run(next, sounds, None)
            self._moved = self._clock()
            await self._speaker.play(sound)
