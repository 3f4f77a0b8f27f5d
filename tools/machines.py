"""How it can be told that a machine is done: by the word that it reports, or by its power. Pure."""

import re
from collections.abc import Mapping, Sequence

from sensors.reading import Quantity, SeriesKey
from tools.names import Found
from tools.watching import Condition

DONE_WATTS = 10.0
"""Below this a machine does nothing any more but show a light."""
RUNS_AGAIN_WATTS = 5.0
"""So much more it has to draw to be running again."""
DONE_AFTER_MS = 3 * 60_000
"""A washing machine rests between two turns of its drum."""

_DONE = frozenset("end ended finish finished done complete completed docked fertig beendet ende programmende".split())
_IDLE = frozenset({"idle", "standby", "inactive", "ready", "off", "stopped", "bereit", "aus"})
_WORDS = frozenset({Quantity.TEXT, Quantity.OPTION, Quantity.MODE, Quantity.ACTION, Quantity.VACUUM, Quantity.EVENT})
_RUNS = {Quantity.RUNNING: ("stopped",), Quantity.SWITCH: ("off",), Quantity.HUMIDIFIER: ("off",)}


def end_of(
    found: Sequence[Found], said: Mapping[SeriesKey, Sequence[str]], *, silent_after_ms: int | None
) -> tuple[Found, Condition] | None:
    """The series of a machine by which its end is known, and what it says then; None where nothing tells.

    Its own word for it comes first, then its power, then whatever else says whether it runs. `said` are all words
    that its series have said so far.
    """
    for words in (_DONE, None, _IDLE):
        if words is None:
            if (power := _by_power(found, silent_after_ms)) is not None:
                return power
            continue
        for item in found:
            ends = [word for word in said.get(item.key, ()) if words & _parts(word)]
            if item.aspect.quantity in _WORDS and ends:
                return item, Condition(states=tuple(sorted(ends)))
    for item in found:
        if item.aspect.quantity in _RUNS:
            return item, Condition(states=_RUNS[item.aspect.quantity])
    return None


def _by_power(found: Sequence[Found], silent_after_ms: int | None) -> tuple[Found, Condition] | None:
    power = next((item for item in found if item.aspect.quantity is Quantity.POWER and item.aspect.numeric), None)
    if power is None:
        return None
    return power, Condition(
        limit=DONE_WATTS, slack=RUNS_AGAIN_WATTS, hold_ms=DONE_AFTER_MS, silent_after_ms=silent_after_ms
    )


def _parts(word: str) -> set[str]:
    return {word.lower(), *re.findall(r"[^\W_]+", word.lower())}
