"""What is done before a database is opened: a damaged one is moved aside and the last good backup takes its place.

Everything here blocks, and only the process that owns the state directory may do it. Killed at any moment, it goes on
at the next start where it was: the mark beside the database goes last.
"""

import logging
import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from config.errors import UserFacingError
from sensors.backup import BackupFailed, Backups, family, settle, stamp, sync_folder, verify
from sensors.database import PAGE_BYTES, StoreUnavailable, damage_mark, mark_damaged
from sensors.holding import UNREADABLE, Holding, Stop, examine, open_to_read
from sensors.schema import migrate, version

_LOG = logging.getLogger(__name__)

_MOST_IN_A_DAY = 3
_DAY_MS = 86_400_000
_SALVAGE_SECONDS = 30.0
"""A house without its assistant for longer than that is worse than a gap in yesterday's readings."""


class RestoreRefused(UserFacingError):
    """A file cannot take the place of a database; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A database was found damaged, and what came of it."""

    name: str
    damage: str
    aside: Path | None
    """Where the damaged file lies now; None where there was none left."""
    backup: Path | None
    """What took its place; None where a new database was begun."""
    salvaged: int
    """Rows that were read out of the damaged file on top of that."""

    def __str__(self) -> str:
        place = f"the backup {self.backup.name} took its place" if self.backup else "a new one was begun"
        more = f", with {self.salvaged} rows that could still be read" if self.salvaged else ""
        kept = f"; it is kept as {self.aside}" if self.aside else ""
        return f"The database of {self.name} was damaged ({self.damage}): {place}{more}{kept}."


def make_ready(backups: Backups, now_ms: int) -> Mended | None:
    """Leaves a database that can be opened, or none at all for a first start. Returns what had to be mended.

    Raises StoreUnavailable where a person has to help.
    """
    holding = backups.holding
    _restoring(holding.path).unlink(missing_ok=True)
    if not damage_mark(holding.path).exists():
        fault = examine(holding)
        if fault is None or (holding.path.stat().st_size == 0 and not backups.newest_first()):
            _keep_what_is_migrated(backups, now_ms)
            return None
        mark_damaged(holding.path, fault)
    mended = _mend(backups, now_ms)
    _LOG.error("%s", mended)
    return mended


def put_back(backups: Backups, file: Path, now_ms: int) -> Path | None:
    """Puts a backup that a person chose in the place of the database; returns where the present one was moved.

    Raises RestoreRefused where the file cannot serve; then nothing has changed.
    """
    holding = backups.holding
    try:
        verify(replace(holding, path=file), Stop())
        _check_room(file, holding.path.parent)
        restored = _copied(file, _restoring(holding.path))
    except BackupFailed as error:
        raise RestoreRefused(f"nothing was changed: {error}") from error
    except OSError as error:
        raise RestoreRefused(f"nothing was changed: {file} cannot be copied ({error.strerror})") from error
    # Killed between the two renames, the next start must not take the empty place for a new house.
    mark = damage_mark(holding.path)
    mark.write_text("a restore was not finished", encoding="utf-8")
    aside = _move_aside(holding.path, f"replaced-{stamp(now_ms)}")
    settle(restored, holding.path)
    mark.unlink()
    return aside


def _keep_what_is_migrated(backups: Backups, now_ms: int) -> None:
    """A backup before the schema of existing data changes: the change itself is all or nothing, but is for ever."""
    holding = backups.holding
    if not holding.path.exists() or holding.path.stat().st_size == 0:
        return
    with closing(open_to_read(holding.path)) as connection:
        found = version(connection)
    if not 0 < found < len(holding.migrations):
        return
    try:
        kept = backups.take(Stop(), now_ms)
        _LOG.info("%s gets schema %d; before that it was copied to %s", holding.path, len(holding.migrations), kept)
    except BackupFailed as error:
        _LOG.warning("%s gets schema %d without a backup: %s", holding.path, len(holding.migrations), error)


