"""Packets as they come over the wire, in whatever pieces: paho's client, made to read and acknowledge many at once."""

import socket
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import MqttSettings
from sensors.client import Client

Heard = tuple[str, bytes, int, bool, bool, int]

CONNECTED = b"\x20\x03\x00\x00\x00"


@contextmanager
def speaking_to_us() -> Iterator[tuple[Client, socket.socket, list[Heard]]]:
    """A client that is connected, the broker's end of the line, and what has been heard."""
    heard: list[Heard] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        where = MqttSettings(port=server.getsockname()[1], client_id="test")
        client = Client(where, mqtt5=True, persistent=True, availability_topic=None)
        client.on_message = lambda _client, _data, one: heard.append(
            (one.topic, bytes(one.payload), one.qos, one.retain, one.dup, one.mid)
        )
        client.open()
        with closing(server.accept()[0]) as line:
            line.settimeout(5)
            assert client.serve(1.0)
            line.recv(1_000)
            line.sendall(CONNECTED)
            assert client.serve(1.0)
            yield client, line, heard
            client.disconnect()
            while client.serve(1.0):
                pass


def packet(message: Heard, properties: bytes) -> bytes:
    topic, payload, qos, retain, dup, packet_id = message
    body = struct.pack("!H", len(topic.encode())) + topic.encode()
    body += struct.pack("!H", packet_id) if qos else b""
    body += bytes([len(properties)]) + properties + payload
    length, left = b"", len(body)
    while True:
        left, digit = divmod(left, 128)
        length += bytes([digit | (128 if left else 0)])
        if not left:
            return bytes([0x30 | dup << 3 | qos << 1 | retain]) + length + body


MESSAGES = st.builds(
    lambda topic, payload, qos, retain, dup, number: (topic, payload, qos, retain, dup and qos > 0, number * qos),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
    st.binary(max_size=300),
    st.integers(0, 1),
    st.booleans(),
    st.booleans(),
    st.integers(1, 65_535),
)
PROPERTIES = st.sampled_from([b"", b"", b"\x01\x01", b"\x02\x00\x00\x00\x3c", b"\x26\x00\x01a\x00\x02bc"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(MESSAGES, PROPERTIES), min_size=1, max_size=8), st.data())
def test_whatever_comes_in_whatever_pieces_is_heard_as_it_was_sent(
    sent: list[tuple[Heard, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(packet(*one) for one in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    with speaking_to_us() as (client, line, heard):
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            line.sendall(stream[start:end])
            assert client.serve(0.01)
        while len(heard) < len(sent):
            assert client.serve(1.0)
    assert heard == [message for message, _ in sent]


def test_what_is_there_is_taken_in_at_once_but_leaves_room_for_writing() -> None:
    one = packet(("t", b"x", 1, False, False, 7), b"")
    with speaking_to_us() as (client, line, heard):
        line.sendall(one * 300)
        assert client.serve(1.0)
        assert len(heard) == 300
        line.sendall(one * 2_000)
        assert client.serve(1.0)
        assert len(heard) < 1_000, "a flood would else keep acknowledgements and the keep-alive waiting"


def test_many_messages_are_acknowledged_in_one_piece() -> None:
    with speaking_to_us() as (client, line, _):
        client.acknowledge([1, 300, 65_535])
        assert client.serve(1.0)
        assert line.recv(1_000) == b"\x40\x02\x00\x01\x40\x02\x01\x2c\x40\x02\xff\xff"


@pytest.mark.parametrize(
    "broken", [b"\x32\x01\x00", b"\x32\x04\x00\x09ab", b"\x30\x03\x00\x01t", b"\x36\x05\x00\x01t\x00\x00"]
)
def test_what_is_no_packet_ends_the_connection_and_nothing_else(broken: bytes) -> None:
    with speaking_to_us() as (client, line, heard):
        line.sendall(broken)
        while client.serve(1.0):
            pass
        assert heard == []
