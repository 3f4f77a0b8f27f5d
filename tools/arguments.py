"""The argument models of the tools: few, closed, every field required and nullable where it may be absent.

A planner names things as the person did; code resolves them. No planner writes SQL, dates, topics or entity ids.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from sensors.periods import Period, canonical
from sensors.reading import WORD_VERBS, Quantity, Verb

Name = Annotated[str, Field(min_length=1, max_length=80)]
PeriodName = Annotated[str, Field(min_length=1, max_length=60, examples=list(Period)), AfterValidator(canonical)]


class AnswerKind(StrEnum):
    """What is asked of the series that were found."""

    LATEST = "latest"
    LIST = "list"
    LAST_CHANGE = "last_change"
    MEAN = "mean"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    TOTAL = "total"
    COUNT = "count"
    DURATION = "duration"
    TREND = "trend"
    NOT_REPORTING = "not_reporting"
    LOW_BATTERY = "low_battery"


class Comparison(StrEnum):
    ABOVE = "above"
    BELOW = "below"


class Unit(StrEnum):
    """Units in which a person may give a number."""

    CELSIUS = "celsius"
    FAHRENHEIT = "fahrenheit"
    PERCENT = "percent"
    WATTS = "watts"
    LUX = "lux"
    PPM = "ppm"


class State(StrEnum):
    """Canonical words for the states that can be asked about."""

    OPEN = "open"
    CLOSED = "closed"
    ON = "on"
    OFF = "off"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    DETECTED = "detected"
    CLEAR = "clear"
    PRESENT = "present"
    AWAY = "away"
    LOW = "low"
    NORMAL = "normal"
    CHARGING = "charging"
    NOT_CHARGING = "not_charging"
    COLD = "cold"
    HOT = "hot"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    LIGHT = "light"
    DARK = "dark"
    PLUGGED_IN = "plugged_in"
    UNPLUGGED = "unplugged"
    RUNNING = "running"
    STOPPED = "stopped"
    SAFE = "safe"
    UNSAFE = "unsafe"
    AVAILABLE = "available"
    UP_TO_DATE = "up_to_date"


class Topic(StrEnum):
    """What `describe_house` can tell."""

    ROOMS = "rooms"
    DEVICES = "devices"
    EXAMPLE_READING = "example_reading"


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class QuerySensors(_Arguments):
    answer: AnswerKind
    quantity: Quantity | None
    """null: whatever the named thing mainly reports."""
    where: Name | None
    """Room or device in the person's own words; null: the person's room for `latest`, everywhere for `list`."""
    period: PeriodName | None
    """For mean, minimum, maximum, total, count, duration, trend; else null. today, yesterday, last_night, last_3_hours,
    monday, yesterday_evening, weekend, last_week, march, november_5, since_this_morning."""
    state: State | None
    """For `list`, `last_change`, `count` and `duration`: the state in question."""
    versus: Name | None
    """Only to compare with a second room or device."""
    versus_period: PeriodName | None
    """Only to compare with a second period."""
    comparison: Comparison | None
    threshold: float | None
    unit: Unit | None


class DescribeHouse(_Arguments):
    topic: Topic
    where: Name | None
    quantity: Quantity | None


OFFERED_VERBS = tuple(verb for verb in Verb if verb not in WORD_VERBS)
"""What a planner is told of. A verb that takes a word is understood all the same, and refused in words."""


class ControlDevice(_Arguments):
    verb: Annotated[Verb, WithJsonSchema({"type": "string", "enum": [verb.value for verb in OFFERED_VERBS]})]
    what: Name
    """Device, room, or group in the person's own words: `front door`, `bedroom light`, `kitchen lights`."""
    value: float | None
    unit: Unit | None
