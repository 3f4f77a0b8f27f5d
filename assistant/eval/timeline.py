"""What the devices of a house file have said up to now, in order; its rooms as the user's own file has them. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from types import MappingProxyType

from assistant.eval.house import Device, EvalHouse
from assistant.eval.moments import moment_ms
from sensors.message import Message

ANNOUNCED_MS = 60_000
"""Before now, when everything has last reported that says nothing else."""
_DAY_MS = 86_400_000
_OPPOSITE: Mapping[str, str] = MappingProxyType(
    {
        one: other
        for pair in (("ON", "OFF"), ("LOCKED", "UNLOCKED"), ("open", "closed"), ("home", "not_home"))
        for one, other in (pair, pair[::-1])
    }
)
"""For states that are one of two: the payload of the other one."""


def announcements(house: EvalHouse, now_ms: int) -> Iterator[Message]:
    for device in house.devices:
        for topic, payload in device.simulated.configs:
            yield Message(topic=topic, payload=payload.encode(), received_ms=now_ms)


def reports(house: EvalHouse, now_ms: int, zone: tzinfo) -> list[Message]:
    """Oldest first; what the file puts into the future has not happened yet."""
    told = [one for device in house.devices for one in _of_device(device, now_ms, zone)]
    return sorted((one for one in told if one.received_ms <= now_ms), key=lambda one: one.received_ms)


def _of_device(device: Device, now_ms: int, zone: tzinfo) -> Iterator[Message]:
    entry, simulated = device.entry, device.simulated
    for said, topic, payload in device.past:
        yield _message(topic, payload, moment_ms(said, now_ms, zone))
    latest_ms = now_ms - ANNOUNCED_MS
    seen_ms = latest_ms if entry.last_seen is None else min(latest_ms, moment_ms(entry.last_seen, now_ms, zone))
    since_ms = None if entry.last_changed is None else min(seen_ms, moment_ms(entry.last_changed, now_ms, zone))
    for topic, payload in simulated.says.items():
        if since_ms is not None and topic == simulated.state_topic:
            if not device.past and payload in _OPPOSITE:
                # What was so from the very first reading on has never been seen to change.
                yield _message(topic, _OPPOSITE[payload], since_ms - _DAY_MS)
            yield _message(topic, payload, since_ms)
            if entry.last_seen is None and payload not in _OPPOSITE:
                continue
        yield _message(topic, payload, seen_ms)
    if simulated.offline is not None:
        yield _message(simulated.offline, "offline", seen_ms)


def _message(topic: str, payload: str, at_ms: int) -> Message:
    return Message(topic=topic, payload=payload.encode(), received_ms=at_ms)


def rooms_as_toml(house: EvalHouse) -> str:
    """Rooms, floors and aliases as the user's own file has them."""
    lines = []
    floors: dict[str, list[str]] = {}
    for room in house.rooms:
        if room.floor is not None:
            floors.setdefault(room.floor, []).append(room.name)
        if room.aliases:
            lines += [f"[rooms.{_quoted(room.name)}]", f"aliases = {_list(room.aliases)}"]
    for floor, rooms in floors.items():
        lines += [f"[floors.{_quoted(floor)}]", f"rooms = {_list(rooms)}"]
    for device in house.devices:
        if device.entry.aliases:
            entity_id = next(iter(device.simulated.names))
            lines += [f"[entities.{_quoted(entity_id)}]", f"aliases = {_list(device.entry.aliases)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A JSON string without escapes beyond TOML's own is one of TOML, too."""
    return json.dumps(text, ensure_ascii=False)


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(_quoted(text) for text in texts) + "]"
