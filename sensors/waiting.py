"""What came from the broker and waits to be stored. Bounded; filled by the connection's thread, emptied by ingest."""

import threading
from collections import deque

from sensors.message import Message


class Waiting:
    """Messages in order of arrival. Those of QoS 1 always fit, for the broker keeps to a bound of its own for them."""

    def __init__(self, *, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._less = threading.Condition(self._lock)
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self.dropped = 0
        """QoS 0 messages for which there was no room."""

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message) -> bool:
        """False where there was no room for it."""
        with self._lock:
            if message.qos == 0 and (len(self._messages) >= self._most or self._bytes >= self._most_bytes):
                self.dropped += 1
                return False
            self._messages.append(message)
            self._bytes += len(message.payload)
        return True

    def take(self, most: int) -> list[Message]:
        """The oldest, and no more than so many."""
        with self._lock:
            taken = [self._messages.popleft() for _ in range(min(len(self._messages), most))]
            self._bytes -= sum(len(message.payload) for message in taken)
            self._less.notify()
        return taken

    def wait_for_room(self, timeout_seconds: float) -> None:
        """Returns when there is plenty of it, or the time is over: what is not read yet the broker need not drop."""
        if not self._crowded():
            return
        with self._less:
            self._less.wait_for(lambda: not self._crowded(), timeout_seconds)

    def _crowded(self) -> bool:
        return 2 * len(self._messages) > self._most or 2 * self._bytes > self._most_bytes

    def forget_acknowledgeable(self) -> None:
        """Leaves those of QoS 0: the broker sends the others again, and what it sends then must fit the bound."""
        with self._lock:
            self._messages = deque(message for message in self._messages if message.qos == 0)
            self._bytes = sum(len(message.payload) for message in self._messages)
