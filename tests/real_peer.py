"""Real MQTT clients on loopback, beside what is tested: they hear, say, and obey as a device does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as mqtt
from paho.mqtt.publish import single

_WAIT_SECONDS = 5.0


class Peer:
    """A client on a thread of its own that remembers what it heard; one that `obeys` reports it on that topic."""

    def __init__(
        self,
        name: str,
        *,
        keeps_session: bool = False,
        protocol: int = mqtt.MQTTv311,
        obeys: str | None = None,
    ) -> None:
        clean = None if protocol == mqtt.MQTTv5 else not keeps_session
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=name, protocol=protocol, clean_session=clean
        )
        self.heard: list[tuple[str, bytes, bool]] = []
        self.reasons: list[str] = []
        self.arrived = threading.Condition()
        self.client.on_connect = lambda client, data, flags, reason, properties: self._note(self.reasons, str(reason))
        self.client.on_subscribe = lambda client, data, mid, reasons, properties: self._note(self.reasons, "subscribed")
        self.client.on_message = lambda client, data, message: self._take(message)
        self._obeys = obeys

    def _note(self, where: list, what: object) -> None:  # type: ignore[type-arg]
        with self.arrived:
            where.append(what)
            self.arrived.notify_all()

    def _take(self, message: mqtt.MQTTMessage) -> None:
        self._note(self.heard, (message.topic, message.payload, message.retain))
        if self._obeys is not None:
            self.client.publish(self._obeys, message.payload, qos=1, retain=True)

    @property
    def told(self) -> list[bytes]:
        """What was said on any topic."""
        return [payload for _, payload, _ in self.heard]

    def wait_for(self, what: object, where: list | None = None) -> None:  # type: ignore[type-arg]
        notes = self.heard if where is None else where
        with self.arrived:
            assert self.arrived.wait_for(lambda: what in notes, _WAIT_SECONDS), (what, notes)

    @contextmanager
    def connected(self, port: int) -> Iterator["Peer"]:
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        try:
            self.wait_for("Success", self.reasons)
            yield self
        finally:
            self.client.disconnect()
            self.client.loop_stop()

    def subscribe(self, topic: str) -> None:
        self.client.subscribe(topic, qos=1)
        self.wait_for("subscribed", self.reasons)

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(_WAIT_SECONDS)


@contextmanager
def obeying(port: int, topic: str) -> Iterator[Peer]:
    """A device that reports on `topic` what it is told on `topic`/set."""
    with Peer("obeys", obeys=topic).connected(port) as peer:
        peer.subscribe(f"{topic}/set")
        yield peer


def publish(port: int, topic: str, payload: str | bytes, *, retain: bool = True) -> None:
    single(topic, payload, qos=1, retain=retain, hostname="127.0.0.1", port=port)
