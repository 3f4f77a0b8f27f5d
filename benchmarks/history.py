"""Questions over a year of readings of 100 entities: python benchmarks/history.py [--millions 1 10] [--writing]

Builds databases in a temporary folder, rolls them up with the job, and asks every kind of question over random spans
from minutes to the year. With --writing also measures what reaches the disk at 10 readings a second.
"""

import argparse
import asyncio
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sensors.decoded import Decoded, Definition
from sensors.encoding import encode
from sensors.periods import Span
from sensors.questions import Questions
from sensors.reading import Aspect, Component, Entity, Quantity, Reading, SeriesKey
from sensors.rollups import Rollups
from sensors.store import StoreWriter

START_MS = 1_760_000_400_000
DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS
NUMERIC = [SeriesKey(entity_id=f"sensor.number_{n}") for n in range(85)]
STATEFUL = [SeriesKey(entity_id=f"sensor.state_{n}") for n in range(15)]
METERS = set(NUMERIC[::5])
CALM = NUMERIC[1]
"""A battery, which changes twice in the year."""
ASKED = 400

Ask = Callable[[random.Random], Awaitable[object]]
Rows = Iterator[tuple[int, int, object]]


def house() -> Decoded:
    definitions = tuple(
        Definition(
            entity=Entity(
                id=key.entity_id,
                component=Component.SENSOR,
                name=key.entity_id,
                room=f"Room {number % 12}",
                aspects=(Aspect(name="state", quantity=Quantity.TEMPERATURE, numeric=key in NUMERIC),),
            ),
            dialect="benchmark",
            topic="benchmark",
            payload=b"{}",
        )
        for number, key in enumerate([*NUMERIC, *STATEFUL])
    )
    return Decoded(definitions=definitions)


def numbers_of(series: int, key: SeriesKey, count: int) -> Rows:
    chance = random.Random(series)
    step_ms, value, at_ms = YEAR_MS // count, 20_000, START_MS
    for number in range(count):
        if key == CALM:
            value = 100_000 - 1000 * (number * 3 // count)
        elif key in METERS:
            value = 0 if chance.random() < 1e-5 else value + chance.randrange(60)
        else:
            value = min(max(value + chance.randrange(-2, 3) * 100, -20_000), 40_000)
        yield series, at_ms + chance.randrange(step_ms), encode(value / 1000)
        at_ms += step_ms


def states_of(series: int, count: int) -> Rows:
    chance = random.Random(series)
    step_ms, at_ms = YEAR_MS // count, START_MS
    for number in range(count):
        yield series, at_ms + chance.randrange(step_ms), "open" if number % 2 else "closed"
        at_ms += step_ms


async def build(path: Path, readings: int) -> tuple[float, float]:
    """Fills the database. Gives the seconds that rolling up took, and the longest that one step held the loop."""
    per_number, per_state = int(readings * 0.9) // len(NUMERIC), int(readings * 0.1) // len(STATEFUL)
    async with StoreWriter(path) as writer:
        await writer.write([house()])
        both = [*((key, 0.0) for key in NUMERIC), *((key, "closed") for key in STATEFUL)]
        await writer.write([Decoded(readings=tuple(Reading(key=k, at_ms=1, value=v) for k, v in both))])
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA synchronous=OFF; BEGIN; DELETE FROM numbers; DELETE FROM states")
    ids = dict(connection.execute("SELECT entity_id, id FROM series").fetchall())
    for key in NUMERIC:
        rows = numbers_of(ids[key.entity_id], key, per_number)
        connection.executemany("INSERT INTO numbers VALUES (?, ?, ?)", rows)
    for key in STATEFUL:
        connection.executemany("INSERT INTO states VALUES (?, ?, ?)", states_of(ids[key.entity_id], per_state))
    for table in ("numbers", "states"):
        connection.execute(
            "UPDATE latest SET (at_ms, seen_ms, value) = (SELECT max(at_ms), max(at_ms), value FROM"
            f" {table} n WHERE n.series = latest.series) WHERE series IN (SELECT DISTINCT series FROM {table})"
        )
    connection.execute("COMMIT")
    connection.close()
    async with StoreWriter(path) as writer:
        began = time.perf_counter()
        ticks = asyncio.create_task(longest_tick())
        while not await Rollups(writer.database).run_once(budget_seconds=10):
            pass
        took = time.perf_counter() - began
        ticks.cancel()
    return took, max(_STALLS, default=0.0)


_STALLS: list[float] = []


async def longest_tick() -> None:
    _STALLS.clear()
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        _STALLS.append(time.perf_counter() - began)


def span(chance: random.Random) -> Span:
    """Anywhere in the year; its length from five minutes to the whole year, each order of magnitude as often."""
    length_ms = int(300_000 * (YEAR_MS / 300_000) ** chance.random())
    start_ms = START_MS + chance.randrange(YEAR_MS - length_ms + 1)
    return Span(start_ms=start_ms, end_ms=start_ms + length_ms)


def questions(asked: Questions) -> dict[str, Ask]:
    everything = [*NUMERIC, *STATEFUL]

    def at(chance: random.Random) -> int:
        return START_MS + chance.randrange(YEAR_MS)

    return {
        "latest, one": lambda c: asked.latest([c.choice(everything)]),
        "latest, whole house": lambda c: asked.latest(everything),
        "last change of a state": lambda c: asked.last_change(c.choice(STATEFUL), "open", at(c)),
        "last change, never so": lambda c: asked.last_change(c.choice(STATEFUL), "ajar", at(c)),
        "last change of a number": lambda c: asked.last_change(c.choice(NUMERIC), None, at(c)),
        "last change of a calm number": lambda c: asked.last_change(CALM, None, at(c)),
        "recorded since": lambda c: asked.recorded_since_ms(c.choice(everything)),
        "mean, extremes": lambda c: asked.aggregate(c.choice(NUMERIC), span(c)),
        "mean, extremes of the year": lambda c: asked.aggregate(
            c.choice(NUMERIC), Span(start_ms=START_MS + 1, end_ms=START_MS + YEAR_MS)
        ),
        "total of a meter": lambda c: asked.total(c.choice(sorted(METERS, key=str)), span(c)),
        "trend": lambda c: asked.trend(c.choice(NUMERIC), span(c)),
        "count of entries": lambda c: asked.occurrences(c.choice(STATEFUL), "open", span(c)),
        "time in a state": lambda c: asked.time_in_state(c.choice(STATEFUL), "open", span(c)),
    }


async def measured(path: Path) -> dict[str, tuple[float, float]]:
    """p50 and p99 of each kind, in milliseconds."""
    figures = {}
    async with Questions(path) as asked:
        await asked.latest([NUMERIC[0]])
        for kind, ask in questions(asked).items():
            chance, took = random.Random(kind), []
            for _ in range(ASKED):
                began = time.perf_counter()
                await ask(chance)
                took.append((time.perf_counter() - began) * 1000)
            cuts = statistics.quantiles(took, n=100)
            figures[kind] = cuts[49], cuts[98]
    return figures


def sizes(path: Path) -> dict[str, int]:
    connection = sqlite3.connect(path)
    found = dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall())
    connection.close()
    return found


