"""The user's own file about the house: what it overrides, and how it says what is wrong with it."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_house import binary, build_house, light, sensor, switch
from fakes_sensors import definition, reading, store_with
from hypothesis import given
from hypothesis import strategies as st

from config.house_file import HouseFileError, read_house_file
from sensors.arrange import Arranged, HouseFileWatch, arrange, load_house_file
from sensors.decoded import Decoded
from sensors.home import House
from sensors.periods import Span
from sensors.questions import Questions
from sensors.reading import Aspect, Command, Component, Entity, Quantity, SeriesKey, Verb


def written(folder: Path, text: str) -> Path:
    path = folder / "house.toml"
    path.write_text(text)
    return path


def arranged(folder: Path, text: str, house: House | None = None) -> Arranged:
    return arrange(house or build_house(), load_house_file(written(folder, text)))


def fault(folder: Path, text: str) -> str:
    with pytest.raises(HouseFileError) as error:
        load_house_file(written(folder, text))
    return str(error.value).replace(str(folder), "")


def of_device(name: str, own: str, room: str | None = None) -> Entity:
    return sensor(room, f"{name} {own}", Quantity.TEMPERATURE, device=name)


def unclear(entity_id: str, unit: str | None = None) -> Entity:
    aspect = Aspect(name="state", quantity=Quantity.NUMBER, unit=unit, numeric=True)
    return Entity(id=entity_id, component=Component.SENSOR, name="Probe", room="Cellar", aspects=(aspect,))


def test_without_a_file_the_house_is_as_discovery_says(tmp_path: Path) -> None:
    house = build_house()
    assert arrange(house, load_house_file(tmp_path / "none.toml")) == Arranged(house=house)
    assert arrange(house, load_house_file(None)) == Arranged(house=house)


def test_a_device_gets_a_name_a_room_and_aliases_for_all_that_it_reports(tmp_path: Path) -> None:
    house = House(entities=(of_device("0x00158d01", "temperature"), of_device("0x00158d01", "humidity")))
    text = '[devices."0x00158D01"]\nname = "Weather box"\nroom = "Balcony"\naliases = ["outdoor box"]\n'
    found = arranged(tmp_path, text, house)
    assert [one.name for one in found.house.entities] == ["Weather box temperature", "Weather box humidity"]
    assert {one.device for one in found.house.entities} == {"Weather box"}
    assert found.house.rooms == ("Balcony",)
    assert found.house.entities[0].aliases == ("outdoor box temperature", "outdoor box")
    assert found.warnings == ()


def test_what_is_said_of_one_entity_counts_more_than_what_is_said_of_its_device(tmp_path: Path) -> None:
    house = House(entities=(of_device("Box", "inside"), of_device("Box", "outside")))
    inside, outside = (entity.id for entity in house.entities)
    text = (
        '[devices.Box]\nroom = "Hall"\nhide = true\n'
        f'[entities."{outside}"]\nroom = "Garden"\nname = "Outdoor temperature"\nhide = false\n'
    )
    found = arranged(tmp_path, text, house)
    assert [(one.id, one.room, one.name) for one in found.house.entities] == [
        (outside, "Garden", "Outdoor temperature")
    ]
    assert [one.id for one in found.hidden] == [inside]


def test_a_hidden_entity_can_neither_be_asked_about_nor_controlled(tmp_path: Path) -> None:
    house = build_house(switch("Cellar", "Boiler"))
    found = arranged(tmp_path, '[entities."switch.cellar_boiler"]\nhide = true\n', house)
    assert "switch.cellar_boiler" not in found.house.by_id
    assert "Cellar" not in found.house.rooms


def test_rooms_are_renamed_and_one_room_has_one_spelling(tmp_path: Path) -> None:
    house = House(entities=(light("living_room", "Lamp"), light("Living Room", "Spot"), light("kitchen", "Strip")))
    text = '[rooms.living_room]\nname = "Living room"\naliases = ["lounge"]\n[floors.Downstairs]\nrooms = ["Kitchen"]\n'
    found = arranged(tmp_path, text, house).house
    assert found.rooms == ("Kitchen", "Living room")
    assert ("lounge", ("Living room",)) in found.places
    assert ("Downstairs", ("Kitchen",)) in found.places


def test_a_room_that_is_renamed_is_still_meant_by_its_old_name_elsewhere_in_the_file(tmp_path: Path) -> None:
    house = House(entities=(light("living_room", "Lamp"), of_device("Box", "inside")))
    text = (
        '[rooms.living_room]\nname = "Lounge"\n[floors.Downstairs]\nrooms = ["living_room"]\n'
        '[devices.Box]\nroom = "Living_Room"\n'
    )
    found = arranged(tmp_path, text, house)
    assert found.house.rooms == ("Lounge",)
    assert found.house.floor_of("Lounge") is not None
    assert found.warnings == ()


def test_floors_know_their_rooms(tmp_path: Path) -> None:
    text = '[floors."Upper floor"]\nrooms = ["Bedroom", "Office"]\naliases = ["upstairs"]\n'
    house = arranged(tmp_path, text).house
    floor = house.floor_of("Bedroom")
    assert floor is not None and floor.name == "Upper floor"
    assert house.rooms_of(floor) == ("Bedroom", "Office")
    assert house.floor_of("Kitchen") is None and house.floor_of(None) is None


@pytest.mark.parametrize("unit", ["°F", "fahrenheit", "Fahrenheit"])
def test_a_number_without_a_unit_becomes_what_the_person_says_that_it_is(tmp_path: Path, unit: str) -> None:
    text = f'[entities."sensor.probe"]\nquantity = "temperature"\nunit = "{unit}"\n'
    found = arranged(tmp_path, text, House(entities=(unclear("sensor.probe"),)))
    [entity] = found.house.entities
    assert (entity.aspects[0].quantity, entity.aspects[0].unit) == (Quantity.TEMPERATURE, "celsius")
    assert found.claims == {SeriesKey(entity_id="sensor.probe"): ("fahrenheit", "celsius")}


async def test_every_question_is_answered_in_the_unit_that_the_person_gave(tmp_path: Path) -> None:
    key, minute = SeriesKey(entity_id="sensor.probe"), 60_000
    path = written(tmp_path, '[entities."sensor.probe"]\nquantity = "temperature"\nunit = "°F"\n')
    readings = [reading(key, 1_000 * minute + number * minute, 50.0 + 9 * number) for number in range(4)]
    database = tmp_path / "readings.sqlite3"
    async with (
        store_with(database, readings, definition(unclear("sensor.probe"))),
        Questions(database, house_file=HouseFileWatch(path)) as questions,
    ):
        await questions.house()
        span = Span(start_ms=1_000 * minute, end_ms=1_004 * minute)
        assert (await questions.latest([key]))[key].value == 25.0
        change = await questions.last_change(key, None, span.end_ms)
        assert change is not None and (change.before, change.value) == (20.0, 25.0)
        found = await questions.aggregate(key, span)
        assert found is not None and (found.minimum, found.mean, found.maximum) == (10.0, 17.5, 25.0)
        total = await questions.total(key, span)
        assert total is not None and total.value == pytest.approx(15.0)
        trend = await questions.trend(key, span)
        assert trend is not None and (trend.first, trend.last) == (10.0, 25.0)
        assert trend.slope_per_hour == pytest.approx(300.0, rel=0.01)
        path.unlink()
        await questions.house()
        assert (await questions.latest([key]))[key].value == 77.0


def test_a_device_that_is_told_numbers_keeps_its_own_unit(tmp_path: Path) -> None:
    told = Command(verb=Verb.SET_POSITION, topic="t", payload="{{ value }}", takes_value=True)
    entity = replace(unclear("number.probe"), commands=(told,))
    found = arranged(tmp_path, '[entities."number.probe"]\nunit = "°F"\n', House(entities=(entity,)))
    assert found.house.entities == (entity,) and "stays as it is" in found.warnings[0]


def test_a_quantity_alone_brings_the_unit_in_which_it_is_stored(tmp_path: Path) -> None:
    text = '[entities."sensor.probe"]\nquantity = "humidity"\n'
    [entity] = arranged(tmp_path, text, House(entities=(unclear("sensor.probe"),))).house.entities
    assert entity.aspects[0].unit == "percent"


def test_a_socket_that_feeds_a_lamp_is_a_light(tmp_path: Path) -> None:
    house = House(entities=(switch("Hall", "Plug"), binary("Hall", "Contact", Quantity.DOOR)))
    text = (
        '[entities."switch.hall_plug"]\nquantity = "light"\n'
        '[entities."binary_sensor.hall_contact"]\nquantity = "window"\n'
    )
    found = arranged(tmp_path, text, house)
    assert [one.aspects[0].quantity for one in found.house.entities] == [Quantity.LIGHT, Quantity.WINDOW]
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("entity", "wanted", "told"),
    [
        (unclear("sensor.probe", "volts"), 'quantity = "temperature"', "number in volts"),
        (unclear("sensor.probe"), 'quantity = "temperature"\nunit = "V"', "number"),
        (unclear("sensor.probe"), 'quantity = "door"', "number"),
        (binary("Hall", "Contact", Quantity.DOOR), 'quantity = "motion"', "door"),
        (binary("Hall", "Contact", Quantity.DOOR), 'unit = "V"', "door"),
    ],
)
def test_a_claim_that_cannot_be_true_changes_nothing_and_is_told(
    tmp_path: Path, entity: Entity, wanted: str, told: str
) -> None:
    found = arranged(tmp_path, f'[entities."{entity.id}"]\n{wanted}\n', House(entities=(entity,)))
    assert found.house.entities == (entity,)
    [warning] = found.warnings
    assert "line 2" in warning and f"reports {told}" in warning and "stays as it is" in warning


def test_entries_that_match_nothing_are_told_with_their_line_and_the_nearest_that_would(tmp_path: Path) -> None:
    house = House(entities=(of_device("Kitchen sensor", "temperature", "Kitchen"),))
    text = (
        '[devices."Kitchen senser"]\nroom = "Kitchen"\n\n[entities."sensor.nothing"]\nhide = true\n'
        '[rooms.Atic]\naliases = ["loft"]\n[floors.Up]\nrooms = ["Kitchen", "Roof"]\n'
    )
    found = arranged(tmp_path, text, house)
    told = [warning.removeprefix(f"{tmp_path}/house.toml, ") for warning in found.warnings]
    assert told[0] == 'line 1: there is no device called "Kitchen senser"; did you mean "Kitchen sensor"?'
    assert told[1].startswith('line 4: there is no entity called "sensor.nothing"; did you mean "sensor.')
    assert told[2] == "line 6: no device is in a room called 'Atic'"
    assert told[3] == "line 9: no device is in a room called 'Roof'"
    assert found.house.rooms_of(found.house.floors[0]) == ("Kitchen",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[devices\n", "is not valid TOML"),
        ("[device.Box]\n", 'line 1: there is no section called "device"; did you mean "devices"?'),
        ('[rooms.A]\n\n[devices."My box"]\nrom = "Hall"\n', "line 4: there is no key under [devices"),
        ('[devices.Box]\nunit = "V"\n', "line 2: unit belongs to one entity of a device"),
        ('[devices.Box]\nroom = ""\n', "line 2: devices.Box.room: a name has 1 to 80 printable characters, not ''"),
        ("[devices.Box]\nroom = 3\n", 'line 2: devices.Box.room: it must be a text in quotes: "...", not 3'),
        ('[devices]\nBox = "Hall"\n', 'line 2: devices.Box must be a table: write [devices."Box"]'),
        ('devices = ["Box"]\n', 'line 1: devices must be a table: write [devices."NAME"]'),
        ('[entities."a.b"]\nquantity = "temprature"\n', 'line 2: there is no quantity called "temprature"; did you me'),
        ('[entities."a.b"]\nunit = "celcius"\n', 'line 2: there is no unit called "celcius"; did you mean "celsius"?'),
        ('[floors.A]\nrooms = ["X"]\n[floors.B]\nrooms = ["x"]\n', 'line 4: the room "x" is on "A" already'),
        ('[rooms.A]\naliases = ["den"]\n[rooms.B]\naliases = ["Den"]\n', 'line 4: "Den" is what "A" is called already'),
        ("[devices.Box]\n[devices.BOX]\n", 'line 2: "BOX" is the same as "Box"; put both into one'),
        ('[floors.Up]\n[rooms.Loft]\naliases = ["up"]\n', 'line 3: "up" is what "Up" is called already'),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_fix(tmp_path: Path, text: str, said: str) -> None:
    assert f"/house.toml, {said}" in fault(tmp_path, text) or said in fault(tmp_path, text)


def test_several_faults_are_told_at_once(tmp_path: Path) -> None:
    assert len(fault(tmp_path, "[devices.A]\nrom = 1\n[devices.B]\nrom = 2\n").splitlines()) == 2


def test_a_file_that_is_no_text_or_far_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(HouseFileError, match="not UTF-8"):
        read_house_file(path)
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(HouseFileError, match="larger than"):
        read_house_file(path)


def touched(path: Path, text: str, second: int) -> None:
    path.write_text(text)
    os.utime(path, (second, second))


async def test_a_change_of_the_file_holds_at_the_next_question_and_changes_the_version(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    database = tmp_path / "readings.sqlite3"
    async with (
        store_with(database, (), definition()) as (writer, _),
        Questions(database, house_file=HouseFileWatch(path)) as questions,
    ):
        before = await questions.house()
        assert before.rooms == ("Bedroom",) and await questions.house() is before
        touched(path, '[rooms.Bedroom]\nname = "Nursery"\n', 1)
        after = await questions.house()
        assert after.rooms == ("Nursery",) and after.version > before.version
        await writer.write([Decoded(removals=("sensor.bedroom",))])
        assert (await questions.house()).version > after.version
        path.unlink()
        await writer.write([Decoded(definitions=(definition(),))])
        assert (await questions.house()).rooms == ("Bedroom",)


def test_a_change_that_is_wrong_leaves_what_held_before_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path, '[rooms.Bedroom]\nname = "Nursery"\n')
    watch = HouseFileWatch(path)
    touched(path, "[rooms\n", 1)
    assert watch.follow().entries.rooms["Bedroom"].name == "Nursery" == watch.follow().entries.rooms["Bedroom"].name
    assert caplog.text.count("is not used") == 1 and watch.revision == 0
    touched(path, '[rooms.Bedroom]\nname = "Den"\n', 2)
    assert watch.follow().entries.rooms["Bedroom"].name == "Den" and watch.revision == 1


def test_a_file_that_is_wrong_at_the_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HouseFileError, match="line 1"):
        HouseFileWatch(written(tmp_path, "[devics.Box]\n"))


NAMES = st.sampled_from(["Box", "Probe", "Hall", "Kitchen", "sensor.probe", "upstairs", "ä ö", "x" * 90, "", "\n"])
VALUES = st.one_of(NAMES, st.booleans(), st.integers(), st.lists(NAMES, max_size=3))
KEYS = st.sampled_from(["name", "room", "aliases", "hide", "quantity", "unit", "rooms", "else"])
SECTIONS = st.sampled_from(["devices", "entities", "rooms", "floors", "more"])


@given(st.dictionaries(SECTIONS, st.dictionaries(NAMES, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3)))
def test_whatever_a_file_says_it_is_applied_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, dict[str, dict[str, object]]]
) -> None:
    text = "".join(
        f"[{section}.{json.dumps(key)}]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in entry.items())
        for section, entries in content.items()
        for key, entry in entries.items()
    )
    path = written(tmp_path_factory.getbasetemp(), text)
    try:
        file = load_house_file(path)
    except HouseFileError as error:
        assert str(error).startswith(str(path))
        return
    house = House(entities=(of_device("Box", "inside"), unclear("sensor.probe"), switch("Hall", "Plug")))
    found = arrange(house, file)
    assert len(found.house.entities) + len(found.hidden) == 3
    assert all(rooms for _, rooms in found.house.places)


@given(st.binary(max_size=80))
def test_whatever_bytes_a_file_has_it_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.toml"
    path.write_bytes(content)
    try:
        load_house_file(path)
    except HouseFileError as error:
        assert str(path) in str(error)


def test_a_thing_that_is_called_like_its_device_is_called_so_once(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text('[devices."Washer"]\nname = "Washing machine"\n')
    relay = Entity(id="switch.w", component=Component.SWITCH, name="Washing machine", device="Washer")
    [found] = arrange(House(entities=(relay,)), load_house_file(path)).house.entities
    assert (found.name, found.device) == ("Washing machine", "Washing machine")
