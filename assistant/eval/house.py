"""The house file of a golden set: its shape, and what is refused. What a device does with it is for `furnish`."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assistant.eval.files import GoldenSetWrong, Mistakes, element_lines, json_of, language_code, text_of
from assistant.eval.furnish import ATTRIBUTES, furnished
from assistant.eval.moments import moment_ms
from assistant.eval.simulated import Simulated
from config.errors import unknown
from config.house_file import Name
from config.settings import TimeZone

_SEEN = ("last_seen", "last_reported", "last_updated")
_MOVED = frozenset({"last_changed", *_SEEN, "history", "available", "aliases"})
"""Keys that count as the device's own where they stand among its attributes."""
_NOTES = frozenset({"note", "notes", "comment", "description", "_comment"})
"""Keys that are for the people who read the file."""


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _pair(value: Any) -> Any:
    """`["2 h ago", 21]` is when, and what it said then."""
    return {"at": value[0], "state": value[1]} if isinstance(value, list) and len(value) == 2 else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else [] if value is None else value


Scalar = str | bool | int | float | None
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RoomEntry(_Entry):
    name: Name
    floor: Annotated[Name, BeforeValidator(_as_text)] | None = None
    aliases: Names = ()


class Past(_Entry):
    """One thing that a device had said before: `at` or `ago`, and the `state`, or an `attribute` with its value."""

    at: str | float | None = Field(default=None, validation_alias=AliasChoices("at", "time", "when", "timestamp"))
    ago: str | float | None = None
    state: Scalar = Field(default=None, validation_alias=AliasChoices("state", "value"))
    attribute: str | None = None


class DeviceEntry(_Entry):
    name: Name = Field(validation_alias=AliasChoices("name", "friendly_name"))
    kind: str = Field(validation_alias=AliasChoices("kind", "type", "domain"))
    room: Name | None = Field(default=None, validation_alias=AliasChoices("room", "area"))
    state: Scalar = None
    unit: str | None = Field(default=None, validation_alias=AliasChoices("unit", "unit_of_measurement"))
    aliases: Names = ()
    attributes: dict[str, Any] = Field(default_factory=dict)
    history: tuple[Annotated[Past, BeforeValidator(_pair)], ...] = ()
    last_changed: str | float | None = None
    """Since when the state is what it is."""
    last_seen: str | float | None = Field(default=None, validation_alias=AliasChoices(*_SEEN))
    """When the device last said anything."""
    available: bool = True
    id: str | None = Field(default=None, validation_alias=AliasChoices("id", "entity_id"))


@dataclass(frozen=True, kw_only=True)
class Device:
    """One device of the file with its simulation; both as often as a house is furnished with them."""

    entry: DeviceEntry
    line: int
    simulated: Simulated
    past: tuple[tuple[str | float, str, str], ...] = ()
    """When, as the file says it, what had been said before: topic and payload."""


@dataclass(frozen=True, kw_only=True)
class EvalHouse:
    """A house as its file describes it."""

    path: Path
    rooms: tuple[RoomEntry, ...]
    devices: tuple[Device, ...]
    units: Literal["metric", "us"] | None = None
    language: str | None = None
    time_zone: str | None = None

    def room_called(self, said: str | None) -> str | None:
        """A room by its name or an alias, whatever its capitals; as it was said where the house has none such."""
        wanted = (said or "").casefold()
        named = (room.name for room in self.rooms if wanted in {one.casefold() for one in (room.name, *room.aliases)})
        return next(named, said)


class _File(_Entry):
    model_config = ConfigDict(extra="allow", frozen=True)

    rooms: list[Any] = Field(default_factory=list)
    devices: list[Any] = Field(default_factory=list)
    units: Literal["metric", "us"] | None = None
    language: Annotated[str, AfterValidator(language_code)] | None = None
    time_zone: TimeZone | None = None


def read_house(path: Path) -> EvalHouse:
    """Raises GoldenSetWrong, which tells everything that is wrong with the file."""
    text, mistakes = text_of(path), Mistakes(path)
    raw = json_of(path, text)
    if not isinstance(raw, dict):
        raise GoldenSetWrong(f'{path}: a house is an object: {{"rooms": [...], "devices": [...]}}')
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        mistakes.explain(None, error, _File, "house")
        raise GoldenSetWrong("\n".join(mistakes.found)) from error
    for key in set(file.model_extra or ()) - _NOTES - {"name"}:
        mistakes.add(None, unknown("key", key, sorted(_File.model_fields)))
    rooms = list(_rooms(file, element_lines(text, "rooms"), mistakes))
    devices = list(_devices(file, element_lines(text, "devices"), mistakes))
    _twice(rooms, mistakes)
    mistakes.refuse()
    return EvalHouse(
        path=path,
        rooms=tuple(room for room, _ in rooms),
        devices=tuple(devices),
        units=file.units,
        language=file.language,
        time_zone=file.time_zone,
    )


