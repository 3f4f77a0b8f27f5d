"""Who may speak now: one at a time, and of those who wait the most urgent. Plays nothing."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from itertools import count


class Urgency(IntEnum):
    """How much what is said matters to those who hear it."""

    ANNOUNCEMENT = 0
    """Told by itself, and as well a little later."""
    ANSWER = 1
    """Somebody waits for it."""
    ALARM = 2
    """What rings."""


class Floor:
    """Nothing that waits is lost: it is said once it has the floor, or whoever waits gives up."""

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @property
    def is_taken(self) -> bool:
        return self._is_taken

    @asynccontextmanager
    async def taken(self, urgency: Urgency) -> AsyncIterator[None]:
        await self._take(urgency, next(self._numbers))
        try:
            yield
        finally:
            self._pass_on()

    async def give_way(self, urgency: Urgency) -> None:
        """Between two sentences: lets those speak who are more urgent, and returns once they have."""
        while self._waiting and -self._waiting[0][0] > urgency:
            number = -next(self._numbers)  # before all others that are as urgent
            self._pass_on()
            await self._take(urgency, number)

    async def _take(self, urgency: Urgency, number: int) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-urgency, number, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._is_taken = False
