"""Named periods, resolved in the house's own time zone. Pure: the clock is an argument."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
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


def resolve(period: Period, now_ms: int, zone: tzinfo) -> Span:
    """The stretch of time that a period means at `now_ms` for people who live in `zone`; it never ends after now.

    Days begin at local midnight, so that a day has 23 or 25 hours when the clocks change. Last night is from 22:00
    to 06:00 and this morning from 05:00 to 12:00; before 05:00 this morning is the night that is going on since 00:00.
    """
    now = datetime.fromtimestamp(now_ms / 1000, zone)
    rolling = _ROLLING.get(period)
    if rolling is not None:
        return Span(start_ms=now_ms - int(rolling.total_seconds() * 1000), end_ms=now_ms)
    start, end = _calendar(period, now, zone)
    start_ms = _epoch_ms(start)
    return Span(start_ms=start_ms, end_ms=max(start_ms, min(now_ms, _epoch_ms(end) if end else now_ms)))


_ROLLING = {
    Period.LAST_HOUR: timedelta(hours=1),
    Period.LAST_24_HOURS: timedelta(hours=24),
    Period.LAST_7_DAYS: timedelta(days=7),
    Period.LAST_30_DAYS: timedelta(days=30),
}


def _epoch_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _calendar(period: Period, now: datetime, zone: tzinfo) -> tuple[datetime, datetime | None]:
    """Start and end (None: now) of a period that goes by the calendar."""
    today = now.date()
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)

    def at(day: date, hour: int = 0) -> datetime:
        return datetime.combine(day, time(hour), zone)

    spans: dict[Period, tuple[datetime, datetime | None]] = {
        Period.TODAY: (at(today), None),
        Period.YESTERDAY: (at(today - timedelta(days=1)), at(today)),
        Period.THIS_MORNING: (at(today, 5), at(today, 12)) if now >= at(today, 5) else (at(today), None),
        Period.LAST_NIGHT: (at(today - timedelta(days=1), 22), at(today, 6)),
        Period.THIS_WEEK: (at(monday), None),
        Period.LAST_WEEK: (at(monday - timedelta(days=7)), at(monday)),
        Period.THIS_MONTH: (at(first), None),
        Period.LAST_MONTH: (at((first - timedelta(days=1)).replace(day=1)), at(first)),
        Period.THIS_YEAR: (at(today.replace(month=1, day=1)), None),
    }
    return spans[period]
