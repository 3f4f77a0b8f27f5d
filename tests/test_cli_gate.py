"""`assistant approve`, `acting` and `pin`, with a real daemon, a real broker and a lamp that obeys."""

import asyncio
import json
import subprocess
import tomllib
from pathlib import Path

import pytest
from real_daemon import COMMAND, Daemon, eventually, running
from real_mosquitto import Mosquitto
from real_peer import obeying, publish

from config.asking import ConfirmSettings
from tools.pin import Pin


def announce_lamp(port: int) -> None:
    lamp = {
        "name": None,
        "unique_id": "lamp",
        "command_topic": "home/lamp/set",
        "state_topic": "home/lamp",
        "device": {"identifiers": ["2"], "name": "Hall lamp", "suggested_area": "Hall"},
    }
    publish(port, "homeassistant/light/lamp/config", json.dumps(lamp))
    publish(port, "home/lamp", "OFF")


def command(daemon: Daemon, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words, "--state-dir", str(daemon.state)],
        env=daemon.environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_what_waits_is_approved_or_refused_from_another_terminal(tmp_path: Path, mosquitto: Mosquitto) -> None:
    announce_lamp(mosquitto.port)
    with obeying(mosquitto.port, "home/lamp") as lamp, running(tmp_path, mosquitto.port) as daemon:
        nothing = command(daemon, "approve")
        assert (nothing.returncode, nothing.stdout) == (1, "Nothing waits for a yes.\n")
        eventually(daemon, "is the hall lamp on", "off")
        assert "Shall I turn on the hall lamp?" in daemon.ask("turn on the hall lamp")
        refused = command(daemon, "approve", "--no")
        assert refused.returncode == 0 and "Okay, not done." in refused.stdout
        assert "Shall I" in daemon.ask("turn on the hall lamp")
        left = command(daemon, "approve", typed="n\n")
        assert left.returncode == 1 and lamp.told == []
        done = command(daemon, "approve", typed="y\n")
        assert done.returncode == 0
        assert "Turn on the hall lamp?  (asked in console;" in done.stdout
        assert "The hall lamp is now on." in done.stdout
        assert lamp.told == [b"ON"]


def test_acting_is_switched_off_and_on_again_and_outlives_a_kill(tmp_path: Path, mosquitto: Mosquitto) -> None:
    announce_lamp(mosquitto.port)
    with obeying(mosquitto.port, "home/lamp") as lamp:
        with running(tmp_path, mosquitto.port) as daemon:
            eventually(daemon, "is the hall lamp on", "off")
            assert "Shall I" in daemon.ask("turn on the hall lamp")
            assert "Acting is off" in command(daemon, "acting", "off").stdout
            assert "acting is switched off" in daemon.ask("yes")
            assert "acting is switched off" in daemon.ask("turn on the hall lamp")
        (tmp_path / "notify").unlink()
        with running(tmp_path, mosquitto.port) as daemon:
            assert "Acting is off" in command(daemon, "acting").stdout
            assert "acting is switched off" in daemon.ask("turn on the hall lamp")
            assert "Acting is on" in command(daemon, "acting", "on").stdout
            assert "Shall I" in daemon.ask("turn on the hall lamp")
            assert daemon.ask("yes") == "The hall lamp is now on."
        assert lamp.told == [b"ON"]


def test_without_a_daemon_there_is_nothing_to_approve_and_that_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "approve", "--state-dir", str(tmp_path)], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2 and "start one with `assistant run`" in done.stderr


def test_the_switch_works_before_anything_has_ever_run(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    for word, said in (("off", "Acting is off"), ("on", "Acting is on")):
        done = subprocess.run(
            [*COMMAND, "acting", word, "--state-dir", str(folder)], capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 0 and said in done.stdout


def test_what_pin_prints_is_a_setting_that_holds() -> None:
    done = subprocess.run([*COMMAND, "pin"], input="2846\n", capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and "2846" not in done.stdout + done.stderr
    settings = ConfirmSettings.model_validate(tomllib.loads(done.stdout))
    assert settings.pin_hash is not None
    assert asyncio.run(Pin(settings.pin_hash.get_secret_value()).is_right("2846"))


@pytest.mark.parametrize(("typed", "words"), [("1234\n", "guessed at once"), ("12\n", "4 to 12 digits"), ("", "4 to")])
def test_a_pin_that_is_none_is_refused_in_a_sentence(typed: str, words: str) -> None:
    done = subprocess.run([*COMMAND, "pin"], input=typed, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr
