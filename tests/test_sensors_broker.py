"""What the connection promises, against a real Mosquitto: nothing lost, nothing sent twice, gone and back in peace."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from real_mosquitto import Mosquitto, free_port

from config.settings import MqttSettings
from sensors.broker import Broker, BrokerUnavailable
from sensors.message import Message

WAIT_SECONDS = 5.0


@asynccontextmanager
async def connected(port: int, **overrides: object) -> AsyncIterator[Broker]:
    options: dict[str, object] = {"shortest_delay_seconds": 0.02, "longest_delay_seconds": 0.1, **overrides}
    settings = MqttSettings(port=port, client_id=str(options.pop("client_id", "test")), receive_maximum=20)
    async with Broker(settings, **options) as broker:  # type: ignore[arg-type]
        await broker.wait_connected(WAIT_SECONDS)
        yield broker


async def collect(broker: Broker, count: int, *, acknowledge: bool = True) -> list[Message]:
    found: list[Message] = []
    async with asyncio.timeout(WAIT_SECONDS):
        async for batch in broker.batches():
            found += batch
            if acknowledge:
                broker.acknowledge(batch)
            if len(found) >= count:
                return found
    raise AssertionError


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.01)


async def settle(port: int, name: str = "settler") -> None:
    """Returns when the broker has dealt with everything that was sent to it before."""
    async with connected(port, client_id=name, persistent=False) as other:
        await other.publish("settle", b"x")


async def test_a_message_arrives_as_it_was_sent(broker_port: int) -> None:
    async with connected(broker_port, client_id="a") as listener, connected(broker_port, client_id="b") as speaker:
        listener.subscribe(["house/+/state"])
        await settle(broker_port)
        await speaker.publish("house/door/state", b"\x00ON", retain=True)
        [message] = await collect(listener, 1)
        assert (message.topic, message.payload, message.qos, message.retain) == (
            "house/door/state",
            b"\x00ON",
            1,
            False,
        )
        assert abs(message.received_ms - time.time() * 1000) < 5_000


async def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(broker_port: int) -> None:
    async with connected(broker_port, client_id="a") as listener, connected(broker_port, client_id="b") as speaker:
        listener.subscribe(["t"])
        await settle(broker_port)
        await speaker.publish("t", b"1")
        await collect(listener, 1)
        await speaker.publish("t", b"2")
        await collect(listener, 1, acknowledge=False)
    async with connected(broker_port, client_id="a") as listener:
        [message] = await collect(listener, 1)
        assert (message.payload, message.redelivered) == (b"2", True)


async def test_an_answer_to_what_was_sent_is_not_held_up(broker_port: int) -> None:
    async with connected(broker_port, client_id="house") as house, connected(broker_port, client_id="lamp") as lamp:
        house.subscribe(["state"])
        lamp.subscribe(["command"])
        await settle(broker_port)
        began = time.monotonic()
        for number in range(50):
            await house.publish("command", b"%d" % number)
            await collect(lamp, 1)
            await lamp.publish("state", b"%d" % number)
            await collect(house, 1)
        assert time.monotonic() - began < 2.5, "each took 78 ms while the kernel waited for more to confirm at once"


async def test_messages_wait_at_the_broker_while_nobody_is_there(broker_port: int) -> None:
    async with connected(broker_port, client_id="a") as listener:
        listener.subscribe(["t"])
        await settle(broker_port)
    async with connected(broker_port, client_id="b") as speaker:
        for number in range(100):
            await speaker.publish("t", str(number).encode())
    async with connected(broker_port, client_id="a") as listener:
        found = await collect(listener, 100)
        assert [int(message.payload) for message in found] == list(range(100))


async def test_no_more_is_in_flight_than_the_receive_maximum(broker_port: int) -> None:
    async with connected(broker_port, client_id="a") as listener, connected(broker_port, client_id="b") as speaker:
        listener.subscribe(["t"])
        await settle(broker_port)
        for number in range(60):
            await speaker.publish("t", str(number).encode())
        first = await collect(listener, 20, acknowledge=False)
        await settle(broker_port, "another")
        assert len(first) == 20
        listener.acknowledge(first)
        assert len(await collect(listener, 40)) == 40


async def test_overflow_of_qos_0_is_counted(broker_port: int) -> None:
    options = {"client_id": "a", "waiting_limit": 10}
    async with connected(broker_port, **options) as listener, connected(broker_port, client_id="b") as speaker:
        listener.subscribe(["t"])
        await settle(broker_port)
        for number in range(50):
            await speaker.publish("t", str(number).encode(), qos=0)
        await until(lambda: listener.dropped == 40)
        assert len(await collect(listener, 10)) == 10


async def test_a_flood_that_is_stored_slowly_waits_in_the_network(broker_port: int) -> None:
    async with (
        connected(broker_port, client_id="listener", waiting_limit=3_000, batch_limit=50) as listener,
        connected(broker_port, client_id="speaker") as speaker,
    ):
        listener.subscribe(["flood"])
        await settle(broker_port)
        for _ in range(6_000):
            await speaker.publish("flood", b"x", qos=0)
        await speaker.publish("flood", b"over", qos=1)
        found = 0
        async with asyncio.timeout(20):
            async for batch in listener.batches():
                found += len(batch)
                await asyncio.sleep(0.01)
                if batch[-1].payload == b"over":
                    break
        # A broker may drop what it cannot get rid of; what has arrived here is more than would fit, and all of it.
        assert listener.dropped == 0 and found > 3_000


async def test_it_comes_back_after_the_broker_and_asks_for_its_topics_again(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="sensors.broker")
    async with connected(mosquitto.port, client_id="a", persistent=False) as listener:
        listener.subscribe(["t"])
        await settle(mosquitto.port)
        connected_ms = listener.since_ms
        mosquitto.stop()
        await until(lambda: not listener.connected)
        lost_ms = listener.since_ms
        assert lost_ms > connected_ms
        await asyncio.sleep(0.3)
        assert listener.since_ms == lost_ms, "one that fails again has not been lost again"
        assert listener.problem is not None
        assert "nothing listens" in listener.problem
        with pytest.raises(BrokerUnavailable, match="nothing listens"):
            await listener.publish("t", b"x")
        mosquitto.start()
        await listener.wait_connected(WAIT_SECONDS)
        await settle(mosquitto.port, "again")
        await listener.publish("t", b"back")
        assert [message.payload for message in await collect(listener, 1)] == [b"back"]
    said = [record for record in caplog.records if "test" not in record.getMessage()]
    assert [record.levelname for record in said if "No MQTT broker" in record.getMessage()] == ["WARNING"]


async def test_a_command_that_was_not_confirmed_is_not_sent_later() -> None:
    """Against a server that takes connections and confirms nothing that is published."""
    published: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.read(2):
                body = await reader.readexactly(head[1])
                if head[0] >> 4 == 1:
                    writer.write(b"\x20\x03\x00\x00\x00")
                elif head[0] >> 4 == 3:
                    published.append(body)
                    if len(published) == 1:
                        break
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, connected(port) as broker:
        with pytest.raises(BrokerUnavailable, match="not confirmed"):
            await broker.publish("door/set", b"UNLOCK")
        await until(lambda: broker.connections >= 2)
        await asyncio.sleep(0.2)
        assert len(published) == 1


async def test_a_broker_that_confirms_too_late_is_said_so(broker_port: int) -> None:
    async with connected(broker_port) as broker:
        with pytest.raises(BrokerUnavailable, match="did not confirm"):
            await broker.publish("t", b"x", timeout_seconds=0)


async def test_nothing_there_is_said_with_the_fix() -> None:
    async with Broker(MqttSettings(port=free_port()), shortest_delay_seconds=0.02) as broker:
        with pytest.raises(BrokerUnavailable, match="start the MQTT broker"):
            await broker.wait_connected(0.2)


async def test_a_host_that_is_not_known_is_said_with_the_fix() -> None:
    async with Broker(MqttSettings(host="no such host."), shortest_delay_seconds=0.02) as broker:
        with pytest.raises(BrokerUnavailable, match=r"correct mqtt\.host"):
            await broker.wait_connected(1.0)


async def test_a_wrong_password_is_said_with_the_fix() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"\x20\x03\x00\x86\x00")
        await reader.read(100)
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with (
        server,
        Broker(MqttSettings(port=server.sockets[0].getsockname()[1]), shortest_delay_seconds=5) as broker,
    ):
        with pytest.raises(BrokerUnavailable, match=r"set mqtt\.username and mqtt\.password"):
            await broker.wait_connected(0.5)


async def test_a_broker_of_the_older_protocol_is_spoken_to_in_it() -> None:
    from assistant.demo.broker import EmbeddedBroker

    async with EmbeddedBroker() as embedded:
        options = {"client_id": "a", "answer_seconds": 0.1}
        async with connected(embedded.port, **options) as listener, connected(embedded.port, mqtt5=False) as speaker:
            listener.subscribe(["t"])
            await asyncio.sleep(0.1)
            await speaker.publish("t", b"hello")
            assert [message.payload for message in await collect(listener, 1)] == [b"hello"]


async def test_others_learn_that_it_is_there_and_that_it_has_gone(broker_port: int) -> None:
    async with connected(broker_port, client_id="b") as watcher:
        watcher.subscribe(["assistant/status"])
        await settle(broker_port)
        async with connected(broker_port, client_id="a", availability_topic="assistant/status"):
            assert [message.payload for message in await collect(watcher, 1)] == [b"online"]
        assert [message.payload for message in await collect(watcher, 1)] == [b"offline"]


@pytest.mark.parametrize("listening", [True, False])
async def test_leaving_is_quick_and_leaves_no_thread(broker_port: int, listening: bool) -> None:
    before = threading.active_count()
    broker = Broker(MqttSettings(port=broker_port if listening else free_port()), longest_delay_seconds=60)
    async with broker:
        if listening:
            await broker.wait_connected(WAIT_SECONDS)
        else:
            await asyncio.sleep(0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 0.5
    assert threading.active_count() == before


async def test_leaving_is_quick_while_the_network_swallows_everything() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        async with Broker(MqttSettings(port=silent.getsockname()[1])):
            await asyncio.sleep(0.1)
        assert time.monotonic() - began < 1.0
