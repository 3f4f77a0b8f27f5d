"""Periods by name, resolved in the house's own time zone. Pure: the clock is an argument.

A name is lower-case words with underscores, as people say it: `yesterday`, `last_3_hours`, `monday_evening`,
`march_2025`, `november_5`, `since_last_weekend`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum


class Period(StrEnum):
    """The names that hold no number, weekday, month or part of a day. Weeks start on Monday."""

    LAST_HOUR = "last_hour"
    LAST_24_HOURS = "last_24_hours"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_MORNING = "this_morning"
    THIS_AFTERNOON = "this_afternoon"
    THIS_EVENING = "this_evening"
    LAST_NIGHT = "last_night"
    WEEKEND = "weekend"
    LAST_WEEKEND = "last_weekend"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
PARTS = {"morning": (5, 12), "afternoon": (12, 18), "evening": (18, 22), "night": (22, 30)}
"""Hours of a day's parts, counted from its midnight: a night ends at six the next morning."""

MOST_UNITS = 1000


class NoSuchPeriod(ValueError):
    """No period has that name, or it has not begun; the message says which, or gives examples of what would do."""


class NotBegun(NoSuchPeriod):
    """It lies in the future."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open stretch of time, `start_ms <= t < end_ms`, in Unix epoch milliseconds."""

    start_ms: int
    end_ms: int


def canonical(said: str) -> str:
    """The name of a period that was said as `the last 3 hours` or `On Monday`. Raises NoSuchPeriod."""
    words = re.sub(r"[\s_]+", "_", said.strip().lower())
    words = re.sub(r"^(since_)?(?:(?:in|on|during|over|for|of|within|the)_)+", r"\1", words)
    name = re.sub(r"^(since_)?past_", r"\1last_", words)
    if name.startswith("last_") and name.removeprefix("last_") in WEEKDAYS:
        name = name.removeprefix("last_")
    base = name.removeprefix("since_")
    if not any(pattern.fullmatch(base) for pattern, _ in _FORMS) and not (base != name and _CLOCK.fullmatch(base)):
        raise NoSuchPeriod(
            f"no period is called {said[:40]!r}; say for example yesterday, last_3_hours, monday, "
            "this_morning, weekend, march, november_5 or since_yesterday"
        )
    return name


def resolve(period: str, now_ms: int, zone: tzinfo) -> Span:
    """The stretch of time that a period means at `now_ms` for people who live in `zone`; it never ends after now.

    Days begin at local midnight, so that a day has 23 or 25 hours when the clocks change; months and years that are
    counted back keep the time of day. A weekday, a month or a date is the latest that has begun, and a weekday never
    today. Last night is from 22:00 to 06:00 and this morning from 05:00 to 12:00; before 05:00 this morning is the
    night that is going on since 00:00. `since_x` lasts from the beginning of x until now. Raises NoSuchPeriod.
    """
    name = canonical(period)
    now = datetime.fromtimestamp(now_ms / 1000, zone)
    start, end = _stretch(name.removeprefix("since_"), now)
    if name.startswith("since_"):
        end = None
    start_ms = _epoch_ms(start)
    if start_ms > now_ms:
        raise NotBegun(f"{name.replace('_', ' ')} has not begun yet")
    return Span(start_ms=start_ms, end_ms=max(start_ms, min(now_ms, _epoch_ms(end) if end else now_ms)))


Stretch = tuple[datetime, datetime | None]
"""Start and end of a period, whatever the time is now; None: it goes on until now."""


def _stretch(name: str, now: datetime) -> Stretch:
    for pattern, stretch in (*_FORMS, (_CLOCK, _time_of_day)):
        if matched := pattern.fullmatch(name):
            try:
                return stretch(matched, now)
            except (ValueError, OverflowError) as error:
                raise NoSuchPeriod(f"there is no {name.replace('_', ' ')}: {error}") from error
    raise NoSuchPeriod(f"no period is called {name!r}")


def _epoch_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _at(day: date, now: datetime, hour: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), now.tzinfo)


def _rolling(matched: re.Match[str], now: datetime) -> Stretch:
    count, unit = int(matched["count"] or 1), matched["unit"]
    if not 1 <= count <= MOST_UNITS:
        raise ValueError(f"the number must lie between 1 and {MOST_UNITS}")
    if unit in {"month", "year"}:
        return _months_back(now, count * (12 if unit == "year" else 1)), None
    # Counted in real time: the last 24 hours are 24 hours also when the clocks change.
    instant = now.timestamp() - timedelta(**{f"{unit}s": count}).total_seconds()
    return datetime.fromtimestamp(instant, now.tzinfo), None


def _months_back(now: datetime, months: int) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    first = now.replace(year=year, month=month + 1, day=1)
    return first.replace(day=min(now.day, (_month_after(first.date()) - timedelta(days=1)).day))


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _part_of_today(matched: re.Match[str], now: datetime) -> Stretch:
    if matched["part"] == "morning" and now < _at(now.date(), now, PARTS["morning"][0]):
        return _at(now.date(), now), None
    return _day_part(now.date(), matched["part"], now)


