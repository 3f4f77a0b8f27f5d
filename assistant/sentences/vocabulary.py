"""The words for what is in this house: names by what can be asked of or done to a thing. Pure: a House in, names out.

It does not decide which entity a name means; that is the business of `tools.names`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from config.language import Kind, Language
from sensors.home import House
from sensors.reading import Component, Entity, Quantity, Verb

Alike = Callable[[str], str]

_OPENED = frozenset({Quantity.DOOR, Quantity.WINDOW, Quantity.GARAGE_DOOR, Quantity.COVER})
_MEASURING = frozenset({Component.SENSOR, Component.CLIMATE})
_VERBS = {
    "switchable": Verb.TURN_ON,
    "dimmable": Verb.SET_BRIGHTNESS,
    "lockable": Verb.LOCK,
    "openable": Verb.OPEN,
    "positionable": Verb.SET_POSITION,
    "heatable": Verb.SET_TEMPERATURE,
    "startable": Verb.START,
    "pausable": Verb.PAUSE,
    "returning": Verb.RETURN_HOME,
    "stoppable": Verb.STOP,
    "armable_away": Verb.ARM_AWAY,
    "armable_home": Verb.ARM_HOME,
    "armable_night": Verb.ARM_NIGHT,
    "disarmable": Verb.DISARM,
    "activatable": Verb.ACTIVATE,
    "pressable": Verb.PRESS,
    "speedable": Verb.SET_SPEED,
    "colored": Verb.SET_COLOR,
    "whitened": Verb.SET_COLOR_TEMPERATURE,
    "humidable": Verb.SET_HUMIDITY,
    "tiltable": Verb.SET_TILT,
    "swinging": Verb.START_OSCILLATING,
    "numbered": Verb.SET_NUMBER,
    "locatable": Verb.LOCATE,
}
CHOOSING = (
    *(Verb.SET_COLOR, Verb.SET_MODE, Verb.SET_PRESET, Verb.SELECT_OPTION, Verb.SET_EFFECT, Verb.SET_FAN_MODE),
    *(Verb.SET_DIRECTION, Verb.SET_SWING_MODE),
)
"""Verbs that take one of a device's own words; the one that is meant first where several take the same."""
_SWITCHED = frozenset({"on", "off"})
"""Words that are orders of their own, also where a device counts them among its modes."""
_WITH_ROOMS = frozenset({"switchable", "heatable", "openable", "lockable", "colored"})
"""`Turn off the kitchen`, `open the garage`."""
_SAID_BARELY = frozenset({Quantity.LIGHT})
_MACHINES = frozenset({Quantity.SWITCH, Quantity.VACUUM, Quantity.LAWN_MOWER})
_SHORTEST_HEAD = 4
_DOOR_OF = {Quantity.LOCK: Quantity.DOOR}
"""A lock is spoken of by what it locks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names for one list: every one that is understood in text, and the few that are listened for."""

    all: tuple[str, ...]
    spoken: tuple[str, ...]


def names_by_list(house: House, language: Language, alike: Alike) -> Mapping[str, Names]:
    """By name of a template list. Names are made alike as sentences are, so both can be compared letter by letter."""
    book = _Book(house, language, alike)
    lists = {"room": book.rooms(lambda entity: True), "thing": book.things(lambda entity: True)}
    lists["place"] = _joined(lists["room"], lists["thing"])
    for name, verb in _VERBS.items():
        able = _obeys(verb)
        lists[name] = book.things(able)
        if name in _WITH_ROOMS:
            lists[name] = Names(all=_joined(lists[name], book.rooms(able)).all, spoken=lists[name].spoken)
    lists["choosable"] = book.things(lambda entity: any(entity.command(verb) for verb in CHOOSING))
    words = _unique(alike(word) for word in words_to_choose(house, alike))
    lists["word"] = Names(all=words, spoken=())
    many = {word for kind in language.kinds.values() for word in kind.many}
    one = tuple(name for name in lists["thing"].all if many.isdisjoint((name, name.split()[-1])))
    lists["single"] = Names(all=one, spoken=())
    lists["valved"] = book.things(lambda entity: entity.component is Component.VALVE)
    lists["occupied"] = book.rooms(lambda entity: _reports(entity, {Quantity.PRESENCE}))
    lists["opened"] = book.things(lambda entity: _main(entity) in _OPENED)
    lists["metered"] = book.things(lambda entity: _reports(entity, {Quantity.POWER}))
    lists["lit"] = book.rooms(lambda entity: entity.component is Component.LIGHT)
    lists["heated"] = book.rooms(lambda entity: entity.component is Component.CLIMATE)
    lists["watched"] = book.rooms(lambda entity: _reports(entity, {Quantity.MOTION, Quantity.PRESENCE}))
    return lists


