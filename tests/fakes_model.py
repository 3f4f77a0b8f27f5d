"""A model endpoint on loopback: real HTTP, real SSE, one scripted reply for each request, every request kept.

Replies carry what endpoints were seen to do wrong; a script may also be a function of the request.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from pydantic import ValidationError

from config.asking import Ask
from sensors.reading import Quantity, Verb
from tools.answers import Action, AlreadyAnswer, Answer, HouseAnswer, LatestAnswer, ListAnswer, ProposalAnswer, Row
from tools.arguments import ControlDevice, DescribeHouse, QuerySensors
from tools.contract import (
    NEEDS_CONFIRMATION,
    OK,
    Asker,
    Effect,
    ErrorCode,
    Outcome,
    Tool,
    ToolCall,
    ToolError,
    ToolResult,
)

Json = dict[str, Any]
Call = tuple[str, str | Mapping[str, Any]]
"""A tool's name and its arguments, as JSON text or as the object."""

DROP = b"\0drop"
"""In a reply's chunks: the connection is cut here."""
HANG = b"\0hang"
"""In a reply's chunks: nothing more comes, and the connection stays open."""
FOR_EVER = b"\0for ever"
"""In a reply's chunks: the chunk before it is sent again and again."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server sends: status, headers and the pieces of the body as they leave."""

    chunks: tuple[bytes, ...] = ()
    status: int = 200
    content_type: str = "text/event-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    pause_seconds: float = 0.0
    """Before the first piece."""

    @property
    def whole(self) -> Self:
        """The same answer as one JSON body, of an endpoint that ignores `stream`."""
        events = [json.loads(chunk[6:]) for chunk in self.chunks if chunk.startswith(b"data: {")]
        deltas = [event["choices"][0]["delta"] for event in events if event["choices"]]
        message: Json = {"role": "assistant", "content": "".join(d.get("content") or "" for d in deltas)}
        message["tool_calls"] = [call for delta in deltas for call in delta.get("tool_calls") or []]
        body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        return replace(self, chunks=(json.dumps(body).encode(),), content_type="application/json")


@dataclass(frozen=True, kw_only=True)
class Request:
    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Json:
        parsed: Json = json.loads(self.raw)
        return parsed

    @property
    def messages(self) -> list[Json]:
        listed: list[Json] = self.body["messages"]
        return listed


Script = Sequence[Reply] | Callable[[Request, int], Reply]


