"""Turns one request into tool calls and, at most, one spoken sentence, whatever the endpoint does.

Never runs a tool itself, never speaks what has no source, and always ends: in words, in results for code to speak,
or in an honest reason.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from assistant.model.assemble import Kind, Message, as_offered
from assistant.model.cost import Attempt, Day, Limits, limits_of, total
from assistant.model.endpoint import Json
from assistant.model.exchange import CHOKED, Asks, tokens_sent
from assistant.model.failure import EndpointFailed
from assistant.model.ground import grounded
from assistant.model.ledger import Ledger
from assistant.model.outcome import Answered, ModelOutcome, StoppedBecause
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
from assistant.model.spoken import speakable, tidy, to_last_sentence
from config.model import ModelSettings
from tools.contract import OK, ToolCall, ToolResult

RunCall = Callable[[ToolCall], Awaitable[ToolResult]]
"""The contract: takes any call, however malformed, and answers with its result. What it raises ends the turn."""

HISTORY_TOKENS = 800
MOST_UNUSABLE = 2
FINAL_SHARE = 0.25
"""Of the turn's time, kept back for a final answer."""
Ending = tuple[StoppedBecause, str]


class _TooDear(Exception):
    """The next request could break a limit; its text is the setting."""


@dataclass(slots=True, kw_only=True)
class _Turn:
    """One turn while it runs: what is said to the model, and what it has cost so far."""

    request: ModelRequest
    opening: list[Json]
    tools: list[Json]
    ledger: Ledger
    began: float
    deadline: float
    messages: list[Json]
    decider: Asks
    """Whoever chooses the tools."""
    smaller: bool
    """Whether that is the smaller model, whose answers the bigger one words."""
    facts: list[str] = field(default_factory=list)
    sourced: list[str] = field(default_factory=list)
    """The facts that come from an answer, not from an error."""
    answered: list[Answered] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    endpoint_ms: float = 0.0
    tools_ms: float = 0.0
    unusable: int = 0
    forgotten: bool = False
    """Whether it goes on without what was said before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoop:
    """`say` renders a result as code would speak it, in the person's own units; the model may repeat its numbers."""

    exchange: Asks
    settings: ModelSettings
    decider: Asks | None = None
    """A smaller model that chooses the tools, so that `exchange` only words what needs words."""
    day: Day = field(default_factory=lambda: Day(today=date.today))
    say: Callable[[ToolResult], str] = lambda _: ""
    clock: Callable[[], float] = time.monotonic

    @property
    def _limits(self) -> Limits:
        return limits_of(self.settings)

    async def run(self, request: ModelRequest, call: RunCall) -> ModelOutcome:
        """Ends within `turn_seconds`, with a terminal record for every call that the model made."""
        began = self.clock()
        turn = self._opened(request, began)
        failure = limit = ""
        try:
            async with request.wait.within(self.settings.turn_seconds):
                stopped, text = await self._rounds(turn, call)
        except TimeoutError:
            stopped, text = StoppedBecause.CANCELLED if request.wait.ended else StoppedBecause.TIME, ""
        except EndpointFailed as failed:
            stopped, text, failure = StoppedBecause.ENDPOINT, "", failed.message
        except _TooDear as dear:
            stopped, text, limit = StoppedBecause.SPENT, "", str(dear)
        turn.ledger.close()
        total_ms = 1000 * (self.clock() - began)
        outcome = _outcome(turn, stopped, text, total_ms)
        return replace(outcome, failure=failure, limit=limit, terms=self._terms())

    def _terms(self) -> Json:
        bound = {name: getattr(self.settings, name) for name in ("rounds", "calls", "turn_seconds", "tokens_per_turn")}
        return {**bound, "decider": self.decider is not None, "final_by_facts": self.exchange.final_by_facts}

    def _opened(self, request: ModelRequest, began: float) -> _Turn:
        opening = opening_messages(request, history_tokens=HISTORY_TOKENS)
        return _Turn(
            request=request,
            opening=opening,
            messages=list(opening),
            tools=[tool_schema(tool, request.present) for tool in request.tools],
            ledger=Ledger(offered={tool.name: tool.effect for tool in request.tools}, most_calls=self.settings.calls),
            began=began,
            deadline=began + self.settings.turn_seconds,
            decider=self.decider or self.exchange,
            smaller=self.decider is not None,
            sourced=[moment_in_words(request.now)],
        )

    async def _rounds(self, turn: _Turn, call: RunCall) -> Ending:
        for _ in range(self.settings.rounds):
            if self.clock() > turn.deadline - FINAL_SHARE * self.settings.turn_seconds:
                return await self._final(turn, StoppedBecause.TIME)
            try:
                tools = {"tools": turn.tools} if turn.tools else {}
                message = await self._ask(turn, turn.decider, turn.messages, tools)
            except EndpointFailed as failed:
                forgotten = failed.too_long and _forgets(turn)
                if failed.status in CHOKED and turn.facts:
                    return await self._from_facts(turn, StoppedBecause.ENDPOINT)
                if forgotten:
                    continue
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
        if text and turn.facts and turn.smaller:
            return await self._narrated(turn, text)
        if text:
            ending = _checked(turn, text)
            if ending[0] is StoppedBecause.ANSWERED or turn.ledger.answered:
                return ending
        # What the smaller model cannot do, the bigger one may; and what that cannot, the next endpoint.
        turn.decider = self.exchange if turn.smaller else turn.decider.next or turn.decider
        turn.smaller = False
        turn.unusable += 1
        if turn.unusable >= MOST_UNUSABLE:
            return ending if text else await self._final(turn, StoppedBecause.UNUSABLE)
        turn.messages = with_remark(turn.messages, UNSOURCED if text else NUDGE)
        return None

    async def _narrated(self, turn: _Turn, text: str) -> Ending:
        """The bigger model's words for what the smaller one found out; else the smaller one's own."""
        try:
            told = await self._from_facts(turn, StoppedBecause.ANSWERED)
        except (EndpointFailed, _TooDear):
            told = StoppedBecause.ENDPOINT, ""
        return told if told[1] else _checked(turn, text)

    async def _after_calls(self, turn: _Turn, message: Message, call: RunCall) -> Ending | None:
        first = not turn.ledger.results
        began = self.clock()
        calls = turn.ledger.issue(as_offered(message.calls, turn.ledger.offered))
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
        if turn.tools and not self.exchange.final_by_facts:
            messages = with_remark(turn.messages, FINAL)
            try:
                extra = {"tools": turn.tools, "tool_choice": "none"}
                message = await self._ask(turn, self.exchange, messages, extra)
            except EndpointFailed as failed:
                if failed.status not in CHOKED:
                    raise
            else:
                ending = _final_in(turn, message, why)
                if ending is not None:
                    return ending
        return await self._from_facts(turn, why)

    async def _from_facts(self, turn: _Turn, why: StoppedBecause) -> Ending:
        message = await self._ask(turn, self.exchange, facts_messages(turn.opening, turn.facts), {})
        return _final_in(turn, message, why) or (why, "")

    async def _ask(self, turn: _Turn, asks: Asks, messages: list[Json], extra: Mapping[str, Any]) -> Message:
        """Keeps what came back, or why nothing did, so that the turn can be taken again from its record."""
        self._afford(turn, asks, messages, extra)
        began = self.clock()
        message, failed = None, None

        def note(attempt: Attempt) -> None:
            turn.attempts.append(attempt)
            self.day.add(attempt)

        try:
            exchanged = await asks.ask(messages, extra, deadline=turn.deadline, note=note)
            message = exchanged.message
        except EndpointFailed as error:
            failed = error
            raise
        finally:
            elapsed_ms = 1000 * (self.clock() - began)
            began_ms = 1000 * (began - turn.began)
            turn.endpoint_ms += elapsed_ms
            turn.answered.append(Answered(began_ms=began_ms, elapsed_ms=elapsed_ms, message=message, failed=failed))
        return message

    def _afford(self, turn: _Turn, asks: Asks, messages: list[Json], extra: Mapping[str, Any]) -> None:
        """Raises _TooDear."""
        ahead = asks.ahead(tokens_sent(messages, extra))
        limit = self._limits.reached(total(turn.attempts), self.day.cost, ahead)
        if limit:
            raise _TooDear(limit)


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


