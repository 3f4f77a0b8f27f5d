"""How loud something is played: the volume, less in the hours in which people sleep. What rings was asked for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time

import numpy as np

from assistant.ports import Sound
from assistant.voice.floor import Urgency
from assistant.voice.hours import is_quiet
from assistant.volume import Volume

LEAST_ALARM = 0.36
"""Gain of what rings, however low the volume: nobody sets an alarm in order not to hear it."""


def softer(sound: Sound, gain: float) -> Sound:
    """`gain` 0..1."""
    if gain == 1.0:
        return sound
    samples = np.frombuffer(sound.pcm, dtype="<i2").astype(np.float32)
    return replace(sound, pcm=np.round(samples * gain).astype("<i2").tobytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class HowLoud:
    """`now` gives the time in the house's zone; `quiet_gain` 0..1 comes on top in the quiet hours."""

    volume: Volume
    hours: tuple[time, time] | None = None
    quiet_gain: float = 1.0
    now: Callable[[], datetime] = datetime.now

    def gain(self, urgency: Urgency) -> float:
        if urgency is Urgency.ALARM:
            return max(self.volume.gain, LEAST_ALARM)
        quiet = self.hours is not None and is_quiet(self.now().time(), self.hours)
        return self.volume.gain * (self.quiet_gain if quiet else 1.0)
