"""Finds out what a model endpoint is like, by some ten small requests; nothing about the house is in them."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from assistant.model.assemble import Draft, Message, as_offered
from assistant.model.card import Card, Finding, Mark
from assistant.model.endpoint import Endpoint, Json
from assistant.model.failure import EndpointFailed
from assistant.model.history import estimated_tokens
from assistant.model.traits import PARALLEL, STREAM, STRICT, Traits
from assistant.model.wire import delta_of
from tools.contract import ToolCall, ToolError
from tools.parsing import parsed

LONG_TOKENS = 5_000
"""Estimated, of the long prompt: more than the 4,096 beyond which servers have cut without a word."""
SLOW_MS = 3_000
LONGEST_ANSWER_SECONDS = 60.0
"""For one small request; some think for ever."""
LONGEST_WAIT_SECONDS = 30.0
"""For an endpoint that says when it takes the next request."""
HIDDEN = "marigold"
OPTIONAL = ("temperature", "max_tokens", "stream_options", PARALLEL, STRICT)
_VALUES: Json = {
    "temperature": 0,
    "max_tokens": 600,
    "stream_options": {"include_usage": True},
    PARALLEL: True,
}
_LEAKS = ("<|", "<think", "</think", "<tool_call", "[TOOL_CALLS", "<function")
_TOOL = "read_temperature"
_ROOMS = ("kitchen", "bedroom", "attic")


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What one request brought."""

    message: Message | None = None
    failed: EndpointFailed | None = None
    ttft_ms: float = 0.0
    chunks: int = 0
    ended: bool = False
    """Whether it said that it has finished, or counted, so that half an answer is told from a whole one."""
    raw_text: str = ""
    """With the thoughts in it."""
    as_object: bool = False
    """Arguments came as an object instead of text."""

    @property
    def refused(self) -> bool:
        return self.failed is not None and self.failed.status in {400, 404, 415, 422, 500, 501}

    @property
    def calls(self) -> int:
        return len(self.message.calls) if self.message else 0

    @property
    def why(self) -> str:
        return self.failed.message if self.failed else ""


def _tool(*, strict: bool) -> Json:
    properties = {"room": {"type": "string", "enum": list(_ROOMS)}, "unit": {"type": ["string", "null"]}}
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    function: Json = {
        "name": _TOOL,
        "description": "Reads the temperature of one room. It cannot change it.",
        "parameters": schema,
    }
    return {"type": "function", "function": {**function, STRICT: True} if strict else function}


