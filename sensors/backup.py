"""Copies of a database that is in use: taken in steps, verified, named by their time, kept for days and weeks.

Everything here blocks, and belongs on a thread of its own while the house is served.
"""

import errno
import logging
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from config.errors import UserFacingError
from sensors.database import explain
from sensors.holding import Holding, Stop, check_whole, open_to_read
from sensors.schema import version

_LOG = logging.getLogger(__name__)

LEAST_KEPT = 2
"""However full the disk: one that is good, and one more in case it is not."""

_STEP_PAGES = 256
_LONGEST_SECONDS = 3600.0
_RESERVE_BYTES = 64 * 1024 * 1024
_STAMP = re.compile(r"-(\d{8}-\d{6})Z(?:-(\d+))?\.sqlite3$")


class BackupFailed(UserFacingError):
    """No backup was made; the message says why and what to do."""


class NoRoom(BackupFailed):
    """The disk has no room for a backup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How many backups are kept: the newest of each of so many days, and of each of so many weeks."""

    days: int = 7
    weeks: int = 4


def stamp(now_ms: int) -> str:
    """A moment as it stands in file names: UTC, because local clocks show an hour twice in autumn."""
    return f"{datetime.fromtimestamp(now_ms / 1000, UTC):%Y%m%d-%H%M%S}Z"


