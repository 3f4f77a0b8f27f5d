"""How much of a person each action takes, by what it does: opening the house is not switching a light. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from config.asking import Ask, ConfirmSettings, strictest
from config.naming import Telling, naming
from sensors.reading import Quantity, Verb
from tools.answers import Action
from tools.contract import Asker, Role
from tools.name_words import alike
from tools.names import fold, words

MANY = 5
"""More things than this at once are one decision too many for a plain yes."""
SMALL_STEP_KELVIN = 3.0
"""By so much a set-point may change by a plain yes."""


class Kind(StrEnum):
    """What an action does to the house; each has a setting under [confirm]."""

    LIGHT = "light"
    COMFORT = "comfort"
    CLOSING = "closing"
    UNKNOWN = "unknown"
    HEAT = "heat"
    WATER_AND_GAS = "water_and_gas"
    ENTRY = "entry"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person must do to allow some actions."""

    ask: Ask
    names: tuple[str, ...]
    """Of the things that it is for."""


_WAYS_IN = frozenset({Quantity.LOCK, Quantity.DOOR, Quantity.GARAGE_DOOR, Quantity.GATE, Quantity.WINDOW})
_HEATERS = frozenset({Quantity.CLIMATE, Quantity.WATER_HEATER})
_ANY = frozenset(Quantity)
_ARMING = (Verb.ARM_HOME, Verb.ARM_AWAY, Verb.ARM_NIGHT, Verb.ARM_VACATION)
_BY_VERB: Mapping[Verb, Sequence[tuple[frozenset[Quantity], Kind]]] = MappingProxyType(
    {
        Verb.UNLOCK: [(_ANY, Kind.ENTRY)],
        Verb.OPEN: [(_WAYS_IN, Kind.ENTRY), (frozenset({Quantity.VALVE}), Kind.WATER_AND_GAS)],
        Verb.SET_POSITION: [(_WAYS_IN, Kind.ENTRY), (frozenset({Quantity.VALVE}), Kind.WATER_AND_GAS)],
        Verb.SET_TILT: [(_WAYS_IN, Kind.ENTRY)],
        Verb.DISARM: [(_ANY, Kind.ALARM)],
        Verb.TRIGGER: [(_ANY, Kind.ALARM)],
        Verb.ARM_CUSTOM_BYPASS: [(_ANY, Kind.ALARM)],
        Verb.TURN_OFF: [(frozenset({Quantity.SIREN, Quantity.ALARM}), Kind.ALARM), (_HEATERS, Kind.CLOSING)],
        Verb.TURN_ON: [(_HEATERS, Kind.HEAT), (frozenset({Quantity.SIREN, Quantity.ALARM}), Kind.ALARM)],
        Verb.SET_MODE: [(_HEATERS, Kind.HEAT)],
        Verb.SET_TEMPERATURE: [(frozenset({Quantity.WATER_HEATER}), Kind.HEAT)],
        Verb.LOCK: [(_ANY, Kind.CLOSING)],
        Verb.CLOSE: [(_WAYS_IN | {Quantity.VALVE}, Kind.CLOSING)],
        Verb.STOP: [(_WAYS_IN | {Quantity.VALVE}, Kind.CLOSING)],
        Verb.INSTALL: [(_ANY, Kind.UNKNOWN)],
        Verb.SET_TEXT: [(_ANY, Kind.UNKNOWN)],
        **{verb: [(_ANY, Kind.CLOSING)] for verb in _ARMING},
    }
)
"""Verb to what it means for which things; anything else is comfort."""

