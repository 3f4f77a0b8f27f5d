"""What readings come to, hour by hour and day by day: pure, the one definition behind roll-ups and raw answers.

A sample holds until the next one, but no longer than three times the usual distance between samples: a day divided by
the number of samples on the UTC day before, kept between half an hour and six hours.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

SHORTEST_HOLD_MS = HOUR_MS // 2
LONGEST_HOLD_MS = 6 * HOUR_MS
"""Devices that report on change are silent for a while, dead ones for days."""

ENOUGH_SAMPLES = 3 * DAY_MS // SHORTEST_HOLD_MS
"""Samples on a day from which on the limit is the shortest; nobody need count further."""

_RESET_BELOW = 0.9

Held = tuple[int, int, float]
"""From, until (both in ms) and the value that held."""

Limits = Mapping[int, int]
"""UTC day number to the hold limit of its samples."""


def hold_limit_ms(samples_of_day_before: int) -> int:
    """For how long a sample holds at most, given how many there were on the UTC day before its own."""
    if samples_of_day_before == 0:
        return LONGEST_HOLD_MS
    return min(max(3 * DAY_MS // samples_of_day_before, SHORTEST_HOLD_MS), LONGEST_HOLD_MS)


def holds(samples: Sequence[tuple[int, float]], limits: Limits, start_ms: int, end_ms: int) -> Iterator[Held]:
    """The stretches between two times for which a sample held. `samples` are in order, with the last before them."""
    following = [at_ms for at_ms, _ in samples[1:]]
    for (at_ms, value), next_ms in zip(samples, [*following, end_ms], strict=False):
        begin = max(at_ms, start_ms)
        end = min(next_ms, at_ms + limits[at_ms // DAY_MS], end_ms)
        if end > begin:
            yield begin, end, value


def gaps_between(held: Iterable[Held], start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """The stretches for which nothing held, in order."""
    until = start_ms
    for begin, end, _ in held:
        if begin > until:
            yield until, begin
        until = end
    if end_ms > until:
        yield until, end_ms


def increase(before: float, value: float) -> tuple[float, bool]:
    """By how much a meter went up between two readings, and whether it had begun again.

    A fall by more than a tenth is a reset, after which the reading counts from zero. A smaller fall is noise, as Home
    Assistant has it: it counts as it is, so that it and the rise after it come to nothing.
    """
    if 0 <= value < _RESET_BELOW * before:
        return value, True
    return value - before, False


@dataclass(slots=True)
class Hour:
    """What a numeric series comes to in an hour, in a part of it, or in many together."""

    held_ms: int = 0
    area: float = 0.0
    """Values times the milliseconds for which they held."""
    count: int = 0
    low: float = math.inf
    low_at_ms: int = 0
    high: float = -math.inf
    high_at_ms: int = 0
    increase: float = 0.0
    resets: int = 0

    def hold(self, begin_ms: int, end_ms: int, value: float) -> None:
        self.held_ms += end_ms - begin_ms
        self.area += value * (end_ms - begin_ms)
        if value < self.low:
            self.low, self.low_at_ms = value, begin_ms
        if value > self.high:
            self.high, self.high_at_ms = value, begin_ms

    def follow(self, later: "Hour") -> None:
        """Adds what came later in time."""
        self.held_ms += later.held_ms
        self.area += later.area
        self.count += later.count
        self.increase += later.increase
        self.resets += later.resets
        if later.low < self.low:
            self.low, self.low_at_ms = later.low, later.low_at_ms
        if later.high > self.high:
            self.high, self.high_at_ms = later.high, later.high_at_ms


def by_hour(samples: Sequence[tuple[int, float]], held: Iterable[Held], start_ms: int, end_ms: int) -> dict[int, Hour]:
    """Hours since 1970 that have data between two times, in order of time. Takes what `holds` takes and gives."""
    hours: dict[int, Hour] = {}
    for begin, end, value in held:
        while begin < end:
            number = begin // HOUR_MS
            cut = min(end, (number + 1) * HOUR_MS)
            hours.setdefault(number, Hour()).hold(begin, cut, value)
            begin = cut
    if samples and samples[0][0] >= start_ms:
        hours[samples[0][0] // HOUR_MS].count += 1  # the first ever: nothing to compare it with
    for (_, before), (at_ms, value) in pairwise(samples):
        if start_ms <= at_ms < end_ms:
            hour = hours[at_ms // HOUR_MS]
            hour.count += 1
            more, reset = increase(before, value)
            hour.increase += more
            hour.resets += reset
    return hours


@dataclass(slots=True)
class Moments:
    """Weighted sums over points, of which the line that fits them best is found; x in hours."""

    weight: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0

    def point(self, x: float, y: float, weight: float) -> None:
        self.add(weight, weight * x, weight * y, weight * x * x, weight * x * y, weight * y * y)

    def add(self, weight: float, x: float, y: float, xx: float, xy: float, yy: float) -> None:
        self.weight += weight
        self.x += x
        self.y += y
        self.xx += xx
        self.xy += xy
        self.yy += yy

    def line(self) -> tuple[float, float]:
        """The slope of the line, and how far the points scatter around it (standard deviation)."""
        spread_x = self.xx - self.x * self.x / self.weight
        spread_y = self.yy - self.y * self.y / self.weight
        if spread_x <= 1e-9 * self.weight:  # a few seconds: no line
            return 0.0, math.sqrt(max(spread_y, 0.0) / self.weight)
        both = self.xy - self.x * self.y / self.weight
        slope = both / spread_x
        return slope, math.sqrt(max(spread_y - slope * both, 0.0) / self.weight)


Run = tuple[str, int, int, bool]
"""A state, from when until when it held unbroken (in ms), and whether the series came into it at the beginning."""


def runs(records: Sequence[tuple[int, str]], start_ms: int, end_ms: int) -> Iterator[Run]:
    """The states between two times. `records` are in order, with the last before them; repetitions are joined.

    The very first record of all is no coming, nor is one that repeats the state before.
    """
    current: str | None = None
    since, came = start_ms, False
    for at_ms, state in records:
        if at_ms >= end_ms:
            break
        if state == current:
            continue
        if current is not None and at_ms > since:
            yield current, since, at_ms, came
        came = current is not None and at_ms >= start_ms
        current, since = state, max(at_ms, start_ms)
    if current is not None and end_ms > since:
        yield current, since, end_ms, came


@dataclass(slots=True)
class Stay:
    """How a series was in one state during a day, a part of it, or many days in order."""

    ms: int = 0
    entries: int = 0
    first_ms: int | None = None
    last_ms: int | None = None
    """When the series first and last came into the state."""
    head_ms: int = 0
    tail_ms: int = 0
    """For how long it was in the state unbroken from the beginning, and up to the end."""
    longest_ms: int = 0
    longest_at_ms: int | None = None


def stays(all_runs: Iterable[Run], start_ms: int, end_ms: int) -> dict[str, Stay]:
    """What the runs between two times come to for each state."""
    found: dict[str, Stay] = {}
    for state, begin, end, came in all_runs:
        mine = found.setdefault(state, Stay())
        mine.ms += end - begin
        if came:
            mine.entries += 1
            mine.first_ms = begin if mine.first_ms is None else mine.first_ms
            mine.last_ms = begin
        if begin == start_ms:
            mine.head_ms = end - begin
        if end == end_ms:
            mine.tail_ms = end - begin
        if end - begin > mine.longest_ms:
            mine.longest_ms, mine.longest_at_ms = end - begin, begin
    return found


def join(before: Stay, after: Stay, start_ms: int, middle_ms: int, end_ms: int) -> Stay:
    """Two neighbouring stretches as one: what lasted over the border between them was one stay."""
    crossing = before.tail_ms + after.head_ms
    longest, longest_at = max(
        (before.longest_ms, before.longest_at_ms),
        (crossing, middle_ms - before.tail_ms),
        (after.longest_ms, after.longest_at_ms),
        key=lambda one: one[0],
    )
    return Stay(
        ms=before.ms + after.ms,
        entries=before.entries + after.entries,
        first_ms=after.first_ms if before.first_ms is None else before.first_ms,
        last_ms=before.last_ms if after.last_ms is None else after.last_ms,
        head_ms=crossing if before.head_ms == middle_ms - start_ms else before.head_ms,
        tail_ms=crossing if after.tail_ms == end_ms - middle_ms else after.tail_ms,
        longest_ms=longest,
        longest_at_ms=longest_at if longest else None,
    )


def by_day(records: Sequence[tuple[int, str]], start_ms: int, end_ms: int) -> Iterator[tuple[int, dict[str, Stay]]]:
    """UTC days that have a record between two midnights: each state of the day, and the one that it came with."""
    at = 0
    while at < len(records):
        day = records[at][0] // DAY_MS
        first, day_ms = at, day * DAY_MS
        while at < len(records) and records[at][0] // DAY_MS == day:
            at += 1
        if not start_ms <= day_ms < end_ms:
            continue
        mine = records[max(first - 1, 0) : at]
        found = stays(runs(mine, day_ms, day_ms + DAY_MS), day_ms, day_ms + DAY_MS)
        yield day, {mine[0][1]: Stay(), **found}
