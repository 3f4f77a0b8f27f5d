"""How a number lies in the database: thousandths in an INTEGER where that is exact, else the double itself."""

import math


def encode(value: float) -> int | float:
    """A number as it is stored.

    SQLite keeps 21.4 as a double in 8 bytes and 21400 in 3; most sensors report three decimals at most.
    """
    if math.isfinite(value) and abs(value) < 1e12:
        thousandths = round(value * 1000)
        if thousandths / 1000 == value and not (value == 0 and math.copysign(1, value) < 0):
            return thousandths
    return value


def decoded(stored: int | float) -> float:
    """The number that was written."""
    return stored / 1000 if isinstance(stored, int) else stored


DECODED_VALUE = "CASE typeof(value) WHEN 'integer' THEN value / 1000.0 ELSE value END"
"""The same as an SQL expression over a column `value`."""
