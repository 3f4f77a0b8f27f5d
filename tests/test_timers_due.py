"""When an alarm is due: as the clocks of the house show it, also on the days on which they change."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from fakes_timers import VIENNA, ms
from hypothesis import example, given
from hypothesis import strategies as st

from tools.arguments import Day, Half, TimerKind
from tools.due import REPEATING, clock_times, next_time

SEVEN = time(7)
ZONES = ("Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "America/Santiago")
FRIDAY = "2026-11-20"


@pytest.mark.parametrize(
    ("day", "after", "due"),
    [
        (None, f"{FRIDAY} 06:59", f"{FRIDAY} 07:00"),
        (None, f"{FRIDAY} 07:00", "2026-11-21 07:00"),
        (Day.TODAY, f"{FRIDAY} 06:00", f"{FRIDAY} 07:00"),
        (Day.TOMORROW, f"{FRIDAY} 00:10", "2026-11-21 07:00"),
        (Day.FRIDAY, f"{FRIDAY} 06:00", f"{FRIDAY} 07:00"),
        (Day.FRIDAY, f"{FRIDAY} 08:00", "2026-11-27 07:00"),
        (Day.MONDAY, f"{FRIDAY} 08:00", "2026-11-23 07:00"),
        (Day.WEEKDAYS, f"{FRIDAY} 08:00", "2026-11-23 07:00"),
        (Day.WEEKENDS, f"{FRIDAY} 08:00", "2026-11-21 07:00"),
        (Day.EVERY_DAY, f"{FRIDAY} 08:00", "2026-11-21 07:00"),
        (Day.EVERY_THURSDAY, f"{FRIDAY} 08:00", "2026-11-26 07:00"),
        # The clocks change in the night before.
        (None, "2026-03-28 22:00", "2026-03-29 07:00"),
        (None, "2026-10-24 22:00", "2026-10-25 07:00"),
    ],
)
def test_an_alarm_at_seven_is_at_seven(day: Day | None, after: str, due: str) -> None:
    assert next_time(SEVEN, day, ms(after), VIENNA) == ms(due)


def test_what_is_over_for_today_is_over() -> None:
    assert next_time(SEVEN, Day.TODAY, ms(f"{FRIDAY} 07:00"), VIENNA) is None


def test_a_time_that_clocks_jump_over_is_the_moment_of_the_jump() -> None:
    """On 29 March 2026 there is no 02:30 in Vienna: after 01:59:59 comes 03:00."""
    assert next_time(time(2, 30), None, ms("2026-03-29 00:30"), VIENNA) == ms("2026-03-29 03:00")
    assert next_time(time(2, 30), Day.EVERY_DAY, ms("2026-03-29 03:00"), VIENNA) == ms("2026-03-30 02:30")


def test_a_time_that_comes_twice_rings_once_unless_the_second_is_meant() -> None:
    """On 25 October 2026 it is 02:30 twice in Vienna."""
    first = ms("2026-10-25 02:30")
    second = first + 3_600_000
    assert next_time(time(2, 30), Day.EVERY_DAY, ms("2026-10-25 00:00"), VIENNA) == first
    assert next_time(time(2, 30), Day.EVERY_DAY, first, VIENNA) == ms("2026-10-26 02:30")
    assert next_time(time(2, 30), None, first + 60_000, VIENNA) == second


@given(
    st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0)),
    st.sampled_from([None, *Day]),
    st.integers(ms("2025-01-01 00:00"), ms("2030-01-01 00:00")),
    st.sampled_from(ZONES),
)
@example(time(2, 30), None, ms("2026-03-28 12:00"), "Europe/Vienna")
@example(time(2, 15), None, ms("2026-10-03 12:00"), "Australia/Lord_Howe")
@example(time(0, 0), None, ms("2026-09-05 12:00"), "America/Santiago")
def test_it_is_later_on_the_right_day_and_shows_on_the_clock(
    at: time, day: Day | None, after_ms: int, zone_name: str
) -> None:
    zone = ZoneInfo(zone_name)
    due = next_time(at, day, after_ms, zone)
    if due is None:
        assert day in {Day.TODAY, Day.TOMORROW}
        return
    assert after_ms < due <= after_ms + 9 * 86_400_000
    shown = datetime.fromtimestamp(due / 1000, zone)
    just_before = datetime.fromtimestamp(due / 1000 - 1, zone)
    jumped = shown.utcoffset() != just_before.utcoffset()
    assert shown.time() == at or (jumped and just_before.time() < at < shown.time()) or (jumped and at < shown.time())
    now = datetime.fromtimestamp(after_ms / 1000, zone)
    match day:
        case Day.TODAY:
            assert shown.date() == now.date()
        case Day.TOMORROW:
            assert shown.date() == now.date() + timedelta(days=1)
        case Day.WEEKDAYS:
            assert shown.weekday() < 5
        case Day.WEEKENDS:
            assert shown.weekday() >= 5
        case None | Day.EVERY_DAY:
            assert due - after_ms <= 86_400_000 + 2 * 3_600_000
        case _:
            assert f"{shown:%A}".lower() == day.removeprefix("every_")


@given(st.integers(0, 23), st.integers(ms("2026-01-01 00:00"), ms("2027-01-01 00:00")))
def test_what_repeats_comes_once_a_day_all_year(hour: int, after_ms: int) -> None:
    first = next_time(time(hour, 30), Day.EVERY_DAY, after_ms, VIENNA)
    assert first is not None
    second = next_time(time(hour, 30), Day.EVERY_DAY, first, VIENNA)
    assert second is not None
    days = [datetime.fromtimestamp(moment / 1000, VIENNA).date() for moment in (first, second)]
    assert days[1] - days[0] == timedelta(days=1)
    assert Day.EVERY_DAY in REPEATING


@pytest.mark.parametrize(
    ("clock", "half", "kind", "day", "times"),
    [
        ("7:00", Half.PM, TimerKind.ALARM, None, [19]),
        ("12:00", Half.AM, TimerKind.ALARM, None, [0]),
        ("12:00", Half.PM, TimerKind.ALARM, None, [12]),
        ("19:00", None, TimerKind.ALARM, None, [19]),
        ("19:00", Half.PM, TimerKind.ALARM, None, [19]),
        ("07:00", None, TimerKind.ALARM, None, [7]),
        ("7:00", None, TimerKind.ALARM, None, [7, 19]),
        ("12:00", None, TimerKind.ALARM, None, [0, 12]),
        ("7:00", None, TimerKind.ALARM, Day.TOMORROW, [7]),
        ("5:00", None, TimerKind.REMINDER, Day.TOMORROW, [17]),
        ("9:00", None, TimerKind.REMINDER, Day.MONDAY, [9]),
        ("12:00", None, TimerKind.REMINDER, Day.MONDAY, [12]),
    ],
)
def test_a_time_said_without_am_or_pm_is_the_one_that_people_mean(
    clock: str, half: Half | None, kind: TimerKind, day: Day | None, times: list[int]
) -> None:
    assert [at.hour for at in clock_times(clock, half, kind, day)] == times
