"""Database files as older versions wrote them and as bad cards leave them; real SQLite, real bytes."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sensors.backup import Backups
from sensors.salvage import readings_holding

NOW_MS = 1_800_000_000_000
"""15 January 2027, 08:00 UTC."""

RELEASED_1 = (
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
    "CREATE TABLE latest (series INTEGER PRIMARY KEY, value NOT NULL, at_ms INTEGER NOT NULL,"
    " seen_ms INTEGER NOT NULL)",
    "CREATE TABLE unconfirmed (packet_id INTEGER PRIMARY KEY, digest INTEGER NOT NULL, received_ms INTEGER NOT NULL)",
    "PRAGMA user_version = 1",
)
"""Schema 1 word for word as it was released; it is not taken from the code, so that the code cannot change it."""

LAMP_CONFIG = (
    b'{"name": "Lamp", "unique_id": "lamp1", "schema": "json", "state_topic": "z/lamp", "command_topic": "z/lamp/set",'
    b' "brightness": true, "expire_after": 600, "availability_topic": "z/lamp/availability",'
    b' "device": {"identifiers": ["a"], "name": "Floor lamp", "suggested_area": "Living room"}}'
)

LAMP_1 = (
    '{"id":"light.lamp1","component":"light","name":"Floor lamp Lamp","room":"Living room","device":"Floor lamp",'
    '"aspects":[{"name":"state","quantity":"light","unit":null,"numeric":false},'
    '{"name":"brightness","quantity":"brightness","unit":"percent","numeric":true}],'
    '"commands":[{"verb":"turn_on","topic":"z/lamp/set","payload":"{\\"state\\": \\"ON\\"}","takes_value":false,'
    '"unit":null,"minimum":null,"maximum":null,"scale":1.0,"proof_aspect":"state","proof_state":"on","qos":1,'
    '"retain":false},{"verb":"set_brightness","topic":"z/lamp/set",'
    '"payload":"{\\"state\\": \\"ON\\", \\"brightness\\": {{ value }}}","takes_value":true,"unit":"percent",'
    '"minimum":1.0,"maximum":100.0,"scale":2.55,"proof_aspect":"brightness","proof_state":null,"qos":1,"retain":false}],'
    '"aliases":[],"expire_after_seconds":600}'
)
"""The entity of LAMP_CONFIG as version 1 wrote it."""


def version_1(path: Path, *, numbers_per_series: int = 300, until_ms: int = NOW_MS) -> None:
    """A file of the first version with rows of each kind: three thermometers, one meter of doubles, one door."""
    minute = 60_000
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN")
        for statement in RELEASED_1:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO entity VALUES ('light.lamp1', ?, 'home_assistant', ?, ?, 1)",
            (LAMP_1, "homeassistant/light/lamp1/light/config", LAMP_CONFIG),
        )
        names = ["sensor.bedroom", "sensor.kitchen", "sensor.attic", "sensor.meter", "binary_sensor.door"]
        connection.executemany("INSERT INTO series VALUES (?, ?, 'state')", enumerate(names, 1))
        times = [until_ms - (numbers_per_series - i) * minute for i in range(numbers_per_series)]
        for series in (1, 2, 3):
            rows = [(series, at_ms, 20_000 + i % 700) for i, at_ms in enumerate(times)]
            connection.executemany("INSERT INTO numbers VALUES (?, ?, ?)", rows)
        connection.executemany(
            "INSERT INTO numbers VALUES (4, ?, ?)", [(at_ms, 1000 + i / 7) for i, at_ms in enumerate(times)]
        )
        connection.executemany(
            "INSERT INTO states VALUES (5, ?, ?)",
            [(at_ms, "open" if i % 2 else "closed") for i, at_ms in enumerate(times[::10])],
        )
        connection.execute("INSERT INTO latest SELECT series, value, max(at_ms), at_ms FROM numbers GROUP BY series")
        connection.execute("INSERT INTO latest SELECT series, value, max(at_ms), at_ms FROM states GROUP BY series")
        connection.execute("INSERT INTO unconfirmed VALUES (7, -42, ?)", (until_ms - minute,))
        connection.execute("COMMIT")


def backups_beside(path: Path, *, reserve_bytes: int = 0) -> Backups:
    return Backups(readings_holding(path), path.parent / "backups", reserve_bytes=reserve_bytes)


def overwrite(path: Path, pages: Iterable[int]) -> None:
    """Fills pages, counted from 1, with what no database page looks like."""
    with path.open("r+b") as file:
        page_bytes = int.from_bytes(file.read(18)[16:], "big")
        for page in pages:
            file.seek((page - 1) * page_bytes)
            file.write(b"\xde\xad\xbe\xef" * (page_bytes // 4))


def leaf_pages(path: Path, table: str) -> list[int]:
    """The pages that hold a table's rows, in the order of its key."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,)).fetchall()
    return [int(row[0]) for row in rows]


def content(path: Path, *tables: str) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables}
