"""Which of several somebody means who was asked: `the second`, `the desk lamp`, `neither`. Guesses nothing. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.language import Choice, Confirm
from tools.name_words import alike, fold


class Meaning(StrEnum):
    """What was said to a question."""

    PICKED = "picked"
    NEITHER = "neither"
    AGAIN = "again"
    OTHER = "other"
    """No answer at all, but a request of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """`name` is the candidate that was picked."""

    meaning: Meaning
    name: str = ""


def answer_to(candidates: Sequence[str], said: str, choice: Choice, confirm: Confirm) -> Answered:
    """What the whole utterance means as an answer; a closed grammar, in which nothing is guessed."""
    text = fold(said)
    if _among(text, choice.neither):
        return Answered(meaning=Meaning.NEITHER)
    if _among(text, confirm.repeat):
        return Answered(meaning=Meaning.AGAIN)
    if _among(text, confirm.accept):
        # A yes tells nothing where there are several.
        picked = len(candidates) == 1
        return Answered(meaning=Meaning.PICKED, name=candidates[0]) if picked else Answered(meaning=Meaning.AGAIN)
    spoken = [alike(word) for word in text.split() if word not in choice.fillers or word.isdigit()]
    fitting = _fitting(candidates, [alike(word) for word in text.split()]) or _fitting(candidates, spoken)
    if len(fitting) > 1:
        return Answered(meaning=Meaning.AGAIN)
    name = fitting[0] if fitting else _by_place_in_order(candidates, text, choice)
    return Answered(meaning=Meaning.PICKED, name=name) if name else Answered(meaning=Meaning.OTHER)


def _among(text: str, forms: Sequence[str]) -> bool:
    return text in {fold(form) for form in forms}


def _fitting(candidates: Sequence[str], spoken: Sequence[str]) -> list[str]:
    """The one whose name it is, else those that have all of the words."""
    named = {name: [alike(word) for word in fold(name).split()] for name in candidates}
    # Where one word begins is not heard: `Nudeltimer` is the `Nudel-Timer`.
    exact = [name for name, own in named.items() if "".join(own) == "".join(spoken)]
    return exact or [name for name, own in named.items() if spoken and set(spoken) <= set(own)]


def _by_place_in_order(candidates: Sequence[str], text: str, choice: Choice) -> str | None:
    left = " ".join(word for word in text.split() if word not in choice.fillers)
    for name, forms in zip(candidates, choice.order, strict=False):
        if _among(text, forms) or _among(left, forms):
            return name
    return candidates[-1] if _among(left, choice.last) else None


def short_forms(candidates: Sequence[str]) -> tuple[str, ...]:
    """Every name, and for each the words that only it has: `desk` beside a ceiling lamp."""
    own = [fold(name).split() for name in candidates]
    short = [
        " ".join(word for word in mine if not any(word in other for other in own if other is not mine)) for mine in own
    ]
    return tuple(dict.fromkeys([*(" ".join(mine) for mine in own), *(one for one in short if one)]))
