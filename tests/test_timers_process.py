"""Timers of a real assistant: kill -9, restart, and all ring; with no broker, no network and no model."""

import os
import re
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from real_daemon import COMMAND, Daemon, running

NO_BROKER = 9
"""A port at which nothing listens."""
NAMES = (
    "apple banana cherry date elder fig grape hazel iris juniper"
    " kiwi lemon mango nutmeg olive pear quince rose sage thyme"
).split()


def rings(daemon: Daemon) -> list[str]:
    return re.findall(r"\w+ \d+ rings.*", daemon.log.read_text())


def wait_for(daemon: Daemon, count: int, seconds: float = 20.0) -> list[str]:
    end = time.monotonic() + seconds
    while len(found := rings(daemon)) < count:
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def age(daemon: Daemon, seconds: int) -> None:
    """As if the machine had been off for so long: what was set lies that much further back."""
    with closing(sqlite3.connect(daemon.state / "house.sqlite3", isolation_level=None)) as connection:
        connection.execute(
            "UPDATE timer SET set_ms = set_ms - ?1, due_ms = due_ms - ?1, boot = 'an earlier one'", (seconds * 1000,)
        )


def test_twenty_are_set_it_is_killed_and_all_ring_the_late_ones_as_late(tmp_path: Path) -> None:
    with running(tmp_path, NO_BROKER) as daemon:
        # Half come due while it is off, half some seconds after it is back.
        wanted = [(name, 5 if number % 2 else 10) for number, name in enumerate(NAMES)]
        answers = daemon.say(*(f"set a {name} timer for {minutes} minutes" for name, minutes in wanted))
        assert answers == [f"{name.capitalize()} timer, {minutes} minutes, starting now." for name, minutes in wanted]
        assert rings(daemon) == []
        daemon.stop(signal.SIGKILL)
    age(daemon, 10 * 60 - 12)
    (tmp_path / "notify").unlink()
    with running(tmp_path, NO_BROKER) as daemon:
        wait_for(daemon, 10)
        told = daemon.say("what timers are there")
        found = wait_for(daemon, 20, seconds=40)
        told += daemon.say("what timers are there")
        assert sum("s late" in line for line in found) == 10
        assert told[0].startswith("10 timers: apple, ") and " By the way, " in told[0]
        assert told[1].startswith("No timers are set. By the way, ")
        for name in NAMES[1::2]:
            assert f"your {name} timer was due at " in told[0]
        assert told[0].count("I was not running") == 10
        for name in NAMES[::2]:
            assert f"your {name} timer rang at " in told[1]
        assert daemon.say("what timers are there") == ["No timers are set."]
        assert len(rings(daemon)) == 20
        assert "Traceback" not in daemon.log.read_text()
        assert daemon.stop() == 0


def test_without_broker_network_and_model_it_rings(tmp_path: Path) -> None:
    dead = {
        "ASSISTANT_MODEL__ENABLED": "true",
        "ASSISTANT_MODEL__BASE_URL": f"http://127.0.0.1:{NO_BROKER}/v1",
        "ASSISTANT_MODEL__NAME": "none",
    }
    with running(tmp_path, NO_BROKER, **dead) as daemon:
        assert daemon.say("set a pasta timer for one second", "remind me to call mum in two seconds") == [
            "Pasta timer, 1 second, starting now.",
            "I will remind you in 2 seconds: call mum.",
        ]
        wait_for(daemon, 2)
        (told,) = daemon.say("what time is it")
        assert "By the way, your pasta timer rang at " in told and "call mum" in told
        assert "call mum" not in daemon.log.read_text()


def test_killed_between_the_ring_and_the_ear_it_rings_again(tmp_path: Path) -> None:
    """What had rung, and was told to nobody yet, is told after the restart."""
    with running(tmp_path, NO_BROKER) as daemon:
        daemon.say("set a tea timer for one second")
        wait_for(daemon, 1)
        daemon.stop(signal.SIGKILL)
    (tmp_path / "notify").unlink()
    with running(tmp_path, NO_BROKER) as daemon:
        assert "your tea timer rang at " in daemon.say("hello")[0]


def test_set_where_no_assistant_runs_it_says_that_it_cannot_ring_yet_and_is_told_when_it_could(tmp_path: Path) -> None:
    alone = os.environ | {"ASSISTANT_MQTT__ENABLED": "false", "ASSISTANT_VOICE__ENABLED": "false"}
    command = [*COMMAND, "ask", "--state-dir", str(tmp_path)]
    done = subprocess.run([*command, "set a tea timer for one second"], env=alone, capture_output=True, text=True)
    assert done.stdout == "Tea timer, 1 second, starting now.\n"
    assert "rings once one does: start `assistant run`" in done.stderr
    time.sleep(1.0)
    done = subprocess.run([*command, "hello"], env=alone, capture_output=True, text=True)
    assert done.stdout.startswith("Hello. By the way, your tea timer ")


def test_who_sits_at_a_prompt_reads_it_as_it_rings_and_is_told_once(tmp_path: Path) -> None:
    with running(tmp_path, NO_BROKER) as daemon:
        talk = [*COMMAND, "talk", "--state-dir", str(daemon.state)]
        with subprocess.Popen(
            talk, env=daemon.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as person:
            assert person.stdin is not None and person.stdout is not None
            person.stdin.write("set a tea timer for two seconds\n")
            person.stdin.flush()
            lines = iter(person.stdout.readline, "")
            assert next(line for line in lines if "Tea timer" in line).endswith("2 seconds, starting now.\n")
            assert next(line for line in lines if "is done" in line) == "Your tea timer is done.\n"
            person.stdin.write("hello\nquit\n")
            person.stdin.flush()
            assert next(line for line in lines if "Hello" in line).endswith("Hello.\n")
        time.sleep(1.0)
        # Nobody looks any more.
        daemon.say("set an egg timer for one second")
        wait_for(daemon, 2)
        assert "By the way, your egg timer rang" in daemon.say("hello")[0]


def test_which_of_several_is_meant_is_asked_and_answered(tmp_path: Path) -> None:
    with running(tmp_path, NO_BROKER) as daemon:
        assert daemon.say(
            "set a tea timer for 5 minutes",
            "set a timer for 20 minutes",
            "cancel the timer",
            "tea",
            "how long is left",
        )[2:] == [
            "Which one do you mean: the tea timer or the 20 minute timer?",
            "Tea timer cancelled.",
            "20 minute timer, 20 minutes left.",
        ]
