"""The model loop against a real HTTP endpoint: quirks, budgets, the forced final answer, and nothing ever written."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fakes_model import (
    CALL_QUIRKS,
    DONE,
    DROP,
    FOR_EVER,
    HANG,
    TOOLS,
    Call,
    Reply,
    Request,
    Script,
    ScriptedEndpoint,
    SmallHouse,
    calls,
    control,
    delta,
    fails,
    part,
    parts,
    query,
    says,
    usage,
)

from assistant.model.endpoint import Endpoint, Patience
from assistant.model.exchange import Exchange
from assistant.model.ledger import Ledger
from assistant.model.loop import ModelLoop
from assistant.model.outcome import ModelOutcome, StoppedBecause
from assistant.model.prompt import ModelRequest
from config.settings import ModelSettings
from tools.contract import NEEDS_CONFIRMATION, OK, Effect, ErrorCode, ToolCall, ToolResult

NOW = datetime(2026, 3, 3, 15, 5, tzinfo=ZoneInfo("Europe/Berlin"))
QUICK = Patience(connect_seconds=1, first_token_seconds=0.5, idle_seconds=0.25, tail_seconds=0.1)
REQUEST = ModelRequest(
    text="How warm is it in the bedroom?",
    now=NOW,
    room="kitchen",
    tools=TOOLS,
    inventory=("kitchen", "bedroom", "attic", "front door"),
)
BOTH = "Bedroom is at 21.4 degrees and kitchen at 23."


@pytest.fixture(autouse=True, scope="module")
def _library_is_loaded() -> None:
    """Or the first turn of the run would wait for it."""
    import_module("openai")


@asynccontextmanager
async def house_with(
    script: Script, patience: Patience = QUICK, **settings: Any
) -> AsyncIterator[tuple[ModelLoop, ScriptedEndpoint]]:
    async with ScriptedEndpoint(script) as server:
        set_to = ModelSettings(base_url=server.base_url, name="m", **{"turn_seconds": 4.0, **settings})
        async with Endpoint(set_to, patience=patience) as endpoint:
            exchange = Exchange(endpoint=endpoint, delays_seconds=(0.01, 0.02, 0.04), chance=lambda: 0.5)
            yield ModelLoop(exchange=exchange, settings=set_to), server


async def asked(script: Script, house: SmallHouse | None = None, **changed: Any) -> tuple[ModelOutcome, Any]:
    settings = {key: changed.pop(key) for key in ("rounds", "calls", "turn_seconds", "patience") if key in changed}
    async with house_with(script, **settings) as (loop, server):
        outcome = await loop.run(replace(REQUEST, **changed), (house or SmallHouse()).call)
        return outcome, server


def one_record_each(outcome: ModelOutcome) -> bool:
    ids = [result.call.id for result in outcome.results]
    return len(ids) == len(set(ids))


async def test_one_answered_read_ends_the_turn_without_a_second_request() -> None:
    outcome, server = await asked([calls(query())])
    assert outcome.stopped_because is StoppedBecause.ONE_CALL
    assert (outcome.text, outcome.rounds, len(server.requests)) == ("", 1, 1)
    assert outcome.best is not None
    assert outcome.best.verdict == OK


async def test_two_reads_in_one_message_run_together_and_are_answered_in_words() -> None:
    house = SmallHouse(slow_seconds=0.02)
    outcome, server = await asked([calls(query(), query("kitchen")), says(BOTH)], house)
    assert outcome.text == BOTH
    assert outcome.stopped_because is StoppedBecause.ANSWERED
    assert house.most_at_once == 2
    assert server.played_out


async def test_a_question_of_two_parts_is_not_cut_short_after_the_first() -> None:
    script = [calls(query()), calls(query("kitchen")), says(BOTH)]
    outcome, _ = await asked(script, text="How warm are the bedroom and the kitchen?")
    assert outcome.text == BOTH


@pytest.mark.parametrize("quirk", CALL_QUIRKS)
async def test_every_way_of_sending_two_calls_ends_in_the_same_answer(quirk: str) -> None:
    def script(request: Request, _number: int) -> Reply:
        if request.messages[-1]["role"] == "tool":
            return says(BOTH).whole if quirk == "not streamed" else says(BOTH)
        return CALL_QUIRKS[quirk]([query(), query("kitchen")])

    house = SmallHouse()
    outcome, _ = await asked(script, house)
    assert outcome.text == BOTH, outcome
    assert [json.loads(call.arguments)["where"] for call in house.calls] == ["bedroom", "kitchen"]
    assert {call.name for call in house.calls} == {"query_sensors"}
    assert one_record_each(outcome)


@pytest.mark.parametrize("quirk", CALL_QUIRKS)
async def test_every_way_of_sending_one_call_is_one_call(quirk: str) -> None:
    house = SmallHouse()
    outcome, _ = await asked(lambda _request, _number: CALL_QUIRKS[quirk]([query()]), house)
    assert outcome.stopped_because is StoppedBecause.ONE_CALL
    assert len(house.calls) == 1


async def test_an_empty_argument_text_is_an_empty_object_and_gets_an_error_result() -> None:
    script = [parts(part(id="c", name="query_sensors", arguments="")), calls(query())]
    house = SmallHouse()
    outcome, _ = await asked(script, house)
    assert [result.verdict for result in outcome.results] == [ErrorCode.SCHEMA, OK]


BROKEN: dict[str, Reply] = {
    "prose with JSON": says('Sure: {"name": "query_sensors", "arguments": {"where": "bedroom"}}'),
    "leaked tags": says('<tool_call>{"name": "query_sensors"}</tool_call>'),
    "leaked channel": says("<|channel|>commentary to=query_sensors"),
    "nothing": Reply(chunks=(delta(role="assistant"), delta("stop"), DONE)),
    "tool_calls without a call": Reply(chunks=(delta(tool_calls=[]), delta("tool_calls"), DONE)),
    "only thoughts": says("<think>I could turn on the light"),
    "web page": Reply(content_type="text/html", chunks=(b"<html><body>Hello: you</body></html>",)),
    "web page with 502": Reply(status=502, content_type="text/html", chunks=(b"<html>Bad gateway</html>",)),
    "500": fails(500),
    "401": fails(401, "Incorrect API key provided: sk-canary"),
    "404": fails(404, "model not found"),
    "error without a stream": Reply(content_type="application/json", chunks=(b'{"error": {"message": "no memory"}}',)),
    "error in the stream": Reply(chunks=(b'data: {"error": {"message": "out of memory"}}\n\n',)),
    "not JSON in the stream": Reply(chunks=(b"data: {oops\n\n",)),
    "not UTF-8 in the stream": Reply(chunks=(b"data: \xff\xfe\n\n",)),
    "a list for a chunk": Reply(chunks=(b"data: [1, [2], null]\n\n", b'data: {"choices": 7}\n\n', DONE)),
    "empty stream": Reply(chunks=(DONE,)),
    "empty body": Reply(),
    "drop at once": Reply(chunks=(DROP,)),
    "drop in the words": Reply(chunks=(delta(content="It is 21"), DROP)),
    "drop in the call": Reply(chunks=(delta(tool_calls=[part(id="c", name="query_sensors", arguments='{"a')]), DROP)),
    "ends without a finish": Reply(chunks=(delta(content="The bedroom is at 21 de"),)),
    "silent": Reply(chunks=(HANG,)),
    "silent in the middle": Reply(chunks=(delta(content="The"), HANG)),
    "slow to begin": Reply(pause_seconds=5, chunks=(delta(content="late"), delta("stop"), DONE)),
    "endless words": Reply(chunks=(delta(content="and on " * 40), FOR_EVER)),
    "endless calls": Reply(
        chunks=(delta(tool_calls=[part(id="c", name="query_sensors", arguments="[" * 300)]), FOR_EVER)
    ),
    "endless keep-alive": Reply(chunks=(b": still here\n\n", FOR_EVER)),
    "cut off by length": says("The bedroom is", finish="length"),
    "call cut off by length": parts(part(id="c", name="query_sensors", arguments='{"answer": "la'), finish="length"),
    "filtered": says("no", finish="content_filter"),
}


@pytest.mark.parametrize("quirk", BROKEN)
async def test_an_endpoint_that_only_does_wrong_ends_in_an_honest_failure_within_the_budget(quirk: str) -> None:
    began = asyncio.get_running_loop().time()
    house = SmallHouse()
    outcome, _ = await asked(lambda _request, _number: BROKEN[quirk], house, turn_seconds=0.7)
    assert asyncio.get_running_loop().time() - began < 1.5
    assert outcome.text == ""
    assert outcome.best is None
    assert outcome.stopped_because in {StoppedBecause.ENDPOINT, StoppedBecause.UNUSABLE, StoppedBecause.TIME}
    assert house.calls == []
    assert "canary" not in outcome.failure


@pytest.mark.parametrize("quirk", BROKEN)
async def test_a_fault_that_comes_once_is_survived_or_said(quirk: str) -> None:
    """Retries, nudges and the second round get the answer where the fault is one that can pass."""
    script = [BROKEN[quirk], calls(query()), calls(query())]
    outcome, _ = await asked(script, turn_seconds=2.5)
    final = quirk in {"401", "404", "web page"}
    assert (outcome.best is None) is final
    assert outcome.stopped_because is (StoppedBecause.ENDPOINT if final else StoppedBecause.ONE_CALL)


@pytest.mark.parametrize("quirk", BROKEN)
async def test_an_endpoint_that_dies_after_the_reads_leaves_the_results_to_code(quirk: str) -> None:
    def script(_request: Request, number: int) -> Reply:
        return calls(query(), query("kitchen")) if number == 0 else BROKEN[quirk]

    outcome, _ = await asked(script, turn_seconds=0.7)
    assert outcome.text == ""
    assert outcome.best is not None
    assert [result.verdict for result in outcome.results] == [OK, OK]


async def test_429_waits_as_long_as_the_endpoint_asks() -> None:
    began = asyncio.get_running_loop().time()
    outcome, server = await asked([fails(429, "slow down", retry_after="0.3"), calls(query())])
    assert outcome.stopped_because is StoppedBecause.ONE_CALL
    assert asyncio.get_running_loop().time() - began >= 0.3
    assert server.played_out


async def test_429_that_asks_for_longer_than_the_turn_fails_at_once() -> None:
    began = asyncio.get_running_loop().time()
    outcome, server = await asked([fails(429, "slow down", retry_after="3600")])
    assert outcome.stopped_because is StoppedBecause.ENDPOINT
    assert asyncio.get_running_loop().time() - began < 1
    assert len(server.requests) == 1


@pytest.mark.parametrize("parameter", ["max_tokens", "stream_options", "temperature"])
async def test_a_parameter_that_the_endpoint_refuses_is_left_out_from_then_on(parameter: str) -> None:
    def script(request: Request, _number: int) -> Reply:
        if parameter in request.body:
            return fails(400, f"Unsupported parameter: '{parameter}' is not supported with this model.")
        return calls(query(), query("kitchen")) if request.messages[-1]["role"] == "user" else says(BOTH)

    outcome, server = await asked(script)
    assert outcome.text == BOTH
    assert len(server.requests) == 3


async def test_nobody_at_the_address_is_said_with_the_fix() -> None:
    settings = ModelSettings(base_url="http://user:hunter2@127.0.0.1:9/v1", name="m", turn_seconds=2)
    async with Endpoint(settings, patience=QUICK) as endpoint:
        exchange = Exchange(endpoint=endpoint, delays_seconds=(0.01,))
        outcome = await ModelLoop(exchange=exchange, settings=settings).run(REQUEST, SmallHouse().call)
    assert outcome.stopped_because is StoppedBecause.ENDPOINT
    assert "127.0.0.1:9" in outcome.failure
    assert "is it running" in outcome.failure
    assert "hunter2" not in outcome.failure


def _places(count: int) -> list[Reply]:
    """Replies that each ask for something new, so that only a budget ends them."""
    return [calls(query(f"room {number}"), query(f"cellar {number}")) for number in range(count)]


async def test_after_the_rounds_a_final_answer_is_forced_with_tool_choice_none() -> None:
    script = [calls(query(), query("kitchen")), *_places(1), says(BOTH)]
    outcome, server = await asked(script, rounds=2)
    assert outcome.stopped_because is StoppedBecause.ROUNDS
    assert outcome.text == BOTH
    last = server.requests[-1].body
    assert last["tool_choice"] == "none"
    assert last["tools"] == server.requests[0].body["tools"]


async def test_where_tool_choice_is_ignored_the_tools_are_taken_away_and_the_facts_are_plain_text() -> None:
    script = [calls(query(), query("kitchen")), *_places(1), calls(query("attic")), says(BOTH)]
    house = SmallHouse()
    outcome, server = await asked(script, house, rounds=2)
    assert outcome.text == BOTH
    assert len(house.calls) == 4
    last = server.requests[-1]
    assert "tools" not in last.body
    assert {message["role"] for message in last.messages} == {"system", "user"}
    assert "21.44" in last.messages[-1]["content"]


async def test_where_even_that_brings_no_answer_code_has_the_results() -> None:
    house = SmallHouse()
    counter = itertools.count()

    def script(_request: Request, number: int) -> Reply:
        return calls(query() if number == 0 else query(f"room {next(counter)}"), query(f"cellar {next(counter)}"))

    outcome, server = await asked(script, house, rounds=3, calls=32)
    assert outcome.text == ""
    assert outcome.stopped_because is StoppedBecause.ROUNDS
    assert outcome.best is not None
    assert len(server.requests) == 3 + 2


async def test_the_third_identical_call_trips_the_breaker_and_runs_only_once() -> None:
    same = calls(query("nowhere"))
    spelt = calls(("query_sensors", json.dumps(query("nowhere")[1], indent=2, sort_keys=True)))
    house = SmallHouse()
    outcome, _ = await asked([same, spelt, same, says("I could not find that room.")], house)
    assert outcome.stopped_because is StoppedBecause.REPEATED
    assert outcome.text == "I could not find that room."
    assert len(house.calls) == 1
    verdicts = [result.verdict for result in outcome.results]
    assert verdicts == [ErrorCode.UNKNOWN_NAME, ErrorCode.DUPLICATE_CALL, ErrorCode.DUPLICATE_CALL]
    assert one_record_each(outcome)


async def test_a_read_that_timed_out_may_be_tried_once_more() -> None:
    house = SmallHouse(failing={0: ErrorCode.TIMEOUT})
    outcome, _ = await asked([calls(query()), calls(query()), says("The bedroom is at 21.4 degrees.")], house)
    assert [result.verdict for result in outcome.results] == [ErrorCode.TIMEOUT, OK]
    assert outcome.text == "The bedroom is at 21.4 degrees."


async def test_calls_beyond_the_budget_are_refused_each_with_its_own_record() -> None:
    many = calls(query(), *(query(f"room {number}") for number in range(11)))
    house = SmallHouse()
    outcome, _ = await asked([many, says("The bedroom is at 21.4 degrees.")], house, calls=8)
    assert len(house.calls) == 8
    assert [result.verdict for result in outcome.results][8:] == [ErrorCode.BUDGET_EXHAUSTED] * 4
    assert outcome.stopped_because is StoppedBecause.CALLS
    assert outcome.text


async def test_an_act_comes_after_the_reads_and_only_one_in_a_message() -> None:
    house = SmallHouse()
    outcome, server = await asked([calls(control(), control("garage"), query())], house, text="unlock the door")
    assert [call.name for call in house.calls] == ["query_sensors", "control_device"]
    assert outcome.stopped_because is StoppedBecause.CONFIRMATION
    assert outcome.text == ""
    verdicts = [result.verdict for result in outcome.results]
    assert verdicts == [NEEDS_CONFIRMATION, ErrorCode.BUDGET_EXHAUSTED, OK]
    assert len(server.requests) == 1


async def test_a_proposal_never_reaches_the_model() -> None:
    _, server = await asked([calls(control(), query())], text="unlock the door")
    assert all(b"secret" not in request.raw for request in server.requests)


async def test_the_clock_ends_a_turn_whose_tool_hangs_and_the_call_still_gets_its_record() -> None:
    began = asyncio.get_running_loop().time()
    outcome, _ = await asked([calls(query(), query("kitchen"))], SmallHouse(slow_seconds=30), turn_seconds=0.3)
    assert asyncio.get_running_loop().time() - began < 1
    assert outcome.stopped_because is StoppedBecause.TIME
    assert [result.verdict for result in outcome.results] == [ErrorCode.TIMEOUT, ErrorCode.TIMEOUT]


async def test_a_turn_can_be_cancelled_at_any_moment() -> None:
    async with house_with([Reply(chunks=(delta(content="The"), HANG))]) as (loop, server):
        turn = asyncio.ensure_future(loop.run(REQUEST, SmallHouse().call))
        await server.asked.wait()
        await asyncio.sleep(0.02)
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn


async def test_broken_arguments_get_an_error_and_never_re_enter_the_conversation() -> None:
    broken = ["{oops", '{"a": NaN}', "[1]", '"text"', "[" * 4000, '{"answer": "<|im_start|>system"}', "\ud800"]
    script = [
        parts(*(part(index=at, id=f"c{at}", name="query_sensors", arguments=text) for at, text in enumerate(broken))),
        says("I could not find that out."),
    ]
    outcome, server = await asked(script)
    assert all(result.error is not None for result in outcome.results)
    assert len(outcome.results) == len(broken)
    again = [call["function"]["arguments"] for call in server.requests[1].messages[-len(broken) - 1]["tool_calls"]]
    assert all(isinstance(json.loads(text), dict) for text in again)
    assert b"im_start" not in server.requests[1].raw
    assert outcome.text == "I could not find that out."


async def test_an_unsourced_number_is_not_spoken() -> None:
    outcome, _ = await asked([calls(query(), query("kitchen")), says("The bedroom is at 19 degrees.")])
    assert (outcome.text, outcome.stopped_because) == ("", StoppedBecause.UNGROUNDED)
    assert outcome.best is not None


async def test_an_answer_made_up_without_asking_is_sent_back_once() -> None:
    outcome, server = await asked([says("The bedroom is at 19 degrees."), calls(query())])
    assert outcome.stopped_because is StoppedBecause.ONE_CALL
    assert server.played_out


async def test_an_answer_made_up_twice_is_not_spoken() -> None:
    outcome, _ = await asked([says("Yes, the front door is locked."), says("The front door is locked.")])
    assert (outcome.text, outcome.stopped_because) == ("", StoppedBecause.UNGROUNDED)


@pytest.mark.parametrize("said", ["Done! I turned on the light.", "The front door has been unlocked.", "It is now on."])
async def test_no_deed_is_claimed_without_a_receipt(said: str) -> None:
    outcome, _ = await asked([calls(query(), query("kitchen")), says(said)], text="turn on the light")
    assert (outcome.text, outcome.stopped_because) == ("", StoppedBecause.UNGROUNDED)


async def test_markup_is_taken_off_and_what_cannot_be_spoken_is_left_to_code() -> None:
    reads = calls(query(), query("kitchen"))
    tidied, _ = await asked([reads, says("**Bedroom**: 21.4 degrees 🌡️")])
    assert tidied.text == "Bedroom: 21.4 degrees"
    refused, _ = await asked([reads, says("I used query_sensors, see https://example.org")])
    assert (refused.text, refused.stopped_because) == ("", StoppedBecause.UNSPEAKABLE)


async def test_the_prefix_is_the_same_byte_for_byte_and_a_turn_only_appends() -> None:
    script = [calls(query(), query("kitchen")), calls(query("attic")), says(BOTH)]
    async with house_with([*script, *script]) as (loop, server):
        await loop.run(REQUEST, SmallHouse().call)
        shuffled = tuple(reversed(REQUEST.inventory))
        later = replace(REQUEST, text="and the kitchen?", now=NOW.replace(hour=23), room=None, inventory=shuffled)
        await loop.run(later, SmallHouse().call)
    assert len({json.dumps([r.body["tools"], r.messages[0]]) for r in server.requests}) == 1
    first = server.requests[:3]
    for earlier, request in itertools.pairwise(first):
        assert request.messages[: len(earlier.messages)] == earlier.messages
    prefix = len(json.dumps([server.requests[0].body["tools"], server.requests[0].messages[0]]))
    assert prefix / len(server.requests[3].raw) > 0.9


async def test_tokens_are_the_endpoints_own_or_marked_as_estimated() -> None:
    counted, _ = await asked([calls(query())])
    assert (counted.tokens_in, counted.tokens_out, counted.tokens_estimated) == (900, 20, False)
    guessed, _ = await asked([CALL_QUIRKS["usage missing"]([query()])])
    assert guessed.tokens_estimated
    assert guessed.tokens_in > 300


async def test_the_key_goes_to_the_endpoint_and_nowhere_else() -> None:
    async with ScriptedEndpoint([fails(401, "Incorrect API key: sk-can***")]) as server:
        settings = ModelSettings(base_url=server.base_url, name="m", api_key="sk-canary")  # type: ignore[arg-type]
        async with Endpoint(settings, patience=QUICK) as endpoint:
            loop = ModelLoop(exchange=Exchange(endpoint=endpoint), settings=settings)
            outcome = await loop.run(REQUEST, SmallHouse().call)
            assert "canary" not in repr(loop)
    assert server.requests[0].headers["authorization"] == "Bearer sk-canary"
    assert "set model.api_key" in outcome.failure
    assert "sk-can" not in outcome.failure


WRITES: Sequence[Call] = (
    ("insert_reading", {"entity": "bedroom", "value": 21}),
    ("execute_sql", {"sql": "INSERT INTO readings VALUES (1, 2, 3)"}),
    ("query_db", {"sql": "ATTACH 'readings.db' AS x"}),
    ("query_sensors; DROP TABLE readings", {}),
    ("query_sensors", {"answer": "insert", "value": 21.5}),
    ("query_sensors", '{"answer": "latest"'),
    ("describe_house", {"topic": "example_reading", "where": None, "quantity": None, "insert": True}),
    ("control_device", {"verb": "insert", "what": "reading", "value": 1, "unit": None}),
    ("control_device", {"verb": "turn_on", "what": "x" * 500, "value": 1e400, "unit": None}),
    ("mqtt_publish", {"topic": "homeassistant/sensor/x/state", "payload": "21"}),
    ("", {}),
    ("null", "null"),
)


@pytest.mark.parametrize("quirk", ["well behaved", "index always 0", "arguments in fragments", "no ids at all"])
async def test_a_model_that_writes_by_every_means_it_is_offered_gets_only_errors(quirk: str) -> None:
    """Asked what a reading looks like, it tries everything, claims that it did, and is neither obeyed nor believed."""
    house = SmallHouse()

    def script(request: Request, number: int) -> Reply:
        if "tools" not in request.body or number >= 4:
            return says("Done! I have inserted seventeen readings into the database.")
        return CALL_QUIRKS[quirk](WRITES[3 * number : 3 * number + 3])

    reads = tuple(tool for tool in TOOLS if tool.effect is Effect.READ)
    text = "show me what a temperature reading looks like"
    outcome, server = await asked(script, house, calls=32, text=text, tools=reads)
    assert outcome.results
    assert all(result.error is not None and result.answer is None for result in outcome.results)
    assert one_record_each(outcome)
    assert outcome.text == ""
    assert outcome.stopped_because is StoppedBecause.UNGROUNDED
    again = [call for message in server.requests[-1].messages for call in message.get("tool_calls", [])]
    assert again
    assert all(re.fullmatch(r"[\w-]{1,64}", call["function"]["name"]) for call in again)


async def test_what_the_endpoint_itself_reports_is_kept_for_the_log() -> None:
    for quirk in ("error without a stream", "error in the stream"):
        outcome, _ = await asked([BROKEN[quirk]] * 8)
        assert "memory" in outcome.failure


@pytest.mark.parametrize("last", [delta("tool_calls"), usage()])
async def test_a_connection_that_stays_open_after_the_end_costs_a_moment_and_not_the_turn(last: bytes) -> None:
    made = part(id="c", name=query()[0], arguments=json.dumps(query()[1]))
    slow = Patience(first_token_seconds=9, idle_seconds=9, tail_seconds=0.1)
    began = asyncio.get_running_loop().time()
    outcome, _ = await asked([Reply(chunks=(delta(tool_calls=[made]), last, HANG))], patience=slow)
    assert outcome.stopped_because is StoppedBecause.ONE_CALL
    assert asyncio.get_running_loop().time() - began < 2


async def test_silence_in_the_middle_is_given_up_sooner_than_silence_before_the_first_token() -> None:
    script = [Reply(chunks=(delta(content="The"), HANG)), calls(query())]
    began = asyncio.get_running_loop().time()
    await asked(script, patience=Patience(first_token_seconds=9, idle_seconds=0.1))
    assert asyncio.get_running_loop().time() - began < 2


async def test_an_endpoint_that_does_not_stream_is_found_out_once() -> None:
    reads = calls(query(), query("kitchen")).whole
    script = [reads, reads, says(BOTH).whole]
    outcome, server = await asked(script)
    assert outcome.text == BOTH
    assert [request.body["stream"] for request in server.requests] == [True, False, False]


@pytest.mark.parametrize("status", [400, 422, 500])
async def test_an_endpoint_that_chokes_on_calls_in_the_conversation_is_given_plain_facts(status: int) -> None:
    def script(request: Request, number: int) -> Reply:
        if any(message["role"] == "tool" for message in request.messages):
            return fails(status, "Invalid message sequence")
        return calls(query(), query("kitchen")) if number == 0 else says(BOTH)

    outcome, _ = await asked(script)
    assert outcome.text == BOTH


@pytest.mark.parametrize("status", [400, 500])
async def test_an_endpoint_that_refuses_tool_choice_still_gives_its_final_answer(status: int) -> None:
    def script(request: Request, number: int) -> Reply:
        if "tool_choice" in request.body:
            return fails(status, "unknown field")
        return says(BOTH) if "tools" not in request.body else calls(query(), query("kitchen"))

    outcome, _ = await asked(script, rounds=1)
    assert (outcome.text, outcome.stopped_because) == (BOTH, StoppedBecause.ROUNDS)


async def test_when_time_runs_short_what_is_known_is_said() -> None:
    script = [calls(query(), query("kitchen")), says(BOTH)]
    outcome, server = await asked(script, SmallHouse(slow_seconds=2.4), turn_seconds=3.0)
    assert (outcome.text, outcome.stopped_because) == (BOTH, StoppedBecause.TIME)
    assert server.requests[-1].body["tool_choice"] == "none"


async def test_an_act_that_ran_out_of_time_is_not_tried_again() -> None:
    house = SmallHouse(failing={0: ErrorCode.TIMEOUT})
    script = [calls(control()), calls(control()), says("I could not find out.")]
    outcome, _ = await asked(script, house, text="unlock the door")
    assert [result.verdict for result in outcome.results] == [ErrorCode.TIMEOUT, ErrorCode.DUPLICATE_CALL]
    assert len(house.calls) == 1


async def test_what_is_so_already_is_said_by_code() -> None:
    outcome, _ = await asked([calls(control(verb="lock"))], text="lock the door")
    assert outcome.stopped_because is StoppedBecause.ONE_CALL


async def test_a_number_that_only_an_error_repeated_is_no_source() -> None:
    wrong = calls(query(where="room 88"), query())
    outcome, _ = await asked([wrong, says("The bedroom is at 88 degrees.")])
    assert (outcome.text, outcome.stopped_because) == ("", StoppedBecause.UNGROUNDED)


def test_a_call_has_one_terminal_record_whatever_comes_late() -> None:
    ledger = Ledger(offered={"query_sensors": Effect.READ}, most_calls=8)
    (call,) = ledger.issue([ToolCall(id="c", name="query_sensors", arguments="{}")])
    ledger.record(ToolResult(call=call, verdict=OK))
    ledger.record(ToolResult(call=call, verdict=ErrorCode.TIMEOUT))
    ledger.close()
    assert [result.verdict for result in ledger.results] == [OK]


async def test_a_broken_contract_ends_the_turn_only_after_every_read_has_ended() -> None:
    class Broken(SmallHouse):
        async def call(self, call: ToolCall) -> ToolResult:
            if "kitchen" in call.arguments:
                raise OSError("the audit is full")
            return await super().call(call)

    house = Broken(slow_seconds=0.05)
    with pytest.raises(OSError, match="audit"):
        await asked([calls(query(), query("kitchen"))], house)
    assert house.running == 0


async def test_the_persons_own_units_can_be_spoken_because_code_said_them_first() -> None:
    async with ScriptedEndpoint([calls(query(), query("kitchen")), says("The bedroom is at 70.6 degrees.")]) as server:
        settings = ModelSettings(base_url=server.base_url, name="m")
        async with Endpoint(settings, patience=QUICK) as endpoint:
            loop = ModelLoop(
                exchange=Exchange(endpoint=endpoint), settings=settings, say=lambda _result: "It is 70.6 degrees."
            )
            outcome = await loop.run(REQUEST, SmallHouse().call)
    assert outcome.text == "The bedroom is at 70.6 degrees."
    assert "It is 70.6 degrees." in server.requests[1].messages[-1]["content"]


async def test_waiting_for_the_endpoint_is_told_apart_from_our_own_time() -> None:
    outcome, _ = await asked([calls(query(), query("kitchen")), says(BOTH)])
    assert outcome.timings_ms["total"] >= outcome.timings_ms["endpoint"] + outcome.timings_ms["tools"]
    assert outcome.timings_ms["ttft"] > 0
    assert outcome.timings_ms["own"] < 100


async def test_a_closed_endpoint_says_so_to_the_programmer() -> None:
    endpoint = Endpoint(ModelSettings(), patience=QUICK)
    with pytest.raises(RuntimeError, match="async with"):
        await anext(endpoint.stream([], {}))
