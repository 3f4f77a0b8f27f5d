"""The sound card, on a PortAudio without one: every rate, every refusal, and being pulled out."""

import asyncio
import sys
from contextlib import aclosing

import numpy as np
import pytest
from fakes_voice import FakePortAudio

from assistant.ports import FRAME_BYTES, AudioUnavailable, Sound
from assistant.voice import pcm
from assistant.voice.devices import SoundCardMicrophone, SoundCardSpeaker, SoundSystem


def tone(rate: int, seconds: float = 1.0, channels: int = 1) -> bytes:
    samples = (16000 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)).astype("<i2")
    quiet = [np.zeros_like(samples)] * (channels - 1)
    return np.stack([samples, *quiet], axis=1).tobytes()


async def taken(card: FakePortAudio, microphone: SoundCardMicrophone, count: int) -> list[bytes]:
    async with aclosing(microphone.frames()) as frames:
        return [await anext(frames) for _ in range(count)]


@pytest.mark.parametrize(
    ("does", "own_rate", "channels"),
    [
        (((16_000, 1),), 48_000, 1),
        (((48_000, 1),), 48_000, 1),
        (((44_100, 1),), 44_100, 1),
        (((48_000, 2),), 48_000, 2),
    ],
)
async def test_a_card_of_any_rate_gives_the_same_sound(
    does: tuple[tuple[int, int], ...], own_rate: int, channels: int
) -> None:
    rate, count = does[0]
    card = FakePortAudio(does=does, own_rate=own_rate, channels=channels, heard=tone(rate, channels=count))
    microphone = SoundCardMicrophone(SoundSystem(lambda: card))
    heard = await taken(card, microphone, 28)
    assert {len(frame) for frame in heard} == {FRAME_BYTES}
    assert abs(pcm.level(b"".join(heard[2:])) - 16000 / 32768 / 2**0.5) < 0.01
    assert card.streams[0].closed


async def test_sound_that_nobody_took_is_dropped_from_its_oldest_end_and_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    marked = b"".join(bytes([number, 0]) * 512 for number in range(1, 41))
    card = FakePortAudio(heard=marked, hangs=True)
    microphone = SoundCardMicrophone(SoundSystem(lambda: card), kept_seconds=0.32)
    async with aclosing(microphone.frames()) as frames:
        await anext(frames)
        await asyncio.sleep(0.2)
        heard = [await anext(frames) for _ in range(9)]
    assert heard[-1][0] in (39, 40) and heard[0][0] in (31, 32)
    assert "pieces of sound were lost" in caplog.text


async def test_what_came_in_can_be_forgotten() -> None:
    card = FakePortAudio(heard=tone(16_000), hangs=True)
    microphone = SoundCardMicrophone(SoundSystem(lambda: card), patience_seconds=0.1)
    async with aclosing(microphone.frames()) as frames:
        await anext(frames)
        await asyncio.sleep(0.05)
        microphone.forget()
        with pytest.raises(AudioUnavailable, match="gives no sound"):
            await anext(frames)


async def test_a_microphone_that_is_pulled_out_is_missed_and_found_again() -> None:
    card = FakePortAudio(heard=tone(16_000, 0.1))
    microphone = SoundCardMicrophone(SoundSystem(lambda: card), patience_seconds=0.1)
    with pytest.raises(AudioUnavailable, match="still plugged in"):
        await taken(card, microphone, 10)
    card.present = False
    with pytest.raises(AudioUnavailable, match="There is no microphone: plug one in"):
        await taken(card, microphone, 1)
    card.present = True
    assert len(await taken(card, microphone, 3)) == 3
    assert card.scans == 2
    assert all(stream.closed for stream in card.streams)


async def test_a_device_with_the_wrong_name_is_named() -> None:
    system = SoundSystem(FakePortAudio)
    with pytest.raises(AudioUnavailable, match=r"no microphone called 'gone': set voice\.input_device"):
        await taken(FakePortAudio(), SoundCardMicrophone(system, "gone"), 1)
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
    with pytest.raises(AudioUnavailable, match="microphone cannot be opened: close what else is using it"):
        await taken(card, SoundCardMicrophone(system), 1)
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
