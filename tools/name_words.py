"""The words that names are made of: how they are made alike, and which of them tell what a thing is. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from config.naming import naming
from sensors.reading import Quantity

_LANGUAGES = naming()
_KEPT = 8192
"""So many words are remembered as they were made alike: those of a house are looked at again in every turn."""
_LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕһԁԛѡαβεηικνορτυχıłøđ",
    "abekmhopctyxijshdqwabenikvoptuxilod",
)
"""Letters of other scripts that are drawn like Latin ones: two names that look the same are the same."""


def fold(text: str) -> str:
    """Lower case without accents, punctuation and what cannot be seen; letters drawn alike are alike; single spaces."""
    # Only words are remembered: what has a digit in it may be a PIN.
    folded = (_word(word) if word.isalpha() else _plain(word) for word in text.split())
    return " ".join(word for word in folded if word)


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    seen = (letter for letter in plain if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf")
    kept = "".join(letter if letter.isalnum() else " " for letter in seen)
    return " ".join(kept.translate(_LOOKALIKES).split())


_word = lru_cache(maxsize=_KEPT)(_plain)


def _folded(several: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset(fold(word) for words_ in several for word in words_)


SKIPPED = _folded(one.skipped for one in _LANGUAGES)
ARTICLES = _folded(one.articles for one in _LANGUAGES)
ALL = _folded(one.all for one in _LANGUAGES)
EVERYTHING = _folded(one.everything for one in _LANGUAGES)
PLAIN = _folded(one.plain for one in _LANGUAGES)
OF_LOCKS = _folded(one.lock for one in _LANGUAGES)
JOINTS = _folded(one.joints for one in _LANGUAGES)
USUAL_ROOMS = tuple(dict.fromkeys(room for one in _LANGUAGES for room in one.rooms))
"""Rooms that a name may speak of though nothing is in such a room yet."""
_NUMBERS = {fold(word): fold(str(number)) for one in reversed(_LANGUAGES) for word, number in one.numbers.items()}
_PLURALS = {fold(many): fold(one) for language in _LANGUAGES for many, one in language.plurals.items()}
PLURALS = frozenset(_PLURALS)
_SEVERAL = frozenset(
    unicodedata.normalize("NFC", word.casefold()) for one in _LANGUAGES for word in (*one.plurals, *one.groups)
)


@lru_cache(maxsize=_KEPT)
def singular(word: str) -> str:
    """Of a plural that is listed or ends in an s; `battery` and `movie` end alike afterwards, as their plurals do."""
    one = _PLURALS.get(word, word)
    if one == word and len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        one = word[:-2]
    elif one == word and len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        one = word[:-1]
    return f"{one[:-2]}y" if len(one) > 3 and one.endswith("ie") else one


def alike(word: str) -> str:
    """One folded word as it is compared: in the singular, numbers as digits."""
    return _NUMBERS.get(word) or singular(word)


KINDS: Mapping[str, frozenset[Quantity]] = MappingProxyType(
    {
        singular(fold(word)): frozenset(Quantity(one) for one in quantities)
        for language in reversed(_LANGUAGES)
        for word, quantities in language.kinds.items()
    }
)
QUANTITY_WORDS: Mapping[Quantity, frozenset[str]] = MappingProxyType(
    {
        quantity: _folded(one.quantities.get(quantity, ()) for one in _LANGUAGES)
        for quantity in Quantity
        if any(quantity in one.quantities for one in _LANGUAGES)
    }
)


def several(text: str) -> frozenset[str]:
    """The kinds that a text speaks of in the plural, or by a word that means several; in the singular."""
    written = unicodedata.normalize("NFC", text.casefold()).split()
    found = {alike(fold(known)) for word in written for known in _SEVERAL if word.endswith(known)}
    ending_in_s = (word for word in fold(text).split() if word.endswith("s") and word not in _PLURALS)
    return frozenset(found | {one for word in ending_in_s if (one := singular(word)) != word})


def words(text: str) -> tuple[str, ...]:
    """The words of a name that tell things apart, in the singular."""
    folded = fold(text).split()
    kept = tuple(alike(word) for word in folded if word not in SKIPPED)
    return kept or tuple(alike(word) for word in folded)


def bare(text: str) -> str:
    """Folded and without articles: what is left of `the Desk Lamp` when only its letters count."""
    return " ".join(word for word in fold(text).split() if word not in ARTICLES)


def is_kind_word(word: str) -> bool:
    """Whether a word tells what a thing is or measures, instead of which one it is."""
    return word in KINDS or word in PLAIN or any(word in known for known in QUANTITY_WORDS.values())


def words_of_kind(quantity: Quantity) -> frozenset[str]:
    """What anything that reports this may be called by, whatever its name."""
    return _OF_KIND[quantity]


_OF_KIND = {
    quantity: frozenset(
        {kind for kind, quantities in KINDS.items() if quantity in quantities}
        | {singular(word) for word in QUANTITY_WORDS.get(quantity, frozenset())}
    )
    for quantity in Quantity
}
NEVER_MISHEARD = frozenset(
    {
        *_folded(one.meant for one in _LANGUAGES),
        *(word for room in USUAL_ROOMS for word in words(room)),
        *KINDS,
    }
)
"""Words that mean what they say: who says `left lamp` where there is only a `loft lamp` means another one."""