def words_to_choose(house: House, alike: Alike) -> Mapping[str, Verb]:
    """Every word that some device takes, as sentences have it, with the verb that it goes with."""
    found: dict[str, Verb] = {}
    for verb in CHOOSING:
        for entity in house.entities:
            command = entity.command(verb)
            for option in command.options if command is not None else ():
                found.setdefault(alike(option.replace("_", " ")), verb)
    return {word: verb for word, verb in found.items() if word and word not in _SWITCHED}


def makers(names: Iterable[str], products: Mapping[str, Iterable[str]]) -> Mapping[str, str]:
    """`coffee` -> `coffee machine`, for what is made by something that has one of these names."""
    named = list(names)
    found = {
        what: name
        for word, made in products.items()
        for name in reversed(named)
        if word in name.split()
        for what in made
    }
    return found


def whole_of(names: Iterable[str], parts: Iterable[str]) -> Mapping[str, str]:
    """`tv` -> `tv volume`, for what has such a part of its own."""
    ends = tuple(f" {part}" for part in parts)
    return {name.removesuffix(end): name for name in names for end in ends if name.endswith(end)}


def names_by_component(house: House, language: Language, alike: Alike) -> Mapping[str, tuple[str, ...]]:
    """Every name of the things of each kind, by the kind's name in Home Assistant; words for kinds left out."""
    book = _Book(house, language, alike)
    return {component.value: book.names_of(component) for component in Component}


def numeric_quantities(house: House) -> tuple[Quantity, ...]:
    """What sensors in rooms report as numbers, in a stable order; all that is listened for after `what is the`."""
    sensors = [entity for entity in house.entities if entity.room and entity.component in _MEASURING]
    present = {aspect.quantity for entity in sensors for aspect in entity.aspects if aspect.numeric}
    return tuple(quantity for quantity in house.quantities if quantity in present)


