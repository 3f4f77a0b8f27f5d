"""Text to answer by sentences, in a house of 300 entities: python benchmarks/answers.py

The whole turn: gate, sentences, names, database, reply and the audit on disk. Compares with the same turn's share of
one durable commit, since that is what a slow disk makes of it.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from assistant.build import Assistant, open_assistant
from assistant.values import Utterance
from assistant.wiring import now_ms
from config.settings import MqttSettings, Settings
from sensors.decoded import Decoded, Definition
from sensors.reading import Aspect, Component, Entity, Quantity, Reading, SeriesKey
from tools.audit import Event
from tools.contract import Asker

ROOMS = [f"{kind} {number}" for kind in ("Bedroom", "Office", "Store", "Workshop", "Studio") for number in range(1, 13)]
MEASURED = (Quantity.TEMPERATURE, Quantity.HUMIDITY, Quantity.CO2, Quantity.WINDOW, Quantity.MOTION)
QUESTIONS = (
    "what is the temperature in the bedroom 3",
    "which rooms are above 20 degrees",
    "which windows are open",
    "when was the office 2 window last opened",
    "what was the average humidity in the studio 5 today",
    "show me what a temperature reading looks like",
)
TURNS = 200
ASKER = Asker(satellite="benchmark")


def entities() -> list[Entity]:
    return [
        Entity(
            id=f"sensor.{room}_{quantity}".lower().replace(" ", "_"),
            component=Component.SENSOR,
            name=f"{room} {quantity}",
            room=room,
            aspects=(Aspect(name="state", quantity=quantity, numeric=quantity not in MEASURED[3:]),),
        )
        for room in ROOMS
        for quantity in MEASURED
    ]


def furnished() -> Decoded:
    """The house, with a day of readings an hour apart."""
    listed = entities()
    start_ms = now_ms() - 86_400_000
    readings = [
        Reading(
            key=SeriesKey(entity_id=entity.id),
            at_ms=start_ms + hour * 3_600_000,
            value=float(18 + hour % 5) if entity.aspects[0].numeric else ("open", "closed")[hour % 2],
        )
        for entity in listed
        for hour in range(24)
    ]
    definitions = tuple(Definition(entity=one, dialect="benchmark", topic=one.id, payload=b"{}") for one in listed)
    return Decoded(definitions=definitions, readings=tuple(readings))


async def timed(assistant: Assistant, question: str) -> list[float]:
    taken = []
    for _ in range(TURNS):
        began = time.perf_counter()
        reply = await assistant.turns.hear(Utterance(text=question, asker=ASKER))
        taken.append((time.perf_counter() - began) * 1000)
        assert [result.verdict for result in reply.results] == ["ok"], reply.text
    return taken


async def commits(assistant: Assistant) -> list[float]:
    taken = []
    for _ in range(TURNS):
        began = time.perf_counter()
        await assistant.audit.append(Event.TURN, {})
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def row(table: Table, name: str, taken: Sequence[float], commit_ms: float) -> None:
    ordered = sorted(taken)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    table.add_row(name, f"{p50:.2f}", f"{p99:.2f}", f"{p50 / commit_ms:.1f}")


async def main() -> None:
    table = Table(
        "turn", "p50 ms", "p99 ms", "p50 in durable commits", title=f"{len(entities())} entities, {TURNS} turns each"
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(mqtt=MqttSettings(enabled=False))
        async with open_assistant(settings, Path(folder)) as assistant:
            await assistant.store.write([furnished()])
            await timed(assistant, QUESTIONS[0])
            one = await commits(assistant)
            commit_ms = statistics.median(one)
            everything: list[float] = []
            for question in QUESTIONS:
                taken = await timed(assistant, question)
                everything += taken
                row(table, question, taken, commit_ms)
            row(table, "all of them", everything, commit_ms)
            row(table, "one durable commit to the audit", one, commit_ms)
    Console(width=110).print(table)


if __name__ == "__main__":
    asyncio.run(main())
