"""From the broker into the store: decode, commit, and only then acknowledge. Drops nothing, never ends by itself."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from sensors.database import StoreUnavailable
from sensors.decoded import Decoded, Dialect
from sensors.message import Message
from sensors.moments import Moments
from sensors.reading import Refusal
from sensors.store import StoreWriter
from sensors.topics import without_overlap

_LOG = logging.getLogger(__name__)

EARLIEST_MS = 1_577_836_800_000
"""The first of January 2020: a clock that says less has not been set yet."""

MOST_TOLD = 500
"""Faults that are told by name in the log; beyond that they are only counted."""


class MessageSource(Protocol):
    """What ingest needs of a broker."""

    def batches(self) -> AsyncIterator[list[Message]]: ...

    def acknowledge(self, messages: Iterable[Message]) -> None: ...

    def subscribe(self, topic_filters: Iterable[str]) -> None: ...

    def unsubscribe(self, topic_filters: Iterable[str]) -> None: ...


class Ingest:
    """The one task that feeds the store. `counts` is for `assistant doctor` and metrics."""

    def __init__(
        self,
        broker: MessageSource,
        store: StoreWriter,
        dialects: Sequence[Dialect],
        *,
        shortest_retry_seconds: float = 0.5,
        longest_retry_seconds: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._broker = broker
        self._store = store
        self._dialects = tuple(dialects)
        self._shortest_retry = shortest_retry_seconds
        self._longest_retry = longest_retry_seconds
        self._monotonic = monotonic
        self._moments = Moments()
        self._asked: frozenset[str] = frozenset()
        self._subscribed: frozenset[str] = frozenset()
        self._told: set[tuple[str, str]] = set()
        self.ready = asyncio.Event()
        """Set once the routes stand and the topics have been asked for."""
        self.counts: Counter[str] = Counter()
        """`messages`, `readings`, `batches`, `redelivered`, `unrouted`, `refused.<code>` and `noted.<code>`."""
        self.problem: str | None = None
        """Why nothing can be stored at the moment, as a sentence."""
        self.progress_ms = self._now_ms()
        """When it last did or could have done something, on the monotonic clock; stands still only if it hangs."""

    def _now_ms(self) -> int:
        return int(self._monotonic() * 1000)

    async def run(self) -> None:
        """Runs until it is cancelled."""
        self._moments = Moments(floor_ms=await self._store.last_received_ms())
        definitions = self._store.definitions()
        for dialect in self._dialects:
            dialect.restore(definitions)
        self._follow_subscriptions()
        self.ready.set()
        async for batch in self._broker.batches():
            await self.take(batch)

    async def take(self, batch: Sequence[Message]) -> None:
        """Stores one batch, however long that takes, then acknowledges it."""
        delay = self._shortest_retry
        decoded, kept = [], []
        first = True
        while True:
            self.progress_ms = self._now_ms()
            try:
                if first:
                    timed = [await self._timed(message) for message in batch]
                    decoded = self._decode(timed)
                    kept = [message for message in timed if message.qos == 1]
                    first = False
                await self._store.write(decoded, kept)
                break
            except StoreUnavailable as error:
                self._say(str(error))
            await self._pause(delay)
            delay = min(delay * 2, self._longest_retry)
        self._say(None)
        self._broker.acknowledge(batch)
        self._follow_subscriptions()
        self.counts["batches"] += 1
        self.counts["readings"] += sum(len(one.readings) for one in decoded)
        self.progress_ms = self._now_ms()

    async def _timed(self, message: Message) -> Message:
        """The message at a time of its own; one that was committed before it was acknowledged keeps the old one."""
        if message.redelivered and message.qos == 1:
            self.counts["redelivered"] += 1
            earlier = await self._store.first_received_ms(message)
            if earlier is not None:
                return replace(message, received_ms=earlier)
        moment = self._moments.of(message.topic, message.received_ms)
        return message if moment == message.received_ms else replace(message, received_ms=moment)

    def _decode(self, batch: Sequence[Message]) -> list[Decoded]:
        return [decoded for message in batch for decoded in self._decode_one(message)]

    def _decode_one(self, message: Message) -> list[Decoded]:
        """What each dialect makes of it: a topic may concern two of them."""
        self.counts["messages"] += 1
        if message.received_ms < EARLIEST_MS:
            self.counts["refused.clock_not_set"] += 1
            return []
        found = [decoded for dialect in self._dialects if (decoded := dialect.decode(message)) is not None]
        for decoded in found:
            self._count(decoded)
        if not found:
            self.counts["unrouted"] += 1
        return found

    def _count(self, decoded: Decoded) -> None:
        for refusal in decoded.refusals:
            self.counts[f"refused.{refusal.code}"] += 1
            self._tell(refusal)
        for note in decoded.notes:
            self.counts[f"noted.{note}"] += 1

    def _tell(self, refusal: Refusal) -> None:
        """Each fault once: a device that sends nonsense every second must not fill the log."""
        fault = refusal.code, refusal.topic
        if fault in self._told or len(self._told) > MOST_TOLD:
            return
        self._told.add(fault)
        _LOG.warning("Refused what came on %r (%s): %s", refusal.topic, refusal.code, refusal.detail)
        if len(self._told) > MOST_TOLD:
            _LOG.warning("More refusals are only counted from now on")

    def _follow_subscriptions(self) -> None:
        asked = frozenset(topic for dialect in self._dialects for topic in dialect.filters())
        if asked == self._asked:
            return
        self._asked = asked
        wanted = without_overlap(asked)
        self._broker.subscribe(wanted - self._subscribed)
        self._broker.unsubscribe(self._subscribed - wanted)
        self._subscribed = wanted

    def _say(self, problem: str | None) -> None:
        """Once when storing stops working, and once when it works again."""
        if problem is not None and self.problem is None:
            _LOG.error("Readings cannot be stored; they wait at the broker meanwhile. %s", problem)
        elif problem is None and self.problem is not None:
            _LOG.info("Readings are stored again")
        self.problem = problem

    async def _pause(self, seconds: float) -> None:
        # In short steps, since a store that is full is no hang that a watchdog should end.
        end = self._monotonic() + seconds
        while (left := end - self._monotonic()) > 0:
            await asyncio.sleep(min(left, 1.0))
            self.progress_ms = self._now_ms()
