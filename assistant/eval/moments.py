"""Moments as a house file has them: so long ago, a time of a day, or a date. Pure: the clock is an argument."""

import re
from datetime import datetime, timedelta, tzinfo

_UNIT_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
}
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
_DAY = re.compile(r"(today|yesterday|(\d+) days? ago)\s+(?:at\s+)?(\d{1,2}):(\d{2})")
_FIRST_EPOCH = 1e9
_LONGEST_MS = 100 * 366 * 86_400_000
_ALLOWED = '"2 h ago", "yesterday 18:30", "3 days ago 07:00", seconds, or 2026-01-31T07:00'


def moment_ms(said: str | float, now_ms: int, zone: tzinfo) -> int:
    """Epoch ms of what a file says, which may be later than `now_ms`. Raises ValueError with what is allowed.

    A bare number is so many seconds ago, or an epoch time.
    """
    found = _moment_ms(said, now_ms, zone)
    if now_ms - found > _LONGEST_MS:
        raise ValueError(f"{said!r} is longer ago than any house remembers")
    return found


def _moment_ms(said: str | float, now_ms: int, zone: tzinfo) -> int:
    if isinstance(said, int | float):
        # Nobody counts seconds back for thirty years: that is an epoch time, in seconds or in milliseconds.
        epoch = said if said > _FIRST_EPOCH * 1000 else said * 1000
        return round(epoch) if said > _FIRST_EPOCH else now_ms - round(said * 1000)
    text = str(said).strip().lower()
    if text == "now":
        return now_ms
    if (day := _DAY.fullmatch(text)) is not None:
        back = {"today": 0, "yesterday": 1}.get(day[1], int(day[2] or 0))
        then = datetime.fromtimestamp(now_ms / 1000, zone) - timedelta(days=back)
        wanted = then.replace(hour=int(day[3]), minute=int(day[4]), second=0, microsecond=0)
        return round(wanted.timestamp() * 1000)
    if (seconds := _seconds(text.removesuffix("ago").strip())) is not None:
        return now_ms - round(seconds * 1000)
    try:
        date = datetime.fromisoformat(str(said).strip())
    except ValueError as error:
        raise ValueError(f"{said!r} is no time; write {_ALLOWED}") from error
    return round((date if date.tzinfo else date.replace(tzinfo=zone)).timestamp() * 1000)


def _seconds(text: str) -> float | None:
    """`1 h 30 min` as seconds; None for what is no length of time."""
    parts = _AGO.findall(text)
    if not parts or _AGO.sub("", text).strip() or any(unit not in _UNIT_SECONDS for _, unit in parts):
        return None
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
