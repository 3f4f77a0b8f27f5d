"""What the words around timers, alarms and reminders mean as arguments: lengths of time, times of day, days."""

from collections.abc import Mapping

from pydantic import BaseModel

from tools.arguments import CancelTimer, Day, Half, ListTimers, SetTimer

SETS = frozenset({"set_timer", "set_alarm", "set_reminder", "add_time", "take_time"})
_EXTENDS = frozenset({"add_time", "take_time"})
CANCELS = frozenset({"cancel_timer"})
TIMERS = SETS | CANCELS | {"timers"}

_MORNING = range(3, 12)
"""Hours at which people are woken, unless they say otherwise."""
_DAY_BEGINS = "9:00"
"""When one is reminded of what is for a day."""

Slots = Mapping[str, str | float]
Values = dict[str, str | float | None]


def timer_call(intent: str, slots: Slots) -> tuple[str, type[BaseModel], Values] | None:
    """Tool, argument model and arguments; None where a number makes no time of day."""
    said: Values = {"kind": slots.get("kind"), "name": _words(slots, "name")}
    if intent in CANCELS:
        return "cancel_timer", CancelTimer, said | {"every": "every" in slots}
    if intent not in SETS:
        return "list_timers", ListTimers, said
    clock = _clock(slots)
    if "hour" in slots and clock is None:
        return None
    if clock is None and "day" in slots and "message" in slots:
        clock = _DAY_BEGINS
    length = _length(slots)
    if intent == "take_time":
        length = {unit: -float(amount) for unit, amount in length.items() if amount is not None}
    extend = intent in _EXTENDS
    values = said | length | {"message": _words(slots, "message"), "extend": extend}
    return "set_timer", SetTimer, values | {"clock": clock, "half": _half(slots, clock), "day": _day(slots, clock)}


def _words(slots: Slots, name: str) -> str | None:
    return str(slots.get(name, "")).strip() or None


def _length(slots: Slots) -> Values:
    if "length" in slots:
        return {"seconds": float(slots["length"])}
    given = {unit: float(slots[unit]) for unit in ("hours", "minutes", "seconds") if unit in slots}
    return dict(given)


def _clock(slots: Slots) -> str | None:
    """`H:MM` as it was said. `7.30` is half past seven, and twenty to eight is 7:40."""
    if "clock" in slots:
        return str(slots["clock"])
    if "hour" not in slots:
        return None
    whole, _, fraction = f"{float(slots['hour']):.2f}".partition(".")
    minutes = int(fraction) + int(float(slots.get("minute", 0)))
    minutes += int(float(slots.get("past", 0))) - int(float(slots.get("to", 0)))
    hour = int(whole)
    if not (0 <= hour <= 24 and -60 < minutes < 60):
        return None
    if minutes < 0:
        hour, minutes = (hour - 1) % 12 or 12, minutes + 60
    return f"{hour % 24}:{minutes:02d}"


def _half(slots: Slots, clock: str | None) -> str | None:
    said = slots.get("half")
    if said is None and "wake" in slots and clock is not None and int(clock.partition(":")[0]) in _MORNING:
        return Half.AM.value
    return None if said is None or clock is None else str(said)


def _day(slots: Slots, clock: str | None) -> str | None:
    return None if clock is None or "day" not in slots else Day(str(slots["day"])).value
