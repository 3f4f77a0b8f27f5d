"""The append-only, hash-chained record of every turn, call, claim and receipt, in a database of its own."""

import asyncio
import json
import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sensors.database import Database
from sensors.holding import UNREADABLE, Holding
from sensors.schema import migrate
from tools.chain import START, Head, link

_LOG = logging.getLogger(__name__)

AUDIT_ID = 0x48564141
"""`HVAA`, in the header of the file."""

_MOST_BETWEEN = 5_000
LONGEST_TEXT = 2_000
"""Characters kept of any one text, so that a hostile payload cannot fill the log."""


class Event(StrEnum):
    TURN = "turn"
    CALL = "call"
    PROPOSED = "proposed"
    CLOSED = "closed"
    CLAIMED = "claimed"
    RECEIPT = "receipt"
    PIN = "pin"
    """A wrong one; its digits are nowhere."""
    HOUSE = "house"
    """What there was in the house from here on, and by which settings it was spoken of."""
    TOLD = "told"
    """What was said without anybody having asked just then: what rang, what came about, what the house noticed."""
    DELETED = "deleted"
    """Up to where records were deleted because they were old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of the audit."""

    number: int
    at_ms: int
    event: str
    body: Mapping[str, Any]


def m001_records(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE record (number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, event TEXT NOT NULL,"
        " body TEXT NOT NULL, hash TEXT NOT NULL)"
    )
    for change in ("UPDATE", "DELETE"):
        connection.execute(
            f"CREATE TRIGGER no_{change.lower()} BEFORE {change} ON record"
            " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )


def m002_deleting_from_the_front(connection: sqlite3.Connection) -> None:
    """Old records may go, all up to an anchor: its hash stands in the chain, so that the rest still holds together.

    A replaced record would be a deleted one; so a record is only ever inserted behind the last.
    """
    connection.execute("CREATE TABLE anchor (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, at_ms INTEGER NOT NULL)")
    for change in ("UPDATE", "DELETE"):
        connection.execute(
            f"CREATE TRIGGER anchor_no_{change.lower()} BEFORE {change} ON anchor"
            " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )
    connection.execute("DROP TRIGGER no_delete")
    connection.execute(
        "CREATE TRIGGER no_delete BEFORE DELETE ON record"
        " WHEN OLD.number > (SELECT coalesce(max(number), 0) FROM anchor)"
        " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )
    connection.execute(
        "CREATE TRIGGER only_behind_the_last BEFORE INSERT ON record WHEN NEW.number !="
        " max((SELECT coalesce(max(number), 0) FROM record), (SELECT coalesce(max(number), 0) FROM anchor)) + 1"
        " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )
    connection.execute("CREATE INDEX record_event ON record (event, number)")


MIGRATIONS = (m001_records, m002_deleting_from_the_front)


def capped(value: Any) -> Any:
    """The same JSON value with every text cut to LONGEST_TEXT characters and control characters made visible."""
    match value:
        case str():
            cut = value[:LONGEST_TEXT]
            if not cut.isprintable():
                cut = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in cut)[:LONGEST_TEXT]
            return cut if len(value) <= LONGEST_TEXT else f"{cut} [cut: {len(value)} characters]"
        case Mapping():
            return {str(key): capped(item) for key, item in value.items()}
        case list() | tuple():
            return [capped(item) for item in value]
        case _:
            return value


def as_text(body: Mapping[str, Any]) -> str:
    """A body as it is stored: canonical JSON, so that the same content has the same hash."""
    return json.dumps(capped(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def audit_holding(path: Path) -> Holding:
    return Holding(
        path=path,
        application_id=AUDIT_ID,
        migrations=MIGRATIONS,
        tables=frozenset({"record"}),
        small_tables=(),
        salvage=_salvage,
    )


def _salvage(source: sqlite3.Connection, target: sqlite3.Connection, now_ms: int, end_seconds: float) -> int:
    """Copies the records that follow the last one, for as long as each proves by its hash that it is the next."""
    last = target.execute("SELECT number, hash FROM record ORDER BY number DESC LIMIT 1").fetchone()
    start = number, previous = _anchor_beyond(source, target, last[0] if last else 0) or last or (0, START)
    try:
        for row in source.execute("SELECT * FROM record WHERE number > ? ORDER BY number", (number,)):
            if row[0] != number + 1 or link(previous, *row[:4]) != row[4] or time.monotonic() > end_seconds:
                break
            target.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?)", row)
            number, previous = row[0], row[4]
    except UNREADABLE as error:
        _LOG.warning("The audit can be read up to record %d: %s", number, error)
    return int(number - start[0])


def _anchor_beyond(source: sqlite3.Connection, target: sqlite3.Connection, number: int) -> tuple[int, str] | None:
    """Where more was deleted since the backup than the backup has: from where the source goes on."""
    try:
        found = source.execute("SELECT * FROM anchor WHERE number > ? ORDER BY number DESC LIMIT 1", (number,))
        row = found.fetchone()
    except UNREADABLE as error:
        _LOG.warning("Where the audit begins cannot be read: %s", error)
        return None
    if row is None:
        return None
    target.execute("INSERT INTO anchor VALUES (?, ?, ?)", row)
    return row[0], row[1]


_MAY_INSERT_INTO = frozenset({"record"})
_MAY_READ = frozenset({"record", "anchor"})


def _allow_appending(action: int, first: str | None, second: str | None, database: str | None, _by: str | None) -> int:
    """The authorizer of the connection that writes: it appends, reads and commits, and can do nothing else."""
    match action:
        case sqlite3.SQLITE_SELECT | sqlite3.SQLITE_TRANSACTION:
            return sqlite3.SQLITE_OK
        case sqlite3.SQLITE_READ if first in _MAY_READ:
            return sqlite3.SQLITE_OK
        case sqlite3.SQLITE_INSERT if first in _MAY_INSERT_INTO:
            return sqlite3.SQLITE_OK
        case sqlite3.SQLITE_FUNCTION if second in {"coalesce", "max", "count"}:
            return sqlite3.SQLITE_OK
        case sqlite3.SQLITE_PRAGMA if first == "application_id":
            return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _prepare(connection: sqlite3.Connection) -> None:
    migrate(connection, MIGRATIONS)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_authorizer(_allow_appending)


class Audit:
    """The one writer of the audit database. Raises StoreUnavailable where it cannot write."""

    def __init__(self, path: Path, *, clock_ms: Callable[[], int]) -> None:
        self._database = Database(path, prepare=_prepare, application_id=AUDIT_ID)
        self._clock_ms = clock_ms
        self._one_at_a_time = asyncio.Lock()
        self.counts: Counter[str] = Counter()
        """By event, and of proposals that were closed by what they came to, such as `closed.expired`."""

    async def __aenter__(self) -> Self:
        await self._database.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.__aexit__(kind, error, trace)

    async def append(self, event: Event, body: Mapping[str, Any]) -> int:
        """Commits one record and returns its number."""
        text = as_text(body)
        at_ms = self._clock_ms()
        async with self._one_at_a_time:
            last = await self.head()
            number = last.number + 1
            async with self._database.atomic():
                await self._database.execute(
                    "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
                    (number, at_ms, event.value, text, link(last.hash, number, at_ms, event.value, text)),
                )
        self.counts[f"{event}.{body['state']}" if event is Event.CLOSED else event.value] += 1
        return number

    async def head(self) -> Head:
        """The last record, and the hash that fixes everything up to it."""
        for table in ("record", "anchor"):
            last = await self._database.fetch_one(f"SELECT number, hash FROM {table} ORDER BY number DESC LIMIT 1")
            if last is not None:
                return Head(number=last[0], hash=last[1])
        return Head(number=0, hash=START)

    async def between(self, start_ms: int, end_ms: int, events: Sequence[Event]) -> list[Record]:
        """Records of these kinds from a stretch of time, in order; the newest few thousand where there are more."""
        marks = ", ".join("?" for _ in events)
        rows = await self._database.fetch_all(
            f"SELECT number, at_ms, event, body FROM record WHERE event IN ({marks}) AND at_ms >= ? AND at_ms < ?"
            f" ORDER BY number DESC LIMIT {_MOST_BETWEEN}",
            (*(event.value for event in events), start_ms, end_ms),
        )
        return [Record(number=row[0], at_ms=row[1], event=row[2], body=json.loads(row[3])) for row in reversed(rows)]

    async def records(self, *, newest: int = 100) -> list[Record]:
        """The newest records, oldest of them first."""
        rows = await self._database.fetch_all(
            "SELECT number, at_ms, event, body FROM record ORDER BY number DESC LIMIT ?", (newest,)
        )
        return [Record(number=row[0], at_ms=row[1], event=row[2], body=json.loads(row[3])) for row in reversed(rows)]
