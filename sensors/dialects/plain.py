"""Plain topics: what a person maps in the settings, since nothing on the broker describes it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.errors import UserFacingError
from config.plain import PlainTopic, filled
from sensors.decoded import Decoded, Definition
from sensors.dialects.kinds.measured import BINARY_CLASSES, OTHER_UNITS_TOO, SENSOR_CLASSES, UNITLESS_PERCENT
from sensors.dialects.routes import Refused, number_of
from sensors.dialects.translated import Thing, Translation, joined, leaf_text, refused
from sensors.message import Message
from sensors.payloads import BadPayload, json_of, text_of
from sensors.reading import Quantity
from sensors.templates import NoValue
from sensors.unit_table import WRITTEN
from sensors.units import CANONICAL, parse_unit, same_dimension

_MEASURED: Mapping[Quantity, str | None] = {
    Quantity.NUMBER: None,
    **{quantity: device_class for device_class, quantity in SENSOR_CLASSES.items()},
}
"""What can be measured, with a device class that discovery has for it."""
_OF_TWO_STATES: Mapping[Quantity, str] = {quantity: device_class for device_class, quantity in BINARY_CLASSES.items()}
_SWITCHED: Mapping[Quantity, str] = {Quantity.SWITCH: "switch", Quantity.LIGHT: "light"}
_METERS = frozenset({Quantity.ENERGY, Quantity.GAS, Quantity.WATER})

QUANTITIES = (*_MEASURED, *_OF_TWO_STATES, *_SWITCHED, Quantity.TEXT)
"""What a plain topic may tell of."""

_MOST_UNKNOWN = 10_000
"""Topics of which it is remembered that no entry matches them."""


class BadPlainTopic(UserFacingError):
    """An entry of the settings cannot be used; the message says which, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """One entry on one topic."""

    entry: PlainTopic
    quantity: Quantity
    unique: str
    value_name: str
    levels: Mapping[str, str]


class PlainTopics:
    """The `[[plain]]` entries of the settings."""

    name = "plain"

    def __init__(self, entries: Sequence[PlainTopic]) -> None:
        """Raises BadPlainTopic."""
        self._entries = [(entry, _checked(number, entry)) for number, entry in enumerate(entries, start=1)]
        self._translation = Translation(self.name)
        self._matches: dict[str, tuple[_Match, ...]] = {}
        self._notes: dict[str, tuple[str, ...]] = {}
        self._gone: tuple[str, ...] = ()

    def filters(self) -> frozenset[str]:
        return frozenset(entry.topic_filter for entry, _ in self._entries)

    def restore(self, definitions: Iterable[Definition]) -> None:
        mine = [one for one in definitions if one.dialect == self.name]
        known: set[str] = set()
        with self._translation.restoring():
            for topic, payload in sorted({(one.topic, one.payload) for one in mine}):
                decoded = self._take(Message(topic=topic, payload=payload)) or Decoded()
                known.update(one.entity.id for one in decoded.definitions)
        self._gone = tuple(one.entity.id for one in mine if one.entity.id not in known)

    def decode(self, message: Message) -> Decoded | None:
        found = self._take(message)
        if not self._gone:
            return found
        # Entities of entries that are in the settings no more: the first message takes them out of the house.
        gone, self._gone = Decoded(removals=self._gone), ()
        return joined([gone, found or Decoded()], retained=message.retain)

    def _take(self, message: Message) -> Decoded | None:
        matches = self._matches_of(message.topic)
        if not matches:
            return None
        parts = [self._read(match, message) for match in matches]
        return joined([*parts, Decoded(notes=self._notes.get(message.topic, ()))], retained=message.retain)

    def _matches_of(self, topic: str) -> tuple[_Match, ...]:
        known = self._matches.get(topic)
        if known is None:
            if len(self._matches) >= _MOST_UNKNOWN:
                self._matches.clear()
                self._notes.clear()
            known = self._matches[topic] = self._found(topic)
        return known

    def _found(self, topic: str) -> tuple[_Match, ...]:
        """The first entry for each value that the topic gives."""
        by_path: dict[tuple[str | int, ...], _Match] = {}
        for number, (entry, quantity) in enumerate(self._entries):
            levels = entry.levels_in(topic)
            if levels is None:
                continue
            path = tuple(entry.path)
            if path in by_path:
                self._notes[topic] = ("two_patterns_match",)
                continue
            by_path[path] = _Match(
                entry=entry,
                quantity=quantity,
                unique=":".join((topic.replace("/", "."), *map(str, path))),
                value_name=f"{topic}/{number}",
                levels=levels,
            )
        return tuple(by_path.values())

    def _read(self, match: _Match, message: Message) -> Decoded:
        try:
            value = _value_at(message, tuple(match.entry.path))
            described = self._described(match, value, message)
        except NoValue:
            return Decoded(notes=("no_value",))
        except (BadPayload, Refused) as error:
            return refused(error.code, str(error), message)
        if match.quantity in _SWITCHED:
            # Its states are told as its commands are, since discovery knows lights of no other kind.
            words = dict(zip((match.entry.on, match.entry.off), _payloads(match.entry), strict=True))
            value = words.get(value, value)
        return joined([described, self._translation.tell([(match.value_name, value)], message)])

    def _described(self, match: _Match, value: str, message: Message) -> Decoded:
        """Describes what is new, once it has said something that makes sense. Raises NoValue, Refused."""
        if self._translation.knows(message.topic, match.unique):
            return Decoded(empty=True)
        if match.quantity in _MEASURED:
            number_of(value)
        elif match.quantity is not Quantity.TEXT and value not in (match.entry.on, match.entry.off):
            raise Refused("unknown_state", f"{value[:60]!r} is neither {match.entry.on!r} nor {match.entry.off!r}")
        component, config = _config(match)
        thing = Thing(component=component, unique=match.unique, config=config, source=message)
        return self._translation.describe(message.topic, [thing], rest=True)


