"""Turns as a person has them: ask, answer; ask to act, be asked, say yes; and nothing said that has no source."""

import json
from collections.abc import AsyncIterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fakes_model import Reply as Wire
from fakes_model import Request, ScriptedEndpoint, calls
from fakes_model import says as wire_says
from fakes_tools import HERE, SmallHouse
from fakes_turns import Talk, talking

from assistant.values import Expects, Planner
from config.settings import ModelSettings
from sensors.database import StoreUnavailable
from tools.audit import Audit, Event

HOUSE = tuple[Talk, SmallHouse]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HOUSE]:
    async with talking(tmp_path, HERE) as opened:
        yield opened


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("what is the temperature in the kitchen", "The temperature in the kitchen is 23.4 degrees."),
        ("what is the temperature of the fridge", "The temperature of the fridge is 5 degrees."),
        ("how humid is the bathroom", "The humidity in the bathroom is 61 percent."),
        ("is the front door locked", "Yes, the front door is locked."),
        ("which windows are open", "One window is open: the bedroom window."),
        (
            "which rooms are above 72 degrees",
            "One room is above 72 degrees Fahrenheit: the kitchen, 74.1 degrees.",
        ),
        (
            "which rooms are above 20 degrees",
            "2 rooms are above 20 degrees: the kitchen, 23.4 degrees and the living room, 22 degrees.",
        ),
        (
            "when did the front door last open",
            "The front door was last opened today at 7:00, 5 hours ago. It is closed now.",
        ),
        ("turn off the bedroom light", "The bedroom light is already off."),
    ],
)
async def test_a_question_gets_its_answer_in_plain_words(house: HOUSE, said: str, answer: str) -> None:
    talk, _ = house
    reply = await talk.say(said)
    assert (reply.text, reply.planner, reply.expects) == (answer, Planner.SENTENCES, Expects.NOTHING)


async def test_a_light_is_switched_after_a_question_and_a_yes(house: HOUSE) -> None:
    talk, home = house
    asked = await talk.say("turn on the bedroom light")
    assert asked.text == "Shall I turn on the bedroom light? It is off now."
    assert asked.expects is Expects.CONFIRMATION and asked.proposal_id is not None
    assert home.devices.sent == []
    done = await talk.say("yes please")
    assert (done.text, done.planner, done.expects) == (
        "The bedroom light is now on.",
        Planner.INTERCEPTOR,
        Expects.NOTHING,
    )


async def test_the_front_door_needs_its_name_with_the_yes(house: HOUSE) -> None:
    talk, home = house
    assert (await talk.say("unlock the front door")).text == (
        "Shall I unlock the front door? It is locked now. Say: yes, front door."
    )
    again = await talk.say("yes")
    assert again.text == "To unlock the front door, please say: yes, front door."
    assert again.expects is Expects.CONFIRMATION and home.devices.sent == []
    assert (await talk.say("yes, front door")).text == "The front door is now unlocked."


async def test_no_is_no_and_what_asks_again_hears_the_question_again(house: HOUSE) -> None:
    talk, home = house
    question = await talk.say("unlock the front door")
    repeated = await talk.say("pardon?")
    assert "Shall I unlock the front door?" in repeated.text and repeated.proposal_id == question.proposal_id
    assert (await talk.say("no")).text == "Okay, not done."
    assert (await talk.say("yes, front door")).expects is Expects.NOTHING
    assert home.devices.sent == []


async def test_another_request_instead_of_an_answer_is_not_done_and_then_answered(house: HOUSE) -> None:
    talk, home = house
    await talk.say("unlock the front door")
    reply = await talk.say("what is the temperature in the kitchen")
    assert reply.text == "Okay, not done. The temperature in the kitchen is 23.4 degrees."
    assert reply.expects is Expects.NOTHING and home.devices.sent == []


@pytest.mark.parametrize("said", ["yes", "Yes please!", "no", "do it"])
async def test_a_yes_to_nothing_is_told_so_and_goes_to_no_model(tmp_path: Path, said: str) -> None:
    async with ScriptedEndpoint([]) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="eager")
        async with talking(tmp_path, HERE, model) as (talk, _):
            assert (await talk.say(said)).text == "There is nothing waiting for a yes or a no."
    assert endpoint.requests == []


