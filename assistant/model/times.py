"""Takes clock times and dates out of a text, so that the 21st is no source for 21 degrees.

Pure. English, as everything that a model is asked to say.
"""

import re
from collections.abc import Iterator

_MONTHS = ("january february march april may june july august september october november december").split()
_MONTH = "|".join((*_MONTHS, *(name[:3] for name in _MONTHS if name != "may")))
_TIME = re.compile(
    r"\b(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?(?:\s*[ap]\.?\s?m\b\.?)?"
    r"|\b(?P<full>\d{1,2})(?:\s*[ap]\.?\s?m\b\.?|\s+o'?clock\b)"
    rf"|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<month>{_MONTH})\b(?:,?\s+(?P<year>\d{{4}})\b)?"
    rf"|\b(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(?P<year2>\d{{4}})\b)?",
    re.IGNORECASE,
)

Time = tuple[str, int, int]
"""`("clock", hour on a dial of twelve, minute)`, `("date", month, day)` or `("year", year, 0)`."""


def without_times(text: str) -> tuple[str, frozenset[Time]]:
    """The text with a blank for each clock time and date, and what they were."""
    found = frozenset(time for match in _TIME.finditer(text) for time in _meant(match))
    return _TIME.sub(" ", text), found


def _meant(match: re.Match[str]) -> Iterator[Time]:
    hour, month = match["hour"] or match["full"], match["month"] or match["month2"]
    if hour is not None:
        yield "clock", int(hour) % 12, int(match["minute"] or 0)
        return
    yield "date", [name[:3] for name in _MONTHS].index(month[:3].lower()), int(match["day"] or match["day2"])
    if year := match["year"] or match["year2"]:
        yield "year", int(year), 0
