"""What was last spoken of on each satellite, for a short time: so that `it` and `and in the bedroom?` mean something.

Kept apart by satellite, by room and by role: nobody learns from a follow-up what another person asked.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assistant.sentences.fragments import Subject
from sensors.home import House
from sensors.reading import Entity
from tools.answers import (
    AggregateAnswer,
    AlreadyAnswer,
    Answer,
    CompareAnswer,
    ExampleAnswer,
    HouseAnswer,
    LastChangeAnswer,
    LatestAnswer,
    ListAnswer,
    ProposalAnswer,
    StateAnswer,
    TimerRow,
    TimersAnswer,
    TimersCancelledAnswer,
    TimerSetAnswer,
    TrendAnswer,
    UpkeepAnswer,
)
from tools.arguments import ARGUMENTS, MOST_ORDERS
from tools.contract import Asker, ErrorCode, ToolCall, ToolError, ToolResult
from tools.names import fold, spoken_name
from tools.parsing import parsed, repaired, validated

WINDOW_SECONDS = 60.0
"""From the end of the reply; what was spoken of longer ago has to be named."""
_NOT_HEARD = frozenset({ErrorCode.UNKNOWN_TOOL, ErrorCode.BAD_JSON, ErrorCode.SCHEMA, ErrorCode.DUPLICATE_CALL})
"""Calls that ended so were never anything that a person could have meant."""

TimerNoun = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    subject: Subject
    until_seconds: float
    fresh: bool
    """Whether the reply that was about it is still being spoken."""


class Subjects:
    """At most one for each place, room and role; the newest."""

    def __init__(self, monotonic: Callable[[], float], *, timer_noun: TimerNoun) -> None:
        """`timer_noun` is the word for a kind of timer."""
        self._monotonic = monotonic
        self._timer_noun = timer_noun
        self._kept: dict[tuple[str, str | None, str], _Kept] = {}

    def of(self, asker: Asker) -> Subject | None:
        """What `it` is for this asker now."""
        kept = self._kept.get(_key(asker))
        if kept is None or self._monotonic() >= kept.until_seconds:
            self._kept.pop(_key(asker), None)
            return None
        return kept.subject

    def note(self, results: Sequence[ToolResult], asker: Asker, house: House) -> None:
        """Takes what a turn came to, whoever planned it, in place of what was before; a turn without any changes
        nothing."""
        subject = subject_of(results, house, self._timer_noun)
        if subject is not None:
            self._keep(subject, asker, fresh=True)

    def again(self, asker: Asker) -> None:
        """What was asked about it has been answered: it is still what is spoken of."""
        if (subject := self.of(asker)) is not None:
            self._keep(subject, asker, fresh=True)

    def heard(self, asker: Asker) -> None:
        """The reply has been heard to its end: where it was about something, the time for a follow-up starts now."""
        kept = self._kept.get(_key(asker))
        if kept is not None and kept.fresh:
            self._keep(kept.subject, asker, fresh=False)

    def _keep(self, subject: Subject, asker: Asker, *, fresh: bool) -> None:
        until = self._monotonic() + WINDOW_SECONDS
        self._kept[_key(asker)] = _Kept(subject=subject, until_seconds=until, fresh=fresh)


def _key(asker: Asker) -> tuple[str, str | None, str]:
    return asker.satellite, asker.room, asker.role


def subject_of(results: Sequence[ToolResult], house: House, timer_noun: TimerNoun) -> Subject | None:
    """What the results are about; None where there is nothing in them that could be followed up."""
    told = [result for result in results if result.error is None or result.error.code not in _NOT_HEARD]
    calls = tuple(call for result in told if (call := _as_taken(result.call)) is not None)
    if not calls:
        return None
    named = list(dict.fromkeys(name for result in told for name in _names(result, house, timer_noun)))
    known = {fold(place) for place, _ in house.places}
    things = tuple(name for name in named if fold(name) not in known)
    entities = [entity for result in told for entity in _entities(result.answer, house)]
    rooms = [entity.room.lower() for entity in entities if entity.room]
    places = [name for name in named if name not in things] + rooms
    quantities = {entity.aspects[0].quantity.value for entity in entities if entity.aspects}
    return Subject(
        calls=calls,
        things=things if len(things) <= MOST_ORDERS else (),
        places=tuple(dict.fromkeys(places)),
        quantity=quantities.pop() if len(quantities) == 1 else None,
    )


def _as_taken(call: ToolCall) -> ToolCall | None:
    """The call as its tool took it; None where no tool would."""
    model = ARGUMENTS.get(call.name)
    if model is None:
        return None
    try:
        arguments = validated(model, repaired(parsed(call.arguments), model, ()))
    except ToolError:
        return None
    return ToolCall(id=call.id, name=call.name, arguments=arguments.model_dump_json())


def _names(result: ToolResult, house: House, timer_noun: TimerNoun) -> Iterator[str]:
    """By what a person may call it: a group by the words that named it, everything else by its own name."""
    answer = result.answer
    match answer:
        case ProposalAnswer():
            yield from _ordered(result, tuple(action.name for action in answer.actions) + answer.already)
        case AlreadyAnswer():
            yield from _ordered(result, tuple(name for one in (answer, *answer.more) for name in one.names))
        case LatestAnswer() | ListAnswer() | UpkeepAnswer() | AggregateAnswer() | StateAnswer() | TrendAnswer():
            yield from (row.name for row in answer.rows)
        case LastChangeAnswer():
            yield answer.name
        case CompareAnswer():
            yield from (answer.first.name, answer.second.name)
        case ExampleAnswer():
            yield answer.row.name
        case HouseAnswer(where=str() as where):
            yield where
        case TimerSetAnswer():
            yield _timer(answer.row, timer_noun)
        case TimersAnswer() | TimersCancelledAnswer():
            yield from (_timer(row, timer_noun) for row in answer.rows)


def _ordered(result: ToolResult, names: tuple[str, ...]) -> tuple[str, ...]:
    """`kitchen lights` is one thing to speak of, however many lamps it is."""
    arguments = json.loads(result.call.arguments)
    what = arguments.get("what") if isinstance(arguments, dict) else None
    return (what,) if isinstance(what, str) and len(names) > 1 else names


def _timer(row: TimerRow, noun: TimerNoun) -> str:
    return f"{row.name} {noun(row.kind)}" if row.name else noun(row.kind)


def _entities(answer: Answer | None, house: House) -> list[Entity]:
    """The entities that an answer tells of."""
    match answer:
        case ProposalAnswer():
            ids = [action.entity_id for action in answer.actions]
        case LatestAnswer() | ListAnswer() | UpkeepAnswer() | AggregateAnswer() | StateAnswer() | TrendAnswer():
            ids = [row.entity_id for row in answer.rows]
        case CompareAnswer():
            ids = [answer.first.entity_id, answer.second.entity_id]
        case AlreadyAnswer() | LastChangeAnswer():
            called = {answer.name} if isinstance(answer, LastChangeAnswer) else set(answer.names)
            ids = [entity.id for entity in house.entities if spoken_name(entity, house) in called]
        case _:
            ids = []
    return [house.by_id[one] for one in ids if one in house.by_id]
