"""What units and periods promise: the same amount in other words, and the time that people mean."""

from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.periods import NoSuchPeriod, Period, Span, resolve
from sensors.reading import Quantity
from sensors.units import CANONICAL, convert, parse_unit, same_dimension

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("value", "written", "unit", "expected"),
    [
        (71.6, "°F", "celsius", 22.0),
        (273.15, "K", "celsius", 0.0),
        (29.92, "inHg", "hectopascals", 1013.207489),
        (1013.2, "mbar", "hectopascals", 1013.2),
        (1.5, "kW", "watts", 1500.0),
        (1500, "Wh", "kilowatt_hours", 1.5),
        (2, "MWh", "kilowatt_hours", 2000.0),
        (3050, "mV", "volts", 3.05),
        (250, "mA", "amperes", 0.25),
        (36, "km/h", "metres_per_second", 10.0),
        (10, "mph", "metres_per_second", 4.4704),
        (1, "in", "millimetres", 25.4),
        (35, "µg/m³", "micrograms_per_cubic_metre", 35),
        (35, "μg/m³", "micrograms_per_cubic_metre", 35),
        (1, "m³", "litres", 1000.0),
    ],
)
def test_what_devices_write_is_understood(value: float, written: str, unit: str, expected: float) -> None:
    name = parse_unit(written)
    assert name is not None
    assert convert(value, name, unit) == pytest.approx(expected, rel=1e-9)


def test_an_unknown_unit_is_none_and_never_guessed() -> None:
    assert parse_unit("furlongs") is None
    assert parse_unit("") is None
    with pytest.raises(ValueError, match="no unit is called"):
        convert(1, "furlongs", "celsius")
    with pytest.raises(ValueError, match="different things"):
        convert(1, "watts", "celsius")
    assert not same_dimension("watts", "celsius")


@given(st.floats(-200, 200))
def test_there_and_back_is_the_same_temperature(value: float) -> None:
    assert convert(convert(value, "celsius", "fahrenheit"), "fahrenheit", "celsius") == pytest.approx(value, abs=1e-6)


def test_every_measured_quantity_has_a_unit_that_is_known() -> None:
    for quantity, unit in CANONICAL.items():
        assert quantity in Quantity
        assert convert(1.0, unit, unit) == 1.0
        assert same_dimension(unit, unit)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


def shown(span: Span) -> tuple[str, str]:
    return tuple(f"{datetime.fromtimestamp(ms / 1000, BERLIN):%Y-%m-%d %H:%M}" for ms in (span.start_ms, span.end_ms))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("period", "now", "start", "end"),
    [
        ("today", "2026-06-10 14:30", "2026-06-10 00:00", "2026-06-10 14:30"),
        ("yesterday", "2026-06-10 14:30", "2026-06-09 00:00", "2026-06-10 00:00"),
        ("last_night", "2026-06-10 14:30", "2026-06-09 22:00", "2026-06-10 06:00"),
        ("last_night", "2026-06-10 03:00", "2026-06-09 22:00", "2026-06-10 03:00"),
        ("last_night", "2026-06-10 23:30", "2026-06-09 22:00", "2026-06-10 06:00"),
        ("this_morning", "2026-06-10 14:30", "2026-06-10 05:00", "2026-06-10 12:00"),
        ("this_morning", "2026-06-10 08:15", "2026-06-10 05:00", "2026-06-10 08:15"),
        ("this_morning", "2026-06-10 04:00", "2026-06-10 00:00", "2026-06-10 04:00"),
        ("this_week", "2026-06-10 14:30", "2026-06-08 00:00", "2026-06-10 14:30"),
        ("last_week", "2026-06-10 14:30", "2026-06-01 00:00", "2026-06-08 00:00"),
        ("this_month", "2026-06-10 14:30", "2026-06-01 00:00", "2026-06-10 14:30"),
        ("last_month", "2026-01-10 14:30", "2025-12-01 00:00", "2026-01-01 00:00"),
        ("this_year", "2026-06-10 14:30", "2026-01-01 00:00", "2026-06-10 14:30"),
        ("last_24_hours", "2026-06-10 14:30", "2026-06-09 14:30", "2026-06-10 14:30"),
        ("last_3_hours", "2026-06-10 14:30", "2026-06-10 11:30", "2026-06-10 14:30"),
        ("the past 45 minutes", "2026-06-10 14:30", "2026-06-10 13:45", "2026-06-10 14:30"),
        ("last_2_months", "2026-04-30 14:30", "2026-02-28 14:30", "2026-04-30 14:30"),
        ("last_year", "2026-06-10 14:30", "2025-01-01 00:00", "2026-01-01 00:00"),
        ("weekend", "2026-06-10 14:30", "2026-06-06 00:00", "2026-06-08 00:00"),
        ("the weekend", "2026-06-14 14:30", "2026-06-13 00:00", "2026-06-14 14:30"),
        ("last_weekend", "2026-06-14 14:30", "2026-06-06 00:00", "2026-06-08 00:00"),
        ("last_weekend", "2026-06-10 14:30", "2026-06-06 00:00", "2026-06-08 00:00"),
        ("on Monday", "2026-06-10 14:30", "2026-06-08 00:00", "2026-06-09 00:00"),
        ("wednesday", "2026-06-10 14:30", "2026-06-03 00:00", "2026-06-04 00:00"),
        ("last thursday", "2026-06-10 14:30", "2026-06-04 00:00", "2026-06-05 00:00"),
        ("monday_evening", "2026-06-10 14:30", "2026-06-08 18:00", "2026-06-08 22:00"),
        ("yesterday_night", "2026-06-10 14:30", "2026-06-09 22:00", "2026-06-10 06:00"),
        ("this_evening", "2026-06-10 19:00", "2026-06-10 18:00", "2026-06-10 19:00"),
        ("3_days_ago", "2026-06-10 14:30", "2026-06-07 00:00", "2026-06-08 00:00"),
        ("in March", "2026-06-10 14:30", "2026-03-01 00:00", "2026-04-01 00:00"),
        ("september", "2026-06-10 14:30", "2025-09-01 00:00", "2025-10-01 00:00"),
        ("june", "2026-06-10 14:30", "2026-06-01 00:00", "2026-06-10 14:30"),
        ("december_2024", "2026-06-10 14:30", "2024-12-01 00:00", "2025-01-01 00:00"),
        ("november_5", "2026-06-10 14:30", "2025-11-05 00:00", "2025-11-06 00:00"),
        ("june_10", "2026-06-10 14:30", "2026-06-10 00:00", "2026-06-10 14:30"),
        ("february_29", "2026-06-10 14:30", "2024-02-29 00:00", "2024-03-01 00:00"),
        ("may_1_2026_night", "2026-06-10 14:30", "2026-05-01 22:00", "2026-05-02 06:00"),
        ("2026-05-01", "2026-06-10 14:30", "2026-05-01 00:00", "2026-05-02 00:00"),
        ("since_this_morning", "2026-06-10 14:30", "2026-06-10 05:00", "2026-06-10 14:30"),
        ("since yesterday", "2026-06-10 14:30", "2026-06-09 00:00", "2026-06-10 14:30"),
        ("since the weekend", "2026-06-10 14:30", "2026-06-06 00:00", "2026-06-10 14:30"),
        ("since_8_pm", "2026-06-10 14:30", "2026-06-09 20:00", "2026-06-10 14:30"),
        ("since 6:30", "2026-06-10 14:30", "2026-06-10 06:30", "2026-06-10 14:30"),
    ],
)
def test_a_period_is_what_people_mean_by_it(period: str, now: str, start: str, end: str) -> None:
    assert shown(resolve(period, at(now), BERLIN)) == (start, end)