class _Book:
    def __init__(self, house: House, language: Language, alike: Alike) -> None:
        self._house = house
        self._alike = alike
        self._generic = frozenset(language.generic)
        self._ends = language.joined_generic
        self._kinds = {Quantity(name): kind for name, kind in language.kinds.items()}
        self._kind_words = frozenset(word for kind in self._kinds.values() for word in _words(kind))
        self._bearers: dict[str, set[str | None]] = {}
        for entity in house.entities:
            self._bearers.setdefault(self._trimmed(alike(entity.name)), set()).add(entity.room)
        said = {entity.device or entity.name for entity in house.entities}
        self._uses = Counter(word for name in said for word in set(alike(name).split()))

    def rooms(self, wanted: Callable[[Entity], bool]) -> Names:
        here = {entity.room for entity in self._house.entities if entity.room and wanted(entity)}
        names = _unique(self._alike(name) for name, rooms in self._house.places if here & set(rooms))
        return Names(all=names, spoken=names)

    def things(self, wanted: Callable[[Entity], bool]) -> Names:
        entities = [entity for entity in self._house.entities if wanted(entity)]
        every = [name for entity in entities for name in self._names(entity)]
        kinds = [name for entity in entities for name in (*self._with_kind(entity), *self._kind_names(entity))]
        # How a device is set up, or how well it is, is asked in writing if at all; the ear has enough to tell apart.
        spoken = [name for entity in entities if entity.category is None for name in self._spoken(entity)]
        return Names(all=_unique([*every, *kinds]), spoken=_unique(spoken))

    def names_of(self, component: Component) -> tuple[str, ...]:
        entities = (entity for entity in self._house.entities if entity.component is component)
        return _unique(name for entity in entities for name in self._names(entity))

    def _spoken(self, entity: Entity) -> list[str]:
        """Its first name, what its owner calls it, and `kitchen light` for a light with a name of its own.

        And just `light` and `lamp`, which mean one of the room; of several it is asked which.
        """
        kinds = () if self._alike(entity.name) in self._kind_words else self._kind_names(entity)[:1]
        bare = self._kinds[_main(entity)].one if _main(entity) in _SAID_BARELY & self._kinds.keys() else ()
        return [*self._names(entity)[:1], *(self._alike(alias) for alias in entity.aliases), *kinds, *bare]

    def _names(self, entity: Entity) -> list[str]:
        """The name that a person would say first, with its room where another room has the same, then every other."""
        room = self._alike(entity.room) if entity.room else ""
        said = [self._alike(name) for name in (entity.name, *entity.aliases, entity.device or "")]
        trimmed = [self._trimmed(name) for name in said]
        names = [name for pair in zip(trimmed, said, strict=True) for name in pair if name]
        full = [f"{room} {name}" for name in names if room and not name.startswith(room)]
        own = full[:1] if full and not self._alone(names[0]) and not names[0].startswith(room) else names[:1]
        return list(_unique([*own, *names, *full, *self._without_room(entity, names, room), *self._head(entity)]))

    def _head(self, entity: Entity) -> list[str]:
        """`dryer` for the tumble dryer, where nothing else has that word in its name."""
        words = self._alike(entity.name).split()
        alone = len(words) > 1 and len(words[-1]) >= _SHORTEST_HEAD and self._uses[words[-1]] == 1
        machine = entity.aspects and entity.aspects[0].quantity in _MACHINES
        return words[-1:] if alone and machine and words[-1] not in self._kind_words | self._generic else []

    def _without_room(self, entity: Entity, names: Iterable[str], room: str) -> Iterator[str]:
        """`sprinkler` for the garden sprinkler of the garden: whoever orders something need not say where it is.

        What only measures is asked for by what it measures, and kinds of thing are names anyway.
        """
        if not room or not entity.commands:
            return
        for name in names:
            short = name.removeprefix(f"{room} ")
            if short != name and short not in self._kind_words and not short.isdigit():
                yield short

    def _with_kind(self, entity: Entity) -> list[str]:
        """`dusty vacuum` for a vacuum that is called Dusty."""
        kind = self._kinds.get(_main(entity))
        if kind is None or not kind.one or not entity.commands:
            return []
        noun = kind.one[0]
        # `Front door lock`: the lock of what is called a door.
        of_a_lock = _main(entity) in _DOOR_OF
        names = [name for name in self._names(entity) if of_a_lock or self._kind_words.isdisjoint(name.split())]
        return [f"{name} {noun}" for name in names if noun not in name.split()]

    def _trimmed(self, name: str) -> str:
        words = name.split()
        while len(words) > 1 and words[-1] in self._generic:
            words.pop()
        # `Haustürschloss` is left out of in one word.
        end = next((end for end in self._ends if words and words[-1].endswith(end) and words[-1] != end), "")
        return " ".join(words).removesuffix(end)

    def _alone(self, name: str) -> bool:
        return name not in self._kind_words and len(self._bearers[name]) < 2

    def _kind_names(self, entity: Entity) -> list[str]:
        """`kitchen light`, `kitchen lights`, `light`, `lights`... for a light in the kitchen."""
        kinds = [self._kinds[one] for one in (_main(entity), _DOOR_OF.get(_main(entity))) if one in self._kinds]
        places = [f"{self._alike(name)} " for name, rooms in self._house.places if entity.room in rooms]
        in_room = [f"{at}{word}" for at in places for kind in kinds for word in _words(kind) if not word.startswith(at)]
        return [*in_room, *(word for kind in kinds for word in _words(kind))]


def _words(kind: Kind) -> tuple[str, ...]:
    return (*kind.one, *kind.many)


def _main(entity: Entity) -> Quantity:
    return entity.aspects[0].quantity if entity.aspects else Quantity.TEXT


def _obeys(verb: Verb) -> Callable[[Entity], bool]:
    return lambda entity: entity.command(verb) is not None


def _reports(entity: Entity, quantities: set[Quantity]) -> bool:
    return any(aspect.quantity in quantities for aspect in entity.aspects)


def _joined(*several: Names) -> Names:
    return Names(
        all=_unique(name for names in several for name in names.all),
        spoken=_unique(name for names in several for name in names.spoken),
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
