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


def decoded_column(name: str) -> str:
    """The same as an SQL expression over a column."""
    return f"CASE typeof({name}) WHEN 'integer' THEN {name} / 1000.0 ELSE {name} END"


DECODED_VALUE = decoded_column("value")


def tidy(total: float) -> float:
    """A sum without the rounding error that it gathered, where its parts had three decimals; else as it is."""
    rounded = round(total, 3)
    return rounded if abs(rounded - total) <= 1e-12 * abs(total) + 1e-9 else total
