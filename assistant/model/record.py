"""A model turn as the audit keeps it, and the same turn taken again from there, without any endpoint."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from assistant.model.assemble import Kind, Message, parse_arguments
from assistant.model.cost import Spent
from assistant.model.endpoint import Json
from assistant.model.exchange import Exchanged, Note
from assistant.model.failure import EndpointFailed
from assistant.model.loop import ModelLoop
from assistant.model.outcome import Answered, ModelOutcome, StoppedBecause
from assistant.model.prompt import ModelRequest
from assistant.wait import Wait
from config.model import ModelSettings
from tools.arguments import ARGUMENTS
from tools.contract import Effect, ErrorCode, Offer, ToolCall, ToolError, ToolResult

_TOO_MANY = 1_000_000_000
"""Tokens."""


def model_as_json(outcome: ModelOutcome) -> dict[str, Any]:
    """What it came to and cost, every request, and everything that the model said. No address, no key, no prompt."""
    request = outcome.request
    return {
        "stopped": outcome.stopped_because.value,
        "text": outcome.text,
        "failure": outcome.failure,
        "limit": outcome.limit,
        "tokens_in": outcome.tokens_in,
        "tokens_out": outcome.tokens_out,
        "estimated": outcome.tokens_estimated,
        "cost": round(outcome.cost, 6),
        "requests": [
            {
                "endpoint": one.endpoint,
                "model": one.model,
                "ok": one.ok,
                "tokens_in": one.tokens_in,
                "tokens_out": one.tokens_out,
                "cost": round(one.cost, 6),
                "ttft_ms": round(one.ttft_ms, 1),
                "generation_ms": round(one.generation_ms, 1),
                "failure": one.failure,
            }
            for one in outcome.attempts
        ],
        "answers": [_answered_as_json(one) for one in outcome.answered],
        "terms": dict(outcome.terms),
        "asked": "" if request is None else request.text,
        "went_before": request is not None and bool(request.history),
        "now": "" if request is None else request.now.isoformat(),
        "offered": [] if request is None else [[offer.name, offer.effect.value] for offer in request.tools],
    }


def _answered_as_json(answered: Answered) -> dict[str, Any]:
    told: dict[str, Any] = {"began_ms": round(answered.began_ms, 1), "elapsed_ms": round(answered.elapsed_ms, 1)}
    if answered.failed is not None:
        told |= {"failed": answered.failed.message, "status": answered.failed.status}
    if answered.message is not None:
        calls = [{"id": call.id, "tool": call.name, "arguments": call.arguments} for call in answered.message.calls]
        # By the line, because the audit keeps no line ends, and a heading is one by its line.
        lines = answered.message.text.splitlines()
        told |= {
            "kind": answered.message.kind.value,
            "text": lines if len(lines) > 1 else "".join(lines),
            "calls": calls,
        }
    return told


def _answered_from_json(kept: Mapping[str, Any]) -> Answered:
    message = failed = None
    if "failed" in kept:
        failed = EndpointFailed(str(kept["failed"]), retryable=False, status=kept["status"])
    if "kind" in kept:
        calls = (
            ToolCall(id=str(one["id"]), name=str(one["tool"]), arguments=str(one["arguments"])) for one in kept["calls"]
        )
        text = kept["text"] if isinstance(kept["text"], str) else "\n".join(map(str, kept["text"]))
        message = Message(kind=Kind(kept["kind"]), text=text, calls=tuple(calls), finish=None, usage=None, size=0)
    return Answered(
        began_ms=float(kept["began_ms"]), elapsed_ms=float(kept["elapsed_ms"]), message=message, failed=failed
    )


@dataclass(slots=True, kw_only=True)
class _Tape:
    """The answers of a turn in order, and how it ended; its clock stands where the turn stood when it asked."""

    answers: Sequence[Answered]
    stopped: StoppedBecause
    wait: Wait = field(default_factory=Wait)
    next: int = 0

    @property
    def over(self) -> bool:
        return self.next >= len(self.answers)

    def clock(self) -> float:
        """Seconds from the beginning of the turn."""
        if not self.over:
            return self.answers[self.next].began_ms / 1000
        return sum((one.began_ms + one.elapsed_ms) / 1000 for one in self.answers[-1:])

    def cut_off(self) -> TimeoutError:
        """Here the turn was ended, by its clock or by a person."""
        self.wait.ended = self.stopped is StoppedBecause.CANCELLED
        return TimeoutError()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    """Answers as they were recorded, whatever is asked."""

    tape: _Tape
    final_by_facts: bool
    next: None = None

    def ahead(self, tokens_in: int) -> Spent:
        """Too dear, where then too the next request was not made because of that."""
        too_dear = self.tape.over and self.tape.stopped is StoppedBecause.SPENT
        return Spent(tokens_in=_TOO_MANY if too_dear else 0)

    async def ask(self, messages: list[Json], extra: Mapping[str, Any], *, deadline: float, note: Note) -> Exchanged:
        if self.tape.over:
            raise EndpointFailed("nothing more is on the record", retryable=False)
        answered = self.tape.answers[self.tape.next]
        self.tape.next += 1
        if answered.failed is not None:
            raise answered.failed
        if answered.message is None:
            raise self.tape.cut_off()
        return Exchanged(message=answered.message, ttft_ms=0.0, generation_ms=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retaken:
    """What a recorded turn comes to when it is taken again, and the calls that reached the tools."""

    outcome: ModelOutcome
    calls: Sequence[ToolCall]


async def retake(
    kept: Mapping[str, Any], *, results: Sequence[ToolResult], say: Callable[[ToolResult], str]
) -> Retaken:
    """The same messages and the same results through the same loop. `kept` is what `model_as_json` made.

    Raises KeyError or ValueError where it is not.
    """
    answers = [_answered_from_json(one) for one in kept["answers"]]
    tape = _Tape(answers=answers, stopped=StoppedBecause(kept["stopped"]))
    terms = dict(kept["terms"])
    by_facts, has_decider = bool(terms.pop("final_by_facts")), bool(terms.pop("decider"))
    now, offered = datetime.fromisoformat(kept["now"]), _offered(kept["offered"])
    # That something was said before decides; what it was is nobody's business any more.
    before = (("", ""),) if kept.get("went_before") else ()
    request = ModelRequest(text=str(kept["asked"]), now=now, tools=offered, history=before, wait=tape.wait)
    loop = ModelLoop(
        exchange=_Recorded(tape=tape, final_by_facts=by_facts),
        decider=_Recorded(tape=tape, final_by_facts=by_facts) if has_decider else None,
        settings=ModelSettings.model_validate(terms),
        say=say,
        clock=tape.clock,
    )
    left, made = list(results), list[ToolCall]()
    ends_early = tape.stopped in {StoppedBecause.TIME, StoppedBecause.CANCELLED}

    async def call(wanted: ToolCall) -> ToolResult:
        made.append(wanted)
        for place, result in enumerate(left):
            if _same(result.call) == _same(wanted):
                del left[place]
                if tape.over and ends_early and result.verdict == ErrorCode.TIMEOUT:
                    break  # not the tool took too long, the turn was over
                return replace(result, call=wanted)
        if ends_early:
            raise tape.cut_off()
        error = ToolError(ErrorCode.UNAVAILABLE, "no answer to this call is on the record")
        return ToolResult(call=wanted, verdict=error.code.value, error=error)

    return Retaken(outcome=await loop.run(request, call), calls=tuple(made))


def _same(call: ToolCall) -> tuple[str, Any]:
    parsed = parse_arguments(call.arguments)
    return call.name, call.arguments if parsed is None else parsed


def _offered(kept: Sequence[Sequence[str]]) -> tuple[Offer, ...]:
    """Tools of which only name and effect are known any more; what they were told to be decides nothing here."""
    return tuple(
        Offer(name=name, description="", arguments=ARGUMENTS.get(name, BaseModel), effect=Effect(effect))
        for name, effect in kept
    )
