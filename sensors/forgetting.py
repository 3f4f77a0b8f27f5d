"""Takes readings away for good, where somebody wants them forgotten; what was rolled up from them is rolled up anew.

Only for a house that nobody serves at the moment: it works on the writer's own connection and rewrites the file.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sensors.database import Database
from sensors.periods import Span
from sensors.progress import MARK_LATE, Kind
from sensors.reckoning import DAY_MS, HOUR_MS
from sensors.rollups import Rollups

_OF_SERIES = ("numbers", "states", "hours", "days", "gaps", "progress", "latest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What there is no more."""

    readings: int
    series: int


async def forget_entities(database: Database, entity_ids: Collection[str]) -> Forgotten:
    """All that these have ever reported, and that they were there. Raises StoreUnavailable; then nothing is gone."""
    await database.execute("PRAGMA secure_delete = ON")
    readings, series = 0, []
    async with database.atomic():
        for entity_id in entity_ids:
            rows = await database.fetch_all("SELECT id FROM series WHERE entity_id = ?", (entity_id,))
            series += [row[0] for row in rows]
            await database.execute("DELETE FROM entity WHERE id = ?", (entity_id,))
        for one in series:
            readings += await _count(database, "series = ?", (one,))
            for table in _OF_SERIES:
                await database.execute(f"DELETE FROM {table} WHERE series = ?", (one,))
            await database.execute("DELETE FROM series WHERE id = ?", (one,))
        await database.execute("UPDATE meta SET value = value + 1 WHERE name = 'house_version'")
    await _rewrite(database)
    return Forgotten(readings=readings, series=len(series))


async def forget_span(database: Database, span: Span) -> Forgotten:
    """All that was reported in a stretch of time; what held before it holds on. Raises StoreUnavailable.

    Where single numbers are long gone and only their hours are left, it is whole hours that go.
    """
    await database.execute("PRAGMA secure_delete = ON")
    inside = (span.start_ms, span.end_ms)
    async with database.atomic():
        readings = await _count(database, "at_ms >= ? AND at_ms < ?", inside)
        touched = 0
        for (series,) in await database.fetch_all("SELECT id FROM series"):
            touched += await _forget_of(database, series, span)
    while not await Rollups(database).run_once():
        pass
    await _rewrite(database)
    return Forgotten(readings=readings, series=touched)


async def _forget_of(database: Database, series: int, span: Span) -> bool:
    """Whether there was anything of the series."""
    inside = (series, span.start_ms, span.end_ms)
    there = await _count(database, "series = ? AND at_ms >= ? AND at_ms < ?", inside)
    for table in ("numbers", "states"):
        await database.execute(f"DELETE FROM {table} WHERE series = ? AND at_ms >= ? AND at_ms < ?", inside)
    for table, unit, unit_ms in (("hours", "hour", HOUR_MS), ("days", "day", DAY_MS)):
        first, after = span.start_ms // unit_ms, -(-span.end_ms // unit_ms)
        await database.execute(
            f"DELETE FROM {table} WHERE series = ? AND {unit} >= ? AND {unit} < ?", (series, first, after)
        )
    for kind in Kind:
        await database.execute(MARK_LATE, (series, kind, span.start_ms, span.end_ms - 1))
    await _joined(database, series, span)
    await _newest_again(database, series, span)
    return there > 0


async def _joined(database: Database, series: int, span: Span) -> None:
    """A state that is the same after the stretch as before it has not changed."""
    sides = await database.fetch_all(
        "SELECT * FROM (SELECT at_ms, value FROM states WHERE series = :series AND at_ms < :start"
        " ORDER BY at_ms DESC LIMIT 1) UNION ALL"
        " SELECT * FROM (SELECT at_ms, value FROM states WHERE series = :series AND at_ms >= :end"
        " ORDER BY at_ms LIMIT 1)",
        {"series": series, "start": span.start_ms, "end": span.end_ms},
    )
    if len(sides) < 2 or sides[0][1] != sides[1][1]:
        return
    before_ms, after_ms = sides[0][0], sides[1][0]
    await database.execute("DELETE FROM states WHERE series = ? AND at_ms = ?", (series, after_ms))
    await database.execute("UPDATE latest SET at_ms = ? WHERE series = ? AND at_ms = ?", (before_ms, series, after_ms))
    await database.execute(MARK_LATE, (series, Kind.STATES, after_ms, after_ms))


async def _newest_again(database: Database, series: int, span: Span) -> None:
    """What the series says now is the newest that is left."""
    rows = await database.fetch_all("SELECT at_ms, seen_ms FROM latest WHERE series = ?", (series,))
    if not rows or not any(span.start_ms <= moment < span.end_ms for moment in rows[0]):
        return
    left = await database.fetch_all(
        "SELECT at_ms, value FROM numbers WHERE series = :series UNION ALL"
        " SELECT at_ms, value FROM states WHERE series = :series ORDER BY 1 DESC LIMIT 1",
        {"series": series},
    )
    await database.execute("DELETE FROM latest WHERE series = ?", (series,))
    if left:
        at_ms, value = left[0]
        await database.execute("INSERT INTO latest VALUES (?, ?, ?, ?)", (series, value, at_ms, at_ms))


async def _count(database: Database, where: str, parameters: tuple[int, ...]) -> int:
    rows = [await database.fetch_one(f"SELECT count(*) FROM {one} WHERE {where}", parameters) for one in Kind]
    return sum(int(row[0]) for row in rows if row)


async def _rewrite(database: Database) -> None:
    """So that nothing of it is left in the file or its log."""
    await database.execute("VACUUM")
    await database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