def taken_at(path: Path) -> datetime | None:
    """When a backup was taken, by its name; None for any other file."""
    match = _STAMP.search(path.name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _age(path: Path) -> tuple[str, int]:
    """Sorts by time, and those of one second by their number: `-10` after `-2` after none."""
    match = _STAMP.search(path.name)
    return (match[1], int(match[2] or 1)) if match else ("", 0)


def surplus(backups: Iterable[Path], keep: Keep) -> list[Path]:
    """Those that are kept neither for their day nor for their week, of files named by their time."""
    days: set[object] = set()
    weeks: set[object] = set()
    gone = []
    for path in sorted(backups, key=_age, reverse=True):
        taken = taken_at(path)
        if taken is None:
            continue
        day, week = taken.date(), taken.isocalendar()[:2]
        needed = (day not in days and len(days) < keep.days) or (week not in weeks and len(weeks) < keep.weeks)
        if day not in days and len(days) < keep.days:
            days.add(day)
        if week not in weeks and len(weeks) < keep.weeks:
            weeks.add(week)
        if not needed:
            gone.append(path)
    return gone


def _needless(newest_first: Sequence[Path], keep: Keep) -> list[Path]:
    return [one for one in surplus(newest_first, keep) if one not in newest_first[:LEAST_KEPT]]


class Backups:
    """The backups of one database in one folder."""

    def __init__(self, holding: Holding, folder: Path, *, reserve_bytes: int = _RESERVE_BYTES) -> None:
        self.holding = holding
        self.folder = folder
        self._reserve_bytes = reserve_bytes

    def newest_first(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        mine = [one for one in self.folder.glob(f"{self.holding.name}-*.sqlite3") if taken_at(one)]
        return sorted(mine, key=_age, reverse=True)

    def last_taken(self, now_ms: int) -> datetime | None:
        """When the newest was taken. One from the future was taken while the clock was wrong, and is left out."""
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        taken = (taken_at(one) for one in self.newest_first())
        return next((moment for moment in taken if moment and moment <= now), None)

    def take(self, stop: Stop, now_ms: int) -> Path:
        """Copies the database, whoever is writing to it, and returns the verified copy.

        Raises NoRoom, BackupFailed, and Stopped where `stop` is set; then nothing is left behind.
        """
        with _faults_told(self.holding.path, self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._clear_away()
            self._make_room()
            partial = self.folder / f".{self.holding.name}-{os.getpid()}.partial"
            partial.unlink(missing_ok=True)
            try:
                copy_online(self.holding.path, partial, stop)
                verify(replace(self.holding, path=partial), stop)
                return settle(partial, self._free_name(now_ms))
            finally:
                partial.unlink(missing_ok=True)

    def prune(self, keep: Keep) -> list[Path]:
        """Deletes and returns what need not be kept; never the newest ones."""
        gone = _needless(self.newest_first(), keep)
        with _faults_told(self.holding.path, self.folder):
            for one in gone:
                one.unlink()
        return gone

    def going(self, keep: Keep, at_ms: int) -> list[Path]:
        """What will be deleted once one more was taken at that time."""
        return _needless([self.folder / f"{self.holding.name}-{stamp(at_ms)}.sqlite3", *self.newest_first()], keep)

    def _clear_away(self) -> None:
        """What a killed backup left; one that is so old cannot be another process's that is at work."""
        for left in self.folder.glob(f".{self.holding.name}-*.partial*"):
            if time.time() - left.stat().st_mtime > 2 * _LONGEST_SECONDS:
                left.unlink()

    def _make_room(self) -> None:
        """On a disk that is too small for all that is to be kept, the oldest go first."""
        needed = bytes_of(self.holding.path) + self._reserve_bytes
        while (free := shutil.disk_usage(self.folder).free) < needed:
            old = self.newest_first()[LEAST_KEPT:]
            if not old:
                raise NoRoom(
                    f"no backup of {self.holding.path} was made: it needs {_mb(needed)} in {self.folder} and"
                    f" {_mb(free)} are free; free some space, or name a folder on another disk"
                )
            _LOG.warning("%s is deleted to make room for a newer backup", old[-1])
            old[-1].unlink()

    def _free_name(self, now_ms: int) -> Path:
        base = f"{self.holding.name}-{stamp(now_ms)}"
        names = (self.folder / f"{base}{suffix}.sqlite3" for suffix in ("", *(f"-{n}" for n in range(2, 100))))
        return next(name for name in names if not name.exists())


def copy_online(source: Path, destination: Path, stop: Stop) -> None:
    """Copies a database as it is at this moment into one file, while others write on.

    One read transaction around all steps: without it each foreign commit makes SQLite begin again, and at 20 commits
    a second a copy of 180 MB never ended; with it the write-ahead log grows meanwhile, by what is written in that
    time. Every step is synced by itself, and followed by a pause as long as it took: on an SD card a commit would
    else wait for all that the copy had left to be flushed.
    """
    end = time.monotonic() + _LONGEST_SECONDS
    began = time.monotonic()
    os.close(os.open(destination, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    file = os.open(destination, os.O_RDWR | os.O_CLOEXEC)  # closed last: closing it drops SQLite's locks

    def between_steps(status: int, remaining: int, total: int) -> None:
        nonlocal began
        os.fdatasync(file)
        if time.monotonic() > end:
            raise BackupFailed(f"no backup of {source} was made: the disk took more than an hour for it; check it")
        stop.pause(time.monotonic() - began)
        began = time.monotonic()

    try:
        with closing(open_to_read(source)) as reading, closing(sqlite3.connect(destination)) as writing:
            writing.isolation_level = None
            writing.execute("PRAGMA synchronous = OFF")
            with stop.over(reading):
                reading.execute("BEGIN")
                version(reading)  # takes the snapshot
                reading.backup(writing, pages=_STEP_PAGES, progress=between_steps)
            writing.execute("PRAGMA journal_mode = DELETE")  # one file, without companions
        os.fsync(file)
        # What is verified next has to come from the disk.
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


def verify(copy: Holding, stop: Stop) -> None:
    """Raises BackupFailed where a file is not a whole database of this kind, or newer than this version knows."""
    fault = check_whole(copy, stop)
    with closing(open_to_read(copy.path)) as connection:
        found = version(connection) if fault is None else 0
    if fault is None and not 0 < found <= len(copy.migrations):
        fault = f"it has schema {found} and this version knows 1 to {len(copy.migrations)}"
    if fault:
        raise BackupFailed(f"{copy.path} cannot serve as a backup: {fault}")


def settle(finished: Path, name: Path) -> Path:
    """Gives a file that is whole and synced its name, for good."""
    finished.replace(name)
    sync_folder(name.parent)
    return name


def sync_folder(folder: Path) -> None:
    """Makes renames in it survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # some network filesystems cannot, and need not
            os.fsync(handle)
    finally:
        os.close(handle)


def family(path: Path) -> list[Path]:
    """The files of a database that exist: its log and the log's index, then itself."""
    return [
        one for one in (path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"), path) if one.exists()
    ]


def bytes_of(path: Path) -> int:
    """Of a database with its log; 0 where there is none. Raises OSError."""
    return sum(one.stat().st_size for one in family(path))


@contextmanager
def _faults_told(source: Path, folder: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise BackupFailed(f"no backup was made: {source} is damaged") from error
    except sqlite3.Error as error:
        told = explain(error, source)
        if told is None:
            raise
        raise BackupFailed(f"no backup was made: {told}") from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoom(f"no backup of {source} was made: the disk of {folder} is full; free some space") from error
        raise BackupFailed(
            f"no backup of {source} was made: {folder} cannot be used ({error.strerror}); make it writable for the user"
            " who runs this, or name another folder"
        ) from error


def _mb(count: int) -> str:
    return f"{count / 1_000_000:.0f} MB"
