"""In which unit a person gave a limit, and what it is in the unit of the readings. Pure."""

from sensors.reading import Quantity
from sensors.units import CANONICAL, convert
from tools.arguments import QuerySensors, Unit
from tools.contract import ErrorCode, ToolError
from tools.meant import as_asked
from tools.reasons import Reason

WARMEST_CELSIUS = 50.0
"""A threshold above this, given without a unit in a Celsius house, was meant in Fahrenheit."""

_UNIT_OF = {
    Quantity.TEMPERATURE: {Unit.CELSIUS, Unit.FAHRENHEIT},
    Quantity.TARGET_TEMPERATURE: {Unit.CELSIUS, Unit.FAHRENHEIT},
    Quantity.HUMIDITY: {Unit.PERCENT},
    Quantity.BATTERY: {Unit.PERCENT},
    Quantity.BRIGHTNESS: {Unit.PERCENT},
    Quantity.POSITION: {Unit.PERCENT},
    Quantity.POWER: {Unit.WATTS},
    Quantity.ILLUMINANCE: {Unit.LUX},
    Quantity.CO2: {Unit.PPM},
}


def unit_meant(quantity: Quantity, asked: QuerySensors, *, fahrenheit: bool) -> tuple[str | None, bool]:
    """The unit that a threshold is in, and whether code had to take another than the house's own.

    Raises ToolError(INCOMPATIBLE) for one in which the quantity is not measured.
    """
    allowed = _UNIT_OF.get(quantity, set())
    if asked.unit is not None:
        if asked.unit not in allowed:
            raise ToolError(
                ErrorCode.INCOMPATIBLE,
                Reason.WRONG_UNIT,
                facts={"quantity": quantity.value, "unit": asked.unit.value},
                received=asked.unit,
                field="unit",
                suggestion=sorted(allowed) or as_asked(asked, unit=None),
            )
        return asked.unit, False
    if allowed != {Unit.CELSIUS, Unit.FAHRENHEIT}:
        return CANONICAL.get(quantity), False
    if fahrenheit:
        return Unit.FAHRENHEIT, False
    absurd = asked.threshold is not None and asked.threshold > WARMEST_CELSIUS
    return (Unit.FAHRENHEIT, True) if absurd else (Unit.CELSIUS, False)


def in_own_unit(value: float, quantity: Quantity, unit: str | None) -> float:
    """In the canonical unit of the quantity."""
    target = CANONICAL.get(quantity)
    return value if unit is None or target is None else convert(value, unit, target)
