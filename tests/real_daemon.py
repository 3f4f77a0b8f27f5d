"""The daemon as a process, for tests and benchmarks: started as systemd does, asked as a command does."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from real_peer import publish

from assistant.control_socket import connect

READY_SECONDS = 60.0
STOP_SECONDS = 5.0
COMMAND = (sys.executable, "-m", "assistant")


class Daemon:
    """`assistant run` as systemd starts it, without a sound card."""

    def __init__(self, folder: Path, port: int, *, command: Sequence[str] = COMMAND, **settings: str) -> None:
        self.state = folder / "state"
        self.log = folder / "log"
        self.environment = os.environ | {
            "ASSISTANT_MQTT__PORT": str(port),
            "ASSISTANT_VOICE__ENABLED": "false",
            "NOTIFY_SOCKET": str(folder / "notify"),
            **settings,
        }
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(folder / "notify"))
        self._notify.settimeout(READY_SECONDS)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "run", "--state-dir", str(self.state)], env=self.environment, stderr=log, stdout=log
            )

    def told(self) -> str:
        """The next thing that it tells its supervisor."""
        return self._notify.recv(4096).decode()

    def ready(self) -> str:
        """The first thing that is no sign of life, and not only what it does meanwhile."""
        while (told := self.told()).startswith(("WATCHDOG=", "STATUS=")):
            pass
        return told

    def silent(self, *, seconds: float) -> None:
        """Takes what it had told until it tells nothing more for so long; fails where it never stops telling."""
        end = time.monotonic() + READY_SECONDS
        self._notify.settimeout(seconds)
        with suppress(TimeoutError):
            while self._notify.recv(4096):
                assert time.monotonic() < end
        self._notify.settimeout(READY_SECONDS)

    def ask(self, text: str) -> str:
        """Over its socket, as `assistant ask` does, without the start of a command for every question."""
        return self.say(text)[0]

    def say(self, *texts: str) -> list[str]:
        """The answers to one after the other, as `assistant talk` gets them."""

        async def talk() -> list[str]:
            async with connect(self.state / "control.sock") as take:
                return [str((await take(text, None))["reply"]) for text in texts]

        return asyncio.run(talk())

    def command(self, text: str, *options: str) -> str:
        command = [*COMMAND, "ask", *options, "--state-dir", str(self.state), text]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout.strip()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._notify.close()


@contextmanager
def running(folder: Path, port: int, **settings: str) -> Iterator[Daemon]:
    daemon = Daemon(folder, port, **settings)
    try:
        assert daemon.ready().startswith("READY=1")
        yield daemon
    finally:
        daemon.close()


def eventually(daemon: Daemon, text: str, words: str, *, seconds: float = 10.0) -> str:
    """Asks until the answer holds the words: what is published takes a moment to be stored."""
    end = time.monotonic() + seconds
    while words not in (answer := daemon.ask(text)):
        assert time.monotonic() < end, answer
        time.sleep(0.25)  # no more often than anybody may ask
    return answer


def announce(port: int) -> None:
    config = {
        "name": "Temperature",
        "unique_id": "bedroom_temperature",
        "state_topic": "home/bedroom",
        "device_class": "temperature",
        "unit_of_measurement": "°C",
        "device": {"identifiers": ["1"], "name": "Bedroom sensor", "suggested_area": "Bedroom"},
    }
    publish(port, "homeassistant/sensor/bedroom/config", json.dumps(config))
    publish(port, "home/bedroom", "21.5")
