"""What people call parts of a house that have other names: `outside` for the garden, `downstairs` for the ground floor.

Which words of a room's or a floor's name stand for what is data (`config/names/*.yaml`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from config.naming import UsualPlace, naming

Place = tuple[str, tuple[str, ...]]
"""A name, and the rooms that it means."""

_WORD = re.compile(r"[^\W_]+")


def usual_places(rooms: Sequence[Place], floors: Sequence[Place]) -> tuple[Place, ...]:
    """Names beyond those that there are; none of them is one that somebody has given."""
    taken = {name.casefold() for name, _ in (*rooms, *floors)}
    every = [usual for language in naming() for usual in language.places]
    found: dict[str, tuple[str, ...]] = {}
    for usual in every:
        meant = _meant(usual, rooms, floors)
        if meant:
            found |= {said: meant for said in usual.said if said.casefold() not in taken and said not in found}
    return tuple(found.items())


def _meant(usual: UsualPlace, rooms: Sequence[Place], floors: Sequence[Place]) -> tuple[str, ...]:
    words = set(usual.words)
    if usual.above and any(_words(name) & set(usual.above) for name, _ in floors):
        words |= set(usual.first_of_them)
    places = floors if usual.floors else [*rooms, *floors]
    return tuple(dict.fromkeys(_rooms(place for place in places if _words(place[0]) & words)))


def _rooms(places: Iterable[Place]) -> Iterator[str]:
    for _, rooms in places:
        yield from rooms


def _words(name: str) -> set[str]:
    return set(_WORD.findall(name.casefold()))
