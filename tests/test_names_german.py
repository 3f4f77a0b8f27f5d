"""A house whose devices have German names: words put together, plurals, umlauts, and what guards it."""

import pytest
from fakes_house import binary, climate, cover, light, lock, sensor, switch

from config.naming import naming
from sensors.home import House
from sensors.reading import Aspect, Entity, Quantity, Verb
from tools.answers import Action
from tools.name_words import fold
from tools.names import find_series, is_group, says_all, spoken_name
from tools.tiers import Kind, kind_of

HOUSE = House(
    version=1,
    entities=(
        light("Küche", "Deckenlampe"),
        light("Küche", "Unterschrankleuchte"),
        light("Schlafzimmer", "Nachttischlampe"),
        light("Flur", "Flurlicht"),
        sensor("Küche", "Küchentemperatur", Quantity.TEMPERATURE),
        sensor("Küche", "Gefrierschrank Temperatur", Quantity.TEMPERATURE),
        sensor("Wohnzimmer", "Temperature sensor", Quantity.TEMPERATURE),
        lock("Flur", "Haustür"),
        binary("Flur", "Haustür Kontakt", Quantity.DOOR),
        binary("Schlafzimmer", "Fenster links", Quantity.WINDOW),
        cover("Wohnzimmer", "Rollladen Süd"),
        cover("Wohnzimmer", "Rollladen West"),
        climate("Bad", "Heizung"),
        switch("Küche", "Kaffeemaschine"),
    ),
)


def _found(said: str, *, verb: Verb | None = None, quantity: Quantity | None = None) -> set[str]:
    def wanted(entity: Entity, aspect: Aspect) -> bool:
        if verb is not None and entity.command(verb) is None:
            return False
        return aspect is entity.aspects[0] if quantity is None else aspect.quantity is quantity

    return {item.entity.name for item in find_series(HOUSE, said, wanted)}


@pytest.mark.parametrize("said", ["Küchenlicht", "kuechenlicht", "Licht in der Küche", "Küchenlampen", "küche licht"])
def test_a_kind_put_together_with_its_room_is_that_kind_in_the_room(said: str) -> None:
    assert _found(said, verb=Verb.TURN_ON) == {"Deckenlampe", "Unterschrankleuchte"}


def test_a_kind_put_together_with_a_name_is_that_thing() -> None:
    assert _found("Haustürschloss", verb=Verb.LOCK) == {"Haustür"}
    assert _found("haustuerschloss", verb=Verb.LOCK) == {"Haustür"}
    assert _found("Küchendeckenlampe", verb=Verb.TURN_ON) == {"Deckenlampe"}


def test_a_quantity_put_together_with_its_room_is_the_rooms_own() -> None:
    found = find_series(HOUSE, "Küchentemperatur", lambda _, aspect: aspect.quantity is Quantity.TEMPERATURE)
    assert [item.entity.name for item in found] == ["Küchentemperatur"]
    assert [item.speaks_for_room for item in found] == [True]
    assert _found("Wohnzimmertemperatur", quantity=Quantity.TEMPERATURE) == {"Temperature sensor"}


@pytest.mark.parametrize(
    ("said", "quantity", "group"),
    [
        ("die Lichter", Quantity.LIGHT, True),
        ("das Licht im Wohnzimmer", Quantity.LIGHT, True),
        ("die Lampe", Quantity.LIGHT, False),
        ("die Lampen", Quantity.LIGHT, True),
        ("der Rollladen", Quantity.COVER, False),
        ("die Rollläden", Quantity.COVER, True),
        ("die Jalousie", Quantity.COVER, False),
        ("die Jalousien", Quantity.COVER, True),
        ("alle Fenster", Quantity.WINDOW, True),
        ("das Fenster", Quantity.WINDOW, False),
        ("kitchen lights", Quantity.LIGHT, True),
        ("kitchen light", Quantity.LIGHT, False),
    ],
)
def test_a_plural_means_several(said: str, quantity: Quantity, group: bool) -> None:
    assert is_group(said, quantity) is group


@pytest.mark.parametrize("said", ["alle Lichter", "alles", "jedes Licht"])
def test_words_that_leave_nothing_out(said: str) -> None:
    assert says_all(said)


def test_an_english_name_in_a_german_house_is_found() -> None:
    assert _found("Temperatur im Wohnzimmer", quantity=Quantity.TEMPERATURE) == {"Temperature sensor"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Garagentor", Kind.ENTRY),
        ("Garagentoröffner", Kind.ENTRY),
        ("Haustüröffner Relais", Kind.ENTRY),
        ("Türsummer", Kind.ENTRY),
        ("Alarmanlage", Kind.ALARM),
        ("Haupthahn", Kind.WATER_AND_GAS),
        ("Gartenventil", Kind.WATER_AND_GAS),
        ("Heizlüfter", Kind.HEAT),
        ("Saunaofen", Kind.HEAT),
        ("Ventilator", Kind.COMFORT),
        ("Kaffeemaschine", Kind.COMFORT),
    ],
)
def test_what_a_switch_opens_or_heats_is_told_by_its_german_name(name: str, kind: Kind) -> None:
    action = Action(entity_id="switch.one", name=name, quantity=Quantity.SWITCH, verb=Verb.TURN_ON)
    assert kind_of(action) is kind


def test_no_language_takes_a_word_for_nothing_that_names_something_in_another() -> None:
    for one in naming():
        empty = {fold(word) for word in (*one.skipped, *one.articles)}
        for other in naming():
            telling = {word for kind in other.telling.values() for word in kind.words}
            naming_ = {*other.kinds, *other.rooms, *other.meant, *telling, *other.talking}
            clash = empty & {fold(word) for word in naming_} - {"on"}
            assert not clash, (one.language, other.language, clash)


def test_a_name_that_says_its_room_already_is_not_said_with_it_again() -> None:
    gate = cover("Garage", "Garagentor")
    heating = climate("Bad", "Heizung")
    house = House(version=1, entities=(gate, heating))
    assert spoken_name(gate, house) == "garagentor"
    assert spoken_name(heating, house) == "bad heizung"
