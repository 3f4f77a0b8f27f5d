"""A daemon whose database turns out to be damaged mends it and goes on, without anybody's help."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from fakes_databases import leaf_pages, overwrite
from real_daemon import Daemon
from real_mosquitto import Mosquitto
from real_peer import publish

from sensors.database import mark_damaged

PATIENCE_SECONDS = 15.0


def soon(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_running_house_survives_that_its_database_breaks(tmp_path: Path, mosquitto: Mosquitto) -> None:
    daemon = Daemon(tmp_path, mosquitto.port, ASSISTANT_STORE__BACKUPS_DAILY="0")
    readings = daemon.state / "readings.sqlite3"
    config = b'{"name": "Temperature", "unique_id": "t1", "state_topic": "t/1", "device_class": "temperature",'
    config += b' "unit_of_measurement": "\\u00b0C", "device": {"identifiers": ["a"], "suggested_area": "Attic"}}'

    def say(topic: str, payload: bytes, *, retain: bool = False) -> None:
        publish(mosquitto.port, topic, payload, retain=retain)

    def rows(statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"{readings.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(statement).fetchall()

    def first_is_stored() -> bool:
        say("t/1", b"19.5")  # again, for the first ones may come before the topic was asked for
        return (19500,) in rows("SELECT value FROM numbers")

    try:
        assert "READY=1" in daemon.ready()
        say("homeassistant/sensor/t1/config", config, retain=True)
        soon(lambda: rows("SELECT id FROM entity") != [])
        soon(first_is_stored)
        with closing(sqlite3.connect(readings)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        overwrite(readings, leaf_pages(readings, "numbers"))
        say("t/1", b"20.5")  # meets the damage, and is not acknowledged before it is stored
        assert "READY=1" in daemon.ready()
        soon(lambda: (20500,) in rows("SELECT value FROM numbers"))
        assert len(list(daemon.state.glob("readings.sqlite3.corrupt-*Z"))) == 1
        assert "20.5" in daemon.ask("what is the temperature in the attic?")
        log = daemon.log.read_text()
        assert "was damaged" in log and "a new one was begun" in log
        mark_damaged(readings, "again, as a reader would have found it")
        assert daemon.process.wait(PATIENCE_SECONDS) == 2
        log = daemon.log.read_text()
        assert "was damaged twice within minutes; its disk is failing: replace it" in log and "Traceback" not in log
    finally:
        daemon.close()
