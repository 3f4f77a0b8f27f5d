"""Remembers what reads answered, for as long as nothing that they read has changed and half a minute at most.

It spares heavy questions about the past from being worked out twice; a question about now costs the same either way.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from weakref import WeakValueDictionary

from pydantic import BaseModel

from tools.contract import Asker, Outcome, Tool

HALF_MINUTE_MS = 30_000
"""What was answered in one half minute of the clock is not given out in the next: no answer crosses an hour or a
midnight, at which `today` becomes another day."""

MOST_KEPT = 64


class AnswerCache:
    """Shared by all askers; what differs between their rooms and roles is part of the key."""

    def __init__(self, *, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._kept: OrderedDict[Hashable, Outcome] = OrderedDict()
        self._running: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    async def key(self, tool: Tool, arguments: BaseModel, asker: Asker) -> Hashable | None:
        """What the answer depends on; None for a tool whose answers are not kept.

        The version is taken before the tool reads, so an answer can only be newer than its key says.
        """
        if tool.version is None:
            return None
        half_minute = self._clock_ms() // HALF_MINUTE_MS
        return tool.name, arguments.model_dump_json(), asker.room, asker.role, half_minute, await tool.version()

    async def answer(self, key: Hashable, run: Callable[[], Awaitable[Outcome]]) -> tuple[Outcome, bool]:
        """The outcome, and whether it was remembered. Of several that ask the same at once one runs, the others wait.

        What `run` raises is not remembered: the next asker tries again.
        """
        lock = self._running.setdefault(key, asyncio.Lock())
        async with lock:
            if (kept := self._kept.get(key)) is not None:
                return kept, True
            outcome = await run()
            self._kept[key] = outcome
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return outcome, False
