"""Turns that are being taken, so that they can be ended: by a stop from the same place, or with the program."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.wait import Wait

LAST_SECONDS = 2.0
"""For turns to come to their end when the program does."""


class UnderWay:
    """One at a time for each satellite is taken; others may wait for it."""

    def __init__(self) -> None:
        self._waits: defaultdict[str, list[Wait]] = defaultdict(list)
        self._none = asyncio.Event()
        self._none.set()
        self._closed = False

    def at(self, satellite: str) -> bool:
        return bool(self._waits[satellite])

    @contextmanager
    def taking(self, satellite: str, wait: Wait) -> Iterator[None]:
        waits = self._waits[satellite]
        waits.append(wait)
        self._none.clear()
        if self._closed:
            wait.end()
        try:
            yield
        finally:
            waits.remove(wait)
            if not any(self._waits.values()):
                self._none.set()

    def end(self, satellite: str) -> None:
        """What this place waits for is given up; its turns still end in a reply and a record."""
        for wait in self._waits[satellite]:
            wait.end()

    async def close(self) -> None:
        """Ends all turns, also those to come, and returns once they are over or LAST_SECONDS have passed."""
        self._closed = True
        for satellite in list(self._waits):
            self.end(satellite)
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self._none.wait()
        except TimeoutError:
            return
