"""What the intents of home-assistant-intents mean in our own: they widen what is understood, and change nothing else.

Home Assistant says `turn on` for locking and for opening; here verbs keep their direction. Nothing is matched here.
Which intents have a tool at all, and why the others have none, is decided in `assistant.sentences.coverage`.
"""

from collections.abc import Callable, Mapping

from assistant.sentences.templates import HassReading, Recognised
from sensors.reading import Component, Quantity, Verb

DOMAINS = tuple(
    component.value
    for component in Component
    if component not in {Component.EVENT, Component.UPDATE, Component.DEVICE_TRACKER, Component.TEXT}
)
"""Kinds of thing that the sentences may be about: all that this house can hold and that can be named in one."""

_SMALL = {"HassNevermind": "nevermind", "HassGetCurrentTime": "time", "HassGetCurrentDate": "date"}
_TALK = {"hello": "hello", "commands": "help"}
_ON = {
    **{"lock": ("lock", Verb.LOCK), "cover": ("move", Verb.OPEN), "valve": ("move", Verb.OPEN)},
    **{"scene": ("tell", Verb.ACTIVATE), "button": ("tell", Verb.PRESS)},
}
_OFF = {"lock": ("lock", Verb.UNLOCK), "cover": ("move", Verb.CLOSE), "valve": ("move", Verb.CLOSE)}
_TOLD = {
    "HassVacuumStart": Verb.START,
    "HassVacuumReturnToBase": Verb.RETURN_HOME,
    "HassVacuumCleanArea": Verb.START,
    "HassLawnMowerStartMowing": Verb.START,
    "HassLawnMowerDock": Verb.RETURN_HOME,
}
_ABOUT = {
    **{"HassVacuumStart": "vacuum", "HassVacuumCleanArea": "vacuum"},
    **{"HassVacuumReturnToBase": "vacuum", "HassFanSetSpeed": "fan"},
    **{"HassLawnMowerStartMowing": "lawn_mower", "HassLawnMowerDock": "lawn_mower"},
    **{"HassClimateSetTemperature": "climate", "HassClimateSetFanMode": "climate"},
}
"""What a sentence is about where it names no device."""
_EVERYWHERE = frozenset({"HassVacuumStart", "HassVacuumCleanArea"})
"""Over MQTT a vacuum takes no room: the room that was said does not tell which vacuum, and the question names it."""
_VALUES = {
    "HassSetPosition": ("position", "position", Verb.SET_POSITION, "percent"),
    "HassClimateSetTemperature": ("climate", "temperature", Verb.SET_TEMPERATURE, None),
    "HassFanSetSpeed": ("tell", "percentage", Verb.SET_SPEED, "percent"),
    "HassClimateSetFanMode": ("tell", "fan_mode", Verb.SET_FAN_MODE, None),
}
_LIGHT = (
    ("brightness", "brightness", Verb.SET_BRIGHTNESS, "percent"),
    ("tell", "color", Verb.SET_COLOR, None),
    ("tell", "temperature", Verb.SET_COLOR_TEMPERATURE, None),
)
_KINDS = {
    "light": Quantity.LIGHT,
    "switch": Quantity.SWITCH,
    "fan": Quantity.FAN,
    "lock": Quantity.LOCK,
    "valve": Quantity.VALVE,
    "garage": Quantity.GARAGE_DOOR,
    "door": Quantity.DOOR,
    "gate": Quantity.GATE,
    "window": Quantity.WINDOW,
    "cover": Quantity.COVER,
}
_EXCEPTION = {"open": "closed", "closed": "open", "on": "off", "off": "on", "locked": "unlocked", "unlocked": "locked"}
"""Whether all are so is answered by those that are not."""
_START = {"start_hours": "hour", "start_minutes": "minute", "start_seconds": "second"}
"""What a timer was set for, and the word that such timers are known by."""
_ASKS_OF_TIMERS = {
    "HassStartTimer": "set_timer",
    "HassIncreaseTimer": "add_time",
    "HassDecreaseTimer": "take_time",
    "HassCancelTimer": "cancel_timer",
    "HassCancelAllTimers": "cancel_timer",
    "HassTimerStatus": "timers",
}

ASKING = frozenset(
    {"HassGetState", "HassClimateGetTemperature", "HassTimerStatus", "HassRespond", *_SMALL},
)
"""Intents that a question can have."""

Slots = dict[str, str | float]
Nouns = Mapping[str, str]


