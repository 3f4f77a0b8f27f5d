"""`query_sensors`: every question about what the house has reported. Reads only; all resolving is done here by code."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sensors.home import House
from sensors.measures import Sample
from sensors.periods import Period, Span, resolve
from sensors.questions import Questions
from sensors.reading import STATE_ASPECT, STATES, Aspect, Entity, Quantity
from sensors.units import CANONICAL, convert
from tools.answers import (
    AggregateAnswer,
    AggregateRow,
    Answer,
    LastChangeAnswer,
    LatestAnswer,
    ListAnswer,
    Row,
)
from tools.arguments import AnswerKind, Comparison, QuerySensors, State, Unit
from tools.contract import Asker, ErrorCode, Outcome, ToolError
from tools.names import Found, Wanted, find_series, main_of_each_room, most_fitting, spoken_name

STALE_AFTER_MS = 24 * 3_600_000
"""A number that has not been reported for so long is called old, unless the device gives a time of its own."""

WARMEST_CELSIUS = 50.0
"""A threshold above this, given without a unit in a Celsius house, was meant in Fahrenheit."""

_UNIT_OF = {
    Quantity.TEMPERATURE: {Unit.CELSIUS, Unit.FAHRENHEIT},
    Quantity.TARGET_TEMPERATURE: {Unit.CELSIUS, Unit.FAHRENHEIT},
    Quantity.HUMIDITY: {Unit.PERCENT},
    Quantity.BATTERY: {Unit.PERCENT},
    Quantity.BRIGHTNESS: {Unit.PERCENT},
    Quantity.POSITION: {Unit.PERCENT},
    Quantity.POWER: {Unit.WATTS},
    Quantity.ILLUMINANCE: {Unit.LUX},
    Quantity.CO2: {Unit.PPM},
}


class Readings:
    """Answers `query_sensors` from the guarded connection."""

    def __init__(self, questions: Questions, *, clock_ms: Callable[[], int], zone: ZoneInfo, fahrenheit: bool) -> None:
        self._questions = questions
        self._clock_ms = clock_ms
        self._zone = zone
        self._fahrenheit = fahrenheit

    async def query(self, asked: QuerySensors, asker: Asker) -> Outcome:
        """Raises ToolError where the question does not fit together, names nothing, or nothing was recorded."""
        house = await self._questions.house()
        match asked.answer:
            case AnswerKind.LATEST:
                found, answer = await self._latest(asked, asker, house)
            case AnswerKind.LIST:
                found, answer = await self._list(asked, house)
            case AnswerKind.LAST_CHANGE:
                found, answer = await self._last_change(asked, asker, house)
            case AnswerKind.MEAN | AnswerKind.MINIMUM | AnswerKind.MAXIMUM:
                found, answer = await self._aggregate(asked, asker, house)
        return Outcome(resolved=_resolved(asked, found, answer), answer=answer)

    async def _latest(self, asked: QuerySensors, asker: Asker, house: House) -> tuple[list[Found], Answer]:
        found = self._find(asked, asker, house)
        rows = await self._rows(found, house)
        if not rows:
            raise _no_data(asked)
        return found, LatestAnswer(rows=rows, asked_state=asked.state)

    async def _list(self, asked: QuerySensors, house: House) -> tuple[list[Found], Answer]:
        wanted = _wanted(asked)
        found = _some(find_series(house, asked.where, wanted), asked, house)
        if asked.state is not None:
            rows = await self._rows(found, house)
            kept = tuple(row for row in rows if row.value == asked.state)
            quantity = asked.quantity or found[0].aspect.quantity
            return found, ListAnswer(quantity=quantity, rows=kept, considered=len(rows), state=asked.state)
        return await self._threshold(asked, [item for item in found if item.aspect.numeric], house)

    async def _threshold(self, asked: QuerySensors, found: list[Found], house: House) -> tuple[list[Found], Answer]:
        quantity = asked.quantity or Quantity.TEMPERATURE
        chosen = main_of_each_room(found)
        rows = await self._rows(chosen, house)
        if asked.threshold is None or asked.comparison is None:
            return chosen, ListAnswer(quantity=quantity, rows=rows, considered=len(rows))
        unit, assumed = self._unit(quantity, asked)
        limit = _canonical(asked.threshold, quantity, unit)
        above = asked.comparison is Comparison.ABOVE
        kept = [
            row for row in rows if isinstance(row.value, float) and (row.value > limit) is above and row.value != limit
        ]
        kept.sort(key=lambda row: row.value, reverse=above)
        answer = ListAnswer(
            quantity=quantity,
            rows=tuple(kept),
            considered=len(rows),
            comparison=asked.comparison,
            threshold=asked.threshold,
            unit=unit,
            assumed_unit=assumed,
        )
        return chosen, answer

    def _unit(self, quantity: Quantity, asked: QuerySensors) -> tuple[str | None, bool]:
        """The unit that a threshold is in, and whether code had to take another than the house's own."""
        allowed = _UNIT_OF.get(quantity, set())
        if asked.unit is not None:
            if asked.unit not in allowed:
                raise ToolError(
                    ErrorCode.SCHEMA,
                    f"{quantity} is not measured in {asked.unit}",
                    received=asked.unit,
                    suggestion=sorted(allowed),
                )
            return asked.unit, False
        if allowed != {Unit.CELSIUS, Unit.FAHRENHEIT}:
            return CANONICAL.get(quantity), False
        if self._fahrenheit:
            return Unit.FAHRENHEIT, False
        absurd = asked.threshold is not None and asked.threshold > WARMEST_CELSIUS
        return (Unit.FAHRENHEIT, True) if absurd else (Unit.CELSIUS, False)

    async def _last_change(self, asked: QuerySensors, asker: Asker, house: House) -> tuple[list[Found], Answer]:
        found = [item for item in self._find(asked, asker, house) if not item.aspect.numeric]
        states = asked.state and [item for item in found if asked.state in STATES.get(item.aspect.quantity, ())]
        chosen = (states or found)[:1]
        if not chosen:
            raise _no_data(asked)
        key = chosen[0].key
        change = await self._questions.last_change(key, asked.state, self._clock_ms())
        now = (await self._questions.latest([key])).get(key)
        since = await self._questions.recorded_since_ms(key)
        if now is None or since is None:
            raise _no_data(asked)
        return chosen, LastChangeAnswer(
            name=spoken_name(chosen[0].entity, house),
            quantity=chosen[0].aspect.quantity,
            state=asked.state or str(change.value if change else now.value),
            at_ms=change.at_ms if change else None,
            now_state=str(now.value),
            recorded_since_ms=since,
        )

    async def _aggregate(self, asked: QuerySensors, asker: Asker, house: House) -> tuple[list[Found], Answer]:
        period = asked.period or Period.LAST_24_HOURS
        span = resolve(period, self._clock_ms(), self._zone)
        found = [item for item in self._find(asked, asker, house) if item.aspect.numeric]
        rows = [row for item in found if (row := await self._aggregate_row(item, asked.answer, span, house))]
        if not rows:
            raise _no_data(asked)
        kind, quantity = asked.answer.value, found[0].aspect.quantity
        return found, AggregateAnswer(kind=kind, quantity=quantity, period=period, span=span, rows=tuple(rows))

    async def _aggregate_row(self, item: Found, kind: AnswerKind, span: Span, house: House) -> AggregateRow | None:
        result = await self._questions.aggregate(item.key, span)
        if result is None:
            return None
        values: dict[AnswerKind, tuple[float, int | None]] = {
            AnswerKind.MEAN: (result.mean, None),
            AnswerKind.MINIMUM: (result.minimum, result.minimum_at_ms),
            AnswerKind.MAXIMUM: (result.maximum, result.maximum_at_ms),
        }
        value, at_ms = values[kind]
        return AggregateRow(
            name=_place(item, house),
            room=item.entity.room,
            entity_id=item.entity.id,
            value=value,
            unit=item.aspect.unit,
            at_ms=at_ms,
            covered=result.covered,
        )

    def _find(self, asked: QuerySensors, asker: Asker, house: House) -> list[Found]:
        """The series meant: named, else those of the asker's room where it has such, else the whole house."""
        wanted = _wanted(asked)
        if asked.where is None and asker.room is not None:
            here = [item for item in find_series(house, None, wanted) if item.entity.room == asker.room]
            if here:
                return most_fitting(here)
        found = _some(find_series(house, asked.where, wanted), asked, house)
        return main_of_each_room(found) if asked.where is None else most_fitting(found)

    async def _rows(self, found: Sequence[Found], house: House) -> tuple[Row, ...]:
        latest = await self._questions.latest([item.key for item in found])
        gone = await self._questions.unavailable()
        known = [item for item in found if item.key in latest]
        return tuple(self._row(item, latest[item.key], house, item.entity.id not in gone) for item in known)

    def _row(self, item: Found, sample: Sample, house: House, reachable: bool) -> Row:
        limit_ms = (item.entity.expire_after_seconds or 0) * 1000 or (STALE_AFTER_MS if item.aspect.numeric else None)
        return Row(
            entity_id=item.entity.id,
            name=_place(item, house),
            room=item.entity.room,
            quantity=item.aspect.quantity,
            value=sample.value,
            unit=item.aspect.unit,
            at_ms=sample.at_ms,
            seen_ms=sample.seen_ms,
            stale=not reachable or (limit_ms is not None and self._clock_ms() - sample.seen_ms > limit_ms),
        )


