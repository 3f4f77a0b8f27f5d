"""The sound server that other tests stand on: what is said is heard, and what is pulled out is gone."""

import math
import struct
from collections.abc import Iterator

import pytest
from fakes_sound_server import LOUDSPEAKER, MICROPHONE, RATE, SoundServer, level, require_sound_server


@pytest.fixture(scope="module")
def server() -> Iterator[SoundServer]:
    require_sound_server()
    with SoundServer() as running:
        yield running


def _tone(seconds: float) -> bytes:
    samples = (int(12000 * math.sin(2 * math.pi * 440 * n / RATE)) for n in range(round(seconds * RATE)))
    return b"".join(struct.pack("<h", sample) for sample in samples)


_DEVICES = """
import sounddevice
for device in sounddevice.query_devices():
    print(device["name"], device["max_input_channels"] > 0, device["max_output_channels"] > 0)
"""

_HEAR_AND_SPEAK = """
import queue, sys, sounddevice
heard, wanted = queue.Queue(), 16000
def hear(data, count, when, status):
    heard.put(bytes(data))
with sounddevice.RawInputStream(samplerate=16000, channels=1, dtype="int16", blocksize=512, latency="high",
                                callback=hear):
    print("listening", flush=True)
    sound = b""
    while len(sound) < 2 * wanted:
        sound += heard.get(timeout=5)
stream = sounddevice.RawOutputStream(samplerate=16000, channels=1, dtype="int16")
with stream:
    stream.write(b"\\x00\\x20\\x00\\xe0" * 4000)
print(max(abs(int.from_bytes(sound[at : at + 2], "little", signed=True)) for at in range(0, len(sound), 2)))
"""


def test_what_is_said_into_the_microphone_is_recorded_from_it(server: SoundServer) -> None:
    with server.recording(device=f"{MICROPHONE}.monitor") as heard:
        server.say_pcm(_tone(0.3))
    assert level(heard.pcm) > 0.05


def test_portaudio_lists_the_servers_devices(server: SoundServer) -> None:
    server.named_devices({"kitchen": f"{MICROPHONE}.monitor"})
    listed = server.python(_DEVICES).splitlines()
    assert "default True True" in listed
    assert any(line.startswith("kitchen") for line in listed)


def test_portaudio_hears_the_microphone_and_is_heard_from_the_loudspeaker(server: SoundServer) -> None:
    with server.recording() as heard:
        server.say_pcm(_tone(0.1))
        printed = server.python(_HEAR_AND_SPEAK).split()
    assert printed[0] == "listening"
    assert level(heard.pcm) > 0.02


def test_a_device_that_is_pulled_out_is_gone_until_it_is_plugged_in_again(server: SoundServer) -> None:
    server.unplug(MICROPHONE)
    assert f"{MICROPHONE}.monitor" not in server.control("list", "short", "sources")
    server.plug_in(MICROPHONE)
    assert server.control("get-default-source") == f"{MICROPHONE}.monitor"
    assert server.control("get-default-sink") == LOUDSPEAKER


def test_a_server_that_crashed_comes_back_with_its_devices(server: SoundServer) -> None:
    server.kill()
    with pytest.raises(RuntimeError):
        server.control("info")
    server.start()
    assert server.control("get-default-sink") == LOUDSPEAKER
