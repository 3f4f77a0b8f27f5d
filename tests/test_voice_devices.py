"""The sound card as speaker, on a PortAudio without one: every rate, every refusal, and being pulled out."""

import asyncio
import sys
import threading
from typing import Any

import numpy as np
import pytest
from fakes_voice import FakePortAudio
from hypothesis import given
from hypothesis import strategies as st

from assistant.ports import AudioUnavailable, Sound
from assistant.voice import pcm
from assistant.voice.devices import SoundCardSpeaker, SoundSystem
from assistant.voice.portaudio import NoSuchDevice, numbered


def tone(rate: int, seconds: float = 1.0) -> bytes:
    return (16000 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)).astype("<i2").tobytes()


async def test_a_device_with_the_wrong_name_is_named() -> None:
    system = SoundSystem(FakePortAudio)
    with pytest.raises(AudioUnavailable, match=r"no microphone called 'gone': set voice\.input_device.*Fake: Audio"):
        system.require("gone", "input")
    with pytest.raises(AudioUnavailable, match=r"no speaker called 'gone': set voice\.output_device"):
        await SoundCardSpeaker(system, "gone").play(Sound(pcm=bytes(100), sample_rate=16_000))


@pytest.mark.parametrize("rate", [22_050, 48_000])
async def test_a_sound_is_played_to_its_end(rate: int) -> None:
    card = FakePortAudio(does=((rate, 1),), own_rate=rate)
    sound = Sound(pcm=tone(22_050, 0.5), sample_rate=22_050)
    await SoundCardSpeaker(SoundSystem(lambda: card)).play(sound)
    wanted = pcm.at_rate(sound, rate).pcm
    assert bytes(card.played[: len(wanted)]) == wanted
    assert not any(card.played[len(wanted) :])
    assert card.streams[0].closed


async def test_a_sound_can_be_stopped_at_once() -> None:
    card = FakePortAudio(hangs=True)
    speaker = SoundCardSpeaker(SoundSystem(lambda: card))
    playing = asyncio.ensure_future(speaker.play(Sound(pcm=tone(16_000, 30), sample_rate=16_000)))
    await asyncio.sleep(0.05)
    await speaker.stop()
    async with asyncio.timeout(1):
        await playing
    await speaker.stop()


async def test_a_speaker_that_hangs_is_given_up() -> None:
    card = FakePortAudio(hangs=True)
    speaker = SoundCardSpeaker(SoundSystem(lambda: card), patience_seconds=0.05)
    with pytest.raises(AudioUnavailable, match="The speaker has stopped"):
        await speaker.play(Sound(pcm=tone(16_000, 0.05), sample_rate=16_000))
    assert card.streams[0].closed


async def test_a_card_that_is_in_use_is_said_to_be() -> None:
    card = FakePortAudio(does=((8_000, 1),), own_rate=44_100)
    system = SoundSystem(lambda: card)
    with pytest.raises(AudioUnavailable, match="speaker cannot be opened: close what else is using it"):
        await SoundCardSpeaker(system).play(Sound(pcm=bytes(100), sample_rate=16_000))


def test_a_machine_without_portaudio_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent:
        """What the real module does on import where the shared library is not installed."""

        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Absent, *sys.meta_path])
    with pytest.raises(AudioUnavailable, match="PortAudio is not installed: sudo apt install libportaudio2"):
        SoundSystem()


async def test_a_speaker_that_is_plugged_in_again_is_found() -> None:
    card = FakePortAudio(present=False)
    speaker = SoundCardSpeaker(SoundSystem(lambda: card))
    sound = Sound(pcm=tone(16_000, 0.05), sample_rate=16_000)
    for _ in range(2):
        with pytest.raises(AudioUnavailable, match="There is no speaker; plug one in"):
            await speaker.play(sound)
    card.present = True
    await speaker.play(sound)
    assert bytes(card.played).startswith(sound.pcm) and card.scans == 2


async def test_a_sound_system_that_hangs_keeps_nobody_waiting_and_is_used_again_when_it_answers() -> None:
    answers = threading.Event()

    class Hanging(FakePortAudio):
        def query_devices(self, device: str | int | None = None, kind: str | None = None) -> Any:
            answers.wait(10)
            return super().query_devices(device, kind)

    card = Hanging()
    speaker = SoundCardSpeaker(SoundSystem(lambda: card), patience_seconds=0.05)
    sound = Sound(pcm=tone(16_000, 0.05), sample_rate=16_000)
    for _ in range(2):
        with pytest.raises(AudioUnavailable, match="the sound system does not answer"):
            await speaker.play(sound)
    answers.set()
    await SoundCardSpeaker(SoundSystem(lambda: card)).play(sound)
    await speaker.play(sound)
    assert all(stream.closed for stream in card.streams), "what came too late was given back"


LISTED = ["HDA Intel: ALC257 (hw:0,0)", "USB PnP Sound Device: Audio (hw:2,0)", "USB camera: Audio (hw:3,0)", "default"]


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("default", 3),
        ("USB PnP Sound Device: Audio (hw:2,0)", 1),
        ("USB PnP Sound Device: Audio (hw:1,0)", 1),
        ("hw:3,0", 2),
        ("usb", 1),
        ("usb camera", 2),
        ("usb audio", 1),
        ("intel", 0),
    ],
)
def test_a_device_is_known_by_its_name_wherever_it_is_plugged_in(wanted: str, number: int) -> None:
    devices = [{"name": name, "max_input_channels": 1} for name in LISTED]
    assert numbered(wanted, devices, "input") == number


@given(
    st.text("aB (hw:1,0)", max_size=9),
    st.lists(st.tuples(st.text("aB (hw:1,0)", max_size=9), st.integers(0, 2)), max_size=4),
)
def test_a_name_finds_a_device_that_can_be_used_or_none(wanted: str, listed: list[tuple[str, int]]) -> None:
    devices = [{"name": name, "max_input_channels": channels} for name, channels in listed]
    try:
        found = numbered(wanted, devices, "input")
    except NoSuchDevice:
        assert not any(name == wanted and channels for name, channels in listed)
    else:
        assert listed[found][1] > 0
