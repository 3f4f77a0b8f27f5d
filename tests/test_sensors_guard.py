"""What a reading connection promises: whatever is asked of it, nothing changes and nothing runs on."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from fakes_sensors import BEDROOM, HOUR_MS, reading, store_with

from sensors import guard
from sensors.database import StoreUnavailable, TookTooLong
from sensors.guard import (
    LIMITS,
    Deadline,
    Guard,
    GuardBroken,
    allow_reading,
    attacks,
    harden,
    prove_read_only,
    self_test,
)
from sensors.periods import Span
from sensors.questions import Questions
from sensors.schema import MIGRATIONS, migrate


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "readings.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    migrate(connection, MIGRATIONS)
    connection.execute("INSERT INTO numbers VALUES (1, 1, 21400)")
    connection.close()
    return path


def read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)


def refused(connection: sqlite3.Connection, statement: str) -> bool:
    try:
        connection.execute(statement).fetchall()
    except (sqlite3.Error, sqlite3.Warning):
        return True
    return False


@pytest.mark.parametrize("number", range(len(attacks(Path("x"), Path("y")))))
def test_every_hostile_statement_is_refused(path: Path, tmp_path: Path, number: int) -> None:
    connection = read_only(path)
    harden(connection, Deadline())
    assert refused(connection, attacks(path, tmp_path)[number])
    connection.close()
    assert [item.name for item in tmp_path.iterdir() if "readings" not in item.name] == []


OF_THEIR_OWN = ("hex(", "load_extension", "readfile", "SELECT 1;", "WITH RECURSIVE")
"""Attacks on what an ordinary connection refuses as well, or would take all the memory or time for."""


@pytest.mark.parametrize("number", range(len(attacks(Path("x"), Path("y")))))
def test_every_attack_is_a_real_one_that_gets_through_without_the_guard(
    path: Path, tmp_path: Path, number: int
) -> None:
    statement = attacks(path, tmp_path)[number]
    if any(part in statement for part in OF_THEIR_OWN):
        pytest.skip("an ordinary connection is none the worse for it, or all too much")
    with closing(sqlite3.connect(path, isolation_level=None, uri=True)) as connection:
        connection.execute(statement).fetchall()


@pytest.mark.parametrize(
    "kind",
    [
        "INSERT INTO numbers",
        "ATTACH 'file://",
        "ATTACH ':memory:'",
        "?mode=rwc",
        "VACUUM INTO",
        "CREATE TEMP TABLE",
        "pragma_database_list",
        "WITH RECURSIVE",
        "PRAGMA query_only = OFF",
        "hex(zeroblob",
        "REINDEX",
        "load_extension",
        "; DELETE",
        "BEGIN",
        "sqlite_schema",
        "hours",
        "gaps",
        "days",
        "progress",
    ],
)
def test_the_self_test_tries_each_known_way_in(kind: str) -> None:
    assert any(kind in statement for statement in attacks(Path("/a.db"), Path("/b")))


@pytest.mark.parametrize("let", [sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT])
def test_the_self_test_notices_each_single_action_that_is_let_through(path: Path, let: int) -> None:
    def lax(action: int, *rest: str | None) -> int:
        return sqlite3.SQLITE_OK if action == let else allow_reading(action, *rest)

    with pytest.raises(GuardBroken, match="not refused"):
        weakened(path, lambda connection: connection.set_authorizer(lax))


@pytest.mark.parametrize("table", ["unconfirmed", "sqlite_schema", "sqlite_temp_schema"])
def test_the_self_test_notices_a_table_that_is_not_for_reading(path: Path, table: str) -> None:
    def lax(action: int, first: str | None, *rest: str | None) -> int:
        if action == sqlite3.SQLITE_READ and first in (table, "sqlite_master", "sqlite_temp_master"):
            return sqlite3.SQLITE_OK
        return allow_reading(action, first, *rest)

    with pytest.raises(GuardBroken, match="not refused"):
        weakened(path, lambda connection: connection.set_authorizer(lax))


async def test_every_question_is_allowed_and_answered_before_anything_was_recorded(path: Path) -> None:
    span = Span(start_ms=0, end_ms=HOUR_MS)
    async with Questions(path) as questions:
        assert await questions.aggregate(BEDROOM, span) is None
        assert await questions.total(BEDROOM, span) is None
        assert await questions.trend(BEDROOM, span) is None
        assert await questions.occurrences(BEDROOM, "open", span) is None
        assert await questions.time_in_state(BEDROOM, "open", span) is None
        assert await questions.last_change(BEDROOM, None, HOUR_MS) is None
        assert await questions.recorded_since_ms(BEDROOM) is None
        assert await questions.latest([BEDROOM]) == {}


def test_attaching_the_same_file_and_writing_through_it_is_refused(path: Path) -> None:
    connection = read_only(path)
    harden(connection, Deadline())
    assert refused(connection, f"ATTACH '{path}' AS again")
    assert refused(connection, "DELETE FROM again.numbers")
    assert refused(connection, "DROP TABLE numbers")
    assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (1,)
    connection.close()


def weakened(path: Path, weaken: Callable[[sqlite3.Connection], None]) -> None:
    connection, deadline = read_only(path), Deadline()
    harden(connection, deadline)
    weaken(connection)
    try:
        self_test(connection, path, deadline)
    finally:
        connection.close()


def test_the_self_test_passes_on_a_hardened_connection(path: Path) -> None:
    weakened(path, lambda connection: None)


def test_the_self_test_notices_a_missing_authorizer(path: Path) -> None:
    with pytest.raises(GuardBroken, match="not refused"):
        weakened(path, lambda connection: connection.set_authorizer(None))


def test_the_self_test_notices_a_missing_deadline(path: Path) -> None:
    with pytest.raises(GuardBroken, match="deadline"):
        weakened(path, lambda connection: connection.set_progress_handler(None, 0))


@pytest.mark.parametrize("limit", LIMITS)
def test_the_self_test_notices_each_missing_limit(path: Path, limit: int) -> None:
    with closing(sqlite3.connect(":memory:")) as plain:
        built_in = plain.getlimit(limit)
    if built_in <= LIMITS[limit]:
        pytest.skip("this SQLite is built with a lower limit")
    with pytest.raises(GuardBroken, match="SQLite limit"):
        weakened(path, lambda connection: void(connection.setlimit(limit, LIMITS[limit] + 1)))


def void(_: object) -> None: ...


@pytest.mark.parametrize(
    "action",
    sorted(
        {
            value
            for name, value in vars(sqlite3).items()
            if name.startswith(("SQLITE_CREATE", "SQLITE_DROP", "SQLITE_ALTER", "SQLITE_INSERT", "SQLITE_UPDATE"))
            or name in ("SQLITE_DELETE", "SQLITE_PRAGMA", "SQLITE_TRANSACTION", "SQLITE_ATTACH", "SQLITE_DETACH")
            or name in ("SQLITE_REINDEX", "SQLITE_ANALYZE", "SQLITE_SAVEPOINT", "SQLITE_RECURSIVE")
        }
    ),
)
def test_the_authorizer_allows_no_action_but_reading(action: int) -> None:
    assert allow_reading(action, "numbers", "count", "main", None) == sqlite3.SQLITE_DENY


def test_the_authorizer_allows_named_tables_and_functions_of_the_main_database_only() -> None:
    read, call = sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION
    assert allow_reading(read, "numbers", "value", "main", None) == sqlite3.SQLITE_OK
    assert allow_reading(call, None, "count", None, None) == sqlite3.SQLITE_OK
    assert allow_reading(read, "sqlite_master", "name", "main", None) == sqlite3.SQLITE_DENY
    assert allow_reading(read, "numbers", "value", "temp", None) == sqlite3.SQLITE_DENY
    assert allow_reading(call, None, "load_extension", None, None) == sqlite3.SQLITE_DENY


def test_a_connection_that_was_opened_for_writing_is_not_served(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(GuardBroken, match="opened for writing"):
        prove_read_only(connection)
    connection.close()


@pytest.mark.parametrize("pragma", ["query_only", "trusted_schema"])
def test_hardening_turns_the_pragmas(path: Path, pragma: str) -> None:
    connection = read_only(path)
    harden(connection, Deadline())
    connection.set_authorizer(None)
    assert connection.execute(f"PRAGMA {pragma}").fetchone() == (1 if pragma == "query_only" else 0,)
    assert connection.execute("PRAGMA temp_store").fetchone() == (2,)
    connection.close()


async def test_a_guard_that_does_not_hold_refuses_to_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(guard), "allow_reading", lambda *_: sqlite3.SQLITE_OK)
    with pytest.raises(GuardBroken):
        async with Guard(path):
            pass


async def test_a_question_that_runs_on_is_stopped_and_the_next_one_is_answered(path: Path) -> None:
    async with Guard(path, deadline_seconds=0.1) as opened:
        began = time.monotonic()
        with pytest.raises(TookTooLong, match="took too long"):
            await opened.fetch_all(guard.runaway(14))
        assert time.monotonic() - began < 0.5
        assert await opened.fetch_one("SELECT value FROM numbers") == (21400,)


async def test_a_cancelled_question_does_not_hold_up_the_next(path: Path) -> None:
    async with Guard(path, deadline_seconds=5) as opened:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await opened.fetch_all(guard.runaway(14))
        async with asyncio.timeout(0.5):
            assert await opened.fetch_one("SELECT count(*) FROM numbers") == (1,)


async def test_a_database_that_does_not_exist_yet_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="nothing has been recorded"):
        async with Questions(tmp_path / "readings.db"):
            pass


async def test_a_file_with_other_contents_is_said_so(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE notes (x)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreUnavailable, match="holds no readings"):
        async with Questions(other):
            pass


async def test_questions_see_what_the_writer_commits_and_open_after_it_has_gone(tmp_path: Path) -> None:
    path = tmp_path / "readings.db"
    async with store_with(path, [reading(BEDROOM, 1, 20.0)]) as (writer, questions):
        await writer.backfill([reading(BEDROOM, 2, 21.0)])
        assert (await questions.latest([BEDROOM]))[BEDROOM].value == 21.0
    async with Questions(path) as questions:
        assert (await questions.latest([BEDROOM]))[BEDROOM].value == 21.0
