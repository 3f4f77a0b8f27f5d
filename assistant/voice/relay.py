"""What is spoken also goes elsewhere: into a folder of WAV files, or to whoever listens on MQTT."""

import asyncio
import io
import logging
import os
import wave
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from assistant.ports import Sound, Voice
from assistant.voice import pcm
from config.settings import Settings
from sensors.questions import Questions
from sensors.spoken_topic import SpokenTopic
from sensors.told_once import ToldOnce

log = logging.getLogger(__name__)

_MOST_WAITING = 20
"""Things to be published that may wait for a slow broker; the oldest are dropped."""
_SUFFIX = ".wav"


class Sink(Protocol):
    """Where what is spoken goes, too. Called by the thread that makes the sound; returns soon and raises nothing."""

    def begins(self, text: str) -> None: ...

    def ends(self, text: str, sounds: Sequence[Sound]) -> None:
        """`sounds` is what was made of it: not all where the speaker was stopped."""
        ...


class RelayedVoice:
    """A Voice whose words other sinks get, too, as they were written."""

    def __init__(self, voice: Voice, sinks: Sequence[Sink]) -> None:
        self._voice = voice
        self._sinks = sinks

    def synthesize(self, text: str) -> Iterator[Sound]:
        made: list[Sound] = []
        try:
            for sound in self._voice.synthesize(text):
                if not made:
                    for sink in self._sinks:
                        sink.begins(text)
                made.append(sound)
                yield sound
        finally:
            # Also where nobody asked for the rest: somebody said stop.
            if made:
                for sink in self._sinks:
                    sink.ends(text, made)


class Unheard:
    """A Speaker that nobody hears, which takes its time all the same: what is said after it comes after it."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()

    async def play(self, sound: Sound) -> None:
        self._stopped.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(sound.seconds):
                await self._stopped.wait()

    async def stop(self) -> None:
        self._stopped.set()


def wav_of(sounds: Sequence[Sound]) -> bytes:
    """One WAV file of at least one sound, at the rate of the first."""
    rate = sounds[0].sample_rate
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        for sound in sounds:
            file.writeframes(pcm.at_rate(sound, rate).pcm)
    return data.getvalue()


class WavFolder:
    """A sink: a file for each answer, named by its time; the newest `keep` of them stay."""

    def __init__(self, folder: Path, *, keep: int) -> None:
        self._folder = folder
        self._keep = keep
        self._fault = ToldOnce(log, f"what is spoken cannot be kept in {folder}", OSError)

    def begins(self, text: str) -> None:
        """Nothing: the file is written once there is all of it."""

    def ends(self, text: str, sounds: Sequence[Sound]) -> None:
        with self._fault:
            self._write(wav_of(sounds))

    def _write(self, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = datetime.now().strftime("%Y-%m-%d_%H-%M-%S-%f")
        # Whoever watches the folder sees whole files only.
        begun = self._folder / f".{name}.part"
        begun.write_bytes(data)
        os.replace(begun, self._folder / f"{name}{_SUFFIX}")
        for old in sorted(self._folder.glob(f"*{_SUFFIX}"))[: -self._keep]:
            old.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Told:
    text: str | None = None
    sounds: tuple[Sound, ...] = ()


class SpokenAloud:
    """A sink: what is said, and its sound where that is wanted, to the assistant's own topic. `run` publishes it."""

    def __init__(self, topic: SpokenTopic, *, with_sound: bool) -> None:
        self._topic = topic
        self._with_sound = with_sound
        self._waiting: deque[_Told] = deque(maxlen=_MOST_WAITING)
        self._loop = asyncio.get_running_loop()
        self._something = asyncio.Event()

    def begins(self, text: str) -> None:
        self._put(_Told(text))

    def ends(self, text: str, sounds: Sequence[Sound]) -> None:
        if self._with_sound:
            self._put(_Told(sounds=tuple(sounds)))

    def _put(self, told: _Told) -> None:
        self._waiting.append(told)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._something.set)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._something.wait()
            self._something.clear()
            while self._waiting:
                told = self._waiting.popleft()
                if told.text is not None:
                    await self._topic.tell(told.text)
                else:
                    await self._topic.tell_sound(await asyncio.to_thread(wav_of, told.sounds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlets:
    """All that the settings ask for. `aloud` is to be run."""

    sinks: tuple[Sink, ...] = ()
    aloud: SpokenAloud | None = None


@asynccontextmanager
async def open_outlets(settings: Settings, questions: Questions) -> AsyncIterator[Outlets]:
    """Nothing is opened that the settings do not ask for."""
    wanted = settings.voice
    kept = (WavFolder(wanted.spoken_folder.expanduser(), keep=wanted.spoken_keep),) if wanted.spoken_folder else ()
    if wanted.spoken_mqtt == "off" or not (wanted.enabled and settings.mqtt.enabled):
        yield Outlets(sinks=kept)
        return
    async with SpokenTopic(settings.mqtt, wanted.satellite, questions) as topic:
        aloud = SpokenAloud(topic, with_sound=wanted.spoken_mqtt == "sound")
        yield Outlets(sinks=(*kept, aloud), aloud=aloud)
