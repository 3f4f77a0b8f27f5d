"""Which parts the settings ask for, built; what is missing becomes one notice instead of an error."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from assistant.ports import Announcements, AudioUnavailable, Conversation, Microphone, Speaker, Voice
from assistant.voice.devices import SoundCardMicrophone, SoundCardSpeaker, SoundSystem
from assistant.voice.engines.espeak import EspeakVoice
from assistant.voice.engines.micro_wakeword import MicroWakeWordDetector
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.engines.silero import SileroDetector
from assistant.voice.engines.sphinx import SphinxTranscriber
from assistant.voice.listen import CONFIRMATION_LIMITS, REQUEST_LIMITS, VoiceLoop
from assistant.voice.pronounce import arpabet
from assistant.voice.quiet import QuietVoice
from config.settings import VoiceSettings
from tools.contract import Asker

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltVoice:
    """The loop to run, or the one sentence that says why there is none and what mends it."""

    loop: VoiceLoop | None
    notice: str | None = None


async def build_voice(
    settings: VoiceSettings,
    conversation: Conversation,
    *,
    asker: Asker,
    sorry: Callable[[], str],
    announcements: Announcements | None = None,
    now: Callable[[], datetime] = datetime.now,
    microphone: Microphone | None = None,
    speaker: Speaker | None = None,
    load_system: Callable[[], SoundSystem] = SoundSystem,
) -> BuiltVoice:
    """Microphone and speaker are the sound card's unless others are given. Never raises for what is missing.

    `now` is the time in the house's zone.
    """
    if not settings.enabled:
        return BuiltVoice(loop=None)
    try:
        loop = await asyncio.to_thread(
            _loop, settings, conversation, asker, sorry, announcements, now, microphone, speaker, load_system
        )
    except (AudioUnavailable, EngineMissing) as error:
        return BuiltVoice(loop=None, notice=f"No voice: {error}")
    return BuiltVoice(loop=loop)


def _loop(
    settings: VoiceSettings,
    conversation: Conversation,
    asker: Asker,
    sorry: Callable[[], str],
    announcements: Announcements | None,
    now: Callable[[], datetime],
    microphone: Microphone | None,
    speaker: Speaker | None,
    load_system: Callable[[], SoundSystem],
) -> VoiceLoop:
    # The sound card comes first: without one there is no need to load 100 MB of engines.
    microphone, speaker = _devices(settings, microphone, speaker, load_system)
    # Cheap parts first, and each by name: a library has lost an exception that passed through a call's arguments.
    voice = _voice(settings, now)
    words = EspeakVoice("en-us")
    wake_word = MicroWakeWordDetector(settings.wake_word)
    detector = SileroDetector()
    transcriber = SphinxTranscriber(lambda word: arpabet(words.phonemes(word)))
    return VoiceLoop(
        microphone=microphone,
        speaker=speaker,
        wake_word=wake_word,
        detector=detector,
        transcriber=transcriber,
        voice=voice,
        conversation=conversation,
        asker=asker,
        sorry=sorry,
        announcements=announcements,
        request=replace(
            REQUEST_LIMITS,
            end_seconds=settings.end_of_speech_seconds,
            longest_seconds=settings.longest_utterance_seconds,
        ),
        confirmation=replace(CONFIRMATION_LIMITS, end_seconds=settings.confirmation_end_seconds),
    )


def _voice(settings: VoiceSettings, now: Callable[[], datetime]) -> Voice:
    voice = EspeakVoice(settings.voice, rate_wpm=settings.speech_rate_wpm)
    hours = settings.quiet_hours
    return QuietVoice(voice, hours=hours, volume=settings.quiet_volume, now=now) if hours else voice


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
        microphone = SoundCardMicrophone(system, settings.input_device)
    if speaker is None:
        system.require(settings.output_device, "output")
        speaker = SoundCardSpeaker(system, settings.output_device)
    return microphone, speaker
