"""What is spoken of periods: figures, counts, lengths of time, trends, comparisons, and what needs a person."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from assistant.replies.figures import Figures
from assistant.replies.periods import period_words
from assistant.replies.replies import Replies
from sensors.periods import Period, Span, canonical
from sensors.reading import Quantity
from tools.answers import (
    AggregateAnswer,
    AggregateRow,
    CompareAnswer,
    Row,
    Side,
    StateAnswer,
    StateRow,
    TrendAnswer,
    TrendRow,
    UpkeepAnswer,
)

NOW_MS = int(datetime(2026, 11, 20, 18, 0, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000
SPAN = Span(start_ms=NOW_MS - 24 * HOUR_MS, end_ms=NOW_MS)
METRIC = Replies(zone=ZoneInfo("UTC"), units="metric", clock_ms=lambda: NOW_MS)
AMERICAN = Replies(zone=ZoneInfo("UTC"), units="us", clock_ms=lambda: NOW_MS)
FIGURES = Figures(zone=ZoneInfo("UTC"), units="metric", clock_ms=lambda: NOW_MS)
DOOR = StateRow(name="front door", room="Hallway", entity_id="door", covered=1.0)


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("last_hour", "in the last hour"),
        ("last_3_hours", "in the last 3 hours"),
        ("last_2_months", "in the last 2 months"),
        ("yesterday_evening", "yesterday evening"),
        ("monday", "on Monday"),
        ("friday_night", "on Friday night"),
        ("weekend", "at the weekend"),
        ("last_weekend", "last weekend"),
        ("3_days_ago", "3 days ago"),
        ("march", "in March"),
        ("march_2025", "in March 2025"),
        ("november_5", "on 5 November"),
        ("november_5_2025_evening", "on 5 November 2025 evening"),
        ("2026-11-05", "on 5 November 2026"),
        ("since_monday", "since Monday"),
        ("since_last_3_hours", "since the last 3 hours"),
        ("since_november_5", "since 5 November"),
        ("since_8", "since 8"),
        ("last_year", "last year"),
    ],
)
def test_a_period_is_said_as_people_say_it(period: str, words: str) -> None:
    assert canonical(period) == period
    assert period_words(period, FIGURES) == words


@pytest.mark.parametrize("period", Period)
def test_no_period_is_spoken_with_underscores(period: Period) -> None:
    assert "_" not in period_words(period, FIGURES)


def aggregate(kind: str, *rows: AggregateRow, quantity: Quantity = Quantity.TEMPERATURE) -> AggregateAnswer:
    return AggregateAnswer(kind=kind, quantity=quantity, period="yesterday", span=SPAN, rows=rows)


def test_a_total_is_told_with_what_is_missing_of_it() -> None:
    row = AggregateRow(name="dishwasher", room="Kitchen", entity_id="x", value=1.24, unit="kilowatt_hours", covered=1.0)
    answer = aggregate("total", row, quantity=Quantity.ENERGY)
    assert METRIC.answer(answer) == "The total energy of the dishwasher yesterday was 1.24 kilowatt hours."
    gap = Span(start_ms=NOW_MS - 20 * HOUR_MS, end_ms=NOW_MS - 12 * HOUR_MS - HOUR_MS // 2)
    holey = replace(answer, rows=(replace(row, covered=0.7, gaps=(gap,)),))
    assert METRIC.answer(holey).endswith(
        " I have data for 70 percent of that time; the longest gap began yesterday at 22:00"
        " and lasted 7 hours and 30 minutes."
    )


def test_a_short_gap_is_not_worth_a_sentence_of_its_own() -> None:
    gap = Span(start_ms=NOW_MS - HOUR_MS, end_ms=NOW_MS - HOUR_MS // 2)
    row = AggregateRow(
        name="bedroom", room="Bedroom", entity_id="x", value=20.0, unit="celsius", covered=0.6, gaps=(gap,)
    )
    assert METRIC.answer(aggregate("mean", row)).endswith("I have data for 60 percent of that time.")


@pytest.mark.parametrize(
    ("period", "kind", "row", "words"),
    [
        (
            "today",
            "count",
            replace(DOOR, count=3, last_at_ms=NOW_MS - HOUR_MS),
            "The front door has been opened 3 times today, last today at 17:00.",
        ),
        (
            "yesterday",
            "count",
            replace(DOOR, count=1, last_at_ms=NOW_MS - 20 * HOUR_MS),
            "The front door was opened once yesterday, last yesterday at 22:00.",
        ),
        ("yesterday", "count", replace(DOOR, count=0), "The front door was not opened yesterday."),
        ("since_monday", "count", replace(DOOR, count=0), "The front door has not been opened since Monday."),
        (
            "yesterday",
            "duration",
            replace(DOOR, seconds=7800),
            "The front door was open for 2 hours and 10 minutes yesterday.",
        ),
        ("today", "duration", replace(DOOR, seconds=0), "The front door has not been open today."),
        (
            "yesterday",
            "duration",
            replace(DOOR, seconds=45, covered=0.5),
            "The front door was open for 45 seconds yesterday. I have data for 50 percent of that time.",
        ),
    ],
)
def test_how_often_and_how_long_something_was_so(period: str, kind: str, row: StateRow, words: str) -> None:
    answer = StateAnswer(kind=kind, quantity=Quantity.DOOR, state="open", period=period, span=SPAN, rows=(row,))
    assert METRIC.answer(answer) == words


def test_motion_is_something_that_is_detected_and_not_a_thing_in_a_state() -> None:
    row = StateRow(
        name="hallway motion", room="Hallway", entity_id="m", count=5, last_at_ms=NOW_MS - HOUR_MS, covered=1
    )
    answer = StateAnswer(
        kind="count", quantity=Quantity.MOTION, state="detected", period="today", span=SPAN, rows=(row,)
    )
    assert METRIC.answer(answer) == ("Motion has been detected at the hallway 5 times today, last today at 17:00.")


def test_several_doors_are_told_in_order_of_how_often() -> None:
    rows = (
        replace(DOOR, count=1),
        replace(DOOR, name="back door", count=4),
        replace(DOOR, name="cellar door", count=0),
    )
    answer = StateAnswer(kind="count", quantity=Quantity.DOOR, state="open", period="today", span=SPAN, rows=rows)
    assert METRIC.answer(answer) == "Opened today: the back door 4 times and the front door once; the other not at all."
    none = replace(answer, rows=(rows[2], replace(DOOR, count=0)))
    assert METRIC.answer(none) == "None of the 2 that I looked at has been opened today."


@pytest.mark.parametrize(
    ("direction", "per_hour", "words"),
    [
        (
            "rising",
            0.7,
            "The temperature in the bedroom is rising: from 19 degrees to 21 degrees in the last 3 hours,"
            " about 0.7 degrees an hour.",
        ),
        (
            "falling",
            -0.01,
            "The temperature in the bedroom is falling: from 19 degrees to 21 degrees in the last 3 hours.",
        ),
        ("steady", 0.0, "The temperature in the bedroom has been steady in the last 3 hours, at about 21 degrees."),
    ],
)
def test_a_trend_says_where_it_is_heading_and_how_fast(direction: str, per_hour: float, words: str) -> None:
    row = TrendRow(
        name="bedroom", room="Bedroom", entity_id="x", direction=direction, per_hour=per_hour, first=19.0, last=21.0,
        unit="celsius", covered=1.0,
    )  # fmt: skip
    answer = TrendAnswer(quantity=Quantity.TEMPERATURE, period="last_3_hours", span=SPAN, rows=(row,))
    assert METRIC.answer(answer) == words


BEDROOM = Side(name="bedroom", room="Bedroom", entity_id="b", value=21.0, unit="celsius")
KITCHEN = Side(name="kitchen", room="Kitchen", entity_id="k", value=19.5, unit="celsius")
COMPARED = CompareAnswer(
    kind="latest", quantity=Quantity.TEMPERATURE, state=None, first=BEDROOM, second=KITCHEN, by_period=False
)


def test_two_rooms_are_compared_in_the_persons_own_units() -> None:
    assert METRIC.answer(COMPARED) == (
        "The temperature is 1.5 degrees higher in the bedroom than in the kitchen: 21 degrees against 19.5 degrees."
    )
    assert "2.7 degrees higher" in AMERICAN.answer(COMPARED)
    alike = replace(COMPARED, second=replace(KITCHEN, value=21.01))
    assert METRIC.answer(alike) == "The temperature is the same in the bedroom and in the kitchen: 21 degrees."


def test_two_periods_are_compared() -> None:
    answer = replace(
        COMPARED,
        kind="mean",
        first=replace(BEDROOM, period="today", value=19.0),
        second=replace(BEDROOM, period="yesterday", covered=0.4),
        by_period=True,
    )
    assert METRIC.answer(answer) == (
        "The average temperature in the bedroom was 2 degrees lower today than yesterday: 19 degrees against"
        " 21 degrees. For one of them I have data for only 40 percent of the time."
    )


def test_counts_and_lengths_of_time_are_compared() -> None:
    front, back = (
        replace(BEDROOM, name="front door", unit=None, value=3.0),
        replace(KITCHEN, name="back door", value=0.0),
    )
    counted = CompareAnswer(
        kind="count", quantity=Quantity.DOOR, state="open", first=front, second=back, by_period=False
    )
    assert METRIC.answer(counted) == "Opened: the front door 3 times, the back door not at all."
    lasting = replace(counted, kind="duration", first=replace(front, value=90.0), second=replace(back, value=12.0))
    assert METRIC.answer(lasting) == "Open: the front door for 1 hour and 30 minutes, the back door for 12 minutes."


def row(name: str, value: float | str, hours: int = 0) -> Row:
    return Row(
        entity_id=name, name=name, room=None, quantity=Quantity.BATTERY, value=value, unit="percent",
        at_ms=NOW_MS - hours * HOUR_MS, seen_ms=NOW_MS - hours * HOUR_MS, stale=hours > 24,
    )  # fmt: skip


def test_low_batteries_are_named() -> None:
    rows = (row("hall motion battery", "low"), row("front door battery", 12.0))
    answer = UpkeepAnswer(kind="low_battery", rows=rows, never=(), considered=9)
    assert METRIC.answer(answer) == "2 batteries are low: the hall motion; the front door, 12 percent."
    assert METRIC.answer(replace(answer, rows=())) == "No battery is low; I looked at 9."


def test_what_went_silent_and_what_never_spoke_are_told_apart() -> None:
    answer = UpkeepAnswer(
        kind="not_reporting", rows=(row("garden thermometer", 4.0, 50),), never=("shed door",), considered=7
    )
    assert METRIC.answer(answer) == (
        "One device has gone silent and last reported: the garden thermometer, 2 days ago."
        " I have never heard from the shed door."
    )
    assert METRIC.answer(replace(answer, rows=(), never=())) == "All 7 devices are reporting."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59.6, "1 minute"),
        (3599, "1 hour"),
        (7200, "2 hours"),
        (86_400, "24 hours"),
        (172_800, "2 days"),
        (180_000, "2 days and 2 hours"),
    ],
)
def test_lengths_of_time_are_said_in_two_units_at_most(seconds: float, words: str) -> None:
    assert FIGURES.lasting(seconds) == words


def test_one_of_a_unit_is_singular() -> None:
    assert FIGURES.value(1.0, "kilowatt_hours") == "1 kilowatt hour"
    assert FIGURES.value(1.0, "celsius") == "1 degree"
    assert FIGURES.value(1.0, "kilometres_per_hour") == "1 kilometre per hour"
    american = Figures(zone=ZoneInfo("UTC"), units="us", clock_ms=lambda: NOW_MS)
    assert american.value(25.4, "millimetres") == "1 inch"
    assert FIGURES.value(1.0, "percent") == "1 percent"


def test_people_hear_every_unit_of_their_own_kind() -> None:
    rain = AggregateRow(name="rain gauge", room="Garden", entity_id="x", value=12.7, unit="millimetres", covered=1.0)
    answer = aggregate("total", rain, quantity=Quantity.PRECIPITATION)
    assert METRIC.answer(answer).endswith("was 12.7 millimetres.")
    assert AMERICAN.answer(answer).endswith("was 0.5 inches.")
    wind = Side(name="roof", room=None, entity_id="w", value=10.0, unit="metres_per_second")
    compared = CompareAnswer(
        kind="latest", quantity=Quantity.WIND_SPEED, state=None, first=wind, second=replace(wind, value=5.0),
        by_period=False,
    )  # fmt: skip
    assert "36 kilometres per hour against 18 kilometres per hour" in METRIC.answer(compared)
    assert "11.2 miles per hour higher" in AMERICAN.answer(compared)
