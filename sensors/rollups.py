"""Rolls up hours and days that have closed, and again those for which readings came late; a little at a time.

An hour has closed when its series has a reading from a later one: what comes afterwards is late. So a row is written
once, while single readings answer for what is not rolled up yet.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from sensors.database import Database
from sensors.encoding import encode, tidy
from sensors.numbers import Raw, read_raw
from sensors.periods import Span
from sensors.progress import UNIT_MS, Kind, stale_span
from sensors.reckoning import DAY_MS, HOUR_MS, Hour, Stay, by_day, by_hour, gaps_between, holds
from sensors.states import read_records

ROWS_PER_STEP = 2_000
"""Readings that one transaction may take in: some tens of milliseconds, for which a writer may have to wait."""

SERIES_PER_STEP = 25
MOST_STATES = 50
"""A series with more states in a day is free text: nobody asks how long it was so, and its days would be many."""

_PAUSE_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is to be rolled up of one series. Times are on whole units."""

    series: int
    kind: Kind
    until_ms: int
    raw_from_ms: int
    closed_ms: int
    """Up to which everything has closed."""
    late: tuple[int, int] | None
    """Times of the first and last reading that came late."""


class Rollups:
    """The job. It shares the connection of the writer, so that neither finds the database locked by the other."""

    def __init__(
        self,
        database: Database,
        *,
        rows_per_step: int = ROWS_PER_STEP,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._rows_per_step = rows_per_step
        self._monotonic = monotonic
        self._free_text: set[int] = set()

    async def run_once(self, *, budget_seconds: float = 2.0) -> bool:
        """Works for about as long as that. True where everything that has closed is rolled up.

        Raises StoreUnavailable where the disk cannot take it; what was done until then stands.
        """
        end = self._monotonic() + budget_seconds
        while tasks := await self._tasks():
            for first in range(0, len(tasks), SERIES_PER_STEP):
                await self._step(tasks[first : first + SERIES_PER_STEP])
                if self._monotonic() >= end:
                    return False
                await asyncio.sleep(_PAUSE_SECONDS)
        return True

    async def _tasks(self) -> list[_Task]:
        rows = await self._database.fetch_all(
            "SELECT l.series, CASE typeof(l.value) WHEN 'text' THEN 'states' ELSE 'numbers' END AS own, l.at_ms,"
            " k.kind, coalesce(p.until_ms, 0), coalesce(p.raw_from_ms, 0), p.stale_from_ms, p.stale_to_ms"
            " FROM latest l CROSS JOIN (SELECT 'numbers' AS kind UNION ALL SELECT 'states') k"
            " LEFT JOIN progress p ON p.series = l.series AND p.kind = k.kind"
            " WHERE k.kind = own OR p.stale_from_ms IS NOT NULL"
        )
        tasks = []
        for series, own, at_ms, kind, until_ms, raw_from_ms, stale_from_ms, stale_to_ms in rows:
            unit_ms = UNIT_MS[Kind(kind)]
            closed_ms = at_ms // unit_ms * unit_ms if kind == own else until_ms
            late = None if stale_from_ms is None else (stale_from_ms, stale_to_ms)
            if (closed_ms > until_ms or late) and not (kind == Kind.STATES and series in self._free_text):
                tasks.append(
                    _Task(
                        series=series,
                        kind=Kind(kind),
                        until_ms=until_ms,
                        raw_from_ms=raw_from_ms,
                        closed_ms=closed_ms,
                        late=late,
                    )
                )
        return tasks

    async def _step(self, tasks: list[_Task]) -> None:
        """One transaction: something of each task, until it is enough."""
        read = 0
        async with self._database.atomic():
            for task in tasks:
                read += await (self._again(task) if task.late else self._further(task))
                if read >= self._rows_per_step:
                    break

    async def _further(self, task: _Task) -> int:
        start_ms = task.until_ms
        if not start_ms:
            rows = await self._database.fetch_all(
                f"SELECT min(at_ms) FROM {task.kind} WHERE series = ?", (task.series,)
            )
            start_ms = (rows[0][0] or 0) // UNIT_MS[task.kind] * UNIT_MS[task.kind]
        end_ms = await self._bounded(task, start_ms, task.closed_ms)
        read = await self._roll(task, start_ms, end_ms)
        await self._database.execute(
            "INSERT INTO progress (series, kind, until_ms) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET until_ms = excluded.until_ms",
            (task.series, task.kind, end_ms),
        )
        return read

    async def _again(self, task: _Task) -> int:
        stale = await self._stale(task)
        end_ms = await self._bounded(task, stale.start_ms, stale.end_ms)
        read = await self._roll(task, stale.start_ms, end_ms) if end_ms > stale.start_ms else 0
        await self._database.execute(
            "UPDATE progress SET stale_from_ms = CASE WHEN :end < :until THEN :end END,"
            " stale_to_ms = CASE WHEN :end < :until THEN stale_to_ms END WHERE series = :series AND kind = :kind",
            {"series": task.series, "kind": task.kind, "end": end_ms, "until": stale.end_ms},
        )
        return read

    async def _stale(self, task: _Task) -> Span:
        first_ms, last_ms = task.late or (0, 0)
        stale = await stale_span(self._database.fetch_all, task.series, task.kind, first_ms, last_ms)
        start_ms = max(stale.start_ms, task.raw_from_ms)
        return Span(start_ms=start_ms, end_ms=max(min(stale.end_ms, task.until_ms), start_ms))

    async def _bounded(self, task: _Task, start_ms: int, end_ms: int) -> int:
        """How far to go in one step, at least one unit."""
        unit_ms = UNIT_MS[task.kind]
        rows = await self._database.fetch_all(
            f"SELECT at_ms FROM {task.kind} WHERE series = ? AND at_ms >= ? AND at_ms < ?"
            " ORDER BY at_ms LIMIT 1 OFFSET ?",
            (task.series, start_ms, end_ms, self._rows_per_step),
        )
        return max(rows[0][0] // unit_ms * unit_ms, start_ms + unit_ms) if rows else end_ms

    async def _roll(self, task: _Task, start_ms: int, end_ms: int) -> int:
        """Writes the roll-ups between two times anew; gives how many readings there were."""
        if task.kind is Kind.STATES:
            return await self._roll_days(task.series, start_ms, end_ms)
        raw = await read_raw(self._database.fetch_all, task.series, start_ms, end_ms, task.raw_from_ms)
        await self._database.execute(
            "DELETE FROM hours WHERE series = ? AND hour >= ? AND hour < ?",
            (task.series, start_ms // HOUR_MS, end_ms // HOUR_MS),
        )
        await self._database.executemany(
            "INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_hour_row(task.series, *one) for one in by_hour(raw.samples, raw.held(), start_ms, end_ms).items()],
        )
        await self._roll_gaps(task.series, raw)
        return len(raw.samples)

    async def _roll_gaps(self, series: int, raw: Raw) -> None:
        """Each gap as a whole, from where the sample before it no longer held up to the next, wherever that is."""
        rows = await self._database.fetch_all(
            "SELECT min(at_ms) FROM numbers WHERE series = ? AND at_ms >= ?", (series, raw.end_ms)
        )
        until_ms = raw.end_ms if rows[0][0] is None else rows[0][0]
        first = bool(raw.samples) and raw.samples[0][0] < raw.start_ms
        since_ms = raw.samples[0][0] if first else 0  # before the first ever there was nothing
        found = gaps_between(holds(raw.samples, raw.limits, since_ms, until_ms), since_ms, until_ms)
        await self._database.execute(
            "DELETE FROM gaps WHERE series = ? AND start_ms >= ? AND start_ms < ? AND end_ms > ?",
            (series, since_ms, raw.end_ms, raw.start_ms),
        )
        await self._database.executemany(
            "INSERT OR REPLACE INTO gaps VALUES (?, ?, ?)", [(series, *gap) for gap in found]
        )

    async def _roll_days(self, series: int, start_ms: int, end_ms: int) -> int:
        records = await read_records(self._database.fetch_all, series, start_ms, end_ms)
        days = list(by_day(records, start_ms, end_ms))
        if any(len(stays) > MOST_STATES for _, stays in days):
            self._free_text.add(series)
        await self._database.execute(
            "DELETE FROM days WHERE series = ? AND day >= ? AND day < ?",
            (series, start_ms // DAY_MS, end_ms // DAY_MS),
        )
        await self._database.executemany(
            "INSERT INTO days VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_day_row(series, day, state, stay) for day, stays in days for state, stay in stays.items()],
        )
        return len(records)


def _hour_row(series: int, number: int, hour: Hour) -> tuple[object, ...]:
    return (
        series,
        number,
        hour.held_ms,
        tidy(hour.area),
        hour.count,
        encode(hour.low),
        hour.low_at_ms - number * HOUR_MS,
        encode(hour.high),
        hour.high_at_ms - number * HOUR_MS,
        encode(tidy(hour.increase)),
        hour.resets,
    )


def _day_row(series: int, day: int, state: str, stay: Stay) -> tuple[object, ...]:
    return (
        series,
        state,
        day,
        stay.ms,
        stay.entries,
        stay.first_ms,
        stay.last_ms,
        stay.head_ms,
        stay.tail_ms,
        stay.longest_ms,
        stay.longest_at_ms,
    )
