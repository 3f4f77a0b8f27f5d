"""A turn of the record as a case, and the house that it happened in as a house file. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from assistant.eval.judge import touched
from assistant.turns.record import house_from_json
from assistant.turns.replay import Case
from config.errors import UserFacingError
from sensors.dialects.kinds.measured import BINARY_CLASSES, SENSOR_CLASSES
from sensors.dialects.kinds.openings import COVER_CLASSES
from sensors.home import House
from sensors.reading import STATE_ASPECT, Command, Component, Entity, Quantity, Verb
from sensors.units import sign_of
from tools.contract import NEEDS_CONFIRMATION, OK

_CLASSES: Mapping[Component, Mapping[str, Quantity]] = MappingProxyType(
    {
        Component.SENSOR: SENSOR_CLASSES,
        Component.BINARY_SENSOR: BINARY_CLASSES,
        Component.COVER: COVER_CLASSES,
    }
)
_ATTRIBUTES = {
    Quantity.BRIGHTNESS: "brightness",
    Quantity.POSITION: "position",
    Quantity.TEMPERATURE: "current_temperature",
    Quantity.TARGET_TEMPERATURE: "temperature",
    Quantity.BATTERY: "battery_level",
    Quantity.FAN_SPEED: "percentage",
}
"""What is told beside a state, as a house file has it."""
_LISTS = {
    Verb.SET_EFFECT: "effect_list",
    Verb.SET_PRESET: "preset_modes",
    Verb.SELECT_OPTION: "options",
}
_PRESENT = (
    (Verb.SET_TEMPERATURE, "temperature_unit", "celsius"),
    (Verb.START_OSCILLATING, "oscillating", False),
    (Verb.SET_DIRECTION, "direction", "forward"),
)
_BOUNDS = {Verb.SET_TEMPERATURE: ("min_temp", "max_temp"), Verb.SET_NUMBER: ("min", "max", "step")}
_COLORS = {Verb.SET_BRIGHTNESS: "brightness", Verb.SET_COLOR: "rgb", Verb.SET_COLOR_TEMPERATURE: "color_temp"}


class NoSuchCase(UserFacingError):
    """The turn cannot stand alone; the message says why."""


def case_of(case: Case) -> dict[str, Any]:
    """One line of a golden set: what was said, and what came of it then. Raises NoSuchCase for a mere answer."""
    turn = case.turn
    if turn["planner"] == "interceptor":
        raise NoSuchCase("that turn only answers a question; export the one that the question was about")
    return {
        "id": str(turn["turn"]),
        "say": str(turn["heard"]),
        **({"room": turn["room"]} if turn.get("room") else {}),
        "lang": case.facts["language"],
        "expect": _expected(turn["calls"], house_from_json(dict(case.house))),
    }


def _expected(calls: Sequence[Mapping[str, Any]], house: House) -> dict[str, Any]:
    ran = [call for call in calls if call["verdict"] in {OK, NEEDS_CONFIRMATION}]
    if not ran:
        refused = [str(call["verdict"]) for call in calls]
        return {"error": refused[0]} if refused else {"no_call": True}
    first = ran[0]
    alike = [call for call in ran if call["tool"] == first["tool"]]
    about, already = touched(alike)
    names = [house.by_id[one].name if one in house.by_id else one for one in about or already]
    expect: dict[str, Any] = {"tool": first["tool"]}
    if isinstance(first["arguments"], Mapping):
        expect["arguments"] = {key: value for key, value in first["arguments"].items() if value is not None}
    if names:
        expect["devices"] = list(dict.fromkeys(names))
    actions = [one for call in alike for one in call["result"].get("actions") or ()]
    if actions:
        expect["proposal"] = [_action(one) for one in actions]
    return expect


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    value = {} if action["value"] is None else {"value": action["value"]}
    return {"verb": action["verb"], "entity": action["entity_id"], **value}


def house_of(case: Case) -> dict[str, Any]:
    """The house file: every device as it was, saying what the turn was told of it."""
    house = house_from_json(dict(case.house))
    told: dict[str, list[Mapping[str, Any]]] = {}
    for one in _told(case):
        told.setdefault(str(one["entity_id"]), []).append(one)
    floors = {room: floor.name for floor in house.floors for room in floor.rooms}
    aliases = {room.name: list(room.aliases) for room in house.other_names}
    rooms = [
        {"name": room}
        | ({"floor": floors[room]} if room in floors else {})
        | ({"aliases": aliases[room]} if room in aliases else {})
        for room in house.rooms
    ]
    return {
        "units": case.facts["units"],
        "language": case.facts["language"],
        "time_zone": case.facts["zone"],
        "rooms": rooms,
        "devices": [_device(entity, told.get(entity.id, ())) for entity in house.entities],
    }


def _told(case: Case) -> Iterator[Mapping[str, Any]]:
    """Each value that an answer of the turn names: entity, quantity, value."""
    for call in case.turn["calls"]:
        answer = call["result"]
        for row in [*(answer.get("rows") or ()), *(answer.get(key) for key in ("row", "first", "second"))]:
            if isinstance(row, Mapping) and "entity_id" in row and row.get("value") is not None:
                yield {"quantity": answer.get("quantity"), **row}
        series = [str(one).rpartition("/") for one in call["resolved"].get("series", ())]
        if "now_state" in answer and series and "actions" not in answer:
            yield {"entity_id": series[0][0], "quantity": answer["quantity"], "value": answer["now_state"]}
        if answer.get("kind_of_answer") == "StateAnswer":
            yield from (
                {"entity_id": row["entity_id"], "quantity": answer["quantity"], "value": answer["state"]}
                for row in answer["rows"]
            )


def _device(entity: Entity, told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    main = entity.aspect(STATE_ASPECT)
    quantity = main.quantity if main else Quantity.TEXT
    classes = _CLASSES.get(entity.component, {})
    device_class = next((name for name, means in classes.items() if means is quantity), None)
    attributes: dict[str, Any] = dict(_attributes(entity))
    if device_class:
        attributes["device_class"] = device_class
    state = None
    for one in told:
        if one["quantity"] == quantity:
            state = one["value"]
        elif one["quantity"] in _ATTRIBUTES:
            attributes[_ATTRIBUTES[Quantity(one["quantity"])]] = one["value"]
    found = {
        "id": entity.id,
        "name": entity.name,
        "kind": entity.component.value,
        "room": entity.room,
        "state": state,
        "unit": sign_of(main.unit) if main and main.numeric and main.unit else None,
        "aliases": list(entity.aliases),
        "attributes": attributes,
        "history": _before(state) if main and main.numeric else [],
    }
    return {key: value for key, value in found.items() if value not in (None, [], {})}


def _before(state: Any) -> list[dict[str, Any]]:
    """A number that was so for a week, so that questions about the last days find something."""
    return [] if state is None else [{"at": f"{days} days ago 12:00", "state": state} for days in range(7, 0, -1)]


def _attributes(entity: Entity) -> Iterator[tuple[str, Any]]:
    """What the device can be told, as a house file has it."""
    verbs = {command.verb: command for command in entity.commands}
    if entity.category is not None:
        yield "entity_category", entity.category.value
    if entity.component is Component.LIGHT:
        yield "supported_color_modes", [mode for verb, mode in _COLORS.items() if verb in verbs] or ["onoff"]
    if entity.component is Component.VALVE and Verb.SET_POSITION in verbs:
        yield "position", 0
    yield from _listed(entity.component, verbs)
    yield from ((key, value) for verb, key, value in _PRESENT if verb in verbs)
    for verb, bounds in _BOUNDS.items():
        if (command := verbs.get(verb)) is not None:
            yield from zip(bounds, (command.minimum, command.maximum, command.step), strict=False)


def _listed(component: Component, verbs: Mapping[Verb, Command]) -> Iterator[tuple[str, list[str]]]:
    names = {**_LISTS, Verb.SET_FAN_MODE: "fan_speed_list" if component is Component.VACUUM else "fan_modes"}
    if component in {Component.CLIMATE, Component.WATER_HEATER}:
        names[Verb.SET_MODE] = "hvac_modes"
    yield from ((key, list(verbs[verb].options)) for verb, key in names.items() if verb in verbs)
