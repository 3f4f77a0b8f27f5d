"""When a timer, an alarm or a reminder is due. Pure: the clock is an argument; days and hours are the house's own."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo

from sensors.periods import WEEKDAYS
from tools.arguments import Day, Half, TimerKind

_DAYS_AHEAD = 9
"""Within so many days every day that can be named has come."""

_MORNING_HOURS = range(7, 13)
"""Said without am or pm, a reminder for tomorrow at nine is for the morning, one at five for the afternoon."""

REPEATING = frozenset(day for day in Day if day.startswith("every_")) | {Day.WEEKDAYS, Day.WEEKENDS}


def clock_times(clock: str, half: Half | None, kind: TimerKind, day: Day | None) -> tuple[time, ...]:
    """The times of day that `7:00` can mean: one, or both where nobody said which and the nearer one will do."""
    hour, minute = (int(part) for part in clock.split(":"))
    if half is not None and 1 <= hour <= 12:
        return (time(hour % 12 + 12 * (half is Half.PM), minute),)
    if half is not None or not 1 <= hour <= 12 or clock.startswith("0"):
        return (time(hour, minute),)
    if day is None or day is Day.TODAY:
        return time(hour % 12, minute), time(hour % 12 + 12, minute)
    if kind is TimerKind.REMINDER and hour not in _MORNING_HOURS:
        return (time(hour + 12, minute),)
    return (time(hour, minute),)


def next_time(at: time, day: Day | None, after_ms: int, zone: tzinfo) -> int | None:
    """The first epoch ms after `after_ms` at which clocks in `zone` show this on such a day; None: never again.

    Where clocks go forward over it, it is the moment at which they do. Where they go back, the hour that comes twice
    counts twice only for what comes once: said within it, it may mean the second.
    """
    for day_on in _days(day, datetime.fromtimestamp(after_ms / 1000, zone).date()):
        for fold in (0,) if day in REPEATING else (0, 1):
            moment_ms = _moment_ms(datetime.combine(day_on, at, zone).replace(fold=fold))
            if moment_ms > after_ms:
                return moment_ms
    return None


def _days(day: Day | None, today: date) -> Iterator[date]:
    if day is Day.TODAY:
        yield today
    elif day is Day.TOMORROW:
        yield today + timedelta(days=1)
    else:
        yield from (one for ahead in range(_DAYS_AHEAD) if _is_on(day, one := today + timedelta(days=ahead)))


def _is_on(day: Day | None, one: date) -> bool:
    match day:
        case None | Day.EVERY_DAY:
            return True
        case Day.WEEKDAYS:
            return one.weekday() < 5
        case Day.WEEKENDS:
            return one.weekday() >= 5
    return WEEKDAYS[one.weekday()] == day.removeprefix("every_")


def _moment_ms(wanted: datetime) -> int:
    """Of a time that clocks never show, the moment at which they jump over it."""
    found = wanted.timestamp()
    shown = datetime.fromtimestamp(found, wanted.tzinfo).replace(tzinfo=None)
    if shown == wanted.replace(tzinfo=None, fold=0):
        return round(found * 1000)
    before, after = sorted((wanted.replace(fold=0).timestamp(), wanted.replace(fold=1).timestamp()))
    while after - before > 1:
        middle = (before + after) // 2
        reached = datetime.fromtimestamp(middle, wanted.tzinfo).replace(tzinfo=None) >= wanted.replace(tzinfo=None)
        before, after = (before, middle) if reached else (middle, after)
    return round(after * 1000)
