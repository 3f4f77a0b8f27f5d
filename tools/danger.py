"""What must not happen by a plain yes: opening the house, silencing its alarms, letting heat, water or gas flow."""

from collections.abc import Mapping
from types import MappingProxyType

from sensors.reading import Quantity, Verb
from tools.answers import Action
from tools.names import words

_WAYS_IN = frozenset(
    {Quantity.LOCK, Quantity.DOOR, Quantity.GARAGE_DOOR, Quantity.GATE, Quantity.WINDOW, Quantity.VALVE}
)
_HEATERS = frozenset({Quantity.CLIMATE, Quantity.WATER_HEATER})
_DANGEROUS: Mapping[Verb, frozenset[Quantity]] = MappingProxyType(
    {
        Verb.UNLOCK: frozenset(Quantity),
        Verb.OPEN: _WAYS_IN,
        Verb.SET_POSITION: _WAYS_IN,
        Verb.DISARM: frozenset(Quantity),
        Verb.TRIGGER: frozenset(Quantity),
        Verb.TURN_OFF: frozenset({Quantity.SIREN}),
        Verb.TURN_ON: _HEATERS,
        Verb.SET_MODE: _HEATERS,
        Verb.SET_TEMPERATURE: frozenset({Quantity.WATER_HEATER}),
    }
)
"""Verb to what it must not be done to by a plain yes."""

_ANYTHING = frozenset({Quantity.SWITCH, Quantity.BUTTON, Quantity.SCENE, Quantity.OPTION})
"""Things whose kind does not tell what they do: a garage door is often a switch, or a button."""
_TELLING = frozenset(
    "alarm boiler disarm door furnace garage gas gate heater heating lock oven siren stove unlock valve".split()
)
"""Words in the names of such things that do tell."""


def is_dangerous(action: Action) -> bool:
    """Whether a person must say the thing's name with the yes."""
    if action.quantity in _DANGEROUS.get(action.verb, frozenset()):
        return True
    return action.quantity in _ANYTHING and not _TELLING.isdisjoint(words(action.name))
