"""What opens, closes, locks or drives about in a house file: how it speaks, and what it does when it is told."""

import json
from collections.abc import Mapping
from typing import Any

from assistant.eval.given import Given
from assistant.eval.kinds import is_number
from assistant.eval.sensing import two_states
from assistant.eval.simulated import Fields, Order, Part, echo, spoken, words


def lock(part: Part, given: Given) -> None:
    states = ("locked", "unlocked", "locking", "unlocking", "jammed", "open", "opening")
    state = given.state
    if isinstance(state, bool) or str(state).lower() in {"on", "off"}:
        state = "unlocked" if two_states(state, ("on", "off")) == "ON" else "locked"
    said = None if state is None else str(state).strip().lower()
    if said is not None and said not in states:
        raise ValueError(f"its state is {', '.join(states)}, not {given.state!r}")
    topic = part.device.state_topic = part.tells("state_topic", "state", said and said.upper())
    part.obeys("command_topic", "state", words(topic, {"LOCK": "LOCKED", "UNLOCK": "UNLOCKED"}))


def _opening(part: Part, given: Given, position_keys: tuple[str, str], always: bool) -> None:
    """State and position of what opens and closes; a position also where the state is one."""
    state, place = given.state, given.number("position", "current_position")
    if is_number(state):
        state, place = None, float(str(state))
    if isinstance(state, bool):
        state = "open" if state else "closed"
    if state is None and place is not None:
        state = "open" if place > 0 else "closed"
    if isinstance(state, str) and state.lower() in {"on", "off"}:
        state = "open" if state.lower() == "on" else "closed"
    if state is not None and str(state).lower() not in {"open", "closed", "opening", "closing", "stopped"}:
        raise ValueError(f"its state is open, closed, opening, closing or a position in percent, not {given.state!r}")
    said = None if state is None else str(state).lower()
    topic = part.device.state_topic = part.tells("state_topic", "state", said)
    also: Mapping[str, Fields] = {}
    if place is not None or always:
        if place is None and said in {"open", "closed"}:
            place = 100.0 if said == "open" else 0.0
        own = part.tells(position_keys[0], "position", spoken(place), "current_position")
        part.obeys(position_keys[1], "position", _travels(topic, own))
        also = {"OPEN": {own: "100"}, "CLOSE": {own: "0"}}
    part.obeys("command_topic", "state", words(topic, {"OPEN": "open", "CLOSE": "closed"}, also))


def _travels(state: str, position: str) -> Order:
    def obey(payload: str) -> Fields:
        if not is_number(payload):
            return {}
        return {position: payload, state: "open" if float(payload) > 0 else "closed"}

    return obey


def cover(part: Part, given: Given) -> None:
    """Goes to any position unless it is a garage door or a gate of which the file tells none."""
    device_class = given.kind.device_class
    if device_class:
        part.config["device_class"] = device_class
    _opening(part, given, ("position_topic", "set_position_topic"), device_class not in {"garage", "gate"})
    if (tilt := given.number("tilt", "current_tilt_position")) is not None:
        topic = part.tells("tilt_status_topic", "tilt", spoken(tilt), "current_tilt_position")
        part.obeys("tilt_command_topic", "tilt", echo(topic))


def valve(part: Part, given: Given) -> None:
    """With a position, that is all that it tells, as discovery wants it."""
    place = given.number("position", "current_position")
    if place is None and is_number(given.state):
        place = float(str(given.state))
    if place is None:
        _opening(part, given, ("", ""), always=False)
        part.config["payload_stop"] = "STOP"
        return
    part.config["reports_position"] = True
    topic = part.tells("state_topic", "state", spoken(place), "position", "current_position")
    part.device.state_topic = topic
    part.obeys("command_topic", "state", echo(topic))


def vacuum(part: Part, given: Given) -> None:
    states = ("idle", "docked", "error", "paused", "returning", "cleaning")
    state = given.state
    if isinstance(state, bool) or str(state).lower() in {"on", "off"}:
        state = "cleaning" if two_states(state, ("on", "off")) == "ON" else "docked"
    said = None if state is None else str(state).lower()
    if said is not None and said not in states:
        raise ValueError(f"its state is {', '.join(states)}, not {given.state!r}")
    speeds = given.listed("fan_speed_list")
    told: dict[str, Any] = {
        "state": said,
        "battery_level": given.number("battery_level", "battery"),
        "fan_speed": given.get("fan_speed"),
    }
    body = json.dumps({key: value for key, value in told.items() if value is not None})
    topic = part.device.state_topic = part.tells("state_topic", "state", body if body != "{}" else None)
    after = {"start": "cleaning", "pause": "paused", "stop": "idle", "return_to_base": "returning"}
    meanings = {order: json.dumps({"state": state}) for order, state in {**after, "clean_spot": "cleaning"}.items()}
    part.obeys("command_topic", "state", words(topic, meanings))
    part.config["supported_features"] = ["start", "stop", "pause", "return_home", "clean_spot", "locate", "battery"]
    if speeds:
        part.config["fan_speed_list"] = speeds
        part.obeys("set_fan_speed_topic", "fan_speed", lambda payload: {topic: json.dumps({"fan_speed": payload})})


def lawn_mower(part: Part, given: Given) -> None:
    said = given.one_of("error", "paused", "mowing", "docked", "returning")
    topic = part.device.state_topic = part.tells("activity_state_topic", "state", said)
    for what, after in (("start_mowing", "mowing"), ("pause", "paused"), ("dock", "docked")):
        part.obeys(f"{what}_command_topic", what, words(topic, {what: after}))
