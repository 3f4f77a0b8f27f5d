"""The embedded broker, met by a real MQTT client over loopback."""

import asyncio
import logging
import threading
import time

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from real_peer import Peer

from assistant.demo.broker import BrokerUnavailable, EmbeddedBroker


async def test_a_client_hears_at_qos_1_what_another_one_says() -> None:
    def talk(port: int) -> None:
        with Peer("listener").connected(port) as listener, Peer("speaker").connected(port) as speaker:
            listener.subscribe("house/+/state")
            speaker.say("house/lamp/state", "ON")
            listener.wait_for(("house/lamp/state", b"ON", False))

    async with EmbeddedBroker() as broker:
        assert broker.host == "127.0.0.1" and broker.port > 0
        await asyncio.to_thread(talk, broker.port)


async def test_what_is_retained_reaches_those_who_come_later() -> None:
    def talk(port: int) -> None:
        with Peer("speaker").connected(port) as speaker:
            speaker.say("house/lamp/config", "{}", retain=True)
        with Peer("listener").connected(port) as listener:
            listener.subscribe("house/#")
            listener.wait_for(("house/lamp/config", b"{}", True))

    async with EmbeddedBroker() as broker:
        await asyncio.to_thread(talk, broker.port)


async def test_a_persistent_session_keeps_what_was_said_while_its_client_was_away() -> None:
    def talk(port: int) -> None:
        with Peer("listener", keeps_session=True).connected(port) as listener:
            listener.subscribe("house/#")
        with Peer("speaker").connected(port) as speaker:
            speaker.say("house/lamp/state", "while away")
        with Peer("listener", keeps_session=True).connected(port) as listener:
            listener.wait_for(("house/lamp/state", b"while away", True))

    async with EmbeddedBroker() as broker:
        await asyncio.to_thread(talk, broker.port)


async def test_it_stops_within_a_second_even_with_clients_that_are_still_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    before = asyncio.all_tasks()
    async with EmbeddedBroker() as broker:
        silent_reader, silent_writer = await asyncio.open_connection(broker.host, broker.port)
        peer = Peer("stays")
        peer.client.connect_async("127.0.0.1", broker.port)
        peer.client.loop_start()
        await asyncio.to_thread(peer.wait_for, "Success", peer.reasons)
        began = time.monotonic()
    assert time.monotonic() - began < 1.0
    assert asyncio.all_tasks() == before
    assert [record for record in caplog.records if record.name.startswith(("amqtt", "transitions"))] == []
    peer.client.loop_stop()
    silent_writer.close()
    assert await silent_reader.read() == b""


async def test_it_stops_within_a_second_while_a_client_talks_without_a_pause() -> None:
    before = asyncio.all_tasks()
    for _ in range(4):
        peer = Peer("chatterbox")
        over = threading.Event()

        def chatter(client: mqtt.Client = peer.client, over: threading.Event = over) -> None:
            while not over.wait(0.0005):
                client.publish("a/b", "c", qos=1)

        async with EmbeddedBroker() as broker:
            peer.client.connect_async(broker.host, broker.port)
            peer.client.loop_start()
            await asyncio.to_thread(peer.wait_for, "Success", peer.reasons)
            talking = threading.Thread(target=chatter)
            talking.start()
            await asyncio.sleep(0.02)
            began = time.monotonic()
        assert time.monotonic() - began < 1.0
        over.set()
        talking.join()
        peer.client.disconnect()
        await asyncio.to_thread(peer.client.loop_stop)
    assert asyncio.all_tasks() == before


async def test_a_client_of_mqtt_5_is_told_at_once_that_it_has_to_speak_3_1_1() -> None:
    def talk(port: int) -> None:
        properties = Properties(PacketTypes.CONNECT)
        properties.ReceiveMaximum = 500
        properties.SessionExpiryInterval = 3600
        peer = Peer("new", protocol=mqtt.MQTTv5)
        peer.client.connect("127.0.0.1", port, properties=properties)
        peer.client.loop_start()
        peer.wait_for("Unsupported protocol version", peer.reasons)
        peer.client.disconnect()
        peer.client.loop_stop()

    async with EmbeddedBroker() as broker:
        began = time.monotonic()
        await asyncio.to_thread(talk, broker.port)
        assert time.monotonic() - began < 1.5


async def test_noise_on_its_port_does_not_disturb_it() -> None:
    async with EmbeddedBroker() as broker:
        for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x10\xff\xff\xff\xff\xff" + b"\xff" * 50, b"\x10"):
            reader, writer = await asyncio.open_connection(broker.host, broker.port)
            writer.write(noise)
            writer.write_eof()
            await reader.read()
            writer.close()

        def talk() -> None:
            with Peer("sane").connected(broker.port) as peer:
                peer.subscribe("a/b")

        await asyncio.to_thread(talk)


async def test_a_port_that_is_taken_is_said_so() -> None:
    async with EmbeddedBroker() as first:
        with pytest.raises(BrokerUnavailable, match=f"127.0.0.1:{first.port}.*choose a free port"):
            async with EmbeddedBroker(port=first.port):
                pass


async def test_it_can_be_started_again() -> None:
    broker = EmbeddedBroker()
    async with broker:
        port = broker.port
    async with broker:
        assert broker.port == port
