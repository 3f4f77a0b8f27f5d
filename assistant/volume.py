"""How loud the assistant is: one number that people see, kept across restarts, and what it means for the sound."""

import json
import logging
from pathlib import Path

from sensors.kept_file import replace_text

_LOG = logging.getLogger(__name__)

LOUDEST = 100
STEP = 10
"""By how much `louder` changes it."""
LEAST_AUDIBLE = 10
"""`Quieter` alone goes no further: who says it wants to hear less, not nothing."""


class Volume:
    """Of the one loudspeaker. What a person said last holds until somebody says something else."""

    def __init__(self, level: int = LOUDEST, *, file: Path | None = None) -> None:
        """`level` 0..100 holds where nobody has said anything yet; `file` is where that is kept."""
        self._file = file
        self._level = level
        self._load()

    @property
    def level(self) -> int:
        """0..100."""
        return self._level

    @property
    def gain(self) -> float:
        """What samples are multiplied by, 0..1; half the level sounds about half as loud."""
        return (self._level / LOUDEST) ** 2

    def louder(self) -> int:
        """The new level."""
        return self.set(self._level + STEP)

    def quieter(self) -> int:
        return self.set(max(self._level - STEP, min(self._level, LEAST_AUDIBLE)))

    def set(self, level: float) -> int:
        """To the nearest level that there is."""
        self._level = round(min(max(level, 0), LOUDEST))
        self._save()
        return self._level

    def _load(self) -> None:
        if self._file is None:
            return
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            self._level = round(min(max(float(kept["level"]), 0), LOUDEST))
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, OverflowError) as error:
            _LOG.warning("How loud it was cannot be read, so the setting holds: %s", error)

    def _save(self) -> None:
        if self._file is None:
            return
        try:
            replace_text(self._file, json.dumps({"level": self._level}))
        except OSError as error:
            _LOG.warning("How loud it is cannot be kept, a restart will forget it: %s", error)
