"""From the wake word until nothing more is expected: hears a request, has it answered, and hears the answer to that."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from assistant.ports import FRAME_SECONDS, Conversation, UnusableVocabulary
from assistant.values import Expects, Reply, Utterance
from assistant.voice.chime import Sign, sound_of
from assistant.voice.ear import Ear, EngineThread, Heard
from assistant.voice.hearing import Hearing
from assistant.voice.interrupt import Interruptions
from assistant.voice.mouth import Mouth
from assistant.voice.own_voice import OwnVoice
from assistant.voice.segment import Limits, Verdict
from assistant.voice.speaking import Ended, Speaking
from assistant.voice.thinking import Thinking
from assistant.voice.together import together
from tools.contract import Asker

log = logging.getLogger(__name__)

_ATTEMPTS = 2
"""A question of ours that was answered by something unintelligible is listened to once more, never for ever."""
_ECHOES = 3
"""So often its own voice, come late, is passed over while an answer is waited for."""
_ANSWER_FRAMES = round(3.0 / FRAME_SECONDS)


class _CalledAgain(Exception):
    """Somebody said the wake word while the answer was not there yet, or was being spoken."""


class _Stopped(Exception):
    """Somebody said stop: there is nothing more to be said or heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The conversation of one place. A request that fits nothing goes to it with an empty text."""

    ear: Ear
    mouth: Mouth
    speaking: Speaking
    interruptions: Interruptions
    own: OwnVoice
    engines: EngineThread
    conversation: Conversation
    asker: Asker
    sorry: Callable[[], str]
    """Makes the sentence for an answer that fitted nothing."""
    limits: Mapping[Expects, Limits]
    signs: bool
    """Whether it sounds when it begins and ends to listen."""
    interruptible: bool
    """Whether somebody may be heard while it thinks or speaks."""

    async def take_turns(self, hearing: Hearing, opening: Sequence[bytes], *, rang: bool = False) -> None:
        """`opening` was heard already. `rang`: the wake word may have been meant as no more than a stop."""
        with self.mouth.ducking.down():
            if not await self._took_turns(hearing, opening, rang=rang):
                await self._close(hearing)

    async def _took_turns(self, hearing: Hearing, opening: Sequence[bytes], *, rang: bool) -> bool:
        """False where somebody cut short what was said, and then said nothing more."""
        expects, cut = Expects.NOTHING, False
        while True:
            try:
                reply = await self._reply(hearing, expects, opening, rang=rang)
                asks = reply is not None and reply.expects is not Expects.NOTHING
                if reply is None or not await self._say(reply.text, hearing, in_one=asks):
                    return not cut
            except _CalledAgain:
                expects, opening, rang, cut = Expects.NOTHING, self.interruptions.request_so_far(), False, True
                continue
            except _Stopped:
                return False
            # Only now: what has not been heard in full cannot have been agreed to.
            await self.conversation.spoken(reply)
            if not asks:
                return True
            expects, opening, rang, cut = reply.expects, (), False, False

    async def _close(self, hearing: Hearing) -> None:
        """What was asked and not heard to its end must not stay open."""
        closed = await self.conversation.stopped(self.asker)
        if closed is None:
            return await self._sign(Sign.DONE)
        await self.speaking.say(closed.text, hearing, interruptible=False)

    async def _reply(self, hearing: Hearing, expects: Expects, opening: Sequence[bytes], *, rang: bool) -> Reply | None:
        for _ in range(1 if expects is Expects.NOTHING else _ATTEMPTS):
            heard = await self._hear(hearing, expects, opening)
            # A call that came amid speech and fits nothing was probably a television's: nobody is spoken to about it.
            doubtful = rang or (expects is Expects.NOTHING and self.interruptions.doubtful)
            if heard.verdict is Verdict.NOTHING or (doubtful and not heard.text):
                break
            # A request that fits nothing is a turn too, with an empty text: it is answered, and it is recorded.
            if heard.text or expects is Expects.NOTHING:
                return await self._answer(hearing, self._utterance(heard))
            log.info("something was said that fits nothing")
            await self._sign(Sign.LOST)
            await self._say(self.sorry(), hearing)
        if expects is not Expects.NOTHING:
            return await self.conversation.silence(self.asker)
        await self._sign(Sign.DONE)
        return None

    async def _answer(self, hearing: Hearing, utterance: Utterance) -> Reply:
        """Raises _CalledAgain where the wake word was said before there was an answer."""

        async def called(over: asyncio.Event) -> bool:
            if not self.interruptible:
                return False
            await self.interruptions.forget_call()
            return await self.interruptions.called(hearing, over.is_set)

        async def say(text: str) -> Ended:
            return await self.speaking.say(text, hearing, interruptible=self.interruptible)

        thinking = Thinking(self.conversation, say=say, called=called, begun=lambda: self._sign(Sign.DONE))
        reply = await thinking.reply(utterance)
        if reply is None:
            raise _CalledAgain
        return reply

    async def _hear(self, hearing: Hearing, expects: Expects, opening: Sequence[bytes]) -> Heard:
        for _ in range(_ECHOES):
            before = hearing.count
            heard = await self._listen(hearing, expects, opening)
            if expects is Expects.NOTHING or heard.verdict is Verdict.NOTHING:
                return heard
            count = hearing.count - before
            frames = hearing.latest(min(count, _ANSWER_FRAMES))
            own = partial(self.own.is_own, frames, since_ended=count <= _ANSWER_FRAMES)
            if not await self.engines.run(own):
                return heard
            log.warning("its own voice came back late and was passed over: the speaker lags behind the microphone")
        return Heard(verdict=Verdict.NOTHING)

    async def _listen(self, hearing: Hearing, expects: Expects, opening: Sequence[bytes]) -> Heard:
        vocabulary = await self.conversation.vocabulary(expects)

        async def listen() -> Heard:
            return await self.ear.listen(hearing, vocabulary=vocabulary, limits=self.limits[expects], opening=opening)

        try:
            if expects is Expects.NOTHING:
                return (await together(listen(), self._sign(Sign.AWAKE)))[0]
            return await listen()
        except UnusableVocabulary as error:
            log.error("nothing can be understood: %s", error)
            await self._sign(Sign.FAULT)
            return Heard(verdict=Verdict.ENDED)

    def _utterance(self, heard: Heard) -> Utterance:
        return Utterance(
            text=heard.text,
            asker=self.asker,
            timings_ms={"endpoint": heard.endpoint_ms, "transcribe": heard.transcribe_ms},
        )

    async def _sign(self, sign: Sign) -> None:
        if self.signs:
            await self.mouth.sign(sound_of(sign))

    async def _say(self, text: str, hearing: Hearing, *, in_one: bool = False) -> bool:
        """Whether a person can have heard all of it. Raises _CalledAgain, _Stopped."""
        ended = await self.speaking.say(text, hearing, in_one=in_one, interruptible=self.interruptible)
        if ended is Ended.CALLED:
            raise _CalledAgain
        if ended is Ended.STOPPED:
            raise _Stopped
        return ended is Ended.HEARD
