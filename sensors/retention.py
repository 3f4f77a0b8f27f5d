"""Deletes what is older than it is to be kept, in small transactions, and never the newest of a series.

Numbers go once their hours are rolled up, the hours years later. States are few, since only changes are stored: they
are kept as long as the hours, but of a series at most its newest million, of which none is younger than the numbers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sensors.database import Database
from sensors.progress import MARK_LATE, Kind
from sensors.reckoning import DAY_MS, HOUR_MS

ROWS_PER_STEP = 5_000
MOST_CHANGES = 1_000_000

_PAUSE_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Up to which times to delete, each at a UTC midnight."""

    numbers_ms: int
    rolled_up_ms: int


Step = Callable[[int, Cuts], Awaitable[bool]]
"""Deletes some of one series; True where there is more."""


class Retention:
    """The job. It shares the connection of the writer."""

    def __init__(
        self,
        database: Database,
        *,
        keep_raw_days: int,
        keep_rollups_days: int,
        most_changes: int = MOST_CHANGES,
        rows_per_step: int = ROWS_PER_STEP,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._keep_raw_days = keep_raw_days
        self._keep_rollups_days = max(keep_rollups_days, keep_raw_days)
        self._most_changes = most_changes
        self._rows_per_step = rows_per_step
        self._monotonic = monotonic

    async def run_once(self, now_ms: int, *, budget_seconds: float = 2.0) -> bool:
        """Works for about as long as that. True where nothing is left that is too old.

        Raises StoreUnavailable where the disk cannot take it; what was done until then stands.
        """
        end = self._monotonic() + budget_seconds
        today = now_ms // DAY_MS
        cuts = Cuts(
            numbers_ms=(today - self._keep_raw_days) * DAY_MS,
            rolled_up_ms=(today - self._keep_rollups_days) * DAY_MS,
        )
        steps = (self._delete_numbers, self._delete_hours, self._delete_states)
        for (series,) in await self._database.fetch_all("SELECT id FROM series ORDER BY id"):
            for step in steps:
                while await self._one(step, series, cuts):
                    if self._monotonic() >= end:
                        return False
                    await asyncio.sleep(_PAUSE_SECONDS)
        return True

    async def _one(self, step: Step, series: int, cuts: Cuts) -> bool:
        async with self._database.atomic():
            return await step(series, cuts)

    async def _delete_numbers(self, series: int, cuts: Cuts) -> bool:
        """All but the last before the cut, which still tells what held then and what a meter showed."""
        rows = await self._database.fetch_all(
            "SELECT until_ms, raw_from_ms, coalesce(stale_from_ms, until_ms) FROM progress"
            " WHERE series = ? AND kind = ?",
            (series, Kind.NUMBERS),
        )
        if not rows:
            return False
        until_ms, raw_from_ms, stale_from_ms = rows[0]
        rolled_ms = min(until_ms, stale_from_ms) // DAY_MS * DAY_MS
        cut_ms = max(min(cuts.numbers_ms, rolled_ms), raw_from_ms)
        found = await self._database.fetch_all(
            "SELECT (SELECT max(at_ms) FROM numbers WHERE series = :series AND at_ms < :cut),"
            " (SELECT min(at_ms) FROM numbers WHERE series = :series),"
            " (SELECT at_ms FROM numbers WHERE series = :series ORDER BY at_ms LIMIT 1 OFFSET :rows)",
            {"series": series, "cut": cut_ms, "rows": self._rows_per_step},
        )
        last_ms, oldest_ms, bound_ms = found[0]
        if last_ms is None or oldest_ms == last_ms:
            return False
        until_ms = last_ms if bound_ms is None else min(last_ms, bound_ms)
        await self._database.execute(
            "UPDATE progress SET raw_from_ms = ? WHERE series = ? AND kind = ?", (cut_ms, series, Kind.NUMBERS)
        )
        await self._database.execute("DELETE FROM numbers WHERE series = ? AND at_ms < ?", (series, until_ms))
        return bool(until_ms < last_ms)

    async def _delete_hours(self, series: int, cuts: Cuts) -> bool:
        rows = await self._database.fetch_all(
            "SELECT min(hour), (SELECT raw_from_ms FROM progress WHERE series = :series AND kind = :kind) FROM hours"
            " WHERE series = :series",
            {"series": series, "kind": Kind.NUMBERS},
        )
        first, raw_from_ms = rows[0]
        cut = min(cuts.rolled_up_ms, raw_from_ms or 0) // HOUR_MS
        if first is None or first >= cut:
            return False
        until = min(cut, first + self._rows_per_step)
        gap = await self._database.fetch_all(
            "SELECT end_ms FROM gaps WHERE series = ? AND start_ms < ? ORDER BY start_ms DESC LIMIT 1",
            (series, until * HOUR_MS),
        )
        reaches_ms = max(until * HOUR_MS, *(row[0] for row in gap)) if gap else until * HOUR_MS
        await self._database.execute("DELETE FROM hours WHERE series = ? AND hour < ?", (series, until))
        await self._database.execute("DELETE FROM gaps WHERE series = ? AND start_ms < ?", (series, until * HOUR_MS))
        await self._database.execute("INSERT INTO gaps VALUES (?, 0, ?)", (series, reaches_ms))
        return bool(until < cut)

    async def _delete_states(self, series: int, cuts: Cuts) -> bool:
        """What held at the cut is recorded at the cut itself from then on, unless it is the newest."""
        most = await self._database.fetch_all(
            "SELECT at_ms FROM states WHERE series = ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?",
            (series, self._most_changes),
        )
        many_ms = most[0][0] // DAY_MS * DAY_MS if most else 0
        cut_ms = max(cuts.rolled_up_ms, min(cuts.numbers_ms, many_ms))
        step_ms = await self._bounded(series, cut_ms)
        if step_ms is None:
            return False
        rows = await self._database.fetch_all(
            "SELECT max(at_ms), (SELECT max(at_ms) FROM states WHERE series = :series) FROM states"
            " WHERE series = :series AND at_ms <= :cut",
            {"series": series, "cut": step_ms},
        )
        last_ms, newest_ms = rows[0]
        kept_ms = last_ms if last_ms == newest_ms else step_ms
        await self._database.execute("DELETE FROM states WHERE series = ? AND at_ms < ?", (series, last_ms))
        await self._database.execute(
            "UPDATE states SET at_ms = ? WHERE series = ? AND at_ms = ?", (kept_ms, series, last_ms)
        )
        await self._database.execute("DELETE FROM days WHERE series = ? AND day < ?", (series, kept_ms // DAY_MS))
        await self._database.execute(MARK_LATE, (series, Kind.STATES, kept_ms, kept_ms))
        return step_ms < cut_ms

    async def _bounded(self, series: int, cut_ms: int) -> int | None:
        """How far to delete states in one step; None where none is too old."""
        rows = await self._database.fetch_all(
            "SELECT min(at_ms), max(at_ms), (SELECT at_ms FROM states WHERE series = :series ORDER BY at_ms"
            " LIMIT 1 OFFSET :rows) FROM states WHERE series = :series",
            {"series": series, "rows": self._rows_per_step},
        )
        oldest_ms, newest_ms, bound_ms = rows[0]
        if oldest_ms is None or oldest_ms >= min(cut_ms, newest_ms):
            return None
        if bound_ms is None:
            return cut_ms
        return min(max(int(bound_ms) // DAY_MS * DAY_MS, (int(oldest_ms) // DAY_MS + 1) * DAY_MS), cut_ms)
