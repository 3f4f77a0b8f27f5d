"""What the gate asks of people: more for a door than a lamp, never too often, and nothing that a planner could do."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_tools import ELSEWHERE, ENTITIES, HERE, SmallHouse, light, proposed, small_house
from pydantic import SecretStr

from config.asking import Ask, ConfirmSettings
from sensors.decoded import Decoded, Definition
from sensors.home import House
from sensors.reading import Aspect, Component, Entity, Quantity
from tools.answers import Action
from tools.contract import NEEDS_CONFIRMATION, Asker, ErrorCode, Role, ToolError
from tools.executor import Done
from tools.gate import MOST_REPEATS, HeardKind
from tools.house_state import open_house_state
from tools.patience import FATIGUE_SECONDS, MOST_UNACCEPTED, REFUSED_SECONDS
from tools.pin import LOCKED_SECONDS, hash_pin
from tools.proposals import KEPT_DAYS, Proposals, State

PIN = "2846"
WITH_PIN = ConfirmSettings(entry=Ask.PIN, pin_hash=SecretStr(hash_pin(PIN)))
CONSOLE = Asker(satellite="console", typed=True)
ORDERED = replace(HERE, by_code=True)
UNLOCK = [("cmd/lock.front_door", b"UNLOCK")]


async def say(house: SmallHouse, words: str, asker: Asker = HERE) -> HeardKind | None:
    heard = await house.gate.hear(words, asker)
    return heard.kind if heard else None


async def test_with_a_pin_the_door_needs_its_name_and_then_the_pin(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=WITH_PIN) as house:
        assert (await proposed(house, "unlock", "front door")).ask is Ask.PIN
        assert await say(house, PIN) is HeardKind.OTHER
        await proposed(house, "unlock", "front door", ORDERED)
        assert await say(house, "yes") is HeardKind.ECHO_NEEDED
        assert await say(house, "yes, front door") is HeardKind.PIN_NEEDED
        assert house.devices.sent == []
        assert await say(house, "2 8 4 6") is HeardKind.ACCEPTED
        assert house.devices.sent == UNLOCK


async def test_the_pin_may_come_in_one_breath_with_the_yes(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=WITH_PIN) as house:
        await proposed(house, "unlock", "front door")
        assert await say(house, f"yes, front door, {PIN}") is HeardKind.ACCEPTED
        assert house.devices.sent == UNLOCK


async def test_a_wrong_pin_ends_it_and_after_three_nobody_is_asked(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=WITH_PIN) as house:
        for wrong in ("1111", "2847", "28466"):
            await proposed(house, "unlock", "front door", ORDERED)
            await say(house, "yes, front door")
            assert await say(house, wrong) is HeardKind.PIN_WRONG
            assert house.gate.pending("here") is None
        refused = await house.control("unlock", "front door", ORDERED)
        assert refused.verdict == ErrorCode.RATE_LIMITED and "PIN was wrong too often" in str(refused.error)
        await proposed(house, "turn_on", "bedroom light", ORDERED)
        assert await say(house, "yes") is HeardKind.ACCEPTED
        house.clock.pass_seconds(LOCKED_SECONDS)
        await proposed(house, "unlock", "front door", ORDERED)
        await say(house, "yes, front door")
        assert await say(house, PIN) is HeardKind.ACCEPTED


async def test_wrong_tries_on_one_satellite_lock_no_other(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=WITH_PIN) as house:
        for _ in range(3):
            await proposed(house, "unlock", "front door", ORDERED)
            await say(house, "yes, front door, 1111")
        assert (await proposed(house, "unlock", "front door", ELSEWHERE)).ask is Ask.PIN


async def test_many_guesses_at_the_same_moment_are_one_try(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=WITH_PIN) as house:
        await proposed(house, "unlock", "front door")
        await say(house, "yes, front door")
        heard = await asyncio.gather(*(house.gate.hear(guess, HERE) for guess in ("1111", "2222", PIN, "3333")))
        assert [one.kind for one in heard if one] == [HeardKind.PIN_WRONG]
        assert house.devices.sent == []


async def test_while_the_pin_is_wanted_a_no_is_still_a_no(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=WITH_PIN) as house:
        await proposed(house, "unlock", "front door")
        await say(house, "yes, front door")
        assert await say(house, "no") is HeardKind.REJECTED
        assert await say(house, PIN) is None
        assert house.devices.sent == []


async def test_a_second_yes_is_no_pin(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=WITH_PIN) as house:
        await proposed(house, "unlock", "front door")
        assert await say(house, "yes, front door") is HeardKind.PIN_NEEDED
        assert await say(house, "yes, front door") is HeardKind.PIN_NEEDED
        assert house.devices.sent == []


async def test_what_is_kept_of_an_utterance_never_holds_the_pin(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=WITH_PIN) as house:
        assert await house.gate.without_pin(f"unlock the door {PIN}", HERE) == "unlock the door [PIN]"
        assert await house.gate.without_pin("2 8 4 7", HERE) == "[PIN]"
        await proposed(house, "unlock", "front door")
        assert await house.gate.without_pin("yes front door 2847", HERE) == "yes front door [PIN]"
        assert house.gate.is_answer("2847")


async def test_where_there_is_no_pin_a_number_is_a_number(house: SmallHouse) -> None:
    assert await house.gate.without_pin("2846", HERE) == "2846"
    assert not house.gate.is_answer("2846")


async def test_what_needs_the_console_is_not_done_by_anything_that_is_said(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=ConfirmSettings(entry=Ask.CONSOLE)) as house:
        answer = await proposed(house, "unlock", "front door")
        assert answer.ask is Ask.CONSOLE
        assert await say(house, "yes, front door") is HeardKind.CONSOLE_NEEDED
        assert house.devices.sent == []
        (waiting,) = house.gate.waiting()
        heard = await house.gate.approve(waiting.id, CONSOLE)
        assert heard is not None and [one.done for one in heard.receipts] == [Done.DONE]
        assert house.devices.sent == UNLOCK
        assert await house.gate.approve(waiting.id, CONSOLE) is None


async def test_there_is_time_to_walk_to_the_console(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=ConfirmSettings(entry=Ask.CONSOLE)) as house:
        answer = await proposed(house, "unlock", "front door")
        house.clock.pass_seconds(30)
        heard = await house.gate.approve(answer.proposal_id, CONSOLE)
        assert heard is not None and heard.kind is HeardKind.ACCEPTED


@pytest.mark.parametrize("by", [HERE, replace(CONSOLE, role=Role.GUEST), replace(CONSOLE, typed=False)])
async def test_only_the_owner_at_a_keyboard_approves_for_others(house: SmallHouse, by: Asker) -> None:
    answer = await proposed(house, "unlock", "front door", ELSEWHERE)
    with pytest.raises(ToolError) as refused:
        await house.gate.approve(answer.proposal_id, by)
    assert refused.value.code is ErrorCode.NOT_ALLOWED and house.devices.sent == []


async def test_whoever_may_refuse_may_do_so_from_elsewhere(house: SmallHouse) -> None:
    answer = await proposed(house, "unlock", "front door", ELSEWHERE)
    assert await house.gate.reject("0" * 32) is None
    heard = await house.gate.reject(answer.proposal_id)
    assert heard is not None and heard.kind is HeardKind.REJECTED
    assert await say(house, "yes, front door", ELSEWHERE) is None
    assert await house.proposals.state(answer.proposal_id) is State.REJECTED


async def test_an_expired_one_is_not_approved_either(house: SmallHouse) -> None:
    answer = await proposed(house, "unlock", "front door", ELSEWHERE)
    house.clock.pass_seconds(11)
    assert house.gate.waiting() == ()
    assert await house.gate.approve(answer.proposal_id, CONSOLE) is None
    assert house.devices.sent == []


async def test_a_typed_conversation_with_the_owner_is_as_good_as_the_console(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=ConfirmSettings(entry=Ask.CONSOLE)) as house:
        assert (await proposed(house, "unlock", "front door", CONSOLE)).ask is Ask.NOUN
        resident = replace(CONSOLE, role=Role.RESIDENT)
        assert (await proposed(house, "unlock", "front door", resident)).ask is Ask.CONSOLE


async def test_what_is_never_done_is_refused_before_anybody_is_asked(tmp_path: Path) -> None:
    settings = ConfirmSettings(things={"front door": Ask.NEVER})
    async with small_house(tmp_path, settings=settings) as house:
        for asker in (HERE, CONSOLE, ORDERED):
            refused = await house.control("unlock", "front door", asker)
            assert refused.verdict == ErrorCode.NOT_ALLOWED
        assert house.gate.waiting() == ()


async def test_an_order_is_enough_only_where_the_settings_say_so_and_code_read_it(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=ConfirmSettings(light=Ask.AT_ONCE)) as house:
        answer = await proposed(house, "turn_on", "bedroom light", HERE)
        assert answer.ask is Ask.YES, "a model's reading of an order is never enough"
        assert await house.gate.at_once(answer.proposal_id, ORDERED) is None
        resident = replace(ORDERED, role=Role.RESIDENT)
        assert (await proposed(house, "turn_on", "bedroom light", resident)).ask is Ask.YES
        answer = await proposed(house, "turn_on", "bedroom light", ORDERED)
        assert answer.ask is Ask.AT_ONCE
        assert await house.gate.at_once("0" * 32, ORDERED) is None
        assert await house.gate.at_once(answer.proposal_id, HERE) is None
        assert await house.gate.at_once(answer.proposal_id, replace(ORDERED, satellite="kitchen")) is None
        assert house.devices.sent == []
        heard = await house.gate.at_once(answer.proposal_id, ORDERED)
        assert heard is not None and house.devices.sent == [("cmd/light.bedroom_light", b"ON")]


async def test_by_default_no_order_is_enough(house: SmallHouse) -> None:
    answer = await proposed(house, "turn_on", "bedroom light", ORDERED)
    assert await house.gate.at_once(answer.proposal_id, ORDERED) is None
    assert house.devices.sent == []


async def test_nobody_is_asked_on_and_on(house: SmallHouse) -> None:
    for number in range(MOST_UNACCEPTED):
        await proposed(house, "turn_on", ("bedroom light", "ceiling light")[number % 2], ORDERED)
        await say(house, "no")
    refused = await house.control("unlock", "front door", ORDERED)
    assert refused.verdict == ErrorCode.RATE_LIMITED and "4 times without a yes" in str(refused.error)
    assert (await proposed(house, "turn_on", "bedroom light", ELSEWHERE)).ask is Ask.YES
    house.clock.pass_seconds(FATIGUE_SECONDS)
    await proposed(house, "unlock", "front door", ORDERED)


async def test_the_same_order_again_is_no_new_burden(house: SmallHouse) -> None:
    for _ in range(2 * MOST_UNACCEPTED):
        await proposed(house, "unlock", "front door", ORDERED)
    assert len(house.gate.waiting()) == 1


async def test_who_types_an_order_is_worn_down_by_nobody(house: SmallHouse) -> None:
    typing = replace(CONSOLE, by_code=True)
    for _ in range(2 * MOST_UNACCEPTED):
        await proposed(house, "turn_on", "bedroom light", typing)
        await say(house, "no", typing)
    assert (await house.control("turn_on", "bedroom light", CONSOLE)).verdict == ErrorCode.RATE_LIMITED


async def test_a_yes_makes_people_patient_again(house: SmallHouse) -> None:
    for _ in range(MOST_UNACCEPTED - 1):
        await proposed(house, "turn_on", "bedroom light", ORDERED)
        await say(house, "no")
    await proposed(house, "turn_on", "bedroom light", ORDERED)
    await say(house, "yes")
    await proposed(house, "turn_off", "bedroom light", ORDERED)


async def test_what_was_refused_is_not_asked_again_by_a_model_but_by_the_person(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    await say(house, "no")
    again = await house.control("turn_on", "bedroom light")
    assert again.verdict == ErrorCode.RATE_LIMITED
    assert (await house.control("turn_on", "ceiling light")).verdict == NEEDS_CONFIRMATION
    await proposed(house, "turn_on", "bedroom light", ORDERED)
    await say(house, "no")
    house.clock.pass_seconds(REFUSED_SECONDS)
    await proposed(house, "turn_on", "bedroom light")


async def test_the_question_is_not_put_for_ever(house: SmallHouse) -> None:
    answer = await proposed(house, "turn_on", "bedroom light")
    for _ in range(MOST_REPEATS):
        assert await say(house, "what?") is HeardKind.REPEAT
        house.heard("here")
    assert await say(house, "what?") is HeardKind.REJECTED
    assert await house.proposals.state(answer.proposal_id) is State.CANCELLED


async def test_repeating_the_question_does_not_hold_it_open_for_ever(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    for _ in range(4):
        house.clock.pass_seconds(9.9)
        house.heard("here")
    house.clock.pass_seconds(0.5)
    assert await say(house, "yes") is None
    assert house.devices.sent == []


TELEVISION = Entity(
    id="switch.tv",
    component=Component.SWITCH,
    name="Television",
    room="Bedroom",
    aspects=(Aspect(name="state", quantity=Quantity.SWITCH),),
)


async def test_while_something_talks_in_the_room_a_bare_yes_is_not_enough(tmp_path: Path) -> None:
    async with small_house(tmp_path, (*ENTITIES, TELEVISION)) as house:
        await house.devices.report("switch.tv", "on")
        answer = await proposed(house, "turn_on", "bedroom light")
        assert (answer.ask, answer.echo) == (Ask.NOUN, "bedroom light")
        assert await say(house, "yes") is HeardKind.ECHO_NEEDED
        assert await say(house, "yes, bedroom light") is HeardKind.ACCEPTED
        assert (await proposed(house, "turn_on", "ceiling light", ELSEWHERE)).ask is Ask.YES
        assert (await proposed(house, "turn_off", "bedroom light", CONSOLE)).ask is Ask.YES
        await house.devices.report("switch.tv", "off")
        assert (await proposed(house, "turn_off", "bedroom light")).ask is Ask.YES


async def test_two_things_are_both_named_by_both(tmp_path: Path) -> None:
    second = replace(
        next(one for one in ENTITIES if one.id == "lock.front_door"), id="lock.back_door", name="Back door lock"
    )
    commands = tuple(replace(one, topic="cmd/lock.back_door") for one in second.commands)
    async with small_house(tmp_path, (*ENTITIES, replace(second, commands=commands))) as house:
        await house.devices.report("lock.back_door", "locked")
        answer = await proposed(house, "unlock", "all locks")
        assert answer.echo == "both"
        assert await say(house, "yes, front door") is HeardKind.OTHER
        await proposed(house, "unlock", "all locks", ORDERED)
        assert await say(house, "yes, both") is HeardKind.ACCEPTED
        assert len(house.devices.sent) == 2


async def test_more_than_five_lights_are_counted_in_the_yes(tmp_path: Path) -> None:
    lights = tuple(light("Hall", f"Spot {name}") for name in ("one", "two", "three", "four", "five", "six"))
    async with small_house(tmp_path, lights) as house:
        answer = await proposed(house, "turn_on", "all lights")
        assert (answer.ask, answer.echo) == (Ask.NOUN, "all 6")
        assert await say(house, "yes, all 6") is HeardKind.ACCEPTED
        assert len(house.devices.sent) == 6


async def test_a_device_that_announces_another_command_meanwhile_is_not_the_one_that_was_asked_about(
    house: SmallHouse,
) -> None:
    await proposed(house, "turn_on", "bedroom light")
    entity = next(one for one in ENTITIES if one.id == "light.bedroom_light")
    stolen = tuple(replace(one, topic="cmd/lock.front_door", payload="UNLOCK") for one in entity.commands)
    definition = Definition(
        entity=replace(entity, commands=stolen), dialect="test", topic=f"test/{entity.id}", payload=b"{}"
    )
    await house.store.write([Decoded(definitions=(definition,))])
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and [one.done for one in heard.receipts] == [Done.CHANGED_MEANWHILE]
    assert house.devices.sent == []


class Switched:
    """Rules that a test changes."""

    def __init__(self) -> None:
        self.on = True
        self.allowed = True

    def acting(self) -> bool:
        return self.on

    def may_do(self, asker: Asker, action: Action, house: House, ask: Ask) -> bool:
        return self.allowed


async def test_when_acting_is_switched_off_nothing_is_asked_and_nothing_is_sent(tmp_path: Path) -> None:
    rules = Switched()
    async with small_house(tmp_path, rules=rules) as house:
        await proposed(house, "turn_on", "bedroom light")
        rules.on = False
        heard = await house.gate.hear("yes", HERE)
        assert heard is not None and [one.done for one in heard.receipts] == [Done.NOT_SENT]
        refused = await house.control("turn_on", "bedroom light")
        assert refused.verdict == ErrorCode.NOT_ALLOWED and "switched off" in str(refused.error)
        assert house.devices.sent == []


async def test_what_is_no_longer_allowed_is_not_sent(tmp_path: Path) -> None:
    rules = Switched()
    async with small_house(tmp_path, rules=rules) as house:
        await proposed(house, "turn_on", "bedroom light")
        rules.allowed = False
        heard = await house.gate.hear("yes", HERE)
        assert heard is not None and [one.done for one in heard.receipts] == [Done.NOT_SENT]
        refused = await house.control("turn_on", "ceiling light")
        assert refused.verdict == ErrorCode.NOT_SUPPORTED
        assert house.devices.sent == []


async def test_all_that_waits_can_be_dropped_at_once(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    await proposed(house, "turn_on", "ceiling light", ELSEWHERE)
    await house.gate.close_all()
    assert house.gate.waiting() == ()
    assert await say(house, "yes") is None


async def test_what_is_dropped_at_the_moment_of_a_yes_is_either_done_or_dropped(house: SmallHouse) -> None:
    for satellite in (HERE, ELSEWHERE, ORDERED):
        await proposed(house, "turn_on", "bedroom light", satellite)
    heard, *_ = await asyncio.gather(house.gate.hear("yes", HERE), house.gate.close_all(), house.gate.close_all())
    assert house.gate.waiting() == ()
    assert len(house.devices.sent) == (heard is not None)


@pytest.mark.parametrize("proposal_id", ["", "é", "0" * 32, "\ud800"])
async def test_what_is_no_id_of_a_proposal_approves_and_refuses_nothing(house: SmallHouse, proposal_id: str) -> None:
    await proposed(house, "turn_on", "bedroom light")
    assert await house.gate.approve(proposal_id, CONSOLE) is None
    assert await house.gate.reject(proposal_id) is None
    assert len(house.gate.waiting()) == 1 and house.devices.sent == []


async def test_every_proposal_ends_in_the_house_state_as_it_did(house: SmallHouse) -> None:
    done = await proposed(house, "turn_on", "bedroom light")
    await say(house, "yes")
    superseded = await proposed(house, "turn_on", "ceiling light")
    expired = await proposed(house, "unlock", "front door")
    house.clock.pass_seconds(11)
    await house.gate.sweep()
    silent = await proposed(house, "turn_off", "bedroom light")
    house.devices.silent = True
    await say(house, "yes")
    ends = [await house.proposals.state(one.proposal_id) for one in (done, superseded, expired, silent)]
    assert ends == [State.DONE, State.SUPERSEDED, State.EXPIRED, State.UNKNOWN]


async def test_after_a_restart_nothing_can_be_answered(tmp_path: Path) -> None:
    async with small_house(tmp_path) as house:
        answer = await proposed(house, "unlock", "front door")
        async with open_house_state(tmp_path / "house.sqlite3") as again:
            later = Proposals(again, clock_ms=house.clock.now_ms)
            assert await later.recover() == ()
            assert await later.state(answer.proposal_id) is State.CANCELLED
        heard = await house.gate.hear("yes, front door", HERE)
        assert heard is not None and heard.receipts == ()
        assert house.devices.sent == [], "the run that was thought dead can do nothing any more"


async def test_what_a_crash_left_half_done_is_told_and_never_done_again(tmp_path: Path) -> None:
    async with small_house(tmp_path) as house:
        answer = await proposed(house, "unlock", "front door")
        proposal = house.gate.pending("here")
        assert proposal is not None and await house.proposals.consume(proposal)
        async with open_house_state(tmp_path / "house.sqlite3") as again:
            later = Proposals(again, clock_ms=house.clock.now_ms)
            (unfinished,) = await later.recover()
            assert (unfinished.id, unfinished.names) == (answer.proposal_id, ("front door",))
            assert await later.state(answer.proposal_id) is State.UNKNOWN
            assert await later.recover() == ()
        heard = await house.gate.hear("yes, front door", HERE)
        assert heard is not None and heard.receipts == () and house.devices.sent == []


async def test_a_proposal_is_consumed_at_most_once_even_on_the_disk(house: SmallHouse) -> None:
    await proposed(house, "unlock", "front door")
    proposal = house.gate.pending("here")
    assert proposal is not None
    assert not await house.proposals.consume(replace(proposal, digest="0" * 64))
    assert [await house.proposals.consume(proposal) for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE proposal SET state = 'open'",
        "UPDATE proposal SET state = 'consumed'",
        "UPDATE proposal SET state = 'cancelled', digest = 'x'",
        "UPDATE proposal SET state = 'cancelled', actions = '[]'",
        "UPDATE proposal SET state = 'cancelled', id = 'x'",
        "INSERT OR REPLACE INTO proposal SELECT id, satellite, role, digest, actions, 'open', 1, 1 FROM proposal",
        "INSERT INTO proposal SELECT 'x', satellite, role, digest, actions, 'consumed', 1, 1 FROM proposal",
    ],
)
async def test_no_statement_brings_a_proposal_back(tmp_path: Path, statement: str) -> None:
    async with small_house(tmp_path) as house:
        await proposed(house, "unlock", "front door")
        await say(house, "no")
        with sqlite3.connect(tmp_path / "house.sqlite3") as other, pytest.raises(sqlite3.IntegrityError):
            other.execute(statement)
        other.close()


async def test_two_satellites_that_want_one_device_take_turns_and_the_later_is_told(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    await proposed(house, "turn_on", "bedroom light", ELSEWHERE)
    heard = await asyncio.gather(house.gate.hear("yes", HERE), house.gate.hear("yes", ELSEWHERE))
    ends = [one.receipts[0].done for one in heard if one]
    assert sorted(ends) == [Done.CHANGED_MEANWHILE, Done.DONE]
    assert len(house.devices.sent) == 1


async def test_the_audit_tells_who_allowed_it(house: SmallHouse) -> None:
    answer = await proposed(house, "turn_on", "bedroom light", ELSEWHERE)
    await house.gate.approve(answer.proposal_id, CONSOLE)
    claimed = next(record for record in await house.audit.records() if record.event == "claimed")
    assert claimed.body["by"] == "console"


async def test_what_ended_long_ago_stands_in_the_audit_alone(tmp_path: Path) -> None:
    async with small_house(tmp_path) as house:
        old = await proposed(house, "turn_on", "bedroom light")
        await say(house, "no")
        house.clock.ms += (KEPT_DAYS - 1) * 86_400_000
        later = await proposed(house, "turn_on", "ceiling light")
        await say(house, "no")
        await house.proposals.recover()
        assert await house.proposals.state(old.proposal_id) is State.REJECTED
        house.clock.ms += 2 * 86_400_000
        await house.proposals.recover()
        assert await house.proposals.state(old.proposal_id) is None
        assert await house.proposals.state(later.proposal_id) is State.REJECTED


async def test_what_has_ended_stays_as_it_ended(house: SmallHouse) -> None:
    answer = await proposed(house, "turn_on", "bedroom light")
    await say(house, "no")
    await house.proposals.close(answer.proposal_id, State.EXPIRED)
    await house.proposals.finish(answer.proposal_id, State.DONE)
    assert await house.proposals.state(answer.proposal_id) is State.REJECTED
    proposal = house.gate.pending("here")
    assert proposal is None
