"""Draws what was recorded with characters: numbers as a line of braille dots, states as a strip for each. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plotille import Canvas

HEIGHT = 10
"""Lines of a plot, four dots each."""
_SHADES = " ░▒▓█"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a series of numbers came to while one column of dots lasts."""

    low: float
    mean: float
    high: float


def plotted(columns: Sequence[Column | None], labels: Sequence[str], *, unit: str, height: int = HEIGHT) -> list[str]:
    """The lines of a plot, two columns in each character; where a column is None nothing is drawn.

    `labels` are written below it, the first at its left end, the last at its right one. At least one column is known.
    """
    known = [column for column in columns if column is not None]
    low, high = _room(min(column.low for column in known), max(column.high for column in known))
    width = math.ceil(len(columns) / 2)
    # The canvas rounds to the nearest dot, and leaves out what lies on its upper end.
    above = (high - low) / (4 * height - 1)
    canvas = Canvas(width, height, xmin=0, ymin=low, xmax=2 * width, ymax=high + above)
    before = None
    for place, column in enumerate(columns):
        if column is not None:
            canvas.point(place, column.low)  # a line to where it begins would be none
            canvas.line(place, column.low, place, column.high)
            if before is not None:
                canvas.line(place - 1, before.mean, place, column.mean)
        before = column
    marks = {0: high, height // 2: high - (high - low) * (height // 2) / (height - 1), height - 1: low}
    told = {line: f"{scaled(value, high - low)} {unit}".rstrip() for line, value in marks.items()}
    return _framed(canvas.plot().splitlines(), told, labels, width)


def strips(shares: Mapping[str, Sequence[float]], told: Mapping[str, str], labels: Sequence[str]) -> list[str]:
    """One line for each state: dark where it held (1.0 of a character's time), with what is told of it at the end."""
    width = max(len(share) for share in shares.values())
    drawn = ["".join(_SHADES[math.ceil(one * (len(_SHADES) - 1))] for one in share) for share in shares.values()]
    framed = _framed(drawn, dict(enumerate(shares)), labels, width)
    ends = [f"  {told[state]}" for state in shares]
    return [line + end for line, end in zip(framed, [*ends, "", ""], strict=True)]


def scaled(value: float, extent: float) -> str:
    """A number with as many decimals as tell it from others on an axis that is so long."""
    decimals = min(max(0, 1 - math.floor(math.log10(extent))), 6)
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _room(low: float, high: float) -> tuple[float, float]:
    """What does not change is drawn in the middle."""
    if high > low:
        return low, high
    beside = abs(low) * 0.05 or 1.0
    return low - beside, high + beside


def _framed(lines: Sequence[str], marks: Mapping[int, str], labels: Sequence[str], width: int) -> list[str]:
    margin = max(len(mark) for mark in marks.values())
    rows = [f"{marks.get(number, ''):>{margin}} {'┤' if number in marks else '│'}" for number in range(len(lines))]
    framed = [row + line.ljust(width) for row, line in zip(rows, lines, strict=True)]
    return [*framed, f"{'':>{margin}} └{'─' * width}", " " * (margin + 2) + _spread(labels, width)]


def _spread(labels: Sequence[str], width: int) -> str:
    """The labels at equal distances: every second, fourth and so on where there is no room for all."""
    while len(labels) > 2 and sum(len(label) + 2 for label in labels) > width:
        labels = labels[::2] if len(labels) % 2 else (labels[0], labels[-1])
    line = ""
    for number, label in enumerate(labels):
        middle = round(width * number / (len(labels) - 1))
        begin = min(max(0, middle - len(label) // 2), width - len(label))
        line = line.ljust(max(begin, len(line) + 1 if line else 0)) + label
    return line
