"""The one way through for every call, whoever planned it; the only caller of a tool's function.

budget -> offered? -> parse, repair -> schema -> duplicates, limits -> answered just now? -> run with a timeout (where
names are resolved and the business rules and the gate stand) -> sanitise -> audit -> one ToolResult.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from sensors.database import StoreUnavailable
from tools.answers import ProposalAnswer, answer_as_json
from tools.audit import Audit, Event
from tools.cache import AnswerCache
from tools.contract import (
    NEEDS_CONFIRMATION,
    OK,
    Asker,
    Effect,
    ErrorCode,
    Offer,
    Outcome,
    Policy,
    Tool,
    ToolCall,
    ToolError,
    ToolResult,
    Unrestricted,
)
from tools.corrections import named_field
from tools.parsing import LARGEST_ARGUMENTS, parsed, repaired, validated
from tools.reasons import Reason
from tools.sanitise import unmarked_answer

MOST_IDENTICAL = 2
"""The next identical call in one turn is refused: a planner is going in circles."""

_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What a mistake inside a tool raises."""

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class TurnBudget:
    """What one turn may still do. Mutable, made anew for each turn and shared by all of its calls."""

    turn_id: str
    calls_left: int
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    proposed: bool = False
    """At most one proposal in a turn: a person is asked one thing at a time."""


class Desk:
    """Takes calls for the tools that exist. A tool that is not offered looks exactly like one that does not exist."""

    def __init__(
        self,
        tools: Sequence[Tool],
        *,
        audit: Audit,
        timeout_seconds: float,
        cache: AnswerCache | None = None,
        policy: Policy | None = None,
    ) -> None:
        """`timeout_seconds` is for tools that have none of their own; without a `policy` everybody may do all."""
        self._tools = {tool.name: tool for tool in tools}
        self._arguments = frozenset(name for tool in tools for name in tool.arguments.model_fields)
        self._audit = audit
        self._timeout_seconds = timeout_seconds
        self._cache = cache
        self._policy: Policy = policy or Unrestricted()

    def offered(self, asker: Asker, *, may_act: bool) -> tuple[Offer, ...]:
        """The tools for a turn of this asker; a question is shown none that acts."""
        return tuple(
            tool.offer
            for tool in self._tools.values()
            if (may_act or tool.effect is Effect.READ)
            and (asker.by_code or not tool.for_code)
            and self._policy.may_use(asker, tool)
        )

    async def call(self, call: ToolCall, asker: Asker, offered: Sequence[Offer], budget: TurnBudget) -> ToolResult:
        """Always returns, with a verdict; only what is broken in this program raises. The record is written first.

        Raises StoreUnavailable where the audit cannot be written.
        """
        started = time.perf_counter()
        try:
            outcome, cached = await self._through(call, asker, {tool.name for tool in offered}, budget)
            answer = unmarked_answer(outcome.answer)
            verdict = NEEDS_CONFIRMATION if isinstance(answer, ProposalAnswer) else OK
            result = ToolResult(call=call, verdict=verdict, resolved=outcome.resolved, answer=answer, cached=cached)
        except ToolError as refused:
            result = ToolResult(call=call, verdict=refused.code.value, error=refused)
        result = replace(result, elapsed_ms=(time.perf_counter() - started) * 1000)
        await self._audit.append(
            Event.CALL, {"turn": budget.turn_id, "asker": asker.satellite, **result_as_json(result)}
        )
        return result

    async def _through(
        self, call: ToolCall, asker: Asker, offered: set[str], budget: TurnBudget
    ) -> tuple[Outcome, bool]:
        """Every check in its order; the outcome, and whether it was remembered. Raises ToolError."""
        _count(budget)
        tool = self._existing(call, asker, offered)
        given = repaired(parsed(call.arguments), tool.arguments, self._arguments)
        arguments = validated(tool.arguments, given)
        _refuse_repeats(tool, arguments, budget)
        self._policy.admit(asker, tool)
        try:
            if tool.effect is Effect.ACT:
                return await self._propose(tool, arguments, asker, budget), False
            return await self._in_time(tool, arguments, asker)
        except ToolError as error:
            error.field = error.field or named_field(error, given)
            raise

    async def _propose(self, tool: Tool, arguments: BaseModel, asker: Asker, budget: TurnBudget) -> Outcome:
        """Calls that act come one at a time, also where a planner makes them all at once."""
        if budget.proposed:
            raise ToolError(ErrorCode.RATE_LIMITED, Reason.ONE_THING)
        budget.proposed = True
        asked = False
        try:
            outcome, _ = await self._in_time(tool, arguments, asker)
            asked = isinstance(outcome.answer, ProposalAnswer)
        finally:
            budget.proposed = asked
        return outcome

    def _existing(self, call: ToolCall, asker: Asker, offered: set[str]) -> Tool:
        existing = {name: self._tools[name] for name in sorted(offered & self._tools.keys())}
        usable = {name: tool for name, tool in existing.items() if self._policy.may_use(asker, tool)}
        if call.name not in usable:
            raise ToolError(
                ErrorCode.UNKNOWN_TOOL, "there is no such tool", received=call.name, suggestion=list(usable)
            )
        return usable[call.name]

    async def _in_time(self, tool: Tool, arguments: BaseModel, asker: Asker) -> tuple[Outcome, bool]:
        """What went wrong inside leaves as a ToolError; its details are for the log."""
        seconds = self._timeout_seconds if tool.timeout_seconds is None else tool.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._remembered(tool, arguments, asker)
        except TimeoutError:
            raise ToolError(ErrorCode.TIMEOUT, f"{tool.name} took longer than {seconds:g} s") from None
        except StoreUnavailable as error:
            _LOG.error("%s could not use the store: %s", tool.name, error)
            raise ToolError(ErrorCode.UNAVAILABLE, str(error)) from error
        except _FAULTS as error:
            # A planner could only repeat the details, and a person make nothing of them.
            _LOG.exception("%s failed", tool.name)
            raise ToolError(ErrorCode.UNAVAILABLE, "the tool failed; the log says why") from error

    async def _remembered(self, tool: Tool, arguments: BaseModel, asker: Asker) -> tuple[Outcome, bool]:
        key = await self._cache.key(tool, arguments, asker) if self._cache and tool.effect is Effect.READ else None
        if self._cache is None or key is None:
            return await tool.run(arguments, asker), False
        return await self._cache.answer(key, lambda: tool.run(arguments, asker))


