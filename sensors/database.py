"""One SQLite connection on a thread of its own. The only importer of aiosqlite; every other module asks through it.

StoreUnavailable      the file cannot be used now: the message says why and what to do
├── StoreDamaged      what is in the file is not what was written; it is mended at the next opening
└── TookTooLong       a question ran past its deadline and was interrupted
"""

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiosqlite

from config.errors import UserFacingError

_LOG = logging.getLogger(__name__)

Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


class StoreUnavailable(UserFacingError):
    """The database cannot be used; the message names the file, the cause and the fix."""


class StoreDamaged(StoreUnavailable):
    """The file's content is broken: reading it again will not help."""


class TookTooLong(StoreUnavailable):
    """A statement was stopped because its time was over."""


_CAUSES: dict[int, str] = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space on it and this goes on by itself",
    sqlite3.SQLITE_READONLY: "it cannot be written; make the file and its folder writable for the user who runs this",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that its folder exists and this user may read and write it,"
    " and that the disk is not read-only",
    sqlite3.SQLITE_PERM: "access was refused; make the file and its folder readable and writable for this user",
    sqlite3.SQLITE_BUSY: "another process holds it; end that process or wait for it",
    sqlite3.SQLITE_LOCKED: "another connection holds it; try again",
    sqlite3.SQLITE_CORRUPT: "it is damaged; the daemon moves it aside and restores the last backup when it starts",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database; the daemon moves it aside and restores the last backup when it"
    " starts",
    sqlite3.SQLITE_IOERR: "reading or writing the disk failed; check the disk and its free space",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
}


_NO_TEXT = "Could not decode to UTF-8"
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

PAGE_BYTES = 2048
"""Of new files. Each commit writes a page for each series in it: half of SQLite's usual size spares an SD card 40 % of
all bytes, and neither the file nor any question is the worse for it (benchmarks/card.py, benchmarks/history.py)."""

_BUSY_STEP_SECONDS = 0.5
"""For so long SQLite itself waits for another process, deaf to everything else; beyond that a task waits, which can be
cancelled."""

_LOG_PAGES = 4 * 1024 * 1024 // PAGE_BYTES
_LONGEST_LOG_BYTES = 8 * 1024 * 1024
"""What the write-ahead log is cut back to after a long reader had kept it growing; 4 MB is its usual size."""


