"""Whoever waits for a turn: is told once that it takes longer, and may end it at any moment."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager


class Wait:
    """One turn's. `on_slow` is called once, from the loop, with the words for the person; it must not block."""

    def __init__(self, on_slow: Callable[[str], None] | None = None) -> None:
        self._on_slow = on_slow
        self._scope: asyncio.Timeout | None = None
        self.ended = False

    def end(self) -> None:
        """What is being waited for is given up; what has been done stays done."""
        self.ended = True
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """Raises TimeoutError after so long, or once it was ended."""
        async with asyncio.timeout(0 if self.ended else seconds) as self._scope:
            try:
                yield
            finally:
                self._scope = None

    @contextmanager
    def told_after(self, seconds: float, text: str) -> Iterator[None]:
        """Says so if the body takes longer."""
        if self._on_slow is None:
            yield
            return
        timer = asyncio.get_running_loop().call_later(seconds, self._on_slow, text)
        try:
            yield
        finally:
            timer.cancel()
