"""What is to be done for the requests of one sentence, in which order: answers first, one question for all orders last.

Pure: requests in, calls out. Several orders become one call, so that a person is asked once for all of them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.sentences.fragments import ACTS
from assistant.sentences.requests import Request
from tools.contract import ErrorCode, ToolCall, ToolError, ToolResult

_ASKED_BACK = frozenset({ErrorCode.AMBIGUOUS_NAME})


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One call to make, or one small answer to give."""

    call: ToolCall | None = None
    small_talk: str | None = None
    level: float | None = None
    may_act: bool = False
    recalled: bool = False
    """Whether a name in it comes from what was spoken of before."""


def errands_of(requests: Sequence[Request]) -> tuple[Errand, ...]:
    """In the order in which they are to be answered; all orders are one, the last."""
    errands = [
        Errand(
            call=call,
            small_talk=request.plan.small_talk,
            level=request.plan.level,
            may_act=request.may_act,
            recalled=request.recalled,
        )
        for request in requests
        for call in (request.plan.calls or (None,))
    ]
    orders = [one for one in errands if one.call is not None and one.call.name in ACTS and one.may_act]
    others = [one for one in errands if one not in orders]
    told = [*others, *([_together(orders)] if orders else [])]
    return tuple(one if one.call is None else _numbered(one, number) for number, one in enumerate(told, 1))


def _numbered(errand: Errand, number: int) -> Errand:
    return replace(errand, call=replace(errand.call, id=f"sentence-{number}")) if errand.call else errand


def _together(orders: Sequence[Errand]) -> Errand:
    calls = [order.call for order in orders if order.call is not None]
    return Errand(
        call=calls[0] if len(calls) == 1 else together([one for call in calls for one in single(call)]),
        may_act=True,
        recalled=any(order.recalled for order in orders),
    )


def single(call: ToolCall) -> list[dict[str, object]]:
    """The orders that a call holds."""
    given = json.loads(call.arguments)
    return list(given["orders"]) if call.name == "control_devices" else [given]


def together(orders: Sequence[dict[str, object]], call_id: str = "sentence-1") -> ToolCall:
    """The call for all of these orders."""
    if len(orders) == 1:
        return ToolCall(id=call_id, name="control_device", arguments=json.dumps(orders[0]))
    return ToolCall(id=call_id, name="control_devices", arguments=json.dumps({"orders": list(orders)}))


def without_failed(result: ToolResult) -> ToolCall | None:
    """The same orders without the one that cannot be done; None where it is not one of several that is at fault.

    Where several things are called alike nothing is left out: a person is asked which is meant.
    """
    error = result.error
    if error is None or result.call.name != "control_devices" or error.code in _ASKED_BACK:
        return None
    place = (error.field or "").split(".")
    if len(place) != 3:
        return None
    orders = single(result.call)
    del orders[int(place[1])]
    return together(orders, f"{result.call.id}b")


def without_hint(error: ToolError) -> ToolError:
    """As it is said of one order of several: what else could have been meant is no second question."""
    return ToolError(error.code, error.message, received=error.received, field=error.field)
