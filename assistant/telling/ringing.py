"""Rings what has come due: at its time through the scheduler, at once after a restart, and until it was heard.

It needs neither broker nor network nor model. What nobody could hear is told at the next turn.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from assistant.ports import Announcement
from assistant.replies.figures import Figures
from assistant.replies.timers import LATE_SECONDS, news, ring_sentences
from sensors.database import StoreUnavailable
from tools.arguments import TimerKind
from tools.contract import Asker, Role
from tools.timers import DANGER, NOTICE, WATCH, Ring, Timers

_LOG = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""The scheduler waits for a time of the clock, and would sleep on where the clock is set; so it is looked at, too."""

INSIST_SECONDS: Mapping[str, float] = {
    TimerKind.TIMER: 300.0,
    TimerKind.ALARM: 600.0,
    TimerKind.REMINDER: 20.0,
    WATCH: 20.0,
    NOTICE: 0.0,
    DANGER: 600.0,
}
"""How long it rings where nobody reacts; what is 0 is said once."""
INSIST_LATE_SECONDS = 20.0
"""What is late is told, and need not wake anybody."""

_SAID_ONCE = frozenset({TimerKind.REMINDER, WATCH, NOTICE})
"""Whoever has heard it need not do anything about it."""

JUST_SILENCED_SECONDS = 15.0
"""Who has silenced it by the wake word and then says stop means what has just rung, and not the next timer."""

At = Callable[[int, Callable[[], Awaitable[object]]], None]
"""Runs something once at a time in epoch ms, in place of what was to run before."""


class Bell:
    """The `Announcements` of one satellite: what rings there."""

    def __init__(self, satellite: str, timers: Timers, say: Figures, *, running_since_ms: int) -> None:
        self.satellite = satellite
        self._timers = timers
        self._say = say
        self._running_since_ms = running_since_ms
        self._ringing: list[Ring] = []
        self._silenced_at = -JUST_SILENCED_SECONDS
        self._silenced = 0

    def put(self, ring: Ring) -> None:
        self._ringing.append(ring)

    def due(self) -> Announcement | None:
        if not self._ringing:
            return None
        return Announcement(
            keys=tuple(ring.id for ring in self._ringing),
            text=ring_sentences(self._ringing, self._say, running_since_ms=self._running_since_ms),
            insist_seconds=max(_insist_seconds(ring) for ring in self._ringing),
            wants_reaction=any(ring.kind not in _SAID_ONCE for ring in self._ringing),
        )

    async def settled(self, announcement: Announcement, *, heard: bool) -> None:
        over = [ring for ring in self._ringing if ring.id in announcement.keys]
        self._ringing = [ring for ring in self._ringing if ring not in over]
        if heard:
            self._silenced_at, self._silenced = time.monotonic(), len(over)
        await self._timers.heard([ring for ring in over if heard])
        await self._timers.not_heard([ring for ring in over if not heard])

    async def silence(self) -> int:
        """Ends what rings; tells how many, also of what was silenced a moment ago."""
        announcement = self.due()
        if announcement is not None:
            await self.settled(announcement, heard=True)
        elif time.monotonic() - self._silenced_at > JUST_SILENCED_SECONDS:
            return 0
        silenced, self._silenced = self._silenced, 0
        return silenced


class Ringing:
    """Takes what is due from the store and gives it to a bell."""

    def __init__(
        self,
        timers: Timers,
        say: Figures,
        *,
        at: At,
        look_seconds: float = LOOK_SECONDS,
        record: Callable[[Ring], Awaitable[object]] | None = None,
    ) -> None:
        """`record` puts down what rings; it may raise StoreUnavailable."""
        self._timers = timers
        self._say = say
        self._at = at
        self._record = record
        self._look_seconds = look_seconds
        self._one_at_a_time = asyncio.Lock()
        self._running_since_ms = timers.clocks.now_ms()
        self._bells: dict[str, Bell] = {}
        self._told: dict[str, Sequence[Ring]] = {}
        self._consoles: set[asyncio.Queue[str]] = set()

    def bell(self, satellite: str) -> Bell:
        """Not in use before it is given to `use`."""
        return Bell(satellite, self._timers, self._say, running_since_ms=self._running_since_ms)

    def use(self, bell: Bell) -> None:
        """From now on what was set at its satellite rings there; and also what was set where there is none."""
        self._bells[bell.satellite] = bell

    async def run(self) -> None:
        """Until cancelled. What was claimed and not heard before the end of the last run rings again first."""
        await self._route([ring for ring in self._timers.rings if not ring.unheard])
        while True:
            self._timers.changed.clear()
            await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_seconds):
                    await self._timers.changed.wait()

    async def look(self) -> None:
        """Rings what is due now, and has the scheduler come back when the next is."""
        async with self._one_at_a_time:
            await self._timers.set_right()
            await self._route(await self._timers.claim_due())
            if waiting := self._timers.waiting:
                self._at(waiting[0].due_ms, self.look)

    async def ring(self, rings: Sequence[Ring]) -> None:
        """Rings what did not wait for its time but has come about; the store of timers has it already."""
        async with self._one_at_a_time:
            await self._route(rings)

    async def _route(self, rings: Sequence[Ring]) -> None:
        for ring in rings:
            late = (self._timers.clocks.now_ms() - ring.due_ms) // 1000
            _LOG.info("%s %d rings%s", ring.kind, ring.id, f", {late} s late" if late > LATE_SECONDS else "")
            _LOG.debug("%s %d is called %r and says %r", ring.kind, ring.id, ring.name, ring.message)
            await self._put_down(ring)
            for console in self._consoles:
                console.put_nowait(ring_sentences([ring], self._say, running_since_ms=self._running_since_ms))
            bell = self._bells.get(ring.satellite) or next(iter(self._bells.values()), None)
            if bell is not None:
                bell.put(ring)
            elif self._consoles:
                await self._timers.heard([ring])
            else:
                await self._timers.not_heard([ring])

    async def _put_down(self, ring: Ring) -> None:
        try:
            if self._record is not None:
                await self._record(ring)
        except StoreUnavailable as error:
            _LOG.error("That something rang is not in the audit: %s", error)

    @contextmanager
    def attended(self) -> Iterator[asyncio.Queue[str]]:
        """Somebody looks at a console: what rings is put into its queue, and where there is no voice that is enough."""
        console: asyncio.Queue[str] = asyncio.Queue()
        self._consoles.add(console)
        try:
            yield console
        finally:
            self._consoles.discard(console)

    async def silence(self, asker: Asker) -> int:
        """Ends what rings where the asker is; for one who has no bell, what rings anywhere. Tells how many did."""
        own = self._bells.get(asker.satellite)
        return sum([await bell.silence() for bell in ([own] if own else self._bells.values())])

    def news(self, asker: Asker) -> str:
        """What nobody can have heard, in words; empty where there is nothing. It is told once `told` is called."""
        missed = [ring for ring in self._timers.rings if ring.unheard]
        if not missed or asker.role is Role.GUEST:
            return ""
        self._told[asker.satellite] = missed
        return news(missed, self._say)

    async def told(self, asker: Asker) -> None:
        await self._timers.heard(self._told.pop(asker.satellite, ()))


def _insist_seconds(ring: Ring) -> float:
    late = ring.rang_ms - ring.due_ms > LATE_SECONDS * 1000
    insist = INSIST_SECONDS[ring.kind]
    return min(INSIST_LATE_SECONDS, insist) if late and ring.kind != DANGER else insist
