"""The house as its people see it: what discovery found, overridden by the user's file. Nothing is written anywhere.

`arrange` is pure; `HouseFileWatch` follows the file as it changes.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from config.errors import unknown
from config.house_file import DeviceEntry, EntityEntry, HouseFile, HouseFileError, read_house_file
from sensors.home import Floor, House, Room
from sensors.reading import STATES, Aspect, Entity, Quantity, SeriesKey
from sensors.units import CANONICAL, parse_unit, same_dimension

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """A house, what was hidden from it, and which entries of the file did nothing, as sentences."""

    house: House
    hidden: tuple[Entity, ...] = ()
    warnings: tuple[str, ...] = ()
    claims: Mapping[SeriesKey, tuple[str, str]] = field(default_factory=dict)
    """Series whose recorded numbers are, as the file says, in another unit: that one, and the one of the aspect."""


def load_house_file(path: Path | None) -> HouseFile:
    """Raises HouseFileError, also for a quantity or a unit that does not exist."""
    file = read_house_file(path) if path else HouseFile()
    faults = [fault for name, entry in file.entries.entities.items() for fault in _unknown_measure(file, name, entry)]
    if faults:
        raise HouseFileError("\n".join(faults))
    return file


class HouseFileWatch:
    """Reads the file when it has changed. A change that cannot be used is told once, and what held before holds."""

    def __init__(self, path: Path | None) -> None:
        """Raises HouseFileError where the file cannot be used."""
        self._path = path
        self._stamp = self._look()
        self.file = load_house_file(path)
        self.revision = 0
        """How often what the file says has changed."""

    def follow(self) -> HouseFile:
        """What the file says now. It costs one look at the file's time."""
        stamp = self._look()
        if stamp == self._stamp:
            return self.file
        self._stamp = stamp
        try:
            found = load_house_file(self._path)
        except HouseFileError as error:
            _LOG.warning("The changed house file is not used, what it said before still holds: %s", error)
            return self.file
        if found != self.file:
            self.file = found
            self.revision += 1
            _LOG.info("The house file has changed and is used from now on")
        return self.file

    def _look(self) -> tuple[int, int, int] | None:
        """None where it is not there (any more)."""
        if self._path is None:
            return None
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def arrange(house: House, file: HouseFile) -> Arranged:
    """The house with the file's names, rooms and floors; hidden entities are not in it at all."""
    rooms = _Rooms(file, house)
    devices = {key.casefold(): entry for key, entry in file.entries.devices.items()}
    kept: list[Entity] = []
    hidden: list[Entity] = []
    warnings: list[str] = []
    claims: dict[SeriesKey, tuple[str, str]] = {}
    for entity in house.entities:
        of_device = devices.get((entity.device or "").casefold(), DeviceEntry())
        own = file.entries.entities.get(entity.id, EntityEntry())
        warnings += _misfit(file, entity, own)
        entity = _named(entity, of_device, own)
        entity = replace(entity, room=rooms.spelt(own.room or of_device.room or entity.room))
        if own.hide if own.hide is not None else of_device.hide:
            hidden.append(entity)
        else:
            entity, units = _measured(entity, own)
            claims |= units
            kept.append(entity)
    there = House(
        version=house.version,
        entities=tuple(kept),
        floors=tuple(
            Floor(name=name, rooms=tuple(rooms.called(room) for room in entry.rooms), aliases=entry.aliases)
            for name, entry in file.entries.floors.items()
        ),
        other_names=tuple(
            Room(name=rooms.called(key), aliases=entry.aliases)
            for key, entry in file.entries.rooms.items()
            if entry.aliases
        ),
    )
    warnings += _idle(file, house, there)
    return Arranged(house=there, hidden=tuple(hidden), warnings=tuple(warnings), claims=claims)


class _Rooms:
    """One spelling for each room: the file's, else the first that a device gave."""

    def __init__(self, file: HouseFile, house: House) -> None:
        self._new = {key.casefold(): entry.name or key for key, entry in file.entries.rooms.items()}
        self._new |= {name.casefold(): name for name in list(self._new.values())}
        entries = file.entries
        listed = [room for floor in entries.floors.values() for room in floor.rooms]
        placed = [one.room for one in (*entries.devices.values(), *entries.entities.values())]
        for name in (*listed, *placed, *house.rooms):
            if name:
                self._new.setdefault(name.casefold(), name)

    def spelt(self, room: str | None) -> str | None:
        return self.called(room) if room else None

    def called(self, room: str) -> str:
        return self._new.get(room.casefold(), room)


