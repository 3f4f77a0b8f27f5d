"""A fault that is expected, in the log once until it is over."""

import logging
from types import TracebackType


class ToldOnce:
    """`with` it around what may fail; faults of the kinds in `expected` end there. What works ends the fault."""

    def __init__(self, log: logging.Logger, what: str, *expected: type[Exception]) -> None:
        """`what` is a sentence without its end: why comes after it."""
        self._log = log
        self._what = what
        self._expected = expected
        self._stands = False

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            self._stands = False
        elif isinstance(error, self._expected):
            level = logging.DEBUG if self._stands else logging.WARNING
            self._log.log(level, "%s: %s", self._what, getattr(error, "strerror", None) or error)
            self._stands = True
            return True
        return False
