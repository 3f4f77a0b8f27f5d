"""Nothing moves in the house that a person did not confirm, and "done" is said only when the device says so."""

import asyncio
from dataclasses import replace

import pytest
from fakes_tools import ELSEWHERE, HERE, SmallHouse, proposed, small_house
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.answers import Action
from tools.contract import NEEDS_CONFIRMATION, Role
from tools.executor import Done, digest_of
from tools.gate import HeardKind


async def test_a_call_alone_moves_nothing(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    assert house.devices.sent == []


async def test_yes_does_exactly_what_was_asked_once_and_the_device_proves_it(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.kind is HeardKind.ACCEPTED
    assert house.devices.sent == [("cmd/light.bedroom_light", b"ON")]
    assert [(one.done, one.now_state) for one in heard.receipts] == [(Done.DONE, "on")]
    assert await house.gate.hear("yes", HERE) is None
    assert len(house.devices.sent) == 1


async def test_two_yeses_at_the_same_moment_are_one(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    heard = await asyncio.gather(*(house.gate.hear("yes", HERE) for _ in range(5)))
    assert sum(one is not None for one in heard) == 1
    assert len(house.devices.sent) == 1


async def test_no_does_nothing_and_closes_the_matter(house: SmallHouse) -> None:
    await proposed(house, "unlock", "front door")
    heard = await house.gate.hear("no", HERE)
    assert heard is not None and heard.kind is HeardKind.REJECTED
    assert await house.gate.hear("yes, front door", HERE) is None
    assert house.devices.sent == []


async def test_anything_else_closes_it_as_not_done(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    heard = await house.gate.hear("yes but only the kitchen", HERE)
    assert heard is not None and heard.kind is HeardKind.OTHER
    assert await house.gate.hear("yes", HERE) is None
    assert house.devices.sent == []


async def test_what_opens_the_house_needs_more_than_a_yes(house: SmallHouse) -> None:
    answer = await proposed(house, "unlock", "front door")
    assert answer.echo is not None and "front door" in answer.echo
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.kind is HeardKind.ECHO_NEEDED
    assert house.devices.sent == []
    heard = await house.gate.hear(f"yes, {answer.echo}", HERE)
    assert heard is not None and heard.kind is HeardKind.ACCEPTED
    assert house.devices.sent == [("cmd/lock.front_door", b"UNLOCK")]


async def test_locking_needs_only_a_yes(house: SmallHouse) -> None:
    await house.devices.report("lock.front_door", "unlocked")
    answer = await proposed(house, "lock", "front door")
    assert answer.echo is None


async def test_it_expires_and_a_late_yes_does_nothing(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    house.clock.pass_seconds(10.0)
    assert house.gate.pending("here") is None
    assert await house.gate.hear("yes", HERE) is None
    assert house.devices.sent == []


async def test_a_yes_before_the_question_was_heard_gets_the_question_again(house: SmallHouse) -> None:
    await house.control("turn_on", "bedroom light")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.kind is HeardKind.REPEAT
    assert house.devices.sent == []
    house.heard("here")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.kind is HeardKind.ACCEPTED


async def test_the_time_for_an_answer_starts_when_the_question_has_been_heard(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    house.clock.pass_seconds(9.0)
    house.heard("here")
    house.clock.pass_seconds(9.0)
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.kind is HeardKind.ACCEPTED


async def test_an_expired_one_cannot_be_opened_again(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    house.clock.pass_seconds(11.0)
    house.heard("here")
    assert await house.gate.hear("yes", HERE) is None


async def test_a_yes_in_another_room_is_not_an_answer(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    assert await house.gate.hear("yes", ELSEWHERE) is None
    assert house.devices.sent == []
    assert house.gate.pending("here") is not None


async def test_a_guest_cannot_answer_for_the_owner(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    assert await house.gate.hear("yes", replace(HERE, role=Role.GUEST)) is None
    assert house.devices.sent == []


async def test_a_newer_proposal_takes_the_place_of_the_older(house: SmallHouse) -> None:
    await proposed(house, "unlock", "front door")
    await proposed(house, "turn_on", "bedroom light")
    await house.gate.hear("yes", HERE)
    assert house.devices.sent == [("cmd/light.bedroom_light", b"ON")]


async def test_if_the_device_has_changed_since_the_question_nothing_is_sent(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    await house.devices.report("light.bedroom_light", "on")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and [one.done for one in heard.receipts] == [Done.CHANGED_MEANWHILE]
    assert house.devices.sent == []


async def test_a_device_that_does_not_answer_is_never_called_done(house: SmallHouse) -> None:
    house.devices.silent = True
    await proposed(house, "turn_on", "bedroom light")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None
    assert [(one.done, one.now_state) for one in heard.receipts] == [(Done.NOT_REPORTED, "off")]
    assert len(house.devices.sent) == 1


async def test_a_device_may_take_its_time_to_answer(house: SmallHouse) -> None:
    house.devices.silent = True
    await proposed(house, "turn_on", "bedroom light")

    async def at_last() -> None:
        await asyncio.sleep(0.12)
        await house.devices.report("light.bedroom_light", "on")

    heard, _ = await asyncio.gather(house.gate.hear("yes", HERE), at_last())
    assert heard is not None and heard.receipts[0].done is Done.DONE


async def test_actions_that_are_not_those_that_were_asked_about_are_not_sent(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    proposal = house.gate.pending("here")
    assert proposal is not None
    swapped = replace(proposal.actions[0], entity_id="lock.front_door")
    house.gate._open["here"] = replace(proposal, actions=(swapped,))
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.receipts[0].done is Done.CHANGED_MEANWHILE
    assert house.devices.sent == []


async def test_a_report_of_something_else_is_no_proof(house: SmallHouse) -> None:
    house.devices.reports["ON"] = "off"
    await proposed(house, "turn_on", "bedroom light")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.receipts[0].done is Done.NOT_REPORTED


@pytest.mark.parametrize(("silent", "done"), [(True, Done.NOT_REPORTED), (False, Done.DONE)])
async def test_an_old_report_is_no_proof(house: SmallHouse, silent: bool, done: Done) -> None:
    """What it had reported before is near enough to what is wanted; it must report after the command."""
    await house.devices.report("light.bedroom_light", 39.9, aspect="brightness")
    house.devices.silent = silent
    result = await house.control("set_brightness", "bedroom light", value=40, unit="percent")
    assert result.verdict == NEEDS_CONFIRMATION
    house.heard(HERE.satellite)
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.receipts[0].done is done


async def test_without_a_broker_it_says_so_and_has_sent_nothing(house: SmallHouse) -> None:
    house.devices.unreachable = True
    await proposed(house, "turn_on", "bedroom light")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.receipts[0].done is Done.NOT_SENT
    assert "not connected" in heard.receipts[0].detail


async def test_if_the_broker_never_confirmed_it_is_not_sent_again_and_the_device_tells(house: SmallHouse) -> None:
    house.devices.unconfirmed = True
    await proposed(house, "turn_on", "bedroom light")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.receipts[0].done is Done.DONE
    assert len(house.devices.sent) == 1


async def test_one_of_several_failing_is_said_as_such(house: SmallHouse) -> None:
    await house.devices.report("light.counter_light", "off")
    await proposed(house, "turn_on", "kitchen lights")
    await house.devices.report("light.counter_light", "on")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None
    assert {one.action.entity_id: one.done for one in heard.receipts} == {
        "light.ceiling_light": Done.DONE,
        "light.counter_light": Done.CHANGED_MEANWHILE,
    }


async def test_what_happened_is_in_the_audit_before_and_after_it_happened(house: SmallHouse) -> None:
    answer = await proposed(house, "turn_on", "bedroom light")
    await house.gate.hear("yes", HERE)
    events = [record for record in await house.audit.records() if record.body.get("proposal") == answer.proposal_id]
    assert [record.event for record in events] == ["proposed", "claimed", "receipt"]
    assert (
        events[0].body["digest"] == events[1].body["digest"] == digest_of(answer.actions, await house.questions.house())
    )
    assert house.first_broken() is None


async def test_proposals_that_nobody_answers_are_closed_by_the_clock(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    await house.gate.sweep()
    assert house.gate.pending("here") is not None
    house.clock.pass_seconds(11)
    await house.gate.sweep()
    last = (await house.audit.records())[-1]
    assert (last.event, last.body["state"]) == ("closed", "expired")


@pytest.mark.parametrize(
    ("answer", "state"), [("no", "rejected"), ("what about the kitchen", "cancelled"), (None, "superseded")]
)
async def test_how_each_proposal_ended_is_in_the_audit(house: SmallHouse, answer: str | None, state: str) -> None:
    first = await proposed(house, "turn_on", "bedroom light")
    if answer is None:
        await proposed(house, "unlock", "front door")
    else:
        await house.gate.hear(answer, HERE)
    closed = [record.body for record in await house.audit.records() if record.event == "closed"]
    assert closed == [{"proposal": first.proposal_id, "state": state}]


async def test_a_yes_that_came_too_late_is_in_the_audit_as_expired(house: SmallHouse) -> None:
    await proposed(house, "turn_on", "bedroom light")
    house.clock.pass_seconds(11)
    assert await house.gate.hear("yes", HERE) is None
    assert (await house.audit.records())[-1].body["state"] == "expired"


@pytest.mark.parametrize(
    ("reported", "done"),
    [(40.0, Done.DONE), (40.9, Done.DONE), (39.1, Done.DONE), (50.0, Done.NOT_REPORTED), ("on", Done.NOT_REPORTED)],
)
async def test_a_number_is_proved_by_the_number_that_the_device_rounds_it_to(
    house: SmallHouse, reported: float | str, done: Done
) -> None:
    house.devices.reports["40"] = reported
    result = await house.control("set_brightness", "bedroom light", value=40, unit="percent")
    assert result.verdict == NEEDS_CONFIRMATION
    house.heard("here")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.receipts[0].done is done


async def test_there_is_no_empty_proposal(house: SmallHouse) -> None:
    with pytest.raises(ValueError, match="at least one"):
        await house.gate.propose([], HERE)


async def test_the_digest_changes_with_every_part_of_an_action(house: SmallHouse) -> None:
    (action,) = (await proposed(house, "turn_on", "bedroom light")).actions
    others: list[Action] = [
        replace(action, entity_id="lock.front_door"),
        replace(action, verb="unlock"),  # type: ignore[arg-type]
        replace(action, value=1.0),
        replace(action, unit="percent"),
    ]
    home = await house.questions.house()
    assert len({digest_of([one], home) for one in [action, *others]}) == 5
    assert digest_of([action, others[0]], home) == digest_of([others[0], action], home)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=40))
def test_no_words_but_the_listed_ones_move_anything(words: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    async def story() -> None:
        async with small_house(tmp_path_factory.mktemp("house")) as house:
            await proposed(house, "turn_on", "bedroom light")
            heard = await house.gate.hear(words, HERE)
            assert bool(house.devices.sent) == (heard is not None and heard.kind is HeardKind.ACCEPTED)

    asyncio.run(story())
