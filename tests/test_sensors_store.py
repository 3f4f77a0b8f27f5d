"""What the store promises: whole batches, durable, small, and nothing counted twice."""

import asyncio
import os
import sqlite3
from pathlib import Path

import pytest
from fakes_sensors import BEDROOM, DOOR, HOUR_MS, MINUTE_MS, definition, entity, reading, rows_of, store_with
from hypothesis import given
from hypothesis import strategies as st

from sensors.database import Database, StoreUnavailable
from sensors.decoded import Decoded
from sensors.encoding import encode
from sensors.message import Message
from sensors.periods import Span
from sensors.questions import Questions
from sensors.reading import SeriesKey
from sensors.rollups import Rollups
from sensors.schema import MIGRATIONS, migrate, version
from sensors.store import StoreWriter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.db"


async def test_a_number_comes_back_as_it_was_written(path: Path) -> None:
    values = [21.4, -0.1, 0.0, 1e-9, 123456789.123, 3.14159, 1e300, 21.0]
    async with store_with(path, [reading(BEDROOM, 1000 + i, value) for i, value in enumerate(values)]) as (
        _,
        questions,
    ):
        for i, value in enumerate(values[1:], 1):
            change = await questions.last_change(BEDROOM, None, 1000 + i)
            assert change is not None
            assert change.value == value
            assert isinstance(change.value, float)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_encoding_a_number_loses_nothing(value: float) -> None:
    stored = encode(value)
    assert (stored / 1000 if isinstance(stored, int) else stored) == value


async def test_states_are_stored_on_change_and_seen_each_time(path: Path) -> None:
    states = [(1, "closed"), (2, "closed"), (3, "open"), (9, "open")]
    async with store_with(path, [reading(DOOR, at, value) for at, value in states]) as (_, questions):
        sample = (await questions.latest([DOOR]))[DOOR]
        assert (sample.value, sample.at_ms, sample.seen_ms) == ("open", 3, 9)
        assert rows_of(path, "SELECT at_ms, value FROM states") == [(1, "closed"), (3, "open")]


async def test_the_same_reading_written_again_replaces_itself(path: Path) -> None:
    batch = [Decoded(readings=(reading(BEDROOM, 5, 20.0), reading(DOOR, 5, "open"), reading(DOOR, 6, "closed")))]
    async with store_with(path) as (writer, questions):
        await writer.write(batch)
        before = await questions.fingerprint()
        await writer.write(batch)
        assert await questions.fingerprint() == before
        assert (await questions.latest([DOOR]))[DOOR].value == "closed"


async def test_a_retained_repeat_is_neither_a_reading_nor_a_sign_of_life(path: Path) -> None:
    async with store_with(path, [reading(BEDROOM, 5, 20.0)]) as (writer, questions):
        await writer.write([Decoded(readings=(reading(BEDROOM, 900, 20.0),), retained=True)])
        assert (await questions.latest([BEDROOM]))[BEDROOM].seen_ms == 5
        await writer.write([Decoded(readings=(reading(BEDROOM, 900, 21.0),), retained=True)])
        assert (await questions.latest([BEDROOM]))[BEDROOM].value == 21.0


async def test_a_reading_from_the_past_does_not_become_the_newest(path: Path) -> None:
    async with store_with(path, [reading(BEDROOM, 1000, 20.0)]) as (writer, questions):
        await writer.backfill([reading(BEDROOM, 10, 5.0)])
        assert (await questions.latest([BEDROOM]))[BEDROOM].value == 20.0
        assert await questions.recorded_since_ms(BEDROOM) == 10


async def test_the_house_version_grows_only_when_an_entity_changes(path: Path) -> None:
    async with store_with(path, [], definition()) as (writer, questions):
        first = await questions.house()
        assert first.by_id[BEDROOM.entity_id].room == "Bedroom"
        await writer.write([Decoded(definitions=(definition(payload=b'{"worded": "differently"}'),))])
        assert (await questions.house()).version == first.version
        await writer.write([Decoded(definitions=(definition(entity(room="Attic")),))])
        second = await questions.house()
        assert second.version > first.version
        assert second.rooms == ("Attic",)
        await writer.write([Decoded(removals=(BEDROOM.entity_id,))])
        assert (await questions.house()).entities == ()


