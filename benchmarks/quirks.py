"""Puts every request to a model with every quirk: python benchmarks/quirks.py [--quirk NAME]... [--golden [N]]

With `--golden` the requests are the golden cases, or each Nth of them, in their own house; else those of the tests.
`--part 3/16` takes the third of sixteen parts of the quirks: each is done in some minutes, and all of them are all.
Each turn has to end in a right or an honest reply within its budget, with nothing sent to a device, one record of the
turn and one of each call. Exit code 1 where one did not.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from fakes_cases import CASES, is_right, quirky  # noqa: E402
from fakes_golden import Asked, golden, golden_house  # noqa: E402
from fakes_misdeeds import QUIRKS  # noqa: E402

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


@dataclass(slots=True)
class Tally:
    turns: int = 0
    right: Counter[str] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quirk", action="append", choices=list(QUIRKS), help="only these")
    parser.add_argument("--golden", type=int, nargs="?", const=1, metavar="N", help="each Nth of the golden cases")
    parser.add_argument("--part", type=_part, default=(1, 1), metavar="I/N", help="the Ith of N parts of the quirks")
    parser.add_argument("--jobs", type=int, default=2, help="houses at the same time")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    first, parts = asked.part
    began, tally, names = time.monotonic(), Tally(), asked.quirk or list(QUIRKS)[first - 1 :: parts]
    cases = golden()[:: asked.golden] if asked.golden else None
    asyncio.run(_all(names, asked.jobs, tally, cases))
    return _report(tally, names, time.monotonic() - began, len(CASES if cases is None else cases))


def _part(said: str) -> tuple[int, int]:
    first, parts = map(int, said.split("/"))
    if not 1 <= first <= parts:
        raise ValueError
    return first, parts


async def _all(names: list[str], jobs: int, tally: Tally, cases: list[Asked] | None) -> None:
    waiting = asyncio.Semaphore(jobs)

    async def one(name: str) -> None:
        async with waiting:
            await (_each(name, tally) if cases is None else _each_golden(name, tally, cases))
            sys.stderr.write(f"\r{tally.turns:,} turns")

    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(one(name))
    sys.stderr.write("\n")


async def _each(name: str, tally: Tally) -> None:
    quirk = QUIRKS[name]
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        async with quirky(Path(folder), quirk) as house:
            for case in CASES:
                reply, seconds = await house.ask(case, quirk)
                tally.turns += 1
                tally.right[name] += is_right(case, reply)
                tally.slowest_seconds = max(tally.slowest_seconds, seconds)
                for fault in house.faults(case, quirk, reply, seconds):
                    tally.faults.append(f"{name} / {case.name}: {fault}: {reply.text!r}")


async def _each_golden(name: str, tally: Tally, cases: list[Asked]) -> None:
    quirk = QUIRKS[name]
    async with golden_house(quirk) as house:
        for case in cases:
            began = time.monotonic()
            reply = await house.ask(case, quirk)
            tally.turns += 1
            tally.slowest_seconds = max(tally.slowest_seconds, time.monotonic() - began)
            tally.faults += [f"{name} / {case.id}: {fault}: {reply.text!r}" for fault in house.faults(case, reply)]


def _rightness(tally: Tally, hopeful: list[str], cases: int) -> list[tuple[str, str]]:
    """Known of the requests of the tests alone."""
    if not tally.right:
        return []
    could = sum(tally.right[name] for name in hopeful)
    return [
        ("right where it could be", f"{could:,} of {len(hopeful) * cases:,}"),
        ("right all the same", f"{tally.right.total() - could:,}"),
    ]


def _report(tally: Tally, names: list[str], seconds: float, cases: int) -> int:
    hopeful = [name for name in names if not QUIRKS[name].hopeless]
    table = Table(title="Every request with every quirk", show_header=False)
    for name, shown in (
        ("quirks", f"{len(names)}, of which an answer can be got out of {len(hopeful)}"),
        ("requests", f"{cases}"),
        ("turns", f"{tally.turns:,} in {seconds:.0f} s"),
        *_rightness(tally, hopeful, cases),
        ("slowest turn", f"{tally.slowest_seconds:.2f} s"),
        ("neither right nor honest, or otherwise wrong", f"{len(tally.faults)}"),
    ):
        table.add_row(name, shown)
    Console().print(table)
    for fault in tally.faults:
        sys.stderr.write(f"{fault}\n")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
