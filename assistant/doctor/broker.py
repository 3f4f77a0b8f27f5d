"""Whether the broker takes us as the settings say, and whether anything in the house announces itself there."""

import asyncio
import secrets
from dataclasses import dataclass

from assistant.doctor.finding import Finding, State, degraded, ok, told
from config.settings import MqttSettings
from sensors.broker import Broker, BrokerUnavailable

PART, DISCOVERY = "broker", "discovery"
CONNECT_SECONDS = 6.0
LISTEN_SECONDS = 1.5
_STEP_SECONDS = 0.1
_LONGEST_OWN_ID = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What came of a connection: why there is none, else how many retained announcements were seen."""

    problem: str | None = None
    announced: int | None = None
    """None: nobody looked."""


async def call(
    settings: MqttSettings, *, connect_seconds: float = CONNECT_SECONDS, listen_seconds: float = LISTEN_SECONDS
) -> Contact:
    """Connects beside whatever else is connected, with a client id of its own, and leaves no trace at the broker."""
    client_id = f"{settings.client_id[:_LONGEST_OWN_ID]}-doctor-{secrets.token_hex(4)}"
    try:
        async with Broker(settings, client_id=client_id, persistent=False) as broker:
            await _connected(broker, connect_seconds)
            return Contact(announced=await _announced(broker, settings.discovery_prefix, listen_seconds))
    except BrokerUnavailable as error:
        return Contact(problem=str(error))


async def _connected(broker: Broker, seconds: float) -> None:
    """Raises BrokerUnavailable as soon as it is known why there is no connection."""
    first = broker.problem
    for _ in range(round(seconds / _STEP_SECONDS)):
        try:
            return await broker.wait_connected(_STEP_SECONDS)
        except BrokerUnavailable:
            if broker.problem != first:
                raise
    raise BrokerUnavailable(f"the broker did not answer within {seconds:g} seconds; check mqtt.host and the network")


async def _announced(broker: Broker, prefix: str, seconds: float) -> int:
    """How many things have left word of themselves; stops counting when it is clear that some have."""
    found: set[str] = set()
    broker.subscribe([f"{prefix}/#"])
    try:
        async with asyncio.timeout(seconds):
            async for batch in broker.batches():
                found |= {message.topic for message in batch if message.topic.endswith("/config") and message.payload}
                broker.acknowledge(batch)
    except TimeoutError:
        pass  # a broker does not say when it has sent all that it kept
    return len(found)


def contact(settings: MqttSettings, contact: Contact) -> Finding:
    if not settings.enabled:
        return ok(PART, "switched off in the settings, so no device is heard or switched")
    if contact.problem is not None:
        return told(
            PART, State.BROKEN, contact.problem, "check mqtt.host, mqtt.port, mqtt.tls and the broker's own log"
        )
    who = f"as {settings.username!r}" if settings.username else "without a user name"
    how = "over TLS" if settings.tls else "without TLS"
    return ok(PART, f"{settings.host}:{settings.port} takes us {who}, {how}")


def discovery(settings: MqttSettings, contact: Contact, *, entities: int, devices: int) -> Finding | None:
    """`entities`, `devices`: how many the database knows. None where nothing can be said."""
    if entities:
        return ok(DISCOVERY, f"{entities} entities of {devices} devices are known")
    if not settings.enabled or contact.problem is not None or contact.announced is None:
        return None
    if contact.announced:
        found = f"{contact.announced} things are announced at the broker, and none is known here yet"
        return degraded(DISCOVERY, found, "start the assistant, it takes them in within seconds")
    return degraded(
        DISCOVERY,
        f"nothing is announced below {settings.discovery_prefix}/ at the broker",
        "switch on Home Assistant discovery in what bridges your devices (Zigbee2MQTT: homeassistant: true), or set"
        " mqtt.discovery_prefix; `assistant capture` shows what there is, docs/plain-topics.md maps the rest",
    )
