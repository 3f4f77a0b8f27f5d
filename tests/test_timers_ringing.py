"""What is due rings: once, late where it is late, whatever the clock, the disk or the power do."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from fakes_timers import KITCHEN, Kept, TwoClocks, kept, ms

from assistant.telling.ringing import Bell
from sensors.database import Database, StoreUnavailable
from tools.contract import Asker, Role


def with_bell(house: Kept, satellite: str = "kitchen") -> Bell:
    bell = house.ringing.bell(satellite)
    house.ringing.use(bell)
    return bell


def said(bell: Bell) -> str:
    due = bell.due()
    return due.text if due else ""


async def started(house: Kept) -> None:
    """The first steps of the loop that runs for as long as the daemon does."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await house.ringing.run()


@pytest.mark.parametrize(
    ("given", "seconds", "text"),
    [
        ({"name": "pasta", "minutes": 8}, 8 * 60, "Your pasta timer is done."),
        ({"minutes": 10}, 600, "Your 10 minute timer is done."),
        ({"kind": "alarm", "clock": "18:30"}, 1800, "Alarm: it is 18:30."),
        ({"kind": "reminder", "message": "call mum", "minutes": 1}, 60, "Reminder: call mum."),
    ],
)
async def test_it_rings_at_its_time_and_not_before(
    tmp_path: Path, given: dict[str, object], seconds: int, text: str
) -> None:
    async with kept(tmp_path) as house:
        bell = with_bell(house)
        await house.set(**given)
        house.time.pass_seconds(seconds - 1)
        await house.ringing.look()
        assert said(bell) == ""
        assert house.planned[-1][0] == house.time.now_ms + 1000
        house.time.pass_seconds(1)
        await house.ringing.look()
        await house.ringing.look()
        assert said(bell) == text
        assert house.timers.waiting == ()


async def test_what_rings_stays_until_somebody_heard_it(tmp_path: Path) -> None:
    time = TwoClocks()
    async with kept(tmp_path, time) as house:
        with_bell(house)
        await house.set(name="pasta", minutes=8)
        time.pass_seconds(480)
        await house.ringing.look()
    # Killed while it rang.
    time.pass_seconds(12 * 60)
    async with kept(tmp_path, time) as house:
        bell = with_bell(house)
        await started(house)
        assert said(bell) == "Your pasta timer was due at 18:08, 12 minutes ago; I was not running."
        due = bell.due()
        assert due is not None
        await bell.settled(due, heard=True)
        assert bell.due() is None
    async with kept(tmp_path, time) as house:
        assert house.timers.rings == ()


async def test_twenty_that_came_due_while_it_was_off_all_ring_and_say_so(tmp_path: Path) -> None:
    time = TwoClocks()
    async with kept(tmp_path, time) as house:
        for number in range(20):
            await house.set(name=f"number {number}", minutes=number + 1)
    time.pass_seconds(10.5 * 60)
    time.reboot()
    async with kept(tmp_path, time) as house:
        bell = with_bell(house)
        await started(house)
        assert said(bell).startswith("10 came due while I was not running: number 0 timer, at 18:01; number 1")
        assert len(house.timers.waiting) == 10
        time.pass_seconds(10 * 60)
        await house.ringing.look()
        assert house.timers.waiting == ()
        assert len(house.timers.rings) == 20


