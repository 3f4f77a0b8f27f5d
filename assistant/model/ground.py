"""Holds what a model wants to say against what the tools answered; nothing unsourced passes.

Pure, and strict on purpose: what is refused here is not lost, code speaks the result itself. Where there are answers,
a clause may hold only what one of them told of the thing that it names, in the words of the answer, of code's own
sentence for it, and those that claim nothing.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from assistant.model.deeds import EVENT, claims_deed
from assistant.model.facts import Fact, Facts, Measure, facts_of
from assistant.model.numbers import COUNT, DEGREES, OTHER, SCALES, measures_in, numbers_in
from assistant.model.times import without_times
from assistant.model.tongue import is_foreign
from assistant.model.words import LIMITS, carried_by, clauses, in_order, quantified, states_in, words_of
from config.naming import naming
from tools.answers import LastChangeAnswer, answer_as_json
from tools.contract import ToolResult

_BELOW_ZERO = re.compile(r"([\w.]+)\s+(degrees?\s+)?below\s+zero\b", re.IGNORECASE)
_LIKEWISE = re.compile(
    r"\b(?:so|neither|nor) (?:is|are|was|were|does|do|did)\b|\b(?:too|also|as well|same)\b", re.IGNORECASE
)
_ASSERTION = re.compile(
    r"\A\W*(?:yes|yeah|yep|no|nope)\b"
    r"|\b(?:the|your|this|that|these|those|all|both)\s+(?:[\w'’\",()&-]+\s+){0,8}?"
    r"(?:is|are|was|were|has|have|had|includes?|contains?|reads?|shows?|stands?)\b"
    r"|\bi (?:found|see)\b|\bthere\s+(?:is|are|was|were)\b"
    r"|\bit(?:'s| is| was)\b(?! (?:seems?|looks?|appears?|sounds?)\b)"
    r"|\b(?:currently|right now|at the moment)\b"
    r"|\byou(?:'re| are| have| need| don't| do not)\b(?! (?:very |most )?(?:welcome|right|kind)\b)"
    r"|\b(?:rain|snow|storms?|weather|forecast|traffic)\b"
    r"|\b(?:today|tomorrow|tonight|outside)(?: it)? (?:is|was|will)\b|\bwill be\b|\bhere are\b|\byour (?:\w+ )?list\b",
    re.IGNORECASE,
)
"""How something is in the house or in somebody's life; what is not so counts as well."""
_MODEST = re.compile(
    # What cannot be seen may well be there; that none was found is a claim.
    r"\b(?:(?:can(?:no|')t|could(?: not|n't))(?! (?:detect|hear|notice|see|find (?:any|no))\w*\b)"
    r"|unable|do(?: not|n't) (?:know|have)|wasn't able"
    r"|not (?:sure|able|found|available)|no (?:readings?|data|information)|unknown|unavailable|outside what"
    r"|please (?:check|name|say|specify|tell|try|verify)|you (?:can|could|may|might) (?:ask|say|try))\b"
    r"|\A\W*(?:what|which|who|where|when|(?:can|could|would|do|did) you (?!know))\b.*\?\s*\Z",
    re.IGNORECASE,
)
"""Words that own up to knowing nothing, or ask."""


def grounded(text: str, results: Sequence[ToolResult], user_text: str, shown: Sequence[str] = ()) -> bool:
    """Whether every number, state, deed and comparison in `text` has a source in this turn.

    `shown` is what the model was told: answers as JSON with the sentence of code in them, and what time it is.
    """
    text = text.replace("’", "'")
    if claims_deed(text) or is_foreign(text):
        return False
    answers = [result.answer for result in results if result.answer is not None]
    if results and not answers and _MODEST.search(text) is None:
        return False
    happened = {answer.state for answer in answers if isinstance(answer, LastChangeAnswer)}
    if not all(states_in(event[1]) <= happened and happened for event in EVENT.finditer(text)):
        return False
    facts = facts_of([answer_as_json(answer) for answer in answers], shown, user_text)
    named: tuple[str, ...] = ()
    for clause in clauses(_BELOW_ZERO.sub(r"minus \1 \2", text)):
        # What names nothing goes on from what was named before.
        named = in_order(clause, facts.names) or named
        if not _sourced(clause, named, facts, asked=bool(answers)):
            return False
    return True


def _sourced(clause: str, named: tuple[str, ...], facts: Facts, *, asked: bool) -> bool:
    told = facts.about(frozenset(named), frozenset(words_of(clause)))
    if not _states_told(clause, told) or not _numbers_told(clause, told):
        return False
    if _LIKEWISE.search(clause) and not states_in(clause) and not any(numbers_in(clause)):
        return False
    if _MODEST.search(clause) is not None:
        return True
    if not asked:
        return _ASSERTION.search(clause) is None and not _house_words() & frozenset(words_of(clause))
    known = frozenset(word for fact in told for word in fact.words).union(named)
    counted = frozenset(word for fact in told for word in fact.quantified)
    # What is compared with what was told the same way round.
    compared = "than" not in words_of(clause) or any(fact.order == named for fact in told)
    return compared and carried_by(without_times(clause)[0]) <= known and quantified(clause) <= counted


def _states_told(clause: str, told: Sequence[Fact]) -> bool:
    """Whether each state was told, and of as many: that none is open is not told by one that is."""
    counted = quantified(clause)
    fits = [fact for fact in told if counted <= fact.quantified and fact.quantified & {"none"} <= counted]
    return states_in(EVENT.sub(" ", clause)) <= {state for fact in fits for state in fact.states}


def _numbers_told(clause: str, told: Sequence[Fact]) -> bool:
    """Whether each time was told, and each number that is of something is a number of that."""
    rest, times = without_times(clause)
    limited = not LIMITS.isdisjoint(words_of(clause))
    known = {measure for fact in told if limited or not fact.limit for measure in fact.measures}
    known_times = {time for fact in told for time in fact.times}
    return times <= known_times and all(_close(number, places, of, known) for number, places, of in measures_in(rest))


def _close(number: float, places: int, of: str | None, known: Iterable[Measure]) -> bool:
    """Whether some source is this number of the same, or becomes it when rounded to as many places."""
    may_be = {DEGREES: {None, DEGREES, *SCALES}, OTHER: {None, OTHER, COUNT}}.get(of or "", {None, of})
    fits = (source for source, what in known if what in may_be or (of is None and what != COUNT))
    return any(abs(source - number) <= 0.5 * 10**-places + 1e-9 for source in fits)


@cache
def _house_words() -> frozenset[str]:
    """What is spoken of a house with."""
    english = naming()[0]
    telling = (word for one in english.telling.values() for word in one.words)
    things = (*english.kinds, *english.quantities, *english.rooms, *english.talking, *telling, "device")
    return frozenset(word for thing in things for word in words_of(thing, name=True))
