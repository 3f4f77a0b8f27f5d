"""Who waits for a turn is told that it takes long, and can end it: every call and every turn is on the record once."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes_model import HANG, Reply, Script, ScriptedEndpoint, calls, delta, query, says
from fakes_tools import ELSEWHERE, HERE
from fakes_turns import Talk, talking

from assistant.app import running
from assistant.build import open_assistant
from assistant.console import Console
from assistant.control_socket import connect
from assistant.turns.under_way import UnderWay
from assistant.values import Planner, Utterance
from assistant.wait import Wait
from config.model import ModelSettings
from config.settings import Settings
from tools.audit_reading import AuditReader

TOASTY = "would you say the kitchen is toasty"
SILENT = Reply(chunks=(delta(content="I"), HANG))


@asynccontextmanager
async def thinking(
    folder: Path, script: Script, **settings: Any
) -> AsyncIterator[tuple[Talk, Any, ScriptedEndpoint, ModelSettings]]:
    async with ScriptedEndpoint(script) as server:
        model = ModelSettings(
            enabled=True, base_url=server.base_url, name="m", idle_seconds=30, first_token_seconds=30, **settings
        )
        async with talking(folder, HERE, model) as (talk, house):
            yield talk, house, server, model


def recorded(folder: Path) -> list[dict[str, Any]]:
    (audit,) = folder.glob("**/audit.sqlite3")
    reader = AuditReader(audit)
    try:
        return [dict(record.body) for record in reader.records("event = ?", ("turn",), newest=99)]
    finally:
        reader.close()


async def test_a_turn_that_takes_long_says_so_once() -> None:
    told: list[str] = []
    wait = Wait(told.append)
    with wait.told_after(0.01, "One moment."):
        await asyncio.sleep(0.05)
    with wait.told_after(30, "never"):
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)
    assert told == ["One moment."]


@pytest.mark.parametrize("word", ["stop", "never mind", "cancel"])
async def test_stop_ends_what_the_model_works_at(tmp_path: Path, word: str) -> None:
    async with thinking(tmp_path, lambda _r, _n: SILENT) as (talk, _, server, _model):
        asked = asyncio.ensure_future(talk.say(TOASTY))
        await server.asked.wait()
        began = asyncio.get_running_loop().time()
        stopped = await talk.say(word)
        first = await asked
        assert asyncio.get_running_loop().time() - began < 1
    assert (first.text, first.planner) == ("Okay, I stopped.", Planner.MODEL)
    assert stopped.text == "Okay."
    turns = recorded(tmp_path)
    assert [turn["heard"] for turn in turns] == [TOASTY, word]
    assert turns[0]["model"]["stopped"] == "cancelled"


async def test_other_words_wait_for_their_turn_and_other_places_stop_nothing(tmp_path: Path) -> None:
    late = Reply(pause_seconds=0.4, chunks=calls(query("kitchen")).chunks)
    async with thinking(tmp_path, [late]) as (talk, _, server, _model):
        asked = asyncio.ensure_future(talk.say(TOASTY))
        await server.asked.wait()
        other = asyncio.ensure_future(talk.say("how humid is the bathroom"))
        await Talk(talk.turns, ELSEWHERE).say("stop")
        assert "23.4" in (await asked).text
        assert "61 percent" in (await other).text


async def test_a_stop_while_the_tools_run_leaves_one_record_of_each_call(tmp_path: Path) -> None:
    async with thinking(tmp_path, lambda _r, _n: calls(query("kitchen"), query("living room"))) as (talk, house, _, _m):
        started, real = asyncio.Event(), house.questions.latest
        slow = 0

        async def latest(*args: Any, **named: Any) -> Any:
            nonlocal slow
            slow += 1
            started.set()
            await asyncio.sleep(0 if slow == 1 else 30)
            return await real(*args, **named)

        house.questions.latest = latest
        asked = asyncio.ensure_future(talk.say(f"{TOASTY} and the living room"))
        await started.wait()
        await asyncio.sleep(0.05)
        await talk.say("stop")
        reply = await asked
    assert reply.text == "Okay, I stopped."
    first = recorded(tmp_path)[0]
    assert Counter(call["arguments"]["where"] for call in first["calls"]) == {"kitchen": 1, "living room": 1}
    assert sorted(call["verdict"] for call in first["calls"]) == ["ok", "timeout"]


async def test_whoever_goes_away_for_good_leaves_one_record(tmp_path: Path) -> None:
    async with thinking(tmp_path, lambda _r, _n: SILENT) as (talk, _, server, _model):
        asked = asyncio.ensure_future(talk.say(TOASTY))
        await server.asked.wait()
        await asyncio.sleep(0.02)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert (await talk.say("how humid is the bathroom")).text.startswith("The humidity")
    turns = recorded(tmp_path)
    assert len(turns) == 2
    assert (turns[0]["heard"], turns[0]["said"], turns[0]["intent"]) == (TOASTY, "", "stopped")


async def test_all_that_is_under_way_ends_soon_and_nothing_begins_after_it() -> None:
    under_way, waits = UnderWay(), [Wait(), Wait()]
    with under_way.taking("a", waits[0]), under_way.taking("b", waits[1]):
        closing = asyncio.ensure_future(under_way.close())
        await asyncio.sleep(0)
        assert [wait.ended for wait in waits] == [True, True] and not closing.done()
    async with asyncio.timeout(1):
        await closing
    late = Wait()
    with under_way.taking("a", late):
        assert late.ended


async def test_the_end_of_the_daemon_ends_a_model_turn_with_a_reply_and_a_record(tmp_path: Path) -> None:
    async with ScriptedEndpoint(lambda _r, _n: SILENT) as server:
        model = {
            "enabled": True,
            "base_url": server.base_url,
            "slow_seconds": 0.05,
            "idle_seconds": 30,
            "first_token_seconds": 30,
        }
        settings = Settings.model_validate({"mqtt": {"enabled": False}, "model": model, "voice": {"enabled": False}})
        async with open_assistant(settings, tmp_path / "state") as assistant:
            ready = asyncio.Event()
            console = Console(
                assistant.turns, assistant.approvals, assistant.state.socket, asker=assistant.typist, ready=ready.set
            )
            told: asyncio.Queue[str] = asyncio.Queue()
            async with running(console=console.run()):
                await ready.wait()
                async with connect(assistant.state.socket, told.put_nowait) as take:
                    asked = asyncio.ensure_future(take(TOASTY, None))
                    assert await told.get() == "One moment, I am checking."
                    began = asyncio.get_running_loop().time()
                    await assistant.turns.wind_down()
                    answer = await asked
                    assert asyncio.get_running_loop().time() - began < 1
    assert told.empty()
    assert answer["reply"] == "Okay, I stopped."
    assert [turn["heard"] for turn in recorded(tmp_path)] == [TOASTY]


async def test_a_stop_from_another_console_ends_the_turn(tmp_path: Path) -> None:
    async with thinking(tmp_path, lambda _r, _n: SILENT) as (talk, _, server, _model):
        asked = asyncio.ensure_future(talk.turns.hear(Utterance(text=TOASTY, asker=HERE)))
        await server.asked.wait()
        await talk.turns.hear(Utterance(text="stop", asker=HERE))
        assert json.dumps((await asked).text) == '"Okay, I stopped."'


async def test_the_answer_comes_without_a_word_before_it_where_it_comes_soon(tmp_path: Path) -> None:
    told: list[str] = []
    async with thinking(tmp_path, [calls(query("kitchen")), says("x")]) as (talk, _, _server, _model):
        await talk.turns.hear(Utterance(text=TOASTY, asker=HERE, wait=Wait(told.append)))
    assert told == []
