"""`assistant backup` and `assistant restore`: copies of the databases, made at any time, put back at a quiet one."""

import signal
import sys
from pathlib import Path

from assistant.copies import backups_of
from assistant.state_dir import StateDir
from config.load import load_settings
from sensors.backup import Backups
from sensors.clock import now_ms
from sensors.holding import Stop, of_this_kind
from sensors.mend import RestoreRefused, put_back


def back_up(folder: Path | None, *, config: Path | None, state_dir: Path | None) -> int:
    """Prints the path of each copy. Raises BackupFailed where one cannot be made."""
    settings = load_settings(config).settings
    # Not entered: the lock is the daemon's, and reading needs none.
    state = StateDir.of(settings, state_dir)
    stop = Stop()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    found = [one for one in backups_of(settings, state, folder) if one.holding.path.exists()]
    if not found:
        sys.stderr.write(f"assistant: there is nothing to back up in {state.path} yet\n")
        return 1
    for one in found:
        sys.stdout.write(f"{one.take(stop, now_ms())}\n")
    return 0


def restore(file: Path, *, config: Path | None, state_dir: Path | None) -> int:
    """Raises RestoreRefused where the file cannot serve, StateDirTaken while an assistant runs."""
    settings = load_settings(config).settings
    with StateDir.of(settings, state_dir) as state:
        chosen = _meant(file, backups_of(settings, state))
        aside = put_back(chosen, file, now_ms())
    sys.stdout.write(f"The database of {chosen.holding.name} is now as in {file}.\n")
    if aside is not None:
        sys.stdout.write(f"What was there before is kept as {aside}.\n")
    return 0


def _meant(file: Path, candidates: tuple[Backups, ...]) -> Backups:
    """Which database a file is a copy of, by what is in it."""
    if not file.is_file():
        raise RestoreRefused(f"there is no file {file}; name one that `assistant backup` printed")
    for one in candidates:
        if of_this_kind(one.holding, file):
            return one
    raise RestoreRefused(f"{file} is no backup of an assistant, or it is damaged; choose another")
