"""Which of several is meant: the one in the room, all of them, or a question whose every answer leads to one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_house import build_house, cover, light, lock, switch
from fakes_tools import ENTITIES, HERE, SmallHouse, contact, small_house
from fakes_tools import light as small_light
from hypothesis import example, given
from hypothesis import strategies as st

from sensors.home import Floor, House
from sensors.reading import Aspect, Entity, Quantity, Verb
from tools.answers import LastChangeAnswer, LatestAnswer, ProposalAnswer
from tools.chosen import SeveralNamed, chosen_to_act
from tools.contract import Asker, ErrorCode, ToolError, ToolResult
from tools.names import find_series

KITCHEN = Asker(satellite="kitchen", room="Kitchen")
NOWHERE = Asker(satellite="console")
OFFICE = Asker(satellite="office", room="Office")

LAMPS = tuple(
    light(room, name) for room in ("Office", "Study", "Den") for name in ("Desk lamp", "Floor lamp", "Ceiling lamp")
)
HOUSE = build_house(
    *LAMPS,
    light("Office", "Corner lamp"),
    light("Office", "Shelf lamp"),
    cover("Office", "Left blind"),
    cover("Office", "Right blind"),
    cover("Kitchen", "Blind"),
    switch("Kitchen", "Desk fan"),
    lock("Garage", "Side door"),
    lock("Cellar", "Vault lock"),
)
UPSTAIRS = House(entities=HOUSE.entities, floors=(Floor(name="Upstairs", rooms=("Bedroom", "Office")),))


def able_to(verb: Verb) -> object:
    def able(entity: Entity, aspect: Aspect) -> bool:
        return entity.command(verb) is not None and aspect.name == entity.aspects[0].name

    return able


def meant(said: str, verb: Verb, asker: Asker, house: House = HOUSE) -> list[str]:
    able = able_to(verb)
    found = find_series(house, said, able)  # type: ignore[arg-type]
    chosen = chosen_to_act(found, said, verb, house=house, asker=asker, able=able)  # type: ignore[arg-type]
    return [entity.id for entity in chosen]


@pytest.mark.parametrize(
    ("said", "verb", "asker", "expected"),
    [
        ("ceiling light", Verb.TURN_ON, KITCHEN, ["light.kitchen_ceiling_light"]),
        ("light", Verb.TURN_ON, KITCHEN, ["light.kitchen_ceiling_light"]),
        ("desk lamp", Verb.TURN_ON, OFFICE, ["light.office_desk_lamp"]),
        ("study desk lamp", Verb.TURN_ON, OFFICE, ["light.study_desk_lamp"]),
        ("blind", Verb.CLOSE, KITCHEN, ["cover.kitchen_blind"]),
        # several are those of this room, unless a place or an `all` says otherwise
        ("blinds", Verb.CLOSE, OFFICE, ["cover.office_left_blind", "cover.office_right_blind"]),
        ("the lights", Verb.TURN_ON, KITCHEN, ["light.kitchen_ceiling_light"]),
        ("bedroom blinds", Verb.CLOSE, OFFICE, ["cover.bedroom_blinds"]),
        ("garage lights", Verb.TURN_ON, KITCHEN, ["light.garage_ceiling_light"]),
        ("study", Verb.TURN_ON, KITCHEN, [one.id for one in LAMPS if one.room == "Study"]),
    ],
)
def test_what_is_said_in_a_room_is_meant_of_it(said: str, verb: Verb, asker: Asker, expected: list[str]) -> None:
    assert meant(said, verb, asker) == expected


def test_all_is_the_whole_house_wherever_it_is_said() -> None:
    everywhere = meant("all blinds", Verb.CLOSE, OFFICE)
    assert everywhere == meant("blinds", Verb.CLOSE, NOWHERE) and len(everywhere) == 5


def test_a_floor_is_all_of_its_rooms_also_for_who_is_in_one_of_them() -> None:
    lights = meant("upstairs lights", Verb.TURN_ON, OFFICE, UPSTAIRS)
    assert {one.split("_")[0] for one in lights} == {"light.bedroom", "light.office"}


def test_several_that_are_called_so_are_asked_about_with_at_most_four_of_them() -> None:
    with pytest.raises(SeveralNamed) as error:
        meant("lamp", Verb.TURN_ON, OFFICE)
    assert error.value.suggestion == ["office desk lamp", "office floor lamp", "office ceiling lamp", "corner lamp"]
    assert error.value.more == 1


@given(
    st.sampled_from(["lamp", "light", "desk lamp", "blind", "thermostat", "door", "lamps office", "floor", "window"]),
    st.sampled_from([KITCHEN, NOWHERE, OFFICE]),
    st.sampled_from([Verb.TURN_ON, Verb.CLOSE, Verb.LOCK, Verb.SET_BRIGHTNESS, Verb.SET_TEMPERATURE]),
)
def test_every_candidate_that_is_offered_leads_to_one_thing_and_no_two_to_the_same(
    said: str, asker: Asker, verb: Verb
) -> None:
    try:
        meant(said, verb, asker)
    except ToolError as refused:
        assert isinstance(refused.suggestion, list) and len(refused.suggestion) <= 4
        if refused.code is ErrorCode.AMBIGUOUS_NAME:
            each = [meant(name, verb, asker) for name in refused.suggestion]
            assert all(len(one) == 1 for one in each)
            assert len({one[0] for one in each}) == len(refused.suggestion) >= 2
        else:
            for name in refused.suggestion:
                assert find_series(HOUSE, name, able_to(verb))  # type: ignore[arg-type]
    except IndexError:
        # Known, and not able to do it: refused by the caller, with what it can do.
        assert find_series(HOUSE, said, able_to(verb)) == []  # type: ignore[arg-type]


NAMES = [
    "Lamp",
    "Light",
    "Lights",
    "Desk lamp",
    "Desk",
    "Ceiling light",
    "Kitchen light",
    "Lamp 2",
    "All lights",
    "Hall",
]
THINGS = st.builds(
    light,
    st.sampled_from(["Kitchen", "Hall", "Desk", "Guest room", None]),
    st.sampled_from(NAMES),
    aliases=st.lists(st.sampled_from([*NAMES, "Reading lamp", "Küche"]), max_size=1).map(tuple),
)


@given(
    st.lists(THINGS, min_size=2, max_size=7, unique_by=lambda one: one.id),
    st.sampled_from([*NAMES, "lamps", "kitchen", "hall lamp", "the second lamp", "lamp two", "dusk", "kitchen lied"]),
    st.sampled_from([KITCHEN, NOWHERE, OFFICE, Asker(satellite="hall", room="Hall")]),
)
@example(
    [light("Kitchen", "Light"), light("Hall", "Desk lamp", aliases=("Hall",)), light(None, "Light", aliases=("Hall",))],
    "Light",
    NOWHERE,
)
def test_in_any_house_what_is_proposed_can_be_said_and_a_choice_leads_to_one(
    things: list[Entity], said: str, asker: Asker
) -> None:
    house = House(entities=tuple(things))
    try:
        chosen = meant(said, Verb.TURN_ON, asker, house)
    except ToolError as refused:
        assert isinstance(refused.suggestion, list)
        for name in refused.suggestion:
            again = meant(name, Verb.TURN_ON, asker, house)
            assert again and (refused.code is ErrorCode.UNKNOWN_NAME or len(again) == 1), name
    else:
        assert chosen and len(set(chosen)) == len(chosen)


def test_two_that_share_all_of_their_names_are_not_offered_as_a_choice() -> None:
    twin = light("Office", "Lamp")
    house = House(entities=(twin, replace(twin, id="light.other")))
    with pytest.raises(SeveralNamed) as error:
        meant("lamp", Verb.TURN_ON, NOWHERE, house)
    assert error.value.suggestion == [] and error.value.more == 0


@pytest.mark.parametrize(
    ("said", "verb"), [("side dor", Verb.UNLOCK), ("volt lock", Verb.UNLOCK), ("side dore", Verb.LOCK)]
)
def test_a_lock_is_not_moved_by_a_name_that_was_only_nearly_said(said: str, verb: Verb) -> None:
    with pytest.raises(ToolError) as error:
        meant(said, verb, NOWHERE)
    assert error.value.code is ErrorCode.UNKNOWN_NAME
    [name] = error.value.suggestion or []
    assert len(meant(name, verb, NOWHERE)) == 1


def test_a_light_goes_by_a_name_that_was_nearly_said_for_that_is_said_back() -> None:
    assert meant("office desc lamp", Verb.TURN_ON, NOWHERE) == ["light.office_desk_lamp"]


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[SmallHouse]:
    more = (small_light("Bedroom", "Desk lamp"), small_light("Kitchen", "Desk lamp strip"))
    windows = (contact("Bedroom", "Roof window", Quantity.WINDOW),)
    async with small_house(tmp_path, (*ENTITIES, *more, *windows)) as opened:
        yield opened


async def test_a_question_is_about_the_room_that_it_is_asked_in(small: SmallHouse) -> None:
    here = await small.query("latest", HERE, quantity="temperature")
    there = await small.query("latest", KITCHEN, quantity="temperature")
    assert [_room(here), _room(there)] == ["Bedroom", "Kitchen"]
    light_here = await small.query("latest", HERE, where="light", state="off")
    assert isinstance(light_here.answer, LatestAnswer)
    assert {row.room for row in light_here.answer.rows} == {"Bedroom"}


def _room(result: ToolResult) -> str | None:
    assert isinstance(result.answer, LatestAnswer)
    return result.answer.rows[0].room


async def test_when_one_of_several_changed_is_asked_and_not_guessed(small: SmallHouse) -> None:
    result = await small.query("last_change", NOWHERE, where="window", state="open")
    assert result.error is not None and result.error.code is ErrorCode.AMBIGUOUS_NAME
    for name in result.error.suggestion or []:
        assert isinstance((await small.query("last_change", NOWHERE, where=name)).answer, LastChangeAnswer)


async def test_when_something_in_a_place_changed_is_when_the_last_of_it_did(small: SmallHouse) -> None:
    await small.devices.report("light.counter_light", "off")
    result = await small.query("last_change", NOWHERE, where="kitchen", quantity="light")
    assert isinstance(result.answer, LastChangeAnswer) and result.answer.name == "counter light"


async def test_by_which_rung_a_name_was_found_is_on_the_record(small: SmallHouse) -> None:
    heard = await small.control("turn_on", "bedrum light")
    assert isinstance(heard.answer, ProposalAnswer)
    assert heard.resolved["how"] == "sound"
    assert (await small.query("latest", where="fridge")).resolved["how"] == "partial"


async def test_a_place_that_there_is_not_is_answered_with_the_nearest_three(small: SmallHouse) -> None:
    result = await small.call("describe_house", topic="devices", where="the kitten", quantity=None)
    assert result.error is not None and isinstance(result.error.suggestion, list)
    assert len(result.error.suggestion) == 3 and "kitchen" in result.error.suggestion