def _named(entity: Entity, of_device: DeviceEntry, own: EntityEntry) -> Entity:
    """A device's new name stands for the old one at the front of its entities' names."""
    was = entity.device or ""
    rest = entity.name[len(was) :].strip() if entity.name.casefold().startswith(was.casefold()) else entity.name
    device = of_device.name or entity.device
    if rest.casefold() == (device or "").casefold():
        rest = ""  # a thing that is called like its device is called so once
    name = entity.name if of_device.name is None else f"{of_device.name} {rest}".strip()
    aliases = [alias for called in of_device.aliases for alias in dict.fromkeys([f"{called} {rest}".strip(), called])]
    return replace(
        entity, name=own.name or name, device=device, aliases=_unique([*own.aliases, *aliases, *entity.aliases])
    )


def _measured(entity: Entity, own: EntityEntry) -> tuple[Entity, dict[SeriesKey, tuple[str, str]]]:
    """The entity with what the file says its main aspect really measures, where that can be; and in which unit."""
    main = _measure(entity, own)
    if main is None:
        return entity, {}
    claims = {}
    heard = CANONICAL.get(main.quantity)
    if own.unit and main.unit and heard and main.unit != heard:
        claims[SeriesKey(entity_id=entity.id, aspect=main.name)] = (main.unit, heard)
        main = replace(main, unit=heard)
    return replace(entity, aspects=(main, *entity.aspects[1:])), claims


def _measure(entity: Entity, own: EntityEntry) -> Aspect | None:
    """The main aspect as the file has it; None where there is none or that does not fit what is recorded."""
    aspect = next(iter(entity.aspects), None)
    if aspect is None or (own.quantity is None and own.unit is None):
        return aspect
    quantity = Quantity(own.quantity) if own.quantity else aspect.quantity
    if not aspect.numeric:
        same_words = STATES.get(aspect.quantity, ("on", "off")) == STATES.get(quantity)
        return replace(aspect, quantity=quantity) if same_words and own.unit is None else None
    canonical = CANONICAL.get(quantity)
    unit = known_unit(own.unit) if own.unit else aspect.unit or canonical
    if canonical is not None and (unit is None or not same_dimension(unit, canonical)):
        return None
    if own.unit and any(one.takes_value and one.proof_aspect == aspect.name for one in entity.commands):
        return None  # what it is told is compared with what it reports, number by number
    return replace(aspect, quantity=quantity, unit=unit) if quantity not in STATES else None


def known_unit(written: str) -> str | None:
    """A unit by its sign (`°F`) or its name (`fahrenheit`)."""
    named = written.strip().lower().replace(" ", "_")
    return parse_unit(written) or (named if same_dimension(named, named) else None)


def _unknown_measure(file: HouseFile, name: str, entry: EntityEntry) -> Iterator[str]:
    if entry.quantity is not None and entry.quantity not in set(Quantity):
        yield f"{file.where('entities', name, 'quantity')}: {unknown('quantity', entry.quantity, list(Quantity))}"
    if entry.unit is not None and known_unit(entry.unit) is None:
        units = sorted(set(CANONICAL.values()))
        yield f"{file.where('entities', name, 'unit')}: {unknown('unit', entry.unit, units)}"


def _misfit(file: HouseFile, entity: Entity, own: EntityEntry) -> Iterator[str]:
    if (own.quantity is None and own.unit is None) or _measure(entity, own) is not None:
        return
    main = next(iter(entity.aspects), None)
    key = "quantity" if own.quantity else "unit"
    told = "nothing" if main is None else f"{main.quantity}" + (f" in {main.unit}" if main.unit else "")
    wanted = " in ".join(text for text in (own.quantity, own.unit) if text)
    where = file.where("entities", entity.id, key)
    yield f"{where}: {entity.id} reports {told}, which cannot be read as {wanted}; it stays as it is"


def _idle(file: HouseFile, house: House, there: House) -> Iterator[str]:
    """Entries that match nothing in the house."""
    entries = file.entries
    devices = {entity.device.casefold(): entity.device for entity in house.entities if entity.device}
    ids = sorted(house.by_id)
    for name in entries.devices:
        if name.casefold() not in devices:
            yield f"{file.where('devices', name)}: {unknown('device', name, list(devices.values()))}"
    for name in entries.entities:
        if name not in house.by_id:
            yield f"{file.where('entities', name)}: {unknown('entity', name, ids)}"
    known = {room.casefold() for room in (*there.rooms, *house.rooms)}
    for name in entries.rooms:
        if name.casefold() not in known:
            yield f"{file.where('rooms', name)}: no device is in a room called {name!r}"
    for floor, entry in entries.floors.items():
        for room in entry.rooms:
            if room.casefold() not in known:
                yield f"{file.where('floors', floor, 'rooms')}: no device is in a room called {room!r}"


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
