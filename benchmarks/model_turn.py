"""A model's turn without the model: python benchmarks/model_turn.py [--rooms N]

A day of mixed dialogue in two rooms of a house whose states change, with a perfect model behind a real HTTP endpoint in
a process of its own. Shows our own time in a turn, which is all of it but the waiting for the endpoint, and which share
of its requests an endpoint can have in its cache: the longest beginning that one has in common with the request before
it of the same kind (questions and orders show different tools), and with any earlier one, as servers with several slots
and hosted ones keep them.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from answers import MEASURED, ROOMS, entities  # noqa: E402
from fakes_cases import Case, act, perfect  # noqa: E402
from fakes_house import light  # noqa: E402
from fakes_model import Call, Reply, Request, ScriptedEndpoint, common  # noqa: E402
from fakes_quirks import asking  # noqa: E402

import assistant.turns.turn as turn  # noqa: E402
from assistant.build import Assistant, open_assistant  # noqa: E402
from assistant.model.exchange import Exchange  # noqa: E402
from assistant.values import Utterance  # noqa: E402
from config.model import ModelSettings  # noqa: E402
from config.settings import MqttSettings, Settings  # noqa: E402
from sensors.clock import now_ms  # noqa: E402
from sensors.decoded import Decoded, Definition  # noqa: E402
from sensors.reading import Reading, SeriesKey  # noqa: E402
from tools.contract import Asker  # noqa: E402

TURNS = 240
PLACES = (("bedroom", "Bedroom 3"), ("office", "Office 2"))
ALONE = 0.6
"""Share of turns that begin a conversation; the others follow within a minute, with what was said before."""


def cases() -> list[Case]:
    """None of them is understood without a model."""
    right = (("",),)
    warm, dry = "bedroom 3 temperature", "office 2 humidity"
    made: list[tuple[str, tuple[Call, ...], str]] = [
        (f"i wonder how cosy the {warm} thing is", (asking(warm),), ""),
        ("is the air all right for my cello over there", (asking(dry, quantity="humidity"),), ""),
        ("tell me whether one should air the studio 5", (asking("studio 5", quantity="co2"),), ""),
        ("compare how warm and how dry it is around here", (asking(warm), asking(dry, quantity="humidity")), ""),
        ("anything nice to say this morning", (), "I wish you a lovely day."),
        ("make the reading lamp do something useful", (act("turn_on", "reading lamp"),), ""),
        ("and what about the other one", (asking("office 2 temperature"),), ""),
    ]
    return [Case(name=say, say=say, calls=calls, words=words or "I cannot.", right=right) for say, calls, words in made]


def play(request: Request, _number: int) -> Reply:
    said = request.messages[1]["content"]
    case = next(case for case in cases() if f"\n{case.say}" in said)
    return perfect(case, request).reply


def serve(control: Connection) -> None:
    """The endpoint: sends its address, and at the end every body that it was sent."""

    async def run() -> None:
        async with ScriptedEndpoint(play) as server:
            control.send(server.base_url)
            await asyncio.to_thread(control.recv)
            control.send([request.raw for request in server.requests])

    asyncio.run(run())


@dataclass(slots=True)
class Day:
    own_ms: list[float] = field(default_factory=list)
    understood_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    asked_ms: list[float] = field(default_factory=list)
    asking_ms: float = 0.0
    """Processor time of the client's library in this turn."""
    clock_seconds: float = 0.0


async def live(assistant: Assistant, day: Day) -> None:
    """One day, quickly: the clock of the conversation jumps, states change between the turns."""
    chance = random.Random(7)
    patience, roles = assistant.turns._gate._patience, assistant.roles
    turn.time = SimpleNamespace(monotonic=lambda: day.clock_seconds, perf_counter=time.perf_counter)
    for told in (roles._calls, roles._acts, patience):
        told._monotonic = lambda: day.clock_seconds
    everything = cases()
    for number in range(TURNS):
        satellite, room = chance.choice(PLACES)
        day.clock_seconds += 600 if chance.random() < ALONE else 45
        await change(assistant, chance)
        asker = Asker(satellite=satellite, room=room)
        began, day.asking_ms = time.process_time(), 0.0
        reply = await assistant.turns.hear(Utterance(text=everything[number % len(everything)].say, asker=asker))
        assert reply.planner == "model", reply
        day.cpu_ms.append((time.process_time() - began) * 1000 - day.asking_ms)
        day.asked_ms.append(day.asking_ms)
        day.own_ms.append(reply.timings_ms["turn"] - reply.timings_ms["model_endpoint"])
        day.understood_ms.append(reply.timings_ms["plan"])
        await assistant.turns.silence(asker)


