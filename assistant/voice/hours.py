"""The hours in which people sleep, by the clock on the wall."""

from datetime import time


def is_quiet(now: time, hours: tuple[time, time]) -> bool:
    """Whether a clock time lies in hours that may go on past midnight; their end is not one of them."""
    begin, end = hours
    return begin <= now < end if begin <= end else now >= begin or now < end
