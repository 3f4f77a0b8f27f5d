"""What the tools answer with that watch the house for its people, and that tell how its day was."""

from dataclasses import dataclass

from sensors.reading import Quantity, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRow:
    """What is watched for. `state` or a limit, or with `done` that a machine has finished."""

    names: tuple[str, ...]
    """What is watched; of several any one, or with `together` all at once."""
    room: str | None
    """Of one thing, where it is."""
    quantity: Quantity
    state: str | None
    comparison: str | None
    limit: float | None
    unit: str | None
    """Of the limit: the unit of the readings."""
    done: bool
    hold_seconds: int
    each_time: bool
    lapses_ms: int
    together: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSetAnswer:
    """It is watched for from now on."""

    row: WatchRow
    lasts_seconds: int
    """After so long it lapses."""
    so_now: bool = False
    """It is so already, and only the next time is told."""
    not_running: bool = False
    """The machine is not running, and what is told is the end of its next run."""
    silent: bool = False
    """It says nothing now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchesAnswer:
    """What is watched for, the oldest first; may be empty."""

    rows: tuple[WatchRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchesCancelledAnswer:
    """What is not watched for any more; never empty."""

    rows: tuple[WatchRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """The highest or the lowest that a room had."""

    name: str
    room: str | None
    quantity: Quantity
    value: float
    unit: str | None
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What was done to one thing, as its device has reported it."""

    name: str
    verb: Verb
    value: float | str | None
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySummaryAnswer:
    """How a day was. Lists are empty where there was nothing; `open_now` to `silent` are of now."""

    day: str
    warmest: Extreme | None
    coldest: Extreme | None
    has_openings: bool
    """Whether anything reports whether it is open."""
    open_now: tuple[str, ...]
    low_batteries: tuple[str, ...]
    silent: tuple[str, ...]
    knows_deeds: bool
    """False for who is not to know what others did."""
    deeds: tuple[Deed, ...]
    """The last ones; `done` says how many there were."""
    done: int
    told: tuple[str, ...]
    """What was told without having been asked for, in the words in which it was; the last ones."""
    told_count: int
    rang: int
    """How many timers, alarms and reminders."""
