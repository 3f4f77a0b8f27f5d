"""What a discovery configuration describes: an entity, the routes of its states, and its commands. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sensors.dialects.draft import Draft, checked_topic, clean
from sensors.dialects.kinds.alarms import alarm_control_panel
from sensors.dialects.kinds.announced import device_tracker, event, update
from sensors.dialects.kinds.appliances import lawn_mower, vacuum
from sensors.dialects.kinds.attributes import read_attributes
from sensors.dialects.kinds.choices import button, number, scene, select, text
from sensors.dialects.kinds.heating import climate, water_heater
from sensors.dialects.kinds.lights import light
from sensors.dialects.kinds.measured import binary_sensor, sensor
from sensors.dialects.kinds.openings import cover, lock, valve
from sensors.dialects.kinds.switched import fan, humidifier, siren, switch
from sensors.dialects.routes import Reachability, Refused, Route
from sensors.reading import Category, Component, Entity

_READERS: Mapping[Component, Callable[[Draft], None]] = {
    Component.SENSOR: sensor,
    Component.BINARY_SENSOR: binary_sensor,
    Component.LIGHT: light,
    Component.SWITCH: switch,
    Component.LOCK: lock,
    Component.COVER: cover,
    Component.CLIMATE: climate,
    Component.FAN: fan,
    Component.HUMIDIFIER: humidifier,
    Component.VALVE: valve,
    Component.SIREN: siren,
    Component.NUMBER: number,
    Component.SELECT: select,
    Component.BUTTON: button,
    Component.SCENE: scene,
    Component.TEXT: text,
    Component.VACUUM: vacuum,
    Component.WATER_HEATER: water_heater,
    Component.LAWN_MOWER: lawn_mower,
    Component.ALARM_CONTROL_PANEL: alarm_control_panel,
    Component.EVENT: event,
    Component.UPDATE: update,
    Component.DEVICE_TRACKER: device_tracker,
}
_IGNORED: Mapping[str, str] = {
    "image": "pictures are neither kept nor described",
    "camera": "pictures are neither kept nor described",
    "tag": "scanned tags start things in other programs; there is nothing to ask or to tell",
    "device_automation": "it announces what starts things in other programs; its device's events come as entities",
    "notify": "it shows messages of other programs; nothing is written to devices here",
    "infrared": "it sends codes of remote controls, which have no names that could be spoken",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An entity with the routes that lead to it."""

    entity: Entity
    routes: tuple[Route, ...]
    reachability: tuple[Reachability, ...] = ()
    reachability_mode: str = "latest"
    notes: tuple[str, ...] = ()


def component_of(name: str) -> Component:
    """The kind of entity. Raises Refused, with what a person can do about it, for what is none of ours."""
    if name in _IGNORED:
        raise Refused("ignored_component", f"{name} is known and left out: {_IGNORED[name]}")
    try:
        return Component(name)
    except ValueError as error:
        raise Refused("unsupported_component", f"{name[:40]!r} is no kind of entity that is known here") from error


def describe(
    config: Mapping[str, Any], component: Component, entity_id: str, *, keep_disabled: bool = False
) -> Described:
    """What a configuration with spelled-out keys describes. Raises Refused.

    What its device says is off until somebody wants it (`enabled_by_default: false`) is left out by name, unless
    `keep_disabled`.
    """
    draft = Draft(config, entity_id)
    if not keep_disabled and not draft.flag("enabled_by_default", default=True):
        raise Refused(
            "ignored_disabled",
            "its bridge says that it is off until somebody wants it: switch it on there (enabled_by_default), or take"
            " all such things with keep_disabled = true under [mqtt]",
        )
    _READERS[component](draft)
    read_attributes(draft, component)
    draft.settle()
    if not draft.routes and not draft.commands:
        raise Refused("no_topic", "it names no topic to listen to and none to send to")
    device = config.get("device") if isinstance(config.get("device"), Mapping) else {}
    category = draft.text("entity_category")
    entity = Entity(
        id=entity_id,
        component=component,
        name=_name(config, device or {}, entity_id),
        room=clean((device or {}).get("suggested_area")) or None,
        device=clean((device or {}).get("name")) or None,
        aspects=tuple(draft.aspects),
        commands=tuple(draft.commands),
        expire_after_seconds=draft.whole_seconds("expire_after"),
        off_after_seconds=draft.whole_seconds("off_delay") if component is Component.BINARY_SENSOR else None,
        category=Category(category) if category in set(Category) else None,
    )
    return Described(
        entity=entity,
        routes=tuple(draft.routes),
        reachability=_reachability(draft),
        reachability_mode=draft.text("availability_mode", "latest"),
        notes=tuple(draft.notes),
    )


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