async def change(assistant: Assistant, chance: random.Random) -> None:
    ids = [f"sensor.{room}_temperature".lower().replace(" ", "_") for room in chance.sample(ROOMS, 3)]
    readings = (Reading(key=SeriesKey(entity_id=one), at_ms=now_ms(), value=chance.uniform(18, 24)) for one in ids)
    await assistant.store.write([Decoded(readings=tuple(readings))])


def furnished(rooms: int) -> Decoded:
    listed = [*entities()[: rooms * len(MEASURED) - 1], light("Bedroom 3", "Reading lamp")]
    readings = tuple(
        Reading(
            key=SeriesKey(entity_id=one.id),
            at_ms=now_ms() - 60_000,
            value=19.5 if one.aspects[0].numeric else "off",
        )
        for one in listed
    )
    definitions = tuple(Definition(entity=one, dialect="benchmark", topic=one.id, payload=b"{}") for one in listed)
    return Decoded(definitions=definitions, readings=readings)


def shares(bodies: Sequence[bytes]) -> tuple[float, float]:
    """Of all bytes that were sent as tools and messages: those of the request before, and of any earlier one."""
    seen: dict[str, list[str]] = {}
    sent = before = anywhere = 0
    for raw in bodies:
        body = json.loads(raw)
        kind = json.dumps(body.get("tools"))
        text = json.dumps([body.get("tools"), body["messages"]])
        earlier = seen.setdefault(kind, [])
        if earlier:
            sent += len(text)
            before += common(earlier[-1], text)
            anywhere += max(common(one, text) for one in earlier)
        earlier.append(text)
    return before / sent, anywhere / sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=len(ROOMS), help="five entities in each")
    rooms = parser.parse_args().rooms
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    endpoint = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    endpoint.start()
    try:
        day = asyncio.run(lived(ours.recv(), rooms))
        ours.send("end")
        report(day, rooms, ours.recv())
    finally:
        endpoint.kill()
        endpoint.join()


def count_asking(day: Day) -> None:
    """Every attempt at the endpoint tells how much of our processor the client's library took."""
    attempt = Exchange._attempt

    async def counted(self: Exchange, *given: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return await attempt(self, *given, **named)
        finally:
            day.asking_ms += (time.process_time() - began) * 1000

    Exchange._attempt = counted  # type: ignore[method-assign]


async def lived(base_url: str, rooms: int) -> Day:
    day = Day()
    count_asking(day)
    settings = Settings(
        mqtt=MqttSettings(enabled=False), model=ModelSettings(enabled=True, base_url=base_url, name="perfect")
    )
    with tempfile.TemporaryDirectory() as folder:
        async with open_assistant(settings, Path(folder)) as assistant:
            await assistant.store.write([furnished(rooms)])
            await live(assistant, day)
    return day


def report(day: Day, rooms: int, bodies: Sequence[bytes]) -> None:
    before, anywhere = shares(bodies)
    table = Table("", "p50", "p99", title=f"{rooms * len(MEASURED)} entities, {TURNS} turns, {len(bodies)} requests")
    for name, taken in (
        ("own time, all but the endpoint, ms", day.own_ms),
        ("of that, sentences that did not understand, ms", day.understood_ms),
        ("own processor time, ms", day.cpu_ms),
        ("processor time of the client's library, ms", day.asked_ms),
    ):
        ordered = sorted(taken[10:])
        table.add_row(name, f"{statistics.median(ordered):.2f}", f"{ordered[int(len(ordered) * 0.99)]:.2f}")
    console = Console(width=110)
    console.print(table)
    console.print(f"of the bytes sent, unchanged since the request before: {before:.1%}")
    console.print(f"since any earlier request: {anywhere:.1%}")
    console.print(f"bytes of a request: {statistics.median(map(len, bodies)):,.0f}")


if __name__ == "__main__":
    main()
