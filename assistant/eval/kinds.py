"""Kinds of device as people write them in a house file, and what each is as an entity of Home Assistant's discovery."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from config.errors import unknown
from sensors.dialects.kinds.measured import BINARY_CLASSES, SENSOR_CLASSES
from sensors.reading import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A component of discovery, with its device class where it has one."""

    component: Component
    device_class: str = ""


def _all(component: Component, device_class: str, *names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, Kind(component=component, device_class=device_class))


_OWN: Mapping[str, Kind] = MappingProxyType(
    {
        **_all(
            Component.LIGHT,
            "",
            "lamp",
            "bulb",
            "led",
            "led_strip",
            "light_strip",
            "ceiling_light",
            "dimmer",
            "lighting",
        ),
        **_all(Component.SWITCH, "", "relay", "input_boolean", "automation", "appliance", "toggle", "boiler_switch"),
        **_all(Component.SWITCH, "outlet", "outlet", "socket", "plug", "smart_plug", "smart_socket", "power_outlet"),
        **_all(
            Component.SWITCH,
            "media",
            "media_player",
            "tv",
            "television",
            "speaker",
            "radio",
            "media",
            "receiver",
            "remote",
        ),
        **_all(Component.LOCK, "", "door_lock", "deadbolt"),
        **_all(Component.BINARY_SENSOR, "door", "contact", "opening", "front_door", "entry"),
        **_all(Component.COVER, "garage", "garage", "garage_door", "garage_door_opener"),
        **_all(Component.COVER, "gate", "gate"),
        **_all(Component.COVER, "blind", "blind", "venetian_blind", "roller_blind", "roller"),
        **_all(Component.COVER, "curtain", "curtain", "drape"),
        **_all(Component.COVER, "shutter", "shutter", "roller_shutter"),
        **_all(Component.COVER, "shade", "shade"),
        **_all(Component.COVER, "awning", "awning"),
        **_all(Component.COVER, "damper", "damper"),
        **_all(Component.CLIMATE, "", "thermostat", "heating", "heater", "radiator", "hvac", "trv", "heat_pump"),
        **_all(Component.CLIMATE, "ac", "air_conditioner", "air_conditioning", "ac", "aircon"),
        **_all(Component.WATER_HEATER, "", "boiler", "hot_water"),
        **_all(Component.FAN, "", "ventilator", "ventilation", "ceiling_fan", "air_purifier"),
        **_all(Component.HUMIDIFIER, "", "dehumidifier"),
        **_all(Component.VACUUM, "", "robot_vacuum", "vacuum_cleaner", "robot", "hoover", "roborock"),
        **_all(Component.LAWN_MOWER, "", "mower", "robot_mower"),
        **_all(Component.VALVE, "", "water_valve", "gas_valve", "tap"),
        **_all(Component.ALARM_CONTROL_PANEL, "", "alarm", "alarm_panel", "security_system", "burglar_alarm"),
        **_all(Component.SCENE, "", "routine", "mood"),
        **_all(Component.BUTTON, "", "script", "input_button", "push_button", "doorbell_button"),
        **_all(Component.NUMBER, "", "input_number", "setting"),
        **_all(Component.SELECT, "", "input_select", "option", "options"),
        **_all(Component.TEXT, "", "input_text"),
        **_all(Component.DEVICE_TRACKER, "", "person", "phone", "tracker", "device"),
        **_all(Component.EVENT, "", "doorbell", "remote_control"),
        **_all(Component.UPDATE, "", "firmware", "software_update"),
        **_all(Component.BINARY_SENSOR, "moisture", "leak", "water_leak", "flood"),
        **_all(Component.BINARY_SENSOR, "presence", "home_presence"),
        **_all(Component.BINARY_SENSOR, "connectivity", "connection", "online"),
        **_all(Component.BINARY_SENSOR, "carbon_monoxide", "co_alarm", "co"),
        **_all(Component.BINARY_SENSOR, "battery_charging", "charging"),
        **_all(Component.BINARY_SENSOR, "motion", "movement", "pir"),
        **_all(Component.SENSOR, "temperature", "thermometer", "temp"),
        **_all(Component.SENSOR, "humidity", "hygrometer"),
        **_all(Component.SENSOR, "carbon_dioxide", "co2"),
        **_all(Component.SENSOR, "illuminance", "lux", "brightness", "light_level"),
        **_all(Component.SENSOR, "pm25", "fine_dust", "particulates"),
        **_all(Component.SENSOR, "volatile_organic_compounds_parts", "voc", "tvoc"),
        **_all(Component.SENSOR, "aqi", "air_quality"),
        **_all(Component.SENSOR, "precipitation", "rain", "rainfall"),
        **_all(Component.SENSOR, "energy", "energy_meter", "electricity_meter", "electricity"),
        **_all(Component.SENSOR, "power_meter", "consumption"),
        **_all(Component.SENSOR, "water", "water_meter"),
        **_all(Component.SENSOR, "gas_meter"),
        **_all(Component.SENSOR, "signal_strength", "signal", "rssi", "wifi"),
        **_all(Component.SENSOR, "wind_speed", "wind", "anemometer"),
        **_all(Component.SENSOR, "pressure", "barometer"),
        **_all(Component.SENSOR, "weight", "scale"),
        **_all(Component.SENSOR, "sound_pressure", "noise"),
        **_all(Component.SENSOR, "", "weather", "meter", "text_sensor"),
    }
)
"""Words beside the names of components and device classes, which are all taken as they are."""
_BOTH = frozenset(SENSOR_CLASSES) & frozenset(BINARY_CLASSES)
"""Classes of numbers and of two states alike: what the state is decides."""
_OFTEN_WORDS = frozenset({"moisture", "gas", "carbon_monoxide"})
_CLASSED = frozenset({Component.SENSOR, Component.BINARY_SENSOR, Component.COVER})
"""Components of which the device class tells what they are."""
_SUFFIX = re.compile(r"_(sensor|detector|contact|contact_sensor|alarm)$")


