"""The calls of one turn: which may run, which are refused, and one terminal record for each.

Feeds no model and runs no tool. What it refuses itself never reaches the contract.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.model.assemble import parse_arguments
from tools.contract import NEEDS_CONFIRMATION, OK, Effect, ErrorCode, ToolCall, ToolError, ToolResult

REPEATS_TO_TRIP = 3
_WORTH_REPEATING = frozenset({ErrorCode.TIMEOUT.value, ErrorCode.UNAVAILABLE.value})


@dataclass(slots=True, kw_only=True)
class Ledger:
    """`offered` gives the effect of each tool that this turn may use."""

    offered: Mapping[str, Effect]
    most_calls: int
    tripped: bool = False
    """True once the same call was made three times: the model goes round in a circle."""
    _issued: dict[str, ToolCall] = field(default_factory=dict)
    _results: dict[str, ToolResult] = field(default_factory=dict)
    _times: Counter[str] = field(default_factory=Counter)
    _last_verdict: dict[str, str] = field(default_factory=dict)
    _dispatched: int = 0

    @property
    def results(self) -> tuple[ToolResult, ...]:
        """In the order of the calls, those that have ended."""
        return tuple(self._results[call_id] for call_id in self._issued if call_id in self._results)

    @property
    def exhausted(self) -> bool:
        return self._dispatched >= self.most_calls

    @property
    def answered(self) -> bool:
        return any(result.verdict == OK for result in self._results.values())

    def is_act(self, call: ToolCall) -> bool:
        """A tool that is not offered counts as a read: the contract refuses it, whatever it would have done."""
        return self.offered.get(call.name) is Effect.ACT

    def issue(self, calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
        """Takes the calls of one message, each under an id that this turn has not seen."""
        issued = []
        for call in calls:
            call_id = call.id
            while call_id in self._issued:
                call_id = f"{call.id}_{len(self._issued)}"
            self._issued[call_id] = replace(call, id=call_id)
            issued.append(self._issued[call_id])
        return tuple(issued)

    def admit(self, calls: Sequence[ToolCall]) -> tuple[list[ToolCall], list[ToolCall]]:
        """The reads and the at most one act among `calls` that may run; the others are recorded as refused."""
        reads: list[ToolCall] = []
        acts: list[ToolCall] = []
        for call in calls:
            refusal = self._refusal(call, acts)
            if refusal is not None:
                self.record(ToolResult(call=call, verdict=refusal.code.value, error=refusal))
                continue
            self._dispatched += 1
            (acts if self.is_act(call) else reads).append(call)
        return reads, acts

    def record(self, result: ToolResult) -> None:
        """The one terminal record of a call; a second one is not taken."""
        if result.call.id not in self._results:
            self._results[result.call.id] = result
            self._last_verdict[_same(result.call)] = result.verdict

    def close(self) -> None:
        """Every call that is still open ends here, as one that ran out of time."""
        for call_id, call in self._issued.items():
            if call_id not in self._results:
                self._results[call_id] = out_of_time(call)

    def wants_confirmation(self) -> bool:
        return any(result.verdict == NEEDS_CONFIRMATION for result in self._results.values())

    def _refusal(self, call: ToolCall, acts: Sequence[ToolCall]) -> ToolError | None:
        same = _same(call)
        self._times[same] += 1
        self.tripped = self.tripped or self._times[same] >= REPEATS_TO_TRIP
        if self._times[same] > 1 and not self._may_repeat(call, same):
            return ToolError(
                ErrorCode.DUPLICATE_CALL, "this very call was made before; use its answer", received=call.name
            )
        if self.exhausted:
            return ToolError(
                ErrorCode.BUDGET_EXHAUSTED, f"no more than {self.most_calls} calls in one turn; answer now"
            )
        if acts and self.is_act(call):
            return ToolError(ErrorCode.BUDGET_EXHAUSTED, "only one act at a time; the person is asked about the first")
        return None

    def _may_repeat(self, call: ToolCall, same: str) -> bool:
        """A read that failed for want of time may be tried once more; an act never is."""
        failed = self._last_verdict.get(same) in _WORTH_REPEATING
        return failed and not self.is_act(call) and self._times[same] < REPEATS_TO_TRIP


def _same(call: ToolCall) -> str:
    """Equal for calls that differ in spelling only: key order and white space."""
    arguments = parse_arguments(call.arguments)
    canonical = call.arguments if arguments is None else json.dumps(arguments, sort_keys=True)
    return f"{call.name}\n{canonical}"


def out_of_time(call: ToolCall) -> ToolResult:
    """Of a call that the turn did not wait for."""
    error = ToolError(ErrorCode.TIMEOUT, "the turn ended before this call did")
    return ToolResult(call=call, verdict=error.code.value, error=error)