def written_bytes() -> int:
    text = Path("/proc/self/io").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("write_bytes"))


async def writing(path: Path, *, per_commit: int, roll_up: bool) -> float:
    """Bytes to the disk per reading: two hours and some minutes of ten readings a second of 85 series."""
    total = 73_200
    stream = (
        Reading(key=NUMERIC[n % 85], at_ms=START_MS + n * 100, value=round(20 + (n * 7919 % 50) / 10, 1))
        for n in range(total)
    )
    async with StoreWriter(path) as writer:
        await writer.write([house()])
        rollups = Rollups(writer.database)
        before = written_bytes()
        for number in range(0, total, per_commit):
            await writer.write([Decoded(readings=tuple(islice(stream, per_commit)))])
            if roll_up and number % 600 == 0:
                await rollups.run_once()
    return (written_bytes() - before) / total


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 10])
    parser.add_argument("--writing", action="store_true")
    parser.add_argument("--folder", type=Path, help="where to build, on the kind of disk that matters")
    options = parser.parse_args()
    console = Console()
    table = Table("question, ms (p50 / p99)")
    columns = []
    with tempfile.TemporaryDirectory(prefix="history-", dir=options.folder) as folder:
        for millions in options.millions:
            path = Path(folder) / f"{millions:g}.db"
            began = time.perf_counter()
            took, stall = await build(path, int(millions * 1_000_000))
            columns.append(await measured(path))
            table.add_column(f"{millions:g} million", justify="right")
            taken = sizes(path)
            raw = taken["numbers"] / (0.9e6 * millions)
            rolled = sum(taken[name] for name in ("hours", "gaps", "days")) / 1e6
            console.print(
                f"{millions:g} million: built in {time.perf_counter() - began:.0f} s, of which rolling up {took:.1f} s"
                f" (longest stall of the loop {stall * 1000:.0f} ms); {raw:.1f} bytes per number,"
                f" roll-ups {rolled:.1f} MB, file {path.stat().st_size / 1e6:.0f} MB"
            )
        for kind in columns[0]:
            table.add_row(kind, *(f"{column[kind][0]:.2f} / {column[kind][1]:.2f}" for column in columns))
        console.print(table)
        console.print(f"Peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
        if options.writing:
            for per_commit, roll_up in ((10, False), (10, True), (1, True)):
                path = Path(folder) / f"writing-{per_commit}-{roll_up}.db"
                figure = await writing(path, per_commit=per_commit, roll_up=roll_up)
                rolled_up = "with" if roll_up else "without"
                console.print(f"Written per reading, {per_commit} a commit, {rolled_up} roll-ups: {figure:.0f} bytes")


if __name__ == "__main__":
    asyncio.run(main())
