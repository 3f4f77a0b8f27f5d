"""`assistant house edit-hints`: a room for every device, ready to be pasted; and what check-config says of the file."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_house import light, sensor
from test_cli_devices import house as recorded

from assistant.cli.check_config import check_config
from assistant.cli.house import edit_hints
from sensors.arrange import arrange, load_house_file
from sensors.home import Floor, House, Room
from sensors.reading import Entity, Quantity
from tools.room_hints import room_hints


def thing(device: str, own: str = "temperature", room: str | None = None) -> Entity:
    return sensor(room, f"{device} {own}", Quantity.TEMPERATURE, device=device)


def proposed(entities: Iterable[Entity], **more: object) -> dict[str, str | None]:
    home = House(entities=tuple(entities), **more)  # type: ignore[arg-type]
    return {hint.name: hint.room for hint in room_hints(home)}


def test_a_room_is_taken_from_the_devices_name() -> None:
    placed = [thing("Stove", room="Kitchen"), thing("Sofa", room="Living Room")]
    found = proposed([*placed, thing("Kitchen motion"), thing("living room sensor"), thing("0x00158d")])
    assert found == {"Kitchen motion": "Kitchen", "living room sensor": "Living Room", "0x00158d": None}


def test_the_longest_room_name_counts_and_words_only_as_a_whole() -> None:
    placed = [thing("A", room="Bedroom"), thing("B", room="Guest bedroom")]
    found = proposed([*placed, thing("Guest bedroom lamp"), thing("Bedroomy thing"), thing("Bed sensor")])
    assert found == {"Guest bedroom lamp": "Guest bedroom", "Bedroomy thing": None, "Bed sensor": None}


def test_rooms_that_nothing_is_in_yet_are_known_by_their_usual_names() -> None:
    assert proposed([thing("Garage door sensor"), thing("Dining room lamp")]) == {
        "Garage door sensor": "Garage",
        "Dining room lamp": "Dining room",
    }


def test_an_alias_leads_to_its_room_and_a_floor_to_none() -> None:
    found = proposed(
        [thing("Sofa", room="Living Room"), thing("Lounge lamp"), thing("Upstairs sensor")],
        other_names=(Room(name="Living Room", aliases=("lounge",)),),
        floors=(Floor(name="Upstairs", rooms=("Living Room",)),),
    )
    assert found["Lounge lamp"] == "Living Room"


def test_other_parts_of_a_device_and_its_like_tell_where_it_is() -> None:
    entities = [
        thing("Weather box", "outside", "Garden"),
        thing("Weather box", "inside"),
        thing("Desk sensor", room="Office"),
        thing("Desk plug"),
        thing("Shelf sensor", room="Hall"),
        thing("Sensor plug"),
    ]
    assert proposed(entities) == {"Weather box": "Garden", "Desk plug": "Office", "Sensor plug": None}


def test_the_fragment_can_be_pasted_as_it_is_and_does_what_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entities = [
        thing("Stove", room="Kitchen"),
        thing('Kitchen "old" fan'),
        thing("0x00158d0001"),
        replace(light(None, "Kitchen strip"), id="light.strip"),
    ]
    state = recorded(tmp_path, entities)
    edit_hints(None, state)
    text = capsys.readouterr().out
    assert '# [devices."0x00158d0001"]  # reports temperature\n# room = ""\n' in text
    assert '[entities."light.strip"]\nroom = "Kitchen"  # its name says so\n' in text
    path = tmp_path / "house.toml"
    path.write_text(text)
    found = arrange(House(entities=tuple(entities)), load_house_file(path))
    assert found.warnings == ()
    assert [one.room for one in found.house.entities] == ["Kitchen", "Kitchen", None, "Kitchen"]


def test_what_stands_in_the_file_already_is_not_written_a_second_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = recorded(tmp_path, [thing("Stove", room="Kitchen"), thing("Kitchen box")])
    config = tmp_path / "assistant.toml"
    config.write_text("")
    (tmp_path / "house.toml").write_text('[devices."Kitchen box"]\nname = "Kitchen weather"\n')
    edit_hints(config, state)
    text = capsys.readouterr().out
    assert '# Add to [devices."Kitchen box"], which is in the file already:  room = "Kitchen"' in text
    assert '\n[devices."' not in text


def test_where_every_device_has_its_room_nothing_is_proposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit_hints(None, recorded(tmp_path, [thing("Stove", room="Kitchen")]))
    assert capsys.readouterr().out == "# Every device is in a room: there is nothing to propose.\n"
    edit_hints(None, tmp_path / "none")
    assert capsys.readouterr().out.startswith("# No devices are known yet")


def test_check_config_says_where_the_house_file_is_and_what_in_it_matches_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = recorded(tmp_path, [thing("Stove", room="Kitchen")])
    config = tmp_path / "assistant.toml"
    config.write_text("")
    check_config(config, state)
    assert f"House file: {tmp_path}/house.toml (not there, which is fine)" in capsys.readouterr().out
    (tmp_path / "house.toml").write_text('[devices."Stovee"]\nhide = true\n')
    check_config(config, state)
    assert f'Warning: {tmp_path}/house.toml, line 1: there is no device called "Stovee"' in capsys.readouterr().out


def test_the_house_file_can_lie_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "assistant.toml"
    config.write_text(f'[house]\nfile = "{tmp_path}/elsewhere/rooms.toml"\n')
    check_config(config, tmp_path)
    assert f"House file: {tmp_path}/elsewhere/rooms.toml" in capsys.readouterr().out
