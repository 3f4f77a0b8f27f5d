"""How much is kept of what devices said, since when, and how much of it the next night deletes. Reads only."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from sensors.guard import Guard
from sensors.progress import Fetch
from sensors.reckoning import DAY_MS, HOUR_MS
from sensors.retention import Cuts, held_at, old_hours, old_numbers, old_states

COUNT_SECONDS = 60.0
"""For one series; on an SD card some million rows take seconds to be counted."""


@dataclass(slots=True, kw_only=True)
class Kept:
    """Of one kind of record."""

    rows: int = 0
    oldest_ms: int | None = None
    going: int = 0
    """Rows that the next night deletes."""

    def add(self, rows: int, oldest_ms: int | None, going: int) -> None:
        self.rows += rows
        self.going += going
        times = [at_ms for at_ms in (self.oldest_ms, oldest_ms) if at_ms is not None]
        self.oldest_ms = min(times, default=None)


async def kept_readings(path: Path, cuts: Cuts) -> dict[str, Kept]:
    """`numbers`, their `hours`, `states`, their `days`; `cuts` are those of the next night.

    Raises StoreUnavailable.
    """
    found: defaultdict[str, Kept] = defaultdict(Kept)
    async with Guard(path, deadline_seconds=COUNT_SECONDS) as guard:
        for (series,) in await guard.fetch_all("SELECT id FROM series ORDER BY id"):
            async for kind, rows, oldest_ms, going in _of_series(guard.fetch_all, series, cuts):
                found[kind].add(rows, oldest_ms, going)
    return {kind: found[kind] for kind in ("numbers", "hours", "states", "days")}


async def _of_series(fetch: Fetch, series: int, cuts: Cuts) -> AsyncIterator[tuple[str, int, int | None, int]]:
    """Kind, rows, time of the oldest, rows that go."""
    numbers = await old_numbers(fetch, series, cuts)
    yield "numbers", *await _counted(fetch, "numbers", "at_ms", series, until=numbers[1] if numbers else 0)
    # Its own deleting comes after that of the numbers.
    hours = await old_hours(fetch, series, cuts, raw_from_ms=numbers[0] if numbers else None)
    yield "hours", *await _counted(fetch, "hours", "hour", series, until=hours[1] if hours else 0, unit_ms=HOUR_MS)
    states = await old_states(fetch, series, cuts)
    last_ms, kept_ms = await held_at(fetch, series, states[1]) if states else (0, 0)
    yield "states", *await _counted(fetch, "states", "at_ms", series, until=last_ms)
    yield "days", *await _counted(fetch, "days", "day", series, until=kept_ms // DAY_MS, unit_ms=DAY_MS)


async def _counted(
    fetch: Fetch, table: str, column: str, series: int, *, until: int, unit_ms: int = 1
) -> tuple[int, int | None, int]:
    rows = await fetch(
        f"SELECT count(*), min({column}), (SELECT count(*) FROM {table} WHERE series = :series AND {column} < :until)"
        f" FROM {table} WHERE series = :series",
        {"series": series, "until": until},
    )
    count, oldest, going = rows[0]
    return count, None if oldest is None else oldest * unit_ms, going
