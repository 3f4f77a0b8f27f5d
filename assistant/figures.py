"""Values, times and lengths of time as people say them, in one house's units and time zone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from assistant.words import UNITS, number
from sensors.spoken_units import Units, spoken_unit
from sensors.units import convert

_SCALES = frozenset({"celsius", "fahrenheit"})
_FINE = frozenset({"kilowatt_hours", "inches", "bars"})
"""Units that are so large that a tenth of one is worth telling apart."""


class Figures:
    """Speaks what is measured. A time is in Unix epoch milliseconds."""

    def __init__(self, *, zone: ZoneInfo, units: Units, clock_ms: Callable[[], int]) -> None:
        self._zone = zone
        self._units: Units = units
        self._clock_ms = clock_ms

    def now(self) -> datetime:
        """The time in the house's zone."""
        return self._local(self._clock_ms())

    def when(self, at_ms: int) -> str:
        """`today at 7:02`, `yesterday at 22:15`, `on Monday at 9:00`, `on 3 November at 9:00`."""
        at, now = self._local(at_ms), self.now()
        clock = f"{at.hour}:{at.minute:02d}"
        if at.date() == now.date():
            return f"today at {clock}"
        if at.date() == now.date() - timedelta(days=1):
            return f"yesterday at {clock}"
        if now - at < timedelta(days=6):
            return f"on {at:%A} at {clock}"
        year = "" if at.year == now.year else f" {at.year}"
        return f"on {at.day} {at:%B}{year} at {clock}"

    def ago(self, at_ms: int) -> str:
        minutes = max(0, round((self._clock_ms() - at_ms) / 60_000))
        if minutes < 1:
            return "just now"
        if minutes < 90:
            return f"{minutes} minute{'s' if minutes > 1 else ''} ago"
        hours = round(minutes / 60)
        return f"{hours} hours ago" if hours < 48 else f"{round(hours / 24)} days ago"

    def lasting(self, seconds: float) -> str:
        """A length of time: `45 seconds`, `12 minutes`, `2 hours and 10 minutes`, `3 days and 4 hours`."""
        if round(seconds) < 60:
            return _some(round(seconds), "second")
        minutes = round(seconds / 60)
        if minutes < 60:
            return _some(minutes, "minute")
        if minutes < 48 * 60:
            return _two(minutes // 60, "hour", minutes % 60, "minute")
        hours = round(minutes / 60)
        return _two(hours // 24, "day", hours % 24, "hour")

    def value(self, value: float | str, unit: str | None, *, heard_unit: str | None = None, full: bool = False) -> str:
        """A value as spoken, in the person's own units. `full` names the temperature scale."""
        if isinstance(value, str):
            return value.replace("_", " ")
        if unit is not None:
            wanted = heard_unit or spoken_unit(unit, self._units)
            value, unit = convert(value, unit, wanted), wanted
        scale = f" {unit.capitalize()}" if full and unit in _SCALES else ""
        return f"{_measured(value, unit)}{scale}"

    def difference(self, amount: float, unit: str | None) -> str:
        """How far apart two values lie: ten degrees Celsius apart are eighteen in Fahrenheit, not fifty."""
        if unit is not None:
            wanted = spoken_unit(unit, self._units)
            amount, unit = convert(amount, unit, wanted) - convert(0.0, unit, wanted), wanted
        return _measured(abs(amount), unit)

    def _local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, self._zone)


def _measured(value: float, unit: str | None) -> str:
    said = number(value, 2 if unit in _FINE else 1)
    name = UNITS.get(unit or "", (unit or "").replace("_", " "))
    if said in {"1", "-1"}:
        thing, per, time = name.partition(" per ")
        name = "inch" if thing == "inches" else thing.removesuffix("s") + per + time
    return f"{said} {name}".rstrip()


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _two(count: int, noun: str, rest: int, part: str) -> str:
    return f"{_some(count, noun)} and {_some(rest, part)}" if rest else _some(count, noun)
