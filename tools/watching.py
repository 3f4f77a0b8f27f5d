"""Whether what is watched for has come about. Pure: what a series says and the time go in, news come out.

A value holds until the next one, or until it is not known any more: its device cannot be reached, or has been silent
for too long. What is not known interrupts what has to last.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is watched for: one of some states, or a number beyond a limit; and for how long it has to be so."""

    states: tuple[str, ...] = ()
    above: bool = False
    limit: float | None = None
    """In the unit of the series; None where states are watched for."""
    slack: float = 0.0
    """By so much it has to go back behind the limit before it is no longer beyond it."""
    hold_ms: int = 0
    silent_after_ms: int | None = None
    """So long after its last word it is not known any more; None: what it said holds for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is known of one series so far. `armed`: the next time that it is so is news."""

    armed: bool
    is_so: bool | None = None
    """None: not known."""
    since_ms: int | None = None
    """Since when it has been so without a break."""
    seen_ms: int | None = None
    """When it last said anything; None: not since it became unknown."""
    heard_ms: int = 0
    """Up to when what it said has been taken into account."""


SO, NOT_SO = "so", "not so"
"""What several that are watched together say as one."""


class NewsKind(StrEnum):
    CAME = "came"
    """What was watched for has come about."""
    LOST = "lost"
    """It cannot be told any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    kind: NewsKind
    at_ms: int
    """When it came about; of what is lost, when it last said anything."""


Step = tuple[Progress, tuple[News, ...]]


def holds(condition: Condition, value: float | str, before: bool | None) -> bool:
    """Whether a value is what is watched for, where it was `before`."""
    if condition.limit is None:
        return value in condition.states
    if isinstance(value, str):
        return False
    beyond = value - condition.limit if condition.above else condition.limit - value
    return beyond > 0 or (before is True and beyond > -condition.slack)


def heard(progress: Progress, condition: Condition, value: float | str, at_ms: int) -> Step:
    """It said something at a time that is not before the last one."""
    waited, news = passed(progress, condition, at_ms)
    is_so = holds(condition, value, waited.is_so)
    since_ms = None
    if is_so:
        since_ms = waited.since_ms if waited.is_so else at_ms
    armed = waited.armed or not is_so
    told, more = _due(
        replace(waited, armed=armed, is_so=is_so, since_ms=since_ms, seen_ms=at_ms, heard_ms=at_ms), condition, at_ms
    )
    return told, (*news, *more)


def passed(progress: Progress, condition: Condition, now_ms: int) -> Step:
    """So late it is now, and nothing was said meanwhile."""
    if progress.is_so is None or progress.seen_ms is None:
        return progress, ()
    silent = condition.silent_after_ms
    until_ms = now_ms if silent is None else min(now_ms, progress.seen_ms + silent)
    waited, news = _due(progress, condition, until_ms)
    if until_ms == now_ms:
        return waited, news
    return lost(waited, waited.seen_ms or until_ms, news)


def lost(progress: Progress, at_ms: int, before: tuple[News, ...] = ()) -> Step:
    """It is not known any more, last seen at `at_ms`; that is news once, until it says something again."""
    if progress.is_so is None:
        return progress, before
    unknown = replace(progress, is_so=None, since_ms=None, seen_ms=None)
    return unknown, (*before, News(kind=NewsKind.LOST, at_ms=at_ms))


def interrupted(progress: Progress, now_ms: int) -> Progress:
    """For a time nobody listened, until now: what has to last begins anew, and it is as fresh as if just said."""
    heard_ms = min(progress.heard_ms, now_ms)
    if progress.is_so is None:
        return replace(progress, heard_ms=heard_ms)
    return replace(progress, since_ms=now_ms if progress.is_so else None, seen_ms=now_ms, heard_ms=heard_ms)


def begun_together(condition: Condition, each: Iterable[Progress], now_ms: int) -> Progress:
    """The progress of several that have to be so at once; what is so already is news only after it was otherwise."""
    begun, _ = together(Progress(armed=condition.hold_ms > 0, heard_ms=now_ms), condition, each, now_ms)
    return begun if begun.is_so is not None else replace(begun, armed=True)


def together(progress: Progress, condition: Condition, each: Iterable[Progress], at_ms: int) -> Step:
    """What it comes to that each of several is as it is now; not known as soon as one is not."""
    so = [one.is_so for one in each]
    if None in so:
        return lost(progress, progress.seen_ms or at_ms)
    return heard(progress, condition, SO if all(so) else NOT_SO, max(at_ms, progress.seen_ms or 0))


def _due(progress: Progress, condition: Condition, now_ms: int) -> Step:
    """What has been so for long enough by now is told, once until it is otherwise."""
    if not (progress.armed and progress.is_so) or progress.since_ms is None:
        return progress, ()
    due_ms = progress.since_ms + condition.hold_ms
    if now_ms < due_ms:
        return progress, ()
    return replace(progress, armed=False), (News(kind=NewsKind.CAME, at_ms=due_ms),)
