"""One database file with what is known of it, and the checks that tell whether it is whole.

Everything here blocks, and belongs on a thread of its own while the house is served.
"""

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sensors.database import StoreDamaged, StoreUnavailable, explain
from sensors.schema import Migration, version

UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises; the second where SQLite's message quotes bytes of it that are no text."""

Salvage = Callable[[sqlite3.Connection, sqlite3.Connection, int, float], int]
"""Copies what can still be read through the first connection and the second does not have, inside the caller's
transaction; returns how many rows. Takes the present time in epoch ms, and when to end in seconds of time.monotonic."""

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_MOST_VERSIONS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A database of ours: where it lies, and what one that is whole looks like."""

    path: Path
    application_id: int
    migrations: Sequence[Migration]
    tables: frozenset[str]
    """Those that it has had since its first version; by them a file is known as this database."""
    small_tables: tuple[str, ...]
    """Those that are checked at each start: without them nothing runs, and they are read in milliseconds."""
    salvage: Salvage

    @property
    def name(self) -> str:
        return self.path.stem


class Stopped(Exception):
    """Blocking work was given up because the program ends."""


class Stop:
    """Ends blocking work from another thread: between its steps, and inside the statement that it runs."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._connections: list[sqlite3.Connection] = []

    def set(self) -> None:
        self._event.set()
        for connection in tuple(self._connections):
            connection.interrupt()

    @contextmanager
    def over(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Raises Stopped where the work inside was ended."""
        self._connections.append(connection)
        try:
            self.check()
            yield
        except sqlite3.OperationalError as error:
            if self._event.is_set():
                raise Stopped from error
            raise
        finally:
            self._connections.remove(connection)

    def check(self) -> None:
        if self._event.is_set():
            raise Stopped

    def pause(self, seconds: float) -> None:
        if self._event.wait(seconds):
            raise Stopped


def open_to_read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def examine(holding: Holding) -> str | None:
    """What is visibly wrong with the file, or None; takes milliseconds whatever its size.

    Only for a file that this process has not open: closing it here would drop SQLite's locks on it.
    Raises StoreUnavailable where it cannot be read, or is not ours to touch.
    """
    try:
        kind = holding.path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(holding.path, error) from error
    if not stat.S_ISREG(kind.st_mode):
        raise StoreUnavailable(f"{holding.path} is not a file; move it away, and a database is made in its place")
    try:
        with holding.path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise _unreadable(holding.path, error) from error
    return _misread(header, kind.st_size, log_exists=unclean(holding.path)) or _look(holding, holding.small_tables)


def of_this_kind(holding: Holding, file: Path) -> bool:
    """Whether a file can be read and holds this kind of database."""
    try:
        return examine(replace(holding, path=file, small_tables=())) is None
    except StoreUnavailable:
        return False


def check_whole(holding: Holding, stop: Stop) -> str | None:
    """The first faults that `PRAGMA quick_check` finds, or None. Reads all of the file, through SQLite alone."""
    return _look(holding, (), stop)


def unclean(path: Path) -> bool:
    """Whether the last run did not end cleanly: the last connection to close takes the write-ahead log away."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _misread(header: bytes, size: int, *, log_exists: bool) -> str | None:
    if not header:
        return "it is empty"
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        return "it does not begin like a database"
    page_bytes = int.from_bytes(header[16:18], "big")
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    if page_bytes < 512 or page_bytes & (page_bytes - 1):
        return f"its header tells of pages of {page_bytes} bytes"
    pages = int.from_bytes(header[28:32], "big")
    # The count holds only if the last to write knew of it; and what is missing here may stand in the log.
    if header[24:28] == header[92:96] and size < pages * page_bytes and not log_exists:
        return f"it is cut off: {size} bytes where its header tells of {pages * page_bytes}"
    return None


def _look(holding: Holding, tables: tuple[str, ...], stop: Stop | None = None) -> str | None:
    """Reads the schema, then checks some tables, or all where none is named."""
    stop = stop or Stop()
    try:
        with closing(open_to_read(holding.path)) as connection, stop.over(connection):
            connection.execute("PRAGMA temp_store = MEMORY")
            if fault := _foreign(connection, holding):
                return fault
            for argument in [f"('{table}')" for table in tables] or [""]:
                found = [row[0] for row in connection.execute(f"PRAGMA quick_check{argument}").fetchmany(3)]
                if found != ["ok"]:
                    return "; ".join(str(one) for one in found)
            for table in holding.small_tables:  # texts that are none show only where they are read
                for _ in connection.execute(f"SELECT * FROM {table}"):
                    pass
    except UnicodeDecodeError as error:  # SQLite's own message quotes what it found
        return f"what stands for names in it is no text ({error.reason})"
    except sqlite3.DatabaseError as error:
        explained = explain(error, holding.path)
        if isinstance(explained, StoreDamaged):
            return str(error)
        raise explained or error from error
    return None


def _foreign(connection: sqlite3.Connection, holding: Holding) -> str | None:
    """Raises StoreUnavailable for a database that another program has made; a fault where ours lacks tables."""
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if mark not in {0, holding.application_id} or (found and not found & holding.tables):
        raise StoreUnavailable(
            f"{holding.path} is a database of another program; move it away, or choose another folder with --state-dir"
        )
    number = version(connection)
    if not (0 < number < _MOST_VERSIONS if found else number == 0):
        return f"its schema cannot be number {number}"
    if found and (missing := holding.tables - found):
        return f"these tables are missing: {', '.join(sorted(missing))}"
    return None


def _unreadable(path: Path, error: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        f"{path} cannot be read ({error.strerror}); make it and its folder readable and writable for the user who"
        f" runs this ({os.geteuid()})"
    )
