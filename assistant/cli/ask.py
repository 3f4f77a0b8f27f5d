"""`assistant ask` and `assistant talk`: typed turns, with the running daemon, or on their own where none runs."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from assistant.cli.typed import typed_line
from assistant.control_socket import NoDaemon, Take, attend, connect
from assistant.state_dir import SOCKET_NAME
from config.load import load_settings, resolve_house_file, resolve_state_dir

HINT = "Type a question, or `quit`."
NOTHING_WAITS = (
    "Nothing was done, and nothing waits for a yes: answer it in `assistant talk`, or start `assistant run`."
)
RINGS_LATER = "No assistant runs here, so it rings once one does: start `assistant run`."
KEPT = frozenset({"set_timer", "set_watch"})
"""Tools that set what rings one day."""
FAREWELLS = frozenset({"quit", "exit", "bye", "goodbye"})


def ask_once(text: str, *, as_json: bool, room: str | None, config: Path | None, state_dir: Path | None) -> int:
    """Prints the reply, or with `as_json` the whole turn as one JSON object. On a terminal a question is waited for."""

    async def ask() -> None:
        async with conversation(config, state_dir) as (take, lasting):
            turn = await take(text, room)
            sys.stdout.write((json.dumps(turn, ensure_ascii=False) if as_json else turn["reply"]) + "\n")
            kept = [call for call in turn["calls"] if call["tool"] in KEPT and call["verdict"] == "ok"]
            if kept and not lasting:
                sys.stderr.write(f"{RINGS_LATER}\n")
            if turn["proposal"] is None or as_json:
                return
            if sys.stdin.isatty():
                sys.stdout.write("> ")
                sys.stdout.flush()
                answer = await typed_line()
                sys.stdout.write(f"{(await take(answer.strip(), room))['reply']}\n")
            elif not lasting:
                sys.stderr.write(f"{NOTHING_WAITS}\n")

    asyncio.run(ask())
    return 0


def talk(*, room: str | None, config: Path | None, state_dir: Path | None) -> int:
    """A prompt until the end of input."""

    async def chat() -> None:
        async with conversation(config, state_dir) as (take, lasting):
            if not lasting:
                return await prompt(take, room)
            from assistant.app import running  # heavy: the whole assistant

            loaded = load_settings(config)
            socket = resolve_state_dir(loaded.settings, state_dir) / SOCKET_NAME
            async with attend(socket) as announcements, running(announcements=printed(announcements)):
                await prompt(take, room)

    asyncio.run(chat())
    return 0


async def printed(announcements: AsyncIterator[str]) -> None:
    """What rings while a person is at the prompt, on a line of its own."""
    async for text in announcements:
        sys.stdout.write(f"\n{text}\n> ")
        sys.stdout.flush()


def _wait_a_moment(text: str) -> None:
    """What is no part of the answer goes where answers do not."""
    sys.stderr.write(f"{text}\n")


async def prompt(take: Take, room: str | None = None) -> None:
    """Reads lines from standard input and prints the replies."""
    sys.stdout.write(f"{HINT}\n")
    while True:
        sys.stdout.write("> ")
        sys.stdout.flush()
        line = await typed_line()
        if not line or line.strip().lower() in FAREWELLS:
            sys.stdout.write("\n" if not line else "")
            return
        if line.strip():
            sys.stdout.write(f"{(await take(line.strip(), room))['reply']}\n")


@asynccontextmanager
async def conversation(config: Path | None, state_dir: Path | None) -> AsyncIterator[tuple[Take, bool]]:
    """Turns with the daemon on this state directory, or with an assistant that lives as long as the command.

    The second value tells whether it lasts: whether a question can still be answered by the next command.
    """
    loaded = load_settings(config)
    settings = loaded.settings
    folder = resolve_state_dir(settings, state_dir)
    async with AsyncExitStack() as stack:
        try:
            found = await stack.enter_async_context(connect(folder / SOCKET_NAME, _wait_a_moment)), True
        except NoDaemon:
            from assistant.cli.alone import alone  # heavy: the whole assistant

            own = alone(settings, folder, resolve_house_file(loaded), _wait_a_moment)
            found = await stack.enter_async_context(own), False
        yield found
