"""The mouth: everything that is heard from the assistant comes from here, one thing at a time and in order of urgency.

A more urgent speech gets in between two sentences of another, which then goes on. Nothing is said over anything else.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from enum import StrEnum

from assistant.ports import AudioUnavailable, Sound, Speaker, Voice
from assistant.voice.ducking import Ducking, NoDuck
from assistant.voice.ear import EngineThread
from assistant.voice.floor import Floor, Urgency
from assistant.voice.own_voice import OwnVoice
from assistant.voice.quiet import HowLoud, softer
from assistant.voice.together import together
from assistant.volume import Volume

log = logging.getLogger(__name__)

_INSIST_SECONDS = 0.02
"""A speaker that is only just beginning to play does not hear the first stop."""


class Said(StrEnum):
    """What became of a speech."""

    ALL = "all"
    """A person can have heard it to its end."""
    CUT = "cut"
    """Somebody ended it."""
    UNHEARD = "unheard"
    """There is no speaker, or it failed in the middle."""


class Mouth:
    """`how_loud` is asked before each sentence, so that `louder` is heard at once; `own` is told what is played."""

    def __init__(
        self,
        *,
        voice: Voice,
        speaker: Speaker,
        engines: EngineThread,
        how_loud: HowLoud | None = None,
        own: OwnVoice | None = None,
        ducking: Ducking | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._voice = voice
        self._speaker = speaker
        self._engines = engines
        self._how_loud = how_loud or HowLoud(volume=Volume())
        self._own = own or OwnVoice()
        self.ducking = ducking or Ducking(NoDuck())
        self._clock = clock
        self._floor = Floor()
        self._cuts = 0
        self._cut = asyncio.Event()
        self.moved = clock()
        """When a sentence was begun last."""
        self.counts = {"speeches": 0.0, "first_sound_seconds": 0.0, "unheard": 0.0}
        """What was begun to be said, how long it took in all until it began to sound, and what nobody could hear."""

    @property
    def speaks(self) -> bool:
        return self._floor.is_taken

    async def say(
        self, text: str, *, urgency: Urgency = Urgency.ANSWER, after: Sound | None = None, in_one: bool = False
    ) -> Said:
        """Says it after the sound that announces it. `in_one`: not even an alarm gets in between its sentences."""
        started, cuts = self._clock(), self._cuts
        try:
            async with self._floor.taken(urgency):
                with self.ducking.down():
                    if after is not None and not await self._play(after, urgency, cuts):
                        return Said.CUT
                    return await self._say(text, urgency, cuts, started, in_one=in_one)
        except AudioUnavailable as error:
            self.counts["unheard"] += 1
            log.warning("cannot speak: %s", error)
            return Said.UNHEARD

    async def sign(self, sound: Sound) -> None:
        """A short sound that is no speech; left out where something is being said."""
        if self._floor.is_taken:
            return
        try:
            async with self._floor.taken(Urgency.ANSWER):
                await self._play(sound, Urgency.ANSWER, self._cuts)
        except AudioUnavailable as error:
            log.debug("a sign cannot be played: %s", error)

    def cut(self) -> None:
        """Ends what is being said, and what waits to be said: somebody else has something to say."""
        self._cuts += 1
        self._cut.set()

    async def _say(self, text: str, urgency: Urgency, cuts: int, started: float, *, in_one: bool) -> Said:
        sounds = iter(self._voice.synthesize(text))
        coming = self._engines.run(next, sounds, None)
        first = True
        try:
            while (sound := await coming) is not None:
                if first:
                    self.counts["speeches"] += 1
                    self.counts["first_sound_seconds"] += self._clock() - started
                elif not in_one:
                    await self._floor.give_way(urgency)
                first = False
                # The next sentence is made while this one is heard.
                coming = self._engines.run(next, sounds, None)
                if not await self._play(sound, urgency, cuts):
                    return Said.CUT
        finally:
            self._close(sounds)
        return Said.ALL

    def _close(self, sounds: Iterator[Sound]) -> None:
        """What was not spoken need not be made; a voice that makes it is let finish its sentence."""
        if (close := getattr(sounds, "close", None)) is not None:
            self._engines.post(close)

    async def _play(self, sound: Sound, urgency: Urgency, cuts: int) -> bool:
        """Whether it was heard to its end."""
        if cuts != self._cuts:
            return False
        self.moved = self._clock()
        self._cut.clear()
        sound = softer(sound, self._how_loud.gain(urgency))
        self._own.say(sound)
        over = asyncio.Event()

        async def play() -> None:
            try:
                await self._speaker.play(sound)
            finally:
                over.set()
                self._cut.set()

        async def stop() -> None:
            await self._cut.wait()
            while not over.is_set():
                await self._speaker.stop()
                try:
                    async with asyncio.timeout(_INSIST_SECONDS):
                        await over.wait()
                except TimeoutError:
                    continue

        await together(play(), stop())
        return cuts == self._cuts
