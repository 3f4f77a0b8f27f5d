"""Named periods, resolved in the house's own time zone. Pure: the clock is an argument."""

from dataclasses import dataclass
from enum import StrEnum


class Period(StrEnum):
    """The closed set of periods that can be asked about. Weeks start on Monday."""

    LAST_HOUR = "last_hour"
    LAST_24_HOURS = "last_24_hours"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_MORNING = "this_morning"
    LAST_NIGHT = "last_night"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_YEAR = "this_year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open stretch of time, `start_ms <= t < end_ms`, in Unix epoch milliseconds."""

    start_ms: int
    end_ms: int
