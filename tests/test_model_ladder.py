"""Several endpoints: what one cannot answer goes to the next in time, and a dead one does not cost every turn."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fakes_model import (
    DROP,
    HANG,
    TOOLS,
    Reply,
    Request,
    Script,
    ScriptedEndpoint,
    SmallHouse,
    calls,
    delta,
    fails,
    part,
    query,
    says,
)

from assistant.model.breaker import Breaker, State
from assistant.model.endpoint import Endpoint, Patience
from assistant.model.exchange import Exchange
from assistant.model.ladder import Ladder
from assistant.model.loop import ModelLoop
from assistant.model.outcome import StoppedBecause
from assistant.model.prompt import ModelRequest
from config.model import ModelSettings

QUICK = Patience(connect_seconds=1, first_token_seconds=5, idle_seconds=0.2, tail_seconds=0.1)
REQUEST = ModelRequest(
    text="How warm is it in the bedroom?",
    now=datetime(2026, 3, 3, 15, 5, tzinfo=ZoneInfo("Europe/Berlin")),
    tools=TOOLS,
    inventory=("kitchen", "bedroom"),
)
BOTH = "Bedroom is at 21.4 degrees and kitchen at 23."
DEAD = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True, scope="module")
def _library_is_loaded() -> None:
    import_module("openai")


class House:
    """A loop over scripted endpoints, and each of them."""

    def __init__(self, loop: ModelLoop, servers: list[ScriptedEndpoint], rungs: list[Exchange]) -> None:
        self.loop = loop
        self.servers = servers
        self.rungs = rungs

    async def ask(self, **changed: Any) -> Any:
        return await self.loop.run(replace(REQUEST, **changed), SmallHouse().call)

    @property
    def asked(self) -> list[int]:
        return [len(server.requests) for server in self.servers]


@asynccontextmanager
async def ladder(
    *scripts: Script | None, rest_seconds: float = 30, turn_seconds: float = 3, decide: Script | None = None
) -> AsyncIterator[House]:
    """None: nobody listens there."""
    settings = ModelSettings(turn_seconds=turn_seconds)
    async with AsyncExitStack() as stack:
        servers: list[ScriptedEndpoint] = []

        async def rung(script: Script | None) -> Exchange:
            base_url = DEAD
            if script is not None:
                servers.append(await stack.enter_async_context(ScriptedEndpoint(script)))
                base_url = servers[-1].base_url
            one = ModelSettings(base_url=base_url, name="m")
            endpoint = await stack.enter_async_context(Endpoint(one, patience=QUICK))
            breaker = Breaker(rest_seconds=rest_seconds)
            return Exchange(endpoint=endpoint, breaker=breaker, delays_seconds=(0.01, 0.02, 0.04))

        rungs = [await rung(script) for script in scripts]
        decider = None if decide is None else Ladder(exchanges=(await rung(decide), *rungs))
        loop = ModelLoop(exchange=Ladder(exchanges=tuple(rungs)), decider=decider, settings=settings)
        yield House(loop, servers, rungs)


def good(request: Request, _number: int) -> Reply:
    return says(BOTH) if request.messages[-1]["role"] == "tool" else calls(query())


async def seconds_of(house: House) -> tuple[float, Any]:
    began = asyncio.get_running_loop().time()
    outcome = await house.ask()
    return asyncio.get_running_loop().time() - began, outcome


PARTIAL = json.dumps(query()[1])[:20]
BROKEN: dict[str, Reply | None] = {
    "nobody there": None,
    "500": fails(500),
    "429": fails(429),
    "401": fails(401),
    "404": fails(404),
    "400": fails(400, "context length exceeded"),
    "web page": Reply(content_type="text/html", chunks=(b"<html>hello</html>",)),
    "dies after the first words": Reply(chunks=(delta(content="The"), DROP)),
    "dies in the middle of a call": Reply(
        chunks=(delta(tool_calls=[part(id="c", name="query_sensors", arguments=PARTIAL)]), DROP)
    ),
    "falls silent after the first words": Reply(chunks=(delta(content="The"), HANG)),
    "silent": Reply(chunks=(HANG,)),
    "slow to begin": Reply(pause_seconds=30),
}


@pytest.mark.parametrize("fault", BROKEN)
async def test_what_the_first_endpoint_cannot_answer_the_second_does_within_the_turn(fault: str) -> None:
    broken = BROKEN[fault]
    async with ladder(None if broken is None else lambda _request, _number: broken, good) as house:
        seconds, outcome = await seconds_of(house)
    assert outcome.stopped_because is StoppedBecause.ONE_CALL
    assert seconds < 2.5
    assert [attempt.ok for attempt in outcome.attempts].count(True) == 1


@pytest.mark.parametrize("fault", [fault for fault in BROKEN if fault != "400"])
async def test_a_dead_first_endpoint_does_not_cost_every_turn_its_time(fault: str) -> None:
    broken = BROKEN[fault]
    async with ladder(None if broken is None else lambda _request, _number: broken, good, turn_seconds=1.6) as house:
        for _ in range(3):
            await house.ask()
        asked = house.asked[0]
        for _ in range(3):
            seconds, outcome = await seconds_of(house)
            assert outcome.best is not None and seconds < 0.6
    assert house.asked[0] == (asked if broken is not None else house.asked[0])


async def test_an_endpoint_that_recovers_is_asked_again() -> None:
    alive = False

    def first(request: Request, number: int) -> Reply:
        return good(request, number) if alive else fails(500)

    async with ladder(first, good, rest_seconds=0.2) as house:
        await house.ask()
        assert house.rungs[0].breaker.state(house.rungs[0].clock()) is State.OPEN
        await asyncio.sleep(0.25)
        failed = len(house.servers[0].requests)
        await house.ask()
        assert len(house.servers[0].requests) == failed + 1, "one trial, without retries"
        alive = True
        await asyncio.sleep(0.45)
        before = house.asked[1]
        await house.ask()
        await house.ask()
        assert house.asked[1] == before


async def test_an_endpoint_that_asks_for_a_long_rest_gets_it() -> None:
    async with ladder([fails(429, retry_after="60")], good) as house:
        for _ in range(3):
            assert (await house.ask()).best is not None
        assert house.asked[0] == 1
        assert 55 < house.rungs[0].breaker.rest_left(house.rungs[0].clock()) <= 60


async def test_retry_after_may_be_a_date() -> None:
    async with ladder([fails(429, retry_after="Wed, 21 Oct 2099 07:28:00 GMT")], good) as house:
        await house.ask()
        assert house.rungs[0].breaker.rest_left(house.rungs[0].clock()) > 500


async def test_where_all_fail_each_is_named_and_no_address_is_told_whole() -> None:
    async with ladder(lambda _r, _n: fails(503, "overloaded"), None) as house:
        outcome = await house.ask()
    assert outcome.stopped_because is StoppedBecause.ENDPOINT
    assert "overloaded" in outcome.failure and "127.0.0.1:9" in outcome.failure


async def test_a_single_dead_endpoint_fails_at_once_after_the_first_turn() -> None:
    async with ladder(None) as house:
        await house.ask()
        seconds, outcome = await seconds_of(house)
    assert seconds < 0.5
    assert "rests for" in outcome.failure


async def test_the_second_endpoint_goes_on_with_what_the_first_found_out() -> None:
    def first(_request: Request, number: int) -> Reply:
        return calls(query(), query("kitchen")) if number == 0 else Reply(chunks=(delta(content="It"), DROP))

    async with ladder(first, lambda _request, _number: says(BOTH)) as house:
        outcome = await house.ask()
        assert outcome.text == BOTH
        roles = [message["role"] for message in house.servers[1].requests[0].messages]
    assert roles[-2:] == ["tool", "tool"]


async def test_the_smaller_model_chooses_and_code_renders_so_that_the_bigger_one_is_not_asked() -> None:
    async with ladder(good, decide=[calls(query())]) as house:
        outcome = await house.ask()
        assert outcome.stopped_because is StoppedBecause.ONE_CALL
        assert house.asked == [0, 1]


async def test_the_bigger_model_words_what_the_smaller_one_found_out() -> None:
    async with ladder([says(BOTH)], decide=[calls(query(), query("kitchen")), says("21.4 and 23.")]) as house:
        outcome = await house.ask()
        assert (outcome.text, house.asked) == (BOTH, [1, 2])
        assert "tools" not in house.servers[0].requests[0].body


@pytest.mark.parametrize("bigger", [fails(401), says("It is 99 degrees."), says("")])
async def test_where_the_bigger_one_has_no_good_words_the_smaller_ones_are_spoken(bigger: Reply) -> None:
    async with ladder([bigger], decide=[calls(query(), query("kitchen")), says(BOTH)]) as house:
        assert (await house.ask()).text == BOTH


async def test_where_the_smaller_model_fails_the_bigger_one_decides() -> None:
    async with ladder(good, decide=lambda _r, _n: fails(404)) as house:
        assert (await house.ask()).best is not None
    async with ladder([calls(query())], decide=[says("<tool_call>{}")]) as house:
        assert (await house.ask()).stopped_because is StoppedBecause.ONE_CALL


async def test_where_the_first_endpoints_messages_are_of_no_use_the_next_one_is_asked() -> None:
    garbage = says("<tool_call>{}")
    async with ladder(lambda _r, _n: garbage, good) as house:
        outcome = await house.ask()
    assert outcome.stopped_because is StoppedBecause.ONE_CALL
    assert house.asked == [1, 1]
