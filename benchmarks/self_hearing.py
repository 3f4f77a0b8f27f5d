"""Lets it hear itself for an hour: python benchmarks/self_hearing.py [MINUTES] [--seed N] [--not-knowing-itself]

A person asks, it answers, and all that it says comes back through the microphone, in rooms of many kinds: loud and
faint, dry and bare, with loudspeakers that sound up to a second after they say that they have ended. The answers hold
the wake word, stops and yeses; nobody ever answers a question. Engines are the real embedded ones, time is simulated.
Exit code 1 where a turn was started, a question answered, or an answer cut short by itself.
"""

import argparse
import asyncio
import itertools
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from fakes_room import Acoustics  # noqa: E402
from fakes_self_hearing import Tally, an_evening  # noqa: E402

ECHO_DB = (-30.0, -15.0, 0.0, 6.0)
LATE_SECONDS = (0.02, 0.15, 0.4, 0.9)
REVERB_SECONDS = (0.0, 0.3, 0.6)
NOISE = 20.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", type=float, nargs="?", default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--not-knowing-itself", action="store_true", help="without recognising its own voice")
    asked = parser.parse_args()
    rooms = [
        Acoustics(echo_db=echo, late_seconds=late, reverb_seconds=reverb, noise=NOISE)
        for late, reverb, echo in itertools.product(LATE_SECONDS, REVERB_SECONDS, ECHO_DB)
    ]
    began, told = time.monotonic(), []
    for number, room in enumerate(rooms):
        minutes, seed = asked.minutes / len(rooms), asked.seed * 1000 + number
        evening = an_evening(room, minutes=minutes, seed=seed, knows_itself=not asked.not_knowing_itself)
        told.append((room, asyncio.run(evening)))
        sys.stderr.write(f"\r{number + 1} of {len(rooms)} rooms, {sum(tally.faults for _, tally in told)} faults ")
    sys.stderr.write("\n")
    return _report(told, time.monotonic() - began)


def _report(told: list[tuple[Acoustics, Tally]], wall_seconds: float) -> int:
    columns = ("minutes", "spoken", "questions", "turns", "accepted", "cut", "sorry", "calls missed", "CPU ms/s")
    table = Table("speaker late by", *columns)
    for late in LATE_SECONDS:
        table.add_row(f"{late:g} s", *_row([tally for room, tally in told if room.late_seconds == late]))
    everything = [tally for _, tally in told]
    table.add_section()
    table.add_row("all", *_row(everything))
    Console(width=120).print(table)
    for room, tally in told:
        if tally.faults:
            sys.stdout.write(f"{room}: {tally}\n")
    sys.stdout.write(f"took {wall_seconds:.0f} s\n")
    return 1 if any(tally.faults for tally in everything) else 0


def _row(tallies: list[Tally]) -> list[str]:
    def total(name: str) -> float:
        return sum(getattr(tally, name) for tally in tallies)

    counts = [f"{total(name):g}" for name in ("asked", "turns", "accepted", "cut", "sorry", "missed")]
    cpu_ms = 1000 * total("cpu_seconds") / max(total("seconds"), 1e-9)
    return [f"{total('seconds') / 60:.1f}", f"{total('spoken_seconds') / 60:.1f}", *counts, f"{cpu_ms:.0f}"]


if __name__ == "__main__":
    sys.exit(main())