def to_own(read: HassReading, nouns: Nouns) -> Recognised | None:
    """The same reading as one of ours; None where no tool takes it. `nouns` are words for many of a domain."""
    if read.intent in _SMALL:
        return _own(_SMALL[read.intent], {})
    if read.intent in _ASKS_OF_TIMERS:
        return _timer(read)
    known: Mapping[str, Callable[[HassReading, Nouns], Recognised | None]] = {
        "HassRespond": _talk,
        "HassGetState": _state,
        "HassClimateGetTemperature": _temperature,
        "HassLightSet": _light,
        "HassTurnOn": _switched,
        "HassTurnOff": _switched,
    }
    return known.get(read.intent, _told)(read, nouns)


def _own(intent: str, slots: Mapping[str, str | float]) -> Recognised:
    return Recognised(intent=intent, slots=slots, known=True, literal=0, wider=True)


def _place(read: HassReading) -> str | None:
    return read.texts.get("area") or read.texts.get("floor")


def _what(read: HassReading, nouns: Nouns) -> Slots | None:
    place = _place(read)
    room: Slots = {"in": place} if place else {}
    about = read.domain or _ABOUT.get(read.intent, "")
    said = read.texts.get("name") or read.texts.get("device_class") or nouns.get(about)
    if said is None:
        return {"what": place} if place else None
    everything: Slots = {"every": "all"} if read.response == "light_all" else {}
    return {"what": said, **room, **everything}


def _where(read: HassReading) -> Slots:
    said = read.texts.get("name") or _place(read)
    return {"where": said} if said else {}


def _talk(read: HassReading, _: Nouns) -> Recognised | None:
    return _own(_TALK[read.response], {}) if read.response in _TALK else None


def _temperature(read: HassReading, _: Nouns) -> Recognised:
    return _own("latest", {"quantity": "temperature", **_where(read)})


def _switched(read: HassReading, nouns: Nouns) -> Recognised | None:
    what = _what(read, nouns)
    if what is None:
        return None
    on = read.intent == "HassTurnOn"
    intent, verb = (_ON if on else _OFF).get(read.domain or "", ("switch", Verb.TURN_ON if on else Verb.TURN_OFF))
    return _own(intent, {"verb": verb, **what})


def _light(read: HassReading, nouns: Nouns) -> Recognised | None:
    what = _what(read, nouns)
    found = next((one for one in _LIGHT if one[1] in read.values), None)
    return None if what is None or found is None else _set(found, read, what)


def _told(read: HassReading, nouns: Nouns) -> Recognised | None:
    what = _what(read, nouns)
    if what is None:
        return None
    if read.intent in _EVERYWHERE:
        what = {"what": what["what"]}
    if read.intent in _TOLD:
        return _own("tell", {"verb": _TOLD[read.intent], **what})
    found = _VALUES.get(read.intent)
    return None if found is None or found[1] not in read.values else _set(found, read, what)


def _set(how: tuple[str, str, Verb, str | None], read: HassReading, what: Slots) -> Recognised:
    intent, slot, verb, unit = how
    given: Slots = {"unit": unit} if unit else {}
    return _own(intent, {"verb": verb, **what, "value": read.values[slot], **given})


def _timer(read: HassReading) -> Recognised | None:
    """A command that is to run later is none of these: what acts on the house is agreed to when it happens."""
    if "conversation_command" in read.values:
        return None
    lengths = {part: read.values[part] for part in ("hours", "minutes", "seconds") if part in read.values}
    started = [f"{float(read.values[part]):g} {word}" for part, word in _START.items() if part in read.values]
    name = read.texts.get("name") or " ".join(started)
    every: Slots = {"every": "yes"} if read.intent == "HassCancelAllTimers" else {}
    named: Slots = {"name": name} if name else {}
    # Which room a timer was set in is not asked: what is named by it alone could be any of them.
    if _place(read):
        return None
    return _own(_ASKS_OF_TIMERS[read.intent], {"kind": "timer", **lengths, **named, **every})


def _state(read: HassReading, _: Nouns) -> Recognised | None:
    state = str(read.values.get("state", ""))
    if "name" in read.texts:
        place = _place(read)
        room: Slots = {"in": place} if place else {}
        asked: Slots = {"state": state} if state in _EXCEPTION else {}
        return _own("state", {**_where(read), **room, **asked}) if asked or not state else None
    kind = _KINDS.get(str(read.values.get("device_class") or read.domain), _KINDS.get(read.domain or ""))
    if kind is None or state not in _EXCEPTION:
        return None
    wanted = _EXCEPTION[state] if read.response == "all" else state
    return _own("which", {"kind": kind, "state": wanted, **_where(read)})
