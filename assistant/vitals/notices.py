"""What the owner should know and nobody asked: told once in the log when it begins and once when it is over.

What stands is kept in a small file, so that a command can read it while the assistant runs.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sensors.kept_file import replace_text

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    kind: str
    """One of each kind stands at a time."""
    text: str
    """A sentence with what to do."""
    since_ms: int


class Notices:
    """`clock_ms` is Unix epoch milliseconds."""

    def __init__(self, *, clock_ms: Callable[[], int], file: Path | None = None) -> None:
        """A new beginning: what stood in the file is forgotten, because what is still so will be noticed again."""
        self._clock_ms = clock_ms
        self._file = file
        self._standing: dict[str, Notice] = {}
        self._keep()

    @property
    def standing(self) -> tuple[Notice, ...]:
        return tuple(self._standing.values())

    def begin(self, kind: str, text: str) -> None:
        """Told once, however often it is noticed, until it is over."""
        if kind in self._standing:
            return
        self._standing[kind] = Notice(kind=kind, text=text, since_ms=self._clock_ms())
        _LOG.warning("%s", text)
        self._keep()

    def over(self, kind: str, text: str) -> None:
        if self._standing.pop(kind, None) is None:
            return
        _LOG.warning("%s", text)
        self._keep()

    def _keep(self) -> None:
        if self._file is None:
            return
        try:
            replace_text(self._file, json.dumps([asdict(one) for one in self.standing]))
        except OSError as error:
            _LOG.error("Notices cannot be kept in %s: %s", self._file, error)


def read_notices(file: Path) -> tuple[Notice, ...]:
    """What stands in an assistant that runs, or stood when it ended. Raises ValueError for what is no such file."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return tuple(
            Notice(kind=str(one["kind"]), text=str(one["text"]), since_ms=int(one["since_ms"])) for one in kept
        )
    except FileNotFoundError:
        return ()
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file} holds no notices: {error}") from error
