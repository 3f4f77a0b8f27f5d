"""Finds what a person meant by a name, among what there is in the house. Pure: text and a House in, entities out."""

import difflib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sensors.home import House
from sensors.reading import Aspect, Component, Entity, Quantity, SeriesKey
from tools.contract import ErrorCode, ToolError

NEAREST = 3
MOST_CANDIDATES = 4
CLOSE_ENOUGH = 0.84
"""difflib ratio from which a misspelt or misheard name is taken for the one that exists."""

_SKIPPED = frozenset("a all an any at every in is my of on our please room s sensor the there this to".split())
_EVERYTHING = frozenset({"everything", "device", "thing"})
_PLAIN = frozenset("contact current main opening sensor state status".split())
_QUANTITY_WORDS: dict[Quantity, frozenset[str]] = {
    Quantity.TEMPERATURE: frozenset({"temperature", "thermostat", "climate", "heating"}),
    Quantity.TARGET_TEMPERATURE: frozenset({"target", "temperature", "thermostat", "heating"}),
    Quantity.HUMIDITY: frozenset({"humidity"}),
    Quantity.POWER: frozenset({"power", "consumption"}),
    Quantity.ENERGY: frozenset({"energy", "consumption"}),
    Quantity.CO2: frozenset({"co2", "carbon", "dioxide", "air", "quality"}),
    Quantity.ILLUMINANCE: frozenset({"illuminance", "light", "level", "brightness"}),
    Quantity.MOTION: frozenset({"motion", "movement", "occupancy"}),
    Quantity.BATTERY: frozenset({"battery", "level"}),
    Quantity.LEAK: frozenset({"leak", "water", "moisture"}),
    Quantity.SMOKE: frozenset({"smoke", "alarm", "detector"}),
}
_KINDS: dict[str, frozenset[Quantity]] = {
    "light": frozenset({Quantity.LIGHT}),
    "lamp": frozenset({Quantity.LIGHT}),
    "switch": frozenset({Quantity.SWITCH}),
    "socket": frozenset({Quantity.SWITCH}),
    "plug": frozenset({Quantity.SWITCH}),
    "lock": frozenset({Quantity.LOCK}),
    "door": frozenset({Quantity.DOOR, Quantity.LOCK, Quantity.GARAGE_DOOR}),
    "window": frozenset({Quantity.WINDOW}),
    "blind": frozenset({Quantity.COVER}),
    "shutter": frozenset({Quantity.COVER}),
    "curtain": frozenset({Quantity.COVER}),
    "cover": frozenset({Quantity.COVER}),
    "thermostat": frozenset({Quantity.CLIMATE}),
    "heating": frozenset({Quantity.CLIMATE}),
    "heater": frozenset({Quantity.CLIMATE, Quantity.WATER_HEATER}),
    "radiator": frozenset({Quantity.CLIMATE}),
    "boiler": frozenset({Quantity.WATER_HEATER}),
    "gate": frozenset({Quantity.GATE}),
    "valve": frozenset({Quantity.VALVE}),
    "fan": frozenset({Quantity.FAN}),
    "humidifier": frozenset({Quantity.HUMIDIFIER}),
    "siren": frozenset({Quantity.SIREN}),
    "alarm": frozenset({Quantity.ALARM, Quantity.SIREN}),
    "vacuum": frozenset({Quantity.VACUUM}),
    "mower": frozenset({Quantity.LAWN_MOWER}),
    "scene": frozenset({Quantity.SCENE}),
    "button": frozenset({Quantity.BUTTON}),
}


def fold(text: str) -> str:
    """Lower case, accents and punctuation removed, single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join(kept.split())


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def words(text: str) -> tuple[str, ...]:
    """The words of a name that tell things apart, in the singular."""
    folded = fold(text).split()
    kept = tuple(_singular(word) for word in folded if word not in _SKIPPED)
    return kept or tuple(_singular(word) for word in folded)


def is_kind_word(word: str) -> bool:
    """Whether a word tells what a thing is or measures, instead of which one it is."""
    return word in _KINDS or word in _PLAIN or any(word in known for known in _QUANTITY_WORDS.values())


def _room_words(room: str | None) -> tuple[str, ...]:
    return words(room) if room else ()


def labels(entity: Entity) -> tuple[str, ...]:
    """Every name under which an entity may be called."""
    room = entity.room or ""
    base = (entity.name, *entity.aliases, *((entity.device,) if entity.device else ()))
    return tuple(dict.fromkeys([*base, *(f"{room} {name}" for name in base if room)]))


def spoken_name(entity: Entity, house: House) -> str:
    """What code calls an entity when it speaks: short, and with the room where the name alone is not clear."""
    plain = _PLAIN | {"lock"} if entity.component is Component.LOCK else _PLAIN
    kept = entity.name.split()
    while len(kept) > 1 and fold(kept[-1]) in plain:
        kept.pop()
    name = " ".join(kept).lower()
    if entity.room is None or set(_room_words(entity.room)) & set(words(name)):
        return name
    twins = Counter(fold(other.name) for other in house.entities)
    return f"{entity.room.lower()} {name}" if twins[fold(entity.name)] > 1 or name in _KINDS else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One series that a name led to."""

    entity: Entity
    aspect: Aspect
    leftover: int
    """How many words of its own name the person did not say."""
    speaks_for_room: bool
    """True where its name says nothing beyond its room and what it measures: the room's own thermometer."""

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(entity_id=self.entity.id, aspect=self.aspect.name)


Wanted = Callable[[Entity, Aspect], bool]


