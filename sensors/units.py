"""Units: the canonical one of each quantity, what devices call them, and the arithmetic between them."""

from collections.abc import Mapping
from types import MappingProxyType

from sensors.reading import Quantity
from sensors.unit_table import UNITS, WRITTEN

CANONICAL: Mapping[Quantity, str] = MappingProxyType(
    {
        Quantity.TEMPERATURE: "celsius",
        Quantity.TARGET_TEMPERATURE: "celsius",
        Quantity.HUMIDITY: "percent",
        Quantity.PRESSURE: "hectopascals",
        Quantity.POWER: "watts",
        Quantity.ENERGY: "kilowatt_hours",
        Quantity.VOLTAGE: "volts",
        Quantity.CURRENT: "amperes",
        Quantity.ILLUMINANCE: "lux",
        Quantity.CO2: "ppm",
        Quantity.PM25: "micrograms_per_cubic_metre",
        Quantity.VOC: "micrograms_per_cubic_metre",
        Quantity.GAS: "cubic_metres",
        Quantity.WATER: "litres",
        Quantity.WIND_SPEED: "metres_per_second",
        Quantity.PRECIPITATION: "millimetres",
        Quantity.BATTERY: "percent",
        Quantity.SIGNAL: "dbm",
        Quantity.BRIGHTNESS: "percent",
        Quantity.POSITION: "percent",
        Quantity.TARGET_HUMIDITY: "percent",
        Quantity.LOW_TARGET_TEMPERATURE: "celsius",
        Quantity.HIGH_TARGET_TEMPERATURE: "celsius",
        Quantity.APPARENT_POWER: "volt_amperes",
        Quantity.REACTIVE_POWER: "volt_amperes_reactive",
        Quantity.STORED_ENERGY: "kilowatt_hours",
        Quantity.FREQUENCY: "hertz",
        Quantity.CARBON_MONOXIDE: "ppm",
        Quantity.NITROGEN_DIOXIDE: "micrograms_per_cubic_metre",
        Quantity.OZONE: "micrograms_per_cubic_metre",
        Quantity.PM1: "micrograms_per_cubic_metre",
        Quantity.PM10: "micrograms_per_cubic_metre",
        Quantity.AREA: "square_metres",
        Quantity.CONDUCTIVITY: "microsiemens_per_centimetre",
        Quantity.DATA_RATE: "megabits_per_second",
        Quantity.DATA_SIZE: "megabytes",
        Quantity.DISTANCE: "metres",
        Quantity.DURATION: "seconds",
        Quantity.FLOW_RATE: "litres_per_minute",
        Quantity.IRRADIANCE: "watts_per_square_metre",
        Quantity.MOISTURE: "percent",
        Quantity.PRECIPITATION_RATE: "millimetres_per_hour",
        Quantity.SOUND_LEVEL: "decibels",
        Quantity.SPEED: "kilometres_per_hour",
        Quantity.VOLUME: "litres",
        Quantity.WEIGHT: "kilograms",
        Quantity.WIND_DIRECTION: "degrees",
        Quantity.COLOR_TEMPERATURE: "kelvin",
        Quantity.TILT: "percent",
        Quantity.FAN_SPEED: "percent",
    }
)
"""The unit in which numbers of a quantity are stored; what is not here is a number by itself, such as a pH."""


def parse_unit(written: str) -> str | None:
    """The name of the unit that a device wrote as `written`; None for one that is not known here."""
    # The micro sign and the Greek letter mu look alike and devices send both.
    return WRITTEN.get(written.strip().replace("\u03bc", "\u00b5"))


def same_dimension(one: str, other: str) -> bool:
    return one in UNITS and other in UNITS and UNITS[one][0] == UNITS[other][0]


def convert(value: float, from_unit: str, to_unit: str) -> float:
    """The same amount in another unit. Raises ValueError where one is unknown or they measure different things."""
    if from_unit == to_unit:
        return value
    for unit in (from_unit, to_unit):
        if unit not in UNITS:
            raise ValueError(f"no unit is called {unit!r}")
    dimension, factor, offset = UNITS[from_unit]
    other, to_factor, to_offset = UNITS[to_unit]
    if dimension != other:
        raise ValueError(f"{from_unit} cannot be turned into {to_unit}: they measure different things")
    # Ten significant digits keep 71.6 °F at 22 °C instead of 21.999999999999996.
    return float(f"{(value * factor + offset - to_offset) / to_factor:.10g}")


_SIGNS = {name: sign for sign, name in reversed(list(WRITTEN.items()))}


def sign_of(unit: str) -> str:
    """The unit as it is written on a screen, `°C`; its name in words where it has no sign here."""
    return _SIGNS.get(unit, unit.replace("_", " "))
