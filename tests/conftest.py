"""Parts that tests of several packages stand on."""

import gc
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from real_mosquitto import Mosquitto, mosquitto_program

IN_MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 4 << 30


def pytest_configure() -> None:
    # Whoever starts a hundred processes has them compiled once, as an installed assistant is.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    _work_in_memory()


def pytest_collection_finish() -> None:
    """Eight thousand tests and all their modules stay till the end: nobody need look whether they are garbage."""
    gc.collect()
    gc.freeze()


def _work_in_memory() -> None:
    """Temporary folders lie in memory, unless TMPDIR says where: every durable commit waits for the disk otherwise.

    What a kill leaves behind is the same there; what a disk does that is full has a disk of its own.
    """
    if "TMPDIR" in os.environ or not os.access(IN_MEMORY, os.W_OK | os.X_OK):
        return
    if shutil.disk_usage(IN_MEMORY).free >= ENOUGH_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)


@pytest.fixture
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    program = mosquitto_program()
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


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Any]:
    """The small house, for one test."""
    from fakes_tools import small_house  # heavy, and not every test has a house

    async with small_house(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for each test, made without a look at those of all the others, which takes longer than a test."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def _own_surroundings(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings, state or supervisor of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("ASSISTANT_") or name in {"STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET"}:
            monkeypatch.delenv(name)
    home = next(_homes)
    home.mkdir()
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
