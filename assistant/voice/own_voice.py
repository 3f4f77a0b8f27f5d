"""Knows its own voice: whether what the microphone heard is what the loudspeaker has just said, however late it came.

A loudspeaker may sound a good while after its driver says that it has ended, and its words may hold the wake word or
a yes. Arithmetic on PCM; nothing is kept for longer than it takes to answer.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np

from assistant.ports import SAMPLE_RATE, Sound
from assistant.voice.pcm import at_rate

_Spectra = np.ndarray[tuple[int, int], np.dtype[np.float32]]

_HOP = 256
_WINDOW = 1024
"""Long enough for single harmonics: two people who say the same words differ in them, a voice and its echo do not."""
_LOW_HZ, _HIGH_HZ = 120, 4000
_LOW, _HIGH = _LOW_HZ * _WINDOW // SAMPLE_RATE, _HIGH_HZ * _WINDOW // SAMPLE_RATE
_KEPT_SECONDS = 20.0
"""Of what was said: a long answer, and the time until somebody answers it."""
_LEAST_SECONDS = 0.25
_FLOOR = 0.05
"""Of the loudest there is: what is fainter tells nothing of whose voice it is."""
_SHAPE = np.hanning(_WINDOW).astype(np.float32)

ALIKE = 0.65
"""From here on it is taken for its own voice: an echo measures 0.9 in a dry room and 0.7 in a bare one, another voice
0.25, and 0.5 where it says the same words or speaks while the echo is as loud as it is."""


def _spectra(pcm: bytes) -> _Spectra:
    """The strength of each frequency, every 16 ms of 16 kHz mono PCM; nothing for less than a window."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)
    if samples.size < _WINDOW:
        return np.zeros((0, _HIGH - _LOW), dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    return np.asarray(np.abs(np.fft.rfft(windows * _SHAPE, axis=1))[:, _LOW:_HIGH], dtype=np.float32)


def _levelled(spectra: _Spectra) -> _Spectra:
    """In logarithms above what is faint: neither loudness nor the colour of a room matters much then."""
    return np.asarray(np.log(spectra + spectra.max() * _FLOOR + 1e-6), dtype=np.float32)


def _likeness(heard: _Spectra, said: _Spectra) -> float:
    """The best correlation of what was heard with any piece of the same length of what was said."""
    length = len(heard)
    pattern, whole = _levelled(heard), _levelled(said)
    pattern -= pattern.mean(axis=0)
    size = float(np.linalg.norm(pattern))
    best = 0.0
    for start in range(len(whole) - length + 1):
        piece = whole[start : start + length]
        piece = piece - piece.mean(axis=0)
        sizes = size * float(np.linalg.norm(piece))
        best = max(best, float(np.vdot(pattern, piece)) / sizes if sizes > 0 else 0.0)
    return best


class OwnVoice:
    """Remembers what was said aloud, and recognises it."""

    def __init__(self, *, alike: float = ALIKE) -> None:
        self._alike = alike
        self._said: deque[Sound] = deque()

    def say(self, sound: Sound) -> None:
        """This is about to be heard in the room."""
        self._said.append(sound)
        while len(self._said) > 1 and sum(one.seconds for one in self._said) - self._said[0].seconds > _KEPT_SECONDS:
            self._said.popleft()

    def is_own(self, frames: Sequence[bytes]) -> bool:
        """Whether these frames hold its own voice and next to nothing else. Takes some 20 ms."""
        return self.likeness(frames) >= self._alike

    def likeness(self, frames: Sequence[bytes]) -> float:
        """0..1; 0 where there is too little sound to tell."""
        heard = _spectra(b"".join(frames))
        if not self._said or len(heard) < _LEAST_SECONDS * SAMPLE_RATE / _HOP:
            return 0.0
        # Silence around it, so that a piece that reaches over an end can be found, too.
        margin = bytes(SAMPLE_RATE)
        said = b"".join(at_rate(sound, SAMPLE_RATE).pcm for sound in self._said)
        return _likeness(heard, _spectra(margin + said + margin))
