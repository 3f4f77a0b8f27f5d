"""Says something while somebody may interrupt it, and while something may begin to ring."""

import asyncio
from contextlib import suppress
from enum import StrEnum

from assistant.ports import Announcement, Announcements, Sound
from assistant.voice.chime import chime
from assistant.voice.floor import Urgency
from assistant.voice.hearing import Hearing
from assistant.voice.interrupt import Interruption, Interruptions
from assistant.voice.mouth import Mouth, Said
from assistant.voice.together import together

_LOOK_SECONDS = 0.1


class Silent:
    """Announcements of a place where nothing ever rings."""

    def due(self) -> Announcement | None:
        return None

    async def settled(self, announcement: Announcement, *, heard: bool) -> None: ...


class Ended(StrEnum):
    """How a speech came to its end."""

    HEARD = "heard"
    UNHEARD = "unheard"
    CALLED = "called"
    STOPPED = "stopped"


INTERRUPTED = frozenset({Ended.CALLED, Ended.STOPPED})


def ended_by(interruption: Interruption | None) -> Ended | None:
    match interruption:
        case Interruption.CALLED:
            return Ended.CALLED
        case Interruption.STOPPED:
            return Ended.STOPPED
        case None:
            return None


class Speaking:
    """What is said here can be ended by whoever is heard meanwhile, and an alarm gets in between its sentences."""

    def __init__(
        self, mouth: Mouth, interruptions: Interruptions, announcements: Announcements, *, tail_seconds: float
    ) -> None:
        """`tail_seconds`: for so long a room echoes."""
        self._mouth = mouth
        self._interruptions = interruptions
        self._announcements = announcements
        self._tail_seconds = tail_seconds

    async def say(
        self,
        text: str,
        hearing: Hearing,
        *,
        urgency: Urgency = Urgency.ANSWER,
        after: Sound | None = None,
        in_one: bool = False,
        interruptible: bool = True,
    ) -> Ended:
        """`in_one`: nothing gets in between its sentences. `interruptible` False: nobody is listened to."""
        over = asyncio.Event()

        async def speak() -> Said:
            try:
                return await self._mouth.say(text, urgency=urgency, after=after, in_one=in_one)
            finally:
                over.set()

        async def listen() -> Interruption | None:
            if not interruptible:
                return None
            await self._interruptions.begin(anew=urgency is Urgency.ANSWER)
            interruption = await self._interruptions.during(hearing, over.is_set)
            if interruption is not None:
                self._mouth.cut()
            return interruption

        said, interruption = await together(speak(), listen(), self._ring_meanwhile(urgency, over))
        if interruption is not Interruption.CALLED:
            # Who called goes on speaking, and is to be heard from the first word.
            hearing.forget(self._tail_seconds)
        return ended_by(interruption) or (Ended.HEARD if said is Said.ALL else Ended.UNHEARD)

    async def _ring_meanwhile(self, urgency: Urgency, over: asyncio.Event) -> None:
        """One round of each alarm that becomes due; it goes on when this has been said."""
        told: set[int] = set()
        while not over.is_set() and urgency < Urgency.ALARM:
            due = self._announcements.due()
            if due is not None and due.wants_reaction and not told.issuperset(due.keys):
                told.update(due.keys)
                await self._mouth.say(due.text, urgency=Urgency.ALARM, after=chime())
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await over.wait()
