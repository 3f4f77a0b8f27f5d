"""`assistant devices`: rooms, devices and what they last said, with what is silent, unreachable or low on battery."""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from assistant.cli.screen import harmless, rounded, screen, some
from assistant.known import LOW, SILENT, STALE, UNREACHABLE, Known, read_known
from assistant.replies.figures import Figures
from assistant.zone import house_zone
from config.errors import UserFacingError, unknown
from sensors.clock import now_ms
from sensors.home import House
from sensors.measures import Sample
from sensors.reading import STATE_ASPECT, Aspect, Entity
from sensors.spoken_units import spoken_unit
from sensors.units import convert, sign_of
from tools.names import find_rooms

_STYLES = {UNREACHABLE: "red", STALE: "yellow", LOW: "yellow", SILENT: "dim"}
MARKS = {UNREACHABLE: UNREACHABLE, STALE: STALE, LOW: "with a low battery", SILENT: "without a reading yet"}
NOWHERE = "Not in a room"


class NoSuchRoom(UserFacingError):
    """Nothing is in a room or on a floor of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What one aspect last said, in the person's units."""

    aspect: Aspect
    value: float | str
    unit: str | None
    at_ms: int
    seen_ms: int

    @property
    def text(self) -> str:
        what = "" if self.aspect.name == STATE_ASPECT else f"{self.aspect.name.replace('_', ' ')} "
        if isinstance(self.value, str):
            return f"{what}{harmless(self.value, 40).replace('_', ' ')}"
        unit = f" {sign_of(self.unit)}" if self.unit else ""
        return f"{what}{rounded(self.value)}{unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entity as it stands."""

    entity: Entity
    values: tuple[Value, ...]
    marks: tuple[str, ...]

    @property
    def seen_ms(self) -> int | None:
        return max((value.seen_ms for value in self.values), default=None)


def list_devices(*, room: str | None, as_json: bool, ids: bool, config: Path | None, state_dir: Path | None) -> int:
    """Always 0. Raises NoSuchRoom, ConfigError, HouseFileError, StoreUnavailable."""
    known = asyncio.run(read_known(config, state_dir))
    at_ms = now_ms()
    house = known.arranged.house
    rooms = _rooms(house, room)
    lines = [_line_of(known, entity, at_ms) for entity in house.entities if room is None or entity.room in rooms]
    if as_json:
        sys.stdout.write(json.dumps(_as_json(known, rooms, lines), ensure_ascii=False) + "\n")
    elif known.nothing:
        screen().print(known.nothing, soft_wrap=True)
    else:
        _print(known, rooms, lines, at_ms, ids=ids)
    return 0


def _rooms(house: House, room: str | None) -> tuple[str, ...]:
    """The rooms asked for, those of a floor beside each other."""
    if room is None:
        floors = {name: place for place, floor in enumerate(house.floors) for name in house.rooms_of(floor)}
        return tuple(sorted(house.rooms, key=lambda name: (floors.get(name, len(floors)), name)))
    found = find_rooms(house, room)
    if not found and house.entities:
        raise NoSuchRoom(unknown("room or floor", room, [name for name, _ in house.places]))
    return found


def _line_of(known: Known, entity: Entity, at_ms: int) -> Line:
    values = tuple(_value(known, aspect, sample) for aspect, sample in known.said(entity))
    return Line(entity=entity, values=values, marks=known.marks(entity, at_ms))


def _value(known: Known, aspect: Aspect, sample: Sample) -> Value:
    value, unit = sample.value, aspect.unit
    if unit is not None and isinstance(value, float):
        heard = spoken_unit(unit, known.settings.house.units)
        value, unit = convert(value, unit, heard), heard
    return Value(aspect=aspect, value=value, unit=unit, at_ms=sample.at_ms, seen_ms=sample.seen_ms)


def _by_device(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda one: ((one.entity.device or one.entity.name).casefold(), one.entity.name)):
        found.setdefault(line.entity.device or line.entity.name, []).append(line)
    return found


