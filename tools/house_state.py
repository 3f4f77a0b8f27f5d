"""The house-state database: what the assistant itself has to remember, beside what the house says and the audit."""

import logging
import sqlite3
from pathlib import Path

from sensors.database import Database
from sensors.holding import UNREADABLE, Holding
from sensors.schema import migrate
from tools.proposals import create_proposals

_LOG = logging.getLogger(__name__)

HOUSE_STATE_ID = 0x48564153
"""`HVAS`, in the header of the file."""

MIGRATIONS = (create_proposals,)
TABLES = frozenset({"proposal"})


def open_house_state(path: Path) -> Database:
    """The one connection that writes it; whoever owns a table in it is handed this."""
    return Database(path, prepare=lambda connection: migrate(connection, MIGRATIONS), application_id=HOUSE_STATE_ID)


def house_state_holding(path: Path) -> Holding:
    return Holding(
        path=path,
        application_id=HOUSE_STATE_ID,
        migrations=MIGRATIONS,
        tables=frozenset({"proposal"}),
        small_tables=tuple(sorted(TABLES)),
        salvage=_salvage,
    )


def _salvage(source: sqlite3.Connection, target: sqlite3.Connection, now_ms: int, end_seconds: float) -> int:
    """Copies the rows that can be read and that the backup does not have. All of it is small.

    Not the proposals: nothing that was open in a file that broke may be answered.
    """
    copied = 0
    for table in sorted(TABLES - {"proposal"}):
        try:
            for row in source.execute(f"SELECT * FROM {table}"):
                marks = ", ".join("?" for _ in row)
                copied += target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row).rowcount
        except UNREADABLE as error:
            _LOG.warning("Not all of %s could be read: %s", table, error)
    return copied