def _place(item: Found, house: House) -> str:
    """What a value is said to be of: the room for its own thermometer, the device for everything else."""
    if item.aspect.numeric and item.entity.room and item.speaks_for_room:
        return item.entity.room.lower()
    return spoken_name(item.entity, house)


def _wanted(asked: QuerySensors) -> Wanted:
    """Which series can answer: of the quantity; else what an entity mainly reports, able to be in the state."""

    def wanted(entity: Entity, aspect: Aspect) -> bool:
        if asked.quantity is not None and aspect.quantity is not asked.quantity:
            return False
        if asked.state is not None and asked.state not in _possible_states(aspect):
            return False
        return asked.quantity is not None or asked.state is not None or aspect.name == STATE_ASPECT

    return wanted


def _possible_states(aspect: Aspect) -> tuple[str, ...]:
    return () if aspect.numeric else STATES.get(aspect.quantity, tuple(State))


def _some(found: list[Found], asked: QuerySensors, house: House) -> list[Found]:
    if found:
        return found
    raise ToolError(
        ErrorCode.NO_DATA,
        "nothing there reports that",
        received=f"{asked.quantity or asked.state or ''} {asked.where or ''}".strip(),
        suggestion=[quantity.value for quantity in house.quantities],
    )


def _no_data(asked: QuerySensors) -> ToolError:
    return ToolError(ErrorCode.NO_DATA, "nothing has been recorded for that yet", received=asked.where or "")


def _canonical(value: float, quantity: Quantity, unit: str | None) -> float:
    target = CANONICAL.get(quantity)
    return value if unit is None or target is None else convert(value, unit, target)


def _resolved(asked: QuerySensors, found: Sequence[Found], answer: Answer) -> Mapping[str, Any]:
    resolved: dict[str, Any] = {"series": [f"{item.entity.id}/{item.aspect.name}" for item in found]}
    match answer:
        case AggregateAnswer():
            resolved |= {"period": answer.period.value, "start_ms": answer.span.start_ms, "end_ms": answer.span.end_ms}
        case ListAnswer(threshold=float() | int(), unit=str()):
            resolved |= {"threshold": answer.threshold, "unit": answer.unit}
    return resolved
