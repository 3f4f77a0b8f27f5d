"""`summarise_day`: how a day was, from what was recorded and from the audit. Reads only; makes up nothing."""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sensors.freshness import BATTERIES, is_low_battery, is_stale
from sensors.home import House
from sensors.measures import Sample
from sensors.periods import Span, resolve
from sensors.questions import Questions
from sensors.reading import Aspect, Component, Entity, Quantity, Verb
from tools.arguments import SummariseDay, TimerKind
from tools.audit import Audit, Event, Record
from tools.contract import Asker, Outcome, Role, Visible, everything
from tools.meant import place
from tools.names import Found, device_name, find_series, main_of_each_room, spoken_name
from tools.timers import TOLD
from tools.watch_answers import DaySummaryAnswer, Deed, Extreme

SUMMARY_TOOL = "summarise_day"
MOST_DEEDS = 3
MOST_TOLD = 3
_OPENINGS = frozenset({Quantity.DOOR, Quantity.WINDOW, Quantity.GARAGE_DOOR, Quantity.GATE})
_DONE = frozenset({"done", "sent"})


class Summary:
    """Over the readings and the audit of one house."""

    def __init__(
        self,
        questions: Questions,
        audit: Audit,
        *,
        clock_ms: Callable[[], int],
        zone: ZoneInfo,
        visible: Visible = everything,
    ) -> None:
        self._questions = questions
        self._audit = audit
        self._clock_ms = clock_ms
        self._zone = zone
        self._visible = visible

    async def summarise(self, asked: SummariseDay, asker: Asker) -> Outcome:
        house = self._visible(await self._questions.house(), asker)
        span = resolve(asked.day, self._clock_ms(), self._zone)
        extremes = await self._extremes(house, span)
        openings = find_series(house, None, _is_opening)
        batteries = find_series(house, None, _is_battery)
        records = [] if asker.role is Role.GUEST else await self._audit.between(span.start_ms, span.end_ms, _EVENTS)
        told = [record.body for record in records if record.event == Event.TOLD]
        deeds = _deeds(records)
        answer = DaySummaryAnswer(
            day=asked.day,
            warmest=max((high for high, _ in extremes), key=lambda one: one.value, default=None),
            coldest=min((low for _, low in extremes), key=lambda one: one.value, default=None),
            has_openings=bool(openings),
            open_now=await self._named(openings, house, lambda _, value: value == "open", spoken_name),
            low_batteries=await self._named(
                batteries, house, lambda item, value: is_low_battery(item.aspect.quantity, value), device_name
            ),
            silent=await self._silent(house),
            knows_deeds=asker.role is not Role.GUEST,
            deeds=tuple(deeds[-MOST_DEEDS:]),
            done=len(deeds),
            told=tuple(dict.fromkeys(str(one["message"]) for one in told if one["kind"] in TOLD))[-MOST_TOLD:],
            told_count=len({str(one["message"]) for one in told if one["kind"] in TOLD}),
            rang=sum(one["kind"] in set(TimerKind) for one in told),
        )
        return Outcome(resolved={"start_ms": span.start_ms, "end_ms": span.end_ms}, answer=answer)

    async def _extremes(self, house: House, span: Span) -> list[tuple[Extreme, Extreme]]:
        """The highest and the lowest temperature of each room."""
        rooms = [item for item in main_of_each_room(find_series(house, None, _is_warmth)) if item.entity.room]
        found = []
        for item in rooms:
            if (day := await self._questions.aggregate(item.key, span)) is not None:
                high = _extreme(item, house, day.maximum, day.maximum_at_ms)
                found.append((high, _extreme(item, house, day.minimum, day.minimum_at_ms)))
        return found

    async def _named(
        self,
        found: Sequence[Found],
        house: House,
        wanted: Callable[[Found, float | str], bool],
        called: Callable[[Entity, House], str],
    ) -> tuple[str, ...]:
        latest = await self._questions.latest([item.key for item in found])
        names = [
            called(item.entity, house) for item in found if item.key in latest and wanted(item, latest[item.key].value)
        ]
        return tuple(dict.fromkeys(names))

    async def _silent(self, house: House) -> tuple[str, ...]:
        """Devices that cannot be reached, or of which nothing that they report is fresh."""
        found = find_series(house, None, lambda _, aspect: aspect.expected)
        latest, gone = await self._questions.latest([item.key for item in found]), await self._questions.unavailable()
        devices: dict[tuple[str | None, str], list[Found]] = {}
        for item in found:
            devices.setdefault((item.entity.room, item.entity.device or item.entity.id), []).append(item)
        now_ms = self._clock_ms()
        return tuple(
            dict.fromkeys(
                device_name(items[0].entity, house)
                for items in devices.values()
                if any(item.entity.id in gone for item in items) or _is_old(items, latest, now_ms)
            )
        )


def _is_old(items: Sequence[Found], latest: dict[Any, Sample], now_ms: int) -> bool:
    """Numbers are what a device is known to live by: a door that is not opened has nothing to say for days."""
    heard = [item for item in items if item.key in latest]
    numbers = [item for item in heard if item.aspect.numeric] or heard
    return bool(numbers) and all(
        is_stale(item.entity, item.aspect, latest[item.key].seen_ms, now_ms) for item in numbers
    )


def _is_warmth(entity: Entity, aspect: Aspect) -> bool:
    return aspect.quantity is Quantity.TEMPERATURE and entity.component is Component.SENSOR and entity.category is None


def _is_opening(_entity: Entity, aspect: Aspect) -> bool:
    return aspect.quantity in _OPENINGS and not aspect.numeric


def _is_battery(_entity: Entity, aspect: Aspect) -> bool:
    return aspect.quantity in BATTERIES


def _extreme(item: Found, house: House, value: float, at_ms: int) -> Extreme:
    return Extreme(
        name=place(item, house),
        room=item.entity.room,
        quantity=item.aspect.quantity,
        value=value,
        unit=item.aspect.unit,
        at_ms=at_ms,
    )


_EVENTS = (Event.PROPOSED, Event.RECEIPT, Event.TOLD)


def _deeds(records: Sequence[Record]) -> list[Deed]:
    """What devices were told and did, in order."""
    orders = {record.body["proposal"]: record.body["actions"] for record in records if record.event == Event.PROPOSED}
    return [
        Deed(name=str(action["name"]), verb=Verb(action["verb"]), value=action["value"], unit=action["unit"])
        for record in records
        if record.event == Event.RECEIPT
        for action, receipt in zip(orders.get(record.body["proposal"], ()), record.body["receipts"], strict=False)
        if receipt["done"] in _DONE
    ]
