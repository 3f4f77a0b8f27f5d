"""Home Assistant MQTT discovery: what Zigbee2MQTT, ESPHome, Tasmota and most bridges speak.

Configurations become definitions, state messages become readings. No I/O and no clock; the only state is the routes.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sensors.decoded import Decoded, Definition
from sensors.dialects.abbreviations import expand
from sensors.dialects.components import Described, component_of, describe
from sensors.dialects.heard import Heard
from sensors.dialects.routes import UNTIL_THEN, Found, Reachability, Refused, Route
from sensors.message import Message
from sensors.payloads import MAX_CONFIG_BYTES, MAX_STATE_BYTES, BadPayload, json_of, text_of
from sensors.reading import Reading, Refusal, SeriesKey
from sensors.templates import NoValue, Template, TemplateFailed

MOST_ENTITIES = 5_000
MOST_PER_TOPIC = 250
"""Entities that one configuration may describe, and that one state topic may feed."""

MOST_RIVALS = 50
"""Configurations that are kept because their id is taken."""

DUPLICATE = "duplicate_id"

_INHERITED = frozenset(
    "availability availability_topic availability_mode availability_template payload_available payload_not_available "
    "device origin state_topic command_topic qos encoding".split()
)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:-]+")
_LONGEST_ID = 100


class HomeAssistant:
    """One discovery prefix."""

    name = "home_assistant"

    def __init__(self, prefix: str = "homeassistant", *, keep_disabled: bool = False) -> None:
        self._prefix = prefix.strip("/")
        self._keep_disabled = keep_disabled
        self._of_topic: dict[str, tuple[str, ...]] = {}
        self._payload_of: dict[str, bytes] = {}
        self._described: dict[str, Described] = {}
        self._routes: dict[str, list[Route]] = {}
        self._reachability: dict[str, list[tuple[str, Reachability]]] = {}
        self._reachable: dict[str, dict[str, bool]] = {}
        self._heard = Heard()
        self._rivals: dict[str, Message] = {}
        """Configurations that describe something of which another one has the id, by topic."""

    def filters(self) -> frozenset[str]:
        configs = {f"{self._prefix}/+/+/config", f"{self._prefix}/+/+/+/config"}
        return frozenset(configs | self._routes.keys() | self._reachability.keys())

    def listens_to(self, topic: str) -> bool:
        """Whether a message on the topic says something of an entity, other than whether it can be reached."""
        return topic in self._routes

    def restore(self, definitions: Iterable[Definition]) -> None:
        messages = {one.topic: one.payload for one in definitions if one.dialect == self.name}
        for topic, payload in messages.items():
            self._configure(Message(topic=topic, payload=payload))
            # Not remembered as seen: when the broker repeats it, this version may well read more in it than the last.
            self._payload_of.pop(topic, None)

    def decode(self, message: Message) -> Decoded | None:
        if self._is_config(message.topic):
            return self._configure(message)
        wanted = message.topic in self._routes or message.topic in self._reachability
        self._heard.keep(message, wanted=wanted)
        return self._states(message) if wanted else None

    def _is_config(self, topic: str) -> bool:
        return topic.startswith(f"{self._prefix}/") and topic.endswith("/config") and topic.count("/") >= 3

    # --- configurations --------------------------------------------------------------------------------------------

    def _configure(self, message: Message) -> Decoded:
        """What it describes; and where that takes something away, what another configuration had in its place."""
        decoded = self._take(message)
        if not decoded.removals or not self._rivals:
            return decoded
        heirs = [self._take(rival) for rival in [self._rivals.pop(topic) for topic in tuple(self._rivals)]]
        definitions = tuple(one for heir in heirs for one in heir.definitions)
        back = {one.entity.id for one in definitions}
        return replace(
            decoded,
            definitions=decoded.definitions + definitions,
            removals=tuple(one for one in decoded.removals if one not in back),
            readings=decoded.readings + tuple(reading for heir in heirs for reading in heir.readings),
            availability={**decoded.availability, **{key: up for one in heirs for key, up in one.availability.items()}},
            retained=True,
        )

    def _take(self, message: Message) -> Decoded:
        topic = message.topic
        self._rivals.pop(topic, None)
        if not message.payload or _moves_away(message.payload):
            return Decoded(removals=self._forget(topic, keep=frozenset()))
        if self._payload_of.get(topic) == message.payload:
            return Decoded(empty=True)
        refusals: list[Refusal] = []
        try:
            found = self._read_config(message, refusals)
        except (Refused, BadPayload) as error:
            if error.code == DUPLICATE:
                self._remember_rival(message)
            return _refused(error.code, str(error), topic)
        if any(one.code == DUPLICATE for one in refusals):
            self._remember_rival(message)
        unsure = self._asking_elsewhere(found)
        removals = self._forget(topic, keep=frozenset(one.entity.id for one in found))
        for one in found:
            self._remember(one)
        self._of_topic[topic] = tuple(one.entity.id for one in found)
        if topic not in self._rivals:
            self._payload_of[topic] = message.payload
        definitions = [
            Definition(entity=one.entity, dialect=self.name, topic=topic, payload=message.payload) for one in found
        ]
        earlier = self._replay(found)
        return Decoded(
            definitions=tuple(definitions),
            removals=removals,
            refusals=(*refusals, *earlier.refusals),
            readings=earlier.readings,
            availability={**unsure, **earlier.availability},
            retained=True,
            notes=tuple(note for one in found for note in one.notes),
        )

    def _read_config(self, message: Message, refusals: list[Refusal]) -> list[Described]:
        levels = message.topic.removeprefix(f"{self._prefix}/").split("/")
        if len(levels) not in (3, 4):
            raise Refused(
                "bad_topic", "a discovery topic has a component, perhaps a node, and an object before /config"
            )
        config = json_of(message.payload, limit=MAX_CONFIG_BYTES)
        if not isinstance(config, Mapping):
            raise Refused("not_an_object", "a discovery configuration is a JSON object")
        config = expand(config)
        if levels[0] != "device":
            return [self._describe(config, levels[0], "_".join(levels[1:-1]), message.topic)]
        return self._read_device(config, levels, message.topic, refusals)

    def _read_device(
        self, config: Mapping[str, Any], levels: list[str], topic: str, refusals: list[Refusal]
    ) -> list[Described]:
        """One message for a whole device. A part that is refused does not cost the others."""
        parts = config.get("components")
        if not isinstance(parts, Mapping):
            raise Refused("bad_definition", "a device configuration needs `components`")
        if len(parts) > MOST_PER_TOPIC:
            raise Refused(
                "too_many_entities", f"{len(parts)} entities in one message; at most {MOST_PER_TOPIC} are taken"
            )
        shared = {key: config[key] for key in _INHERITED if key in config}
        found: list[Described] = []
        for key, part in parts.items():
            if not isinstance(part, Mapping) or set(part) <= {"platform"}:
                continue  # a part with nothing but its platform is one that has been removed
            try:
                component = str(part.get("platform"))
                found.append(self._describe({**shared, **part}, component, f"{'_'.join(levels[1:-1])}_{key}", topic))
            except Refused as error:
                refusals.append(Refusal(code=error.code, detail=f"{key}: {error}"[:300], topic=topic[:200]))
        return found

    def _describe(self, config: Mapping[str, Any], component: str, fallback_id: str, topic: str) -> Described:
        kind = component_of(component)
        unique = config.get("unique_id")
        entity_id = f"{kind}.{_safe_id(str(unique) if isinstance(unique, str | int) and unique != '' else fallback_id)}"
        owner = self._described.get(entity_id)
        if owner is not None and entity_id not in self._of_topic.get(topic, ()):
            raise Refused(DUPLICATE, f"another configuration already has the unique_id {str(unique)[:60]!r}")
        if owner is None and len(self._described) >= MOST_ENTITIES:
            raise Refused("too_many_entities", f"there are {MOST_ENTITIES} entities already")
        described = describe(config, kind, entity_id, keep_disabled=self._keep_disabled)
        for route in described.routes:
            if len(self._routes.get(route.topic, ())) >= MOST_PER_TOPIC and owner is None:
                raise Refused("too_many_entities", f"more than {MOST_PER_TOPIC} entities listen to one topic")
        return described

    def _remember_rival(self, message: Message) -> None:
        if len(self._rivals) < MOST_RIVALS:
            self._rivals[message.topic] = message

    def _asking_elsewhere(self, found: list[Described]) -> dict[str, bool]:
        """Entities whose reachability is now told on other topics: what the old ones had said counts no more."""
        known = ((one, self._described.get(one.entity.id)) for one in found)
        return {
            one.entity.id: True
            for one, before in known
            if before is not None
            and {rule.topic for rule in one.reachability} != {rule.topic for rule in before.reachability}
        }

    def _remember(self, one: Described) -> None:
        self._unlink(one.entity.id)
        self._described[one.entity.id] = one
        for route in one.routes:
            self._routes.setdefault(route.topic, []).append(route)
        for rule in one.reachability:
            self._reachability.setdefault(rule.topic, []).append((one.entity.id, rule))

    def _forget(self, topic: str, keep: frozenset[str]) -> tuple[str, ...]:
        """Drops what this topic had described and describes no more."""
        gone = tuple(entity_id for entity_id in self._of_topic.pop(topic, ()) if entity_id not in keep)
        self._payload_of.pop(topic, None)
        for entity_id in gone:
            self._unlink(entity_id)
        return gone

    def _unlink(self, entity_id: str) -> None:
        known = self._described.pop(entity_id, None)
        if known is None:
            return
        for topic in {route.topic for route in known.routes}:
            self._routes[topic] = [route for route in self._routes[topic] if route.entity_id != entity_id]
            if not self._routes[topic]:
                del self._routes[topic]
        for topic in {rule.topic for rule in known.reachability}:
            self._reachability[topic] = [pair for pair in self._reachability[topic] if pair[0] != entity_id]
            if not self._reachability[topic]:
                del self._reachability[topic]
        self._reachable.pop(entity_id, None)

    # --- states ----------------------------------------------------------------------------------------------------

    def _replay(self, found: list[Described]) -> Decoded:
        """What was last said on the topics of these entities, told to them and to nobody else.

        It is marked as retained and each reading keeps the time of its message, so what is stored already stays as is.
        """
        ids = frozenset(one.entity.id for one in found)
        topics = {route.topic for one in found for route in one.routes}
        topics |= {rule.topic for one in found for rule in one.reachability}
        earlier = [self._states(message, ids) for message in self._heard.on(topics)]
        return Decoded(
            retained=True,
            readings=tuple(reading for one in earlier for reading in one.readings),
            refusals=tuple(refusal for one in earlier for refusal in one.refusals),
            availability={key: value for one in earlier for key, value in one.availability.items()},
        )

    def _states(self, message: Message, only: frozenset[str] | None = None) -> Decoded:
        """What a message says of the entities that listen to its topic; with `only`, of those alone."""
        try:
            payload = _Payload(message)
        except BadPayload as error:
            return _refused(error.code, str(error), message.topic)
        readings: list[Reading] = []
        refusals: list[Refusal] = []
        notes: list[str] = []
        for route in self._routes.get(message.topic, ()):
            if only is not None and route.entity_id not in only:
                continue
            if route.momentary and (message.retain or only is not None):
                continue
            try:
                found = route.read(payload.value(route.template, whole_json=route.whole_json))
            except NoValue:
                notes.append("no_value")
                continue
            except (Refused, BadPayload) as error:
                refusals.append(_refusal(error.code, f"{route.entity_id}: {error}", message.topic))
                continue
            except TemplateFailed as error:
                refusals.append(_refusal("bad_template", f"{route.entity_id}: {error}", message.topic))
                continue
            readings += _readings(route, found, message.received_ms)
        return Decoded(
            readings=tuple(readings),
            refusals=tuple(refusals),
            notes=tuple(notes),
            availability=self._reached(message.topic, payload, only),
            retained=message.retain,
        )

    def _reached(self, topic: str, payload: "_Payload", only: frozenset[str] | None) -> dict[str, bool]:
        """Which entities this topic declares reachable or not, in the mode that each asked for."""
        verdicts: dict[str, bool] = {}
        for entity_id, rule in self._reachability.get(topic, ()):
            if only is not None and entity_id not in only:
                continue
            try:
                said = str(payload.value(rule.template)).strip()
            except (NoValue, BadPayload, TemplateFailed):
                continue
            if said not in (rule.available, rule.not_available):
                continue
            told = self._reachable.setdefault(entity_id, {})
            told[topic] = said == rule.available
            described = self._described[entity_id]
            # A topic that has said nothing yet says nothing against the device.
            match described.reachability_mode:
                case "all":
                    verdicts[entity_id] = all(told.get(one.topic, True) for one in described.reachability)
                case "any":
                    verdicts[entity_id] = any(told.get(one.topic, True) for one in described.reachability)
                case _:
                    verdicts[entity_id] = told[topic]
        return verdicts


def _moves_away(payload: bytes) -> bool:
    """Whether it announces that another topic will describe the same things from now on."""
    if b"migrate_discovery" not in payload or len(payload) > MAX_STATE_BYTES:
        return False
    try:
        found = json_of(payload)
    except BadPayload:
        return False
    return isinstance(found, Mapping) and found.get("migrate_discovery") is True


def _readings(route: Route, found: Found, at_ms: int) -> list[Reading]:
    state = SeriesKey(entity_id=route.entity_id)
    before = [Reading(key=state, at_ms=at_ms - 1, value=UNTIL_THEN)] if route.momentary else []
    told = [
        Reading(key=SeriesKey(entity_id=route.entity_id, aspect=aspect), at_ms=at_ms, value=value)
        for aspect, value in found
    ]
    return before + told


class _Payload:
    """A payload that is parsed at most once, however many entities it speaks of."""

    def __init__(self, message: Message) -> None:
        self._bytes = message.payload
        self._text = text_of(message.payload)
        self._json: Any = None
        self._problem: BadPayload | None = None
        self._parsed = False

    def value(self, template: Template | None, *, whole_json: bool = False) -> Any:
        """What the template makes of it. Raises NoValue, TemplateFailed, and BadPayload where it had to be JSON."""
        if whole_json:
            return self._parse(required=True)
        if template is None:
            return self._text
        value_json = self._parse(required=template.path is not None) if template.needs_json else None
        return template(self._text, value_json)

    def _parse(self, *, required: bool) -> Any:
        if not self._parsed:
            self._parsed = True
            try:
                self._json = json_of(self._bytes)
            except BadPayload as error:
                self._problem = error
        if required and self._problem is not None:
            raise self._problem
        return self._json


def _safe_id(text: str) -> str:
    """An id of harmless characters; where something had to be changed, a digest keeps it unique."""
    safe = _UNSAFE.sub("_", text)[:_LONGEST_ID]
    if safe == text:
        return safe
    return f"{safe}_{hashlib.blake2b(text.encode(errors='replace'), digest_size=4).hexdigest()}"


def _refusal(code: str, detail: str, topic: str) -> Refusal:
    return Refusal(code=code, detail=detail[:300], topic=topic[:200])


def _refused(code: str, detail: str, topic: str) -> Decoded:
    return Decoded(refusals=(_refusal(code, detail, topic),))
