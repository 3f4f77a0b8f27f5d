"""A short melody to be played and recorded, and whether it is in what was recorded. Pure; opens no device."""

from dataclasses import dataclass

import numpy as np

from assistant.ports import SAMPLE_RATE, Sound

TONES_HZ = (800.0, 1000.0, 1250.0)
TONE_SECONDS = 0.3
_LOUDNESS = 0.4
_WINDOW = 800
_HOP = 400
_HOP_SECONDS = _HOP / SAMPLE_RATE
_RISE_DB = 12.0
_LEAST_TONES = 2
_JITTER_HOPS = 4
_ONE_STEP = 1.0 / 32768**2

_Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of the melody."""

    above_noise_db: float
    """How much louder its tones were than the room is at their pitch; of the faintest tone that counts."""
    delay_seconds: float
    """From when it was given to the speaker until it was heard."""


def melody() -> Sound:
    """Three rising tones, a second altogether, unlike any voice and not to be missed by a small speaker."""
    moments = np.arange(round(TONE_SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    edges = np.minimum(1.0, np.minimum(moments, TONE_SECONDS - moments) / 0.02)
    samples = np.concatenate([_LOUDNESS * edges * np.sin(2 * np.pi * hertz * moments) for hertz in TONES_HZ])
    return Sound(pcm=(samples * 32767).astype("<i2").tobytes(), sample_rate=SAMPLE_RATE)


def heard(recorded: bytes, *, from_seconds: float) -> Heard | None:
    """Whether the melody is in it: 16 kHz mono 16-bit PCM, of which what is before `from_seconds` is the room alone."""
    samples = np.frombuffer(recorded[: len(recorded) // 2 * 2], dtype="<i2").astype(np.float64) / 32768
    start = round(from_seconds * SAMPLE_RATE) // _HOP
    powers = [_power(samples, hertz) for hertz in TONES_HZ]
    if powers[0].size <= start + 1:
        return None
    rises = [_rise(power, start) for power in powers]
    loud = [number for number, rise in enumerate(rises) if rise >= _RISE_DB]
    begins = [_begin(powers[number], start) for number in loud]
    if len(loud) < _LEAST_TONES or not _in_order(loud, begins):
        return None
    return Heard(
        above_noise_db=min(rises[number] for number in loud),
        delay_seconds=max(0.0, begins[0] * _HOP_SECONDS - loud[0] * TONE_SECONDS - from_seconds),
    )


def _power(samples: _Numbers, hertz: float) -> _Numbers:
    """Of one pitch in each 50 ms, every 25 ms."""
    if samples.size < _WINDOW:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    wave = np.exp(-2j * np.pi * hertz * np.arange(_WINDOW) / SAMPLE_RATE) * np.hanning(_WINDOW)
    power: _Numbers = np.abs(windows @ wave / _WINDOW) ** 2 + _ONE_STEP
    return power


def _rise(power: _Numbers, start: int) -> float:
    before = float(np.max(power[:start])) if start else _ONE_STEP
    return 10 * float(np.log10(float(np.max(power[start:])) / before))


def _begin(power: _Numbers, start: int) -> int:
    """The first window of the loudest run, all of which is at least a quarter as loud as its peak."""
    at = start + int(np.argmax(power[start:]))
    least = power[at] / 4
    while at > start and power[at - 1] >= least:
        at -= 1
    return at


def _in_order(tones: list[int], begins: list[int]) -> bool:
    """Whether they follow each other as they were made."""
    wanted = np.diff(tones) * TONE_SECONDS / _HOP_SECONDS
    return bool(np.all(np.abs(np.diff(begins) - wanted) <= _JITTER_HOPS))
