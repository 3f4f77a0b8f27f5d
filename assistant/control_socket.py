"""The near end of the control socket that `assistant.console` serves: for a command that asks the running assistant.

It stands alone, so that a command that only passes words on starts in no time.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from config.errors import UserFacingError

LONGEST_LINE = 1 << 20
"""Bytes of one request; a text that is too long for a turn must still get its own sentence, not a broken pipe."""

ATTEND = {"attend": True}
"""The request after which a connection takes no other, and gets what rings as lines of `{"announce": text}`."""

Take = Callable[[str, str | None], Awaitable[dict[str, Any]]]
"""Takes one typed turn: the text, and the room it is asked in; gives what `reply_as_json` makes."""
Send = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Sends one request, and gives what came back."""


class NoDaemon(Exception):
    """No assistant listens on the socket."""


class ConsoleFailed(UserFacingError):
    """The control socket cannot be used, or the other side broke off; the message says which."""


@asynccontextmanager
async def connect(path: Path, on_slow: Callable[[str], None] = lambda _: None) -> AsyncIterator[Take]:
    """Turns with the assistant that runs behind `path`; `on_slow` gets words for the person where one takes long.

    Raises NoDaemon where none runs, ConsoleFailed if it dies.
    """
    async with open_console(path, on_slow) as send:

        async def take(text: str, room: str | None) -> dict[str, Any]:
            return await send({"ask": text, "room": room})

        yield take


@asynccontextmanager
async def attend(path: Path) -> AsyncIterator[AsyncIterator[str]]:
    """What rings in the assistant that runs behind `path`, as it rings. Raises OSError where none does."""
    reader, writer = await asyncio.open_unix_connection(path)

    async def announcements() -> AsyncIterator[str]:
        with suppress(ConnectionError):  # whoever asks something is told that it has gone
            while line := await reader.readline():
                if text := json.loads(line).get("announce"):
                    yield str(text)

    try:
        writer.write(json.dumps(ATTEND).encode() + b"\n")
        yield announcements()
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def ask_health(path: Path, *, seconds: float) -> Mapping[str, Any]:
    """What the assistant behind `path` tells of itself, see `assistant.health`.

    Raises NoDaemon, ConsoleFailed, and TimeoutError where it does not answer within so long.
    """
    async with asyncio.timeout(seconds), open_console(path) as send:
        health: Mapping[str, Any] = (await send({"health": True}))["health"]
        return health


@asynccontextmanager
async def open_console(path: Path, on_slow: Callable[[str], None] = lambda _: None) -> AsyncIterator[Send]:
    """Requests to the assistant that runs behind `path`. Raises NoDaemon where none does, ConsoleFailed if it dies."""
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=LONGEST_LINE)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
        raise NoDaemon(str(path)) from error
    except OSError as error:
        raise ConsoleFailed(f"the running assistant's socket {path} cannot be opened: {error.strerror}") from error

    async def send(request: Mapping[str, Any]) -> dict[str, Any]:
        writer.write(json.dumps(request).encode() + b"\n")
        try:
            await writer.drain()
            answer: dict[str, Any] = json.loads(await reader.readline() or b"{}")
            while "status" in answer:
                on_slow(str(answer["status"]))
                answer = json.loads(await reader.readline() or b"{}")
        except (ConnectionError, ValueError) as error:
            raise ConsoleFailed("the running assistant closed the connection; its log says why") from error
        if not {"reply", "waiting", "health"} & answer.keys():
            stopped = "the running assistant stopped before it answered; its log says why"
            raise ConsoleFailed(str(answer.get("error", stopped)))
        return answer

    try:
        yield send
    finally:
        writer.close()
        with suppress(ConnectionError):  # it has said what it had to say
            await writer.wait_closed()
