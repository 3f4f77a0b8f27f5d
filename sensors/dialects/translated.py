"""For dialects that say in their own words what discovery says in its: they describe their devices as a discovery
configuration would, and whatever is known about components, units, commands and availability holds for them too.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sensors.decoded import Decoded, Definition
from sensors.dialects.home_assistant import HomeAssistant
from sensors.dialects.routes import Refused
from sensors.message import Message
from sensors.payloads import MAX_STATE_BYTES, json_of
from sensors.reading import Refusal

MOST_OWNERS = 1_000
"""Devices that one dialect knows of at a time."""
MOST_OF_ONE = 250
"""Things that one device may be made of."""
MOST_LEAVES = 1_000
DEEPEST = 8

_PREFIX = "translated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One entity, as a discovery configuration with long keys describes it, and the message that told of it.

    `state_topic` and its like name values for `Translation.tell`; command topics are the device's own.
    """

    component: str
    unique: str
    """Stable and unique within the dialect."""
    config: Mapping[str, Any]
    source: Message


class Translation:
    """The entities of one dialect. Nothing here raises; what cannot be taken becomes a refusal."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        self._discovery = HomeAssistant(_PREFIX)
        self._own_filters = self._discovery.filters()
        self._owners: dict[str, dict[str, Thing]] = {}
        """Device to its things, by unique id."""
        self._made: dict[str, Definition] = {}
        self._wanted: frozenset[str] = frozenset()
        self._restoring = False
        self._stale: set[str] = set()
        """Described before a restart only."""

    def __contains__(self, owner: str) -> bool:
        return owner in self._owners

    @property
    def owners(self) -> Iterable[str]:
        return self._owners.keys()

    def things(self, owner: str) -> Mapping[str, Thing]:
        """What has been described of one device, by unique id."""
        return self._owners.get(owner, {})

    def knows(self, owner: str, unique: str) -> bool:
        """Whether a thing need not be described again; after a restart each is described once more."""
        return unique in self.things(owner) and unique not in self._stale

    def describe(self, owner: str, things: Iterable[Thing], *, rest: bool = False) -> Decoded:
        """Takes what a device is made of now; what it no longer is made of goes, unless the `rest` stays as it is."""
        wanted = {thing.unique: thing for thing in things}
        known = self._owners.get(owner)
        if known is None and len(self._owners) >= MOST_OWNERS and wanted:
            source = next(iter(wanted.values())).source
            return refused("too_many_devices", f"there are {MOST_OWNERS} devices already", source)
        known = self._owners.setdefault(owner, {})
        gone = [
            unique
            for unique, thing in known.items()
            if (wanted[unique].component != thing.component if unique in wanted else not rest)
        ]
        parts = [self._drop(known.pop(unique)) for unique in gone]
        for unique, thing in wanted.items():
            if unique not in known and len(known) >= MOST_OF_ONE:
                detail = f"more than {MOST_OF_ONE} things of one device"
                parts.append(refused("too_many_entities", detail, thing.source))
                break
            known[unique] = thing
            self._stale.discard(unique)
            parts.append(self._define(thing))
        if not known:
            del self._owners[owner]
        self._wanted = self._discovery.filters() - self._own_filters
        return joined(parts)

    def forget(self, owner: str) -> Decoded:
        return self.describe(owner, ()) if owner in self._owners else Decoded(empty=True)

    def tell(self, said: Iterable[tuple[str, str]], message: Message) -> Decoded:
        """Values that a message gave, by the names under which things listen to them."""
        if self._restoring:
            return Decoded()
        parts = []
        for name, text in said:
            if name not in self._wanted:
                continue
            told = self._discovery.decode(replace(message, topic=name, payload=text.encode(errors="replace")))
            if told is not None:
                parts.append(told)
        found = joined(parts, retained=message.retain)
        return replace(found, refusals=_on(message, found.refusals))

    @contextmanager
    def restoring(self) -> Iterator[None]:
        """Within it, what is described was described before a restart, and what is told counts no more.

        When a description comes again it is read again, as this version may see more in it.
        """
        self._restoring = True
        try:
            yield
        finally:
            self._restoring = False
        self._discovery.restore(self._made.values())
        self._stale = {unique for things in self._owners.values() for unique in things}

    def _define(self, thing: Thing) -> Decoded:
        message = self._message(thing, json.dumps({**thing.config, "unique_id": thing.unique}).encode())
        decoded = self._discovery.decode(message) or Decoded()
        for made in decoded.definitions:
            self._made[message.topic] = made
        source = thing.source
        definitions = tuple(
            replace(made, dialect=self._dialect, topic=source.topic, payload=source.payload)
            for made in decoded.definitions
        )
        # What was told before the description is left out, as the device will tell it again.
        return replace(decoded, definitions=definitions, refusals=_on(source, decoded.refusals), readings=())

    def _drop(self, thing: Thing) -> Decoded:
        message = self._message(thing, b"")
        self._made.pop(message.topic, None)
        self._stale.discard(thing.unique)
        return self._discovery.decode(message) or Decoded()

    def _message(self, thing: Thing, payload: bytes) -> Message:
        # A digest, since a unique id may hold what must not stand in a topic.
        digest = hashlib.blake2b(thing.unique.encode(errors="replace"), digest_size=12).hexdigest()
        topic = f"{_PREFIX}/{thing.component}/{digest}/config"
        return Message(topic=topic, payload=payload, received_ms=thing.source.received_ms)


def joined(parts: Iterable[Decoded], *, retained: bool = True) -> Decoded:
    """Several findings in one message as one."""
    found = list(parts)
    return Decoded(
        readings=tuple(reading for one in found for reading in one.readings),
        definitions=tuple(definition for one in found for definition in one.definitions),
        removals=tuple(removal for one in found for removal in one.removals),
        refusals=tuple(refusal for one in found for refusal in one.refusals),
        availability={key: value for one in found for key, value in one.availability.items()},
        notes=tuple(note for one in found for note in one.notes),
        retained=retained,
        empty=all(one.empty for one in found),
    )


def refused(code: str, detail: str, message: Message) -> Decoded:
    return Decoded(refusals=(Refusal(code=code, detail=detail[:300], topic=message.topic[:200]),))


def object_in(message: Message, *, limit: int = MAX_STATE_BYTES) -> dict[str, Any]:
    """The payload as a JSON object. Raises BadPayload, or Refused(not_an_object)."""
    value = json_of(message.payload, limit=limit)
    if not isinstance(value, dict):
        raise Refused("not_an_object", "the payload is no JSON object")
    return value


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What stands at the ends of nested objects and lists, with the way to it. Bounded in depth and number."""
    waiting = [(path, value)]
    for _ in range(MOST_LEAVES):
        if not waiting:
            return
        here, item = waiting.pop()
        if isinstance(item, dict | list):
            pairs = list(item.items() if isinstance(item, dict) else enumerate(item))
            if len(here) < DEEPEST:
                # The last in is the first out: reversed, so that what stands first is told first.
                waiting.extend(((*here, str(key)), part) for key, part in reversed(pairs))
            continue
        yield here, item


def leaf_text(leaf: Any) -> str:
    """A leaf as a payload would have it: `true`, `21.5`, `null`, or the text itself."""
    return leaf if isinstance(leaf, str) else json.dumps(leaf)


def _on(message: Message, refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    return tuple(replace(one, topic=message.topic[:200]) for one in refusals)
