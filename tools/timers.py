"""Timers, alarms and reminders: what waits for its time, and what has come due. The only owner of their two tables.

All of it is also in memory, so that what is due rings even where the disk takes nothing any more.
"""

import asyncio
import datetime
import logging
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from sensors.database import Database, StoreUnavailable
from tools.arguments import Day
from tools.due import REPEATING, next_time

_LOG = logging.getLogger(__name__)

WATCH = "watch"
"""Kind of a ring: somebody wanted to be told of it."""
NOTICE = "notice"
"""Kind of a ring: the house tells it by itself."""
DANGER = "danger"
"""The same, where people or the house are in danger."""
TOLD = frozenset({WATCH, NOTICE, DANGER})
"""Kinds of which the message is all that is said; it has no full stop where it is one sentence."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_CLOCK_WAS_SET_MS = 2_000
"""Where the two clocks have come apart by more, somebody has set the clock of this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The clock that people see, and one that nothing ever sets, which begins with each start of the machine."""

    now_ms: Callable[[], int]
    """Unix epoch milliseconds."""
    boot: str
    """Which start of the machine this is."""
    boot_ms: Callable[[], int]
    """Milliseconds since then, also while the machine slept."""


def machine_clocks(now_ms: Callable[[], int]) -> Clocks:
    try:
        boot = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError as error:
        _LOG.debug("this start of the machine has no name: %s", error)
        boot = uuid.uuid4().hex
    running = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return Clocks(now_ms=now_ms, boot=boot, boot_ms=lambda: time.clock_gettime_ns(running) // 1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """What waits: for so many `seconds`, or for a time of day."""

    id: int
    kind: str
    name: str | None = None
    message: str | None = None
    satellite: str
    room: str | None = None
    seconds: int | None = None
    clock: str | None = None
    """`HH:MM` on 24 hours."""
    day: str | None = None
    """A Day; one of those that repeat keeps it waiting after it rang."""
    set_ms: int
    boot: str
    set_boot_ms: int
    due_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """What has come due, and stays until somebody has heard it."""

    id: int = 0
    """Zero until it is kept; negative where the disk did not take it."""
    kind: str
    name: str | None = None
    message: str | None
    satellite: str
    room: str | None = None
    seconds: int | None = None
    due_ms: int
    rang_ms: int
    unheard: bool = False
    """It has rung, and nobody can have heard it; they are to be told when they speak next."""


def due_ms(timer: Timer, zone: ZoneInfo) -> int | None:
    """By what it was set for and when; None where that time never comes any more."""
    if timer.seconds is not None:
        return timer.set_ms + 1000 * timer.seconds
    hour, minute = (int(part) for part in str(timer.clock).split(":"))
    day = Day(timer.day) if timer.day else None
    return next_time(datetime.time(hour, minute), day, timer.set_ms, zone)


def by_true_time(timer: Timer, clocks: Clocks, zone: ZoneInfo) -> Timer:
    """The same timer, as it had been set if the clock had been right then.

    A Pi has no clock of its own: until the network has told it the time it shows that of its last shutdown. How long
    ago something was set is known all the same, for as long as the machine runs; after that the due time holds.
    """
    if timer.boot != clocks.boot:
        return timer
    set_ms = clocks.now_ms() - (clocks.boot_ms() - timer.set_boot_ms)
    if abs(set_ms - timer.set_ms) < _CLOCK_WAS_SET_MS:
        return timer
    moved = replace(timer, set_ms=set_ms)
    due = due_ms(moved, zone)
    return replace(moved, due_ms=due) if due is not None else timer


class Timers:
    """The one writer of what waits and what rings."""

    def __init__(self, database: Database, clocks: Clocks, zone: ZoneInfo) -> None:
        self._database = database
        self._waiting: dict[int, Timer] = {}
        self._rings: dict[int, Ring] = {}
        self.clocks = clocks
        self.zone = zone
        self.changed = asyncio.Event()
        """Set whenever something waits, or waits no longer."""

    async def load(self) -> Self:
        """Raises StoreUnavailable."""
        for row in await self._database.fetch_all(f"SELECT {_TIMER_COLUMNS} FROM timer"):
            timer = Timer(**dict(zip(_TIMER_FIELDS, row, strict=True)))
            # Seven is seven also where the house has been told since that it stands in another zone.
            due = due_ms(timer, self.zone)
            self._waiting[timer.id] = replace(timer, due_ms=timer.due_ms if due is None else due)
        for row in await self._database.fetch_all(f"SELECT {_RING_COLUMNS} FROM ring"):
            values = dict(zip(_RING_FIELDS, row, strict=True))
            self._rings[values["id"]] = Ring(**{**values, "unheard": bool(values["unheard"])})
        return self

    @property
    def waiting(self) -> tuple[Timer, ...]:
        """The next one first."""
        return tuple(sorted(self._waiting.values(), key=lambda timer: (timer.due_ms, timer.id)))

    @property
    def rings(self) -> tuple[Ring, ...]:
        """What has come due and was not heard, the earliest first."""
        return tuple(sorted(self._rings.values(), key=lambda ring: (ring.due_ms, ring.id)))

    async def add(self, timer: Timer) -> Timer:
        """Kept on the disk before it is promised; the `id` it comes with is replaced. Raises StoreUnavailable."""
        async with self._database.atomic():
            row = await self._database.fetch_one("SELECT coalesce(max(id), 0) + 1 FROM timer")
            kept = replace(timer, id=max(int(row[0]) if row else 1, 1 + max(self._waiting, default=0)))
            await self._database.execute(_PUT_TIMER, astuple(kept))
        self._waiting[kept.id] = kept
        self.changed.set()
        return kept

    async def change(self, timer: Timer) -> None:
        """Takes it in place of the one with the same id. Raises StoreUnavailable."""
        await self._database.execute(_PUT_TIMER, astuple(timer))
        self._waiting[timer.id] = timer
        self.changed.set()

    async def remove(self, timers: Iterable[Timer]) -> None:
        """Raises StoreUnavailable; then all of them are still there."""
        ids = [timer.id for timer in timers]
        async with self._database.atomic():
            await self._database.executemany("DELETE FROM timer WHERE id = ?", [(one,) for one in ids])
        for one in ids:
            self._waiting.pop(one, None)
        self.changed.set()

    async def set_right(self) -> None:
        """Moves what was set while the clock was wrong."""
        for timer in self.waiting:
            moved = by_true_time(timer, self.clocks, self.zone)
            if moved is timer:
                continue
            _LOG.info("the clock was set: %s %d moves by %d s", timer.kind, timer.id, _moved_seconds(timer, moved))
            self._waiting[timer.id] = moved
            try:
                await self._database.execute(_PUT_TIMER, astuple(moved))
            except StoreUnavailable as error:
                _LOG.error("A timer's new time could not be kept: %s", error)

    async def claim_due(self) -> tuple[Ring, ...]:
        """What has come due, taken from what waits; each is on the disk as a ring before anybody hears it.

        Killed in between it rings again, and where the disk does not take it it rings all the same: twice is better
        than never.
        """
        now_ms = self.clocks.now_ms()
        claimed = []
        for timer in self.waiting:
            if timer.due_ms > now_ms:
                break
            ring = await self._claimed(timer, now_ms)
            self._rings[ring.id] = ring
            claimed.append(ring)
        return tuple(claimed)

    async def _claimed(self, timer: Timer, now_ms: int) -> Ring:
        again = self._again(timer, now_ms)
        ring_id = 1 + max(0, max(self._rings, default=0))
        try:
            async with self._database.atomic():
                row = await self._database.fetch_one("SELECT coalesce(max(id), 0) + 1 FROM ring")
                ring = _ring(timer, max(ring_id, int(row[0]) if row else 1), now_ms)
                await self._database.execute(_PUT_RING, astuple(ring))
                await self._database.execute("DELETE FROM timer WHERE id = ?", (timer.id,))
                if again is not None:
                    await self._database.execute(_PUT_TIMER, astuple(again))
        except StoreUnavailable as error:
            _LOG.error("It rings, but that could not be kept and it may ring again: %s", error)
            ring = _ring(timer, -timer.id, now_ms)
        del self._waiting[timer.id]
        if again is not None:
            self._waiting[again.id] = again
        return ring

    def _again(self, timer: Timer, now_ms: int) -> Timer | None:
        """The next time of one that repeats."""
        if timer.day not in REPEATING:
            return None
        clocks = self.clocks
        later = replace(timer, set_ms=now_ms, boot=clocks.boot, set_boot_ms=clocks.boot_ms())
        due = due_ms(later, self.zone)
        return replace(later, due_ms=due) if due is not None else None

    async def ring(self, rings: Iterable[Ring], with_it: tuple[str, tuple[object, ...]]) -> tuple[Ring, ...]:
        """Takes what is to ring at once, in one commit with another statement on the same database. Never raises.

        The `id` each comes with is replaced; where the disk does not take them they ring all the same.
        """
        wanted = list(rings)
        first = 1 + max(0, max(self._rings, default=0))
        try:
            async with self._database.atomic():
                row = await self._database.fetch_one("SELECT coalesce(max(id), 0) + 1 FROM ring")
                first = max(first, int(row[0]) if row else 1)
                kept = [replace(ring, id=first + at) for at, ring in enumerate(wanted)]
                await self._database.executemany(_PUT_RING, [astuple(ring) for ring in kept])
                await self._database.execute(*with_it)
        except StoreUnavailable as error:
            _LOG.error("It is told, but that could not be kept and it may be told again: %s", error)
            kept = [replace(ring, id=first + at) for at, ring in enumerate(wanted)]
        self._rings |= {ring.id: ring for ring in kept}
        return tuple(kept)

    async def heard(self, rings: Iterable[Ring]) -> None:
        """Somebody has heard them: they are over. Never raises."""
        await self._settle(rings, "DELETE FROM ring WHERE id = ?", keep=False)

    async def not_heard(self, rings: Iterable[Ring]) -> None:
        """They have rung, and nobody can have heard it. Never raises."""
        await self._settle(rings, "UPDATE ring SET unheard = 1 WHERE id = ?", keep=True)

    async def _settle(self, rings: Iterable[Ring], statement: str, *, keep: bool) -> None:
        found = [self._rings.pop(ring.id) for ring in rings if ring.id in self._rings]
        if keep:
            self._rings |= {ring.id: replace(ring, unheard=True) for ring in found}
        try:
            async with self._database.atomic():
                await self._database.executemany(statement, [(ring.id,) for ring in found])
                # What the disk did not take when it came due waits there still.
                over = [(-ring.id, ring.due_ms) for ring in found if ring.id < 0]
                await self._database.executemany("DELETE FROM timer WHERE id = ? AND due_ms = ?", over)
        except StoreUnavailable as error:
            _LOG.error("That something rang could not be kept: %s", error)


def _ring(timer: Timer, ring_id: int, now_ms: int) -> Ring:
    return Ring(
        id=ring_id,
        kind=timer.kind,
        name=timer.name,
        message=timer.message,
        satellite=timer.satellite,
        room=timer.room,
        seconds=timer.seconds,
        due_ms=timer.due_ms,
        rang_ms=now_ms,
        unheard=False,
    )


def _moved_seconds(before: Timer, after: Timer) -> int:
    return (after.due_ms - before.due_ms) // 1000


_TIMER_FIELDS = tuple(field.name for field in fields(Timer))
_RING_FIELDS = tuple(field.name for field in fields(Ring))
_TIMER_COLUMNS = ", ".join(_TIMER_FIELDS)
_RING_COLUMNS = ", ".join(_RING_FIELDS)
_PUT_TIMER = f"INSERT OR REPLACE INTO timer ({_TIMER_COLUMNS}) VALUES ({', '.join('?' * len(_TIMER_FIELDS))})"
_PUT_RING = f"INSERT OR REPLACE INTO ring ({_RING_COLUMNS}) VALUES ({', '.join('?' * len(_RING_FIELDS))})"
