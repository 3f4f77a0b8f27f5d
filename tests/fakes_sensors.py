"""Values and parts that the tests of the sensors share."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sensors.decoded import Decoded, Definition
from sensors.message import Message
from sensors.questions import Questions
from sensors.reading import Aspect, Component, Entity, Quantity, Reading, SeriesKey
from sensors.store import StoreWriter

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
BEDROOM = SeriesKey(entity_id="sensor.bedroom")
DOOR = SeriesKey(entity_id="binary_sensor.door")


def reading(key: SeriesKey, at_ms: int, value: float | str) -> Reading:
    return Reading(key=key, at_ms=at_ms, value=value)


def entity(entity_id: str = BEDROOM.entity_id, *, name: str = "temperature", room: str | None = "Bedroom") -> Entity:
    aspect = Aspect(name="state", quantity=Quantity.TEMPERATURE, unit="celsius", numeric=True)
    return Entity(id=entity_id, component=Component.SENSOR, name=name, room=room, aspects=(aspect,))


def definition(
    one: Entity | None = None, *, topic: str = "homeassistant/sensor/x/config", payload: bytes = b"{}"
) -> Definition:
    return Definition(entity=one or entity(), dialect="home_assistant", topic=topic, payload=payload)


@asynccontextmanager
async def store_with(
    path: Path, readings: Iterable[Reading] = (), *definitions: Definition
) -> AsyncIterator[tuple[StoreWriter, Questions]]:
    """A writer and a questioner over one file, as the daemon has them."""
    async with StoreWriter(path) as writer:
        await writer.write([Decoded(definitions=definitions)])
        await writer.backfill(readings)
        async with Questions(path) as questions:
            yield writer, questions


def rows_of(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


class FakeBroker:
    """A broker with a script of batches; keeps what was acknowledged, subscribed and published."""

    def __init__(self, batches: Sequence[list[Message]] = ()) -> None:
        self._script = list(batches)
        self.acknowledged: list[Message] = []
        self.subscribed: set[str] = set()
        self.published: list[tuple[str, bytes]] = []
        self.dropped = 0

    async def batches(self) -> AsyncIterator[list[Message]]:
        for batch in self._script:
            yield batch
            await asyncio.sleep(0)

    async def plenty(self, timeout_seconds: float) -> None:
        """Nobody waits for the clock in a test."""

    def acknowledge(self, messages: Iterable[Message]) -> None:
        self.acknowledged += messages

    def subscribe(self, topic_filters: Iterable[str]) -> None:
        self.subscribed |= set(topic_filters)

    def unsubscribe(self, topic_filters: Iterable[str]) -> None:
        self.subscribed -= set(topic_filters)
