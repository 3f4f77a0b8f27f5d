"""The sound before something is said by itself, made here: two soft tones, unlike any voice."""

import numpy as np

from assistant.ports import SAMPLE_RATE, Sound

_TONES_HZ = (880.0, 1174.7)
_TONE_SECONDS = 0.35
_LOUDNESS = 0.35


def chime() -> Sound:
    """Less than a second long."""
    moments = np.arange(round(_TONE_SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    # Struck and fading, as a bell is: a tone that begins or ends at once would click.
    shape = np.minimum(1.0, moments / 0.01) * np.exp(-6 * moments) * np.minimum(1.0, (_TONE_SECONDS - moments) / 0.02)
    tones = [np.sin(2 * np.pi * hertz * moments) + 0.3 * np.sin(4 * np.pi * hertz * moments) for hertz in _TONES_HZ]
    samples = np.concatenate([_LOUDNESS * shape * tone / 1.3 for tone in tones])
    return Sound(pcm=(samples * 32767).astype("<i2").tobytes(), sample_rate=SAMPLE_RATE)