def _mend(backups: Backups, now_ms: int) -> Mended:
    holding, mark = backups.holding, damage_mark(backups.holding.path)
    _refuse_too_many(holding.path, now_ms)
    damage = mark.read_text(encoding="utf-8", errors="replace").strip() or "it could not be read"
    # Named by when it was marked, so that a start that comes after one that was killed finds what that had moved.
    marked_ms = mark.stat().st_mtime_ns // 1_000_000
    aside = _move_aside(holding.path, f"corrupt-{stamp(marked_ms)}") or _last_aside(holding.path)
    backup, restored = _rebuilt(backups)
    salvaged = _salvaged(replace(holding, path=restored), aside, now_ms)
    _sync(restored)
    settle(restored, holding.path)
    mark.unlink()
    sync_folder(holding.path.parent)
    return Mended(name=holding.name, damage=damage, aside=aside, backup=backup, salvaged=salvaged)


def _refuse_too_many(path: Path, now_ms: int) -> None:
    """Damaged files are never deleted: a disk that breaks one after the other would soon be full of them."""
    yesterday = f"{path.name}.corrupt-{stamp(now_ms - _DAY_MS)}"
    if path.exists() and len([one for one in _asides(path) if one.name > yesterday]) >= _MOST_IN_A_DAY:
        raise StoreUnavailable(
            f"{path} was damaged {_MOST_IN_A_DAY + 1} times within a day; its disk is failing: replace it, or"
            f" move {path}.corrupt-* away"
        )


def _move_aside(path: Path, word: str) -> Path | None:
    """Renames a database with its companions, itself last: a log must never be found beside another database."""
    found = family(path)
    if not found:
        return None
    aside = path.with_name(f"{path.name}.{word}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{word}-{number}")
    for one in found:
        one.rename(aside.with_name(aside.name + one.name.removeprefix(path.name)))
    sync_folder(path.parent)
    return aside if aside.exists() else None


def _last_aside(path: Path) -> Path | None:
    """What was moved aside by a start that did not get further."""
    return max(_asides(path), default=None)


def _asides(path: Path) -> list[Path]:
    return [one for one in path.parent.glob(f"{path.name}.corrupt-*") if not one.name.endswith(("-wal", "-shm"))]


def _restoring(path: Path) -> Path:
    return path.with_name(f"{path.name}.restoring")


def _rebuilt(backups: Backups) -> tuple[Path | None, Path]:
    """The newest backup that is good, or None; and a database of the present schema made from it, or an empty one."""
    holding, target = backups.holding, _restoring(backups.holding.path)
    for backup in backups.newest_first():
        try:
            verify(replace(holding, path=backup), Stop())
            _check_room(backup, target.parent)
            _copied(backup, target)
            _brought_up(holding, target)
            return backup, target
        except (*UNREADABLE, BackupFailed, OSError, StoreUnavailable) as error:
            _LOG.error("The backup %s was passed over: %s", backup, error)
            target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    _brought_up(holding, target)
    return None, target


def _brought_up(holding: Holding, path: Path) -> None:
    with closing(_open_to_write(path)) as connection:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # where it is new
        migrate(connection, holding.migrations)
        connection.execute(f"PRAGMA application_id = {holding.application_id}")


def _open_to_write(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def _copied(source: Path, target: Path) -> Path:
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    shutil.copyfile(source, target)
    _sync(target)
    return target


def _check_room(file: Path, folder: Path) -> None:
    needed, free = file.stat().st_size, shutil.disk_usage(folder).free
    if free < needed:
        raise BackupFailed(f"{file} needs {needed // 1_000_000} MB and {free // 1_000_000} MB are free in {folder}")


def _salvaged(target: Holding, damaged: Path | None, now_ms: int) -> int:
    """Whatever goes wrong here, the backup alone is what there would be without it."""
    if damaged is None:
        return 0
    try:
        with (
            closing(open_to_read(damaged)) as source,
            closing(_open_to_write(target.path)) as connection,
        ):
            source.execute("PRAGMA temp_store = MEMORY")
            connection.execute("BEGIN IMMEDIATE")
            count = target.salvage(source, connection, now_ms, time.monotonic() + _SALVAGE_SECONDS)
            connection.execute("COMMIT")
            return count
    except UNREADABLE as error:
        _LOG.warning("Nothing could be read out of %s: %s", damaged, error)
        return 0


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
