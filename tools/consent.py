"""Whether a person's words are a yes: a closed grammar over the whole utterance. Pure; no model, no substring."""

from collections.abc import Sequence
from enum import StrEnum

from config.asking import Ask, is_below
from config.language import Confirm
from tools.name_words import bare, fold
from tools.tiers import Asked


class Consent(StrEnum):
    ACCEPT = "accept"
    ECHO_NEEDED = "echo_needed"
    """A plain yes where the noun must be said with it."""
    REJECT = "reject"
    REPEAT = "repeat"
    OTHER = "other"


def consent(said: str, confirm: Confirm, echo: str | None, *, names: Sequence[str] = ()) -> Consent:
    """What `said` means as the answer to a proposal that asks for `echo` to be said with the yes (None: it does not).

    A word of refusal anywhere refuses; an acceptance must be the whole utterance. Where nothing need be said with the
    yes, the name of the one thing of `names` may be: who says `yes, back door` has listened well.
    """
    text = fold(said)
    if _refuses(text, confirm):
        return Consent.REJECT
    if echo is not None and text in {fold(form.format(noun=echo)) for form in confirm.echo}:
        return Consent.ACCEPT
    if text in {fold(form) for form in confirm.accept}:
        return Consent.ACCEPT if echo is None else Consent.ECHO_NEEDED
    if echo is None and len(names) == 1 and bare(said) in {bare(f"{yes} {names[0]}") for yes in confirm.accept}:
        return Consent.ACCEPT
    if text in {fold(form) for form in confirm.repeat}:
        return Consent.REPEAT
    return Consent.OTHER


def _refuses(text: str, confirm: Confirm) -> bool:
    return any(f" {fold(word)} " in f" {text} " for word in confirm.reject)


def echo_noun(asked: Asked, confirm: Confirm) -> str | None:
    """The noun that must be said with the yes; for several things how many they are."""
    if is_below(asked.ask, Ask.NOUN):
        return None
    match len(asked.names):
        case 1:
            return asked.names[0]
        case 2:
            return confirm.both
        case count:
            return confirm.all.format(count=count)
