"""More quirks: what models do with the freedom that they have, and what becomes of an answer on its way."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from fakes_model import DONE, DROP, FOR_EVER, HANG, Reply, Request, calls, delta, event, fails, part, says
from fakes_quirks import (
    LIE,
    MESSAGES,
    Play,
    Quirk,
    Wish,
    always,
    asking,
    at_first,
    calls_as,
    preceded,
    stream_as,
    with_arguments,
)


def _refusing(parameter: str, message: str) -> Play:
    def play(wish: Wish, request: Request, _number: int) -> Reply:
        return fails(400, message) if parameter in request.body else wish.reply

    return play


def _refusing_history(status: int) -> Play:
    def play(wish: Wish, request: Request, _number: int) -> Reply:
        choked = any(message["role"] == "tool" for message in request.messages)
        return fails(status, "Failed to parse messages: invalid tool call arguments") if choked else wish.reply

    return play


def _no_stream(wish: Wish, request: Request, _number: int) -> Reply:
    if request.body.get("stream"):
        return fails(400, "Unsupported value: 'stream' does not support true with this model.")
    return wish.reply.whole


def _endless_calls(_wish: Wish, request: Request, number: int) -> Reply:
    """Ever new places, whatever is answered and whatever `tool_choice` says."""
    return calls(asking(f"place {number}"), asking(f"corner {len(request.raw)}"))


def _same_again(_wish: Wish, _request: Request, number: int) -> Reply:
    return calls(asking("nowhere at all")) if number < 40 else says("I could not find that out.")


def _acts_anyway(wish: Wish, request: Request, _number: int) -> Reply:
    """Whatever was asked; and claims it, where it is not let."""
    if "tools" not in request.body or not wish.calls:
        return says("Done! I have unlocked the front door and turned on the bedroom light.")
    return calls(
        ("control_device", {"verb": "unlock", "what": "front door", "value": None, "unit": None}),
        ("set_timer", {"kind": "timer", "minutes": 5}),
    )


def _many(wish: Wish, _request: Request, _number: int) -> Reply:
    if not wish.calls:
        return wish.reply
    return calls(*wish.calls, *(asking(f"room {number}") for number in range(50 - len(wish.calls))))


def _usage_everywhere(wish: Wish, _request: Request, _number: int) -> Reply:
    """Counts in each piece; and the connection is cut in the middle."""
    counted = {"prompt_tokens": 900, "completion_tokens": 3, "total_tokens": 903}
    pieces = [json.loads(chunk[6:]) for chunk in wish.reply.chunks if chunk.startswith(b"data: {")]
    return Reply(chunks=(*(event({**piece, "usage": counted}) for piece in pieces[: len(pieces) // 2]), DROP))


def _each(given: dict[str, Any], change: Callable[[str, Any], Any]) -> dict[str, Any]:
    return {key: change(key, value) for key, value in given.items()}


def _as_id(key: str, value: Any) -> Any:
    return f"sensor.{value}_1" if key in {"where", "what"} and value else value


def _as_text(_key: str, value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _cut_after(count: int, *then: bytes) -> Play:
    return lambda wish, _request, _number: Reply(chunks=(*wish.reply.chunks[:count], *then))


EMPTY_CHOICES = event({"id": "", "object": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]})
ELSEWHERE = {"location": "http://localhost:9/v1/chat/completions"}
TOO_LONG = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."
BLANK = event({"choices": [{"index": 0, "delta": {"content": "\n   "}, "finish_reason": None}]})
NOT_TEXT = b'data: {"choices": "\xff\xfe"}\n\n'
ENDLESS_ARGUMENTS = delta(tool_calls=[part(id="c", name="query_sensors", arguments=" " * 300)])
PAGE = b"<!doctype html><html><body><h1>Hello</h1>Log in, please</body></html>"

MISDEEDS: Mapping[str, Quirk] = {
    "a tool that does not exist": Quirk(
        seen="NorthlandPositronics/Cogtrix#2023",
        play=calls_as(lambda made: calls(*((f"get_{name}", arguments) for name, arguments in made))),
        hopeless=True,
    ),
    "ids instead of names": Quirk(
        seen="runs",
        play=calls_as(lambda made: with_arguments(made, lambda given: _each(given, _as_id))),
        hopeless=True,
    ),
    "arguments that nobody offered": Quirk(
        seen="runs",
        play=calls_as(lambda made: with_arguments(made, lambda given: {**given, "device_class": "x", "area": "y"})),
        hopeless=True,
    ),
    "only the arguments that matter": Quirk(
        seen="runs",
        play=calls_as(
            lambda made: with_arguments(
                made, lambda given: {key: value for key, value in given.items() if value is not None}
            )
        ),
    ),
    "numbers in strings": Quirk(
        seen="runs",
        play=calls_as(lambda made: with_arguments(made, lambda given: _each(given, _as_text))),
        hopeless=True,
    ),
    "acts in every turn": Quirk(seen="runs", play=_acts_anyway, hopeless=True),
    "lies without asking": Quirk(seen="runs", play=always(says(LIE)), hopeless=True),
    "says done": Quirk(seen="runs", play=always(says("Okay.")), hopeless=True),
    "endless calls": Quirk(seen="ollama/ollama#15573", play=_endless_calls, hopeless=True),
    "the same call for ever": Quirk(seen="anomalyco/opencode#28596", play=_same_again, hopeless=True),
    "fifty calls at once": Quirk(seen="ollama/ollama#12159", play=_many, hopeless=True),
    "tool_choice ignored": Quirk(
        seen="ollama/ollama#17921",
        play=lambda wish, request, _number: calls(asking("kitchen")) if "tools" in request.body else wish.reply,
        hopeless=True,
    ),
    "no tools supported": Quirk(
        seen="earendil-works/pi#9508", play=_refusing("tools", "this model does not support tools"), hopeless=True
    ),
    "stream_options refused": Quirk(
        seen="anomalyco/opencode#31156", play=_refusing("stream_options", "unknown field: stream_options")
    ),
    "max_tokens refused": Quirk(
        seen="spec", play=_refusing("max_tokens", "Unsupported parameter: 'max_tokens'; use 'max_completion_tokens'")
    ),
    "stream refused": Quirk(seen="RooCodeInc/Roo-Code#274", play=_no_stream),
    "400 on a conversation with calls": Quirk(seen="OpenHands/OpenHands#13949", play=_refusing_history(400)),
    "500 on a conversation with calls": Quirk(seen="am17an/llama.cpp#43", play=_refusing_history(500)),
}
"""What a model does, or a server with what it is sent."""

STREAMS: Mapping[str, Quirk] = {
    "not streamed": Quirk(seen="ollama/ollama#5796", play=lambda wish, _request, _number: wish.reply.whole),
    "usage missing": Quirk(
        seen="spec",
        play=lambda wish, _request, _number: Reply(
            chunks=tuple(chunk for chunk in wish.reply.chunks if b"prompt_tokens" not in chunk)
        ),
    ),
    "usage zero": Quirk(
        seen="ollama/ollama#5370",
        play=stream_as(lambda body: [body.replace(b'"prompt_tokens": 900', b'"prompt_tokens": 0')]),
    ),
    "usage in each piece, then cut": Quirk(seen="mudler/LocalAI#2526", play=_usage_everywhere, hopeless=True),
    "choices empty at first": Quirk(seen="seratch/ChatGPT-in-Slack#49", play=preceded(EMPTY_CHOICES)),
    "keep-alive comments": Quirk(seen="spec", play=preceded(b": still here\n\n", b"\n\n", b": and here\n\n")),
    "cut anywhere": Quirk(
        seen="open-webui/open-webui#7726",
        play=stream_as(lambda body: [body[at : at + 7] for at in range(0, len(body), 7)]),
    ),
    "CRLF": Quirk(seen="spec", play=stream_as(lambda body: [body.replace(b"\n", b"\r\n")])),
    "BOM": Quirk(seen="spec", play=stream_as(lambda body: [b"\xef\xbb\xbf" + body])),
    "no space after data:": Quirk(seen="spec", play=stream_as(lambda body: [body.replace(b"data: ", b"data:")])),
    "lines that are none": Quirk(seen="spec", play=preceded(b"garbage\nwhat: ever\n\n")),
    "an event without data": Quirk(seen="spec", play=preceded(b"retry: 3000\n\n"), hopeless=True),
    "a huge line": Quirk(seen="Effect-TS/effect#6777", play=preceded(b": " + b"x" * 1_000_000 + b"\n\n")),
    "left open after the end": Quirk(
        seen="earendil-works/pi#7959", play=lambda wish, _request, _number: Reply(chunks=(*wish.reply.chunks, HANG))
    ),
    "not UTF-8": Quirk(seen="spec", play=always(Reply(chunks=(NOT_TEXT, DONE))), hopeless=True),
    "not JSON": Quirk(seen="openai/openai-python#649", play=always(Reply(chunks=(b'data: {"cho\n\n',))), hopeless=True),
    "lists for objects": Quirk(
        seen="spec",
        play=always(Reply(chunks=(b"data: [1, [2], null]\n\n", b'data: {"choices": 7}\n\n', DONE))),
        hopeless=True,
    ),
    "error as an event of its own": Quirk(
        seen="ggml-org/llama.cpp#16109",
        play=always(Reply(chunks=(b'error: {"code": 500, "message": "Failed to parse input"}\n\n',))),
        hopeless=True,
    ),
    "error in a good stream": Quirk(
        seen="lsdefine/GenericAgent#753",
        play=always(Reply(chunks=(delta(content="The"), b'data: {"error": {"message": "overloaded"}}\n\n'))),
        hopeless=True,
    ),
    "error in a good body": Quirk(
        seen="spec",
        play=always(Reply(content_type="application/json", chunks=(b'{"error": {"message": "no memory"}}',))),
        hopeless=True,
    ),
    "wrong content-type": Quirk(
        seen="spec",
        play=lambda wish, _request, _number: Reply(chunks=wish.reply.chunks, content_type="text/plain"),
        hopeless=True,
    ),
    "a web page with 200": Quirk(
        seen="lablup/backend.ai#5228", play=always(Reply(content_type="text/html", chunks=(PAGE,))), hopeless=True
    ),
    "a web page with 502": Quirk(
        seen="spec", play=always(Reply(status=502, content_type="text/html", chunks=(PAGE,))), hopeless=True
    ),
    "400": Quirk(seen="spec", play=always(fails(400, "bad request")), hopeless=True),
    "401": Quirk(seen="spec", play=always(fails(401, "Incorrect API key provided: sk-canary")), hopeless=True),
    "404": Quirk(seen="missuo/FreeGPT35#44", play=always(fails(404, "model not found")), hopeless=True),
    "429 for a moment": Quirk(seen="spec", play=at_first(fails(429, "slow down", retry_after="0.05"))),
    "429 without a time": Quirk(seen="spec", play=at_first(fails(429, "slow down"))),
    "429 for an hour": Quirk(seen="spec", play=always(fails(429, "quota", retry_after="3600")), hopeless=True),
    "500 once": Quirk(seen="spec", play=at_first(fails(500))),
    "500": Quirk(seen="spec", play=always(fails(500)), hopeless=True),
    "503": Quirk(seen="spec", play=always(fails(503, "loading model")), hopeless=True),
    "empty body": Quirk(seen="spec", play=always(Reply()), hopeless=True),
    "nothing but [DONE]": Quirk(seen="spec", play=always(Reply(chunks=(DONE,))), hopeless=True),
    "connection cut": Quirk(seen="BerriAI/litellm#33222", play=_cut_after(2, DROP), hopeless=True),
    "connection cut once": Quirk(
        seen="BerriAI/litellm#33222",
        play=lambda wish, _request, number: wish.reply if number else Reply(chunks=(wish.reply.chunks[0], DROP)),
    ),
    "ends in the middle": Quirk(seen="claude-code-best/claude-code#1361", play=_cut_after(2), hopeless=True),
    "stalls in the middle": Quirk(seen="earendil-works/pi#7959", play=_cut_after(2, HANG), hopeless=True),
    "never begins": Quirk(seen="microsoft/foundry-local#422", play=always(Reply(chunks=(HANG,))), hopeless=True),
    "slow to begin": Quirk(
        seen="spec",
        play=lambda wish, _request, _number: Reply(chunks=wish.reply.chunks, pause_seconds=0.1),
    ),
    "too slow to begin": Quirk(
        seen="spec",
        play=always(Reply(pause_seconds=30, chunks=(delta(content="late"), delta("stop"), DONE))),
        hopeless=True,
    ),
    "words without end": Quirk(
        seen="ollama/ollama#2805", play=always(Reply(chunks=(delta(content="Is+Inign+" * 40), FOR_EVER))), hopeless=True
    ),
    "blanks without end": Quirk(seen="ollama/ollama#2577", play=always(Reply(chunks=(BLANK, FOR_EVER))), hopeless=True),
    "arguments without end": Quirk(
        seen="ollama/ollama#4446",
        play=always(
            Reply(chunks=(delta(tool_calls=[part(id="c", name="query_sensors", arguments=" " * 300)]), FOR_EVER))
        ),
        hopeless=True,
    ),
    "thoughts without end": Quirk(
        seen="nbramia/LifeOS#568",
        play=always(Reply(chunks=(delta(reasoning_content="hm " * 40), FOR_EVER))),
        hopeless=True,
    ),
    "sent on to another host": Quirk(
        seen="spec", play=always(Reply(status=307, headers=ELSEWHERE, content_type="text/plain")), hopeless=True
    ),
    "compressed, it says": Quirk(
        seen="spec",
        play=lambda wish, _request, _number: Reply(chunks=wish.reply.chunks, headers={"content-encoding": "gzip"}),
        hopeless=True,
    ),
    "headers without end": Quirk(seen="spec", play=always(Reply(headers={"x-x": "x" * 300_000})), hopeless=True),
    "a huge piece": Quirk(
        seen="spec",
        play=always(Reply(chunks=(delta(content="The bedroom is cosy. " * 20_000), delta("stop"), DONE))),
        hopeless=True,
    ),
    "brackets without end": Quirk(
        seen="spec", play=always(Reply(chunks=(b"data: " + b"[" * 100_000 + b"\n\n", DONE))), hopeless=True
    ),
    "a body that breaks off": Quirk(
        seen="spec",
        play=always(Reply(content_type="application/json", chunks=(b'{"choices": [{"mess',))),
        hopeless=True,
    ),
    "a body in another encoding": Quirk(
        seen="spec",
        play=always(
            Reply(content_type="application/json", chunks=(b'{"choices":[{"message":{"content":"21 \xb0C"}}]}',))
        ),
        hopeless=True,
    ),
    "an empty object": Quirk(
        seen="spec", play=always(Reply(content_type="application/json", chunks=(b"{}",))), hopeless=True
    ),
    "402": Quirk(seen="spec", play=always(fails(402, "Insufficient Balance")), hopeless=True),
    "403": Quirk(seen="spec", play=always(fails(403, "forbidden for sk-canary")), hopeless=True),
    "more than its context": Quirk(seen="spec", play=always(fails(400, TOO_LONG)), hopeless=True),
    "429 until the end of time": Quirk(
        seen="spec",
        play=always(fails(429, "slow down", retry_after="Fri, 31 Dec 9999 23:59:59 GMT")),
        hopeless=True,
    ),
    "429 for no time that there is": Quirk(seen="spec", play=at_first(fails(429, "slow down", retry_after="nan"))),
    "429 for less than nothing": Quirk(seen="spec", play=at_first(fails(429, "slow down", retry_after="-5"))),
    "keep-alive without end": Quirk(
        seen="spec", play=always(Reply(chunks=(b": still here\n\n", FOR_EVER))), hopeless=True
    ),
}
"""What arrives, and how."""

QUIRKS: Mapping[str, Quirk] = {**MESSAGES, **MISDEEDS, **STREAMS}
