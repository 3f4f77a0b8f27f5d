"""What the one way through costs a call beside the tool's own work: python benchmarks/contract.py

Everything but the function of the tool is the contract's; it is taken apart within each single call, so both stood
under the same load. The record is shown apart, since it is one durable commit. Last, what it is worth that an answer
is remembered for half a minute.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from answers import entities
from rich.console import Console
from rich.table import Table

from sensors.clock import now_ms
from sensors.decoded import Decoded, Definition
from sensors.questions import Questions
from sensors.reading import Reading, SeriesKey
from sensors.store import StoreWriter
from tools.arguments import QuerySensors
from tools.audit import Audit, Event
from tools.cache import AnswerCache
from tools.call import Desk, TurnBudget
from tools.contract import Asker, Effect, Outcome, Tool, ToolCall
from tools.readings import Readings

CALLS = 200
DAYS = 30
ASKER = Asker(satellite="benchmark")
BLANK = dict.fromkeys(QuerySensors.model_fields)
ASKED: dict[str, dict[str, object]] = {
    "the temperature of one room": {"answer": "latest", "quantity": "temperature", "where": "bedroom 3"},
    "which windows are open": {"answer": "list", "quantity": "window", "state": "open"},
    "which rooms are above 20": {
        "answer": "list",
        "quantity": "temperature",
        "comparison": "above",
        "threshold": 20,
    },
    "a room's mean of a month": {
        "answer": "mean",
        "quantity": "humidity",
        "where": "studio 5",
        "period": "last_30_days",
    },
    "every room's mean of a day": {"answer": "mean", "quantity": "temperature", "period": "yesterday"},
    "a call that does not fit": {"answer": "newest", "quantity": "warmth"},
}


class Unwritten(Audit):
    """Takes records and writes none."""

    async def append(self, event: Event, body: Mapping[str, Any]) -> int:
        return 0


def furnished() -> Decoded:
    """The house of `answers.py`, with a month of readings a quarter of an hour apart."""
    listed = entities()
    start_ms = now_ms() - DAYS * 86_400_000
    readings = tuple(
        Reading(
            key=SeriesKey(entity_id=entity.id),
            at_ms=start_ms + quarter * 900_000,
            value=18 + quarter % 7 / 2 if entity.aspects[0].numeric else ("open", "closed")[quarter % 2],
        )
        for quarter in range(DAYS * 96)
        for entity in listed
    )
    definitions = tuple(Definition(entity=one, dialect="benchmark", topic=one.id, payload=b"{}") for one in listed)
    return Decoded(definitions=definitions, readings=readings)


class Forgetting(AnswerCache):
    """Looks whether it knows the answer, and never does."""

    async def answer(self, key: Hashable, run: Callable[[], Awaitable[Outcome]]) -> tuple[Outcome, bool]:
        return await run(), False


@dataclass(slots=True)
class Timed:
    """A tool's own function, and how long it took last."""

    run: Callable[[Any, Asker], Awaitable[Outcome]]
    ms: float = 0.0

    async def __call__(self, arguments: Any, asker: Asker) -> Outcome:
        began = time.perf_counter()
        try:
            return await self.run(arguments, asker)
        finally:
            self.ms = (time.perf_counter() - began) * 1000


async def taken(desk: Desk, own: Timed, given: dict[str, object]) -> tuple[float, float]:
    """Milliseconds of one call: of the tool itself, and of all the rest."""
    call = ToolCall(id="c", name="query_sensors", arguments=json.dumps({**BLANK, **given}))
    budget = TurnBudget(turn_id="b", calls_left=1)
    offered = desk.offered(ASKER, may_act=True)
    own.ms = 0.0
    began = time.perf_counter()
    await desk.call(call, ASKER, offered, budget)
    return own.ms, (time.perf_counter() - began) * 1000 - own.ms


def p99(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


async def measured(table: Table, name: str, desks: Sequence[Desk], own: Timed) -> None:
    """One row: the desks take turns, so that what else the machine does meets them all alike."""
    rows = [[await taken(desk, own, ASKED[name]) for desk in desks] for _ in range(CALLS)]
    tool = [row[0][0] for row in rows]
    contract, recorded, remembered = ([row[place][1] for row in rows[1:]] for place in range(3))
    bare = statistics.median(tool)
    figures = [bare, p99(tool), statistics.median(contract), p99(contract)]
    share = f"{statistics.median(contract) / bare:.2f}" if bare else "-"
    figures_after = [statistics.median(recorded), p99(recorded), statistics.median(remembered)]
    table.add_row(name, *(f"{one:.2f}" for one in figures), share, *(f"{one:.2f}" for one in figures_after))


async def main() -> None:
    table = Table(title=f"{len(entities())} entities, {DAYS} days of readings, {CALLS} calls each; milliseconds")
    for column in ("call", "tool p50", "p99", "contract p50", "p99", "/ tool", "with record p50", "p99", "remembered"):
        table.add_column(column)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = await stack.enter_async_context(StoreWriter(folder / "readings.sqlite3"))
        await store.write([furnished()])
        questions = await stack.enter_async_context(Questions(folder / "readings.sqlite3"))
        recording = await stack.enter_async_context(Audit(folder / "audit.sqlite3", clock_ms=now_ms))
        own = Timed(Readings(questions, clock_ms=now_ms, zone=ZoneInfo("UTC"), fahrenheit=False).query)
        tool = Tool(
            name="query_sensors",
            description="",
            arguments=QuerySensors,
            effect=Effect.READ,
            run=own,
            version=questions.version,
        )
        unwritten = Unwritten(folder / "nothing", clock_ms=now_ms)
        desks = [
            Desk([tool], audit=audit, timeout_seconds=5.0, cache=cache(clock_ms=now_ms))
            for audit, cache in ((unwritten, Forgetting), (recording, Forgetting), (unwritten, AnswerCache))
        ]
        for name in ASKED:
            await measured(table, name, desks, own)
    Console(width=120).print(table)


if __name__ == "__main__":
    asyncio.run(main())