def explain(error: sqlite3.Error, path: Path) -> StoreUnavailable | None:
    """Our own error for one of the file's or the disk's; None for what can only be a mistake in a statement."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # Raised by Python itself; every text that was written was one.
        return StoreDamaged(f"{path}: it is damaged ({error})") if str(error).startswith(_NO_TEXT) else None
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_INTERRUPT:
        return TookTooLong(f"a question to {path} took too long and was stopped; ask about a shorter time")
    cause = _CAUSES.get(primary)
    if cause is None:
        return None
    return (StoreDamaged if primary in _DAMAGED else StoreUnavailable)(f"{path}: {cause} ({error})")


def damage_mark(path: Path) -> Path:
    """The file that stands beside a database from when it is found damaged until it is mended, and says why."""
    return path.with_name(f"{path.name}.damaged")


def mark_damaged(path: Path, why: str) -> None:
    """Leaves word for whoever opens the database next. The first word stays: later faults follow from the first."""
    try:
        with damage_mark(path).open("x", encoding="utf-8") as mark:
            mark.write(why)
    except FileExistsError:
        return
    except OSError:
        _LOG.exception("That %s is damaged could not be marked beside it", path)
    _LOG.error("%s is damaged: %s", path, why)


class Database:
    """An async context manager over one connection.

    `prepare` runs on the connection's own thread as soon as it is open: pragmas, migrations, hardening. Statements
    commit by themselves unless they stand in `atomic()`. A writer syncs on each commit, so what is committed
    survives a power cut. `application_id` is written into a file that has none, and tells it from anybody else's.
    A file that proves to be damaged is marked so (`damage_mark`), by whichever connection finds out.
    """

    def __init__(
        self,
        path: Path,
        prepare: Callable[[sqlite3.Connection], None],
        *,
        read_only: bool = False,
        busy_seconds: float = 5.0,
        application_id: int = 0,
    ) -> None:
        self.path = path
        self._application_id = application_id
        self._prepare = prepare
        self._read_only = read_only
        self._busy_seconds = busy_seconds
        self._open: aiosqlite.Connection | None = None
        self._turn = asyncio.Lock()
        self._owner: asyncio.Task[Any] | None = None

    async def __aenter__(self) -> Self:
        connection = aiosqlite.Connection(self._connect, iter_chunk_size=1000)
        try:
            self._open = await connection
        except sqlite3.Error as error:
            raise self._ours(error) from error
        finally:
            if self._open is None:
                connection._thread.join(timeout=1.0)  # it is told to stop, and would else outlive the event loop
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            await connection.close()

    def _connect(self) -> sqlite3.Connection:
        mode = "ro" if self._read_only else "rwc"
        if not self._read_only:
            self._make_private()
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=min(self._busy_seconds, _BUSY_STEP_SECONDS),
            isolation_level=None,
            check_same_thread=True,
            cached_statements=256,
        )
        with ExitStack() as stack:
            stack.callback(connection.close)
            if not self._read_only:
                connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
                connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # of new files; see give_back_pages
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
                connection.execute(f"PRAGMA journal_size_limit={_LONGEST_LOG_BYTES}")
            self._prepare(connection)
            if self._application_id and not connection.execute("PRAGMA application_id").fetchone()[0]:
                connection.execute(f"PRAGMA application_id={self._application_id}")
            stack.pop_all()
        return connection

    def _make_private(self) -> None:
        """A new file is made for its owner alone; SQLite gives its companions the same rights.

        One that exists is not opened: closing it would drop the locks that SQLite holds on it in this process.
        """
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except OSError as error:
            _LOG.debug("%s: %s", self.path, error)  # it exists; or SQLite meets the same and has a sentence for it

    @property
    def _connection(self) -> aiosqlite.Connection:
        if self._open is None:
            raise StoreUnavailable(f"{self.path} is not open")
        return self._open

    def interrupt(self) -> None:
        """Stops the statement that is running, which then raises TookTooLong."""
        if self._open is not None:
            self._open._conn.interrupt()  # the public coroutine only wraps this, and cannot be called while cancelled

    async def execute(self, statement: str, parameters: Parameters = ()) -> None:
        await self._ask(lambda: self._connection.execute_fetchall(statement, parameters))

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        await self._ask(lambda: self._many(statement, rows))

    async def _many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        cursor = await self._connection.executemany(statement, rows)
        await cursor.close()

    async def give_back_pages(self, most: int) -> None:
        """Takes so many free pages from the file, which grows smaller at the next checkpoint."""
        await self._ask(lambda: self._script(f"PRAGMA incremental_vacuum({most})"))

    async def _script(self, statements: str) -> None:
        # Ordinary execution would end such a statement after its first step.
        cursor = await self._connection.executescript(statements)
        await cursor.close()

    async def fetch_all(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        rows: Iterable[Any] = await self._ask(lambda: self._connection.execute_fetchall(statement, parameters))
        return list(rows)

    async def fetch_one(self, statement: str, parameters: Parameters = ()) -> Row | None:
        rows = await self.fetch_all(statement, parameters)
        return rows[0] if rows else None

    @asynccontextmanager
    async def atomic(self) -> AsyncIterator[None]:
        """A transaction: all of it is committed, or none. Other tasks wait; an error inside is never masked."""
        async with self._turn:
            self._owner = asyncio.current_task()
            committed = False
            try:
                await self._ask(lambda: self._connection.execute_fetchall("BEGIN IMMEDIATE"))
                yield
                await self._ask(lambda: self._connection.execute_fetchall("COMMIT"))
                committed = True
            finally:
                if not committed:
                    await self._roll_back()
                self._owner = None

    async def _roll_back(self) -> None:
        """Leaves no transaction open; where a full disk has rolled back by itself, sqlite3 does nothing here."""
        try:
            await self._connection.rollback()
        except sqlite3.Error:
            _LOG.exception("A transaction on %s could not be rolled back", self.path)

    async def _ask(self, statement: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        if self._owner is not None and self._owner is asyncio.current_task():
            return await self._explained(statement)
        async with self._turn:
            return await self._explained(statement)

    async def _explained(self, statement: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        end = time.monotonic() + self._busy_seconds
        while True:
            try:
                return await statement()
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                    raise self._ours(error) from error
            except sqlite3.Error as error:
                raise self._ours(error) from error

    def _ours(self, error: sqlite3.Error) -> Exception:
        explained = explain(error, self.path)
        if isinstance(explained, StoreDamaged):
            mark_damaged(self.path, str(error))
        return explained or error
