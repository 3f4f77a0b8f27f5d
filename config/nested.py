"""The endpoints below `[model]`: where their keys come from, and what is said of a mistake. No secret is shown."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from config.errors import UserFacingError, unknown
from config.model import DecideSettings, FallbackSettings
from config.plainly import ErrorDetails, reason

SECTION = "model"
MOST_FALLBACKS = 5
KEYS = (*(f"fallback_{number}_api_key" for number in range(1, MOST_FALLBACKS + 1)), "decide_api_key")
"""Settings of `[model]` that only the environment and credentials have: each is the key of one endpoint below it."""

_PLACE = re.compile(r"(fallback|decide)(?:_(\d))?_api_key")
_KNOWN = {"fallback": list(FallbackSettings.model_fields), "decide": list(DecideSettings.model_fields)}


class NoSuchEndpoint(UserFacingError):
    """A key is given for an endpoint that the settings file does not name."""


def put_key(model: Mapping[str, Any], key: str, value: Any, origin: str) -> None:
    """Puts an endpoint's key into its table. Raises NoSuchEndpoint."""
    place = _PLACE.fullmatch(key)
    assert place is not None
    table = model.get(place[1])
    if place[2] is not None:
        number = int(place[2])
        table = table[number - 1] if isinstance(table, list) and number <= len(table) else None
    if not isinstance(table, dict):
        named = f"entry {place[2]} of [[model.fallback]]" if place[2] else "[model.decide]"
        raise NoSuchEndpoint(f"{origin}: it is the key of {named}, and the settings file has no such endpoint")
    table["api_key"] = value


def holds_key(value: object) -> bool:
    """Whether a value of `[model]` holds the key of an endpoint."""
    tables: Sequence[object] = value if isinstance(value, list) else [value]
    return any(isinstance(table, dict) and "api_key" in table for table in tables)


def is_nested(loc: Sequence[int | str]) -> bool:
    return loc[0] == SECTION and len(loc) > 2


def steps_of(loc: Sequence[int | str]) -> list[str]:
    """Entries are counted from 1, as a person counts them."""
    return [str(step + 1) if isinstance(step, int) else step for step in loc]


def explained(problem: ErrorDetails, origin: str) -> str:
    """What is wrong in one of the tables."""
    loc, kind = problem["loc"], problem["type"]
    table = str(loc[1])
    steps = steps_of(loc[2:])
    place, key = f"[[model.{table}]] entry {steps[0]}" if table == "fallback" else f"[model.{table}]", steps[-1]
    if kind == "extra_forbidden":
        return f"{origin}: {place}: {unknown(f'setting in [model.{table}]', key, _KNOWN[table])}"
    shown = "" if kind == "missing" or key == "api_key" else f", not {problem['input']!r}"
    return f"{origin}: {place}: {key}: {reason(problem)}{shown}"
