"""Who may use, know and do what: one policy, asked when tools are offered, when they are called, and at the gate."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from config.asking import Ask, is_below
from config.errors import UserFacingError, unknown
from config.people import GuestSettings, SatelliteSettings
from sensors.home import House
from sensors.reading import Entity, Quantity
from tools.answers import Action
from tools.contract import Asker, Effect, ErrorCode, Offer, Role, ToolError
from tools.limits import Limits, Rate
from tools.names import fold
from tools.reasons import Reason
from tools.switch import Switch
from tools.tiers import Kind, kind_of

CALLS = Rate(burst=60, per_minute=60)
"""Of any tool, from one satellite. Nobody speaks that fast; a program that goes in circles does."""
ACTS = Rate(burst=20, per_minute=10)
_OUTDOOR = frozenset({Kind.LIGHT, Kind.COMFORT, Kind.CLOSING})


class RolesWrong(UserFacingError):
    """The settings about people name what there is not; the message says where, and what there is."""


class Roles:
    """The rules of a house, from its settings. Raises RolesWrong."""

    def __init__(
        self,
        *,
        satellites: Sequence[SatelliteSettings],
        guest: GuestSettings,
        switch: Switch,
        monotonic: Callable[[], float],
    ) -> None:
        self._satellites: Mapping[str, SatelliteSettings] = {one.name: one for one in satellites}
        self._guest = guest
        self.switch = switch
        self._calls = Limits(CALLS, monotonic=monotonic)
        self._acts = Limits(ACTS, monotonic=monotonic)
        self._view: tuple[House, House] = (House(), House())
        for name in guest.may_ask:
            if name not in {one.value for one in Quantity}:
                raise RolesWrong(f"[guest] may_ask: {unknown('kind of reading', name, list(Quantity))}")

    def asker(self, satellite: str, room: str | None, *, typed: bool = False) -> Asker:
        """Who speaks there, as the settings say; the owner where they say nothing."""
        found = self._satellites.get(satellite)
        return Asker(satellite=satellite, room=room, role=Role(found.role) if found else Role.OWNER, typed=typed)

    def may_use(self, asker: Asker, tool: Offer) -> bool:
        """Whether the tool exists for this asker at all. That acting is switched off is for the gate to say."""
        return tool.effect is not Effect.ACT or asker.role is not Role.GUEST or bool(self._guest.may_do)

    def admit(self, asker: Asker, tool: Offer) -> None:
        """Counts one call. Raises ToolError(RATE_LIMITED) where there were too many."""
        waits = [self._calls.take(asker.satellite)]
        if tool.effect is Effect.ACT:
            waits.append(self._acts.take(asker.satellite))
        if seconds := max(waits):
            raise ToolError(ErrorCode.RATE_LIMITED, Reason.TOO_MUCH, facts={"seconds": max(1, round(seconds))})

    def acting(self) -> bool:
        return self.switch.acting()

    def may_do(self, asker: Asker, action: Action, house: House, ask: Ask) -> bool:
        kind = kind_of(action)
        satellite = self._satellites.get(asker.satellite)
        if satellite is not None and satellite.outdoor and kind not in _OUTDOOR:
            return False
        if asker.role is not Role.GUEST:
            return True
        entity = house.by_id.get(action.entity_id)
        if entity is None or not self._is_seen(entity) or is_below(self._guest.most, ask):
            return False
        return kind.value in self._guest.may_do

    def visible(self, house: House, asker: Asker) -> House:
        """The house as this asker may know it; what is not in it does not exist for any tool or answer."""
        if asker.role is not Role.GUEST:
            return house
        if self._view[0] is not house:
            self._view = (house, self._seen_by_guests(house))
        return self._view[1]

    def _seen_by_guests(self, house: House) -> House:
        entities = tuple(shown for entity in house.entities if (shown := self._shown(entity)) is not None)
        return replace(house, entities=entities)

    def _shown(self, entity: Entity) -> Entity | None:
        """With the aspects that a guest may ask about; None where there is none of them."""
        if not self._is_seen(entity):
            return None
        return replace(entity, aspects=tuple(one for one in entity.aspects if self._is_asked(one.quantity)))

    def _is_seen(self, entity: Entity) -> bool:
        here = not self._guest.rooms or fold(entity.room or "") in {fold(room) for room in self._guest.rooms}
        return here and bool(entity.aspects) and self._is_asked(entity.aspects[0].quantity)

    def _is_asked(self, quantity: Quantity) -> bool:
        return quantity.value in self._guest.may_ask
