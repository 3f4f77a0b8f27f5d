"""The daemon as a process, with a model that never answers: it is stopped by a word, and ends when it is told to."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fakes_model import HANG, Reply, ScriptedEndpoint, delta
from real_daemon import STOP_SECONDS, Daemon
from test_turns_stopped import TOASTY, recorded

SILENT = Reply(chunks=(delta(content="I"), HANG))


@asynccontextmanager
async def daemon_with(server: ScriptedEndpoint, folder: Path) -> AsyncIterator[Daemon]:
    daemon = Daemon(
        folder,
        1,
        ASSISTANT_MQTT__ENABLED="false",
        ASSISTANT_MODEL__ENABLED="true",
        ASSISTANT_MODEL__BASE_URL=server.base_url,
        ASSISTANT_MODEL__API_KEY="sk-canary",
        ASSISTANT_MODEL__SLOW_SECONDS="0.1",
        ASSISTANT_MODEL__IDLE_SECONDS="30",
    )
    try:
        assert (await asyncio.to_thread(daemon.told)).startswith("READY=1")
        yield daemon
    finally:
        daemon.close()


async def ask(daemon: Daemon, text: str) -> asyncio.subprocess.Process:
    """`assistant ask --json` as a process of its own."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "assistant", "ask", "--json", "--state-dir", str(daemon.state), text),
        env=daemon.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_stop_on_another_terminal_ends_what_takes_long(tmp_path: Path) -> None:
    async with ScriptedEndpoint(lambda _r, _n: SILENT) as server, daemon_with(server, tmp_path) as daemon:
        asked = await ask(daemon, TOASTY)
        assert asked.stderr is not None
        assert await asked.stderr.readline() == b"One moment, I am checking.\n"
        stopped = await ask(daemon, "stop")
        out, _ = await asked.communicate()
        assert json.loads(out)["reply"] == "Okay, I stopped."
        out, _ = await stopped.communicate()
        assert json.loads(out)["reply"] == "Okay."
        assert daemon.stop() == 0
    log = daemon.log.read_text()
    assert "canary" not in log and "/v1" not in log


async def test_sigterm_ends_a_turn_of_the_model_with_its_reply_and_its_record(tmp_path: Path) -> None:
    async with ScriptedEndpoint(lambda _r, _n: SILENT) as server, daemon_with(server, tmp_path) as daemon:
        asked = await ask(daemon, TOASTY)
        await server.asked.wait()
        began = asyncio.get_running_loop().time()
        assert await asyncio.to_thread(daemon.stop) == 0
        assert asyncio.get_running_loop().time() - began < STOP_SECONDS
        out, _ = await asked.communicate()
        assert json.loads(out)["reply"] == "Okay, I stopped."
    assert [(turn["heard"], turn["model"]["stopped"]) for turn in recorded(tmp_path)] == [(TOASTY, "cancelled")]
