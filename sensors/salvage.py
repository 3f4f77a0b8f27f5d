"""What can still be read out of a damaged database of readings and its backup does not have.

A damaged page is noticed where SQLite follows it, so each series is read from both ends: lost is what lies between its
first damaged page and its last. No checksum tells whether a row is what was written; types and times must be possible.
"""

import logging
import math
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from sensors.database import Row
from sensors.holding import Holding
from sensors.schema import MIGRATIONS, READINGS_ID

_LOG = logging.getLogger(__name__)

_CHUNK = 5_000
_LONGEST_STATE = 10_000


def readings_holding(path: Path) -> Holding:
    return Holding(
        path=path,
        application_id=READINGS_ID,
        migrations=MIGRATIONS,
        tables=frozenset({"meta", "entity", "series", "numbers", "states", "latest", "unconfirmed"}),
        small_tables=("meta", "entity", "series", "latest", "unconfirmed"),
        salvage=salvage_readings,
    )


def salvage_readings(source: sqlite3.Connection, target: sqlite3.Connection, now_ms: int, end_seconds: float) -> int:
    """Series, numbers, states and what may be redelivered. Entities are left out: their devices announce them again."""
    _salvage_series(source, target)
    count = 0
    for (series,) in target.execute("SELECT id FROM series ORDER BY id").fetchall():
        if time.monotonic() > end_seconds:
            break
        added = sum(_salvage_rows(source, target, table, series, now_ms) for table in ("numbers", "states"))
        if added:
            _renew_latest(target, series)
        count += added
    columns = "SELECT packet_id, digest, received_ms FROM unconfirmed ORDER BY packet_id"
    for rows in _readable(source, columns, ()):
        whole = [row for row in rows if all(type(value) is int for value in row) and 0 < row[2] <= now_ms]
        target.executemany("INSERT OR REPLACE INTO unconfirmed VALUES (?, ?, ?)", whole)
    return count


def _salvage_series(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    for direction in ("ASC", "DESC"):
        for rows in _readable(source, f"SELECT id, entity_id, aspect FROM series ORDER BY id {direction}", ()):
            whole = [row for row in rows if tuple(map(type, row)) == (int, str, str) and row[0] > 0]
            target.executemany("INSERT OR IGNORE INTO series VALUES (?, ?, ?)", whole)


def _salvage_rows(source: sqlite3.Connection, target: sqlite3.Connection, table: str, series: int, now_ms: int) -> int:
    before = target.total_changes
    newest = target.execute(f"SELECT max(at_ms) FROM {table} WHERE series = ?", (series,)).fetchone()[0] or 0
    possible = _possible_number if table == "numbers" else _possible_state
    for direction in ("ASC", "DESC"):
        statement = (
            f"SELECT series, at_ms, value FROM {table} WHERE series = ? AND at_ms > ? AND at_ms <= ?"
            f" ORDER BY at_ms {direction}"
        )
        for rows in _readable(source, statement, (series, newest, now_ms)):
            whole = [row for row in rows if type(row[1]) is int and row[0] == series and possible(row[2])]
            changes = target.total_changes
            target.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?)", whole)
            if whole and target.total_changes == changes:
                break  # from this end it has come to what it has from the other
    return target.total_changes - before


def _readable(source: sqlite3.Connection, statement: str, parameters: Row) -> Iterator[list[Row]]:
    """Rows in chunks, as far as they can be read: where the damage begins, the caller comes from the other end."""
    rows: list[Row] = []
    try:
        for row in source.execute(statement, parameters):
            rows.append(row)  # one by one, because what is fetched together with a damaged row is lost with it
            if len(rows) == _CHUNK:
                yield rows
                rows = []
    except sqlite3.Error as error:
        _LOG.debug("%s: %s", statement, error)
    yield rows


def _renew_latest(target: sqlite3.Connection, series: int) -> None:
    target.execute(
        "INSERT OR REPLACE INTO latest SELECT series, value, at_ms, at_ms FROM"
        " (SELECT series, value, at_ms FROM numbers WHERE series = :series"
        " UNION ALL SELECT series, value, at_ms FROM states WHERE series = :series)"
        " ORDER BY at_ms DESC LIMIT 1",
        {"series": series},
    )


def _possible_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _possible_state(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) < _LONGEST_STATE
