"""The switch that stops all acting: a file that is there while nothing may be done. It outlives a restart."""

import logging
from pathlib import Path

_LOG = logging.getLogger(__name__)


class Switch:
    """`stop` is for anybody who can speak; `resume` for whoever can write the state directory."""

    def __init__(self, path: Path, *, allowed: bool = True) -> None:
        """`allowed` False: the settings stop all acting, whatever the file says."""
        self._path = path
        self._allowed = allowed

    @property
    def allowed(self) -> bool:
        return self._allowed

    def acting(self) -> bool:
        """Whether anything may be done. Where that cannot be found out, nothing may."""
        if not self._allowed:
            return False
        try:
            self._path.stat()
        except FileNotFoundError:
            return True
        except OSError as error:
            _LOG.error("Nothing is done, for %s cannot be looked at: %s", self._path, error)
        return False

    def stop(self) -> None:
        """Raises OSError where it cannot be written."""
        self._path.touch(mode=0o600)

    def resume(self) -> None:
        """Raises OSError where it cannot be removed."""
        self._path.unlink(missing_ok=True)
