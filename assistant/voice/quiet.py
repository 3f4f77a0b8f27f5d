"""Speaks softly in the hours in which people sleep. What rings was asked for, and rings as loud as ever."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time

from assistant.ports import Sound, Voice


def is_quiet(now: time, hours: tuple[time, time]) -> bool:
    """Whether a clock time lies in hours that may go on past midnight; their end is not one of them."""
    begin, end = hours
    return begin <= now < end if begin <= end else now >= begin or now < end


def softer(sound: Sound, volume: float) -> Sound:
    """`volume` 0..1."""
    samples = array("h", sound.pcm)
    return replace(sound, pcm=array("h", (round(sample * volume) for sample in samples)).tobytes())


class QuietVoice:
    """A Voice that lowers another one in quiet hours."""

    def __init__(self, voice: Voice, *, hours: tuple[time, time], volume: float, now: Callable[[], datetime]) -> None:
        """`now` gives the time in the house's zone."""
        self._voice = voice
        self._hours = hours
        self._volume = volume
        self._now = now

    def synthesize(self, text: str) -> Iterator[Sound]:
        for sound in self._voice.synthesize(text):
            yield softer(sound, self._volume) if is_quiet(self._now().time(), self._hours) else sound
