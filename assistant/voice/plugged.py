"""When it is worth looking for a microphone again: at once if something was plugged in, else now and then.

Each attempt starts a process. A machine that has no microphone for months is not to do that every other second.
"""

import os
from collections.abc import Mapping
from pathlib import Path

Signs = tuple[object, ...]

NO_MICROPHONE = "There is no microphone; plug one in: `arecord -l` lists what the system sees"

QUICK_SECONDS = 120.0
"""For so long each attempt is made."""
SLOW_SECONDS = 30.0


def signs(environment: Mapping[str, str] = os.environ, devices: Path = Path("/dev/snd")) -> Signs:
    """What becomes another value when a sound card comes or goes, or a sound server starts. Costs some microseconds."""
    runtime = environment.get("XDG_RUNTIME_DIR", "/nowhere")
    server = environment.get("PULSE_SERVER", "").removeprefix("unix:") or f"{runtime}/pulse/native"
    return _listing(devices), *(_identity(path) for path in (server, f"{runtime}/pipewire-0"))


def _listing(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(os.listdir(folder)))
    except OSError:
        return ()


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_ctime_ns


class Attempts:
    """Pure: fed with time, in seconds of any clock that only goes forward, and with the signs of that moment."""

    def __init__(self) -> None:
        self._missing_since: float | None = None
        self._tried = 0.0
        self._signs: Signs = ()

    def is_worth_it(self, now: float, seen: Signs) -> bool:
        if self._missing_since is None or seen != self._signs:
            return True
        return now - self._missing_since < QUICK_SECONDS or now - self._tried >= SLOW_SECONDS

    def found_nothing(self, now: float, seen: Signs) -> None:
        """`seen` is of the moment before the attempt: what was plugged in meanwhile makes the next one worth it."""
        if self._missing_since is None or seen != self._signs:
            self._missing_since = now
        self._tried, self._signs = now, seen

    def found(self) -> None:
        self._missing_since = None
