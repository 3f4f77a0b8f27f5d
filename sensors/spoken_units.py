"""The unit in which a person wants to hear a number: one table for metric houses and one for US ones."""

from collections.abc import Mapping
from typing import Literal

Units = Literal["metric", "us"]
"""As `house.units` in the settings."""

# Kelvin is in neither: what is stored in it is the colour of a light.
_METRIC = {
    "fahrenheit": "celsius",
    "inches_of_mercury": "hectopascals",
    "millimetres_of_mercury": "hectopascals",
    "psi": "bars",
    "gallons": "litres",
    "fluid_ounces": "millilitres",
    "cubic_feet": "cubic_metres",
    "gallons_per_minute": "litres_per_minute",
    "cubic_feet_per_minute": "cubic_metres_per_hour",
    # Stored in metres per second, as weather services do; people speak of kilometres per hour.
    "metres_per_second": "kilometres_per_hour",
    "miles_per_hour": "kilometres_per_hour",
    "feet_per_second": "kilometres_per_hour",
    "inches": "millimetres",
    "feet": "metres",
    "yards": "metres",
    "miles": "kilometres",
    "inches_per_hour": "millimetres_per_hour",
    "inches_per_day": "millimetres_per_day",
    "square_feet": "square_metres",
    "square_yards": "square_metres",
    "acres": "hectares",
    "ounces": "grams",
    "pounds": "kilograms",
    "stones": "kilograms",
}
_US = {
    "celsius": "fahrenheit",
    "pascals": "inches_of_mercury",
    "hectopascals": "inches_of_mercury",
    "kilopascals": "inches_of_mercury",
    "millimetres_of_mercury": "inches_of_mercury",
    "bars": "psi",
    "litres": "gallons",
    "millilitres": "fluid_ounces",
    "cubic_metres": "cubic_feet",
    "litres_per_minute": "gallons_per_minute",
    "litres_per_hour": "gallons_per_minute",
    "cubic_metres_per_hour": "cubic_feet_per_minute",
    "metres_per_second": "miles_per_hour",
    "kilometres_per_hour": "miles_per_hour",
    "feet_per_second": "miles_per_hour",
    "millimetres": "inches",
    "centimetres": "inches",
    "metres": "feet",
    "kilometres": "miles",
    "millimetres_per_hour": "inches_per_hour",
    "millimetres_per_day": "inches_per_day",
    "square_metres": "square_feet",
    "hectares": "acres",
    "grams": "ounces",
    "kilograms": "pounds",
    "stones": "pounds",
}
HEARD: Mapping[Units, Mapping[str, str]] = {"metric": _METRIC, "us": _US}
"""Unit of a stored number to the one that is heard; what is not named is heard as it is stored."""


def spoken_unit(unit: str, units: Units) -> str:
    """The unit for a person's ears or eyes; `units.convert` turns the number into it."""
    return HEARD[units].get(unit, unit)
