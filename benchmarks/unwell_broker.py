"""Stops, starts and freezes a real Mosquitto under load: python benchmarks/unwell_broker.py [--restarts N] [--frozen S]

Needs `mosquitto`. Takes about as long as the broker is frozen, and a third of a second for each restart.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from real_mosquitto import Mosquitto, serving  # noqa: E402
from unwell_broker import Witness, freeze_under_load, restart_under_load  # noqa: E402


def with_broker(story: Callable[[Mosquitto, Path], Coroutine[None, None, Witness]]) -> list[str]:
    with serving() as server:
        witness = asyncio.run(story(server, server.folder / "readings.sqlite3"))
        stored = witness.stored()
        lost = len(set(witness.confirmed) - stored.keys())
        twice = sum(count - 1 for count in stored.values())
        stall = f"{witness.longest_stall_seconds * 1000:.0f} ms"
        return [f"{len(witness.confirmed):,}", str(lost), str(twice), stall, "; ".join(sorted(witness.problems))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--frozen", type=float, default=60.0, help="seconds")
    asked = parser.parse_args()
    table = Table("broker", "acknowledged", "lost", "twice", "longest stall of the loop", "what was said")
    restarted = with_broker(lambda server, path: restart_under_load(server, path, times=asked.restarts))
    table.add_row(f"restarted {asked.restarts} times", *restarted)
    frozen = with_broker(lambda server, path: freeze_under_load(server, path, seconds=asked.frozen))
    table.add_row(f"frozen for {asked.frozen:g} s", *frozen)
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
