"""What the jobs over old readings cost everybody else: python benchmarks/ageing.py [--millions 10] [--kept 365]

A year of readings of 100 entities, as benchmarks/history.py makes it. While a job runs, ten readings are committed ten
times a second and a question is asked twenty times a second; told is how long each of them waited, and for how long the
event loop stood still. First the same without any job. The nightly job deletes what has become too old since the day
before; the other one all that a new setting no longer keeps.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from history import DAY_MS, METERS, NUMERIC, START_MS, YEAR_MS, build, span
from rich.console import Console
from rich.table import Table

from sensors.ageing import Ageing
from sensors.backup import Backups
from sensors.decoded import Decoded
from sensors.holding import Stop
from sensors.questions import Questions
from sensors.reading import Reading
from sensors.salvage import readings_holding
from sensors.store import StoreWriter

QUIET_SECONDS = 10.0
ALL_KEPT = 36_500


@dataclass(slots=True)
class Waits:
    """Milliseconds."""

    commits: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)
    largest_log: int = 0
    """Bytes."""


async def every(seconds: float, took: list[float], work: Callable[[], Awaitable[object]]) -> None:
    while True:
        began = time.perf_counter()
        await work()
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(seconds)


async def ticks(waits: Waits, path: Path) -> None:
    log = path.with_name(f"{path.name}-wal")
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        waits.loop.append((time.perf_counter() - began) * 1000 - 5)
        if log.exists():
            waits.largest_log = max(waits.largest_log, log.stat().st_size)


@asynccontextmanager
async def household(writer: StoreWriter, questions: Questions, path: Path, now_ms: int) -> AsyncIterator[Waits]:
    waits, chance, at_ms = Waits(), random.Random(1), now_ms

    async def commit() -> None:
        nonlocal at_ms
        at_ms += 100
        readings = [Reading(key=key, at_ms=at_ms, value=21.5) for key in chance.sample(NUMERIC, 10)]
        await writer.write([Decoded(readings=tuple(readings))])

    async def ask() -> None:
        key = chance.choice(NUMERIC)
        await (questions.total if key in METERS else questions.aggregate)(key, span(chance))

    tasks = [
        asyncio.create_task(every(0.1, waits.commits, commit)),
        asyncio.create_task(every(0.05, waits.answers, ask)),
        asyncio.create_task(ticks(waits, path)),
    ]
    try:
        yield waits
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def shown(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    return f"{cuts[49]:.1f} / {cuts[98]:.1f} / {max(took):.0f}"


async def measure(path: Path, kept_days: int) -> Table:
    table = Table("job", "seconds", "commit, p50 / p99 / max ms", "answer", "loop stood still", "log MB", "file MB")
    now_ms = START_MS + YEAR_MS
    async with StoreWriter(path) as writer, Questions(path) as questions:

        def aged(keep_raw_days: int, days_later: int) -> Callable[[], Awaitable[None]]:
            return Ageing(
                writer,
                keep_raw_days=keep_raw_days,
                keep_rollups_days=ALL_KEPT,
                clock_ms=lambda: now_ms + days_later * DAY_MS,
            ).delete_old

        def copy() -> Awaitable[object]:
            return asyncio.to_thread(Backups(readings_holding(path), path.parent).take, Stop(), now_ms)

        for name, job in (
            ("none", lambda: asyncio.sleep(QUIET_SECONDS)),
            ("the nightly one", aged(365, 1)),
            ("a backup", copy),
            (f"only {kept_days} days kept from now on", aged(kept_days, 1)),
            ("none, afterwards", lambda: asyncio.sleep(QUIET_SECONDS)),
        ):
            async with household(writer, questions, path, now_ms) as waits:
                began = time.perf_counter()
                await job()
                took = time.perf_counter() - began
            now_ms += 3_600_000
            table.add_row(
                name,
                f"{took:.1f}",
                shown(waits.commits),
                shown(waits.answers),
                shown(waits.loop),
                f"{waits.largest_log / 1e6:.1f}",
                f"{path.stat().st_size / 1e6:.0f}",  # noqa: ASYNC240 - between the jobs
            )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, default=10)
    parser.add_argument("--kept", type=int, default=365, help="days that the last job leaves")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "readings.sqlite3"
        asyncio.run(build(path, int(asked.millions * 1e6)))
        Console(width=140).print(asyncio.run(measure(path, asked.kept)))


if __name__ == "__main__":
    main()
