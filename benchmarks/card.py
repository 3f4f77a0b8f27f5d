"""What ingest costs an SD card, and what a backup costs ingest: python benchmarks/card.py [FOLDER]

Ten readings a second from 50 sensors, for half an hour of the house's time, by how often they are committed. Bytes are
those that this process caused to be written to the disk (/proc/self/io), checkpoints included; the folder has to be on
a real disk. Then a backup and a whole check of a year, while a house goes on being written.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from assistant.schedule import ROLL_UP_SECONDS
from sensors.backup import Backups
from sensors.clock import now_ms
from sensors.decoded import Decoded
from sensors.holding import Stop, check_whole, examine
from sensors.message import Message
from sensors.reading import Reading, SeriesKey
from sensors.rollups import Rollups
from sensors.salvage import readings_holding
from sensors.store import StoreWriter

SENSORS = 50
PER_SECOND = 10
SIMULATED_SECONDS = 1800
START_MS = 1_800_000_000_000
YEAR_ROWS = 10_000_000
CALM_SECONDS = 3.0


def written_bytes() -> int:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def arrival(number: int) -> tuple[Decoded, Message]:
    """The reading with that number of the simulated half hour, as a QoS 1 message brings it."""
    at_ms = START_MS + number * 1000 // PER_SECOND
    key = SeriesKey(entity_id=f"sensor.number_{number % SENSORS}")
    value = round(20 + (number * 37 % 101) / 10, 1)
    message = Message(
        topic=f"z/{number % SENSORS}", payload=str(value).encode(), qos=1, token=number, received_ms=at_ms
    )
    return Decoded(readings=(Reading(key=key, at_ms=at_ms, value=value),)), message


async def committed_each(
    seconds: float, folder: Path, *, simulated_seconds: int = SIMULATED_SECONDS, rolled_up: bool = False
) -> tuple[str, ...]:
    total, size = simulated_seconds * PER_SECOND, max(1, round(seconds * PER_SECOND))
    path = folder / f"each-{seconds}-{simulated_seconds}-{rolled_up}.sqlite3"
    taken: list[float] = []
    async with StoreWriter(path) as store:
        await store.write([arrival(number)[0] for number in range(SENSORS)])
        rollups = Rollups(store.database)
        before = written_bytes()
        for first in range(0, total, size):
            if rolled_up and first % (ROLL_UP_SECONDS * PER_SECOND) == 0:
                await rollups.run_once()
            batch = [arrival(number) for number in range(first, min(first + size, total))]
            started = time.perf_counter()
            await store.write([one[0] for one in batch], [one[1] for one in batch])
            taken.append((time.perf_counter() - started) * 1000)
    written = written_bytes() - before
    taken.sort()
    return (
        f"{seconds:g}" + ", four hours" * (simulated_seconds > SIMULATED_SECONDS) + ", rolled up" * rolled_up,
        f"{size}",
        f"{written / total:,.0f}",
        f"{written / simulated_seconds * 86_400 / 1e9:.1f}",
        f"{taken[len(taken) // 2]:.2f}",
        f"{taken[int(len(taken) * 0.99)]:.2f}",
    )


async def furnished(path: Path) -> None:
    step_ms = 365 * 86_400_000 * 100 // YEAR_ROWS
    async with StoreWriter(path) as store:
        for series in range(100):
            key = SeriesKey(entity_id=f"sensor.number_{series}")
            await store.backfill(
                Reading(key=key, at_ms=START_MS + i * step_ms, value=round(15 + (i * 37 % 1001) / 100, 2))
                for i in range(YEAR_ROWS // 100)
            )


async def beside_ingest(store: StoreWriter, work: asyncio.Task[object]) -> tuple[float, float]:
    """How long the commits of a busy house take until the work is done: the median and the longest, in ms."""
    taken: list[float] = []
    number = now_ms() - START_MS
    while not work.done():
        number += SENSORS
        started = time.perf_counter()
        await store.write([arrival(number + i)[0] for i in range(10)])
        taken.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.05)
    taken.sort()
    return taken[len(taken) // 2], taken[-1]


async def safety(folder: Path) -> Table:
    path = folder / "year.sqlite3"
    await furnished(path)
    megabytes = path.stat().st_size / 1e6
    backups = Backups(readings_holding(path), folder / "backups")
    table = Table(title=f"{YEAR_ROWS:,} readings, {megabytes:,.0f} MB, written to 20 times a second meanwhile")
    for heading in ("work", "took, s", "a commit meanwhile, ms: median", "longest"):
        table.add_column(heading)
    started = time.perf_counter()
    fault = examine(backups.holding)
    table.add_row(f"check at start ({fault or 'nothing found'})", f"{time.perf_counter() - started:.3f}", "-", "-")
    async with StoreWriter(path) as store:
        for name, job in (
            ("none", lambda: time.sleep(CALM_SECONDS)),
            ("whole check", lambda: check_whole(backups.holding, Stop())),
            ("verified backup", lambda: backups.take(Stop(), START_MS)),
        ):
            started = time.perf_counter()
            work: asyncio.Task[object] = asyncio.create_task(asyncio.to_thread(job))
            median, longest = await beside_ingest(store, work)
            table.add_row(name, f"{time.perf_counter() - started:.2f}", f"{median:.2f}", f"{longest:.2f}")
            await work
    return table


async def main(folder: Path) -> None:
    table = Table(title=f"{PER_SECOND} readings a second from {SENSORS} sensors, QoS 1")
    for heading in ("a commit each, s", "readings in it", "bytes per reading", "GB a day", "commit ms p50", "p99"):
        table.add_column(heading, justify="right")
    for seconds in (0.1, 0.25, 0.5, 1.0, 2.0, 5.0):
        table.add_row(*await committed_each(seconds, folder))
    for rolled_up in (False, True):
        table.add_row(*await committed_each(1.0, folder, simulated_seconds=4 * 3600, rolled_up=rolled_up))
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(await safety(folder))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as scratch:
        asyncio.run(main(Path(scratch)))
