"""Exactly what a model sees of the tools and of a house, kept in a file that a person can read, and what it costs.

After a change that is meant: UPDATE_SNAPSHOTS=1 pytest tests/test_model_snapshot.py, and read the difference.
"""

import json
import os
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest
from fakes_timers import kept
from fakes_tools import HERE, ZONE, SmallHouse, light, sensor

from assistant.model.history import estimated_tokens
from assistant.model.prompt import RULES, system_message
from assistant.model.schemas import EVERYTHING, Present, present_in, tool_schema
from sensors.home import House
from sensors.reading import Entity, Quantity
from tools.catalogue import timer_tools, watch_tools
from tools.contract import Effect, Tool
from tools.names import spoken_name
from tools.parsing import parsed, repaired, validated
from tools.summary import SUMMARY_TOOL, Summary
from tools.timer_calls import TIMER_TOOLS
from tools.watch_calls import WATCH_TOOLS, WatchCalls
from tools.watches import Watches

SNAPSHOT = Path(__file__).parent / "snapshots" / "what_a_model_sees.txt"

BYTES_PER_TOKEN = 3.6
"""Of minified schemas, as measured over several vocabularies; `estimated_tokens` errs on the other side with 3."""


@pytest.fixture
async def tools(house: SmallHouse, tmp_path: Path) -> AsyncIterator[tuple[Tool, ...]]:
    """All that there are, in the order in which a model is told of them."""
    (tmp_path / "timers").mkdir()
    async with kept(tmp_path / "timers") as timers:
        watches = WatchCalls(
            Watches(house.store.database, timers.timers), house.questions, clock_ms=house.clock.now_ms, fahrenheit=False
        )
        summary = Summary(house.questions, house.audit, clock_ms=house.clock.now_ms, zone=ZONE)
        yield (
            *house.desk.offered(HERE, may_act=True),
            *timer_tools(timers.calls),
            *watch_tools(watches, summary),
        )


def minified(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def tokens(text: str) -> int:
    return round(len(text.encode()) / BYTES_PER_TOKEN)


def inventory(house: House) -> list[str]:
    return [spoken_name(entity, house) for entity in house.entities] + [room.lower() for room in house.rooms]


def wire(tools: Iterable[Tool], present: Present) -> str:
    return "".join(minified(tool_schema(tool, present)) for tool in tools)


def profiles(tools: tuple[Tool, ...]) -> dict[str, tuple[Tool, ...]]:
    """The sets of tools that a model is ever shown, the first ones the beginning of all others."""
    house = tuple(tool for tool in tools if tool.name not in {*TIMER_TOOLS, *WATCH_TOOLS, SUMMARY_TOOL})
    timers = tuple(tool for tool in tools if tool.name in TIMER_TOOLS)
    watches = tuple(tool for tool in tools if tool.name in WATCH_TOOLS)
    return {
        "rules and tools for a question": tuple(tool for tool in house if tool.effect is Effect.READ),
        "rules and tools for an order": house,
        "rules and tools for what is said of timers": (*house, *timers),
        "rules and tools for what is watched for": (*house, *watches),
    }


def page(tools: tuple[Tool, ...], house: House) -> str:
    present = present_in(house)
    shown = [f"{system_message(inventory(house))['content']}\n"]
    for tool in tools:
        schema = tool_schema(tool, present)["function"]
        shown.append(f"=== {schema['name']}: about {tokens(minified(schema))} tokens\n{schema['description']}\n")
        for name, part in schema["parameters"]["properties"].items():
            shown.append(f"{name}: {minified(part)}")
        shown.append("")
    shown += [f"=== {name}: about {tokens(RULES + wire(of, present))} tokens" for name, of in profiles(tools).items()]
    return "\n".join(shown) + "\n"


async def test_what_a_model_sees_is_what_is_in_the_file(house: SmallHouse, tools: tuple[Tool, ...]) -> None:
    seen = page(tools, await house.questions.house())
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(seen)
    assert seen == SNAPSHOT.read_text()


async def test_a_question_shows_a_model_no_tool_that_acts(house: SmallHouse) -> None:
    tools = house.desk.offered(HERE, may_act=False)
    assert tools and all(tool.effect is Effect.READ for tool in tools)
    assert "control_device" not in page(tools, await house.questions.house())


async def test_every_example_in_a_description_is_a_call_that_validates(tools: tuple[Tool, ...]) -> None:
    for tool in tools:
        examples = re.findall(r"\{.*?\}", tool_schema(tool)["function"]["description"])
        assert examples, tool.name
        for example in examples:
            validated(tool.arguments, repaired(parsed(example), tool.arguments, ()))


async def test_the_same_house_gives_the_same_bytes(house: SmallHouse) -> None:
    found = await house.questions.house()
    turned = House(version=found.version + 1, entities=found.entities[::-1])
    assert present_in(found) == present_in(turned)


def listed(tool: Tool, argument: str, present: Present) -> list[Any]:
    found: list[Any] = tool_schema(tool, present)["function"]["parameters"]["properties"][argument]["enum"]
    return found


async def test_the_lists_hold_what_this_house_has_and_nothing_else(house: SmallHouse) -> None:
    query, _, control = house.desk.offered(HERE, may_act=True)
    present = present_in(await house.questions.house())
    assert listed(control, "verb", present) == ["turn_on", "turn_off", "lock", "unlock", "set_brightness"]
    assert listed(query, "state", present) == ["open", "closed", "on", "off", "locked", "unlocked", None]
    assert listed(query, "unit", present) == ["celsius", "fahrenheit", "percent", None]
    assert listed(query, "quantity", present)[-1] is None and "co2" not in listed(query, "quantity", present)
    assert listed(query, "answer", present) == listed(query, "answer", EVERYTHING)
    empty = present_in(House(version=1, entities=()))
    assert listed(control, "verb", empty) == listed(control, "verb", EVERYTHING)


def sixty_devices() -> tuple[Entity, ...]:
    rooms = [f"Room {number}" for number in range(12)]
    kinds = (Quantity.TEMPERATURE, Quantity.HUMIDITY, Quantity.CO2)
    measured = [sensor(room, kind, "celsius") for room in rooms for kind in kinds]
    return (*measured, *(light(room, f"{room} {name}") for room in rooms for name in ("lamp", "spots")))


async def test_what_the_rules_the_tools_and_sixty_devices_cost(tools: tuple[Tool, ...]) -> None:
    """More than this must be meant. The goal of 700 tokens is not reached, that of 1,200 with sixty devices for
    questions alone: the strict subset names every argument twice and every absence by name, which is a tenth of it."""
    entities = sixty_devices()
    assert len(entities) == 60
    many = House(version=1, entities=entities)
    question, order, everything, watched = (wire(of, present_in(many)) for of in profiles(tools).values())
    assert tokens(RULES + watched) <= 1_790
    assert tokens(RULES + question) <= 890
    assert tokens(RULES + order) <= 1_160
    assert tokens(RULES + everything) <= 1_900
    assert tokens(system_message(inventory(many))["content"] + question) <= 1_070
    assert tokens(system_message(inventory(many))["content"] + order) <= 1_335
    assert estimated_tokens(everything) > tokens(everything)
