"""Model endpoints as the common servers are: each answers the questions of `assistant model check` in its own way."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fakes_model import DONE, Reply, Request, fails, part, parts, says, usage

Json = dict[str, Any]
ARGUMENTS = {"kitchen": '{"room": "kitchen", "unit": null}', "attic": '{"room": "attic", "unit": null}'}


@dataclass(frozen=True, kw_only=True)
class Nature:
    """What an endpoint is like; the default has no fault."""

    refuses: frozenset[str] = frozenset()
    refuses_with: int = 400
    knows_none: bool = True
    knows_required: bool = True
    tools: bool = True
    parallel: str = "always"
    """Or `requested`, or `never`."""
    as_object: bool = False
    wrong_arguments: bool = False
    counts: bool = True
    streams: bool = True
    tells_length: bool = True
    keeps_limit: bool = True
    context_characters: int = 1_000_000
    thinks: bool = False
    thinks_for_ever: bool = False
    leaks: bool = False
    takes_results: bool = True


def _text_of(request: Request) -> str:
    return " ".join(str(message.get("content") or "") for message in request.messages)


def _with_usage(nature: Nature, body: Json, reply: Reply) -> Reply:
    asked = (body.get("stream_options") or {}).get("include_usage")
    chunks = tuple(chunk for chunk in reply.chunks if b"prompt_tokens" not in chunk and chunk != DONE)
    return replace(reply, chunks=(*chunks, *([usage()] if asked and nature.counts else []), DONE))


def _refusal(nature: Nature, body: Json) -> Reply | None:
    strict = any("strict" in tool["function"] for tool in body.get("tools", ()))
    given = {*body, *(["strict"] if strict else []), *(["streamed"] if body.get("stream") else [])}
    refused = sorted(given & nature.refuses)
    if "streamed" in refused:
        return fails(nature.refuses_with, "stream is not supported")
    return fails(nature.refuses_with, f"Unsupported parameter: {refused[0]}") if refused else None


def answered(nature: Nature, request: Request) -> Reply:
    body = request.body
    refusal = _refusal(nature, body)
    if refusal is not None:
        return refusal
    text = _text_of(request)[-nature.context_characters :]
    if any(message["role"] == "tool" for message in request.messages):
        return says("It is 21.5 degrees in the kitchen.") if nature.takes_results else fails(500, "invalid template")
    if nature.thinks_for_ever and body.get("tools"):
        return says("", finish="length")
    if (called := _calls(nature, body, text)) is not None:
        return called
    limit = body.get("max_tokens") or body.get("max_completion_tokens")
    if limit == 8:
        words = "one two three" if nature.keeps_limit else "one two three " * 60
        return says(words, finish="length" if nature.tells_length else "stop")
    said = "marigold" if "secret word is marigold" in text else "ready"
    said = f"<think>Let me see.</think>{said}" if nature.thinks else said
    return says(f"{said}<|im_end|>" if nature.leaks else said)


def _calls(nature: Nature, body: Json, text: str) -> Reply | None:
    choice = body.get("tool_choice", "auto")
    if not body.get("tools") or not nature.tools or (choice == "none" and nature.knows_none):
        return None
    wants = "Use the tool" in text or "with two calls" in text or (choice == "required" and nature.knows_required)
    if not wants:
        return None
    several = nature.parallel == "always" or (nature.parallel == "requested" and body.get("parallel_tool_calls"))
    rooms = ["kitchen", "attic"] if "with two calls" in text and several else ["kitchen"]
    made = [_arguments(nature, room) for room in rooms]
    return parts(
        *(part(index=at, id=f"c{at}", name="read_temperature", arguments=given) for at, given in enumerate(made))
    )


def _arguments(nature: Nature, room: str) -> Any:
    if nature.wrong_arguments:
        return '{"room": "the kitchen"}'
    return json.loads(ARGUMENTS[room]) if nature.as_object else ARGUMENTS[room]


def endpoint_like(nature: Nature) -> Callable[[Request, int], Reply]:
    """A script for ScriptedEndpoint."""

    def script(request: Request, _number: int) -> Reply:
        reply = answered(nature, request)
        if reply.status != 200:
            return reply
        reply = _with_usage(nature, request.body, reply)
        return reply if nature.streams else reply.whole

    return script


NATURES: Mapping[str, Nature] = {
    "faultless": Nature(),
    "reasoning model of a cloud": Nature(refuses=frozenset({"max_tokens", "temperature"})),
    "ignores tool_choice, cuts long prompts": Nature(
        knows_none=False, knows_required=False, parallel="never", context_characters=4096 * 3
    ),
    "several calls on request": Nature(parallel="requested"),
    "thinks aloud": Nature(thinks=True),
    "refuses what it does not know": Nature(
        refuses=frozenset({"strict", "stream_options", "tool_choice", "parallel_tool_calls"}), refuses_with=422
    ),
}