async def test_definitions_and_their_messages_are_there_after_a_restart(path: Path) -> None:
    one = definition(topic="homeassistant/sensor/a/config", payload=b'{"~": "a"}')
    async with StoreWriter(path) as writer:
        await writer.write([Decoded(definitions=(one,), availability={one.entity.id: False})])
    async with StoreWriter(path) as writer, Database(path, lambda connection: None):
        assert writer.definitions() == (one,)
    async with store_with(path) as (_, questions):
        assert await questions.unavailable() == {one.entity.id}


async def test_a_series_keeps_its_identity_over_removal_and_restart(path: Path) -> None:
    async with StoreWriter(path) as writer:
        await writer.backfill([reading(BEDROOM, 1, 20.0), reading(DOOR, 1, "open")])
    async with store_with(path, [reading(BEDROOM, 2, 21.0), reading(DOOR, 2, "open")]) as (_, questions):
        counts = await questions.counts()
        assert (counts.series, counts.numbers, counts.states) == (2, 2, 1)


async def test_a_redelivered_message_is_recognised_by_the_next_process(path: Path) -> None:
    message = Message(topic="t", payload=b"21", qos=1, received_ms=77, token=5)
    async with StoreWriter(path) as writer:
        await writer.write([], [message])
    async with StoreWriter(path) as writer:
        assert await writer.first_received_ms(message) == 77
        assert await writer.first_received_ms(Message(topic="t", payload=b"22", token=5)) is None


async def test_a_failed_batch_leaves_nothing_behind_and_the_next_one_works(path: Path) -> None:
    async with store_with(path) as (writer, questions):
        blocker = sqlite3.connect(path)
        blocker.execute("CREATE TRIGGER full BEFORE INSERT ON states BEGIN SELECT RAISE(ABORT, 'no'); END")
        batch = [Decoded(readings=(reading(BEDROOM, 1, 20.0), reading(DOOR, 1, "open")))]
        with pytest.raises(sqlite3.IntegrityError):
            await writer.write(batch)
        assert (await questions.counts()).numbers == 0
        blocker.execute("DROP TRIGGER full")
        blocker.close()
        await writer.write(batch)
        counts = await questions.counts()
        assert (counts.series, counts.numbers, counts.states) == (2, 1, 1)


async def test_a_number_takes_at_most_thirty_bytes(path: Path) -> None:
    keys = [SeriesKey(entity_id=f"sensor.room_{n}") for n in range(40)]
    rows = [
        reading(key, 1_795_000_000_000 + i * MINUTE_MS, round(20 + (i % 37) / 10, 1))
        for i in range(3000)
        for key in keys
    ]
    async with store_with(path, rows):
        pass
    size = rows_of(path, "SELECT sum(pgsize) FROM dbstat WHERE name = 'numbers'")[0][0]
    assert isinstance(size, int)
    assert size / len(rows) <= 30


async def test_another_process_that_holds_the_file_is_named_as_the_cause(path: Path) -> None:
    async with StoreWriter(path, busy_seconds=0.05) as writer:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="another process holds it"):
            await writer.write([Decoded(readings=(reading(BEDROOM, 1, 1.0),))])
        other.execute("ROLLBACK")
        other.close()
        await writer.write([Decoded(readings=(reading(BEDROOM, 1, 1.0),))])


async def test_a_full_disk_is_said_and_goes_by(path: Path) -> None:
    def tight(connection: sqlite3.Connection) -> None:
        migrate(connection, MIGRATIONS)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    async with Database(path, tight) as database:
        with pytest.raises(StoreUnavailable, match="disk is full"):
            await database.execute("CREATE TABLE more (x)")
        await database.execute("PRAGMA max_page_count = 1000")
        await database.execute("CREATE TABLE more (x)")


async def test_a_file_that_is_no_database_is_refused_with_the_fix(path: Path) -> None:
    path.write_bytes(b"no database " * 100)
    with pytest.raises(StoreUnavailable, match="moves it aside"):
        async with StoreWriter(path):
            pass


async def test_a_missing_folder_is_refused_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="check that its folder exists"):
        async with StoreWriter(tmp_path / "nowhere" / "readings.db"):
            pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
async def test_a_read_only_folder_is_refused_with_the_fix(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreUnavailable, match=r"may read and write|writable"):
        async with StoreWriter(tmp_path / "readings.db"):
            pass


async def test_a_newer_schema_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(StoreUnavailable, match="install the newer version"):
        async with StoreWriter(path):
            pass


