"""The house's own state, in a database of its own: what waits for its time, and what waits for a person.

Each table has one owner, which alone reads and writes it; all of them share the one connection that is made here.
"""

import logging
import sqlite3
from pathlib import Path

from sensors.database import Database, StoreUnavailable
from sensors.holding import UNREADABLE, Holding
from sensors.schema import Migration, migrate, version
from tools.proposals import create_proposals

_LOG = logging.getLogger(__name__)

HOUSE_ID = 0x48564148
"""`HVAH`, in the header of the file."""


def m001_timers(connection: sqlite3.Connection) -> None:
    """What waits for its time, and what has come due and was not heard yet; both owned by `tools/timers.py`.

    Times are epoch ms. `boot` and `set_boot_ms` tell the moment of setting by a clock that nothing ever sets.
    """
    for statement in (
        "CREATE TABLE timer (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT, message TEXT,"
        " satellite TEXT NOT NULL, room TEXT, seconds INTEGER, clock TEXT, day TEXT, set_ms INTEGER NOT NULL,"
        " boot TEXT NOT NULL, set_boot_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL) STRICT",
        "CREATE TABLE ring (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT, message TEXT,"
        " satellite TEXT NOT NULL, room TEXT, seconds INTEGER, due_ms INTEGER NOT NULL, rang_ms INTEGER NOT NULL,"
        " unheard INTEGER NOT NULL DEFAULT 0) STRICT",
    ):
        connection.execute(statement)


def m003_watches(connection: sqlite3.Connection) -> None:
    """What is watched for, owned by `tools/watches.py`; and what the house told by itself, by `tools/standing.py`.

    `wanted` and `progress` are JSON.
    """
    for statement in (
        "CREATE TABLE watch (id INTEGER PRIMARY KEY, satellite TEXT NOT NULL, room TEXT, wanted TEXT NOT NULL,"
        " set_ms INTEGER NOT NULL, lapses_ms INTEGER NOT NULL, progress TEXT NOT NULL)"
        " STRICT",
        "CREATE TABLE standing (kind TEXT NOT NULL, entity_id TEXT NOT NULL, since_ms INTEGER NOT NULL,"
        " PRIMARY KEY (kind, entity_id)) STRICT, WITHOUT ROWID",
    ):
        connection.execute(statement)


MIGRATIONS: tuple[Migration, ...] = (m001_timers, create_proposals, m003_watches)

_SALVAGED = ("timer", "ring", "watch", "standing")
"""Tables whose rows are read out of a damaged file. What waits for a person's yes is not: it is asked again."""


def house_holding(path: Path) -> Holding:
    return Holding(
        path=path,
        application_id=HOUSE_ID,
        migrations=MIGRATIONS,
        tables=frozenset({"timer", "ring"}),
        small_tables=("timer", "ring", "proposal"),
        salvage=_salvage,
    )


def open_house_state(path: Path) -> Database:
    """To be entered once; whoever owns a table in it is handed the same object."""
    return Database(path, prepare=lambda connection: migrate(connection, MIGRATIONS), application_id=HOUSE_ID)


def read_house_state(path: Path) -> Database:
    """The same for a command beside a daemon: nothing can be written over it. Raises StoreUnavailable on entering."""
    return Database(path, prepare=_only_read, read_only=True)


def _only_read(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")
    if version(connection) < len(MIGRATIONS):
        raise StoreUnavailable("house.sqlite3 is of an older version; the next start brings it up to date")


async def forget_what_was_said(database: Database) -> None:
    """What has rung and nobody heard, and what was once proposed; what waits for its time stays.

    Raises StoreUnavailable. Only while no assistant runs: whoever owns these tables has them in memory too.
    """
    async with database.atomic():
        for table in ("ring", "proposal"):
            await database.execute(f"DELETE FROM {table}")
    await database.execute("VACUUM")
    await database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _salvage(source: sqlite3.Connection, target: sqlite3.Connection, now_ms: int, end_seconds: float) -> int:
    """A table that can be read to its end replaces the backup's, which knows of timers that are long over."""
    return sum(_salvage_table(source, target, table) for table in _SALVAGED)


def _salvage_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> int:
    rows = []
    try:
        for row in source.execute(f"SELECT * FROM {table}"):
            rows.append(row)  # noqa: PERF402 - what was read before the damage is kept
        target.execute(f"DELETE FROM {table}")
    except UNREADABLE as error:
        _LOG.warning("%d rows of %s can be read: %s", len(rows), table, error)
    return sum(_inserted(target, table, row) for row in rows)


def _inserted(target: sqlite3.Connection, table: str, row: tuple[object, ...]) -> int:
    places = ", ".join("?" * len(row))
    try:
        return target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", row).rowcount
    except sqlite3.Error as error:
        _LOG.warning("A row of %s is not what was written: %s", table, error)
        return 0