def _forgets(turn: _Turn) -> bool:
    """What was said before makes room for what is said now; False where there was nothing of it."""
    if turn.forgotten or not turn.request.history:
        return False
    turn.forgotten = True
    turn.opening = opening_messages(replace(turn.request, history=()), history_tokens=0)
    turn.messages = list(turn.opening)
    return True


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


def _outcome(turn: _Turn, stopped: StoppedBecause, text: str, total_ms: float) -> ModelOutcome:
    spent = total(turn.attempts)
    heard = [attempt for attempt in turn.attempts if attempt.ok]
    return ModelOutcome(
        text=text,
        results=turn.ledger.results,
        rounds=sum(answered.message is not None for answered in turn.answered),
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        tokens_estimated=spent.estimated,
        cost=spent.cost,
        timings_ms={
            "ttft": heard[0].ttft_ms if heard else 0.0,
            "generation": sum(attempt.generation_ms for attempt in heard),
            "endpoint": turn.endpoint_ms,
            "tools": turn.tools_ms,
            "own": max(total_ms - turn.endpoint_ms - turn.tools_ms, 0.0),
            "total": total_ms,
        },
        stopped_because=stopped,
        attempts=tuple(turn.attempts),
        answered=tuple(turn.answered),
        request=turn.request,
    )
