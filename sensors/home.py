"""The house as it is known now: entities by room. A frozen snapshot; a change of an entity makes a new one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sensors.reading import Aspect, Entity, Quantity, SeriesKey


@dataclass(frozen=True, kw_only=True)
class House:
    """`version` grows with every change of an entity, so caches can key on it."""

    version: int = 0
    entities: tuple[Entity, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Entity]:
        return {entity.id: entity for entity in self.entities}

    @cached_property
    def rooms(self) -> tuple[str, ...]:
        return tuple(sorted({entity.room for entity in self.entities if entity.room}))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Those that something in this house reports, in a stable order."""
        present = {aspect.quantity for entity in self.entities for aspect in entity.aspects}
        return tuple(quantity for quantity in Quantity if quantity in present)

    def series(self) -> Iterator[tuple[Entity, Aspect, SeriesKey]]:
        for entity in self.entities:
            for aspect in entity.aspects:
                yield entity, aspect, SeriesKey(entity_id=entity.id, aspect=aspect.name)
