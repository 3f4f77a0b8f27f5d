"""The sounds that are no words, made here: the one before what is said by itself, and short signs while it listens.

Soft tones, unlike any voice; a speech detector hears nothing in them.
"""

from enum import Enum
from functools import cache

import numpy as np

from assistant.ports import SAMPLE_RATE, Sound

_CHIME_HZ = (880.0, 1174.7)
_CHIME_SECONDS = 0.35
_LOUDNESS = 0.35
_SIGN_LOUDNESS = 0.18


class Sign(Enum):
    """Tones in Hz, one after the other, each of the seconds that come last."""

    AWAKE = (660.0, 880.0, 0.07)
    """The wake word was heard: speak."""
    DONE = (880.0, 660.0, 0.07)
    """It listens no more."""
    LOST = (440.0, 349.2, 0.12)
    """What was said could not be understood."""
    FAULT = (311.1, 233.1, 0.18)
    """Something does not work."""


def chime() -> Sound:
    """Less than a second long."""
    return _tones(_CHIME_HZ, _CHIME_SECONDS, _LOUDNESS)


@cache
def sound_of(sign: Sign) -> Sound:
    """Less than half a second long."""
    *tones, seconds = sign.value
    return _tones(tuple(tones), seconds, _SIGN_LOUDNESS)


def _tones(hertz: tuple[float, ...], seconds: float, loudness: float) -> Sound:
    moments = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    # Struck and fading, as a bell is: a tone that begins or ends at once would click.
    fading = np.exp(-2.1 * moments / seconds)
    shape = np.minimum(1.0, moments / 0.01) * fading * np.minimum(1.0, (seconds - moments) / 0.02)
    tones = [np.sin(2 * np.pi * tone * moments) + 0.3 * np.sin(4 * np.pi * tone * moments) for tone in hertz]
    samples = np.concatenate([loudness * shape * tone / 1.3 for tone in tones])
    return Sound(pcm=(samples * 32767).astype("<i2").tobytes(), sample_rate=SAMPLE_RATE)
