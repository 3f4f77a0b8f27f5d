"""Holds what a model wants to say against what the tools answered; nothing unsourced passes.

Pure, and strict on purpose: what is refused here is not lost, code speaks the result itself.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from assistant.model.numbers import numbers_in
from sensors.reading import STATES
from sensors.spoken_units import HEARD
from sensors.units import convert
from tools.answers import LastChangeAnswer, answer_as_json
from tools.contract import ToolResult

LONGEST_SPEECH = 600

_VALUES = frozenset({"value", "threshold", "first", "last"})
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
}
_DID = (
    r"(?:turned|switched|locked|unlocked|opened|closed|shut|set|changed|adjusted|dimmed|brightened|started|stopped|added"
    r"|inserted|created|saved|stored|recorded|written|deleted|removed|updated|scheduled|activated|deactivated|enabled"
    r"|disabled|armed|disarmed|raised|lowered|sent|logged|muted|unmuted|paused|unpaused?|resumed|told|instructed|returned|played|skipped)"
)
_DOING = (
    r"(?:turning|switching|locking|unlocking|opening|closing|shutting|setting|changing|adjusting|dimming|starting"
    r"|stopping|adding|inserting|creating|saving|storing|recording|deleting|removing|updating|scheduling|activating"
    r"|muting|pausing|sending|returning|raising|lowering)"
)
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
    rf"|{_OPENER}{_DID}\s+(?:the|on|off|up|down|it|your|all|to|a|an)\b"
    r"|\A\W*(?:ok(?:ay)?|sure|certainly|alright)\W*\Z",
    re.IGNORECASE,
)
"""Words that a person would take for: it is done, or it is being done."""
_EVENT = re.compile(rf"\b(?:was|were)\s+(?:last |first )?{_DID}\b", re.IGNORECASE)
_STATE = re.compile(
    r"\b(?:is|are|was|were|stays?|remains?|it's|that's|been|left)(n't)?\s+((?:\w+\s+){0,2}?)(?:turned |switched )?"
    r"(on(?!\s+(?:average|the|a|an|my|your|\w+day|\d))|off(?!\s+by)|open|opened|ajar|closed|shut|locked|unlocked|detected"
    r"|(?<!your )(?<!the )(?<!this )home|present|away)\b",
    re.IGNORECASE,
)
_OPPOSITE = {one: other for pair in STATES.values() for one, other in (pair, pair[::-1])}

_BELOW = re.compile(r"\b(?:minus|negative|below)\b", re.IGNORECASE)

_UNSPEAKABLE = re.compile(
    r"[*_`#|{}<>\[\]\\~^]"
    r"|https?:|www\.|\b[\w-]+\.(?:com|org|net|io|local)\b"
    r'|":'
    r"|[\u2190-\u2bff\u2e80-\u2eff\ufe0e\ufe0f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
    r"|[\U0001f000-\U0001faff\U000e0000-\U000e007f]"
    r"|[\x00-\x09\x0b-\x1f\x7f]"
)
_EMPHASIS = re.compile(r"(\*\*|__|\*|`+)(?=\S)(.+?)(?<=\S)\1")
_LINE_MARK = re.compile(r"^\s*(?:#{1,6}\s+|[-*•]\s+|\d{1,2}[.)]\s+(?=\D))", re.MULTILINE)
_PICTURES = re.compile(r"[\u2190-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff]")


def tidy(text: str) -> str:
    """Emphasis, headings, bullets and pictures taken off what is otherwise a plain answer; cut at a sentence's end."""
    plain = _EMPHASIS.sub(r"\2", text)
    plain = _LINE_MARK.sub("", plain)
    plain = _PICTURES.sub("", plain)
    lines = [" ".join(line.split()) for line in plain.splitlines()]
    joined = " ".join(line if line[-1] in ".!?:,;" else f"{line}." for line in lines if line)
    if len(lines) == 1:
        joined = lines[0]
    return joined if len(joined) <= LONGEST_SPEECH else to_last_sentence(joined[:LONGEST_SPEECH])


def to_last_sentence(text: str) -> str:
    """What comes before the last sentence that is not whole; empty where none is."""
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s|\Z)", text)]
    return text[: ends[-1]] if ends else ""


def speakable(text: str) -> bool:
    """Whether a voice can read it as it is: short, no markup, addresses, pictures, tool names or JSON."""
    return bool(text.strip()) and len(text) <= LONGEST_SPEECH and _UNSPEAKABLE.search(text) is None


def grounded(text: str, results: Sequence[ToolResult], user_text: str, shown: Sequence[str] = ()) -> bool:
    """Whether every number, state and deed in `text` has a source in this turn.

    `shown` is what the model was told in words (rendered sentences, times). A model's turn holds no receipt of an
    action, for acts end in a proposal to the person: any claim that something was done is refused.
    """
    if _CLAIM.search(text) is not None:
        return False
    if _EVENT.search(text) and not any(isinstance(result.answer, LastChangeAnswer) for result in results):
        return False
    sources = [answer_as_json(result.answer) for result in results if result.answer is not None]
    return _states_sourced(text, sources) and _numbers_sourced(text, sources, [user_text, *shown])


def _states_sourced(text: str, sources: Sequence[Any]) -> bool:
    claimed = {_claimed_state(match) for match in _STATE.finditer(text)}
    return claimed <= {value.lower() for _, value in _leaves(sources) if isinstance(value, str)}


def _claimed_state(match: re.Match[str]) -> str:
    state = _STATE_WORDS[match.group(3).lower()]
    negated = bool(match.group(1)) or "not" in match.group(2).lower().split()
    return _OPPOSITE[state] if negated else state


def _numbers_sourced(text: str, sources: Sequence[Any], words: Iterable[str]) -> bool:
    said = list(numbers_in(text))
    if not said:
        return True
    known = {number for source in (*words, *_strings(sources)) for number, _ in numbers_in(source)}
    known |= {float(value) for _, value in _leaves(sources) if _is_number(value)}
    known |= _in_other_units(sources) | _counts(sources)
    if _BELOW.search(text):
        known |= {-number for number in known}
    return all(_close(number, places, known) for number, places in said)


def _close(number: float, places: int, known: Iterable[float]) -> bool:
    """Whether some source is this number, or becomes it when rounded to as many places."""
    return any(abs(source - number) <= 0.5 * 10**-places + 1e-9 for source in known)


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


def _in_other_units(sources: Sequence[Any]) -> set[float]:
    """Every value in the units in which a person may hear it: stored in Celsius, spoken in Fahrenheit."""
    units = {str(value) for key, value in _leaves(sources) if key == "unit"}
    values = {float(value) for key, value in _leaves(sources) if key in _VALUES and _is_number(value)}
    pairs = {(unit, heard[unit]) for heard in HEARD.values() for unit in units if unit in heard}
    return {convert(value, unit, other) for unit, other in pairs for value in values}


def _counts(sources: Iterable[Any]) -> set[float]:
    """How many things are listed: in all, and of each kind (rows in one state, of one quantity, in one room)."""
    found: set[float] = set()
    for source in sources:
        for listed in _lists(source):
            found.add(float(len(listed)))
            kinds = Counter(
                (key, value) for item in listed for key, value in _leaves(item) if isinstance(value, str | bool)
            )
            found |= {float(count) for count in kinds.values()}
    return found


def _lists(value: Any) -> Iterator[Sequence[Any]]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _lists(item)
    elif isinstance(value, list | tuple):
        yield value
        for item in value:
            yield from _lists(item)
