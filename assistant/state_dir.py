"""The one folder that a running assistant owns: made private, proved writable, and locked against a second one."""

import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from config.errors import UserFacingError
from config.load import resolve_state_dir
from config.settings import Settings

LOCK_NAME = "assistant.lock"
SOCKET_NAME = "control.sock"


class StateDirUnusable(UserFacingError):
    """The state directory cannot be used; the message says why and what to do."""


class StateDirTaken(StateDirUnusable):
    """Another assistant is running on the same state directory."""


class StateDir:
    """Holds the lock for as long as it is entered. Raises StateDirUnusable, or StateDirTaken, on entering."""

    @classmethod
    def of(cls, settings: Settings, given: Path | None) -> Self:
        """The one that was given on the command line, else the one of the settings."""
        return cls(resolve_state_dir(settings, given))

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    @property
    def readings(self) -> Path:
        return self.path / "readings.sqlite3"

    @property
    def quarantine(self) -> Path:
        return self.path / "quarantine.jsonl"

    @property
    def audit(self) -> Path:
        return self.path / "audit.sqlite3"

    @property
    def audit_head(self) -> Path:
        """How far the audit goes, written down apart from it."""
        return self.path / "audit.head"

    @property
    def house(self) -> Path:
        return self.path / "house.sqlite3"

    @property
    def acting_off(self) -> Path:
        """There while nothing may be done."""
        return self.path / "acting-off"

    @property
    def models(self) -> Path:
        return self.path / "models"

    @property
    def model_spent(self) -> Path:
        """What the model has cost today."""
        return self.path / "model-spent.json"

    @property
    def model_cards(self) -> Path:
        """What each endpoint was found to be like."""
        return self.path / "model-cards.json"

    @property
    def notices(self) -> Path:
        """What the owner should know."""
        return self.path / "notices.json"

    @property
    def volume(self) -> Path:
        """How loud people want it."""
        return self.path / "volume.json"

    @property
    def backups(self) -> Path:
        return self.path / "backups"

    @property
    def socket(self) -> Path:
        return self.path / SOCKET_NAME

    def place_socket(self) -> Path:
        """Where a daemon is to listen: under systemd in a folder that is empty after each start of the machine.

        The usual place then points there, so that commands need not know.
        """
        runtime = os.environ.get("RUNTIME_DIRECTORY")
        if not runtime:
            return self.socket
        there = Path(runtime.split(":")[0]) / SOCKET_NAME
        self.socket.unlink(missing_ok=True)
        self.socket.symlink_to(there)
        return there

    def __enter__(self) -> Self:
        self._refuse_root()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self.path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._take()
            os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            self._release()
            raise StateDirUnusable(self._explained(error)) from error
        except StateDirTaken:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def _refuse_root(self) -> None:
        """What root wrote here, the user whose folder it is could not write any more."""
        if os.geteuid() == 0 and self.path.exists() and (owner := self.path.stat().st_uid) != 0:
            raise StateDirUnusable(f"{self.path} belongs to another user; run this as that one: sudo -u '#{owner}' ...")

    def _take(self) -> None:
        assert self._lock is not None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._lock, 20, 0).decode(errors="replace").strip()
            raise StateDirTaken(
                f"another assistant (process {holder or 'unknown'}) is already running on {self.path}; stop that one,"
                " or give this one a folder of its own with --state-dir"
            ) from error

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _explained(self, error: OSError) -> str:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return f"the disk that holds {self.path} is full; free some space and start again"
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            return f"{self.path} cannot be written; give this user the right to, or choose another with --state-dir"
        if error.errno in {errno.ENOTDIR, errno.EEXIST}:
            return f"{self.path} is not a folder; choose another with --state-dir"
        return f"{self.path} cannot be used: {error.strerror}; choose another with --state-dir"
