"""What a microphone gives tells what is wrong with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_voice_trial import pcm_of

from assistant.voice.frames import speech
from assistant.voice.levels import LOWEST_DBFS, Fault, diagnosis, levels_of

_Samples = np.ndarray[tuple[int], np.dtype[np.float64]]


def noise(level: float, seconds: float = 2.0) -> _Samples:
    """Of this root mean square, in steps of the scale."""
    made: _Samples = np.random.default_rng(7).normal(0, level, round(seconds * 16_000))
    return made


def spoken(gain: float = 1.0, room: float = 10.0) -> _Samples:
    """A person in a room."""
    sound = np.frombuffer(speech("turn on the kitchen light, would you please"), dtype="<i2").astype(np.float64) * gain
    mixed: _Samples = sound + noise(room, len(sound) / 16_000 + 1)[: len(sound)]
    return mixed


@pytest.mark.parametrize(
    ("samples", "fault"),
    [
        (np.zeros(0), Fault.NOTHING_CAME),
        (np.zeros(16_000), Fault.SILENT),
        (np.full(16_000, 700.0), Fault.SILENT),
        (np.arange(16_000) % 2.0, Fault.SILENT),
        (noise(8), Fault.NONE),
        (spoken(), Fault.NONE),
        (spoken(gain=12), Fault.CLIPPED),
        (spoken(gain=0.01, room=2), Fault.TOO_QUIET),
        (spoken(gain=0.5, room=2500), Fault.NOISY),
        (spoken() + 2000, Fault.OFFSET),
    ],
)
def test_what_is_wrong_is_named(samples: _Samples, fault: Fault) -> None:
    found = diagnosis(levels_of(pcm_of(samples)), speaking=samples.size > 32_000)
    assert found.fault is fault, levels_of(pcm_of(samples))


def test_a_muted_microphone_is_asked_about() -> None:
    assert diagnosis(levels_of(bytes(32_000))).sentence == "The microphone gives only silence: is it muted?"


def test_a_quiet_room_is_no_fault_and_faint_speech_is_one() -> None:
    faint = levels_of(pcm_of(spoken(gain=0.01, room=2)))
    assert diagnosis(faint).fault is Fault.NONE
    assert diagnosis(faint, speaking=True).fault is Fault.TOO_QUIET


def test_levels_are_those_of_a_known_tone() -> None:
    tone = 16_384 * np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000)
    levels = levels_of(pcm_of(tone))
    assert levels.seconds == 1.0
    assert levels.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert levels.rms_dbfs == levels.loud_dbfs == levels.floor_dbfs == pytest.approx(-9.03, abs=0.01)


@given(st.binary(max_size=4000))
def test_any_bytes_have_levels_within_the_scale(sound: bytes) -> None:
    levels = levels_of(sound)
    for dbfs in (levels.peak_dbfs, levels.rms_dbfs, levels.floor_dbfs, levels.loud_dbfs):
        assert LOWEST_DBFS <= dbfs <= 0.0
    assert 0 <= levels.clipped_share <= 1 and 0 <= levels.zero_share <= 1 and -1 <= levels.dc <= 1
    assert levels.floor_dbfs <= levels.loud_dbfs
    assert diagnosis(levels, speaking=True).sentence
