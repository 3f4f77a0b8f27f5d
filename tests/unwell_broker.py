"""Ingest beside a real Mosquitto that is stopped, started and frozen under QoS 1 load."""

import asyncio
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from real_mosquitto import Mosquitto

from config.settings import MqttSettings
from sensors.broker import Broker, BrokerUnavailable
from sensors.dialects.home_assistant import HomeAssistant
from sensors.ingest import Ingest
from sensors.store import StoreWriter

CONFIG = b'{"unique_id": "n", "name": "Meter", "state_topic": "n/state", "unit_of_measurement": "W"}'
SETTLE_SECONDS = 20.0
_TICK_SECONDS = 0.02


@dataclass(slots=True, kw_only=True)
class Witness:
    """What was seen from outside while the broker was unwell."""

    path: Path
    listener: Broker
    confirmed: list[int] = field(default_factory=list)
    """Numbers that the broker had acknowledged to the publisher."""
    longest_stall_seconds: float = 0.0
    """For how long the event loop did nothing at all."""
    problems: set[str] = field(default_factory=set)
    """What was said to be wrong with the connection."""

    def stored(self) -> Counter[int]:
        with closing(sqlite3.connect(self.path)) as connection:
            return Counter(value // 1000 for (value,) in connection.execute("SELECT value FROM numbers"))

    async def settle(self) -> None:
        """Waits until everything that was acknowledged is stored, but not for ever."""
        end = time.monotonic() + SETTLE_SECONDS
        while not set(self.confirmed) <= self.stored().keys() and time.monotonic() < end:  # noqa: ASYNC110 - the store has no event
            await asyncio.sleep(0.05)

    async def watch(self) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = time.monotonic()
            self.longest_stall_seconds = max(self.longest_stall_seconds, now - last - _TICK_SECONDS)
            last = now
            if self.listener.problem:
                self.problems.add(self.listener.problem)


@asynccontextmanager
async def ingesting(server: Mosquitto, path: Path) -> AsyncIterator[tuple[Witness, Broker]]:
    """Ingest and a publisher on one broker, with somebody who watches."""
    options = {"shortest_delay_seconds": 0.02, "longest_delay_seconds": 0.2}
    settings = MqttSettings(port=server.port, client_id="listener")
    async with (
        StoreWriter(path) as store,
        Broker(settings, **options) as listener,  # type: ignore[arg-type]
        Broker(settings, client_id="device", **options) as device,  # type: ignore[arg-type]
    ):
        await device.wait_connected(5)
        await device.publish("homeassistant/sensor/n/config", CONFIG, retain=True)
        witness = Witness(path=path, listener=listener)
        ingest = Ingest(listener, store, [HomeAssistant()])
        tasks = [asyncio.ensure_future(one) for one in (ingest.run(), witness.watch())]
        while ingest.counts["messages"] < 1:  # noqa: ASYNC110 - a counter is no event
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)  # the subscription to the state topic reaches the broker
        try:
            yield witness, device
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def publish_on(device: Broker, witness: Witness, first: int, ended: asyncio.Event) -> int:
    """Publishes numbers, ten at a time, until told to end; gives the next number. What is not confirmed is let go."""
    number = first

    async def send(one: int) -> None:
        with suppress(BrokerUnavailable):
            await device.publish("n/state", str(one).encode(), timeout_seconds=2.0)
            witness.confirmed.append(one)

    while not ended.is_set():
        await asyncio.gather(*(send(one) for one in range(number, number + 10)), asyncio.sleep(0.005))
        number += 10
    return number


async def restart_under_load(server: Mosquitto, path: Path, *, times: int) -> Witness:
    """Stops and starts the broker again and again while numbers come in."""
    async with ingesting(server, path) as (witness, device):
        number = 0
        for _ in range(times):
            ended = asyncio.Event()
            load = asyncio.ensure_future(publish_on(device, witness, number, ended))
            await asyncio.sleep(0.1)
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            await device.wait_connected(5)
            await asyncio.sleep(0.1)
            ended.set()
            number = await load
        await witness.settle()
        return witness


async def freeze_under_load(server: Mosquitto, path: Path, *, seconds: float) -> Witness:
    """Freezes the broker's process for so long: its connections stay open, and nothing answers."""
    async with ingesting(server, path) as (witness, device):
        ended = asyncio.Event()
        load = asyncio.ensure_future(publish_on(device, witness, 0, ended))
        await asyncio.sleep(0.3)
        server.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            server.signal(signal.SIGCONT)
        await device.wait_connected(30)
        await asyncio.sleep(0.5)
        ended.set()
        await load
        await witness.settle()
        return witness
