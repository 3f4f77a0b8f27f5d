"""Why something was not done or not found, in words that a person can do something with."""

from collections.abc import Mapping, Sequence

from assistant.replies.figures import Figures
from assistant.replies.words import Count, Named, capital
from sensors.reading import Quantity, Verb
from tools.chosen import SeveralNamed
from tools.contract import ErrorCode, ToolError


def speak_error(error: ToolError, say: Figures) -> str:
    """One sentence for each way in which a call can fail, and what would do instead."""
    texts = say.spoken.errors
    near = [str(item) for item in error.suggestion] if isinstance(error.suggestion, list) else []
    match error.code:
        case ErrorCode.UNKNOWN_NAME:
            told = texts.unknown_name.format(name=say.words.named(error.received))
            return f"{told} {texts.did_you_mean.format(names=say.words.any_of(near))}" if near else told
        case ErrorCode.AMBIGUOUS_NAME:
            return _which(error, near, say)
        case ErrorCode.NOT_SUPPORTED:
            told = texts.not_supported.format(name=say.words.named(error.received), reason=reason_in_words(error, say))
            return f"{told} {texts.it_can.format(verbs=_verbs(near, say))}" if near else told
        case ErrorCode.OUT_OF_RANGE:
            told = texts.out_of_range.format(reason=reason_in_words(error, say))
            words = [say.words.option(word) for word in near if not word.lstrip("-").replace(".", "").isdigit()]
            return (
                f"{told} {texts.it_can_be.format(words=say.spoken.grammar.alternative.join(words))}" if words else told
            )
        case ErrorCode.NO_DATA | ErrorCode.RATE_LIMITED:
            return capital(f"{reason_in_words(error, say)}.")
        case ErrorCode.NOT_ALLOWED:
            return texts.not_allowed.format(reason=reason_in_words(error, say))
        case ErrorCode.INCOMPATIBLE:
            return texts.incompatible.format(reason=reason_in_words(error, say))
        case _:
            return texts.by_code[error.code]


def reason_in_words(error: ToolError, say: Figures) -> str:
    """Why, without a full stop: by the reason that the tool gave."""
    texts = say.spoken.errors
    if error.reason is None:
        return texts.other_reason.format(message=error.message)
    return texts.reasons[error.reason.name.lower()].format(**_spoken(error.facts, say))


def _spoken(facts: Mapping[str, str | float], say: Figures) -> dict[str, str | Count | Named]:
    return {name: _fact(name, value, say) for name, value in facts.items()}


def _fact(name: str, value: str | float, say: Figures) -> str | Count | Named:
    """What a tool says in its own names, in the person's words."""
    match name, value:
        case _, int():
            return Count(value)
        case _, float():
            return say.words.number(value)
        case "verb", str():
            return say.spoken.deeds[Verb(value)].name
        case "quantity", str():
            return say.words.named(say.words.noun(Quantity(value)))
        case "unit", str():
            return say.words.unit(value)
        case "name" | "other", str():
            return say.words.named(value)
        case "kind", str():
            return say.words.named(say.spoken.timers.kinds[value][0])
        case _:
            return str(value)


def _which(error: ToolError, near: Sequence[str], say: Figures) -> str:
    texts = say.spoken.errors
    if len(near) < 2:
        return texts.same_name.format(name=say.words.named(error.received))
    told = texts.which.format(names=say.words.any_of(near))
    more = error.more if isinstance(error, SeveralNamed) else 0
    return f"{told} {texts.or_one_of.format(more=Count(more))}" if more else told


def _verbs(near: Sequence[str], say: Figures) -> str:
    return say.words.joined([say.spoken.deeds[Verb(one)].name if one in set(Verb) else one for one in near])
