"""Questions over periods, comparisons and upkeep, from a call to a typed answer, on a real store."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_tools import ENTITIES, HOUR_MS, NOON_MS, SmallHouse, contact, light, sensor, small_house

from sensors.decoded import Decoded
from sensors.reading import Category, Quantity, Reading, SeriesKey
from tools.answers import (
    AggregateAnswer,
    CompareAnswer,
    LatestAnswer,
    StateAnswer,
    TrendAnswer,
    UpkeepAnswer,
)
from tools.contract import ErrorCode

DISHWASHER = sensor("Kitchen", Quantity.ENERGY, "kilowatt_hours", "Dishwasher energy")
HALL_BATTERY = sensor("Hallway", Quantity.BATTERY, "percent", "Hall motion battery")
DOOR_BATTERY = contact("Hallway", "Front door battery", Quantity.LOW_BATTERY)
CELLAR_LAMP = light("Cellar", "Cellar lamp")
CELLAR = sensor("Cellar", Quantity.TEMPERATURE, "celsius", "Cellar temperature")


MORE = (DISHWASHER, HALL_BATTERY, DOOR_BATTERY, CELLAR, CELLAR_LAMP)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SmallHouse]:
    async with small_house(tmp_path, (*ENTITIES, *MORE)) as opened:
        yield opened


async def say(house: SmallHouse, entity_id: str, *values: tuple[float, float | str]) -> None:
    """Readings at hours before noon, oldest first."""
    key = SeriesKey(entity_id=entity_id)
    readings = (Reading(key=key, at_ms=NOON_MS - round(hours * HOUR_MS), value=value) for hours, value in values)
    await house.store.write([Decoded(readings=tuple(readings))])


async def test_a_meter_that_was_reset_is_counted_on_from_nothing(house: SmallHouse) -> None:
    await say(house, DISHWASHER.id, (11, 100.0), (8, 100.5), (6, 101.0), (4, 0.25), (2, 0.75))
    result = await house.query("total", quantity="energy", where="dishwasher", period="today")
    assert isinstance(result.answer, AggregateAnswer)
    assert result.answer.rows[0].value == pytest.approx(1.75)
    assert result.answer.rows[0].unit == "kilowatt_hours"
    assert result.resolved["start_ms"] == NOON_MS - 12 * HOUR_MS


async def test_how_often_the_door_was_opened_counts_openings_and_not_messages(house: SmallHouse) -> None:
    door = "binary_sensor.front_door_contact"
    await say(house, door, (3, "open"), (2.5, "open"), (2, "closed"), (1, "open"), (0.5, "closed"))
    result = await house.query("count", where="front door", state="open", period="last_4_hours")
    assert isinstance(result.answer, StateAnswer)
    assert (result.answer.rows[0].count, result.answer.rows[0].last_at_ms) == (2, NOON_MS - HOUR_MS)


async def test_without_a_state_what_happens_is_counted_since_midnight(house: SmallHouse) -> None:
    await say(house, CELLAR_LAMP.id, (5, "off"), (4, "on"), (3, "off"))
    result = await house.query("count", where="cellar lamp")
    assert isinstance(result.answer, StateAnswer)
    assert (result.answer.state, result.answer.period) == ("on", "today")
    assert result.answer.rows[0].count == 1


async def test_how_long_a_light_was_on(house: SmallHouse) -> None:
    await say(house, CELLAR_LAMP.id, (5, "off"), (4, "on"), (2.5, "off"))
    result = await house.query("duration", where="cellar lamp", state="on", period="last_5_hours")
    assert isinstance(result.answer, StateAnswer)
    assert result.answer.rows[0].seconds == 5400


async def test_a_trend_says_where_a_room_is_heading(house: SmallHouse) -> None:
    await say(house, CELLAR.id, *((4 - quarter / 4, 10.0 + quarter / 4) for quarter in range(17)))
    result = await house.query("trend", quantity="temperature", where="cellar", period="last_3_hours")
    assert isinstance(result.answer, TrendAnswer)
    row = result.answer.rows[0]
    assert row.direction == "rising"
    assert row.per_hour == pytest.approx(1.0, abs=0.2)


async def test_two_rooms_are_compared_now(house: SmallHouse) -> None:
    result = await house.query("latest", quantity="temperature", where="kitchen", versus="bedroom")
    assert isinstance(result.answer, CompareAnswer)
    assert (result.answer.first.name, result.answer.first.value) == ("kitchen", 23.4)
    assert (result.answer.second.name, result.answer.second.value) == ("bedroom", 19.5)


async def test_two_periods_are_compared(house: SmallHouse) -> None:
    await say(house, CELLAR.id, *((hours, 10.0) for hours in range(36, 12, -1)), *((h, 12.0) for h in range(12, 0, -1)))
    result = await house.query(
        "mean", quantity="temperature", where="cellar", period="today", versus_period="yesterday"
    )
    assert isinstance(result.answer, CompareAnswer)
    assert (round(result.answer.first.value, 3), round(result.answer.second.value, 3)) == (12.0, 10.0)
    assert result.answer.by_period


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"answer": "last_change", "where": "front door", "versus": "kitchen"}, ErrorCode.INCOMPATIBLE),
        (
            {"answer": "mean", "quantity": "temperature", "versus": "kitchen", "versus_period": "today"},
            ErrorCode.INCOMPATIBLE,
        ),
        ({"answer": "latest", "where": "kitchen", "quantity": "temperature", "versus": "moon"}, ErrorCode.UNKNOWN_NAME),
        ({"answer": "mean", "where": "kitchen", "period": "this_evening"}, ErrorCode.NO_DATA),
        ({"answer": "total", "where": "front door"}, ErrorCode.NO_DATA),
        ({"answer": "count", "quantity": "temperature", "where": "kitchen"}, ErrorCode.NO_DATA),
        ({"answer": "mean", "where": "cellar", "quantity": "temperature", "period": "yesterday"}, ErrorCode.NO_DATA),
    ],
)
async def test_what_cannot_be_worked_out_is_refused_with_a_reason(
    house: SmallHouse, given: dict[str, str], code: ErrorCode
) -> None:
    result = await house.query(**given)
    assert result.error is not None and result.error.code is code
    assert result.error.message


async def test_low_batteries_are_found_whichever_way_they_are_reported(house: SmallHouse) -> None:
    await say(house, HALL_BATTERY.id, (1, 12.0))
    await say(house, DOOR_BATTERY.id, (1, "low"))
    result = await house.query("low_battery")
    assert isinstance(result.answer, UpkeepAnswer)
    assert [row.value for row in result.answer.rows] == ["low", 12.0]
    assert result.answer.considered == 2


async def test_silent_unreachable_and_unheard_devices_are_told(house: SmallHouse) -> None:
    await say(house, HALL_BATTERY.id, (72, 80.0))
    await say(house, DISHWASHER.id, (1, 5.0))
    await say(house, DOOR_BATTERY.id, (1, "normal"))
    await house.store.write([Decoded(availability={"binary_sensor.bedroom_window": False})])
    result = await house.query("not_reporting")
    assert isinstance(result.answer, UpkeepAnswer)
    names = {row.entity_id for row in result.answer.rows}
    assert {HALL_BATTERY.id, "binary_sensor.bedroom_window"} <= names
    assert DISHWASHER.id not in names
    assert set(result.answer.never) == {"cellar temperature", "cellar lamp"}


async def test_half_a_minute_is_no_trend(house: SmallHouse) -> None:
    await say(house, CELLAR.id, (0.01, 10.0), (0.0, 14.0))
    result = await house.query("trend", quantity="temperature", where="cellar")
    assert result.error is not None and "too little" in result.error.message


async def test_how_warm_a_plug_is_inside_is_not_how_warm_its_room_is(tmp_path: Path) -> None:
    plug = replace(sensor("Cellar", Quantity.TEMPERATURE, "celsius", "Plug temperature"), category=Category.DIAGNOSTIC)
    async with small_house(tmp_path, (*ENTITIES, plug)) as house:
        await say(house, plug.id, (0.1, 41.0))
        of_room = await house.query("latest", quantity="temperature", where="cellar")
        assert of_room.error is not None and of_room.error.code is ErrorCode.NO_DATA
        of_plug = await house.query("latest", quantity="temperature", where="plug")
        assert isinstance(of_plug.answer, LatestAnswer) and of_plug.answer.rows[0].value == 41.0
