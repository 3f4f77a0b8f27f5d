"""Which parts the settings ask for, built; what is missing becomes one notice instead of an error."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from assistant.ports import (
    Announcements,
    AudioUnavailable,
    Conversation,
    Microphone,
    Speaker,
    SpeechDetector,
    Transcriber,
    Voice,
    WakeWord,
)
from assistant.voice.choose import choose_transcriber, choose_voice
from assistant.voice.devices import SoundCardSpeaker, SoundSystem
from assistant.voice.engines.micro_wakeword import MicroWakeWordDetector
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.engines.silero import SileroDetector
from assistant.voice.listen import CONFIRMATION_LIMITS, REQUEST_LIMITS, VoiceLoop
from assistant.voice.microphone import SoundCardMicrophone
from assistant.voice.quiet import QuietVoice
from assistant.voice.store import ModelStore
from assistant.voice.wav import WavMicrophone
from config.settings import VoiceSettings
from tools.contract import Asker

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltVoice:
    """The loop to run, and what a person should be told: why there is none, or what it has to do without."""

    loop: VoiceLoop | None
    notice: str | None = None


async def build_voice(
    settings: VoiceSettings,
    conversation: Conversation,
    *,
    asker: Asker,
    sorry: Callable[[], str],
    language: str = "en",
    models: Path | None = None,
    announcements: Announcements | None = None,
    now: Callable[[], datetime] = datetime.now,
    microphone: Microphone | None = None,
    speaker: Speaker | None = None,
    load_system: Callable[[], SoundSystem] = SoundSystem,
) -> BuiltVoice:
    """Microphone and speaker are the sound card's unless others are given. Never raises for what is missing.

    `models` is the folder of those that were pulled; `now` is the time in the house's zone.
    """
    if not settings.enabled:
        return BuiltVoice(loop=None)
    try:
        # Loading takes seconds, and needs a thread of its own: the house goes on being heard meanwhile.
        parts = await asyncio.to_thread(_parts, settings, language, models, now, microphone, speaker, load_system)
    except (AudioUnavailable, EngineMissing) as error:
        return BuiltVoice(loop=None, notice=f"No voice: {error}")
    loop = _loop(parts, settings, conversation, asker, sorry, announcements)
    return BuiltVoice(loop=loop, notice=parts.notice)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    microphone: Microphone
    speaker: Speaker
    wake_word: WakeWord
    detector: SpeechDetector
    transcriber: Transcriber
    voice: Voice
    notice: str | None


def _parts(
    settings: VoiceSettings,
    language: str,
    models: Path | None,
    now: Callable[[], datetime],
    microphone: Microphone | None,
    speaker: Speaker | None,
    load_system: Callable[[], SoundSystem],
) -> _Parts:
    # The sound card comes first: without one there is no need to load 100 MB of engines.
    microphone, speaker = _devices(settings, microphone, speaker, load_system)
    store = ModelStore(settings.models_dir or models or Path("models"))
    voice = choose_voice(settings, language, store)
    transcriber = choose_transcriber(settings, language, store)
    # Each by name: a library has lost an exception that passed through a call's arguments.
    wake_word = MicroWakeWordDetector(settings.wake_word)
    detector = SileroDetector()
    hours = settings.quiet_hours
    softened = QuietVoice(voice.engine, hours=hours, volume=settings.quiet_volume, now=now) if hours else voice.engine
    return _Parts(
        microphone=microphone,
        speaker=speaker,
        wake_word=wake_word,
        detector=detector,
        transcriber=transcriber.engine,
        voice=softened,
        notice=" ".join(filter(None, [transcriber.notice, voice.notice])) or None,
    )


def _loop(
    parts: _Parts,
    settings: VoiceSettings,
    conversation: Conversation,
    asker: Asker,
    sorry: Callable[[], str],
    announcements: Announcements | None,
) -> VoiceLoop:
    return VoiceLoop(
        microphone=parts.microphone,
        speaker=parts.speaker,
        wake_word=parts.wake_word,
        detector=parts.detector,
        transcriber=parts.transcriber,
        voice=parts.voice,
        conversation=conversation,
        asker=asker,
        sorry=sorry,
        interruptible=not isinstance(parts.microphone, WavMicrophone),
        announcements=announcements,
        request=replace(
            REQUEST_LIMITS,
            end_seconds=settings.end_of_speech_seconds,
            longest_seconds=settings.longest_utterance_seconds,
        ),
        confirmation=replace(CONFIRMATION_LIMITS, end_seconds=settings.confirmation_end_seconds),
    )


def sound_parts(
    settings: VoiceSettings, load_system: Callable[[], SoundSystem] = SoundSystem
) -> tuple[Microphone, Speaker]:
    """The sound card's, as the settings name them. Raises AudioUnavailable."""
    return _devices(settings, None, None, load_system)


def _devices(
    settings: VoiceSettings,
    microphone: Microphone | None,
    speaker: Speaker | None,
    load_system: Callable[[], SoundSystem],
) -> tuple[Microphone, Speaker]:
    if microphone is not None and speaker is not None:
        return microphone, speaker
    system = load_system()
    if microphone is None:
        system.require(settings.input_device, "input")
        microphone = SoundCardMicrophone(settings.input_device)
    if speaker is None:
        system.require(settings.output_device, "output")
        speaker = SoundCardSpeaker(system, settings.output_device)
    return microphone, speaker
