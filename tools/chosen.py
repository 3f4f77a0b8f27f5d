"""From what a name led to, to the devices that are meant: one, a group, or a question to the person. Pure."""

from collections.abc import Sequence

from sensors.home import House
from sensors.reading import Entity, Verb
from tools.answers import Action
from tools.contract import Asker, ErrorCode, ToolError
from tools.names import (
    MOST_CANDIDATES,
    NEAREST,
    WEAK,
    Found,
    Wanted,
    find_rooms,
    is_group,
    most_fitting,
    of_the_asker,
    own_name,
)
from tools.reasons import Reason
from tools.tiers import Kind, kind_of

_HARMLESS = frozenset({Kind.LIGHT, Kind.COMFORT})
"""What a name that was only nearly said may be taken for; everything else is asked for by its own name."""


class SeveralNamed(ToolError):
    """Several are called so. `suggestion` has at most four names, each of which leads to one of them alone."""

    def __init__(self, received: str, names: Sequence[str], *, count: int) -> None:
        super().__init__(
            ErrorCode.AMBIGUOUS_NAME,
            Reason.SEVERAL_CALLED,
            facts={"count": count},
            received=received,
            suggestion=list(names[:MOST_CANDIDATES]),
        )
        self.more = max(0, count - MOST_CANDIDATES)
        """How many there are beside those that are suggested, because they are too many to say."""


def chosen_to_act(
    found: Sequence[Found], what: str, verb: Verb, *, house: House, asker: Asker, able: Wanted
) -> list[Entity]:
    """The devices meant by `what`, of those found: one, or a group where the words were plural or name a place.

    What is said without a place or an `all` is meant of the asker's room, where that has such. Raises ToolError where
    one is meant and there are several, and where something that guards the house was only nearly named.
    """
    if found[0].how in WEAK and not all(_harmless(item.entity, verb) for item in found):
        raise _nearly_named(found, what, house, able)
    said = found[0].taken_for if found[0].how in WEAK else what
    here = of_the_asker(found, said, house, asker.room)
    if is_group(said, found[0].aspect.quantity) or find_rooms(house, said):
        # `everything in the kitchen` means its devices, not how each of them is set up.
        meant = [item.entity for item in here if item.entity.category is None]
        return meant or [item.entity for item in here]
    chosen = most_fitting(here)
    if len(chosen) > 1:
        raise several_named(chosen, what, house, able)
    return [item.entity for item in chosen]


def several_named(found: Sequence[Found], said: str, house: House, wanted: Wanted) -> SeveralNamed:
    """The question which of them is meant."""
    return SeveralNamed(said, _names(found, house, wanted), count=len({item.entity.id for item in found}))


def _nearly_named(found: Sequence[Found], said: str, house: House, wanted: Wanted) -> ToolError:
    return ToolError(
        ErrorCode.UNKNOWN_NAME,
        Reason.NOT_CALLED_EXACTLY,
        received=said,
        suggestion=_names(found, house, wanted)[:NEAREST],
    )


def _names(found: Sequence[Found], house: House, wanted: Wanted) -> list[str]:
    """Only names that tell them apart: two devices that share all their names cannot be offered as a choice."""
    entities = {item.entity.id: item.entity for item in found}
    names = [own_name(entity, house, wanted) for entity in entities.values()]
    return [name for name in names if name is not None]


def _harmless(entity: Entity, verb: Verb) -> bool:
    quantity = entity.aspects[0].quantity
    return kind_of(Action(entity_id=entity.id, name=entity.name, quantity=quantity, verb=verb)) in _HARMLESS
