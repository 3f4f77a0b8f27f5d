"""Messages as devices send them, and a house that hears them with every dialect at once."""

import json
from collections.abc import Callable, Iterable

from sensors.decoded import Decoded, Definition, Dialect
from sensors.dialects.announced import Announced
from sensors.dialects.home_assistant import HomeAssistant
from sensors.message import Message
from sensors.reading import Entity

NOW_MS = 1_795_000_000_000


def message(topic: str, payload: object, *, retain: bool = False) -> Message:
    if isinstance(payload, bytes):
        body = payload
    else:
        body = (payload if isinstance(payload, str) else json.dumps(payload)).encode()
    return Message(topic=topic, payload=body, received_ms=NOW_MS, retain=retain)


class Neighbours:
    """A dialect that hears everything after discovery has heard it, as in a house."""

    def __init__(self, make: Callable[[Announced], Dialect]) -> None:
        self._discovery = HomeAssistant()
        self._dialect = make(Announced(self._discovery, "homeassistant"))
        self.name = self._dialect.name

    def decode(self, message: Message) -> Decoded | None:
        self._discovery.decode(message)
        return self._dialect.decode(message)

    def restore(self, definitions: Iterable[Definition]) -> None:
        kept = list(definitions)
        self._discovery.restore(kept)
        self._dialect.restore(kept)

    def filters(self) -> frozenset[str]:
        return self._dialect.filters()


class Listener:
    """Feeds one dialect and remembers what it made of it, as the store would."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.definitions: dict[str, Definition] = {}
        self.available: dict[str, bool] = {}
        self.last = Decoded()

    def hear(self, topic: str, payload: object, *, retain: bool = False) -> dict[str, float | str]:
        """The readings of one message: entity id, with its aspect where that is not the state, to value."""
        decoded = self.dialect.decode(message(topic, payload, retain=retain))
        assert decoded is not None, f"{topic} is of another dialect"
        self.last = decoded
        late = [
            one for one in decoded.readings if one.at_ms != NOW_MS and (one.at_ms, one.value) != (NOW_MS - 1, "idle")
        ]
        assert late == [], "a reading has the time of its message, and nothing had happened until then"
        for gone in decoded.removals:
            self.definitions.pop(gone, None)
        for one in decoded.definitions:
            self.definitions[one.entity.id] = one
        self.available.update(decoded.availability)
        return {
            one.key.entity_id + ("" if one.key.aspect == "state" else f"/{one.key.aspect}"): one.value
            for one in decoded.readings
        }

    def ignores(self, topic: str, payload: object) -> bool:
        return self.dialect.decode(message(topic, payload)) is None

    @property
    def entities(self) -> dict[str, Entity]:
        return {key: one.entity for key, one in self.definitions.items()}

    @property
    def codes(self) -> list[str]:
        return [refusal.code for refusal in self.last.refusals]


def commands(entity: Entity) -> dict[str, tuple[str, str]]:
    """Verb to topic and payload."""
    return {str(one.verb): (one.topic, one.payload) for one in entity.commands}
