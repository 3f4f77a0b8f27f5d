"""The user's own file about the house: names, rooms, floors, what is hidden. Only its shape is known here.

Entries that match nothing are no fault of the file; whoever applies it can tell their line through `HouseFile.where`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from config.errors import UserFacingError, unknown
from config.plainly import reason

LARGEST_BYTES = 1_000_000
LONGEST_NAME = 80


class HouseFileError(UserFacingError):
    """The file cannot be used; one line for each thing that is wrong, with its place and the fix."""


def _named(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a name has 1 to {LONGEST_NAME} printable characters")
    return name


Name = Annotated[str, AfterValidator(_named)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FloorEntry(_Entry):
    rooms: tuple[Name, ...] = ()
    aliases: tuple[Name, ...] = ()


class RoomEntry(_Entry):
    name: Name | None = None
    """What the room is to be called instead."""
    aliases: tuple[Name, ...] = ()


class DeviceEntry(_Entry):
    name: Name | None = None
    room: Name | None = None
    aliases: tuple[Name, ...] = ()
    hide: bool | None = None


class EntityEntry(DeviceEntry):
    quantity: str | None = None
    unit: str | None = None
    """What the recorded number really is, where the device tells no unit or a wrong one."""


class HouseEntries(_Entry):
    """Tables by the name under which discovery knows a thing; floors by the name that they are to have."""

    floors: dict[Name, FloorEntry] = Field(default_factory=dict)
    rooms: dict[Name, RoomEntry] = Field(default_factory=dict)
    devices: dict[Name, DeviceEntry] = Field(default_factory=dict)
    entities: dict[Name, EntityEntry] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class HouseFile:
    """What the file says; without a file, nothing."""

    path: Path | None = None
    entries: HouseEntries = field(default_factory=HouseEntries)
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def where(self, *keys: str) -> str:
        """`house.toml, line 12`: where a key stands, or the nearest table around it."""
        return _place(self.path, self.lines, keys)


def read_house_file(path: Path) -> HouseFile:
    """Reads it; a file that is not there says nothing. Raises HouseFileError."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return HouseFile(path=path)
    except OSError as error:
        raise HouseFileError(f"{path} cannot be read: {error.strerror}") from error
    if len(raw) > LARGEST_BYTES:
        raise HouseFileError(f"{path} is larger than {LARGEST_BYTES} bytes; that is no description of a house")
    try:
        text = raw.decode()
        entries = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise HouseFileError(f"{path} is not UTF-8 text: byte {error.start} is wrong; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise HouseFileError(f"{path} is not valid TOML: {error}") from error
    lines = dict(_lines(text))
    try:
        found = HouseFile(path=path, entries=HouseEntries.model_validate(entries), lines=lines)
    except ValidationError as error:
        raise HouseFileError("\n".join(_explained(error, path, lines))) from error
    faults = list(_contradictions(found))
    if faults:
        raise HouseFileError("\n".join(faults))
    return found


def _place(path: Path | None, lines: Mapping[tuple[str, ...], int], keys: tuple[str, ...]) -> str:
    while keys and keys not in lines:
        keys = keys[:-1]
    name = str(path) if path else "the house file"
    return f"{name}, line {lines[keys]}" if keys else name


def _lines(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Keys with the line on which each is written, as far as single lines tell; the first one counts."""
    table: tuple[str, ...] = ()
    seen: set[tuple[str, ...]] = set()
    for number, line in enumerate(text.splitlines(), 1):
        path = _path(line)
        if line.lstrip().startswith("["):
            table = path = path[:3]
        elif path:
            path = table + path
        for length in range(1, len(path) + 1):
            if path[:length] not in seen:
                seen.add(path[:length])
                yield path[:length], number


def _path(line: str) -> tuple[str, ...]:
    """The dotted key that a line defines. Only the beginning of a value may stand on it."""
    for candidate in (line, f"{line.partition('=')[0]} = 0"):
        try:
            node: Any = tomllib.loads(candidate)
        except tomllib.TOMLDecodeError:
            continue
        keys = []
        while isinstance(node, dict) and len(node) == 1:
            [(key, node)] = node.items()
            keys.append(key)
        return tuple(keys)
    return ()


def _explained(error: ValidationError, path: Path, lines: Mapping[tuple[str, ...], int]) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        keys = tuple(str(part) for part in problem["loc"] if part != "[key]")
        where = _place(path, lines, keys)
        if problem["type"] == "extra_forbidden":
            yield f"{where}: {_unknown(keys)}"
        elif problem["type"] in {"model_type", "model_attributes_type", "dict_type"}:
            yield f"{where}: {_dotted(keys)} must be a table: write [{keys[0]}.{_quoted(keys[1:2] or ('NAME',))}]"
        else:
            yield f"{where}: {_dotted(keys)}: {reason(problem)}, not {repr(problem['input'])[:LONGEST_NAME]}"


def _unknown(keys: tuple[str, ...]) -> str:
    if len(keys) == 1:
        return unknown("section", keys[0], list(HouseEntries.model_fields))
    kinds: dict[str, type[BaseModel]] = {
        "floors": FloorEntry,
        "rooms": RoomEntry,
        "devices": DeviceEntry,
        "entities": EntityEntry,
    }
    fix = unknown(f"key under [{keys[0]}.{_quoted(keys[1:2])}]", keys[-1], list(kinds[keys[0]].model_fields))
    if keys[0] == "devices" and keys[-1] in EntityEntry.model_fields:
        return f"{keys[-1]} belongs to one entity of a device: write it under [entities.{_quoted(('ID',))}]"
    return fix


def _dotted(keys: tuple[str, ...]) -> str:
    return ".".join([keys[0], *(_quoted((key,)) if not key.isidentifier() else key for key in keys[1:])])


def _quoted(keys: tuple[str, ...]) -> str:
    return ".".join(f'"{key}"' for key in keys)


def _contradictions(file: HouseFile) -> Iterator[str]:
    yield from _twice(file)
    yield from _ambiguous(file)


def _twice(file: HouseFile) -> Iterator[str]:
    """A device or a room that has two entries, and a room on two floors."""
    for section, keys in (("devices", file.entries.devices), ("rooms", file.entries.rooms)):
        first: dict[str, str] = {}
        for key in keys:
            other = first.setdefault(key.casefold(), key)
            if other != key:
                yield f'{file.where(section, key)}: "{key}" is the same as "{other}"; put both into one'
    floor_of: dict[str, str] = {}
    for floor, entry in file.entries.floors.items():
        for room in entry.rooms:
            other = floor_of.setdefault(room.casefold(), floor)
            if other != floor:
                yield f'{file.where("floors", floor, "rooms")}: the room "{room}" is on "{other}" already'


def _ambiguous(file: HouseFile) -> Iterator[str]:
    """A name that would mean two places."""
    bearer: dict[str, str] = {}
    for section, entries in (("floors", file.entries.floors), ("rooms", file.entries.rooms)):
        for known, place in entries.items():
            name = place.name or known if isinstance(place, RoomEntry) else known
            for called in dict.fromkeys([name, *place.aliases]):
                other = bearer.setdefault(called.casefold(), name)
                if other != name:
                    where = file.where(section, known, "aliases")
                    yield f'{where}: "{called}" is what "{other}" is called already; choose another name'
