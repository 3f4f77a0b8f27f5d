"""Proposes rooms for devices that are in none: from their names, their other parts and their like. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sensors.home import House
from sensors.reading import Entity
from tools.name_words import USUAL_ROOMS, fold, is_kind_word, words


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomHint:
    """A device (or an entity without one) that is in no room, and the room in which it may be."""

    device: str | None
    entity_ids: tuple[str, ...]
    room: str | None
    why: str = ""

    @property
    def name(self) -> str:
        return self.device or self.entity_ids[0]


def room_hints(house: House) -> tuple[RoomHint, ...]:
    """One for each device of which something is in no room; those with a proposal first."""
    unplaced: dict[tuple[str | None, str], list[Entity]] = defaultdict(list)
    for entity in house.entities:
        if entity.room is None:
            unplaced[entity.device, "" if entity.device else entity.id].append(entity)
    hints = [_hint(house, device, entities) for (device, _), entities in unplaced.items()]
    return tuple(sorted(hints, key=lambda hint: (hint.room is None, hint.room or "", hint.name.casefold())))


def _hint(house: House, device: str | None, entities: list[Entity]) -> RoomHint:
    ids = tuple(entity.id for entity in entities)
    name = device or entities[0].name
    for room, why in _proposals(house, device, name):
        return RoomHint(device=device, entity_ids=ids, room=room, why=why)
    return RoomHint(device=device, entity_ids=ids, room=None)


def _proposals(house: House, device: str | None, name: str) -> Iterator[tuple[str, str]]:
    """The best first."""
    parts = {entity.room: entity.name for entity in house.entities if device and entity.device == device}
    parts.pop(None, None)
    if len(parts) == 1:
        [(room, part)] = parts.items()
        yield str(room), f'its part "{part}" is there'
    known = [(called, rooms[0]) for called, rooms in house.places if len(rooms) == 1]
    for called, room in sorted(known, key=lambda place: -len(place[0])):
        if _says(name, called):
            yield room, "its name says so"
    for room in sorted(USUAL_ROOMS, key=lambda usual: -len(usual)):
        if _says(name, room):
            yield room, "its name says so; nothing else is in such a room yet"
    yield from _alike(house, name)


def _says(name: str, room: str) -> bool:
    """Whether the room's words stand in the name side by side."""
    said, wanted = words(name), words(room)
    return any(said[start : start + len(wanted)] == wanted for start in range(len(said)))


def _alike(house: House, name: str) -> Iterator[tuple[str, str]]:
    """A device in a room that shares a telling word with it: `Desk lamp` is where the `Desk sensor` is."""
    rooms_of: dict[str, set[str]] = defaultdict(set)
    bearer: dict[str, str] = {}
    for entity in house.entities:
        if entity.room:
            called = entity.device or entity.name
            for word in words(called):
                rooms_of[word].add(entity.room)
                bearer.setdefault(word, called)
    for word in words(name):
        if len(word) > 3 and word.isalpha() and not is_kind_word(word) and len(rooms_of[word]) == 1:
            [room] = rooms_of[word]
            if word not in fold(room).split():
                yield room, f'it is called like "{bearer[word]}", which is there'
