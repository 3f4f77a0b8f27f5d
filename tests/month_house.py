"""A house around a real daemon, seen from outside: devices that report and obey, and a judge at the wire."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from sensors.broker import Broker, BrokerUnavailable

METER = "meter/state"
METERS = ("in", "out")
"""What one message of the meter holds."""
LAMP, DOOR, LEAK, SKYLIGHT, BATTERY, ROOM = (
    "home/lamp", "home/door", "home/leak", "home/skylight", "home/battery", "home/room",
)  # fmt: skip
ORDERS: Mapping[str, tuple[str, bytes]] = {
    "turn on the hall lamp": (f"{LAMP}/set", b"ON"),
    "turn off the hall lamp": (f"{LAMP}/set", b"OFF"),
    "unlock the front door": (f"{DOOR}/set", b"UNLOCK"),
    "lock the front door": (f"{DOOR}/set", b"LOCK"),
}
"""Words to what may be sent for them, once for each yes."""
_OBEYED = {b"ON": b"ON", b"OFF": b"OFF", b"LOCK": b"LOCKED", b"UNLOCK": b"UNLOCKED"}
_BATCH = 10
_PAUSE_SECONDS = 0.1


def _config(kind: str, name: str, area: str, topic: str, **more: object) -> tuple[str, bytes]:
    identity = topic.replace("/", "_") if "unique_id" not in more else str(more["unique_id"])
    body = {
        "name": name,
        "unique_id": identity,
        "state_topic": topic,
        "device": {"identifiers": [identity], "name": name, "suggested_area": area},
        **more,
    }
    return f"homeassistant/{kind}/{identity}/config", json.dumps(body).encode()


def room_sensor(name: str) -> tuple[str, bytes]:
    """Its discovery under this name; the same sensor whatever it is called."""
    return _config("sensor", name, "Bedroom", ROOM, device_class="temperature", unit_of_measurement="°C")


CONFIGS = (
    *(
        _config("sensor", f"Meter {one}", "Cellar", METER, unique_id=f"meter_{one}", unit_of_measurement="W",
                value_template=f"{{{{ value_json.{one} }}}}")
        for one in METERS
    ),
    _config("light", "Hall lamp", "Hall", LAMP, command_topic=f"{LAMP}/set"),
    _config("lock", "Front door", "Hall", DOOR, command_topic=f"{DOOR}/set"),
    _config("binary_sensor", "Bathroom leak", "Bathroom", LEAK, device_class="moisture"),
    _config("binary_sensor", "Skylight", "Attic", SKYLIGHT, device_class="window"),
    _config("sensor", "Remote battery", "Hall", BATTERY, device_class="battery", unit_of_measurement="%"),
    room_sensor("Bedroom sensor"),
)  # fmt: skip
STATES = (
    (LAMP, b"OFF"), (DOOR, b"LOCKED"), (LEAK, b"OFF"), (SKYLIGHT, b"OFF"), (BATTERY, b"80"), (ROOM, b"21.5"),
)  # fmt: skip


@dataclass(slots=True)
class Outside:
    """The devices, on a broker connection of their own, and what they saw."""

    broker: Broker
    chance: random.Random
    confirmed: list[int] = field(default_factory=list)
    """Numbers of the meter that the broker had acknowledged."""
    unsure: set[int] = field(default_factory=set)
    """Numbers of which nobody knows whether the broker took them."""
    granted: Counter[tuple[str, bytes]] = field(default_factory=Counter)
    """By topic and payload: how many times a person has allowed it, in so many words."""
    sent: Counter[tuple[str, bytes]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    _number: int = 0

    async def announce(self) -> None:
        for topic, payload in (*CONFIGS, *STATES):
            await self.say(topic, payload)

    async def say(self, topic: str, payload: bytes, *, retain: bool = True) -> None:
        """With QoS 1, again and again until the broker has it."""
        while True:
            with suppress(BrokerUnavailable):
                await self.broker.publish(topic, payload, retain=retain, timeout_seconds=2.0)
                return
            await asyncio.sleep(0.1)

    async def measure(self, ended: asyncio.Event) -> None:
        """The meter counts upwards until told to end. What is not confirmed is let go."""
        while not ended.is_set():
            first, self._number = self._number, self._number + _BATCH
            await asyncio.gather(*(self._count(one) for one in range(first, self._number)))
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _count(self, number: int) -> None:
        try:
            payload = json.dumps(dict.fromkeys(METERS, number)).encode()
            await self.broker.publish(METER, payload, timeout_seconds=5.0)
            self.confirmed.append(number)
        except BrokerUnavailable:
            self.unsure.add(number)

    async def obey(self) -> None:
        """Does what it is told on command topics, and says so where nobody had allowed it."""
        self.broker.subscribe([f"{LAMP}/set", f"{DOOR}/set"])
        async for batch in self.broker.batches():
            for message in batch:
                self._judge(message.topic, message.payload)
                await self.say(message.topic.removesuffix("/set"), _OBEYED.get(message.payload, b"?"))
            self.broker.acknowledge(batch)

    def _judge(self, topic: str, payload: bytes) -> None:
        self.sent[topic, payload] += 1
        if self.sent[topic, payload] > self.granted[topic, payload]:
            self.faults.append(f"{topic} {payload!r} was sent, and nobody had allowed it")

    async def flood(self, seconds: float) -> int:
        """Junk of QoS 0 as fast as it goes, on a topic that is stored; gives how many."""
        end, count = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            for _ in range(200):
                with suppress(BrokerUnavailable):
                    await self.broker.publish(ROOM, str(15 + count % 100 / 10).encode(), qos=0)
                    count += 1
            await asyncio.sleep(0.01)
        return count

    async def talk_nonsense(self) -> None:
        """What is no message of a sane device, some of it kept by the broker."""
        pieces = (
            b"not json{", b"\xff\xfe\x00", b"{}", b"[]", b"null", b"9" * 5000, b'{"in": "NaN"}', b"[" * 3000, b"-1e999",
            b'{"unique_id": 3, "state_topic": ["x"]}', b'{"name": "x", "unique_id": "x", "state_topic": "x/#/+"}',
            b'{"unique_id": "t", "state_topic": "t", "value_template": "{% for i in range(10**9) %}x{% endfor %}"}',
        )  # fmt: skip
        topics = ("homeassistant/sensor/bad/config", "homeassistant//config", ROOM, LEAK, METER, SKYLIGHT, "t", LAMP)
        for _ in range(40):
            await self.say(self.chance.choice(topics), self.chance.choice(pieces), retain=self.chance.random() < 0.2)
        for topic in topics:  # nothing of it stays
            await self.say(topic, b"")
        for topic, payload in STATES:
            if topic in topics:  # a battery that is low stays so until it was told
                await self.say(topic, payload)
