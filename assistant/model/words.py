"""Reads what a sentence claims: its clauses, the words that carry it, states, and how many they are true of.

Pure. English, as everything that a model is asked to say.
"""

import re
from collections.abc import Iterator

from sensors.reading import STATES


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _listed(words: str) -> frozenset[str]:
    return frozenset(_singular(word) for word in words.split())


LIMITS = _listed("above below over under than least most between within")
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
_BARE = frozenset(_STATE_WORDS) - {"on", "off", "home", "present", "away", "heating", "cooling"}
"""Those that are hardly anything but a state."""
_STATE = re.compile(
    r"\b(?:is|are|was|were|stays?|remains?|it's|that's|been|left)(n't)?\s+((?:\w+\s+){0,3}?)(?:turned |switched )?"
    # On average, on Monday, on the table, on March 3.
    r"(on(?!\s+(?:(?:average|the|a|an|my|your|\w+day|[a-z]+ \d+(?:st|nd|rd|th)?)\b|\d))|off(?!\s+by)|open|opened|ajar"
    r"|closed|shut|locked|unlocked|detected|(?<!your )(?<!the )(?<!this )home|present|away"
    r"|playing|paused|running|idle|docked|charging|heating|cooling)\b",
    re.IGNORECASE,
)
_OPPOSITE = {one: other for pair in STATES.values() for one, other in (pair, pair[::-1])}
_NONE = _listed("no none nothing nobody neither never nor nowhere")
_QUANTIFIERS = _listed(
    "all every everything everyone everybody both each either any only some several few many most half couple dozen"
    " twice once almost nearly hardly barely always"
)
_SMALL = _listed(
    "a an the this that these those there here it its i m we you your our my he she they their them s t re ve d "
    "is are was were be been has have had do does did am at in on of to from for and or but with by as then "
    "now right currently about around approximately roughly respectively last according also too what which while "
    "room rooms house sensor sensors reading readings read reads show shows say says report reports reported "
    "measure measures measured use uses using draw draws drawing tell tells stand stands value values degree "
    "degrees percent celsius fahrenheit c f ago zero one two three four five six seven eight nine ten eleven "
    "twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy "
    "eighty ninety hundred thousand million point minus negative sorry afraid apologise apologize please thanks "
    "hello well so"
)
"""Words that by themselves claim nothing; numbers and their units have a check of their own."""
_CLAUSE = re.compile(
    r"(?:(?<=[.!?;:,])|(?<=[.!?;:,][\"')]))\s+|\s+[\u2013\u2014]\s+"
    r"|(?<!hundred)(?<!thousand)\s+(?=(?:and|but|while|whereas|although|though|because|so|yet)\s)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")


def clauses(text: str) -> Iterator[str]:
    """The parts of its sentences, each of which says one thing of something."""
    return (part for part in _CLAUSE.split(text) if part.strip(" ,.!?;:"))


def words_of(text: str, *, name: bool = False) -> list[str]:
    """Its words in order, in the singular; of a name only those that tell it from others, if it has such."""
    words = [_singular(word) for word in _WORD.findall(text.lower())]
    return ([word for word in words if word not in _SMALL] or words) if name else words


def in_order(text: str, names: frozenset[str]) -> tuple[str, ...]:
    """Its words that are of names, each once."""
    return tuple(dict.fromkeys(word for word in words_of(text) if word in names))


def quantified(text: str) -> frozenset[str]:
    """How many it is true of, where a word says so; all words for none are one."""
    words = set(words_of(text))
    return frozenset(words & _QUANTIFIERS | ({"none"} if words & _NONE else set()))


def states_in(text: str) -> frozenset[str]:
    """The states that it claims; of `not open` the opposite."""
    rest = _STATE.sub(" ", text)
    bare = {_STATE_WORDS[word] for word in _WORD.findall(rest.lower()) if word in _BARE}
    return frozenset({_claimed(match) for match in _STATE.finditer(text)} | bare)


def _claimed(match: re.Match[str]) -> str:
    state = _STATE_WORDS[match.group(3).lower()]
    negated = bool(match.group(1)) or "not" in match.group(2).lower().split()
    return _OPPOSITE.get(state, f"not {state}") if negated else state


def carried_by(text: str) -> frozenset[str]:
    """The words that carry its claim, without its states and quantifiers."""
    rest = _STATE.sub(lambda match: f" {' '.join(word for word in match[2].split() if word.lower() != 'not')} ", text)
    words = {word for word in words_of(rest) if not word.isdecimal()}
    return frozenset(words - _SMALL - _BARE - _QUANTIFIERS - _NONE)
