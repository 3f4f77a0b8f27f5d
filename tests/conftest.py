"""Parts that tests of several packages stand on."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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


class Mosquitto:
    """A real Mosquitto on a free loopback port, which can be stopped and started again with what it has kept."""

    def __init__(self, folder: Path, program: str, *settings: str) -> None:
        self.port = free_port()
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


@pytest.fixture
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("mosquitto is not installed, and CI must have it")
        pytest.skip("mosquitto is not installed")
    server = Mosquitto(tmp_path_factory.mktemp("mosquitto"), program)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def broker_port(mosquitto: Mosquitto) -> int:
    return mosquitto.port


@pytest.fixture
def recorded_mqtt() -> Path:
    """Messages recorded from real bridges, which lie beside the checkout and not in it."""
    folder = Path(__file__).resolve().parent.parent.parent / "shared" / "fixtures" / "mqtt"
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is missing, and CI must have it")
        pytest.skip("the recorded messages are not here")
    return folder


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings, state or supervisor of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("ASSISTANT_") or name in {"STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET"}:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name, folder in (("HOME", "."), ("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state")):
        monkeypatch.setenv(name, str(home / folder))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever would leave this machine fails at once, and says where it wanted to go."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test must not leave this machine, but wanted to reach {address}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
