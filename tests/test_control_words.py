"""Modes, colours, options and orders of one word: in the device's own words, and nothing that it does not have."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes_discovery import Announced
from fakes_tools import ENTITIES, HERE, SmallHouse, small_house
from fakes_turns import talking
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.reading import Entity, Verb
from tools.answers import ProposalAnswer
from tools.arguments import OFFERED_VERBS
from tools.contract import NEEDS_CONFIRMATION, ErrorCode
from tools.executor import Done


def announced(component: str, name: str, room: str, **config: object) -> Entity:
    device = {"identifiers": [name], "name": name, "suggested_area": room}
    (entity,) = Announced(component, name=None, device=device, **config).decoded.definitions
    assert entity.entity is not None
    return entity.entity


COLOURED = announced(
    "light",
    "Desk lamp",
    "Office",
    schema="json",
    command_topic="cmd/desk",
    state_topic="state/desk",
    supported_color_modes=["hs", "color_temp"],
    effect=True,
    effect_list=["candle", "slow_rainbow"],
)
HEATING = announced(
    "climate",
    "Office heating",
    "Office",
    modes=["off", "heat", "heat_cool", "auto"],
    mode_command_topic="cmd/heating/mode",
    mode_state_topic="state/heating/mode",
    temperature_command_topic="cmd/heating",
    temperature_state_topic="state/heating",
)
VACUUM = announced(
    "vacuum",
    "Robot",
    "Office",
    command_topic="cmd/robot",
    state_topic="state/robot",
    supported_features=["start", "stop", "pause", "return_home", "status"],
)
ALARM = announced(
    "alarm_control_panel",
    "House alarm",
    "Hallway",
    command_topic="cmd/alarm",
    state_topic="state/alarm",
    code_arm_required=False,
    code_disarm_required=False,
)
LIFT = announced(
    "select", "Bed position", "Bedroom", command_topic="cmd/bed", state_topic="state/bed", options=["Flat", "Half up"]
)
HOUSE = (*ENTITIES, COLOURED, HEATING, VACUUM, ALARM, LIFT)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SmallHouse]:
    async with small_house(tmp_path, HOUSE) as opened:
        yield opened


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("make the desk lamp red", "Shall I make the desk lamp red?"),
        ("turn the desk lamp blue", "Shall I make the desk lamp blue?"),
        ("set the desk lamp to green", "Shall I make the desk lamp green?"),
        ("set the desk lamp to slow rainbow", "Shall I set the effect of the desk lamp to slow rainbow?"),
        ("set the office heating to heat", "Shall I set the office heating to heat? Say: yes, office heating."),
        (
            "set the office heating to heat cool",
            "Shall I set the office heating to heat cool? Say: yes, office heating.",
        ),
        ("set the bed position to half up", "Shall I set the bed position to Half up?"),
        ("start the robot", "Shall I start the robot?"),
        ("send the robot home", "Shall I send the robot home?"),
        ("arm the house alarm", "Shall I arm the house alarm for when you are away?"),
        ("disarm the house alarm", "Shall I disarm the house alarm? Say: yes, house alarm."),
    ],
)
async def test_what_people_say_to_a_device_in_a_word_is_asked_back(tmp_path: Path, said: str, asked: str) -> None:
    async with talking(tmp_path, HERE, entities=HOUSE) as (talk, house):
        assert (await talk.say(said)).text.startswith(asked.split("?")[0])
        assert (await talk.say("pardon")).text == asked
        assert house.devices.sent == []


async def test_on_and_off_stay_what_they_are_where_a_mode_is_called_so_too(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE, entities=HOUSE) as (talk, _):
        reply = await talk.say("turn off the desk lamp")
        assert reply.results[0].resolved["actions"][0]["verb"] == "turn_off"


async def test_a_colour_is_sent_in_the_lights_own_numbers_and_proved_by_its_name(house: SmallHouse) -> None:
    result = await house.control("set_color", "desk lamp", value="RED")
    assert isinstance(result.answer, ProposalAnswer) and result.answer.actions[0].value == "red"
    house.heard("here")
    house.devices.silent = True

    async def shine() -> None:
        await asyncio.sleep(0.05)
        await house.devices.report(COLOURED.id, "red", aspect="color")

    heard, _ = await asyncio.gather(house.gate.hear("yes", HERE), shine())
    assert house.devices.sent == [("cmd/desk", b'{"state": "ON", "color": {"h": 0, "s": 100}}')]
    assert heard is not None and heard.receipts[0].done is Done.DONE


@pytest.mark.parametrize("word", ["heat cool", "Heat_Cool", "heat-cool", "heatcool"])
async def test_a_word_is_found_however_it_is_written(house: SmallHouse, word: str) -> None:
    result = await house.control("set_mode", "office heating", value=word)
    assert isinstance(result.answer, ProposalAnswer) and result.answer.actions[0].value == "heat_cool"


@pytest.mark.parametrize("word", ["dry", "", None, 3, "x" * 50])
async def test_a_word_that_the_device_does_not_have_is_answered_with_those_that_it_has(
    house: SmallHouse, word: str | float | None
) -> None:
    result = await house.control("set_mode", "office heating", value=word)
    assert result.error is not None
    if word == "":
        assert result.verdict == ErrorCode.SCHEMA
        return
    assert (result.verdict, result.error.field) == (ErrorCode.OUT_OF_RANGE, "value")
    assert result.error.suggestion == ["off", "heat", "heat_cool", "auto"]
    for option in result.error.suggestion:
        assert (await house.control("set_mode", "office heating", value=str(option))).verdict == NEEDS_CONFIRMATION


async def test_a_number_is_no_word_and_a_word_no_number(house: SmallHouse) -> None:
    assert (await house.control("set_color", "desk lamp", value=40)).verdict == ErrorCode.OUT_OF_RANGE
    assert (await house.control("set_temperature", "office heating", value="warm")).verdict == ErrorCode.OUT_OF_RANGE
    assert (await house.control("turn_on", "desk lamp", value="red")).verdict == ErrorCode.OUT_OF_RANGE


async def test_what_can_only_be_set_to_any_text_is_not_set(house: SmallHouse) -> None:
    assert Verb.SET_TEXT not in OFFERED_VERBS
    assert (await house.control("set_text", "desk lamp", value="x")).verdict == ErrorCode.NOT_SUPPORTED


async def test_already_so_is_said_with_its_unit(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE) as (talk, house):
        await house.devices.report("light.bedroom_light", 40.0, aspect="brightness")
        said = await talk.say("set the bedroom light to 40 percent")
        assert said.text == "The bedroom light is already at 40 percent."


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    verb=st.sampled_from(OFFERED_VERBS),
    what=st.sampled_from(["desk lamp", "office heating", "everything", "all lights", "office", "house alarm", "robot"]),
    value=st.none() | st.floats(-1e6, 1e6) | st.sampled_from(["red", "heat", "candle", "x"]),
)
def test_whatever_is_asked_each_action_is_one_that_the_device_has_within_its_own_range(
    verb: Verb, what: str, value: float | str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def story() -> None:
        async with small_house(tmp_path_factory.mktemp("house"), HOUSE) as house:
            result = await house.control(verb.value, what, value=value)
            if not isinstance(result.answer, ProposalAnswer):
                return
            home = await house.questions.house()
            seen = set()
            for action in result.answer.actions:
                command = home.by_id[action.entity_id].command(verb)
                assert command is not None and action.verb is verb
                assert (action.entity_id, action.verb) not in seen, "nothing twice"
                seen.add((action.entity_id, action.verb))
                if command.options:
                    assert action.value in command.options
                elif isinstance(action.value, int | float):
                    low, high = command.minimum or action.value, command.maximum or action.value
                    assert low <= action.value <= high
                assert home.by_id[action.entity_id].category is None or "all" not in what

    asyncio.run(story())


async def test_everything_means_no_locks_and_no_alarm(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE, entities=HOUSE) as (talk, _):
        await talk.say("turn on everything")
        reply = await talk.say("pardon")
        assert "alarm" not in reply.text and "door" not in reply.text and "heating" not in reply.text
