"""One way through for every call: whatever a planner sends, it comes back with a verdict and nothing else happens."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_tools import HERE, SmallHouse, small_house
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.database import StoreUnavailable
from sensors.decoded import Decoded
from tools.answers import (
    AggregateAnswer,
    AlreadyAnswer,
    ExampleAnswer,
    HouseAnswer,
    LastChangeAnswer,
    LatestAnswer,
    ListAnswer,
    ProposalAnswer,
)
from tools.arguments import DescribeHouse
from tools.call import Desk, TurnBudget
from tools.contract import NEEDS_CONFIRMATION, OK, Asker, Effect, ErrorCode, Outcome, Role, Tool, ToolCall, ToolError
from tools.roles import CALLS

ROOMS = {"topic": "rooms", "where": None, "quantity": None}


async def raw(house: SmallHouse, name: str, arguments: str, *, may_act: bool = True) -> str:
    budget = TurnBudget(turn_id="t", calls_left=8)
    call = ToolCall(id="c", name=name, arguments=arguments)
    return (await house.desk.call(call, HERE, house.desk.offered(HERE, may_act=may_act), budget)).verdict


async def test_the_temperature_of_a_room_is_its_own_sensor_not_the_fridge(house: SmallHouse) -> None:
    result = await house.query("latest", quantity="temperature", where="the kitchen")
    assert isinstance(result.answer, LatestAnswer)
    assert [(row.name, row.value) for row in result.answer.rows] == [("kitchen", 23.4)]
    fridge = await house.query("latest", quantity="temperature", where="fridge")
    assert isinstance(fridge.answer, LatestAnswer)
    assert [(row.name, row.value) for row in fridge.answer.rows] == [("fridge temperature", 5.0)]


async def test_a_question_without_a_place_means_the_room_it_was_asked_in(house: SmallHouse) -> None:
    result = await house.query("latest", quantity="temperature")
    assert isinstance(result.answer, LatestAnswer)
    assert [row.name for row in result.answer.rows] == ["bedroom"]


async def test_a_device_that_cannot_be_reached_is_said_to_be_so_with_what_it_last_said(house: SmallHouse) -> None:
    await house.store.write([Decoded(availability={"sensor.bedroom_temperature": False})])
    result = await house.query("latest", quantity="temperature", where="bedroom")
    assert isinstance(result.answer, LatestAnswer)
    assert [(row.value, row.stale) for row in result.answer.rows] == [(19.5, True)]


async def test_seventy_two_degrees_in_a_celsius_house_were_meant_in_fahrenheit(house: SmallHouse) -> None:
    result = await house.query("list", quantity="temperature", comparison="above", threshold=72)
    assert isinstance(result.answer, ListAnswer)
    assert (result.answer.unit, result.answer.assumed_unit) == ("fahrenheit", True)
    assert [row.name for row in result.answer.rows] == ["kitchen"]


async def test_twenty_degrees_in_a_celsius_house_are_celsius(house: SmallHouse) -> None:
    result = await house.query("list", quantity="temperature", comparison="above", threshold=20)
    assert isinstance(result.answer, ListAnswer)
    assert (result.answer.unit, result.answer.assumed_unit) == ("celsius", False)
    assert [row.name for row in result.answer.rows] == ["kitchen", "living room"]


async def test_which_windows_are_open(house: SmallHouse) -> None:
    result = await house.query("list", quantity="window", state="open")
    assert isinstance(result.answer, ListAnswer)
    assert [row.name for row in result.answer.rows] == ["bedroom window"]
    assert result.answer.considered == 2


async def test_when_the_front_door_last_opened(house: SmallHouse) -> None:
    result = await house.query("last_change", where="front door", state="open")
    assert isinstance(result.answer, LastChangeAnswer)
    assert result.answer.at_ms is not None
    assert round((house.clock.ms - result.answer.at_ms) / 60_000) == 300
    assert result.answer.now_state == "closed"


async def test_a_mean_over_a_period_is_between_its_extremes_and_says_what_it_covers(house: SmallHouse) -> None:
    answers = [
        await house.query(kind, quantity="temperature", where="bedroom", period="yesterday")
        for kind in ("minimum", "mean", "maximum")
    ]
    values = [result.answer.rows[0].value for result in answers if isinstance(result.answer, AggregateAnswer)]
    assert values == sorted(values) and len(values) == 3
    assert values[0] == 15.5 and values[2] == 19.5


async def test_an_example_of_a_reading_is_a_real_one_and_changes_nothing(house: SmallHouse) -> None:
    before = await house.questions.fingerprint()
    result = await house.call("describe_house", topic="example_reading", where=None, quantity="temperature")
    assert isinstance(result.answer, ExampleAnswer)
    assert result.answer.row.value in {19.5, 23.4, 22.0, 5.0}
    assert await house.questions.fingerprint() == before


async def test_the_house_can_be_described(house: SmallHouse) -> None:
    result = await house.call("describe_house", topic="devices", where="kitchen", quantity=None)
    assert isinstance(result.answer, HouseAnswer)
    assert "ceiling light" in result.answer.names


async def test_kitchen_lights_are_all_of_them_but_those_that_are_so_already(house: SmallHouse) -> None:
    result = await house.control("turn_on", "kitchen lights")
    assert isinstance(result.answer, ProposalAnswer)
    assert [action.entity_id for action in result.answer.actions] == ["light.ceiling_light"]
    assert result.answer.already == ("counter light",)


async def test_one_kitchen_light_of_two_is_asked_about_not_guessed(house: SmallHouse) -> None:
    result = await house.control("turn_on", "kitchen light")
    assert result.error is not None and result.error.code is ErrorCode.AMBIGUOUS_NAME
    assert result.error.suggestion == ["ceiling light", "counter light"]


async def test_what_is_so_already_needs_no_confirmation(house: SmallHouse) -> None:
    result = await house.control("turn_off", "bedroom light")
    assert result.verdict == OK
    assert result.answer == AlreadyAnswer(names=("bedroom light",), state="off")


async def test_a_verb_that_a_device_does_not_have_is_refused_with_those_it_has(house: SmallHouse) -> None:
    result = await house.control("turn_on", "front door lock")
    assert result.error is not None and result.error.code is ErrorCode.NOT_SUPPORTED
    assert result.error.suggestion == ["lock", "unlock"]


async def test_an_unknown_name_is_answered_with_the_nearest(house: SmallHouse) -> None:
    result = await house.control("turn_on", "batroom ligt")
    assert result.error is not None and result.error.code is ErrorCode.UNKNOWN_NAME
    assert isinstance(result.error.suggestion, list) and 0 < len(result.error.suggestion) <= 3


async def test_a_small_slip_of_the_ear_is_forgiven(house: SmallHouse) -> None:
    result = await house.control("turn_on", "bedrum light")
    assert isinstance(result.answer, ProposalAnswer)
    assert result.answer.actions[0].entity_id == "light.bedroom_light"


@pytest.mark.parametrize(
    ("value", "verdict"), [(40, NEEDS_CONFIRMATION), (140, "out_of_range"), (None, "out_of_range")]
)
async def test_values_keep_to_the_devices_own_range(house: SmallHouse, value: float | None, verdict: str) -> None:
    assert (await house.control("set_brightness", "bedroom light", value=value, unit="percent")).verdict == verdict


async def test_a_question_is_offered_no_tool_that_acts(house: SmallHouse) -> None:
    arguments = json.dumps({"verb": "unlock", "what": "front door", "value": None, "unit": None})
    assert await raw(house, "control_device", arguments, may_act=False) == "unknown_tool"
    assert house.gate.pending("here") is None


@pytest.mark.parametrize(
    ("name", "arguments", "verdict"),
    [
        ("insert_reading", "{}", "unknown_tool"),
        ("execute_sql", '{"sql": "INSERT INTO numbers VALUES (1, 1, 1)"}', "unknown_tool"),
        ("query_sensors", "not json", "bad_json"),
        ("query_sensors", "[]", "bad_json"),
        ("query_sensors", '{"answer": "latest", "answer": "list"}', "bad_json"),
        ("query_sensors", '{"threshold": NaN}', "bad_json"),
        ("query_sensors", "[" * 5000, "bad_json"),
        ("query_sensors", '{"answer": "' + "x" * 5000 + '"}', "bad_json"),
        ("query_sensors", "{}", "schema"),
        ("describe_house", '{"topic": "insert", "where": null, "quantity": null}', "schema"),
        ("describe_house", '{"topic": "rooms", "where": null, "quantity": null, "sql": "x"}', "schema"),
    ],
)
async def test_what_is_not_a_valid_call_is_refused_by_name(
    house: SmallHouse, name: str, arguments: str, verdict: str
) -> None:
    assert await raw(house, name, arguments) == verdict


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [("answer", "newest", "latest"), ("quantity", "warmth", "temperature"), ("period", "next week", "last_week")],
)
async def test_a_value_that_is_not_allowed_is_answered_with_those_that_are(
    house: SmallHouse, field: str, value: str, allowed: str
) -> None:
    given: dict[str, object] = {"answer": "latest", "quantity": "temperature", "where": "kitchen", field: value}
    result = await house.call(
        "query_sensors",
        **{**dict.fromkeys(("period", "state", "versus", "versus_period", "comparison", "threshold", "unit")), **given},
    )
    assert result.error is not None and result.error.code is ErrorCode.SCHEMA
    assert result.error.received == value and result.error.message.startswith(field)
    assert isinstance(result.error.suggestion, list) and allowed in result.error.suggestion


async def test_going_in_circles_ends(house: SmallHouse) -> None:
    budget = TurnBudget(turn_id="t", calls_left=8)
    arguments = json.dumps({"topic": "rooms", "where": None, "quantity": None})
    offered = house.desk.offered(HERE, may_act=True)
    verdicts = [
        (
            await house.desk.call(
                ToolCall(id=str(i), name="describe_house", arguments=arguments), HERE, offered, budget
            )
        ).verdict
        for i in range(9)
    ]
    assert verdicts == ["ok", "ok"] + ["duplicate_call"] * 6 + ["budget_exhausted"]


async def test_a_person_is_asked_one_thing_at_a_time(house: SmallHouse) -> None:
    budget = TurnBudget(turn_id="t", calls_left=8)
    offered = house.desk.offered(HERE, may_act=True)
    verdicts = []
    for what in ("bedroom light", "ceiling light"):
        arguments = json.dumps({"verb": "turn_on", "what": what, "value": None, "unit": None})
        call = ToolCall(id="c", name="control_device", arguments=arguments)
        verdicts.append((await house.desk.call(call, HERE, offered, budget)).verdict)
    assert verdicts == [NEEDS_CONFIRMATION, "rate_limited"]


async def test_in_a_real_house_calls_are_counted(tmp_path: Path) -> None:
    async with small_house(tmp_path, limited=True) as house:
        verdicts = [(await house.call("describe_house", **ROOMS)).verdict for _ in range(CALLS.burst + 1)]
        assert verdicts[:-1] == [OK] * CALLS.burst
        assert verdicts[-1] == "rate_limited"


def failing(run: Callable[[DescribeHouse, Asker], Awaitable[Outcome]]) -> Tool:
    return Tool(name="slow", description="", arguments=DescribeHouse, effect=Effect.READ, run=run)


async def stuck(_arguments: DescribeHouse, _asker: Asker) -> Outcome:
    await asyncio.sleep(60)
    raise AssertionError("it was to be stopped")


async def broken(_arguments: DescribeHouse, _asker: Asker) -> Outcome:
    raise StoreUnavailable("readings.sqlite3: the disk is full; free some space on it")


async def mistaken(_arguments: DescribeHouse, _asker: Asker) -> Outcome:
    raise KeyError("secret detail of /home/someone")


@pytest.mark.parametrize(
    ("run", "code", "words"),
    [
        (stuck, ErrorCode.TIMEOUT, "took longer"),
        (broken, ErrorCode.UNAVAILABLE, "disk is full"),
        (mistaken, ErrorCode.UNAVAILABLE, "the log says why"),
    ],
)
async def test_a_tool_that_hangs_or_cannot_read_ends_in_a_verdict(
    house: SmallHouse, run: Callable[[DescribeHouse, Asker], Awaitable[Outcome]], code: ErrorCode, words: str
) -> None:
    desk = Desk([failing(run)], audit=house.audit, timeout_seconds=0.05)
    arguments = json.dumps({"topic": "rooms", "where": None, "quantity": None})
    budget = TurnBudget(turn_id="t", calls_left=8)
    call = ToolCall(id="c", name="slow", arguments=arguments)
    result = await desk.call(call, HERE, desk.offered(HERE, may_act=False), budget)
    assert result.error is not None and result.error.code is code and words in result.error.message
    assert "secret" not in json.dumps(result.error.as_json())


def rooms_call(name: str = "describe_house", arguments: str | None = None) -> ToolCall:
    text = json.dumps(ROOMS) if arguments is None else arguments
    return ToolCall(id="c", name=name, arguments=text)


async def test_a_tool_that_is_known_to_be_quick_is_given_less_time(house: SmallHouse) -> None:
    desk = Desk([replace(failing(stuck), timeout_seconds=0.02)], audit=house.audit, timeout_seconds=60)
    result = await desk.call(rooms_call("slow"), HERE, desk.offered(HERE, may_act=False), TurnBudget("t", 1))
    assert result.error is not None and (result.verdict, "0.02 s" in result.error.message) == ("timeout", True)


async def test_every_call_counts_whatever_is_wrong_with_it(house: SmallHouse) -> None:
    budget = TurnBudget(turn_id="t", calls_left=3)
    offered = house.desk.offered(HERE, may_act=False)
    calls = [rooms_call("x"), rooms_call(arguments="{"), rooms_call(arguments="{}"), rooms_call()]
    verdicts = [(await house.desk.call(call, HERE, offered, budget)).verdict for call in calls]
    assert verdicts == ["unknown_tool", "bad_json", "schema", "budget_exhausted"]


async def test_the_same_call_in_other_words_is_the_same_call(house: SmallHouse) -> None:
    budget = TurnBudget(turn_id="t", calls_left=8)
    spelt = [
        '{"topic":"rooms","where":null,"quantity":null}',
        '{ "quantity": null, "where": null, "topic": "rooms" }',
        '{"topic":"ro\\u200boms","where":null,"quantity":null,"period":null}',
    ]
    offered = house.desk.offered(HERE, may_act=False)
    verdicts = [(await house.desk.call(rooms_call(arguments=text), HERE, offered, budget)).verdict for text in spelt]
    assert verdicts == ["ok", "ok", "duplicate_call"]


class NoGuests:
    """Guests have no tool that acts, and may ask once."""

    def __init__(self) -> None:
        self.admitted = 0

    def may_use(self, asker: Asker, tool: Tool) -> bool:
        return asker.role is not Role.GUEST or tool.effect is Effect.READ

    def admit(self, asker: Asker, tool: Tool) -> None:
        self.admitted += 1
        if self.admitted > 1:
            raise ToolError(ErrorCode.RATE_LIMITED, "please wait a minute")


GUEST = Asker(satellite="here", room="Bedroom", role=Role.GUEST)
UNLOCK = json.dumps({"verb": "unlock", "what": "front door", "value": None, "unit": None})


def guarded(house: SmallHouse) -> Desk:
    return Desk(tuple(house.desk._tools.values()), audit=house.audit, timeout_seconds=5, policy=NoGuests())


async def test_what_a_guest_may_not_use_is_not_offered_and_looks_like_what_does_not_exist(house: SmallHouse) -> None:
    desk = guarded(house)
    assert "control_device" in [tool.name for tool in desk.offered(HERE, may_act=True)]
    offered = desk.offered(GUEST, may_act=True)
    assert [tool.name for tool in offered] == ["query_sensors", "describe_house"]
    forbidden, missing = [
        await desk.call(rooms_call(name, UNLOCK), GUEST, offered, TurnBudget("t", 1))
        for name in ("control_device", "no_such_tool")
    ]
    assert forbidden.error is not None and missing.error is not None
    assert {**forbidden.error.as_json(), "received": ""} == {**missing.error.as_json(), "received": ""}


async def test_a_guest_who_holds_an_owners_list_of_tools_still_cannot_use_it(house: SmallHouse) -> None:
    desk = guarded(house)
    owners = desk.offered(HERE, may_act=True)
    result = await desk.call(rooms_call("control_device", UNLOCK), GUEST, owners, TurnBudget("t", 1))
    assert result.error is not None and result.verdict == "unknown_tool"
    assert result.error.suggestion == ["describe_house", "query_sensors"]
    assert house.gate.pending("here") is None


async def test_who_asks_too_often_is_told_to_wait_and_only_good_calls_are_counted(house: SmallHouse) -> None:
    desk = guarded(house)
    offered = desk.offered(HERE, may_act=False)
    arguments = [None, "{", None]
    verdicts = [
        (await desk.call(rooms_call(arguments=text), HERE, offered, TurnBudget("t", 1))).verdict for text in arguments
    ]
    assert verdicts == ["ok", "bad_json", "rate_limited"]


async def test_what_a_call_found_is_in_the_audit_as_it_was_answered(house: SmallHouse) -> None:
    await house.query("latest", quantity="temperature", where="kitchen")
    body = (await house.audit.records())[-1].body
    assert body["result"]["rows"][0]["value"] == 23.4
    assert body["resolved"] == {"series": ["sensor.kitchen_temperature/state"], "how": "place"}


async def test_a_missing_field_is_named_and_nothing_is_echoed_for_it(house: SmallHouse) -> None:
    result = await house.call("describe_house", where=None)
    assert result.error is not None
    assert (result.error.received, result.error.message) == ("", "topic: Field required")
    assert isinstance(result.error.suggestion, list) and "rooms" in result.error.suggestion


async def test_an_argument_that_may_be_null_may_be_left_out(house: SmallHouse) -> None:
    """Models that no grammar holds to a schema leave out what does not apply, and spare the time of writing it."""
    short = await house.call("query_sensors", answer="latest", quantity="temperature", where="kitchen")
    assert short.verdict == "ok"
    assert short.resolved == (await house.query("latest", quantity="temperature", where="kitchen")).resolved


async def test_every_call_is_in_the_audit_with_what_was_received(house: SmallHouse) -> None:
    await raw(house, "execute_sql", '{"sql": "DROP TABLE numbers"}')
    last = (await house.audit.records())[-1]
    assert (last.event, last.body["tool"], last.body["verdict"]) == ("call", "execute_sql", "unknown_tool")
    assert "DROP TABLE" in json.dumps(last.body["arguments"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(
        st.tuples(
            st.sampled_from(["query_sensors", "describe_house", "control_device", "insert_reading", ""])
            | st.text(max_size=20),
            st.text(max_size=200)
            | st.dictionaries(
                st.sampled_from(
                    ["answer", "quantity", "where", "period", "topic", "verb", "what", "value", "unit", "x"]
                ),
                st.none() | st.text(max_size=20) | st.floats() | st.sampled_from(["latest", "temperature", "unlock"]),
            ).map(json.dumps),
        ),
        max_size=6,
    )
)
def test_no_program_of_calls_writes_a_reading_or_moves_a_device(
    calls: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def story() -> None:
        async with small_house(tmp_path_factory.mktemp("house")) as house:
            before = await house.questions.fingerprint()
            for name, arguments in calls:
                await raw(house, name, arguments)
            assert await house.questions.fingerprint() == before
            assert house.devices.sent == []

    asyncio.run(story())


async def test_of_several_proposals_made_at_the_same_moment_one_is_put_to_the_person(house: SmallHouse) -> None:
    """A planner may make its calls all at once; a person hears one question, and answers that one."""
    budget = TurnBudget(turn_id="t", calls_left=8)
    offered = house.desk.offered(HERE, may_act=True)
    wanted = [("unlock", "front door"), ("turn_on", "bedroom light"), ("turn_off", "floor lamp")]
    calls = [
        ToolCall(
            id=what,
            name="control_device",
            arguments=json.dumps({"verb": verb, "what": what, "value": None, "unit": None}),
        )
        for verb, what in wanted
    ]
    results = await asyncio.gather(*(house.desk.call(call, HERE, offered, budget) for call in calls))
    assert [result.verdict for result in results] == [NEEDS_CONFIRMATION, "rate_limited", "rate_limited"]
    assert len([one for one in await house.audit.records() if one.event == "proposed"]) == 1
