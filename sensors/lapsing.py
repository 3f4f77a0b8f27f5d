"""What is told when it begins and never when it ends: motion that is over after the time its device gave. Pure."""

from dataclasses import dataclass

from sensors.quantities import STATES
from sensors.reading import STATE_ASPECT, Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """A state, what comes of it by itself, and how long after it was last said."""

    state: str
    becomes: str
    after_ms: int


def lapse_of(entity: Entity | None) -> Lapse | None:
    """None for what says itself that it is over."""
    if entity is None or entity.off_after_seconds is None or (aspect := entity.aspect(STATE_ASPECT)) is None:
        return None
    state, becomes = STATES.get(aspect.quantity, ("on", "off"))
    return Lapse(state=state, becomes=becomes, after_ms=entity.off_after_seconds * 1000)
