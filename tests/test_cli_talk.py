"""What a person types at a terminal, and what a command prints where there is none."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
import real_daemon
from fakes_terminal import ASSISTANT, Terminal
from test_setup import environment

from assistant.app import running
from assistant.build import open_assistant
from assistant.cli.demo import at_prompt
from config.settings import MqttSettings, Settings

ALONE = {"ASSISTANT_MQTT__ENABLED": "false"}


def test_ctrl_c_ends_it_at_once_and_does_not_wait_for_enter(tmp_path: Path) -> None:
    talk = [*ASSISTANT, "talk", "--state-dir", str(tmp_path / "state")]
    with Terminal(talk, environment() | ALONE, tmp_path) as terminal:
        terminal.expect("> ")
        assert terminal.interrupt() == 130
        assert "Traceback" not in terminal.shown


async def test_what_rings_in_the_demo_is_told_at_its_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, typing = os.pipe()
    settings = Settings(mqtt=MqttSettings(enabled=False))
    with open(ours, encoding="utf-8") as stdin, open(typing, "w", encoding="utf-8") as person:
        monkeypatch.setattr("sys.stdin", stdin)
        async with (
            open_assistant(settings, tmp_path / "state") as assistant,
            running(ringing=assistant.ringing.run()),
            asyncio.timeout(20),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(at_prompt(assistant))
            print("set a timer for one second", file=person, flush=True)
            shown = ""
            while "Your 1 second timer is done" not in shown:
                await asyncio.sleep(0.05)  # it is printed, and nobody is told
                shown += capsys.readouterr().out
            print("quit", file=person, flush=True)


def test_what_the_terminal_has_no_letter_for_is_replaced(tmp_path: Path) -> None:
    home = tmp_path / "Küche"
    done = subprocess.run(
        [*ASSISTANT, "check-config", "--state-dir", str(home)],
        env=os.environ | ALONE | {"PYTHONIOENCODING": "ascii", "HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "") and "K?che" in done.stdout


def test_a_pin_that_is_none_is_not_asked_for_twice(tmp_path: Path) -> None:
    with Terminal([*ASSISTANT, "pin"], environment(), tmp_path) as terminal:
        terminal.expect("PIN: ")
        terminal.type("12")
        terminal.expect("a PIN is 4 to 12 digits")
        assert terminal.code() == 2
        assert "again" not in terminal.shown


@pytest.mark.parametrize("closed", ["<&- 2>&-", ">&-"])
def test_a_stream_that_is_closed_is_one_with_nothing_in_it(tmp_path: Path, closed: str) -> None:
    talk = " ".join([*ASSISTANT, "talk", "--state-dir", str(tmp_path / "state")])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{talk} {closed}"],
        env=os.environ | ALONE,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_when_nobody_reads_any_more_it_ends_without_a_word(tmp_path: Path) -> None:
    nobody, theirs = os.pipe()
    os.close(nobody)
    with real_daemon.running(tmp_path, port=1) as daemon, open(theirs, "wb") as stdout:
        talk = [*ASSISTANT, "talk", "--state-dir", str(daemon.state)]
        done = subprocess.run(
            talk, env=os.environ | ALONE, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (1, "")
