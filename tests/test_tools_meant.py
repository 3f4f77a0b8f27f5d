"""Which of several things a question means: rooms and no freezers, blinds and no curtains, thermostats that heat."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes_house import climate, cover, sensor
from fakes_tools import SmallHouse, small_house

from sensors.reading import Quantity
from tools.answers import LatestAnswer, ListAnswer
from tools.contract import ToolResult

ENTITIES = (
    sensor("Kitchen", "Freezer", Quantity.TEMPERATURE),
    sensor("Office", "Temperature", Quantity.TEMPERATURE),
    sensor("Bedroom", "Temperature", Quantity.TEMPERATURE),
    sensor("Garden", "Outside temperature", Quantity.TEMPERATURE),
    sensor("Kitchen", "Oven power", Quantity.POWER),
    sensor("Kitchen", "Kettle power", Quantity.POWER),
    sensor("Cellar", "House power", Quantity.POWER),
    cover("Bedroom", "Curtain"),
    cover("Bedroom", "Left blind"),
    climate("Bedroom", "Heating"),
)
SAY = {
    "sensor.kitchen_freezer": -18.0,
    "sensor.office_temperature": 21.0,
    "sensor.bedroom_temperature": 17.0,
    "sensor.garden_outside_temperature": 3.0,
    "sensor.kitchen_oven_power": 1800.0,
    "sensor.kitchen_kettle_power": 0.0,
    "sensor.cellar_house_power": 2500.0,
    "cover.bedroom_curtain": "closed",
    "cover.bedroom_left_blind": "open",
    "climate.bedroom_heating": "heat",
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SmallHouse]:
    async with small_house(tmp_path, ENTITIES) as house:
        for entity_id, value in SAY.items():
            await house.devices.report(entity_id, value)
        yield house


def names(result: ToolResult) -> list[str]:
    assert isinstance(result.answer, ListAnswer | LatestAnswer), result.error
    return [row.name for row in result.answer.rows]


async def test_the_coldest_room_is_neither_the_freezer_nor_outside(house: SmallHouse) -> None:
    assert names(await house.query("list", quantity="temperature", comparison="below")) == ["bedroom"]


async def test_what_uses_most_is_no_meter_of_the_house(house: SmallHouse) -> None:
    assert names(await house.query("list", quantity="power", comparison="above")) == ["oven power"]


async def test_every_device_above_a_limit_is_told_not_one_for_each_room(house: SmallHouse) -> None:
    more = await house.query("list", quantity="power", comparison="above", threshold=-1.0, unit="watts")
    assert len(names(more)) == 3


@pytest.mark.parametrize(("said", "meant"), [("blinds", ["left blind"]), ("curtains", ["curtain"])])
async def test_curtains_are_no_blinds(house: SmallHouse, said: str, meant: list[str]) -> None:
    found = names(await house.query("latest", where=said))
    assert [name.removeprefix("bedroom ") for name in found] == meant


async def test_a_thermostat_that_is_set_to_heat_is_among_those_that_are_on(house: SmallHouse) -> None:
    assert len(names(await house.query("list", quantity="climate", state="on"))) == 1
    assert names(await house.query("list", state="on")) == []
