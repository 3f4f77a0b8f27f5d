"""A connection that is read in large pieces, as paho-mqtt asks for a few bytes at a time. Knows nothing of MQTT.

It waits for nobody: brokers hold a small packet back until the one before it is confirmed, which a kernel puts off for
40 ms. A lamp's word that it is on would come by so much later.
"""

import socket

_PIECE_BYTES = 64 * 1024


class Wire:
    """What paho-mqtt needs of a TCP socket, or of TLS over one. Raises what the socket raises."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._read = b""
        self._at = 0
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def recv(self, size: int) -> bytes:
        if self._at == len(self._read):
            self._read, self._at = self._socket.recv(_PIECE_BYTES), 0
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # holds for what has just come
        taken = self._read[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def pending(self) -> int:
        """How many bytes are here that no `select` would tell of."""
        beneath = getattr(self._socket, "pending", None)
        return len(self._read) - self._at + (beneath() if beneath else 0)

    def send(self, data: bytes) -> int:
        return self._socket.send(data)

    def fileno(self) -> int:
        return self._socket.fileno()

    def setblocking(self, flag: bool) -> None:
        self._socket.setblocking(flag)

    def close(self) -> None:
        self._socket.close()
