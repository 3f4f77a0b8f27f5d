"""What was answered a moment ago is answered again, and never once anything has changed."""

import asyncio
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_tools import ELSEWHERE, HERE, Clock, SmallHouse

from sensors.arrange import HouseFileWatch
from sensors.decoded import Decoded
from sensors.questions import Questions
from tools.answers import HouseAnswer, LatestAnswer, ListAnswer
from tools.arguments import DescribeHouse, Topic
from tools.cache import MOST_KEPT, AnswerCache
from tools.call import Desk, TurnBudget
from tools.contract import Asker, Effect, ErrorCode, Outcome, Role, Tool, ToolCall, ToolError

DOOR = "binary_sensor.front_door_contact"
ROOMS = DescribeHouse(topic=Topic.ROOMS, where=None, quantity=None)


async def door(house: SmallHouse, asker: Asker = HERE) -> tuple[object, bool]:
    result = await house.query("latest", asker, quantity="door", where="front door")
    assert isinstance(result.answer, LatestAnswer)
    return result.answer.rows[0].value, result.cached


async def test_the_same_question_is_answered_again_without_looking(house: SmallHouse) -> None:
    assert await door(house) == ("closed", False)
    assert await door(house) == ("closed", True)


async def test_is_the_door_closed_right_after_it_was_opened_is_never_answered_from_memory(house: SmallHouse) -> None:
    for state in ["open", "closed"] * 5:
        await house.devices.report(DOOR, state)
        assert await door(house) == (state, False)
        assert await door(house) == (state, True)


async def test_what_a_person_has_just_had_done_is_seen_at_once(house: SmallHouse) -> None:
    async def on() -> list[str]:
        result = await house.query("list", quantity="light", state="on")
        assert isinstance(result.answer, ListAnswer)
        return [row.name for row in result.answer.rows]

    assert await on() == await on() == ["counter light", "floor lamp"]
    await house.control("turn_on", "bedroom light")
    house.heard(HERE.satellite)
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.receipts[0].now_state == "on"
    assert await on() == ["bedroom light", "counter light", "floor lamp"]


async def test_a_device_that_can_no_longer_be_reached_is_not_remembered_as_reachable(house: SmallHouse) -> None:
    assert await door(house) == ("closed", False)
    await house.store.write([Decoded(availability={DOOR: False})])
    result = await house.query("latest", quantity="door", where="front door")
    assert isinstance(result.answer, LatestAnswer)
    assert (result.answer.rows[0].reachable, result.cached) == (False, False)


async def test_no_answer_outlives_its_half_minute_of_the_clock(house: SmallHouse) -> None:
    await door(house)
    house.clock.ms += 29_000
    assert await door(house) == ("closed", True)
    house.clock.ms += 1_000
    assert await door(house) == ("closed", False)


async def test_today_is_another_day_after_midnight(house: SmallHouse) -> None:
    house.clock.ms += 12 * 3_600_000 - 2_000
    before = await house.query("mean", quantity="temperature", where="bedroom", period="today")
    house.clock.ms += 3_000
    after = await house.query("mean", quantity="temperature", where="bedroom", period="today")
    assert not after.cached
    assert before.resolved["start_ms"] != after.resolved.get("start_ms")


async def test_a_question_without_a_place_means_each_askers_own_room(house: SmallHouse) -> None:
    async def temperature(asker: Asker) -> list[str]:
        result = await house.query("latest", asker, quantity="temperature")
        assert isinstance(result.answer, LatestAnswer)
        return [row.name for row in result.answer.rows]

    assert await temperature(HERE) == ["bedroom"]
    assert await temperature(ELSEWHERE) == ["kitchen"]


async def test_what_an_owner_was_told_is_not_handed_to_a_guest(house: SmallHouse) -> None:
    guest = Asker(satellite=HERE.satellite, room=HERE.room, role=Role.GUEST)
    answers = [await house.query("latest", asker, quantity="temperature") for asker in (HERE, HERE, guest)]
    assert [answer.verdict for answer in answers] == ["ok"] * 3
    assert [answer.cached for answer in answers] == [False, True, False]


async def test_what_only_sounds_alike_is_another_question(house: SmallHouse) -> None:
    await house.query("latest", quantity="temperature", where="kitchen")
    assert not (await house.query("latest", quantity="temperature", where="bedroom")).cached
    assert not (await house.query("minimum", quantity="temperature", where="kitchen")).cached


async def test_a_failure_is_not_remembered(house: SmallHouse) -> None:
    assert (await house.query("latest", where="moon")).verdict == "unknown_name"
    again = await house.query("latest", where="moon")
    assert (again.verdict, again.cached) == ("unknown_name", False)


