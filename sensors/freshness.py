"""When what a device has said is old news, and when its battery should be changed. Pure: the clock is an argument."""

from sensors.reading import Aspect, Entity, Quantity

STALE_AFTER_MS = 24 * 3_600_000
"""A number that has not been reported for so long is called old, unless the device gives a time of its own."""

LOW_BATTERY_PERCENT = 20.0
"""Below this a battery should be changed."""

BATTERIES = frozenset({Quantity.BATTERY, Quantity.LOW_BATTERY})


def is_stale(entity: Entity, aspect: Aspect, seen_ms: int, now_ms: int) -> bool:
    """Whether it should have been reported since. A state that is only told when it changes never grows old."""
    limit_ms = (entity.expire_after_seconds or 0) * 1000 or (STALE_AFTER_MS if aspect.numeric else None)
    return limit_ms is not None and now_ms - seen_ms > limit_ms


def is_low_battery(quantity: Quantity, value: float | str) -> bool:
    if quantity is Quantity.BATTERY:
        return isinstance(value, float) and value < LOW_BATTERY_PERCENT
    return quantity is Quantity.LOW_BATTERY and value == "low"
