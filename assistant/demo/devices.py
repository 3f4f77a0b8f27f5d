"""What the simulated devices have in common: fields that change, reports that say so, orders that change them.

Pure: no I/O and no clock. A field is what the firmware calls it and holds what the firmware would send.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from assistant.demo.curves import chance

Value = float | str | bool
Values = Mapping[str, Value]


class Signal(Protocol):
    """What a field holds at any time, as long as nobody has told the device otherwise."""

    def at(self, at_ms: int) -> Value: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A field that nothing but an order changes."""

    value: Value

    def at(self, at_ms: int) -> Value:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One MQTT message of a device."""

    topic: str
    payload: str
    retain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What comes of an order: fields that change so many seconds after it."""

    after_seconds: float
    changes: Values


Order = Callable[[str, Values], tuple[Step, ...]]
"""Takes the payload and the fields as they are now. Empty where the payload means nothing to the device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One topic on which a device says what it is, and how it writes that."""

    topic: str
    write: Callable[[Values], str]
    retain: bool = True


def as_is(values: Values) -> Values:
    return values


@dataclass(frozen=True, kw_only=True)
class Device:
    """One device, as its firmware shows it."""

    name: str
    room: str
    configs: tuple[tuple[str, str], ...]
    """Discovery: (topic, JSON)."""
    signals: Mapping[str, Signal]
    probes: Mapping[str, tuple[Value, ...]]
    """Values that each field can hold: all of them for a state, two for a number."""
    reports: tuple[Report, ...]
    orders: Mapping[str, Order] = field(default_factory=dict)
    """Command topic to what it does."""
    alive: Publication
    """Says that the device can be reached."""
    correct: Callable[[Values], Values] = as_is
    """Brings fields in line that depend on others, such as the power of a socket that is off."""

    def discovery(self) -> list[Publication]:
        return [*(Publication(topic=topic, payload=payload) for topic, payload in self.configs), self.alive]

    def values(self, at_ms: int, told: Values) -> Values:
        """The fields now: those that an order has set, and for the others what their signals say."""
        return self.correct({name: told.get(name, signal.at(at_ms)) for name, signal in self.signals.items()})

    def say(self, values: Values) -> list[Publication]:
        return [
            Publication(topic=report.topic, payload=report.write(values), retain=report.retain)
            for report in self.reports
        ]


# What devices do when they are told something.


def relay(name: str) -> Order:
    """ON or OFF."""

    def obey(payload: str, values: Values) -> tuple[Step, ...]:
        return (Step(after_seconds=0.1, changes={name: payload}),) if payload in {"ON", "OFF"} else ()

    return obey


def number(name: str, *, lowest: float, highest: float, **also: Value) -> Order:
    """A number as plain text; `also` is what changes along with it."""

    def obey(payload: str, values: Values) -> tuple[Step, ...]:
        try:
            wanted = float(payload)
        except ValueError:
            return ()
        if not lowest <= wanted <= highest:
            return ()
        return (Step(after_seconds=0.1, changes={name: _whole(wanted), **also}),)

    return obey


def json_lamp(state: str, brightness: str, *, highest: int) -> Order:
    """`{"state": "ON", "brightness": 120}`; each key may be missing."""

    def obey(payload: str, values: Values) -> tuple[Step, ...]:
        wanted = _object(payload)
        changes: dict[str, Value] = {}
        if wanted.get("state") in {"ON", "OFF"}:
            changes[state] = str(wanted["state"])
        level = _within(wanted.get("brightness"), 0, highest)
        if level is not None:
            changes[brightness] = round(level)
        return (Step(after_seconds=0.15, changes=changes),) if changes else ()

    return obey


def bolt(name: str, *, turning_seconds: float = 2.0) -> Order:
    """LOCK or UNLOCK; the motor takes its time and says so meanwhile."""
    stages = {"LOCK": ("LOCKING", "LOCKED"), "UNLOCK": ("UNLOCKING", "UNLOCKED")}

    def obey(payload: str, values: Values) -> tuple[Step, ...]:
        if payload not in stages:
            return ()
        during, after = stages[payload]
        if values[name] == after:
            return (Step(after_seconds=0.1, changes={name: after}),)
        return (
            Step(after_seconds=0.1, changes={name: during}),
            Step(after_seconds=turning_seconds, changes={name: after}),
        )

    return obey


def travel(state: str, position: str, *, full_seconds: float) -> Order:
    """OPEN, CLOSE, STOP or a position in percent (100 is open), reached in a few steps at the pace of the motor."""

    def obey(payload: str, values: Values) -> tuple[Step, ...]:
        here = float(values[position])
        match payload:
            case "OPEN":
                goal = 100.0
            case "CLOSE":
                goal = 0.0
            case "STOP":
                goal = here
            case _:
                try:
                    goal = float(payload)
                except ValueError:
                    return ()
        if not 0 <= goal <= 100:
            return ()
        return _drive(state, position, here, goal, full_seconds)

    return obey


def _drive(state: str, position: str, here: float, goal: float, full_seconds: float) -> tuple[Step, ...]:
    arrived = {state: "open" if goal > 0 else "closed", position: _whole(goal)}
    seconds = abs(goal - here) / 100 * full_seconds
    if seconds == 0:
        return (Step(after_seconds=0.1, changes=arrived),)
    moving = "opening" if goal > here else "closing"
    return (
        Step(after_seconds=0.1, changes={state: moving, position: _whole(here)}),
        Step(after_seconds=0.1 + seconds / 2, changes={state: moving, position: _whole((here + goal) / 2)}),
        Step(after_seconds=0.1 + seconds, changes=arrived),
    )


def json_thermostat(mode: str, target: str, *, lowest: float, highest: float) -> Order:
    """`{"system_mode": "heat"}` or `{"occupied_heating_setpoint": 21.5}`, by the names of the fields."""

    def obey(payload: str, values: Values) -> tuple[Step, ...]:
        wanted = _object(payload)
        changes: dict[str, Value] = {}
        if wanted.get(mode) in {"off", "heat"}:
            changes[mode] = str(wanted[mode])
        degrees = _within(wanted.get(target), lowest, highest)
        if degrees is not None:
            changes[target] = _whole(degrees)
        return (Step(after_seconds=0.3, changes=changes),) if changes else ()

    return obey


class Deaf:
    """An order of which every second one gets lost, as with a bulb at the edge of the network."""

    def __init__(self, order: Order, *, seed: int) -> None:
        self._order = order
        self._loses_even = chance(seed, "deaf", 0) < 0.5
        self.heard = 0
        self.lost = 0

    def __call__(self, payload: str, values: Values) -> tuple[Step, ...]:
        self.heard += 1
        if (self.heard % 2 == 0) == self._loses_even:
            self.lost += 1
            return ()
        return self._order(payload, values)


def _whole(value: float) -> float:
    """Firmwares write 21, not 21.0."""
    return int(value) if value == int(value) else value


def _within(wanted: object, lowest: float, highest: float) -> float | None:
    if isinstance(wanted, bool) or not isinstance(wanted, int | float) or not lowest <= wanted <= highest:
        return None
    return float(wanted)


def _object(payload: str) -> dict[str, object]:
    """The JSON object, empty where it is none."""
    try:
        decoded = json.loads(payload)
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
