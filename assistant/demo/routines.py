"""When doors, lights, locks and people of the simulated house change state. Pure functions of time and seed; no I/O.

A routine has two states, `resting` and `active`, and knows its changes day by day, in the past as in the future.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol

from assistant.demo.curves import HOUR_MS, Sky, chance

State = str | bool
MINUTE_MS = 60_000


class Routine(Protocol):
    """A state at any time, and the times at which it changed."""

    @property
    def states(self) -> tuple[State, State]:
        """Resting, active."""
        ...

    def at(self, at_ms: int) -> State: ...

    def changes(self, start_ms: int, end_ms: int) -> Iterator[tuple[int, State]]:
        """Each change with start_ms <= time < end_ms, in order."""
        ...


@dataclass(frozen=True, kw_only=True)
class Habit:
    """Something that happens on a day, now and then, between two hours: `times` of them, each so many seconds long."""

    from_hour: float
    to_hour: float
    times: int
    shortest_seconds: int
    longest_seconds: int
    likelihood: float = 1.0

    def spans(self, midnight_ms: int, sky: Sky, name: str, salt: int) -> Iterator[tuple[int, int]]:
        """(start, end) of what happens, at most one in each of `times` equal parts of the hours."""
        part_ms = (self.to_hour - self.from_hour) * HOUR_MS / self.times
        for index in range(self.times):
            draw = [chance(sky.seed, name, salt + 3 * index + which) for which in range(3)]
            if draw[0] > self.likelihood:
                continue
            length_ms = 1000 * round(self.shortest_seconds + draw[2] * (self.longest_seconds - self.shortest_seconds))
            room_ms = max(part_ms - length_ms - MINUTE_MS, 0)
            start_ms = round(midnight_ms + self.from_hour * HOUR_MS + index * part_ms + draw[1] * room_ms)
            yield start_ms, start_ms + length_ms


@dataclass(frozen=True, kw_only=True)
class Habits:
    """The routine that follows from habits, which must not overlap."""

    sky: Sky
    name: str
    states: tuple[State, State]
    habits: tuple[Habit, ...]
    _days: dict[date, tuple[tuple[int, State], ...]] = field(default_factory=dict, repr=False)

    def at(self, at_ms: int) -> State:
        today = self.sky.day(at_ms)
        # What began yesterday may end after midnight.
        for day in (today, today - timedelta(days=1)):
            events = self.of_day(day)
            index = bisect_right(events, at_ms, key=lambda event: event[0])
            if index:
                return events[index - 1][1]
        return self.states[0]

    def changes(self, start_ms: int, end_ms: int) -> Iterator[tuple[int, State]]:
        day = self.sky.day(start_ms) - timedelta(days=1)
        last = self.sky.day(end_ms)
        while day <= last:
            yield from (event for event in self.of_day(day) if start_ms <= event[0] < end_ms)
            day += timedelta(days=1)

    def of_day(self, day: date) -> tuple[tuple[int, State], ...]:
        """Changes that belong to what began on that day."""
        events = self._days.get(day)
        if events is None:
            events = self._days[day] = tuple(self._make(day))
        return events

    def _make(self, day: date) -> Iterator[tuple[int, State]]:
        midnight_ms = round(datetime.combine(day, time(), self.sky.zone).timestamp() * 1000)
        resting, active = self.states
        for number, habit in enumerate(self.habits):
            salt = day.toordinal() * 1000 + number * 300
            for start_ms, end_ms in habit.spans(midnight_ms, self.sky, self.name, salt):
                yield start_ms, active
                yield end_ms, resting


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A routine up to a time of quiet, from which on it stays in one state: what a person can change keeps still."""

    routine: Routine
    from_ms: int
    state: State

    @property
    def states(self) -> tuple[State, State]:
        return self.routine.states

    def at(self, at_ms: int) -> State:
        return self.state if at_ms >= self.from_ms else self.routine.at(at_ms)

    def changes(self, start_ms: int, end_ms: int) -> Iterator[tuple[int, State]]:
        yield from self.routine.changes(start_ms, min(end_ms, self.from_ms))
        if start_ms <= self.from_ms < end_ms and self.routine.at(self.from_ms - 1) != self.state:
            yield self.from_ms, self.state


@dataclass(frozen=True, kw_only=True)
class Level:
    """The number that goes with each state of a routine: the position of what is open or closed."""

    routine: Routine
    resting: float
    active: float

    def at(self, at_ms: int) -> float:
        return self._number(self.routine.at(at_ms))

    def changes(self, start_ms: int, end_ms: int) -> Iterator[tuple[int, float]]:
        return ((at_ms, self._number(state)) for at_ms, state in self.routine.changes(start_ms, end_ms))

    def _number(self, state: State) -> float:
        return self.active if state == self.routine.states[1] else self.resting


@dataclass(frozen=True, kw_only=True)
class Spans:
    """A routine that is active in given spans (start_ms, end_ms), in order, and rests at all other times."""

    states: tuple[State, State]
    spans: tuple[tuple[int, int], ...] = ()

    def at(self, at_ms: int) -> State:
        return self.states[any(start_ms <= at_ms < end_ms for start_ms, end_ms in self.spans)]

    def changes(self, start_ms: int, end_ms: int) -> Iterator[tuple[int, State]]:
        for began_ms, ended_ms in self.spans:
            for at_ms, active in ((began_ms, True), (ended_ms, False)):
                if start_ms <= at_ms < end_ms:
                    yield at_ms, self.states[active]


def front_door_spans(sky: Sky, *, start_ms: int, now_ms: int) -> tuple[tuple[int, int], ...]:
    """When the front door stood open between `start_ms` and `now_ms`: last this morning, once, and not since.

    Before half past five there was no morning yet: it was yesterday evening then.
    """
    habits = Habits(
        sky=sky,
        name="front door",
        states=(False, True),
        habits=(
            Habit(from_hour=7.3, to_hour=8.6, times=2, shortest_seconds=12, longest_seconds=45),
            Habit(from_hour=12, to_hour=15, times=1, shortest_seconds=10, longest_seconds=40, likelihood=0.6),
            Habit(from_hour=16.5, to_hour=20.5, times=3, shortest_seconds=12, longest_seconds=90, likelihood=0.8),
        ),
    )
    midnight = datetime.combine(sky.day(now_ms), time(), sky.zone)
    midnight_ms = round(midnight.timestamp() * 1000)
    changes = [at_ms for at_ms, _ in habits.changes(start_ms, midnight_ms)]
    spans = [(opened, closed) for opened, closed in zip(changes[::2], changes[1::2], strict=False)]
    half_past_five_ms = midnight_ms + round(5.5 * HOUR_MS)
    opened_ms = min(midnight_ms + round(7.7 * HOUR_MS), now_ms - 20 * MINUTE_MS)
    if opened_ms >= half_past_five_ms:
        spans.append((opened_ms, opened_ms + 24_000))
    return tuple(spans)


def around(spans: tuple[tuple[int, int], ...], *, before_ms: int, after_ms: int) -> tuple[tuple[int, int], ...]:
    """Spans that begin earlier and end later, joined where they meet: a lock is open around the door's opening."""
    joined: list[tuple[int, int]] = []
    for start_ms, end_ms in spans:
        wide = (start_ms - before_ms, end_ms + after_ms)
        if joined and wide[0] <= joined[-1][1]:
            joined[-1] = (joined[-1][0], wide[1])
        else:
            joined.append(wide)
    return tuple(joined)
