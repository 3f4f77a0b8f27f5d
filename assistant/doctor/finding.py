"""What a look at one part of the assistant came to. Every check of the doctor gives these, and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a part is; the order is from good to bad."""

    OK = "ok"
    DEGRADED = "degraded"
    """It works, but less well or less safely than it could, or will not for long."""
    BROKEN = "broken"
    """What it is there for does not work."""


EXIT_CODES = {State.OK: 0, State.DEGRADED: 1, State.BROKEN: 2}
_WORSE = tuple(State)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    part: str
    state: State
    found: str
    """The evidence, in plain words."""
    fix: str = ""
    """What to do; empty where all is well."""


def ok(part: str, found: str) -> Finding:
    return Finding(part=part, state=State.OK, found=found)


def degraded(part: str, found: str, fix: str) -> Finding:
    return Finding(part=part, state=State.DEGRADED, found=found, fix=fix)


def broken(part: str, found: str, fix: str) -> Finding:
    return Finding(part=part, state=State.BROKEN, found=found, fix=fix)


def told(
    part: str,
    state: State,
    sentence: str,
    fix: str = "the assistant's log tells more",
    *,
    marks: Sequence[str] = ("; ", ": "),
) -> Finding:
    """From one of the sentences of errors, which name the fault, and after a semicolon or colon the fix.

    `fix` is for one that names none.
    """
    for mark in marks:
        fault, _, remedy = sentence.partition(mark)
        if " " in remedy:
            return Finding(part=part, state=state, found=fault, fix=remedy)
    return Finding(part=part, state=state, found=sentence, fix=fix)


def worst(findings: Iterable[Finding]) -> State:
    return max((one.state for one in findings), key=_WORSE.index, default=State.OK)
