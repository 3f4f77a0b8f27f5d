"""A simulated house on MQTT: announces its devices as real firmwares do, reports, and obeys commands.

The house itself is pure and fed with time; only `run` talks to a broker, through the assistant's own connection.
"""

import asyncio
import heapq
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from itertools import count

from assistant.demo.curves import Sky
from assistant.demo.devices import Device, Publication, Value
from assistant.demo.rooms import Plan
from config.settings import MqttSettings
from sensors.broker import Broker, BrokerUnavailable
from sensors.clock import now_ms
from sensors.message import Message

_LOG = logging.getLogger(__name__)
_PREFIX = "homeassistant"
_REPEAT_MS = 60_000
"""A device that has nothing new to say repeats itself after so long."""
BRIDGE = Publication(topic="zigbee2mqtt/bridge/state", payload='{"state":"online"}')


@dataclass(frozen=True, slots=True, order=True)
class _Pending:
    """A change that is still to come. Ordered by time, then by the order in which they were made."""

    at_ms: int
    number: int
    device: int
    changes: tuple[tuple[str, Value], ...]


class SimulatedHouse:
    """The devices and their memory of what they were told. The same seed, zone and start make the same house.

    `react`, `due` and `live` must be called with times that do not go back.
    """

    def __init__(
        self,
        *,
        zone: tzinfo,
        start_ms: int,
        seed: int = 7,
        turning_seconds: float = 2.0,
        travel_seconds: float = 4.0,
    ) -> None:
        """`turning_seconds` for the lock, `travel_seconds` for covers from end to end."""
        self.sky = Sky(zone=zone, seed=seed)
        self.start_ms = start_ms
        plan = Plan(
            self.sky,
            start_ms=start_ms,
            prefix=_PREFIX,
            turning_seconds=turning_seconds,
            travel_seconds=travel_seconds,
        )
        self.devices: tuple[Device, ...] = tuple(plan.devices())
        self._birth_topic = f"{_PREFIX}/status"
        self._told: list[dict[str, Value]] = [{} for _ in self.devices]
        self._pending: list[_Pending] = []
        self._numbers = count()
        self._said: dict[str, tuple[str, int]] = {}

    def discovery(self) -> list[Publication]:
        """What announces every device, and that it can be reached."""
        return [*(message for device in self.devices for message in device.discovery()), BRIDGE]

    def topics(self) -> list[str]:
        """Where the house listens: every command topic, and Home Assistant's announcement of itself."""
        return [self._birth_topic, *sorted(topic for device in self.devices for topic in device.orders)]

    def react(self, topic: str, payload: str, now_ms: int) -> None:
        """Takes a command; what comes of it is `due` later. A new order ends what an earlier one had begun."""
        if topic == self._birth_topic and payload == "online":
            self.forget()
        for index, device in enumerate(self.devices):
            order = device.orders.get(topic)
            if order is None:
                continue
            steps = order(payload, device.values(now_ms, self._told[index]))
            if steps:
                self._pending = [waiting for waiting in self._pending if waiting.device != index]
                heapq.heapify(self._pending)
            for step in steps:
                at_ms = now_ms + round(step.after_seconds * 1000)
                changes = tuple(step.changes.items())
                heapq.heappush(self._pending, _Pending(at_ms, next(self._numbers), index, changes))

    def next_due_ms(self) -> int | None:
        return self._pending[0].at_ms if self._pending else None

    def due(self, now_ms: int) -> list[Publication]:
        """What devices report because an order has taken effect by now."""
        reported: list[Publication] = []
        while self._pending and self._pending[0].at_ms <= now_ms:
            pending = heapq.heappop(self._pending)
            self._told[pending.device].update(pending.changes)
            reported += self._news(pending.device, now_ms, repeat_ms=0)
        return reported

    def live(self, now_ms: int) -> list[Publication]:
        """What devices report by themselves: what is new since they said it last, or has not been said for long."""
        return [
            message for index in range(len(self.devices)) for message in self._news(index, now_ms, repeat_ms=_REPEAT_MS)
        ]

    def forget(self, topic: str | None = None) -> None:
        """Says what was last said on a topic, or on all, again with the next `live`."""
        if topic is None:
            self._said.clear()
        else:
            self._said.pop(topic, None)

    def told(self, device_name: str) -> Mapping[str, Value]:
        """What orders have changed about a device so far. Raises StopIteration for an unknown name."""
        return self._told[next(index for index, device in enumerate(self.devices) if device.name == device_name)]

    def _news(self, index: int, now_ms: int, *, repeat_ms: int) -> Iterator[Publication]:
        device = self.devices[index]
        for message in device.say(device.values(now_ms, self._told[index])):
            said, said_ms = self._said.get(message.topic, (None, 0))
            if message.payload == said and now_ms - said_ms < repeat_ms:
                continue
            self._said[message.topic] = (message.payload, now_ms)
            yield message

    async def run(
        self,
        settings: MqttSettings,
        *,
        interval_seconds: float = 5.0,
        settle_seconds: float = 0.3,
    ) -> None:
        """Announces the house, then reports and obeys until it is cancelled. A broker that goes away is waited for."""
        async with Broker(settings, client_id="simulated-house", persistent=False) as broker:
            await _Loop(self, broker, interval_seconds).run(settle_seconds)


class _Loop:
    """Carries messages between the house and its broker, in one task: it waits for whatever comes first."""

    def __init__(self, house: SimulatedHouse, broker: Broker, interval_seconds: float) -> None:
        self._house = house
        self._broker = broker
        self._batches = broker.batches()
        self._interval_ms = round(interval_seconds * 1000)

    async def run(self, settle_seconds: float) -> None:
        self._broker.subscribe(self._house.topics())
        connection = 0
        live_ms = 0
        while True:
            await self._connected()
            if connection != self._broker.connections:
                connection = self._broker.connections
                self._house.forget()
                await self._send(self._house.discovery())
                # Whoever listens needs a moment to ask for the topics that it has just been told about.
                await asyncio.sleep(settle_seconds)
            if now_ms() >= live_ms:
                live_ms = now_ms() + self._interval_ms
                await self._send(self._house.live(now_ms()))
            for message in await self._commands(live_ms):
                self._house.react(message.topic, message.payload.decode(errors="replace"), now_ms())
            await self._send(self._house.due(now_ms()))

    async def _connected(self) -> None:
        while not self._broker.connected:
            try:
                await self._broker.wait_connected(self._interval_ms / 1000)
            except BrokerUnavailable as problem:
                _LOG.debug("The house waits for its broker: %s", problem)

    async def _commands(self, live_ms: int) -> list[Message]:
        """What has come in; empty where something of the house's own is due first."""
        due_ms = min(live_ms, self._house.next_due_ms() or live_ms)
        try:
            async with asyncio.timeout(max(due_ms - now_ms(), 0) / 1000):
                batch = await anext(self._batches)
        except TimeoutError:
            self._batches = self._broker.batches()  # the timeout has ended the iteration, though no message is lost
            return []
        self._broker.acknowledge(batch)
        # A retained command is an old one; real devices do not act on it again either.
        return [message for message in batch if not message.retain]

    async def _send(self, messages: Iterable[Publication]) -> None:
        for message in messages:
            try:
                await self._broker.publish(message.topic, message.payload.encode(), qos=1, retain=message.retain)
            except BrokerUnavailable as problem:
                _LOG.debug("%s was not reported: %s", message.topic, problem)
                self._house.forget(message.topic)
