"""`set_timer`, `list_timers`, `cancel_timer`: what a person can want of what waits for its time. Changes nothing else.

They need no confirmation: nothing in the house moves by them, and what is set is read back.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from sensors.clock import is_set
from tools.answers import TimerRow, TimersAnswer, TimersCancelledAnswer, TimerSetAnswer
from tools.arguments import CancelTimer, Half, ListTimers, SetTimer, TimerKind
from tools.contract import Asker, ErrorCode, Outcome, ToolError
from tools.due import clock_times, next_time
from tools.reasons import Reason
from tools.timers import Timer, Timers, due_ms

MOST_WAITING = 50
LONGEST_SECONDS = 31 * 86_400

TIMER_TOOLS = frozenset({"set_timer", "list_timers", "cancel_timer"})
"""Those that answer in a house without any devices, too."""

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


Silence = Callable[[Asker], Awaitable[int]]
"""Ends what rings where the asker is, and tells how many did."""
Called = Callable[[TimerRow], str]
"""What people call it, in their own language, when it has to be told from others."""


class TimerCalls:
    """The three tools over one store."""

    def __init__(self, timers: Timers, *, silence: Silence, called: Called) -> None:
        self._timers = timers
        self._silence = silence
        self._called = called

    async def set_timer(self, asked: SetTimer, asker: Asker) -> Outcome:
        """Raises ToolError where what was asked does not say when, or there are too many."""
        if asked.extend:
            return await self._extend(asked, asker)
        name = _plain(asked.name) or None
        if len(self._timers.waiting) >= MOST_WAITING:
            raise _refused(Reason.TIMERS_FULL, facts={"most": MOST_WAITING})
        if name and any(one.kind == asked.kind and _plain(one.name) == name for one in self._timers.waiting):
            raise _refused(Reason.NAME_TAKEN, received=name, facts={"kind": asked.kind.value, "name": name})
        if asked.kind is TimerKind.REMINDER and asked.message is None:
            raise _unclear(Reason.WHAT_REMIND)
        timer = await self._timers.add(self._made(asked, asker, name))
        return _outcome(timer, TimerSetAnswer(row=self._row(timer)))

    def _made(self, asked: SetTimer, asker: Asker, name: str | None) -> Timer:
        clocks = self._timers.clocks
        now_ms = clocks.now_ms()
        seconds = _seconds(asked)
        if (seconds is None) is (asked.clock is None):
            raise _unclear(Reason.WHEN_RING)
        clock = None if asked.clock is None else self._clock(asked, now_ms)
        timer = Timer(
            id=0,
            kind=asked.kind.value,
            name=name,
            message=asked.message,
            satellite=asker.satellite,
            room=asker.room,
            seconds=seconds,
            clock=clock,
            day=asked.day.value if asked.day and clock else None,
            set_ms=now_ms,
            boot=clocks.boot,
            set_boot_ms=clocks.boot_ms(),
            due_ms=0,
        )
        due = due_ms(timer, self._timers.zone)
        if due is None:
            raise _refused(Reason.TIME_OVER, received=asked.clock or "")
        return replace(timer, due_ms=due)

    def _clock(self, asked: SetTimer, now_ms: int) -> str:
        """The time of day that is meant, as `HH:MM` on 24 hours: of two, the one that comes first."""
        if not is_set(now_ms):
            raise ToolError(ErrorCode.NO_DATA, Reason.CLOCK_UNKNOWN)
        times = clock_times(str(asked.clock), asked.half, asked.kind, asked.day)
        coming = {at: next_time(at, asked.day, now_ms, self._timers.zone) for at in times}
        first = min((at for at in times if coming[at] is not None), key=lambda at: coming[at] or 0, default=times[0])
        return f"{first:%H:%M}"

    async def _extend(self, asked: SetTimer, asker: Asker) -> Outcome:
        seconds = _span(asked)
        if not seconds:
            raise _unclear(Reason.BY_HOW_MUCH)
        (timer,) = self._meant(asker, asked.kind, asked.name, every=False)
        if timer.seconds is None:
            raise _refused(Reason.ONLY_TIMER, received=asked.name or "")
        longer = replace(timer, seconds=timer.seconds + seconds, due_ms=timer.due_ms + 1000 * seconds)
        if longer.seconds is not None and longer.seconds > LONGEST_SECONDS:
            raise _refused(Reason.TOO_LONG)
        if longer.due_ms <= self._timers.clocks.now_ms():
            raise _refused(Reason.NOT_LEFT)
        await self._timers.change(longer)
        return _outcome(longer, TimerSetAnswer(row=self._row(longer), extended=True))

    async def list_timers(self, asked: ListTimers, asker: Asker) -> Outcome:
        """Raises ToolError where nothing has the name that was said."""
        if asked.name is None:
            found = self._known_to(asker, asked.kind)
        else:
            found = self._meant(asker, asked.kind, asked.name, every=True)
        rows = tuple(self._row(one) for one in found)
        answer = TimersAnswer(kind=asked.kind, named=asked.name is not None, rows=rows)
        return Outcome(resolved={"timers": [one.id for one in found]}, answer=answer)

    async def cancel_timer(self, asked: CancelTimer, asker: Asker) -> Outcome:
        """What rings is meant before what waits. Raises ToolError where it is not clear which, or nothing is set."""
        silenced = await self._silence(asker) if asked.name is None else 0
        if silenced and not asked.every:
            answer = TimersCancelledAnswer(kind=asked.kind, every=False, rows=(), silenced=silenced)
            return Outcome(resolved={"silenced": silenced}, answer=answer)
        try:
            found = self._meant(asker, asked.kind, asked.name, every=asked.every)
        except ToolError:
            if not silenced:
                raise
            found = []
        rows = tuple(self._row(one) for one in found)
        await self._timers.remove(found)
        answer = TimersCancelledAnswer(kind=asked.kind, every=asked.every, rows=rows, silenced=silenced)
        return Outcome(resolved={"timers": [one.id for one in found]}, answer=answer)

    def _known_to(self, asker: Asker, kind: TimerKind | None) -> list[Timer]:
        """A guest is told of what was set at the same place, and of nothing that the people of the house remember."""
        own = [one for one in self._timers.waiting if asker.may_hear_of(one.satellite)]
        return [one for one in own if kind in {None, one.kind}]

    def _meant(self, asker: Asker, kind: TimerKind | None, said: str | None, *, every: bool) -> list[Timer]:
        """What was named; by no name the only one there is, or all of them. Never empty."""
        there = self._known_to(asker, kind)
        if not there:
            reason = Reason.NONE_OF_KIND if kind else Reason.NONE_SET
            raise ToolError(ErrorCode.NO_DATA, reason, facts={"kind": kind.value} if kind else None)
        found = there if said is None else self._named(_plain(said), there)
        called = list(dict.fromkeys(self._called(self._row(one)) for one in found or there))[:4]
        if not found:
            raise ToolError(ErrorCode.UNKNOWN_NAME, Reason.NO_TIMER_CALLED, received=said or "", suggestion=called)
        if len(found) > 1 and not every:
            raise ToolError(ErrorCode.AMBIGUOUS_NAME, Reason.SEVERAL_SET, received=said or "", suggestion=called)
        return found

    def _named(self, said: str, there: list[Timer]) -> list[Timer]:
        exact = [one for one in there if {said, said.removesuffix(f" {one.kind}")} & self._labels(one)]
        return exact or [one for one in there if said and set(said.split()) <= self._words(one)]

    def _words(self, timer: Timer) -> set[str]:
        """Of what it was named by people, and of what they call it where it has no name."""
        named = timer.message or timer.name
        return set(_plain(named if named else self._called(self._row(timer))).split())

    def _labels(self, timer: Timer) -> set[str]:
        """Everything that it can be called: its name, how long it was set for, or its time of day."""
        labels = {_plain(timer.name), _plain(timer.message), _plain(self._called(self._row(timer)))} - {""}
        if timer.seconds is not None:
            return labels | {_plain(label) for label in _lengths(timer.seconds)}
        at = self._at(timer)
        half = Half.PM if at.hour >= 12 else Half.AM
        for hour in {at.hour, (at.hour + 11) % 12 + 1}:
            said = f"{hour}" if at.minute == 0 else f"{hour} {at.minute:02d}"
            labels |= {said, f"{said} {half}", f"{said} o clock", f"{hour} {at.minute:02d}", f"{at:%H %M}"}
        return labels

    def _at(self, timer: Timer) -> time:
        return datetime.fromtimestamp(timer.due_ms / 1000, self._timers.zone).time()

    def _row(self, timer: Timer) -> TimerRow:
        left_ms = timer.due_ms - self._timers.clocks.now_ms()
        return TimerRow(
            kind=timer.kind,
            name=timer.name,
            message=timer.message,
            seconds=timer.seconds,
            day=timer.day,
            due_ms=timer.due_ms,
            left_seconds=max(0, round(left_ms / 1000)),
        )


def _seconds(asked: SetTimer) -> int | None:
    """Whole seconds from now; None where no length of time was said."""
    seconds = _span(asked)
    if seconds is None:
        return None
    if not 1 <= seconds <= LONGEST_SECONDS:
        raise _refused(Reason.TIMER_LENGTH, received=str(seconds))
    return seconds


def _span(asked: SetTimer) -> int | None:
    """The sum of what was said, below 0 where it is to be taken off; None where nothing was."""
    parts = (asked.hours, 3600), (asked.minutes, 60), (asked.seconds, 1)
    if all(amount is None for amount, _ in parts):
        return None
    return round(sum((amount or 0) * factor for amount, factor in parts))


def _lengths(seconds: int) -> tuple[str, ...]:
    """`90 minute`, and in other units where it comes out even: the largest unit of which there are two comes first."""
    even = [f"{seconds // size} {unit}" for size, unit in _UNITS if seconds % size == 0]
    return tuple(form for length in even for form in (length, f"{length}s"))


def _plain(text: str | None) -> str:
    return " ".join(re.findall(r"\w+", (text or "").lower()))


def _refused(reason: Reason, received: str = "", facts: Mapping[str, str | float] | None = None) -> ToolError:
    return ToolError(ErrorCode.OUT_OF_RANGE, reason, received=received, facts=facts)


def _unclear(reason: Reason) -> ToolError:
    return ToolError(ErrorCode.NO_DATA, reason)


def _outcome(timer: Timer, answer: TimerSetAnswer) -> Outcome:
    resolved: Mapping[str, Any] = {"timer": timer.id, "due_ms": timer.due_ms, "seconds": timer.seconds}
    return Outcome(resolved=resolved, answer=answer)
