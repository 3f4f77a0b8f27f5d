"""In the hours in which people sleep it speaks softly, also past midnight and when the clocks change."""

from array import array
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assistant.ports import Sound
from assistant.voice.floor import Urgency
from assistant.voice.hours import is_quiet
from assistant.voice.quiet import LEAST_ALARM, HowLoud, softer
from assistant.volume import Volume
from config.settings import VoiceSettings

NIGHT = (time(22), time(7))


@pytest.mark.parametrize(
    ("now", "quiet"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_the_night_goes_on_past_midnight_and_ends_on_the_minute(now: str, quiet: bool) -> None:
    assert is_quiet(time.fromisoformat(now), NIGHT) is quiet


def test_a_nap_lies_within_one_day() -> None:
    nap = (time(13), time(14, 30))
    assert [is_quiet(time(hour), nap) for hour in (12, 13, 14, 15)] == [False, True, True, False]
    assert not is_quiet(time(13), (time(13), time(13)))


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439))
def test_every_minute_is_in_the_hours_or_in_the_rest_of_the_day(now: int, begin: int, end: int) -> None:
    clock = [time(minute // 60, minute % 60) for minute in (now, begin, end)]
    if begin != end:
        assert is_quiet(clock[0], (clock[1], clock[2])) != is_quiet(clock[0], (clock[2], clock[1]))


LOUD = Sound(pcm=array("h", [1000, -32768, 32767, 0]).tobytes(), sample_rate=16_000)


def said_at(moment: datetime) -> list[int]:
    how_loud = HowLoud(volume=Volume(), hours=NIGHT, quiet_gain=0.25, now=lambda: moment)
    return list(array("h", softer(LOUD, how_loud.gain(Urgency.ANSWER)).pcm))


def test_what_is_said_at_night_is_soft_and_by_day_as_ever() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert said_at(datetime(2026, 10, 25, 12, tzinfo=zone)) == [1000, -32768, 32767, 0]
    assert said_at(datetime(2026, 10, 25, 3, tzinfo=zone)) == [250, -8192, 8192, 0]
    # The night on which the clocks go back has an hour twice; both are night, and seven is seven.
    before = datetime(2026, 10, 25, 5, 59, tzinfo=UTC).astimezone(zone)
    assert said_at(before) == [250, -8192, 8192, 0]
    assert said_at(before + timedelta(minutes=1)) == [1000, -32768, 32767, 0]


def test_no_volume_is_silence() -> None:
    assert not any(softer(LOUD, 0.0).pcm)


@given(st.integers(0, 100), st.sampled_from(Urgency), st.booleans())
def test_what_rings_is_heard_at_any_volume_and_at_night(level: int, urgency: Urgency, night: bool) -> None:
    moment = datetime(2026, 7, 1, 3 if night else 12, tzinfo=UTC)
    gain = HowLoud(volume=Volume(level), hours=NIGHT, quiet_gain=0.25, now=lambda: moment).gain(urgency)
    assert 0 <= gain <= 1
    if urgency is Urgency.ALARM:
        assert gain >= LEAST_ALARM
    else:
        assert gain == Volume(level).gain * (0.25 if night else 1.0)


def test_the_setting_is_two_clock_times() -> None:
    assert VoiceSettings(quiet="22:00-07:00").quiet_hours == NIGHT
    assert VoiceSettings().quiet_hours is None
    for wrong in ("22-7", "24:00-07:00", "22:00", "22:00-07:60", "x"):
        with pytest.raises(ValidationError):
            VoiceSettings(quiet=wrong)
