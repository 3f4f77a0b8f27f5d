"""`assistant model check`: what an endpoint is like is found out, told in plain words, kept, and made use of."""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from fakes_endpoints import NATURES, Nature, endpoint_like
from fakes_misdeeds import QUIRKS
from fakes_model import HANG, Reply, ScriptedEndpoint, SmallHouse, calls, delta, fails, query, says
from fakes_quirks import Wish
from test_model_ladder import BOTH, REQUEST

from assistant.cli.model import EXIT_CODES
from assistant.model.build import open_model
from assistant.model.card import Card, Cards, Finding, Mark, card_as_json, card_key
from assistant.model.cost import Day
from assistant.model.endpoint import Endpoint, Patience
from assistant.model.probe import Probe
from assistant.model.traits import Traits
from config.model import EndpointSettings, ModelSettings

QUICK = Patience(connect_seconds=1, first_token_seconds=1, idle_seconds=0.3, tail_seconds=0.1)


@pytest.fixture(autouse=True, scope="module")
def _library_is_loaded() -> None:
    """Or the first request of the run would wait for it."""
    import_module("openai")


async def card_of(script: Any) -> Card:
    async with ScriptedEndpoint(script) as server:
        settings = EndpointSettings(base_url=server.base_url, name="m", api_key="sk-canary")  # type: ignore[arg-type]
        async with Endpoint(settings, patience=QUICK) as endpoint:
            return await Probe(endpoint=endpoint, clock_ms=lambda: 7).card()


def mark(card: Card, what: str) -> Mark:
    return next(one.mark for one in card.findings if one.what == what)


async def test_a_faultless_endpoint_has_nothing_to_be_done() -> None:
    card = await card_of(endpoint_like(Nature()))
    assert card.worst is Mark.GOOD
    assert [one.advice for one in card.findings] == [""] * len(card.findings)
    assert card.traits == Traits()
    assert len(card.findings) == 11


