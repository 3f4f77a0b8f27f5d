"""Whether the machine knows what time it is, and in which zone its house stands."""

import ctypes
from datetime import UTC, datetime

from assistant.doctor.finding import Finding, broken, degraded, ok
from sensors.clock import is_set

PART, ZONE = "clock", "time zone"
_AHEAD_MS = 600_000
_SET_IT = "let the network set it: `sudo timedatectl set-ntp true`, then `timedatectl` shows whether it does"
_STA_UNSYNC = 0x0040


class _Timex(ctypes.Structure):
    """The beginning of what adjtimex(2) fills, with room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 40),
    )


def clock(now_ms: int, newest_ms: int | None, *, set_by_network: bool | None) -> Finding:
    """`newest_ms`: when the newest reading came, by this machine's clock. `set_by_network`: None where unknown."""
    now = f"it says {datetime.fromtimestamp(now_ms / 1000, UTC):%d %B %Y, %H:%M} UTC"
    if not is_set(now_ms):
        return broken(PART, f"the clock has not been set: {now}", _SET_IT)
    if newest_ms is not None and newest_ms - now_ms > _AHEAD_MS:
        ahead = _roughly(newest_ms - now_ms)
        return broken(PART, f"the clock is wrong or was: {now}, and the newest reading is {ahead} ahead", _SET_IT)
    if set_by_network is False:
        return degraded(PART, f"no time server keeps the clock right; {now}", _SET_IT)
    return ok(PART, now)


def time_zone(name: str | None, machine: str | None) -> Finding:
    """`name`: as set; `machine`: the machine's own, None where that is none."""
    if name is not None:
        return ok(ZONE, f"{name}, as set")
    fix = "set house.time_zone to yours, or the machine's: sudo timedatectl set-timezone Europe/Berlin"
    if machine is None:
        return broken(ZONE, "the machine's time zone is none that is known, so UTC is used", fix)
    if machine in {"UTC", "Etc/UTC", "Etc/UCT", "GMT"}:
        return degraded(ZONE, f"the machine's own is {machine}, and none is set: times may be spoken hours off", fix)
    return ok(ZONE, f"{machine}, the machine's own")


def is_set_by_network() -> bool | None:
    """What the kernel knows of it; None where it cannot be asked."""
    state = _Timex()
    try:
        asked = ctypes.CDLL(None).adjtimex(ctypes.byref(state))
    except (AttributeError, OSError):
        return None
    return None if asked < 0 else not state.status & _STA_UNSYNC


def _roughly(span_ms: int) -> str:
    hours = span_ms / 3_600_000
    if hours < 2:
        return f"{span_ms // 60_000} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
