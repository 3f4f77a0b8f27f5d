"""Counts and times of what happens, for whoever exports them: `samples()` gives all of them as they stand.

Labels come from closed sets, so that no model and no device can make the numbers of series grow.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

BUCKETS_MS = (5.0, 10.0, 20.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0, 20_000.0)
"""Upper ends; what took longer is in none of them."""

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One series: a count, a state, or times in milliseconds."""

    name: str
    labels: Labels
    value: float
    """Of times, their sum."""
    count: int = 0
    """Of times, how many there were."""
    buckets: tuple[int, ...] = ()
    """Of times, how many took at most so long as each of BUCKETS_MS."""


@dataclass(slots=True)
class _Times:
    sum_ms: float = 0.0
    count: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * len(BUCKETS_MS))


class Metrics:
    """Names end in what they count: `_total`, `_ms`."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, Labels], float] = {}
        self._times: dict[tuple[str, Labels], _Times] = {}

    def count(self, name: str, by: float = 1, /, **labels: str) -> None:
        key = name, _sorted(labels)
        self._values[key] = self._values.get(key, 0) + by

    def took(self, name: str, ms: float, /, **labels: str) -> None:
        times = self._times.setdefault((name, _sorted(labels)), _Times())
        times.sum_ms += ms
        times.count += 1
        place = bisect_left(BUCKETS_MS, ms)
        for bucket in range(place, len(BUCKETS_MS)):
            times.buckets[bucket] += 1

    def value(self, name: str, /, **labels: str) -> float:
        """A count; 0 where nothing has happened."""
        return self._values.get((name, _sorted(labels)), 0)

    def samples(self) -> Iterator[Sample]:
        """In the order of their names."""
        for (name, labels), value in sorted(self._values.items()):
            yield Sample(name=name, labels=labels, value=value)
        for (name, labels), times in sorted(self._times.items(), key=lambda item: item[0]):
            yield Sample(name=name, labels=labels, value=times.sum_ms, count=times.count, buckets=tuple(times.buckets))


def _sorted(labels: dict[str, str]) -> Labels:
    return tuple(sorted(labels.items()))
