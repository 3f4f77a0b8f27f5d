"""The daemon as a process: ready when it is, one to a folder, gone in seconds, and nothing acknowledged is lost."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from paho.mqtt.publish import multiple, single
from real_mosquitto import Mosquitto

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
        """The first thing that is no sign of life."""
        while (told := self.told()) == "WATCHDOG=1":
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

        async def asked() -> str:
            async with connect(self.state / "control.sock") as take:
                return str((await take(text, None))["reply"])

        return asyncio.run(asked())

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


def publish(port: int, topic: str, payload: str) -> None:
    single(topic, payload, qos=1, retain=True, hostname="127.0.0.1", port=port)


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


def test_it_says_when_it_is_ready_answers_over_its_socket_and_goes_when_told(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    announce(mosquitto.port)
    with running(tmp_path, mosquitto.port) as daemon:
        answer = eventually(daemon, "what is the temperature in the bedroom", "21.5")
        assert answer == "The temperature in the bedroom is 21.5 degrees."
        assert daemon.command("what is the temperature in the bedroom") == answer
        turn = json.loads(daemon.command("what is the temperature in the bedroom", "--json"))
        assert set(turn) == {"text", "reply", "planner", "calls", "proposal", "timings_ms"}
        assert [call["verdict"] for call in turn["calls"]] == ["ok"]
        assert daemon.stop() == 0
        assert daemon.told() == "STOPPING=1"
        assert not (daemon.state / "control.sock").exists()
        assert "Traceback" not in daemon.log.read_text()


def test_ctrl_c_is_a_clean_end_too(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with running(tmp_path, mosquitto.port) as daemon:
        assert daemon.stop(signal.SIGINT) == 0
        assert "Traceback" not in daemon.log.read_text()


def test_without_a_broker_it_is_ready_says_so_and_keeps_trying(tmp_path: Path, mosquitto: Mosquitto) -> None:
    announce(mosquitto.port)
    mosquitto.stop()
    with running(tmp_path, mosquitto.port) as daemon:
        assert daemon.ask("what time is it").startswith("It is ")
        assert "nothing listens at 127.0.0.1" in daemon.log.read_text()
        mosquitto.start()
        announce(mosquitto.port)
        eventually(daemon, "what is the temperature in the bedroom", "21.5")
        assert daemon.stop() == 0


def test_discovery_that_is_broken_is_named_once_and_hurts_nobody_else(tmp_path: Path, mosquitto: Mosquitto) -> None:
    publish(mosquitto.port, "homeassistant/sensor/bad/config", "not json{")
    with running(tmp_path, mosquitto.port) as daemon:
        for _ in range(3):
            publish(mosquitto.port, "homeassistant/sensor/bad/config", "not json{")
        announce(mosquitto.port)
        eventually(daemon, "what is the temperature in the bedroom", "21.5")
        told = [line for line in daemon.log.read_text().splitlines() if "homeassistant/sensor/bad/config" in line]
        assert len(told) == 1 and "JSON" in told[0]


def test_a_second_one_on_the_same_records_is_refused_with_a_sentence(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with running(tmp_path, mosquitto.port) as daemon:
        command = [*COMMAND, "run", "--state-dir", str(daemon.state)]
        second = subprocess.run(command, env=daemon.environment, capture_output=True, text=True, timeout=READY_SECONDS)
        assert second.returncode == 2
        assert f"process {daemon.process.pid}" in second.stderr
        assert "Traceback" not in second.stderr and len(second.stderr.splitlines()) == 1
        assert daemon.ask("what time is it").startswith("It is ")


def test_after_a_kill_it_starts_again_and_still_knows(tmp_path: Path, mosquitto: Mosquitto) -> None:
    announce(mosquitto.port)
    with running(tmp_path, mosquitto.port) as daemon:
        eventually(daemon, "what is the temperature in the bedroom", "21.5")
        daemon.stop(signal.SIGKILL)
    (tmp_path / "notify").unlink()
    mosquitto.stop()
    with running(tmp_path, mosquitto.port) as daemon:
        assert "21.5" in daemon.ask("what is the temperature in the bedroom")


def test_killed_under_load_it_has_everything_that_the_broker_was_told_it_had(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    announce(mosquitto.port)
    with running(tmp_path, mosquitto.port) as daemon:
        eventually(daemon, "what is the temperature in the bedroom", "21.5")
        load = [{"topic": "home/bedroom", "payload": f"{22 + number / 1000}", "qos": 1} for number in range(3000)]
        with ThreadPoolExecutor(1) as pool:
            publishing = pool.submit(multiple, load, hostname="127.0.0.1", port=mosquitto.port)
            wait_for_rows(daemon, 200)
            daemon.process.kill()
            daemon.process.wait()
            publishing.result(60)
        found = rows(daemon)
        assert 200 <= found < 3000
    (tmp_path / "notify").unlink()
    with running(tmp_path, mosquitto.port) as daemon:
        wait_for_rows(daemon, 3000)
        time.sleep(0.3)
        assert rows(daemon) == 3000
        assert daemon.stop() == 0


def rows(daemon: Daemon) -> int:
    """Different readings of the load that are in the store."""
    connection = sqlite3.connect(f"file:{daemon.state / 'readings.sqlite3'}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(DISTINCT value) FROM numbers WHERE value != 21500").fetchone()[0])
    finally:
        connection.close()


def wait_for_rows(daemon: Daemon, least: int) -> None:
    end = time.monotonic() + 30
    while (found := rows(daemon)) < least:
        assert time.monotonic() < end, f"{found} of {least}"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ASSISTANT_MQTT__HSOT", "x", 'did you mean "host"'),
        ("ASSISTANT_MQTT__PORT", "seventy", "mqtt.port"),
        ("ASSISTANT_CONFIG", "/nowhere/assistant.toml", "there is no settings file"),
        ("ASSISTANT_STORE__STATE_DIR", "/dev/null/state", "--state-dir"),
    ],
)
@pytest.mark.parametrize("command", [("run",), ("ask", "what time is it"), ("talk",)])
def test_what_is_set_wrongly_is_one_sentence_and_exit_code_2(
    variable: str, value: str, words: str, command: tuple[str, ...]
) -> None:
    environment = os.environ | {
        "ASSISTANT_MQTT__ENABLED": "false",
        "ASSISTANT_VOICE__ENABLED": "false",
        variable: value,
    }
    done = subprocess.run(
        [*COMMAND, *command], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_fault_of_the_program_is_a_sentence_with_its_details_in_a_file(tmp_path: Path) -> None:
    broken = "import sys; sys.argv = ['assistant', 'ask', 'x']; import assistant.cli.ask as a; a.ask_once = None"
    done = subprocess.run(
        [sys.executable, "-c", f"{broken}; from assistant.cli.main import main; main()"],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert "a fault in the program (TypeError)" in done.stderr and "Traceback" not in done.stderr
    (details,) = tmp_path.glob("assistant-fault-*.txt")
    assert str(details) in done.stderr and "Traceback" in details.read_text()


def test_a_folder_whose_socket_cannot_be_made_is_named(tmp_path: Path) -> None:
    environment = os.environ | {"ASSISTANT_MQTT__ENABLED": "false", "ASSISTANT_VOICE__ENABLED": "false"}
    command = [*COMMAND, "run", "--state-dir", str(tmp_path / ("long" * 30))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "AF_UNIX path too long" in done.stderr and "--state-dir" in done.stderr and "Traceback" not in done.stderr


def test_talk_answers_line_by_line_and_asks_before_it_acts(tmp_path: Path, mosquitto: Mosquitto) -> None:
    announce(mosquitto.port)
    with running(tmp_path, mosquitto.port) as daemon:
        eventually(daemon, "what is the temperature in the bedroom", "21.5")
        done = subprocess.run(
            [*COMMAND, "talk", "--state-dir", str(daemon.state)],
            env=daemon.environment,
            input="what is the temperature in the bedroom\n\nyes\nquit\n",
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0
        assert "21.5 degrees" in done.stdout
