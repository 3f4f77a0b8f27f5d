"""Turns one request into tool calls and, at most, one spoken sentence, whatever the endpoint does.

Never runs a tool itself, never speaks what has no source, and always ends: in words, in results for code to speak,
or in an honest reason.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assistant.model.assemble import Kind, Message
from assistant.model.endpoint import EndpointFailed, Json
from assistant.model.exchange import Exchange, Exchanged
from assistant.model.ground import grounded, speakable, tidy, to_last_sentence
from assistant.model.history import estimated_tokens
from assistant.model.ledger import Ledger
from assistant.model.prompt import (
    FINAL,
    NUDGE,
    UNSOURCED,
    ModelRequest,
    calls_message,
    facts_messages,
    opening_messages,
    result_message,
    with_remark,
)
from assistant.model.schemas import tool_schema
from assistant.model.shown import moment_in_words, result_as_data
from config.settings import ModelSettings
from tools.contract import OK, ToolCall, ToolResult

RunCall = Callable[[ToolCall], Awaitable[ToolResult]]
"""The contract: takes any call, however malformed, and answers with its result. What it raises ends the turn."""

HISTORY_TOKENS = 800
MOST_UNUSABLE = 2
FINAL_SHARE = 0.25
"""Of the turn's time, kept back for a final answer."""
_CHOKED = frozenset({400, 422, 500})
"""Statuses with which endpoints refuse a conversation that holds tool calls."""


class StoppedBecause(StrEnum):
    """Why the loop ended. With an empty `text`, code speaks the best result, or apologises."""

    ANSWERED = "answered"
    ONE_CALL = "one_call"
    """One call answered it: code speaks the result, no second request was made."""
    CONFIRMATION = "confirmation"
    """An act was proposed: code asks the person."""
    ROUNDS = "rounds"
    CALLS = "calls"
    REPEATED = "repeated"
    TIME = "time"
    ENDPOINT = "endpoint"
    UNUSABLE = "unusable"
    """The endpoint's messages were empty, garbled or cut off."""
    UNGROUNDED = "ungrounded"
    """What the model wanted to say has no source among the results, or claims a deed."""
    UNSPEAKABLE = "unspeakable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOutcome:
    """What a model turn came to."""

    text: str
    """Checked against the results and fit to be spoken, or empty."""
    results: tuple[ToolResult, ...]
    rounds: int
    """Requests that brought a message, the final ones included."""
    tokens_in: int
    tokens_out: int
    tokens_estimated: bool
    timings_ms: Mapping[str, float]
    """`ttft` (of the first request), `generation`, `endpoint` (all waiting for it), `tools`, `own`, `total`."""
    stopped_because: StoppedBecause
    failure: str = ""
    """For the log and the doctor: what was wrong with the endpoint."""

    @property
    def best(self) -> ToolResult | None:
        """The result that code can speak: the newest that is ok."""
        return next((result for result in reversed(self.results) if result.verdict == OK), None)


Ending = tuple[StoppedBecause, str]


