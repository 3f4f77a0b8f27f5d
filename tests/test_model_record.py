"""A turn of the model is on the record whole, and comes out the same when it is taken again without any endpoint."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes_model import CALL_QUIRKS, HANG, Reply, Request, Script, ScriptedEndpoint, calls, delta, fails, query, says
from fakes_tools import HERE
from fakes_turns import talking

from assistant.cli.main import main
from assistant.turns.replay import MODEL_AGAIN
from config.model import ModelSettings

Run = Callable[..., tuple[int, str]]
WARM = "The kitchen is at 23.4 degrees and the living room at 22."
WORDS = "would you say the kitchen is toasty"
"""Not one of the sentences, or it would not be the model that answers when it is taken again."""
SEVERAL = f"{WORDS} and also the living room"
LIGHT = ("control_device", {"verb": "turn_on", "what": "bedroom light", "value": None, "unit": None})


@pytest.fixture
def audit(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ASSISTANT_HOUSE__TIME_ZONE", "UTC")

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["assistant", "audit", *words, "--state-dir", str(tmp_path)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    return run


async def said(folder: Path, script: Script, words: str, **settings: Any) -> str:
    async with ScriptedEndpoint(script) as endpoint:
        model = ModelSettings(
            enabled=True, base_url=endpoint.base_url, name="m", api_key="sk-canary", price_in=1, **settings
        )
        async with talking(folder, HERE, model, only_model=True) as (talk, _):
            return (await talk.say(words)).text


BOTH = (query("kitchen"), query("living room"))


def two_rooms(request: Request, _number: int) -> Reply:
    return says(WARM) if request.messages[-1]["role"] == "tool" else calls(*BOTH)


TURNS: dict[str, tuple[Script, str, dict[str, Any]]] = {
    "one read": ([calls(query("kitchen"))], WORDS, {}),
    "words for two reads": (two_rooms, SEVERAL, {}),
    "an act": ([calls(LIGHT)], "might the bedroom light perhaps go on", {}),
    "a tool's name in other letters": ([calls(("functions.Query_Sensors", query("kitchen")[1]))], WORDS, {}),
    "more than its context": (lambda _r, _n: fails(400, "maximum context length exceeded"), WORDS, {}),
    "a heading and a label": (
        lambda r, _n: (
            says(f"## Answer\n\n**Assistant:** {WARM} [1]") if r.messages[-1]["role"] == "tool" else calls(*BOTH)
        ),
        SEVERAL,
        {},
    ),
    "an unknown tool first": ([calls(("execute_sql", {})), calls(query("kitchen"))], WORDS, {}),
    "broken arguments": ([calls(("query_sensors", "{oops")), says("I cannot tell.")], WORDS, {}),
    "made up twice": ([says("It is 99 degrees."), says("It is 98 degrees.")], WORDS, {}),
    "the same again and again": (lambda _r, _n: calls(query("nowhere")), "would you say nowhere is toasty", {}),
    "endless rounds": (lambda _r, n: calls(query(f"room {n}")), SEVERAL, {"rounds": 3}),
    "two calls in all": (lambda _r, n: calls(query(f"room {n}")), SEVERAL, {"calls": 2}),
    "refused": (lambda _r, _n: fails(401, "sk-canary"), WORDS, {}),
    "falls silent after the reads": (
        lambda _r, n: calls(*BOTH) if n == 0 else Reply(chunks=(delta(content="I"), HANG)),
        SEVERAL,
        {"turn_seconds": 1.0, "idle_seconds": 30},
    ),
    "too dear": (lambda _r, n: calls(query(f"room {n}")), SEVERAL, {"tokens_per_turn": 4000}),
    "glued": (
        [CALL_QUIRKS["objects glued together"](BOTH), says(WARM)],
        SEVERAL,
        {},
    ),
}


async def test_a_turn_that_had_to_forget_comes_out_the_same(tmp_path: Path, audit: Run) -> None:
    def script(request: Request, _number: int) -> Reply:
        too_long = "Said and answered before" in request.messages[1]["content"]
        return fails(400, "maximum context length exceeded") if too_long else calls(query("kitchen"))

    async with ScriptedEndpoint(script) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="m")
        async with talking(tmp_path, HERE, model, only_model=True) as (talk, _):
            first, second = (await talk.say(WORDS)).text, (await talk.say(WORDS)).text
    assert first == second and len(endpoint.requests) == 3
    assert audit("replay", "last") == (0, f"{MODEL_AGAIN}\n")


@pytest.mark.parametrize("kind", TURNS)
async def test_a_model_turn_comes_out_the_same_when_it_is_taken_again(tmp_path: Path, audit: Run, kind: str) -> None:
    script, words, settings = TURNS[kind]
    await said(tmp_path, script, words, **settings)
    assert audit("replay", "last") == (0, f"{MODEL_AGAIN}\n")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda model: model["answers"][1].update(text="The kitchen is at 99 degrees."), "words of the model"),
        (lambda model: model["answers"][0]["calls"].pop(), "calls of the model"),
        (lambda model: model.update(stopped="rounds"), "end of the model's turn"),
    ],
)
async def test_what_comes_out_otherwise_is_told(
    tmp_path: Path, audit: Run, change: Callable[[dict[str, Any]], None], what: str
) -> None:
    await said(tmp_path, two_rooms, SEVERAL)
    case = json.loads(audit("export", "last")[1])
    change(case["turn"]["model"])
    file = tmp_path / "case.json"
    file.write_text(json.dumps(case))
    code, out = audit("replay", str(file))
    assert code == 1 and what in out


async def test_the_story_of_a_turn_tells_each_request_and_what_it_cost(tmp_path: Path, audit: Run) -> None:
    await said(tmp_path, [fails(503, "overloaded"), calls(query("kitchen"))], WORDS)
    code, out = audit("show", "last")
    assert code == 0
    assert "asked m at 127.0.0.1:" in out and "overloaded" in out and "first token after" in out
    assert "it said calls: query_sensors" in out
    assert "ended as one_call; 900 tokens sent, 20 made, 0.0009 in money" in out


async def test_no_key_and_no_address_of_the_endpoint_is_on_the_record(tmp_path: Path, audit: Run) -> None:
    await said(tmp_path, lambda _r, _n: fails(401, "wrong key sk-canary"), WORDS)
    out = audit("show", "last", "--json")[1]
    assert "canary" not in out and "/v1" not in out


async def test_a_day_that_has_cost_enough_is_said_honestly(tmp_path: Path) -> None:
    text = await said(tmp_path, [], WORDS, cost_per_day=0.000001)
    assert text == "I don't know that one by myself, and the language model has cost as much today as it may."
