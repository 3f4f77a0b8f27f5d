"""Opens the only connections that read, made so that they can do nothing else; attacks each before it is served.

`mode=ro` alone is not enough: on such a connection ATTACH of the same file writes and VACUUM INTO copies. So an
allow-listing authorizer, hard limits and a deadline stand around it, and each must hold by itself where it can.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from config.errors import UserFacingError
from sensors.database import Database, Parameters, Row, StoreUnavailable, TookTooLong

TABLES = frozenset({"meta", "entity", "series", "numbers", "states", "latest", "hours", "gaps", "days", "progress"})
FUNCTIONS = frozenset({"count", "sum", "min", "max", "lead", "typeof", "coalesce"})

LIMITS = {
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
}
"""Upper bounds of SQLite's own; without LENGTH one function call could run for seconds and take a gigabyte."""

_STEPS = 1_000
"""Virtual machine instructions between two looks at the clock; costs nothing that can be measured."""


class GuardBroken(UserFacingError):
    """A hostile statement got through on a connection that must only read; nothing may be served on it."""


def allow_reading(action: int, first: str | None, second: str | None, database: str | None, _inside: str | None) -> int:
    """The authorizer: SELECT, columns of the named tables, the named functions, and whether others wrote; no more."""
    if database not in (None, "main"):
        return sqlite3.SQLITE_DENY
    match action:
        case sqlite3.SQLITE_SELECT:
            return sqlite3.SQLITE_OK
        case sqlite3.SQLITE_READ if first in TABLES:
            return sqlite3.SQLITE_OK
        case sqlite3.SQLITE_FUNCTION if second in FUNCTIONS:
            return sqlite3.SQLITE_OK
        case sqlite3.SQLITE_PRAGMA if (first, second) == ("data_version", None):
            return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


class Deadline:
    """When the running statement must stop; shared between the guard and its connection's progress handler."""

    def __init__(self) -> None:
        self.at_seconds = float("inf")

    def passed(self) -> bool:
        """Called by SQLite every few instructions; True interrupts the statement."""
        return time.monotonic() > self.at_seconds


