"""The voice loop: wake word, request, answer, and the answer to an answer. Decides nothing about what is said."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence

from assistant.ports import (
    FRAME_SECONDS,
    Announcement,
    Announcements,
    AudioUnavailable,
    Conversation,
    Microphone,
    Speaker,
    SpeechDetector,
    Transcriber,
    Voice,
    WakeWord,
)
from assistant.voice.answering import Answering
from assistant.voice.chime import Sign, chime, sound_of
from assistant.voice.ducking import Ducking
from assistant.voice.ear import Ear, EngineThread
from assistant.voice.floor import Urgency
from assistant.voice.hearing import Hearing
from assistant.voice.insist import Insisting
from assistant.voice.interrupt import Interruptions
from assistant.voice.late import Doing
from assistant.voice.manner import Manner
from assistant.voice.mouth import Mouth, Said
from assistant.voice.own_voice import OwnVoice
from assistant.voice.speaking import INTERRUPTED, Ended, Silent, Speaking, ended_by
from assistant.voice.stop_word import StopWord
from assistant.voice.wake import Opening
from tools.contract import Asker

log = logging.getLogger(__name__)

_LONGEST_OVERRUN_FRAMES = round(2.0 / FRAME_SECONDS)
_LONGEST_DEAF_SECONDS = 60.0
"""Without a microphone nobody can stop what rings, so it gives up sooner."""


class VoiceLoop:
    """Owns the microphone and takes turns. What is heard while the assistant speaks can end that, and nothing else.

    So its own voice can never answer its own question. `sorry` makes the sentence for an answer that fitted nothing.
    What rings is announced between turns and between the sentences of an answer, never within a question, and goes on
    until somebody says the wake word or a stop, or it has insisted for long enough. `ready` is set once it listens, or
    is known not to be able to yet.
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
        opening: Opening | None = None,
        announcements: Announcements | None = None,
        manner: Manner | None = None,
        retry_seconds: float = 0.5,
        longest_retry_seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._microphone = microphone
        self._announcements = announcements or Silent()
        self._manner = manner = manner or Manner()
        self._pause_frames = manner.pause_frames
        self._deaf = Insisting(longest_seconds=_LONGEST_DEAF_SECONDS)
        self._first_retry_seconds = self._retry_seconds = retry_seconds
        self._longest_retry_seconds = longest_retry_seconds
        self._clock = clock
        self._engines, self._ears = EngineThread(), EngineThread()
        self._ducking = Ducking(manner.duck)
        self._own, self._opening = OwnVoice(), opening or Opening()
        self._mouth = self._speaks(voice, speaker)
        stop_word = StopWord(transcriber, manner.stop_words, manner.no_stop_words) if manner.stop_words else None
        self._interruptions = Interruptions(
            wake_word=wake_word,
            detector=detector,
            stop_word=stop_word,
            own=self._own,
            opening=self._opening,
            engines=self._ears,
        )
        self._speaking = Speaking(
            self._mouth, self._interruptions, self._announcements, tail_seconds=manner.echo_tail_seconds
        )
        self._ear = Ear(detector=detector, transcriber=transcriber, engines=self._engines, clock=clock)
        self._answering = self._answers(self._ear, conversation, asker, sorry)
        self._lost, self._losses, self._in_turn, self._moved = False, 0, False, clock()
        self.problem: str | None = None
        """Why nothing is heard at the moment, as a sentence."""
        self.ready = asyncio.Event()

    def _speaks(self, voice: Voice, speaker: Speaker) -> Mouth:
        return Mouth(
            voice=voice,
            speaker=speaker,
            engines=self._engines,
            how_loud=self._manner.how_loud,
            own=self._own,
            ducking=self._ducking,
            clock=self._clock,
        )

    def _answers(self, ear: Ear, conversation: Conversation, asker: Asker, sorry: Callable[[], str]) -> Answering:
        return Answering(
            ear=ear,
            mouth=self._mouth,
            speaking=self._speaking,
            interruptions=self._interruptions,
            own=self._own,
            engines=self._engines,
            conversation=conversation,
            asker=asker,
            sorry=sorry,
            limits=self._manner.limits,
            signs=self._manner.signs,
            interruptible=self._manner.interruptible,
        )

    @property
    def still_seconds(self) -> float:
        """Since when nothing was heard, said or tried: some seconds, unless it hangs."""
        return self._clock() - max(self._moved, self._mouth.moved)

    @property
    def last_heard(self) -> bytes:
        """The last half second of sound, or less."""
        return b"".join(self._opening.recent)

    @property
    def doing(self) -> Doing:
        if self._mouth.speaks:
            return Doing.SPEAKING
        if self._ear.listens:
            return Doing.LISTENING
        return Doing.THINKING if self._in_turn else Doing.WAITING

    @property
    def counts(self) -> Mapping[str, float]:
        return {**self._mouth.counts, "microphone_lost": self._losses}

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
            self._ears.close()
            self._ducking.close()

    async def _wait_for_microphone(self, error: AudioUnavailable) -> None:
        self._moved, self.problem = self._clock(), str(error)
        if not self._lost:
            self._losses += 1
            log.warning("cannot listen for now: %s", error)
            await self._tell_lost()
        self._lost = True
        self.ready.set()
        if (announcement := self._announcements.due()) is not None:
            await self._announce(announcement, self._deaf, None)
            await self._is_over(announcement, self._deaf)
        await asyncio.sleep(self._retry_seconds)
        self._retry_seconds = min(2 * self._retry_seconds, self._longest_retry_seconds)

    async def _tell_lost(self) -> None:
        """Whoever was listened to until now hears that it is over; at a start without a microphone there is nobody."""
        if self._manner.signs and self.ready.is_set():
            await self._mouth.sign(sound_of(Sign.FAULT))

    async def _listen(self) -> None:
        await self._interruptions.forget_call()
        async with Hearing(self._microphone, heard=self._is_heard) as hearing:
            while frames := await hearing.several(self._manner.frames_at_once):
                if await self._interruptions.calls(frames, hearing):
                    await self._take_turns(hearing, self._interruptions.request_so_far())
                elif self._announcements.due() is not None:
                    await self._ring(hearing)
                else:
                    continue
                await self._interruptions.forget_call()

    async def _take_turns(self, hearing: Hearing, opening: Sequence[bytes], *, rang: bool = False) -> None:
        self._in_turn = True
        try:
            await self._answering.take_turns(hearing, opening, rang=rang)
        finally:
            self._in_turn = False

    async def _ring(self, hearing: Hearing) -> None:
        """Sounds until it is silenced or over. Whoever says the wake word is heard, and ends it by that alone."""
        insisting = Insisting()
        while (announcement := self._announcements.due()) is not None:
            ended = await self._announce(announcement, insisting, hearing)
            if ended not in INTERRUPTED:
                if await self._is_over(announcement, insisting):
                    return
                ended = await self._in_the_pause(hearing)
            if ended not in INTERRUPTED:
                continue
            await self._announcements.settled(announcement, heard=True)
            if ended is Ended.CALLED:
                await self._take_turns(hearing, self._interruptions.request_so_far(), rang=True)
            return

    async def _announce(self, announcement: Announcement, insisting: Insisting, hearing: Hearing | None) -> Ended:
        """One round of what rings; without a microphone there is no hearing, and nobody can end it."""
        text = insisting.text(announcement, self._clock())
        urgency = Urgency.ALARM if announcement.wants_reaction else Urgency.ANNOUNCEMENT
        if hearing is not None:
            ended = await self._speaking.say(
                text, hearing, urgency=urgency, after=chime(), interruptible=self._manner.interruptible
            )
        else:
            said = await self._mouth.say(text, urgency=urgency, after=chime())
            ended = Ended.HEARD if said is Said.ALL else Ended.UNHEARD
        insisting.heard = insisting.heard or (ended is Ended.HEARD and bool(text))
        return ended

    async def _is_over(self, announcement: Announcement, insisting: Insisting) -> bool:
        """Whether that was its last round."""
        if not insisting.is_over(announcement, self._clock()):
            return False
        await self._announcements.settled(announcement, heard=insisting.heard and not announcement.wants_reaction)
        return True

    async def _in_the_pause(self, hearing: Hearing) -> Ended:
        """Until it is time for the next sound, or the frames end."""
        # The wake word is not reset: it needs a second of sound before it can hear anything.
        await self._interruptions.begin(anew=False)
        left = self._pause_frames
        async for frame in hearing:
            if (ended := ended_by(await self._interruptions.heard(frame, hearing))) is not None:
                return ended
            left -= 1
            # Who is about to say the wake word is not rung down in the middle of it.
            over = left <= 0 and (not self._interruptions.somebody_speaks or left <= -_LONGEST_OVERRUN_FRAMES)
            if over or self._announcements.due() is None:
                return Ended.HEARD
        # A recording is at its end: nobody will say anything any more, but what rings still has its time.
        await asyncio.sleep(self._pause_frames * FRAME_SECONDS)
        return Ended.HEARD

    def _is_heard(self) -> None:
        if self._lost:
            log.warning("listening again")
        self._moved, self._lost, self.problem = self._clock(), False, None
        self._retry_seconds = self._first_retry_seconds
        self.ready.set()