@dataclass(slots=True, kw_only=True)
class _Turn:
    """One turn while it runs: what is said to the model, and what it has cost so far."""

    request: ModelRequest
    opening: list[Json]
    tools: list[Json]
    ledger: Ledger
    deadline: float
    messages: list[Json]
    facts: list[str] = field(default_factory=list)
    sourced: list[str] = field(default_factory=list)
    """The facts that come from an answer, not from an error."""
    exchanges: list[Exchanged] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = False
    endpoint_ms: float = 0.0
    tools_ms: float = 0.0
    unusable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoop:
    """`say` renders a result as code would speak it, in the person's own units; the model may repeat its numbers."""

    exchange: Exchange
    settings: ModelSettings
    say: Callable[[ToolResult], str] = lambda _: ""
    clock: Callable[[], float] = time.monotonic

    async def run(self, request: ModelRequest, call: RunCall) -> ModelOutcome:
        """Ends within `turn_seconds`, with a terminal record for every call that the model made."""
        began = self.clock()
        turn = self._opened(request, began)
        failure = ""
        try:
            async with asyncio.timeout(self.settings.turn_seconds):
                stopped, text = await self._rounds(turn, call)
        except TimeoutError:
            stopped, text = StoppedBecause.TIME, ""
        except EndpointFailed as failed:
            stopped, text, failure = StoppedBecause.ENDPOINT, "", failed.message
        turn.ledger.close()
        total_ms = 1000 * (self.clock() - began)
        return _outcome(turn, stopped, text, failure, total_ms)

    def _opened(self, request: ModelRequest, began: float) -> _Turn:
        opening = opening_messages(request, history_tokens=HISTORY_TOKENS)
        return _Turn(
            request=request,
            opening=opening,
            messages=list(opening),
            tools=[tool_schema(tool, request.present) for tool in request.tools],
            ledger=Ledger(offered={tool.name: tool.effect for tool in request.tools}, most_calls=self.settings.calls),
            deadline=began + self.settings.turn_seconds,
            sourced=[moment_in_words(request.now)],
        )

    async def _rounds(self, turn: _Turn, call: RunCall) -> Ending:
        for _ in range(self.settings.rounds):
            if self.clock() > turn.deadline - FINAL_SHARE * self.settings.turn_seconds:
                return await self._final(turn, StoppedBecause.TIME)
            try:
                message = await self._ask(turn, turn.messages, {"tools": turn.tools} if turn.tools else {})
            except EndpointFailed as failed:
                if failed.status in _CHOKED and turn.facts:
                    return await self._from_facts(turn, StoppedBecause.ENDPOINT)
                raise
            ending = await self._step(turn, message, call)
            if ending is not None:
                return ending
        return await self._final(turn, StoppedBecause.ROUNDS)

    async def _step(self, turn: _Turn, message: Message, call: RunCall) -> Ending | None:
        """What one message leads to: an ending, or None where the model is to be asked again."""
        if message.kind is Kind.CALLS:
            return await self._after_calls(turn, message, call)
        text = _answer_in(message)
        if text:
            ending = _checked(turn, text)
            if ending[0] is StoppedBecause.ANSWERED or turn.ledger.answered:
                return ending
        turn.unusable += 1
        if turn.unusable >= MOST_UNUSABLE:
            return ending if text else await self._final(turn, StoppedBecause.UNUSABLE)
        turn.messages = with_remark(turn.messages, UNSOURCED if text else NUDGE)
        return None

    async def _after_calls(self, turn: _Turn, message: Message, call: RunCall) -> Ending | None:
        first = not turn.ledger.results
        began = self.clock()
        calls = turn.ledger.issue(message.calls)
        try:
            results = await _dispatch(turn.ledger, calls, call)
        finally:
            turn.tools_ms += 1000 * (self.clock() - began)
        if turn.ledger.wants_confirmation():
            return StoppedBecause.CONFIRMATION, ""
        if first and [result.verdict for result in results] == [OK] and not turn.request.several_parts:
            return StoppedBecause.ONE_CALL, ""
        self._observe(turn, results)
        if turn.ledger.tripped:
            return await self._final(turn, StoppedBecause.REPEATED)
        if turn.ledger.exhausted:
            return await self._final(turn, StoppedBecause.CALLS)
        return None

    def _observe(self, turn: _Turn, results: Sequence[ToolResult]) -> None:
        """Puts calls and results into the conversation, in the order of the calls."""
        turn.messages = [*turn.messages, calls_message([result.call for result in results], turn.ledger.offered)]
        for result in results:
            data = result_as_data(result, now=turn.request.now, say=self.say(result))
            turn.messages.append(result_message(result.call.id, data))
            turn.facts.append(data)
            if result.answer is not None:
                turn.sourced.append(data)

    async def _final(self, turn: _Turn, why: StoppedBecause) -> Ending:
        """An answer without more calls: asked for with `tool_choice`, else without tools, else left to code."""
        if turn.tools:
            messages = with_remark(turn.messages, FINAL)
            try:
                message = await self._ask(turn, messages, {"tools": turn.tools, "tool_choice": "none"})
            except EndpointFailed as failed:
                if failed.status not in _CHOKED:
                    raise
            else:
                ending = _final_in(turn, message, why)
                if ending is not None:
                    return ending
        return await self._from_facts(turn, why)

    async def _from_facts(self, turn: _Turn, why: StoppedBecause) -> Ending:
        message = await self._ask(turn, facts_messages(turn.opening, turn.facts), {})
        return _final_in(turn, message, why) or (why, "")

    async def _ask(self, turn: _Turn, messages: list[Json], extra: Mapping[str, Any]) -> Message:
        began = self.clock()
        try:
            exchanged = await self.exchange.ask(messages, extra, deadline=turn.deadline)
        finally:
            turn.endpoint_ms += 1000 * (self.clock() - began)
        turn.exchanges.append(exchanged)
        _count_tokens(turn, exchanged.message, messages, extra)
        return exchanged.message


