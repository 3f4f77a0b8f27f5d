"""How far a series is rolled up, and how to read a span of it: roll-ups or single readings, part by part."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sensors.database import Parameters, Row
from sensors.periods import Span
from sensors.reckoning import DAY_MS, HOUR_MS, LONGEST_HOLD_MS

Fetch = Callable[[str, Parameters], Awaitable[list[Row]]]
"""Asks the database, through a guarded connection or through the writer's."""


class Kind(StrEnum):
    """What a series holds; each is the name of its table of single readings."""

    NUMBERS = "numbers"
    STATES = "states"


UNIT_MS = {Kind.NUMBERS: HOUR_MS, Kind.STATES: DAY_MS}
"""The stretch that one roll-up stands for: an hour of numbers, a (UTC) day of states."""

MARK_LATE = (
    "INSERT INTO progress (series, kind, stale_from_ms, stale_to_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " stale_from_ms = min(coalesce(stale_from_ms, excluded.stale_from_ms), excluded.stale_from_ms),"
    " stale_to_ms = max(coalesce(stale_to_ms, excluded.stale_to_ms), excluded.stale_to_ms)"
)
"""Takes series, kind and twice the time of a reading for which an hour or day may have been rolled up."""


LONGEST_RAW_MS = 7 * DAY_MS
"""More single readings are read in several parts, between which other tasks have their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a span, read from roll-ups or from single readings."""

    start_ms: int
    end_ms: int
    rolled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a series is rolled up; all on whole units."""

    unit_ms: int
    until_ms: int = 0
    raw_from_ms: int = 0
    """Before it the single readings are deleted (all but the last, which still tells what held)."""
    stale: Span | None = None
    """What is rolled up but not as it should be, since readings came late."""


def plan(span: Span, progress: Progress) -> tuple[Segment, ...]:
    """How to read a span, in order of time; it begins and ends at the nearest whole hour where readings are gone."""
    start_ms, end_ms = _reachable(span, progress)
    unit_ms = progress.unit_ms
    rolled_from = -(-start_ms // unit_ms) * unit_ms
    rolled_until = max(min(end_ms // unit_ms * unit_ms, progress.until_ms), rolled_from)
    marks = [(start_ms, False), (rolled_from, True), (rolled_until, False)]
    if progress.stale is not None:
        stale_from = min(max(progress.stale.start_ms, progress.raw_from_ms, rolled_from), rolled_until)
        stale_until = min(max(progress.stale.end_ms, stale_from), rolled_until)
        marks[2:2] = [(stale_from, False), (stale_until, True)]
    ends = [*(at_ms for at_ms, _ in marks[1:]), end_ms]
    return tuple(
        segment
        for (begin, rolled), end in zip(marks, ends, strict=True)
        for segment in _segments(begin, min(end, end_ms), rolled)
    )


def _segments(start_ms: int, end_ms: int, rolled: bool) -> Iterator[Segment]:
    while start_ms < end_ms:
        until_ms = end_ms if rolled else min((start_ms // LONGEST_RAW_MS + 1) * LONGEST_RAW_MS, end_ms)
        yield Segment(start_ms=start_ms, end_ms=until_ms, rolled=rolled)
        start_ms = until_ms


def _reachable(span: Span, progress: Progress) -> tuple[int, int]:
    start_ms, end_ms, unit_ms = span.start_ms, span.end_ms, progress.unit_ms
    if start_ms < progress.raw_from_ms:
        start_ms = (start_ms + unit_ms // 2) // unit_ms * unit_ms
        if end_ms < progress.raw_from_ms:
            end_ms = max((end_ms + unit_ms // 2) // unit_ms * unit_ms, start_ms + unit_ms)
    return start_ms, max(end_ms, start_ms + 1)


async def progress_of(fetch: Fetch, series: int, kind: Kind) -> Progress:
    rows = await fetch(
        "SELECT until_ms, raw_from_ms, stale_from_ms, stale_to_ms FROM progress WHERE series = ? AND kind = ?",
        (series, kind),
    )
    if not rows:
        return Progress(unit_ms=UNIT_MS[kind])
    until_ms, raw_from_ms, first_ms, last_ms = rows[0]
    stale = None if first_ms is None else await stale_span(fetch, series, kind, first_ms, last_ms)
    return Progress(unit_ms=UNIT_MS[kind], until_ms=until_ms, raw_from_ms=raw_from_ms, stale=stale)


async def stale_span(fetch: Fetch, series: int, kind: Kind, first_ms: int, last_ms: int) -> Span:
    """The hours or days that may be wrong after readings came late at times from `first_ms` to `last_ms`.

    That of the next reading too, which had been compared with an older one; of numbers also those into which a sample
    of then may hold, and the next day, to which that day sets the limit.
    """
    unit_ms = UNIT_MS[kind]
    rows = await fetch(f"SELECT min(at_ms) FROM {kind} WHERE series = ? AND at_ms > ?", (series, last_ms))
    reached_ms = max(last_ms, rows[0][0] or 0)
    end_ms = (reached_ms // unit_ms + 1) * unit_ms
    if kind is Kind.NUMBERS:
        end_ms = max(end_ms, (last_ms // DAY_MS + 2) * DAY_MS + LONGEST_HOLD_MS)
    return Span(start_ms=first_ms // unit_ms * unit_ms, end_ms=end_ms)
