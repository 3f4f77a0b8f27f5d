"""Reads numeric series over spans: roll-ups where they are, single readings at the edges and wherever they are not."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sensors.database import Row
from sensors.encoding import decoded, decoded_column
from sensors.measures import Aggregate, Direction, Total, Trend
from sensors.periods import Span
from sensors.progress import Fetch, Kind, Progress, Segment, plan, progress_of
from sensors.reckoning import (
    DAY_MS,
    ENOUGH_SAMPLES,
    HOUR_MS,
    Hour,
    Moments,
    by_hour,
    gaps_between,
    hold_limit_ms,
    holds,
)

MOST_GAPS = 5
FINE_TREND_MS = DAY_MS
"""A trend over no more than this goes by each value and the time it held, over more by the means of hours."""

_HALF_HOUR_MS = HOUR_MS // 2
_OF_HOURS = "FROM hours WHERE series = :series AND hour >= :from AND hour < :until"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Single readings between two times with the last before them, and the hold limits of their days."""

    start_ms: int
    end_ms: int
    samples: list[tuple[int, float]]
    limits: dict[int, int]

    def held(self) -> list[tuple[int, int, float]]:
        return list(holds(self.samples, self.limits, self.start_ms, self.end_ms))


async def read_raw(fetch: Fetch, series: int, start_ms: int, end_ms: int, raw_from_ms: int) -> Raw:
    rows = await fetch(
        "SELECT at_ms, value FROM numbers WHERE series = :series AND at_ms < :end AND at_ms >= coalesce("
        "(SELECT max(at_ms) FROM numbers WHERE series = :series AND at_ms < :start), :start) ORDER BY at_ms",
        {"series": series, "start": start_ms, "end": end_ms},
    )
    samples = [(at_ms, decoded(value)) for at_ms, value in rows]
    per_day = Counter(at_ms // DAY_MS for at_ms, _ in samples)
    limits = {}
    for day in per_day:
        before_ms = (day - 1) * DAY_MS
        if before_ms >= start_ms:
            count = per_day[day - 1]  # read as a whole, since a sample of the day after was
        else:
            count = await _count_on(fetch, series, before_ms, before_ms < raw_from_ms)
        limits[day] = hold_limit_ms(count)
    return Raw(start_ms=start_ms, end_ms=end_ms, samples=samples, limits=limits)


async def _count_on(fetch: Fetch, series: int, day_ms: int, rolled: bool) -> int:
    if rolled:
        rows = await fetch(
            "SELECT coalesce(sum(count), 0) FROM hours WHERE series = ? AND hour >= ? AND hour < ?",
            (series, day_ms // HOUR_MS, (day_ms + DAY_MS) // HOUR_MS),
        )
    else:
        rows = await fetch(
            "SELECT count(*) FROM (SELECT 1 FROM numbers WHERE series = ? AND at_ms >= ? AND at_ms < ? LIMIT ?)",
            (series, day_ms, day_ms + DAY_MS, ENOUGH_SAMPLES),
        )
    return int(rows[0][0])


@dataclass(slots=True)
class _Whole:
    """What the segments of a span come to together."""

    sums: Hour = field(default_factory=Hour)
    gaps: list[tuple[int, int]] = field(default_factory=list)

    def gap(self, begin_ms: int, end_ms: int) -> None:
        if self.gaps and self.gaps[-1][1] == begin_ms:
            begin_ms = self.gaps.pop()[0]
        self.gaps.append((begin_ms, end_ms))

    def longest_gaps(self) -> tuple[Span, ...]:
        ranked = sorted(self.gaps, key=lambda gap: (gap[0] - gap[1], gap[0]))
        return tuple(Span(start_ms=begin, end_ms=end) for begin, end in ranked[:MOST_GAPS])


RolledSums = Callable[[dict[str, int]], Awaitable[Hour]]
"""Takes parameters for `_OF_HOURS`."""


class NumberHistory:
    """One numeric series, read through `fetch`."""

    def __init__(self, fetch: Fetch, series: int) -> None:
        self._fetch = fetch
        self._series = series

    async def aggregate(self, span: Span) -> Aggregate | None:
        segments, whole = await self._whole(span, self._levels)
        sums = whole.sums
        if not sums.held_ms:
            return None
        return Aggregate(
            mean=sums.area / sums.held_ms,
            minimum=sums.low,
            minimum_at_ms=sums.low_at_ms,
            maximum=sums.high,
            maximum_at_ms=sums.high_at_ms,
            count=sums.count,
            covered=_covered(sums.held_ms, segments),
            gaps=whole.longest_gaps(),
            resolution_ms=_resolution_ms(span, segments),
        )

    async def total(self, span: Span) -> Total | None:
        segments, whole = await self._whole(span, self._increases)
        sums = whole.sums
        if not sums.held_ms:
            return None
        return Total(
            value=sums.increase,
            resets=sums.resets,
            covered=_covered(sums.held_ms, segments),
            gaps=whole.longest_gaps(),
            resolution_ms=_resolution_ms(span, segments),
        )

    async def trend(self, span: Span) -> Trend | None:
        progress = await progress_of(self._fetch, self._series, Kind.NUMBERS)
        segments = plan(span, progress)
        start_ms, end_ms = segments[0].start_ms, segments[-1].end_ms
        fine = end_ms - start_ms <= FINE_TREND_MS and start_ms >= progress.raw_from_ms
        if fine:
            segments = (Segment(start_ms=start_ms, end_ms=end_ms, rolled=False),)
        moments = Moments()
        for segment in segments:
            if segment.rolled:
                await self._add_rolled_moments(moments, segment, start_ms)
            else:
                await self._add_raw_moments(moments, segment, start_ms, progress, fine)
        if not moments.weight:
            return None
        slope, spread = moments.line()
        change = slope * (end_ms - start_ms) / HOUR_MS
        direction = Direction.RISING if change > 0 else Direction.FALLING
        return Trend(
            slope_per_hour=slope,
            first=await self._first_level(start_ms, end_ms, progress),
            last=await self._last_level(start_ms, end_ms, progress),
            direction=direction if abs(change) > spread + 1e-9 else Direction.STEADY,
            covered=_covered(moments.weight, segments),
            resolution_ms=_resolution_ms(span, segments),
        )

    async def _whole(self, span: Span, rolled_sums: RolledSums) -> tuple[tuple[Segment, ...], _Whole]:
        progress = await progress_of(self._fetch, self._series, Kind.NUMBERS)
        segments = plan(span, progress)
        whole = _Whole()
        for segment in segments:
            if segment.rolled:
                whole.sums.follow(await rolled_sums(self._hours(segment)))
                for begin, end in sorted(await self._rolled_gaps(segment)):
                    whole.gap(begin, end)
            else:
                await self._add_raw(whole, segment, progress)
        return segments, whole

    async def _add_raw(self, whole: _Whole, segment: Segment, progress: Progress) -> None:
        raw = await self._raw(segment, progress)
        held = raw.held()
        for hour in by_hour(raw.samples, held, segment.start_ms, segment.end_ms).values():
            whole.sums.follow(hour)
        for begin, end in gaps_between(held, segment.start_ms, segment.end_ms):
            whole.gap(begin, end)

    async def _raw(self, segment: Segment, progress: Progress) -> Raw:
        return await read_raw(self._fetch, self._series, segment.start_ms, segment.end_ms, progress.raw_from_ms)

    def _hours(self, segment: Segment) -> dict[str, int]:
        return {"series": self._series, "from": segment.start_ms // HOUR_MS, "until": segment.end_ms // HOUR_MS}

    async def _levels(self, where: dict[str, int]) -> Hour:
        """What roll-ups tell of how high a series was; apart from what they tell of a meter, since each takes time."""
        rows = await self._fetch(f"SELECT sum(held_ms), sum(area), sum(count) {_OF_HOURS}", where)
        held_ms, area, count = rows[0]
        if held_ms is None:
            return Hour()
        low, low_at_ms = await self._extreme(where, "low", "ASC")
        high, high_at_ms = await self._extreme(where, "high", "DESC")
        return Hour(
            held_ms=held_ms,
            area=area,
            count=count,
            low=low,
            low_at_ms=low_at_ms,
            high=high,
            high_at_ms=high_at_ms,
        )

    async def _increases(self, where: dict[str, int]) -> Hour:
        rows = await self._fetch(
            f"SELECT sum(held_ms), sum({decoded_column('increase')}), sum(resets) {_OF_HOURS}", where
        )
        held_ms, increase, resets = rows[0]
        return Hour() if held_ms is None else Hour(held_ms=held_ms, increase=increase, resets=resets)

    async def _extreme(self, where: dict[str, int], column: str, order: str) -> tuple[float, int]:
        rows = await self._fetch(
            f"SELECT {decoded_column(column)} AS extreme, hour * {HOUR_MS} + {column}_offset_ms"
            f" {_OF_HOURS} ORDER BY extreme {order}, hour LIMIT 1",
            where,
        )
        return rows[0][0], rows[0][1]

    async def _rolled_gaps(self, segment: Segment) -> list[Row]:
        """The longest, and those at the ends of the segment, which may go on in its neighbours."""
        return await self._fetch(
            "SELECT * FROM (SELECT max(start_ms, :from) AS since, min(end_ms, :until) AS till FROM gaps"
            " WHERE series = :series AND start_ms < :until AND start_ms >= coalesce("
            "(SELECT max(start_ms) FROM gaps WHERE series = :series AND start_ms <= :from), :from)) WHERE till > since"
            " ORDER BY (since = :from) + (till = :until) DESC, till - since DESC, since LIMIT :most",
            {"series": self._series, "from": segment.start_ms, "until": segment.end_ms, "most": MOST_GAPS + 2},
        )

    async def _add_rolled_moments(self, moments: Moments, segment: Segment, origin_ms: int) -> None:
        x = f"((hour * {HOUR_MS} + {_HALF_HOUR_MS} - :origin) / {HOUR_MS}.0)"
        sums = await self._fetch(
            f"SELECT sum(held_ms), sum(held_ms * {x}), sum(area), sum(held_ms * {x} * {x}), sum(area * {x}),"
            f" sum(area * area / held_ms) {_OF_HOURS}",
            {**self._hours(segment), "origin": origin_ms},
        )
        if sums[0][0] is not None:
            moments.add(*sums[0])

    async def _add_raw_moments(
        self, moments: Moments, segment: Segment, origin_ms: int, progress: Progress, fine: bool
    ) -> None:
        raw = await self._raw(segment, progress)
        if fine:
            for begin, end, value in raw.held():
                moments.point(((begin + end) / 2 - origin_ms) / HOUR_MS, value, end - begin)
            return
        for number, hour in by_hour(raw.samples, raw.held(), segment.start_ms, segment.end_ms).items():
            begin = max(number * HOUR_MS, segment.start_ms)
            middle = (begin + min((number + 1) * HOUR_MS, segment.end_ms)) / 2
            moments.point((middle - origin_ms) / HOUR_MS, hour.area / hour.held_ms, hour.held_ms)

    async def _first_level(self, start_ms: int, end_ms: int, progress: Progress) -> float:
        if start_ms < progress.raw_from_ms:
            mean = await self._hourly_mean(start_ms, min(end_ms, progress.raw_from_ms), "ASC")
            if mean is not None:
                return mean
            start_ms = progress.raw_from_ms
        rows = await self._fetch(
            "SELECT min(at_ms) FROM numbers WHERE series = ? AND at_ms >= ? AND at_ms < ?",
            (self._series, start_ms, end_ms),
        )
        until_ms = end_ms if rows[0][0] is None else rows[0][0] + 1
        raw = await read_raw(self._fetch, self._series, start_ms, until_ms, progress.raw_from_ms)
        return next(holds(raw.samples, raw.limits, start_ms, until_ms))[2]

    async def _last_level(self, start_ms: int, end_ms: int, progress: Progress) -> float:
        if end_ms <= progress.raw_from_ms:
            mean = await self._hourly_mean(start_ms, end_ms, "DESC")
            if mean is not None:
                return mean
        rows = await self._fetch(
            "SELECT value FROM numbers WHERE series = ? AND at_ms < ? ORDER BY at_ms DESC LIMIT 1",
            (self._series, end_ms),
        )
        return decoded(rows[0][0])

    async def _hourly_mean(self, start_ms: int, end_ms: int, order: str) -> float | None:
        rows = await self._fetch(
            "SELECT area / held_ms FROM hours WHERE series = ? AND hour >= ? AND hour < ?"
            f" ORDER BY hour {order} LIMIT 1",
            (self._series, start_ms // HOUR_MS, end_ms // HOUR_MS),
        )
        return float(rows[0][0]) if rows else None


def _covered(held_ms: float, segments: tuple[Segment, ...]) -> float:
    return held_ms / (segments[-1].end_ms - segments[0].start_ms)


def _resolution_ms(span: Span, segments: tuple[Segment, ...]) -> int:
    moved = (segments[0].start_ms, segments[-1].end_ms) != (span.start_ms, span.end_ms)
    return HOUR_MS if moved else 1
