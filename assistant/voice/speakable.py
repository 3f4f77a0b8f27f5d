"""Makes text ready for a voice: whole sentences, and nothing in them that cannot be said."""

import re

_SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def printable(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def sentences_of(text: str) -> list[str]:
    """The text cut after each sentence, so that the first can be heard while the rest is made."""
    return [part for part in _SENTENCE_END.split(printable(text)) if part]