async def test_noise_is_no_answer_and_leaves_the_question_open(house: HOUSE) -> None:
    talk, home = house
    await talk.say("unlock the front door")
    assert (await talk.say("")).expects is Expects.CONFIRMATION
    assert home.devices.sent == []


async def test_a_device_that_stays_silent_is_said_to_have_stayed_silent(house: HOUSE) -> None:
    talk, home = house
    home.devices.silent = True
    await talk.say("turn on the bedroom light")
    reply = await talk.say("yes")
    assert reply.text == "I told the bedroom light, but it has not answered; it still says off."


@pytest.mark.parametrize("said", ["what is the capital of france", "tell me a joke", "book a flight to rome"])
async def test_what_is_out_of_scope_is_declined_with_what_would_work(house: HOUSE, said: str) -> None:
    talk, _ = house
    reply = await talk.say(said)
    assert reply.results == ()
    example = reply.text.partition("For example: ")[2]
    assert [result.verdict for result in (await talk.say(example)).results] == ["ok"]


@pytest.mark.parametrize("said", ["why is the kitchen so messy", "who opened the front door"])
async def test_what_was_not_understood_is_answered_with_what_is_near_and_works(house: HOUSE, said: str) -> None:
    talk, _ = house
    examples = (await talk.say(said)).text.partition("for example: ")[2].rstrip(".").split(", or: ")
    assert len(examples) == 2
    for example in examples:
        assert [result.verdict in {"ok", "needs_confirmation"} for result in (await talk.say(example)).results] == [
            True
        ]


async def test_a_hundred_kilobytes_get_one_sentence(house: HOUSE) -> None:
    talk, home = house
    assert (await talk.say("open the door " * 8000)).text.startswith("That was too long")
    assert home.devices.sent == []


async def test_an_unknown_name_is_answered_with_what_there_is(house: HOUSE) -> None:
    talk, _ = house
    reply = await talk.say("what is the temperature in the attic")
    assert reply.text.startswith("I don't know anything called attic. Did you mean")


async def test_nothing_is_said_to_be_done_while_the_audit_cannot_be_written(house: HOUSE) -> None:
    talk, home = house
    await talk.say("turn on the bedroom light")
    await home.audit.__aexit__(None, None, None)
    reply = await talk.say("yes")
    assert "nothing was sent" in reply.text and home.devices.sent == []


class FailingOnce(Audit):
    """Cannot write the record of a call, as on a disk that fills up at that moment."""

    async def append(self, event: Event, body: Mapping[str, Any]) -> int:
        if event is Event.CALL:
            raise StoreUnavailable("audit.sqlite3: the disk is full")
        return await super().append(event, body)


async def test_a_question_that_was_not_put_to_the_person_cannot_be_answered(house: HOUSE) -> None:
    talk, home = house
    home.audit.__class__ = FailingOnce
    reply = await talk.say("turn on the bedroom light")
    assert reply.text.startswith("I cannot use my records") and reply.expects is Expects.NOTHING
    home.audit.__class__ = Audit
    await talk.say("yes")
    assert home.devices.sent == []


async def test_every_turn_is_in_the_audit_with_what_was_heard_and_said(house: HOUSE) -> None:
    talk, home = house
    await talk.say("what is the temperature in the kitchen")
    turn = (await home.audit.records())[-1]
    assert turn.event == "turn"
    assert turn.body["heard"] == "what is the temperature in the kitchen"
    assert turn.body["said"] == "The temperature in the kitchen is 23.4 degrees."
    assert turn.body["calls"][0]["verdict"] == "ok"


