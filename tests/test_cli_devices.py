"""`assistant devices`: the house at a glance, from the database alone."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes_house import binary, light, sensor
from fakes_sensors import HOUR_MS, MINUTE_MS, definition, reading, store_with

from assistant.cli.devices import NoSuchRoom, list_devices
from sensors.clock import now_ms
from sensors.decoded import Decoded
from sensors.reading import Entity, Quantity, Reading, SeriesKey
from sensors.spoken_units import HEARD, Units, spoken_unit
from sensors.units import CANONICAL, convert

KITCHEN = sensor("Kitchen", "Kitchen sensor Temperature", Quantity.TEMPERATURE, device="Kitchen sensor")
BATTERY = sensor("Kitchen", "Kitchen sensor Battery", Quantity.BATTERY, device="Kitchen sensor")
LAMP = light("Hall", "Ceiling light")
WINDOW = binary(None, "Attic window", Quantity.WINDOW)


def said(entity: Entity, value: float | str, ago_ms: int, aspect: str = "state") -> Reading:
    return reading(SeriesKey(entity_id=entity.id, aspect=aspect), now_ms() - ago_ms, value)


def house(folder: Path, entities: Iterable[Entity], readings: Iterable[Reading] = (), *gone: Entity) -> Path:
    """A state directory in which a daemon has recorded these."""

    async def record() -> None:
        definitions = (definition(one, topic=f"homeassistant/sensor/{one.id}/config") for one in entities)
        async with store_with(folder / "readings.sqlite3", readings, *definitions) as (writer, _):
            await writer.write([Decoded(availability={entity.id: False for entity in gone})])

    asyncio.run(record())
    return folder


def usual(folder: Path) -> Path:
    readings = [
        said(KITCHEN, 21.456, 5 * MINUTE_MS),
        said(BATTERY, 9.0, 30 * HOUR_MS),
        said(LAMP, "on", 3 * HOUR_MS),
        said(LAMP, 40.0, 3 * HOUR_MS, "brightness"),
    ]
    return house(folder, [KITCHEN, BATTERY, LAMP, WINDOW], readings, LAMP)


def shown(
    state: Path, capsys: pytest.CaptureFixture[str], *, room: str | None = None, ids: bool = False, settings: str = ""
) -> list[str]:
    """What is printed, with single spaces."""
    config = state / "assistant.toml"
    config.write_text(settings)
    assert list_devices(room=room, as_json=False, ids=ids, config=config, state_dir=state) == 0
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def as_json(state: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    list_devices(room=None, as_json=True, ids=False, config=None, state_dir=state)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_rooms_devices_values_ages_and_what_is_wrong_with_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(usual(tmp_path), capsys) == [
        "Hall",
        "Ceiling light on, brightness 40 % 3 hours ago cannot be reached",
        "Kitchen",
        "Kitchen sensor",
        "Battery 9 % 30 hours ago not heard for long, low battery",
        "Temperature 21.5 °C 5 minutes ago",
        "Not in a room",
        "Attic window no reading yet",
        "",
        "4 entities of 3 devices in 2 rooms.",
        "1 cannot be reached, 1 not heard for long, 1 with a low battery, 1 without a reading yet.",
        "1 entity in no room: `assistant house edit-hints` proposes rooms.",
    ]


def test_a_us_house_reads_its_own_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(usual(tmp_path), capsys, settings='[house]\nunits = "us"\n')
    assert "Temperature 70.6 °F 5 minutes ago" in lines


def test_one_room_or_one_floor_can_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = usual(tmp_path)
    (state / "house.toml").write_text('[floors."Ground floor"]\nrooms = ["Kitchen"]\naliases = ["downstairs"]\n')
    for name in ("kitchen", "downstairs"):
        lines = shown(state, capsys, room=name)
        assert lines[0] == "Kitchen (Ground floor)" and "2 entities of 1 device in 1 room." in lines
        assert not any("Ceiling light" in line or "Attic" in line for line in lines)
    with pytest.raises(NoSuchRoom, match='no room or floor called "Cellar"; did you mean'):
        shown(state, capsys, room="Cellar")


def test_what_the_house_file_hides_and_what_in_it_matches_nothing_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = usual(tmp_path)
    (state / "house.toml").write_text(
        f'[entities."{LAMP.id}"]\nhide = true\n\n[devices."Attic windw"]\nroom = "Attic"\n'
    )
    lines = shown(state, capsys)
    assert not any("Ceiling light" in line for line in lines)
    assert f"1 entity hidden by {state}/house.toml." in lines
    [warning] = [line for line in lines if line.startswith("Warning: ")]
    assert 'house.toml, line 4: there is no device called "Attic windw"; did you mean "Kitchen sensor"?' in warning


def test_ids_are_shown_for_who_writes_a_house_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert any(line.endswith(LAMP.id) for line in shown(usual(tmp_path), capsys, ids=True))


def test_a_program_gets_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(usual(tmp_path), capsys)
    assert [room["room"] for room in found["rooms"]] == ["Hall", "Kitchen"]
    [lamp] = found["rooms"][0]["devices"][0]["entities"]
    assert (lamp["reachable"], lamp["verbs"]) == (False, ["turn_on", "turn_off", "set_brightness"])
    assert [(one["aspect"], one["value"], one["unit"]) for one in lamp["values"]] == [
        ("state", "on", None),
        ("brightness", 40.0, "percent"),
    ]
    [battery, _] = found["rooms"][1]["devices"][0]["entities"]
    assert battery["stale"] and battery["low_battery"]
    assert found["unplaced"][0]["device"] == "Attic window"


def test_before_anything_was_recorded_there_is_a_clear_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    list_devices(room=None, as_json=False, ids=False, config=None, state_dir=tmp_path / "none")
    assert "No devices are known yet" in (said := capsys.readouterr().out) and "assistant run" in said
    house(tmp_path, [])
    list_devices(room=None, as_json=False, ids=False, config=None, state_dir=tmp_path)
    assert "as soon as they announce themselves over MQTT" in capsys.readouterr().out
    assert as_json(tmp_path / "none", capsys) == {"rooms": [], "unplaced": [], "hidden": [], "warnings": []}


def test_three_hundred_entities_are_listed_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entities = [
        replace(
            KITCHEN,
            id=f"sensor.n{number}",
            name=f"Sensor {number}",
            device=f"Device {number // 3}",
            room=f"Room {number % 20}",
        )
        for number in range(300)
    ]
    state = house(tmp_path, entities, [said(one, 20.0, MINUTE_MS) for one in entities])
    begun = time.monotonic()
    lines = shown(state, capsys)
    assert time.monotonic() - begun < 1.0
    assert "300 entities of 100 devices in 20 rooms." in lines


def test_names_that_a_device_gave_itself_cannot_command_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = replace(KITCHEN, id="sensor.evil", name="[red]\x1b[2J", device=None, room="\x1b]0;x\x07")
    text = "".join(shown(house(tmp_path, [evil]), capsys))
    assert "\x1b" not in text and "[red]" in text


@pytest.mark.parametrize("units", ["metric", "us"])
def test_every_unit_that_is_heard_can_be_converted_to_and_is_heard_as_itself(units: Units) -> None:
    for stored, heard in HEARD[units].items():
        assert convert(convert(1.0, stored, heard), heard, stored) == pytest.approx(1.0)
        assert spoken_unit(heard, units) == heard


@pytest.mark.parametrize("quantity", sorted(CANONICAL))
def test_what_a_us_house_hears_is_told_apart_only_where_the_us_measures_otherwise(quantity: Quantity) -> None:
    stored = CANONICAL[quantity]
    heard = {units: spoken_unit(stored, units) for units in ("metric", "us")}
    assert heard["metric"] not in {"fahrenheit", "inches", "feet", "miles", "gallons", "pounds", "miles_per_hour"}
    assert heard["us"] not in {"celsius", "millimetres", "metres", "litres", "kilograms", "kilometres_per_hour"}


@pytest.mark.parametrize(
    ("stored", "value", "metric", "us"),
    [
        ("celsius", 20.0, (20.0, "celsius"), (68.0, "fahrenheit")),
        ("metres_per_second", 10.0, (36.0, "kilometres_per_hour"), (22.369, "miles_per_hour")),
        ("millimetres", 25.4, (25.4, "millimetres"), (1.0, "inches")),
        ("hectopascals", 1013.25, (1013.25, "hectopascals"), (29.921, "inches_of_mercury")),
        ("litres", 10.0, (10.0, "litres"), (2.6417, "gallons")),
        ("cubic_metres", 1.0, (1.0, "cubic_metres"), (35.315, "cubic_feet")),
        ("metres", 100.0, (100.0, "metres"), (328.08, "feet")),
        ("kilograms", 80.0, (80.0, "kilograms"), (176.37, "pounds")),
        ("millimetres_per_hour", 25.4, (25.4, "millimetres_per_hour"), (1.0, "inches_per_hour")),
        ("square_metres", 10.0, (10.0, "square_metres"), (107.64, "square_feet")),
        ("watts", 5.0, (5.0, "watts"), (5.0, "watts")),
        ("kelvin", 2700.0, (2700.0, "kelvin"), (2700.0, "kelvin")),
    ],
)
def test_people_hear_their_own_units(
    stored: str, value: float, metric: tuple[float, str], us: tuple[float, str]
) -> None:
    wanted: dict[Units, tuple[float, str]] = {"metric": metric, "us": us}
    for units, (number, unit) in wanted.items():
        assert spoken_unit(stored, units) == unit
        assert convert(value, stored, unit) == pytest.approx(number, rel=1e-4)
