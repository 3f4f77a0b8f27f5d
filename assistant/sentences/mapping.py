"""Turns a reading of a sentence into calls of tools, or into the key of a small answer that code makes itself.

Names stay as the person said them: which entity is meant is for `tools.names` to find out.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from assistant.sentences.templates import Recognised
from assistant.sentences.timer_slots import CANCELS, SETS, TIMERS, timer_call
from assistant.sentences.watch_slots import WATCHES, watch_call
from sensors.reading import Quantity, Verb
from tools.arguments import AnswerKind, ControlDevice, DescribeHouse, QuerySensors, State, Topic, Unit
from tools.contract import ToolCall
from tools.names import EXCEPT

STOP_ACTING = "stop_acting"
REPEAT = "repeat"
LOUDNESS = frozenset({"louder", "quieter", "volume"})
SMALL_TALK = frozenset({"help", "nevermind", "time", "date", "thanks", "hello", "why", "did", STOP_ACTING}) | {
    REPEAT,
    *LOUDNESS,
}

_QUERIES = {
    "latest": AnswerKind.LATEST,
    "state": AnswerKind.LATEST,
    "which": AnswerKind.LIST,
    "threshold": AnswerKind.LIST,
    "last_change": AnswerKind.LAST_CHANGE,
    "count": AnswerKind.COUNT,
    "duration": AnswerKind.DURATION,
    "total": AnswerKind.TOTAL,
    "trend": AnswerKind.TREND,
    "low_battery": AnswerKind.LOW_BATTERY,
    "not_reporting": AnswerKind.NOT_REPORTING,
    "aggregate": None,
    "compare": None,
}
"""What is asked by each intent; None: one of its slots says it."""
_TOPICS = {"rooms": Topic.ROOMS, "devices": Topic.DEVICES, "example": Topic.EXAMPLE_READING}
_CONTROLS = frozenset({"switch", "lock", "move", "brightness", "position", "climate", "tell", "choose"})
_UNITS = {
    Quantity.HUMIDITY: Unit.PERCENT,
    Quantity.BATTERY: Unit.PERCENT,
    Quantity.BRIGHTNESS: Unit.PERCENT,
    Quantity.POSITION: Unit.PERCENT,
    Quantity.POWER: Unit.WATTS,
    Quantity.ILLUMINANCE: Unit.LUX,
    Quantity.CO2: Unit.PPM,
}
_STEPS = {"up": 1, "down": -1}
"""Slots with the usual step of a wish for more or for less."""
_SPARED = ("spared", "spared_too", "spared_also")
_LOCK_STATES = frozenset({State.LOCKED, State.UNLOCKED})

Slots = Mapping[str, str | float]
Values = dict[str, str | float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What of the house and of the asker a sentence's meaning can depend on."""

    room: str | None
    """Where the person is, as its name is matched."""
    quantities: frozenset[Quantity]
    """What the house reports."""
    groups: frozenset[str]
    """Words for several things of a kind: `lights`."""
    names: frozenset[str]
    """Every name that is known, to tell whether there are `kitchen lights`."""
    words: Mapping[str, Verb]
    """Every word that a device takes as a mode, an option or a colour, with the verb that it goes with."""
    dimmable: frozenset[str] = frozenset()
    """Names of what has a brightness of its own."""
    outside: str | None = None
    """The name for what is outside, where something there is measured."""
    occupied: frozenset[str] = frozenset()
    """Rooms of which it is known whether somebody is there; of others it is known at most that something moves."""


def is_act(intent: str) -> bool:
    """Whether an intent is an order, which a question must never become."""
    return intent in _CONTROLS or intent in SETS or intent in CANCELS


def to_call(read: Recognised, setting: Setting, call_id: str) -> ToolCall | None:
    """The one call that a reading means; None for small talk and for what no tool can take."""
    if read.intent in _QUERIES:
        return _call("query_sensors", QuerySensors, _query(read, setting), call_id)
    if read.intent in _TOPICS:
        values: Values = {**_of_kind(read.slots), "where": read.slots.get("where"), "topic": _TOPICS[read.intent]}
        return _call("describe_house", DescribeHouse, values, call_id)
    if read.intent in _CONTROLS:
        return _call("control_device", ControlDevice, _control(read, setting), call_id)
    if read.intent in WATCHES:
        return _call(*watch_call(read.intent, read.slots, _with_room(read.slots, "where"), setting.groups), call_id)
    if read.intent in TIMERS and (wanted := timer_call(read.intent, read.slots)):
        return _call(*wanted, call_id)
    return None


