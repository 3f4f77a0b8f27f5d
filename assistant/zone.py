"""The house's time zone: the one that is set, else the machine's own."""

from zoneinfo import ZoneInfo

from tzlocal import get_localzone

from config.settings import Settings


def house_zone(settings: Settings) -> ZoneInfo:
    """Falls back to UTC, as the machine does, where the machine has no zone either."""
    if settings.house.time_zone is not None:
        return ZoneInfo(settings.house.time_zone)
    zone = get_localzone()
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")
