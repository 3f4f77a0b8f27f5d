"""The neural voice: Piper, one sound for each sentence, made while the one before is heard."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.ports import Sound
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.engines.onnx import open_model
from assistant.voice.pcm import silence
from assistant.voice.speakable import clauses_of, is_whole

if TYPE_CHECKING:
    from piper import PiperVoice as Loaded

CONFIG_SUFFIX = ".json"
"""Beside `voice.onnx` lies `voice.onnx.json`."""
_THREADS = 2
_USUAL_WPM = 165
"""How fast the voices are taken to speak at a length scale of one."""
_CLAUSE_PAUSE_SECONDS = 0.1


class PiperVoice:
    """`model` is a voice's `.onnx` file with its `.onnx.json` beside it. Raises EngineMissing.

    `speaker` is a name or number where the voice has several. May be used from any thread, one sentence at a time.
    """

    def __init__(
        self,
        model: Path,
        *,
        speaker: str | int | None = None,
        rate_wpm: int | None = None,
        sentence_pause_seconds: float = 0.0,
    ) -> None:
        self._voice = _loaded(model)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._pause_seconds = sentence_pause_seconds
        from piper import SynthesisConfig

        slower = _USUAL_WPM / rate_wpm if rate_wpm else 1.0
        self._how = SynthesisConfig(speaker_id=self._speaker_id(speaker, model), length_scale=slower)

    def synthesize(self, text: str) -> Iterator[Sound]:
        self._stopped.clear()
        rate, pause = self._voice.config.sample_rate, b""
        for clause in clauses_of(text):
            with self._lock:
                chunks = list(self._voice.synthesize(clause, self._how))
            if self._stopped.is_set():
                return
            if pcm := b"".join(chunk.audio_int16_bytes for chunk in chunks):
                yield Sound(pcm=pause + pcm, sample_rate=rate)
                pause = silence(self._pause_seconds if is_whole(clause) else _CLAUSE_PAUSE_SECONDS, rate)

    def stop(self) -> None:
        """Ends what is being synthesized after the sentence in hand, from any thread."""
        self._stopped.set()

    def _speaker_id(self, speaker: str | int | None, model: Path) -> int | None:
        config = self._voice.config
        if speaker is None:
            return None
        number = config.speaker_id_map.get(str(speaker), speaker)
        # Settings from the environment are text, be they numbers or not.
        if isinstance(number, str) and number.isdecimal():
            number = int(number)
        if isinstance(number, int) and 0 <= number < config.num_speakers:
            return number
        names = ", ".join(list(config.speaker_id_map)[:5]) or f"numbers up to {config.num_speakers - 1}"
        raise EngineMissing(f"The voice {model.stem} has no speaker {speaker!r}: set voice.speaker to one of {names}")


def _loaded(model: Path) -> "Loaded":
    config = model.with_name(model.name + CONFIG_SUFFIX)
    for file in (model, config):
        if not file.is_file():
            raise EngineMissing(f"The voice lacks {file}: assistant models pull {model.stem}")
    try:
        from piper import PiperConfig  # heavy: 40 MB of memory
        from piper import PiperVoice as Loaded
    except ImportError as error:
        raise EngineMissing("The voice is missing: pip install piper-tts") from error
    try:
        described = PiperConfig.from_dict(json.loads(config.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise EngineMissing(
            f"{config} does not describe a voice ({error}): assistant models remove {model.stem}, then pull it"
        ) from error
    # Its own way of loading takes every processor that there is.
    return Loaded(session=open_model(model, threads=_THREADS), config=described)
