"""Whether what hears and speaks can be loaded, and whether the models that were pulled are what they were."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from assistant.doctor.finding import Finding, State, broken, ok, told
from assistant.ports import AudioUnavailable
from assistant.voice.choose import choose_transcriber, choose_voice
from assistant.voice.engines.micro_wakeword import MicroWakeWordDetector
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.engines.silero import SileroDetector
from assistant.voice.store import ModelStore
from config.settings import VoiceSettings

PART, MODELS = "engines", "models"


def as_told(voice: Mapping[str, Any]) -> Finding:
    """By what the running assistant says of its voice (`assistant.health`)."""
    if voice["notice"] is None:
        return ok(PART, "loaded by the running assistant")
    return _less(PART, voice["notice"]) if voice["sound"] is not None else told(PART, State.BROKEN, voice["notice"])


def engines(settings: VoiceSettings, language: str, store: ModelStore) -> Iterator[Finding]:
    """Loads each as the daemon would, which takes some seconds."""
    yield _loaded("wake word", lambda: (MicroWakeWordDetector(*(one.word for one in settings.wake_words)), None)[1])
    yield _loaded("end of speech", lambda: (SileroDetector(), None)[1])
    yield _loaded("transcriber", lambda: choose_transcriber(settings, language, store).notice)
    yield _loaded("voice", lambda: choose_voice(settings, language, store).notice)


def _loaded(name: str, load: Callable[[], str | None]) -> Finding:
    """`load` gives what a person should be told, if anything."""
    part = f"{PART}: {name}"
    try:
        notice = load()
    except (EngineMissing, AudioUnavailable) as error:
        return told(part, State.BROKEN, str(error))
    if notice is None:
        return ok(part, "loads")
    return _less(part, notice)


def _less(part: str, notice: str) -> Finding:
    return told(part, State.DEGRADED, notice.removesuffix(". Until then what comes with the assistant is used."))


def models(store: ModelStore) -> Iterator[Finding]:
    """Reads every byte of those that are here, but for very big files."""
    here: list[str] = []
    for model in store.known:
        if not (store.folder / model.name).is_dir():
            continue
        wrong = store.faults(model)
        if wrong:
            yield broken(MODELS, f"{model.name} is damaged: {_named(wrong)}", _again(model.name))
        else:
            here.append(model.name)
    if here:
        yield ok(MODELS, f"whole: {', '.join(here)}")


def _named(files: Sequence[str]) -> str:
    return f"{', '.join(files)} {'is' if len(files) == 1 else 'are'} missing or not what it should be"


def _again(name: str) -> str:
    return f"run: assistant models remove {name}; assistant models pull {name}"
