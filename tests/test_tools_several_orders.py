"""Several orders in one breath become one question, as strict as the strictest of them; no order is lost on the way."""

from pathlib import Path
from typing import Any

import pytest
from fakes_tools import HERE, SmallHouse, small_house

from config.asking import Ask, ConfirmSettings
from tools.answers import AlreadyAnswer, ProposalAnswer
from tools.call import TurnBudget
from tools.contract import Asker, ErrorCode, Role, ToolCall, ToolResult
from tools.gate import HeardKind


def order(verb: str, what: str, value: float | None = None) -> dict[str, Any]:
    return {"verb": verb, "what": what, "value": value, "unit": None}


async def ask(house: SmallHouse, *orders: dict[str, Any], asker: Asker = HERE) -> ToolResult:
    by_code = Asker(satellite=asker.satellite, room=asker.room, role=asker.role, by_code=True)
    return await house.call("control_devices", by_code, orders=list(orders))


async def test_several_orders_are_one_question_and_one_yes(house: SmallHouse) -> None:
    result = await ask(house, order("turn_on", "bedroom light"), order("turn_off", "floor lamp"))
    assert isinstance(result.answer, ProposalAnswer)
    assert [(one.verb, one.name) for one in result.answer.actions] == [
        ("turn_on", "bedroom light"),
        ("turn_off", "floor lamp"),
    ]
    house.heard("here")
    assert house.devices.sent == []
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.kind is HeardKind.ACCEPTED
    assert house.devices.sent == [("cmd/light.bedroom_light", b"ON"), ("cmd/light.floor_lamp", b"OFF")]


async def test_the_strictest_rules_and_its_noun_must_be_said(house: SmallHouse) -> None:
    result = await ask(house, order("turn_on", "bedroom light"), order("unlock", "front door"))
    assert isinstance(result.answer, ProposalAnswer)
    assert (result.answer.ask, result.answer.echo) == (Ask.NOUN, "front door")
    house.heard("here")
    heard = await house.gate.hear("yes", HERE)
    assert heard is not None and heard.kind is HeardKind.ECHO_NEEDED and house.devices.sent == []
    heard = await house.gate.hear("yes, front door", HERE)
    assert heard is not None and heard.kind is HeardKind.ACCEPTED and len(house.devices.sent) == 2


async def test_lights_that_need_no_yes_wait_for_the_one_that_a_door_needs(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=ConfirmSettings(light=Ask.AT_ONCE)) as house:
        result = await ask(house, order("turn_on", "bedroom light"), order("unlock", "front door"))
        assert isinstance(result.answer, ProposalAnswer) and result.answer.ask is Ask.NOUN
        assert await house.gate.at_once(result.answer.proposal_id, Asker(satellite="here", by_code=True)) is None
        assert house.devices.sent == []


async def test_what_is_so_already_is_told_beside_the_question(house: SmallHouse) -> None:
    result = await ask(house, order("lock", "front door"), order("turn_on", "bedroom light"))
    assert isinstance(result.answer, ProposalAnswer)
    assert [one.name for one in result.answer.actions] == ["bedroom light"]
    assert [(one.names, one.state) for one in result.answer.needless] == [(("front door",), "locked")]
    result = await ask(house, order("lock", "front door"), order("turn_off", "bedroom light"))
    assert isinstance(result.answer, AlreadyAnswer)
    assert [one.names for one in (result.answer, *result.answer.more)] == [("front door",), ("bedroom light",)]


@pytest.mark.parametrize(
    ("orders", "code", "field"),
    [
        ([order("turn_on", "bedroom light"), order("turn_on", "xyzzy")], ErrorCode.UNKNOWN_NAME, "orders.1.what"),
        ([order("lock", "bedroom light"), order("turn_on", "lamp")], ErrorCode.NOT_SUPPORTED, "orders.0.verb"),
        ([order("turn_on", "floor lamp"), order("turn_off", "floor lamp")], ErrorCode.INCOMPATIBLE, "orders"),
        ([order("turn_on", "floor lamp")], ErrorCode.SCHEMA, "orders"),
        ([order("turn_on", "floor lamp")] * 11, ErrorCode.SCHEMA, "orders"),
    ],
)
async def test_one_that_cannot_be_done_is_pointed_at_and_nothing_is_proposed(
    house: SmallHouse, orders: list[dict[str, Any]], code: ErrorCode, field: str
) -> None:
    result = await ask(house, *orders)
    assert result.error is not None and (result.error.code, result.error.field) == (code, field)
    assert house.gate.waiting() == () and house.devices.sent == []


async def test_what_the_settings_forbid_is_pointed_at(tmp_path: Path) -> None:
    async with small_house(tmp_path, settings=ConfirmSettings(entry=Ask.NEVER)) as house:
        result = await ask(house, order("turn_on", "bedroom light"), order("unlock", "front door"))
        assert result.error is not None
        assert (result.error.code, result.error.field) == (ErrorCode.NOT_ALLOWED, "orders.1.what")


async def test_the_same_said_twice_is_done_once(house: SmallHouse) -> None:
    result = await ask(house, order("turn_on", "bedroom light"), order("turn_on", "bedroom light"))
    assert isinstance(result.answer, ProposalAnswer) and len(result.answer.actions) == 1


async def test_a_guest_gets_no_more_by_asking_for_it_beside_what_they_may(house: SmallHouse) -> None:
    guest = Asker(satellite="porch", role=Role.GUEST)
    result = await ask(house, order("turn_on", "bedroom light"), order("unlock", "front door"), asker=guest)
    assert result.error is not None and (result.error.field or "").startswith("orders.1.")
    assert house.gate.waiting() == ()


async def test_no_model_is_told_of_it_and_none_can_call_it(house: SmallHouse) -> None:
    offered = {one.name for one in house.desk.offered(HERE, may_act=True)}
    assert "control_devices" not in offered and "control_device" in offered
    call = ToolCall(id="1", name="control_devices", arguments="{}")
    budget = TurnBudget(turn_id="t", calls_left=1)
    made = await house.desk.call(call, HERE, house.desk.offered(HERE, may_act=True), budget)
    assert made.verdict == ErrorCode.UNKNOWN_TOOL
