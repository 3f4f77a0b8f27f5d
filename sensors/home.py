"""The house as it is known now: entities by room, rooms by floor. A frozen snapshot; a change makes a new one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sensors.reading import Aspect, Entity, Quantity, SeriesKey
from sensors.usual_places import Place, usual_places


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A storey, or any other part of the house that has several rooms."""

    name: str
    rooms: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room that has other names too."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class House:
    """`version` grows with every change of an entity or of the user's file, so caches can key on it."""

    version: int = 0
    entities: tuple[Entity, ...] = ()
    floors: tuple[Floor, ...] = ()
    other_names: tuple[Room, ...] = ()
    """Rooms with aliases; `rooms` has them all."""

    @cached_property
    def by_id(self) -> dict[str, Entity]:
        return {entity.id: entity for entity in self.entities}

    @cached_property
    def rooms(self) -> tuple[str, ...]:
        return tuple(sorted({entity.room for entity in self.entities if entity.room}))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every name of a room or a floor in which there is something, with the rooms that it means.

        Last come the words of everybody for them, such as `outside`.
        """
        rooms = [(name, (name,)) for name in self.rooms]
        return (*rooms, *self._aliases, *self._floors, *usual_places((*rooms, *self._aliases), self._floors))

    @cached_property
    def storeys(self) -> tuple[str, ...]:
        """Names of parts of the house that need no `in` before them: `lights upstairs`, `lights outside`."""
        of_rooms = {*self.rooms, *(alias for alias, _ in self._aliases)}
        return tuple(name for name, _ in self.places if name not in of_rooms)

    @cached_property
    def _aliases(self) -> tuple[Place, ...]:
        several = (room for room in self.other_names if room.name in self.rooms)
        return tuple((alias, (room.name,)) for room in several for alias in room.aliases)

    @cached_property
    def _floors(self) -> tuple[Place, ...]:
        several = ((floor, self.rooms_of(floor)) for floor in self.floors)
        return tuple((name, rooms) for floor, rooms in several if rooms for name in (floor.name, *floor.aliases))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Those that something in this house reports, in a stable order."""
        present = {aspect.quantity for entity in self.entities for aspect in entity.aspects}
        return tuple(quantity for quantity in Quantity if quantity in present)

    def rooms_of(self, floor: Floor) -> tuple[str, ...]:
        """The floor's rooms in which there is something."""
        return tuple(room for room in floor.rooms if room in self.rooms)

    def floor_of(self, room: str | None) -> Floor | None:
        return next((floor for floor in self.floors if room in floor.rooms), None)

    def series(self) -> Iterator[tuple[Entity, Aspect, SeriesKey]]:
        for entity in self.entities:
            for aspect in entity.aspects:
                yield entity, aspect, SeriesKey(entity_id=entity.id, aspect=aspect.name)
