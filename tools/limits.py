"""Token buckets: how often somebody may do something before they have to wait. Pure, fed with time."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_KEYS = 1_000
"""Buckets that are remembered; the one that was used longest ago goes first, and it is full again by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A bucket of `burst` tokens that fills again at `per_minute`."""

    burst: int
    per_minute: float


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_seconds: float


class Limits:
    """One bucket for each key. A key is anything that tells apart who is counted."""

    def __init__(self, rate: Rate, *, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> float:
        """Takes a token and returns 0; or takes none, and returns for how many seconds there is none."""
        now = self._monotonic()
        bucket = self._buckets.setdefault(key, _Bucket(tokens=self._rate.burst, at_seconds=now))
        self._buckets.move_to_end(key)
        while len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)
        filled = bucket.tokens + (now - bucket.at_seconds) * self._rate.per_minute / 60
        bucket.tokens, bucket.at_seconds = min(self._rate.burst, filled), now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) * 60 / self._rate.per_minute
        bucket.tokens -= 1
        return 0.0
