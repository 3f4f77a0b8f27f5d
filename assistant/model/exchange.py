"""One question to one endpoint and its complete message back, with retries inside the turn's time.

A broken stream is thrown away whole; nothing of it is kept. Retries repeat a request, never a call.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

from assistant.model.assemble import Draft, Message
from assistant.model.breaker import Breaker, State
from assistant.model.cost import FREE, Attempt, Price, Spent
from assistant.model.endpoint import Endpoint, Json
from assistant.model.failure import EndpointFailed
from assistant.model.history import estimated_tokens

RETRY_DELAYS_SECONDS = (1.0, 2.0, 4.0)
SILENCE_WEIGHT = 2
"""A failure that let us wait counts for so many that came at once."""
_MARGIN_SECONDS = 0.02
"""An endpoint's time ends so much before the turn's, so that it is known whose fault it was."""
_REQUEST_REFUSED = frozenset({400, 413, 422})
CHOKED = frozenset({400, 422, 500})
"""Statuses with which endpoints refuse a conversation that holds tool calls."""

Note = Callable[[Attempt], None]
"""Is told of every request, also of those that failed or were cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """A message and how long the endpoint took for it: to its first token, and from there to its end."""

    message: Message
    ttft_ms: float
    generation_ms: float


class Asks(Protocol):
    """Something that answers a conversation with one message."""

    @property
    def final_by_facts(self) -> bool:
        """Whether a final answer is better asked for without tools."""
        ...

    @property
    def next(self) -> "Asks | None":
        """Who may do better where the first answers and its messages are of no use."""
        ...

    def ahead(self, tokens_in: int) -> Spent:
        """What one request may come to at most."""
        ...

    async def ask(self, messages: list[Json], extra: Mapping[str, Any], *, deadline: float, note: Note) -> Exchanged:
        """Raises EndpointFailed, before `deadline` on the monotonic clock."""
        ...


