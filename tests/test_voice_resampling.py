"""A card of any rate sounds like one of ours: nothing is added, little is taken away, however the sound arrives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.ports import SAMPLE_RATE
from assistant.voice import pcm

RATES = [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000]
LOUD = 16_000.0


def tone(hertz: float, rate: int, seconds: float = 1.0) -> bytes:
    return (LOUD * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype("<i2").tobytes()


def streamed(sound: bytes, rate: int, sizes: list[int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """In pieces of these numbers of samples, over and over."""
    resampler, at, out, turn = pcm.Resampler(rate), 0, b"", 0
    while at < len(sound):
        end = at + 2 * sizes[turn % len(sizes)]
        out += resampler.feed(sound[at:end])
        at, turn = end, turn + 1
    return np.frombuffer(out, dtype="<i2").astype(np.float64)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_stays_that_tone_and_nothing_else_is_heard(rate: int) -> None:
    heard = streamed(tone(1000, rate), rate, [round(0.032 * rate)])
    middle = heard[3200:-1600]
    at = np.arange(middle.size) / SAMPLE_RATE
    parts = np.stack([np.sin(2 * np.pi * 1000 * at), np.cos(2 * np.pi * 1000 * at)], axis=1)
    fitted = parts @ np.linalg.lstsq(parts, middle, rcond=None)[0]
    assert 20 * np.log10(np.sqrt(2 * np.mean(fitted**2)) / LOUD) == pytest.approx(0, abs=0.1)
    rest = np.sqrt(np.mean((middle - fitted) ** 2)) + 1e-9
    assert 20 * np.log10(np.sqrt(np.mean(fitted**2)) / rest) > 70, "what was added lies below 16 bit's own noise"


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 20_000])
def test_what_no_speech_holds_does_not_come_back_as_something_else(rate: int) -> None:
    """A hiss or a whine above 8 kHz would be folded into the range of speech."""
    for hertz in (9_500, 10_500):
        heard = streamed(tone(hertz, rate), rate, [round(0.032 * rate)])
        assert np.max(np.abs(heard[1600:-1600])) < LOUD / 3000


@settings(max_examples=25)
@given(st.sampled_from(RATES), st.lists(st.integers(1, 3000), min_size=1, max_size=6))
def test_it_is_the_same_sound_however_it_arrives_and_hardly_later(rate: int, sizes: list[int]) -> None:
    sound = tone(700, rate, 0.4)
    steady, any_how = streamed(sound, rate, [round(0.032 * rate)]), streamed(sound, rate, sizes)
    both = min(steady.size, any_how.size)
    assert np.max(np.abs(steady[:both] - any_how[:both]), initial=0) <= 2
    late = 0.4 - both / SAMPLE_RATE
    assert -0.001 <= late < (0.13 if rate < SAMPLE_RATE else 0.09)


@given(st.lists(st.binary(max_size=3000), max_size=10))
def test_frames_hold_every_byte_in_order(pieces: list[bytes]) -> None:
    framer, whole = pcm.Framer(), b"".join(pieces)
    frames = [frame for piece in pieces for frame in framer.feed(piece)]
    assert {len(frame) for frame in frames} <= {1024}
    assert b"".join(frames) == whole[: len(whole) // 1024 * 1024]