@pytest.mark.parametrize(
    "said", ["", "tomorrow", "next week", "8 pm", "february_30", "since", "last_0_days", "last_5000_days", "13:99",
             "since_25:00", "since_13_pm", "1800-01-01", "march_1066", "since_since_monday", "last 99999 years"]
)  # fmt: skip
def test_what_is_no_period_is_refused_with_examples_or_a_reason(said: str) -> None:
    with pytest.raises(NoSuchPeriod, match=r"say for example|there is no"):
        resolve(said, at("2026-06-10 14:30"), BERLIN)


@given(st.text(alphabet=st.sampled_from("alst_0123456789:- mondyurhigeptmbrc"), max_size=30))
def test_any_words_are_a_period_or_refused(said: str) -> None:
    now_ms = at("2026-06-10 14:30")
    with suppress(NoSuchPeriod):
        span = resolve(said, now_ms, BERLIN)
        assert span.end_ms >= span.start_ms


@pytest.mark.parametrize(
    ("now", "period", "hours"),
    [
        ("2026-03-30 10:00", "yesterday", 23),  # the clocks went forward on 29 March
        ("2026-10-26 10:00", "yesterday", 25),  # and back on 25 October
        ("2026-03-29 10:00", "last_night", 7),
        ("2026-10-25 10:00", "last_night", 9),
        ("2026-03-29 10:00", "today", 9),
        ("2026-10-25 10:00", "today", 11),
        ("2026-03-30 10:00", "sunday", 23),
        ("2026-10-26 10:00", "weekend", 49),
        ("2026-11-02 10:00", "october", 31 * 24 + 1),
        ("2026-03-29 10:00", "since_yesterday", 33),
        ("2026-03-30 10:00", "last_week", 7 * 24 - 1),
        ("2026-10-26 10:00", "last_week", 7 * 24 + 1),
        ("2026-03-29 10:00", "last_24_hours", 24),
        ("2026-10-25 10:00", "last_24_hours", 24),
    ],
)
def test_days_on_which_the_clocks_change_have_their_true_length(now: str, period: str, hours: int) -> None:
    span = resolve(period, at(now), BERLIN)
    assert span.end_ms - span.start_ms == hours * HOUR_MS


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.sampled_from(Period),
    st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo", "UTC"]
    ),
)
def test_no_period_ends_in_the_future_or_before_it_begins(moment: datetime, period: Period, zone: str) -> None:
    now_ms = round(moment.replace(tzinfo=ZoneInfo("UTC")).timestamp() * 1000)
    try:
        span = resolve(period, now_ms, ZoneInfo(zone))
    except NoSuchPeriod as error:
        assert period in {Period.THIS_AFTERNOON, Period.THIS_EVENING}
        assert "has not begun" in str(error)
        return
    assert span.start_ms <= span.end_ms <= now_ms
    assert span.end_ms - span.start_ms <= timedelta(days=367).total_seconds() * 1000
