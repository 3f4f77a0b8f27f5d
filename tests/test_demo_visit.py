"""`assistant demo`, as `make demo` runs it: everything right, everything said aloud, nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest


def demo(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assistant", "demo", "--no-prompt", *options],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=90,
    )


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One visit for all, and the folder that was kept of it."""
    home, kept = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("visit") / "kept"
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state")}
    return demo("--keep", str(kept), **own), kept


def test_a_visit_goes_right_from_spoken_question_to_spoken_answer(
    visit: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, kept = visit
    assert done.returncode == 0, done.stdout + done.stderr
    assert "16 of 16 exchanges went right" in done.stdout
    assert "unchanged, bit for bit" in done.stdout
    assert done.stderr == ""
    answers = sorted((kept / "answers").glob("*.wav"))
    assert len(answers) >= 14
    for answer in answers:
        with wave.open(str(answer)) as sound:
            assert sound.getnframes() / sound.getframerate() > 0.3


def test_what_happened_in_it_can_be_asked_afterwards(visit: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, kept = visit
    asked = subprocess.run(
        [
            sys.executable,
            "-m",
            "assistant",
            "ask",
            "--json",
            "--state-dir",
            str(kept / "state"),
            "is the front door locked",
        ],
        env=os.environ | {"ASSISTANT_MQTT__ENABLED": "false"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert json.loads(asked.stdout)["reply"] == "No, the front door is unlocked."


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = demo("--keep", str(tmp_path / "file" / "below"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_window_that_is_closed_in_its_midst_leaves_nothing_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "assistant", "demo", "--no-prompt"],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as visiting:
        assert visiting.stdout is not None
        while visiting.poll() is None and not list(tmp_path.glob("*/state")):
            time.sleep(0.05)
        visiting.send_signal(signal.SIGHUP)
        told = visiting.stdout.read()
    assert visiting.returncode == 130 and "Traceback" not in told, told
    assert list(tmp_path.iterdir()) == []
