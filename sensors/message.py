"""A message as it came from the broker. It owns no connection, so decoding can be done without one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One MQTT publish that was received."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    """True where the broker had kept it: it may be of any age."""
    received_ms: int = 0
    token: int = 0
    """What `Broker.acknowledge` needs; the low 16 bits are the packet identifier."""
    redelivered: bool = False
    """True where the broker may have sent it before (the DUP flag)."""

    @property
    def packet_id(self) -> int:
        return self.token & 0xFFFF