def harden(connection: sqlite3.Connection, deadline: Deadline) -> None:
    """Takes away from a connection everything but reading. The authorizer comes last: it forbids pragmas too."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    connection.set_progress_handler(deadline.passed, _STEPS)
    connection.set_authorizer(allow_reading)


def attacks(path: Path, elsewhere: Path) -> tuple[str, ...]:
    """Hostile statements, each of which must be refused. None would change a reading even if it went through."""
    same = path.absolute().as_uri()
    return (
        "INSERT INTO numbers SELECT series, at_ms, value FROM numbers WHERE 0",
        "REPLACE INTO states SELECT series, at_ms, value FROM states WHERE 0",
        "UPDATE numbers SET value = value WHERE 0",
        "DELETE FROM numbers WHERE 0",
        "UPDATE meta SET value = value WHERE 0",
        "DELETE FROM hours WHERE 0",
        "REPLACE INTO days SELECT * FROM days WHERE 0",
        "UPDATE progress SET until_ms = until_ms WHERE 0",
        "WITH old AS (SELECT 1) DELETE FROM gaps WHERE 0",
        f"ATTACH '{same}?mode=rw' AS again",
        f"ATTACH '{elsewhere / 'attached.db'}' AS other",
        f"ATTACH 'file:{elsewhere / 'made.db'}?mode=rwc' AS made",
        "ATTACH ':memory:' AS scratch",
        f"VACUUM INTO '{elsewhere / 'copy.db'}'",
        "VACUUM",
        "CREATE TEMP TABLE guard_probe (x)",
        "CREATE TABLE guard_probe (x)",
        "CREATE TEMP VIEW guard_probe AS SELECT 1",
        "CREATE TRIGGER guard_probe AFTER INSERT ON numbers BEGIN SELECT 1; END",
        "CREATE TEMP TRIGGER guard_probe AFTER INSERT ON main.numbers BEGIN SELECT 1; END",
        "CREATE INDEX guard_probe ON numbers (value)",
        "ALTER TABLE meta ADD COLUMN guard_probe",
        "REINDEX series",
        "ANALYZE",
        "PRAGMA user_version",
        "PRAGMA data_version = 1",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "SELECT * FROM pragma_database_list",
        "SELECT name FROM sqlite_schema",
        "SELECT name FROM sqlite_temp_schema",
        "SELECT count(*) FROM unconfirmed",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n LIMIT 1",
        "SELECT hex(zeroblob(200000000))",
        "SELECT load_extension('guard_probe')",
        "SELECT readfile('/etc/hostname')",
        "SELECT randomblob(10)",
        "BEGIN",
        "BEGIN IMMEDIATE",
        "SAVEPOINT guard_probe",
        "SELECT 1; DELETE FROM numbers WHERE 0",
        "EXPLAIN DELETE FROM numbers WHERE 0",
    )


def runaway(power: int) -> str:
    """A statement that reads 4**power rows out of nothing: with 11 most of a second, with 14 most of a minute."""
    names = "abcdefghijklmn"[:power]
    return (
        "WITH d(x) AS (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)"
        f" SELECT count(a.x) FROM {', '.join(f'd AS {name}' for name in names)}"
        f" WHERE {' + '.join(f'{name}.x' for name in names)} > 0"
    )


def prove_read_only(connection: sqlite3.Connection) -> None:
    """Raises GuardBroken where the file was not opened read-only; asked before anything else protects it."""
    try:
        connection.execute("UPDATE meta SET value = value WHERE 0")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise
    else:
        raise GuardBroken("the connection that must only read was opened for writing")


def self_test(connection: sqlite3.Connection, path: Path, deadline: Deadline) -> None:
    """Attacks the live connection. Raises GuardBroken naming the first statement that got through."""
    connection.execute("SELECT count(*) FROM meta").fetchall()  # it must read; this also proves that the file opens
    with tempfile.TemporaryDirectory(prefix="guard-") as folder:
        for statement in attacks(path, Path(folder)):
            if not _refused(connection, statement):
                raise GuardBroken(f"this statement was not refused on a connection that must only read: {statement}")
        if left := sorted(item.name for item in Path(folder).iterdir()):
            raise GuardBroken(f"a refused statement left files behind: {', '.join(left)}")
    for limit, value in LIMITS.items():
        if connection.getlimit(limit) > value:
            raise GuardBroken(f"SQLite limit {limit} is {connection.getlimit(limit)} instead of {value}")
    deadline.at_seconds = time.monotonic()
    try:
        if not _refused(connection, runaway(11)):
            raise GuardBroken("a statement ran on past its deadline")
    finally:
        deadline.at_seconds = float("inf")


def _refused(connection: sqlite3.Connection, statement: str) -> bool:
    """Whether it raised. What got through is undone as far as it can be."""
    try:
        connection.execute(statement).fetchall()
    except (sqlite3.Error, sqlite3.Warning):
        return True
    with suppress(sqlite3.Error):
        connection.rollback()
    return False


class Guard:
    """Async context manager over one connection that cannot write. Statements run one at a time, each in a deadline."""

    def __init__(self, path: Path, *, deadline_seconds: float = 2.0) -> None:
        self._path = path
        self._deadline = Deadline()
        self._deadline_seconds = deadline_seconds
        self._database = Database(path, self._prepare, read_only=True)
        self._turn = asyncio.Lock()

    def _prepare(self, connection: sqlite3.Connection) -> None:
        prove_read_only(connection)
        harden(connection, self._deadline)
        self_test(connection, self._path, self._deadline)

    async def __aenter__(self) -> Self:
        if not self._path.exists():
            raise StoreUnavailable(
                f"{self._path} does not exist yet: nothing has been recorded; start the daemon with `assistant run`"
            )
        try:
            await self._database.__aenter__()
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(
                f"{self._path} holds no readings ({error}); check that it is the right file"
            ) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.__aexit__(kind, error, trace)

    async def fetch_all(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        """Raises TookTooLong past the deadline. A caller that is cancelled leaves no statement running behind it."""
        return await self._in_time(lambda: self._database.fetch_all(statement, parameters))

    async def fetch_one(self, statement: str, parameters: Parameters = ()) -> Row | None:
        rows = await self.fetch_all(statement, parameters)
        return rows[0] if rows else None

    async def _in_time(self, ask: Callable[[], Coroutine[Any, Any, list[Row]]]) -> list[Row]:
        async with self._turn:
            self._deadline.at_seconds = time.monotonic() + self._deadline_seconds
            try:
                # The progress handler does not fire inside one long C function; this one does not need it to.
                async with asyncio.timeout(self._deadline_seconds * 1.5):
                    return await ask()
            except TimeoutError as error:
                self._database.interrupt()
                raise TookTooLong(f"a question to {self._path} took too long and was stopped") from error
            except asyncio.CancelledError:
                self._database.interrupt()
                raise
            finally:
                self._deadline.at_seconds = 0.0  # what was given up on but had not begun stops at once
