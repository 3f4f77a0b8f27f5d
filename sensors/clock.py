"""The time, as everything here counts it."""

import time

_EARLIEST_MS = 1_577_836_800_000
"""The first of January 2020."""


def now_ms() -> int:
    """Unix epoch milliseconds."""
    return time.time_ns() // 1_000_000


def is_set(ms: int) -> bool:
    """Whether a clock that says so has been set at all since its machine was switched on."""
    return ms >= _EARLIEST_MS
