"""How words may be written otherwise: `kueche` for `küche`, `küchenlicht` for a kitchen's light. Pure.

Which letters can be typed in another way is the language's; which words there are is the language's and the house's.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping

from assistant.sentences.templates import literals
from assistant.sentences.wording import Phrase
from config.language import Language
from sensors.home import House
from tools.compounds import Compounds, without_last
from tools.name_words import JOINTS

_SHORTEST_NAME = 4
"""Letters of a word in a name that others may be put together with at their end."""


class Spelling:
    """One language's words, and with them those of a house."""

    def __init__(self, language: Language, numbers: Iterable[Phrase]) -> None:
        wording = language.wording
        said = (wording.articles, wording.fillers, wording.polite, wording.acts, wording.act_endings, wording.asking)
        heard = (wording.requests, wording.tags, wording.trailing, wording.denials, wording.rewrites)
        things = [(*kind.one, *kind.many) for kind in language.kinds.values()]
        known = (*said, *heard, wording.rewrites.values(), language.places, *things)
        phrases = [phrase for several in known for phrase in several]
        self._letters = wording.letters
        self._words = frozenset(
            [*literals(language), *_tokens(phrases), *(word for phrase in numbers for word in phrase)]
        )
        quantities = [word for several in language.lists.get("quantity", {}).values() for word in several]
        self._lasts = frozenset(word for word in (*language.nouns, *quantities) if " " not in word)
        self._places = language.places
        self.usual = respellings(wording.letters, self._words)

    def of(self, house: House, alike: Callable[[str], str]) -> tuple[Mapping[str, str], Compounds, frozenset[str]]:
        """What may be typed -> the word; how words are put together here; and the words that are never taken apart."""
        own = frozenset(_tokens(alike(name) for name in _names(house)))
        opened = frozenset(first for word in own for first in without_last(word, self._lasts))
        known = own | opened | self._words
        typed = {**respellings(self._letters, known), **without_marks(own, known)}
        lasts = self._lasts | {word for word in own if len(word) >= _SHORTEST_NAME}
        firsts = {*own, *opened, *self._places, *(alike(name) for name, _ in house.places)}
        # As they are typed without their own letters, too.
        firsts |= respellings(self._letters, firsts).keys()
        lasts |= respellings(self._letters, lasts).keys()
        return typed, Compounds(firsts, lasts, JOINTS), known


def respellings(letters: Mapping[str, str], words: Iterable[str]) -> Mapping[str, str]:
    """How words with such letters may be typed -> the words, where what is typed is not a word itself."""
    known, table = set(words), str.maketrans(dict(letters))
    typed = {word.translate(table): word for word in sorted(known)}
    return {plain: word for plain, word in typed.items() if plain not in known}


def without_marks(words: Iterable[str], known: frozenset[str]) -> Mapping[str, str]:
    """The same for marks that were left out, as in `kuche`. Only for names: `konnte` is another word than `könnte`."""
    plain = {_unmarked(word): word for word in sorted(words)}
    return {typed: word for typed, word in plain.items() if typed not in known}


def _unmarked(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def _tokens(phrases: Iterable[str]) -> Iterator[str]:
    return (word for phrase in phrases for word in phrase.split())


def _names(house: House) -> Iterator[str]:
    for entity in house.entities:
        yield from (entity.name, *entity.aliases, entity.device or "", entity.room or "")
    yield from (name for name, _ in house.places)
