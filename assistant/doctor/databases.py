"""Whether the databases are whole, and how old their newest good copies are."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assistant.doctor.finding import Finding, State, broken, degraded, ok, told
from sensors.backup import Backups
from sensors.database import StoreUnavailable, damage_mark
from sensors.holding import Holding, Stop, Stopped, check_whole, examine

PART, BACKUPS = "database", "backups"
WHOLE_SECONDS = 10.0
"""For so long each file is read through; a bigger one is read whole by the daemon, which does so each night."""
OVERDUE = timedelta(hours=50)
"""A night was missed, and the day after it too."""

_MEND = (
    "start the assistant: it moves the damaged file aside, restores the newest backup and saves what can still be read"
)

_BACK_UP = "run `assistant backup`, which says what is in its way; a running assistant makes one each night"


def database(holding: Holding, *, whole_seconds: float = WHOLE_SECONDS) -> Finding | None:
    """None where there is none yet. Reads only, so that a daemon may have it open."""
    path = holding.path
    try:
        if not path.exists():
            return None
        if damage_mark(path).exists():
            return broken(PART, f"{path} was found damaged and is not mended yet", _MEND)
        fault = examine(holding)
        if fault is None:
            fault = _read_through(holding, whole_seconds)
    except StoreUnavailable as error:
        return told(PART, State.BROKEN, str(error))
    except OSError as error:
        return broken(PART, f"{path} cannot be looked at ({error.strerror})", "run this with sudo")
    if fault is not None:
        return broken(PART, f"{path} is damaged: {fault}", _MEND)
    return _owned(path) or ok(PART, f"{path.name} is whole, {_size(path)}")


def _read_through(holding: Holding, seconds: float) -> str | None:
    stop = Stop()
    timer = threading.Timer(seconds, stop.set)
    timer.start()
    try:
        return check_whole(holding, stop)
    except Stopped:
        return None
    finally:
        timer.cancel()
        timer.join()


def _owned(path: Path) -> Finding | None:
    """A command that was run as root leaves files behind that the daemon cannot write."""
    files = [one for one in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))) if one.exists()]
    strange = [one for one in files if one.stat().st_uid != path.parent.stat().st_uid]
    if not strange:
        return None
    fix = f"run: sudo chown --reference={path.parent} {' '.join(map(str, strange))}"
    return broken(PART, f"{strange[0]} belongs to another user than its folder", fix)


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"


def backups(all_of_them: Sequence[Backups], *, now_ms: int, days: int) -> Iterator[Finding]:
    """`days`: for how many days backups are kept; 0: none are made."""
    if not days:
        yield ok(BACKUPS, "switched off in the settings")
        return
    there = [one for one in all_of_them if one.holding.path.exists()]
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    taken = {one.holding.name: one.last_taken(now_ms) for one in there}
    missing = [name for name, moment in taken.items() if moment is None]
    ages = {name: now - moment for name, moment in taken.items() if moment is not None}
    if missing:
        yield degraded(BACKUPS, f"there is no backup of {', '.join(missing)} in {there[0].folder}", _BACK_UP)
    for name, age in ages.items():
        if age > OVERDUE:
            yield degraded(BACKUPS, f"the newest backup of {name} is {age.days} days old", _BACK_UP)
    if ages and not missing and max(ages.values()) <= OVERDUE:
        hours = round(max(ages.values()).total_seconds() / 3600)
        yield ok(BACKUPS, f"the newest of each are at most {hours} hours old, in {there[0].folder}")
