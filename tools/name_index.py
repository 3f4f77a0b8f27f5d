"""What a house's names are made of, worked out once for each house: who is called how, and which words exist in it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice, pairwise, product
from typing import TypeVar

from sensors.home import House
from sensors.reading import Component, Entity
from tools.compounds import Compounds, without_last
from tools.name_words import (
    EVERYTHING,
    JOINTS,
    KINDS,
    NEVER_MISHEARD,
    OF_LOCKS,
    PLAIN,
    PLURALS,
    QUANTITY_WORDS,
    SKIPPED,
    USUAL_ROOMS,
    alike,
    bare,
    fold,
    words,
)
from tools.phonetics import edits, slips, sound, sounds_like

MOST_GUESSES = 16
"""Ways of putting right one misheard name that are tried; a name with more is too garbled to be understood."""

Ids = frozenset[str]
Letters = tuple[str, ...]
Key = TypeVar("Key", str, tuple[str, ...])


def labels(entity: Entity) -> tuple[str, ...]:
    """Every name under which an entity may be called: its own first, with its room, then the others."""
    return tuple(dict.fromkeys([*_own(entity), *_others(entity)]))


def _own(entity: Entity) -> list[str]:
    return _with_room(entity, (entity.name,))


def _others(entity: Entity) -> list[str]:
    return _with_room(entity, (*entity.aliases, *((entity.device,) if entity.device else ())))


def _with_room(entity: Entity, names: Sequence[str]) -> list[str]:
    return [*names, *(f"{entity.room} {name}" for name in names if entity.room)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """The names of one entity, made ready to be compared."""

    labels: tuple[str, ...]
    folded: tuple[str, ...]
    words: frozenset[str]
    """Every word of every name."""


class Names:
    """Everything about one house's names that does not depend on what was said."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._in_names, self._in_speech = _compounds(house)
        self.called = {entity.id: self._called(entity) for entity in house.entities}
        self.by_name = _grouped((entity.id, bare(label)) for entity in house.entities for label in _own(entity))
        self.by_alias = _grouped((entity.id, bare(label)) for entity in house.entities for label in _others(entity))
        self.by_words = _grouped(
            (id_, said)
            for id_, one in self.called.items()
            for label in one.labels
            for said in dict.fromkeys((words(label), self.parts(label)))
        )
        self._places = [(words(name), rooms) for name, rooms in house.places]
        self._longest_first = sorted(self._places, key=lambda place: -len(place[0]))
        self._twins = Counter(fold(entity.name) for entity in house.entities)
        self._spoken: dict[str, str] = {}

    def parts(self, text: str) -> Letters:
        """The words of a name, those that were put together as their parts: `Küchenlicht` as a kitchen's light."""
        return tuple(part for word in words(text) for one in self._in_names.parted(word) for part in words(one))

    def _called(self, entity: Entity) -> Called:
        every = labels(entity)
        return Called(
            labels=every,
            folded=tuple(fold(label) for label in every),
            words=frozenset(word for label in every for word in (*words(label), *self.parts(label))),
        )

    def spoken(self, entity: Entity) -> str:
        """What code calls it: short, and with the room where the name alone is not clear."""
        if entity.id not in self._spoken:
            self._spoken[entity.id] = self._shortened(entity)
        return self._spoken[entity.id]

    def _shortened(self, entity: Entity) -> str:
        kept = entity.name.split()
        while len(kept) > 1 and self._tells_nothing(entity, fold(kept[-1]), kept[-2]):
            kept.pop()
        if entity.component is Component.DEVICE_TRACKER:
            # People's names stay as they are written, and have no article.
            return " ".join(kept)
        name = " ".join(kept).lower()
        # `Garagentor` needs no garage before it.
        if entity.room is None or set(words(entity.room)) & {*words(name), *self.parts(name)}:
            return name
        return f"{entity.room.lower()} {name}" if self._twins[fold(entity.name)] > 1 or name in KINDS else name

    def _tells_nothing(self, entity: Entity, last: str, before: str) -> bool:
        """`Front door lock` is the front door; but `Entry smart lock` would be nothing without its noun.

        `Bathroom window Window` is what comes of a device and its entity that are called alike.
        """
        if last == fold(before):
            return True
        if entity.component is not Component.LOCK or last not in OF_LOCKS:
            return last in PLAIN
        return words(before)[-1].endswith(tuple(KINDS))

    def rooms(self, said: Letters) -> tuple[str, ...]:
        """The rooms of the place that has exactly these words; empty where there is none."""
        return next((rooms for name, rooms in self._places if name == said), ())

    def beside_a_place(self, said: Letters) -> tuple[frozenset[str], tuple[str, ...]] | None:
        """`upstairs lights`, `motion on the ground floor`: what is left beside the place's name, and its rooms."""
        for place, rooms in self._longest_first:
            for rest, here in ((said[len(place) :], said[: len(place)]), (said[: -len(place)], said[-len(place) :])):
                if here == place and rest:
                    return frozenset(rest) - EVERYTHING, rooms
        return None

    def respaced(self, text: str) -> str:
        """As this house writes it: `bed room` as `bedroom`, `livingroom` as `living room`, `kueche` as `küche`."""
        merged = _merged(bare(text).split(), self._known, self._pairs)
        return " ".join(part for word in merged for part in self._written(word))

    def put_right(self, text: str, *, by_sound: bool) -> list[str]:
        """What may have been said, each word that this house does not have replaced by one that is near. Folded."""
        tokens = text.split()
        unknown = [at for at, word in enumerate(tokens) if not self._has(word)]
        joined = [
            [*tokens[:at], tokens[at] + tokens[at + 1], *tokens[at + 2 :]]
            for at in range(len(tokens) - 1)
            if at in unknown or at + 1 in unknown
        ]
        found = [phrase for one in (tokens, *joined) if unknown for phrase in self._phrases(one, by_sound)]
        return list(dict.fromkeys(found))[:MOST_GUESSES]

    def _phrases(self, tokens: Sequence[str], by_sound: bool) -> Iterator[str]:
        choices = [[word] if self._has(word) else self._near(word, by_sound) for word in tokens]
        return (" ".join(chosen) for chosen in islice(product(*choices), MOST_GUESSES))

    def _near(self, word: str, by_sound: bool) -> list[str]:
        """The words of this house that may have been meant. Numbers are never taken for others."""
        one = alike(word)
        if one in NEVER_MISHEARD or any(letter.isdigit() for letter in one):
            return []
        many = one != word and word.endswith("s")
        # Several stay several; but not every word that ends in an s is several.
        near = [f"{known}s" if many else known for known in self._nearest(one, by_sound)]
        return near or (self._nearest(word, by_sound) if many else [])

    def _nearest(self, one: str, by_sound: bool) -> list[str]:
        far = {known: edits(one, known) for known in self._bendable if abs(len(known) - len(one)) <= slips(known)}
        best = min((count for known, count in far.items() if count <= slips(known)), default=0)
        spelled = [known for known, count in far.items() if count == best]
        if not by_sound:
            return spelled
        heard = [known for known in self._by_sound.get(sound(one), ()) if sounds_like(one, known)]
        # `batroom` sounds like `bedroom` and is spelled like `bathroom`: that is two.
        return heard and list(dict.fromkeys([*heard, *spelled]))

    def _has(self, word: str) -> bool:
        return word in SKIPPED or alike(word) in self._known or alike(word) in EVERYTHING

    def _written(self, word: str) -> Letters:
        if self._has(word):
            return (word,)
        if word in self._split:
            return self._split[word]
        plain = _without_digraphs(alike(word))
        if plain in self._respelled:
            return (self._respelled[plain],)
        parts = self._in_speech.parted(word)
        return parts if len(parts) > 1 else self._in_speech.parted(_without_digraphs(word))

    @cached_property
    def _tokens(self) -> list[list[str]]:
        """The words of every name as they stand, side by side."""
        every = {folded for one in self.called.values() for folded in one.folded}
        every |= {fold(name) for name, _ in self.house.places}
        return [name.split() for name in sorted(every)]

    @cached_property
    def _known(self) -> frozenset[str]:
        kinds = (word for known in QUANTITY_WORDS.values() for word in known)
        return frozenset(alike(word) for word in (*KINDS, *kinds, *(word for name in self._tokens for word in name)))

    @cached_property
    def _bendable(self) -> tuple[str, ...]:
        return tuple(sorted(word for word in self._known if slips(word) and not any(map(str.isdigit, word))))

    @cached_property
    def _pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(pair for name in self._tokens for pair in pairwise(name))

    @cached_property
    def _split(self) -> Mapping[str, Letters]:
        return {"".join(pair): pair for pair in sorted(self._pairs, reverse=True)}

    @cached_property
    def _respelled(self) -> Mapping[str, str]:
        return {_without_digraphs(word): word for word in sorted(self._known, reverse=True)}

    @cached_property
    def _by_sound(self) -> Mapping[str, tuple[str, ...]]:
        heard = defaultdict(list)
        for word in sorted(self._known):
            if code := sound(word):
                heard[code].append(word)
        return {code: tuple(several) for code, several in heard.items()}


