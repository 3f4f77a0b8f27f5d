"""What code calls a thing when it speaks of it: as a person would, and never so short that it is nothing any more."""

from dataclasses import replace

import pytest
from fakes_house import lock

from sensors.home import House
from sensors.reading import Component
from tools.names import spoken_name


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Front Door Lock", "front door"),
        ("Entry Smart Lock", "entry smart lock"),
        ("Back Door Smart Lock", "back door smart lock"),
        ("Lock", "hall lock"),
        ("Haustür Schloss", "haustür"),
        ("Smartes Schloss", "smartes schloss"),
        ("Front Door Lock State", "front door"),
    ],
)
def test_a_lock_is_called_by_its_door_or_else_by_its_whole_name(name: str, spoken: str) -> None:
    entity = lock("Hall", name)
    assert spoken_name(entity, House(entities=(entity,))) == spoken


def test_what_a_device_and_its_entity_are_both_called_is_said_once() -> None:
    entity = replace(lock("Bathroom", "Bathroom window Window"), component=Component.BINARY_SENSOR)
    assert spoken_name(entity, House(entities=(entity,))) == "bathroom window"
