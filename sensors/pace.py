"""How many of something came within the last minute. Pure: fed with the time of a monotonic clock, in seconds."""

from collections import deque

MINUTE_SECONDS = 60


class Pace:
    """Counts by the second, so that it stays small however much comes."""

    def __init__(self) -> None:
        self._seconds: deque[list[int]] = deque()

    def add(self, count: int, now: float) -> None:
        second = int(now)
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1][1] += count
        else:
            self._seconds.append([second, count])
        self._forget(now)

    def last_minute(self, now: float) -> int:
        self._forget(now)
        return sum(count for _, count in self._seconds)

    def _forget(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - MINUTE_SECONDS:
            self._seconds.popleft()
