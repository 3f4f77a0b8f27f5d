"""Names of rooms and floors: what a person says for a part of the house is resolved, for questions and for groups."""

import json

import pytest
from fakes_house import build_house, light, sensor

from assistant.sentences.planner import SentencePlanner
from config.language import load_language
from sensors.home import Floor, House, Room
from sensors.reading import Aspect, Entity, Quantity, Verb
from tools.arguments import QuerySensors
from tools.contract import Asker, ErrorCode, ToolError
from tools.meant import series_meant
from tools.names import find_room, find_rooms, find_series

UP = ("Bedroom", "Office")


def house() -> House:
    base = build_house(light("Kitchen", "Upstairs hallway lamp"))
    return House(
        entities=base.entities,
        floors=(
            Floor(name="Upstairs", rooms=UP, aliases=("first floor", "top floor")),
            Floor(name="Ground floor", rooms=("Kitchen", "Living Room", "Wine cellar")),
        ),
        other_names=(Room(name="Living Room", aliases=("lounge", "family room")),),
    )


def lights(entity: Entity, aspect: Aspect) -> bool:
    return aspect.quantity is Quantity.LIGHT and entity.command(Verb.TURN_ON) is not None


def rooms_found(where: str) -> set[str | None]:
    return {item.entity.room for item in find_series(house(), where, lights)}


@pytest.mark.parametrize("said", ["upstairs", "Upstairs", "the first floor", "top floor", "topfloor"])
def test_a_floor_is_known_by_its_name_and_its_aliases(said: str) -> None:
    assert find_rooms(house(), said) == UP
    assert find_room(house(), said) is None


@pytest.mark.parametrize("said", ["lounge", "the family room", "living room", "livingroom", "loung"])
def test_a_room_is_known_by_its_aliases(said: str) -> None:
    assert find_room(house(), said) == "Living Room"
    assert find_rooms(house(), said) == ("Living Room",)


def test_a_room_of_a_floor_in_which_there_is_nothing_is_left_out() -> None:
    assert find_rooms(house(), "ground floor") == ("Kitchen", "Living Room")


def test_what_is_no_place_is_none() -> None:
    assert find_rooms(house(), "moon base") == ()


@pytest.mark.parametrize(
    ("said", "rooms"),
    [
        ("upstairs", set(UP)),
        ("upstairs lights", set(UP)),
        ("lights upstairs", set(UP)),
        ("all the lights on the first floor", set(UP)),
        ("everything upstairs", set(UP)),
        ("lounge ceiling light", {"Living Room"}),
        ("lounge lamp", {"Living Room"}),
        ("ceiling light in the lounge", {"Living Room"}),
        ("ground floor lights", {"Kitchen", "Living Room"}),
    ],
)
def test_lights_of_a_place_are_found_however_the_place_is_said(said: str, rooms: set[str]) -> None:
    assert rooms_found(said) == rooms


def test_a_thing_whose_own_name_has_the_word_is_meant_before_the_floor() -> None:
    assert rooms_found("upstairs hallway lamp") == {"Kitchen"}
    assert rooms_found("floor lamp") == {"Living Room"}


def test_what_a_floor_has_but_cannot_do_is_not_called_unknown() -> None:
    assert find_series(house(), "upstairs windows", lights) == []


def test_a_name_that_nothing_bears_is_answered_with_the_nearest_place_too() -> None:
    with pytest.raises(ToolError) as error:
        find_series(house(), "upstream xyzzy", lights)
    assert error.value.code is ErrorCode.UNKNOWN_NAME
    assert isinstance(error.value.suggestion, list) and "upstairs" in error.value.suggestion


def test_a_sensor_in_the_place_is_found_by_kind() -> None:
    base = house()
    with_probe = House(entities=(*base.entities, sensor("Office", "Desk CO2 probe", Quantity.CO2)), floors=base.floors)
    found = find_series(with_probe, "upstairs desk", lambda _, aspect: aspect.quantity is Quantity.CO2)
    assert [item.entity.name for item in found] == ["Desk CO2 probe"]


def temperature(where: str | None) -> QuerySensors:
    unsaid = dict.fromkeys(QuerySensors.model_fields)
    return QuerySensors.model_validate({**unsaid, "answer": "latest", "quantity": "temperature", "where": where})


@pytest.mark.parametrize("called", ["Living Room", "living room", "lounge"])
def test_a_microphone_may_call_its_room_by_any_of_its_names(called: str) -> None:
    found = series_meant(temperature(None), Asker(satellite="here", room=called), house())
    assert {item.entity.room for item in found} == {"Living Room"}


def test_a_question_about_a_floor_is_answered_by_each_room_there() -> None:
    found = series_meant(temperature("upstairs"), Asker(satellite="here", room=None), house())
    assert [item.entity.room for item in found] == ["Bedroom", "Office"]


@pytest.mark.parametrize(
    ("said", "tool", "where"),
    [
        ("turn off the lights upstairs", "control_device", "upstairs"),
        ("turn off the upstairs lights", "control_device", "upstairs"),
        ("please turn off everything upstairs", "control_device", "upstairs"),
        ("turn off everything on the first floor", "control_device", "first floor"),
        ("are any windows open upstairs", "query_sensors", "upstairs"),
        ("which lights are on on the top floor", "query_sensors", "top floor"),
        ("what is the temperature upstairs", "query_sensors", "upstairs"),
        ("is there motion on the ground floor", "query_sensors", "ground floor"),
        ("what was the average temperature upstairs yesterday", "query_sensors", "upstairs"),
        ("what is the temperature in the lounge", "query_sensors", "lounge"),
        ("what devices are there upstairs", "describe_house", "upstairs"),
    ],
)
def test_sentences_know_floors_and_aliases(said: str, tool: str, where: str) -> None:
    plan = SentencePlanner(load_language("en")).plan(said, house(), None)
    assert plan is not None and plan.calls, said
    [call] = plan.calls
    arguments = json.loads(call.arguments)
    assert call.name == tool
    assert where in (arguments.get("where") or arguments.get("what"))
