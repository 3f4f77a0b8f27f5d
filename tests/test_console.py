"""The control socket: private, forgiving of bad lines, honest when nobody is there."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from assistant.console import Console, ConsoleFailed, NoDaemon, connect
from assistant.values import Planner, Reply, Utterance
from tools.contract import Asker


class ScriptedTurns:
    """Answers with what it heard, and remembers it."""

    def __init__(self) -> None:
        self.heard: list[Utterance] = []
        self.ended: list[Asker] = []

    async def hear(self, utterance: Utterance) -> Reply:
        self.heard.append(utterance)
        return Reply(turn_id="1", text=f"heard {len(utterance.text)}", planner=Planner.NONE)

    async def spoken(self, asker: Asker) -> None:
        self.ended.append(asker)


async def ask(path: Path, text: str, room: str | None) -> dict[str, Any]:
    async with connect(path) as take:
        return await take(text, room)


async def served(tmp_path: Path, turns: ScriptedTurns) -> tuple[asyncio.Task[None], Path]:
    listening = asyncio.Event()
    path = tmp_path / "control.sock"
    task = asyncio.create_task(Console(turns, path, ready=listening.set).run())
    await listening.wait()
    return task, path


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_typed_question_is_a_turn_and_its_prompt_ends_at_once(tmp_path: Path) -> None:
    turns = ScriptedTurns()
    task, path = await served(tmp_path, turns)
    answer = await ask(path, "is the door locked", "hallway")
    await stopped(task)
    assert answer["reply"] == "heard 18"
    assert [utterance.asker.room for utterance in turns.heard] == ["hallway"]
    assert turns.ended == [turns.heard[0].asker]
    assert set(answer) == {"text", "reply", "planner", "calls", "proposal", "timings_ms"}


async def test_the_socket_belongs_to_its_owner_alone_and_goes_with_the_daemon(tmp_path: Path) -> None:
    task, path = await served(tmp_path, ScriptedTurns())
    assert path.stat().st_mode & 0o777 == 0o600
    await stopped(task)
    assert not path.exists()


async def test_several_turns_go_over_one_connection(tmp_path: Path) -> None:
    task, path = await served(tmp_path, ScriptedTurns())
    async with connect(path) as take:
        assert [(await take(text, None))["reply"] for text in ("a", "bb")] == ["heard 1", "heard 2"]
    await stopped(task)


async def test_without_a_daemon_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoDaemon):
        await ask(tmp_path / "nobody.sock", "hello", None)


async def test_a_socket_left_behind_by_a_kill_is_nobody(tmp_path: Path) -> None:
    task, path = await served(tmp_path, ScriptedTurns())
    kept = path.with_suffix(".kept")
    kept.hardlink_to(path)
    await stopped(task)
    with pytest.raises(NoDaemon):
        await ask(kept, "hello", None)


@pytest.mark.parametrize(
    "line", [b"hello", b"[]", b"{}", b'{"ask": 3}', b'{"ask": "x", "room": 7}', b"\xff", b"[" * 9000]
)
async def test_a_bad_line_gets_a_sentence_and_the_next_one_works(tmp_path: Path, line: bytes) -> None:
    task, path = await served(tmp_path, ScriptedTurns())
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(line + b'\n{"ask": "ok"}\n')
    assert "error" in json.loads(await reader.readline())
    assert json.loads(await reader.readline())["reply"] == "heard 2"
    writer.close()
    await stopped(task)


async def test_a_hundred_kilobytes_are_taken_to_the_turn_which_refuses_them(tmp_path: Path) -> None:
    task, path = await served(tmp_path, ScriptedTurns())
    assert (await ask(path, "x" * 100_000, None))["reply"] == "heard 100000"
    with pytest.raises(ConsoleFailed):
        await ask(path, "x" * 2_000_000, None)
    await stopped(task)
