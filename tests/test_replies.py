"""What is spoken: plain words, people's own units, times as people say them, and nothing that is not so."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.replies.figures import Figures
from assistant.replies.replies import Replies
from sensors.periods import Period, Span
from sensors.reading import Quantity, Verb
from tools.answers import (
    Action,
    AggregateAnswer,
    AggregateRow,
    AlreadyAnswer,
    HouseAnswer,
    LastChangeAnswer,
    LatestAnswer,
    ListAnswer,
    Row,
)
from tools.contract import ErrorCode, ToolError
from tools.executor import Done, Receipt

NOW_MS = int(datetime(2026, 11, 20, 18, 0, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000
METRIC = Replies(zone=ZoneInfo("UTC"), units="metric", clock_ms=lambda: NOW_MS)
FIGURES = Figures(zone=ZoneInfo("UTC"), units="metric", clock_ms=lambda: NOW_MS)
AMERICAN = Replies(zone=ZoneInfo("UTC"), units="us", clock_ms=lambda: NOW_MS)
BEDROOM = Row(
    entity_id="sensor.bedroom",
    name="bedroom",
    room="Bedroom",
    quantity=Quantity.TEMPERATURE,
    value=21.53,
    unit="celsius",
    at_ms=NOW_MS - HOUR_MS,
    seen_ms=NOW_MS - HOUR_MS,
)
BLINDS = replace(BEDROOM, name="bedroom blinds", quantity=Quantity.COVER, value="open", unit=None)
MOTION = replace(BEDROOM, name="hallway motion", quantity=Quantity.MOTION, value="detected", unit=None)


def test_people_hear_their_own_units() -> None:
    answer = LatestAnswer(rows=(BEDROOM,))
    assert METRIC.answer(answer) == "The temperature in the bedroom is 21.5 degrees."
    assert AMERICAN.answer(answer) == "The temperature in the bedroom is 70.8 degrees."


def test_what_has_not_been_reported_for_long_is_said_to_be_old() -> None:
    old = replace(BEDROOM, stale=True, seen_ms=NOW_MS - 30 * HOUR_MS)
    assert METRIC.answer(LatestAnswer(rows=(old,))).endswith("It last reported 30 hours ago, so that may be old.")


def test_several_things_under_one_name_are_several() -> None:
    assert METRIC.answer(LatestAnswer(rows=(BLINDS,))) == "The bedroom blinds are open."
    already = AlreadyAnswer(names=("living room blinds",), state="open")
    assert METRIC.answer(already) == "The living room blinds are already open."


@pytest.mark.parametrize(
    ("rows", "words"),
    [((), "No motion is detected."), ((MOTION,), "Motion is detected at the hallway motion.")],
)
def test_what_sensors_watch_for_is_there_or_not(rows: tuple[Row, ...], words: str) -> None:
    answer = ListAnswer(quantity=Quantity.MOTION, rows=rows, considered=3, state="detected")
    assert METRIC.answer(answer) == words


def test_a_mean_says_how_much_of_the_time_it_knows() -> None:
    row = AggregateRow(
        name="bedroom", room="Bedroom", entity_id="x", value=20.04, unit="celsius", at_ms=None, covered=0.5
    )
    answer = AggregateAnswer(
        kind="mean",
        quantity=Quantity.TEMPERATURE,
        period=Period.LAST_WEEK,
        span=Span(start_ms=0, end_ms=1),
        rows=(row,),
    )
    assert METRIC.answer(answer) == (
        "The average temperature in the bedroom last week was 20 degrees. I have data for 50 percent of that time."
    )


def test_what_has_not_happened_since_recording_began_is_not_said_to_have_never_happened() -> None:
    answer = LastChangeAnswer(
        name="back door",
        quantity=Quantity.DOOR,
        state="open",
        at_ms=None,
        now_state="closed",
        recorded_since_ms=NOW_MS - 48 * HOUR_MS,
    )
    assert METRIC.answer(answer) == (
        "The back door has not been open since I began to record it, on Wednesday at 18:00."
    )


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (1, "today at 17:00"),
        (20, "yesterday at 22:00"),
        (50, "on Wednesday at 16:00"),
        (24 * 10, "on 10 November at 18:00"),
        (24 * 400, "on 16 October 2025 at 18:00"),
    ],
)
def test_times_are_said_as_people_say_them(hours: int, words: str) -> None:
    assert FIGURES.when(NOW_MS - hours * HOUR_MS) == words


LAMP = Action(entity_id="light.lamp", name="lamp", quantity=Quantity.LIGHT, verb=Verb.TURN_ON)


@pytest.mark.parametrize(
    ("done", "now", "words"),
    [
        (Done.DONE, "on", "The lamp is now on."),
        (Done.NOT_REPORTED, "off", "I told the lamp, but it has not answered; it still says off."),
        (Done.NOT_REPORTED, None, "I told the lamp, but it has not answered, so I don't know whether it worked."),
        (Done.CHANGED_MEANWHILE, None, "The lamp has changed since you asked, so I did nothing. Please ask again."),
        (Done.NOT_SENT, None, "I could not reach the lamp, so nothing was sent: no broker."),
    ],
)
def test_only_a_device_that_reported_it_is_said_to_be_so(done: Done, now: str | None, words: str) -> None:
    receipt = Receipt(action=LAMP, done=done, now_state=now, detail="no broker")
    assert METRIC.receipts([receipt]) == words
    assert ("is now" in words) == (done is Done.DONE)


@pytest.mark.parametrize("code", ErrorCode)
def test_every_way_to_fail_has_a_sentence_without_a_code_in_it(code: ErrorCode) -> None:
    spoken = METRIC.error(ToolError(code, "it is so", received="attic", suggestion=["bedroom"]))
    assert spoken.endswith((".", "?")) and "_" not in spoken and code.value not in spoken


def test_no_two_ways_to_fail_sound_alike() -> None:
    spoken = [METRIC.error(ToolError(code, f"{code.name} said so", received="attic")) for code in ErrorCode]
    assert len(set(spoken)) == len(ErrorCode)
    assert sum("work that out" in sentence for sentence in spoken) == 1


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_numbers_are_short_and_near_what_they_stand_for(value: float) -> None:
    spoken = FIGURES.words.number(value)
    assert "e" not in spoken or abs(value) >= 1e6
    assert float(spoken) == pytest.approx(value, abs=0.5 if abs(value) >= 100 else 0.0501)


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=30))
def test_a_list_is_never_longer_than_one_can_follow(items: list[str]) -> None:
    assert len(FIGURES.words.joined(items).replace(" and ", ", ").split(", ")) <= 9


def test_what_cannot_be_reached_is_said_to_be_so_however_lately_it_was_heard() -> None:
    lamp = replace(BLINDS, name="hall lamp", quantity=Quantity.LIGHT, value="on", stale=True, reachable=False)
    assert METRIC.answer(LatestAnswer(rows=(lamp,))) == (
        "The hall lamp is on. But it cannot be reached now; it last reported 60 minutes ago."
    )


@pytest.mark.parametrize(
    ("where", "names", "words"),
    [
        ("kitchen", ("hob",), "There is one device in the kitchen: hob."),
        ("upstairs", ("lamp", "fan"), "There are 2 devices upstairs: lamp and fan."),
    ],
)
def test_devices_are_counted_as_people_count(where: str, names: tuple[str, ...], words: str) -> None:
    assert METRIC.answer(HouseAnswer(topic="devices", where=where, names=names)) == words


HEATING = replace(BEDROOM, name="bedroom heating", quantity=Quantity.CLIMATE, value="heat", unit=None)
LEO = replace(BEDROOM, name="Leo", room=None, quantity=Quantity.PRESENCE, value="present", unit=None)


def test_what_heats_is_on() -> None:
    assert METRIC.answer(LatestAnswer(rows=(HEATING,), asked_state="on")) == "Yes, the bedroom heating is set to heat."
    off = replace(HEATING, value="off")
    assert METRIC.answer(LatestAnswer(rows=(off,), asked_state="on")) == "No, the bedroom heating is off."


def test_people_are_called_by_their_names_and_are_at_home() -> None:
    anna = replace(LEO, name="Anna")
    at_home = ListAnswer(quantity=Quantity.PRESENCE, rows=(LEO, anna), considered=3, state="present")
    assert METRIC.answer(at_home) == "Leo and Anna are at home."
    assert METRIC.answer(replace(at_home, rows=())) == "Nobody is at home."
    assert METRIC.answer(LatestAnswer(rows=(LEO,), asked_state="away")) == "No, Leo is at home."


def test_what_was_so_since_the_record_began_is_not_said_never_to_have_been_so() -> None:
    answer = LastChangeAnswer(
        name="office window",
        quantity=Quantity.WINDOW,
        state="open",
        at_ms=None,
        now_state="open",
        recorded_since_ms=NOW_MS - HOUR_MS,
    )
    assert METRIC.answer(answer) == "The office window has been open ever since I began to record it, today at 17:00."
    never = replace(answer, now_state="closed")
    assert METRIC.answer(never).startswith("The office window has not been open since I began to record it")


def test_things_of_several_kinds_are_counted_as_things() -> None:
    answer = ListAnswer(quantity=None, rows=(BLINDS, replace(BLINDS, name="office window")), considered=5, state="open")
    assert METRIC.answer(answer) == "2 things are open: the bedroom blinds and the office window."
    assert METRIC.answer(replace(answer, rows=())) == "Nothing is open."
