"""Deletes what is older than it is to be kept, in small transactions, and never the newest of a series; gives the disk
back what that freed.

Numbers go once their hours are rolled up, the hours years later. States are few, since only changes are stored: they
are kept as long as the hours, but of a series at most its newest million, of which none is younger than the numbers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sensors.database import Database
from sensors.progress import MARK_LATE, Fetch, Kind
from sensors.reckoning import DAY_MS, HOUR_MS

ROWS_PER_STEP = 5_000
MOST_CHANGES = 1_000_000

_PAUSE_SECONDS = 0.01
_PAGES_PER_STEP = 64
_INCREMENTAL = 2
_MUCH = 0.125
"""Of the file. Less is kept for what comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Up to which times to delete, each at a UTC midnight."""

    numbers_ms: int
    rolled_up_ms: int


def cuts_at(now_ms: int, *, keep_raw_days: int, keep_rollups_days: int) -> Cuts:
    """What is never kept shorter than the numbers are their hours."""
    today = now_ms // DAY_MS
    return Cuts(
        numbers_ms=(today - keep_raw_days) * DAY_MS,
        rolled_up_ms=(today - max(keep_rollups_days, keep_raw_days)) * DAY_MS,
    )


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
        self._keep_rollups_days = keep_rollups_days
        self._most_changes = most_changes
        self._rows_per_step = rows_per_step
        self._monotonic = monotonic

    async def run_once(self, now_ms: int, *, budget_seconds: float = 2.0) -> bool:
        """Works for about as long as that. True where nothing is left that is too old.

        Raises StoreUnavailable where the disk cannot take it; what was done until then stands.
        """
        end = self._monotonic() + budget_seconds
        cuts = cuts_at(now_ms, keep_raw_days=self._keep_raw_days, keep_rollups_days=self._keep_rollups_days)
        steps = (self._delete_numbers, self._delete_hours, self._delete_states)
        for (series,) in await self._database.fetch_all("SELECT id FROM series ORDER BY id"):
            for step in steps:
                while await self._one(step, series, cuts):
                    if self._monotonic() >= end:
                        return False
                    await asyncio.sleep(_PAUSE_SECONDS)
        return await self._give_back(end)

    async def _give_back(self, end: float) -> bool:
        """Makes the file smaller after much was deleted; the little that each night frees is filled by the next day."""
        while await self._much_is_free():
            await self._database.give_back_pages(_PAGES_PER_STEP)
            if self._monotonic() >= end:
                return False
            await asyncio.sleep(_PAUSE_SECONDS)
        return True

    async def _much_is_free(self) -> bool:
        """Never of a file that was begun before files could be made smaller while they are in use."""
        found = await self._database.fetch_all(
            "SELECT auto_vacuum, freelist_count, page_count"
            " FROM pragma_auto_vacuum, pragma_freelist_count, pragma_page_count"
        )
        [(mode, free, pages)] = found
        return bool(mode == _INCREMENTAL and free > pages * _MUCH)

    async def _one(self, step: Step, series: int, cuts: Cuts) -> bool:
        async with self._database.atomic():
            return await step(series, cuts)

    async def _delete_numbers(self, series: int, cuts: Cuts) -> bool:
        found = await old_numbers(self._database.fetch_all, series, cuts)
        if found is None:
            return False
        cut_ms, last_ms = found
        bound_ms = await self._after_some(Kind.NUMBERS, series)
        until_ms = last_ms if bound_ms is None else min(last_ms, bound_ms)
        await self._database.execute(
            "UPDATE progress SET raw_from_ms = ? WHERE series = ? AND kind = ?", (cut_ms, series, Kind.NUMBERS)
        )
        await self._database.execute("DELETE FROM numbers WHERE series = ? AND at_ms < ?", (series, until_ms))
        return until_ms < last_ms

    async def _delete_hours(self, series: int, cuts: Cuts) -> bool:
        found = await old_hours(self._database.fetch_all, series, cuts)
        if found is None:
            return False
        first, cut = found
        until = min(cut, first + self._rows_per_step)
        gap = await self._database.fetch_all(
            "SELECT end_ms FROM gaps WHERE series = ? AND start_ms < ? ORDER BY start_ms DESC LIMIT 1",
            (series, until * HOUR_MS),
        )
        reaches_ms = max(until * HOUR_MS, *(row[0] for row in gap)) if gap else until * HOUR_MS
        await self._database.execute("DELETE FROM hours WHERE series = ? AND hour < ?", (series, until))
        await self._database.execute("DELETE FROM gaps WHERE series = ? AND start_ms < ?", (series, until * HOUR_MS))
        await self._database.execute("INSERT INTO gaps VALUES (?, 0, ?)", (series, reaches_ms))
        return until < cut

    async def _delete_states(self, series: int, cuts: Cuts) -> bool:
        """What held at the cut is recorded at the cut itself from then on, unless it is the newest."""
        fetch = self._database.fetch_all
        found = await old_states(fetch, series, cuts, most_changes=self._most_changes)
        if found is None:
            return False
        oldest_ms, cut_ms = found
        step_ms = cut_ms
        if (bound_ms := await self._after_some(Kind.STATES, series)) is not None:
            step_ms = min(max(bound_ms // DAY_MS * DAY_MS, (oldest_ms // DAY_MS + 1) * DAY_MS), cut_ms)
        last_ms, kept_ms = await held_at(fetch, series, step_ms)
        await self._database.execute("DELETE FROM states WHERE series = ? AND at_ms < ?", (series, last_ms))
        await self._database.execute(
            "UPDATE states SET at_ms = ? WHERE series = ? AND at_ms = ?", (kept_ms, series, last_ms)
        )
        await self._database.execute("DELETE FROM days WHERE series = ? AND day < ?", (series, kept_ms // DAY_MS))
        await self._database.execute(MARK_LATE, (series, Kind.STATES, kept_ms, kept_ms))
        return step_ms < cut_ms

    async def _after_some(self, kind: Kind, series: int) -> int | None:
        """The time of the first that is too much for one step; None where all fit."""
        rows = await self._database.fetch_all(
            f"SELECT at_ms FROM {kind} WHERE series = ? ORDER BY at_ms LIMIT 1 OFFSET ?", (series, self._rows_per_step)
        )
        return int(rows[0][0]) if rows else None


async def old_numbers(fetch: Fetch, series: int, cuts: Cuts) -> tuple[int, int] | None:
    """Up to when numbers are too old, and the last of those, which stays: it tells what held then and what a meter
    showed. None where no other is. Nothing goes whose hours are not rolled up."""
    rows = await fetch(
        "SELECT until_ms, raw_from_ms, coalesce(stale_from_ms, until_ms) FROM progress WHERE series = ? AND kind = ?",
        (series, Kind.NUMBERS),
    )
    if not rows:
        return None
    until_ms, raw_from_ms, stale_from_ms = rows[0]
    rolled_ms = min(until_ms, stale_from_ms) // DAY_MS * DAY_MS
    cut_ms = max(min(cuts.numbers_ms, rolled_ms), raw_from_ms)
    found = await fetch(
        "SELECT (SELECT max(at_ms) FROM numbers WHERE series = :series AND at_ms < :cut),"
        " (SELECT min(at_ms) FROM numbers WHERE series = :series)",
        {"series": series, "cut": cut_ms},
    )
    last_ms, oldest_ms = found[0]
    return None if last_ms is None or oldest_ms == last_ms else (cut_ms, last_ms)


async def old_hours(fetch: Fetch, series: int, cuts: Cuts, *, raw_from_ms: int | None = None) -> tuple[int, int] | None:
    """The first hour and the one up to which they are too old; None where none is. An hour has to have no numbers left.

    `raw_from_ms`: from when on there will be numbers, where that is to be different from now.
    """
    rows = await fetch(
        "SELECT min(hour), (SELECT raw_from_ms FROM progress WHERE series = :series AND kind = :kind) FROM hours"
        " WHERE series = :series",
        {"series": series, "kind": Kind.NUMBERS},
    )
    first, recorded_ms = rows[0]
    cut = min(cuts.rolled_up_ms, (raw_from_ms if raw_from_ms is not None else recorded_ms) or 0) // HOUR_MS
    return None if first is None or first >= cut else (first, cut)


async def old_states(
    fetch: Fetch, series: int, cuts: Cuts, *, most_changes: int = MOST_CHANGES
) -> tuple[int, int] | None:
    """The first state, and up to when they are too old or too many; None where none is."""
    most = await fetch(
        "SELECT at_ms FROM states WHERE series = ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?", (series, most_changes)
    )
    many_ms = most[0][0] // DAY_MS * DAY_MS if most else 0
    cut_ms = max(cuts.rolled_up_ms, min(cuts.numbers_ms, many_ms))
    rows = await fetch("SELECT min(at_ms), max(at_ms) FROM states WHERE series = ?", (series,))
    oldest_ms, newest_ms = rows[0]
    return None if oldest_ms is None or oldest_ms >= min(cut_ms, newest_ms) else (oldest_ms, cut_ms)


async def held_at(fetch: Fetch, series: int, at_ms: int) -> tuple[int, int]:
    """When the state that held at a time was recorded, and when it is to be from then on: that of the newest stays."""
    rows = await fetch(
        "SELECT max(at_ms), (SELECT max(at_ms) FROM states WHERE series = :series) FROM states"
        " WHERE series = :series AND at_ms <= :cut",
        {"series": series, "cut": at_ms},
    )
    last_ms, newest_ms = rows[0]
    return last_ms, last_ms if last_ms == newest_ms else at_ms
