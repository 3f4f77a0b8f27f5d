"""What somebody wanted to be told of: read back, told once it comes about, taken back; honest where nobody can tell."""

from pathlib import Path

import pytest
from fakes_watches import DOOR, FREEZER, WASHER, Watching, watching

from sensors.decoded import Decoded
from tools.contract import Asker, Role
from tools.watch_calls import EACH_TIME_SECONDS, MOST_HERE, ONCE_SECONDS

WEEK = "I stop watching after 7 days."


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        (
            "tell me when the washing machine is done",
            "I will tell you once when the washing machine is done, that is when it draws less than 10 watts for"
            " 3 minutes. It is not running now, so I mean its next run. " + WEEK,
        ),
        (
            "let me know if the freezer is above minus 15 for ten minutes",
            "I will tell you once when the temperature of the freezer is above -15 degrees for 10 minutes. " + WEEK,
        ),
        (
            "warn me when the front door is open for more than five minutes",
            "I will tell you once when the front door is open for 5 minutes. " + WEEK,
        ),
        ("tell me when someone comes home", "I will tell you once when somebody comes home. " + WEEK),
        ("tell me when Anna comes home", "I will tell you once when Anna comes home. " + WEEK),
        (
            "tell me when the bedroom window is open",
            "I will tell you once when the bedroom window is open. It is so now, so I mean the next time. " + WEEK,
        ),
        (
            "notify me every time the front door opens",
            "I will tell you each time when the front door is open. I stop watching after 30 days.",
        ),
        ("alert me if there is smoke", "I will tell you once when there is smoke at the smoke detector. " + WEEK),
    ],
)
async def test_what_was_understood_is_read_back(tmp_path: Path, said: str, answered: str) -> None:
    async with watching(tmp_path) as house:
        assert await house.say(said) == answered