def _value_at(message: Message, path: tuple[str | int, ...]) -> str:
    """The value as text. Raises BadPayload, NoValue where the payload does not have it, Refused(not_a_value)."""
    if not path:
        return text_of(message.payload).strip()
    value: Any = json_of(message.payload)
    for step in path:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            raise NoValue(f"no {step!r} in the payload")
    if isinstance(value, dict | list):
        raise Refused("not_a_value", f"at {'.'.join(map(str, path))} stands no single value")
    return leaf_text(value).strip()


def _config(match: _Match) -> tuple[str, dict[str, Any]]:
    """The component, and its configuration as discovery would have it."""
    entry, quantity = match.entry, match.quantity
    config: dict[str, Any] = {
        "name": _name(match),
        "state_topic": match.value_name,
        "device": {"suggested_area": _room(match)},
        "expire_after": entry.expire_after_seconds,
    }
    if quantity in _MEASURED or quantity is Quantity.TEXT:
        config |= {
            "device_class": _MEASURED.get(quantity),
            "unit_of_measurement": entry.unit,
            "state_class": None if quantity is Quantity.TEXT else _state_class(quantity),
        }
        return "sensor", _given(config)
    if quantity in _SWITCHED:
        topic = entry.command_topic
        on, off = _payloads(entry)
        config |= {
            "command_topic": filled(topic, match.levels) if topic else None,
            "payload_on": on,
            "payload_off": off,
        }
        return _SWITCHED[quantity], _given(config)
    config |= {"device_class": _OF_TWO_STATES.get(quantity), "payload_on": entry.on, "payload_off": entry.off}
    return "binary_sensor", _given(config)


def _payloads(entry: PlainTopic) -> tuple[str, str]:
    """What switches it on, and off."""
    return entry.command_on or entry.on, entry.command_off or entry.off


def _given(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if value is not None}


def _state_class(quantity: Quantity) -> str:
    return "total_increasing" if quantity in _METERS else "measurement"


def _name(match: _Match) -> str:
    if match.entry.name is not None:
        return _spoken(filled(match.entry.name, match.levels))
    levels = [word for name, word in match.levels.items() if name != "room"]
    own = [] if match.quantity in _SWITCHED and levels else [match.quantity.value]
    return _spoken(" ".join((*levels, *own)))


def _room(match: _Match) -> str | None:
    room = match.entry.room or ("{room}" if "room" in match.levels else None)
    return _spoken(filled(room, match.levels)) if room else None


def _spoken(text: str) -> str:
    """Words as people say them: `living_room` is `living room`."""
    return " ".join(text.replace("_", " ").split())


def _checked(number: int, entry: PlainTopic) -> Quantity:
    """The quantity of an entry. Raises BadPlainTopic."""
    problem = "".join(_problems(entry))
    if problem:
        raise BadPlainTopic(f"[[plain]] entry {number} ({entry.topic}): {problem}")
    return Quantity(entry.quantity)


def _problems(entry: PlainTopic) -> Iterator[str]:
    """The first thing that is wrong, if anything is."""
    names = [quantity.value for quantity in QUANTITIES]
    if entry.quantity not in names:
        yield f"no quantity is called {entry.quantity!r}; choose one of {', '.join(sorted(names))}"
        return
    quantity = Quantity(entry.quantity)
    if entry.command_topic is not None and quantity not in _SWITCHED:
        yield f"{quantity} cannot be switched; a command_topic is for the quantities switch and light"
        return
    if quantity not in _MEASURED:
        if entry.unit is not None:
            yield f"{quantity} has no unit; leave `unit` out"
        return
    canonical = CANONICAL.get(quantity)
    if canonical is None:
        return
    if entry.unit is None:
        if quantity not in UNITLESS_PERCENT:
            yield f'say in which unit the {quantity} comes, for example unit = "{_example(canonical)}"'
        return
    unit = parse_unit(entry.unit)
    if unit is None or not (quantity in OTHER_UNITS_TOO or same_dimension(unit, canonical)):
        yield f'{entry.unit!r} is no unit of {quantity}; write for example unit = "{_example(canonical)}"'


def _example(canonical: str) -> str:
    """A way in which devices write a unit."""
    return next(written for written, unit in WRITTEN.items() if unit == canonical)
