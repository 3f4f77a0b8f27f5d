"""Values, times and lengths of time as people say them, in one house's language, units and time zone."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from assistant.replies.words import Count, Words
from config.language import replies_for
from sensors.spoken_units import Units, spoken_unit
from sensors.units import convert

_SCALES = frozenset({"celsius", "fahrenheit"})
_FINE = frozenset({"kilowatt_hours", "inches", "bars"})
"""Units that are so large that a tenth of one is worth telling apart."""


class Figures:
    """Speaks what is measured. A time is in Unix epoch milliseconds."""

    def __init__(self, *, zone: ZoneInfo, units: Units, clock_ms: Callable[[], int], language: str = "en") -> None:
        """Raises LanguageError for a language that has no sentences."""
        self.words = Words(replies_for(language))
        self.spoken = self.words.spoken
        self._zone = zone
        self._units: Units = units
        self._clock_ms = clock_ms
        self._said = self.spoken.moments

    def now(self) -> datetime:
        """The time in the house's zone."""
        return self.local(self._clock_ms())

    def local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, self._zone)

    def when(self, at_ms: int) -> str:
        """`today at 7:02`, `yesterday at 22:15`, `on Monday at 9:00`, `on 3 November at 9:00`."""
        at, now = self.local(at_ms), self.now()
        if at.date() == now.date():
            return self._said.today.format(clock=self.clock(at))
        if at.date() == now.date() - timedelta(days=1):
            return self._said.yesterday.format(clock=self.clock(at))
        if now - at < timedelta(days=6):
            return self._on_weekday(at)
        day = self.day(at.date(), of_year=at.year != now.year)
        return self._said.date.format(day=day, clock=self.clock(at))

    def at(self, at_ms: int) -> str:
        """`at 7:05` for a time of today, else with its day."""
        at = self.local(at_ms)
        return self._said.at.format(clock=self.clock(at)) if at.date() == self.now().date() else self.when(at_ms)

    def coming(self, at_ms: int) -> str:
        """`today at 17:00`, `tomorrow at 7:00`, `on Friday at 7:00`, `on 3 December at 7:00`."""
        at = self.local(at_ms)
        match (at.date() - self.now().date()).days:
            case 0:
                return self._said.today.format(clock=self.clock(at))
            case 1:
                return self._said.tomorrow.format(clock=self.clock(at))
            case days if 0 < days < 7:
                return self._on_weekday(at)
            case _:
                return self._said.date.format(day=self.day(at.date(), of_year=False), clock=self.clock(at))

    def _on_weekday(self, at: datetime) -> str:
        return self._said.weekday.format(weekday=self._said.weekdays[at.weekday()], clock=self.clock(at))

    def clock(self, at: datetime) -> str:
        template = self._said.clock if at.minute else self._said.full_hour
        return template.format(hour=at.hour, minute=f"{at.minute:02d}", minutes=at.minute)

    def day(self, day: date, *, of_year: bool = True) -> str:
        """`3 November`, with its year where that is wanted."""
        template = self._said.day_of_year if of_year else self._said.day
        return template.format(day=day.day, month=self._said.months[day.month - 1], year=day.year)

    def ago(self, at_ms: int) -> str:
        minutes = max(0, round((self._clock_ms() - at_ms) / 60_000))
        if minutes < 1:
            return self._said.just_now
        if minutes < 90:
            return self._said.minutes_ago.format(count=Count(minutes))
        hours = round(minutes / 60)
        if hours < 48:
            return self._said.hours_ago.format(count=Count(hours))
        return self._said.days_ago.format(count=Count(round(hours / 24)))

    def lasting(self, seconds: float) -> str:
        """A length of time: `45 seconds`, `12 minutes`, `2 hours and 10 minutes`, `3 days and 4 hours`."""
        if round(seconds) < 60:
            return self.some(round(seconds), "seconds")
        minutes = round(seconds / 60)
        if minutes < 60:
            return self.some(minutes, "minutes")
        if minutes < 48 * 60:
            return self._two(minutes // 60, "hours", minutes % 60, "minutes")
        hours = round(minutes / 60)
        return self._two(hours // 24, "days", hours % 24, "hours")

    def wanted(self, value: float | str | None, unit: str | None) -> str:
        """What something is to be set to; empty for None."""
        if isinstance(value, str):
            return self.words.option(value)
        return "" if value is None else self.value(value, unit)

    def some(self, count: int, unit: str) -> str:
        return self.words.measured(str(count), unit)

    def _two(self, count: int, unit: str, rest: int, part: str) -> str:
        return self.words.joined([self.some(count, unit), *([self.some(rest, part)] if rest else [])])

    def value(self, value: float | str, unit: str | None, *, heard_unit: str | None = None, full: bool = False) -> str:
        """A value as spoken, in the person's own units. `full` names the temperature scale."""
        if isinstance(value, str):
            return self.words.state(value)
        if unit is not None:
            wanted = heard_unit or spoken_unit(unit, self._units)
            value, unit = convert(value, unit, wanted), wanted
        return f"{self.measured(value, unit)}{self.scale(unit) if full else ''}"

    def scale(self, unit: str | None) -> str:
        """The temperature scale's name, to be said after the degrees; empty for other units."""
        return f" {self.spoken.scales[unit]}" if unit in _SCALES else ""

    def difference(self, amount: float, unit: str | None) -> str:
        """How far apart two values lie: ten degrees Celsius apart are eighteen in Fahrenheit, not fifty."""
        if unit is not None:
            wanted = spoken_unit(unit, self._units)
            amount, unit = convert(amount, unit, wanted) - convert(0.0, unit, wanted), wanted
        return self.measured(abs(amount), unit)

    def measured(self, value: float, unit: str | None) -> str:
        """A number with a unit that is the person's own already."""
        return self.words.measured(self.words.number(value, 2 if unit in _FINE else 1), unit)
