"""Which parts the settings ask for, built; what is missing becomes one notice instead of an error."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
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
from assistant.voice.built import BuiltVoice
from assistant.voice.called import Caller, Count, Word, cutoff_for, uncounted
from assistant.voice.choose import choose_transcriber, choose_voice
from assistant.voice.devices import SoundCardSpeaker, SoundSystem, SoundThread
from assistant.voice.engines.micro_wakeword import MicroWakeWordDetector
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.engines.silero import SileroDetector
from assistant.voice.frames import ScriptedMicrophone
from assistant.voice.late import LateVoice, Listening
from assistant.voice.listen import VoiceLoop
from assistant.voice.manner import Manner, manner_of
from assistant.voice.microphone import microphone_of
from assistant.voice.relay import RelayedVoice, Sink, Unheard
from assistant.voice.store import ModelStore
from assistant.voice.wake import Opening
from assistant.voice.wav import WavMicrophone
from assistant.voice.worded import worded
from assistant.volume import Volume
from config.language import spoken_language
from config.settings import VoiceSettings
from tools.contract import Asker

log = logging.getLogger(__name__)


_LOOKING_SECONDS = 5.0
"""For so long a sound system may take to tell what there is."""
_NO_ANSWER = "The sound system does not answer"


async def build_voice(
    settings: VoiceSettings,
    conversation: Conversation,
    *,
    asker: Asker,
    sorry: Callable[[], str],
    language: str = "en",
    models: Path | None = None,
    announcements: Announcements | None = None,
    volume: Volume | None = None,
    now: Callable[[], datetime] = datetime.now,
    sinks: Sequence[Sink] = (),
    microphone: Microphone | None = None,
    speaker: Speaker | None = None,
    load_system: Callable[[], SoundSystem] = SoundSystem,
    begun: Callable[[], None] = lambda: None,
    count: Count = uncounted,
) -> BuiltVoice:
    """Microphone and speaker are the sound card's unless others are given. Never raises for what is missing.

    `models` is the folder of those that were pulled; `now` is the time in the house's zone; `sinks` get what is spoken,
    too; `volume` is what people change by saying so. `begun` is called once the voice can be heard: at once, or when
    there is a microphone. `count` gets what becomes of wake words.
    """
    if not settings.enabled:
        return BuiltVoice(loop=None)
    if speaker is None and not settings.loudspeaker:
        speaker = Unheard()

    async def built(microphone: Microphone, speaker: Speaker) -> BuiltVoice:
        try:
            # Loading takes seconds, and needs a thread of its own: the house goes on being heard meanwhile.
            parts = await asyncio.to_thread(_parts, settings, language, models, sinks, microphone, speaker, count)
        except EngineMissing as error:
            return BuiltVoice(loop=None, notice=f"No voice: {error}.")
        manner = manner_of(settings, language, volume, now, live=_is_live(parts.microphone))
        return BuiltVoice(loop=_loop(parts, conversation, asker, sorry, announcements, manner), notice=parts.notice)

    if microphone is not None and speaker is not None:
        voice = await built(microphone, speaker)
    else:
        voice = await _on_sound_card(settings, microphone, speaker, load_system, built, begun)
    if isinstance(voice.loop, VoiceLoop):
        begun()
    return voice


async def _on_sound_card(
    settings: VoiceSettings,
    microphone: Microphone | None,
    speaker: Speaker | None,
    load_system: Callable[[], SoundSystem],
    built: Callable[[Microphone, Speaker], Awaitable[BuiltVoice]],
    begun: Callable[[], None],
) -> BuiltVoice:
    """What is plugged in later is found then; what is missing now is one notice."""
    card = microphone_of(settings)
    try:
        # On a thread that nobody waits for: where a sound server hangs, so does the library as it is loaded.
        system = await SoundThread().run(load_system, within_seconds=_LOOKING_SECONDS)
    except AudioUnavailable as error:
        return BuiltVoice(loop=None, notice=f"No voice: {error}.")
    except TimeoutError:
        again = partial(_on_sound_card, settings, microphone, speaker, load_system, built, begun)
        return _late(card, again, begun, _NO_ANSWER)
    given = microphone or card, speaker or SoundCardSpeaker(system, settings.output_device)
    # Without a microphone there is no need to load 100 MB of engines.
    if microphone is None and (lacking := await _lacks(system, settings.input_device, "input")):
        return _late(card, lambda: built(*given), begun, lacking)
    silent = await _lacks(system, settings.output_device, "output") if speaker is None else None
    voice = await built(*given)
    notices = [voice.notice, f"Nothing can be said until there is a speaker. {silent}." if silent else None]
    return BuiltVoice(loop=voice.loop, notice=" ".join(filter(None, notices)) or None)


def _late(
    card: Microphone, build: Callable[[], Awaitable[BuiltVoice]], begun: Callable[[], None], lacking: str
) -> BuiltVoice:
    async def is_there() -> bool:
        try:
            async with aclosing(card.frames()) as frames:
                await anext(frames)
        except AudioUnavailable:
            return False
        return True

    async def build_late() -> Listening | None:
        voice = await build()
        if voice.notice:
            log.warning("%s", voice.notice)
        return voice.loop

    notice = f"No voice until there is a microphone. {lacking}."
    return BuiltVoice(loop=LateVoice(is_there, build_late, begun=begun), notice=notice)


async def _lacks(system: SoundSystem, device: str | int | None, kind: str) -> str | None:
    """What a person should be told where there is none; at the start, when what is known is fresh."""
    try:
        await SoundThread().run(lambda: system.require(device, kind), within_seconds=_LOOKING_SECONDS)
    except TimeoutError:
        return _NO_ANSWER
    except AudioUnavailable as error:
        return str(error)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    microphone: Microphone
    speaker: Speaker
    wake_word: WakeWord
    opening: Opening
    detector: SpeechDetector
    transcriber: Transcriber
    voice: Voice
    notice: str | None


def _parts(
    settings: VoiceSettings,
    language: str,
    models: Path | None,
    sinks: Sequence[Sink],
    microphone: Microphone,
    speaker: Speaker,
    count: Count,
) -> _Parts:
    store = ModelStore(settings.models_dir or models or Path("models"))
    spoken = spoken_language(language)
    voice = choose_voice(settings, spoken, store)
    transcriber = choose_transcriber(settings, language, store)
    # Each by name: a library has lost an exception that passed through a call's arguments.
    found = MicroWakeWordDetector(*(one.word for one in settings.wake_words))
    detector = SileroDetector()
    second = SileroDetector(like=detector) if settings.wake_check else None
    opening = Opening(latest_seconds=max(one.pre_roll_seconds for one in settings.wake_words))
    said = worded(voice.engine, settings, spoken)
    said = RelayedVoice(said, sinks) if sinks else said
    return _Parts(
        microphone=microphone,
        speaker=speaker,
        wake_word=Caller(found, _words(settings, found.cutoffs), speech=second, opening=opening, count=count),
        opening=opening,
        detector=detector,
        transcriber=transcriber.engine,
        voice=said,
        notice=" ".join(filter(None, [transcriber.notice, voice.notice])) or None,
    )


def _words(settings: VoiceSettings, shipped: Sequence[float]) -> tuple[Word, ...]:
    return tuple(
        Word(
            name=one.word,
            cutoff=cutoff_for(recommended, one.sensitivity),
            pre_roll_seconds=one.pre_roll_seconds,
            cooldown_seconds=one.cooldown_seconds,
        )
        for one, recommended in zip(settings.wake_words, shipped, strict=True)
    )


def _loop(
    parts: _Parts,
    conversation: Conversation,
    asker: Asker,
    sorry: Callable[[], str],
    announcements: Announcements | None,
    manner: Manner,
) -> VoiceLoop:
    return VoiceLoop(
        microphone=parts.microphone,
        speaker=parts.speaker,
        wake_word=parts.wake_word,
        opening=parts.opening,
        detector=parts.detector,
        transcriber=parts.transcriber,
        voice=parts.voice,
        conversation=conversation,
        asker=asker,
        sorry=sorry,
        announcements=announcements,
        manner=manner,
    )


def _is_live(microphone: Microphone) -> bool:
    """Whether it goes on while nobody listens: of others the next words are meant for what is asked next."""
    return microphone.paced if isinstance(microphone, ScriptedMicrophone) else not isinstance(microphone, WavMicrophone)


def sound_parts(
    settings: VoiceSettings, load_system: Callable[[], SoundSystem] = SoundSystem
) -> tuple[Microphone, Speaker]:
    """The sound card's, as the settings name them. Raises AudioUnavailable where one of them is missing."""
    system = load_system()
    system.require(settings.input_device, "input")
    system.require(settings.output_device, "output")
    return microphone_of(settings), SoundCardSpeaker(system, settings.output_device)