FAULTS: dict[str, tuple[Nature, str, Mark, Traits]] = {
    "no max_tokens": (
        Nature(refuses=frozenset({"max_tokens"})),
        "parameters",
        Mark.ROUND,
        Traits(refused=frozenset({"max_tokens"})),
    ),
    "no strict": (
        Nature(refuses=frozenset({"strict"})),
        "parameters",
        Mark.ROUND,
        Traits(refused=frozenset({"strict"})),
    ),
    "tool_choice refused": (
        Nature(refuses=frozenset({"tool_choice"})),
        "tool_choice none",
        Mark.ROUND,
        Traits(refused=frozenset({"tool_choice"}), calls_when_told_not_to=True),
    ),
    "none ignored": (Nature(knows_none=False), "tool_choice none", Mark.ROUND, Traits(calls_when_told_not_to=True)),
    "required ignored": (Nature(knows_required=False), "tool_choice required", Mark.ROUND, Traits()),
    "no tools": (Nature(tools=False), "tools", Mark.BROKEN, Traits()),
    "thinks too long": (Nature(thinks_for_ever=True), "tools", Mark.BROKEN, Traits()),
    "wrong arguments": (Nature(wrong_arguments=True), "tools", Mark.POOR, Traits()),
    "arguments as an object": (Nature(as_object=True), "tools", Mark.GOOD, Traits()),
    "one call at a time": (Nature(parallel="never"), "several calls", Mark.ROUND, Traits()),
    "several on request": (
        Nature(parallel="requested"),
        "several calls",
        Mark.GOOD,
        Traits(parallel_on_request=True),
    ),
    "counts nothing": (Nature(counts=False), "usage", Mark.ROUND, Traits()),
    "no stream": (Nature(streams=False), "answers", Mark.ROUND, Traits()),
    "stream refused": (
        Nature(refuses=frozenset({"streamed"})),
        "answers",
        Mark.ROUND,
        Traits(refused=frozenset({"stream"})),
    ),
    "limit not told": (Nature(tells_length=False), "limit of tokens", Mark.ROUND, Traits()),
    "limit ignored": (Nature(keeps_limit=False, tells_length=False), "limit of tokens", Mark.ROUND, Traits()),
    "long prompts cut": (Nature(context_characters=8000), "long prompts", Mark.POOR, Traits()),
    "thinks aloud": (Nature(thinks=True), "clean text", Mark.ROUND, Traits()),
    "control tokens": (Nature(leaks=True), "clean text", Mark.POOR, Traits()),
    "chokes on results": (Nature(takes_results=False), "answers of tools", Mark.ROUND, Traits()),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_is_found_and_has_its_advice(fault: str) -> None:
    nature, what, expected, traits = FAULTS[fault]
    card = await card_of(endpoint_like(nature))
    assert mark(card, what) is expected, card.findings
    assert card.traits == traits
    assert all(one.advice for one in card.findings if one.mark is not Mark.GOOD)


BROKEN: dict[str, tuple[Any, str]] = {
    "wrong key": (lambda _r, _n: fails(401, "bad key sk-canary"), "model.api_key"),
    "no such model": (lambda _r, _n: fails(404), "ollama list"),
    "web page": (lambda _r, _n: Reply(content_type="text/html", chunks=(b"<html>",)), "model.base_url"),
    "no credit": (lambda _r, _n: fails(402, "Insufficient Balance"), "account"),
    "sent on": (
        lambda _r, _n: Reply(status=307, headers={"location": "http://localhost:9/v1"}, content_type="text/plain"),
        "model.base_url",
    ),
    "half a body": (lambda _r, _n: Reply(content_type="application/json", chunks=(b'{"choi',)), "address right"),
    "too many requests": (lambda _r, _n: fails(429), "no more requests"),
    "silent": (lambda _r, _n: Reply(chunks=(HANG,)), "Start it"),
    "falls silent": (lambda _r, _n: Reply(chunks=(delta(content="re"), HANG)), "Start it"),
}


@pytest.mark.parametrize("fault", BROKEN)
async def test_an_endpoint_that_cannot_be_used_is_told_with_the_fix_and_left_alone(fault: str) -> None:
    script, advice = BROKEN[fault]
    card = await card_of(script)
    assert card.worst is Mark.BROKEN and len(card.findings) == 1
    assert advice in card.findings[0].advice
    assert "canary" not in json.dumps(card_as_json(card))


HALF_HEARD = {
    "empty body": "with nothing in it",
    "an empty object": "with nothing in it",
    "error as an event of its own": "with nothing in it",
    "ends in the middle": "neither an end nor a count",
    "connection cut": "breaks the connection off",
    "error in a good body": "reported: no memory",
    "brackets without end": "not JSON",
    "more than its context": "more than fits into the model's context",
    "thoughts without end": "did not come to an end",
    "blanks without end": "did not come to an end",
    "<tool_call> in the text": "calls none",
    "a call in the field of old": "calls none",
    "only the arguments that matter": "",
    "a tool's name in other letters": "",
    "doubly encoded": "",
}


@pytest.mark.parametrize("quirk", HALF_HEARD)
async def test_what_else_goes_wrong_is_named_and_what_is_made_up_for_is_fine(quirk: str) -> None:
    good = endpoint_like(Nature())

    def script(request: Any, number: int) -> Reply:
        return QUIRKS[quirk].play(_wish(good(request, number)), request, number)

    async with ScriptedEndpoint(script) as server:
        settings = EndpointSettings(base_url=server.base_url, name="m")
        async with Endpoint(settings, patience=QUICK) as endpoint:
            most_seconds = 0.5 if quirk.endswith("without end") else 30.0
            card = await Probe(endpoint=endpoint, clock_ms=lambda: 7, longest_seconds=most_seconds).card()
    broken = [one for one in card.findings if one.mark is Mark.BROKEN]
    assert bool(broken) is bool(HALF_HEARD[quirk]), card.findings
    assert all(HALF_HEARD[quirk] in one.found and one.advice for one in broken)


def _wish(reply: Reply) -> Wish:
    """What a good endpoint would have sent, for a quirk to spoil."""
    deltas = [json.loads(chunk[6:])["choices"] for chunk in reply.chunks if chunk.startswith(b"data: {")]
    parts = [part["function"] for choices in deltas for one in choices for part in one["delta"].get("tool_calls", ())]
    words = [str(one["delta"].get("content") or "") for choices in deltas for one in choices]
    return Wish(calls=tuple((part["name"], part["arguments"]) for part in parts), words="".join(words))


async def test_an_endpoint_that_asks_for_a_moment_gets_it() -> None:
    good = endpoint_like(Nature())

    def script(request: Any, number: int) -> Reply:
        return fails(429, retry_after="0.05") if number % 3 == 1 else good(request, number)

    assert (await card_of(script)).worst is Mark.GOOD


def test_cards_are_kept_by_address_and_model_and_never_hold_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "new" / "cards.json"
    cards, settings = Cards(file), EndpointSettings(base_url="http://u:hunter2@127.0.0.1:1/v1", name="m")
    card = Card(
        host="127.0.0.1:1",
        model="m",
        checked_ms=7,
        findings=(Finding(what="tools", mark=Mark.POOR, found="x", advice="y"),),
        traits=Traits(refused=frozenset({"strict"}), calls_when_told_not_to=True),
    )
    cards.keep(settings, card)
    assert cards.of(settings) == card
    assert cards.of(settings.model_copy(update={"name": "other"})) is None
    assert cards.traits(settings.model_copy(update={"base_url": "http://127.0.0.1:1/v1/"})) == card.traits
    assert "hunter2" not in file.read_text() and "/v1" not in file.read_text()
    assert card_key(settings) == card_key(settings.model_copy(update={"base_url": "http://127.0.0.1:1/v1"}))


@pytest.mark.parametrize("text", ["{", "[]", "7"])
def test_cards_that_cannot_be_read_are_as_none(tmp_path: Path, text: str) -> None:
    settings, file = EndpointSettings(), tmp_path / "cards.json"
    file.write_text(text)
    assert Cards(file).traits(settings) == Traits()
    file.write_text(json.dumps({card_key(settings): {"refused": 7}}))
    assert Cards(file).traits(settings) == Traits()


async def test_the_loop_leaves_out_what_the_card_says_is_refused_and_asks_for_several_calls() -> None:
    traits = Traits(refused=frozenset({"strict", "stream_options", "max_tokens"}), parallel_on_request=True)
    async with ScriptedEndpoint([calls(query(), query("kitchen")), says(BOTH)]) as server:
        settings = ModelSettings(base_url=server.base_url, name="m")
        opened = open_model(
            settings, say=lambda _: "", day=Day(today=lambda: REQUEST.now.date()), known=lambda _: traits
        )
        async with opened as loop:
            assert (await loop.run(REQUEST, SmallHouse().call)).text == BOTH
        body = server.requests[0].body
    assert not {"stream_options", "max_tokens"} & body.keys() and body["max_completion_tokens"] == 600
    assert all("strict" not in tool["function"] for tool in body["tools"])
    assert body["parallel_tool_calls"] is True


async def test_where_none_is_ignored_a_last_answer_takes_one_request() -> None:
    async with ScriptedEndpoint([calls(query(), query("kitchen")), says(BOTH)]) as server:
        settings = ModelSettings(base_url=server.base_url, name="m", rounds=1)
        traits = Traits(calls_when_told_not_to=True)
        opened = open_model(
            settings, say=lambda _: "", day=Day(today=lambda: REQUEST.now.date()), known=lambda _: traits
        )
        async with opened as loop:
            assert (await loop.run(REQUEST, SmallHouse().call)).text == BOTH
        assert server.played_out
        assert "tools" not in server.requests[1].body


Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    async def run(*scripts: Any, as_json: bool = False) -> tuple[int, str]:
        """One endpoint for each script, the first under [model] and the others as its fallbacks."""
        import asyncio
        from contextlib import AsyncExitStack

        from assistant.cli.model import check as command

        async with AsyncExitStack() as stack:
            urls = [(await stack.enter_async_context(ScriptedEndpoint(script))).base_url for script in scripts]
            text = f'[model]\nbase_url = "{urls[0]}"\nname = "first"\napi_key = "sk-canary"\n'
            text += "".join(f'[[model.fallback]]\nbase_url = "{url}"\nname = "next"\n' for url in urls[1:])
            config = tmp_path / "assistant.toml"
            config.write_text(text)
            config.chmod(0o600)
            code = await asyncio.to_thread(command, as_json=as_json, config=config, state_dir=tmp_path / "state")
        return code, capsys.readouterr().out

    return run


async def test_the_command_prints_a_table_with_advice_and_keeps_the_card(check: Any, tmp_path: Path) -> None:
    code, out = await check(endpoint_like(NATURES["ignores tool_choice, cuts long prompts"]))
    assert code == EXIT_CODES[Mark.POOR] == 1
    assert "first at 127.0.0.1:" in out and "OLLAMA_CONTEXT_LENGTH" in out and "ignored" in out
    assert "switched off" in out and "canary" not in out
    kept = (tmp_path / "state" / "model-cards.json").read_text()
    assert json.loads(kept) and "canary" not in kept


async def test_the_worst_endpoint_decides_the_code_and_json_lists_all(check: Any) -> None:
    code, out = await check(endpoint_like(Nature()), lambda _r, _n: fails(401), as_json=True)
    assert code == 2
    first, second = json.loads(out)
    assert (first["worst"], second["worst"]) == ("good", "broken")
    assert {"what", "mark", "found", "advice"} == set(first["findings"][0])


async def test_what_is_made_up_for_is_fine(check: Any) -> None:
    code, out = await check(endpoint_like(NATURES["refuses what it does not know"]))
    assert code == 0
    assert "refuses" in out and "stream_options" in out and "left out from now on" in " ".join(out.split())
