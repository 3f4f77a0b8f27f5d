"""paho-mqtt's client, made to read in large pieces and to acknowledge many messages at once. The only importer of paho.

It never decides when to connect, what to publish or what a message means. What it overrides is paho's own business, so
pyproject.toml allows no newer minor version than those that the tests of the broker have run with.
"""

import socket
from collections.abc import Iterable
from typing import Any, cast

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MessageType, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from config.settings import MqttSettings
from sensors.wire import Wire

SESSION_SECONDS = 7 * 24 * 3600
"""How long the broker keeps a persistent session, and what it could not deliver, while we are away."""

LARGEST_PACKET = 256_000
"""Bytes. A broker that speaks MQTT 5 sends nothing larger; of what another one sends, so much is looked at."""

_KEEPALIVE = 30
_CONNECT_SECONDS = 3.0
_MOST_PACKETS = 500
"""That are taken in before anything is written again."""

error_string = paho.error_string


class Client(paho.Client):
    """One client for any number of connections, each made by `open` and kept up by calling `serve`.

    Its constructor raises OSError where `ca_file` cannot be read.
    """

    def __init__(
        self, settings: MqttSettings, *, mqtt5: bool, persistent: bool, availability_topic: str | None
    ) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            protocol=paho.MQTTv5 if mqtt5 else paho.MQTTv311,
            clean_session=None if mqtt5 else not persistent,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        self._settings, self._mqtt5, self._persistent = settings, mqtt5, persistent
        self.connect_timeout = _CONNECT_SECONDS
        if settings.username is not None:
            self.username_pw_set(settings.username, settings.password.get_secret_value() if settings.password else None)
        if settings.tls:
            self.tls_set(ca_certs=str(settings.ca_file) if settings.ca_file else None)
        if availability_topic:
            self.will_set(availability_topic, b"offline", qos=1, retain=True)
        # Registering this makes paho leave all writing to the thread that runs its loop, instead of doing it in
        # whichever thread publishes or acknowledges.
        self.on_socket_register_write = _leave_writing_to_the_loop

    def open(self) -> None:
        """Raises OSError or ValueError where no connection comes about."""
        where = self._settings
        if self._mqtt5:
            session, clean = _session(where, persistent=self._persistent), not self._persistent
            self.connect(where.host, where.port, _KEEPALIVE, clean_start=clean, properties=session)
        else:
            self.connect(where.host, where.port, _KEEPALIVE)

    def serve(self, timeout_seconds: float) -> bool:
        """Waits for something and takes in what is there; False once the connection has gone."""
        result = self.loop(timeout_seconds)
        for _ in range(_MOST_PACKETS):
            if result != MQTTErrorCode.MQTT_ERR_SUCCESS or not self._wire.pending():
                break
            result = self.loop_read()
        return result == MQTTErrorCode.MQTT_ERR_SUCCESS

    def acknowledge(self, packet_ids: Iterable[int]) -> None:
        """The same as paho's `ack` for each, in one piece: it would wake its thread and write once for each of them."""
        packets = b"".join(b"\x40\x02" + packet_id.to_bytes(2, "big") for packet_id in packet_ids)
        self._packet_queue(MessageType.PUBACK, packets, 0, 1)

    def _create_socket(self) -> Any:
        self._wire = Wire(cast(socket.socket, super()._create_socket()))
        return self._wire

    def _handle_publish(self) -> MQTTErrorCode:
        """The usual message is taken apart here. paho makes an object of its properties first, of which there are none,
        and that takes three times as long as all the rest."""
        header, packet = self._in_packet["command"], bytes(self._in_packet["packet"])
        topic_end = 2 + int.from_bytes(packet[:2], "big")
        qos = header >> 1 & 3
        start = topic_end + 2 if qos else topic_end
        if not self._mqtt5 or qos > 1 or packet[start : start + 1] != b"\0":
            return super()._handle_publish()
        message = paho.MQTTMessage(int.from_bytes(packet[topic_end:start], "big"), packet[2:topic_end])
        message.qos, message.retain, message.dup = qos, bool(header & 1), bool(header & 8)
        message.payload = packet[start + 1 :]
        self._handle_on_message(message)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def _leave_writing_to_the_loop(_client: paho.Client, _data: Any, _socket: Any) -> None:
    """Nothing to do: paho has already woken its own loop through a socket pair."""


def _session(settings: MqttSettings, *, persistent: bool) -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.ReceiveMaximum = settings.receive_maximum
    properties.MaximumPacketSize = LARGEST_PACKET
    if persistent:
        properties.SessionExpiryInterval = SESSION_SECONDS
    return properties
