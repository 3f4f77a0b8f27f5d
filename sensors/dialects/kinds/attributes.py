"""What comes beside a state: of all attributes that a device may send, its battery and the strength of its signal."""

from typing import Any

from sensors.dialects.draft import Draft
from sensors.dialects.routes import Found, Reader, numbers, object_of, share
from sensors.reading import Component, Quantity
from sensors.templates import NoValue

_WHOLE_DEVICES = frozenset(
    {
        Component.ALARM_CONTROL_PANEL,
        Component.CLIMATE,
        Component.COVER,
        Component.DEVICE_TRACKER,
        Component.LAWN_MOWER,
        Component.LOCK,
        Component.SIREN,
        Component.VACUUM,
        Component.VALVE,
    }
)
"""Entities that are the whole of a device. A sensor's bridge announces the battery as an entity of its own."""
_READ: tuple[tuple[str, Reader], ...] = (
    ("battery", share("battery", 0, 100)),
    ("battery_level", share("battery", 0, 100)),
    ("linkquality", numbers("signal")),
)


def read_attributes(draft: Draft, component: Component) -> None:
    """Adds `battery` and `signal` to an entity whose attributes come on a topic of their own."""
    topic = draft.topic("json_attributes_topic")
    if topic is None or component not in _WHOLE_DEVICES or topic in {route.topic for route in draft.routes}:
        return
    draft.route("json_attributes_topic", _attributes, "json_attributes_template", tells=("battery", "signal"))
    names = {aspect.name for aspect in draft.aspects}
    if "battery" not in names:
        draft.aspect("battery", Quantity.BATTERY, "percent", numeric=True, expected=False)
    draft.aspect("signal", Quantity.SIGNAL, numeric=True, expected=False)


def _attributes(value: Any) -> Found:
    told = object_of(value)
    found = [pair for key, read in _READ if told and _is_number(told.get(key)) for pair in read(told[key])]
    if not found:
        raise NoValue("neither battery nor signal among the attributes")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
