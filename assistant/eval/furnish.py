"""Turns one device of a house file into what it would announce, say and obey over MQTT."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from assistant.eval.given import Given
from assistant.eval.kinds import kind_of
from assistant.eval.moving import cover, lawn_mower, lock, vacuum, valve
from assistant.eval.sensing import SIBLINGS, binary_sensor, sensor
from assistant.eval.setting import (
    alarm,
    climate,
    event,
    number,
    scene,
    select,
    text,
    tracker,
    update,
    water_heater,
)
from assistant.eval.simulated import Part, Simulated, first
from assistant.eval.switching import fan, humidifier, light, siren, switch
from sensors.reading import Component

_Furnish = Callable[[Part, Given], None]
_FURNISH: Mapping[Component, _Furnish] = MappingProxyType(
    {
        Component.LIGHT: light,
        Component.SWITCH: switch,
        Component.LOCK: lock,
        Component.COVER: cover,
        Component.VALVE: valve,
        Component.CLIMATE: climate,
        Component.WATER_HEATER: water_heater,
        Component.FAN: fan,
        Component.HUMIDIFIER: humidifier,
        Component.SIREN: siren,
        Component.VACUUM: vacuum,
        Component.LAWN_MOWER: lawn_mower,
        Component.ALARM_CONTROL_PANEL: alarm,
        Component.SCENE: scene,
        Component.BUTTON: scene,
        Component.NUMBER: number,
        Component.SELECT: select,
        Component.TEXT: text,
        Component.DEVICE_TRACKER: tracker,
        Component.EVENT: event,
        Component.UPDATE: update,
        Component.SENSOR: sensor,
        Component.BINARY_SENSOR: binary_sensor,
    }
)
"""How each component is drawn up from what a file says."""
_UNREACHABLE = frozenset({"unavailable", "offline"})
_UNKNOWN = frozenset({"", "unknown", "none"})

ATTRIBUTES = frozenset(
    "brightness brightness_pct dimmable color color_name rgb_color hs_color xy_color color_modes supported_color_modes "
    "color_temp color_temp_kelvin color_temperature effect effect_list position current_position tilt "
    "current_tilt_position current_temperature temperature target_temperature setpoint target_temp_low "
    "target_temp_high hvac_modes modes mode preset_modes preset_mode preset fan_modes fan_mode swing_modes swing_mode "
    "hvac_action action current_humidity humidity target_humidity min_temp max_temp target_temp_step percentage speed "
    "speed_count oscillating direction fan_speed fan_speed_list battery battery_level device_class options min max "
    "step volume volume_level power energy voltage current illuminance co2 supported_features event_types "
    "state_class unit_of_measurement native_unit_of_measurement temperature_unit code media_title signal "
    "expire_after entity_category".split()
)
"""Attributes that mean something here, and that may also stand beside a device's other keys."""


def furnished(
    *,
    name: str,
    room: str | None,
    kind: str,
    state: Any,
    unit: str | None,
    attributes: Mapping[str, Any],
    available: bool,
    key: str,
    us: bool,
) -> Simulated:
    """Raises ValueError where the kind is unknown, or the state or an attribute is none that such a device has."""
    said = state.strip() if isinstance(state, str) else state
    gone = not available or (isinstance(said, str) and said.lower() in _UNREACHABLE)
    if isinstance(said, str) and said.lower() in _UNREACHABLE | _UNKNOWN:
        said = None
    unit = unit or _text(attributes, "unit_of_measurement", "native_unit_of_measurement") or None
    found = kind_of(kind, _text(attributes, "device_class"), said, unit)
    given = Given(state=said, unit=unit, attributes=attributes, kind=found, us=us)
    device = Simulated()
    main = part(device, found.component, key, name, room)
    furnish = _FURNISH[found.component]
    furnish(main, given)
    if expire := given.number("expire_after"):
        main.config["expire_after"] = expire
    if category := _text(attributes, "entity_category"):
        main.config["entity_category"] = category
    main.announce()
    _siblings(device, key, name, room, given)
    if gone:
        device.offline = main.config["availability_topic"]
    return device


def _text(attributes: Mapping[str, Any], *keys: str) -> str:
    """Raises ValueError where it is none."""
    found = first(attributes, keys)
    if found is not None and not isinstance(found, str):
        raise ValueError(f"{keys[0]} is a text, not {found!r}"[:200])
    return found or ""


def part(
    device: Simulated, component: Component, key: str, name: str, room: str | None, own: str | None = None
) -> Part:
    """An entity of the device; `own` is what it is called beside the device's name."""
    shown: dict[str, Any] = {"name": name, "identifiers": [f"eval_{key}"]}
    if room is not None:
        shown["suggested_area"] = room
    unique = key if own is None else f"{key}_{own.lower().replace(' ', '_')}"
    config = {"name": own, "unique_id": unique, "device": shown, "availability_topic": f"eval/{key}/reachable"}
    return Part(device=device, component=component.value, key=unique, config=config)


def _siblings(device: Simulated, key: str, name: str, room: str | None, given: Given) -> None:
    """What a device measures beside what it is there for: the power of a plug, the battery of a lock."""
    tells_battery = given.kind.component is Component.VACUUM
    told = set(device.topics)
    for attributes, (own, device_class) in SIBLINGS.items():
        value = given.get(*attributes)
        if value is None or told & set(attributes) or ("battery" in attributes and tells_battery):
            continue
        kind = kind_of(device_class, "", value, None)
        mine = Given(state=value, unit=None, attributes={}, kind=kind, us=given.us)
        beside = part(device, kind.component, key, name, room, own)
        main_topic = device.state_topic
        _FURNISH[kind.component](beside, mine)
        told_on = device.state_topic
        device.state_topic = main_topic
        device.topics |= dict.fromkeys(attributes, told_on)
        beside.announce()
