"""How soon the assistant is ready and how much memory it takes, without voice: python benchmarks/start.py

Starts `assistant run` on an empty folder as systemd does, waits for its READY, lets it idle, asks it something with
`assistant ask`, and does so several times. Exit code 1 where the best start misses a goal of DESIGN section 9.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests"), str(Path(__file__).parent.parent)]

from real_daemon import running  # noqa: E402

STARTS = 5
IDLE_SECONDS = 3.0
READY_GOAL_SECONDS, HELP_GOAL_SECONDS, MEMORY_GOAL_MB = 1.5, 0.3, 90.0
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Start:
    """Seconds by the clock on the wall and of the processor's time, and megabytes."""

    ready: float
    ready_cpu: float
    idle_mb: float
    asked: float
    """How long `assistant ask` took, the command's own start included."""
    asked_mb: float
    status: float
    """The same of `assistant status`."""


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB


def started() -> Start:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with running(Path(folder), 1, ASSISTANT_MQTT__ENABLED="false") as daemon:
            pid = daemon.process.pid
            ready, ready_cpu = time.perf_counter() - began, _cpu_seconds(pid)
            time.sleep(IDLE_SECONDS)
            idle_mb, began = _memory_mb(pid), time.perf_counter()
            daemon.command("what time is it and is the kettle on")
            asked, asked_mb = time.perf_counter() - began, _memory_mb(pid)
            status = _took("status", "--state-dir", str(daemon.state))
            return Start(
                ready=ready, ready_cpu=ready_cpu, idle_mb=idle_mb, asked=asked, asked_mb=asked_mb, status=status
            )


def _took(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "assistant", *command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> int:
    heads = ("READY s", "of these cpu s", "idle MB", "ask s", "MB after it", "status s")
    table = Table(*heads, title=f"{STARTS} starts, no voice")
    starts = [started() for _ in range(STARTS)]
    for one in starts:
        figures = (one.ready, one.ready_cpu, one.idle_mb, one.asked, one.asked_mb, one.status)
        table.add_row(*(f"{figure:.2f}" for figure in figures))
    Console(width=100).print(table)
    helped = min(_took("--help") for _ in range(STARTS))
    Console(width=100).print(f"assistant --help: {helped:.2f} s")
    fine = min(one.ready for one in starts) <= READY_GOAL_SECONDS and helped <= HELP_GOAL_SECONDS
    return 0 if fine and max(one.idle_mb for one in starts) <= MEMORY_GOAL_MB else 1


if __name__ == "__main__":
    sys.exit(main())
