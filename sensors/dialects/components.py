"""What a discovery configuration describes: an entity, the routes of its states, and its commands. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sensors.dialects.draft import Draft, checked_topic
from sensors.dialects.routes import (
    CoverReading,
    Reachability,
    Refused,
    Route,
    any_text,
    json_light,
    numbers,
    share,
    words,
)
from sensors.reading import STATE_ASPECT, STATES, Component, Entity, Quantity, Verb
from sensors.units import CANONICAL, parse_unit, same_dimension

LONGEST_NAME = 80

_SENSOR_CLASSES = {
    "temperature": Quantity.TEMPERATURE,
    "humidity": Quantity.HUMIDITY,
    "pressure": Quantity.PRESSURE,
    "atmospheric_pressure": Quantity.PRESSURE,
    "power": Quantity.POWER,
    "energy": Quantity.ENERGY,
    "voltage": Quantity.VOLTAGE,
    "current": Quantity.CURRENT,
    "illuminance": Quantity.ILLUMINANCE,
    "carbon_dioxide": Quantity.CO2,
    "pm25": Quantity.PM25,
    "volatile_organic_compounds": Quantity.VOC,
    "volatile_organic_compounds_parts": Quantity.VOC,
    "gas": Quantity.GAS,
    "water": Quantity.WATER,
    "wind_speed": Quantity.WIND_SPEED,
    "precipitation": Quantity.PRECIPITATION,
    "battery": Quantity.BATTERY,
    "signal_strength": Quantity.SIGNAL,
}
_WORD_CLASSES = frozenset({"enum", "timestamp", "date"})
_BINARY_CLASSES = {
    "door": Quantity.DOOR,
    "opening": Quantity.DOOR,
    "window": Quantity.WINDOW,
    "garage_door": Quantity.GARAGE_DOOR,
    "motion": Quantity.MOTION,
    "occupancy": Quantity.MOTION,
    "moving": Quantity.MOTION,
    "presence": Quantity.PRESENCE,
    "moisture": Quantity.LEAK,
    "smoke": Quantity.SMOKE,
    "battery": Quantity.LOW_BATTERY,
    "lock": Quantity.LOCK,
}
_COVER_CLASSES = {"garage": Quantity.GARAGE_DOOR, "door": Quantity.DOOR, "window": Quantity.WINDOW}
_OBVIOUS = frozenset(
    {Quantity.TEMPERATURE, Quantity.POWER, Quantity.ENERGY, Quantity.ILLUMINANCE, Quantity.PRESSURE, Quantity.VOLTAGE}
)
"""Quantities that a unit alone gives away."""
_OTHER_UNITS_TOO = frozenset({Quantity.VOC, Quantity.GAS, Quantity.SIGNAL})
"""Quantities that are told in units which cannot be turned into each other."""
_UNITLESS_PERCENT = frozenset({Quantity.BATTERY, Quantity.HUMIDITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An entity with the routes that lead to it."""

    entity: Entity
    routes: tuple[Route, ...]
    reachability: tuple[Reachability, ...] = ()
    reachability_mode: str = "latest"
    notes: tuple[str, ...] = ()


def _sensor(draft: Draft) -> None:
    device_class, written = draft.text("device_class"), draft.text("unit_of_measurement")
    numeric = bool(written) or bool(draft.config.get("state_class")) or device_class in _SENSOR_CLASSES
    if not numeric or device_class in _WORD_CLASSES:
        draft.aspect(STATE_ASPECT, Quantity.TEXT)
        draft.route("state_topic", any_text(), "value_template")
        return
    quantity, unit, from_unit = _measured(draft, device_class, written)
    draft.aspect(STATE_ASPECT, quantity, unit, numeric=True)
    draft.route("state_topic", numbers(STATE_ASPECT, from_unit, unit), "value_template")


