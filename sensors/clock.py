"""The time, as everything here counts it."""

import time


def now_ms() -> int:
    """Unix epoch milliseconds."""
    return time.time_ns() // 1_000_000
