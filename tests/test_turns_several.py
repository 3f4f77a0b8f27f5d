"""Several requests in one sentence, each is answered or asked about, or it is said which is not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes_model import ScriptedEndpoint, says
from fakes_tools import ENTITIES, HERE, SmallHouse, light
from fakes_turns import Talk, talking

from assistant.values import Expects, Planner
from config.asking import Ask, ConfirmSettings
from config.settings import ModelSettings

HOUSE = tuple[Talk, SmallHouse]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HOUSE]:
    async with talking(tmp_path, HERE) as opened:
        yield opened


async def test_several_questions_are_answered_in_order_in_one_reply(house: HOUSE) -> None:
    talk, _ = house
    reply = await talk.say("what's the temperature in the kitchen and is the kitchen window open?")
    assert reply.text == "The temperature in the kitchen is 23.4 degrees. No, the kitchen window is closed."
    assert (reply.planner, reply.expects) == (Planner.SENTENCES, Expects.NOTHING)


async def test_several_orders_are_asked_about_at_once_and_done_after_one_yes(house: HOUSE) -> None:
    talk, home = house
    asked = await talk.say("turn on the bedroom light and turn off the floor lamp")
    assert asked.text == "Shall I turn on the bedroom light, and turn off the floor lamp?"
    assert asked.expects is Expects.CONFIRMATION and home.devices.sent == []
    assert (await talk.say("yes")).text == "The bedroom light is now on. The floor lamp is now off."


async def test_a_lock_among_them_needs_its_noun_for_all_of_them(house: HOUSE) -> None:
    talk, home = house
    asked = await talk.say("turn on the bedroom light and unlock the front door")
    assert asked.text == "Shall I turn on the bedroom light, and unlock the front door? Say: yes, front door."
    again = await talk.say("yes")
    assert again.text == "To turn on the bedroom light, and unlock the front door, please say: yes, front door."
    assert home.devices.sent == []
    done = await talk.say("yes, front door")
    assert done.text == "The bedroom light is now on. The front door is now unlocked."


@pytest.mark.parametrize("no", ["no", "what is the temperature in the kitchen"])
async def test_a_no_is_for_all_of_them(house: HOUSE, no: str) -> None:
    talk, home = house
    await talk.say("turn on the bedroom light and turn off the floor lamp")
    assert (await talk.say(no)).text.startswith("Okay, not done.")
    assert home.devices.sent == [] and home.gate.waiting() == ()


async def test_answers_come_first_and_the_question_last(house: HOUSE) -> None:
    talk, _ = house
    reply = await talk.say("turn on the bedroom light and what's the temperature in the kitchen")
    assert reply.text == (
        "The temperature in the kitchen is 23.4 degrees. Shall I turn on the bedroom light? It is off now."
    )
    assert reply.expects is Expects.CONFIRMATION


async def test_what_is_so_already_is_said_beside_what_is_asked(house: HOUSE) -> None:
    talk, _ = house
    reply = await talk.say("lock the front door and turn on the bedroom light")
    assert reply.text == "The front door is already locked. Shall I turn on the bedroom light?"
    reply = await talk.say("lock the front door and turn off the bedroom light")
    assert reply.text == "Okay, not done. The front door is already locked. The bedroom light is already off."


async def test_where_one_part_is_not_understood_nothing_is_done_for_the_others(house: HOUSE) -> None:
    talk, home = house
    reply = await talk.say("turn on the bedroom light and play some jazz")
    assert reply.text == "I did not understand: play some jazz. So I have done nothing of it."
    assert reply.results == () and home.gate.waiting() == ()


async def test_of_questions_those_that_are_understood_are_answered(house: HOUSE) -> None:
    talk, _ = house
    reply = await talk.say("what's the temperature in the kitchen and what is the capital of France?")
    assert reply.text == (
        "The temperature in the kitchen is 23.4 degrees. I did not understand: what is the capital of France."
    )


async def test_with_a_model_the_whole_goes_to_it(tmp_path: Path) -> None:
    async with ScriptedEndpoint([says("It is Paris, and I cannot play music.")]) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="learned")
        async with talking(tmp_path, HERE, model) as (talk, _):
            reply = await talk.say("turn on the bedroom light and play some jazz")
    assert reply.planner is Planner.MODEL and b"play some jazz" in endpoint.requests[0].raw


async def test_an_order_for_what_there_is_not_is_told_and_the_rest_is_asked(house: HOUSE) -> None:
    talk, home = house
    reply = await talk.say("turn on the bedroom light and the attic lamp")
    assert reply.text == "I don't know anything called attic lamp. Shall I turn on the bedroom light? It is off now."
    await talk.say("yes")
    assert home.devices.sent == [("cmd/light.bedroom_light", b"ON")]


async def test_what_the_settings_forbid_does_not_take_the_rest_with_it(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE, confirm=ConfirmSettings(entry=Ask.NEVER)) as (talk, _):
        reply = await talk.say("turn on the bedroom light and unlock the front door")
        assert reply.text == (
            "I won't do that: the settings say that this is never done."
            " Shall I turn on the bedroom light? It is off now."
        )


async def test_one_that_could_be_several_is_asked_first_and_then_all_of_it(tmp_path: Path) -> None:
    more = (*ENTITIES, light("Bedroom", "Desk lamp"), light("Bedroom", "Reading lamp"))
    async with talking(tmp_path, HERE, entities=more) as (talk, home):
        asked = await talk.say("turn off the floor lamp and turn on the lamp")
        assert (asked.text, asked.expects) == (
            "Which one do you mean: the desk lamp or the reading lamp?",
            Expects.CHOICE,
        )
        chosen = await talk.say("the desk one")
        assert chosen.text == "Shall I turn off the floor lamp, and turn on the desk lamp?"
        await talk.say("yes")
        assert home.devices.sent == [("cmd/light.floor_lamp", b"OFF"), ("cmd/light.desk_lamp", b"ON")]


async def test_more_than_five_are_too_many(house: HOUSE) -> None:
    talk, home = house
    orders = "turn on the bedroom light, the ceiling light, the kitchen lights and the floor lamp"
    reply = await talk.say(f"{orders} and lock the front door and unlock the front door")
    assert reply.text.startswith("That was more than five things at once") and home.gate.waiting() == ()


async def test_orders_against_each_other_are_told(house: HOUSE) -> None:
    talk, home = house
    reply = await talk.say("turn on the bedroom light and turn off the bedroom light")
    assert reply.text == "That does not go together: I would have to do two things at once with the bedroom light."
    assert home.gate.waiting() == ()


async def test_lights_that_may_run_at_once_do_so_together_and_a_door_keeps_them_waiting(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE, confirm=ConfirmSettings(light=Ask.AT_ONCE)) as (talk, home):
        done = await talk.say("turn on the bedroom light and turn off the floor lamp")
        assert done.text == "The bedroom light is now on. The floor lamp is now off."
        home.devices.sent.clear()
        asked = await talk.say("turn off the bedroom light and unlock the front door")
        assert asked.expects is Expects.CONFIRMATION and home.devices.sent == []


async def test_what_was_so_already_is_told_also_where_the_rest_is_done_at_once(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE, confirm=ConfirmSettings(light=Ask.AT_ONCE)) as (talk, _):
        done = await talk.say("lock the front door and turn on the bedroom light")
        assert done.text == "The front door is already locked. The bedroom light is now on."


async def test_a_question_that_could_be_of_several_things_is_not_asked_beside_another(tmp_path: Path) -> None:
    more = (*ENTITIES, light("Bedroom", "Desk lamp"), light("Bedroom", "Reading lamp"))
    async with talking(tmp_path, HERE, entities=more) as (talk, _):
        reply = await talk.say("last time the lamp was turned on, then turn off the floor lamp")
        assert reply.text == (
            "Several things are called lamp; please ask for that by itself."
            " Shall I turn off the floor lamp? It is on now."
        )


async def test_it_is_what_the_same_sentence_named(house: HOUSE) -> None:
    talk, _ = house
    asked = await talk.say("turn on the bedroom light and set it to 40 percent")
    assert asked.text == "Shall I turn on the bedroom light, and set the bedroom light to 40 percent?"


@pytest.mark.parametrize(
    "said",
    [
        "did you lock the front door and turn on the bedroom light",
        "should I turn on the bedroom light and unlock the front door",
        "are the lights and the floor lamp off",
        "is the front door locked and the bedroom light on",
        "how do I turn on the bedroom light and unlock the front door",
        "is the bedroom window open and turn on the bedroom light?",
        "don't unlock the front door and turn on the bedroom light",
        "turn on the bedroom light and don't unlock the front door",
        "turn on the bedroom light and not the floor lamp",
        "turn on the bedroom light and never mind",
    ],
)
async def test_a_question_or_a_ban_among_them_is_never_an_order(house: HOUSE, said: str) -> None:
    talk, home = house
    reply = await talk.say(said)
    assert reply.expects is Expects.NOTHING and home.gate.waiting() == ()
