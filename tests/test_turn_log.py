"""One line of the log for each turn: it tells how the turn went, and nothing of what was said."""

import logging
import re
from pathlib import Path

import pytest
from fakes_model import Reply, ScriptedEndpoint, calls, fails, query, says
from fakes_operations import CLOSED, NUMBER
from fakes_tools import HERE
from fakes_turns import talking
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.turns.drafts import Draft
from assistant.turns.logged import ASKED, DROPPED, line_of
from assistant.values import Planner, Utterance
from assistant.values import Reply as Answer
from config.asking import ConfirmSettings
from config.settings import ModelSettings
from tools.contract import Asker, ErrorCode, ToolCall, ToolError, ToolResult


def facts(line: str) -> dict[str, str]:
    """Fails where anything in the line could be a word that somebody said."""
    found = dict(part.split("=", 1) for part in line.split(" "))
    for key, value in found.items():
        assert re.fullmatch(CLOSED.get(key, NUMBER.pattern), value), (key, value)
    return found


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, str]]:
    lines = [record.getMessage() for record in caplog.records if record.name == "assistant.turns.record"]
    caplog.clear()
    return [facts(line) for line in lines]


async def test_each_turn_is_a_line_that_tells_who_planned_what_came_of_it_and_how_long_it_took(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with talking(tmp_path, HERE) as (talk, _):
        await talk.say("what is the temperature in the kitchen")
        (asked,) = told(caplog)
        assert asked["planner"] == "sentences" and asked["calls"] == "query_sensors:ok" and "proposal" not in asked
        assert {"turn_ms", "plan_ms", "tools_ms"} <= asked.keys() and asked["role"] == "owner"
        for said, became in (
            ("turn on the bedroom light", ASKED),
            ("no", "rejected"),
            ("turn on the bedroom light", ASKED),
            ("which windows are open", DROPPED),
            ("turn on the bedroom light", ASKED),
            ("yes", "done"),
        ):
            await talk.say(said)
            (line,) = told(caplog)
            assert line["proposal"] == became, said
        await talk.say("colourless green ideas sleep furiously")
        assert told(caplog)[0]["planner"] == "none"


async def test_what_the_owner_need_not_say_yes_to_is_told_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with talking(tmp_path, HERE, confirm=ConfirmSettings(light="at_once")) as (talk, _):
        await talk.say("turn on the bedroom light")
    assert told(caplog)[0]["proposal"] == "done"


SAID = "would you fancy telling Ottilie whether xylophones gather dust"


@pytest.mark.parametrize(
    "answer",
    [
        says("Xylophones gather dust, Ottilie."),
        calls(query("Ottilie's xylophones")),
        calls(("dust_xylophones", {"for": "Ottilie"})),
        fails(500, f"cannot answer {SAID!r}"),
        fails(422, f"in messages[3].content: {SAID.upper()}"),
    ],
)
async def test_no_word_of_it_comes_into_the_log_whatever_a_model_makes_of_it(
    answer: Reply, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with ScriptedEndpoint(lambda _request, _number: answer) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="m", turn_seconds=0.6, rounds=2)
        async with talking(tmp_path, HERE, model) as (talk, _):
            await talk.say(SAID)
    log = " ".join(f"{record.name} {record.getMessage()}" for record in caplog.records).casefold()
    assert not [word for word in SAID.casefold().split() if re.search(rf"\b{word}", log)]
    (line,) = told(caplog)
    assert line["planner"] == "model" and int(line["requests"]) >= 1 and "tokens_in" in line and "cost" in line


@settings(max_examples=30, deadline=None)
@given(text=st.text(), name=st.text(), satellite=st.sampled_from(["here", "kitchen"]), tool=st.text(min_size=1))
def test_nothing_that_comes_from_outside_gets_into_the_line(text: str, name: str, satellite: str, tool: str) -> None:
    made_up = ToolResult(
        call=ToolCall(id=name, name=tool, arguments=text),
        verdict=ErrorCode.UNKNOWN_TOOL.value,
        error=ToolError(ErrorCode.UNKNOWN_TOOL, text, received=name),
    )
    asker = Asker(satellite=satellite, room=name)
    reply = Answer(turn_id="0" * 16, text=text, planner=Planner.MODEL, results=(made_up,), timings_ms={"turn": 1.0})
    draft = Draft(text=text, planner=Planner.MODEL, intent=name, results=(made_up,))
    line = line_of(Utterance(text=text, asker=asker), reply, draft)
    assert facts(line)["calls"] == "unknown:unknown_tool"