class ScriptedEndpoint:
    """`async with ScriptedEndpoint(script) as server`: the server, its `base_url` and its `requests`."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.requests: list[Request] = []
        self.asked = asyncio.Event()
        """Set from the first request on."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.close()
        await asyncio.sleep(0)

    @property
    def base_url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    @property
    def played_out(self) -> bool:
        """Whether every scripted reply was asked for, and none beyond."""
        return not callable(self._script) and len(self.requests) == len(self._script)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                self.asked.set()
                await _send(writer, self._reply_to(request))
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client hung up, or the reply's script did
        finally:
            self._open.discard(writer)
            writer.close()

    def _reply_to(self, request: Request) -> Reply:
        reply = self._scripted(request)
        streams = reply.content_type.startswith("text/event-stream")
        return reply if not streams or request.body.get("stream") else reply.whole

    def _scripted(self, request: Request) -> Reply:
        number = len(self.requests) - 1
        if callable(self._script):
            return self._script(request, number)
        if number < len(self._script):
            return self._script[number]
        return Reply(status=418, content_type="application/json", chunks=(b'{"error":{"message":"off script"}}',))


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readline()
    if not head:
        return None
    headers: dict[str, str] = {}
    while (line := await reader.readline()) not in {b"\r\n", b""}:
        name, _, value = line.decode().partition(":")
        headers[name.strip().lower()] = value.strip()
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(path=head.decode().split(" ")[1], headers=headers, raw=raw)


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> None:
    lines = [f"HTTP/1.1 {reply.status} Scripted", f"content-type: {reply.content_type}", "transfer-encoding: chunked"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    await writer.drain()
    until = asyncio.get_running_loop().time() + reply.pause_seconds
    while asyncio.get_running_loop().time() < until:
        await _piece(writer, b"")
        await asyncio.sleep(min(0.02, reply.pause_seconds))
    last = b""
    for chunk in reply.chunks:
        if chunk == DROP:
            raise ConnectionResetError
        while chunk == HANG:
            await _piece(writer, b"")
            await asyncio.sleep(0.02)
        while chunk == FOR_EVER:
            await _piece(writer, last)
            await asyncio.sleep(0.0002)
        await _piece(writer, chunk)
        last = chunk
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _piece(writer: asyncio.StreamWriter, chunk: bytes) -> None:
    if writer.is_closing():
        raise ConnectionResetError
    if chunk:
        writer.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
    await writer.drain()


def event(body: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def delta(finish: str | None = None, **said: Any) -> bytes:
    choice = {"index": 0, "delta": said, "finish_reason": finish}
    return event({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})


def usage(sent: int = 900, made: int = 20) -> bytes:
    counted = {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made}
    return event({"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": counted})


DONE = b"data: [DONE]\n\n"


def says(text: str, *, finish: str | None = "stop") -> Reply:
    """An answer in words, streamed word by word."""
    words = text.split(" ")
    pieces = [word if at == 0 else f" {word}" for at, word in enumerate(words)]
    parts = [delta(content=piece) for piece in pieces]
    return Reply(chunks=(delta(role="assistant", content=""), *parts, delta(finish), usage(), DONE))


def part(*, index: int | None = 0, **fields: Any) -> Json:
    """One entry of `tool_calls`: `id`, `name` and `arguments`, each left out where it is not given."""
    function = {key: fields[key] for key in ("name", "arguments") if key in fields}
    entry: Json = {"type": "function", "function": function}
    if "id" in fields:
        entry["id"] = fields["id"]
    return entry if index is None else {"index": index, **entry}


def parts(*entries: Json, finish: str | None = "tool_calls", before: str | None = None) -> Reply:
    """A message of calls, one chunk for each entry."""
    said = [delta(content=before)] if before else []
    chunks = [delta(tool_calls=[entry]) for entry in entries]
    return Reply(chunks=(delta(role="assistant"), *said, *chunks, delta(finish), usage(), DONE))


def text_of(arguments: str | Mapping[str, Any]) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def calls(*made: Call, finish: str | None = "tool_calls", before: str | None = None) -> Reply:
    """Calls as they ought to come: numbered, with ids of their own."""
    return parts(
        *(
            part(index=at, id=f"call_{at}", name=name, arguments=text_of(arguments))
            for at, (name, arguments) in enumerate(made)
        ),
        finish=finish,
        before=before,
    )


def fails(status: int, message: str = "no", **headers: str) -> Reply:
    body = json.dumps({"error": {"message": message, "type": "error", "param": None, "code": None}}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, content_type="application/json", chunks=(body,), headers=named)


def _index_always_0(made: Sequence[Call]) -> Reply:
    return parts(*(part(index=0, id=f"c{at}", name=n, arguments=text_of(a)) for at, (n, a) in enumerate(made)))


def _index_missing(made: Sequence[Call]) -> Reply:
    return parts(*(part(index=None, id=f"c{at}", name=n, arguments=text_of(a)) for at, (n, a) in enumerate(made)))


def _no_ids(made: Sequence[Call]) -> Reply:
    return parts(*(part(index=0, name=n, arguments=text_of(a)) for n, a in made))


def _same_id(made: Sequence[Call]) -> Reply:
    return parts(*(part(index=at, id="call", name=n, arguments=text_of(a)) for at, (n, a) in enumerate(made)))


def _fragments(made: Sequence[Call], *, index: bool = True) -> Reply:
    entries = []
    for at, (name, arguments) in enumerate(made):
        place = at if index else None
        text = text_of(arguments)
        entries.append(part(index=place, id=f"c{at}", name=name, arguments=None))
        entries += [part(index=place, arguments=text[start : start + 3]) for start in range(0, len(text), 3)]
        entries.append(part(index=place, arguments=""))
    return parts(*entries)


def _interleaved(made: Sequence[Call]) -> Reply:
    heads = [part(index=at, id=f"c{at}", name=name, arguments="") for at, (name, _) in enumerate(made)]
    texts = [text_of(arguments) for _, arguments in made]
    longest = max(map(len, texts))
    tails = [
        part(index=at, arguments=text[start : start + 5])
        for start in range(0, longest, 5)
        for at, text in enumerate(texts)
        if text[start : start + 5]
    ]
    return parts(*heads, *tails)


def _glued(made: Sequence[Call]) -> Reply:
    return parts(part(id="c0", name=made[0][0], arguments="".join(text_of(arguments) for _, arguments in made)))


def _opened_empty(made: Sequence[Call]) -> Reply:
    entries = []
    for at, (name, arguments) in enumerate(made):
        entries += [
            part(index=at, id=f"c{at}", name=name, arguments="{}"),
            part(index=at, arguments=text_of(arguments)),
        ]
    return parts(*entries)


def _id_repeated(made: Sequence[Call]) -> Reply:
    entries = []
    for at, (name, arguments) in enumerate(made):
        text = text_of(arguments)
        half = len(text) // 2
        entries += [part(index=at, id=f"c{at}", name=name, arguments=piece) for piece in (text[:half], text[half:])]
    return parts(*entries)


def _objects(made: Sequence[Call]) -> Reply:
    return parts(
        *(part(index=at, id=f"c{at}", name=n, arguments=json.loads(text_of(a))) for at, (n, a) in enumerate(made))
    )


def _without_usage(made: Sequence[Call]) -> Reply:
    good = calls(*made)
    return replace(good, chunks=tuple(chunk for chunk in good.chunks if b"prompt_tokens" not in chunk))


def _zero_usage(made: Sequence[Call]) -> Reply:
    good = _without_usage(made)
    return replace(good, chunks=(*good.chunks[:-1], usage(0, 0), DONE))


def _kept_alive(made: Sequence[Call]) -> Reply:
    return replace(calls(*made), chunks=(b": still here\n\n", b"\n\n", b": and here\n\n", *calls(*made).chunks))


def _split_anywhere(made: Sequence[Call]) -> Reply:
    stream = b"".join(calls(*made, before="Prüfe nach… ⏳").chunks)
    return Reply(chunks=tuple(stream[at : at + 7] for at in range(0, len(stream), 7)))


def _left_open(made: Sequence[Call]) -> Reply:
    return replace(calls(*made), chunks=(*calls(*made).chunks[:-1], HANG))


def _without_finish(made: Sequence[Call]) -> Reply:
    return calls(*made, finish=None)


def _no_content_type(made: Sequence[Call]) -> Reply:
    return replace(calls(*made), content_type="text/event-stream; charset=utf-8")


CALL_QUIRKS: Mapping[str, Callable[[Sequence[Call]], Reply]] = {
    "well behaved": lambda made: calls(*made),
    "index always 0": _index_always_0,
    "index missing": _index_missing,
    "no ids at all": _no_ids,
    "one id for all": _same_id,
    "arguments in fragments": _fragments,
    "fragments without index": lambda made: _fragments(made, index=False),
    "interleaved fragments": _interleaved,
    "objects glued together": _glued,
    "opened with an empty object": _opened_empty,
    "id and name repeated": _id_repeated,
    "arguments as an object": _objects,
    "finish_reason stop": lambda made: calls(*made, finish="stop"),
    "words beside the calls": lambda made: calls(*made, before="The bedroom is at 99 degrees, I turned it on."),
    "leaked tag in the name": lambda made: calls(*((f"{n}<|channel|>commentary", a) for n, a in made)),
    "usage missing": _without_usage,
    "usage zero": _zero_usage,
    "keep-alive comments": _kept_alive,
    "cut at any byte": _split_anywhere,
    "left open after the end": _left_open,
    "no finish_reason": _without_finish,
    "charset in the content type": _no_content_type,
    "not streamed": lambda made: calls(*made).whole,
}
"""Each sends the same calls, in a way in which some endpoint sends them."""


TEMPERATURES: Mapping[str, float] = {"bedroom": 21.437, "kitchen": 23.0, "attic": 28.5}
BASE_MS = 1_772_546_400_000


def row(room: str, value: float | str, quantity: Quantity = Quantity.TEMPERATURE, unit: str | None = "celsius") -> Row:
    return Row(
        entity_id=f"sensor.{room}_secret_id",
        name=room,
        room=room,
        quantity=quantity,
        value=value,
        unit=unit,
        at_ms=BASE_MS - 300_000,
        seen_ms=BASE_MS - 300_000,
    )


class SmallHouse:
    """The contract in small: three thermometers, a front door and a lock. Keeps every call; nothing in it can write."""

    def __init__(self, *, slow_seconds: float = 0.0, failing: Mapping[int, ErrorCode] | None = None) -> None:
        self.calls: list[ToolCall] = []
        self.most_at_once = 0
        self.running = 0
        self._slow_seconds = slow_seconds
        self._failing = failing or {}

    async def call(self, call: ToolCall) -> ToolResult:
        number = len(self.calls)
        self.calls.append(call)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            await asyncio.sleep(self._slow_seconds)
            if number in self._failing:
                raise ToolError(self._failing[number], "it failed this time")
            answer = self._answer(call)
        except ToolError as error:
            return ToolResult(call=call, verdict=error.code.value, error=error)
        finally:
            self.running -= 1
        verdict = NEEDS_CONFIRMATION if isinstance(answer, ProposalAnswer) else OK
        return ToolResult(call=call, verdict=verdict, answer=answer)

    def _answer(self, call: ToolCall) -> Answer:
        tool = next((tool for tool in TOOLS if tool.name == call.name), None)
        if tool is None:
            raise ToolError(ErrorCode.UNKNOWN_TOOL, "no such tool", suggestion=[tool.name for tool in TOOLS])
        try:
            arguments = tool.arguments.model_validate_json(call.arguments)
        except ValidationError as error:
            bad_json = any(item["type"] == "json_invalid" for item in error.errors())
            code = ErrorCode.BAD_JSON if bad_json else ErrorCode.SCHEMA
            raise ToolError(code, str(error.errors()[0]["msg"]), received=call.arguments) from error
        match arguments:
            case QuerySensors():
                return _queried(arguments)
            case ControlDevice():
                return _proposed(arguments)
            case _:
                return HouseAnswer(topic="rooms", where=None, names=tuple(TEMPERATURES))


def _queried(arguments: QuerySensors) -> Answer:
    if arguments.quantity is Quantity.LOCK:
        return LatestAnswer(rows=(row("front door", "locked", Quantity.LOCK, None),), asked_state="locked")
    if arguments.where is not None and arguments.where in TEMPERATURES:
        return LatestAnswer(rows=(row(arguments.where, TEMPERATURES[arguments.where]),))
    if arguments.where is not None:
        raise ToolError(ErrorCode.UNKNOWN_NAME, "no such room", received=arguments.where, suggestion=list(TEMPERATURES))
    warm = tuple(row(room, value) for room, value in TEMPERATURES.items() if value > (arguments.threshold or 0))
    return ListAnswer(quantity=Quantity.TEMPERATURE, rows=warm, considered=3, comparison="above", threshold=22.2)


def _proposed(arguments: ControlDevice) -> Answer:
    if arguments.verb is Verb.LOCK:
        return AlreadyAnswer(names=(arguments.what,), state="locked")
    action = Action(entity_id="lock.x", name=arguments.what, quantity=Quantity.LOCK, verb=arguments.verb)
    return ProposalAnswer(proposal_id="secret-proposal", actions=(action,), ask=Ask.NOUN, echo="door")


async def _never(_arguments: Any, _asker: Asker) -> Outcome:
    raise AssertionError("only the contract runs a tool")


TOOLS: tuple[Tool, ...] = (
    Tool(
        name="query_sensors",
        description="Reads what sensors say. It cannot change or add a reading.",
        arguments=QuerySensors,
        effect=Effect.READ,
        run=_never,
    ),
    Tool(
        name="describe_house",
        description="Tells which rooms and devices there are.",
        arguments=DescribeHouse,
        effect=Effect.READ,
        run=_never,
    ),
    Tool(
        name="control_device",
        description="Proposes an act to the person.",
        arguments=ControlDevice,
        effect=Effect.ACT,
        run=_never,
    ),
)


def query(where: str | None = "bedroom", **changed: Any) -> Call:
    """A call of `query_sensors` that validates."""
    arguments = {
        "answer": "latest",
        "quantity": "temperature",
        "where": where,
        "period": None,
        "state": None,
        "versus": None,
        "versus_period": None,
        "comparison": None,
        "threshold": None,
        "unit": None,
    }
    return "query_sensors", {**arguments, **changed}


def control(what: str = "front door", verb: str = "unlock") -> Call:
    return "control_device", {"verb": verb, "what": what, "value": None, "unit": None}


def common(one: str, other: str) -> int:
    """How many letters they begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
