"""Tells systemd how the daemon is, by the sd_notify(3) protocol. Where nothing supervises it, nobody is told."""

import logging
import os
import socket

_LOG = logging.getLogger(__name__)


def notify(*facts: str) -> None:
    """Sends facts such as `READY=1` as one datagram to $NOTIFY_SOCKET; a path, or an abstract name after `@`."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.setblocking(False)  # one that does not listen holds up nobody
            channel.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            channel.sendall("\n".join(facts).encode())
    except OSError as error:
        _LOG.warning("The supervisor at NOTIFY_SOCKET could not be told %s: %s", facts, error)
