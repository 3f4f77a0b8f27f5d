"""What roll-ups and retention promise: nothing waits for them, nothing is lost to them, and they cost little."""

import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from fakes_sensors import BEDROOM, DOOR, HOUR_MS, MINUTE_MS, reading, rows_of, store_with

from sensors.decoded import Decoded
from sensors.measures import Aggregate, TimeInState
from sensors.periods import Span
from sensors.questions import Questions
from sensors.reading import Reading, SeriesKey
from sensors.reckoning import LONGEST_HOLD_MS, SHORTEST_HOLD_MS, hold_limit_ms, increase
from sensors.retention import Retention
from sensors.rollups import MOST_STATES, Rollups
from sensors.schema import MIGRATIONS, m001_readings, migrate
from sensors.store import StoreWriter

DAY_MS = 24 * HOUR_MS
METER = SeriesKey(entity_id="sensor.meter")
TWO_DAYS = Span(start_ms=10 * MINUTE_MS, end_ms=2 * DAY_MS - 10 * MINUTE_MS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.db"


def quarter_hours(days: int, key: SeriesKey = BEDROOM) -> Iterator[Reading]:
    return (reading(key, n * 15 * MINUTE_MS, 20 + n % 7 / 10) for n in range(days * 96))


def door_days(days: int) -> list[Reading]:
    """Open from eight to nine each day."""
    return [
        reading(DOOR, day * DAY_MS + hour * HOUR_MS, state)
        for day in range(days)
        for hour, state in ((8, "open"), (9, "closed"))
    ]


def approx(found: Aggregate | None) -> tuple[object, ...]:
    assert found is not None
    return pytest.approx(found.mean), found.minimum_at_ms, found.maximum_at_ms, found.count, found.covered, found.gaps


# Definitions


@pytest.mark.parametrize(
    ("day_before", "limit"),
    [(0, LONGEST_HOLD_MS), (1, LONGEST_HOLD_MS), (24, 3 * HOUR_MS), (144, SHORTEST_HOLD_MS), (9000, SHORTEST_HOLD_MS)],
)
def test_a_sample_holds_for_three_usual_distances_of_the_day_before(day_before: int, limit: int) -> None:
    assert hold_limit_ms(day_before) == limit


@pytest.mark.parametrize(
    ("before", "value", "expected"),
    [
        (100.0, 101.5, (1.5, False)),
        (100.0, 95.0, (-5.0, False)),  # noise: with the rise after it, it comes to nothing
        (100.0, 90.0, (-10.0, False)),
        (100.0, 89.9, (89.9, True)),
        (100.0, 0.0, (0.0, True)),
        (0.0, 0.0, (0.0, False)),
        (5.0, -1.0, (-6.0, False)),  # a meter that runs backwards
        (-5.0, -6.0, (-1.0, False)),
    ],
)
def test_a_fall_by_more_than_a_tenth_is_a_reset(before: float, value: float, expected: tuple[float, bool]) -> None:
    assert increase(before, value) == expected


# Migration


async def test_a_database_of_the_first_version_keeps_its_rows_and_gets_roll_ups(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    migrate(connection, (m001_readings,))
    rows = list(quarter_hours(3))
    connection.execute("INSERT INTO series VALUES (1, 'sensor.bedroom', 'state'), (2, 'binary_sensor.door', 'state')")
    connection.executemany("INSERT INTO numbers VALUES (1, ?, ?)", [(row.at_ms, row.value) for row in rows])
    connection.executemany("INSERT INTO states VALUES (2, ?, ?)", [(row.at_ms, row.value) for row in door_days(3)])
    connection.execute("INSERT INTO latest VALUES (1, ?, ?, ?)", (rows[-1].value, rows[-1].at_ms, rows[-1].at_ms))
    connection.execute("INSERT INTO latest VALUES (2, 'closed', ?, ?)", (2 * DAY_MS + 9 * HOUR_MS,) * 2)
    connection.close()
    async with store_with(path) as (writer, questions):
        assert rows_of(path, "SELECT count(*) FROM hours") == [(0,)], "filling them must not hold up the start"
        before = await questions.aggregate(BEDROOM, TWO_DAYS), await questions.time_in_state(DOOR, "open", TWO_DAYS)
        fingerprint = await questions.fingerprint()
        assert await Rollups(writer.database).run_once()
        assert rows_of(path, "SELECT count(*), sum(count) FROM hours") == [(71, 71 * 4)]
        assert rows_of(path, "SELECT count(DISTINCT day) FROM days") == [(2,)]
        after = await questions.aggregate(BEDROOM, TWO_DAYS), await questions.time_in_state(DOOR, "open", TWO_DAYS)
        assert (approx(after[0]), after[1]) == (approx(before[0]), before[1])
        assert await questions.fingerprint() == fingerprint
    assert rows_of(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]


# The job


async def test_an_hour_is_written_once_after_it_has_closed(path: Path) -> None:
    async with store_with(path) as (writer, _):
        rollups = Rollups(writer.database)
        for row in quarter_hours(1):
            before = rows_of(path, "SELECT * FROM hours")
            await writer.write([Decoded(readings=(row,))])
            assert rows_of(path, "SELECT * FROM hours") == before, "a reading must not cost a roll-up"
            await rollups.run_once()
            after = rows_of(path, "SELECT * FROM hours")
            assert len(after) == row.at_ms // HOUR_MS
            assert after[: len(before)] == before


async def test_a_job_that_has_nothing_to_do_writes_nothing(path: Path) -> None:
    async with store_with(path, [*quarter_hours(2), *door_days(2)]) as (writer, _):
        assert await Rollups(writer.database).run_once()
        before = rows_of(path, "PRAGMA data_version"), path.with_name("readings.db-wal").read_bytes()
        assert await Rollups(writer.database).run_once()
        assert await Retention(writer.database, keep_raw_days=7, keep_rollups_days=7).run_once(3 * DAY_MS)
        assert (rows_of(path, "PRAGMA data_version"), path.with_name("readings.db-wal").read_bytes()) == before


async def test_the_job_stops_when_its_time_is_over_and_goes_on_where_it_was(path: Path) -> None:
    keys = [SeriesKey(entity_id=f"sensor.{n}") for n in range(3)]
    async with store_with(path, [row for key in keys for row in quarter_hours(4, key)]) as (writer, questions):
        expected = [await questions.aggregate(key, TWO_DAYS) for key in keys]
        rollups = Rollups(writer.database, rows_per_step=100, monotonic=count().__next__)
        rounds, sizes = 0, [0]
        while not await rollups.run_once(budget_seconds=2):
            rounds += 1
            sizes.append(int(str(rows_of(path, "SELECT count(*) FROM hours")[0][0])))
            found = [await questions.aggregate(key, TWO_DAYS) for key in keys]
            assert list(map(approx, found)) == list(map(approx, expected))
        assert rounds > 3
        assert sizes == sorted(sizes)


async def test_a_step_that_fails_leaves_nothing_behind_and_the_next_one_works(path: Path) -> None:
    async with store_with(path, quarter_hours(1)) as (writer, _):
        await writer.database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON progress BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        with pytest.raises(sqlite3.IntegrityError):
            await Rollups(writer.database).run_once()
        assert rows_of(path, "SELECT count(*) FROM hours") == [(0,)]
        await writer.database.execute("DROP TRIGGER full")
        assert await Rollups(writer.database).run_once()
        assert rows_of(path, "SELECT count(*) FROM hours") == [(23,)]


async def test_free_text_is_answered_without_roll_ups(path: Path) -> None:
    states = [reading(DOOR, n * MINUTE_MS, f"text {n}") for n in range(MOST_STATES * 40)]
    async with store_with(path, states) as (writer, questions):
        rollups = Rollups(writer.database, rows_per_step=10)
        assert await rollups.run_once()
        assert await rollups.run_once()
        assert int(str(rows_of(path, "SELECT count(*) FROM days")[0][0])) <= DAY_MS // MINUTE_MS
        found = await questions.time_in_state(DOOR, "text 1900", Span(start_ms=0, end_ms=2 * DAY_MS))
        assert found is not None
        assert found.ms == MINUTE_MS


async def test_a_series_that_turned_from_numbers_to_states_is_still_answered_for_both(path: Path) -> None:
    rows = [*quarter_hours(2), *(reading(BEDROOM, 2 * DAY_MS + n * HOUR_MS, f"on{n % 2}") for n in range(60))]
    async with store_with(path, rows) as (writer, questions):
        before = await questions.aggregate(BEDROOM, TWO_DAYS)
        assert await Rollups(writer.database).run_once()
        await writer.backfill([reading(BEDROOM, HOUR_MS + 1, 90.0)])
        assert await Rollups(writer.database).run_once()
        after = await questions.aggregate(BEDROOM, TWO_DAYS)
        assert before is not None
        assert after is not None
        assert (after.maximum, after.count) == (90.0, before.count + 1)
        staying = await questions.time_in_state(BEDROOM, "on1", Span(start_ms=2 * DAY_MS, end_ms=4 * DAY_MS))
        assert staying is not None
        assert staying.ms == DAY_MS


# Retention


async def kept(path: Path, now_ms: int, *, raw: int, rollups: int, most_changes: int = 1000) -> None:
    async with StoreWriter(path) as writer:
        assert await Rollups(writer.database).run_once()
        retention = Retention(
            writer.database,
            keep_raw_days=raw,
            keep_rollups_days=rollups,
            most_changes=most_changes,
            rows_per_step=50,
        )
        assert await retention.run_once(now_ms)
        assert await Rollups(writer.database).run_once()
        assert await retention.run_once(now_ms)


async def test_numbers_go_after_their_time_and_hours_and_states_after_theirs(path: Path) -> None:
    async with StoreWriter(path) as writer:
        await writer.backfill([*quarter_hours(30), *door_days(30)])
    await kept(path, 30 * DAY_MS, raw=10, rollups=20)
    assert rows_of(path, f"SELECT count(*) FROM numbers WHERE at_ms < {20 * DAY_MS}") == [(1,)]
    assert rows_of(path, f"SELECT count(*) FROM numbers WHERE at_ms >= {20 * DAY_MS}") == [(960,)]
    assert rows_of(path, "SELECT min(hour) FROM hours") == [(10 * 24,)]
    assert rows_of(path, "SELECT min(at_ms), count(*) FROM states") == [(10 * DAY_MS, 41)]
    assert rows_of(path, "SELECT min(day) FROM days") == [(10,)]
    async with Questions(path) as questions:
        old = await questions.aggregate(BEDROOM, Span(start_ms=12 * DAY_MS + 5, end_ms=13 * DAY_MS - 5))
        assert old is not None
        assert (old.resolution_ms, old.count, old.covered) == (HOUR_MS, 96, 1.0)
        gone = await questions.aggregate(BEDROOM, Span(start_ms=9 * DAY_MS, end_ms=11 * DAY_MS))
        assert gone is not None
        assert (gone.covered, gone.gaps) == (0.5, (Span(start_ms=9 * DAY_MS, end_ms=10 * DAY_MS),))
        assert await questions.recorded_since_ms(BEDROOM) == 10 * DAY_MS
        assert await questions.recorded_since_ms(DOOR) == 10 * DAY_MS
        whole = await questions.time_in_state(DOOR, "open", Span(start_ms=0, end_ms=30 * DAY_MS))
        assert whole == TimeInState(
            ms=20 * HOUR_MS,
            known_ms=20 * DAY_MS,
            longest_ms=HOUR_MS,
            longest_at_ms=10 * DAY_MS + 8 * HOUR_MS,
            covered=pytest.approx(2 / 3),
        )


async def test_the_newest_of_a_series_is_never_deleted(path: Path) -> None:
    rows = [*quarter_hours(2), *door_days(2), reading(METER, 5, 1.0), reading(METER, 7, 2.0)]
    async with StoreWriter(path) as writer:
        await writer.backfill(rows)
    await kept(path, 1000 * DAY_MS, raw=10, rollups=20)
    assert rows_of(path, "SELECT max(at_ms) FROM numbers WHERE series = 1") == [(2 * DAY_MS - 15 * MINUTE_MS,)]
    assert rows_of(path, "SELECT at_ms, value FROM states") == [(DAY_MS + 9 * HOUR_MS, "closed")]
    async with Questions(path) as questions:
        found = await questions.time_in_state(DOOR, "closed", Span(start_ms=990 * DAY_MS, end_ms=1000 * DAY_MS))
        assert found is not None
        assert (found.ms, found.covered) == (10 * DAY_MS, 1.0)


async def test_of_states_that_change_all_the_time_the_newest_are_kept(path: Path) -> None:
    async with StoreWriter(path) as writer:
        await writer.backfill(reading(DOOR, n * HOUR_MS, f"on{n % 2}") for n in range(40 * 24))
    await kept(path, 40 * DAY_MS, raw=10, rollups=400, most_changes=100)
    assert rows_of(path, "SELECT count(*) FROM states") == [(240,)], "what is younger than the numbers stays"
    await kept(path, 80 * DAY_MS, raw=10, rollups=400, most_changes=100)
    assert 100 <= int(str(rows_of(path, "SELECT count(*) FROM states")[0][0])) <= 124


async def test_what_is_not_rolled_up_is_not_deleted(path: Path) -> None:
    async with store_with(path, quarter_hours(30)) as (writer, _):
        assert await Retention(writer.database, keep_raw_days=10, keep_rollups_days=20).run_once(30 * DAY_MS)
        assert rows_of(path, "SELECT count(*) FROM numbers") == [(30 * 96,)]


async def test_a_change_from_before_the_oldest_single_reading_is_found_in_its_hour(path: Path) -> None:
    rows = [reading(BEDROOM, n * HOUR_MS + 5, 90.0 if n < 30 else 80.0) for n in range(30 * 24)]
    async with StoreWriter(path) as writer:
        await writer.backfill(rows)
    async with Questions(path) as questions:
        before = await questions.last_change(BEDROOM, None, 30 * DAY_MS)
    await kept(path, 30 * DAY_MS, raw=10, rollups=100)
    async with Questions(path) as questions:
        assert await questions.last_change(BEDROOM, None, 30 * DAY_MS) == before


async def test_the_total_of_a_week_is_that_of_its_days(path: Path) -> None:
    rows = [reading(METER, n * 50 * MINUTE_MS, n % 97 + 0.125) for n in range(200)]
    async with store_with(path, rows) as (writer, questions):
        await Rollups(writer.database).run_once()
        days = [await questions.total(METER, Span(start_ms=n * DAY_MS, end_ms=(n + 1) * DAY_MS)) for n in range(7)]
        week = await questions.total(METER, Span(start_ms=0, end_ms=7 * DAY_MS))
    assert week is not None
    assert week.value == pytest.approx(sum(day.value for day in days if day))
    assert week.resets == 2


async def test_each_day_deletes_one_day_more_and_then_nothing(path: Path) -> None:
    async with StoreWriter(path) as writer:
        await writer.backfill([*quarter_hours(30), *door_days(30)])
    for day in (30, 31, 32):
        await kept(path, day * DAY_MS, raw=10, rollups=20)
        assert rows_of(path, f"SELECT count(*) FROM numbers WHERE at_ms < {(day - 10) * DAY_MS}") == [(1,)]
        assert rows_of(path, "SELECT count(*) FROM numbers") == [((40 - day) * 96 + 1,)]
        assert rows_of(path, "SELECT min(hour) FROM hours") == [((day - 20) * 24,)]
        assert rows_of(path, "SELECT min(at_ms) FROM states") == [((day - 20) * DAY_MS,)]
    async with StoreWriter(path) as writer:
        before = path.with_name("readings.db-wal").read_bytes()
        assert await Retention(writer.database, keep_raw_days=10, keep_rollups_days=20).run_once(32 * DAY_MS)
        assert path.with_name("readings.db-wal").read_bytes() == before


async def test_deleting_goes_in_small_steps(path: Path) -> None:
    async with store_with(path, [*quarter_hours(30), *door_days(30)]) as (writer, _):
        assert await Rollups(writer.database).run_once()
        retention = Retention(
            writer.database, keep_raw_days=7, keep_rollups_days=8, rows_per_step=50, monotonic=count().__next__
        )
        done, before = False, [30 * 96, 30 * 24, 60]
        while not done:
            done = await retention.run_once(30 * DAY_MS, budget_seconds=1)
            after = [
                int(str(rows_of(path, f"SELECT count(*) FROM {name}")[0][0])) for name in ("numbers", "hours", "states")
            ]
            assert all(0 <= more - less <= 50 for more, less in zip(before, after, strict=True))
            before = after
        assert before == [7 * 96 + 1, 8 * 24 - 1, 17]


async def test_what_a_late_reading_may_have_changed_is_kept_until_it_is_rolled_up_again(path: Path) -> None:
    span = Span(start_ms=5 * DAY_MS, end_ms=6 * DAY_MS)
    async with store_with(path, quarter_hours(30)) as (writer, questions):
        rollups = Rollups(writer.database)
        retention = Retention(writer.database, keep_raw_days=10, keep_rollups_days=20)
        assert await rollups.run_once()
        await writer.backfill([reading(BEDROOM, 5 * DAY_MS + 1, 90.0)])
        assert await retention.run_once(30 * DAY_MS)
        assert rows_of(path, "SELECT min(at_ms) FROM numbers WHERE at_ms >= 432000000") == [(5 * DAY_MS,)]
        assert await rollups.run_once()
        assert await retention.run_once(30 * DAY_MS)
        assert rows_of(path, f"SELECT count(*) FROM numbers WHERE at_ms < {20 * DAY_MS}") == [(1,)]
        found = await questions.aggregate(BEDROOM, Span(start_ms=11 * DAY_MS, end_ms=12 * DAY_MS))
        assert found is not None
        assert found.count == 96
        assert await questions.aggregate(BEDROOM, span) is None
