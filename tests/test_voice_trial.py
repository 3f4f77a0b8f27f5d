"""The melody of `assistant audio test`: found when it is there, and only then; and what a level asks a person to do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.ports import SAMPLE_RATE
from assistant.voice.frames import speech
from assistant.voice.gain import NO_WAKE_WORD, advice, gain_db
from assistant.voice.levels import levels_of
from assistant.voice.trial import heard, melody

_Samples = np.ndarray[tuple[int], np.dtype[np.float64]]
BEFORE_SECONDS = 0.6


def noise(level: float, seconds: float, seed: int = 3) -> _Samples:
    made: _Samples = np.random.default_rng(seed).normal(0, level, round(seconds * SAMPLE_RATE))
    return made


def samples_of(pcm: bytes) -> _Samples:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64)


def pcm_of(samples: _Samples) -> bytes:
    return np.clip(np.round(samples), -32768, 32767).astype("<i2").tobytes()


def in_room(sound: _Samples, *, delay: float = 0.1, gain: float = 0.1, room: float = 30.0, echo: float = 0.0) -> bytes:
    """As a microphone hears it from a speaker that gets it after `BEFORE_SECONDS`."""
    whole = noise(room, BEFORE_SECONDS + delay + max(2.2, sound.size / SAMPLE_RATE + 0.1))
    for later, share in ((0.0, 1.0), (0.013, echo), (0.047, echo / 2)):
        at = round((BEFORE_SECONDS + delay + later) * SAMPLE_RATE)
        whole[at : at + sound.size] += gain * share * sound
    return pcm_of(whole)


@settings(max_examples=25, deadline=None)
@given(
    delay=st.floats(0, 0.7),
    gain=st.floats(0.02, 2.0),
    room=st.floats(0, 40),
    echo=st.floats(0, 0.6),
)
def test_the_melody_is_found_however_late_faint_and_echoing(
    delay: float, gain: float, room: float, echo: float
) -> None:
    sound = in_room(samples_of(melody().pcm), delay=delay, gain=gain, room=room, echo=echo)
    found = heard(sound, from_seconds=BEFORE_SECONDS)
    assert found is not None
    assert abs(found.delay_seconds - delay) < 0.08


@pytest.mark.parametrize(
    "other",
    [
        np.zeros(0),
        noise(4000, 1.5),
        samples_of(melody().pcm)[::-1].copy(),
        4000 * np.sin(2 * np.pi * 1000 * np.arange(16_000) / SAMPLE_RATE),
        4000 * np.sign(np.sin(2 * np.pi * 400 * np.arange(16_000) / SAMPLE_RATE)),
    ],
)
@pytest.mark.parametrize("room", [0.0, 30.0, 1000.0])
def test_nothing_else_is_taken_for_it(other: _Samples, room: float) -> None:
    assert heard(in_room(other, gain=1.0, room=room), from_seconds=BEFORE_SECONDS) is None


@pytest.mark.parametrize("voice", ["en-us", "en-us+f2", "en"])
def test_nobody_speaks_like_it(voice: str) -> None:
    talk = samples_of(speech("who won the football game last night, and was it any good", voice=voice))
    assert heard(in_room(talk, gain=1.0), from_seconds=BEFORE_SECONDS) is None


def test_a_melody_that_goes_on_all_the_time_tells_nothing() -> None:
    endless = np.tile(samples_of(melody().pcm), 4)
    assert heard(pcm_of(endless), from_seconds=1.0) is None


@given(st.binary(max_size=5000), st.floats(0, 2))
def test_no_recording_is_too_short_or_too_odd(sound: bytes, from_seconds: float) -> None:
    heard(sound, from_seconds=from_seconds)


def spoken(gain: float, room: float = 10.0) -> bytes:
    said = gain * samples_of(speech("okay nabu, turn on the kitchen light"))
    return pcm_of(said + noise(room, said.size / SAMPLE_RATE))


def advised(gain: float, room: float = 10.0, *, wake_word_heard: bool = True) -> tuple[str, ...]:
    quiet, speaking = levels_of(pcm_of(noise(room, 2))), levels_of(spoken(gain, room))
    return advice(quiet, speaking, wake_word_heard=wake_word_heard, wake_word="okay nabu")


def test_who_is_heard_well_is_told_nothing_and_who_is_not_is_told_how_much_to_turn() -> None:
    assert advised(0.5) == ()
    faint, loud = advised(0.02, room=2.0), advised(12.0)
    assert "faintly" in faint[0] and "Raise the recording level by about" in faint[1]
    assert "overdriven" in loud[0] and "Lower the recording level by about 10 dB" in loud[1]


def test_turning_it_as_far_as_advised_is_enough_and_overdrives_nothing() -> None:
    for gain in (0.01, 0.02, 0.05, 0.1):
        step = gain_db(levels_of(spoken(gain, room=1.0)))
        better = levels_of(spoken(gain * 10 ** (step / 20), room=1.0))
        assert step > 0 and gain_db(better) == 0 and better.clipped_share == 0


def test_a_loud_room_and_a_wake_word_that_was_not_heard_are_said() -> None:
    assert any("room itself is loud" in sentence for sentence in advised(1.0, room=700.0))
    assert advised(0.5, wake_word_heard=False) == (NO_WAKE_WORD.format(word="okay nabu"),)


def test_where_there_is_only_silence_that_alone_is_said() -> None:
    nothing = levels_of(bytes(32_000))
    said = advice(nothing, nothing, wake_word_heard=False, wake_word="okay nabu")
    assert said == ("The microphone gives only silence: is it muted?",)
