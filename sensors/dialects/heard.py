"""The last message of each topic, for entities that are described later: a broker sends what it had kept only once.

Bounded in number and size; it does not know what a message means.
"""

from collections import OrderedDict
from collections.abc import Iterable

from sensors.message import Message
from sensors.payloads import MAX_STATE_BYTES

MOST_TOPICS = 20_000
MOST_BYTES = 16_000_000
"""Bounds for topics that an entity listens to, or once did."""
MOST_STRANGE_TOPICS = 4_000
MOST_STRANGE_BYTES = 4_000_000
"""Bounds for topics that nobody has asked for (yet)."""


class _Shelf:
    """Messages with the number of their arrival; where there is no room, the one unheard of for longest goes."""

    def __init__(self, most_topics: int, most_bytes: int) -> None:
        self._most_topics = most_topics
        self._most_bytes = most_bytes
        self._of_topic: OrderedDict[str, tuple[int, Message]] = OrderedDict()
        self._bytes = 0

    def put(self, arrival: int, message: Message) -> None:
        self.take(message.topic)
        self._of_topic[message.topic] = arrival, message
        self._bytes += _size(message)
        while len(self._of_topic) > self._most_topics or self._bytes > self._most_bytes:
            self._bytes -= _size(self._of_topic.popitem(last=False)[1][1])

    def take(self, topic: str) -> tuple[int, Message] | None:
        found = self._of_topic.pop(topic, None)
        if found is not None:
            self._bytes -= _size(found[1])
        return found

    def get(self, topic: str) -> tuple[int, Message] | None:
        return self._of_topic.get(topic)


class Heard:
    """Topics that nobody listens to have a shelf of their own, so that noise never displaces what may be needed."""

    def __init__(self) -> None:
        self._wanted = _Shelf(MOST_TOPICS, MOST_BYTES)
        self._strange = _Shelf(MOST_STRANGE_TOPICS, MOST_STRANGE_BYTES)
        self._arrivals = 0

    def keep(self, message: Message, *, wanted: bool) -> None:
        """Replaces what the topic had said; a payload that is too large to be read is only forgotten."""
        self._wanted.take(message.topic)
        self._strange.take(message.topic)
        if len(message.payload) > MAX_STATE_BYTES:
            return
        self._arrivals += 1
        (self._wanted if wanted else self._strange).put(self._arrivals, message)

    def on(self, topics: Iterable[str]) -> list[Message]:
        """What was last said on these topics, in the order in which it came. From now on they count as wanted."""
        found = []
        for topic in set(topics):
            late = self._strange.take(topic)
            if late is not None:
                self._wanted.put(*late)
            known = self._wanted.get(topic)
            if known is not None:
                found.append(known)
        return [message for _, message in sorted(found, key=lambda pair: pair[0])]


def _size(message: Message) -> int:
    return len(message.topic) + len(message.payload)