def _last_night(_: re.Match[str], now: datetime) -> Stretch:
    return _day_part(now.date() - timedelta(days=1), "night", now)


def _day_part(day: date, part: str | None, now: datetime) -> Stretch:
    first, last = PARTS[part] if part else (0, 24)
    return _at(day, now, first), _at(day, now, last)


def _near_day(matched: re.Match[str], now: datetime) -> Stretch:
    back = 0 if matched["day"] == "today" else int(matched["back"] or 1)
    return _day_part(now.date() - timedelta(days=back), matched["part"], now)


def _weekday(matched: re.Match[str], now: datetime) -> Stretch:
    back = (now.weekday() - WEEKDAYS.index(matched["weekday"]) - 1) % 7 + 1
    return _day_part(now.date() - timedelta(days=back), matched["part"], now)


def _written_date(matched: re.Match[str], now: datetime) -> Stretch:
    return _day_part(_since_1970(date.fromisoformat(matched["date"])), matched["part"], now)


def _since_1970(day: date) -> date:
    if day.year < 1970:
        raise ValueError("years begin with 1970")
    return day


def _date(matched: re.Match[str], now: datetime) -> Stretch:
    month, day, year = MONTHS.index(matched["month"]) + 1, int(matched["day"]), matched["year"]
    if year:
        return _day_part(_since_1970(date(int(year), month, day)), matched["part"], now)
    date(2000, month, day)  # a leap year: raises for what is in no year
    for earlier in range(9):  # the 29th of February can be eight years away
        try:
            found = date(now.year - earlier, month, day)
        except ValueError:
            continue
        if found <= now.date():
            return _day_part(found, matched["part"], now)
    raise ValueError("not in the last years")


def _month(matched: re.Match[str], now: datetime) -> Stretch:
    month = MONTHS.index(matched["month"]) + 1
    year = int(matched["year"]) if matched["year"] else now.year - (month > now.month)
    first = _since_1970(date(year, month, 1))
    return _at(first, now), _at(_month_after(first), now)


def _calendar(matched: re.Match[str], now: datetime) -> Stretch:
    today, back = now.date(), matched["which"] == "last"
    match matched["unit"]:
        case "week":
            first = today - timedelta(days=today.weekday() + 7 * back)
            return _at(first, now), _at(first + timedelta(days=7), now)
        case "month":
            first = (today.replace(day=1) - timedelta(days=back)).replace(day=1)
            return _at(first, now), _at(_month_after(first), now)
    first = date(today.year - back, 1, 1)
    return _at(first, now), _at(date(first.year + 1, 1, 1), now)


def _weekend(matched: re.Match[str], now: datetime) -> Stretch:
    """The one that is going on, else the one before; `last` is never the one that is going on."""
    today = now.date()
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    going_on = today.weekday() >= 5
    if going_on and matched["which"] == "last":
        saturday -= timedelta(days=7)
    return _at(saturday, now), _at(saturday + timedelta(days=2), now)


def _time_of_day(matched: re.Match[str], now: datetime) -> Stretch:
    hour = int(matched["hour"])
    if half := matched["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("hours with am or pm go from 1 to 12")
        hour = hour % 12 + 12 * (half == "pm")
    clock = time(hour, int(matched["minute"] or 0))
    today = datetime.combine(now.date(), clock, now.tzinfo)
    return (today if today <= now else datetime.combine(now.date() - timedelta(days=1), clock, now.tzinfo)), None


A_PART = rf"(?:_(?P<part>{'|'.join(PARTS)}))?"
A_MONTH = rf"(?P<month>{'|'.join(MONTHS)})"
A_YEAR = r"(?:_(?P<year>\d{4}))?"

_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], Stretch]], ...] = tuple(
    (re.compile(pattern), stretch)
    for pattern, stretch in (
        (r"last_night", _last_night),
        (r"this_(?P<part>morning|afternoon|evening)", _part_of_today),
        (r"(?P<which>this|last)_(?P<unit>week|month|year)", _calendar),
        (r"(?:(?P<which>this|last)_)?weekend", _weekend),
        (r"last_(?:(?P<count>\d{1,4})_)?(?P<unit>minute|hour|day|week|month|year)s?", _rolling),
        (rf"(?P<day>today|yesterday|(?P<back>\d{{1,4}})_days_ago){A_PART}", _near_day),
        (rf"(?P<weekday>{'|'.join(WEEKDAYS)}){A_PART}", _weekday),
        (rf"(?P<date>\d{{4}}-\d\d-\d\d){A_PART}", _written_date),
        (rf"{A_MONTH}_(?P<day>\d{{1,2}}){A_YEAR}{A_PART}", _date),
        (rf"{A_MONTH}{A_YEAR}", _month),
    )
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?:_?(?P<half>am|pm))?")
"""A time of day, which is a period only with `since_`."""
