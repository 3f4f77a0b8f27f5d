"""Answers about a period, and comparisons of two periods or two places. Reads only."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from zoneinfo import ZoneInfo

from sensors.home import House
from sensors.periods import NoSuchPeriod, NotBegun, Period, Span, resolve
from sensors.questions import Questions
from sensors.reading import STATES
from tools.answers import (
    AggregateAnswer,
    AggregateRow,
    Answer,
    CompareAnswer,
    Side,
    StateAnswer,
    StateRow,
    TrendAnswer,
    TrendRow,
)
from tools.arguments import AnswerKind, QuerySensors, State
from tools.chosen import several_named
from tools.contract import Asker, ErrorCode, ToolError
from tools.meant import as_asked, no_data, place, series_meant, wanted
from tools.names import Found, names_a_place
from tools.reasons import Reason

NUMBERS = frozenset({AnswerKind.MEAN, AnswerKind.MINIMUM, AnswerKind.MAXIMUM, AnswerKind.TOTAL})
STATE_KINDS = frozenset({AnswerKind.COUNT, AnswerKind.DURATION})
COMPARABLE = NUMBERS | STATE_KINDS | {AnswerKind.LATEST}

USUAL_PERIOD: Mapping[AnswerKind, Period] = {
    AnswerKind.TOTAL: Period.TODAY,
    AnswerKind.COUNT: Period.TODAY,
    AnswerKind.DURATION: Period.TODAY,
}
"""What is meant where no period was named; the last 24 hours for everything else."""
TREND_PERIOD = "last_3_hours"
ENOUGH_FOR_A_TREND = 0.25
"""Share of a period; half a minute says nothing about where three hours are heading."""


class History:
    """Works out figures over periods from the guarded connection."""

    def __init__(self, questions: Questions, *, clock_ms: Callable[[], int], zone: ZoneInfo) -> None:
        self._questions = questions
        self._clock_ms = clock_ms
        self._zone = zone

    async def answer(self, asked: QuerySensors, asker: Asker, house: House) -> tuple[list[Found], Answer]:
        """Raises ToolError where nothing reports that, nothing was recorded, or there is no such period."""
        period = _period(asked)
        span = self.span(period)
        found = _fitting(asked, series_meant(asked, asker, house))
        quantity = found[0].aspect.quantity
        if asked.answer in NUMBERS:
            numbers = [await self._number(item, asked.answer, span, house) for item in found]
            aggregates = tuple(row for row in numbers if row is not None)
            if aggregates:
                kind = asked.answer.value
                return found, AggregateAnswer(kind=kind, quantity=quantity, period=period, span=span, rows=aggregates)
        elif asked.answer in STATE_KINDS:
            state = _state(asked, found)
            states = [await self._in_state(item, asked.answer, state, span, house) for item in found]
            known = tuple(row for row in states if row is not None)
            if known:
                kind = asked.answer.value
                return found, StateAnswer(
                    kind=kind, quantity=quantity, state=state, period=period, span=span, rows=known
                )
        else:
            trends = [await self._trend(item, span, house) for item in found]
            heading = tuple(row for row in trends if row is not None and row.covered >= ENOUGH_FOR_A_TREND)
            if any(trends) and not heading:
                raise ToolError(ErrorCode.NO_DATA, Reason.TOO_LITTLE)
            if heading:
                return found, TrendAnswer(quantity=quantity, period=period, span=span, rows=heading)
        raise no_data(asked)

    async def compare(self, asked: QuerySensors, asker: Asker, house: House) -> tuple[list[Found], Answer]:
        """One figure of two places, or of two periods. Raises ToolError as `answer` does."""
        if asked.answer not in COMPARABLE:
            raise ToolError(
                ErrorCode.INCOMPATIBLE,
                Reason.NOT_COMPARED,
                facts={"answer": asked.answer.value},
                received=asked.answer,
                field="answer",
                suggestion=sorted(COMPARABLE),
            )
        if asked.versus is not None and asked.versus_period is not None:
            raise ToolError(
                ErrorCode.INCOMPATIBLE,
                Reason.ONE_DIFFERENCE,
                suggestion=as_asked(asked, versus_period=None),
            )
        other = asked.model_copy(
            update={"where": asked.versus or asked.where, "period": asked.versus_period or asked.period}
        )
        sides, found = [], []
        second_period = "period" if asked.versus_period is None else "versus_period"
        for one, named_in in ((asked, "period"), (other, second_period)):
            item = _only(_fitting(one, series_meant(one, asker, house)), one, house)
            sides.append(await self._side(one, item, house, named_in))
            found.append(item)
        first, second = sides
        if first.unit != second.unit:
            raise ToolError(ErrorCode.NOT_SUPPORTED, Reason.NOT_ALIKE, received=asked.versus or "")
        return found, CompareAnswer(
            kind=asked.answer.value,
            quantity=found[0].aspect.quantity,
            state=_state(asked, found) if asked.answer in STATE_KINDS else None,
            first=first,
            second=second,
            by_period=asked.versus_period is not None,
            asked=asked.comparison,
        )

    def span(self, period: str, field: str = "period") -> Span:
        """The stretch of time that a period means now; `field` is the argument that names it.

        Raises ToolError where there is none of that name, or it has not begun.
        """
        try:
            return resolve(period, self._clock_ms(), self._zone)
        except NoSuchPeriod as error:
            raise ToolError(
                ErrorCode.NO_DATA,
                Reason.NOT_BEGUN if isinstance(error, NotBegun) else Reason.NO_PERIOD,
                facts={"message": str(error), "period": period.replace("_", " ")},
                received=period,
                field=field,
                suggestion=self._begun(),
            ) from error

    def _begun(self) -> list[str]:
        """Periods that mean a stretch of time now; this evening does not yet at noon."""
        now_ms = self._clock_ms()
        begun = []
        for period in Period:
            with suppress(NoSuchPeriod):
                resolve(period, now_ms, self._zone)
                begun.append(period.value)
        return begun

    async def _side(self, asked: QuerySensors, item: Found, house: House, named_in: str) -> Side:
        side = Side(name=place(item, house), room=item.entity.room, entity_id=item.entity.id)
        if asked.answer is AnswerKind.LATEST:
            sample = (await self._questions.latest([item.key])).get(item.key)
            if sample is None or isinstance(sample.value, str):
                raise no_data(asked)
            return replace(side, value=sample.value, unit=item.aspect.unit, at_ms=sample.at_ms)
        period = _period(asked)
        span = self.span(period, named_in)
        side = replace(side, period=period)
        if asked.answer in NUMBERS:
            number = await self._number(item, asked.answer, span, house)
            if number is None:
                raise no_data(asked)
            return replace(side, value=number.value, unit=number.unit, at_ms=number.at_ms, covered=number.covered)
        row = await self._in_state(item, asked.answer, _state(asked, [item]), span, house)
        if row is None:
            raise no_data(asked)
        if asked.answer is AnswerKind.COUNT:
            return replace(side, value=float(row.count or 0), covered=row.covered)
        return replace(side, value=(row.seconds or 0) / 60, unit="minutes", covered=row.covered)

    async def _number(self, item: Found, kind: AnswerKind, span: Span, house: House) -> AggregateRow | None:
        row = AggregateRow(
            name=place(item, house), room=item.entity.room, entity_id=item.entity.id, unit=item.aspect.unit
        )
        if kind is AnswerKind.TOTAL:
            total = await self._questions.total(item.key, span)
            return None if total is None else replace(row, value=total.value, covered=total.covered, gaps=total.gaps)
        result = await self._questions.aggregate(item.key, span)
        if result is None:
            return None
        value, at_ms = {
            AnswerKind.MEAN: (result.mean, None),
            AnswerKind.MINIMUM: (result.minimum, result.minimum_at_ms),
            AnswerKind.MAXIMUM: (result.maximum, result.maximum_at_ms),
        }[kind]
        return replace(row, value=value, at_ms=at_ms, covered=result.covered, gaps=result.gaps)

    async def _in_state(self, item: Found, kind: AnswerKind, state: str, span: Span, house: House) -> StateRow | None:
        row = StateRow(name=place(item, house), room=item.entity.room, entity_id=item.entity.id)
        if kind is AnswerKind.COUNT:
            times = await self._questions.occurrences(item.key, state, span)
            if times is None:
                return None
            return replace(row, count=times.count, last_at_ms=times.last_ms, covered=times.covered)
        held = await self._questions.time_in_state(item.key, state, span)
        return None if held is None else replace(row, seconds=round(held.ms / 1000), covered=held.covered)

    async def _trend(self, item: Found, span: Span, house: House) -> TrendRow | None:
        trend = await self._questions.trend(item.key, span)
        if trend is None:
            return None
        return TrendRow(
            name=place(item, house),
            room=item.entity.room,
            entity_id=item.entity.id,
            direction=trend.direction,
            per_hour=trend.slope_per_hour,
            first=trend.first,
            last=trend.last,
            unit=item.aspect.unit,
            covered=trend.covered,
        )


def _only(found: Sequence[Found], asked: QuerySensors, house: House) -> Found:
    """The first of a place, which speaks for it; of several things of one name none."""
    if len(found) > 1 and asked.where is not None and not names_a_place(house, asked.where):
        raise several_named(found, asked.where, house, wanted(asked))
    return found[0]


def _period(asked: QuerySensors) -> str:
    if asked.period is not None:
        return asked.period
    if asked.answer is AnswerKind.TREND:
        return TREND_PERIOD
    return USUAL_PERIOD.get(asked.answer, Period.LAST_24_HOURS)


def _fitting(asked: QuerySensors, found: Sequence[Found]) -> list[Found]:
    """Numbers for what is worked out of numbers, states for the rest."""
    numeric = asked.answer not in STATE_KINDS
    kept = [item for item in found if item.aspect.numeric is numeric]
    if not kept:
        raise no_data(asked)
    return kept


def _state(asked: QuerySensors, found: Sequence[Found]) -> str:
    """The state in question; where none was named, the one in which something is happening: open, on, detected."""
    if asked.state is not None:
        return asked.state
    states = STATES.get(found[0].aspect.quantity)
    if states is None:
        raise ToolError(
            ErrorCode.INCOMPATIBLE,
            Reason.WHICH_STATE,
            received=asked.where or "",
            field="state",
            suggestion=list(State),
        )
    return states[0]
