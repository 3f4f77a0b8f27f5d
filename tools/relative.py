"""From `a bit brighter` to a number: what a wish for more or less comes to, from what a device says it is at. Pure."""

import re
from collections.abc import Mapping, Sequence

from sensors.home import House
from sensors.reading import STATE_ASPECT, Command, Entity, Needs, SeriesKey, Verb
from sensors.units import convert
from tools.arguments import ControlDevice, Unit
from tools.contract import ErrorCode, ToolError
from tools.names import spoken_name
from tools.reasons import Reason

Values = Mapping[SeriesKey, float | str]

TOGGLE = "toggle"
"""With `turn_on`: the other way round."""
_CHANGE = re.compile(r"[+-]\d{1,5}(?:\.\d{1,3})?")
_DARK = frozenset({Verb.SET_BRIGHTNESS, Verb.SET_SPEED})
"""What is off is at nothing, whatever it was set to when it was on."""
_TEMPERATURES = frozenset({Unit.CELSIUS, Unit.FAHRENHEIT})
_DEGREES_APART = 9 / 5
"""Fahrenheit degrees in a Celsius degree: of a difference, so without the 32."""


def change_meant(asked: ControlDevice) -> float | None:
    """By how much it shall be more or less; None where a value was given, or nothing."""
    said = asked.value
    return float(said) if isinstance(said, str) and _CHANGE.fullmatch(said) else None


def flipped(asked: ControlDevice, entities: Sequence[Entity], now: Values) -> ControlDevice:
    """`toggle` as what it comes to: off where any is on, else on. Raises ToolError where nothing tells which."""
    if asked.verb is not Verb.TURN_ON or asked.value != TOGGLE:
        return asked
    told = [now.get(SeriesKey(entity_id=one.id, aspect=STATE_ASPECT)) for one in entities]
    if not all(told):
        name = entities[told.index(None)].name
        raise ToolError(ErrorCode.NO_DATA, Reason.SAYS_NO_VALUE, facts={"name": name}, received=name, field="value")
    verb = Verb.TURN_OFF if "on" in told else Verb.TURN_ON
    return asked.model_copy(update={"verb": verb, "value": None})


def keys_needed(entity: Entity, verb: Verb) -> list[SeriesKey]:
    """What has to be known of a device before it can be told to do more or less of something."""
    command = entity.command(verb)
    if command is None or command.proof_aspect is None or command.needs is not Needs.NUMBER:
        return []
    return [SeriesKey(entity_id=entity.id, aspect=name) for name in (command.proof_aspect, STATE_ASPECT)]


def changed(
    asked: ControlDevice, change: float, entities: Sequence[Entity], house: House, now: Values
) -> list[tuple[Entity, ControlDevice]]:
    """The devices that can be meant, each with the value that it shall have, in the unit of its command.

    Of several, those that are off are left as they are, unless all are. Raises ToolError where a thing that was named
    takes no number, says nothing from which to go, or is off and shall be less.
    """
    running = [one for one in entities if not _is_off(one, asked.verb, now)]
    if not running and change < 0:
        raise _is_off_already([spoken_name(one, house) for one in entities[:2]])
    told = [(one, _told(asked, change, one, now)) for one in running or entities]
    known = [(one, wish) for one, wish in told if wish is not None]
    if not known:
        name = spoken_name(entities[0], house)
        raise ToolError(
            ErrorCode.NO_DATA,
            Reason.SAYS_NO_VALUE,
            facts={"name": name},
            received=name,
            field="value",
        )
    return known


def _is_off_already(names: Sequence[str]) -> ToolError:
    reason = Reason.IS_OFF if len(names) == 1 else Reason.ARE_OFF
    facts = dict(zip(("name", "other"), names, strict=False))
    return ToolError(ErrorCode.NO_DATA, reason, facts=facts, received=" and ".join(names))


def _told(asked: ControlDevice, change: float, entity: Entity, now: Values) -> ControlDevice | None:
    """With a concrete value, within the device's range; None where it is not known what it is at."""
    command = entity.command(asked.verb)
    if command is None or command.needs is not Needs.NUMBER:
        raise ToolError(
            ErrorCode.OUT_OF_RANGE,
            Reason.TAKES_NO_NUMBER,
            facts={"verb": asked.verb.value},
            received=asked.what,
            field="value",
        )
    at = _now(entity, command, asked.verb, now)
    if at is None:
        return None
    value = at + _in_unit(change, asked.unit, command.unit)
    value = value if command.minimum is None else max(value, command.minimum)
    value = value if command.maximum is None else min(value, command.maximum)
    unit = Unit(command.unit) if command.unit in set(Unit) else None
    return asked.model_copy(update={"value": round(value, 2), "unit": unit})


def _is_off(entity: Entity, verb: Verb, now: Values) -> bool:
    return verb in _DARK and now.get(SeriesKey(entity_id=entity.id)) == "off"


def _now(entity: Entity, command: Command, verb: Verb, now: Values) -> float | None:
    if _is_off(entity, verb, now):
        return 0.0
    name = command.proof_aspect
    aspect = entity.aspect(name) if name is not None else None
    at = now.get(SeriesKey(entity_id=entity.id, aspect=aspect.name)) if aspect is not None else None
    if aspect is None or not isinstance(at, float | int):
        return None
    same = aspect.unit is None or command.unit is None or aspect.unit == command.unit
    return float(at) if same else convert(float(at), str(aspect.unit), str(command.unit))


def _in_unit(change: float, given: str | None, wanted: str | None) -> float:
    """A difference of degrees in the other unit; a person's step of one degree is one of the device's own."""
    if given == wanted or {given, wanted} - _TEMPERATURES:
        return change
    return change * _DEGREES_APART if wanted == Unit.FAHRENHEIT else change / _DEGREES_APART
