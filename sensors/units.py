"""Units: the canonical one of each quantity, what devices call them, and the arithmetic between them."""

from collections.abc import Mapping
from types import MappingProxyType

from sensors.reading import Quantity

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
    }
)
"""The unit in which numbers of a quantity are stored."""

# name -> (dimension, factor, offset): a value in the dimension's base unit is value * factor + offset.
_UNITS: dict[str, tuple[str, float, float]] = {
    "celsius": ("temperature", 1.0, 0.0),
    "fahrenheit": ("temperature", 5 / 9, -160 / 9),
    "kelvin": ("temperature", 1.0, -273.15),
    "percent": ("share", 1.0, 0.0),
    "pascals": ("pressure", 0.01, 0.0),
    "hectopascals": ("pressure", 1.0, 0.0),
    "kilopascals": ("pressure", 10.0, 0.0),
    "bars": ("pressure", 1000.0, 0.0),
    "inches_of_mercury": ("pressure", 33.8638866667, 0.0),
    "millimetres_of_mercury": ("pressure", 1.33322387415, 0.0),
    "psi": ("pressure", 68.947572932, 0.0),
    "milliwatts": ("power", 0.001, 0.0),
    "watts": ("power", 1.0, 0.0),
    "kilowatts": ("power", 1000.0, 0.0),
    "megawatts": ("power", 1e6, 0.0),
    "watt_hours": ("energy", 0.001, 0.0),
    "kilowatt_hours": ("energy", 1.0, 0.0),
    "megawatt_hours": ("energy", 1000.0, 0.0),
    "megajoules": ("energy", 1 / 3.6, 0.0),
    "millivolts": ("voltage", 0.001, 0.0),
    "volts": ("voltage", 1.0, 0.0),
    "milliamperes": ("current", 0.001, 0.0),
    "amperes": ("current", 1.0, 0.0),
    "lux": ("illuminance", 1.0, 0.0),
    "ppm": ("concentration", 1.0, 0.0),
    "ppb": ("concentration", 0.001, 0.0),
    "micrograms_per_cubic_metre": ("mass_concentration", 1.0, 0.0),
    "milligrams_per_cubic_metre": ("mass_concentration", 1000.0, 0.0),
    "litres": ("volume", 1.0, 0.0),
    "cubic_metres": ("volume", 1000.0, 0.0),
    "gallons": ("volume", 3.785411784, 0.0),
    "cubic_feet": ("volume", 28.316846592, 0.0),
    "metres_per_second": ("speed", 1.0, 0.0),
    "kilometres_per_hour": ("speed", 1 / 3.6, 0.0),
    "miles_per_hour": ("speed", 0.44704, 0.0),
    "knots": ("speed", 1852 / 3600, 0.0),
    "feet_per_second": ("speed", 0.3048, 0.0),
    "millimetres": ("length", 1.0, 0.0),
    "centimetres": ("length", 10.0, 0.0),
    "inches": ("length", 25.4, 0.0),
    "dbm": ("signal", 1.0, 0.0),
}

_WRITTEN: dict[str, str] = {
    "°C": "celsius",
    "C": "celsius",
    "℃": "celsius",
    "°F": "fahrenheit",
    "F": "fahrenheit",
    "℉": "fahrenheit",
    "K": "kelvin",
    "%": "percent",
    "%RH": "percent",
    "Pa": "pascals",
    "hPa": "hectopascals",
    "mbar": "hectopascals",
    "kPa": "kilopascals",
    "bar": "bars",
    "inHg": "inches_of_mercury",
    "mmHg": "millimetres_of_mercury",
    "psi": "psi",
    "mW": "milliwatts",
    "W": "watts",
    "kW": "kilowatts",
    "MW": "megawatts",
    "Wh": "watt_hours",
    "kWh": "kilowatt_hours",
    "MWh": "megawatt_hours",
    "MJ": "megajoules",
    "mV": "millivolts",
    "V": "volts",
    "mA": "milliamperes",
    "A": "amperes",
    "lx": "lux",
    "lux": "lux",
    "ppm": "ppm",
    "ppb": "ppb",
    "µg/m³": "micrograms_per_cubic_metre",
    "ug/m3": "micrograms_per_cubic_metre",
    "µg/m3": "micrograms_per_cubic_metre",
    "mg/m³": "milligrams_per_cubic_metre",
    "L": "litres",
    "l": "litres",
    "m³": "cubic_metres",
    "m3": "cubic_metres",
    "gal": "gallons",
    "ft³": "cubic_feet",
    "m/s": "metres_per_second",
    "km/h": "kilometres_per_hour",
    "kph": "kilometres_per_hour",
    "mph": "miles_per_hour",
    "kn": "knots",
    "ft/s": "feet_per_second",
    "mm": "millimetres",
    "cm": "centimetres",
    "in": "inches",
    "dBm": "dbm",
}


def parse_unit(written: str) -> str | None:
    """The name of the unit that a device wrote as `written`; None for one that is not known here."""
    # The micro sign and the Greek letter mu look alike and devices send both.
    return _WRITTEN.get(written.strip().replace("\u03bc", "\u00b5"))


def same_dimension(one: str, other: str) -> bool:
    return one in _UNITS and other in _UNITS and _UNITS[one][0] == _UNITS[other][0]


def convert(value: float, from_unit: str, to_unit: str) -> float:
    """The same amount in another unit. Raises ValueError where one is unknown or they measure different things."""
    if from_unit == to_unit:
        return value
    for unit in (from_unit, to_unit):
        if unit not in _UNITS:
            raise ValueError(f"no unit is called {unit!r}")
    dimension, factor, offset = _UNITS[from_unit]
    other, to_factor, to_offset = _UNITS[to_unit]
    if dimension != other:
        raise ValueError(f"{from_unit} cannot be turned into {to_unit}: they measure different things")
    # Ten significant digits keep 71.6 °F at 22 °C instead of 21.999999999999996.
    return float(f"{(value * factor + offset - to_offset) / to_factor:.10g}")