def _call(name: str, model: type[BaseModel], values: Values, call_id: str) -> ToolCall | None:
    try:
        arguments = model.model_validate({field: values.get(field) for field in model.model_fields})
    except ValidationError:
        # A template let through what the tool's argument model does not: such a sentence is not understood.
        return None
    return ToolCall(id=call_id, name=name, arguments=json.dumps(arguments.model_dump(mode="json")))


def _query(read: Recognised, setting: Setting) -> Values:
    slots = _of_kind(read.slots)
    values: Values = {"answer": _QUERIES[read.intent], **slots, "where": _with_room(slots, "where")}
    values["period"] = _period(slots)
    values.setdefault("quantity", None)
    quantity, state = values["quantity"], values.get("state")
    if (
        "versus_period" in values
        and values["where"] is None
        and setting.room is None
        and quantity == Quantity.TEMPERATURE
    ):
        # `Is it colder today than yesterday` is asked of the weather.
        values["where"] = setting.outside
    if quantity == Quantity.DOOR and state in _LOCK_STATES:
        values["quantity"] = Quantity.LOCK
    if quantity == Quantity.ILLUMINANCE and values["where"] in setting.dimmable:
        values["quantity"] = Quantity.BRIGHTNESS
    if quantity == Quantity.PRESENCE:
        where = values["where"]
        present = quantity in setting.quantities if where is None else where in setting.occupied
        values["quantity"] = Quantity.PRESENCE if present else Quantity.MOTION
        if state != State.AWAY:
            values["state"] = State.PRESENT if present else State.DETECTED
    if read.intent == "threshold":
        measured = Quantity(str(quantity or Quantity.TEMPERATURE))
        values |= {"quantity": measured, "unit": values.get("unit") or _UNITS.get(measured)}
    return values


def _of_kind(slots: Slots) -> Slots:
    """`cover/curtains`: those of a kind that are called so."""
    quantity, _, noun = str(slots.get("quantity", slots.get("kind", ""))).partition("/")
    named = {"quantity": quantity, "where": f"{slots.get('where', '')} {noun}".strip()}
    return {**slots, **{name: said for name, said in named.items() if said}}


def _period(slots: Slots) -> str | None:
    """The name of the period that was said in several words: `since_march`, `last_3_hours`, `monday_evening`."""
    said = None
    if "time_unit" in slots:
        said = f"last_{float(slots['count']):g}_{slots['time_unit']}"
    elif "ago" in slots:
        said = f"{float(slots['ago']):g}_days_ago"
    elif "hour" in slots:
        said = f"{float(slots['hour']):g}"
    else:
        words = [str(slots[part]) for part in ("period", "part", "month", "day") if part in slots]
        said = "_".join(words) or None
    return f"since_{said}" if said and "since" in slots else said


def _control(read: Recognised, setting: Setting) -> Values:
    what, level = _with_room(read.slots, "what"), read.slots.get("value")
    here = f"{setting.room} {what}"
    if read.slots.get("every") == "all":
        what = f"all {what}"
    elif what in setting.groups and here in setting.names:
        what = here
    if "spared" in read.slots:
        what = EXCEPT.join(str(one) for one in (what, *(read.slots.get(name) for name in _SPARED)) if one)
    if (word := read.slots.get("word")) is not None:
        return {"verb": setting.words.get(str(word)), "what": what, "value": str(word)}
    return {**read.slots, "what": what, "value": _change(read.slots) or _number(level)}


def _number(said: str | float | None) -> str | float | None:
    """A level is a number, though a list of words has it as text; a device's own word stays a word."""
    return float(said) if isinstance(said, str) and said.isdecimal() else said


def _change(slots: Slots) -> str | None:
    """`+20` for what shall be more than it is: by so much as was said, or by the usual step, or some part of it."""
    step = next((sign * float(slots[name]) for name, sign in _STEPS.items() if name in slots), None)
    if step is None:
        return None
    if "by" in slots:
        step = math.copysign(float(slots["by"]), step)
    return f"{step * float(slots.get('times', 1)):+g}"


def _with_room(slots: Slots, name: str) -> str | None:
    """`kitchen lights` for `lights in the kitchen`."""
    said = slots.get(name)
    if said is None:
        return None
    room = str(slots.get("in", ""))
    return f"{room} {said}" if room and not str(said).startswith(room) else str(said)
