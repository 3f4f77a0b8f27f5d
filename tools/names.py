"""Finds what a person meant by a name, among what there is in the house. Pure: text and a House in, entities out.

A ladder: its own name, another name, the same words, a kind of thing in a place, some of its words, what sounds alike,
what is spelled alike. A rung is tried only where the ones before it found nothing, and none chooses among several.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sensors.home import House
from sensors.reading import Aspect, Component, Entity, Quantity, SeriesKey
from tools.contract import ErrorCode, ToolError
from tools.name_index import Names, names_of
from tools.name_index import labels as labels
from tools.name_words import ALL, KINDS, PLAIN, QUANTITY_WORDS, bare, several, singular, words_of_kind
from tools.name_words import fold as fold
from tools.name_words import is_kind_word as is_kind_word
from tools.name_words import words as words
from tools.phonetics import edits, likeness
from tools.reasons import Reason

NEAREST = 3
EXCEPT = " except "
"""Stands between what is meant and what is left out of it."""
MOST_CANDIDATES = 4
_RANKED_FINELY = 16


class How(StrEnum):
    """By which rung a name was found."""

    NAME = "name"
    ALIAS = "alias"
    WORDS = "words"
    PLACE = "place"
    PARTIAL = "partial"
    SOUND = "sound"
    SPELLING = "spelling"


_WHOLE = frozenset({How.NAME, How.ALIAS, How.WORDS})
WEAK = frozenset({How.SOUND, How.SPELLING})
"""Good enough to answer by, for the answer says the real name; not to open a door by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One series that a name led to."""

    entity: Entity
    aspect: Aspect
    leftover: int
    """How many words of its own name the person did not say, and how many they said that it does not have."""
    speaks_for_room: bool
    """True where its name says nothing beyond its room and what it measures: the room's own thermometer."""
    how: How = How.NAME
    taken_for: str = ""
    """The name as it was understood; other words than were said where it was found by a weak rung."""

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(entity_id=self.entity.id, aspect=self.aspect.name)


Wanted = Callable[[Entity, Aspect], bool]
Pair = tuple[Entity, Aspect]
Rung = Callable[[Names, str, Sequence[Pair]], list[Found] | None]


def find_room(house: House, where: str) -> str | None:
    """The room of that name or alias, allowing for plurals, accents and a small slip of the ear."""
    rooms = find_rooms(house, where)
    return rooms[0] if len(rooms) == 1 else None


def find_rooms(house: House, where: str) -> tuple[str, ...]:
    """The same, and for the name of a floor all rooms on it; empty where it is the name of neither, or of several."""
    names = names_of(house)
    if rooms := names.rooms(words(where)):
        return rooms
    said = names.respaced(where)
    if rooms := names.rooms(words(said)):
        return rooms
    for by_sound in (True, False):
        near = {rooms for phrase in names.put_right(said, by_sound=by_sound) if (rooms := names.rooms(words(phrase)))}
        if near:
            return near.pop() if len(near) == 1 else ()
    return ()


def find_series(house: House, where: str | None, wanted: Wanted) -> list[Found]:
    """The series that `where` names among those `wanted`; all of them for None. Empty where it names only others.

    Raises ToolError(UNKNOWN_NAME) with the nearest names where nothing in the house is called so.
    """
    names, offered = names_of(house), _offered(house, wanted)
    if where is None:
        return [_found(names, *pair, (), How.NAME, "") for pair in offered]
    found = _climb(names, where, offered)
    if found is None:
        raise _unknown(names, where, offered)
    return _by_their_noun(names, where, found)


def _by_their_noun(names: Names, where: str, found: list[Found]) -> list[Found]:
    """Those that are what the noun says: who says just `the heating` means no towel rail that is called so, and
    curtains are no blinds, though both are covers.
    """
    if _is_of_kind(where):
        kinds = frozenset[Quantity]().union(*(KINDS[word] for word in words(where)))
        found = [item for item in found if item.aspect.quantity in kinds] or found
    covers = frozenset(word for word in words(where) if Quantity.COVER in KINDS.get(word, ()))
    return [item for item in found if covers <= names.called[item.entity.id].words] or found