def _measured(draft: Draft, device_class: str, written: str) -> tuple[Quantity, str | None, str | None]:
    """Quantity, the unit to store in, and the unit that the device sends."""
    unit = parse_unit(written) if written else None
    quantity = _SENSOR_CLASSES.get(device_class) or _obvious(draft, unit)
    if written and unit is None:
        draft.notes.append("unknown_unit")
        return Quantity.NUMBER, None, None
    if quantity is None:
        return Quantity.NUMBER, unit, None
    canonical = CANONICAL[quantity]
    if unit is None and quantity not in _UNITLESS_PERCENT:
        draft.notes.append("no_unit")
        return Quantity.NUMBER, None, None
    if unit is None or same_dimension(unit, canonical):
        return quantity, canonical, unit
    draft.notes.append("odd_unit")
    return (quantity if quantity in _OTHER_UNITS_TOO else Quantity.NUMBER), unit, None


def _obvious(draft: Draft, unit: str | None) -> Quantity | None:
    if unit is None or draft.text("device_class") or draft.text("entity_category"):
        return None
    return next((quantity for quantity in _OBVIOUS if same_dimension(unit, CANONICAL[quantity])), None)


def _binary_sensor(draft: Draft) -> None:
    quantity = _BINARY_CLASSES.get(draft.text("device_class"), Quantity.TEXT)
    on_word, off_word = STATES.get(quantity, ("on", "off"))
    draft.aspect(STATE_ASPECT, quantity)
    meanings = {draft.text("payload_on", "ON"): on_word, draft.text("payload_off", "OFF"): off_word}
    draft.route("state_topic", words(meanings), "value_template")


def _switch(draft: Draft) -> None:
    on, off = draft.text("payload_on", "ON"), draft.text("payload_off", "OFF")
    draft.aspect(STATE_ASPECT, Quantity.SWITCH)
    meanings = {draft.text("state_on", on): "on", draft.text("state_off", off): "off"}
    draft.route("state_topic", words(meanings), "value_template")
    draft.command(Verb.TURN_ON, on, "on", template="command_template")
    draft.command(Verb.TURN_OFF, off, "off", template="command_template")


def _light(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.LIGHT)
    match draft.text("schema", "basic"):
        case "json":
            _json_light(draft)
        case "basic" | "default":
            _basic_light(draft)
        case other:
            raise Refused("unsupported_schema", f"lights of the schema {other[:40]!r} are not understood")


def _brightness_scale(draft: Draft) -> float:
    scale = draft.number("brightness_scale", 255)
    if not 1 <= scale <= 1e6:
        raise Refused("bad_definition", f"brightness_scale {scale:g} is out of range")
    return scale


def _json_light(draft: Draft) -> None:
    dims = draft.config.get("brightness") is True or bool(set(draft.words("supported_color_modes")) - {"onoff"})
    scale = _brightness_scale(draft) if dims else None
    draft.route("state_topic", json_light(scale), whole_json=True)
    draft.command(Verb.TURN_ON, json.dumps({"state": "ON"}), "on")
    draft.command(Verb.TURN_OFF, json.dumps({"state": "OFF"}), "off")
    if scale is not None:
        draft.aspect("brightness", Quantity.BRIGHTNESS, "percent", numeric=True)
        _set_brightness(draft, '{"state": "ON", "brightness": {{ value }}}', "command_topic", scale)


def _basic_light(draft: Draft) -> None:
    on, off = draft.text("payload_on", "ON"), draft.text("payload_off", "OFF")
    draft.route("state_topic", words({on: "on", off: "off"}), "state_value_template", "value_template")
    draft.command(Verb.TURN_ON, on, "on")
    draft.command(Verb.TURN_OFF, off, "off")
    if draft.topic("brightness_command_topic") is not None:
        scale = _brightness_scale(draft)
        draft.aspect("brightness", Quantity.BRIGHTNESS, "percent", numeric=True)
        draft.route("brightness_state_topic", share("brightness", 0, scale), "brightness_value_template")
        payload = draft.text("brightness_command_template", "{{ value }}")
        _set_brightness(draft, payload, "brightness_command_topic", scale)


