"""The append-only, hash-chained record of every turn, call, claim and receipt, in a database of its own.

Each row's hash is SHA-256 over the previous row's hash and its own canonical JSON, so a changed or missing row shows.
"""

import asyncio
import hashlib
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sensors.database import Database
from sensors.holding import UNREADABLE, Holding
from sensors.schema import migrate

_LOG = logging.getLogger(__name__)

AUDIT_ID = 0x48564141
"""`HVAA`, in the header of the file."""

LONGEST_TEXT = 2_000
"""Characters kept of any one text, so that a hostile payload cannot fill the log."""

_START = "0" * 64


class Event(StrEnum):
    TURN = "turn"
    CALL = "call"
    PROPOSED = "proposed"
    CLOSED = "closed"
    CLAIMED = "claimed"
    RECEIPT = "receipt"
    PIN = "pin"
    """A wrong one; its digits are nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of the audit."""

    number: int
    at_ms: int
    event: str
    body: Mapping[str, Any]


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE record (number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, event TEXT NOT NULL,"
        " body TEXT NOT NULL, hash TEXT NOT NULL)"
    )
    for change in ("UPDATE", "DELETE"):
        connection.execute(
            f"CREATE TRIGGER no_{change.lower()} BEFORE {change} ON record"
            " BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )


MIGRATIONS = (_create,)


def capped(value: Any) -> Any:
    """The same JSON value with every text cut to LONGEST_TEXT characters and control characters made visible."""
    match value:
        case str():
            cut = value[:LONGEST_TEXT]
            shown = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in cut)[:LONGEST_TEXT]
            return shown if len(value) <= LONGEST_TEXT else f"{shown} [cut: {len(value)} characters]"
        case Mapping():
            return {str(key): capped(item) for key, item in value.items()}
        case list() | tuple():
            return [capped(item) for item in value]
        case _:
            return value


def chain(previous: str, number: int, at_ms: int, event: str, body: str) -> str:
    """The hash of a row: SHA-256, in hexadecimal, over the previous row's hash and the row itself."""
    return hashlib.sha256(f"{previous}\n{number}\n{at_ms}\n{event}\n{body}".encode()).hexdigest()


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
    start = number, previous = last or (0, _START)
    try:
        for row in source.execute("SELECT * FROM record WHERE number > ? ORDER BY number", (number,)):
            if row[0] != number + 1 or chain(previous, *row[:4]) != row[4] or time.monotonic() > end_seconds:
                break
            target.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?)", row)
            number, previous = row[0], row[4]
    except UNREADABLE as error:
        _LOG.warning("The audit can be read up to record %d: %s", number, error)
    return int(number - start[0])


class Audit:
    """The one writer of the audit database. Raises StoreUnavailable where it cannot write."""

    def __init__(self, path: Path, *, clock_ms: Callable[[], int]) -> None:
        self._database = Database(
            path, prepare=lambda connection: migrate(connection, MIGRATIONS), application_id=AUDIT_ID
        )
        self._clock_ms = clock_ms
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._database.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.__aexit__(kind, error, trace)

    async def append(self, event: Event, body: Mapping[str, Any]) -> int:
        """Commits one record and returns its number."""
        text = json.dumps(capped(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        at_ms = self._clock_ms()
        async with self._one_at_a_time:
            last = await self._database.fetch_one("SELECT number, hash FROM record ORDER BY number DESC LIMIT 1")
            number, previous = (last[0] + 1, last[1]) if last else (1, _START)
            async with self._database.atomic():
                await self._database.execute(
                    "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
                    (number, at_ms, event.value, text, chain(previous, number, at_ms, event.value, text)),
                )
        return number

    async def records(self, *, newest: int = 100) -> list[Record]:
        """The newest records, oldest of them first."""
        rows = await self._database.fetch_all(
            "SELECT number, at_ms, event, body FROM record ORDER BY number DESC LIMIT ?", (newest,)
        )
        return [Record(number=row[0], at_ms=row[1], event=row[2], body=json.loads(row[3])) for row in reversed(rows)]

    async def first_broken(self) -> int | None:
        """The number of the first row that does not fit the chain; None where the whole chain holds."""
        previous, expected = _START, 1
        rows = await self._database.fetch_all("SELECT number, at_ms, event, body, hash FROM record ORDER BY number")
        for number, at_ms, event, body, found in rows:
            if number != expected or chain(previous, number, at_ms, event, body) != found:
                return int(expected)
            previous, expected = found, expected + 1
        return None
