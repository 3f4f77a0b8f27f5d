"""Holds what a model wants to say against what the tools answered; nothing unsourced passes.

Pure, and strict on purpose: what is refused here is not lost, code speaks the result itself.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from assistant.model.numbers import OTHER, measure_of, measures_in, numbers_in
from assistant.model.spoken import SENTENCE_END
from assistant.model.times import Time, without_times
from assistant.model.tongue import is_foreign
from sensors.reading import STATES
from sensors.spoken_units import HEARD
from sensors.units import convert
from tools.answers import LastChangeAnswer, answer_as_json
from tools.contract import ToolResult

_VALUES = frozenset({"value", "threshold", "first", "last", "per_hour"})
"""Fields of answers that hold a number in the unit beside it."""

_STATE_WORDS = {
    "on": "on",
    "off": "off",
    "open": "open",
    "opened": "open",
    "ajar": "open",
    "closed": "closed",
    "shut": "closed",
    "locked": "locked",
    "unlocked": "unlocked",
    "detected": "detected",
    "home": "present",
    "present": "present",
    "away": "away",
    **{word: word for word in ("playing", "paused", "running", "idle", "docked", "charging", "heating", "cooling")},
}
_DID = (
    r"(?:turned|switched|locked|unlocked|opened|closed|shut|set|changed|adjusted|dimmed|brightened|started|stopped|added"
    r"|inserted|created|saved|stored|recorded|written|deleted|removed|updated|scheduled|activated|deactivated|enabled"
    r"|disabled|armed|disarmed|raised|lowered|sent|logged|muted|unmuted|paused|unpaused?|resumed|told|instructed|returned|played|skipped)"
)
_DOING = (
    r"(?:turning|switching|locking|unlocking|opening|closing|shutting|setting|changing|adjusting|dimming|starting"
    r"|stopping|adding|inserting|creating|saving|storing|recording|deleting|removing|updating|scheduling|activating"
    r"|muting|pausing|resuming|skipping|playing|sending|returning|raising|lowering)"
)
_DONE_TO = (
    r"(?:turned|switched|set|changed|adjusted|dimmed|brightened|added|created|saved|stored|deleted|removed|updated"
    r"|scheduled|activated|deactivated|enabled|disabled|armed|disarmed|raised|lowered|sent|muted|unmuted|unpaused|resumed"
    r"|skipped)"
)
"""What things do not do by themselves."""
_DO = r"(?:turn|switch|lock|unlock|open|close|shut|insert|add|set|start|stop|send|change|adjust|dim|raise|lower)"
_SEEN = r"(?:detected|reported|received|measured|observed)"
_OPENER = r"(?:^|[.!?]\s+)(?:(?:ok(?:ay)?|sure|certainly|alright|yes)[,.!]?\s+)?"
_CLAIM = re.compile(
    # I turned, I'm opening, I will lock; but not: should I lock.
    r"(?<!should )(?<!shall )(?<!can )(?<!could )(?<!may )(?<!must )\b(?:i|we)(?:'ll|'m| will| am| did|'d)?\s+"
    rf"(?:just |now |also |already |successfully |going to )*(?:{_DID}|{_DOING}|{_DO})\b"
    # I have done anything but look.
    r"|\b(?:i|we)(?:'ve| have)\s+(?!no\b|not\b|never\b|found\b|checked\b|looked\b|only\b|the\b|an?\b|to\b|any\b)[a-z]+"
    # Something has been done to it; but not: has been closed since seven.
    rf"|\b(?:has|have)\s+(?:now |just )*been\s+(?:\w+ly )?(?:{_DID}|(?!{_SEEN}\b)\w+ed)\b(?!\s+(?:since|for)\b)"
    r"|\b(?:was|were|is|are|'s|'re)\s+(?:been |now |just |successfully |being )*"
    r"(?:added|inserted|created|saved|stored|written|deleted|removed|updated|activated|deactivated|set to)\b"
    rf"|\b(?:is|are|'s|'re)\s+(?:now |currently )?{_DOING}\b"
    r"|\b(?:is|are|'s|'re)\s+now\s+(?:\w+ )?"
    r"(?:on|off|open|opened|closed|shut|locked|unlocked|turned|switched|set|armed|dimmed|running|muted|paused)\b"
    rf"|\bnow\s+{_DID}\b"
    r"|\b(?:done|all set|success|successfully)\b"
    rf"|{_OPENER}(?:completed|finished|task complete|{_DOING})\b"
    rf"|{_OPENER}{_DID}\s+(?!(?:since|for|at|about|by|today|yesterday|last|this|on \w+day)\b|\d)"
    # Light turned on; but not: the light was last turned on.
    rf"|{_OPENER}(?:(?!(?:is|are|was|were|be|been|not|last|i|has|have|had|can|could|did|that|which|how|when|if)\b)"
    rf"[\w'\"-]+\s+){{1,5}}{_DONE_TO}\b"
    r"|\b(?:has|have)\s+(?:now |just |already )?(?:started|stopped|returned|resumed|paused|begun|skipped|muted)\b"
    r"|\blet me\s+(?!know\b|see\b|think\b)\w+|\blet's\b|\b(?:i|we)(?:'ll| will)\s+(?!not\b|need\b|be able\b)\w+"
    r"|\A\W*(?:ok(?:ay)?|sure|certainly|alright)\W*\Z",
    re.IGNORECASE,
)
"""Words that a person would take for: it is done, or it is being done."""
_EVENT = re.compile(rf"\b(?:was|were)\s+(?:last |first )?{_DID}\b", re.IGNORECASE)
_STATE = re.compile(
    r"\b(?:is|are|was|were|stays?|remains?|it's|that's|been|left)(n't)?\s+((?:\w+\s+){0,3}?)(?:turned |switched )?"
    # On average, on Monday, on the table, on March 3.
    r"(on(?!\s+(?:(?:average|the|a|an|my|your|\w+day|[a-z]+ \d+(?:st|nd|rd|th)?)\b|\d))|off(?!\s+by)|open|opened|ajar"
    r"|closed|shut|locked|unlocked|detected|(?<!your )(?<!the )(?<!this )home|present|away"
    r"|playing|paused|running|idle|docked|charging|heating|cooling)\b",
    re.IGNORECASE,
)
_OPPOSITE = {one: other for pair in STATES.values() for one, other in (pair, pair[::-1])}

_ZERO = re.compile(r"\b(above|below)\s+zero\b", re.IGNORECASE)
_BELOW = re.compile(r"\b(?:minus|negative|below)\b", re.IGNORECASE)
_ASSERTION = re.compile(
    r"\A\W*(?:yes|yeah|yep|no|nope)\b"
    r"|\b(?:the|your|this|that|these|those|all|both)\s+(?:[\w'’\",()&-]+\s+){0,8}?"
    r"(?:is|are|was|were|has|have|had|includes?|contains?|reads?|shows?|stands?)\b"
    r"|\bi (?:found|see)\b|\bthere\s+(?:is|are|was|were)\b"
    r"|\bit(?:'s| is| was)\b(?! (?:seems?|looks?|appears?|sounds?)\b)"
    r"|\b(?:currently|right now|at the moment)\b"
    r"|\byou(?:'re| are| have| need| don't| do not)\b(?! (?:very |most )?(?:welcome|right|kind)\b)"
    r"|\b(?:today|tomorrow|tonight|outside)(?: it)? (?:is|was|will)\b|\bwill be\b|\bhere are\b|\byour (?:\w+ )?list\b",
    re.IGNORECASE,
)
"""How something is in the house or in somebody's life; what is not so counts as well."""
_MODEST = re.compile(
    r"\b(?:can(?:no|')t|could(?: not|n't)|unable|do(?: not|n't) (?:know|have|see|find)"
    r"|not (?:sure|able|found|available)|unknown|unavailable|sorry|outside|which|what|if)\b|\?\s*\Z",
    re.IGNORECASE,
)
"""Words that own up to knowing nothing."""

