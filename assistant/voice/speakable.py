"""Makes text ready for a voice: words and pauses, and nothing that a voice would misread; then cut into sentences.

Pure. What is said for what is written are the words of a language (`config/aloud/`).
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from re import Match

from assistant.voice.aloud.amounts import Amounts
from assistant.voice.aloud.letters import Letters
from assistant.voice.aloud.markup import Markup
from assistant.voice.aloud.moments import Moments
from assistant.voice.aloud.numbers import Spelled
from config.language import load_aloud

LONGEST_FIRST = 90
"""Characters of a first sentence beyond which it is cut at a comma, to be heard while the rest is made."""
_SHORTEST_CLAUSE = 25
_MOST_ROUNDS = 5
LONGEST = 5000
"""Characters of one text that are said; nobody listens to more of it at once."""

_SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_CLAUSE_END = re.compile(r"(?<=,)\s+")
_PAUSES = re.compile(r"\s*[,;:.!?][,;:.!?\s]*")
_DASH = re.compile(r"\s-+\s")
_STRAY = re.compile(r"(?<![^\W\d_])['-]+|['-]+(?![^\W\d_])")
_SPACES = re.compile(r"\s+")
_STRONGEST = "?!.;:,"
_ANY_LETTER = re.compile(r"[^\W_]")


def printable(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def sentences_of(text: str) -> list[str]:
    """The text cut after each sentence, so that the first can be heard while the rest is made."""
    return [part for part in _SENTENCE_END.split(printable(text)) if part]


def clauses_of(text: str) -> list[str]:
    """The same, and a long first sentence cut after a clause of it."""
    sentences = sentences_of(text)
    if not sentences or len(sentences[0]) <= LONGEST_FIRST:
        return sentences
    for comma in _CLAUSE_END.finditer(sentences[0]):
        if comma.start() >= _SHORTEST_CLAUSE:
            return [sentences[0][: comma.start()], sentences[0][comma.end() :], *sentences[1:]]
    return sentences


def is_whole(clause: str) -> bool:
    """Whether it is the end of a sentence, rather than of a clause within one."""
    return not clause.endswith(",")


class Speakable:
    """Says in one language's words what is written. `said_as` is what the house wants said for some words.

    Holds for any text: nothing is raised, no digit is left and no sign but `,;:.!?'-`, and what has a letter or a digit
    never becomes empty. What it has made speakable it leaves as it is.
    """

    def __init__(self, language: str, said_as: Mapping[str, str] | None = None) -> None:
        """Raises LanguageError where the language's file is broken."""
        said = load_aloud(language)
        spelled = Spelled(said.language, said.numbers)
        self._markup = Markup(said)
        self._letters = Letters(said, spelled)
        self._amounts = Amounts(said, spelled, Moments(said, spelled))
        self._signs = _Signs(said.symbols)
        self._respelled = said.respelled
        self._wrong = re.compile("|".join(said.respelled) or r"(?!)", re.I)
        self._said_as = {word.casefold(): as_is for word, as_is in (said_as or {}).items()}
        words = "|".join(re.escape(word) for word in sorted(said_as or {}, key=len, reverse=True))
        self._own = re.compile(rf"(?<!\w)(?:{words})(?!\w)" if words else r"(?!)", re.I)

    def __call__(self, text: str) -> str:
        text = text[:LONGEST]
        said = self._words(self._own.sub(self._as_the_house_says, self._markup(text)))
        if not said and _ANY_LETTER.search(text):
            # There was nothing but markup: then its letters are what was meant.
            said = self._words(unicodedata.normalize("NFKC", text))
        return self._wrong.sub(self._so_that_it_is_right, said)

    def _words(self, text: str) -> str:
        """What taking one thing apart leaves may be another that is known: so until nothing changes."""
        for _ in range(_MOST_ROUNDS):
            said = self._once(text)
            if said == text:
                break
            text = said
        return text

    def _once(self, text: str) -> str:
        text = self._amounts(self._letters.identifiers(text))
        text = self._letters.names(self._letters.abbreviations(text))
        text = self._letters.acronyms(text)
        return _tidy(unicodedata.normalize("NFC", text.translate(self._signs)))

    def _so_that_it_is_right(self, match: Match[str]) -> str:
        said = self._respelled.get(match[0].lower(), match[0])
        return said.capitalize() if match[0][0].isupper() else said

    def _as_the_house_says(self, match: Match[str]) -> str:
        return self._said_as.get(match[0].casefold(), match[0])


@cache
def speakable_in(language: str) -> Speakable:
    """That of a language, without anything of the house's own."""
    return Speakable(language)


class _Signs(dict[int, str]):
    """Every character -> itself, its word, or a space."""

    def __init__(self, symbols: Mapping[str, str]) -> None:
        super().__init__({ord(sign): f" {word} " for sign, word in symbols.items()})
        self.update({ord(letter): letter for letter in ",;:.!?'- "})
        self.update(dict.fromkeys(map(ord, "’‘ʼ`´"), "'"))
        self.update(dict.fromkeys(map(ord, "‐‑"), "-"))
        self.update(dict.fromkeys(map(ord, "()[]{}–—…"), ", "))
        self.update(dict.fromkeys(map(ord, "¿¡"), " "))

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        kind = unicodedata.category(letter)
        # Marks belong to the letter before them; what has no width of its own is simply not there.
        self[code] = letter if kind[0] in "LM" else "" if kind == "Cf" else " "
        return self[code]


def _tidy(text: str) -> str:
    """One sign for one pause, one space between words, and nothing but words at both ends."""
    text = _PAUSES.sub(_one_pause, _STRAY.sub(" ", _DASH.sub(", ", text)))
    return _SPACES.sub(" ", text).lstrip(" ,;:.!?").rstrip(" ,;:")


def _one_pause(match: Match[str]) -> str:
    return f"{next(sign for sign in _STRONGEST if sign in match[0])} "
