"""Whether the service is installed as it was made: hardened, kept alive, with enough open files."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from assistant.doctor.finding import Finding, broken, degraded, ok

PART, FILES = "service", "open files"
UNIT = Path("etc/systemd/system/assistant.service")
MOST_EXPOSED = 1.5
LEAST_FILES = 512
_AGAIN = "run `sudo assistant install --apply`, and keep changes of your own in `systemctl edit assistant`"
_NEEDED = {
    "Type": "notify",
    "ProtectSystem": "strict",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "UMask": "0077",
}


def service(root: Path, *, rated: float | None) -> Iterator[Finding]:
    """`root`: `/` but for tests; `rated`: what systemd-analyze says of its exposure, None where it cannot be asked."""
    unit = root / UNIT
    if not unit.is_file():
        yield ok(PART, "not installed as one; `assistant install` tells how")
        return
    lines = "\n".join(one.read_text(encoding="utf-8") for one in (unit, *_drop_ins(unit)))
    if missing := _lacking(lines):
        yield degraded(PART, f"{unit} lacks {', '.join(missing)}", _AGAIN)
    elif rated is not None and rated > MOST_EXPOSED:
        yield degraded(
            PART, f"systemd rates its exposure at {rated}, and it was made for {MOST_EXPOSED} or less", _AGAIN
        )
    else:
        yield ok(PART, "installed and hardened" + (f": systemd rates its exposure at {rated}" if rated else ""))
    program = re.findall(r"^ExecStart=(\S+)", lines, re.MULTILINE)
    if program and not (root / program[-1].lstrip("/")).exists():
        yield broken(PART, f"{program[-1]}, which it starts, is not there", _AGAIN)


def _drop_ins(unit: Path) -> list[Path]:
    return sorted(unit.with_name(f"{unit.name}.d").glob("*.conf"))


def _lacking(lines: str) -> list[str]:
    found = dict(re.findall(r"^(\w+)=(.*)$", lines, re.MULTILINE))
    wrong = [f"{name}={value}" for name, value in _NEEDED.items() if found.get(name) != value]
    return wrong + ([] if found.get("WatchdogSec", "0") not in {"0", ""} else ["WatchdogSec"])


def rate(root: Path) -> float | None:
    """Runs systemd-analyze on the installed unit; None where there is no such program, or it has nothing to say."""
    program, unit = shutil.which("systemd-analyze"), root / UNIT
    if program is None or not unit.is_file():
        return None
    try:
        done = subprocess.run(
            [program, "security", "--offline=true", str(unit)], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    return float(found[1]) if found else None


def open_files(limit: int, used: int | None) -> Finding:
    """`limit`: how many files the assistant may have open; `used`: how many it has, None where none runs."""
    now = f"{limit} may be open at once" + (f", {used} are" if used is not None else "")
    if limit < LEAST_FILES or (used is not None and used > limit * 0.8):
        fix = "set LimitNOFILE=4096 in `systemctl edit assistant`, or run `ulimit -n 4096` before `assistant run`"
        return degraded(FILES, now, fix)
    return ok(FILES, now)


def files_of(process: int, proc: Path = Path("/proc")) -> tuple[int, int | None] | None:
    """The limit and the use of a process; None where it cannot be looked at."""
    try:
        limits = (proc / str(process) / "limits").read_text(encoding="ascii")
        soft = re.search(r"^Max open files\s+(\d+)", limits, re.MULTILINE)
        return (int(soft[1]), len(list((proc / str(process) / "fd").iterdir()))) if soft else None
    except OSError:
        return None
