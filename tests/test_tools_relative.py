"""More and less than now: a concrete value before anybody is asked; and what is left out stays as it is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes_house import climate, light
from fakes_tools import SmallHouse, small_house

from tools.answers import AlreadyAnswer, ProposalAnswer
from tools.contract import ErrorCode, ToolResult

CEILING, FLOOR, DESK = "light.living_room_ceiling_light", "light.living_room_floor_lamp", "light.office_desk_lamp"
HEATING = "climate.living_room_thermostat"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SmallHouse]:
    lights = (light("Living Room", "Ceiling light"), light("Living Room", "Floor lamp"), light("Office", "Desk lamp"))
    async with small_house(tmp_path, (*lights, climate("Living Room", "Thermostat"))) as house:
        yield house


def wished(result: ToolResult) -> dict[str, float | str | None]:
    assert isinstance(result.answer, ProposalAnswer), result.error
    return {action.entity_id: action.value for action in result.answer.actions}


async def shines(house: SmallHouse, entity_id: str, percent: float) -> None:
    await house.devices.report(entity_id, "on")
    await house.devices.report(entity_id, percent, "brightness")


async def test_brighter_is_so_much_more_than_it_is_now(house: SmallHouse) -> None:
    await shines(house, DESK, 45)
    assert wished(await house.control("set_brightness", "desk lamp", value="+20", unit="percent")) == {DESK: 65}


async def test_it_stays_within_what_the_device_can_do(house: SmallHouse) -> None:
    await shines(house, DESK, 90)
    assert wished(await house.control("set_brightness", "desk lamp", value="+20", unit="percent")) == {DESK: 100}


async def test_what_cannot_be_more_is_said_to_be_so_already(house: SmallHouse) -> None:
    await shines(house, DESK, 100)
    result = await house.control("set_brightness", "desk lamp", value="+20", unit="percent")
    assert isinstance(result.answer, AlreadyAnswer)


async def test_a_light_that_is_off_is_made_brighter_from_nothing(house: SmallHouse) -> None:
    await shines(house, DESK, 80)
    await house.devices.report(DESK, "off")
    assert wished(await house.control("set_brightness", "desk lamp", value="+20", unit="percent")) == {DESK: 20}


async def test_a_light_that_is_off_is_not_turned_on_to_be_dimmed(house: SmallHouse) -> None:
    await shines(house, DESK, 80)
    await house.devices.report(DESK, "off")
    result = await house.control("set_brightness", "desk lamp", value="-20", unit="percent")
    assert result.error is not None and "is off" in result.error.message


async def test_of_several_each_goes_from_its_own_value_and_those_that_are_off_stay_off(house: SmallHouse) -> None:
    await shines(house, CEILING, 80)
    await shines(house, FLOOR, 50)
    assert wished(await house.control("set_brightness", "living room lights", value="-20", unit="percent")) == {
        CEILING: 60,
        FLOOR: 30,
    }
    await house.devices.report(FLOOR, "off")
    dimmed = wished(await house.control("set_brightness", "living room lights", value="-30", unit="percent"))
    assert dimmed == {CEILING: 50}


async def test_a_device_that_says_nothing_of_itself_is_asked_for_a_value(house: SmallHouse) -> None:
    result = await house.control("set_brightness", "desk lamp", value="+20", unit="percent")
    assert result.error is not None and result.error.code is ErrorCode.NO_DATA
    assert "please name a value" in result.error.message


async def test_warmer_is_a_degree_more_than_it_is_set_to(house: SmallHouse) -> None:
    await house.devices.report(HEATING, 20.5, "target_temperature")
    assert wished(await house.control("set_temperature", "thermostat", value="+1")) == {HEATING: 21.5}


async def test_a_difference_in_fahrenheit_is_no_temperature_in_fahrenheit(house: SmallHouse) -> None:
    await house.devices.report(HEATING, 20.0, "target_temperature")
    result = await house.control("set_temperature", "thermostat", value="+9", unit="fahrenheit")
    assert wished(result) == {HEATING: 25.0}


async def test_what_takes_no_number_cannot_be_more(house: SmallHouse) -> None:
    result = await house.control("turn_on", "desk lamp", value="+20")
    assert result.error is not None and result.error.code is ErrorCode.OUT_OF_RANGE


async def test_all_but_one_place_are_meant(house: SmallHouse) -> None:
    assert set(wished(await house.control("turn_on", "all lights except office"))) == {CEILING, FLOOR}


async def test_all_but_one_thing_are_meant(house: SmallHouse) -> None:
    assert set(wished(await house.control("turn_on", "all lights except floor lamp"))) == {CEILING, DESK}


async def test_an_exception_that_nothing_is_called_stops_the_order(house: SmallHouse) -> None:
    result = await house.control("turn_on", "all lights except wine cellar")
    assert result.error is not None and result.error.code is ErrorCode.UNKNOWN_NAME


async def test_an_exception_that_takes_everything_leaves_nothing(house: SmallHouse) -> None:
    result = await house.control("turn_on", "office lights except office")
    assert result.error is not None and result.error.message == "that leaves nothing to be done"


async def test_toggled_is_turned_off_where_any_is_on_and_on_where_none_is(house: SmallHouse) -> None:
    await house.devices.report(CEILING, "on")
    await house.devices.report(FLOOR, "off")
    await house.devices.report(DESK, "off")
    for what, verb, told in (("living room lights", "turn_off", {CEILING}), ("desk lamp", "turn_on", {DESK})):
        result = await house.control("turn_on", what, value="toggle")
        assert isinstance(result.answer, ProposalAnswer), result.error
        assert {(action.entity_id, action.verb) for action in result.answer.actions} == {(one, verb) for one in told}


async def test_what_does_not_say_whether_it_is_on_is_not_toggled(house: SmallHouse) -> None:
    result = await house.control("turn_on", "desk lamp", value="toggle")
    assert result.error is not None and result.error.code is ErrorCode.NO_DATA
