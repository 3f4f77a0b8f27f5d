"""Understands what is said without being named again: `it`, `there`, `and in the bedroom?`; by what came before it.

Matches words against a language's forms; from whom and how long ago that came is for `assistant.turns.follow_up`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from assistant.sentences.fragments import Change, Subject, acting, change_of, changed
from assistant.sentences.mapping import Setting, to_call
from assistant.sentences.templates import Recognised, Templates
from assistant.sentences.vocabulary import Names
from config.language import Language
from tools.contract import ToolCall

ASK, AGAIN = "ask", "again"
_NOWHERE = Setting(
    room=None, quantities=frozenset(), groups=frozenset(), names=frozenset(), dimmable=frozenset(), words={}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A call put together with the last one; `asking` where it can only be a question."""

    calls: tuple[ToolCall, ...]
    asking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """A sentence with names in the place of `it`; one for each thing that was meant."""

    word: str
    """As it was said."""
    texts: tuple[str, ...]
    """Empty where nothing was spoken of that it could be, or several things."""


class FollowUps:
    """One language's ways to follow up."""

    def __init__(self, language: Language) -> None:
        data = language.follow_up
        self._language = language
        self._forms = Templates(_of_forms(language), data.forms)
        self._one, self._many, self._there = (_any_of(words) for words in (data.one, data.many, data.places))

    def learn(self, names: Mapping[str, Names]) -> None:
        """Takes the names of the house, in place of any earlier ones."""
        self._forms.learn(names)

    def forms(self, said: str) -> list[Recognised]:
        """The forms that a sentence (made alike before) has, best first."""
        return self._forms.readings(said, question=False) if said else []

    def fragment(self, said: str, subject: Subject, *, asked: bool) -> Fragment | None:
        """What a sentence (made alike before) without its own verb comes to; None where it is none.

        `asked`: whether it was said as a question, so that no order can come of it.
        """
        # What a sensor measures may be what it is called; then it is what is measured that is meant.
        for read in sorted(self.forms(said), key=lambda one: "quantity" not in one.slots):
            asking = asked or read.intent == ASK
            if read.intent == AGAIN:
                calls: Sequence[ToolCall | None] = subject.calls
            else:
                change = change_of(read.slots, _period(read), asking=asking)
                calls = self._changed(subject, change)
            made = tuple(call for call in calls if call is not None)
            if made and not (asking and any(acting(call) for call in made)):
                return Fragment(calls=made, asking=asking)
        return None

    def _changed(self, subject: Subject, change: Change) -> Sequence[ToolCall | None]:
        """Of several questions each, of anything else the last."""
        asked = [call for call in subject.calls if not acting(call)]
        several = [changed(replace(subject, calls=(call,)), change, self._noun) for call in asked]
        if len(asked) < len(subject.calls) or None in several:
            return [changed(subject, change, self._noun)]
        return list({call.arguments: call for call in several if call is not None}.values())

    def pointed(self, text: str, subject: Subject | None) -> Pointed | None:
        """The text with what is meant by `it` or `there`; None where no such word is in it."""
        if found := _last(self._there, text):
            places = subject.places if subject is not None else ()
            at = f"{self._language.wording.before_place[0]} "
            return _filled(text, found, [at + place for place in places] if len(places) == 1 else [])
        things = subject.things if subject is not None else ()
        for pattern, fits in ((self._many, bool(things)), (self._one, len(things) == 1)):
            if found := pattern.search(text) if pattern is not None else None:
                return _filled(text, found, things if fits else [])
        return None

    def points_at(self, text: str, thing: str) -> str | None:
        """The text with `thing` for `it`; None where nothing in it points."""
        pointed = self.pointed(text, Subject(calls=(), things=(thing,), places=(thing,)))
        return pointed.texts[0] if pointed is not None and pointed.texts else None

    def _noun(self, quantity: str) -> str | None:
        kind = self._language.kinds.get(quantity)
        return kind.one[0] if kind is not None and kind.one else None


@lru_cache(maxsize=8)
def _of_forms(language: Language) -> Language:
    """The language with its forms for what it understands."""
    data = language.follow_up
    return language.model_copy(update={"intents": data.forms, "rules": {**language.rules, **data.rules}})


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    ways = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w'’])(?:{ways})(?![\w'’])", re.IGNORECASE)


def _last(pattern: re.Pattern[str] | None, text: str) -> re.Match[str] | None:
    """The last place where it is said: in `is there light there` the first is nowhere."""
    return list(pattern.finditer(text))[-1:][0] if pattern is not None and pattern.search(text) else None


def _filled(text: str, found: re.Match[str], names: Sequence[str]) -> Pointed:
    before, after = text[: found.start()], text[found.end() :]
    return Pointed(word=found.group(), texts=tuple(f"{before}{name}{after}" for name in names))


def _period(read: Recognised) -> str | None:
    """The period's name, as any question over a period has it."""
    asked = replace(read, intent="aggregate", slots={**read.slots, "answer": "mean"})
    call = to_call(asked, _NOWHERE, "")
    found = json.loads(call.arguments)["period"] if call is not None else None
    return str(found) if found else None


def thing_of(call: ToolCall) -> str | None:
    """What a call names, where it names one thing."""
    given = json.loads(call.arguments)
    named = [given.get(argument) for argument in ("what", "where", "name")]
    return next((name for name in named if isinstance(name, str)), None)


def every_word(names: Mapping[str, Names]) -> Iterator[str]:
    """Of all names there are."""
    for one in names.values():
        for name in one.all:
            yield from name.split()