def find_room(house: House, where: str) -> str | None:
    """The room of that name or alias, allowing for plurals, accents and a small slip of the ear."""
    rooms = find_rooms(house, where)
    return rooms[0] if len(rooms) == 1 else None


def find_rooms(house: House, where: str) -> tuple[str, ...]:
    """The same, and for the name of a floor all rooms on it; empty where it is the name of neither."""
    said = words(where)
    for name, rooms in house.places:
        if words(name) == said:
            return rooms
    near = {fold(name): rooms for name, rooms in reversed(house.places)}
    close = difflib.get_close_matches(fold(where), near, n=1, cutoff=CLOSE_ENOUGH)
    return near[close[0]] if close else ()


def find_series(house: House, where: str | None, wanted: Wanted) -> list[Found]:
    """The series that `where` names among those `wanted`; all of them for None.

    Raises ToolError(UNKNOWN_NAME) with the nearest names where nothing in the house is called so.
    """
    offered = [(entity, aspect) for entity, aspect, _ in house.series() if wanted(entity, aspect)]
    if where is None:
        return [_found(entity, aspect, ()) for entity, aspect in offered]
    exact = [pair for pair in offered if words(where) in {words(label) for label in labels(pair[0])}]
    if exact:
        return [_found(entity, aspect, words(where)) for entity, aspect in exact]
    rooms = find_rooms(house, where)
    if rooms:
        return [_found(entity, aspect, ()) for entity, aspect in offered if entity.room in rooms]
    said = set(words(where))
    partial = [pair for pair in offered if said <= _all_words(*pair)]
    rest, rooms = _in_a_place(house, where) or (said, ())
    here = [pair for pair in offered if pair[0].room in rooms and rest <= _all_words(*pair)]
    # `upstairs lights` are all of that floor, also where one lamp has `upstairs` in its own name.
    if here and (not partial or (len(rooms) > 1 and rest <= _KINDS.keys())):
        return [_found(entity, aspect, rest) for entity, aspect in here]
    if partial:
        return [_found(entity, aspect, words(where)) for entity, aspect in partial]
    return [_found(entity, aspect, words(where)) for entity, aspect in _misheard(house, where, offered)]


def _in_a_place(house: House, where: str) -> tuple[set[str], tuple[str, ...]] | None:
    """`upstairs lights`, `motion on the ground floor`: what is left beside the place's name, and the place's rooms."""
    said = words(where)
    for name, rooms in sorted(house.places, key=lambda place: -len(place[0])):
        place = words(name)
        for rest, here in ((said[len(place) :], said[: len(place)]), (said[: -len(place)], said[-len(place) :])):
            if here == place and rest:
                return set(rest) - _EVERYTHING, rooms
    return None


def _all_words(entity: Entity, aspect: Aspect) -> set[str]:
    own = {word for label in labels(entity) for word in words(label)}
    kinds = {kind for kind, quantities in _KINDS.items() if aspect.quantity in quantities}
    return own | kinds | {_singular(word) for word in _QUANTITY_WORDS.get(aspect.quantity, frozenset())}


def _found(entity: Entity, aspect: Aspect, said: Iterable[str]) -> Found:
    plain = {*_room_words(entity.room), *_PLAIN, *_QUANTITY_WORDS.get(aspect.quantity, ())}
    own = set(words(entity.name)) - {_singular(word) for word in plain}
    return Found(entity=entity, aspect=aspect, leftover=len(own - set(said)), speaks_for_room=not own)


def _misheard(house: House, where: str, offered: Sequence[tuple[Entity, Aspect]]) -> list[tuple[Entity, Aspect]]:
    """Exactly one thing that sounds nearly so, or an error that names what is near."""
    by_label = {fold(label): pair[0].id for pair in offered for label in labels(pair[0])}
    close = difflib.get_close_matches(fold(where), by_label, n=MOST_CANDIDATES, cutoff=CLOSE_ENOUGH)
    ids = {by_label[label] for label in close}
    if len(ids) == 1:
        return [pair for pair in offered if pair[0].id in ids]
    if _exists(house, where):
        return []
    raise unknown_name(house, where, [pair[0] for pair in offered])


def _exists(house: House, where: str) -> bool:
    """Whether something is called so, though it does not report or do what was asked."""
    said = set(words(where))
    rest, rooms = _in_a_place(house, where) or (said, ())
    return any(
        said <= _all_words(entity, aspect) or (entity.room in rooms and rest <= _all_words(entity, aspect))
        for entity, aspect, _ in house.series()
    )


def unknown_name(house: House, where: str, offered: Sequence[Entity]) -> ToolError:
    """The error for a name that nothing bears, with the nearest that would have worked."""
    pool = {fold(spoken_name(entity, house)): spoken_name(entity, house) for entity in offered}
    offering = {entity.room for entity in offered}
    pool |= {fold(place): place.lower() for place, rooms in house.places if offering & set(rooms)}
    near = difflib.get_close_matches(fold(where), pool, n=NEAREST, cutoff=0.0)
    return ToolError(
        ErrorCode.UNKNOWN_NAME,
        "nothing in the house is called that",
        received=where,
        suggestion=[pool[name] for name in near],
    )


def is_group(where: str, quantity: Quantity) -> bool:
    """Whether the words mean every device of a kind: `the lights`, `kitchen lights`, `all switches`."""
    folded = fold(where).split()
    everything = bool({"all", "every", "everything"} & set(folded))
    plural = any(quantity in _KINDS.get(_singular(word), frozenset()) for word in folded if _singular(word) != word)
    return everything or plural


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
