"""The unit in which a person wants to hear a number: one table for metric houses and one for US ones."""

from collections.abc import Mapping
from typing import Literal

Units = Literal["metric", "us"]
"""As `house.units` in the settings."""

_METRIC = {
    "fahrenheit": "celsius",
    "kelvin": "celsius",
    "inches_of_mercury": "hectopascals",
    "millimetres_of_mercury": "hectopascals",
    "psi": "bars",
    "gallons": "litres",
    "cubic_feet": "cubic_metres",
    # Stored in metres per second, as weather services do; people speak of kilometres per hour.
    "metres_per_second": "kilometres_per_hour",
    "miles_per_hour": "kilometres_per_hour",
    "feet_per_second": "kilometres_per_hour",
    "inches": "millimetres",
}
_US = {
    "celsius": "fahrenheit",
    "kelvin": "fahrenheit",
    "pascals": "inches_of_mercury",
    "hectopascals": "inches_of_mercury",
    "kilopascals": "inches_of_mercury",
    "millimetres_of_mercury": "inches_of_mercury",
    "bars": "psi",
    "litres": "gallons",
    "cubic_metres": "cubic_feet",
    "metres_per_second": "miles_per_hour",
    "kilometres_per_hour": "miles_per_hour",
    "feet_per_second": "miles_per_hour",
    "millimetres": "inches",
    "centimetres": "inches",
}
HEARD: Mapping[Units, Mapping[str, str]] = {"metric": _METRIC, "us": _US}
"""Unit of a stored number to the one that is heard; what is not named is heard as it is stored."""


def spoken_unit(unit: str, units: Units) -> str:
    """The unit for a person's ears or eyes; `units.convert` turns the number into it."""
    return HEARD[units].get(unit, unit)
