"""Shelly's second generation and later: `<prefix>/events/rpc`, `<prefix>/status/<component>` and `<prefix>/online`.

A device shows its parts as they change; each is described when it is first seen. Names of people's own choosing do not
come over MQTT: a device is called by its topic prefix until the house's file says better.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sensors.decoded import Decoded, Definition
from sensors.dialects.announced import Announced
from sensors.dialects.routes import Refused
from sensors.dialects.shelly_parts import device_config, event_of, named, things_of
from sensors.dialects.translated import MOST_OWNERS, Thing, Translation, joined, leaf_text, leaves, object_in, refused
from sensors.message import Message
from sensors.payloads import BadPayload, text_of

_METHODS = frozenset({"NotifyStatus", "NotifyFullStatus", "NotifyEvent"})
_COMPONENT = re.compile(r"[a-z][a-z0-9]*:\d{1,4}")
_SYSTEM = frozenset({"sys", "wifi"})
_LEARNING = "calibrating"
"""What a cover says while it measures its way: neither open nor closed."""
_DEEPEST_PREFIX = 3
"""Levels that a prefix may have; the usual one has one."""


class Shelly:
    """All Shelly devices on a broker."""

    name = "shelly"

    def __init__(self, announced: Announced) -> None:
        self._translation = Translation(self.name)
        self._announced = announced
        self._foreign: set[str] = set()
        """Prefixes that discovery describes."""
        self._asleep: set[str] = set()
        """Devices that are offline most of the time, and well."""

    def filters(self) -> frozenset[str]:
        anywhere = ["+" + "/+" * more for more in range(_DEEPEST_PREFIX)]
        wide = {f"{prefix}/{rest}" for prefix in anywhere for rest in ("events/rpc", "status/+")}
        return frozenset(wide.union(f"{prefix}/online" for prefix in self._translation.owners))

    def restore(self, definitions: Iterable[Definition]) -> None:
        kept = list(definitions)
        self._announced.restore(one for one in kept if one.dialect != self.name)
        mine = {(one.topic, one.payload) for one in kept if one.dialect == self.name}
        with self._translation.restoring():
            # What is no device by itself comes after what is.
            for topic, payload in sorted(mine, key=lambda pair: (":" not in pair[0], pair)):
                self._status(Message(topic=topic, payload=payload))

    def decode(self, message: Message) -> Decoded | None:
        topic = message.topic
        if topic.endswith("/events/rpc"):
            return self._notification(message)
        if topic.endswith("/online"):
            return self._online(message)
        changed = self._announced.watch(message)
        if changed:
            return self._reconsider(changed)
        return self._status(message)

    # --- what devices send -----------------------------------------------------------------------------------------

    def _notification(self, message: Message) -> Decoded | None:
        prefix = message.topic.removesuffix("/events/rpc")
        try:
            told = object_in(message)
        except (BadPayload, Refused) as error:
            return refused(error.code, str(error), message) if prefix in self._translation else None
        method, params = told.get("method"), told.get("params")
        if method not in _METHODS or not isinstance(params, dict) or not _signed(told, prefix):
            return None
        if method != "NotifyEvent":
            parts = {key: part for key, part in params.items() if isinstance(part, dict)}
            return self._take(prefix, parts, message)
        found = [self._take(prefix, parts, message) for parts in event_of(params)]
        taken = [one for one in found if one is not None]
        return joined(taken, retained=message.retain) if taken else Decoded(empty=True)

    def _status(self, message: Message) -> Decoded | None:
        """One part of a device, wholly."""
        start, _, component = message.topic.rpartition("/")
        prefix, _, word = start.rpartition("/")
        if word != "status" or not prefix:
            return None
        if not _COMPONENT.fullmatch(component) and not (component in _SYSTEM and prefix in self._translation):
            return None
        try:
            status = object_in(message)
        except (BadPayload, Refused) as error:
            return refused(error.code, str(error), message) if prefix in self._translation else None
        if ":" in component and str(status.get("id")) != component.partition(":")[2]:
            return None
        return self._take(prefix, {component: status}, message)

    def _online(self, message: Message) -> Decoded | None:
        prefix = message.topic.removesuffix("/online")
        if prefix not in self._translation:
            return None
        try:
            return self._translation.tell([(message.topic, text_of(message.payload))], message)
        except BadPayload as error:
            return refused(error.code, str(error), message)

    def _take(self, prefix: str, parts: Mapping[str, dict[str, Any]], message: Message) -> Decoded | None:
        """Describes what is new among the parts of a device, and reads them all."""
        if prefix in self._foreign or (prefix not in self._translation and self._described_elsewhere(prefix)):
            return None
        woken = [self._sleeps(prefix)] if _sleeps(parts) and prefix not in self._asleep else []
        new = [
            thing
            for component, status in parts.items()
            for thing in things_of(prefix, component, status, self._source(prefix, component, status, message))
            if not self._translation.knows(prefix, thing.unique)
        ]
        config = device_config(prefix, asleep=prefix in self._asleep)
        new = [replace(thing, config={**config, **thing.config}) for thing in new]
        described = [self._translation.describe(prefix, new, rest=True)] if new else []
        said = (
            (named(prefix, component, path), leaf_text(value))
            for component, status in parts.items()
            for path, value in sorted(leaves(status), key=_position_first)
            if value != _LEARNING
        )
        return joined([*woken, *described, self._translation.tell(said, message)], retained=message.retain)

    def _source(self, prefix: str, component: str, status: dict[str, Any], message: Message) -> Message:
        """The part alone, as its own topic would tell it: the least that describes the same after a restart."""
        marked = {**status, "wakeup_period": 1} if prefix in self._asleep else status
        payload = json.dumps(marked).encode(errors="replace")
        return Message(topic=f"{prefix}/status/{component}", payload=payload, received_ms=message.received_ms)

    def _sleeps(self, prefix: str) -> Decoded:
        """From now on its silence says nothing."""
        if len(self._asleep) >= MOST_OWNERS:
            self._asleep.intersection_update(self._translation.owners)
        self._asleep.add(prefix)
        awake = device_config(prefix, asleep=False).keys() - device_config(prefix, asleep=True).keys()
        things = [_without(thing, awake) for thing in self._translation.things(prefix).values()]
        return self._translation.describe(prefix, things, rest=True)

    # --- the same device in discovery ------------------------------------------------------------------------------

    def _described_elsewhere(self, prefix: str) -> bool:
        if not self._announced.describes((f"{prefix}/",)):
            return False
        if len(self._foreign) >= MOST_OWNERS:
            self._foreign.clear()
        self._foreign.add(prefix)
        return True

    def _reconsider(self, changed: Iterable[str]) -> Decoded | None:
        """Discovery took up topics of devices that are known here, or left them; those will show themselves again."""
        self._foreign.clear()
        starts = {"/".join(topic.split("/")[:length]) for topic in changed for length in range(1, _DEEPEST_PREFIX + 1)}
        gone = [
            self._translation.forget(prefix)
            for prefix in sorted(starts)
            if prefix in self._translation and self._described_elsewhere(prefix)
        ]
        return joined([*gone, Decoded(notes=("announced_twice",))]) if gone else None


def _signed(told: Mapping[str, Any], prefix: str) -> bool:
    """Whether a notification names its sender as Shelly devices do."""
    source, target = told.get("src"), told.get("dst")
    return isinstance(source, str) and (source.startswith("shelly") or target == f"{prefix}/events")


def _sleeps(parts: Mapping[str, dict[str, Any]]) -> bool:
    periods = [status.get("wakeup_period") for status in parts.values()]
    return any(isinstance(one, int | float) and one > 0 for one in periods)


def _position_first(leaf: tuple[tuple[str, ...], Any]) -> bool:
    """A cover that stopped is open or closed by where it is, so that has to be known first."""
    return leaf[0] != ("current_pos",)


def _without(thing: Thing, keys: Iterable[str]) -> Thing:
    left_out = frozenset(keys)
    marked = json.dumps({**json.loads(thing.source.payload), "wakeup_period": 1}).encode(errors="replace")
    return replace(
        thing,
        config={key: value for key, value in thing.config.items() if key not in left_out},
        source=replace(thing.source, payload=marked),
    )
