"""The microphone: every card and every refusal on a PortAudio without one, and a process of its own that goes wrong."""

import asyncio
import os
import struct
import sys
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from fakes_voice import FakePortAudio
from hypothesis import given
from hypothesis import strategies as st

from assistant.ports import FRAME_BYTES, AudioUnavailable
from assistant.voice import pcm
from assistant.voice.capture import Capture, Kind, Record, Records, Wanted, one_channel, packed, shapes
from assistant.voice.microphone import SoundCardMicrophone, Stillness
from assistant.voice.portaudio import NoPortAudio, PortAudio


def tone(rate: int, seconds: float = 1.0, channels: int = 1, on: int = 0) -> bytes:
    """On one of the channels; the others hold something else."""
    at = np.arange(round(rate * seconds)) / rate
    samples = np.stack([np.sin(2 * np.pi * (440 if one == on else 3000) * at) for one in range(channels)], axis=1)
    return (16_000 * samples).astype("<i2").tobytes()


DEFAULT = Wanted()


def captured(card: FakePortAudio, wanted: Wanted = DEFAULT) -> list[Record]:
    sent: list[Record] = []
    records = Records()
    Capture(wanted, lambda data: sent.extend(records.feed(data)), lambda: True).run(lambda: card)
    return sent


def sound_of(sent: Sequence[Record]) -> bytes:
    """At 16 kHz."""
    assert sent[0].kind is Kind.OPENED and sent[-1].kind is Kind.ENDED
    resampler = pcm.Resampler(int(sent[0].payload))
    return b"".join(resampler.feed(record.payload) for record in sent if record.kind is Kind.SOUND)


def power_at(sound: bytes, hertz: float) -> float:
    """Share of the power that lies there."""
    samples = np.frombuffer(sound, dtype="<i2").astype(np.float64)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) ** 2
    at = round(hertz * samples.size / 16_000)
    return float(spectrum[at - 4 : at + 5].sum() / spectrum.sum())


@pytest.mark.parametrize(
    ("does", "channels", "wanted"),
    [
        ((16_000, 1), 1, Wanted()),
        ((48_000, 1), 1, Wanted()),
        ((44_100, 1), 1, Wanted()),
        ((8_000, 1), 1, Wanted(rate=8_000)),
        ((48_000, 2), 2, Wanted()),
        ((16_000, 6), 6, Wanted(channel=6)),
        ((16_000, 4), 8, Wanted(channel=4)),
        ((44_100, 8), 8, Wanted(channel=3)),
    ],
)
def test_a_card_of_any_rate_and_any_channels_gives_the_same_sound(
    does: tuple[int, int], channels: int, wanted: Wanted
) -> None:
    rate, count = does
    heard = tone(rate, channels=count, on=wanted.channel - 1)
    card = FakePortAudio(does=(does,), own_rate=rate, channels=channels, heard=heard)
    sound = sound_of(captured(card, wanted))
    assert power_at(sound, 440) > 0.99
    assert abs(pcm.level(sound[3200:]) - 16_000 / 32_768 / 2**0.5) < 0.02
    assert card.streams[0].closed


