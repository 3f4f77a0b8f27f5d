"""What commands print with: text from elsewhere made harmless, numbers and ages as people read them."""

import sys

from rich.console import Console

PLAIN_WIDTH = 120
"""Columns where the output is no terminal."""


def screen() -> Console:
    """Standard output; colours and the terminal's width only where it is one."""
    return Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, highlight=False, markup=False, emoji=False)


def harmless(text: str, most: int = 200) -> str:
    """One line of at most `most` characters, without anything that a terminal would obey."""
    cut = text[: most + 1]
    shown = "".join(letter if letter.isprintable() else "·" if letter.isspace() else "\ufffd" for letter in cut)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def digits(value: float) -> str:
    """A number as it was stored, without the noise of binary fractions."""
    return f"{value:.10g}"


def rounded(value: float) -> str:
    """A number to read at a glance: about three digits, no trailing zeros."""
    places = 2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