def _offered(house: House, wanted: Wanted) -> list[Pair]:
    return [(entity, aspect) for entity in house.entities for aspect in entity.aspects if wanted(entity, aspect)]


def _climb(names: Names, where: str, offered: Sequence[Pair]) -> list[Found] | None:
    """None: nothing is called so."""
    for own in (_by_name, _by_alias):
        if not _is_of_kind(where) and (found := own(names, where, offered)):
            return found
    said = names.respaced(where)
    found = _understood(names, said, offered)
    if found is not None:
        return found
    if _exists(names, said):
        return []
    for how in (How.SOUND, How.SPELLING):
        phrases = names.put_right(said, by_sound=how is How.SOUND)
        heard = [items for phrase in phrases if (items := _understood(names, phrase, offered))]
        if heard:
            return _weakly(heard, how)
    return None


def _understood(names: Names, said: str, offered: Sequence[Pair]) -> list[Found] | None:
    """By the rungs that take the words as they are."""
    for rung in _KIND_RUNGS if _is_of_kind(said) else _MANY_RUNGS if _says_many(said) else _RUNGS:
        if (found := rung(names, said, offered)) is not None:
            return found
    return None


def _weakly(heard: Sequence[list[Found]], how: How) -> list[Found]:
    """Of several ways to understand it none fits better than another, so that a person is asked."""
    every = {item.key: item for items in heard for item in items}
    several = len(heard) > 1
    return [
        Found(
            entity=item.entity,
            aspect=item.aspect,
            leftover=0 if several else item.leftover,
            speaks_for_room=item.speaks_for_room,
            how=how,
            taken_for="" if several else item.taken_for,
        )
        for item in every.values()
    ]


def _by_name(names: Names, said: str, offered: Sequence[Pair]) -> list[Found] | None:
    return _of(names, names.by_name.get(bare(said)), said, offered, How.NAME)


def _by_alias(names: Names, said: str, offered: Sequence[Pair]) -> list[Found] | None:
    return _of(names, names.by_alias.get(bare(said)), said, offered, How.ALIAS)


def _by_words(names: Names, said: str, offered: Sequence[Pair]) -> list[Found] | None:
    return _of(names, names.by_words.get(words(said)), said, offered, How.WORDS)


def _of(names: Names, ids: frozenset[str] | None, said: str, offered: Sequence[Pair], how: How) -> list[Found] | None:
    chosen = [pair for pair in offered if pair[0].id in ids] if ids else []
    return [_found(names, *pair, words(said), how, said) for pair in chosen] or None


def _by_place(names: Names, said: str, offered: Sequence[Pair]) -> list[Found] | None:
    """All of a place, or what is of a kind in it; that a place has nothing of the kind is an answer too."""
    if rooms := names.rooms(words(said)):
        return [_found(names, *pair, (), How.PLACE, said) for pair in offered if pair[0].room in rooms]
    rest, rooms = names.beside_a_place(words(said)) or (frozenset(), ())
    here = [pair for pair in offered if pair[0].room in rooms and rest <= _all_words(names, *pair)]
    return [_found(names, *pair, rest, How.PLACE, said) for pair in here] or None


def _by_words_and_place(names: Names, said: str, offered: Sequence[Pair]) -> list[Found] | None:
    """`Bedroom lights` are all lights of the bedroom, also where one of them is called `Bedroom light`."""
    several = [item for rung in (_by_words, _by_place) for item in rung(names, said, offered) or ()]
    return list({item.key: item for item in several}.values()) or None


