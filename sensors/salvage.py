"""What can still be read out of a damaged database of readings and its backup does not have.

A damaged page is noticed where SQLite follows it, so each series is read from both ends: lost is what lies between its
first damaged page and its last. No checksum tells whether a row is what was written; types and times must be possible.
"""

import json
import logging
import math
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from sensors.database import Row
from sensors.holding import UNREADABLE, Holding
from sensors.schema import MIGRATIONS, READINGS_ID

_LOG = logging.getLogger(__name__)

_DAY_MS = 86_400_000
_WINDOW_DAYS = (1, 7, 30, 365, 100 * 365)
"""How far back each round of reading goes."""

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
    """Series, numbers, states, what may be redelivered, and entities without their commands.

    What waits at the broker may come before the devices announce themselves again, and would be nobody's without them.
    The newest of every series first, in case there is no time for all.
    """
    _salvage_series(source, target)
    _salvage_entities(source, target)
    _salvage_unconfirmed(source, target, now_ms)
    touched, count = set(), 0
    for table, series, span in _pieces(target, now_ms):
        if time.monotonic() > end_seconds:
            _LOG.warning("There was no time to read everything before epoch ms %d in the damaged file", span[1])
            break
        if added := _salvage_rows(source, target, table, series, span):
            touched.add(series)
            count += added
    for series in touched:
        _renew_latest(target, series)
    return count


def _pieces(target: sqlite3.Connection, now_ms: int) -> list[tuple[str, int, tuple[int, int]]]:
    """Table, series and span of everything that is newer than what the target has."""
    listed = [row[0] for row in target.execute("SELECT id FROM series ORDER BY id")]
    known = {}
    for table in ("numbers", "states"):
        for series in listed:
            row = target.execute(f"SELECT max(at_ms) FROM {table} WHERE series = ?", (series,)).fetchone()
            known[table, series] = row[0] or 0
    pieces, until_ms = [], now_ms
    for days in _WINDOW_DAYS:
        from_ms = now_ms - days * _DAY_MS
        for (table, series), newest_ms in known.items():
            if newest_ms < until_ms:
                pieces.append((table, series, (max(from_ms, newest_ms), until_ms)))
        until_ms = from_ms
    return pieces


def _salvage_unconfirmed(source: sqlite3.Connection, target: sqlite3.Connection, now_ms: int) -> None:
    statement = "SELECT packet_id, digest, received_ms FROM unconfirmed ORDER BY packet_id"
    for rows in _readable(source, statement, ()):
        whole = [row for row in rows if all(type(value) is int for value in row) and 0 < row[2] <= now_ms]
        target.executemany("INSERT OR REPLACE INTO unconfirmed VALUES (?, ?, ?)", whole)


def _salvage_series(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    for direction in ("ASC", "DESC"):
        for rows in _readable(source, f"SELECT id, entity_id, aspect FROM series ORDER BY id {direction}", ()):
            whole = [row for row in rows if tuple(map(type, row)) == (int, str, str) and row[0] > 0]
            target.executemany("INSERT OR IGNORE INTO series VALUES (?, ?, ?)", whole)


def _salvage_entities(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Those that the backup does not have. Nothing is sent by what a damaged file says: their commands are left out."""
    statement = "SELECT id, definition, dialect, topic, payload, available FROM entity ORDER BY id"
    for direction in ("ASC", "DESC"):
        for rows in _readable(source, f"{statement} {direction}", ()):
            whole = [row for row in rows if tuple(map(type, row)) == (str, str, str, str, bytes, int)]
            kept = [(row[0], told, *row[2:]) for row in whole if (told := _without_commands(row[1])) is not None]
            target.executemany("INSERT OR IGNORE INTO entity VALUES (?, ?, ?, ?, ?, ?)", kept)


def _without_commands(definition: str) -> str | None:
    """None for what is no definition."""
    try:
        told = json.loads(definition)
    except (ValueError, RecursionError) as error:
        _LOG.debug("an entity cannot be read: %s", error)
        return None
    return json.dumps({**told, "commands": []}) if isinstance(told, dict) else None


def _salvage_rows(
    source: sqlite3.Connection, target: sqlite3.Connection, table: str, series: int, span: tuple[int, int]
) -> int:
    """Copies the rows after the first of two times and up to the second; returns how many."""
    before = target.total_changes
    possible = _possible_number if table == "numbers" else _possible_state
    for direction in ("ASC", "DESC"):
        statement = (
            f"SELECT series, at_ms, value FROM {table} WHERE series = ? AND at_ms > ? AND at_ms <= ?"
            f" ORDER BY at_ms {direction}"
        )
        for rows in _readable(source, statement, (series, *span)):
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
    except UNREADABLE as error:
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
