"""One device of a house file, as it would announce itself, report and obey over MQTT. Pure: no I/O and no clock."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

PREFIX = "homeassistant"

Fields = Mapping[str, str]
"""State topic to the payload that stands on it."""
Order = Callable[[str], Fields]
"""What a payload on a command topic changes; nothing where it means nothing to the device."""


@dataclass(slots=True, kw_only=True)
class Simulated:
    """Announcements, what stands on the state topics, and what comes of orders."""

    configs: list[tuple[str, str]] = field(default_factory=list)
    """Discovery: (topic, JSON)."""
    says: dict[str, str] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Entity id to what discovery calls that entity, the main one first."""
    state_topic: str = ""
    """Where the main entity tells its state."""
    topics: dict[str, str] = field(default_factory=dict)
    """Attribute, as the house file calls it, to the topic on which it is told."""
    offline: str | None = None
    """The topic on which it says that it is gone; None where it can be reached."""


@dataclass(slots=True, kw_only=True)
class Part:
    """One entity of a device being drawn up: its configuration grows with each thing that it can tell or do."""

    device: Simulated
    component: str
    key: str
    """Unique in the house; its topics begin with it."""
    config: dict[str, Any]

    def tells(self, config_key: str, name: str, payload: str | None, *attributes: str) -> str:
        """A state topic; what stands on it from the beginning, and under which attributes a file speaks of it."""
        topic = f"eval/{self.component}/{self.key}/{name}"
        self.config[config_key] = topic
        self.device.topics |= dict.fromkeys((name, *attributes), topic)
        if payload is not None:
            self.device.says[topic] = payload
        return topic

    def obeys(self, config_key: str, name: str, order: Order) -> None:
        topic = f"eval/{self.component}/{self.key}/{name}/set"
        self.config[config_key] = topic
        self.device.orders[topic] = order

    def announce(self) -> None:
        topic = f"{PREFIX}/{self.component}/{self.key}/config"
        self.device.configs.append((topic, json.dumps(self.config, ensure_ascii=False)))
        own = self.config.get("name")
        called = self.config["device"]["name"] + (f" {own}" if own else "")
        self.device.names[f"{self.component}.{self.key}"] = called


def echo(topic: str, **also: str) -> Order:
    """Whatever it is told stands on the topic afterwards."""
    return lambda payload: {topic: payload, **also}


def words(topic: str, meanings: Mapping[str, str], also: Mapping[str, Fields] | None = None) -> Order:
    """Each word that it knows has a state; `also` is what changes with a word on other topics."""

    def obey(payload: str) -> Fields:
        if payload not in meanings:
            return {}
        return {topic: meanings[payload], **(also or {}).get(payload, {})}

    return obey


def first(values: Mapping[str, Any], keys: Iterable[str]) -> Any:
    """The value of the first of the keys that has one."""
    return next((values[key] for key in keys if values.get(key) is not None), None)


def spoken(value: Any) -> str | None:
    """A value as devices send it: 21, not 21.0."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "ON" if value else "OFF"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
