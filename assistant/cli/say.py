"""`assistant say`: a text in the assistant's own voice, from the loudspeaker or into a WAV file, with what it took."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.cli.models import store_of
from assistant.cli.screen import only_errors
from assistant.ports import Sound, Speaker, Voice
from assistant.voice.choose import choose_voice
from assistant.voice.devices import SoundCardSpeaker, SoundSystem
from assistant.voice.ear import EngineThread
from assistant.voice.speakable import Speakable, printable
from assistant.voice.store import ModelStore
from assistant.voice.wav import WavSpeaker
from config.errors import UserFacingError
from config.language import has_words_aloud, languages
from config.load import load_settings
from config.settings import VoiceSettings

_INTERRUPTED = 130


class NothingToSay(UserFacingError):
    """There is no text, or nothing in it that can be said; the message says which."""


@dataclass(slots=True, kw_only=True)
class _Said:
    """What was spoken, and how long each part of it took."""

    text: str
    words: str
    words_ms: float
    load_ms: float = 0.0
    first_sound_ms: float = 0.0
    synthesis_ms: float = 0.0
    seconds: list[float] = field(default_factory=list)

    def as_json(self, language: str, out: Path | None) -> dict[str, Any]:
        return {
            "text": self.text,
            "said": self.words,
            "language": language,
            "sounds": len(self.seconds),
            "seconds": round(sum(self.seconds), 3),
            "load_ms": round(self.load_ms, 2),
            "words_ms": round(self.words_ms, 3),
            "first_sound_ms": round(self.first_sound_ms, 2),
            "synthesis_ms": round(self.synthesis_ms, 2),
            "out": str(out) if out else None,
        }


def say(
    text: str,
    *,
    voice: str | None,
    language: str | None,
    out: Path | None,
    as_json: bool,
    config: Path | None,
    state_dir: Path | None,
) -> int:
    """`text` of `-` is standard input. Raises NothingToSay, EngineMissing, AudioUnavailable."""
    only_errors()
    settings = load_settings(config).settings
    spoken = _known(language) if language else settings.house.language
    wanted = settings.voice.model_copy(update={"voice": voice} if voice else {})
    text = sys.stdin.read() if text == "-" else text
    try:
        said = asyncio.run(_say(text, wanted, spoken, store_of(settings, state_dir), out))
    except KeyboardInterrupt:
        return _INTERRUPTED
    if as_json:
        sys.stdout.write(f"{json.dumps(said.as_json(spoken, out), ensure_ascii=False)}\n")
    return 0


def _known(language: str) -> str:
    if language not in languages():
        raise NothingToSay(f"There is no language {language!r}; choose one of: {', '.join(languages())}")
    return language


async def _say(text: str, settings: VoiceSettings, language: str, store: ModelStore, out: Path | None) -> _Said:
    said = _worded(text, settings, language)
    async with AsyncExitStack() as stack:
        # The sound card comes first: without one no voice need be loaded.
        if out is not None:
            speaker: Speaker = await stack.enter_async_context(WavSpeaker(out))
        else:
            speaker = _loudspeaker(settings)
        engines = EngineThread()
        stack.callback(engines.close)
        started = time.perf_counter()
        chosen = choose_voice(settings, language, store)
        said.load_ms = (time.perf_counter() - started) * 1000
        if chosen.notice:
            sys.stderr.write(f"assistant: {chosen.notice}\n")
        await _speak(said, chosen.engine, speaker, engines)
    return said


def _worded(text: str, settings: VoiceSettings, language: str) -> _Said:
    speakable = Speakable(language, settings.say_as) if has_words_aloud(language) else printable
    started = time.perf_counter()
    words = speakable(text)
    if not words:
        raise NothingToSay("There is nothing in that text that can be said")
    return _Said(text=text, words=words, words_ms=(time.perf_counter() - started) * 1000)


def _loudspeaker(settings: VoiceSettings) -> Speaker:
    system = SoundSystem()
    system.require(settings.output_device, "output")
    return SoundCardSpeaker(system, settings.output_device)


async def _speak(said: _Said, voice: Voice, speaker: Speaker, engines: EngineThread) -> None:
    """Each sentence is made while the one before is heard."""
    sounds = iter(voice.synthesize(said.words))
    coming = engines.run(_next, sounds, said)
    while (sound := await coming) is not None:
        said.seconds.append(sound.seconds)
        coming = engines.run(_next, sounds, said)
        await speaker.play(sound)


def _next(sounds: Iterator[Sound], said: _Said) -> Sound | None:
    started = time.perf_counter()
    sound = next(sounds, None)
    took = (time.perf_counter() - started) * 1000
    said.synthesis_ms += took
    said.first_sound_ms = said.first_sound_ms or took
    return sound
