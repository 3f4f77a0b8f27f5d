"""The reading connection, line by line: each of these once stood broken, and no other test had noticed."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from test_sensors_guard import path as path
from test_sensors_guard import read_only

from sensors import guard
from sensors.database import Database, TookTooLong
from sensors.guard import LIMITS, Deadline, Guard, GuardBroken, harden, prove_read_only, self_test


def test_the_limits_are_these() -> None:
    assert {
        sqlite3.SQLITE_LIMIT_ATTACHED: 0,
        sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
        sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_000,
        sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
        sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 4,
        sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
        sqlite3.SQLITE_LIMIT_VDBE_OP: 25_000,
        sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
        sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
        sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 2_000,
        sqlite3.SQLITE_LIMIT_COLUMN: 100,
        sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 8,
    } == LIMITS


def test_whether_others_wrote_can_be_asked(path: Path) -> None:
    with closing(read_only(path)) as connection:
        harden(connection, Deadline())
        assert connection.execute("PRAGMA data_version").fetchone()[0] >= 1


def test_a_connection_that_reads_nothing_either_is_not_served(path: Path) -> None:
    with closing(read_only(path)) as connection:
        harden(connection, Deadline())
        connection.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
        with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
            self_test(connection, path, Deadline())


def test_a_file_that_cannot_be_asked_is_not_taken_for_one_that_cannot_be_written() -> None:
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(sqlite3.OperationalError, match="no such"):
        prove_read_only(connection)


class _Littering(sqlite3.Connection):
    """Refuses as it should, and has written all the same."""

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> sqlite3.Cursor:
        if statement.startswith("VACUUM INTO"):
            Path(statement.split("'")[1]).touch()
        return super().execute(statement, parameters)


def test_a_refusal_that_left_a_file_behind_is_none(path: Path) -> None:
    deadline = Deadline()
    uri = f"{path.as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, factory=_Littering)) as connection:
        harden(connection, deadline)
        with pytest.raises(GuardBroken, match=r"left files behind: copy\.db"):
            self_test(connection, path, deadline)


def test_what_got_through_is_undone(path: Path) -> None:
    def all_but_transactions(action: int, *about: str | None) -> int:
        return sqlite3.SQLITE_OK if action == sqlite3.SQLITE_TRANSACTION else guard.allow_reading(action, *about)

    with closing(read_only(path)) as connection:
        harden(connection, Deadline())
        connection.set_authorizer(all_but_transactions)
        with pytest.raises(GuardBroken, match="BEGIN"):
            self_test(connection, path, Deadline())
        assert not connection.in_transaction


async def test_a_file_that_was_opened_for_writing_is_not_served_by_the_guard(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def writable(path: Path, prepare: object, *, read_only: bool) -> Database:
        assert read_only
        return Database(path, prepare, read_only=False)  # type: ignore[arg-type]

    monkeypatch.setitem(vars(guard), "Database", writable)
    with pytest.raises(GuardBroken, match="opened for writing"):
        async with Guard(path):
            pass


async def test_what_does_not_look_at_the_clock_is_interrupted_and_said_to_have_taken_too_long(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one long function of SQLite would: its progress handler is not called within."""
    interrupted = []
    async with Guard(path, deadline_seconds=0.05) as opened:

        async def deaf(*_: object) -> list[tuple[object, ...]]:
            await asyncio.sleep(60)
            return []

        with monkeypatch.context() as patch:
            patch.setattr(opened._database, "fetch_all", deaf)
            patch.setattr(opened._database, "interrupt", lambda: interrupted.append(True))
            with pytest.raises(TookTooLong, match="took too long and was stopped"):
                await opened.fetch_all("SELECT 1")
        assert interrupted == [True]
        assert await opened.fetch_one("SELECT count(*) FROM numbers") == (1,)