def names_of(house: House) -> Names:
    """The names of this very house; remembered for as long as it is the one that is asked about."""
    return _names(_This(house))


class _This:
    """A house as itself: comparing two of them entity by entity would take longer than finding a name."""

    def __init__(self, house: House) -> None:
        self.house = house

    def __hash__(self) -> int:
        return id(self.house)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _This) and other.house is self.house


@lru_cache(maxsize=2)
def _names(this: _This) -> Names:
    return Names(this.house)


def _compounds(house: House) -> tuple[Compounds, Compounds]:
    """What words may be put together of in this house: of names those that end in a kind of thing or in what it
    measures; and those that are said, which may end in a thing's own name too."""
    named = {word for entity in house.entities for label in labels(entity) for word in words(label)}
    kinds = {*KINDS, *PLURALS, *(word for known in QUANTITY_WORDS.values() for word in known)}
    opened = [first for word in named for first in without_last(word, kinds)]
    firsts = {*named, *opened, *(fold(name) for name, _ in house.places), *(fold(room) for room in USUAL_ROOMS)}
    return Compounds(firsts, kinds, JOINTS), Compounds(firsts, {*named, *kinds}, JOINTS)


def _grouped(pairs: Iterable[tuple[str, Key]]) -> Mapping[Key, Ids]:
    grouped: defaultdict[Key, set[str]] = defaultdict(set)
    for id_, key in pairs:
        grouped[key].add(id_)
    return {key: frozenset(ids) for key, ids in grouped.items()}


def _merged(tokens: list[str], known: frozenset[str], pairs: frozenset[tuple[str, str]]) -> list[str]:
    out: list[str] = []
    for token in tokens:
        if out and len(token) > 1 and alike(out[-1] + token) in known and (out[-1], token) not in pairs:
            out[-1] += token
        else:
            out.append(token)
    return out


def _without_digraphs(word: str) -> str:
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
