"""Arithmetic on PCM: sample formats, channels, rates, levels. Opens no file and no device."""

import numpy as np
import soxr

from assistant.ports import FRAME_BYTES, SAMPLE_RATE, Sound

_Samples = np.ndarray[tuple[int], np.dtype[np.int16]]


def silence(seconds: float, sample_rate: int = SAMPLE_RATE) -> bytes:
    return bytes(2 * round(seconds * sample_rate))


def level(pcm: bytes) -> float:
    """Root mean square of 16-bit PCM, 0..1 of full scale; 0 for no samples."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    return float(np.sqrt(np.mean(np.square(samples)))) / 32768 if samples.size else 0.0


def decoded(data: bytes, *, bits: int, is_float: bool, channels: int) -> bytes:
    """Little-endian samples of any usual width, mixed down to mono 16 bit. An incomplete last sample is dropped.

    Raises ValueError for a width that is no sample format.
    """
    width = bits // 8
    whole = len(data) - len(data) % (width * channels) if width else 0
    samples = _as_float(data[:whole], bits=bits, is_float=is_float)
    mono = samples.reshape(-1, channels).mean(axis=1)
    return _as_int16(mono)


def _as_float(data: bytes, *, bits: int, is_float: bool) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Samples in -1..1."""
    match bits, is_float:
        case 8, False:  # the one unsigned format
            return (np.frombuffer(data, dtype=np.uint8).astype(np.float64) - 128) / 128
        case 16, False:
            return np.frombuffer(data, dtype="<i2").astype(np.float64) / 32768
        case 24, False:
            bytes_of = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
            padded = np.concatenate([np.zeros((len(bytes_of), 1), dtype=np.uint8), bytes_of], axis=1)
            return padded.reshape(-1).view("<i4").astype(np.float64) / 2**31
        case 32, False:
            return np.frombuffer(data, dtype="<i4").astype(np.float64) / 2**31
        case ((32 | 64), True):
            with np.errstate(invalid="ignore"):  # a signalling NaN is 0 like any other
                samples = np.frombuffer(data, dtype=f"<f{bits // 8}").astype(np.float64)
            return np.clip(np.nan_to_num(samples, nan=0.0), -1.0, 1.0)
    raise ValueError(f"{bits} bit {'float' if is_float else 'integer'} samples")


def _as_int16(samples: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bytes:
    return np.clip(np.round(samples * 32768), -32768, 32767).astype("<i2").tobytes()


def resampled(pcm: bytes, from_rate: int, to_rate: int) -> bytes:
    """Mono 16-bit PCM at another rate."""
    if from_rate == to_rate or not pcm:
        return pcm
    converted: _Samples = soxr.resample(np.frombuffer(pcm, dtype="<i2"), from_rate, to_rate)
    return converted.astype("<i2").tobytes()


def at_rate(sound: Sound, sample_rate: int) -> Sound:
    return Sound(pcm=resampled(sound.pcm, sound.sample_rate, sample_rate), sample_rate=sample_rate)


class Resampler:
    """To our own rate, for sound that arrives in pieces: what comes out lags a little and comes in other sizes."""

    def __init__(self, from_rate: int) -> None:
        self._stream = soxr.ResampleStream(from_rate, SAMPLE_RATE, 1, dtype="int16")

    def feed(self, pcm: bytes) -> bytes:
        converted: _Samples = self._stream.resample_chunk(np.frombuffer(pcm, dtype="<i2"))
        return converted.astype("<i2").tobytes()


class Framer:
    """Cuts sound that arrives in any sizes into frames; the rest waits for more."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, pcm: bytes) -> list[bytes]:
        sound = self._rest + pcm
        whole = len(sound) - len(sound) % FRAME_BYTES
        self._rest = sound[whole:]
        return [sound[start : start + FRAME_BYTES] for start in range(0, whole, FRAME_BYTES)]