@pytest.mark.parametrize(
    ("card", "wanted", "kind", "says"),
    [
        (FakePortAudio(present=False), Wanted(), Kind.NO_DEVICE, "Error querying"),
        (FakePortAudio(), Wanted(device="gone"), Kind.NO_DEVICE, "Fake: Audio"),
        (FakePortAudio(does=()), Wanted(), Kind.REFUSED, "Invalid sample rate"),
        (FakePortAudio(channels=2), Wanted(channel=3), Kind.REFUSED, "it has 2 channels, and not 3"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_reason(
    card: FakePortAudio, wanted: Wanted, kind: Kind, says: str
) -> None:
    (told,) = captured(card, wanted)
    assert told.kind is kind and says in told.payload.decode()


def test_a_machine_without_portaudio_is_told_so() -> None:
    def absent() -> PortAudio:
        raise NoPortAudio("PortAudio is not installed: sudo apt install libportaudio2")

    sent: list[bytes] = []
    Capture(Wanted(), sent.append, lambda: True).run(absent)
    assert [record.kind for record in Records().feed(b"".join(sent))] == [Kind.NO_LIBRARY]


def test_what_nobody_takes_is_dropped_from_its_oldest_end_and_counted() -> None:
    blocks = 400
    heard = b"".join(bytes([number % 256, number // 256]) * 512 for number in range(blocks))
    card = FakePortAudio(heard=heard)
    sent: list[Record] = []
    records = Records()

    def write(data: bytes) -> None:
        if not sent:
            card.streams[0]._thread.join()  # nobody reads until all has come
        sent.extend(records.feed(data))

    Capture(Wanted(), write, lambda: True).run(lambda: card)
    lost = sum(int(record.payload) for record in sent if record.kind is Kind.LOST)
    kept = [record.payload for record in sent if record.kind is Kind.SOUND]
    assert lost + len(kept) == blocks and kept[-1] == heard[-1024:]


@given(st.lists(st.binary(max_size=50)), st.integers(1, 60))
def test_records_arrive_whole_however_they_are_cut(payloads: list[bytes], size: int) -> None:
    sent = [Record(kind=Kind.SOUND, at=float(number), payload=payload) for number, payload in enumerate(payloads)]
    wire, records = b"".join(map(packed, sent)), Records()
    assert [got for at in range(0, len(wire), size) for got in records.feed(wire[at : at + size])] == sent


@given(st.integers(1, 9), st.none() | st.integers(8_000, 96_000), st.integers(0, 9), st.integers(8_000, 192_000))
def test_every_shape_that_is_tried_holds_the_wanted_channel(
    channel: int, rate: int | None, most: int, own_rate: int
) -> None:
    tried = shapes(Wanted(channel=channel, rate=rate), {"max_input_channels": most, "default_samplerate": own_rate})
    assert bool(tried) is (channel <= most)
    assert all(channel <= count <= most and shape == (rate or shape) for shape, count in tried)
    assert rate or not tried or tried[0] == (16_000, channel)


def test_one_channel_of_several() -> None:
    samples = struct.pack("=6h", 1, 2, 3, 4, 5, 6)
    assert one_channel(samples, 3, 1) == struct.pack("=2h", 2, 5)
    assert one_channel(memoryview(samples), 1, 0) == samples


# The process of its own.

SENDS = """
import os, sys, time
from assistant.voice.capture import Kind, Record, packed
def send(kind, payload=b"", at=None):
    os.write(1, packed(Record(kind=Kind[kind], at=time.monotonic() if at is None else at, payload=payload)))
"""


def sending(source: str, **options: float) -> SoundCardMicrophone:
    return SoundCardMicrophone(program=lambda _wanted: [sys.executable, "-c", SENDS + source], **options)  # type: ignore[arg-type]


async def first(microphone: SoundCardMicrophone, count: int) -> list[bytes]:
    async with aclosing(microphone.frames()) as frames:
        return [await anext(frames) for _ in range(count)]


async def test_what_the_process_hears_comes_in_frames_at_our_rate() -> None:
    heard = await first(sending("send('OPENED', b'48000')\nwhile True: send('SOUND', bytes([0, 1]) * 1536)"), 10)
    assert {len(frame) for frame in heard} == {FRAME_BYTES}
    assert np.frombuffer(heard[-1], dtype="<i2").mean() == pytest.approx(256, abs=2)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "the sound system does not answer"),
        ("raise SystemError('crash')", "the sound system does not answer"),
        ("time.sleep(60)", "the sound system does not answer"),
        ("send('NO_DEVICE', b'-1')", "There is no microphone; plug one in"),
        ("send('NO_LIBRARY', b'PortAudio is not installed')", "PortAudio is not installed"),
        ("send('REFUSED', b'Device unavailable')", "cannot be opened: close what else is using it"),
        ("send('OPENED', b'16000')", "The microphone has stopped"),
        ("send('OPENED', b'16000'); send('ENDED'); time.sleep(60)", "The microphone has stopped"),
        ("send('OPENED', b'16000'); os.kill(os.getpid(), 11)", "The microphone has stopped"),
        ("send('OPENED', b'16000'); time.sleep(60)", "The microphone gives no sound"),
        ("import signal; signal.signal(15, signal.SIG_IGN); os.write(2, b'x' * 200_000)\nwhile True: pass", "answer"),
    ],
)
async def test_whatever_goes_wrong_is_one_sentence_and_leaves_nothing_behind(source: str, says: str) -> None:
    microphone = sending(source, patience_seconds=0.2, opening_seconds=2.0 if "send" in source else 0.7)
    with pytest.raises(AudioUnavailable, match=says):
        await first(microphone, 1)
    assert not Path(f"/proc/self/task/{os.getpid()}/children").read_text()


async def test_a_program_that_cannot_be_started_is_one_sentence() -> None:
    with pytest.raises(AudioUnavailable, match="own process cannot be started"):
        await first(SoundCardMicrophone(program=lambda _wanted: ["/nowhere/python"]), 1)


async def test_what_was_heard_can_be_forgotten_even_on_its_way() -> None:
    source = """
send('OPENED', b'16000')
send('SOUND', bytes([1, 0]) * 512)
heard = time.monotonic()
sys.stdin = None
while not os.path.exists(sys.argv[-1]): time.sleep(0.01)
send('SOUND', bytes([2, 0]) * 512, at=heard)
send('SOUND', bytes([3, 0]) * 512)
time.sleep(60)
"""
    marker = os.path.join(os.environ["HOME"], "forgotten")
    microphone = SoundCardMicrophone(program=lambda _wanted: [sys.executable, "-c", SENDS + source, marker])
    async with aclosing(microphone.frames()) as frames:
        assert (await anext(frames))[0] == 1
        await asyncio.sleep(0.05)
        microphone.forget()
        open(marker, "w").close()
        assert (await anext(frames))[0] == 3


async def test_sound_that_nobody_took_is_lost_from_its_oldest_end_and_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    microphone = sending(
        "send('OPENED', b'16000')\nfor number in range(1, 41): send('SOUND', bytes([number, 0]) * 512)\ntime.sleep(60)",
        kept_seconds=0.32,
    )
    async with aclosing(microphone.frames()) as frames:
        await anext(frames)
        for _ in range(500):
            waiting = microphone._holder._waiting if microphone._holder is not None else ()
            if waiting and waiting[-1].payload[0] == 40:
                break
            await asyncio.sleep(0.01)
        heard = [await anext(frames) for _ in range(len(waiting))]
    assert [frame[0] for frame in heard] == list(range(41 - len(heard), 41)) and len(heard) <= 10
    assert "pieces of sound were lost" in caplog.text


def test_a_process_that_nobody_wants_any_more_leaves_and_gives_the_card_back() -> None:
    card = FakePortAudio(heard=tone(16_000), hangs=True)
    wanted = iter([True, True, False])
    Capture(DEFAULT, lambda _data: None, lambda: next(wanted)).run(lambda: card)
    assert card.streams[0].closed


def test_a_microphone_that_gives_zeros_only_is_opened_anew_now_and_then_and_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stillness = Stillness()

    def after(seconds: int, *, is_sound: bool = False) -> int:
        doubts = 0
        for _ in range(seconds):
            stillness.feed(1.0, is_sound)
            doubts += stillness.is_doubtful()
        return doubts

    assert after(3) == 0 and after(1) == 1 and after(60) == 1 and after(3600) == 60
    assert [record.message for record in caplog.records] == ["The microphone gives only silence: is it muted?"]
    assert after(1000, is_sound=True) == 0 and after(3) == 0 and after(1) == 1


async def test_a_microphone_that_gave_only_zeros_is_heard_after_it_was_opened_anew() -> None:
    source = """
send('OPENED', b'16000')
first = not os.path.exists(sys.argv[-1])
open(sys.argv[-1], 'w').close()
while True: send('SOUND', bytes(1024) if first else bytes([7, 0]) * 512); time.sleep(0.0005)
"""
    marker = os.path.join(os.environ["HOME"], "opened")
    microphone = SoundCardMicrophone(program=lambda _wanted: [sys.executable, "-c", SENDS + source, marker])
    async with aclosing(microphone.frames()) as frames, asyncio.timeout(20):
        async for frame in frames:
            if any(frame):
                break
