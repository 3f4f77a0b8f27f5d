"""A question that code asked back, and the answer to it: which one is meant. Performs nothing.

Only a tool's own error opens one. The answer puts a name into the call that was asked for and nothing else, so that
everything that guards a call guards this one too: to say which lamp, or yes to `did you mean`, agrees to nothing.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tools.contract import Asker, ErrorCode, ToolCall, ToolResult

ANSWER_SECONDS = 15.0
"""From the end of the question."""
MOST_REPEATS = 2

_NAMING = ("what", "where", "versus", "name")
"""Arguments that hold a name in the person's own words; the last may have been left out: `cancel the timer`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked back, and the call that waits for the answer."""

    call: ToolCall
    argument: str
    """Which of the call's arguments is in question; `1.what` for that of the second of several orders."""
    candidates: tuple[str, ...]
    text: str
    """As it was spoken."""
    guess: bool
    """True where nothing was called so: what is proposed instead was never said by the person."""
    asker: Asker
    may_act: bool
    """Whether the request was an order; what was asked as a question stays one."""
    until_seconds: float = 0.0
    repeats: int = 0


class OpenQuestions:
    """What was asked back on each satellite and waits for its answer: at most one, for a short time, once."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open: dict[str, Question] = {}

    def ask(self, results: Sequence[ToolResult], text: str, asker: Asker, *, may_act: bool) -> None:
        """Opens the question that `text` puts, where the results ask one; it takes the place of any older one."""
        self.drop(asker.satellite)
        question = asked_back(results, text, asker, may_act=may_act)
        if question is not None:
            self._put(question)

    def candidates(self, satellite: str) -> tuple[str, ...]:
        """Between which one is to choose now; none where nothing is asked."""
        question = self._open.get(satellite)
        return question.candidates if question and self._monotonic() < question.until_seconds else ()

    def take(self, asker: Asker) -> Question | None:
        """The question that this person may answer now. It is closed by being taken, whoever speaks."""
        question = self._open.pop(asker.satellite, None)
        if question is None or self._monotonic() >= question.until_seconds:
            return None
        return question if replace(question.asker, by_code=False) == replace(asker, by_code=False) else None

    def put_again(self, question: Question) -> bool:
        """Opens it once more; False where it was put often enough."""
        if question.repeats >= MOST_REPEATS:
            return False
        self._put(replace(question, repeats=question.repeats + 1))
        return True

    def spoken(self, satellite: str) -> None:
        """The question has been heard in full: the time for an answer starts now."""
        question = self._open.get(satellite)
        if question is not None:
            self._put(question)

    def drop(self, satellite: str) -> None:
        self._open.pop(satellite, None)

    def _put(self, question: Question) -> None:
        until = self._monotonic() + ANSWER_SECONDS
        self._open[question.asker.satellite] = replace(question, until_seconds=until)


def asks_which(results: Sequence[ToolResult]) -> bool:
    """Whether all that came of a turn is a name that led to several things, or to none."""
    errors = [result.error.code for result in results if result.error is not None]
    return len(results) == 1 and errors in ([ErrorCode.AMBIGUOUS_NAME], [ErrorCode.UNKNOWN_NAME])


def asked_back(results: Sequence[ToolResult], text: str, asker: Asker, *, may_act: bool) -> Question | None:
    """The question which of several is meant; None where nothing is asked, or nothing is there to choose from."""
    error = results[0].error if asks_which(results) else None
    candidates = error.suggestion if error is not None and isinstance(error.suggestion, list) else []
    argument = _holding(error.received, results[0].call) if error is not None else None
    if error is None or argument is None or not candidates:
        return None
    return Question(
        call=results[0].call,
        argument=argument,
        candidates=tuple(str(one) for one in candidates),
        text=text,
        guess=error.code is ErrorCode.UNKNOWN_NAME,
        asker=asker,
        may_act=may_act,
    )


def _holding(name: str, call: ToolCall) -> str | None:
    """The argument in which the name was given."""
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        return None
    given = arguments if isinstance(arguments, dict) else {}
    if not name:
        return "name" if "name" in given and given["name"] is None else None
    orders = given.get("orders")
    if isinstance(orders, list):
        return next((f"{at}.what" for at, order in enumerate(orders) if order["what"] == name), None)
    return next((argument for argument in _NAMING if given.get(argument) == name), None)


def call_with(question: Question, name: str) -> ToolCall:
    """The call that was asked for, with the name of the one that is meant."""
    arguments = json.loads(question.call.arguments)
    at, _, argument = question.argument.rpartition(".")
    changed = arguments["orders"][int(at)] if at else arguments
    changed[argument] = name
    return replace(question.call, arguments=json.dumps(arguments))
