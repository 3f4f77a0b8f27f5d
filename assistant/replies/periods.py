"""Periods as people say them: `in the last 3 hours`, `on Monday evening`, `since yesterday`."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from assistant.replies.figures import Figures
from assistant.replies.words import Count
from config.spoken_words import Said
from sensors.periods import A_MONTH, A_PART, A_YEAR, MONTHS, WEEKDAYS

Gaps = Mapping[str, str | None]


def period_words(period: str, say: Figures) -> str:
    """A period's name as it is said after a figure."""
    name = period.removeprefix("since_")
    after_figure, after_since = _said(name, say)
    return after_figure if name == period else say.spoken.periods.since.format(period=after_since)


def _said(name: str, say: Figures) -> Said:
    """Both ways to say it."""
    if known := say.spoken.periods.named.get(name):
        return known
    for pattern, said in _FORMS:
        if matched := pattern.fullmatch(name):
            return said(matched.groupdict(), say)
    raise AssertionError(f"{name!r} is no period")


def _filled(said: Said, **gaps: object) -> Said:
    first, second = (one.format(**gaps) for one in said)
    return first, second


def _rolling(gaps: Gaps, say: Figures) -> Said:
    return _filled(say.spoken.periods.last[str(gaps["unit"])], count=Count(str(gaps["count"])))


def _near(gaps: Gaps, say: Figures) -> Said:
    """A part of today or yesterday."""
    texts = say.spoken.periods
    near = texts.named[str(gaps["day"])][0]
    return _filled(texts.near_part, near=near, part=texts.near_parts[str(gaps["part"])])


def _days_ago(gaps: Gaps, say: Figures) -> Said:
    texts, part = say.spoken.periods, gaps["part"]
    count = Count(str(gaps["count"]))
    if part:
        return _filled(texts.days_ago_part, count=count, part=texts.date_parts[part])
    return _filled(texts.days_ago, count=count)


def _weekday(gaps: Gaps, say: Figures) -> Said:
    texts, part = say.spoken.periods, gaps["part"]
    weekday = say.spoken.moments.weekdays[WEEKDAYS.index(str(gaps["weekday"]))]
    if part:
        return _filled(texts.weekday_part, weekday=weekday, part=texts.weekday_parts[part])
    return _filled(texts.weekday, weekday=weekday)


def _month(gaps: Gaps, say: Figures) -> Said:
    texts, year = say.spoken.periods, gaps["year"]
    month = say.spoken.moments.months[MONTHS.index(str(gaps["month"]))]
    return _filled(texts.month_year, month=month, year=year) if year else _filled(texts.month, month=month)


def _date(gaps: Gaps, say: Figures) -> Said:
    if gaps.get("date"):
        return _on_day(date.fromisoformat(str(gaps["date"])), gaps, say, of_year=True)
    # A leap year, for the 29th of February.
    year = gaps["year"]
    day = date(int(year or 2000), MONTHS.index(str(gaps["month"])) + 1, int(str(gaps["day"])))
    return _on_day(day, gaps, say, of_year=year is not None)


def _on_day(day: date, gaps: Gaps, say: Figures, *, of_year: bool) -> Said:
    texts, said, part = say.spoken.periods, say.day(day, of_year=of_year), gaps["part"]
    return _filled(texts.date_part, day=said, part=texts.date_parts[part]) if part else _filled(texts.date, day=said)


def _clock(gaps: Gaps, say: Figures) -> Said:
    """A time of day, which is a period only after `since`."""
    hour, minute = int(str(gaps["hour"])), int(gaps["minute"] or 0)
    if gaps["half"]:
        hour = hour % 12 + 12 * (gaps["half"] == "pm")
    named = f"{gaps['hour']}{':' if gaps['minute'] else ''}{gaps['minute'] or ''} {gaps['half'] or ''}".rstrip()
    said = say.spoken.periods.clock.format(named=named, clock=say.clock(say.now().replace(hour=hour, minute=minute)))
    return said, said


_FORMS: tuple[tuple[re.Pattern[str], Callable[[Gaps, Figures], Said]], ...] = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"last_(?P<count>\d{1,4})_(?P<unit>minute|hour|day|week|month|year)s?", _rolling),
        (rf"(?P<day>today|yesterday){A_PART}", _near),
        (rf"(?P<count>\d{{1,4}})_days_ago{A_PART}", _days_ago),
        (rf"(?P<weekday>{'|'.join(WEEKDAYS)}){A_PART}", _weekday),
        (rf"(?P<date>\d{{4}}-\d\d-\d\d){A_PART}", _date),
        (rf"{A_MONTH}_(?P<day>\d{{1,2}}){A_YEAR}{A_PART}", _date),
        (rf"{A_MONTH}{A_YEAR}", _month),
        (r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?:_?(?P<half>am|pm))?", _clock),
    )
)
