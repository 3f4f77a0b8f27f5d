"""What can be asked of the readings. Holds every SELECT over them, on a connection that cannot write.

Works while another process writes. Raises StoreUnavailable where the file cannot be read, TookTooLong past the
deadline.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sensors.guard import Guard
from sensors.home import House
from sensors.periods import Span
from sensors.reading import SeriesKey
from sensors.store import DECODED_VALUE, ENTITY

SHORTEST_HOLD_MS = 30 * 60_000
LONGEST_HOLD_MS = 6 * 3_600_000
"""A sample is taken to hold until the next one, but no longer than three times the usual distance between samples;
and that limit lies between these two: devices that report on change are silent for a while, dead ones for days."""

_PAGE = 50_000
_FEW_KEYS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a series says now."""

    value: float | str
    at_ms: int
    """When that was recorded; for a state, since when it holds."""
    seen_ms: int
    """When the device last reported the series at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A series took another value than it had."""

    value: float | str
    at_ms: int
    before: float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A numeric series over a span, in the unit of its aspect."""

    mean: float
    """Weighted with the time for which each sample held, so that a sensor which reports on change is not distorted."""
    minimum: float
    minimum_at_ms: int
    maximum: float
    maximum_at_ms: int
    count: int
    """Samples inside the span."""
    covered: float
    """Share of the span (0..1) for which a sample held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    entities: int
    series: int
    numbers: int
    states: int


def hold_limit_ms(count: int, first_ms: int, last_ms: int) -> int:
    """For how long a sample is taken to hold, given how many there are and how far apart the outermost lie."""
    if count < 2:
        return SHORTEST_HOLD_MS
    usual = (last_ms - first_ms) // (count - 1)
    return min(max(3 * usual, SHORTEST_HOLD_MS), LONGEST_HOLD_MS)


# The samples of a span, with the one before it moved to its start; each with the time until the next.
_HELD = f"""
    WITH held AS (
        SELECT at_ms, {DECODED_VALUE} AS value FROM numbers WHERE series = :series AND at_ms >= :start AND at_ms < :end
        UNION ALL SELECT :start, :carried WHERE :carried IS NOT NULL
    ), timed AS (
        SELECT value, min(coalesce(lead(at_ms) OVER (ORDER BY at_ms), :end) - at_ms,
                          CASE WHEN at_ms = :start AND :carried IS NOT NULL THEN :left ELSE :limit END) AS ms
        FROM held
    )
    SELECT sum(value * ms), sum(ms) FROM timed
"""


