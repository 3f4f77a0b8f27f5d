"""Which series a question means: by quantity, state and name, and by the room of who asks. Pure."""

from typing import Any

from config.naming import naming
from sensors.home import House
from sensors.reading import STATE_ASPECT, STATES, Aspect, Entity, Quantity
from tools.arguments import QuerySensors, State
from tools.contract import Asker, ErrorCode, ToolError
from tools.names import (
    Found,
    Wanted,
    find_room,
    find_rooms,
    find_series,
    fold,
    is_group,
    main_of_each_room,
    most_fitting,
    of_the_asker,
    spoken_name,
    words,
)
from tools.reasons import Reason

_OF_ROOMS = frozenset(
    {
        Quantity.TEMPERATURE,
        Quantity.HUMIDITY,
        Quantity.PRESSURE,
        Quantity.ILLUMINANCE,
        Quantity.CO2,
        Quantity.MOTION,
        Quantity.PRESENCE,
    }
)
"""What people ask of rooms rather than of devices."""
_NO_ROOM = frozenset(fold(word) for language in naming() for word in language.no_room)
_OF_ALL = frozenset(fold(word) for language in naming() for word in language.of_all)


def series_meant(asked: QuerySensors, asker: Asker, house: House) -> list[Found]:
    """The series meant: those of that name, of several those in the asker's room; without a name those of the asker's
    room; where that has none, of the whole house.

    Raises ToolError where there are none.
    """
    if asked.where is None and asker.room is not None:
        room = find_room(house, asker.room)
        found = _not_from_inside(find_series(house, None, wanted(asked)), asked, house)
        here = [item for item in found if room and item.entity.room == room]
        if here:
            return most_fitting(here)
    found = every_series(asked, house)
    if asked.where is None or len(find_rooms(house, asked.where)) > 1:
        return main_of_each_room(found)
    here = of_the_asker(found, asked.where, house, asker.room)
    if asked.state is not None and is_group(asked.where, here[0].aspect.quantity):
        return here
    return most_fitting(here)


def every_series(asked: QuerySensors, house: House) -> list[Found]:
    """All that are named and can answer. Raises ToolError where there are none."""
    found = _not_from_inside(find_series(house, asked.where, wanted(asked)), asked, house)
    if found:
        return found
    raise ToolError(
        ErrorCode.NO_DATA,
        Reason.NOTHING_REPORTS if asked.where is None else Reason.NOTHING_THERE,
        received=f"{asked.quantity or asked.state or ''} {asked.where or ''}".strip(),
        field="quantity",
        suggestion=[quantity.value for quantity in house.quantities],
    )


def comparable(found: list[Found], asked: QuerySensors) -> list[Found]:
    """What is measured of rooms, once for each room; of everything else all there are.

    The coldest room is no freezer, nor is it outside; and what uses most is no meter that counts all the others.
    """
    of_rooms = asked.quantity in _OF_ROOMS
    chosen = main_of_each_room(found) if of_rooms else found
    if asked.threshold is not None or asked.where is not None:
        return chosen
    apart = _NO_ROOM if of_rooms else _OF_ALL
    return [item for item in chosen if apart.isdisjoint(words(f"{item.entity.name} {item.entity.room}"))] or chosen


def _not_from_inside(found: list[Found], asked: QuerySensors, house: House) -> list[Found]:
    """Without what devices report of themselves: how warm a plug is inside is not how warm its room is."""
    of_a_place = asked.where is None or bool(find_rooms(house, asked.where))
    if asked.quantity not in _OF_ROOMS or not of_a_place:
        return found
    return [item for item in found if item.entity.category is None]


def wanted(asked: QuerySensors) -> Wanted:
    """Which series can answer: of the quantity; else what an entity mainly reports, able to be in the state."""

    def fits(entity: Entity, aspect: Aspect) -> bool:
        if asked.quantity is not None and aspect.quantity is not asked.quantity:
            return False
        if asked.state is not None and asked.state not in _possible_states(aspect):
            return False
        if asked.quantity is not None or aspect.name == STATE_ASPECT:
            return True
        # `Is the fan on` is asked of the fan, and of its swinging only where the fan itself could not be on.
        return asked.state is not None and asked.state not in _possible_states(entity.aspects[0])

    return fits


def _possible_states(aspect: Aspect) -> tuple[str, ...]:
    if aspect.quantity is Quantity.CLIMATE:
        return State.ON, State.OFF
    return () if aspect.numeric else STATES.get(aspect.quantity, tuple(State))


def place(item: Found, house: House) -> str:
    """What a value is said to be of: the room for its own thermometer, the device for everything else."""
    if item.aspect.numeric and item.entity.room and item.speaks_for_room:
        return item.entity.room.lower()
    return spoken_name(item.entity, house)


def as_asked(asked: QuerySensors, **changed: str | float | None) -> dict[str, Any]:
    """The arguments of the call with some of them changed: what to ask instead."""
    return {**asked.model_dump(mode="json"), **changed}


def no_data(asked: QuerySensors) -> ToolError:
    return ToolError(ErrorCode.NO_DATA, Reason.NOTHING_RECORDED, received=asked.where or "")