def _print(known: Known, rooms: tuple[str, ...], lines: list[Line], at_ms: int, *, ids: bool) -> None:
    figures = Figures(zone=house_zone(known.settings), units=known.settings.house.units, clock_ms=lambda: at_ms)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("what", "says", "age", "marks", "id"):
        table.add_column(column, overflow="fold")
    house = known.arranged.house
    for room in (*rooms, None):
        here = [line for line in lines if line.entity.room == room]
        if not here:
            continue
        floor = house.floor_of(room)
        table.add_row(Text(harmless(room or NOWHERE) + (f"  ({harmless(floor.name)})" if floor else ""), style="bold"))
        for device, entities in _by_device(here).items():
            for row in _device_rows(device, entities, figures, ids=ids):
                table.add_row(*row)
    console = screen()
    console.print(table)
    for sentence in _summary(known, lines):
        console.print(sentence, soft_wrap=True)
    for warning in known.arranged.warnings:
        console.print(f"Warning: {harmless(warning, 1_000)}", style="yellow", soft_wrap=True)


def _device_rows(device: str, lines: list[Line], figures: Figures, *, ids: bool) -> Iterator[tuple[Text, ...]]:
    """One row for a device with a single entity, else one for each below the device's name."""
    indent = "  "
    if len(lines) > 1:
        yield (Text(f"  {harmless(device)}"),)
        indent = "    "
    for line in lines:
        own = line.entity.name
        if len(lines) > 1 and own.casefold().startswith(device.casefold()):
            own = own[len(device) :].strip() or _kind(line.entity)
        seen_ms = line.seen_ms
        yield (
            Text(indent + harmless(own)),
            Text(", ".join(value.text for value in line.values), style="bold"),
            Text(figures.ago(seen_ms) if seen_ms is not None else "", style="dim"),
            Text(", ").join(Text(mark, style=_STYLES[mark]) for mark in line.marks),
            Text(line.entity.id if ids else "", style="dim"),
        )


def _kind(entity: Entity) -> str:
    """What an entity is called that has no name of its own beside its device's."""
    kind = entity.aspects[0].quantity if entity.aspects else entity.component
    return kind.replace("_", " ")


def _summary(known: Known, lines: list[Line]) -> Iterator[str]:
    devices = {line.entity.device or line.entity.name for line in lines}
    rooms = {line.entity.room for line in lines} - {None}
    yield ""
    where = some(len(rooms), "room") if rooms else "no room"
    yield f"{some(len(lines), 'entity')} of {some(len(devices), 'device')} in {where}."
    told = [f"{count} {words}" for mark, words in MARKS.items() if (count := sum(mark in one.marks for one in lines))]
    if told:
        yield f"{', '.join(told)}."
    if unplaced := sum(line.entity.room is None for line in lines):
        yield f"{some(unplaced, 'entity')} in no room: `assistant house edit-hints` proposes rooms."
    if known.arranged.hidden:
        yield f"{some(len(known.arranged.hidden), 'entity')} hidden by {known.house_file}."


def _as_json(known: Known, rooms: tuple[str, ...], lines: list[Line]) -> Mapping[str, Any]:
    house = known.arranged.house
    placed = [
        {
            "room": room,
            "floor": floor.name if (floor := house.floor_of(room)) else None,
            "devices": _devices_json([line for line in lines if line.entity.room == room]),
        }
        for room in rooms
    ]
    return {
        "rooms": placed,
        "unplaced": _devices_json([line for line in lines if line.entity.room is None]),
        "hidden": [entity.id for entity in known.arranged.hidden],
        "warnings": list(known.arranged.warnings),
    }


def _devices_json(lines: list[Line]) -> list[Mapping[str, Any]]:
    return [
        {"device": device, "entities": [_line_json(line) for line in entities]}
        for device, entities in _by_device(lines).items()
    ]


def _line_json(line: Line) -> Mapping[str, Any]:
    return {
        "entity": line.entity.id,
        "name": line.entity.name,
        "verbs": [command.verb for command in line.entity.commands],
        "values": [
            {
                "aspect": value.aspect.name,
                "quantity": value.aspect.quantity,
                "value": value.value,
                "unit": value.unit,
                "at_ms": value.at_ms,
                "seen_ms": value.seen_ms,
            }
            for value in line.values
        ],
        "reachable": UNREACHABLE not in line.marks,
        "stale": STALE in line.marks,
        "low_battery": LOW in line.marks,
    }
