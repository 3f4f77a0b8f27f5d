"""What a model is told of a house: names, and what its schemas' lists hold. Worked out once for each state of it."""

from collections import deque
from dataclasses import dataclass

from assistant.model.schemas import Present, present_in
from sensors.home import House
from tools.names import spoken_name

_VIEWS = 4
"""Of the house that are remembered: what guests know of it, and all of it, now and just before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    names: tuple[str, ...]
    """Of rooms, and of devices that do something or tell something; sorted."""
    present: Present


class Inventory:
    """Remembers by the very object, which a house is replaced as whenever anything in it changes."""

    def __init__(self) -> None:
        self._known: deque[tuple[House, Told]] = deque(maxlen=_VIEWS)

    def of(self, house: House) -> Told:
        told = next((told for known, told in self._known if known is house), None)
        if told is None:
            devices = (entity for entity in house.entities if entity.category is None)
            names = {spoken_name(entity, house) for entity in devices} | {room.lower() for room in house.rooms}
            told = Told(names=tuple(sorted(names)), present=present_in(house))
            self._known.append((house, told))
        return told
