"""An MQTT 3.1.1 broker inside this process, on loopback, for a house that has none. The only importer of amqtt.

Made for the demo and for tests: it keeps nothing on disk and drops what is in flight when a client goes away.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from types import TracebackType
from typing import Self

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.errors import BrokerError

from config.errors import UserFacingError

_LOG = logging.getLogger(__name__)
_LISTENER = "default"
# amqtt's AnonymousAuthPlugin marks every session as anonymous, and then queues nothing for a client that is away.
# The base class lets everybody in without that mark.
_LET_IN = "amqtt.plugins.base.BaseAuthPlugin"
# amqtt takes the properties of an MQTT 5 CONNECT for the length of a name and waits for the rest of it, so that such a
# client would learn only after its own patience that it has to speak 3.1.1. It is told at once instead.
_SPEAKS_MQTT_5 = b"\x00\x04MQTT\x05"
_UNSUPPORTED_VERSION = bytes([0x20, 2, 0, 1])


class BrokerUnavailable(UserFacingError):
    """The embedded broker cannot listen; the message says where and what to do."""


_STOP_SECONDS = 0.5


class EmbeddedBroker:
    """Listens while it is entered. Port 0 takes any free port, which `port` then tells.

    Entering raises BrokerUnavailable where the port is taken.
    """

    def __init__(self, *, port: int = 0) -> None:
        self.host = "127.0.0.1"
        self.port = port
        self._connections: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.enter_context(_quiet())
            # The listener is ours and amqtt's is marked external: that tells the port and closes without leftovers.
            listeners = {_LISTENER: ListenerConfig(type=ListenerType.EXTERNAL)}
            self._broker = Broker(BrokerConfig(listeners=listeners, plugins={_LET_IN: {}}))
            try:
                await self._broker.start()
                self._server = await asyncio.start_server(self._connected, self.host, self.port)
            except (BrokerError, OSError) as error:
                where = f"{self.host}:{self.port}"
                raise BrokerUnavailable(f"no broker can listen on {where} ({error}); choose a free port") from error
            stack.push_async_callback(self._stop)
            self.port = self._server.sockets[0].getsockname()[1]
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one client until it leaves; runs in the task that asyncio makes for a connection."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        self._writers.add(writer)
        try:
            head = await _first_bytes(reader)
            if head.endswith(_SPEAKS_MQTT_5):
                writer.write(_UNSUPPORTED_VERSION)
            else:
                first, then = _Rewound(head, reader), StreamWriterAdapter(writer)
                await self._broker.external_connected(first, then, _LISTENER)
        except (OSError, asyncio.IncompleteReadError):
            _LOG.debug("a client went away before or while it was served", exc_info=True)
        finally:
            writer.close()
            self._writers.discard(writer)
            self._connections.discard(task)

    async def _stop(self) -> None:
        self._server.close()
        # Clients are cut off before amqtt stops: it would cancel the tasks that read from them and then wait for those,
        # and `wait_for` in Python 3.11 may swallow a cancellation. Nor would it end those who never said CONNECT.
        for writer in tuple(self._writers):
            writer.transport.abort()
        if self._connections:
            _, late = await asyncio.wait(tuple(self._connections), timeout=_STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._broker.shutdown()
        except TimeoutError:
            _LOG.warning("The embedded broker did not stop within %g s and is left behind", _STOP_SECONDS)


async def _first_bytes(reader: asyncio.StreamReader) -> bytes:
    """The first packet up to its protocol level: type, length (one to four bytes), name, level."""
    head = await reader.readexactly(2)
    while head[-1] & 0x80 and len(head) < 5:
        head += await reader.readexactly(1)
    return head + await reader.readexactly(len(_SPEAKS_MQTT_5))


class _Rewound(StreamReaderAdapter):  # type: ignore[misc]  # amqtt ships no types
    """A stream of which the first bytes have been read already."""

    def __init__(self, head: bytes, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self._head = head

    async def read(self, n: int = -1) -> bytes:
        if not self._head:
            return bytes(await super().read(n))
        count = len(self._head) if n == -1 else n
        taken, self._head = self._head[:count], self._head[count:]
        missing = count - len(taken)
        return taken + bytes(await super().read(missing)) if missing else taken


@contextmanager
def _quiet() -> Iterator[None]:
    """amqtt logs every slip of a client as a warning or an error; on loopback that is noise between the answers."""
    loggers = [logging.getLogger(name) for name in ("amqtt", "transitions")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