async def _dispatch(ledger: Ledger, calls: Sequence[ToolCall], call: RunCall) -> list[ToolResult]:
    """Runs what is admitted, reads at once and together, the one act after them. One result for each call, in order."""
    reads, acts = ledger.admit(calls)

    async def recorded(one: ToolCall) -> None:
        ledger.record(await call(one))

    # All reads end before a failure leaves, so that none is left running behind it.
    for failure in await asyncio.gather(*(recorded(read) for read in reads), return_exceptions=True):
        if failure is not None:
            raise failure
    for act in acts:
        await recorded(act)
    ids = {one.id for one in calls}
    return [result for result in ledger.results if result.call.id in ids]


def _answer_in(message: Message) -> str:
    """The words of a message that answers; of one that was cut off, its whole sentences."""
    if message.kind is Kind.FINAL_TEXT:
        return message.text
    if message.kind is Kind.TRUNCATED and not message.calls:
        return to_last_sentence(message.text)
    return ""


def _checked(turn: _Turn, text: str) -> Ending:
    spoken = tidy(text)
    if not speakable(spoken):
        return StoppedBecause.UNSPEAKABLE, ""
    if not grounded(spoken, turn.ledger.results, turn.request.text, turn.sourced):
        return StoppedBecause.UNGROUNDED, ""
    return StoppedBecause.ANSWERED, spoken


def _final_in(turn: _Turn, message: Message, why: StoppedBecause) -> Ending | None:
    """The forced final answer if there is one; `why` stays the reason, unless the words had to be refused."""
    text = _answer_in(message)
    if not text:
        return None
    stopped, spoken = _checked(turn, text)
    return (why, spoken) if stopped is StoppedBecause.ANSWERED else (stopped, "")


def _count_tokens(turn: _Turn, message: Message, messages: Sequence[Json], extra: Mapping[str, Any]) -> None:
    if message.usage is not None:
        turn.tokens_in += message.usage.tokens_in
        turn.tokens_out += message.usage.tokens_out
        return
    turn.estimated = True
    turn.tokens_in += estimated_tokens(json.dumps([list(messages), extra.get("tools", [])]))
    turn.tokens_out += estimated_tokens("x" * message.size)


def _outcome(turn: _Turn, stopped: StoppedBecause, text: str, failure: str, total_ms: float) -> ModelOutcome:
    return ModelOutcome(
        text=text,
        results=turn.ledger.results,
        rounds=len(turn.exchanges),
        tokens_in=turn.tokens_in,
        tokens_out=turn.tokens_out,
        tokens_estimated=turn.estimated,
        timings_ms={
            "ttft": turn.exchanges[0].ttft_ms if turn.exchanges else 0.0,
            "generation": sum(exchanged.generation_ms for exchanged in turn.exchanges),
            "endpoint": turn.endpoint_ms,
            "tools": turn.tools_ms,
            "own": max(total_ms - turn.endpoint_ms - turn.tools_ms, 0.0),
            "total": total_ms,
        },
        stopped_because=stopped,
        failure=failure,
    )