def _set_brightness(draft: Draft, payload: str, topic: str, scale: float) -> None:
    draft.command_with_value(
        Verb.SET_BRIGHTNESS,
        payload,
        topic=topic,
        proof_aspect="brightness",
        unit="percent",
        minimum=1,
        maximum=100,
        scale=scale / 100,
    )


def _lock(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.LOCK)
    states = ("locked", "unlocked", "locking", "unlocking", "jammed")
    meanings = {draft.text(f"state_{state}", state.upper()): state for state in states}
    draft.route("state_topic", words(meanings), "value_template")
    draft.command(Verb.LOCK, draft.text("payload_lock", "LOCK"), "locked", template="command_template")
    draft.command(Verb.UNLOCK, draft.text("payload_unlock", "UNLOCK"), "unlocked", template="command_template")


def _cover(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, _COVER_CLASSES.get(draft.text("device_class"), Quantity.COVER))
    states = ("open", "closed", "opening", "closing", "stopped")
    meanings = {draft.text(f"state_{state}", state): state for state in states}
    closed, opened = draft.number("position_closed", 0), draft.number("position_open", 100)
    if closed == opened:
        raise Refused("bad_definition", "position_open and position_closed are the same")
    reading = CoverReading(meanings, closed, opened, has_state_topic=draft.topic("state_topic") is not None)
    draft.route("state_topic", reading.state, "value_template")
    if draft.route("position_topic", reading.position, "position_template", "value_template"):
        draft.aspect("position", Quantity.POSITION, "percent", numeric=True)
        _set_position(draft, closed, opened)
    draft.command(Verb.OPEN, draft.text("payload_open", "OPEN"), "open")
    draft.command(Verb.CLOSE, draft.text("payload_close", "CLOSE"), "closed")


def _set_position(draft: Draft, closed: float, opened: float) -> None:
    payload = draft.text("set_position_template", "{{ value }}")
    if (closed, opened) != (0, 100):
        place = f"(value * {(opened - closed) / 100!r} + {closed!r}) | round"
        payload = f"{{% set position = {place} %}}{{% set value = position %}}{payload}"
    draft.command_with_value(
        Verb.SET_POSITION,
        payload,
        topic="set_position_topic",
        proof_aspect="position",
        unit="percent",
        minimum=0,
        maximum=100,
    )


def _climate(draft: Draft) -> None:
    fahrenheit = draft.text("temperature_unit", "C").upper().startswith("F")
    unit = "fahrenheit" if fahrenheit else "celsius"
    draft.aspect(STATE_ASPECT, Quantity.CLIMATE)
    draft.route("mode_state_topic", any_text(), "mode_state_template")
    for aspect, quantity, topic, template in (
        ("current_temperature", Quantity.TEMPERATURE, "current_temperature_topic", "current_temperature_template"),
        ("target_temperature", Quantity.TARGET_TEMPERATURE, "temperature_state_topic", "temperature_state_template"),
    ):
        if draft.route(topic, numbers(aspect, unit, "celsius"), template):
            draft.aspect(aspect, quantity, "celsius", numeric=True)
    if draft.route("current_humidity_topic", numbers("current_humidity"), "current_humidity_template"):
        draft.aspect("current_humidity", Quantity.HUMIDITY, "percent", numeric=True)
    _set_temperature(draft, fahrenheit=fahrenheit)
    modes = draft.words("modes")
    on_mode = next((mode for mode in ("heat", "auto", "heat_cool", "cool") if mode in modes), "")
    for verb, mode in ((Verb.TURN_ON, on_mode), (Verb.TURN_OFF, "off" if "off" in modes else "")):
        draft.command(verb, mode, mode, topic="mode_command_topic", template="mode_command_template")


