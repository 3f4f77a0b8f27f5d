"""A conversation of questions: a default for Enter, a way back, a trial of each answer. Pure but for its trials.

Whoever runs it gives the lines that a person types; nothing is written here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Value = str | int | bool | None
Answers = Mapping[str, Value]
"""By the dotted name of a setting; what was not asked is not in it."""

BACK = "<"
NONE = "-"


class Wrong(Exception):
    """What was typed is no answer; the text says what would be one."""


class GoesBack(Exception):
    """What is wrong was answered earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of trying an answer."""

    good: bool
    text: str


Trial = Callable[[Answers], Outcome]


def always(_: Answers) -> bool:
    return True


def untried(_: Answers) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    name: str
    """The dotted name of the setting."""
    text: str
    read: Callable[[str], Value]
    """Raises Wrong."""
    default: Callable[[Answers], Value] = untried
    applies: Callable[[Answers], bool] = always
    trial: Trial | None = None
    """Tries everything that has been answered so far."""
    choices: Callable[[], Sequence[str]] = tuple
    """What is there to choose from, shown before it is asked."""
    secret: bool = False
    optional: bool = False
    """NONE is an answer, and means that there is none."""


class Person(Protocol):
    """Whoever answers: at a terminal, or from a file."""

    def answer(self, question: Question, prompt: str) -> str: ...

    def tell(self, text: str) -> None: ...

    def keeps(self, question: Question) -> bool:
        """Whether an answer that failed its trial is to stand. Raises GoesBack."""
        ...


@dataclass(slots=True)
class Conversation:
    """The questions in their order. `known`: what is set already, and so the default."""

    questions: Sequence[Question]
    known: Answers = field(default_factory=dict)
    answers: dict[str, Value] = field(default_factory=dict)
    _place: int = 0
    _passed: list[int] = field(default_factory=list)

    def hold(self, person: Person) -> Answers:
        """Returns every answer. Raises what `person` raises where it gives up."""
        while (question := self._next()) is not None:
            for choice in question.choices():
                person.tell(f"  {choice}")
            typed = person.answer(question, self.prompt(question))
            if typed == BACK:
                self._back(person)
                continue
            try:
                self.answers[question.name] = self._read(question, typed)
            except Wrong as error:
                person.tell(f"  {error}")
                continue
            try:
                stands = self._stands(question, person)
            except GoesBack:
                self._back(person)
                continue
            if stands:
                self._passed.append(self._place)
                self._place += 1
        return self.answers

    def prompt(self, question: Question) -> str:
        default = self.default(question)
        if default is None:
            shown = "none" if question.optional else ""
        else:
            shown = "kept" if question.secret else _shown(default)
        return f"{question.text} [{shown}]: " if shown else f"{question.text}: "

    def default(self, question: Question) -> Value:
        """What was answered before, else what is set, else what is usual."""
        for place in (self.answers, self.known):
            if question.name in place:
                return place[question.name]
        return question.default(self.answers)

    def _read(self, question: Question, typed: str) -> Value:
        text = typed if question.secret else typed.strip()
        if question.optional and text.strip() == NONE:
            return None
        if text.strip():
            return question.read(text)
        default = self.default(question)
        if default is None and not question.optional:
            raise Wrong("An answer is needed here.")
        return default

    def _stands(self, question: Question, person: Person) -> bool:
        if question.trial is None:
            return True
        outcome = question.trial(self.answers)
        person.tell(f"  {outcome.text[:1].upper()}{outcome.text[1:]}")
        return outcome.good or person.keeps(question)

    def _next(self) -> Question | None:
        for place in range(self._place, len(self.questions)):
            if self.questions[place].applies(self.answers):
                self._place = place
                return self.questions[place]
            self.answers.pop(self.questions[place].name, None)
        return None

    def _back(self, person: Person) -> None:
        if not self._passed:
            person.tell("  This is the first question.")
            return
        self._place = self._passed.pop()


def _shown(value: Value) -> str:
    return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else str(value)


def one_of(*known: str) -> Callable[[str], str]:
    """Also by its beginning, as long as that is nobody else's."""

    def read(text: str) -> str:
        fitting = [one for one in known if one.casefold().startswith(text.casefold())]
        exact = [one for one in fitting if one.casefold() == text.casefold()]
        if len(exact or fitting) != 1:
            raise Wrong(f"Choose one of: {', '.join(known)}.")
        return (exact or fitting)[0]

    return read


def yes_or_no(text: str) -> bool:
    return one_of("yes", "no")(text) == "yes"


def number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise Wrong(f"A number from {least} to {most} is needed.")
        return int(text)

    return read


def words(text: str) -> str:
    if not text.isprintable():
        raise Wrong("That has characters in it that cannot be read.")
    return text
