"""`query_sensors`: every question about what the house has reported. Reads only; all resolving is done here by code."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sensors.freshness import BATTERIES, is_low_battery, is_stale
from sensors.home import House
from sensors.measures import Sample
from sensors.questions import Questions
from sensors.reading import STATES, Quantity
from tools.answers import (
    AggregateAnswer,
    Answer,
    LastChangeAnswer,
    LatestAnswer,
    ListAnswer,
    Row,
    StateAnswer,
    TrendAnswer,
    UpkeepAnswer,
    holds,
)
from tools.arguments import AnswerKind, Comparison, QuerySensors
from tools.chosen import several_named
from tools.contract import Asker, ErrorCode, Outcome, ToolError, Visible, everything
from tools.history import History
from tools.meant import comparable, every_series, no_data, place, series_meant, wanted
from tools.names import Found, find_series, names_a_place, spoken_name
from tools.reasons import Reason
from tools.thresholds import in_own_unit, unit_meant


class Readings:
    """Answers `query_sensors` from the guarded connection."""

    def __init__(
        self,
        questions: Questions,
        *,
        clock_ms: Callable[[], int],
        zone: ZoneInfo,
        fahrenheit: bool,
        visible: Visible = everything,
    ) -> None:
        self._questions = questions
        self._visible = visible
        self._clock_ms = clock_ms
        self._fahrenheit = fahrenheit
        self._history = History(questions, clock_ms=clock_ms, zone=zone)

    async def query(self, asked: QuerySensors, asker: Asker) -> Outcome:
        """Raises ToolError where the question does not fit together, names nothing, or nothing was recorded."""
        house = self._visible(await self._questions.house(), asker)
        if asked.versus is not None or asked.versus_period is not None:
            found, answer = await self._history.compare(asked, asker, house)
            return Outcome(resolved=_resolved(asked, found, answer), answer=answer)
        match asked.answer:
            case AnswerKind.LATEST:
                found, answer = await self._latest(asked, asker, house)
            case AnswerKind.LIST:
                found, answer = await self._list(asked, house)
            case AnswerKind.LAST_CHANGE:
                found, answer = await self._last_change(asked, asker, house)
            case AnswerKind.NOT_REPORTING:
                found, answer = await self._not_reporting(asked, house)
            case AnswerKind.LOW_BATTERY:
                found, answer = await self._low_battery(asked, house)
            case _:
                found, answer = await self._history.answer(asked, asker, house)
        return Outcome(resolved=_resolved(asked, found, answer), answer=answer)

    async def _latest(self, asked: QuerySensors, asker: Asker, house: House) -> tuple[list[Found], Answer]:
        found = series_meant(asked, asker, house)
        rows = await self._rows(found, house)
        if not rows:
            raise no_data(asked)
        return found, LatestAnswer(rows=rows, asked_state=asked.state)

    async def _list(self, asked: QuerySensors, house: House) -> tuple[list[Found], Answer]:
        found = every_series(asked, house)
        if asked.state is not None:
            rows = await self._rows(found, house)
            # Of all there is, a thermostat that is set to heat is nothing that was left on.
            kept = tuple(
                row for row in rows if row.value == asked.state or (asked.quantity and holds(asked.state, row))
            )
            kinds = {item.aspect.quantity for item in found}
            quantity = asked.quantity or (kinds.pop() if len(kinds) == 1 else None)
            return found, ListAnswer(quantity=quantity, rows=kept, considered=len(rows), state=asked.state)
        return await self._threshold(asked, [item for item in found if item.aspect.numeric], house)

    async def _threshold(self, asked: QuerySensors, found: list[Found], house: House) -> tuple[list[Found], Answer]:
        quantity = asked.quantity or Quantity.TEMPERATURE
        chosen = comparable(found, asked)
        rows = await self._rows(chosen, house)
        if asked.threshold is None or asked.comparison is None:
            most = _most(rows, asked.comparison) if asked.comparison is not None else rows
            return chosen, ListAnswer(quantity=quantity, rows=most, considered=len(rows))
        unit, assumed = unit_meant(quantity, asked, fahrenheit=self._fahrenheit)
        limit = in_own_unit(asked.threshold, quantity, unit)
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

    async def _last_change(self, asked: QuerySensors, asker: Asker, house: House) -> tuple[list[Found], Answer]:
        found = [item for item in series_meant(asked, asker, house) if not item.aspect.numeric]
        states = asked.state and [item for item in found if asked.state in STATES.get(item.aspect.quantity, ())]
        chosen = await self._changed_last(states or found, asked, house)
        if not chosen:
            raise no_data(asked)
        key = chosen[0].key
        change = await self._questions.last_change(key, asked.state, self._clock_ms())
        now = (await self._questions.latest([key])).get(key)
        since = await self._questions.recorded_since_ms(key)
        if now is None or since is None:
            raise no_data(asked)
        return chosen, LastChangeAnswer(
            name=spoken_name(chosen[0].entity, house),
            quantity=chosen[0].aspect.quantity,
            state=asked.state or str(change.value if change else now.value),
            at_ms=change.at_ms if change else None,
            now_state=str(now.value),
            recorded_since_ms=since,
        )

    async def _changed_last(self, found: list[Found], asked: QuerySensors, house: House) -> list[Found]:
        """Of several in a place the one that changed last; of several of one name none, for that is to be asked."""
        if len(found) < 2:
            return found
        if asked.where is not None and not names_a_place(house, asked.where):
            raise several_named(found, asked.where, house, wanted(asked))
        now_ms = self._clock_ms()
        changes = [(await self._questions.last_change(item.key, asked.state, now_ms), item) for item in found]
        newest = max(changes, key=lambda one: one[0].at_ms if one[0] else 0)
        return [newest[1]]

    async def _not_reporting(self, asked: QuerySensors, house: House) -> tuple[list[Found], Answer]:
        """What cannot be reached, has gone silent, or never said anything; each device once."""
        found = [item for item in find_series(house, asked.where, wanted(asked)) if item.aspect.expected]
        devices = {item.entity.id: _device(item) for item in found}
        rows = await self._rows(found, house)
        freshest = _freshest(rows, devices)
        silent = sorted((row for row in freshest.values() if row.stale), key=lambda row: row.seen_ms)
        never = {device: item for item in found if (device := devices[item.entity.id]) not in freshest}
        return found, UpkeepAnswer(
            kind=asked.answer.value,
            rows=tuple(silent),
            never=tuple(spoken_name(item.entity, house) for item in never.values()),
            considered=len(set(devices.values())),
        )

    async def _low_battery(self, asked: QuerySensors, house: House) -> tuple[list[Found], Answer]:
        found = find_series(house, asked.where, lambda _, aspect: aspect.quantity in BATTERIES)
        if not found:
            raise ToolError(ErrorCode.NO_DATA, Reason.NO_BATTERY, received=asked.where or "")
        rows = await self._rows(found, house)
        low = [row for row in rows if is_low_battery(row.quantity, row.value)]
        low.sort(key=lambda row: row.value if isinstance(row.value, float) else 0.0)
        return found, UpkeepAnswer(kind=asked.answer.value, rows=tuple(low), never=(), considered=len(rows))

    async def _rows(self, found: Sequence[Found], house: House) -> tuple[Row, ...]:
        latest = await self._questions.latest([item.key for item in found])
        gone = await self._questions.unavailable()
        known = [item for item in found if item.key in latest]
        return tuple(self._row(item, latest[item.key], house, item.entity.id not in gone) for item in known)

    def _row(self, item: Found, sample: Sample, house: House, reachable: bool) -> Row:
        return Row(
            entity_id=item.entity.id,
            name=place(item, house),
            room=item.entity.room,
            quantity=item.aspect.quantity,
            value=sample.value,
            unit=item.aspect.unit,
            at_ms=sample.at_ms,
            seen_ms=sample.seen_ms,
            stale=not reachable or is_stale(item.entity, item.aspect, sample.seen_ms, self._clock_ms()),
            reachable=reachable,
        )


def _most(rows: Sequence[Row], comparison: Comparison) -> tuple[Row, ...]:
    """`above` with no number to be above of asks for the highest; of those alike, for each."""
    values = [row.value for row in rows if isinstance(row.value, float)]
    if not values:
        return ()
    extreme = max(values) if comparison is Comparison.ABOVE else min(values)
    return tuple(row for row in rows if row.value == extreme)


def _resolved(asked: QuerySensors, found: Sequence[Found], answer: Answer) -> Mapping[str, Any]:
    resolved: dict[str, Any] = {"series": [f"{item.entity.id}/{item.aspect.name}" for item in found]}
    if asked.where is not None and found:
        resolved["how"] = found[0].how.value
    match answer:
        case AggregateAnswer() | StateAnswer() | TrendAnswer():
            resolved |= {"period": answer.period, "start_ms": answer.span.start_ms, "end_ms": answer.span.end_ms}
        case ListAnswer(threshold=float() | int(), unit=str()):
            resolved |= {"threshold": answer.threshold, "unit": answer.unit}
    return resolved


Device = tuple[str | None, str]
"""Room and name; for an entity without a device its own id."""


def _device(item: Found) -> Device:
    return item.entity.room, item.entity.device or item.entity.id


def _freshest(rows: Iterable[Row], devices: Mapping[str, Device]) -> dict[Device, Row]:
    """What each device said last. Numbers before states, for a door that is not opened has nothing to say for days."""

    def rank(row: Row) -> tuple[bool, int]:
        return not isinstance(row.value, str), row.seen_ms

    freshest: dict[Device, Row] = {}
    for row in rows:
        device = devices[row.entity_id]
        if device not in freshest or rank(row) > rank(freshest[device]):
            freshest[device] = row
    return freshest
