"""What the daemon costs while the house is silent: python benchmarks/idle.py [--seconds 30]

`assistant run` on a real broker, without voice, then on a real sound server with the wake word waiting. Of each of its
processes and threads: the processor's time as a share of one core, and how often it is woken up. Exit code 1 where a
goal is missed. Needs Mosquitto and PulseAudio.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests"), str(Path(__file__).parent.parent)]

from fakes_sound_server import SoundServer  # noqa: E402
from processes import command, family  # noqa: E402
from real_daemon import announce, running  # noqa: E402
from real_mosquitto import serving  # noqa: E402

SETTLED_SECONDS = 6.0
TICKS = os.sysconf("SC_CLK_TCK")
PROGRAMS = {"voice.capture": "microphone", "sphinx_decoding": "recogniser"}
VOICE = {"ASSISTANT_VOICE__ENABLED": "true"}
GOALS = {"without voice": (0.5, 90.0), "the wake word waits": (1.5, 150.0)}
"""Per cent of one core, and MB that no other process shares or its part of what they do."""


@dataclass(frozen=True, kw_only=True)
class Thread:
    process: str
    name: str
    cpu_seconds: float
    woken: int
    """How often it slept and was woken again."""


def program(pid: int) -> str:
    whole = command(pid)
    return next((name for part, name in PROGRAMS.items() if part in whole), "main")


def threads(pid: int) -> Iterator[tuple[int, Thread]]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        nanoseconds = int((task / "schedstat").read_text().split()[0])
        switches = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.MULTILINE)
        yield (
            int(task.name),
            Thread(
                process=program(pid),
                name=(task / "comm").read_text().strip(),
                cpu_seconds=nanoseconds / 1e9,
                woken=int(switches[1]) if switches else 0,
            ),
        )


def all_threads(pid: int) -> dict[int, Thread]:
    return {number: one for process in family(pid) for number, one in threads(process)}


def memory_mb(pid: int, kind: str) -> float:
    """`Rss` or `Pss`."""
    rolled = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(rf"^{kind}:\s+(\d+)", rolled, re.MULTILINE)[0]) / 1024


def watched(pid: int, seconds: float, title: str) -> bool:
    time.sleep(SETTLED_SECONDS)
    before, began = all_threads(pid), time.monotonic()
    time.sleep(seconds)
    after, taken = all_threads(pid), time.monotonic() - began
    table = Table("process", "thread", "% of a core", "woken a second", title=title)
    whole, wakes = 0.0, 0.0
    for number, one in sorted(after.items(), key=lambda item: (item[1].process, item[0])):
        first = before.get(number)
        if first is None:
            continue
        share = 100 * (one.cpu_seconds - first.cpu_seconds) / taken
        woken = (one.woken - first.woken) / taken
        whole, wakes = whole + share, wakes + woken
        if woken > 0.05:
            table.add_row(one.process, one.name, f"{share:.2f}", f"{woken:.1f}")
    table.add_row("all of them", "", f"{whole:.2f}", f"{wakes:.1f}")
    console = Console(width=100)
    console.print(table)
    shared = sum(memory_mb(process, "Pss") for process in family(pid))
    for process in family(pid):
        console.print(f"{program(process)}: {memory_mb(process, 'Rss'):.0f} MB resident", end="; ")
    most_share, most_mb = GOALS[title]
    console.print(f"all of them {shared:.0f} MB (goal {most_mb:.0f}), {whole:.2f} % of a core (goal {most_share})\n")
    return whole <= most_share and shared <= most_mb


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    seconds = parser.parse_args().seconds
    fine = []
    with serving() as broker, SoundServer() as room:
        announce(broker.port)
        for title, more in (("without voice", {}), ("the wake word waits", {**room.environment, **VOICE})):
            place = broker.folder / title.replace(" ", "-")
            place.mkdir()
            with running(place, broker.port, **more) as daemon:
                fine.append(watched(daemon.process.pid, seconds, title))
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
