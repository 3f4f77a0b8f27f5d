"""Kills ingest with SIGKILL under QoS 1 load: python benchmarks/kill_nine.py [KILLS] [--seconds LONGEST]

A real Mosquitto, two entities per message, a random moment each time. Whatever the broker had acknowledged to the
publisher must be in the store, once. Needs `mosquitto`; takes about a second a kill.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from killing import ENTITIES, kill_repeatedly  # noqa: E402
from real_mosquitto import serving  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=200)
    parser.add_argument("--seconds", type=float, default=1800.0, help="begin no further round after this time")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with serving() as server:
        killed = asyncio.run(
            kill_repeatedly(
                server.port,
                server.folder / "readings.sqlite3",
                kills=asked.kills,
                longest_seconds=asked.seconds,
                seed=asked.seed,
            )
        )
    table = Table("kill -9 under load", "count")
    table.add_row("kills", str(killed.kills))
    table.add_row("messages that the broker had acknowledged", f"{killed.confirmed:,}")
    table.add_row("readings expected", f"{killed.confirmed * len(ENTITIES):,}")
    table.add_row("readings lost", str(killed.lost))
    table.add_row("readings counted twice", str(killed.twice))
    table.add_row("seconds", f"{killed.seconds:.0f}")
    Console().print(table)
    return 1 if killed.lost or killed.twice else 0


if __name__ == "__main__":
    sys.exit(main())