_EVERYWHERE = frozenset(
    "the and are was were has have had for with from that this your you not yes all its now".split()
)

Measure = tuple[float, str | None]
"""A number and what it is of."""


def grounded(text: str, results: Sequence[ToolResult], user_text: str, shown: Sequence[str] = ()) -> bool:
    """Whether every number, state and deed in `text` has a source in this turn.

    `shown` is what the model was told in words (rendered sentences, times). A model's turn holds no receipt of an
    action, for acts end in a proposal to the person: any claim that something was done is refused.
    """
    text = text.replace("’", "'")
    if _CLAIM.search(text) is not None or is_foreign(text):
        return False
    if _EVENT.search(text) and not any(isinstance(result.answer, LastChangeAnswer) for result in results):
        return False
    sources = [answer_as_json(result.answer) for result in results if result.answer is not None]
    if results and not sources and _MODEST.search(text) is None:
        return False
    if not all(_of_the_sources(sentence, sources) for sentence in SENTENCE_END.split(text) if _asserts(sentence)):
        return False
    words = [user_text, *(part for one in shown for part in _told(one))]
    return _states_sourced(text, sources) and _numbers_sourced(text, sources, words)


def _asserts(sentence: str) -> bool:
    """Whether it says how something is, rather than that nothing is known of it."""
    return _ASSERTION.search(sentence) is not None and _MODEST.search(sentence) is None


