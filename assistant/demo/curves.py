"""How the numbers of the simulated house go over a day and over weeks. Pure functions of time and seed; no I/O.

The same curve answers for the past, when history is made up, and for now, when a device reports.
"""

import math
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Protocol
from zlib import crc32

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Curve(Protocol):
    """A number at any time."""

    def at(self, at_ms: int) -> float: ...


def chance(seed: int, name: str, index: int) -> float:
    """An even spread over 0..1 that is the same on every machine and in every version of Python."""
    mixed = (seed * 0x9E3779B97F4A7C15 + crc32(name.encode()) * 0xD1B54A32D192ED03 + index * 0x94D049BB133111EB) % 2**64
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
    return (mixed ^ (mixed >> 31)) / 2**64


@dataclass(frozen=True, kw_only=True)
class Sky:
    """The time of day in the house's zone, and chance that depends on the house's seed."""

    zone: tzinfo
    seed: int
    _offsets: dict[int, int] = field(default_factory=dict, repr=False)
    _knots: dict[tuple[str, int], float] = field(default_factory=dict, repr=False)

    def hour(self, at_ms: int) -> float:
        """Local hour of the day, 0 <= hour < 24."""
        return self._local_ms(at_ms) % DAY_MS / HOUR_MS

    def weekday(self, at_ms: int) -> int:
        """Monday is 0."""
        return (self._local_ms(at_ms) // DAY_MS + 3) % 7  # the epoch began on a Thursday

    def day(self, at_ms: int) -> date:
        return datetime.fromtimestamp(at_ms / 1000, self.zone).date()

    def _local_ms(self, at_ms: int) -> int:
        quarter = at_ms // (HOUR_MS // 4)
        offset_ms = self._offsets.get(quarter)
        if offset_ms is None:  # clocks change on a quarter of an hour, so one look-up serves for fifteen minutes
            offset = datetime.fromtimestamp(quarter * 900, self.zone).utcoffset()
            offset_ms = self._offsets[quarter] = int(offset.total_seconds() * 1000) if offset else 0
        return at_ms + offset_ms

    def wander(self, name: str, at_ms: int, hours: int) -> float:
        """A smooth course between -1 and 1 which turns about every so many hours."""
        step, rest = divmod(at_ms, hours * HOUR_MS)
        share = rest / (hours * HOUR_MS)
        ease = share * share * (3 - 2 * share)
        return self._knot(name, step) * (1 - ease) + self._knot(name, step + 1) * ease

    def _knot(self, name: str, step: int) -> float:
        knot = self._knots.get((name, step))
        if knot is None:
            knot = self._knots[name, step] = 2 * chance(self.seed, name, step) - 1
        return knot


@dataclass(frozen=True, kw_only=True)
class Bump:
    """Something that goes up between two hours of the day, gently: a shower, cooking, people in an office."""

    from_hour: float
    to_hour: float
    height: float

    def at(self, hour: float) -> float:
        if not self.from_hour < hour < self.to_hour:
            return 0.0
        return self.height * math.sin(math.pi * (hour - self.from_hour) / (self.to_hour - self.from_hour))


@dataclass(frozen=True, kw_only=True)
class Daily:
    """A daily wave, a slower wandering from day to day, and bumps; never outside of `lowest` and `highest`."""

    sky: Sky
    name: str
    base: float
    swing: float = 0.0
    peak_hour: float = 15.0
    drift: float = 0.0
    bumps: tuple[Bump, ...] = ()
    digits: int = 1
    lowest: float = -math.inf
    highest: float = math.inf

    def at(self, at_ms: int) -> float:
        hour = self.sky.hour(at_ms)
        value = self.base + self.swing * math.cos((hour - self.peak_hour) * math.pi / 12)
        value += self.drift * (
            0.75 * self.sky.wander(self.name, at_ms, 20) + 0.25 * self.sky.wander(self.name, at_ms, 1)
        )
        value += sum(bump.at(hour) for bump in self.bumps)
        return round(min(max(value, self.lowest), self.highest), self.digits)


@dataclass(frozen=True, kw_only=True)
class Daylight:
    """Light between sunrise and sunset, taken down by clouds, over what lamps give at night."""

    sky: Sky
    name: str
    brightest: float
    indoors: float = 0.0

    def at(self, at_ms: int) -> float:
        hour = self.sky.hour(at_ms)
        height = math.sin(math.pi * (hour - 6.5) / 13.5) if 6.5 < hour < 20 else 0.0
        clouds = 0.65 + 0.35 * self.sky.wander(self.name, at_ms, 2)
        evening = self.indoors if 18 <= hour < 23 else 0.0
        return float(round(self.brightest * height**1.5 * clouds + evening))


@dataclass(frozen=True, kw_only=True)
class Battery:
    """Charge in percent, going down by a little every month; `level` is what it is at `anchor_ms`."""

    level: float
    anchor_ms: int
    percent_per_month: float = 1.5

    def at(self, at_ms: int) -> float:
        months = (at_ms - self.anchor_ms) / (30 * DAY_MS)
        return float(round(min(max(self.level - months * self.percent_per_month, 0.0), 100.0)))


@dataclass(frozen=True, kw_only=True)
class Run:
    """An appliance that runs at the same hours on some days of the week (Monday is 0)."""

    from_hour: float
    to_hour: float
    watts: float
    weekdays: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, kw_only=True)
class Appliance:
    """Power in watts: little while it waits, much and somewhat uneven while it runs."""

    sky: Sky
    name: str
    standby: float
    runs: tuple[Run, ...]

    def at(self, at_ms: int) -> float:
        hour = self.sky.hour(at_ms)
        for run in self.runs:
            if run.from_hour <= hour < run.to_hour and self.sky.weekday(at_ms) in run.weekdays:
                return round(run.watts * (1 + 0.15 * self.sky.wander(self.name, at_ms, 1)), 1)
        return self.standby


@dataclass(frozen=True, kw_only=True)
class Compressor:
    """Power in watts of something that cools: on for a part of every cycle."""

    sky: Sky
    name: str
    watts: float
    standby: float = 1.8
    cycle_minutes: int = 50
    share: float = 0.4

    def at(self, at_ms: int) -> float:
        cycle, rest = divmod(at_ms, self.cycle_minutes * 60_000)
        share = self.share + 0.1 * (chance(self.sky.seed, self.name, cycle) - 0.5)
        if rest > share * self.cycle_minutes * 60_000:
            return self.standby
        return round(self.watts * (1 + 0.05 * self.sky.wander(self.name, at_ms, 1)), 1)


class Meter:
    """Energy in kilowatt-hours that a power curve has used since `origin_ms`, on top of `start`. Never goes down."""

    def __init__(self, power: Curve, *, origin_ms: int, start: float) -> None:
        self._power = power
        self._origin_ms = origin_ms
        self._totals = [start]

    def at(self, at_ms: int) -> float:
        hours, rest = divmod(max(at_ms - self._origin_ms, 0), HOUR_MS)
        while len(self._totals) <= hours + 1:
            self._totals.append(self._totals[-1] + self._hour(len(self._totals) - 1))
        used = self._totals[hours + 1] - self._totals[hours]
        return round(self._totals[hours] + used * rest / HOUR_MS, 3)

    def _hour(self, index: int) -> float:
        start_ms = self._origin_ms + index * HOUR_MS
        return sum(self._power.at(start_ms + minute * 60_000) for minute in range(0, 60, 5)) / 12 / 1000
