"""Kills an ingest process again and again under QoS 1 load, and counts what was lost and what was counted twice."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from config.settings import MqttSettings
from sensors.broker import Broker
from sensors.store import StoreWriter

TOPIC = "meter/state"
ENTITIES = ("in", "out")
SETTLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What came of it. Each message holds one reading for each of two entities."""

    kills: int
    confirmed: int
    """Messages that the broker had acknowledged to the publisher."""
    lost: int
    """Readings of those that are not in the store."""
    twice: int
    """Readings that are in the store more than once."""
    seconds: float


async def kill_repeatedly(
    port: int, path: Path, *, kills: int, per_round: int = 400, longest_seconds: float = 3600.0, seed: int = 0
) -> Killed:
    """Publishes `per_round` messages to Mosquitto on that port for each kill, at a random moment of each round."""
    chance, began = random.Random(seed), time.monotonic()
    confirmed: list[int] = []
    async with StoreWriter(path) as store:
        await store.write([])
    async with Broker(MqttSettings(port=port, client_id="meter")) as device:
        await device.wait_connected(5)
        for one in ENTITIES:
            await device.publish(f"homeassistant/sensor/{one}/config", _config(one), retain=True)
        process = await _start(port, path)
        await _until(path, "SELECT count(*) FROM entity", len(ENTITIES))
        await asyncio.sleep(0.3)  # its subscription to the state topic reaches the broker
        done = 0
        while done < kills and time.monotonic() - began < longest_seconds:
            load = asyncio.ensure_future(_load(device, range(done * per_round, (done + 1) * per_round), confirmed))
            await asyncio.sleep(chance.uniform(0.0, 0.5))
            process.send_signal(signal.SIGKILL)
            await process.wait()
            process = await _start(port, path)
            await load
            done += 1
        await _until(path, "SELECT count(*) FROM (SELECT DISTINCT series, value FROM numbers)", 2 * len(confirmed))
        process.terminate()
        await process.wait()
    found = Counter(_readings(path))
    expected = {(series, number) for series in (1, 2) for number in confirmed}
    return Killed(
        kills=done,
        confirmed=len(confirmed),
        lost=len(expected - found.keys()),
        twice=sum(count - 1 for count in found.values()),
        seconds=time.monotonic() - began,
    )


def _config(name: str) -> bytes:
    template = f"{{{{ value_json.{name} }}}}"
    return json.dumps(
        {"unique_id": name, "name": name, "state_topic": TOPIC, "unit_of_measurement": "W", "value_template": template}
    ).encode()


async def _start(port: int, path: Path) -> asyncio.subprocess.Process:
    program = Path(__file__).with_name("ingesting_process.py")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return await asyncio.create_subprocess_exec(sys.executable, str(program), str(port), str(path), env=environment)


async def _load(device: Broker, numbers: range, confirmed: list[int]) -> None:
    async def send(number: int) -> None:
        await device.publish(TOPIC, json.dumps(dict.fromkeys(ENTITIES, number)).encode(), timeout_seconds=20.0)
        confirmed.append(number)

    for start in range(numbers.start, numbers.stop, 20):
        await asyncio.gather(*(send(number) for number in range(start, min(start + 20, numbers.stop))))


async def _until(path: Path, statement: str, count: int) -> None:
    """Waits for it, and leaves it to whoever counts afterwards where it does not come."""
    end = time.monotonic() + SETTLE_SECONDS
    while _one(path, statement) != count and time.monotonic() < end:  # noqa: ASYNC110 - the store has no event for it
        await asyncio.sleep(0.05)


def _one(path: Path, statement: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchone()[0]


def _readings(path: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(path)) as connection:
        return [(series, value // 1000) for series, value in connection.execute("SELECT series, value FROM numbers")]