_SET_POINTS = frozenset({Verb.SET_TEMPERATURE, Verb.SET_LOW_TEMPERATURE, Verb.SET_HIGH_TEMPERATURE})
_OPAQUE = frozenset({Quantity.BUTTON, Quantity.SCENE})
"""Nothing about them tells what they do."""
_NAMED = frozenset({Quantity.SWITCH, Quantity.OPTION, Quantity.COVER, *_OPAQUE})
"""Things whose kind does not tell what they open or heat: a garage door is often a switch, or just a cover."""
_TELLING: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        kind: frozenset(alike(fold(word)) for one in naming() for word in one.telling.get(kind, Telling()).words)
        for kind in (Kind.ENTRY, Kind.ALARM, Kind.WATER_AND_GAS, Kind.HEAT)
    }
)
"""Words in the names of such things that do tell."""
_TELLING_ENDS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {kind: tuple(end for one in naming() for end in one.telling.get(kind, Telling()).ends) for kind in _TELLING}
)
"""How words that were put together of several end where they tell."""
_SHUTTING = frozenset({Verb.CLOSE, Verb.STOP})


def kind_of(action: Action, set_now: float | None = None) -> Kind:
    """What an action does. `set_now` is what a set-point is at, in the action's own unit, where that is known."""
    named = _by_name(action) if action.quantity in _NAMED else None
    if named is not None:
        return named
    for quantities, kind in _BY_VERB.get(action.verb, ()):
        if action.quantity in quantities:
            return kind
    if action.verb in _SET_POINTS and _is_a_leap(action, set_now):
        return Kind.HEAT
    if action.quantity in _OPAQUE:
        return Kind.UNKNOWN
    return Kind.LIGHT if action.quantity is Quantity.LIGHT else Kind.COMFORT


def _by_name(action: Action) -> Kind | None:
    """A cover that closes harms nobody, whatever it is called; a switch may open a gate by either of its ends."""
    said, whole = set(words(action.name)), unicodedata.normalize("NFC", action.name.casefold()).split()
    found = next(
        (kind for kind, telling in _TELLING.items() if telling & said or _ends(whole, _TELLING_ENDS[kind])), None
    )
    if found is Kind.HEAT and action.verb is Verb.TURN_OFF:
        return Kind.CLOSING
    return Kind.CLOSING if found and action.quantity is Quantity.COVER and action.verb in _SHUTTING else found


def _ends(whole: Sequence[str], ends: tuple[str, ...]) -> bool:
    return any(word.strip(".,;:()[]").endswith(ends) for word in whole)


def _is_a_leap(action: Action, set_now: float | None) -> bool:
    if set_now is None or not isinstance(action.value, int | float):
        return True
    degrees = abs(action.value - set_now)
    return degrees * (5 / 9 if action.unit == "fahrenheit" else 1) > SMALL_STEP_KELVIN


def what_to_ask(actions: Sequence[Action], set_now: Mapping[str, float], confirm: ConfirmSettings) -> Asked:
    """The strictest of what the actions ask for, each by itself and all together.

    `set_now` tells by entity id what a set-point is at.
    """
    asked = [_ask_for(action, set_now.get(action.entity_id), confirm) for action in actions]
    ask = strictest(*asked, *([confirm.many] if len(actions) > MANY else []))
    names = tuple(action.name for action, each in zip(actions, asked, strict=True) if each is ask)
    return Asked(ask=ask, names=names or tuple(action.name for action in actions))


def _ask_for(action: Action, set_now: float | None, confirm: ConfirmSettings) -> Ask:
    by_kind: Ask = getattr(confirm, kind_of(action, set_now))
    named = (ask for name, ask in confirm.things.items() if name == action.entity_id or fold(name) == fold(action.name))
    return next(named, by_kind)


def for_asker(ask: Ask, asker: Asker) -> Ask:
    """A keyboard at the daemon's own socket is more than a PIN; an order is only enough in the owner's own words."""
    if asker.typed and asker.role is Role.OWNER and ask in {Ask.PIN, Ask.CONSOLE}:
        return Ask.NOUN
    if ask is Ask.AT_ONCE and not (asker.by_code and asker.role is Role.OWNER):
        return Ask.YES
    return ask