class Questions:
    """Async context manager over a guarded connection."""

    def __init__(self, path: Path, *, deadline_seconds: float = 2.0) -> None:
        self._guard = Guard(path, deadline_seconds=deadline_seconds)
        self._house: House | None = None
        self._series: dict[SeriesKey, int] = {}

    async def __aenter__(self) -> Self:
        await self._guard.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._guard.__aexit__(kind, error, trace)

    async def house(self) -> House:
        """The house as it is now; read again only when it has changed."""
        row = await self._guard.fetch_one("SELECT value FROM meta WHERE name = 'house_version'")
        version = int(row[0]) if row else 0
        if self._house is None or self._house.version != version:
            rows = await self._guard.fetch_all("SELECT definition FROM entity ORDER BY id")
            self._house = House(version=version, entities=tuple(ENTITY.validate_json(row[0]) for row in rows))
        return self._house

    async def unavailable(self) -> frozenset[str]:
        """Ids of the entities whose device says that it cannot be reached."""
        rows = await self._guard.fetch_all("SELECT id FROM entity WHERE available = 0")
        return frozenset(row[0] for row in rows)

    async def latest(self, keys: Sequence[SeriesKey]) -> dict[SeriesKey, Sample]:
        """What each series says now, without those that have said nothing."""
        statement = (
            "SELECT s.entity_id, s.aspect, typeof(l.value), CASE typeof(l.value) WHEN 'integer' THEN l.value / 1000.0"
            " ELSE l.value END, l.at_ms, l.seen_ms FROM series s JOIN latest l ON l.series = s.id"
        )
        wanted = set(keys)
        if len(wanted) <= _FEW_KEYS:
            rows = []
            for key in wanted:
                condition = " WHERE s.entity_id = ? AND s.aspect = ?"
                rows += await self._guard.fetch_all(statement + condition, (key.entity_id, key.aspect))
        else:
            rows = await self._guard.fetch_all(statement)
        found = {}
        for entity_id, aspect, _, value, at_ms, seen_ms in rows:
            key = SeriesKey(entity_id=entity_id, aspect=aspect)
            if key in wanted:
                found[key] = Sample(value=value, at_ms=at_ms, seen_ms=seen_ms)
        return found

    async def last_change(self, key: SeriesKey, state: str | None, at_or_before_ms: int) -> Change | None:
        """When the series last came into `state`, or for None last changed at all.

        None where that has not been seen: the first value ever recorded is no change, it may have been so for years.
        """
        series = await self._series_id(key)
        if series is None:
            return None
        for table in ("states", "numbers"):
            row = await self._guard.fetch_one(
                f"SELECT at_ms, {DECODED_VALUE}, before FROM ("
                f" SELECT at_ms, value, (SELECT {DECODED_VALUE.replace('value', 'p.value')} FROM {table} p"
                f"  WHERE p.series = t.series AND p.at_ms < t.at_ms ORDER BY p.at_ms DESC LIMIT 1) AS before"
                f" FROM {table} t WHERE series = :series AND at_ms <= :until AND (:state IS NULL OR value = :state)"
                f" ORDER BY at_ms DESC) WHERE before <> {DECODED_VALUE} LIMIT 1",
                {"series": series, "until": at_or_before_ms, "state": state},
            )
            if row is not None:
                return Change(value=row[1], at_ms=row[0], before=row[2])
        return None

    async def recorded_since_ms(self, key: SeriesKey) -> int | None:
        """When the first reading of the series was recorded."""
        series = await self._series_id(key)
        if series is None:
            return None
        rows = [
            await self._guard.fetch_one(f"SELECT min(at_ms) FROM {table} WHERE series = ?", (series,))
            for table in ("numbers", "states")
        ]
        times = [int(row[0]) for row in rows if row and row[0] is not None]
        return min(times, default=None)

    async def aggregate(self, key: SeriesKey, span: Span) -> Aggregate | None:
        """Time-weighted mean, extremes with their first times, and coverage; None where nothing held in the span.

        The sample before the span counts from its start for as long as it would still have held.
        """
        series = await self._series_id(key)
        if series is None or span.end_ms <= span.start_ms:
            return None
        where = {"series": series, "start": span.start_ms, "end": span.end_ms}
        count, first_ms, last_ms = await self._extent(where)
        # Two, because the distance between them tells how often a sensor reports that was silent in a short span.
        earlier = await self._guard.fetch_all(
            f"SELECT at_ms, {DECODED_VALUE} FROM numbers WHERE series = ? AND at_ms < ? ORDER BY at_ms DESC LIMIT 2",
            (series, span.start_ms),
        )
        before = earlier[0] if earlier else None
        oldest_ms = earlier[-1][0] if earlier else first_ms
        newest_ms = last_ms if count else oldest_ms if before is None else before[0]
        limit = hold_limit_ms(count + len(earlier), oldest_ms, newest_ms)
        left = before[0] + limit - span.start_ms if before else 0
        carried = before[1] if before and left > 0 and first_ms != span.start_ms else None
        if count == 0 and carried is None:
            return None
        weights = await self._guard.fetch_one(_HELD, {**where, "carried": carried, "limit": limit, "left": left})
        if weights is None or not weights[1]:
            return None
        low, high = [await self._extreme(where, carried, order) for order in ("ASC", "DESC")]
        return Aggregate(
            mean=weights[0] / weights[1],
            minimum=low[0],
            minimum_at_ms=low[1],
            maximum=high[0],
            maximum_at_ms=high[1],
            count=count,
            covered=weights[1] / (span.end_ms - span.start_ms),
        )

    async def _extent(self, where: dict[str, int]) -> tuple[int, int, int]:
        """How many samples the span has, and the times of its first and last (0 for none)."""
        row = await self._guard.fetch_one(
            "SELECT count(*), coalesce(min(at_ms), 0), coalesce(max(at_ms), 0) FROM numbers"
            " WHERE series = :series AND at_ms >= :start AND at_ms < :end",
            where,
        )
        return (row[0], row[1], row[2]) if row else (0, 0, 0)

    async def _extreme(self, where: dict[str, int], carried: float | None, order: str) -> tuple[float, int]:
        row = await self._guard.fetch_one(
            f"SELECT {DECODED_VALUE} AS decoded, at_ms FROM numbers"
            f" WHERE series = :series AND at_ms >= :start AND at_ms < :end ORDER BY decoded {order}, at_ms LIMIT 1",
            where,
        )
        candidates = [(carried, where["start"])] if carried is not None else []
        if row is not None:
            candidates.append((row[0], row[1]))
        sign = 1 if order == "ASC" else -1
        return min(candidates, key=lambda pair: (sign * pair[0], pair[1]))

    async def fingerprint(self, *, before_ms: int | None = None) -> str:
        """SHA-256, in hexadecimal, over every row of readings, or of those from before a time."""
        digest = hashlib.sha256()
        until = 2**62 if before_ms is None else before_ms
        for table in ("numbers", "states"):
            digest.update(table.encode())
            last = (-1, -1)
            while True:
                rows = await self._guard.fetch_all(
                    f"SELECT series, at_ms, value FROM {table} WHERE (series, at_ms) > (?, ?) AND at_ms < ?"
                    f" ORDER BY series, at_ms LIMIT {_PAGE}",
                    (*last, until),
                )
                digest.update(repr(rows).encode())
                if len(rows) < _PAGE:
                    break
                last = (rows[-1][0], rows[-1][1])
        return digest.hexdigest()

    async def counts(self) -> Counts:
        """How many rows there are of each kind."""
        found = [
            await self._guard.fetch_one(f"SELECT count(*) FROM {name}")
            for name in ("entity", "series", "numbers", "states")
        ]
        entities, series, numbers, states = (int(row[0]) if row else 0 for row in found)
        return Counts(entities=entities, series=series, numbers=numbers, states=states)

    async def _series_id(self, key: SeriesKey) -> int | None:
        if key not in self._series:
            row = await self._guard.fetch_one(
                "SELECT id FROM series WHERE entity_id = ? AND aspect = ?", (key.entity_id, key.aspect)
            )
            if row is None:
                return None
            self._series[key] = int(row[0])
        return self._series[key]
