"""A socket that is read in large pieces, since paho-mqtt asks it for a few bytes at a time. Knows nothing of MQTT."""

import socket

_PIECE_BYTES = 64 * 1024


class Wire:
    """What paho-mqtt needs of a socket. Raises what the socket raises."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._read = b""
        self._at = 0

    def recv(self, size: int) -> bytes:
        if self._at == len(self._read):
            self._read, self._at = self._socket.recv(_PIECE_BYTES), 0
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
