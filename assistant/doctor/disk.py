"""Whether there is a place for the records: a folder that can be written, with room in it."""

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assistant.doctor.finding import Finding, broken, degraded, ok
from sensors.upkeep import disk_space, low_space

PART, FOLDER = "disk", "state folder"
_LEAST_BYTES = 10_000_000


def space(folder: Path, free: int, total: int) -> Finding:
    """`free`, `total`: bytes of the disk that holds `folder`."""
    found = f"{_megabytes(free)} of {_megabytes(total)} are free on the disk of {folder}"
    fix = "free some space there: old logs, models (`assistant models list`), or set store.keep_raw_days lower"
    if free < min(_LEAST_BYTES, total // 50):
        return broken(PART, f"only {found}, so nothing more can be stored", fix)
    return degraded(PART, f"only {found}", fix) if low_space(free, total) else ok(PART, found)


def folder(path: Path) -> Iterator[Finding]:
    """Tries to write there. A folder that is not there yet is looked for where it would be made."""
    if not path.exists():
        made_in = next(one for one in path.absolute().parents if one.exists())
        yield _tried(made_in, f"{path} is not there yet, the first start makes it")
        return
    if not path.is_dir():
        yield broken(FOLDER, f"{path} is not a folder", "move it away, or set store.state_dir")
        return
    yield _tried(path, f"{path} can be written")
    if path.stat().st_mode & 0o077:
        yield degraded(FOLDER, f"others may look into {path}, which holds what was said", f"run: chmod 700 {path}")


def shut(path: Path) -> Finding | None:
    """Where this user may not even look into it, so that nothing can be said of what is in it."""
    if not path.is_dir() or os.access(path, os.R_OK | os.X_OK, effective_ids=True):
        return None
    owner = _name(path.stat().st_uid)
    return broken(FOLDER, f"{path} is {owner}'s, and this user may not look into it", "run it with sudo")


def room(path: Path) -> Finding:
    """Raises OSError."""
    there = path if path.exists() else next(one for one in path.absolute().parents if one.exists())
    return space(path, *disk_space(there))


def _tried(path: Path, fine: str) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=path, prefix=".doctor-") as file:
            file.write(b"x")
    except OSError as error:
        return _unwritable(path, error)
    return ok(FOLDER, fine)


def _unwritable(path: Path, error: OSError) -> Finding:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return broken(FOLDER, f"the disk of {path} is full", "free some space on it")
    if error.errno == errno.EROFS:
        fix = "mount it for writing; a card that turned read-only by itself is failing: replace it"
        return broken(FOLDER, f"the disk of {path} is read-only", fix)
    owner = path.stat().st_uid
    if owner != os.geteuid():
        fix = f"run this as the user who owns it ({_name(owner)}), or with sudo; else set store.state_dir"
        return broken(FOLDER, f"{path} cannot be written by this user ({error.strerror})", fix)
    return broken(FOLDER, f"{path} cannot be written ({error.strerror})", f"run: chmod u+rwx {path}")


def _name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _megabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count // 1_000_000} MB"
