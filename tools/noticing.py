"""What a house should tell by itself: dangers, batteries that are low, devices that have gone silent. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sensors.freshness import BATTERIES, LOW_BATTERY_PERCENT, is_low_battery, is_stale
from sensors.home import House
from sensors.measures import Sample
from sensors.reading import Aspect, Component, Entity, Quantity, SeriesKey
from tools.names import device_name, spoken_name

WELL_PERCENT = LOW_BATTERY_PERCENT + 10
"""A battery whose charge only wavers is not told of twice."""
GONE_MS = 3_600_000
"""Out of reach for so long is silent; bridges and mesh networks come and go."""
OVER_MS = 60_000
"""A danger is over when it has been for so long."""


class Kind(StrEnum):
    """Each can be switched off in the settings, by the same name."""

    LEAK = "leak"
    SMOKE = "smoke"
    CARBON_MONOXIDE = "carbon_monoxide"
    GAS = "gas"
    LOW_BATTERY = "low_battery"
    SILENT = "silent"


DANGERS: Mapping[Quantity, Kind] = {
    Quantity.LEAK: Kind.LEAK,
    Quantity.SMOKE: Kind.SMOKE,
    Quantity.CARBON_MONOXIDE_ALARM: Kind.CARBON_MONOXIDE,
    Quantity.GAS_ALARM: Kind.GAS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one thing is, of which one kind of notice can be given."""

    kind: Kind
    thing: str
    """A device, told from all others."""
    name: str
    quantity: Quantity
    series: SeriesKey
    bad: bool | None
    """None: neither bad nor well again."""
    value: float | str | None = None
    unit: str | None = None
    seen_ms: int = 0
    """When it was last heard."""
    unreachable: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.kind.value, self.thing


def findings(
    house: House,
    latest: Mapping[SeriesKey, Sample],
    gone_since_ms: Mapping[str, int],
    now_ms: int,
    wanted: Collection[Kind],
) -> tuple[Finding, ...]:
    """One for each thing and kind; of several that say the same of one thing the worst."""
    found: dict[tuple[str, str], Finding] = {}
    for finding in (
        *_dangers(house, latest, now_ms),
        *_batteries(house, latest),
        *_silent(house, latest, gone_since_ms, now_ms),
    ):
        known = found.get(finding.key)
        if finding.kind in wanted and (known is None or (finding.bad is True and known.bad is not True)):
            found[finding.key] = finding
    return tuple(found.values())


def thing_of(entity: Entity) -> str:
    return f"{entity.room or ''}/{entity.device}" if entity.device else entity.id


def _dangers(house: House, latest: Mapping[SeriesKey, Sample], now_ms: int) -> Iterator[Finding]:
    for entity, aspect, key in house.series():
        sample = latest.get(key)
        if sample is None or aspect.numeric or aspect.quantity not in DANGERS:
            continue
        bad = sample.value == "detected"
        long_over = not bad and now_ms - sample.at_ms >= OVER_MS
        yield Finding(
            kind=DANGERS[aspect.quantity],
            thing=entity.id,
            name=spoken_name(entity, house),
            quantity=aspect.quantity,
            series=key,
            bad=True if bad else False if long_over else None,
            seen_ms=sample.seen_ms,
        )


def _batteries(house: House, latest: Mapping[SeriesKey, Sample]) -> Iterator[Finding]:
    for entity, aspect, key in house.series():
        sample = latest.get(key)
        if sample is None or aspect.quantity not in BATTERIES:
            continue
        number = sample.value if isinstance(sample.value, float | int) else None
        wavers = number is not None and LOW_BATTERY_PERCENT <= number < WELL_PERCENT
        yield Finding(
            kind=Kind.LOW_BATTERY,
            thing=thing_of(entity),
            name=device_name(entity, house),
            quantity=aspect.quantity,
            series=key,
            bad=None if wavers else is_low_battery(aspect.quantity, sample.value),
            value=number,
            unit=aspect.unit,
            seen_ms=sample.seen_ms,
        )


def _silent(
    house: House, latest: Mapping[SeriesKey, Sample], gone_since_ms: Mapping[str, int], now_ms: int
) -> Iterator[Finding]:
    """Numbers are what a device is known to live by: a door that is not opened has nothing to say for days."""
    devices: dict[str, list[tuple[Entity, Aspect, Sample]]] = {}
    for entity, aspect, key in house.series():
        # People and their telephones come and go.
        if aspect.expected and key in latest and entity.component is not Component.DEVICE_TRACKER:
            devices.setdefault(thing_of(entity), []).append((entity, aspect, latest[key]))
    for thing, series in devices.items():
        entity, aspect, _ = series[0]
        numbers = [one for one in series if one[1].numeric] or series
        gone = any(now_ms - gone_since_ms.get(one.id, now_ms) >= GONE_MS for one, _, _ in series)
        old = all(is_stale(one, its, sample.seen_ms, now_ms) for one, its, sample in numbers)
        yield Finding(
            kind=Kind.SILENT,
            thing=thing,
            name=device_name(entity, house),
            quantity=aspect.quantity,
            series=SeriesKey(entity_id=entity.id, aspect=aspect.name),
            bad=gone or old,
            seen_ms=max(sample.seen_ms for _, _, sample in numbers),
            unreachable=gone and not old,
        )