async def test_what_nobody_could_hear_is_told_at_the_next_turn_and_only_once(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        await house.set(name="pasta", minutes=8)
        await house.set(kind="reminder", message="call mum", minutes=9)
        house.time.pass_seconds(480)
        await house.ringing.look()
        house.time.pass_seconds(60)
        await house.ringing.look()
        assert house.ringing.news(Asker(satellite="x", role=Role.GUEST)) == ""
        told = house.ringing.news(KITCHEN)
        assert told == "By the way, your pasta timer rang at 18:08 and I was to remind you at 18:09: call mum."
        # The reply was not heard to its end, so it is told again.
        assert house.ringing.news(KITCHEN) == told
        await house.ringing.told(KITCHEN)
        assert house.ringing.news(KITCHEN) == ""


async def test_it_rings_where_it_was_set_and_else_where_there_is_a_voice(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        kitchen, hall = with_bell(house), with_bell(house, "hall")
        await house.set(Asker(satellite="hall"), minutes=1)
        await house.set(Asker(satellite="console"), minutes=2)
        house.time.pass_seconds(120)
        await house.ringing.look()
        assert said(hall) == "Your 1 minute timer was due at 18:01, 1 minute ago."
        assert said(kitchen) == "Your 2 minute timer is done."


async def test_stop_ends_what_rings_and_cancels_nothing_that_waits(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        bell = with_bell(house)
        await house.set(name="pasta", minutes=1)
        await house.set(name="tea", minutes=5)
        house.time.pass_seconds(60)
        await house.ringing.look()
        assert await house.cancel(kind="timer") == "Okay."
        assert bell.due() is None
        assert [timer.name for timer in house.timers.waiting] == ["tea"]
        assert await house.cancel(kind="timer") == "Tea timer cancelled."


async def test_silenced_by_the_wake_word_stop_still_means_what_rang(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        bell = with_bell(house)
        await house.set(name="pasta", minutes=1)
        await house.set(name="tea", minutes=5)
        house.time.pass_seconds(60)
        await house.ringing.look()
        due = bell.due()
        assert due is not None
        await bell.settled(due, heard=True)
        assert await house.cancel(kind="timer") == "Okay."
        assert [timer.name for timer in house.timers.waiting] == ["tea"]


async def test_what_repeats_waits_for_its_next_time(tmp_path: Path) -> None:
    time = TwoClocks(now_ms=ms("2026-10-23 20:00"))
    async with kept(tmp_path, time) as house:
        bell = with_bell(house)
        await house.set(kind="alarm", clock="7:00", day="every_day")
        # The clocks go back in the night to the 25th.
        for day in ("2026-10-24", "2026-10-25", "2026-10-26"):
            time.pass_seconds((ms(f"{day} 07:00") - time.now_ms) / 1000)
            await house.ringing.look()
            assert said(bell) == "Alarm: it is 7:00."
            assert await bell.silence() == 1
        assert house.timers.waiting[0].due_ms == ms("2026-10-27 07:00")


async def test_an_alarm_that_was_missed_for_days_rings_once(tmp_path: Path) -> None:
    time = TwoClocks()
    async with kept(tmp_path, time) as house:
        await house.set(kind="alarm", clock="7:00", day="every_day")
    time.pass_seconds(5 * 86_400)
    async with kept(tmp_path, time) as house:
        bell = with_bell(house)
        await started(house)
        assert said(bell) == "Your alarm was due on Saturday at 7:00; I was not running."
        assert house.timers.waiting[0].due_ms == ms("2026-11-26 07:00")


async def test_the_clock_jumps_forward_and_a_timer_is_neither_early_nor_lost(tmp_path: Path) -> None:
    """A Pi shows the time of its last shutdown until the network tells it the right one."""
    time = TwoClocks(now_ms=ms("2026-11-18 03:00"))
    async with kept(tmp_path, time) as house:
        bell = with_bell(house)
        await house.set(minutes=10)
        time.pass_seconds(60)
        time.set_to(ms("2026-11-20 18:00"))
        await house.ringing.look()
        assert said(bell) == ""
        assert await house.list() == "10 minute timer, 9 minutes left."
        time.pass_seconds(9 * 60)
        await house.ringing.look()
        assert said(bell) == "Your 10 minute timer is done."


async def test_the_clock_jumps_back_and_a_timer_is_not_late(tmp_path: Path) -> None:
    time = TwoClocks()
    async with kept(tmp_path, time) as house:
        bell = with_bell(house)
        await house.set(minutes=10)
        time.set_to(ms("2026-11-20 15:00"))
        await house.ringing.look()
        time.pass_seconds(600)
        await house.ringing.look()
        assert said(bell) == "Your 10 minute timer is done."


async def test_the_clock_is_set_while_the_assistant_is_off(tmp_path: Path) -> None:
    time = TwoClocks(now_ms=ms("2026-11-18 03:00"))
    async with kept(tmp_path, time) as house:
        await house.set(minutes=10)
    time.pass_seconds(60)
    time.set_to(ms("2026-11-20 18:00"))
    async with kept(tmp_path, time) as house:
        with_bell(house)
        await house.ringing.look()
        assert await house.list() == "10 minute timer, 9 minutes left."


async def test_an_alarm_that_was_set_while_the_clock_was_wrong_is_for_the_right_day(tmp_path: Path) -> None:
    time = TwoClocks(now_ms=ms("2026-11-18 21:00"))
    async with kept(tmp_path, time) as house:
        bell = with_bell(house)
        await house.set(kind="alarm", clock="7:00", day="tomorrow")
        time.set_to(ms("2026-11-20 18:00"))
        await house.ringing.look()
        assert said(bell) == ""
        assert house.timers.waiting[0].due_ms == ms("2026-11-21 07:00")


async def test_after_a_reboot_the_time_on_the_clock_counts_even_if_it_is_set_later(tmp_path: Path) -> None:
    time = TwoClocks()
    async with kept(tmp_path, time) as house:
        await house.set(minutes=10)
    time.reboot()
    time.set_to(ms("2026-11-20 17:00"))
    async with kept(tmp_path, time) as house:
        bell = with_bell(house)
        await house.ringing.look()
        assert said(bell) == ""
        time.set_to(ms("2026-11-20 18:15"))
        await house.ringing.look()
        assert said(bell).startswith("Your 10 minute timer was due at 18:10, 5 minutes ago")


class FullDisk(Database):
    """Takes nothing any more."""

    async def execute(self, statement: str, parameters: object = ()) -> None:
        raise StoreUnavailable("house.sqlite3: the disk is full")


async def test_on_a_full_disk_it_rings_all_the_same(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        bell = with_bell(house)
        await house.set(name="pasta", minutes=8)
        await house.set(name="tea", minutes=8)
        house.timers._database.__class__ = FullDisk
        house.time.pass_seconds(480)
        await house.ringing.look()
        await house.ringing.look()
        assert said(bell) == "Your pasta timer is done. Your tea timer is done."
        house.timers._database.__class__ = Database
        # There is room again by the time that somebody stops them.
        assert await bell.silence() == 2
        assert bell.due() is None
    async with kept(tmp_path) as house:
        assert house.timers.waiting == () and house.timers.rings == ()


async def test_a_timer_that_cannot_be_kept_is_not_promised(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        house.timers._database.__class__ = FullDisk
        with pytest.raises(StoreUnavailable):
            await house.set(minutes=8)
        assert house.timers.waiting == ()
        house.timers._database.__class__ = Database


async def test_what_is_said_stays_out_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with kept(tmp_path) as house:
        await house.set(kind="reminder", message="buy a present for Anna", minutes=1)
        house.time.pass_seconds(60)
        await house.ringing.look()
    assert "reminder 1 rings" in caplog.text
    assert "Anna" not in caplog.text
