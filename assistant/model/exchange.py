"""One question to the endpoint and its complete message back, with retries inside the turn's time.

A broken stream is thrown away whole; nothing of it is kept. Retries repeat a request, never a call.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from assistant.model.assemble import Draft, Message
from assistant.model.endpoint import Endpoint, EndpointFailed, Json

RETRY_DELAYS_SECONDS = (1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """A message and how long the endpoint took for it: to its first token, and from there to its end."""

    message: Message
    ttft_ms: float
    generation_ms: float
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Asks an endpoint, and asks again after transport errors, 408, 409, 425, 429 and 5xx."""

    endpoint: Endpoint
    delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    async def ask(self, messages: list[Json], extra: Mapping[str, Any], *, deadline: float) -> Exchanged:
        """Raises EndpointFailed when an attempt fails for good, or when the next would begin after `deadline`."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._attempt(messages, extra, attempt)
            except EndpointFailed as failure:
                if not failure.retryable or attempt > len(self.delays_seconds):
                    raise
                delay = self._delay(failure, self.delays_seconds[attempt - 1])
                if self.clock() + delay >= deadline:
                    raise
                await asyncio.sleep(delay)

    def _delay(self, failure: EndpointFailed, base_seconds: float) -> float:
        """Between a half and the whole of the delay, so that satellites do not come back in step."""
        if failure.retry_after_seconds is not None:
            return failure.retry_after_seconds
        return base_seconds * (0.5 + self.chance() / 2)

    async def _attempt(self, messages: list[Json], extra: Mapping[str, Any], attempt: int) -> Exchanged:
        draft = Draft()
        began = self.clock()
        first: float | None = None
        async with aclosing(self.endpoint.stream(messages, extra)) as deltas:
            async for delta in deltas:
                first = self.clock() if first is None else first
                draft.add(delta)
                if draft.overflowed:
                    break
        ended = self.clock()
        first = ended if first is None else first
        return Exchanged(
            message=draft.message(),
            ttft_ms=1000 * (first - began),
            generation_ms=1000 * (ended - first),
            attempts=attempt,
        )
