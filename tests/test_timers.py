"""Timers, alarms and reminders: set, asked for, changed, cancelled; and what is said about them."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fakes_timers import TwoClocks, kept, ms
from pydantic import ValidationError

from tools.arguments import SetTimer
from tools.contract import Asker, ErrorCode, Role, ToolError
from tools.timer_calls import MOST_WAITING


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"minutes": 8, "name": "pasta"}, "Pasta timer, 8 minutes, starting now."),
        ({"minutes": 1.5}, "Timer, 1 minute and 30 seconds, starting now."),
        ({"hours": 1}, "Timer, 1 hour, starting now."),
        ({"kind": "alarm", "clock": "6:30", "day": "tomorrow"}, "Alarm set for tomorrow at 6:30."),
        ({"kind": "alarm", "clock": "7:00", "half": "am"}, "Alarm set for tomorrow at 7:00."),
        # Seven in the evening comes first.
        ({"kind": "alarm", "clock": "7:00"}, "Alarm set for today at 19:00."),
        ({"kind": "alarm", "minutes": 20}, "Alarm in 20 minutes."),
        (
            {"kind": "alarm", "clock": "7:00", "day": "weekdays"},
            "Alarm set for every weekday at 7:00, first on Monday at 7:00.",
        ),
        ({"kind": "alarm", "clock": "9:00", "day": "sunday", "name": "gym"}, "Gym alarm set for on Sunday at 9:00."),
        (
            {"kind": "reminder", "message": "call mum", "minutes": 30},
            "I will remind you in 30 minutes: call mum.",
        ),
        (
            {"kind": "reminder", "message": "call mum", "clock": "5:00", "day": "tomorrow"},
            "I will remind you tomorrow at 17:00: call mum.",
        ),
        (
            {"kind": "reminder", "message": "put the bins out", "clock": "19:00", "day": "every_monday"},
            "I will remind you every Monday at 19:00, first on Monday at 19:00: put the bins out.",
        ),
    ],
)
async def test_what_is_set_is_read_back(tmp_path: Path, given: dict[str, object], said: str) -> None:
    async with kept(tmp_path) as house:
        assert await house.set(**given) == said


async def test_several_run_at_once_and_each_tells_what_is_left(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        assert await house.list() == "No timers, alarms or reminders are set."
        assert await house.list(kind="alarm") == "No alarms are set."
        await house.set(name="pasta", minutes=8)
        await house.set(minutes=10)
        assert await house.list(kind="timer", name="Pasta") == "Pasta timer, 8 minutes left."
        house.time.pass_seconds(5 * 60 + 3)
        await house.set(kind="alarm", clock="7:00", day="tomorrow")
        await house.set(kind="reminder", message="call mum", hours=1)
        assert await house.list(kind="timer") == "2 timers: pasta, 3 minutes left; 10 minute, 5 minutes left."
        assert (
            await house.list()
            == "2 timers: pasta, 3 minutes left; 10 minute, 5 minutes left. 1 alarm: tomorrow at 7:00."
            " 1 reminder: call mum, 1 hour left."
        )
        house.time.pass_seconds(2 * 60)
        assert await house.list(name="pasta") == "Pasta timer, 57 seconds left."


async def test_more_time_is_added_to_the_one_that_was_named(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        await house.set(name="pasta", minutes=8)
        await house.set(name="tea", minutes=3)
        assert await house.set(name="pasta", minutes=5, extend=True) == "Pasta timer, 13 minutes left."
        assert await house.set(name="pasta", minutes=-3, extend=True) == "Pasta timer, 10 minutes left."
        assert await house.list(name="tea") == "Tea timer, 3 minutes left."


@pytest.mark.parametrize("said", ["pasta", "the Pasta", "Pasta!", "8 minute", "8 minutes"])
async def test_one_is_found_by_whatever_it_can_be_called(tmp_path: Path, said: str) -> None:
    async with kept(tmp_path) as house:
        await house.set(name="pasta", minutes=8)
        await house.set(name="tea", minutes=3)
        assert await house.cancel(kind="timer", name=said.removeprefix("the ")) == "Pasta timer cancelled."
        assert await house.list() == "Tea timer, 3 minutes left."


@pytest.mark.parametrize("said", ["7", "7 am", "7:00", "07:00", "7 o'clock"])
async def test_an_alarm_is_called_by_its_time(tmp_path: Path, said: str) -> None:
    async with kept(tmp_path) as house:
        await house.set(kind="alarm", clock="7:00", day="tomorrow")
        await house.set(kind="alarm", clock="8:30", day="tomorrow")
        assert await house.cancel(kind="alarm", name=said) == "Alarm cancelled."
        assert await house.list() == "Alarm, tomorrow at 8:30."


async def test_a_reminder_is_called_by_its_words(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        await house.set(kind="reminder", message="call mum about the party", hours=1)
        await house.set(kind="reminder", message="put the bins out", hours=2)
        assert await house.cancel(kind="reminder", name="call mum") == "Reminder, call mum about the party cancelled."


async def test_which_one_is_asked_where_it_is_not_clear(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        with pytest.raises(ToolError, match="no timer is set") as nothing:
            await house.cancel(kind="timer")
        assert nothing.value.code is ErrorCode.NO_DATA
        await house.set(name="pasta", minutes=8)
        await house.set(minutes=20)
        with pytest.raises(ToolError) as several:
            await house.cancel(kind="timer")
        assert house.replies.error(several.value) == ("Which one do you mean: the pasta timer or the 20 minute timer?")
        with pytest.raises(ToolError) as unknown:
            await house.cancel(kind="timer", name="pizza")
        assert house.replies.error(unknown.value) == (
            "I don't know anything called pizza. Did you mean pasta timer or 20 minute timer?"
        )
        assert await house.cancel(kind="timer", name="20 minute timer") == "20 minute timer cancelled."
        await house.set(minutes=20)
        assert await house.cancel(kind="timer", every=True) == "2 timers cancelled."
        assert house.timers.waiting == ()


async def test_there_is_an_end_to_how_many_fit(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        for number in range(MOST_WAITING):
            await house.set(minutes=number + 1)
        with pytest.raises(ToolError) as full:
            await house.set(minutes=1)
        assert house.replies.error(full.value) == (
            f"I can't do that: there are {MOST_WAITING} already, and no more fit; cancel one first."
        )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "when shall it ring"),
        ({"minutes": 0}, "a second at least"),
        ({"hours": 5000}, "a month at most"),
        ({"minutes": 5, "clock": "7:00"}, "when shall it ring"),
        ({"kind": "reminder", "minutes": 5}, "what shall I remind you of"),
        ({"kind": "alarm", "clock": "7:00", "half": "am", "day": "today"}, "over for today"),
        ({"name": "pasta", "minutes": 1}, "called pasta already"),
        ({"name": "pasta", "extend": True}, "by how much"),
        ({"name": "pasta", "minutes": -30, "extend": True}, "so much is not left"),
    ],
)
async def test_what_cannot_be_set_is_refused_with_a_sentence(
    tmp_path: Path, given: dict[str, object], words: str
) -> None:
    async with kept(tmp_path) as house:
        await house.set(name="pasta", minutes=8)
        with pytest.raises(ToolError, match=words):
            await house.set(**given)
        assert len(house.timers.waiting) == 1


@pytest.mark.parametrize("clock", ["25:00", "7", "7:60", "tomorrow", "2026-11-20", "7:00 "])
def test_a_planner_writes_no_dates(clock: str) -> None:
    blank = dict.fromkeys(SetTimer.model_fields)
    with pytest.raises(ValidationError):
        SetTimer.model_validate({**blank, "kind": "alarm", "clock": clock, "extend": False})


async def test_before_the_clock_is_set_only_lengths_of_time_are_taken(tmp_path: Path) -> None:
    async with kept(tmp_path, TwoClocks(now_ms=60_000)) as house:
        with pytest.raises(ToolError, match="I do not know what time it is yet"):
            await house.set(kind="alarm", clock="7:00")
        assert await house.set(minutes=3) == "Timer, 3 minutes, starting now."


async def test_what_is_set_is_there_after_a_restart(tmp_path: Path) -> None:
    time = TwoClocks()
    async with kept(tmp_path, time) as house:
        await house.set(name="pasta", minutes=8)
        await house.set(kind="alarm", clock="7:00", day="weekdays")
        before = house.timers.waiting
    time.pass_seconds(60)
    async with kept(tmp_path, time) as house:
        assert house.timers.waiting == before
        assert await house.list(name="pasta") == "Pasta timer, 7 minutes left."
        assert house.timers.waiting[1].due_ms == ms("2026-11-23 07:00")


async def test_a_guest_knows_of_what_was_set_at_the_same_place_only(tmp_path: Path) -> None:
    guest = Asker(satellite="guest room", role=Role.GUEST)
    async with kept(tmp_path) as house:
        await house.set(kind="reminder", message="call the lawyer", hours=1)
        await house.set(guest, name="tea", minutes=3)
        assert await house.list(guest) == "Tea timer, 3 minutes left."
        assert await house.cancel(guest, every=True) == "Tea timer cancelled."
        assert await house.list() == "Reminder, call the lawyer, 1 hour left."


async def test_seven_is_seven_where_the_house_is_told_of_another_zone(tmp_path: Path) -> None:
    time = TwoClocks()
    async with kept(tmp_path, time) as house:
        await house.set(kind="alarm", clock="7:00", day="tomorrow")
    new_york = ZoneInfo("America/New_York")
    async with kept(tmp_path, time, new_york) as house:
        assert house.timers.waiting[0].due_ms == ms("2026-11-21 07:00", new_york)
