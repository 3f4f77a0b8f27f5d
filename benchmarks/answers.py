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
from config.settings import MqttSettings, Settings
from sensors.clock import now_ms
from sensors.decoded import Decoded, Definition
from sensors.reading import Aspect, Component, Entity, Quantity, Reading, SeriesKey
from tools.audit import Audit, Event
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
    "what is the temperature in the bedroom 3 and the humidity in the office 2",
    "how warm is it in the studio 5 and in the studio 6 and which windows are open",
)
DECLINED = (
    "what is the capital of france",
    "turn off the desk lamp and close the living room blinds",
    "tell my mother and my father and the neighbours that dinner is ready and the table is laid and i am hungry",
)
"""What nothing understands is searched for in every template, in parts, and answered with what is near to it."""
TURNS = 200

Taken = tuple[float, float]
"""Milliseconds by the clock on the wall, and of the processor's time: on a busy machine only the latter tells."""


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


def asker(number: int) -> Asker:
    """One satellite may not ask so often in a minute."""
    return Asker(satellite=f"benchmark {number % TURNS}")


async def timed(assistant: Assistant, question: str, *, answered: bool = True) -> list[Taken]:
    taken = []
    for number in range(TURNS):
        began, worked = time.perf_counter(), time.process_time()
        reply = await assistant.turns.hear(Utterance(text=question, asker=asker(number)))
        taken.append(((time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000))
        assert {result.verdict for result in reply.results} == ({"ok"} if answered else set()), reply.text
    return taken


async def commits(audit: Audit) -> list[Taken]:
    taken = []
    for _ in range(TURNS):
        began, worked = time.perf_counter(), time.process_time()
        await audit.append(Event.TURN, {})
        taken.append(((time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000))
    return taken


def row(table: Table, name: str, taken: Sequence[Taken], commit_ms: float) -> None:
    wall, worked = (sorted(one[part] for one in taken) for part in (0, 1))
    last = int(len(taken) * 0.99)
    p50 = statistics.median(wall)
    own = (statistics.median(worked), worked[last])
    table.add_row(name, *(f"{value:.2f}" for value in (p50, wall[last], *own)), f"{p50 / commit_ms:.1f}")


async def main() -> None:
    table = Table(
        *("turn", "p50 ms", "p99 ms", "cpu p50", "cpu p99", "p50 in durable commits"),
        title=f"{len(entities())} entities, {TURNS} turns each",
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(mqtt=MqttSettings(enabled=False))
        async with open_assistant(settings, Path(folder)) as assistant:
            await assistant.store.write([furnished()])
            await timed(assistant, QUESTIONS[0])
            async with Audit(Path(folder) / "another.sqlite3", clock_ms=now_ms) as audit:
                one = await commits(audit)
            commit_ms = statistics.median(wall for wall, _ in one)
            everything: list[Taken] = []
            for question in QUESTIONS:
                taken = await timed(assistant, question)
                everything += taken
                row(table, question, taken, commit_ms)
            row(table, "all of them", everything, commit_ms)
            for said in DECLINED:
                row(table, said, await timed(assistant, said, answered=False), commit_ms)
            row(table, "one durable commit to the audit", one, commit_ms)
    Console(width=130).print(table)


if __name__ == "__main__":
    asyncio.run(main())
