"""How soon the assistant is ready and how much memory it takes, without voice: python benchmarks/start.py

Starts `assistant run` on an empty folder as systemd does, waits for its READY, lets it idle, asks it something with
`assistant ask`, and does so several times. Exit code 1 where the best start misses a goal of DESIGN section 9.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

STARTS = 5
IDLE_SECONDS = 3.0
READY_GOAL_SECONDS, MEMORY_GOAL_MB = 1.5, 90.0
COMMAND = (sys.executable, "-m", "assistant")
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


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB


def started() -> Start:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(f"{folder}/notify")
        supervisor.settimeout(60)
        quiet = {"ASSISTANT_MQTT__ENABLED": "false", "ASSISTANT_VOICE__ENABLED": "false"}
        environment = os.environ | quiet | {"NOTIFY_SOCKET": f"{folder}/notify"}
        state = ["--state-dir", f"{folder}/state"]
        began = time.perf_counter()
        process = subprocess.Popen([*COMMAND, "run", *state], env=environment, stderr=subprocess.DEVNULL)
        try:
            while not supervisor.recv(4096).startswith(b"READY=1"):
                pass
            ready, ready_cpu = time.perf_counter() - began, _cpu_seconds(process.pid)
            time.sleep(IDLE_SECONDS)
            idle_mb, began = _memory_mb(process.pid), time.perf_counter()
            said = "what time is it and is the kettle on"
            subprocess.run([*COMMAND, "ask", *state, said], env=environment, stdout=subprocess.DEVNULL, check=True)
            asked = time.perf_counter() - began
            return Start(
                ready=ready, ready_cpu=ready_cpu, idle_mb=idle_mb, asked=asked, asked_mb=_memory_mb(process.pid)
            )
        finally:
            process.terminate()
            process.wait()


def main() -> int:
    table = Table("READY s", "of these cpu s", "idle MB", "ask s", "MB after it", title=f"{STARTS} starts, no voice")
    starts = [started() for _ in range(STARTS)]
    for one in starts:
        figures = (one.ready, one.ready_cpu, one.idle_mb, one.asked, one.asked_mb)
        table.add_row(*(f"{figure:.2f}" for figure in figures))
    Console(width=100).print(table)
    fine = min(one.ready for one in starts) <= READY_GOAL_SECONDS
    return 0 if fine and max(one.idle_mb for one in starts) <= MEMORY_GOAL_MB else 1


if __name__ == "__main__":
    sys.exit(main())
