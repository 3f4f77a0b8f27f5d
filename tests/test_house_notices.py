"""What the house tells by itself: dangers at once, the rest once and not at night; each only where it is wanted."""

from pathlib import Path

import pytest
from fakes_watches import HERE, WATCHED, watching

from assistant.build import open_assistant
from assistant.values import Utterance
from assistant.wiring import replies_of
from config.settings import Settings
from tools.noticing import Kind
from tools.timers import DANGER, Ring

BATTERY, LEAK, SMOKE = (
    "sensor.motion_sensor_battery",
    "binary_sensor.bathroom_leak",
    "binary_sensor.smoke_detector",
)
HOUR = 3600
FEW = tuple(
    entity for entity in WATCHED if entity.id == BATTERY or not any(aspect.numeric for aspect in entity.aspects)
)
"""A house in which only one thing reports numbers."""


async def test_water_is_told_at_once_and_until_somebody_reacts_and_that_it_is_over(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        assert await house.told() == ""
        house.quiet = True
        await house.report(LEAK, "detected")
        await house.notices.look()
        due = house.bell.due()
        assert due is not None and due.wants_reaction and due.insist_seconds == 600
        assert due.text == "Water alarm! There is water at the bathroom leak."
        assert await house.ringing.silence(HERE) == 1
        assert await house.after(30) == ""
        await house.report(LEAK, "clear")
        assert await house.told() == ""
        assert await house.after(70) == "The alarm at the bathroom leak is over."
        assert await house.audited() == [
            "Water alarm! There is water at the bathroom leak.",
            "the alarm at the bathroom leak is over",
        ]


async def test_what_is_wrong_is_in_the_log_once_also_after_a_restart_and_that_it_is_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with watching(tmp_path, entities=FEW) as house:
        await house.report(LEAK, "detected")
        await house.report(BATTERY, 10.0)
        for _ in range(3):
            await house.after(61)
        now_ms = house.house.clock.ms
    for words in ("Water alarm!", "The battery of the motion sensor is low"):
        assert caplog.text.lower().count(words.lower()) == 1
    async with watching(tmp_path, entities=FEW) as house:
        house.house.clock.ms = now_ms
        assert await house.told() == ""
        await house.report(LEAK, "clear")
        await house.after(70)
    assert caplog.text.count("Water alarm!") == 2 and caplog.text.count("is over") == 1


async def test_smoke_of_a_moment_is_told_too(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.told()
        await house.report(SMOKE, "detected")
        await house.report(SMOKE, "clear")
        assert await house.told() == "Fire alarm! There is smoke at the smoke detector."


async def test_a_low_battery_is_told_once_and_again_only_after_it_was_well(tmp_path: Path) -> None:
    async with watching(tmp_path, entities=FEW) as house:
        told = []
        for percent in (25.0, 15.0, 21.0, 14.0, 100.0, 10.0):
            house.house.clock.pass_seconds(HOUR)
            await house.report(BATTERY, percent)
            told.append(await house.told())
        assert told == [
            "",
            "The battery of the motion sensor is low: 15 percent.",
            "",
            "",
            "",
            "The battery of the motion sensor is low: 10 percent.",
        ]


async def test_what_is_no_danger_waits_for_the_end_of_the_quiet_hours(tmp_path: Path) -> None:
    async with watching(tmp_path, entities=FEW) as house:
        house.quiet = True
        await house.report(BATTERY, 10.0)
        assert await house.after(HOUR) == ""
        house.quiet = False
        assert await house.after(HOUR) == "The battery of the motion sensor is low: 10 percent."


async def test_what_was_told_is_not_told_again_after_a_restart(tmp_path: Path) -> None:
    async with watching(tmp_path, entities=FEW) as house:
        await house.report(BATTERY, 10.0)
        assert await house.told() != ""
        now_ms = house.house.clock.ms
    async with watching(tmp_path, entities=FEW) as house:
        house.house.clock.ms = now_ms
        assert await house.after(HOUR) == ""


async def test_one_that_is_silent_is_named_and_many_are_counted(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with watching(tmp_path, entities=FEW) as house:
        await house.told()
        assert await house.after(25 * HOUR) == "I have heard nothing from the motion sensor for 25 hours."
        assert await house.after(25 * HOUR) == ""
        await house.report(BATTERY, 80.0)
        assert await house.after(HOUR) == ""
        assert await house.after(25 * HOUR) == "I have heard nothing from the motion sensor for 26 hours."
    async with watching(tmp_path_factory.mktemp("all")) as house:
        await house.told()
        assert await house.after(25 * HOUR) == "8 devices do not report any more; ask me which."


async def test_while_nothing_can_be_heard_nobody_is_called_silent(tmp_path: Path) -> None:
    async with watching(tmp_path, entities=FEW) as house:
        house.hears = False
        assert await house.after(50 * HOUR) == ""


@pytest.mark.parametrize("kind", [Kind.SMOKE, Kind.LOW_BATTERY, Kind.SILENT])
async def test_each_kind_can_be_switched_off(tmp_path: Path, kind: Kind) -> None:
    wanted = tuple(one for one in Kind if one is not kind)
    async with watching(tmp_path, entities=FEW, wanted=wanted) as house:
        await house.report(SMOKE, "detected")
        await house.report(BATTERY, 10.0)
        told = [await house.told(), await house.after(30 * HOUR)]
        assert [bool(text) for text in told] == [True, kind is not Kind.SILENT]
        assert ("Fire alarm" in told[0]) is (kind is not Kind.SMOKE)
        assert ("battery" in told[0]) is (kind is not Kind.LOW_BATTERY)


@pytest.mark.parametrize("said", ["okay", "stop"])
async def test_whoever_says_okay_or_stop_has_reacted(tmp_path: Path, said: str) -> None:
    settings = Settings.model_validate({"mqtt": {"enabled": False}, "voice": {"enabled": False}})
    async with open_assistant(settings, tmp_path / "state") as assistant:
        person = assistant.typist(None)
        bell = assistant.ringing.bell(person.satellite)
        assistant.ringing.use(bell)
        at = {"due_ms": 0, "rang_ms": 0, "seconds": None, "unheard": False}
        where = {"satellite": person.satellite, "room": None, "name": None}
        bell.put(Ring(id=7, kind=DANGER, message="Water alarm!", **where, **at))
        reply = await assistant.turns.hear(Utterance(text=said, asker=person))
        assert reply.text in {"Okay.", "Okay, never mind."}
        assert bell.due() is None
        reply = await assistant.turns.hear(Utterance(text="okay", asker=person))
        assert reply.text == replies_of(settings).fixed.nothing_pending
