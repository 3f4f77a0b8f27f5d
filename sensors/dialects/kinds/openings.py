"""What opens and closes: locks, covers and valves."""

from collections.abc import Mapping
from typing import Any

from sensors.dialects.draft import Draft
from sensors.dialects.notes import Note
from sensors.dialects.routes import Found, Reader, Refused, object_of, share, state_or_object, words
from sensors.reading import STATE_ASPECT, Quantity, Verb

COVER_CLASSES = {
    "garage": Quantity.GARAGE_DOOR,
    "gate": Quantity.GATE,
    "door": Quantity.DOOR,
    "window": Quantity.WINDOW,
}
_LOCK_STATES = ("locked", "unlocked", "locking", "unlocking", "jammed", "open", "opening")


def lock(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.LOCK)
    meanings = {draft.text(f"state_{state}", state.upper()): state for state in _LOCK_STATES}
    nothing = draft.text("payload_reset", "None")
    draft.route("state_topic", words(meanings, nothing=nothing), "value_template")
    if draft.has("code_format"):
        draft.note(Note.CODE_NEEDED)
        return
    draft.command(Verb.LOCK, draft.text("payload_lock", "LOCK"), "locked", template="command_template")
    draft.command(Verb.UNLOCK, draft.text("payload_unlock", "UNLOCK"), "unlocked", template="command_template")
    draft.command(Verb.OPEN, draft.text("payload_open"), "open", template="command_template")


class CoverReading:
    """A cover's state and position, which explain each other; remembers both as Home Assistant does."""

    def __init__(self, meanings: Mapping[str, str], position: Reader, tilt: Reader, *, has_state_topic: bool) -> None:
        self._words = words(meanings)
        self._position_reader = position
        self._tilt_reader = tilt
        self._has_state_topic = has_state_topic
        self._position: float | None = None
        self._state: str | None = None

    def state(self, value: Any) -> Found:
        [(aspect, said)] = self._words(value)
        if said == "stopped":
            if self._position is not None:
                said = "closed" if self._position == 0 else "open"
            else:
                said = "closed" if self._state in {"closed", "closing"} else "open"
        self._state = str(said)
        return [(aspect, said)]

    def position(self, value: Any) -> Found:
        """A number, or an object with the position and perhaps the tilt."""
        told = object_of(value)
        [(aspect, percent)] = self._position_reader(value if told is None else told.get("position"))
        self._position = float(percent)
        found: list[tuple[str, float | str]] = [(aspect, percent)]
        if told is not None and told.get("tilt_position") is not None:
            found += self._tilt_reader(told["tilt_position"])
        if not self._has_state_topic:
            found.append((STATE_ASPECT, "closed" if percent == 0 else "open"))
        return found


def cover(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, COVER_CLASSES.get(draft.text("device_class"), Quantity.COVER))
    states = ("open", "closed", "opening", "closing", "stopped")
    meanings = {draft.text(f"state_{state}", state): state for state in states}
    position = _percent(draft, "position", "position_closed", "position_open")
    tilt = _percent(draft, "tilt", "tilt_min", "tilt_max")
    reading = CoverReading(meanings, position, tilt, has_state_topic=draft.has("state_topic"))
    draft.route("state_topic", reading.state, "value_template")
    told = ("position",) if draft.has("state_topic") else ("position", STATE_ASPECT)
    if draft.route("position_topic", reading.position, "position_template", tells=told):
        draft.aspect("position", Quantity.POSITION, "percent", numeric=True)
    _moves(draft, Verb.SET_POSITION, "set_position", "position", "position_closed", "position_open")
    draft.told_aspect("tilt", Quantity.TILT, "percent", "tilt_status_topic", tilt, "tilt_status_template")
    _moves(draft, Verb.SET_TILT, "tilt_command", "tilt", "tilt_min", "tilt_max")
    draft.command(Verb.OPEN, _payload(draft, "payload_open", "OPEN"), "open")
    draft.command(Verb.CLOSE, _payload(draft, "payload_close", "CLOSE"), "closed")
    draft.command(Verb.STOP, _payload(draft, "payload_stop", "STOP"), None)


def _payload(draft: Draft, key: str, default: str) -> str:
    """Nothing for a device that says `null`: it cannot do that."""
    return "" if key in draft.config and draft.config[key] is None else draft.text(key, default)


def _ends(draft: Draft, closed_key: str, open_key: str) -> tuple[float, float]:
    closed, opened = draft.number(closed_key, 0), draft.number(open_key, 100)
    if closed == opened:
        raise Refused("bad_definition", f"{open_key} and {closed_key} are the same")
    return closed, opened


def _percent(draft: Draft, aspect: str, closed_key: str, open_key: str) -> Reader:
    return share(aspect, *_ends(draft, closed_key, open_key))


def _moves(draft: Draft, verb: Verb, what: str, aspect: str, closed_key: str, open_key: str) -> None:
    """A command to go part of the way; its template may know the ends by name."""
    closed, opened = _ends(draft, closed_key, open_key)
    payload = draft.source(f"{what}_template")
    for key in (closed_key, open_key):
        if key in payload:
            payload = f"{{% set {key} = {draft.number(key, 0 if key == closed_key else 100)!r} %}}{payload}"
    draft.command_with_value(
        verb,
        payload,
        topic=f"{what}_topic",
        proof_aspect=aspect,
        unit="percent",
        minimum=0,
        maximum=100,
        scale=(opened - closed) / 100,
        offset=closed,
        decimals=0,
    )


def valve(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.VALVE)
    by_position = draft.flag("reports_position")
    moving = {draft.text(f"state_{state}", state): state for state in ("opening", "closing")}
    if by_position:
        closed, opened = _ends(draft, "position_closed", "position_open")
        read = _valve_position(share("position", closed, opened), moving)
        draft.route("state_topic", read, "value_template", tells=(STATE_ASPECT, "position"))
        draft.aspect("position", Quantity.POSITION, "percent", numeric=True)
        for verb, place, proof in ((Verb.OPEN, opened, "open"), (Verb.CLOSE, closed, "closed")):
            variables = {"position": 100 if proof == "open" else 0}
            draft.command(verb, f"{place:g}", proof, template="command_template", variables=variables)
        _moves(draft, Verb.SET_POSITION, "command", "position", "position_closed", "position_open")
    else:
        meanings = moving | {draft.text(f"state_{state}", state): state for state in ("open", "closed")}
        draft.route("state_topic", state_or_object(words(meanings)), "value_template")
        for verb, key, payload, proof in (
            (Verb.OPEN, "payload_open", "OPEN", "open"),
            (Verb.CLOSE, "payload_close", "CLOSE", "closed"),
        ):
            draft.command(verb, _payload(draft, key, payload), proof, template="command_template")
    draft.command(Verb.STOP, draft.text("payload_stop"), None, template="command_template")


def _valve_position(read: Reader, moving: Mapping[str, str]) -> Reader:
    """A position, a word for moving, or an object with both."""

    def read_either(value: Any) -> Found:
        told = object_of(value)
        state, place = (value, value) if told is None else (told.get("state"), told.get("position"))
        on_its_way = moving.get(str(state).strip())
        if on_its_way is not None and (told is None or place is None):
            return [(STATE_ASPECT, on_its_way)]
        [(aspect, percent)] = read(place)
        return [(aspect, percent), (STATE_ASPECT, on_its_way or ("closed" if percent == 0 else "open"))]

    return read_either
