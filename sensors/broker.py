"""The connection to the MQTT broker: messages in, acknowledged by hand; publishes out.

It never decodes a payload and never decides what is published. A thread of its own runs paho's network loop; that
thread only appends to a bounded deque and wakes the event loop.
"""

import asyncio
import logging
import random
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from config.errors import UserFacingError
from config.settings import MqttSettings
from sensors.broker_problems import explain, explain_refusal, unreadable_authority
from sensors.client import LARGEST_PACKET, Client, error_string
from sensors.clock import now_ms
from sensors.message import Message as Message
from sensors.waiting import Waiting

_LOG = logging.getLogger(__name__)

PLENTY = 10
"""Messages that are worth a commit of their own at once: few brokers wait for an acknowledgement of fewer (Mosquitto of
20, RabbitMQ of 10), and to let such a one wait would be to slow it down."""

_FILTERS_PER_PACKET = 50
_STOP_SECONDS = 0.8
_ROOM_SECONDS = 0.25
"""For so long a flood waits in the network; what this connection has to send waits with it."""


class BrokerUnavailable(UserFacingError):
    """The broker cannot be reached or refused; the message says what and how to mend it."""


class NotConfirmed(BrokerUnavailable):
    """The message was handed over, and whether the broker took it is not known."""


class Broker:
    """Async context manager over one connection, which comes back by itself when it is lost.

    It speaks MQTT 5, or 3.1.1 to a broker that knows no better; that one has no receive maximum, its own limit holds.
    QoS 1 messages stay with the broker until `acknowledge`; at most `receive_maximum` of them are in flight. QoS 0
    messages are dropped and counted once `waiting_limit` messages, or `waiting_limit_bytes` of payload, wait here: so
    a flood takes at most that, and `receive_maximum` times LARGEST_PACKET. Leaving is quick, whatever the broker does.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        client_id: str | None = None,
        persistent: bool = True,
        availability_topic: str | None = None,
        mqtt5: bool = True,
        answer_seconds: float = 3.0,
        shortest_delay_seconds: float = 0.5,
        longest_delay_seconds: float = 60.0,
        waiting_limit: int = 10_000,
        waiting_limit_bytes: int = 16_000_000,
        batch_limit: int = 1_000,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._settings = settings.model_copy(update={"client_id": client_id or settings.client_id})
        self._persistent = persistent
        self._availability_topic = availability_topic
        self._shortest_delay = shortest_delay_seconds
        self._longest_delay = longest_delay_seconds
        self._waiting = Waiting(most=waiting_limit, most_bytes=waiting_limit_bytes)
        self._batch_limit = batch_limit
        self._clock_ms = clock_ms
        self.since_ms = clock_ms()
        """Since when there is a connection, or none; Unix epoch milliseconds."""
        self.problem: str | None = "not connected yet"
        """Why there is no connection, as a sentence; None while there is one."""
        self.connections = 0
        """How often a connection came about; also tells whose packet identifiers are still good."""
        self._mqtt5 = mqtt5
        self._answer_seconds = answer_seconds
        self._answered = False
        self._filters: set[str] = set()
        self._publishing: dict[int, asyncio.Future[None]] = {}
        self._connected = asyncio.Event()
        self._something = asyncio.Event()
        self._plenty = asyncio.Event()
        self._woken = False
        self._stopping = threading.Event()

    @property
    def connected(self) -> bool:
        return self._connected.is_set()

    @property
    def thread_lives(self) -> bool:
        return self._thread.is_alive()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._client = self._new_client()
        self._thread = threading.Thread(target=self._run, name=f"mqtt-{self._settings.client_id}", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self.connected and self._availability_topic:
            self._client.publish(self._availability_topic, b"offline", qos=0, retain=True)
        self._client.disconnect()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._stopped.wait()
                self._thread.join()
        except TimeoutError:
            # Only while the operating system still waits for a connection to come about; the thread ends with that.
            _LOG.debug("The connection to the broker is still being given up")
        self._fail_publishes("the connection was closed")

    def _new_client(self) -> Client:
        try:
            client = Client(
                self._settings,
                mqtt5=self._mqtt5,
                persistent=self._persistent,
                availability_topic=self._availability_topic,
            )
        except OSError as error:
            raise BrokerUnavailable(unreadable_authority(self._settings, error)) from error
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        return client

    # What other tasks of the event loop call.

    async def wait_connected(self, timeout_seconds: float) -> None:
        """Raises BrokerUnavailable where no connection comes about in time."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._connected.wait()
        except TimeoutError as error:
            raise BrokerUnavailable(self.problem or "no connection") from error

    def subscribe(self, topic_filters: Iterable[str]) -> None:
        """Asks for topics at QoS 1, now and after each reconnection."""
        new = set(topic_filters) - self._filters
        self._filters |= new
        if self.connected:
            self._send_subscriptions(new)

    def unsubscribe(self, topic_filters: Iterable[str]) -> None:
        old = self._filters & set(topic_filters)
        self._filters -= old
        if self.connected and old:
            self._client.unsubscribe(sorted(old))

    async def batches(self) -> AsyncIterator[list[Message]]:
        """Everything that waits, as a list in order of arrival, each time something does."""
        while True:
            await self._something.wait()
            # Cleared first: what comes from here on wakes the loop again.
            self._something.clear()
            self._plenty.clear()
            self._woken = False
            batch = self._waiting.take(self._batch_limit)
            if len(self._waiting):
                self._something.set()
                self._plenty.set()
            if batch:
                yield batch
            # A flood must leave room for every other task.
            await asyncio.sleep(0)

    async def plenty(self, timeout_seconds: float) -> None:
        """Returns when PLENTY messages wait, or the time is over; at once where the broker may send one at a time."""
        if not self._mqtt5:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._plenty.wait()

    @property
    def dropped(self) -> int:
        """QoS 0 messages for which there was no room."""
        return self._waiting.dropped

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tells the broker that it may forget these. Those of an earlier connection it will send again."""
        mine = [one.packet_id for one in messages if one.qos == 1 and one.token >> 16 == self.connections]
        if mine:
            self._client.acknowledge(mine)

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, timeout_seconds: float = 5.0
    ) -> None:
        """Returns when the broker has taken it (QoS 1), or when it is on its way (QoS 0).

        Raises BrokerUnavailable otherwise; then it is never sent later, though the broker may have taken it.
        """
        if not self.connected:
            raise BrokerUnavailable(self.problem or "no connection to the broker")
        try:
            info = self._client.publish(topic, payload, qos=qos, retain=retain)
        except ValueError as error:
            raise BrokerUnavailable(f"{topic!r} cannot be published to: {error}") from error
        if info.rc:
            raise BrokerUnavailable(error_string(info.rc))
        if qos == 0:
            return
        taken: asyncio.Future[None] = self._loop.create_future()
        self._publishing[info.mid] = taken
        try:
            async with asyncio.timeout(timeout_seconds):
                await taken
        except TimeoutError as error:
            raise NotConfirmed(f"the broker did not confirm within {timeout_seconds:g} s") from error
        finally:
            self._publishing.pop(info.mid, None)

    # What runs on the thread of the connection.

    def _run(self) -> None:
        delay = self._shortest_delay
        while not self._stopping.is_set():
            before = self.connections
            problem = self._connect_and_serve()
            if self._stopping.is_set():
                break
            if problem is None and not self._answered:
                problem = f"what listens at {self._settings.host}:{self._settings.port} does not speak MQTT"
                self._speak_otherwise()
                if not self._mqtt5:
                    continue
            if problem:
                self._later(self._away, problem)
            delay = self._shortest_delay if self.connections > before else min(delay * 2, self._longest_delay)
            # Full jitter between half and all, so that a house full of clients does not come back at one instant.
            self._stopping.wait(delay * random.uniform(0.5, 1.0))
        self._later(self._stopped.set)

    def _connect_and_serve(self) -> str | None:
        """Stays until the connection is lost; returns why none came about, None where one had."""
        self._answered = False
        try:
            self._client.open()
        except (OSError, ValueError) as error:
            return explain(error, self._settings)
        patience = time.monotonic() + self._answer_seconds
        while self._client.serve(1.0 if self._answered else 0.05):
            if not self._answered and (self._stopping.is_set() or time.monotonic() > patience):
                break
            self._waiting.wait_for_room(_ROOM_SECONDS)
        return None

    def _speak_otherwise(self) -> None:
        """Takes the other protocol. Older brokers refuse MQTT 5, or hang up without a word."""
        self._mqtt5 = not self._mqtt5
        self._client = self._new_client()

    def _on_connect(self, client: Any, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.getName() == "Unsupported protocol version":
            return
        self._answered = True
        if reason.is_failure:
            self._later(self._away, explain_refusal(reason.getName(), self._settings))
            return
        self.connections += 1
        if flags.session_present:
            self._waiting.forget_acknowledgeable()
        if self._availability_topic:
            client.publish(self._availability_topic, b"online", qos=1, retain=True)
        self._later(self._back)

    def _on_disconnect(self, client: Any, _data: Any, _flags: Any, reason: Any, _: Any) -> None:
        # Whatever was not confirmed must not be sent again on its own by the next connection: a command is sent once.
        client.drop_out_messages()
        if self.connected and not self._stopping.is_set():
            self._later(self._away, explain_refusal(reason.getName(), self._settings))

    def _on_message(self, _client: Any, _data: Any, received: Any) -> None:
        try:
            topic = received.topic
        except UnicodeDecodeError:
            return  # the protocol forbids it; without a topic there is nobody to tell
        message = Message(
            topic=topic,
            payload=bytes(received.payload[:LARGEST_PACKET]),
            qos=received.qos,
            retain=received.retain,
            received_ms=self._clock_ms(),
            token=self.connections << 16 | received.mid,
            redelivered=received.dup,
        )
        if not self._waiting.put(message):
            return
        if not self._woken:
            self._woken = True
            self._later(self._something.set)
        if len(self._waiting) == PLENTY:
            self._later(self._plenty.set)

    def _on_publish(self, _client: Any, _data: Any, mid: int, reason: Any, _properties: Any) -> None:
        self._later(self._published, mid, reason.getName() if reason.is_failure else None)

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: list[Any], _: Any) -> None:
        if refused := [reason.getName() for reason in reasons if reason.is_failure]:
            _LOG.warning("The broker refused %d of the topics asked for: %s", len(refused), refused[0])

    def _later(self, function: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            # The event loop has closed first, so there is nobody left to tell.
            self._stopping.set()

    # What the thread asks the event loop to do.

    def _back(self) -> None:
        if self._stopping.is_set():
            return
        self.problem, self.since_ms = None, self._clock_ms()
        self._connected.set()
        self._send_subscriptions(self._filters)
        _LOG.info("Connected to the MQTT broker at %s:%d", self._settings.host, self._settings.port)

    def _away(self, problem: str) -> None:
        if self._connected.is_set() or self.problem == "not connected yet":
            _LOG.warning("No MQTT broker, trying again: %s", problem)
            self.since_ms = self._clock_ms()
        self.problem = problem
        self._connected.clear()
        self._fail_publishes(problem)

    def _fail_publishes(self, problem: str) -> None:
        for taken in self._publishing.values():
            if not taken.done():
                taken.set_exception(NotConfirmed(f"not confirmed: {problem}"))

    def _published(self, mid: int, refusal: str | None) -> None:
        taken = self._publishing.get(mid)
        if taken is None or taken.done():
            return
        if refusal is None:
            taken.set_result(None)
        else:
            taken.set_exception(BrokerUnavailable(f"the broker refused the message: {refusal}"))

    def _send_subscriptions(self, filters: Iterable[str]) -> None:
        ordered = sorted(filters)
        for start in range(0, len(ordered), _FILTERS_PER_PACKET):
            chunk = ordered[start : start + _FILTERS_PER_PACKET]
            self._client.subscribe([(topic, 1) for topic in chunk])
