"""The contract between any planner and the house: calls in, verdicts out.

A planner (sentences, model, console) emits ToolCall values and gets one ToolResult for each, always.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel

from sensors.home import House
from tools.answers import Answer
from tools.reasons import Reason, told
from tools.sanitise import unmarked, unmarked_json


class Effect(StrEnum):
    """What running a tool can do to the house."""

    READ = "read"
    KEEP = "keep"
    """Changes what the house keeps for its people, such as timers, and moves nothing. No question leads to it."""
    ACT = "act"


class Role(StrEnum):
    OWNER = "owner"
    RESIDENT = "resident"
    GUEST = "guest"


class ErrorCode(StrEnum):
    """Every way in which a call can be refused or fail; closed, each has its spoken sentence."""

    UNKNOWN_TOOL = "unknown_tool"
    BAD_JSON = "bad_json"
    SCHEMA = "schema"
    INCOMPATIBLE = "incompatible"
    """Each argument is allowed, and together they make no sense."""
    UNKNOWN_NAME = "unknown_name"
    AMBIGUOUS_NAME = "ambiguous_name"
    NOT_SUPPORTED = "not_supported"
    OUT_OF_RANGE = "out_of_range"
    NO_DATA = "no_data"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    RATE_LIMITED = "rate_limited"
    DUPLICATE_CALL = "duplicate_call"
    BUDGET_EXHAUSTED = "budget_exhausted"
    NOT_ALLOWED = "not_allowed"
    """The settings, or the switch that stops all acting, are against it."""


class ToolError(Exception):
    """A call was refused or failed for a reason that the contract knows. Its texts are made harmless here.

    `suggestion` is executable. A mapping is arguments to call with instead; a list is the values that are allowed for
    the argument `field`, or where no argument is at fault the names of the tools that there are.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        facts: Mapping[str, str | float] | None = None,
        received: str = "",
        field: str | None = None,
        suggestion: Mapping[str, Any] | Sequence[str | float] | None = None,
    ) -> None:
        self.code = code
        self.reason = message if isinstance(message, Reason) else None
        """By which a person is told in their own language; None where that tells them nothing, or is not known."""
        self.facts: dict[str, str | float] = unmarked_json(facts or {})
        self.message = unmarked(message if self.reason is None else told(self.reason, self.facts))
        super().__init__(self.message)
        self.received = unmarked(received)
        self.field = field
        self.suggestion: dict[str, Any] | list[str | float] | None = unmarked_json(suggestion)

    def as_json(self) -> dict[str, Any]:
        """The shape that a model sees: `{error, message, received, field, suggestion}`."""
        return {
            "error": self.code.value,
            "message": self.message,
            "received": self.received,
            "field": self.field,
            "suggestion": self.suggestion,
        }

    def as_record(self) -> dict[str, Any]:
        """The same with what it takes to say it to a person again; `error_from_record` reads it."""
        reason = self.reason.name.lower() if self.reason is not None else None
        return {**self.as_json(), "reason": reason, "facts": self.facts}


def error_from_record(kept: Mapping[str, Any]) -> ToolError:
    """What `as_record` made an object of, or an earlier version. Raises KeyError or ValueError for others."""
    reason = kept.get("reason")
    return ToolError(
        ErrorCode(kept["error"]),
        Reason[str(reason).upper()] if reason else str(kept["message"]),
        facts=kept.get("facts"),
        received=str(kept["received"]),
        field=kept.get("field"),
        suggestion=kept["suggestion"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and from where. Code and configuration fill this in, never a planner."""

    satellite: str
    """Name of the microphone, console or socket session that the words came in on."""
    room: str | None = None
    role: Role = Role.OWNER
    typed: bool = False
    """True at a keyboard on the daemon's own socket, which only its owner's account can open."""
    by_code: bool = False
    """True where code read the person's words itself; what a model makes of them never is."""

    def may_hear_of(self, satellite: str) -> bool:
        """Of what was wanted there: a guest, of nothing that the people of the house want elsewhere."""
        return self.role is not Role.GUEST or satellite == self.satellite


Visible = Callable[[House, Asker], House]
"""The house as an asker may know it: what is not in it does not exist for them."""


def everything(house: House, _asker: Asker) -> House:
    return house


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call as a planner made it, unchecked."""

    id: str
    name: str
    arguments: str
    """JSON text exactly as received; a planner inside this process serialises its own."""


OK = "ok"
NEEDS_CONFIRMATION = "needs_confirmation"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """The one terminal record of a call."""

    call: ToolCall
    verdict: str
    """`ok`, `needs_confirmation`, or an ErrorCode."""
    resolved: Mapping[str, Any] = field(default_factory=dict)
    """The arguments after names, periods and units were resolved by code."""
    answer: Answer | None = None
    error: ToolError | None = None
    cached: bool = False
    """Whether the answer is one that was given within the last half minute, nothing having changed since."""
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a tool's function returns: the resolved arguments and the answer."""

    resolved: Mapping[str, Any]
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A tool as a planner is told of it: nothing by which it could be run."""

    name: str
    description: str
    """What it does, what it cannot do, and an example; the model reads this."""
    arguments: type[BaseModel]
    effect: Effect
    for_code: bool = False
    """True where only code that read a person's words itself may call it; no model is told of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Offer):
    """A typed function that a planner may ask for."""

    run: Callable[[Any, Asker], Awaitable[Outcome]]
    timeout_seconds: float | None = None
    """None: as long as the desk gives everybody."""
    version: Callable[[], Awaitable[Hashable]] | None = None
    """Of a read: a value that differs as soon as its answer could. None: it is never answered from memory."""

    @property
    def offer(self) -> Offer:
        return Offer(
            name=self.name,
            description=self.description,
            arguments=self.arguments,
            effect=self.effect,
            for_code=self.for_code,
        )


class Policy(Protocol):
    """Who may use what, and how often."""

    def may_use(self, asker: Asker, tool: Offer) -> bool:
        """Whether the tool exists for this asker at all; asked when it is offered and again when it is called."""
        ...

    def admit(self, asker: Asker, tool: Offer) -> None:
        """Counts one call. Raises ToolError(RATE_LIMITED) where there were too many."""
        ...


class Unrestricted:
    """The policy of a house that has none."""

    def may_use(self, asker: Asker, tool: Offer) -> bool:
        return True

    def admit(self, asker: Asker, tool: Offer) -> None:
        return None
