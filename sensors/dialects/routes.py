"""From one state topic to readings: where a value comes from in a payload, and what it means. Pure."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sensors.reading import STATE_ASPECT
from sensors.templates import NoValue, Template
from sensors.units import convert

LONGEST_STATE = 255
_NOTHING = frozenset({"", "None", "none", "null", "unknown", "unavailable"})

Found = Iterable[tuple[str, float | str]]
"""Names of aspects with their values."""

Reader = Callable[[Any], Found]
"""Takes what the template gave (or the payload's text), raises NoValue or Refused."""


class Refused(Exception):
    """A value or a definition that cannot be taken: `code` is counted, the message is for a person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One of the ways in which a topic's payload tells something about an entity."""

    entity_id: str
    topic: str
    read: Reader
    template: Template | None = None
    whole_json: bool = False
    """The reader takes the payload's JSON as it is, without a template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability:
    """A topic that tells whether an entity's device can be reached."""

    topic: str
    available: str
    not_available: str
    template: Template | None = None


def number_of(value: Any) -> float:
    """A finite number. Raises NoValue for words that mean none, Refused(not_a_number | not_finite) otherwise."""
    if value is None or (isinstance(value, str) and value.strip() in _NOTHING):
        raise NoValue("the device says that it has no value")
    try:
        if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
            raise ValueError
        number = float(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise Refused("not_a_number", f"{str(value)[:60]!r} is not a number") from error
    if not math.isfinite(number):
        raise Refused("not_finite", f"{str(value)[:60]!r} is not a finite number")
    return number


def numbers(aspect: str, from_unit: str | None = None, to_unit: str | None = None) -> Reader:
    def read(value: Any) -> Found:
        number = number_of(value)
        if from_unit is not None and to_unit is not None:
            number = convert(number, from_unit, to_unit)
        return [(aspect, number)]

    return read


def share(aspect: str, empty: float, full: float) -> Reader:
    """A number between `empty` and `full` as whole percent."""

    def read(value: Any) -> Found:
        return [(aspect, _percent(number_of(value), empty, full))]

    return read


def _percent(number: float, empty: float, full: float) -> float:
    return float(min(100, max(0, round((number - empty) / (full - empty) * 100))))


def words(meanings: Mapping[str, str], aspect: str = STATE_ASPECT) -> Reader:
    """One of the payloads that the device said it would send, as the canonical word for it."""

    def read(value: Any) -> Found:
        said = str(value).strip()
        if said in meanings:
            return [(aspect, meanings[said])]
        if value is None or said in _NOTHING:
            raise NoValue("the device says that it has no state")
        raise Refused("unknown_state", f"{said[:60]!r} is none of {', '.join(sorted(meanings))}"[:200])

    return read


def any_text(aspect: str = STATE_ASPECT) -> Reader:
    def read(value: Any) -> Found:
        said = " ".join("".join(letter if letter.isprintable() else " " for letter in str(value)).split())
        if value is None or said in _NOTHING:
            raise NoValue("the device says that it has no state")
        if len(said) > LONGEST_STATE:
            raise Refused("too_long", f"a state of {len(said)} characters; at most {LONGEST_STATE} are taken")
        return [(aspect, said)]

    return read


def json_light(brightness_scale: float | None) -> Reader:
    """Home Assistant's `json` schema: `{"state": "ON", "brightness": 128}`."""
    state = words({"ON": "on", "OFF": "off"})

    def read(value: Any) -> Found:
        if not isinstance(value, Mapping):
            raise Refused("not_an_object", "a light of the json schema sends a JSON object")
        found = list(state(value["state"])) if value.get("state") is not None else []
        if brightness_scale is not None and value.get("brightness") is not None:
            found += share("brightness", 0, brightness_scale)(value["brightness"])
        if not found:
            raise NoValue("neither state nor brightness in the payload")
        return found

    return read


class CoverReading:
    """A cover's state and position, which explain each other; remembers both as Home Assistant does."""

    def __init__(self, meanings: Mapping[str, str], closed: float, opened: float, *, has_state_topic: bool) -> None:
        self._words = words(meanings)
        self._position_reader = share("position", closed, opened)
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
        [(aspect, percent)] = self._position_reader(value)
        self._position = float(percent)
        found: list[tuple[str, float | str]] = [(aspect, percent)]
        if not self._has_state_topic:
            found.append((STATE_ASPECT, "closed" if percent == 0 else "open"))
        return found
