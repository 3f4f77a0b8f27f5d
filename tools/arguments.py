"""The argument models of the tools: few, closed, every field required and nullable where it may be absent.

A planner names things as the person did; code resolves them. No planner writes SQL, dates, topics or entity ids.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from sensors.periods import Period, canonical
from sensors.reading import Quantity, Verb

Word = Annotated[str, Field(min_length=1, max_length=60)]
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
    """null: what the named thing mainly reports."""
    where: Name | None
    """Room or device as the person said it; null: their room for latest, everywhere for list."""
    period: PeriodName | None
    """For mean to duration: today, last_night, last_3_hours, monday, yesterday_evening, last_week, march, november_5,
    since_this_morning."""
    state: State | None
    versus: Name | None
    """Second room or device, to compare with."""
    versus_period: PeriodName | None
    comparison: Comparison | None
    threshold: float | None
    unit: Unit | None


class DescribeHouse(_Arguments):
    topic: Topic
    where: Name | None
    quantity: Quantity | None


OFFERED_VERBS = tuple(verb for verb in Verb if verb is not Verb.SET_TEXT)
"""What a planner is told of. A text of any kind is for nobody to send by voice: what it does cannot be told."""


class ControlDevice(_Arguments):
    verb: Annotated[Verb, WithJsonSchema({"type": "string", "enum": [verb.value for verb in OFFERED_VERBS]})]
    what: Name
    """Device, room or group as the person said it: `desk lamp`, `all lights except kitchen`."""
    value: float | Word | None
    """Only for set_ verbs: the number, `+20` or `-20` for more or less, or the word for a mode, option or colour."""
    unit: Unit | None


MOST_ORDERS = 10


class ControlDevices(_Arguments):
    """Several orders that a person gave in one breath."""

    orders: Annotated[tuple[ControlDevice, ...], Field(min_length=2, max_length=MOST_ORDERS)]
    """In the order in which they were given."""


class TimerKind(StrEnum):
    """What rings: after some time, at some time of day, or with something to be said."""

    TIMER = "timer"
    ALARM = "alarm"
    REMINDER = "reminder"


class Half(StrEnum):
    AM = "am"
    PM = "pm"


class Day(StrEnum):
    """On which day an alarm or a reminder comes; the last ones come again and again."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    EVERY_DAY = "every_day"
    WEEKDAYS = "weekdays"
    WEEKENDS = "weekends"
    EVERY_MONDAY = "every_monday"
    EVERY_TUESDAY = "every_tuesday"
    EVERY_WEDNESDAY = "every_wednesday"
    EVERY_THURSDAY = "every_thursday"
    EVERY_FRIDAY = "every_friday"
    EVERY_SATURDAY = "every_saturday"
    EVERY_SUNDAY = "every_sunday"


Amount = Annotated[float, Field(ge=-100_000, le=100_000)]
ClockTime = Annotated[str, Field(pattern=r"^([01]?\d|2[0-3]):[0-5]\d$", examples=["7:00", "18:30"])]


class SetTimer(_Arguments):
    kind: TimerKind
    name: Name | None
    """`pasta` for "a pasta timer"."""
    message: Annotated[str, Field(min_length=1, max_length=200)] | None
    """Only for a reminder: of what."""
    hours: Amount | None
    minutes: Amount | None
    seconds: Amount | None
    clock: ClockTime | None
    """Time of day: `7:00`."""
    half: Half | None
    """null where the person did not say it."""
    day: Day | None
    """null: the next time it is so late."""
    extend: bool
    """true: adds the time to a timer that runs; takes off what is below 0."""


class ListTimers(_Arguments):
    kind: TimerKind | None
    name: Name | None


class CancelTimer(_Arguments):
    kind: TimerKind | None
    name: Name | None
    """`pasta`, `10 minute`, `7:00`, words of a reminder; null for the only one."""
    every: bool
    """true: all of that kind; with kind null all there are."""


class SetWatch(_Arguments):
    """`state`, `done` or a threshold: exactly one of them."""

    what: Name | None
    """Device or room as the person said it; null: anywhere."""
    quantity: Quantity | None
    state: State | None
    done: bool
    """true: a machine has finished."""
    comparison: Comparison | None
    threshold: float | None
    unit: Unit | None
    minutes: Annotated[float, Field(ge=0, le=1440)] | None
    """For how long it has to be so."""
    each_time: bool
    """false: once."""
    together: bool
    """true: all of them have to be in the state, `all windows closed`; false: any one."""


class ListWatches(_Arguments):
    pass


class CancelWatch(_Arguments):
    what: Name | None
    """null for the only one."""
    every: bool


class SummariseDay(_Arguments):
    day: Literal["today", "yesterday"]


ARGUMENTS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "query_sensors": QuerySensors,
        "describe_house": DescribeHouse,
        "control_device": ControlDevice,
        "control_devices": ControlDevices,
        "set_timer": SetTimer,
        "list_timers": ListTimers,
        "cancel_timer": CancelTimer,
        "set_watch": SetWatch,
        "list_watches": ListWatches,
        "cancel_watch": CancelWatch,
        "summarise_day": SummariseDay,
    }
)
"""By name of the tool."""
