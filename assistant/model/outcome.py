"""What a model turn came to, with all that its decisions rest on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assistant.model.assemble import Message
from assistant.model.cost import Attempt
from assistant.model.failure import EndpointFailed
from assistant.model.prompt import ModelRequest
from tools.contract import OK, ToolResult


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
    SPENT = "spent"
    """The next request could break a limit of the settings."""
    CANCELLED = "cancelled"
    """Somebody ended it: said stop, or the program comes to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one question to the model brought: a message or a failure; neither where it was cut off."""

    began_ms: float
    """From the beginning of the turn."""
    elapsed_ms: float
    message: Message | None = None
    failed: EndpointFailed | None = None


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
    cost: float = 0.0
    """In the currency of the settings."""
    limit: str = ""
    """The setting that allows no more, where it stopped because of that."""
    attempts: tuple[Attempt, ...] = ()
    """Every request, also those that failed."""
    answered: tuple[Answered, ...] = ()
    """What was asked brought, in order; with the results it decides all the rest."""
    request: ModelRequest | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)
    """The settings that it was bound by, whether a smaller model decided, whether a last answer went without tools."""

    @property
    def misset(self) -> bool:
        """Whether the endpoint wants a setting changed."""
        failed = self.answered[-1].failed if self.answered else None
        return failed is not None and failed.misset

    @property
    def best(self) -> ToolResult | None:
        """The result that code can speak: the newest that is ok."""
        return next((result for result in reversed(self.results) if result.verdict == OK), None)
