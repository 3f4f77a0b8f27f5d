"""One SQLite connection on a thread of its own. The only importer of aiosqlite; every other module asks through it.

StoreUnavailable      the file cannot be used now: the message says why and what to do
└── TookTooLong       a question ran past its deadline and was interrupted
"""

import asyncio
import logging
import sqlite3
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


class TookTooLong(StoreUnavailable):
    """A statement was stopped because its time was over."""


_CAUSES: dict[int, str] = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space on it and this goes on by itself",
    sqlite3.SQLITE_READONLY: "it cannot be written; make the file and its folder writable for the user who runs this",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that its folder exists and this user may read and write it",
    sqlite3.SQLITE_PERM: "access was refused; make the file and its folder readable and writable for this user",
    sqlite3.SQLITE_BUSY: "another process holds it; end that process or wait for it",
    sqlite3.SQLITE_LOCKED: "another connection holds it; try again",
    sqlite3.SQLITE_CORRUPT: "it is damaged; move it aside and restore a backup, or start with a new one",
    sqlite3.SQLITE_NOTADB: "it is not a SQLite database; move it aside and restore a backup, or start with a new one",
    sqlite3.SQLITE_IOERR: "reading or writing the disk failed; check the disk and its free space",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
}


def explain(error: sqlite3.Error, path: Path) -> StoreUnavailable | None:
    """Our own error for one of the file's or the disk's; None for what can only be a mistake in a statement."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_INTERRUPT:
        return TookTooLong(f"a question to {path} took too long and was stopped; ask about a shorter time")
    cause = _CAUSES.get(primary)
    return StoreUnavailable(f"{path}: {cause} ({error})") if cause else None


class Database:
    """An async context manager over one connection.

    `prepare` runs on the connection's own thread as soon as it is open: pragmas, migrations, hardening. Statements
    commit by themselves unless they stand in `atomic()`. A writer syncs on each commit, so what is committed
    survives a power cut.
    """

    def __init__(
        self,
        path: Path,
        prepare: Callable[[sqlite3.Connection], None],
        *,
        read_only: bool = False,
        busy_seconds: float = 5.0,
    ) -> None:
        self.path = path
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
            raise explain(error, self.path) or error from error
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
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,
            check_same_thread=True,
            cached_statements=256,
        )
        with ExitStack() as stack:
            stack.callback(connection.close)
            if not self._read_only:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
            self._prepare(connection)
            stack.pop_all()
        return connection

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

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        await self._ask(lambda: self._many(statement, rows))

    async def _many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        cursor = await self._connection.executemany(statement, rows)
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
        try:
            return await statement()
        except sqlite3.Error as error:
            raise explain(error, self.path) or error from error
