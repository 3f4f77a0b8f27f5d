"""What follows from what was said before: it is understood for a minute, by the same people, and is never guessed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_model import ScriptedEndpoint, calls, query, says
from fakes_tools import ENTITIES, HERE, SmallHouse, light
from fakes_turns import Talk, talking

from assistant.values import Expects, Planner
from config.asking import Ask, ConfirmSettings
from config.settings import ModelSettings
from tools.contract import Role

HOUSE = tuple[Talk, SmallHouse]
KITCHEN = "what is the temperature in the kitchen"
IN_KITCHEN = "The temperature in the kitchen is 23.4 degrees."
IN_BEDROOM = "The temperature in the bedroom is 19.5 degrees."
LOST = "I don't know what that goes on from. Please say the whole thing."


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HOUSE]:
    async with talking(tmp_path, HERE) as opened:
        yield opened


@pytest.mark.parametrize(
    ("first", "then", "answer"),
    [
        (KITCHEN, "and in the bedroom?", IN_BEDROOM),
        (KITCHEN, "And in the bedroom", IN_BEDROOM),
        (KITCHEN, "what about the bedroom?", IN_BEDROOM),
        (KITCHEN, "the same in the bedroom", IN_BEDROOM),
        (KITCHEN, "and the fridge?", "The temperature of the fridge is 5 degrees."),
        (KITCHEN, "what about yesterday?", "yesterday"),
        (KITCHEN, "again", IN_KITCHEN),
        ("is the bedroom window open", "and in the kitchen?", "No, the kitchen window is closed."),
        ("is the bedroom window open", "and the front door?", "No, the front door is closed."),
        ("is the front door locked", "is it open?", "No, the front door is closed."),
        ("is the front door locked", "when was it last opened?", "The front door was last opened today at 7:00"),
        ("turn on the bedroom light", "what about the floor lamp?", "The floor lamp is on."),
        ("turn on the bedroom light", "and the floor lamp?", "The floor lamp is on."),
        ("turn on the ceiling light", "what is the temperature there", IN_KITCHEN),
        ("which windows are open", "is it closed", "No, the bedroom window is open."),
    ],
)
async def test_what_is_left_unsaid_is_what_was_said_before(house: HOUSE, first: str, then: str, answer: str) -> None:
    talk, home = house
    await talk.say(first)
    reply = await talk.say(then)
    assert answer in reply.text
    assert reply.expects is Expects.NOTHING and home.gate.waiting() == ()


@pytest.mark.parametrize(
    ("first", "then", "question"),
    [
        ("is the bedroom light on", "turn it on", "Shall I turn on the bedroom light?"),
        ("is the front door locked", "unlock it", "Shall I unlock the front door?"),
        ("turn off the floor lamp", "and the counter light", "Shall I turn off the counter light?"),
        ("turn off the kitchen lights", "and in the living room", "Shall I turn off the floor lamp?"),
        ("which lights are on", "turn them off", "Shall I turn off the counter light and the floor lamp?"),
        ("turn on the bedroom light", "set it to 40 percent", "Shall I set the bedroom light to 40 percent?"),
        (KITCHEN, "turn on the ceiling light there", "Shall I turn on the ceiling light?"),
        ("is the bedroom light on", "turn it on and unlock the front door", "Shall I turn on the bedroom light, and"),
    ],
)
async def test_an_order_that_follows_is_asked_about_by_name(house: HOUSE, first: str, then: str, question: str) -> None:
    talk, home = house
    await talk.say(first)
    reply = await talk.say(then)
    assert question in reply.text and reply.expects is Expects.CONFIRMATION
    assert home.devices.sent == []


async def test_after_a_receipt_it_is_still_the_same_thing(house: HOUSE) -> None:
    talk, _ = house
    await talk.say("turn on the bedroom light")
    assert (await talk.say("yes")).text == "The bedroom light is now on."
    assert (await talk.say("turn it off again")).text.startswith("Shall I turn off the bedroom light?")
    assert (await talk.say("yes")).text == "The bedroom light is now off."


async def test_after_a_no_another_can_be_named_and_the_same_has_to_be_said_in_full(house: HOUSE) -> None:
    talk, _ = house
    await talk.say("turn off the floor lamp")
    await talk.say("no")
    assert "turn off the counter light" in (await talk.say("and the counter light")).text
    await talk.say("no")
    await talk.say("turn off the floor lamp")
    await talk.say("no")
    assert "refused a moment ago" in (await talk.say("turn it off")).text


async def test_after_a_choice_it_is_what_was_chosen(tmp_path: Path) -> None:
    more = (*ENTITIES, light("Bedroom", "Desk lamp"), light("Bedroom", "Reading lamp"))
    async with talking(tmp_path, HERE, entities=more) as (talk, _):
        await talk.say("turn on the lamp")
        await talk.say("the desk one")
        await talk.say("yes")
        assert (await talk.say("is it on?")).text == "Yes, the desk lamp is on."


@pytest.mark.parametrize("easy", [ConfirmSettings(light=Ask.AT_ONCE)])
async def test_what_was_not_named_is_asked_about_also_where_an_order_is_enough(
    tmp_path: Path, easy: ConfirmSettings
) -> None:
    async with talking(tmp_path, HERE, confirm=easy) as (talk, home):
        await talk.say("is the bedroom light on")
        assert (await talk.say("turn it on")).expects is Expects.CONFIRMATION
        await talk.say("no")
        await talk.say("turn on the bedroom light")
        home.devices.sent.clear()
        for said in ("turn it off", "and the floor lamp", "turn it off and the floor lamp"):
            assert (await talk.say(said)).expects is not Expects.NOTHING or home.devices.sent == []
        assert home.devices.sent == []


@pytest.mark.parametrize(
    "said", ["should I turn it on", "did you turn it on?", "and if I turn it on", "don't turn it on"]
)
async def test_a_question_about_it_never_becomes_an_act(house: HOUSE, said: str) -> None:
    talk, home = house
    await talk.say("is the bedroom light on")
    assert (await talk.say(said)).expects is Expects.NOTHING and home.gate.waiting() == ()


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("turn it off", "I am not sure what you mean by it. Please say its name."),
        ("lock that", "I am not sure what you mean by that. Please say its name."),
        ("turn them on please", "I am not sure what you mean by them. Please say its name."),
        ("and in the bedroom?", LOST),
        ("what about yesterday", LOST),
    ],
)
async def test_what_points_at_nothing_is_asked_back(house: HOUSE, said: str, answer: str) -> None:
    talk, _ = house
    reply = await talk.say(said)
    assert (reply.text, reply.results) == (answer, ())


async def test_it_is_no_room_and_not_one_of_several(house: HOUSE) -> None:
    talk, home = house
    await talk.say(KITCHEN)
    assert (await talk.say("turn it off")).text == "I am not sure what you mean by it. Please say its name."
    await talk.say("which lights are on")
    assert (await talk.say("turn it off")).text == "I am not sure what you mean by it. Please say its name."
    assert home.gate.waiting() == ()


async def test_a_minute_after_the_reply_it_is_forgotten(house: HOUSE) -> None:
    talk, home = house
    await talk.say(KITCHEN)
    home.clock.pass_seconds(59)
    assert (await talk.say("and in the bedroom?")).text == IN_BEDROOM
    home.clock.pass_seconds(61)
    assert (await talk.say("and in the kitchen?")).text == LOST


async def test_the_minute_is_not_drawn_out_by_talk_of_nothing(house: HOUSE) -> None:
    talk, home = house
    await talk.say(KITCHEN)
    for _ in range(3):
        home.clock.pass_seconds(25)
        await talk.say("thank you")
    assert (await talk.say("and in the bedroom?")).text == LOST


@pytest.mark.parametrize(
    "other",
    [replace(HERE, satellite="elsewhere"), replace(HERE, role=Role.GUEST), replace(HERE, room="Kitchen")],
)
async def test_nobody_follows_up_what_others_spoke_of(house: HOUSE, other: object) -> None:
    talk, home = house
    await talk.say("is the front door locked")
    stranger = Talk(talk.turns, other)  # type: ignore[arg-type]
    assert (await stranger.say("unlock it")).expects is Expects.NOTHING
    assert (await stranger.say("and the bedroom window?")).text == LOST
    assert home.gate.waiting() == ()


async def test_what_a_model_looked_up_can_be_followed_up(tmp_path: Path) -> None:
    asked = query("kitchen")
    async with ScriptedEndpoint([calls(asked), says("It is 23.4 degrees there.")]) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="plain")
        async with talking(tmp_path, HERE, model) as (talk, _):
            first = await talk.say("I wonder if the kitchen is nice and toasty by any chance")
            assert first.planner is Planner.MODEL
            assert (await talk.say("and in the bedroom?")).text == IN_BEDROOM


async def test_stop_and_the_open_question_come_before_any_follow_up(house: HOUSE) -> None:
    talk, home = house
    await talk.say("unlock the front door")
    assert (await talk.say("say that again")).text.startswith("Shall I unlock the front door?")
    assert (await talk.say("stop")).text == "Okay, not done."
    assert (await talk.say("never mind that")).text == "Okay."
    assert home.devices.sent == []
