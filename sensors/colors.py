"""Colours as people name them, and as lights count them: hue and saturation, red-green-blue, CIE 1931 x and y. Pure.

The conversion of sRGB to x and y is that of IEC 61966-2-1 with the D65 white point.
"""

import colorsys
from collections.abc import Mapping
from enum import StrEnum
from math import dist
from types import MappingProxyType

COLORS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "red": (0, 100),
        "orange": (30, 100),
        "yellow": (55, 100),
        "green": (120, 100),
        "turquoise": (174, 100),
        "cyan": (190, 100),
        "blue": (235, 100),
        "purple": (275, 100),
        "magenta": (305, 100),
        "pink": (335, 60),
        "white": (0, 0),
    }
)
"""By name: hue in degrees, saturation in percent."""
_PALE_PERCENT = 12
"""Less saturation than this is white to the eye."""


class Counting(StrEnum):
    """How a light counts colours, by the key of Home Assistant's `color` object that it takes."""

    HS = "hs"
    RGB = "rgb"
    XY = "xy"


Number = int | float


def as_counted(name: str, counting: Counting) -> tuple[Number, ...]:
    """A colour of COLORS in a light's own numbers: hue and saturation, 0 to 255 each, or x and y."""
    hue, saturation = COLORS[name]
    if counting is Counting.HS:
        return hue, saturation
    red, green, blue = colorsys.hsv_to_rgb(hue / 360, saturation / 100, 1.0)
    if counting is Counting.RGB:
        return round(red * 255), round(green * 255), round(blue * 255)
    return _xy(red, green, blue)


def nearest(hue: float, saturation: float) -> str:
    """The name of the colour that looks most like this one. Hue in degrees, saturation in percent."""
    if saturation < _PALE_PERCENT:
        return "white"
    seen = _place(hue, saturation)
    return min(COLORS, key=lambda name: dist(_place(*COLORS[name]), seen))


def of_rgb(red: float, green: float, blue: float) -> str:
    """The name of the colour of 0 to 255 each."""
    hue, saturation, _ = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    return nearest(hue * 360, saturation * 100)


def of_xy(x: float, y: float) -> str:
    return min(COLORS, key=lambda name: dist(as_counted(name, Counting.XY), (x, y)))


def _place(hue: float, saturation: float) -> tuple[float, float]:
    """On the colour wheel, where 359 degrees lie beside 0."""
    along = complex(0, 1) ** (hue / 90) * saturation
    return along.real, along.imag


def _xy(red: float, green: float, blue: float) -> tuple[float, float]:
    r, g, b = (_linear(part) for part in (red, green, blue))
    x = 0.4124 * r + 0.3576 * g + 0.1805 * b
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = 0.0193 * r + 0.1192 * g + 0.9505 * b
    return round(x / (x + y + z), 4), round(y / (x + y + z), 4)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
