"""How loud a piece of sound is, and what that says about the microphone it came from. Pure; opens no device."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from assistant.ports import FRAME_SAMPLES, SAMPLE_RATE

LOWEST_DBFS = -96.0
"""Less than that no 16-bit sample can say; silence is given as this."""

_FULL_SCALE = 32768
_AT_THE_END_OF_THE_SCALE = 32760
_STILL = 2  # steps of the scale: a muted card may still flip its last bit
_CLIPPED_SHARE = 0.001
_OFFSET = 0.02
_FAINT_DBFS = -45.0
_LEAST_ABOVE_NOISE_DB = 10.0

_Samples = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What was measured of a piece of sound; dBFS is decibels below the loudest there can be, so never above 0."""

    seconds: float
    peak_dbfs: float
    rms_dbfs: float
    """Of all of it, without its offset."""
    floor_dbfs: float
    """Root mean square of the quietest tenth of its 32 ms frames: the room."""
    loud_dbfs: float
    """Of the loudest tenth: whoever speaks."""
    clipped_share: float
    """0..1: samples at the end of the scale, so probably cut off there."""
    zero_share: float
    """0..1: samples that are exactly 0, which next to no real microphone gives."""
    swing: int
    """From the lowest to the highest sample, in steps of the scale."""
    dc: float
    """Mean, -1..1 of full scale."""


class Fault(StrEnum):
    """What may be wrong with a microphone, worst first."""

    NOTHING_CAME = "nothing_came"
    SILENT = "silent"
    CLIPPED = "clipped"
    TOO_QUIET = "too_quiet"
    NOISY = "noisy"
    OFFSET = "offset"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is most wrong, in a sentence that says what to do; `fault` is NONE where all is well."""

    fault: Fault
    sentence: str


SENTENCES = {
    Fault.NOTHING_CAME: "No sound came from the microphone at all: is it still plugged in?",
    Fault.SILENT: "The microphone gives only silence: is it muted?",
    Fault.CLIPPED: "The microphone is overdriven: turn its recording level down, or speak from further away.",
    Fault.TOO_QUIET: "The microphone hears speech only faintly: turn its recording level up, or put it nearer.",
    Fault.NOISY: "Speech hardly stands out from the noise: move the microphone away from what hums, or nearer to you.",
    Fault.OFFSET: "The microphone's signal does not rest at zero, which takes from its range: try another input.",
    Fault.NONE: "The microphone's level is good.",
}


def levels_of(pcm: bytes) -> Levels:
    """Of mono signed 16-bit little-endian PCM, any length; an odd last byte is ignored."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64)
    if not samples.size:
        return _nothing()
    frames = _levels_of_frames(samples)
    return Levels(
        seconds=samples.size / SAMPLE_RATE,
        peak_dbfs=_dbfs(float(np.max(np.abs(samples)))),
        rms_dbfs=_dbfs(float(np.std(samples))),
        floor_dbfs=_dbfs(float(np.quantile(frames, 0.1))),
        loud_dbfs=_dbfs(float(np.quantile(frames, 0.9))),
        clipped_share=float(np.mean(np.abs(samples) >= _AT_THE_END_OF_THE_SCALE)),
        zero_share=float(np.mean(samples == 0)),
        swing=int(np.ptp(samples)),
        dc=float(np.mean(samples)) / _FULL_SCALE,
    )


def _nothing() -> Levels:
    return Levels(
        seconds=0.0,
        peak_dbfs=LOWEST_DBFS,
        rms_dbfs=LOWEST_DBFS,
        floor_dbfs=LOWEST_DBFS,
        loud_dbfs=LOWEST_DBFS,
        clipped_share=0.0,
        zero_share=0.0,
        swing=0,
        dc=0.0,
    )


def _levels_of_frames(samples: _Samples) -> _Samples:
    """Root mean square of each whole frame, or of the one piece that is shorter than a frame."""
    whole = samples.size // FRAME_SAMPLES * FRAME_SAMPLES
    frames = (samples[:whole] if whole else samples).reshape(-1, FRAME_SAMPLES if whole else samples.size)
    deviations: _Samples = np.std(frames, axis=1)
    return deviations


def _dbfs(value: float) -> float:
    """Of a sample's size, 0..32768."""
    return max(LOWEST_DBFS, 20 * float(np.log10(value / _FULL_SCALE))) if value > 0 else LOWEST_DBFS


def diagnosis(levels: Levels, *, speaking: bool = False) -> Diagnosis:
    """The worst that `levels` tell. `speaking`: somebody was asked to speak meanwhile, so that faint speech and
    noise can be told; a quiet room is no fault."""
    fault = next((fault for fault, is_so in _checks(levels, speaking) if is_so), Fault.NONE)
    return Diagnosis(fault=fault, sentence=SENTENCES[fault])


def _checks(levels: Levels, speaking: bool) -> tuple[tuple[Fault, bool], ...]:
    return (
        (Fault.NOTHING_CAME, levels.seconds == 0),
        (Fault.SILENT, levels.swing <= _STILL),
        (Fault.CLIPPED, levels.clipped_share > _CLIPPED_SHARE),
        (Fault.TOO_QUIET, speaking and levels.loud_dbfs < _FAINT_DBFS),
        (Fault.NOISY, speaking and levels.loud_dbfs - levels.floor_dbfs < _LEAST_ABOVE_NOISE_DB),
        (Fault.OFFSET, abs(levels.dc) > _OFFSET),
    )
