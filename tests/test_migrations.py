"""Schemas grow and never lose a row: from the first release to the newest, killed in the middle, or met by an older."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from fakes_databases import LAMP_CONFIG, NOW_MS, RELEASED_1, backups_beside, content, version_1

from sensors.database import StoreUnavailable
from sensors.mend import make_ready
from sensors.questions import Questions
from sensors.reading import SeriesKey
from sensors.schema import MIGRATIONS, migrate, version
from sensors.store import StoreWriter

TABLES = ("meta", "entity", "series", "numbers", "states", "latest", "unconfirmed")

MIGRATE_AND_DIE = """
import os, signal, sqlite3, sys
from sensors.schema import MIGRATIONS, migrate

before = int(sys.argv[2])

def dying(connection):
    for real in MIGRATIONS[before : before + 1]:
        real(connection)
    connection.execute("CREATE TABLE bulk AS SELECT * FROM numbers, (SELECT 1 UNION ALL SELECT 2)")
    os.kill(os.getpid(), signal.SIGKILL)

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 5")  # so that half of it has reached the disk
migrate(connection, [*MIGRATIONS[:before], dying])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.sqlite3"


def schema_of(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()


def test_the_first_migration_makes_what_was_released_word_for_word(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "released.db")) as connection:
        for statement in RELEASED_1:
            connection.execute(statement)
        connection.commit()
    with closing(sqlite3.connect(tmp_path / "now.db", isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:1])
    assert schema_of(tmp_path / "now.db") == schema_of(tmp_path / "released.db")


async def test_a_house_from_the_first_version_keeps_every_row_and_answers(path: Path) -> None:
    version_1(path)
    before = content(path, *TABLES)
    async with StoreWriter(path) as writer, Questions(path) as questions:
        (lamp,) = writer.definitions()
        assert lamp.payload == LAMP_CONFIG
        assert [command.verb.value for command in lamp.entity.commands] == ["turn_on", "set_brightness"]
        door, bedroom = SeriesKey(entity_id="binary_sensor.door"), SeriesKey(entity_id="sensor.bedroom")
        latest = await questions.latest([door, bedroom])
        assert latest[door].value == "open"
        assert latest[bedroom].value == 20.299
    after = content(path, *TABLES)
    assert {table: after[table] for table in TABLES[3:]} == {table: before[table] for table in TABLES[3:]}
    with closing(sqlite3.connect(path)) as connection:
        assert version(connection) == len(MIGRATIONS)


@pytest.mark.parametrize("start", range(1, len(MIGRATIONS) + 1))
def test_every_version_that_ever_was_comes_to_the_same_schema(tmp_path: Path, start: int) -> None:
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS)
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:start])
        migrate(connection, MIGRATIONS)
    assert schema_of(tmp_path / "old.db") == schema_of(tmp_path / "new.db")


@pytest.mark.parametrize("before", range(1, len(MIGRATIONS) + 1))
def test_a_migration_that_is_killed_leaves_the_old_version_whole_and_runs_again(path: Path, before: int) -> None:
    """Every migration that there is, and the next one."""
    version_1(path, numbers_per_series=3000)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:before])
    rows, schema = content(path, *TABLES), schema_of(path)
    died = subprocess.run([sys.executable, "-c", MIGRATE_AND_DIE, str(path), str(before)], timeout=30)
    assert died.returncode == -signal.SIGKILL
    assert path.with_name(f"{path.name}-wal").stat().st_size > 100_000
    assert schema_of(path) == schema
    assert content(path, *TABLES) == rows
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        migrate(connection, MIGRATIONS)
        assert version(connection) == len(MIGRATIONS)
    assert content(path, "numbers", "states") == {table: rows[table] for table in ("numbers", "states")}


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    version_1(path)
    before = schema_of(path)

    def failing(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE numbers")
        connection.execute("SELECT nothing FROM nowhere")

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, [MIGRATIONS[0], failing])
        assert version(connection) == 1
    assert schema_of(path) == before


async def test_a_newer_schema_is_refused_with_a_sentence_and_left_alone(path: Path) -> None:
    version_1(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert make_ready(backups_beside(path), NOW_MS) is None
    with pytest.raises(StoreUnavailable, match=r"schema 99 .* install the newer version"):
        async with StoreWriter(path):
            pass
    assert path.exists()


def test_before_existing_data_gets_a_new_schema_it_is_backed_up(path: Path) -> None:
    version_1(path)
    before = content(path, *TABLES)
    backups = backups_beside(path)
    assert make_ready(backups, NOW_MS) is None
    if len(MIGRATIONS) == 1:
        assert backups.newest_first() == []
        return
    (kept,) = backups.newest_first()
    assert content(kept, *TABLES) == before
    with closing(sqlite3.connect(kept)) as connection:
        assert version(connection) == 1


async def test_a_database_of_the_newest_schema_is_not_backed_up_at_each_start(path: Path) -> None:
    async with StoreWriter(path):
        pass
    backups = backups_beside(path)
    assert make_ready(backups, NOW_MS) is None
    assert backups.newest_first() == []
