"""The unit: what systemd says of it, and that the daemon does all its work under its filter of system calls."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes_sound_server import SoundServer, require_sound_server
from real_daemon import Daemon, announce, eventually
from real_mosquitto import Mosquitto
from stopping_states import called, is_heard

UNIT = Path(__file__).parent.parent / "systemd" / "assistant.service"
MOST_EXPOSED = 1.5
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
"""libseccomp's SCMP_ACT_ALLOW, and SCMP_ACT_ERRNO with EPERM."""


def settings(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


@pytest.fixture
def analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("systemd-analyze is not installed, and CI must have it")
        pytest.skip("systemd-analyze is not installed")
    return program


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_systemd_finds_nothing_wrong_with_it(analyze: str, tmp_path: Path) -> None:
    """The command is not where it will be installed, so one that is there takes its place."""
    copy = tmp_path / UNIT.name
    copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text(), flags=re.MULTILINE))
    assert run(analyze, "verify", "--man=no", str(copy)) == ""


def test_it_exposes_little(analyze: str) -> None:
    told = run(analyze, "security", "--offline=true", str(UNIT))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert found is not None and float(found[1]) <= MOST_EXPOSED, told


def test_it_can_reach_the_sound_cards_and_nothing_else_among_devices() -> None:
    assert settings("SupplementaryGroups") == ["audio"]
    assert settings("DevicePolicy") == ["closed"] and settings("DeviceAllow") == ["char-alsa rw"]
    assert settings("PrivateDevices") == [] and settings("PrivateIPC") == []


def test_it_waits_longer_than_the_daemon_takes_to_stop_or_to_notice_that_it_hangs() -> None:
    assert settings("Type") == ["notify"] and settings("NotifyAccess") == ["main"]
    assert int(settings("TimeoutStopSec")[0]) >= 5
    assert int(settings("WatchdogSec")[0]) >= 30
    assert settings("KillMode") == ["mixed"], "the daemon ends its own processes, in order"
    limited = int(settings("StartLimitBurst")[0])
    assert settings("Restart") == ["on-failure"] and limited * int(settings("RestartSec")[0]) >= 240


def allowed(analyze: str) -> Iterator[str]:
    """Names of the system calls that the unit allows."""
    names: set[str] = set()
    for line in settings("SystemCallFilter"):
        of_line = {name for group in line.removeprefix("~").split() for name in calls_of(analyze, group)}
        names = names - of_line if line.startswith("~") else names | of_line
    yield from sorted(names)


def calls_of(analyze: str, group: str) -> set[str]:
    lines = [line.strip() for line in run(analyze, "syscall-filter", group).splitlines()[1:]]
    found = {line for line in lines if line and not line.startswith(("#", "@"))}
    return found.union(*(calls_of(analyze, line) for line in lines if line.startswith("@")))


FILTERED = """
import ctypes, sys
library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
library.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(library.seccomp_init({refuse}))
for name in {names}:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        assert library.seccomp_rule_add(context, {allow}, number, 0) == 0, name
assert library.seccomp_load(context) == 0
import os
try:
    os.chown("/", -1, -1)
except PermissionError:
    pass
else:
    sys.exit("the filter does not hold")
sys.argv = ["assistant", *sys.argv[1:]]
from assistant.cli.main import main
main()
"""


def test_the_daemon_stores_hears_and_speaks_under_the_filter_of_system_calls(
    analyze: str, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    require_sound_server()
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        pytest.skip("libseccomp is not here")
    program = tmp_path / "filtered.py"
    program.write_text(FILTERED.format(refuse=_REFUSE, allow=_ALLOW, names=tuple(allowed(analyze))))
    announce(mosquitto.port)
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    with SoundServer() as room:
        settings = {"ASSISTANT_VOICE__ENABLED": "true", "RUNTIME_DIRECTORY": str(runtime)}
        command = (sys.executable, str(program))
        daemon = Daemon(tmp_path, mosquitto.port, command=command, **room.environment, **settings)
        try:
            assert daemon.ready() == "READY=1\nSTATUS=listening"
            assert (runtime / "control.sock").is_socket()
            eventually(daemon, "what is the temperature in the bedroom", "21.5")
            is_heard(room, daemon, lambda: room.say_pcm(called("what time is it")))
            assert daemon.stop() == 0
            assert not (runtime / "control.sock").exists()
            assert "Traceback" not in daemon.log.read_text()
        finally:
            daemon.close()