def _count(budget: TurnBudget) -> None:
    """Every call counts, whatever it is."""
    if budget.calls_left <= 0:
        raise ToolError(ErrorCode.BUDGET_EXHAUSTED, "no calls are left in this turn")
    budget.calls_left -= 1


def _refuse_repeats(tool: Tool, arguments: BaseModel, budget: TurnBudget) -> None:
    key = (tool.name, arguments.model_dump_json())
    budget.seen[key] += 1
    if budget.seen[key] > MOST_IDENTICAL:
        raise ToolError(ErrorCode.DUPLICATE_CALL, "the same call was made before in this turn; use its result")


def result_as_json(result: ToolResult) -> dict[str, Any]:
    """`{tool, arguments, resolved, verdict, result}`, with the arguments as they were received."""
    if result.error is not None:
        body: Mapping[str, Any] = result.error.as_record()
    else:
        body = answer_as_json(result.answer) if result.answer is not None else {}
    return {
        "tool": result.call.name,
        "arguments": _as_received(result.call.arguments),
        "resolved": dict(result.resolved),
        "verdict": result.verdict,
        "cached": result.cached,
        "result": body,
    }


def _as_received(arguments: str) -> Any:
    try:
        return parsed(arguments)
    except ToolError:
        return arguments[:LARGEST_ARGUMENTS]
