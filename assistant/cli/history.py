"""`assistant history`: what was recorded of one thing over a period, drawn in the terminal. Reads only."""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from assistant.cli.called import series_called
from assistant.cli.days import NotUnderstood
from assistant.cli.plot import plotted, strips
from assistant.cli.recorded import MOST_STRIPS, Numbers, States, numbers_of, states_of
from assistant.cli.screen import PLAIN_WIDTH, harmless, rounded, screen
from assistant.known import NO_DEVICES, NOTHING_YET
from assistant.replies.figures import Figures
from assistant.state_dir import StateDir
from assistant.zone import house_zone
from config.load import load_settings, resolve_house_file
from config.settings import Settings
from sensors.arrange import HouseFileWatch
from sensors.clock import now_ms
from sensors.periods import NoSuchPeriod, Period, Span, resolve
from sensors.questions import Questions
from sensors.reading import Aspect, Entity, SeriesKey
from sensors.units import sign_of
from tools.names import spoken_name

_LABELS, _TOLD = 16, 48
"""Characters beside a line of numbers, and beside a strip with what is told of its state."""
_NARROWEST = 20
_DAY_MS = 24 * 3_600_000
_LAST_CHANGES = 10
_ALL = 0.995
"""Covered by more than this is covered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, and into how many characters it has to fit."""

    name: str
    quantity: str | None
    period: str
    span: Span
    width: int

    def beside(self, characters: int) -> int:
        """What is left of the width for a plot."""
        return max(_NARROWEST, self.width - characters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What there is to show."""

    entity: Entity
    aspect: Aspect
    called: str
    asked: Asked
    found: Numbers | States | None
    since_ms: int | None
    """When the first reading was recorded at all."""


def show_history(
    name: str, *, quantity: str | None, period: str, as_json: bool, config: Path | None, state_dir: Path | None
) -> int:
    """0 where there was something to show, else 1. Raises NotUnderstood, ConfigError, StoreUnavailable."""
    loaded = load_settings(config)
    settings = loaded.settings
    path = StateDir.of(settings, state_dir).readings
    if not path.exists():
        screen().print(NOTHING_YET.format(path=path), soft_wrap=True)
        return 1
    zone, at_ms = house_zone(settings), now_ms()
    width = min(screen().width, PLAIN_WIDTH)
    asked = Asked(name=name, quantity=quantity, period=period, span=_span(period, at_ms, zone), width=width)
    recorded = asyncio.run(_read(path, HouseFileWatch(resolve_house_file(loaded)), settings, asked))
    if recorded is None:
        screen().print(NO_DEVICES, soft_wrap=True)
        return 1
    if as_json:
        sys.stdout.write(json.dumps(_as_json(recorded), ensure_ascii=False) + "\n")
    else:
        figures = Figures(zone=zone, units=settings.house.units, clock_ms=lambda: at_ms)
        console = screen()
        for line in _lines(recorded, figures):
            console.print(line, soft_wrap=True)
    return 0 if recorded.found else 1


def _span(period: str, at_ms: int, zone: ZoneInfo) -> Span:
    try:
        span = resolve(period, at_ms, zone)
    except NoSuchPeriod as error:
        raise NotUnderstood(str(error)) from error
    if span.end_ms <= span.start_ms:
        raise NotUnderstood(f"{period} has only just begun; ask for {Period.LAST_24_HOURS.value.replace('_', ' ')}")
    return span


async def _read(path: Path, house_file: HouseFileWatch, settings: Settings, asked: Asked) -> Recorded | None:
    """None in a house without devices."""
    deadline = settings.store.query_deadline_seconds
    async with Questions(path, deadline_seconds=deadline, house_file=house_file) as questions:
        house = await questions.house()
        if not house.entities:
            return None
        entity, aspect = series_called(asked.name, asked.quantity, house)
        found: Numbers | States | None
        if aspect.numeric:
            units = settings.house.units
            found = await numbers_of(
                questions, entity, aspect, asked.span, columns=2 * asked.beside(_LABELS), units=units
            )
        else:
            found = await states_of(questions, entity, aspect, asked.span, pieces=asked.beside(_TOLD))
        return Recorded(
            entity=entity,
            aspect=aspect,
            called=spoken_name(entity, house),
            asked=asked,
            found=found,
            since_ms=await questions.recorded_since_ms(SeriesKey(entity_id=entity.id, aspect=aspect.name)),
        )


def _lines(recorded: Recorded, figures: Figures) -> Iterator[str]:
    yield _heading(recorded, figures)
    match recorded.found:
        case None if recorded.since_ms is None:
            yield "Nothing has been recorded of it yet."
        case None:
            first = _stamp(recorded.since_ms or 0, figures)
            yield f"Nothing was recorded of it in that time; the first reading of all is from {first}."
        case Numbers() as numbers:
            yield from _number_lines(numbers, recorded, figures)
        case States() as states:
            yield from _state_lines(states, recorded, figures)


def _heading(recorded: Recorded, figures: Figures) -> str:
    what = recorded.aspect.quantity.replace("_", " ")
    if recorded.aspect.name not in ("state", recorded.aspect.quantity):
        what = recorded.aspect.name.replace("_", " ")
    called = recorded.called if what in recorded.called.casefold() else f"{recorded.called}, {what}"
    room = f" ({recorded.entity.room})" if recorded.entity.room else ""
    span = recorded.asked.span
    stretch = f"{_stamp(span.start_ms, figures)} to {_stamp(span.end_ms, figures)}"
    return f"{harmless(called)}{harmless(room)}, {harmless(recorded.asked.period.replace('_', ' '))}: {stretch}"


def _number_lines(numbers: Numbers, recorded: Recorded, figures: Figures) -> Iterator[str]:
    unit = sign_of(numbers.unit) if numbers.unit else ""
    yield ""
    wide = max(1, 2 * recorded.asked.beside(_LABELS) // len(numbers.columns))
    yield from plotted(
        [one for one in numbers.columns for _ in range(wide)], _axis(recorded.asked.span, figures), unit=unit
    )
    whole = numbers.whole
    yield ""
    low, mean, high = (f"{rounded(value)} {unit}".rstrip() for value in (whole.minimum, whole.mean, whole.maximum))
    yield (
        f"Lowest {low} ({_stamp(whole.minimum_at_ms, figures)}), mean {mean},"
        f" highest {high} ({_stamp(whole.maximum_at_ms, figures)}); {whole.count} readings."
    )
    if numbers.total is not None:
        yield f"It went up by {rounded(numbers.total.value)} {unit}.".replace(" .", ".")
    if numbers.hourly:
        yield "Of the older part only hourly figures are kept."
    yield from _gaps(numbers, figures)


def _gaps(numbers: Numbers, figures: Figures) -> Iterator[str]:
    whole = numbers.whole
    if whole.covered >= _ALL:
        return
    yield f"Known for {max(1, int(100 * whole.covered))} % of the time. The longest gaps:"
    for gap in sorted(whole.gaps, key=lambda one: one.start_ms):
        lasting = figures.lasting((gap.end_ms - gap.start_ms) / 1000)
        yield f"  nothing from {_stamp(gap.start_ms, figures)} to {_stamp(gap.end_ms, figures)} ({lasting})"


def _state_lines(states: States, recorded: Recorded, figures: Figures) -> Iterator[str]:
    shown = states.each[:MOST_STRIPS]
    names = {one.state: harmless(one.state, 20).replace("_", " ") for one in shown}
    told = {names[one.state]: f"{figures.lasting(one.ms / 1000)}{_times(one.times)}" for one in shown}
    yield ""
    yield from strips({names[one.state]: one.shares for one in shown}, told, _axis(recorded.asked.span, figures))
    if more := len(states.each) - len(shown):
        yield f"{more} more states for less time than these."
    if states.known.start_ms > recorded.asked.span.start_ms:
        yield f"Nothing is known of it before {_stamp(states.known.start_ms, figures)}."
    if states.changes:
        yield ""
        last = states.changes[-_LAST_CHANGES:]
        all_of_them = len(last) == len(states.changes)
        yield "Changes:" if all_of_them else f"The last {len(last)} of {len(states.changes)} changes:"
        for change in last:
            yield f"  {_stamp(change.at_ms, figures)}  {harmless(str(change.value), 40).replace('_', ' ')}"


def _times(count: int) -> str:
    """Nothing of what was so all the while."""
    return "" if count == 0 else ", began once" if count == 1 else f", began {count} times"


def _stamp(at_ms: int, figures: Figures) -> str:
    return f"{figures.local(at_ms):%Y-%m-%d %H:%M}"


def _axis(span: Span, figures: Figures) -> list[str]:
    """Five times, as clocks or as days, whichever tells them apart."""
    length_ms = span.end_ms - span.start_ms
    shape = "%H:%M" if length_ms <= 1.5 * _DAY_MS else "%a %H:%M" if length_ms <= 8 * _DAY_MS else "%Y-%m-%d"
    return [f"{figures.local(span.start_ms + length_ms * quarter // 4):{shape}}" for quarter in range(5)]


def _as_json(recorded: Recorded) -> Mapping[str, Any]:
    entity, span = recorded.entity, recorded.asked.span
    return {
        "entity": entity.id,
        "name": entity.name,
        "room": entity.room,
        "aspect": recorded.aspect.name,
        "quantity": recorded.aspect.quantity,
        "period": recorded.asked.period,
        "from_ms": span.start_ms,
        "to_ms": span.end_ms,
        "recorded_since_ms": recorded.since_ms,
        **_found_json(recorded.found),
    }


def _found_json(found: Numbers | States | None) -> Mapping[str, Any]:
    match found:
        case Numbers():
            points = [
                {"from_ms": span.start_ms, "to_ms": span.end_ms, **asdict(column)}
                for span, column in zip(found.spans, found.columns, strict=True)
                if column is not None
            ]
            total = found.total.value if found.total else None
            return {"unit": found.unit, **asdict(found.whole), "went_up_by": total, "points": points}
        case States():
            return {
                "known_from_ms": found.known.start_ms,
                "states": [{"state": one.state, "seconds": one.ms / 1000, "times": one.times} for one in found.each],
                "changes": [{"at_ms": one.at_ms, "state": one.value} for one in found.changes],
            }
    return {"nothing": True}
