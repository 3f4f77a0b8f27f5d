"""From the broker into the store: decode, commit, and only then acknowledge. Drops nothing, never ends by itself."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from config.errors import MISTAKES
from sensors import clock
from sensors.database import StoreUnavailable
from sensors.decoded import Decoded, Dialect
from sensors.message import Message
from sensors.moments import Moments
from sensors.pace import Pace
from sensors.quarantine import Quarantine
from sensors.reading import Refusal
from sensors.store import StoreWriter
from sensors.topics import without_overlap

_LOG = logging.getLogger(__name__)

MOST_TOLD = 500
"""Faults that are told by name in the log; beyond that they are only counted."""

REST_SECONDS = 0.25
"""Between two commits, unless plenty has come by then: each costs an SD card as much as many readings do, and this is
not yet long to wait for a lamp that says that it is on."""

_COUNTED = ("messages", "readings", "batches", "redelivered", "unrouted", "dropped")


class MessageSource(Protocol):
    """What ingest needs of a broker."""

    def batches(self) -> AsyncIterator[list[Message]]: ...

    def acknowledge(self, messages: Iterable[Message]) -> None: ...

    def subscribe(self, topic_filters: Iterable[str]) -> None: ...

    def unsubscribe(self, topic_filters: Iterable[str]) -> None: ...

    async def plenty(self, timeout_seconds: float) -> None: ...

    @property
    def dropped(self) -> int: ...


class Ingest:
    """The one task that feeds the store. `counts` is for `assistant doctor` and metrics."""

    def __init__(
        self,
        broker: MessageSource,
        store: StoreWriter,
        dialects: Sequence[Dialect],
        *,
        quarantine: Quarantine | None = None,
        clock_ms: Callable[[], int] = clock.now_ms,
        rest_seconds: float = REST_SECONDS,
        shortest_retry_seconds: float = 0.5,
        longest_retry_seconds: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
        waited: Callable[[float], None] = lambda _: None,
    ) -> None:
        """`waited` is told of each batch for how many milliseconds its first message was here before it was stored."""
        self._broker = broker
        self._store = store
        self._dialects = tuple(dialects)
        self._quarantine = quarantine
        self._clock_ms = clock_ms
        self._rest_seconds = rest_seconds
        self._shortest_retry = shortest_retry_seconds
        self._longest_retry = longest_retry_seconds
        self._monotonic = monotonic
        self._waited = waited
        self._pace = Pace()
        self._moments = Moments()
        self._asked: frozenset[str] = frozenset()
        self._subscribed: frozenset[str] = frozenset()
        self._told: set[tuple[str, str]] = set()
        self._dropped = 0
        self._dropping_since = 0
        self.ready = asyncio.Event()
        """Set once the routes stand and the topics have been asked for."""
        self.counts: Counter[str] = Counter(dict.fromkeys(_COUNTED, 0))
        """`messages`, `readings`, `batches`, `redelivered`, `unrouted`, `dropped`, `refused.<code>`, `noted.<code>`."""
        self.problem: str | None = None
        """Why nothing can be stored at the moment, as a sentence."""
        self.progress_ms = self._now_ms()
        """When it last did or could have done something, on the monotonic clock; stands still only if it hangs."""
        self._busy = False

    @property
    def still_seconds(self) -> float:
        """For how long it has had messages in hand and has not got on with them; 0 while it waits for some."""
        return (self._now_ms() - self.progress_ms) / 1000 if self._busy else 0.0

    @property
    def last_minute(self) -> int:
        """Readings that were stored within the last minute."""
        return self._pace.last_minute(self._monotonic())

    def _now_ms(self) -> int:
        return int(self._monotonic() * 1000)

    async def run(self) -> None:
        """Runs until it is cancelled."""
        self._moments = Moments(floor_ms=await self._store.last_received_ms())
        self._restore()
        self._follow_subscriptions()
        self.ready.set()
        async for batch in self._broker.batches():
            await self.take(batch)
            await self._broker.plenty(self._rest_seconds)

    def _restore(self) -> None:
        definitions = self._store.definitions()
        for dialect in self._dialects:
            try:
                dialect.restore(definitions)
            except MISTAKES:
                # Whatever is not restored announces itself again.
                _LOG.exception("A fault in this program: what was known of %s devices cannot be read", dialect.name)

    async def take(self, batch: Sequence[Message]) -> None:
        """Stores one batch, however long that takes, then acknowledges it."""
        self._busy, self.progress_ms = True, self._now_ms()
        batch = await self._after_the_clock_is_set(batch)
        heard: list[tuple[Message, list[Decoded]]] = []

        async def store() -> None:
            if not heard:
                timed = [await self._timed(message) for message in batch]
                heard.extend((message, self._decode(message)) for message in timed)
            await self._write(heard)

        await self._until_stored(store)
        self._broker.acknowledge(batch)
        self._follow_subscriptions()
        self._tell_drops()
        self.counts["batches"] += 1
        readings = sum(len(one.readings) for _, found in heard for one in found)
        self.counts["readings"] += readings
        self._pace.add(readings, self._monotonic())
        # Not below 0 where somebody has set the clock back meanwhile.
        self._waited(max(0, self._clock_ms() - min(message.received_ms for message in batch)))
        self._busy = False

    async def _until_stored(self, store: Callable[[], Awaitable[None]]) -> None:
        delay = self._shortest_retry
        while True:
            self.progress_ms = self._now_ms()
            try:
                await store()
                break
            except StoreUnavailable as error:
                self._say(str(error))
            await self._pause(delay)
            delay = min(delay * 2, self._longest_retry)
        self._say(None)

    async def _write(self, heard: Sequence[tuple[Message, list[Decoded]]]) -> None:
        """All of it in one commit; where a message cannot be stored by any means, the others without it."""
        try:
            await self._store.write(
                [decoded for _, found in heard for decoded in found],
                [message for message, _ in heard if message.qos == 1],
            )
        except MISTAKES as error:
            if len(heard) == 1:
                [(message, found)] = heard
                found[:] = [self._counted(message, self._fault(message, error))]
                return
            for one in heard:
                await self._write([one])

    async def _after_the_clock_is_set(self, batch: Sequence[Message]) -> Sequence[Message]:
        """A Pi has no clock of its own: until the network has told it the time, messages wait at the broker."""
        if all(clock.is_set(message.received_ms) for message in batch):
            return batch
        while not clock.is_set(now_ms := self._clock_ms()):
            self._say("The clock of this machine has not been set yet.")
            await self._pause(self._shortest_retry)
        self._say(None)
        return [
            message if clock.is_set(message.received_ms) else replace(message, received_ms=now_ms) for message in batch
        ]

    async def _timed(self, message: Message) -> Message:
        """The message at a time of its own; one that was committed before it was acknowledged keeps the old one."""
        if message.redelivered and message.qos == 1:
            self.counts["redelivered"] += 1
            earlier = await self._store.first_received_ms(message)
            if earlier is not None:
                return replace(message, received_ms=earlier)
        moment = self._moments.of(message.topic, message.received_ms)
        while self._moments.is_again(moment) and await self._store.has_records_at(moment):
            moment = self._moments.after(message.topic)
        return message if moment == message.received_ms else replace(message, received_ms=moment)

    def _decode(self, message: Message) -> list[Decoded]:
        """What each dialect makes of it: a topic may concern two of them."""
        self.counts["messages"] += 1
        found = [decoded for dialect in self._dialects if (decoded := self._read(dialect, message)) is not None]
        if not found:
            self.counts["unrouted"] += 1
        return [self._counted(message, decoded) for decoded in found]

    def _counted(self, message: Message, decoded: Decoded) -> Decoded:
        for refusal in decoded.refusals:
            self._refuse(message, refusal)
        for note in decoded.notes:
            self.counts[f"noted.{note}"] += 1
        return decoded

    def _read(self, dialect: Dialect, message: Message) -> Decoded | None:
        try:
            return dialect.decode(message)
        except MISTAKES as error:  # costs the one message, not the house: a retained one comes again at every start
            return self._fault(message, error)

    def _fault(self, message: Message, error: BaseException) -> Decoded:
        detail = f"a fault in this program, the log has the details: {type(error).__name__}: {error}"[:300]
        refusal = Refusal(code="fault", detail=detail, topic=message.topic[:200])
        if ("fault", refusal.topic) not in self._told:
            _LOG.error("A fault in this program over what came on %r", message.topic, exc_info=error)
        return Decoded(refusals=(refusal,))

    def _refuse(self, message: Message, refusal: Refusal) -> None:
        self.counts[f"refused.{refusal.code}"] += 1
        if self._quarantine is not None and not refusal.on_purpose:
            self._quarantine.keep(message, refusal)
        self._tell(refusal)

    def _tell_drops(self) -> None:
        """Once when a flood begins to cost messages, and once when it is over."""
        dropped = self._broker.dropped
        if dropped > self._dropped:
            if not self._dropping_since:
                self._dropping_since = self._dropped + 1
                _LOG.warning("More messages of QoS 0 come in than can be stored; what does not fit is dropped")
        elif self._dropping_since:
            _LOG.warning("The flood is over: %d messages of QoS 0 were dropped", dropped - self._dropping_since + 1)
            self._dropping_since = 0
        self._dropped = self.counts["dropped"] = dropped

    def _tell(self, refusal: Refusal) -> None:
        """Each fault once: a device that sends nonsense every second must not fill the log."""
        if refusal.on_purpose:
            _LOG.debug("Left out %r: %s", refusal.topic, refusal.detail)
            return
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
