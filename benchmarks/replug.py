"""A microphone that vanishes and comes back: python benchmarks/replug.py [--times 100] [--seed 1]

On a real sound server. Each time one mishap, drawn by the seed: the microphone is unplugged, alone or with the
loudspeaker; another card is plugged in instead; the server crashes, or hangs. Then all is well again, and somebody
whistles into the microphone until a frame holds the whistle. The time runs from "all is well" to that frame, on the
wall clock.
"""

import argparse
import asyncio
import logging
import random
import statistics
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "tests")]

from fakes_mishaps import listening, recovered  # noqa: E402

GOAL_SECONDS = 5.0


async def measured(times: int, seed: int) -> tuple[list[tuple[str, float | None]], int, set[str]]:
    """What happened and how long each took, the notices, and their kinds."""
    chance, outcomes = random.Random(seed), []
    async with listening(seed) as (room, ear):
        usual = (room.unplugged, room.unplugged, room.all_unplugged, room.all_unplugged, room.changed, room.crashed)
        for number in range(times):
            mishap = room.hung if number % 20 == 19 else chance.choice(usual)
            outcomes.append((mishap.__name__, await recovered(room, ear, mishap)))
    return outcomes, ear.notices, ear.reasons


def row(name: str, outcomes: list[float | None]) -> list[str]:
    back = [seconds for seconds in outcomes if seconds is not None]
    spread = [min(back), statistics.median(back), max(back)] if back else []
    return [name, str(len(outcomes)), str(len(back)), *(f"{seconds:.2f}" for seconds in spread)]


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--times", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    logging.basicConfig(level=logging.ERROR)
    began, busy = time.monotonic(), time.process_time()
    outcomes, notices, reasons = asyncio.run(measured(given.times, given.seed))
    wall, busy = time.monotonic() - began, time.process_time() - busy
    table = Table("mishap", "times", "recovered", "min s", "median s", "max s")
    for name in sorted({name for name, _ in outcomes}):
        table.add_row(*row(name, [seconds for one, seconds in outcomes if one == name]))
    table.add_row(*row("all", [seconds for _, seconds in outcomes]))
    console = Console()
    console.print(table)
    console.print(
        f"{wall:.0f} s, {100 * busy / wall:.1f} % of a core in this process, {notices} notices:", sorted(reasons)
    )
    return 0 if all(seconds is not None and seconds < GOAL_SECONDS for _, seconds in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
