"""The daemon as a process: ready when it is, one to a folder, gone in seconds, and nothing acknowledged is lost."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from paho.mqtt.publish import multiple
from real_daemon import COMMAND, READY_SECONDS, Daemon, announce, eventually, running
from real_mosquitto import Mosquitto
from real_peer import publish


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
        assert daemon.ready() == "STOPPING=1"
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
