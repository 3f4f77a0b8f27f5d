"""How long the daemon takes from SIGTERM to its end, idle and with a commit that another process holds up.

    python benchmarks/stopping.py

Wall clock, each several times; the goal is 5 s. While it hears, speaks and waits for a model: tests/test_daemon_ends.py
and tests/test_daemon_model.py, which hold it to that. Needs Mosquitto.
"""

import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "tests"), str(Path(__file__).parent.parent)]

from real_daemon import Daemon, announce, eventually, running  # noqa: E402
from real_mosquitto import Mosquitto, mosquitto_program  # noqa: E402
from real_peer import publish  # noqa: E402

ROUNDS = 5


def stopped(daemon: Daemon) -> float:
    began = time.monotonic()
    daemon.stop()
    return time.monotonic() - began


def idle(folder: Path, port: int) -> float:
    with running(folder, port) as daemon:
        time.sleep(3.0)
        return stopped(daemon)


def committing(folder: Path, port: int) -> float:
    with running(folder, port) as daemon:
        eventually(daemon, "what is the temperature in the bedroom", "21.5")
        with closing(sqlite3.connect(daemon.state / "readings.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            publish(port, "home/bedroom", f"{time.time() % 30:.3f}")
            time.sleep(0.5)
            return stopped(daemon)


def main() -> None:
    program = mosquitto_program()
    if program is None:
        raise SystemExit("mosquitto is not installed")
    for name, state in (("idle", idle), ("a commit that waits", committing)):
        found = []
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                broker = Mosquitto(Path(folder), program)
                broker.start()
                announce(broker.port)
                found.append(state(Path(folder), broker.port))
                broker.stop()
        shown = f"median {statistics.median(found):5.2f} s   longest {max(found):5.2f} s"
        sys.stdout.write(f"{name:22} {shown}\n")


if __name__ == "__main__":
    main()
