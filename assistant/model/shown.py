"""How a model is shown a result: short JSON with times in words, and without what it must not hold.

Pure. Texts in results were made harmless by the contract, before anybody saw them.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tools.answers import answer_as_json
from tools.contract import ToolResult

LONGEST_DATA = 2_400
LONGEST_SAY = 600
MOST_ITEMS = 12
_DROPPED = frozenset({"entity_id", "proposal_id", "kind_of_answer", "seen_ms"})
"""Never shown to a model: what it does not need, and what it must not hold."""
_USUAL: Mapping[str, bool] = {"stale": False, "reachable": True, "cached": False}
"""What goes without saying."""


def result_as_data(result: ToolResult, *, now: datetime, say: str = "") -> str:
    """What the model is told about a call: JSON with times in words, at most LONGEST_DATA characters.

    `say` is the sentence that code would speak; its numbers are in the person's own units.
    """
    body: dict[str, Any] = {"verdict": result.verdict}
    if result.error is not None:
        body = result.error.as_json()
    if result.answer is not None:
        body |= _readable(answer_as_json(result.answer), now)
    if say:
        body["in_words"] = say[:LONGEST_SAY]
    return _fitted(body)


def _fitted(body: dict[str, Any]) -> str:
    """As JSON; lists are shortened until it fits, and say how much is missing."""
    for most in (MOST_ITEMS, 6, 3, 1):
        text = json.dumps(_shortened(body, most), ensure_ascii=False, separators=(",", ":"))
        if len(text) <= LONGEST_DATA:
            return text
    return json.dumps({"verdict": body.get("verdict", body.get("error", "")), "note": "too long to show"})


def _shortened(value: Any, most: int) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(item, most) for key, item in value.items()}
    if isinstance(value, list):
        kept = [_shortened(item, most) for item in value[:most]]
        return kept if len(value) <= most else [*kept, f"and {len(value) - most} more"]
    return value


def _readable(value: Any, now: datetime) -> Any:
    """Epoch milliseconds become local times, long fractions are rounded, what is absent is left out."""
    if isinstance(value, Mapping):
        shown: dict[str, Any] = {}
        for key, item in value.items():
            if key in _DROPPED or item is None or _USUAL.get(key) is item:
                continue
            if key.endswith("_ms") and isinstance(item, int | float):
                shown |= _moment(key.removesuffix("_ms"), item, now)
            else:
                shown[key] = _readable(item, now)
        return shown
    if isinstance(value, list):
        return [_readable(item, now) for item in value]
    return round(value, 2) if isinstance(value, float) else value


def _moment(name: str, at_ms: float, now: datetime) -> dict[str, str]:
    try:
        at = datetime.fromtimestamp(at_ms / 1000, tz=now.tzinfo)
    except (OverflowError, OSError, ValueError):
        return {}
    return {name: moment_in_words(at), f"{name}_ago": _ago(now - at)}


def moment_in_words(at: datetime) -> str:
    """`Tuesday 3 March 2026, 14:05 (2:05 PM)`: both clocks, so that a model need not convert."""
    return f"{at:%A} {at.day} {at:%B %Y, %H:%M} ({at.hour % 12 or 12}:{at:%M %p})"


def _ago(age: timedelta) -> str:
    minutes = round(age.total_seconds() / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"
