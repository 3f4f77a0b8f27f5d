"""What a message turned out to say, as every dialect puts it. Frozen values, no I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from sensors.message import Message
from sensors.reading import Entity, Reading, Refusal

_NONE: Mapping[str, bool] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """An entity, and the message that described it: enough to route its states again after a restart."""

    entity: Entity
    dialect: str
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """One message, decoded."""

    readings: tuple[Reading, ...] = ()
    definitions: tuple[Definition, ...] = ()
    removals: tuple[str, ...] = ()
    """Ids of entities that are no longer in the house; their readings stay."""
    refusals: tuple[Refusal, ...] = ()
    availability: Mapping[str, bool] = field(default_factory=lambda: _NONE)
    """Entity id to whether its device can be reached."""
    notes: tuple[str, ...] = ()
    """Codes of what was noticed though nothing was refused; counted."""
    retained: bool = False
    """True where the broker had kept the message, so the readings may be of any age."""
    empty: bool = False
    """True where the message was for nobody."""


class Dialect(Protocol):
    """One way in which devices speak. Pure but for its own routes: no I/O, no clock."""

    name: str

    def decode(self, message: Message) -> Decoded | None:
        """What the message says; None where it is not of this dialect. Never raises.

        Every dialect hears every message, since a topic may concern two of them.
        """
        ...

    def restore(self, definitions: Iterable[Definition]) -> None:
        """Rebuild the routes from what the store kept."""
        ...

    def filters(self) -> frozenset[str]:
        """Topic filters to be subscribed to now; grows and shrinks with what has been defined."""
        ...
