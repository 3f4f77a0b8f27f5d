"""The house's time zone: the one that is set, else the machine's own."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal import get_localzone

from config.settings import Settings

_NOWHERE = ZoneInfo("UTC")


def house_zone(settings: Settings) -> ZoneInfo:
    """Falls back to UTC, as the machine does, where the machine has no zone either."""
    if settings.house.time_zone is not None:
        return ZoneInfo(settings.house.time_zone)
    return machine_zone() or _NOWHERE


def machine_zone() -> ZoneInfo | None:
    """None where it is none that is known."""
    try:
        zone = get_localzone()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return zone if isinstance(zone, ZoneInfo) else None
