"""What an error suggests would have worked: applied as it stands, it gets through."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import pytest
from fakes_tools import HERE, SmallHouse, small_house
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from sensors.periods import Period
from sensors.reading import Quantity, Verb
from tools.arguments import (
    AnswerKind,
    CancelTimer,
    Comparison,
    ControlDevice,
    DescribeHouse,
    ListTimers,
    QuerySensors,
    SetTimer,
    State,
    Topic,
    Unit,
)
from tools.call import TurnBudget
from tools.contract import ErrorCode, ToolCall, ToolError, ToolResult
from tools.corrections import named_field
from tools.parsing import parsed, repaired, validated

MODELS = {"query_sensors": QuerySensors, "describe_house": DescribeHouse, "control_device": ControlDevice}
KEEPING = {"set_timer": SetTimer, "list_timers": ListTimers, "cancel_timer": CancelTimer}
KNOWN = frozenset(name for model in (MODELS | KEEPING).values() for name in model.model_fields)
PLACES = [
    "kitchen",
    "Bedroom",
    "front door",
    "bedroom light",
    "ceiling light",
    "kitchen lights",
    "attic",
    "moon",
    "lock",
]

name_or_null = st.none() | st.sampled_from(PLACES)
sound = {
    "query_sensors": st.fixed_dictionaries(
        {
            "answer": st.sampled_from(AnswerKind),
            "quantity": st.none() | st.sampled_from(Quantity),
            "where": name_or_null,
            "period": st.none() | st.sampled_from([*Period, "monday", "last_3_hours"]),
            "state": st.none() | st.sampled_from(State),
            "versus": st.none() | st.sampled_from(PLACES),
            "versus_period": st.none() | st.sampled_from(Period),
            "comparison": st.none() | st.sampled_from(Comparison),
            "threshold": st.none() | st.floats(-50, 1000),
            "unit": st.none() | st.sampled_from(Unit),
        }
    ),
    "describe_house": st.fixed_dictionaries(
        {
            "topic": st.sampled_from(Topic),
            "where": name_or_null,
            "quantity": st.none() | st.sampled_from(Quantity),
        }
    ),
    "control_device": st.fixed_dictionaries(
        {
            "verb": st.sampled_from(Verb),
            "what": st.sampled_from(PLACES),
            "value": st.none() | st.floats(-10, 200),
            "unit": st.none() | st.sampled_from(Unit),
        }
    ),
}
sound |= {
    "set_timer": st.just({**dict.fromkeys(SetTimer.model_fields), "kind": "timer", "minutes": 5.0, "extend": False}),
    "list_timers": st.just({"kind": "alarm", "name": None}),
    "cancel_timer": st.just({"kind": None, "name": "pasta", "every": False}),
}
wrong_value = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=100),
    st.sampled_from(
        ["latst", "Temperature", "turn on", "opn", "20", "celcius", "nan", "\u200b", "yesteday", "9" * 400]
    ),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)
spoilt = st.tuples(
    st.sampled_from(["drop", "change", "add"]), st.sampled_from([*sorted(KNOWN), "sql", "", "wh\u200bere"]), wrong_value
)


@st.composite
def almost_valid(draw: st.DrawFn, tools: Sequence[str] = tuple(MODELS)) -> tuple[str, dict[str, Any]]:
    """A call of one of the tools, of which up to three things are wrong."""
    tool = draw(st.sampled_from(tools))
    arguments: dict[str, Any] = dict(draw(sound[tool]))
    for what, name, value in draw(st.lists(spoilt, max_size=3)):
        if what == "drop":
            arguments.pop(name, None)
        elif what == "add" or name in arguments:
            arguments[name] = value
    return tool, arguments


def applied(error: ToolError, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """Every call that the error suggests, made without thinking."""
    if isinstance(error.suggestion, dict):
        return [error.suggestion]
    if error.suggestion is None:
        return []
    assert error.field is not None, error.as_json()
    return [{**arguments, error.field: value} for value in error.suggestion]


@settings(max_examples=400, deadline=None)
@given(almost_valid((*MODELS, *KEEPING)))
def test_what_the_schema_suggests_is_valid(call: tuple[str, dict[str, Any]]) -> None:
    tool, arguments = call
    model = (MODELS | KEEPING)[tool]
    given = repaired(parsed(json.dumps(arguments)), model, KNOWN)
    try:
        validated(model, given)
    except ToolError as error:
        assert error.code is ErrorCode.SCHEMA
        for better in applied(error, given):
            validated(model, repaired(parsed(json.dumps(better)), model, KNOWN))
    else:
        assert set(given) == set(model.model_fields)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture(scope="module")
def house(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHouse]:
    entering = small_house(tmp_path_factory.mktemp("house"))
    yield runner.run(entering.__aenter__())
    runner.run(entering.__aexit__(None, None, None))


async def asked(house: SmallHouse, tool: str, arguments: dict[str, Any]) -> ToolResult:
    call = ToolCall(id="c", name=tool, arguments=json.dumps(arguments))
    budget = TurnBudget(turn_id="t", calls_left=1)
    return await house.desk.call(call, HERE, house.desk.offered(HERE, may_act=True), budget)


AT_ONCE = {ErrorCode.UNKNOWN_NAME, ErrorCode.AMBIGUOUS_NAME, ErrorCode.INCOMPATIBLE}
"""What is mended by one suggestion; that nothing was recorded may be so of the next quantity too."""
NOT_THE_SCHEMA = [code.value for code in ErrorCode if code.value not in ("schema", "bad_json", "unknown_tool")]


@settings(max_examples=60, deadline=None)
@given(call=almost_valid())
def test_what_any_error_of_the_house_suggests_gets_past_the_schema_and_to_a_name_that_is_known(
    runner: asyncio.Runner, house: SmallHouse, call: tuple[str, dict[str, Any]]
) -> None:
    async def story() -> None:
        tool, arguments = call
        result = await asked(house, tool, arguments)
        if result.error is None:
            return
        for better in applied(result.error, parsed(json.dumps(arguments)))[:5]:
            again = await asked(house, tool, better)
            assert again.error is None or again.verdict in NOT_THE_SCHEMA, again.error.as_json()
            if result.error.code in AT_ONCE and again.error is not None:
                before, after = result.error, again.error
                assert (before.code, before.field) != (after.code, after.field), (better, after.as_json())

    runner.run(story())


CASES: list[tuple[str, dict[str, Any], ErrorCode]] = [
    ("query_sensors", {"answer": "latest", "where": "kichen sensr"}, ErrorCode.UNKNOWN_NAME),
    (
        "query_sensors",
        {"answer": "mean", "quantity": "temperature", "where": "kitchen", "versus": "moon"},
        ErrorCode.UNKNOWN_NAME,
    ),
    ("query_sensors", {"answer": "trend", "versus": "kitchen"}, ErrorCode.INCOMPATIBLE),
    ("query_sensors", {"answer": "mean", "versus": "kitchen", "versus_period": "today"}, ErrorCode.INCOMPATIBLE),
    (
        "query_sensors",
        {"answer": "list", "quantity": "temperature", "comparison": "above", "threshold": 5, "unit": "lux"},
        ErrorCode.INCOMPATIBLE,
    ),
    ("query_sensors", {"answer": "latest", "quantity": "co2"}, ErrorCode.NO_DATA),
    ("query_sensors", {"answer": "mean", "quantity": "temperature", "period": "this_evening"}, ErrorCode.NO_DATA),
    ("describe_house", {"topic": "devices", "where": "moon"}, ErrorCode.UNKNOWN_NAME),
    ("control_device", {"verb": "turn_on", "what": "kitchen light"}, ErrorCode.AMBIGUOUS_NAME),
    ("control_device", {"verb": "turn_on", "what": "front door"}, ErrorCode.NOT_SUPPORTED),
    ("control_device", {"verb": "set_brightness", "what": "bedroom light"}, ErrorCode.OUT_OF_RANGE),
    ("control_device", {"verb": "set_brightness", "what": "bedroom light", "value": 140}, ErrorCode.OUT_OF_RANGE),
    ("control_device", {"verb": "turn_on", "what": "bedroom light", "value": 40}, ErrorCode.OUT_OF_RANGE),
    (
        "control_device",
        {"verb": "set_brightness", "what": "bedroom light", "value": 40, "unit": "lux"},
        ErrorCode.INCOMPATIBLE,
    ),
]


@pytest.mark.parametrize(("tool", "given", "code"), CASES)
def test_each_refusal_by_the_house_says_which_argument_and_what_instead(
    runner: asyncio.Runner, house: SmallHouse, tool: str, given: dict[str, Any], code: ErrorCode
) -> None:
    arguments = {**dict.fromkeys(MODELS[tool].model_fields), **given}

    async def story() -> None:
        result = await asked(house, tool, arguments)
        assert result.error is not None and result.error.code is code
        suggested = applied(result.error, arguments)
        assert suggested
        for better in suggested:
            again = await asked(house, tool, better)
            assert again.error is None or (again.error.code, again.error.field) != (code, result.error.field)

    runner.run(story())


def test_a_tool_that_there_is_not_is_answered_with_those_that_there_are(
    runner: asyncio.Runner, house: SmallHouse
) -> None:
    result = runner.run(asked(house, "set_reading", {}))
    assert result.error is not None and result.error.field is None
    assert result.error.suggestion == sorted(MODELS)


def error_of(tool: str, **changed: Any) -> ToolError:
    arguments = {**dict.fromkeys(MODELS[tool].model_fields), **changed}
    with pytest.raises(ToolError) as refused:
        validated(MODELS[tool], arguments)
    return refused.value


def test_of_several_wrong_words_the_whole_call_is_put_right_without_making_anything_up() -> None:
    error = error_of("query_sensors", answer="latst", quantity="Temperatur", where="kitchen", threshold="20", sql="x")
    assert error.suggestion == {
        **dict.fromkeys(QuerySensors.model_fields),
        **{"answer": "latest", "quantity": "temperature", "where": "kitchen", "threshold": 20.0},
    }


class Fussy(BaseModel):
    model_config = ConfigDict(extra="forbid")
    word: Annotated[str, Field(min_length=3, examples=["a", "b"])]


def test_examples_that_would_not_do_are_not_suggested() -> None:
    with pytest.raises(ToolError) as refused:
        validated(Fussy, {"word": "x"})
    assert (refused.value.field, refused.value.suggestion) == ("word", None)


def test_only_a_name_is_looked_for_among_the_arguments() -> None:
    given = {"where": "kitchen", "versus": "moon"}
    assert named_field(ToolError(ErrorCode.UNKNOWN_NAME, "", received="moon"), given) == "versus"
    assert named_field(ToolError(ErrorCode.NO_DATA, "", received="kitchen"), given) is None


def test_of_what_is_true_or_false_both_are_allowed() -> None:
    with pytest.raises(ToolError) as refused:
        validated(CancelTimer, {"kind": None, "name": "pasta"})
    assert (refused.value.field, refused.value.suggestion) == ("every", [True, False])


def test_what_could_only_be_made_up_is_not_suggested() -> None:
    assert error_of("control_device", verb="turn_on").suggestion is None
    assert error_of("control_device", verb="annihilate", what="lamp", value=[]).suggestion is None
