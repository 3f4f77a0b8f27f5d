"""What commands print with: text from elsewhere made harmless, numbers and ages as people read them."""

import logging
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


def size(count: float) -> str:
    """Bytes as people read them: `12 GB`, `180 MB`, `1.8 MB`, `64 kB`."""
    unit, name = next((one for one in ((1e9, "GB"), (1e6, "MB")) if count >= one[0]), (1e3, "kB"))
    return f"{round(count / unit, 1 if 0 < count < 10 * unit else None):g} {name}"


def some(count: int, noun: str) -> str:
    """`1 entity`, `2 entities`, `1,200 days`, `3 watches`."""
    if noun.endswith("y") and noun[-2] not in "aeiou":
        plural = f"{noun[:-1]}ies"
    else:
        plural = f"{noun}es" if noun.endswith("ch") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


def tell(text: str) -> None:
    """A line for whoever waits for it: now, also where the output is no terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def only_errors() -> None:
    """What a person has to know is said by the command itself; of the log they see what went wrong."""
    logging.basicConfig(level=logging.ERROR, format="assistant: %(message)s")
