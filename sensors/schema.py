"""Numbered migrations and their runner, which other databases use too; and the schema of the readings.

A migration is never changed once it is released: a new one is appended.
"""

import sqlite3
from collections.abc import Callable, Sequence

from sensors.database import StoreUnavailable

READINGS_ID = 0x48564152
"""`HVAR`, in the header of the file: by it a database of readings is known."""

Migration = Callable[[sqlite3.Connection], None]


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Applies what is missing, each migration and its record in one transaction.

    Raises StoreUnavailable where the file was written by a newer version.
    """
    known = len(migrations)
    applied = version(connection)
    if applied > known:
        raise StoreUnavailable(
            f"the database has schema {applied} and this version knows {known} at most; "
            "install the newer version that wrote it, or restore a backup from before"
        )
    for number, migration in enumerate(migrations[applied:], applied + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version(connection) < number:  # another process may have come first
                migration(connection)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        finally:
            connection.rollback()  # nothing at all after the commit


def version(connection: sqlite3.Connection) -> int:
    """How many migrations the database has seen."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def m001_readings(connection: sqlite3.Connection) -> None:
    """Series, their numbers and states apart, each clustered by (series, time); entities with what described them.

    A number's `value` is an INTEGER of thousandths where that is exact, which takes 3 bytes instead of 8, else REAL.
    """
    for statement in (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta VALUES ('house_version', 0)",
        "CREATE TABLE entity (id TEXT PRIMARY KEY, definition TEXT NOT NULL, dialect TEXT NOT NULL,"
        " topic TEXT NOT NULL, payload BLOB NOT NULL, available INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID",
        "CREATE TABLE series (id INTEGER PRIMARY KEY, entity_id TEXT NOT NULL, aspect TEXT NOT NULL,"
        " UNIQUE (entity_id, aspect))",
        "CREATE TABLE numbers (series INTEGER NOT NULL, at_ms INTEGER NOT NULL, value NOT NULL,"
        " PRIMARY KEY (series, at_ms)) WITHOUT ROWID",
        "CREATE TABLE states (series INTEGER NOT NULL, at_ms INTEGER NOT NULL, value TEXT NOT NULL,"
        " PRIMARY KEY (series, at_ms)) WITHOUT ROWID",
        # The newest of each series: what it says, since when it was recorded so, and when it last said anything.
        "CREATE TABLE latest (series INTEGER PRIMARY KEY, value NOT NULL, at_ms INTEGER NOT NULL,"
        " seen_ms INTEGER NOT NULL)",
        # What may come again after a crash between a commit and its acknowledgement reaching the broker.
        "CREATE TABLE unconfirmed (packet_id INTEGER PRIMARY KEY, digest INTEGER NOT NULL,"
        " received_ms INTEGER NOT NULL)",
    ):
        connection.execute(statement)


def m002_roll_ups(connection: sqlite3.Connection) -> None:
    """Hours of numeric series, the gaps between them, days of states, and how far each series is rolled up.

    Empty at first: they are filled in the background, since that may take minutes.
    """
    for statement in (
        # `hour` counts from 1970; what has no type is encoded as in `numbers`; offsets are within the hour.
        "CREATE TABLE hours (series INTEGER NOT NULL, hour INTEGER NOT NULL, held_ms INTEGER NOT NULL,"
        " area REAL NOT NULL, count INTEGER NOT NULL, low NOT NULL, low_offset_ms INTEGER NOT NULL, high NOT NULL,"
        " high_offset_ms INTEGER NOT NULL, increase NOT NULL, resets INTEGER NOT NULL,"
        " PRIMARY KEY (series, hour)) WITHOUT ROWID",
        "CREATE TABLE gaps (series INTEGER NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,"
        " PRIMARY KEY (series, start_ms)) WITHOUT ROWID",
        # Only days with a record: every state that the series was in on that day, and the one that it came with.
        "CREATE TABLE days (series INTEGER NOT NULL, state TEXT NOT NULL, day INTEGER NOT NULL, ms INTEGER NOT NULL,"
        " entries INTEGER NOT NULL, first_ms INTEGER, last_ms INTEGER, head_ms INTEGER NOT NULL,"
        " tail_ms INTEGER NOT NULL, longest_ms INTEGER NOT NULL, longest_at_ms INTEGER,"
        " PRIMARY KEY (series, state, day)) WITHOUT ROWID",
        # The stale range is from the first to the last reading that came late, since rolled up again.
        "CREATE TABLE progress (series INTEGER NOT NULL, kind TEXT NOT NULL, until_ms INTEGER NOT NULL DEFAULT 0,"
        " raw_from_ms INTEGER NOT NULL DEFAULT 0, stale_from_ms INTEGER, stale_to_ms INTEGER,"
        " PRIMARY KEY (series, kind)) WITHOUT ROWID",
    ):
        connection.execute(statement)


MIGRATIONS: tuple[Migration, ...] = (m001_readings, m002_roll_ups)
