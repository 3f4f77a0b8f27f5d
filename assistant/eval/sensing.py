"""What only reports, in a house file: sensors of numbers and words, and of two states."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from assistant.eval.given import Given
from assistant.eval.kinds import is_number
from assistant.eval.simulated import Part, spoken
from sensors.dialects.kinds.measured import BINARY_CLASSES, SENSOR_CLASSES
from sensors.reading import STATES
from sensors.units import CANONICAL, parse_unit, sign_of

SIBLINGS: Mapping[tuple[str, ...], tuple[str, str]] = MappingProxyType(
    {
        ("battery", "battery_level"): ("Battery", "battery"),
        ("power",): ("Power", "power"),
        ("energy",): ("Energy", "energy"),
        ("voltage",): ("Voltage", "voltage"),
        ("current",): ("Current", "current"),
        ("temperature", "current_temperature"): ("Temperature", "temperature"),
        ("humidity", "current_humidity"): ("Humidity", "humidity"),
        ("illuminance",): ("Illuminance", "illuminance"),
        ("co2",): ("CO2", "co2"),
        ("signal",): ("Signal", "signal"),
    }
)
"""Attributes that are sensors beside their device: what each is called, and its kind."""

_YES = frozenset("on true yes 1 active triggered alarm".split())
_NO = frozenset("off false no 0 inactive idle ok normal none".split())
_MORE_YES = frozenset("opened occupied home movement wet leaking leak smoke gas problem tampered unlocked".split())
_MORE_NO = frozenset("shut unoccupied empty not_home dry no_motion no_smoke clear safe full locked".split())
_UNIT_WORDS = {
    "c": "°C", "f": "°F", "degrees": "°C", "w": "W", "kwh": "kWh", "lx": "lx", "v": "V", "a": "A", "percentage": "%",
    "watt": "W", "kilowatt": "kW", "kilowatt_hour": "kWh", "watt_hour": "Wh", "celcius": "°C", "pct": "%", "hpa": "hPa",
}  # fmt: skip
_WRITTEN = {
    "battery": "%",
    "humidity": "%",
    "moisture": "%",
    "carbon_dioxide": "ppm",
    "carbon_monoxide": "ppm",
    "pm25": "µg/m³",
    "pm10": "µg/m³",
    "pm1": "µg/m³",
    "volatile_organic_compounds_parts": "ppb",
    "signal_strength": "dBm",
    "water": "L",
    "gas": "m³",
    "wind_speed": "km/h",
    "precipitation": "mm",
}
"""Units of numbers for which the file gives none, where the canonical one is not what such devices send."""
_METERS = frozenset({"energy", "water", "gas"})


def sensor(part: Part, given: Given) -> None:
    """Raises ValueError for a number that is none."""
    device_class = given.kind.device_class or _told_by(part.config["device"]["name"], given)
    numeric = is_number(given.state) or (device_class in SENSOR_CLASSES) or given.unit is not None
    if numeric and given.state is not None and not is_number(given.state):
        raise ValueError(f"the state of this sensor is a number, not {given.state!r}")
    if device_class:
        part.config["device_class"] = device_class
    if device_class == "enum" and given.listed("options"):
        part.config["options"] = given.listed("options")
    if numeric:
        unit = _unit(given, device_class)
        if unit:
            part.config["unit_of_measurement"] = unit
        part.config["state_class"] = _state_class(given, device_class)
    state = float(given.state) if numeric and given.state is not None else given.state
    part.device.state_topic = part.tells("state_topic", "state", spoken(state))


def _told_by(name: str, given: Given) -> str:
    """The class of a plain sensor of numbers, where its name ends with it: `Bathroom humidity`."""
    said = name.lower().replace(" ", "_")
    known = {**dict.fromkeys(SENSOR_CLASSES), "co2": "carbon_dioxide", "light_level": "illuminance"}
    found = next((one for one in known if said.endswith(one)), "")
    return (known.get(found) or found) if is_number(given.state) or given.unit else ""


def _state_class(given: Given, device_class: str) -> str:
    said = given.get("state_class")
    plain = "total_increasing" if device_class in _METERS else "measurement"
    return str(said).rpartition(".")[2].lower() if said else plain


def _unit(given: Given, device_class: str) -> str | None:
    if given.unit:
        return written_unit(given.unit)
    if device_class == "temperature":
        return "°F" if given.us else "°C"
    quantity = SENSOR_CLASSES.get(device_class)
    canonical = CANONICAL.get(quantity) if quantity else None
    return _WRITTEN.get(device_class) or (sign_of(canonical) if canonical else None)


def written_unit(said: str) -> str:
    """A unit as devices write it, whichever way a person did: `celsius`, `C`, `°C`."""
    plain = said.strip()
    name = plain.lower().replace(" ", "_")
    if parse_unit(plain) is not None:
        return plain
    if name in _UNIT_WORDS:
        return _UNIT_WORDS[name]
    sign = sign_of(name)
    return sign if parse_unit(sign) is not None else plain


def binary_sensor(part: Part, given: Given) -> None:
    """Raises ValueError for a state that such a sensor does not have."""
    if given.kind.device_class:
        part.config["device_class"] = given.kind.device_class
    quantity = BINARY_CLASSES.get(given.kind.device_class)
    ends = STATES.get(quantity, ("on", "off")) if quantity else ("on", "off")
    payload = None if given.state is None else two_states(given.state, ends)
    part.device.state_topic = part.tells("state_topic", "state", payload)


def two_states(state: Any, ends: tuple[str, str]) -> str:
    """ON or OFF. Raises ValueError for what is neither."""
    if isinstance(state, bool):
        return "ON" if state else "OFF"
    said = str(state).strip().lower().replace(" ", "_").replace("-", "_")
    for payload, end, words in (("ON", ends[0], _YES), ("OFF", ends[1], _NO)):
        if said == end or said in words:
            return payload
    if said in _MORE_YES - {ends[1]}:
        return "ON"
    if said in _MORE_NO - {ends[0]}:
        return "OFF"
    raise ValueError(f"its state is {ends[0]} or {ends[1]} (or on, off), not {state!r}")
