"""SIGTERM ends the daemon within seconds whatever it does. Idle: test_daemon; in a model call: test_daemon_model."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from real_mosquitto import Mosquitto
from test_daemon import STOP_SECONDS, announce, eventually, publish, running


def test_in_the_middle_of_a_commit(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """Another process holds the database, so the commit waits; what it held back is stored by the next start."""
    announce(mosquitto.port)
    with running(tmp_path, mosquitto.port) as daemon:
        eventually(daemon, "what is the temperature in the bedroom", "21.5")
        with closing(sqlite3.connect(daemon.state / "readings.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            publish(mosquitto.port, "home/bedroom", "23.5")
            time.sleep(0.5)
            began = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - began < STOP_SECONDS - 1
        assert "Traceback" not in daemon.log.read_text()
    (tmp_path / "notify").unlink()
    with running(tmp_path, mosquitto.port) as daemon:
        eventually(daemon, "what is the temperature in the bedroom", "23.5")
