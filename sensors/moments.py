"""Gives every message a time of its own: two of one topic never share a millisecond, and never overwrite each other."""

_BACKWARDS_MS = 1_000
_REMEMBERED_TOPICS = 20_000

FARTHEST_AHEAD_MS = 10_000
"""So far a backlog's times may run ahead of the clock; what lies further ahead was told by one that was wrong."""


class Moments:
    """Pure: fed with the clock's milliseconds, strictly rising for each topic, and across restarts through `floor_ms`.

    A backlog that comes in at once is spread over the milliseconds that follow. Where the clock is set back, times
    follow it instead of piling up at the old ones; some of them were given before, which `is_again` tells.
    """

    def __init__(self, *, floor_ms: int = 0) -> None:
        self._floor_ms = floor_ms
        self._clock_ms = 0
        self._given_until_ms = 0
        self._last_ms: dict[str, int] = {}

    def of(self, topic: str, clock_ms: int) -> int:
        if clock_ms < self._clock_ms - _BACKWARDS_MS or self._floor_ms > clock_ms + FARTHEST_AHEAD_MS:
            self._given_until_ms = max(self._given_until_ms, self._floor_ms, *self._last_ms.values())
            self._last_ms.clear()
            self._floor_ms = 0
        self._clock_ms = clock_ms
        if len(self._last_ms) >= _REMEMBERED_TOPICS:
            self._floor_ms = max(self._last_ms.values())
            self._last_ms.clear()
        moment = max(clock_ms, self._last_ms.get(topic, self._floor_ms) + 1)
        self._last_ms[topic] = moment
        return moment

    def is_again(self, moment: int) -> bool:
        """Whether the clock was set back, and this may have been given before that."""
        return moment <= self._given_until_ms

    def after(self, topic: str) -> int:
        """The next one, where the last that was given is taken."""
        self._last_ms[topic] += 1
        return self._last_ms[topic]
