"""`set_watch`, `list_watches`, `cancel_watch`: what is to be told to a person once it comes about. Moves nothing.

They need no confirmation: what was understood is read back, and it lapses by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sensors.freshness import STALE_AFTER_MS
from sensors.home import House
from sensors.measures import Sample
from sensors.questions import Questions
from sensors.reading import Aspect, Component, Entity, Quantity, SeriesKey
from tools.arguments import AnswerKind, CancelWatch, Comparison, ListWatches, QuerySensors, SetWatch
from tools.contract import Asker, ErrorCode, Outcome, ToolError, Visible, everything
from tools.machines import end_of
from tools.meant import every_series, place, series_meant
from tools.names import Found, find_series, fold, main_of_each_room, most_fitting, of_the_asker, says_all, spoken_name
from tools.reasons import Reason
from tools.thresholds import in_own_unit, unit_meant
from tools.watch_answers import WatchesAnswer, WatchesCancelledAnswer, WatchSetAnswer
from tools.watches import TOGETHER, Wanted, Watch, Watched, Watches
from tools.watching import Condition, Progress, begun_together, heard

MOST_HERE = 10
"""From one place where people speak."""
MOST_IN_ALL = 30
MOST_SERIES = 40
ONCE_SECONDS = 7 * 86_400
EACH_TIME_SECONDS = 30 * 86_400
"""After so long they lapse, and that is said."""
RESTLESS_SILENT_MS = 2 * 3_600_000
"""What is never quite the same is reported again and again; what is silent for so long is not known any more."""

WATCH_TOOLS = frozenset({"set_watch", "list_watches", "cancel_watch"})

_RESTLESS = frozenset({Quantity.TEMPERATURE, Quantity.HUMIDITY, Quantity.CO2, Quantity.PRESSURE})
_SLACK = {Quantity.TEMPERATURE: 0.5, Quantity.HUMIDITY: 2.0, Quantity.BATTERY: 2.0, Quantity.CO2: 50.0}
_SLACK_SHARE = 0.05
"""Of the limit, for whatever else is measured."""


class WatchCalls:
    """The three tools over one store."""

    def __init__(
        self,
        watches: Watches,
        questions: Questions,
        *,
        clock_ms: Callable[[], int],
        fahrenheit: bool,
        visible: Visible = everything,
    ) -> None:
        self._watches = watches
        self._questions = questions
        self._clock_ms = clock_ms
        self._fahrenheit = fahrenheit
        self._visible = visible

    async def set_watch(self, asked: SetWatch, asker: Asker) -> Outcome:
        """Raises ToolError where it is not clear what is meant, nothing reports it, or there are too many."""
        house = self._visible(await self._questions.house(), asker)
        wanted = await self._wanted(asked, asker, house)
        if len(wanted.series) > MOST_SERIES:
            raise _refused(Reason.WATCH_TOO_MANY, count=len(wanted.series))
        alike = [one for one in self._watches.all if one.wanted == wanted and one.satellite == asker.satellite]
        self._refuse_too_many(asker, len(alike))
        now_ms, latest = self._clock_ms(), await self._known(wanted, house)
        progress = {one.place: _begun(wanted, one, latest.get(one.key), now_ms) for one in wanted.series}
        if wanted.together:
            # Each for itself is no news.
            progress = {place: replace(one, armed=False) for place, one in progress.items()}
            progress = {**progress, TOGETHER: begun_together(wanted.condition, progress.values(), now_ms)}
        lasts = EACH_TIME_SECONDS if asked.each_time else ONCE_SECONDS
        await self._watches.remove(alike)
        watch = await self._watches.add(
            Watch(
                id=0,
                satellite=asker.satellite,
                room=asker.room,
                wanted=wanted,
                set_ms=now_ms,
                lapses_ms=now_ms + lasts * 1000,
                progress=progress,
            )
        )
        told_of = [progress[TOGETHER]] if wanted.together else list(progress.values())
        so_now = all(one.is_so and not one.armed for one in told_of)
        answer = WatchSetAnswer(
            row=watch.row,
            lasts_seconds=lasts,
            so_now=so_now and not wanted.done,
            not_running=so_now and wanted.done,
            silent=all(one.is_so is None for one in told_of),
        )
        return Outcome(resolved=_resolved([watch]), answer=answer)

    def _refuse_too_many(self, asker: Asker, replaced: int) -> None:
        here = sum(one.satellite == asker.satellite for one in self._watches.all) - replaced
        for count, most in ((here, MOST_HERE), (len(self._watches.all) - replaced, MOST_IN_ALL)):
            if count >= most:
                raise _refused(Reason.WATCHES_FULL, most=most)

    async def _known(self, wanted: Wanted, house: House) -> dict[SeriesKey, Sample]:
        """What each says that can be reached and is not silent."""
        latest = await self._questions.latest([one.key for one in wanted.series])
        gone, now_ms = await self._questions.unavailable(), self._clock_ms()

        def fresh(one: Watched) -> bool:
            silent = one.condition.silent_after_ms
            sample = latest.get(one.key)
            known = sample is not None and one.entity_id in house.by_id and one.entity_id not in gone
            return known and sample is not None and (silent is None or now_ms - sample.seen_ms <= silent)

        return {one.key: latest[one.key] for one in wanted.series if fresh(one)}

    async def _wanted(self, asked: SetWatch, asker: Asker, house: House) -> Wanted:
        said = [asked.done, asked.state is not None, asked.threshold is not None and asked.comparison is not None]
        if said.count(True) != 1 or (asked.done and asked.what is None):
            raise ToolError(ErrorCode.NO_DATA, Reason.WATCH_WHAT)
        if asked.done:
            return await self._end(asked, asker, house)
        query = _as_question(asked)
        if asked.state is not None:
            return self._state(asked, query, asker, house)
        return self._beyond(asked, query, asker, house)

    async def _end(self, asked: SetWatch, asker: Asker, house: House) -> Wanted:
        found = of_the_asker(find_series(house, asked.what, _reports_itself), asked.what or "", house, asker.room)
        fitting = most_fitting(found)
        device = {(item.entity.room, item.entity.device or item.entity.id) for item in fitting}
        every = [item for item in found if (item.entity.room, item.entity.device or item.entity.id) in device]
        words = [item for item in every if not item.aspect.numeric]
        said = {item.key: await self._questions.words_said(item.key) for item in words}
        end = end_of(every, said, silent_after_ms=STALE_AFTER_MS)
        if end is None:
            raise ToolError(ErrorCode.NO_DATA, Reason.WATCH_NO_END, received=asked.what or "")
        item, condition = end
        name = (item.entity.device or spoken_name(item.entity, house)).lower()
        hold_ms = max(condition.hold_ms, _hold_ms(asked))
        return Wanted(
            series=(_watched(item, name, replace(condition, hold_ms=hold_ms)),),
            room=item.entity.room,
            quantity=item.aspect.quantity,
            state=condition.states[0] if condition.states else None,
            comparison=Comparison.BELOW.value if condition.limit is not None else None,
            unit=item.aspect.unit if condition.limit is not None else None,
            done=True,
            each_time=asked.each_time,
        )

    def _state(self, asked: SetWatch, query: QuerySensors, asker: Asker, house: House) -> Wanted:
        every = asked.what is None or says_all(asked.what)
        found = every_series(query, house) if every else series_meant(query, asker, house)
        people = [item for item in found if item.entity.component is Component.DEVICE_TRACKER]
        if asked.what is None and asked.quantity is Quantity.PRESENCE and people:
            found = people
        condition = Condition(states=(str(asked.state),), hold_ms=_hold_ms(asked))
        series = tuple(
            _watched(
                item,
                item.entity.name if item in people else spoken_name(item.entity, house),
                replace(condition, silent_after_ms=_silent_after_ms(item.entity, item.aspect)),
            )
            for item in found
        )
        return Wanted(
            series=series,
            room=found[0].entity.room if len(found) == 1 else None,
            quantity=found[0].aspect.quantity,
            state=str(asked.state),
            each_time=asked.each_time,
            together=asked.together and len(series) > 1,
        )

    def _beyond(self, asked: SetWatch, query: QuerySensors, asker: Asker, house: House) -> Wanted:
        here = asked.what is None and asker.room is None
        found = main_of_each_room(every_series(query, house)) if here else series_meant(query, asker, house)
        found = [item for item in found if item.aspect.numeric]
        if not found:
            raise ToolError(ErrorCode.NO_DATA, Reason.WATCH_NO_NUMBER, received=asked.what or "")
        quantity = found[0].aspect.quantity
        unit, _ = unit_meant(quantity, query, fahrenheit=self._fahrenheit)
        limit = in_own_unit(asked.threshold or 0.0, quantity, unit)
        condition = Condition(
            above=asked.comparison is Comparison.ABOVE,
            limit=limit,
            slack=_SLACK.get(quantity, abs(limit) * _SLACK_SHARE),
            hold_ms=_hold_ms(asked),
        )
        series = tuple(
            _watched(
                item,
                place(item, house),
                replace(condition, silent_after_ms=_silent_after_ms(item.entity, item.aspect)),
            )
            for item in found
        )
        return Wanted(
            series=series,
            room=found[0].entity.room if len(found) == 1 else None,
            quantity=quantity,
            comparison=str(asked.comparison),
            unit=found[0].aspect.unit,
            each_time=asked.each_time,
        )

    async def list_watches(self, _asked: ListWatches, asker: Asker) -> Outcome:
        there = self._known_to(asker)
        return Outcome(resolved=_resolved(there), answer=WatchesAnswer(rows=tuple(one.row for one in there)))

    async def cancel_watch(self, asked: CancelWatch, asker: Asker) -> Outcome:
        """Raises ToolError where it is not clear which, or nothing is watched for."""
        there = self._known_to(asker)
        if not there:
            raise ToolError(ErrorCode.NO_DATA, Reason.NO_WATCH)
        meant = there
        if asked.what is not None:
            house = self._visible(await self._questions.house(), asker)
            meant = [one for one in there if _is_called(one, asked.what, house)]
        called = list(dict.fromkeys(one.wanted.series[0].name for one in meant or there))[:4]
        if not meant:
            raise ToolError(
                ErrorCode.UNKNOWN_NAME, Reason.NO_WATCH_CALLED, received=asked.what or "", suggestion=called
            )
        if asked.what is None and not asked.every and len(meant) > 1:
            raise ToolError(ErrorCode.AMBIGUOUS_NAME, Reason.SEVERAL_WATCHES, field="what", suggestion=called)
        await self._watches.remove(meant)
        return Outcome(resolved=_resolved(meant), answer=WatchesCancelledAnswer(rows=tuple(one.row for one in meant)))

    def _known_to(self, asker: Asker) -> list[Watch]:
        """A guest is told of what was asked for at the same place."""
        return [one for one in self._watches.all if asker.may_hear_of(one.satellite)]


def _begun(wanted: Wanted, one: Watched, sample: Sample | None, now_ms: int) -> Progress:
    """What is so already is news only after it has been otherwise, unless it is wanted that it lasts from now on."""
    lasting = one.condition.hold_ms > 0 and not wanted.done
    if sample is None:
        return Progress(armed=not wanted.done, heard_ms=now_ms)
    begun, _ = heard(Progress(armed=lasting), one.condition, sample.value, now_ms)
    # How fresh it is, is told by when it was said.
    return replace(begun, seen_ms=sample.seen_ms, heard_ms=sample.seen_ms)


def _as_question(asked: SetWatch) -> QuerySensors:
    """The question by which the same series are found."""
    quantity = asked.quantity
    if asked.state is None and quantity is None:
        quantity = Quantity.TEMPERATURE
    return QuerySensors(
        answer=AnswerKind.LATEST,
        quantity=quantity,
        where=asked.what,
        period=None,
        state=asked.state,
        versus=None,
        versus_period=None,
        comparison=asked.comparison,
        threshold=asked.threshold,
        unit=asked.unit,
    )


def _reports_itself(_entity: Entity, aspect: Aspect) -> bool:
    return not aspect.numeric or aspect.quantity is Quantity.POWER


def _watched(item: Found, name: str, condition: Condition) -> Watched:
    return Watched(entity_id=item.entity.id, aspect=item.aspect.name, name=name, condition=condition)


def _hold_ms(asked: SetWatch) -> int:
    return round((asked.minutes or 0) * 60_000)


def _silent_after_ms(entity: Entity, aspect: Aspect) -> int | None:
    """After so long without a word it is not known any more what it is."""
    if entity.expire_after_seconds:
        return entity.expire_after_seconds * 1000
    if not aspect.numeric:
        return None
    return RESTLESS_SILENT_MS if aspect.quantity in _RESTLESS else STALE_AFTER_MS


def _is_called(watch: Watch, said: str, house: House) -> bool:
    """By its name, by some of its words, or by whatever else leads to what is watched."""
    words = set(fold(said).split())
    if any(words <= set(fold(one.name).split()) for one in watch.wanted.series):
        return True
    try:
        meant = {item.entity.id for item in find_series(house, said, lambda _entity, _aspect: True)}
    except ToolError:
        return False
    return any(one.entity_id in meant for one in watch.wanted.series)


def _resolved(watches: Sequence[Watch]) -> dict[str, object]:
    series = [f"{one.entity_id}/{one.aspect}" for watch in watches for one in watch.wanted.series]
    return {"watches": [watch.id for watch in watches], "series": series}


def _refused(reason: Reason, **facts: float) -> ToolError:
    return ToolError(ErrorCode.OUT_OF_RANGE, reason, facts=facts)