def _set_temperature(draft: Draft, *, fahrenheit: bool) -> None:
    """The command takes Celsius whatever the device does, so that it compares with what is stored."""
    payload = draft.text("temperature_command_template", "{{ value }}")
    lowest, highest = (
        draft.number("min_temp", 45 if fahrenheit else 7),
        draft.number("max_temp", 95 if fahrenheit else 35),
    )
    if fahrenheit:
        payload = "{% set value = (value * 1.8 + 32) | round(1) %}" + payload
        lowest, highest = (round((bound - 32) / 1.8, 1) for bound in (lowest, highest))
    draft.command_with_value(
        Verb.SET_TEMPERATURE,
        payload,
        topic="temperature_command_topic",
        proof_aspect="target_temperature",
        unit="celsius",
        minimum=lowest,
        maximum=highest,
    )


_READERS: Mapping[Component, Callable[[Draft], None]] = {
    Component.SENSOR: _sensor,
    Component.BINARY_SENSOR: _binary_sensor,
    Component.LIGHT: _light,
    Component.SWITCH: _switch,
    Component.LOCK: _lock,
    Component.COVER: _cover,
    Component.CLIMATE: _climate,
}


def describe(config: Mapping[str, Any], component: Component, entity_id: str) -> Described:
    """What a configuration with spelled-out keys describes. Raises Refused."""
    draft = Draft(config, entity_id)
    _READERS[component](draft)
    if not draft.routes and not draft.commands:
        raise Refused("no_topic", "it names no topic to listen to and none to send to")
    device = config.get("device") if isinstance(config.get("device"), Mapping) else {}
    expire = draft.number("expire_after", 0)
    entity = Entity(
        id=entity_id,
        component=component,
        name=_name(config, device or {}, entity_id),
        room=clean((device or {}).get("suggested_area")) or None,
        device=clean((device or {}).get("name")) or None,
        aspects=tuple(draft.aspects),
        commands=tuple(draft.commands),
        expire_after_seconds=int(expire) if 0 < expire < 1e9 else None,
    )
    return Described(
        entity=entity,
        routes=tuple(draft.routes),
        reachability=_reachability(draft),
        reachability_mode=draft.text("availability_mode", "latest"),
        notes=tuple(draft.notes),
    )


def clean(value: Any) -> str:
    """A name as it may be shown and spoken: printable, single spaces, of bounded length."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    printable = "".join(letter if letter.isprintable() else " " for letter in str(value)[: 4 * LONGEST_NAME])
    return " ".join(printable.split())[:LONGEST_NAME].strip()


def _name(config: Mapping[str, Any], device: Mapping[str, Any], entity_id: str) -> str:
    """Device and entity name together as Home Assistant shows them; `name: null` means the device itself."""
    device_name = clean(device.get("name"))
    default = "" if "name" in config else clean(config.get("device_class")).replace("_", " ")
    own = clean(config.get("name")) or default
    if device_name and own.casefold().startswith(device_name.casefold()):
        own = own[len(device_name) :].strip(" -_")
    return clean(f"{device_name} {own}") or entity_id.partition(".")[2].replace("_", " ")


def _reachability(draft: Draft) -> tuple[Reachability, ...]:
    """Where it is told whether the device can be reached: one topic, or a list of them."""
    listed = draft.config.get("availability")
    items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    if draft.config.get("availability_topic") is not None:
        items.append(
            {
                "topic": draft.config["availability_topic"],
                "value_template": draft.config.get("availability_template"),
                "payload_available": draft.config.get("payload_available"),
                "payload_not_available": draft.config.get("payload_not_available"),
            }
        )
    found = []
    for item in items:
        part = Draft(item, draft.entity_id)
        found.append(
            Reachability(
                topic=checked_topic(item.get("topic"), "availability topic"),
                available=part.text("payload_available", "online"),
                not_available=part.text("payload_not_available", "offline"),
                template=part.template("value_template"),
            )
        )
    return tuple(found)