def _rooms(file: _File, lines: list[int], mistakes: Mistakes) -> Iterator[tuple[RoomEntry, int]]:
    for place, raw in enumerate(file.rooms):
        try:
            given = {"name": raw} if isinstance(raw, str) else _without_notes(raw)
            yield RoomEntry.model_validate(given), lines[place]
        except ValidationError as error:
            mistakes.explain(lines[place], error, RoomEntry, f"rooms[{place}]")


def _twice(rooms: list[tuple[RoomEntry, int]], mistakes: Mistakes) -> None:
    """A name that would mean two rooms."""
    bearer: dict[str, str] = {}
    for room, line in rooms:
        for called in dict.fromkeys(one.casefold() for one in (room.name, *room.aliases)):
            other = bearer.setdefault(called, room.name)
            if other is not room.name:
                mistakes.add(line, f'"{called}" is what the room "{other}" is called already; choose another name')


def _devices(file: _File, lines: list[int], mistakes: Mistakes) -> Iterator[Device]:
    taken: set[str] = set()
    for place, raw in enumerate(file.devices):
        line = lines[place]
        try:
            entry = DeviceEntry.model_validate(_flattened(raw))
        except ValidationError as error:
            mistakes.explain(line, error, DeviceEntry, f"devices[{place}]")
            continue
        key = _key(entry, place, taken)
        try:
            yield _device(entry, line, key, us=file.units == "us")
        except ValueError as error:
            mistakes.add(line, f'devices[{place}] "{entry.name}": {error}')


def _device(entry: DeviceEntry, line: int, key: str, *, us: bool) -> Device:
    """Raises ValueError for what such a device is not, cannot have said, or when."""

    def simulated(state: Any, attributes: Mapping[str, Any]) -> Simulated:
        return furnished(
            name=entry.name,
            room=entry.room,
            kind=entry.kind,
            state=state,
            unit=entry.unit,
            attributes=attributes,
            available=entry.available,
            key=key,
            us=us,
        )

    for said in (entry.last_changed, entry.last_seen):
        if said is not None:
            moment_ms(said, 0, UTC)
    now, past = simulated(entry.state, entry.attributes), []
    for one in entry.history:
        said = one.at if one.at is not None else one.ago
        if said is None:
            raise ValueError('each entry of its history says when: {"ago": "2 h", "state": "open"}')
        moment_ms(said, 0, UTC)
        then = (
            simulated(one.state, entry.attributes)
            if one.attribute is None
            else simulated(entry.state, {**entry.attributes, one.attribute: one.state})
        )
        topic = then.state_topic if one.attribute is None else then.topics.get(one.attribute, "")
        if topic not in then.says:
            raise ValueError(f"its history: nothing is told of {one.attribute or 'a state'} there")
        past.append((said, topic, then.says[topic]))
    return Device(entry=entry, line=line, simulated=now, past=tuple(past))


def _flattened(raw: Any) -> Any:
    """Attributes may stand beside the other keys; notes are nobody's business."""
    if not isinstance(raw, Mapping):
        return raw
    kept = _without_notes(raw)
    beside = {key: kept.pop(key) for key in list(kept) if key in ATTRIBUTES}
    own = kept.get("attributes")
    if isinstance(own, Mapping | None):
        given = {**beside, **(own or {})}
        kept["attributes"] = {key: value for key, value in given.items() if key not in _MOVED}
        kept |= {key: value for key, value in given.items() if key in _MOVED and key not in kept}
    known = kept.get("id") or kept.get("entity_id")
    if not {"kind", "type", "domain"} & kept.keys() and isinstance(known, str) and "." in known:
        kept["kind"] = known.partition(".")[0]
    return kept


def _without_notes(raw: Any) -> Any:
    return {key: value for key, value in raw.items() if key not in _NOTES} if isinstance(raw, Mapping) else raw


def _key(entry: DeviceEntry, place: int, taken: set[str]) -> str:
    """The part of the entity id after the dot: as the file has it, else made of room and name."""
    said = entry.id.rpartition(".")[2] if entry.id else ""
    if not said:
        in_name = entry.room is None or entry.room.casefold() in entry.name.casefold()
        said = entry.name if in_name else f"{entry.room} {entry.name}"
    plain = unicodedata.normalize("NFKD", said).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or f"device_{place}"
    claimed = entry.id or made
    key = made if claimed not in taken else f"{made}_{place}"
    taken.add(claimed)
    return key
