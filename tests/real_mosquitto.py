"""A real Mosquitto for tests and benchmarks."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_START_SECONDS = 5.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def mosquitto_program() -> str | None:
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Mosquitto:
    """A real Mosquitto on a free loopback port, which can be stopped and started again with what it has kept."""

    def __init__(self, folder: Path, program: str, *settings: str) -> None:
        self.port = free_port()
        self.folder = folder
        self._program = program
        self._config = folder / "mosquitto.conf"
        self._process: subprocess.Popen[bytes] | None = None
        lines = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {folder}/",
            "max_queued_messages 0",
            "log_dest none",
            *(f"user {name}" for name in ["root"] if os.geteuid() == 0),
            *settings,
        ]
        self._config.write_text("\n".join(lines) + "\n")

    def start(self) -> None:
        self._process = subprocess.Popen([self._program, "-c", str(self._config)])
        end = time.monotonic() + _START_SECONDS
        while not listens(self.port):
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError("mosquitto did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_START_SECONDS)
            self._process = None

    def signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)


@contextmanager
def serving(*settings: str) -> Iterator[Mosquitto]:
    """One that runs in a folder of its own. Ends the program where Mosquitto is not installed."""
    program = mosquitto_program()
    if program is None:
        raise SystemExit("mosquitto is not installed: sudo apt install mosquitto")
    with tempfile.TemporaryDirectory() as folder:
        server = Mosquitto(Path(folder), program, *settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
