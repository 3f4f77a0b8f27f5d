"""A month of the real daemon in some minutes: python benchmarks/month.py [--days 30] [--seconds-per-day 10] [--seed 0]

`assistant run` beside a real Mosquitto and a scripted model endpoint, without voice. Every day something goes wrong;
people ask, order, set timers and want to be told of things meanwhile; every night its clock alone goes on by a day.
Needs `mosquitto` and a C compiler; as root it gets a small disk that can be full. Exit code 1 where a promise was
broken: a reading that the broker had acknowledged is lost or there twice, a turn got no reply, or two, or one too
late, a device was told what nobody had allowed, the audit does not verify, a timer, a watch or a notice was not told
once, or memory grew.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from month_days import Month, a_month  # noqa: E402
from real_mosquitto import mosquitto_program  # noqa: E402
from shifted_clock import compiler  # noqa: E402

CALM = "nothing special"


@dataclass
class OfKind:
    """Sums over the days of one kind."""

    days: int = 0
    seconds: float = 0.0
    readings: int = 0
    answered: int = 0
    cut: int = 0
    sent: int = 0
    faults: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seconds-per-day", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="a kind of day, for all but the first and the last")
    parser.add_argument("--log", type=Path, help="where the daemon's log is kept")
    asked = parser.parse_args()
    mosquitto, program = mosquitto_program(), compiler()
    if mosquitto is None or program is None:
        sys.stderr.write("a month needs mosquitto and a C compiler: sudo apt install mosquitto gcc\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_month(Path(folder), mosquitto, program, asked))


async def _month(folder: Path, mosquitto: str, program: str, asked: argparse.Namespace) -> int:
    began, by_kind = time.monotonic(), defaultdict[str, OfKind](OfKind)
    async with a_month(folder, mosquitto, program, seed=asked.seed, day_seconds=asked.seconds_per_day) as month:
        for kind in _calendar(list(month.kinds), asked):
            await _day(month, kind, by_kind[kind])
            sys.stderr.write(f"\r{month.tally.days} days, {_faults(month)} faults ")
        sys.stderr.write("\n")
        faults = await month.end()
        if asked.log is not None:
            asked.log.write_text(month.log)
        console = Console(width=120)
        console.print(_days_table(by_kind))
        console.print(_month_table(month, time.monotonic() - began))
    for fault in faults:
        console.print(fault, markup=False)
    return 1 if faults else 0


def _calendar(kinds: list[str], asked: argparse.Namespace) -> list[str]:
    """Every kind in turn, each round in another order; the first day and the last are calm."""
    chance, days = random.Random(asked.seed), [CALM]
    while len(days) < asked.days - 1:
        days += [asked.only] if asked.only else chance.sample(kinds, len(kinds))
    return [*days[: asked.days - 1], CALM]


def _faults(month: Month) -> int:
    return len(month.tally.faults) + len(month.people.said.faults) + len(month.outside.faults)


async def _day(month: Month, kind: str, row: OfKind) -> None:
    def now() -> tuple[float, int, int, int, int, int]:
        said, outside = month.people.said, month.outside
        sent = sum(outside.sent.values())
        return time.monotonic(), len(outside.confirmed), said.answered, said.cut, sent, _faults(month)

    before = now()
    await month.day(kind)
    seconds, readings, answered, cut, sent, faults = (new - old for new, old in zip(now(), before, strict=True))
    row.days += 1
    row.seconds += seconds
    row.readings += 2 * int(readings)
    row.answered += int(answered)
    row.cut += int(cut)
    row.sent += int(sent)
    row.faults += int(faults)


def _days_table(by_kind: dict[str, OfKind]) -> Table:
    table = Table("kind of day", "days", "s", "readings", "turns answered", "cut by a kill", "acts", "faults")
    for kind, row in by_kind.items():
        counts = (row.days, round(row.seconds), row.readings, row.answered, row.cut, row.sent, row.faults)
        table.add_row(kind, *(f"{count:,}" for count in counts))
    return table


def _month_table(month: Month, seconds: float) -> Table:
    tally, said, outside, stands = month.tally, month.people.said, month.outside, month.stands()
    processes = Counter(process for process, _ in tally.memory_kb)
    first, last = tally.memory_kb[0][1], tally.memory_kb[-1][1]
    table = Table(title=f"{tally.days} days in {seconds:,.0f} s", show_header=False)
    for name, value in (
        ("readings that the broker had acknowledged", f"{2 * len(outside.confirmed):,}"),
        ("of them lost", f"{len(stands.lost):,}"),
        ("lost with pages of a database that were destroyed", f"{len(tally.excused):,}"),
        ("there twice", f"{stands.twice:,}"),
        ("messages of floods", f"{tally.flooded:,}"),
        ("kills and power cuts", f"{tally.deaths:,}"),
        ("turns, each with one reply", f"{said.answered:,} of {said.turns:,}, {said.cut:,} cut by a kill"),
        ("longest turn", f"{said.longest_seconds:.1f} s"),
        ("allowed by a person / sent to devices", f"{said.allowed:,} / {sum(outside.sent.values()):,}"),
        ("timers, watches, dangers", f"{said.timers.total():,}, {said.watches:,}, {tally.leaks:,}"),
        ("resident after the first day / the last", f"{first / 1024:.0f} / {last / 1024:.0f} MiB"),
        ("most that a process grew after its first day", f"{max(kb for _, kb in month.growth_kb()) / 1024:.1f} MiB"),
        ("longest life of a process", f"{max(processes.values()):,} days"),
        ("full disk", month.disk.name),
    ):
        table.add_row(name, value)
    return table


if __name__ == "__main__":
    sys.exit(main())
