"""Which engines listen and speak: those that the settings name, the best that was pulled, else what came with us.

A model that is named and missing or broken is one notice; the assistant goes on with what it has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from assistant.ports import Transcriber, Voice
from assistant.voice.engines.espeak import EspeakVoice, Manner
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.engines.nothing import NothingUnderstood
from assistant.voice.engines.piper import PiperVoice
from assistant.voice.engines.sphinx import SphinxTranscriber
from assistant.voice.engines.whisper import WhisperTranscriber
from assistant.voice.pronounce import arpabet
from assistant.voice.store import ModelStore
from config.language import has_words_aloud, load_aloud
from config.models import SpeechModel
from config.settings import VoiceSettings

_ONLY_ENGLISH = (
    "What comes with the assistant understands English only, not {language!r}. It speaks, it rings and is silenced by"
    " its wake word; to understand a request it needs a model: assistant models pull base"
)
AUTO, EMBEDDED = "auto", "embedded"

Engine = TypeVar("Engine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen(Generic[Engine]):
    """An engine, and what a person should be told of the choice, if anything."""

    engine: Engine
    notice: str | None = None


def choose_transcriber(settings: VoiceSettings, language: str, store: ModelStore) -> Chosen[Transcriber]:
    """Raises EngineMissing where not even what comes with the assistant is there."""

    def embedded() -> Transcriber:
        if language != "en":
            return NothingUnderstood()
        words = EspeakVoice("en-us")
        return SphinxTranscriber(lambda word: arpabet(words.phonemes(word)))

    def whisper(folder: Path) -> Transcriber:
        return WhisperTranscriber(folder, language=language, beam=settings.beam)

    chosen = _chosen(settings.transcriber, "transcriber", language, store, whisper, embedded)
    if isinstance(chosen.engine, NothingUnderstood):
        told = f"{chosen.notice} " if chosen.notice else ""
        return replace(chosen, notice=told + _ONLY_ENGLISH.format(language=language))
    return chosen


def choose_voice(settings: VoiceSettings, language: str, store: ModelStore) -> Chosen[Voice]:
    """Raises EngineMissing where the settings name a voice that there is not."""

    def espeak() -> Voice:
        return _espeak(settings, language)

    def piper(file: Path) -> Voice:
        return PiperVoice(
            file,
            speaker=settings.speaker,
            rate_wpm=settings.speech_rate_wpm,
            sentence_pause_seconds=settings.sentence_pause_seconds,
        )

    wanted = settings.voice
    if wanted in {AUTO, EMBEDDED} or wanted.endswith(".onnx") or wanted in {one.name for one in store.known}:
        return _chosen(wanted, "voice", language, store, piper, espeak)
    return Chosen(engine=_espeak(settings, language, wanted))


def _espeak(settings: VoiceSettings, language: str, name: str | None = None) -> EspeakVoice:
    """The embedded voice as the settings want it, and else as it sounds best in the language."""
    best = load_aloud(language if has_words_aloud(language) else "en").voice
    name = name or (best.voice if has_words_aloud(language) else language)
    manner = Manner(
        rate_wpm=settings.speech_rate_wpm or best.rate_wpm,
        pitch=best.pitch if settings.espeak_pitch is None else settings.espeak_pitch,
        pitch_range=best.pitch_range if settings.espeak_pitch_range is None else settings.espeak_pitch_range,
        volume=settings.espeak_volume,
        word_gap_ms=settings.espeak_word_gap_ms,
        sentence_pause_seconds=settings.sentence_pause_seconds,
    )
    variant = settings.espeak_variant
    return EspeakVoice(f"{name.partition('+')[0]}+{variant}" if variant else name, manner)


def _chosen(
    wanted: str,
    kind: str,
    language: str,
    store: ModelStore,
    load: Callable[[Path], Engine],
    embedded: Callable[[], Engine],
) -> Chosen[Engine]:
    path = _path(wanted, kind, language, store)
    if path is None:
        return Chosen(engine=embedded())
    try:
        return Chosen(engine=load(path))
    except EngineMissing as error:
        return Chosen(engine=embedded(), notice=f"{error}. Until then what comes with the assistant is used.")


def _path(wanted: str, kind: str, language: str, store: ModelStore) -> Path | None:
    """Where the wanted model lies, whether or not it is there; None for what comes with the assistant."""
    if wanted == EMBEDDED:
        return None
    if wanted == AUTO:
        best = _best([one for one in store.known if one.kind == kind and store.has(one)], language)
        return store.path(best) if best else None
    model = next((one for one in store.known if one.name == wanted and one.kind == kind), None)
    return store.path(model) if model else Path(wanted).expanduser()


def _best(here: Sequence[SpeechModel], language: str) -> SpeechModel | None:
    """The biggest for the language: whoever pulled it knew what the machine can do. One language beats many."""
    fit = [one for one in here if not one.languages or language in one.languages]
    return max(fit, key=lambda one: (one.size_bytes // 10_000_000, bool(one.languages)), default=None)