def kind_of(said: str, device_class: str, state: Any, unit: str | None) -> Kind:
    """What a device is. `said` may also be `domain.device_class`. Raises ValueError for what is unknown."""
    name = "_".join(re.findall(r"[a-z0-9.]+", said.lower()))
    domain, _, inner = name.partition(".")
    given = class_of(device_class) or inner
    for word in _spellings(domain):
        found = _named(word, state, unit)
        if found is not None:
            return (
                Kind(component=found.component, device_class=given) if given and found.component in _CLASSED else found
            )
    near = unknown("kind of device", said, known_kinds())
    raise ValueError(f"{near} Domains and device classes of Home Assistant are known, and words of docs/eval.md")


def class_of(device_class: str) -> str:
    """`cover.CoverDeviceClass.GARAGE`, as dumps of Home Assistant have it, is `garage`."""
    return device_class.rpartition(".")[2].strip().lower()


def known_kinds() -> list[str]:
    return sorted({*_OWN, *(one.value for one in Component), *SENSOR_CLASSES, *BINARY_CLASSES})


def _spellings(word: str) -> list[str]:
    """The word itself, without `smart_` before and `_sensor` after it, and as one of many."""
    bare = _SUFFIX.sub("", word.removeprefix("smart_"))
    return list(dict.fromkeys([word, bare, word.removesuffix("s"), bare.removesuffix("s")]))


def _named(word: str, state: Any, unit: str | None) -> Kind | None:
    if word in _OWN:
        return _OWN[word]
    if word in {one.value for one in Component}:
        return Kind(component=Component(word))
    if word in _BOTH:
        numeric = unit is not None or is_number(state) or (state is None and word not in _OFTEN_WORDS)
        return Kind(component=Component.SENSOR if numeric else Component.BINARY_SENSOR, device_class=word)
    if word in SENSOR_CLASSES:
        return Kind(component=Component.SENSOR, device_class=word)
    return Kind(component=Component.BINARY_SENSOR, device_class=word) if word in BINARY_CLASSES else None


def is_number(state: Any) -> bool:
    """Whether it is a number, or a text that holds one."""
    if isinstance(state, bool) or state is None:
        return False
    try:
        return abs(float(state)) < 1e300
    except (TypeError, ValueError):
        return False
