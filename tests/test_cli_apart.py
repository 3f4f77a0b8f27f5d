"""Work in a process of its own: whatever becomes of it, the command ends as it did and says so."""

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, sys, time
from assistant.cli.apart import SoundLibraryDied, apart
from config.errors import UserFacingError

def work():
    print(os.getpid(), flush=True)
    {work}

try:
    sys.exit(apart(work))
except SoundLibraryDied as died:
    sys.exit(f"died: {{died}}")
"""


def started(work: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM.format(work=work)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("work", "code", "says"),
    [
        ("return 0", 0, ""),
        ("return 1", 1, ""),
        ("raise UserFacingError('there is no microphone')", 2, "assistant: there is no microphone\n"),
        ("raise KeyboardInterrupt", 130, ""),
        ("os.abort()", 1, "Aborted"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", 1, "Segmentation fault"),
        ("raise ZeroDivisionError", 1, "ZeroDivisionError"),
    ],
)
def test_it_ends_as_the_work_did(work: str, code: int, says: str) -> None:
    with started(work) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert says in err if says else err == ""


def test_what_ends_the_command_ends_the_work() -> None:
    with started("time.sleep(60)") as process:
        assert process.stdout is not None and process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
