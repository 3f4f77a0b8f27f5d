"""What passes between listening, deciding and speaking."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.wait import Wait
from tools.contract import Asker, ToolResult


class Planner(StrEnum):
    """Who decided what a turn does."""

    INTERCEPTOR = "interceptor"
    SENTENCES = "sentences"
    MODEL = "model"
    NONE = "none"


class Expects(StrEnum):
    """What the assistant waits for after it has spoken; only code sets it, never a model's text."""

    NOTHING = "nothing"
    CONFIRMATION = "confirmation"
    PIN = "pin"
    CHOICE = "choice"
    """Which of several is meant; whatever is answered, nothing is agreed to by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Something that a person said or typed."""

    text: str
    asker: Asker
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    """What it took to get from sound to text: `endpoint`, `transcribe`."""
    wait: Wait = field(default_factory=Wait, compare=False, repr=False)
    """Whoever waits for the reply: is told when it takes long, and may give up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The one spoken end of a turn."""

    turn_id: str
    text: str
    planner: Planner
    results: tuple[ToolResult, ...] = ()
    expects: Expects = Expects.NOTHING
    proposal_id: str | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