def _by_some_words(names: Names, said: str, offered: Sequence[Pair]) -> list[Found] | None:
    wanted = frozenset(words(said))
    partial = [pair for pair in offered if wanted <= _all_words(names, *pair)]
    return [_found(names, *pair, wanted, How.PARTIAL, said) for pair in partial] or None


_KIND_RUNGS: tuple[Rung, ...] = (_by_place, _by_some_words)
_RUNGS: tuple[Rung, ...] = (_by_name, _by_alias, _by_words, *_KIND_RUNGS)
_TOGETHER = frozenset({Quantity.LIGHT, Quantity.COVER, Quantity.CLIMATE, Quantity.FAN})
_MANY_RUNGS: tuple[Rung, ...] = (_by_name, _by_alias, _by_words_and_place, _by_some_words)


def _is_of_kind(said: str) -> bool:
    """`the light`, `all lamps`: says what it is and not which, also where one of them is called just so."""
    return KINDS.keys() >= set(words(said))


def _says_many(said: str) -> bool:
    """Of things that are meant together without harm: `garage doors` are no others than those that are called so."""
    many = (singular(word) for word in fold(said).split() if singular(word) != word)
    return any(KINDS.get(word, frozenset()) & _TOGETHER for word in many)


def _all_words(names: Names, entity: Entity, aspect: Aspect) -> frozenset[str]:
    return names.called[entity.id].words | words_of_kind(aspect.quantity)


def _found(names: Names, entity: Entity, aspect: Aspect, said: Iterable[str], how: How, taken_for: str) -> Found:
    plain = {*words(entity.room or ""), *PLAIN, *QUANTITY_WORDS.get(aspect.quantity, ())}
    own = set(names.parts(entity.name)) - {singular(word) for word in plain}
    return Found(
        entity=entity,
        aspect=aspect,
        leftover=len(own - set(said)) + len(set(said) - names.called[entity.id].words),
        speaks_for_room=not own,
        how=how,
        taken_for=taken_for,
    )


def _exists(names: Names, where: str) -> bool:
    """Whether something is called so, though it does not report or do what was asked."""
    said = frozenset(words(where))
    rest, rooms = names.beside_a_place(words(where)) or (said, ())
    return any(
        said <= _all_words(names, entity, aspect)
        or (entity.room in rooms and rest <= _all_words(names, entity, aspect))
        for entity in names.house.entities
        for aspect in entity.aspects
    )


def spoken_name(entity: Entity, house: House) -> str:
    """What code calls an entity when it speaks: short, and with the room where the name alone is not clear."""
    return names_of(house).spoken(entity)


def device_name(entity: Entity, house: House) -> str:
    """What code calls the thing that an entity is part of."""
    return (entity.device or spoken_name(entity, house)).lower()


def unknown_place(house: House, where: str) -> ToolError:
    """The error for a room or floor that there is not, with the nearest that there are."""
    places = {fold(name): name.lower() for name, _ in house.places}
    near = sorted(places, key=lambda folded: -likeness(fold(where), folded))[:NEAREST]
    return ToolError(
        ErrorCode.UNKNOWN_NAME, Reason.NO_SUCH_ROOM, received=where, suggestion=[places[name] for name in near]
    )


def _unknown(names: Names, where: str, offered: Sequence[Pair]) -> ToolError:
    said = fold(where)
    offering = {entity.room for entity, _ in offered}
    places = {fold(place): place.lower() for place, rooms in names.house.places if offering & set(rooms)}
    entities = {entity.id: entity for entity, _ in offered}
    ranked: list[tuple[float, str, Entity | str]] = [
        (likeness(said, folded), folded, entities[id_]) for id_ in entities for folded in names.called[id_].folded
    ]
    ranked += [(likeness(said, folded), folded, place) for folded, place in places.items()]
    ranked.sort(key=lambda one: -one[0])
    nearest = sorted(ranked[:_RANKED_FINELY], key=lambda one: edits(said, one[1]) / max(len(said), len(one[1]), 1))
    callable_names = (_callable(names, what, offered) for _, _, what in nearest)
    return ToolError(
        ErrorCode.UNKNOWN_NAME,
        Reason.NOT_CALLED,
        received=where,
        suggestion=list(dict.fromkeys(name for name in callable_names if name))[:NEAREST],
    )


