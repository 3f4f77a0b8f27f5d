"""From one state topic to readings: where a value comes from in a payload, and what it means. Pure."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sensors.reading import STATE_ASPECT
from sensors.templates import NoValue, Template
from sensors.units import convert

LONGEST_STATE = 255
_NOTHING = frozenset({"", "None", "none", "null", "unknown", "unavailable"})

UNTIL_THEN = "idle"
"""The state of what only ever happens, up to that moment: so that the same again is another time."""

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
    momentary: bool = False
    """It tells what happens and is over at once: what the broker had kept, or was said earlier, has not happened."""


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


def numbers(aspect: str, from_unit: str | None = None, to_unit: str | None = None, *, nothing: str = "") -> Reader:
    def read(value: Any) -> Found:
        if nothing and str(value).strip() == nothing:
            raise NoValue("the device says that it has no value")
        number = number_of(value)
        if from_unit is not None and to_unit is not None:
            number = convert(number, from_unit, to_unit)
        return [(aspect, number)]

    return read


def share(aspect: str, empty: float, full: float, *, nothing: str = "") -> Reader:
    """A number between `empty` and `full` as whole percent."""

    def read(value: Any) -> Found:
        if nothing and str(value).strip() == nothing:
            raise NoValue("the device says that it has no value")
        return [(aspect, _percent(number_of(value), empty, full))]

    return read


def _percent(number: float, empty: float, full: float) -> float:
    return float(min(100, max(0, round((number - empty) / (full - empty) * 100))))


def words(meanings: Mapping[str, str], aspect: str = STATE_ASPECT, *, nothing: str = "") -> Reader:
    """One of the payloads that the device said it would send, as the canonical word for it.

    `nothing` is what it sends for no state at all, beside what everybody sends.
    """

    def read(value: Any) -> Found:
        said = str(value).strip()
        if said in meanings:
            return [(aspect, meanings[said])]
        if value is None or said in _NOTHING or said == nothing:
            raise NoValue("the device says that it has no state")
        raise Refused("unknown_state", f"{said[:60]!r} is none of {', '.join(sorted(meanings))}"[:200])

    return read


def one_of(options: Iterable[str], aspect: str = STATE_ASPECT, *, nothing: str = "") -> Reader:
    """One of a closed list of words, as it is; any text where the list is empty."""
    listed = {option: option for option in options}
    return words(listed, aspect, nothing=nothing) if listed else any_text(aspect, nothing=nothing)


def bounded(aspect: str, lowest: float, highest: float, *, nothing: str = "") -> Reader:
    """A number that the device itself said must lie between the two."""
    read_number = numbers(aspect, nothing=nothing)

    def read(value: Any) -> Found:
        [(_, number)] = read_number(value)
        if not lowest <= float(number) <= highest:
            raise Refused("out_of_range", f"{number:g} does not lie between {lowest:g} and {highest:g}")
        return [(aspect, number)]

    return read


def any_text(aspect: str = STATE_ASPECT, *, nothing: str = "") -> Reader:
    def read(value: Any) -> Found:
        said = " ".join("".join(letter if letter.isprintable() else " " for letter in str(value)).split())
        if value is None or said in _NOTHING or said == nothing:
            raise NoValue("the device says that it has no state")
        if len(said) > LONGEST_STATE:
            raise Refused("too_long", f"a state of {len(said)} characters; at most {LONGEST_STATE} are taken")
        return [(aspect, said)]

    return read


def object_of(value: Any) -> Mapping[str, Any] | None:
    """The JSON object in a template's text (or a payload's, already parsed); None where it is none."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


def state_or_object(read: Reader) -> Reader:
    """A state alone, or in an object beside other things."""

    def read_either(value: Any) -> Found:
        told = object_of(value)
        return read(value if told is None else told.get("state"))

    return read_either
