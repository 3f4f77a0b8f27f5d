"""What tells that something happened: events, updates of software, and who or what is at home."""

import re
from typing import Any

from sensors.dialects.draft import Draft
from sensors.dialects.notes import Note
from sensors.dialects.routes import Found, Reader, Refused, any_text, object_of, one_of
from sensors.reading import STATE_ASPECT, Quantity, Verb
from sensors.templates import LONGEST_TEMPLATE, NoValue

_TAKES_ACTIONS_APART = frozenset({"regex_findall", "patterns", "action_value"})
"""Words in the template that Zigbee2MQTT gives to every remote control."""


def event(draft: Draft) -> None:
    types = draft.words("event_types")
    if not types:
        raise Refused("bad_definition", "an event needs `event_types`, the list of what can happen")
    draft.aspect(STATE_ASPECT, Quantity.EVENT, expected=False)
    if set(re.findall(r"\w+", draft.text("value_template", longest=LONGEST_TEMPLATE))) >= _TAKES_ACTIONS_APART:
        draft.aspect("action", Quantity.ACTION, expected=False)
        told = (STATE_ASPECT, "action")
        draft.route("state_topic", _action_reading(types), whole_json=True, momentary=True, tells=told)
    else:
        draft.route("state_topic", _event_reading(one_of(types)), "value_template", momentary=True)


def _event_reading(read: Reader) -> Reader:
    def read_type(value: Any) -> Found:
        told = object_of(value)
        if told is None or told.get("event_type") is None:
            raise Refused("not_an_object", "an event sends a JSON object with an `event_type`")
        return read(told["event_type"])

    return read_type


def _action_reading(types: tuple[str, ...]) -> Reader:
    """Zigbee2MQTT's actions, `2_double` or `dial_rotate_left_slow`, as the event that they are and as they came.

    It sends a program of regular expressions to take them apart, the same for every device; this is what it does.
    """
    by_words = sorted(((tuple(one.split("_")), one) for one in types), key=lambda pair: len(pair[0]), reverse=True)

    def read(value: Any) -> Found:
        told = object_of(value)
        action = "" if told is None or told.get("action") is None else str(told["action"]).strip()
        if action in {"", "None"}:
            raise NoValue("no action in the payload")
        said = action.split("_")
        kind = action if action in types else next((one for parts, one in by_words if _in_order(parts, said)), None)
        if kind is None:
            raise Refused("unknown_state", f"{action[:60]!r} is none of {', '.join(types)}"[:200])
        return [(STATE_ASPECT, kind), *any_text("action")(action)]

    return read


def _in_order(parts: tuple[str, ...], said: list[str]) -> bool:
    rest = iter(said)
    return all(part in rest for part in parts)


class UpdateReading:
    """Two versions, on one topic or on two, that only together say whether there is an update."""

    def __init__(self) -> None:
        self._installed: str | None = None
        self._latest: str | None = None

    def state(self, value: Any) -> Found:
        told = object_of(value)
        if told is None:
            self._installed = _version(value)
        else:
            self._installed = _version(told.get("installed_version")) or self._installed
            self._latest = _version(told.get("latest_version")) or self._latest
        return self._verdict()

    def latest(self, value: Any) -> Found:
        self._latest = _version(value) or self._latest
        return self._verdict()

    def _verdict(self) -> Found:
        if self._installed is None or self._latest is None:
            raise NoValue("only one of the two versions is known")
        return [(STATE_ASPECT, "up_to_date" if self._installed == self._latest else "available")]


def _version(value: Any) -> str | None:
    said = "" if value is None else str(value).strip()[:100]
    return None if said in {"", "None", "null", "unknown"} else said


def update(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.UPDATE)
    reading = UpdateReading()
    draft.route("state_topic", reading.state, "value_template")
    draft.route("latest_version_topic", reading.latest, "latest_version_template")
    draft.command(Verb.INSTALL, draft.text("payload_install"), "up_to_date")


def device_tracker(draft: Draft) -> None:
    """Who is in a zone with a name is away from home, and at a place."""
    draft.aspect(STATE_ASPECT, Quantity.PRESENCE)
    meanings = {
        draft.text("payload_home", "home"): "present",
        draft.text("payload_not_home", "not_home"): "away",
    }
    read = _tracker_reading(meanings, any_text("place", nothing=draft.text("payload_reset", "None")))
    if draft.route("state_topic", read, "value_template", tells=(STATE_ASPECT, "place")):
        draft.aspect("place", Quantity.PLACE, expected=False)
    if draft.has("json_attributes_topic"):
        draft.note(Note.POSITION_ON_MAP_LEFT_OUT)


def _tracker_reading(meanings: dict[str, str], read_place: Reader) -> Reader:
    def read(value: Any) -> Found:
        presence = meanings.get(str(value).strip())
        if presence is not None:
            return [(STATE_ASPECT, presence)]
        return [(STATE_ASPECT, "away"), *read_place(value)]

    return read
