"""What the words around watching for something mean as arguments, and around how a day was."""

from collections.abc import Collection, Mapping

from pydantic import BaseModel

from sensors.reading import Quantity
from tools.arguments import CancelWatch, Comparison, ListWatches, SetWatch, SummariseDay, Unit

WISHES = frozenset({"set_watch", "cancel_watch"})
"""Intents that may be said like a question (`tell me when ...`) and are none: they want something kept in mind."""
WATCHES = WISHES | {"watches", "summary"}

_MEASURED_IN = {
    Unit.PERCENT: Quantity.HUMIDITY,
    Unit.WATTS: Quantity.POWER,
    Unit.LUX: Quantity.ILLUMINANCE,
    Unit.PPM: Quantity.CO2,
}

_AT_REST = frozenset({"closed", "off", "locked", "away"})
"""Who waits for the windows to be closed waits for all; who waits for them to be open, for any one."""

Slots = Mapping[str, str | float]
Values = dict[str, str | float | None]


def watch_call(
    intent: str, slots: Slots, where: str | None, groups: Collection[str]
) -> tuple[str, type[BaseModel], Values]:
    """Tool, argument model and arguments; `where` is what is named, with its room; `groups` are words for several."""
    match intent:
        case "summary":
            return "summarise_day", SummariseDay, {"day": str(slots.get("day", "today"))}
        case "watches":
            return "list_watches", ListWatches, {}
        case "cancel_watch":
            return "cancel_watch", CancelWatch, {"what": where, "every": "every" in slots}
    values: Values = {name: slots.get(name) for name in ("quantity", "state", "comparison")}
    several = where in groups
    if where is not None and ("which" in slots or several):
        where = f"all {where}"
    values["together"] = slots["which"] == "all" if "which" in slots else several and slots.get("state") in _AT_REST
    values |= {"what": where, "done": "done" in slots, "each_time": "each" in slots, "minutes": _minutes(slots)}
    if values["comparison"] is not None:
        values |= _limit(slots)
    return "set_watch", SetWatch, values


def _limit(slots: Slots) -> Values:
    unit = slots.get("unit")
    threshold = float(slots["threshold"]) if "threshold" in slots else -float(slots["below_zero"])
    quantity = slots.get("quantity") or (_MEASURED_IN.get(Unit(str(unit))) if unit is not None else None)
    comparison = Comparison(str(slots["comparison"]))
    return {
        "threshold": threshold,
        "unit": unit,
        "quantity": quantity or Quantity.TEMPERATURE,
        "comparison": comparison,
    }


def _minutes(slots: Slots) -> float | None:
    if "length" in slots:
        return float(slots["length"]) / 60
    parts = {"hours": 60.0, "minutes": 1.0, "seconds": 1 / 60}
    if not parts.keys() & slots.keys():
        return None
    return sum(float(slots[unit]) * factor for unit, factor in parts.items() if unit in slots)
