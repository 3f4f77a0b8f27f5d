"""What questions about the readings are answered with: frozen values, numbers in the unit of their aspect."""

from dataclasses import dataclass
from enum import StrEnum

from sensors.periods import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a series says now."""

    value: float | str
    at_ms: int
    """When that was recorded; for a state, since when it holds."""
    seen_ms: int
    """When the device last reported the series at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A series took another value than it had."""

    value: float | str
    at_ms: int
    before: float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A numeric series over a span."""

    mean: float
    """Weighted with the time for which each sample held, so that a sensor which reports on change is not distorted."""
    minimum: float
    minimum_at_ms: int
    """When it was first that low; the start of the span for a value which held already then."""
    maximum: float
    maximum_at_ms: int
    count: int
    """Samples inside the span."""
    covered: float
    """Share of the span (0..1) for which a sample held."""
    gaps: tuple[Span, ...] = ()
    """The longest stretches, five at most, for which none held, longest first."""
    resolution_ms: int = 1
    """An hour where the single readings of an end of the span are gone: that end was moved to a whole hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """By how much a meter went up over a span."""

    value: float
    """Each increase counts at the time of the reading that shows it, so that the days of a week add up to the week."""
    resets: int
    """How often the meter began again; what it shows then counts from zero."""
    covered: float
    gaps: tuple[Span, ...] = ()
    resolution_ms: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrences:
    """How often a series came into a state within a span. The first value ever recorded is no coming."""

    count: int
    first_ms: int | None
    last_ms: int | None
    covered: float
    """Share of the span for which the state is known: from the first record of the series on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeInState:
    """For how long a series was in a state within a span. A state holds until the next one, however long."""

    ms: int
    known_ms: int
    longest_ms: int
    """The longest unbroken stretch, as far as it lies in the span; 0 where there is none."""
    longest_at_ms: int | None
    covered: float
    """Share of the span for which the state is known: from the first record of the series on."""


class Direction(StrEnum):
    """Where a series is going."""

    RISING = "rising"
    FALLING = "falling"
    STEADY = "steady"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The straight line that fits a numeric series best over a span."""

    slope_per_hour: float
    first: float
    """The value that held at the first moment with data; from hourly means where the single readings are gone."""
    last: float
    direction: Direction
    """Steady unless the line goes further over the span than the values scatter around it (standard deviation)."""
    covered: float
    resolution_ms: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows of each kind."""

    entities: int
    series: int
    numbers: int
    states: int
