"""Tasmota's own discovery and telemetry: `tasmota/discovery/<mac>/...`, `tele/`, `stat/` and `cmnd/`.

A device that Home Assistant discovery describes too (SetOption19) is left to that. One that has no discovery (before
Tasmota 9) is understood from its `tele/` messages, for reading only: they do not tell what hangs on a relay.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sensors.decoded import Decoded, Definition
from sensors.dialects.announced import Announced
from sensors.dialects.routes import Refused
from sensors.dialects.tasmota_parts import (
    TasmotaDevice,
    device_of,
    observed_device,
    own_things,
    relay_things,
    sensor_things,
    units_in,
)
from sensors.dialects.translated import Translation, joined, leaf_text, leaves, object_in, refused
from sensors.message import Message
from sensors.payloads import MAX_CONFIG_BYTES, BadPayload, text_of

DISCOVERY = "tasmota/discovery/"
MOST_DEVICES = 500

_MAC = re.compile(r"[0-9A-F]{12}")
_OBSERVED = re.compile(r"tele/([^/]+)/(STATE|SENSOR)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_JSON_TOPICS = frozenset({"STATE", "SENSOR", "RESULT", "STATUS8", "STATUS10", "STATUS11"})


@dataclass(slots=True)
class _Known:
    """What a device has told of itself."""

    config: Message | None = None
    sensors: Message | None = None
    device: TasmotaDevice | None = None
    told: dict[str, Any] | None = None
    """What the sensors message announces."""


class Tasmota:
    """All Tasmota devices on a broker."""

    name = "tasmota"

    def __init__(self, announced: Announced) -> None:
        self._known: dict[str, _Known] = {}
        self._key_of: dict[str, str] = {}
        """Beginning of a topic, with its slash, to the device that speaks there."""
        self._translation = Translation(self.name)
        self._announced = announced
        self._foreign: set[str] = set()

    def filters(self) -> frozenset[str]:
        wanted = {f"{DISCOVERY}+/config", f"{DISCOVERY}+/sensors", "tele/+/STATE", "tele/+/SENSOR"}
        for known in self._known.values():
            device = known.device
            if device is not None and device.key in self._translation:
                wanted |= {f"{device.tele}{last}" for last in ("STATE", "SENSOR", "LWT")}
                wanted |= {f"{device.stat}+"} if device.config else set()
        return frozenset(wanted)

    def restore(self, definitions: Iterable[Definition]) -> None:
        kept = list(definitions)
        self._announced.restore(one for one in kept if one.dialect != self.name)
        with self._translation.restoring():
            for topic, payload in sorted({(one.topic, one.payload) for one in kept if one.dialect == self.name}):
                self._definition(Message(topic=topic, payload=payload))

    def decode(self, message: Message) -> Decoded | None:
        if message.topic.startswith(DISCOVERY) or _OBSERVED.fullmatch(message.topic):
            return self._definition(message)
        changed = self._announced.watch(message)
        if changed:
            return self._reconsider(changed)
        return self._values(message)

    def _definition(self, message: Message) -> Decoded | None:
        """A message that may tell of something new. What was observed may bring values with it."""
        try:
            if message.topic.startswith(DISCOVERY):
                return self._discovered(message)
            return self._observed(message)
        except (Refused, BadPayload) as error:
            return refused(error.code, str(error), message)

    # --- discovery -------------------------------------------------------------------------------------------------

    def _discovered(self, message: Message) -> Decoded:
        mac, _, what = message.topic.removeprefix(DISCOVERY).partition("/")
        if not _MAC.fullmatch(mac) or what not in ("config", "sensors"):
            raise Refused("bad_topic", "Tasmota announces under tasmota/discovery/<MAC>/config and /sensors")
        if mac not in self._known and len(self._known) >= MOST_DEVICES:
            raise Refused("too_many_devices", f"there are {MOST_DEVICES} Tasmota devices already")
        known = self._known.get(mac, _Known())
        if what == "sensors":
            told = object_in(message, limit=MAX_CONFIG_BYTES).get("sn") if message.payload else None
            known.sensors, known.told = message, told if isinstance(told, dict) else None
            self._known[mac] = known
            return self._describe(mac)
        if not message.payload:
            return self._removed(mac)
        device = device_of(object_in(message, limit=MAX_CONFIG_BYTES), mac)
        owner = next((self._key_of[start] for start in (device.tele, device.stat) if start in self._key_of), mac)
        if owner != mac and not owner.startswith("tele:"):
            raise Refused(
                "duplicate_topic",
                f"{owner} already speaks on {device.tele}; give one another topic, or clear {DISCOVERY}{owner}/config",
            )
        parts = [self._removed(owner)] if owner != mac else []
        self._listen(known, device)
        known.config = message
        self._known[mac] = known
        return joined([*parts, self._describe(mac)])

    def _listen(self, known: _Known, device: TasmotaDevice) -> None:
        self._deafen(known)
        known.device = device
        for start in (device.tele, device.stat, device.cmnd):
            self._key_of[start] = device.key

    def _deafen(self, known: _Known) -> None:
        if known.device is not None:
            for start in (known.device.tele, known.device.stat, known.device.cmnd):
                self._key_of.pop(start, None)

    def _removed(self, key: str) -> Decoded:
        known = self._known.get(key)
        if known is None:
            return Decoded(empty=True)
        self._deafen(known)
        known.config = known.device = None
        if known.sensors is None or key.startswith("tele:"):
            del self._known[key]
        return self._translation.forget(key)

    def _describe(self, key: str) -> Decoded:
        """What the device is made of, unless discovery says that already."""
        known = self._known[key]
        if known.device is None or known.config is None:
            return Decoded(empty=True)
        if self._announced.describes((known.device.tele, known.device.stat, known.device.cmnd)):
            gone = self._translation.forget(key)
            return joined([gone, Decoded(notes=("announced_twice",))])
        things = list(own_things(known.device, known.config))
        if known.told is not None and known.sensors is not None:
            things += sensor_things(known.device, known.told, known.sensors)
        return self._translation.describe(key, things)

    def _reconsider(self, changed: Iterable[str]) -> Decoded | None:
        """Discovery took up topics of devices that are known here, or left them."""
        self._foreign.clear()
        keys = {self._key_of.get(f"{topic.rpartition('/')[0]}/") for topic in changed}
        parts = [
            self._removed(key) if key.startswith("tele:") else self._describe(key)
            for key in sorted(key for key in keys if key is not None)
        ]
        return joined(parts) if parts else None

    # --- devices without discovery ---------------------------------------------------------------------------------

    def _observed(self, message: Message) -> Decoded | None:
        _, topic, kind = message.topic.split("/")
        start = f"tele/{topic}/"
        key = self._key_of.get(start, f"tele:{topic}")
        if not key.startswith("tele:"):
            return self._values(message)
        device = observed_device(topic)
        if start in self._foreign or not self._ours(device, message):
            return None
        told = object_in(message)
        if key not in self._known and len(self._known) >= MOST_DEVICES:
            raise Refused("too_many_devices", f"there are {MOST_DEVICES} Tasmota devices already")
        things = (relay_things if kind == "STATE" else sensor_things)(device, told, message)
        known = self._translation.things(key)
        new = [
            one
            for one in things
            if not self._translation.knows(key, one.unique) or known[one.unique].config != one.config
        ]
        described = self._translation.describe(key, new, rest=True) if new else Decoded(empty=True)
        if key in self._translation and key not in self._known:
            self._known[key] = _Known()
            self._listen(self._known[key], device)
        return joined([described, self._values(message) or Decoded(empty=True)], retained=message.retain)

    def _ours(self, device: TasmotaDevice, message: Message) -> bool:
        """Whether it looks like Tasmota and is told by nobody else."""
        try:
            told = object_in(message)
        except (BadPayload, Refused):
            return False
        if not isinstance(told.get("Time"), str) or not _MOMENT.match(told["Time"]):
            return False
        if not self._announced.describes((device.tele, device.stat, device.cmnd)):
            return True
        if len(self._foreign) >= MOST_DEVICES:
            self._foreign.clear()
        self._foreign.add(device.tele)
        return False

    # --- values ----------------------------------------------------------------------------------------------------

    def _values(self, message: Message) -> Decoded | None:
        start, slash, last = message.topic.rpartition("/")
        key = self._key_of.get(start + slash)
        known = self._known.get(key) if key is not None else None
        if known is None or known.device is None or known.device.key not in self._translation:
            return None
        try:
            return self._translation.tell(self._said(known, known.device, last, message), message)
        except (Refused, BadPayload) as error:
            return refused(error.code, str(error), message)

    def _said(self, known: _Known, device: TasmotaDevice, last: str, message: Message) -> Iterator[tuple[str, str]]:
        if last == "LWT":
            yield message.topic, text_of(message.payload)
            return
        if last.startswith("POWER") and not message.payload.startswith(b"{"):
            yield device.named(f"POWER{last[5:] or 1}"), text_of(message.payload)
            return
        if last not in _JSON_TOPICS and not message.payload.startswith(b"{"):
            return  # the log of the device, the answer to a console: words for nobody
        told = object_in(message)
        inner = next((told[key] for key in ("StatusSNS", "StatusSTS") if isinstance(told.get(key), dict)), told)
        named, now = units_in(known.told or {}), units_in(inner)
        if any(named.get(key, unit) != unit for key, unit in now.items()):
            raise Refused("unit_changed", f"it announced {named} and now sends {now}; restart it to announce anew")
        for path, value in leaves(inner):
            yield device.named(_name_of(path)), leaf_text(value)


def _name_of(path: tuple[str, ...]) -> str:
    """`POWER` is the first relay; what a switch input does is what it is."""
    if len(path) == 1 and path[0] == "POWER":
        return "POWER1"
    if len(path) == 2 and path[1] == "Action":
        return path[0]
    return "/".join(path)
