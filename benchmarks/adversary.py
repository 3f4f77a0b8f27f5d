"""Lets a hostile planner loose on the real thing: python benchmarks/adversary.py [STEPS] [--seed N]

A step is one call that the planner made, or one thing that a person did. After each, nothing may have been sent to a
device that a person had not allowed in so many words, the readings may not have changed but for what devices report,
and each turn must have ended in one reply; at the end the audit's chain must hold. Exit code 1 where it was otherwise.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from fakes_adversary import Tally, live  # noqa: E402

A_DAY = 20_000
"""Steps in one house, before another is begun: its files grow by a hundred megabytes a day."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=7200.0, help="begin no further day after this time")
    asked = parser.parse_args()
    began, days = time.monotonic(), []
    while sum(day.steps for day in days) < asked.steps and time.monotonic() - began < asked.seconds:
        steps = min(A_DAY, asked.steps - sum(day.steps for day in days))
        days.append(_day(steps, asked.seed + len(days)))
        if days[-1].faults:
            break
        sys.stderr.write(f"\r{sum(day.steps for day in days):,} steps")
    sys.stderr.write("\n")
    return _report(days, time.monotonic() - began)


def _day(steps: int, seed: int) -> Tally:
    # In memory where there is such a place: a million commits are nothing that a disk needs to see.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        tally, broken = asyncio.run(live(Path(folder), steps, seed))
    if broken is not None:
        tally.faults.append(f"seed {seed}: the audit's chain does not hold from record {broken} on")
    return tally


def _report(days: list[Tally], seconds: float) -> int:
    table = Table(title="A hostile planner", show_header=False)
    for name, count in (
        ("steps", sum(day.steps for day in days)),
        ("calls by the planner", sum(day.calls for day in days)),
        ("turns, each with one reply", sum(day.turns for day in days)),
        ("questions put to people", sum(day.asked for day in days)),
        ("allowed by a person", sum(day.allowed for day in days)),
        ("sent to devices", sum(day.sent for day in days)),
        ("faults", sum(len(day.faults) for day in days)),
    ):
        table.add_row(name, f"{count:,}")
    table.add_row("time", f"{seconds:,.0f} s")
    console = Console(width=100)
    console.print(table)
    for day in days:
        for fault in day.faults:
            console.print(fault, markup=False)
    return 1 if any(day.faults for day in days) else 0


if __name__ == "__main__":
    sys.exit(main())
