"""What drives about by itself: vacuum cleaners and lawn mowers."""

from typing import Any

from sensors.dialects.draft import Draft
from sensors.dialects.notes import Note
from sensors.dialects.routes import Found, Refused, any_text, object_of, one_of, share
from sensors.reading import STATE_ASPECT, Quantity, Verb
from sensors.templates import NoValue

_VACUUM_STATES = ("idle", "docked", "error", "paused", "returning", "cleaning")
_VACUUM_FEATURES = ("start", "stop", "return_home", "battery", "clean_spot")
_VACUUM_COMMANDS = (
    (Verb.START, "start", "payload_start", "start", "cleaning"),
    (Verb.STOP, "stop", "payload_stop", "stop", None),
    (Verb.PAUSE, "pause", "payload_pause", "pause", "paused"),
    (Verb.RETURN_HOME, "return_home", "payload_return_to_base", "return_to_base", "returning"),
    (Verb.CLEAN_SPOT, "clean_spot", "payload_clean_spot", "clean_spot", "cleaning"),
    (Verb.LOCATE, "locate", "payload_locate", "locate", None),
)
"""Verb, the feature that it needs, key of its payload with its default, and the state that proves it."""
_MOWER_STATES = ("error", "paused", "mowing", "docked", "returning")
_MOWER_COMMANDS = (
    (Verb.START, "start_mowing", "mowing"),
    (Verb.PAUSE, "pause", "paused"),
    (Verb.RETURN_HOME, "dock", None),
)


def vacuum(draft: Draft) -> None:
    schema = draft.text("schema", "state")
    if schema != "state":
        raise Refused("unsupported_schema", f"vacuums of the schema {schema[:40]!r} are not understood")
    features = draft.words("supported_features", _VACUUM_FEATURES)
    draft.aspect(STATE_ASPECT, Quantity.VACUUM)
    told = (STATE_ASPECT, "battery", "fan_speed")
    if draft.route("state_topic", _vacuum_reading, whole_json=True, tells=told):
        draft.aspect("battery", Quantity.BATTERY, "percent", numeric=True, expected=False)
        draft.aspect("fan_speed", Quantity.MODE, expected=False)
    for verb, feature, key, payload, proof in _VACUUM_COMMANDS:
        if feature in features:
            draft.command(verb, draft.text(key, payload), proof)
    speeds = draft.words("fan_speed_list")
    draft.command_with_value(
        Verb.SET_FAN_MODE, "{{ value }}", options=speeds, topic="set_fan_speed_topic", proof_aspect="fan_speed"
    )
    if draft.has("send_command_topic"):
        draft.note(Note.SEND_COMMAND_LEFT_OUT)


_READ_VACUUM = (
    ("state", one_of(_VACUUM_STATES)),
    ("battery_level", share("battery", 0, 100)),
    ("fan_speed", any_text("fan_speed")),
)


def _vacuum_reading(value: Any) -> Found:
    told = object_of(value)
    if told is None:
        raise Refused("not_an_object", "a vacuum sends a JSON object")
    found = [pair for key, read in _READ_VACUUM if told.get(key) is not None for pair in read(told[key])]
    if not found:
        raise NoValue("neither state nor battery nor speed in the payload")
    return found


def lawn_mower(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.LAWN_MOWER)
    draft.route("activity_state_topic", one_of(_MOWER_STATES), "activity_value_template")
    for verb, what, proof in _MOWER_COMMANDS:
        draft.command(verb, what, proof, topic=f"{what}_command_topic", template=f"{what}_command_template")
