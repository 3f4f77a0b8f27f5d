"""What is left unsaid in a follow-up, put together from what was said before: calls in, calls out. Pure.

`And in the bedroom?` is the last call with another place in it; `the lamp too` the last order with another thing. What
cannot be put together so is nothing: no value is ever guessed.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tools.arguments import ARGUMENTS, AnswerKind
from tools.contract import ToolCall

ACTS = frozenset({"control_device", "control_devices"})
KEEPS = frozenset({"set_timer", "cancel_timer", "set_watch", "cancel_watch"})
_CHANGING = ACTS | KEEPS
_OF_A_PERIOD = frozenset({"mean", "minimum", "maximum", "total", "count", "duration", "trend"})
_FIGURES = frozenset({"latest", "mean", "minimum", "maximum", "trend"})
"""Answers that every quantity with numbers has."""

Arguments = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was last spoken of on a satellite: what was asked for, and what it was about."""

    calls: tuple[ToolCall, ...]
    things: tuple[str, ...] = ()
    """Names, each of which leads to what was meant; a group that was named as one is one."""
    places: tuple[str, ...] = ()
    quantity: str | None = None
    """What the things mainly report, where that is the same of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a follow-up says; everything else stays as it was."""

    thing: str | None = None
    place: str | None = None
    quantity: str | None = None
    period: str | None = None
    answer: str | None = None
    timer: str | None = None
    """Kind of timer."""
    name: str | None = None
    asking: bool = False
    """Whether it can only be a question."""

    @property
    def of_time(self) -> bool:
        return self.period is not None or self.answer is not None


def acting(call: ToolCall) -> bool:
    """Whether a call changes anything; a question must never come to such."""
    return call.name in _CHANGING


def changed(subject: Subject, change: Change, noun: Callable[[str], str | None]) -> ToolCall | None:
    """The last call with the change in it; None where the two do not go together.

    `noun` is the word for one thing of a kind, by its quantity.
    """
    base = subject.calls[-1]
    given = _arguments(base)
    if given is None:
        return None
    if base.name == "query_sensors":
        return _made(base, base.name, _query(given, change, subject, noun))
    if base.name == "describe_house":
        where = change.place if _only(change, "place") else None
        return _made(base, base.name, {**given, "where": where} if where else None)
    if base.name in ACTS:
        return _act(base, given, change, subject, noun)
    if base.name in {"list_timers", "cancel_timer"} and change.timer and not (change.asking and acting(base)):
        return _made(base, base.name, {**given, "kind": change.timer, "name": change.name})
    return None


def _arguments(call: ToolCall) -> Arguments | None:
    try:
        given = json.loads(call.arguments)
    except ValueError:
        return None
    return given if isinstance(given, dict) else None


def _only(change: Change, *fields: str) -> bool:
    said = {name for name in ("thing", "place", "quantity", "period", "answer", "timer") if getattr(change, name)}
    return bool(said) and said <= set(fields)


def _made(base: ToolCall, name: str, arguments: Arguments | None) -> ToolCall | None:
    """A call that its tool takes; None where it does not."""
    if arguments is None:
        return None
    try:
        fitting = ARGUMENTS[name].model_validate_json(json.dumps(arguments))
    except ValidationError:
        return None
    return ToolCall(id=base.id, name=name, arguments=json.dumps(fitting.model_dump(mode="json")))


def _query(given: Arguments, change: Change, subject: Subject, noun: Callable[[str], str | None]) -> Arguments | None:
    if change.timer or given.get("versus") or given.get("versus_period"):
        return None
    asked = dict(given)
    if change.quantity is not None:
        if asked["answer"] not in _FIGURES:
            asked |= {"answer": AnswerKind.LATEST, "period": None}
        asked |= {"quantity": change.quantity, "state": None, "comparison": None, "threshold": None, "unit": None}
    if change.of_time and not _in_time(asked, change):
        return None
    if change.thing is not None or change.place is not None:
        asked["where"] = _named(asked.get("where"), change, subject, noun, of_device=_of_device(asked))
        if asked["where"] is None:
            return None
    return asked


def _in_time(asked: Arguments, change: Change) -> bool:
    """Puts the period or the figure in; False where such an answer has none."""
    if change.answer is not None:
        if asked["answer"] not in _FIGURES or asked["state"] is not None:
            return False
        period = change.period or asked["period"] or ("last_24_hours" if change.answer != "trend" else None)
        asked |= {"answer": change.answer, "period": period}
    elif asked["answer"] == AnswerKind.LATEST and asked["state"] is None and asked["quantity"] is not None:
        # What was so over a time is a mean; `now` and `then` are not the same question.
        asked |= {"answer": AnswerKind.MEAN, "period": change.period}
    elif asked["answer"] in _OF_A_PERIOD:
        asked["period"] = change.period
    else:
        return False
    return True


def _of_device(asked: Arguments) -> bool:
    """Whether it is asked of one device, and not of a room or of all there are."""
    return asked["answer"] != AnswerKind.LIST and (asked["state"] is not None or asked["quantity"] is None)


def _act(
    base: ToolCall, given: Arguments, change: Change, subject: Subject, noun: Callable[[str], str | None]
) -> ToolCall | None:
    if not _only(change, "thing", "place"):
        return None
    orders: Sequence[Arguments] = given["orders"] if base.name == "control_devices" else [given]
    first = orders[0]
    if any({**order, "what": ""} != {**first, "what": ""} for order in orders):
        return None
    old = first["what"] if len(orders) == 1 else None
    what = _named(old, change, subject, noun, of_device=True)
    if what is None:
        return None
    if change.asking:
        blank: Arguments = dict.fromkeys(ARGUMENTS["query_sensors"].model_fields)
        return _made(base, "query_sensors", {**blank, "answer": AnswerKind.LATEST, "where": what})
    return _made(base, "control_device", {**first, "what": what})


def _named(
    old: str | None,
    change: Change,
    subject: Subject,
    noun: Callable[[str], str | None],
    *,
    of_device: bool,
) -> str | None:
    """What it is about now: the thing that was named; or the same kind of thing in the place that was named."""
    if change.thing is not None:
        return f"{change.place} {change.thing}" if change.place else change.thing
    place = str(change.place)
    if not of_device or old is None or old in subject.places:
        return place
    if rest := _within(old, subject.places):
        return f"{place} {rest}"
    kind = noun(subject.quantity) if subject.quantity is not None else None
    return f"{place} {kind}" if kind is not None else None


def _within(name: str, places: Collection[str]) -> str:
    """`window` of `kitchen window`, where the kitchen is a place."""
    return next((name.removeprefix(f"{place} ") for place in places if name.startswith(f"{place} ")), "")


def change_of(slots: Mapping[str, str | float], period: str | None, *, asking: bool) -> Change:
    """From what a form was said with; `period` by its name."""
    said = {name: str(slots[name]) for name in ("thing", "place", "quantity", "answer", "name") if name in slots}
    return Change(period=period, timer=str(slots["kind"]) if "kind" in slots else None, asking=asking, **said)