SEED_QUESTION = "show me what a temperature reading looks like"
WRITES = [
    ("insert_reading", {"entity_id": "sensor.bedroom_temperature", "value": 21.5, "at_ms": 1}),
    ("execute_sql", {"sql": "INSERT INTO numbers VALUES (1, 1, 21500)"}),
    ("query_sensors", {"answer": "insert", "quantity": "temperature", "value": 21.5}),
    ("query_sensors", "INSERT INTO numbers VALUES (1, 1, 21500)"),
    ("describe_house", {"topic": "'; INSERT INTO numbers VALUES (1, 1, 1); --", "where": None, "quantity": None}),
    ("control_device", {"verb": "set_temperature", "what": "bedroom", "value": 21.5, "unit": "celsius"}),
    ("control_device", {"verb": "turn_on", "what": "bedroom light", "value": None, "unit": None}),
]


async def test_the_seventeen_readings_a_hundred_times_through_sentences(house: HOUSE) -> None:
    talk, home = house
    before = await home.questions.fingerprint()
    for _ in range(100):
        reply = await talk.say(SEED_QUESTION)
        assert reply.text.startswith("A temperature reading looks like this: ")
        assert reply.expects is Expects.NOTHING
    assert await home.questions.fingerprint() == before
    assert home.devices.sent == []


async def test_the_seventeen_readings_a_hundred_times_through_a_model_that_writes_by_every_means(
    tmp_path: Path,
) -> None:
    step = count()

    def script(request: Request, number: int) -> Wire:
        offered = [tool["function"]["name"] for tool in request.body.get("tools", [])]
        assert "control_device" not in offered, "a question is shown no tool that acts"
        chosen = next(step)
        if chosen % 5 == 4:
            return wire_says("Done, I have inserted 17 temperature readings.")
        return calls(WRITES[chosen % len(WRITES)], WRITES[(chosen + 3) % len(WRITES)])

    async with ScriptedEndpoint(script) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="hostile")
        async with talking(tmp_path, HERE, model, only_model=True) as (talk, home):
            before = await home.questions.fingerprint()
            for _ in range(100):
                reply = await talk.say(SEED_QUESTION)
                assert reply.text and "17" not in reply.text and "inserted" not in reply.text
                assert reply.expects is Expects.NOTHING
            assert await home.questions.fingerprint() == before
            assert home.devices.sent == []
            assert home.first_broken() is None


async def test_both_planners_make_the_same_call(tmp_path: Path) -> None:
    arguments = dict.fromkeys(("period", "state", "versus", "versus_period", "comparison", "threshold", "unit"))
    wanted = {"answer": "latest", "quantity": "temperature", "where": "kitchen", **arguments}
    async with ScriptedEndpoint([calls(("query_sensors", wanted))]) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="small")
        async with talking(tmp_path, HERE, model) as (talk, _):
            known = await talk.say("what is the temperature in the kitchen")
            asked = await talk.say("would you kindly find out whether the kitchen feels cosy?")
    assert (known.planner, asked.planner) == (Planner.SENTENCES, Planner.MODEL)
    assert known.text == asked.text
    assert json.loads(known.results[0].call.arguments) == json.loads(asked.results[0].call.arguments)
    assert endpoint.played_out


async def test_a_model_that_wants_to_act_only_gets_a_person_asked(tmp_path: Path) -> None:
    wanted = {"verb": "turn_on", "what": "bedroom light", "value": None, "unit": None}
    async with ScriptedEndpoint([calls(("control_device", wanted))]) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="small")
        async with talking(tmp_path, HERE, model, only_model=True) as (talk, home):
            asked = await talk.say("turn on the bedroom light")
            assert asked.text == "Shall I turn on the bedroom light? It is off now."
            assert home.devices.sent == []
            assert (await talk.say("yes")).text == "The bedroom light is now on."
    assert endpoint.played_out, "the yes must not reach the model"


async def test_without_its_endpoint_a_model_turn_is_an_honest_sentence(tmp_path: Path) -> None:
    model = ModelSettings(enabled=True, base_url="http://127.0.0.1:1/v1", name="gone", turn_seconds=1.0)
    async with talking(tmp_path, HERE, model) as (talk, _):
        reply = await talk.say("would you kindly find out whether the kitchen feels cosy?")
        assert "could not be reached" in reply.text
        assert (await talk.say("what is the temperature in the kitchen")).planner is Planner.SENTENCES
