"""The local control socket: the same turns as by voice, for whoever may open the socket file (mode 0600).

One JSON object a line in both directions: `{"ask": text, "room": name or null}` in, a reply (`reply_as_json`) out,
before it `{"status": text}` where the answer takes long; a stop on another connection ends what goes on;
`{"waiting": true}` in, `{"waiting": [...]}` out; `{"approve": id}` or `{"reject": id}` in, `{"reply": text}` out;
`{"health": true}` in, `{"health": ...}` out, as `assistant.health` tells it.
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from assistant.approvals import Waiting
from assistant.control_socket import ATTEND, LONGEST_LINE, ConsoleFailed
from assistant.values import Reply, Utterance
from assistant.wait import Wait
from tools.call import result_as_json
from tools.contract import Asker, ToolError

SATELLITE = "console"
ATTENDED_SECONDS = 0.5
"""How soon it is noticed that nobody looks any more."""

AskerIn = Callable[[str | None], Asker]
"""Who types, in the room that they name."""

_LOG = logging.getLogger(__name__)


class Hears(Protocol):
    """What the console needs of the turns."""

    async def hear(self, utterance: Utterance) -> Reply: ...

    async def spoken(self, asker: Asker) -> None: ...


class Rings(Protocol):
    """What the console needs of what rings."""

    def attended(self) -> AbstractContextManager[asyncio.Queue[str]]: ...


class Approves(Protocol):
    """What the console needs to decide what was asked elsewhere."""

    def waiting(self) -> Sequence[Waiting]: ...

    async def approve(self, proposal_id: str, by: Asker) -> str: ...

    async def reject(self, proposal_id: str) -> str: ...


def reply_as_json(text: str, reply: Reply) -> dict[str, Any]:
    """`{text, reply, planner, calls, proposal, timings_ms}`, as `assistant ask --json` prints it."""
    return {
        "text": text,
        "reply": reply.text,
        "planner": reply.planner.value,
        "calls": [result_as_json(result) for result in reply.results],
        "proposal": reply.proposal_id,
        "timings_ms": {name: round(value, 2) for name, value in reply.timings_ms.items()},
    }


async def take_turn(
    turns: Hears, text: str, asker: Asker, on_slow: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """One typed turn. What is printed is read at once, so the time for a yes starts with the reply.

    `on_slow` gets words for the person where the answer takes long.
    """
    reply = await turns.hear(Utterance(text=text, asker=asker, wait=Wait(on_slow)))
    await turns.spoken(asker)
    return reply_as_json(text, reply)


class Console:
    """Serves the socket until cancelled."""

    def __init__(
        self,
        turns: Hears,
        approvals: Approves,
        path: Path,
        *,
        asker: AskerIn,
        ready: Callable[[], None],
        rings: Rings | None = None,
        health: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self._turns = turns
        self._approvals = approvals
        self._asker = asker
        self._path = path
        self._ready = ready
        self._rings = rings
        self._health = health

    async def run(self) -> None:
        """Raises ConsoleFailed where the socket cannot be made."""
        self._path.unlink(missing_ok=True)
        previous = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._serve, self._path, limit=LONGEST_LINE)
        except OSError as error:
            raise ConsoleFailed(
                f"no socket at {self._path}: {error}; choose another folder with --state-dir"
            ) from error
        finally:
            os.umask(previous)
        try:
            async with server:
                self._ready()
                await server.serve_forever()
        finally:
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                if _request(line) == ATTEND and self._rings is not None:
                    return await self._announce(self._rings, reader, writer)
                answer = await self._answer(line, lambda text: _write(writer, {"status": text}))
                _write(writer, answer)
                await writer.drain()
        except ValueError:
            _write(writer, {"error": f"a request must be one line under {LONGEST_LINE} bytes"})
        except ConnectionError as error:
            _LOG.debug("console closed: %s", error)
        except asyncio.CancelledError:
            # The loop ends; asyncio would log a cancelled connection as an error of ours.
            _LOG.debug("console closed by the end of the daemon")
        finally:
            writer.close()

    async def _announce(self, rings: Rings, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What rings, a line each, for as long as somebody holds the other end."""
        with rings.attended() as queue:
            while not reader.at_eof():
                with suppress(TimeoutError):
                    async with asyncio.timeout(ATTENDED_SECONDS):
                        _write(writer, {"announce": await queue.get()})
                        await writer.drain()

    async def _answer(self, line: bytes, on_slow: Callable[[str], None]) -> dict[str, Any]:
        match _request(line):
            case {"ask": str() as text, "room": str() | None as room}:
                return await take_turn(self._turns, text, self._asker(room), on_slow)
            case {"ask": str() as text, **more} if "room" not in more:
                return await take_turn(self._turns, text, self._asker(None), on_slow)
            case {"health": True}:
                return {"health": dict(self._health())}
            case {"waiting": True}:
                return {"waiting": [asdict(one) for one in self._approvals.waiting()]}
            case {"approve": str() as proposal_id}:
                return await self._approve(proposal_id)
            case {"reject": str() as proposal_id}:
                return {"reply": await self._approvals.reject(proposal_id)}
            case {"ask": _}:
                return {"error": "`ask` must be text, and `room` text or null"}
            case _:
                return {"error": 'a request is one JSON object: {"ask": "what is the temperature", "room": null}'}

    async def _approve(self, proposal_id: str) -> dict[str, Any]:
        try:
            return {"reply": await self._approvals.approve(proposal_id, self._asker(None))}
        except ToolError as refused:
            return {"error": refused.message}


def _write(writer: asyncio.StreamWriter, line: Mapping[str, Any]) -> None:
    writer.write(json.dumps(line).encode() + b"\n")


def _request(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
