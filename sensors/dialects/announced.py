"""Which topics Home Assistant discovery listens to, so that a device which speaks two dialects is in the house once."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from sensors.decoded import Definition
from sensors.dialects.abbreviations import expand
from sensors.dialects.translated import leaves
from sensors.message import Message
from sensors.payloads import MAX_CONFIG_BYTES, BadPayload, json_of

MOST_CONFIGS = 10_000


class Discovery(Protocol):
    """What is asked of the discovery dialect, which has to hear (and restore) everything first."""

    def listens_to(self, topic: str) -> bool: ...


class Announced:
    """Watches configurations go by, and takes none of them."""

    def __init__(self, discovery: Discovery, prefix: str) -> None:
        self._discovery = discovery
        self._prefix = f"{prefix.strip('/')}/"
        self._of_config: dict[str, frozenset[str]] = {}

    def watch(self, message: Message) -> frozenset[str]:
        """Topics that may have come under discovery by this message, or be free again."""
        topic = message.topic
        if not (topic.startswith(self._prefix) and topic.endswith("/config")):
            return frozenset()
        before = self._of_config.pop(topic, frozenset())
        named = frozenset(_topics(message.payload))
        # A configuration that is refused leaves what an earlier one described.
        after = frozenset(one for one in before | named if self._discovery.listens_to(one))
        if after and len(self._of_config) < MOST_CONFIGS:
            self._of_config[topic] = after
        return before | after

    def restore(self, definitions: Iterable[Definition]) -> None:
        for topic, payload in {one.topic: one.payload for one in definitions}.items():
            self.watch(Message(topic=topic, payload=payload))

    def describes(self, beginnings: Iterable[str]) -> bool:
        """Whether discovery listens to a topic that begins like one of these, for more than reachability."""
        wanted = tuple(beginnings)
        return any(
            topic.startswith(wanted) and self._discovery.listens_to(topic)
            for topics in self._of_config.values()
            for topic in topics
        )


def _topics(payload: bytes) -> Iterator[str]:
    """Every topic that a configuration names, but for those that only tell reachability."""
    try:
        config: Any = json_of(payload, limit=MAX_CONFIG_BYTES) if payload else None
    except BadPayload:
        return  # the discovery dialect says what is wrong with it
    if not isinstance(config, dict):
        return
    for path, value in leaves(expand(config)):
        if path[-1].endswith("topic") and "availability" not in path and path[-1] != "availability_topic":
            yield str(value)
