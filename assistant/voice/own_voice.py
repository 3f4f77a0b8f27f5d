"""Knows its own voice: whether what the microphone heard is what the loudspeaker has just said, however late it came.

A loudspeaker may sound a good while after its driver says that it has ended, and its words may hold the wake word or
a yes. Arithmetic on PCM; nothing is kept for longer than it takes to answer.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.ports import SAMPLE_RATE, Sound
from assistant.voice.pcm import at_rate

_Samples = np.ndarray[tuple[int], np.dtype[np.float32]]
_Spectra = np.ndarray[tuple[int, int], np.dtype[np.float32]]

_HOP = 256
_WINDOW = 1024
"""Long enough for single harmonics: two people who say the same words differ in them, a voice and its echo do not."""
_LOW_HZ, _HIGH_HZ = 120, 4000
_ALIGNED_HZ = 2500
_LOW, _HIGH = _LOW_HZ * _WINDOW // SAMPLE_RATE, _HIGH_HZ * _WINDOW // SAMPLE_RATE
_KEPT_SECONDS = 20.0
"""Of what was said: a long answer, and the time until somebody answers it."""
_LEAST_SECONDS = 0.25
_FLOOR = 0.05
"""Of the loudest there is: what is fainter tells nothing of whose voice it is."""
_SHAPE = np.hanning(_WINDOW).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What it takes to be its own voice.

    Likeness: its echo measures 0.75 in a room and 0.95 in a dry one, the end of it in a bare and loud one 0.6; another
    voice 0.3, 0.5 with the same words, and up to 0.7 while the echo is as loud as it is. Sharpness: an echo of a second
    measures 20 to 100, of half a second 10 to 50 and of a quarter 7 to 12, another voice with the same words 10.
    """

    alike: float
    """Correlation of the sound with the likest piece of what was said, 0..1."""
    sharp: float
    """How far the best alignment of their waves stands out."""


AT_ANY_TIME = Proof(alike=0.7, sharp=18.0)
AT_ONCE = Proof(alike=0.55, sharp=6.0)
"""For what is heard as soon as it has ended: nobody answers so quickly, and a loudspeaker that lags is heard then."""
_AT_ONCE_SECONDS = 0.35


def _samples(pcm: bytes) -> _Samples:
    return np.asarray(np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768, dtype=np.float32)


def _spectra(samples: _Samples) -> _Spectra:
    """The strength of each frequency, every 16 ms; nothing for less than a window."""
    if samples.size < _WINDOW:
        return np.zeros((0, _HIGH - _LOW), dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    return np.asarray(np.abs(np.fft.rfft(windows * _SHAPE, axis=1))[:, _LOW:_HIGH], dtype=np.float32)


def _levelled(spectra: _Spectra) -> _Spectra:
    """In logarithms above what is faint: neither loudness nor the colour of a room matters much then."""
    return np.asarray(np.log(spectra + spectra.max() * _FLOOR + 1e-6), dtype=np.float32)


def _loud_part(samples: _Samples) -> tuple[int, int]:
    """Where the silence before it ends and that after it begins, in samples: silence is alike whoever speaks."""
    strongest = _spectra(samples).max(axis=1, initial=0.0)
    loud = np.flatnonzero(strongest > 2 * _FLOOR * strongest.max(initial=0.0))
    return (int(loud[0]) * _HOP, int(loud[-1]) * _HOP + _WINDOW) if loud.size else (0, len(samples))


def _likeness(heard: _Spectra, said: _Spectra) -> tuple[float, int]:
    """The best correlation of what was heard with any piece of the same length of what was said, and where that is."""
    pattern, whole = _levelled(heard), _levelled(said)
    pattern -= pattern.mean(axis=0)
    size = float(np.linalg.norm(pattern))
    best, place = 0.0, 0
    for start in range(len(whole) - len(heard) + 1):
        piece = whole[start : start + len(heard)]
        piece = piece - piece.mean(axis=0)
        sizes = size * float(np.linalg.norm(piece))
        alike = float(np.vdot(pattern, piece)) / sizes if sizes > 0 else 0.0
        if alike > best:
            best, place = alike, start
    return best, place


def _sharpness(heard: _Samples, said: _Samples) -> float:
    """How far the best alignment of two waves stands out from all others."""
    length = 2 * max(len(heard), len(said))
    together = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(said, length))
    frequencies = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    # Only where in time each frequency lies counts, not how strong it is; high ones smear if two clocks differ.
    together = np.where((frequencies >= _LOW_HZ) & (frequencies <= _ALIGNED_HZ), together, 0)
    aligned = np.fft.irfft(together / (np.abs(together) + 1e-9))
    spread = float(np.sqrt(np.mean(aligned**2)))
    return float(np.abs(aligned).max()) / spread if spread > 0 else 0.0


class OwnVoice:
    """Remembers what was said aloud, and recognises it."""

    def __init__(self) -> None:
        self._said: deque[Sound] = deque()

    def say(self, sound: Sound) -> None:
        """This is about to be heard in the room."""
        self._said.append(sound)
        while len(self._said) > 1 and sum(one.seconds for one in self._said) - self._said[0].seconds > _KEPT_SECONDS:
            self._said.popleft()

    def is_own(self, frames: Sequence[bytes], *, since_ended: bool = False) -> bool:
        """Whether these frames hold its own voice and next to nothing else. Takes some 20 ms.

        `since_ended`: they begin where it fell silent, as far as its speaker knows.
        """
        samples = _samples(b"".join(frames))
        begin, end = _loud_part(samples)
        at_once = since_ended and begin < _AT_ONCE_SECONDS * SAMPLE_RATE
        if end - begin < _LEAST_SECONDS * SAMPLE_RATE:
            return at_once and bool(self._said)  # too short to tell, and too early for anybody else
        proof = AT_ONCE if at_once else AT_ANY_TIME
        alike, sharp = self._compared(samples[begin:end])
        return alike >= proof.alike and sharp >= proof.sharp

    def _compared(self, heard: _Samples) -> tuple[float, float]:
        """Likeness and sharpness."""
        if not self._said:
            return 0.0, 0.0
        # Silence around it, so that a piece that reaches over an end can be found, too.
        margin = bytes(2 * max(len(heard), SAMPLE_RATE // 2))
        said = _samples(margin + b"".join(at_rate(sound, SAMPLE_RATE).pcm for sound in self._said) + margin)
        alike, place = _likeness(_spectra(heard), _spectra(said))
        if alike < AT_ONCE.alike:
            return alike, 0.0
        begin = max(0, place * _HOP - _WINDOW)
        return alike, _sharpness(heard, said[begin : begin + len(heard) + 2 * _WINDOW])