def test_a_migration_that_fails_is_not_recorded(path: Path) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE one (x)")
        raise RuntimeError("power cut")

    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(RuntimeError):
        migrate(connection, (half,))
    assert version(connection) == 0
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == []
    connection.close()


async def test_an_error_inside_a_transaction_is_never_masked(path: Path) -> None:
    async with Database(path, lambda connection: None) as database:
        await database.execute("CREATE TABLE one (x)")
        with pytest.raises(LookupError):
            async with database.atomic():
                await database.execute("INSERT INTO one VALUES (1)")
                await database.execute("ROLLBACK")
                raise LookupError
        assert await database.fetch_all("SELECT x FROM one") == []


async def test_tasks_do_not_slip_into_each_others_transactions(path: Path) -> None:
    async with Database(path, lambda connection: None) as database:
        await database.execute("CREATE TABLE one (x)")

        async def failing() -> None:
            async with database.atomic():
                await database.execute("INSERT INTO one VALUES (1)")
                await asyncio.sleep(0.01)
                raise LookupError

        results = await asyncio.gather(
            failing(), database.execute("INSERT INTO one VALUES (2)"), return_exceptions=True
        )
        assert isinstance(results[0], LookupError)
        assert await database.fetch_all("SELECT x FROM one") == [(2,)]


async def test_what_is_committed_is_synced_to_the_disk(path: Path) -> None:
    async with Database(path, lambda connection: None) as database:
        assert await database.fetch_one("PRAGMA synchronous") == (2,)
        assert await database.fetch_one("PRAGMA journal_mode") == ("wal",)


async def test_a_state_that_came_late_does_not_undo_what_was_said_after_it(path: Path) -> None:
    async with store_with(path, [reading(DOOR, 1, "open"), reading(DOOR, 9, "open")]) as (writer, questions):
        await writer.backfill([reading(DOOR, 3, "closed")])
        assert (await questions.latest([DOOR]))[DOOR].value == "open"
        assert rows_of(path, "SELECT at_ms, value FROM states") == [(1, "open"), (3, "closed"), (9, "open")]


async def test_what_was_recorded_while_the_clock_was_ahead_is_not_what_holds_now(path: Path) -> None:
    now_ms = 50 * 24 * HOUR_MS
    year_ms = 365 * 24 * HOUR_MS
    async with StoreWriter(path, clock_ms=lambda: now_ms) as writer:
        await writer.write(
            [Decoded(readings=(reading(BEDROOM, now_ms + year_ms, 99.0), reading(DOOR, now_ms + year_ms, "open")))]
        )
        await Rollups(writer.database).run_once()
        for minutes, degrees, door in ((0, 20.0, "open"), (1, 21.0, "closed"), (90, 22.0, "closed")):
            at_ms = now_ms + minutes * MINUTE_MS
            await writer.write([Decoded(readings=(reading(BEDROOM, at_ms, degrees), reading(DOOR, at_ms, door)))])
        await Rollups(writer.database).run_once()
    async with Questions(path) as questions:
        latest = await questions.latest([BEDROOM, DOOR])
        assert (latest[BEDROOM].value, latest[DOOR].value) == (22.0, "closed")
        assert latest[DOOR].at_ms == now_ms + MINUTE_MS
        hour = Span(start_ms=now_ms, end_ms=now_ms + HOUR_MS)
        found = await questions.aggregate(BEDROOM, hour)
        assert found is not None and (found.minimum, found.maximum) == (20.0, 21.0)
        change = await questions.last_change(DOOR, "closed", now_ms + 2 * HOUR_MS)
        assert change is not None and change.at_ms == now_ms + MINUTE_MS


@pytest.mark.parametrize("seconds", [15, 300])
async def test_a_clock_that_was_set_back_by_little_keeps_nobody_waiting_for_what_holds_now(
    path: Path, seconds: int
) -> None:
    now_ms = 50 * 24 * HOUR_MS
    async with StoreWriter(path, clock_ms=lambda: now_ms) as writer:
        for at_ms, degrees, door in ((now_ms + seconds * 1_000, 99.0, "open"), (now_ms, 20.0, "closed")):
            await writer.write([Decoded(readings=(reading(BEDROOM, at_ms, degrees), reading(DOOR, at_ms, door)))])
    async with Questions(path) as questions:
        latest = await questions.latest([BEDROOM, DOOR])
        assert (latest[BEDROOM].value, latest[DOOR].value) == (20.0, "closed")
