"""Reads the numbers that a text names, in digits or in English words.

Pure. Used to tell whether what a model says has a source; it never decides what a number means.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

_MOST_DIGITS = 15
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_ROUND = "twenty thirty forty fifty sixty seventy eighty ninety"
_LATER = "third fourth fifth sixth seventh eighth ninth tenth"
_UNITS = {word: value for value, word in enumerate(_SMALL.split())}
_TENS = {word: 10 * value for value, word in enumerate(_ROUND.split(), start=2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_ORDINALS = {word: value for value, word in enumerate(_LATER.split(), start=3)}
"""From the third on: "first" and "second" are mostly no numbers."""
_MEASURES = frozenset({"degree", "degrees", "percent", "watt", "watts", "volt", "volts", "%", "°"})
DEGREES = "degrees"
"""Of a scale that was not said."""
SCALES = frozenset({"celsius", "fahrenheit", "kelvin"})
_OF = {
    **dict.fromkeys(("degree", "degrees", "°"), DEGREES),
    **{said: scale for scale in ("celsius", "fahrenheit", "kelvin") for said in (scale, scale[0])},
    **dict.fromkeys(("%", "percent"), "percent"),
    **{word: name for name in ("second", "minute", "hour", "day", "week", "month") for word in (name, f"{name}s")},
}
OTHER = "other"
"""What a figure is of that is of none of these."""
COUNT = "count"
"""What tells how many are listed: never what something is at."""
_AFTER_A_VALUE = frozenset(
    {"in", "minus", "at", "and", "to", "there", "here", "now", "right", "inside", "or", "today", "yesterday"}
)
"""What follows a number that is at its end; any other word is what it is a number of."""
_TOKEN = re.compile(r"(?:(?<![\w.])[-\u2212])?\d+(?:,\d{3})*(?:\.\d+)?|[a-z]+|.", re.DOTALL | re.IGNORECASE)
_MINUS = (["minus", " "], ["negative", " "])
_GLUE = frozenset({" ", "-"})


def numbers_in(text: str) -> Iterator[tuple[float, int]]:
    """The numbers that a text names, in digits or in English words, each with its count of decimal places."""
    return ((number, places) for number, places, _ in measures_in(text))


def measures_in(text: str) -> Iterator[tuple[float, int, str | None]]:
    """The same with what each number is of: degrees, percent, a time, something else; None where it does not say."""
    tokens = [match.group().lower() for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text))]
    at = 0
    while at < len(tokens):
        sign = -1 if tokens[max(at - 2, 0) : at] in _MINUS else 1
        if tokens[at][-1].isdecimal():
            number, places = _digits(tokens[at])
            yield sign * number, places, _of(tokens, at + 1)
            at += 1
        elif tokens[at] in _UNITS or tokens[at] in _TENS:
            number, places, end = _worded(tokens, at)
            # A lone "one" is mostly no number: the one in the hall, no one.
            if tokens[at:end] != ["one"] or _next(tokens, end) in _MEASURES:
                yield sign * number, places, _of(tokens, end)
            at = end
        else:
            if tokens[at] in _ORDINALS:
                yield float(_ORDINALS[tokens[at]]), 0, None
            at += 1


def measure_of(unit: str) -> str:
    """What a figure in this unit, or under this name, is of."""
    return _OF.get(unit.lower(), OTHER)


def _next(tokens: Sequence[str], at: int) -> str:
    return next((token for token in tokens[at : at + 3] if token not in _GLUE), "")


def _of(tokens: Sequence[str], at: int) -> str | None:
    following = [token for token in tokens[at : at + 5] if token not in _GLUE][:2]
    said = [_OF.get(token) for token in following]
    if said[:1] == [DEGREES] and said[1:] and said[1] in SCALES:
        return said[1]
    plain = not following or not following[0].isalpha() or following[0] in _AFTER_A_VALUE
    return said[0] if said and said[0] else None if plain else OTHER


def _digits(token: str) -> tuple[float, int]:
    plain = token.replace(",", "").replace("\u2212", "-")
    places = len(plain.partition(".")[2])
    return float(plain[:_MOST_DIGITS]), places


def _worded(tokens: Sequence[str], at: int) -> tuple[float, int, int]:
    """The number in words that begins at `at`: its value, its decimal places and where it ends."""
    total, current, end = 0, 0, at
    for position in range(at, len(tokens)):
        word = tokens[position]
        value = _UNITS.get(word, _TENS.get(word))
        if value is not None and _fits_after(current, value):
            current += value
        elif word in _SCALES and word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0
        elif word in _GLUE or (word == "and" and current % 100 == 0):
            continue
        else:
            break
        end = position + 1
    digits, end = _after_point(tokens, end)
    return float(f"{total + current}.{digits or 0}"), len(digits), end


def _fits_after(current: int, value: int) -> bool:
    """Whether a word goes on with a number: twenty one, hundred five; not five six."""
    last_two = current % 100
    return last_two == 0 or (last_two >= 20 and last_two % 10 == 0 and value < 10)


def _after_point(tokens: Sequence[str], at: int) -> tuple[str, int]:
    """The digits after a spoken "point", as text, and where they end."""
    rest = at + 1 if at < len(tokens) and tokens[at] == " " else at
    if rest >= len(tokens) or tokens[rest] != "point":
        return "", at
    digits, end = "", at
    for position in range(rest + 1, len(tokens)):
        if tokens[position] in _GLUE:
            continue
        if _UNITS.get(tokens[position], 10) > 9:
            break
        digits += str(_UNITS[tokens[position]])
        end = position + 1
    return digits, end if digits else at
