"""How the day was: a few sentences, each number from what was recorded; what others did is not for guests."""

import re
from pathlib import Path

import pytest
from fakes_tools import HOUR_MS, NOON_MS, ZONE
from fakes_watches import DOOR, HERE, watching
from hypothesis import given
from hypothesis import strategies as st

from assistant.replies.replies import Replies
from sensors.reading import Quantity, Verb
from tools.audit import Event
from tools.contract import Asker, Role
from tools.watch_answers import DaySummaryAnswer, Deed, Extreme

GUEST = Asker(satellite="door", room="Kitchen", role=Role.GUEST)


async def test_it_is_told_in_five_sentences_at_most_from_what_was_recorded(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.report("sensor.motion_sensor_battery", 9.0)
        await house.say("tell me when the front door opens")
        await house.report(DOOR, "open")
        await house.told()
        said = await house.say("give me the summary of the day")
        answer = house.answer()
        assert isinstance(answer, DaySummaryAnswer)
        assert answer.warmest is not None and answer.coldest is not None
        for extreme, highest in ((answer.warmest, True), (answer.coldest, False)):
            asked = await house.house.query(
                "maximum" if highest else "minimum", quantity="temperature", where=extreme.name, period="today"
            )
            assert asked.answer is not None and asked.answer.rows[0].value == extreme.value  # type: ignore[union-attr]
        assert said == (
            "The warmest was the kitchen with 23.4 degrees at 2:00, the coldest the bedroom with 15.5 degrees at 3:00."
            " Open now: the bedroom window and the front door. Low batteries: the motion sensor."
            " I told you: the front door is open; the battery of the motion sensor is low: 9 percent."
            " Today nothing was done through me."
        )
        assert said.count(". ") + 1 <= 5


async def test_what_was_done_is_counted_from_the_receipts(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        for verb, what in (("turn_on", "floor lamp"), ("turn_off", "counter light"), ("turn_on", "bedroom light")):
            result = await house.house.control(verb, what)
            if result.verdict == "needs_confirmation":
                house.house.heard("here")
                await house.house.gate.hear("yes", Asker(satellite="here", room="Bedroom"))
        await house.say("how was the day")
        answer = house.answer()
        assert isinstance(answer, DaySummaryAnswer)
        receipts = [one for one in await house.house.audit.records(newest=999) if one.event == Event.RECEIPT]
        assert answer.done == len(receipts) > 0
        assert {one.name for one in answer.deeds} <= {"counter light", "bedroom light", "floor lamp"}
        await house.say("how was yesterday")
        before = house.answer()
        assert isinstance(before, DaySummaryAnswer) and before.done == 0


async def test_a_guest_is_not_told_what_others_did(tmp_path: Path) -> None:
    async with watching(tmp_path) as house:
        await house.say("tell me when the front door opens")
        await house.report(DOOR, "open")
        await house.told()
        said = await house.say("how was the day", GUEST)
        assert "told you" not in said and "done" not in said and "front door" not in said
        assert "front door" in await house.say("how was the day", HERE)


async def test_a_house_of_which_nothing_is_known_has_nothing_to_tell(tmp_path: Path) -> None:
    async with watching(tmp_path, entities=()) as house:
        assert await house.say("how was the day", GUEST) == "Today I have nothing to tell of."


@pytest.mark.parametrize("hours", [0, 11])
async def test_it_is_of_the_day_by_the_clock_of_the_house(tmp_path: Path, hours: int) -> None:
    async with watching(tmp_path) as house:
        house.house.clock.ms = NOON_MS + hours * HOUR_MS
        await house.say("how was the day")
        answer = house.answer()
        assert isinstance(answer, DaySummaryAnswer)
        for one in (answer.warmest, answer.coldest):
            assert one is not None and NOON_MS - 12 * HOUR_MS <= one.at_ms < NOON_MS + 12 * HOUR_MS


NAMES = st.lists(st.sampled_from(["kitchen", "bedroom", "front door", "cellar", "attic", "shed"]), unique=True)
EXTREMES = st.none() | st.builds(
    Extreme,
    name=st.sampled_from(["kitchen", "bedroom"]),
    room=st.just("Kitchen"),
    quantity=st.just(Quantity.TEMPERATURE),
    value=st.floats(-40, 50),
    unit=st.just("celsius"),
    at_ms=st.just(NOON_MS),
)
ANSWERS = st.builds(
    DaySummaryAnswer,
    day=st.sampled_from(["today", "yesterday"]),
    warmest=EXTREMES,
    coldest=EXTREMES,
    has_openings=st.booleans(),
    open_now=NAMES.map(tuple),
    low_batteries=NAMES.map(tuple),
    silent=NAMES.map(tuple),
    knows_deeds=st.booleans(),
    deeds=st.lists(
        st.builds(Deed, name=st.just("lamp"), verb=st.just(Verb.TURN_ON), value=st.none(), unit=st.none()),
        max_size=3,
    ).map(tuple),
    done=st.integers(0, 40),
    told=NAMES.map(tuple),
    told_count=st.integers(0, 40),
    rang=st.integers(0, 40),
)


@given(ANSWERS, st.sampled_from(["en", "de"]))
def test_whatever_the_day_was_it_is_short_and_whole_sentences(answer: DaySummaryAnswer, language: str) -> None:
    spoken = Replies(zone=ZONE, units="metric", clock_ms=lambda: NOON_MS, language=language).answer(answer)
    sentences = re.split(r"(?<=[.!?]) ", spoken)
    assert 1 <= len(sentences) <= 5
    assert all(one[0].isupper() or one[0].isdigit() for one in sentences) and spoken.endswith(".")
    assert "{" not in spoken and "  " not in spoken
