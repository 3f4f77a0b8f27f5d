"""Weeks of history for the simulated house, from the same curves and routines as its live reports.

Which series there are, and what they make of a device's report, is asked of the product's own decoding.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, runtime_checkable

from assistant.demo.curves import DAY_MS, HOUR_MS
from assistant.demo.devices import Device, Publication, Signal, Still, Value
from assistant.demo.house import SimulatedHouse
from assistant.demo.rooms import HISTORY_DAYS
from assistant.demo.routines import MINUTE_MS
from sensors.decoded import Dialect
from sensors.message import Message
from sensors.reading import Reading, SeriesKey

STEP_MS = 5 * MINUTE_MS
_REPEAT_MS = HOUR_MS
"""A number that does not change is still reported this often."""

Said = dict[SeriesKey, float | str]
Meaning = Callable[[Value], float | str | None]
"""From what a field holds to what its series stores."""


@runtime_checkable
class _Changing(Protocol):
    """A signal that knows the times at which it changes."""

    def at(self, at_ms: int) -> Value: ...

    def changes(self, start_ms: int, end_ms: int) -> Iterator[tuple[int, Value]]: ...


def backfill(house: SimulatedHouse, dialect: Dialect, *, days: int = HISTORY_DAYS) -> Iterator[Reading]:
    """What a fresh `dialect` would have read in the days before the house's start, oldest first within each series."""
    for publication in house.discovery():
        _said(dialect, publication)
    start_ms, end_ms = house.start_ms - days * DAY_MS, house.start_ms
    for device in house.devices:
        for field, signal in device.signals.items():
            for key, meaning in _fed_by(device, field, dialect, house.start_ms):
                for at_ms, value in _course(signal, start_ms, end_ms):
                    meant = meaning(value)
                    if meant is not None:
                        yield Reading(key=key, at_ms=at_ms, value=meant)


def _fed_by(device: Device, field: str, dialect: Dialect, at_ms: int) -> list[tuple[SeriesKey, Meaning]]:
    """The series that change when the field does."""
    first, second, *_ = device.probes[field]
    before, after = (_decoded(device, field, probe, dialect, at_ms) for probe in (first, second))
    fed = [key for key in before if before[key] != after.get(key)]
    return [(key, _meaning(device, field, key, dialect, at_ms)) for key in fed]


def _meaning(device: Device, field: str, key: SeriesKey, dialect: Dialect, at_ms: int) -> Meaning:
    """States and set values are decoded one by one; measured numbers are decoded twice, which gives unit and offset."""
    signal = device.signals[field]
    if isinstance(signal, Still | _Changing):
        known: dict[Value, float | str | None] = {}

        def look_up(value: Value) -> float | str | None:
            if value not in known:
                known[value] = _decoded(device, field, value, dialect, at_ms).get(key)
            return known[value]

        return look_up
    low, high = (float(_decoded(device, field, probe, dialect, at_ms)[key]) for probe in (10.0, 20.0))
    slope = (high - low) / 10

    def scale(value: Value) -> float:
        return round(low + (float(value) - 10) * slope, 3)

    return scale


def _decoded(device: Device, field: str, value: Value, dialect: Dialect, at_ms: int) -> Said:
    """What the device's reports say when one field holds that value and the others hold their first."""
    values = {name: probes[0] for name, probes in device.probes.items()} | {field: value}
    said: Said = {}
    for publication in device.say(values):
        said |= _said(dialect, publication, at_ms)
    return said


def _said(dialect: Dialect, publication: Publication, at_ms: int = 0) -> Said:
    message = Message(topic=publication.topic, payload=publication.payload.encode(), received_ms=at_ms)
    decoded = dialect.decode(message)
    return {reading.key: reading.value for reading in decoded.readings} if decoded else {}


def _course(signal: Signal, start_ms: int, end_ms: int) -> Iterable[tuple[int, Value]]:
    """(time, value): each change of a state; a number at every step where it is new or was last said long ago."""
    if isinstance(signal, Still):
        return [(start_ms, signal.value)]
    if isinstance(signal, _Changing):
        return _changes(signal, start_ms, end_ms)
    return _samples(signal, start_ms, end_ms)


def _changes(signal: _Changing, start_ms: int, end_ms: int) -> Iterator[tuple[int, Value]]:
    yield start_ms, signal.at(start_ms)
    yield from signal.changes(start_ms + 1, end_ms)


def _samples(signal: Signal, start_ms: int, end_ms: int) -> Iterator[tuple[int, Value]]:
    said: Value | None = None
    said_ms = 0
    for at_ms in range(start_ms, end_ms, STEP_MS):
        value = signal.at(at_ms)
        if value != said or at_ms - said_ms >= _REPEAT_MS:
            said, said_ms = value, at_ms
            yield at_ms, value
