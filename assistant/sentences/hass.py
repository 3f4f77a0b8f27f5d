"""What the intents of home-assistant-intents mean in our own: they widen what is understood, and change nothing else.

Home Assistant says `turn on` for locking and for opening; here verbs keep their direction. Nothing is matched here.
"""

from collections.abc import Mapping

from assistant.sentences.templates import HassReading, Recognised
from sensors.reading import Quantity, Verb

INTENTS = frozenset(
    {
        "HassTurnOn",
        "HassTurnOff",
        "HassGetState",
        "HassLightSet",
        "HassClimateGetTemperature",
        "HassClimateSetTemperature",
        "HassSetPosition",
        "HassNevermind",
        "HassGetCurrentTime",
        "HassGetCurrentDate",
    }
)
"""Those that have a tool here. Timers, media, lists, vacuums and broadcasts have none yet, so they are never loaded."""

DOMAINS = ("light", "switch", "lock", "cover", "climate", "sensor")

_SMALL = {"HassNevermind": "nevermind", "HassGetCurrentTime": "time", "HassGetCurrentDate": "date"}
_ON = {"lock": ("lock", Verb.LOCK), "cover": ("move", Verb.OPEN)}
_OFF = {"lock": ("lock", Verb.UNLOCK), "cover": ("move", Verb.CLOSE)}
_VALUES = {
    "HassLightSet": ("brightness", "brightness", Verb.SET_BRIGHTNESS, "percent"),
    "HassSetPosition": ("position", "position", Verb.SET_POSITION, "percent"),
    "HassClimateSetTemperature": ("climate", "temperature", Verb.SET_TEMPERATURE, None),
}
_KINDS = {
    "light": Quantity.LIGHT,
    "switch": Quantity.SWITCH,
    "lock": Quantity.LOCK,
    "garage": Quantity.GARAGE_DOOR,
    "door": Quantity.DOOR,
    "window": Quantity.WINDOW,
    "cover": Quantity.COVER,
}
_EXCEPTION = {"open": "closed", "closed": "open", "on": "off", "off": "on", "locked": "unlocked", "unlocked": "locked"}
"""Whether all are so is answered by those that are not."""


def to_own(read: HassReading, nouns: Mapping[str, str]) -> Recognised | None:
    """The same reading as one of ours; None where no tool takes it. `nouns` are words for many of a domain."""
    if read.intent in _SMALL:
        return _own(_SMALL[read.intent], {})
    if read.intent == "HassGetState":
        return _state(read)
    if read.intent == "HassClimateGetTemperature":
        return _own("latest", {"quantity": "temperature", **_where(read)})
    what = _what(read, nouns)
    if what is None:
        return None
    if read.intent in _VALUES:
        intent, slot, verb, unit = _VALUES[read.intent]
        given = {"value": read.values.get(slot), "unit": unit}
        kept = {name: value for name, value in given.items() if value is not None}
        return _own(intent, {"verb": verb, **what, **kept}) if "value" in kept else None
    switched = ("switch", Verb.TURN_ON if read.intent == "HassTurnOn" else Verb.TURN_OFF)
    intent, verb = (_ON if read.intent == "HassTurnOn" else _OFF).get(read.domain or "", switched)
    return _own(intent, {"verb": verb, **what})


def _own(intent: str, slots: Mapping[str, str | float]) -> Recognised:
    return Recognised(intent=intent, slots=slots, known=True, literal=0)


def _what(read: HassReading, nouns: Mapping[str, str]) -> dict[str, str] | None:
    room = {"in": read.texts["area"]} if "area" in read.texts else {}
    said = read.texts.get("name") or read.texts.get("device_class") or nouns.get(read.domain or "")
    if said is None:
        return {"what": room["in"]} if room else None
    everything = {"every": "all"} if read.response == "light_all" else {}
    return {"what": said, **room, **everything}


def _where(read: HassReading) -> dict[str, str]:
    said = read.texts.get("name") or read.texts.get("area")
    return {"where": said} if said else {}


def _state(read: HassReading) -> Recognised | None:
    state = str(read.values.get("state", ""))
    if "name" in read.texts:
        room = {"in": read.texts["area"]} if "area" in read.texts else {}
        asked = {"state": state} if state in _EXCEPTION else {}
        return _own("state", {**_where(read), **room, **asked}) if asked or not state else None
    kind = _KINDS.get(str(read.values.get("device_class") or read.domain), _KINDS.get(read.domain or ""))
    if kind is None or state not in _EXCEPTION:
        return None
    wanted = _EXCEPTION[state] if read.response == "all" else state
    return _own("which", {"kind": kind, "state": wanted, **_where(read)})
