"""The control socket: private, forgiving of bad lines, honest when nobody is there."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from assistant.approvals import Waiting
from assistant.console import Console
from assistant.control_socket import ConsoleFailed, NoDaemon, connect, open_console
from assistant.values import Planner, Reply, Utterance
from tools.contract import Asker, Role


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


class ScriptedApprovals:
    """One thing waits; remembers what became of it."""

    def __init__(self) -> None:
        self.decided: list[tuple[str, str]] = []

    def waiting(self) -> tuple[Waiting, ...]:
        return (Waiting(id="ab12", satellite="hall", room="Hall", question="Open the gate?", seconds_left=9),)

    async def approve(self, proposal_id: str, by: Asker) -> str:
        assert by.typed and by.role is Role.OWNER
        self.decided.append(("approve", proposal_id))
        return "The gate is now open."

    async def reject(self, proposal_id: str) -> str:
        self.decided.append(("reject", proposal_id))
        return "Okay, not done."


def typist(room: str | None) -> Asker:
    return Asker(satellite="console", room=room, typed=True)


async def ask(path: Path, text: str, room: str | None) -> dict[str, Any]:
    async with connect(path) as take:
        return await take(text, room)


async def served(
    tmp_path: Path, turns: ScriptedTurns, approvals: ScriptedApprovals | None = None
) -> tuple[asyncio.Task[None], Path]:
    listening = asyncio.Event()
    path = tmp_path / "control.sock"
    task = asyncio.create_task(
        Console(turns, approvals or ScriptedApprovals(), path, asker=typist, ready=listening.set).run()
    )
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


async def test_what_waits_elsewhere_is_shown_and_decided_here(tmp_path: Path) -> None:
    approvals = ScriptedApprovals()
    task, path = await served(tmp_path, ScriptedTurns(), approvals)
    async with open_console(path) as send:
        (waiting,) = (await send({"waiting": True}))["waiting"]
        assert (waiting["question"], waiting["satellite"]) == ("Open the gate?", "hall")
        assert await send({"approve": waiting["id"]}) == {"reply": "The gate is now open."}
        assert await send({"reject": "cd34"}) == {"reply": "Okay, not done."}
    assert approvals.decided == [("approve", "ab12"), ("reject", "cd34")]
    await stopped(task)


async def test_who_types_is_known_to_type(tmp_path: Path) -> None:
    turns = ScriptedTurns()
    task, path = await served(tmp_path, turns)
    await ask(path, "hello", None)
    assert [utterance.asker.typed for utterance in turns.heard] == [True]
    await stopped(task)
