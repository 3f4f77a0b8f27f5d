"""Whether an endpoint is worth asking: after some failures in a row it is left alone, then tried once, then trusted.

Pure: fed with the time of a monotonic clock, in seconds.
"""

from dataclasses import dataclass, field
from enum import StrEnum

MOST_REST_SECONDS = 600.0


class State(StrEnum):
    CLOSED = "closed"
    """It is asked as usual."""
    OPEN = "open"
    """It is left alone."""
    HALF_OPEN = "half_open"
    """One question may try it."""


@dataclass(slots=True, kw_only=True)
class Breaker:
    """`failures` in a row open it for `rest_seconds`; each trial that fails as well doubles them."""

    failures: float = 3
    rest_seconds: float = 30.0
    _counted: float = field(default=0, init=False)
    _rests: int = field(default=0, init=False)
    _until: float = field(default=0.0, init=False)
    _trying: bool = field(default=False, init=False)

    def state(self, now: float) -> State:
        if self._counted < self.failures:
            return State.CLOSED
        return State.OPEN if now < self._until or self._trying else State.HALF_OPEN

    def rest_left(self, now: float) -> float:
        """For how long it is left alone, in seconds."""
        return max(self._until - now, 0.0) if self._counted >= self.failures else 0.0

    def admit(self, now: float) -> bool:
        """Whether it may be asked now. Whoever is admitted tells what came of it: by one of the three below."""
        match self.state(now):
            case State.CLOSED:
                return True
            case State.HALF_OPEN:
                self._trying = True
                return True
            case State.OPEN:
                return False

    def succeeded(self) -> None:
        self._counted, self._rests, self._trying = 0, 0, False

    def failed(self, now: float, *, weight: float = 1, rest_seconds: float | None = None) -> None:
        """`weight` is more than one for a failure that took long; `rest_seconds` is what the endpoint itself asks."""
        tried = self._trying
        self._trying = False
        self._counted = self.failures if tried else min(self._counted + weight, self.failures)
        if self._counted < self.failures or (now < self._until and rest_seconds is None):
            return
        rest = rest_seconds if rest_seconds is not None else self.rest_seconds * 2**self._rests
        self._rests += 1
        self._until = now + min(rest, MOST_REST_SECONDS)

    def abandoned(self) -> None:
        """Nobody waited for the answer, so it tells nothing."""
        self._trying = False
