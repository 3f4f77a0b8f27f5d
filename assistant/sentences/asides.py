"""What is said beside a request: second thoughts (`the hall, no, the landing`), and why it is asked. Pure: words in,
words out; whether what comes out is understood is for the caller to find out.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice

from assistant.sentences.several import after, words_of
from config.language import Asides

MOST_READINGS = 30
"""So many ways to put what was meant into what was said are tried; each takes milliseconds."""
_CLAUSE = re.compile(r"\s*[,;.!]\s+")


class Beside:
    """One language's words for it."""

    def __init__(self, data: Asides, articles: Collection[str]) -> None:
        self._articles = articles
        self._turn = _turning(data.corrections, data.interruptions)
        self._closing = _at_end(data.closing)
        self._stand_ins = frozenset(data.stand_ins)
        self._reason = _beginning(data.reasons)
        self._deferring = frozenset(data.deferring)

    def corrected(self, text: str, begins: Callable[[str], bool]) -> Iterator[str]:
        """What may have been meant in the end, the likest first; nothing where nothing was taken back.

        `begins` tells of words whether they have a verb of their own.
        """
        turns = [*self._turn.finditer(text)] if self._turn is not None else []
        if not turns or not text[: turns[-1].start()].strip():
            return
        said, meant = text[: turns[-1].start()], text[turns[-1].end() :]
        if self._closing is not None:
            meant = self._closing.sub("", meant)
        if begins(meant):
            yield meant
        else:
            first = self._turn.split(said)[0] if self._turn is not None else said
            own = [word for word in words_of(meant) if word.lower() not in self._stand_ins]
            tried = (" ".join(words) for words in after(words_of(first), own, self._articles))
            yield from islice(dict.fromkeys(tried), MOST_READINGS)

    def without_reason(self, text: str) -> Iterator[str]:
        """The text without a clause that says why; not where that clause says when, or anything is asked."""
        if self._reason is None or text.rstrip().endswith("?"):
            return
        found = self._reason.search(text)
        if found is None or not self._deferring.isdisjoint(_lower(words_of(text[found.start() :]))):
            return
        if before := text[: found.start()].strip(" ,;.!"):
            yield before
            return
        clauses = _CLAUSE.split(text, maxsplit=1)
        yield from clauses[1:]


def _lower(words: Sequence[str]) -> list[str]:
    return [word.lower() for word in words]


def _any_of(phrases: Sequence[str]) -> str:
    return "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in sorted(phrases, key=len, reverse=True))


def _turning(corrections: Sequence[str], interruptions: Sequence[str]) -> re.Pattern[str] | None:
    """`no wait` wherever it stands; `no` alone only behind a pause, for it is in many sentences."""
    if not corrections:
        return None
    strong, weak = _any_of(corrections), _any_of([*corrections, *interruptions])
    more = rf"(?:[,;.!?\s]+(?:{weak})(?![\w'’]))*"
    begins = rf"(?:[,;.!?\s]+(?:{strong})|[,;.!?]+\s*(?:{weak}))(?![\w'’])"
    return re.compile(rf"{begins}{more}[,;.!?]*\s+", re.IGNORECASE)


def _at_end(phrases: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile(rf"[,;\s]+(?:{_any_of(phrases)})[.!]*\s*$", re.IGNORECASE) if phrases else None


def _beginning(phrases: Sequence[str]) -> re.Pattern[str] | None:
    """A clause that begins so: at the beginning, behind a pause or anywhere else."""
    return re.compile(rf"(?<![\w'’])(?:{_any_of(phrases)})(?![\w'’])", re.IGNORECASE) if phrases else None
