"""A reply in the making, and what results come to in code's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.model.outcome import ModelOutcome
from assistant.replies.replies import Replies
from assistant.sentences.fragments import Subject
from assistant.values import Planner
from tools.contract import NEEDS_CONFIRMATION, OK, ErrorCode, ToolResult
from tools.executor import Receipt
from tools.timer_calls import TIMER_TOOLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A reply in the making."""

    text: str
    planner: Planner
    results: tuple[ToolResult, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    tokens: int = 0
    model: ModelOutcome | None = None
    """All of a turn that went to the model, for the record."""
    intent: str = ""
    """Which sentence was understood, where it was one."""
    answered: str | None = None
    """The proposal that the person's words answered."""
    receipts: tuple[Receipt, ...] = ()
    """What came of what was done in this turn."""
    about: Subject | None = None
    """What was spoken of before, where the words were understood by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What came of a call, and of what was left of it."""

    text: str
    results: tuple[ToolResult, ...]
    receipts: tuple[Receipt, ...] = ()
    """Where the settings let the order itself be enough."""

    @property
    def of_timers(self) -> bool:
        return all(result.call.name in TIMER_TOOLS for result in self.results)


def tool_of(result: ToolResult) -> str:
    """Which tool was called, for logs and counts: a name that a model made up is nothing for either."""
    return "unknown" if result.verdict == ErrorCode.UNKNOWN_TOOL else result.call.name


def rendered(results: Sequence[ToolResult], replies: Replies) -> str:
    """The results in code's words; a question to the person comes last, where it will be answered."""
    answered = [result for result in results if result.answer is not None and result.verdict == OK]
    proposed = [result for result in results if result.answer is not None and result.verdict == NEEDS_CONFIRMATION]
    spoken = [replies.answer(result.answer) for result in answered + proposed if result.answer is not None]
    if spoken:
        return " ".join(dict.fromkeys(spoken))
    failed = [replies.error(result.error) for result in results if result.error is not None]
    return failed[-1] if failed else ""