@dataclass(slots=True, kw_only=True)
class Probe:
    """One endpoint under examination; `card` makes all requests, one after the other."""

    endpoint: Endpoint
    clock_ms: Callable[[], int]
    clock: Callable[[], float] = time.monotonic
    longest_seconds: float = LONGEST_ANSWER_SECONDS
    _refused: set[str] = field(default_factory=set)
    _ignores_none: bool = False
    _parallel_on_request: bool = False
    _seen: list[_Seen] = field(default_factory=list)

    async def card(self) -> Card:
        findings = [await self._reached()]
        if findings[0].mark is not Mark.BROKEN:
            looks: Sequence[Callable[[], AsyncIterator[Finding]]] = (
                self._parameters,
                self._tools,
                self._choice,
                self._ending,
                self._conversation,
                self._long,
            )
            for look in looks:
                findings += [finding async for finding in look()]
            findings.append(self._leaks())
        traits = Traits(
            refused=frozenset(self._refused),
            calls_when_told_not_to=self._ignores_none,
            parallel_on_request=self._parallel_on_request,
        )
        return Card(
            host=self.endpoint.name,
            model=self.endpoint.model,
            checked_ms=self.clock_ms(),
            findings=tuple(findings),
            traits=traits,
        )

    async def _ask(self, said: str | list[Json], /, **extra: object) -> _Seen:
        """One request with what is known to be accepted."""
        messages = [{"role": "user", "content": said}] if isinstance(said, str) else said
        wanted = {"max_tokens": self.endpoint.answer_tokens, **extra}
        body = {key: value for key, value in wanted.items() if key not in self._refused}
        if "max_tokens" in self._refused and "max_tokens" in wanted:
            body["max_completion_tokens"] = wanted["max_tokens"]
        return await self._send({"messages": messages, **body})

    async def _send(self, body: Json) -> _Seen:
        seen = await self._once(body)
        wait = seen.failed.retry_after_seconds if seen.failed is not None and seen.failed.status == 429 else None
        if wait is None or wait > LONGEST_WAIT_SECONDS:
            return seen
        await asyncio.sleep(wait)
        return await self._once(body)

    async def _once(self, body: Json) -> _Seen:
        seen, draft, began = _Seen(), Draft(), self.clock()
        self._seen.append(seen)
        try:
            async with (
                asyncio.timeout(self.longest_seconds),
                aclosing(self.endpoint.exactly(body)) as chunks,
            ):
                async for chunk in chunks:
                    delta = delta_of(chunk)
                    if not seen.chunks:
                        seen.ttft_ms = 1000 * (self.clock() - began)
                    seen.chunks += not delta.empty
                    seen.raw_text += delta.text
                    seen.as_object = seen.as_object or _holds_object(chunk)
                    draft.add(delta)
                    seen.ended = seen.ended or delta.last
                    if draft.overflowed:
                        break
        except EndpointFailed as failed:
            # After its end some keep the line open; what was whole by then is whole.
            seen.failed = None if seen.ended else failed
        except TimeoutError:
            message = f"{self.endpoint.name} did not come to an end within {self.longest_seconds:g} s"
            seen.failed = None if seen.ended else EndpointFailed(message, retryable=False, silent=True)
        seen.message = None if seen.failed else draft.message()
        return seen

    async def _reached(self) -> Finding:
        ready: Json = {"messages": [{"role": "user", "content": "Say the word: ready"}]}
        seen = await self._send(ready)
        if seen.refused and re.search(rf"\b{STREAM}", seen.why):
            self._refused.add(STREAM)
            self.endpoint.without_stream()
            seen = await self._send(ready)
        if seen.failed is not None:
            advice = "Start it, or put its address right: model.base_url mostly ends in /v1."
            match seen.failed.status:
                case 401 | 403:
                    advice = "Give it its key: model.api_key, better as the systemd credential model_api_key."
                case 404:
                    advice = (
                        "Check model.name against what the endpoint has (Ollama: `ollama list`, and `ollama pull` for"
                        " one that it has not), and model.base_url."
                    )
                case 402:
                    advice = "Look at the account: it has nothing left to spend."
                case 429:
                    advice = "Wait, or look at the account: it allows no more requests for now."
            return Finding(what="answers", mark=Mark.BROKEN, found=seen.why, advice=advice)
        if not seen.chunks:
            advice = "Look at its log: it takes requests, and has no answer to any. Is the model loaded?"
            return Finding(what="answers", mark=Mark.BROKEN, found="with nothing in it", advice=advice)
        if not self.endpoint.streams:
            advice = "Turn streaming on, so that a slow answer is told from a dead endpoint."
            return Finding(what="answers", mark=Mark.ROUND, found="in one piece, not as a stream", advice=advice)
        found = f"first token after {seen.ttft_ms:.0f} ms"
        slow = seen.ttft_ms > SLOW_MS
        advice = "A person waits for that: choose a smaller model or a faster machine, and keep the model loaded."
        return Finding(
            what="answers", mark=Mark.POOR if slow else Mark.GOOD, found=found, advice=advice if slow else ""
        )

    async def _parameters(self) -> AsyncIterator[Finding]:
        """All at once; only where that is refused, one by one."""
        everything = {**_VALUES, "tools": [_tool(strict=True)]}
        seen = await self._send({"messages": [{"role": "user", "content": "Say the word: ready"}], **everything})
        if seen.refused:
            for name in OPTIONAL:
                if (await self._one(name)).refused:
                    self._refused.add(name)
        named = ", ".join(sorted(self._refused))
        yield Finding(
            what="parameters",
            mark=Mark.ROUND if named else Mark.GOOD,
            found=f"refuses {named}" if named else "takes all that are sent",
            advice="They are left out from now on." if named else "",
        )
        yield await self._usage()

    async def _one(self, name: str) -> _Seen:
        messages = [{"role": "user", "content": "Say the word: ready"}]
        body: Json = {"messages": messages, **({name: _VALUES[name]} if name in _VALUES else {})}
        if name in {STRICT, PARALLEL}:
            body["tools"] = [_tool(strict=name == STRICT)]
        return await self._send(body)

    async def _usage(self) -> Finding:
        seen = await self._ask("Say the word: ready", stream_options=_VALUES["stream_options"])
        if seen.message is not None and not seen.ended and seen.message.finish is None:
            advice = "Half an answer cannot be told from a whole one, so that none is taken: use another server."
            found = "neither an end nor a count comes after its answers"
            return Finding(what="usage", mark=Mark.BROKEN, found=found, advice=advice)
        if seen.message is not None and seen.message.usage is not None:
            return Finding(what="usage", mark=Mark.GOOD, found="counts its tokens")
        return Finding(
            what="usage",
            mark=Mark.ROUND,
            found="does not count its tokens" if seen.message else seen.why,
            advice="Costs are estimated, rather too high than too low.",
        )

    async def _tools(self) -> AsyncIterator[Finding]:
        strict = STRICT not in self._refused
        seen = await self._ask("How warm is it in the kitchen? Use the tool.", tools=[_tool(strict=strict)])
        called = seen.message.calls if seen.message else ()
        if not called and seen.message is not None and seen.message.finish == "length":
            advice = "It thinks longer than it may: turn thinking off for this model, or raise model.answer_tokens."
            yield Finding(what="tools", mark=Mark.BROKEN, found="cut off before it called one", advice=advice)
            return
        if not called:
            advice = (
                "Without tools the model cannot ask the house. Choose a model that is made for tools;"
                " llama.cpp needs --jinja, vLLM --enable-auto-tool-choice and a --tool-call-parser."
            )
            yield Finding(what="tools", mark=Mark.BROKEN, found=seen.why or "calls none", advice=advice)
            return
        good = _fits(called[0])
        form = "as an object" if seen.as_object else "as text"
        advice = "Wrong calls are answered with an error that the model may mend; a bigger model makes fewer."
        yield Finding(
            what="tools",
            mark=Mark.GOOD if good else Mark.POOR,
            found=f"calls them with {'right' if good else 'wrong'} arguments, {form}",
            advice="" if good else advice,
        )
        yield await self._parallel(strict=strict)

    async def _parallel(self, *, strict: bool) -> Finding:
        said = "How warm is it in the kitchen and in the attic? Read both rooms at once, with two calls."
        tools = [_tool(strict=strict)]
        if (await self._ask(said, tools=tools)).calls >= 2:
            return Finding(what="several calls", mark=Mark.GOOD, found="in one message")
        if PARALLEL not in self._refused and (await self._ask(said, tools=tools, **{PARALLEL: True})).calls >= 2:
            self._parallel_on_request = True
            return Finding(what="several calls", mark=Mark.GOOD, found=f"in one message, with {PARALLEL}")
        advice = "Questions of two parts take one request more."
        return Finding(what="several calls", mark=Mark.ROUND, found="one at a time", advice=advice)

    async def _choice(self) -> AsyncIterator[Finding]:
        tools = [_tool(strict=STRICT not in self._refused)]
        said = "How warm is it in the kitchen? Use the tool."
        none = await self._ask(said, tools=tools, tool_choice="none")
        if none.refused:
            self._refused.add("tool_choice")
        self._ignores_none = none.refused or none.calls > 0
        advice = "A last answer is asked for without tools instead."
        found = "refused" if none.refused else "ignored: it calls all the same" if none.calls else "honoured"
        if none.failed is not None and not none.refused:
            yield Finding(what="tool_choice none", mark=Mark.POOR, found=none.why)
        elif self._ignores_none:
            yield Finding(what="tool_choice none", mark=Mark.ROUND, found=found, advice=advice)
        else:
            yield Finding(what="tool_choice none", mark=Mark.GOOD, found=found)
        required = await self._ask("Say the word: ready", tools=tools, tool_choice="required")
        found = "refused" if required.refused else "honoured" if required.calls else required.why or "ignored"
        mark = Mark.GOOD if required.calls else Mark.ROUND
        advice = "It is not relied upon." if mark is Mark.ROUND else ""
        yield Finding(what="tool_choice required", mark=mark, found=found, advice=advice)

    async def _ending(self) -> AsyncIterator[Finding]:
        """Whether it says that an answer was cut off."""
        seen = await self._ask("Count from one to two hundred in words.", max_tokens=8)
        finish = seen.message.finish if seen.message else None
        long = seen.message is not None and seen.message.size > 200
        if finish == "length":
            yield Finding(what="limit of tokens", mark=Mark.GOOD, found="kept, and told with finish_reason length")
        else:
            found = "ignored" if long else f"kept, and told with finish_reason {finish}"
            advice = "An endless answer is cut off by us." if long else "Half a sentence may pass for a whole one."
            yield Finding(what="limit of tokens", mark=Mark.ROUND, found=seen.why or found, advice=advice)

    async def _conversation(self) -> AsyncIterator[Finding]:
        """Whether it goes on after the answer of a tool."""
        arguments = json.dumps({"room": "kitchen", "unit": None})
        made = {"id": "call_0", "type": "function", "function": {"name": _TOOL, "arguments": arguments}}
        messages: list[Json] = [
            {"role": "user", "content": "How warm is it in the kitchen?"},
            {"role": "assistant", "content": "", "tool_calls": [made]},
            {"role": "tool", "tool_call_id": "call_0", "content": '{"celsius": 21.5}'},
        ]
        seen = await self._ask(messages, tools=[_tool(strict=STRICT not in self._refused)])
        text = seen.message.text if seen.message else ""
        good = "21" in text
        yield Finding(
            what="answers of tools",
            mark=Mark.GOOD if good else Mark.ROUND,
            found="understood" if good else seen.why or "not used in its answer",
            advice="" if good else "What the house answered is then read out by code, or sent as plain text.",
        )

    async def _long(self) -> AsyncIterator[Finding]:
        """Whether the beginning of a long prompt arrives: it is cut off without a word by some."""
        line = "The hallway has a lamp, a door and a window, and nothing of it has changed today. "
        filler = line * (LONG_TOKENS // estimated_tokens(line))
        said = f"The secret word is {HIDDEN}.\n{filler}\nWhat is the secret word? Say only that word."
        seen = await self._ask(said)
        if seen.message is not None and HIDDEN in seen.raw_text.lower():
            yield Finding(what="long prompts", mark=Mark.GOOD, found=f"whole, with about {LONG_TOKENS} tokens")
            return
        advice = (
            "Names of the house may not arrive. Ollama: set OLLAMA_CONTEXT_LENGTH=8192 for the server;"
            " llama.cpp: -c 8192; vLLM: --max-model-len 8192."
        )
        found = seen.why or f"the beginning of {LONG_TOKENS} tokens is lost"
        yield Finding(what="long prompts", mark=Mark.POOR, found=found, advice=advice)

    def _leaks(self) -> Finding:
        text = "".join(seen.raw_text for seen in self._seen)
        leaked = sorted({leak for leak in _LEAKS if leak in text})
        if not leaked:
            return Finding(what="clean text", mark=Mark.GOOD, found="no thoughts or control tokens in answers")
        thinks = any("think" in leak for leak in leaked)
        advice = (
            "Thoughts are left out, but they take time: turn thinking off for this model."
            if thinks
            else "The chat template or tool parser of the server does not fit the model; such answers are not spoken."
        )
        mark = Mark.ROUND if all("think" in leak for leak in leaked) else Mark.POOR
        return Finding(what="clean text", mark=mark, found=f"{', '.join(leaked)} in answers", advice=advice)


def _fits(call: ToolCall) -> bool:
    """Whether the call is one that the contract would take: how names are spelled and objects packed is made up for."""
    (meant,) = as_offered([call], [_TOOL])
    try:
        arguments = parsed(meant.arguments)
    except ToolError:
        return False
    return meant.name == _TOOL and arguments.get("room") in _ROOMS and set(arguments) <= {"room", "unit"}


def _holds_object(chunk: object) -> bool:
    return isinstance(chunk, dict) and '"arguments": {' in json.dumps(chunk, default=str)