async def test_a_washing_machine_is_done_when_it_has_run_and_rests_no_more(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when the washing machine is done")
        assert await house.after(3600) == ""
        for seconds, watts in ((1, 2000.0), (600, 5.0), (120, 400.0), (60, 4.0)):
            house.house.clock.pass_seconds(seconds)
            await house.report(WASHER, watts)
            assert await house.told() == ""
        assert await house.after(178) == ""
        assert await house.after(5) == "The washing machine is done."
        assert await house.say("what are you watching for") == "I am not watching for anything."
        await house.report(WASHER, 900.0)
        await house.report(WASHER, 1.0)
        assert await house.after(3600) == ""


async def test_a_machine_that_says_that_it_has_finished_is_taken_at_its_word(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.report("binary_sensor.dishwasher_state", "finished")
        await house.report("binary_sensor.dishwasher_state", "running")
        assert await house.say("tell me when the dishwasher is done") == (
            "I will tell you once when the dishwasher is done, that is when it says finished. " + WEEK
        )
        await house.report("binary_sensor.dishwasher_state", "finished")
        assert await house.told() == "The dishwasher is done."


async def test_what_has_to_last_is_told_when_it_has_lasted_and_not_when_it_was_broken_off(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("warn me when the front door is open for more than five minutes")
        await house.report(DOOR, "open")
        assert await house.after(200) == ""
        await house.report(DOOR, "closed")
        await house.report(DOOR, "open")
        assert await house.after(200) == ""
        assert await house.after(102) == "The front door has been open for 5 minutes."


async def test_a_freezer_around_its_limit_is_told_once(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me every time the freezer is above minus 15")
        for value, told in (
            (-14.0, "The temperature of the freezer is above -15 degrees: -14 degrees."),
            (-15.2, ""),
            (-14.9, ""),
            (-15.6, ""),
            (-14.5, "The temperature of the freezer is above -15 degrees: -14.5 degrees."),
        ):
            house.house.clock.pass_seconds(60)
            await house.report(FREEZER, value)
            assert await house.told() == told


async def test_a_sensor_that_falls_silent_is_said_honestly_and_what_it_says_later_counts(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("let me know if the freezer is above minus 15 for ten minutes")
        assert await house.after(3600) == ""
        assert await house.after(3700) == (
            "I cannot tell any more whether the temperature of the freezer is above -15 degrees for 10 minutes:"
            " the sensor has been silent for 2 hours and 2 minutes."
        )
        assert await house.after(36_000) == ""
        await house.report(FREEZER, -10.0)
        assert await house.after(500) == ""
        assert await house.after(102) == (
            "The temperature of the freezer has been above -15 degrees for 10 minutes; now it is -10 degrees."
        )


async def test_who_comes_home_is_told_by_name(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when someone comes home")
        await house.report("device_tracker.ben", "away")
        assert await house.told() == ""
        await house.report("device_tracker.anna", "present")
        assert await house.told() == "Anna has come home."


async def test_all_of_several_have_to_be_so_at_once(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        assert await house.say("tell me when the windows are closed") == (
            "I will tell you once when the bedroom window and the kitchen window are closed. " + WEEK
        )
        assert await house.say("tell me when any window is open") == (
            "I will tell you once when the bedroom window or the kitchen window is open. " + WEEK
        )
        told = []
        for window, state in (("kitchen", "open"), ("bedroom", "closed"), ("bedroom", "open"), ("kitchen", "closed")):
            await house.report(f"binary_sensor.{window}_window", state)
            told.append(await house.told())
        assert told == ["The kitchen window is open.", "", "", ""]
        await house.report("binary_sensor.bedroom_window", "closed")
        assert await house.told() == "The bedroom window and the kitchen window are closed."


async def test_the_last_one_to_leave_is_the_moment_at_which_nobody_is_home(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when nobody is home")
        await house.report("device_tracker.anna", "present")
        await house.report("device_tracker.ben", "away")
        assert await house.told() == ""
        await house.report("device_tracker.anna", "away")
        assert await house.told() == "Anna and Ben have left."


async def test_what_lasts_together_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when all lights are off for five minutes")
        for light in ("counter_light", "floor_lamp"):
            await house.report(f"light.{light}", "off")
        assert await house.after(200) == ""
        now_ms = house.house.clock.ms
    async with watching(tmp_path) as house:
        house.house.clock.ms = now_ms
        await house.report(FREEZER, -18.0)
        assert await house.told() == ""
        assert (await house.after(102)).endswith("have been off for 5 minutes.")


async def test_what_was_so_only_for_a_moment_is_not_missed(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when the front door opens")
        for state in ("open", "closed"):
            await house.report(DOOR, state)
        assert await house.told() == "The front door is open."


async def test_it_is_listed_and_taken_back(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when the washing machine is done")
        await house.say("tell me when the front door opens")
        assert await house.say("what are you watching for") == (
            "I am watching for 2 things: when the washing machine is done and when the front door is open."
        )
        assert await house.say("stop watching the freezer") == (
            "I don't know anything called freezer. Did you mean washing machine or front door?"
        )
        assert await house.say("stop watching the washing machine") == (
            "I no longer watch whether the washing machine is done."
        )
        assert await house.say("stop watching") == "I no longer watch whether the front door is open."
        assert await house.say("stop watching everything") == "I am not watching for anything."
        await house.report(DOOR, "open")
        assert await house.told() == ""


async def test_the_same_asked_twice_is_watched_once(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        for _ in range(3):
            await house.say("tell me when the front door opens")
        assert len(house.watches.all) == 1


async def test_nobody_can_fill_it_up(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        for degrees in range(MOST_HERE + 1):
            answered = await house.say(f"tell me when it is above {25 + degrees} degrees in the bedroom")
        assert answered.endswith(f"I watch for {MOST_HERE} things already, and no more fit; stop one first.")
        assert len(house.watches.all) == MOST_HERE


async def test_it_lapses_and_that_is_said(tmp_path: Path) -> None:
    async with watching(tmp_path, wanted=()) as house:
        await house.say("tell me when the front door opens")
        assert await house.after(ONCE_SECONDS - 1) == ""
        assert await house.after(2) == "I no longer watch whether the front door is open, for 7 days are over."
        assert house.watches.all == ()
        assert EACH_TIME_SECONDS == 30 * 86_400


async def test_it_outlives_a_restart_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when the washing machine is done")
        await house.report(WASHER, 1500.0)
        await house.told()
        now_ms = house.house.clock.ms
    async with watching(tmp_path) as house:
        house.house.clock.ms = now_ms + 30_000
        await house.report(WASHER, 1.0)
        assert await house.told() == ""
        assert await house.after(182) == "The washing machine is done."


async def test_time_in_which_nothing_could_be_heard_does_not_count(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("warn me when the front door is open for more than five minutes")
        await house.report(DOOR, "open")
        await house.told()
        house.hears = False
        assert await house.told() == ""
        assert await house.after(1200) == ""
        house.hears = True
        assert await house.told() == ""
        assert await house.after(290) == ""
        assert await house.after(20) == "The front door has been open for 5 minutes."


async def test_a_clock_that_is_set_makes_nothing_last_longer(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("warn me when the front door is open for more than five minutes")
        await house.report(DOOR, "open")
        await house.told()
        house.lookout._hearing._times = (house.house.clock.ms - 7200_000, house.house.clock.ms)
        assert await house.after(100) == ""
        assert await house.after(290) == ""
        assert await house.after(20) == "The front door has been open for 5 minutes."


async def test_a_guest_hears_of_nothing_that_others_wanted(tmp_path: Path) -> None:
    guest = Asker(satellite="door", room="Kitchen", role=Role.GUEST)
    async with watching(tmp_path) as house:
        await house.say("tell me when Anna comes home")
        assert await house.say("what are you watching for", guest) == "I am not watching for anything."
        assert await house.say("stop watching everything", guest) == "I am not watching for anything."
        await house.say("tell me when Anna comes home", guest)
        assert len(house.watches.all) == 1


@pytest.mark.parametrize(
    "said",
    [
        "let me know if the front door is open",
        "tell me if the kitchen window is closed",
        "is the washing machine done",
        "when was the front door last opened",
    ],
)
async def test_a_question_about_now_sets_nothing(tmp_path: Path, said: str) -> None:
    async with watching(tmp_path) as house:
        await house.say(said)
        assert house.watches.all == ()


async def test_what_comes_about_is_on_the_record(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when the front door opens")
        await house.report(DOOR, "open")
        await house.told()
        assert await house.audited() == ["the front door is open"]


async def away(house: Watching, entity_id: str, *, gone: bool) -> None:
    await house.house.store.write([Decoded(availability={entity_id: not gone})])


async def test_a_device_that_is_away_for_minutes_is_still_what_it_was_and_then_nobody_can_tell(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when the front door opens")
        await away(house, DOOR, gone=True)
        assert await house.after(1) == ""
        assert await house.after(200) == ""
        await away(house, DOOR, gone=False)
        assert await house.after(600) == ""
        await away(house, DOOR, gone=True)
        assert await house.told() == ""
        told = await house.after(301)
        assert told.startswith("I cannot tell any more whether the front door is open: the sensor has been silent for")
        assert await house.after(3000) == ""
        await away(house, DOOR, gone=False)
        assert await house.told() == ""
        await house.report(DOOR, "open")
        assert await house.told() == "The front door is open."


async def test_killed_between_the_message_and_the_ear_it_is_told_again(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when the front door opens")
        await house.report(DOOR, "open")
        await house.lookout.look()
        assert house.bell.due() is not None
    async with watching(tmp_path) as house:
        assert house.watches.all == ()
        assert [ring.message for ring in house.timers.rings] == ["the front door is open"]


async def test_on_a_disk_that_takes_nothing_it_is_told_all_the_same(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when the front door opens")
        await house.report(DOOR, "open")
        await house.database.execute("PRAGMA query_only = ON")
        assert await house.told() == "The front door is open."
        assert await house.told() == ""