def _callable(names: Names, what: Entity | str, offered: Sequence[Pair]) -> str | None:
    """What can be said to get it: a place's own name, an entity's name that leads to it alone."""
    return what if isinstance(what, str) else _own_name(names, what, offered)


def own_name(entity: Entity, house: House, wanted: Wanted) -> str | None:
    """A name that leads to this entity and to no other of those wanted; None where it shares all of its names."""
    return _own_name(names_of(house), entity, _offered(house, wanted))


def _own_name(names: Names, entity: Entity, offered: Sequence[Pair]) -> str | None:
    spoken = names.spoken(entity)
    with_room = [f"{entity.room.lower()} {spoken}"] if entity.room else []
    tried = dict.fromkeys([spoken, *with_room, *(label.lower() for label in names.called[entity.id].labels)])
    return next((name for name in tried if _leads_to(names, name, offered) == {entity.id}), None)


def _leads_to(names: Names, name: str, offered: Sequence[Pair]) -> set[str]:
    """Wherever it is said: what fits best by a part of its name may be another thing in another room."""
    found = _climb(names, name, offered) or []
    several = bool(names.rooms(words(name))) or any(is_group(name, item.aspect.quantity) for item in found)
    chosen = most_fitting(found) if found and found[0].how in _WHOLE and not several else found
    return {item.entity.id for item in chosen}


def is_group(where: str, quantity: Quantity) -> bool:
    """Whether the words mean every device of a kind: `the lights`, `kitchen lights`, `all switches`."""
    return says_all(where) or any(quantity in KINDS.get(kind, frozenset()) for kind in several(where))


def without_exception(where: str) -> tuple[str, str]:
    """`all lights` and `kitchen` of `all lights except kitchen`; the second is empty where nothing is left out."""
    said, _, spared = where.partition(EXCEPT)
    return said, spared


def says_all(where: str) -> bool:
    """Whether the words leave nothing out, wherever the person is: `all lights`, `everything`."""
    return bool(ALL & set(fold(where).split()))


def names_a_place(house: House, where: str) -> bool:
    """Whether the words say in which room or on which floor: `upstairs`, `lights in the kitchen`."""
    said = words(where)
    return bool(find_rooms(house, where)) or names_of(house).beside_a_place(said) is not None


def of_the_asker(found: Sequence[Found], where: str, house: House, room: str | None) -> list[Found]:
    """Of several those in the asker's own room, where it has such: `the light` said in the kitchen.

    Not where the words say a place or leave nothing out.
    """
    here = find_room(house, room) if room is not None and len(found) > 1 else None
    if here is None or says_all(where) or names_a_place(house, where):
        return list(found)
    return [item for item in found if item.entity.room == here] or list(found)


def main_of_each_room(found: Sequence[Found]) -> list[Found]:
    """Of several series in one room, the one that speaks for the room: fewest words of its own, a sensor first."""
    rooms: dict[str, list[Found]] = {}
    for item in found:
        rooms.setdefault(item.entity.room or item.entity.id, []).append(item)
    return [chosen for items in rooms.values() for chosen in most_fitting(items)[:1]]


def most_fitting(found: Sequence[Found]) -> list[Found]:
    """Those whose own names say least beyond what the person said; sensors before what a device measures beside.

    What a device says of itself (its own temperature, its settings) is meant only where nothing else is.
    """
    if not found:
        return []

    def rank(item: Found) -> tuple[bool, int, int]:
        beside = item.entity.component not in {Component.SENSOR, Component.BINARY_SENSOR}
        return item.entity.category is not None, item.leftover, beside

    best = min(rank(item) for item in found)
    return [item for item in found if rank(item) == best]