async def test_a_proposal_is_never_remembered(house: SmallHouse) -> None:
    first = await house.control("turn_on", "bedroom light")
    second = await house.control("turn_on", "bedroom light")
    assert first.answer != second.answer and not second.cached


async def test_what_acts_is_never_remembered_though_it_could_tell_whether_anything_changed(house: SmallHouse) -> None:
    counting = Counting()
    acting = replace(counting.tool, effect=Effect.ACT)
    desk = Desk([acting], audit=house.audit, timeout_seconds=5, cache=AnswerCache(clock_ms=lambda: 0))
    for _ in range(2):
        call = ToolCall(id="c", name="count", arguments=ROOMS.model_dump_json())
        assert not (await desk.call(call, HERE, [acting], TurnBudget("t", 1))).cached
    assert counting.runs == 2


async def test_two_tools_that_are_asked_alike_do_not_answer_for_each_other() -> None:
    cache, one, other = AnswerCache(clock_ms=lambda: 0), Counting(), Counting()
    other_key = await cache.key(replace(other.tool, name="other"), ROOMS, HERE)
    assert other_key != await cache.key(one.tool, ROOMS, HERE)


async def test_that_an_answer_was_remembered_is_in_the_audit(house: SmallHouse) -> None:
    await door(house)
    await door(house)
    assert [record.body["cached"] for record in await house.audit.records(newest=2)] == [False, True]


async def test_the_users_file_counts_as_a_change(house: SmallHouse, tmp_path: Path) -> None:
    file = tmp_path / "house.toml"
    file.write_text("")
    async with Questions(house.readings_path, house_file=HouseFileWatch(file)) as questions:
        before = await questions.version()
        assert await questions.version() == before
        file.write_text('[floors.up]\nrooms = ["Bedroom"]\n')
        assert await questions.version() != before


class Counting:
    """A read that takes a while, and fails when told."""

    def __init__(self, *, fails: int = 0) -> None:
        self.runs = 0
        self._fails = fails
        self.seconds = 0.01

    async def run(self, _asked: DescribeHouse, _asker: Asker) -> Outcome:
        self.runs += 1
        number = self.runs
        await asyncio.sleep(self.seconds)
        if number <= self._fails:
            raise ToolError(ErrorCode.UNAVAILABLE, "not now")
        return Outcome(resolved={}, answer=HouseAnswer(topic="rooms", where=None, names=(str(number),)))

    async def version(self) -> Hashable:
        return 1

    @property
    def tool(self) -> Tool:
        return Tool(
            name="count",
            description="",
            arguments=DescribeHouse,
            effect=Effect.READ,
            run=self.run,
            version=self.version,
        )


async def ask(cache: AnswerCache, counting: Counting, asked: DescribeHouse = ROOMS) -> tuple[Outcome, bool]:
    key = await cache.key(counting.tool, asked, HERE)
    assert key is not None
    return await cache.answer(key, lambda: counting.run(asked, HERE))


async def test_of_many_who_ask_the_same_at_once_one_looks() -> None:
    cache, counting = AnswerCache(clock_ms=lambda: 0), Counting()
    answers = await asyncio.gather(*(ask(cache, counting) for _ in range(5)))
    assert counting.runs == 1
    assert [cached for _, cached in answers] == [False, True, True, True, True]
    assert len({answer for answer, _ in ((str(one.answer), hit) for one, hit in answers)}) == 1


async def test_where_the_first_fails_or_gives_up_the_next_looks_for_itself() -> None:
    cache, counting = AnswerCache(clock_ms=lambda: 0), Counting(fails=1)
    first, second = await asyncio.gather(ask(cache, counting), ask(cache, counting), return_exceptions=True)
    assert isinstance(first, ToolError) and not isinstance(second, BaseException)
    assert counting.runs == 2

    stuck = Counting()
    stuck.seconds = 60
    fresh = AnswerCache(clock_ms=lambda: 0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await ask(fresh, stuck)
    stuck.seconds = 0
    assert (await ask(fresh, stuck))[1] is False


async def test_only_so_many_answers_are_kept() -> None:
    cache, counting = AnswerCache(clock_ms=lambda: 0), Counting()
    counting.seconds = 0
    for number in range(MOST_KEPT + 1):
        await ask(cache, counting, ROOMS.model_copy(update={"where": f"room {number}"}))
    assert (await ask(cache, counting, ROOMS.model_copy(update={"where": f"room {MOST_KEPT}"})))[1]
    assert not (await ask(cache, counting, ROOMS.model_copy(update={"where": "room 0"})))[1]


async def test_a_tool_that_cannot_tell_whether_anything_changed_is_always_asked() -> None:
    cache = AnswerCache(clock_ms=Clock().now_ms)
    tool = Tool(name="x", description="", arguments=DescribeHouse, effect=Effect.READ, run=Counting().run)
    assert await cache.key(tool, ROOMS, HERE) is None