def _of_the_sources(sentence: str, sources: Sequence[Any]) -> bool:
    """Whether it speaks of what was asked: with a number or a state, which have checks of their own, or by name."""
    if not sources:
        return False
    named = {word for source in _strings(sources) for word in _words(source)}
    return bool(named & _words(sentence)) or _STATE.search(sentence) is not None or any(numbers_in(sentence))


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]{3,}", text.lower()) if word not in _EVERYWHERE}


def _told(shown: str) -> Iterator[str]:
    """The texts in what the model was shown; numbers of results count with their units, and not once more as words."""
    try:
        body = json.loads(shown)
    except ValueError:
        yield shown
    else:
        yield from _strings([body])


def _states_sourced(text: str, sources: Sequence[Any]) -> bool:
    claimed = {_claimed_state(match) for match in _STATE.finditer(text)}
    return claimed <= {value.lower() for _, value in _leaves(sources) if isinstance(value, str)}


def _claimed_state(match: re.Match[str]) -> str:
    state = _STATE_WORDS[match.group(3).lower()]
    negated = bool(match.group(1)) or "not" in match.group(2).lower().split()
    return _OPPOSITE.get(state, f"not {state}") if negated else state


def _numbers_sourced(text: str, sources: Sequence[Any], words: Iterable[str]) -> bool:
    """Whether each time in it was told, and each number that is of something is a number of that in some source."""
    rest, times = without_times(_ZERO.sub(r"\1", text))
    said = list(measures_in(rest))
    if not said and not times:
        return True
    known: set[Measure] = _values(sources) | _counts(sources)
    known_times: set[Time] = set()
    for source in (*words, *_strings(sources)):
        plain, told = without_times(source)
        known |= {(number, of) for number, _, of in measures_in(plain)}
        known_times |= told
    if _BELOW.search(text):
        known |= {(-number, of) for number, of in known}
    return times <= known_times and all(_close(number, places, of, known) for number, places, of in said)


def _close(number: float, places: int, of: str | None, known: Iterable[Measure]) -> bool:
    """Whether some source is this number of the same, or becomes it when rounded to as many places."""
    fits = (source for source, what in known if of is None or what in {None, of})
    return any(abs(source - number) <= 0.5 * 10**-places + 1e-9 for source in fits)


def _strings(sources: Sequence[Any]) -> Iterator[str]:
    return (value for _, value in _leaves(sources) if isinstance(value, str))


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, key)
    else:
        yield key, value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _values(sources: Sequence[Any]) -> set[Measure]:
    """Every figure with what it is of; values also in the units in which a person may hear them."""
    units = {str(value) for key, value in _leaves(sources) if key == "unit"}
    pairs = {(unit, heard[unit]) for heard in HEARD.values() for unit in units if unit in heard}
    found: set[Measure] = set()
    for key, value in _leaves(sources):
        if not _is_number(value):
            continue
        if key in _VALUES:
            found |= {(float(value), measure_of(unit)) for unit in units} or {(float(value), None)}
            found |= {(convert(float(value), unit, other), measure_of(other)) for unit, other in pairs}
        else:
            found.add((float(value), measure_of(key.removeprefix("left_"))))
    return found


def _counts(sources: Iterable[Any]) -> set[Measure]:
    """How many things are listed: in all, and of each kind (rows in one state, of one quantity, in one room)."""
    found: set[Measure] = set()
    for source in sources:
        for listed in _lists(source):
            found.add((float(len(listed)), OTHER))
            kinds = Counter(
                (key, value) for item in listed for key, value in _leaves(item) if isinstance(value, str | bool)
            )
            found |= {(float(count), OTHER) for count in kinds.values()}
    return found


def _lists(value: Any) -> Iterator[Sequence[Any]]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _lists(item)
    elif isinstance(value, list | tuple):
        yield value
        for item in value:
            yield from _lists(item)