def chokes(failure: EndpointFailed, messages: Sequence[Json]) -> bool:
    """Whether a failure may be about the calls in the conversation rather than about the endpoint."""
    return failure.status in CHOKED and any(message["role"] == "tool" for message in messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Asks an endpoint, and asks again after transport errors, 408, 409, 425, 429 and 5xx."""

    endpoint: Endpoint
    price: Price = FREE
    breaker: Breaker = field(default_factory=Breaker)
    delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    @property
    def final_by_facts(self) -> bool:
        return self.endpoint.traits.calls_when_told_not_to

    @property
    def next(self) -> Asks | None:
        return None

    @property
    def asleep(self) -> bool:
        """Whether it would not be asked now."""
        return self.breaker.state(self.clock()) is State.OPEN

    def ahead(self, tokens_in: int) -> Spent:
        tokens_out = self.endpoint.answer_tokens
        return Spent(tokens_in=tokens_in, tokens_out=tokens_out, cost=self.price.of(tokens_in, tokens_out))

    async def ask(
        self,
        messages: list[Json],
        extra: Mapping[str, Any],
        *,
        deadline: float,
        note: Note = lambda _: None,
        begin_by: float | None = None,
        alone: bool = True,
    ) -> Exchanged:
        """Raises EndpointFailed when an attempt fails for good, or when the next would begin too late.

        Up to `begin_by` its first token must have come, where others are asked if not. `alone`: there are none, so
        that it is asked again even while it is failing.
        """
        fresh = self.breaker.state(self.clock()) is State.CLOSED
        if not self.breaker.admit(self.clock()):
            rest = self.breaker.rest_left(self.clock())
            message = f"{self.endpoint.name} failed before and rests for {rest:.0f} s"
            raise EndpointFailed(message, retryable=False, status=self.endpoint.misset)
        begin_by = min(begin_by or deadline, deadline)
        for delay in (*self.delays_seconds, None):
            try:
                return await self._attempt(messages, extra, begin_by, deadline, note)
            except EndpointFailed as failure:
                choked = chokes(failure, messages)
                self._count(failure, choked=choked, alone=alone)
                worthwhile = failure.retryable and (alone or not self.asleep or choked) and fresh
                wait = None if delay is None or not worthwhile else self._delay(failure, delay)
                if wait is None or self.clock() + wait >= begin_by or (choked and delay != self.delays_seconds[0]):
                    raise
                await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _count(self, failure: EndpointFailed, *, choked: bool, alone: bool) -> None:
        if choked or failure.status in _REQUEST_REFUSED:
            return self.breaker.abandoned()  # it lives, and did not like this one request
        weight = float(SILENCE_WEIGHT if failure.silent else 1)
        if failure.misset or (failure.silent and not alone):
            weight = self.breaker.failures
        asked = failure.retry_after_seconds
        long = asked is not None and asked > max(self.delays_seconds, default=0)
        self.breaker.failed(
            self.clock(), weight=self.breaker.failures if long else weight, rest_seconds=asked if long else None
        )
        return None

    def _delay(self, failure: EndpointFailed, base_seconds: float) -> float:
        """Between a half and the whole of the delay, so that satellites do not come back in step."""
        if failure.retry_after_seconds is not None:
            return failure.retry_after_seconds
        return base_seconds * (0.5 + self.chance() / 2)

    async def _attempt(
        self, messages: list[Json], extra: Mapping[str, Any], begin_by: float, deadline: float, note: Note
    ) -> Exchanged:
        """One request; breaker and `note` know of it however it ends."""
        attempt = _Attempt(exchange=self, messages=messages, extra=extra, began=self.clock())
        failure, silent, cut_off = "cut off", True, True
        try:
            await self._collect(attempt, begin_by, deadline)
            failure, cut_off = "", False
        except EndpointFailed as failed:
            failed.leave_out(" ".join(str(message["content"]) for message in messages if message["role"] == "user"))
            failure, silent, cut_off = failed.message, failed.silent, False
            raise
        finally:
            note(attempt.noted(failure, silent=silent))
            if cut_off:
                self.breaker.abandoned()
        self.breaker.succeeded()
        return attempt.exchanged()

    async def _collect(self, attempt: "_Attempt", begin_by: float, deadline: float) -> None:
        begin_seconds = max(begin_by - self.clock() - _MARGIN_SECONDS, 0)
        try:
            async with (
                asyncio.timeout(begin_seconds) as limit,
                aclosing(self.endpoint.stream(attempt.messages, attempt.extra)) as deltas,
            ):
                async for delta in deltas:
                    if attempt.first is None:
                        attempt.first = self.clock()
                        left = max(deadline - self.clock() - _MARGIN_SECONDS, 0)
                        limit.reschedule(asyncio.get_running_loop().time() + left)
                    attempt.draft.add(delta)
                    if attempt.draft.overflowed:
                        break
        except TimeoutError as error:
            message = f"{self.endpoint.name} was not ready in the time that the turn has for it"
            raise EndpointFailed(message, retryable=True, silent=True) from error
        finally:
            attempt.ended = self.clock()


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """One request while it runs."""

    exchange: Exchange
    messages: list[Json]
    extra: Mapping[str, Any]
    began: float
    first: float | None = None
    ended: float = 0.0
    draft: Draft = field(default_factory=Draft)
    message: Message | None = None

    def whole(self) -> Message:
        """What has come so far, put together once."""
        if self.message is None:
            self.message = self.draft.message()
        return self.message

    def exchanged(self) -> Exchanged:
        ttft_ms, generation_ms = self._times()
        return Exchanged(message=self.whole(), ttft_ms=ttft_ms, generation_ms=generation_ms)

    def noted(self, failure: str, *, silent: bool) -> Attempt:
        """What it cost: as the endpoint counted it, else as estimated; nothing where it was refused at once."""
        message = self.whole()
        usage, at_work = message.usage, self.first is not None or (silent and bool(failure))
        if usage is not None:
            tokens_in, tokens_out = usage.tokens_in, usage.tokens_out
        else:
            tokens_in = tokens_sent(self.messages, self.extra) if at_work else 0
            tokens_out = estimated_tokens("x" * message.size)
        ttft_ms, generation_ms = self._times()
        return Attempt(
            endpoint=self.exchange.endpoint.name,
            model=self.exchange.endpoint.model,
            ok=not failure,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            estimated=usage is None and at_work,
            cost=self.exchange.price.of(tokens_in, tokens_out),
            ttft_ms=ttft_ms,
            generation_ms=generation_ms,
            failure=failure,
        )

    def _times(self) -> tuple[float, float]:
        first = self.ended if self.first is None else self.first
        return 1000 * (first - self.began), 1000 * (self.ended - first)


def tokens_sent(messages: Sequence[Json], extra: Mapping[str, Any]) -> int:
    """An estimate that errs on the side of more."""
    return estimated_tokens(json.dumps([list(messages), extra.get("tools", [])]))
