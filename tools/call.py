"""The one way through for every call, whoever planned it; the only caller of a tool's function.

offered? -> budget, repeats -> parse -> schema -> run (names, rules, gate) with a timeout -> audit -> one ToolResult.
"""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from sensors.database import StoreUnavailable
from tools.answers import ProposalAnswer, answer_as_json
from tools.audit import Audit, Event
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

LARGEST_ARGUMENTS = 4_096
"""Characters of argument JSON that are looked at; more is refused unread."""

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

    def __init__(self, tools: Sequence[Tool], *, audit: Audit, timeout_seconds: float) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._audit = audit
        self._timeout_seconds = timeout_seconds

    def offered(self, *, may_act: bool) -> tuple[Tool, ...]:
        """The tools for a turn; a question is shown none that acts."""
        return tuple(tool for tool in self._tools.values() if may_act or tool.effect is Effect.READ)

    async def call(self, call: ToolCall, asker: Asker, offered: Sequence[Tool], budget: TurnBudget) -> ToolResult:
        """Always returns, with a verdict; only what is broken in this program raises. The record is written first.

        Raises StoreUnavailable where the audit cannot be written.
        """
        started = time.perf_counter()
        resolved: Mapping[str, Any] = {}
        answer = None
        error = None
        try:
            outcome = await self._run(call, asker, {tool.name for tool in offered}, budget)
            resolved, answer = outcome.resolved, outcome.answer
            verdict = NEEDS_CONFIRMATION if isinstance(answer, ProposalAnswer) else OK
        except ToolError as refused:
            error, verdict = refused, refused.code.value
        result = ToolResult(
            call=call,
            verdict=verdict,
            resolved=resolved,
            answer=answer,
            error=error,
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )
        await self._audit.append(
            Event.CALL, {"turn": budget.turn_id, "asker": asker.satellite, **result_as_json(result)}
        )
        return result

    async def _run(self, call: ToolCall, asker: Asker, offered: set[str], budget: TurnBudget) -> Outcome:
        tool = self._tools.get(call.name)
        if tool is None or call.name not in offered:
            raise ToolError(
                ErrorCode.UNKNOWN_TOOL, "there is no such tool", received=call.name, suggestion=sorted(offered)
            )
        _spend(call, tool, budget)
        arguments = _validated(tool.arguments, _parsed(call.arguments))
        try:
            async with asyncio.timeout(self._timeout_seconds):
                outcome = await tool.run(arguments, asker)
        except TimeoutError:
            raise ToolError(ErrorCode.TIMEOUT, f"{tool.name} took longer than {self._timeout_seconds:g} s") from None
        except StoreUnavailable as error:
            _LOG.error("%s could not use the store: %s", tool.name, error)
            raise ToolError(ErrorCode.UNAVAILABLE, str(error)) from error
        except _FAULTS as error:
            # The details are for the log: a planner could only repeat them, and a person make nothing of them.
            _LOG.exception("%s failed", tool.name)
            raise ToolError(ErrorCode.UNAVAILABLE, "the tool failed; the log says why") from error
        if isinstance(outcome.answer, ProposalAnswer):
            budget.proposed = True
        return outcome


def _spend(call: ToolCall, tool: Tool, budget: TurnBudget) -> None:
    if budget.calls_left <= 0:
        raise ToolError(ErrorCode.BUDGET_EXHAUSTED, "no calls are left in this turn")
    budget.calls_left -= 1
    key = (call.name, _canonical(call.arguments))
    budget.seen[key] += 1
    if budget.seen[key] > MOST_IDENTICAL:
        raise ToolError(ErrorCode.DUPLICATE_CALL, "the same call was made before in this turn; use its result")
    if tool.effect is Effect.ACT and budget.proposed:
        raise ToolError(ErrorCode.RATE_LIMITED, "one proposal a turn: the person is being asked already")


def _canonical(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments[:LARGEST_ARGUMENTS]), sort_keys=True)
    except (ValueError, RecursionError):
        return arguments[:LARGEST_ARGUMENTS]


def _parsed(arguments: str) -> dict[str, Any]:
    """The arguments as an object. Fails closed: no duplicate keys, no NaN or Infinity, nothing but an object."""
    if len(arguments) > LARGEST_ARGUMENTS:
        raise _bad_json(f"the arguments are longer than {LARGEST_ARGUMENTS} characters", arguments)
    try:
        parsed = json.loads(arguments, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _bad_json(f"the arguments are not JSON: {error}", arguments) from error
    if not isinstance(parsed, dict):
        raise _bad_json("the arguments must be a JSON object", arguments)
    return parsed


def _bad_json(message: str, arguments: str) -> ToolError:
    return ToolError(ErrorCode.BAD_JSON, message, received=arguments)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice")
    return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _validated(model: type[BaseModel], arguments: dict[str, Any]) -> BaseModel:
    try:
        return model.model_validate_json(json.dumps(arguments), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "arguments"
        allowed = _allowed(model, str(first["loc"][0])) if first["loc"] else None
        received = "" if first["type"] == "missing" else str(first.get("input", ""))
        raise ToolError(ErrorCode.SCHEMA, f"{where}: {first['msg']}", received=received, suggestion=allowed) from error


def _allowed(model: type[BaseModel], name: str) -> list[str]:
    """The values that a field may take, or examples of them; else its types, or the fields that there are."""
    if name not in model.model_fields:
        return list(model.model_fields)
    schema = model.model_json_schema()
    parts = schema["properties"][name]
    choices = parts.get("anyOf", [parts])
    for choice in choices:
        definition = schema.get("$defs", {}).get(choice.get("$ref", "").rsplit("/", 1)[-1], choice)
        if values := definition.get("enum") or definition.get("examples"):
            return [str(value) for value in values]
    return [str(choice.get("type", "")) for choice in choices]


def result_as_json(result: ToolResult) -> dict[str, Any]:
    """`{tool, arguments, resolved, verdict, result}`, with the arguments as they were received."""
    if result.error is not None:
        body: Mapping[str, Any] = result.error.as_json()
    else:
        body = answer_as_json(result.answer) if result.answer is not None else {}
    return {
        "tool": result.call.name,
        "arguments": _as_received(result.call.arguments),
        "resolved": dict(result.resolved),
        "verdict": result.verdict,
        "result": body,
    }


def _as_received(arguments: str) -> Any:
    try:
        return _parsed(arguments)
    except ToolError:
        return arguments[:LARGEST_ARGUMENTS]
