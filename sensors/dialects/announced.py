"""Which topics Home Assistant discovery describes, so that a device which speaks two dialects is in the house once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sensors.decoded import Definition
from sensors.dialects.abbreviations import expand
from sensors.dialects.translated import leaves
from sensors.message import Message
from sensors.payloads import MAX_CONFIG_BYTES, BadPayload, json_of

MOST_CONFIGS = 10_000


class Announced:
    """Watches configurations go by. It takes none of them."""

    def __init__(self, prefix: str) -> None:
        self._prefix = f"{prefix.strip('/')}/"
        self._of_config: dict[str, frozenset[str]] = {}
        self._claims: Counter[str] = Counter()

    def watch(self, message: Message) -> frozenset[str]:
        """Topics that came under discovery or are free again by this message."""
        topic = message.topic
        if not (topic.startswith(self._prefix) and topic.endswith("/config")):
            return frozenset()
        before = self._of_config.get(topic, frozenset())
        after = frozenset(_topics(message.payload))
        if before == after or (not before and len(self._of_config) >= MOST_CONFIGS):
            return frozenset()
        self._claims.subtract(before)
        self._claims.update(after)
        self._claims = +self._claims
        self._of_config[topic] = after
        if not after:
            del self._of_config[topic]
        return before ^ after

    def restore(self, definitions: Iterable[Definition]) -> None:
        for topic, payload in {one.topic: one.payload for one in definitions}.items():
            self.watch(Message(topic=topic, payload=payload))

    def describes(self, beginnings: Iterable[str]) -> bool:
        """Whether discovery speaks of a topic that begins like one of these."""
        wanted = tuple(beginnings)
        return any(topic.startswith(wanted) for topic in self._claims)


def _topics(payload: bytes) -> Iterator[str]:
    """Every topic that a configuration names for states and commands; those for reachability say nothing."""
    try:
        config: Any = json_of(payload, limit=MAX_CONFIG_BYTES) if payload else None
    except BadPayload:
        return  # the discovery dialect says what is wrong with it
    if not isinstance(config, dict):
        return
    for path, value in leaves(expand(config)):
        if path[-1].endswith("topic") and "availability" not in path and path[-1] != "availability_topic":
            yield str(value)
