"""The open transcriber: Whisper through faster-whisper, on the processor in eight-bit integers. Takes any sentence.

Whisper writes something for silence and for noise, too. What it writes without conviction, or faster than anybody
speaks, or round in circles, is rejected here. Thresholds: https://github.com/openai/whisper (transcribe.py).
"""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.ports import SAMPLE_RATE, Said, Transcript, Vocabulary
from assistant.voice.engines.missing import EngineMissing

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

log = logging.getLogger(__name__)

NEEDED = ("model.bin", "tokenizer.json")
"""Without the tokenizer the library would ask the internet for one, and go on asking for twenty seconds."""
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")

_MOST_HINT_TOKENS = 200
"""The library keeps half of the decoder's 448 positions for hints, and cuts what is longer in the midst of a name."""
_NO_SPEECH = 0.6
_UNSURE = -1.0
"""Mean natural logarithm of a token's probability, below which the words are a guess."""
_REPETITIVE = 2.4
"""How many times smaller zlib makes the text: circles compress well, speech does not."""
_LETTERS_PER_SECOND = 30
"""Twice as fast as a hurried speaker; a whole sentence for a click is invented."""
_SHORTEST_SECONDS = 0.1
_TOKENS_PER_SECOND = 12
_LEAST_TOKENS = 24
_MOST_THREADS = 4
"""More of them do not make it faster on a small machine."""


class WhisperTranscriber:
    """`folder` holds a model as CTranslate2 has it. `language` is a code such as `en`. Raises EngineMissing.

    Loading takes about a second and happens here. Works on a thread of its own from the moment the speaker pauses,
    so that most of it is done when it turns out that they have finished.
    """

    def __init__(self, folder: Path, *, language: str = "en", beam: int = 1) -> None:
        check_files(folder)
        self._language = language
        self._beam = beam
        self._model = _loaded(folder)
        if language != "en" and not self._model.model.is_multilingual:
            raise EngineMissing(f"The model in {folder} understands English only: choose one without .en in its name")
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="whisper")
        self._hint = ""
        self._sound = bytearray()
        self._underway: Future[Transcript] | None = None
        self._take(bytes(2 * SAMPLE_RATE))  # the first run is the slowest; nobody should wait for it

    def begin(self, vocabulary: Vocabulary) -> None:
        self._hint = self._hint_of(vocabulary.names)
        self._sound.clear()
        self._drop()

    def feed(self, frame: bytes) -> None:
        self._sound += frame
        self._drop()

    def pause(self) -> Said:
        if self._underway is None and self._sound:
            self._underway = self._pool.submit(self._take, bytes(self._sound))
        return Said.PART

    def finish(self) -> Transcript:
        self.pause()
        return self._underway.result() if self._underway is not None else Transcript(text="")

    def _drop(self) -> None:
        """What was understood so far is out of date. What already runs cannot be stopped, and is not waited for."""
        if self._underway is not None:
            self._underway.cancel()
            self._underway = None

    def _take(self, sound: bytes) -> Transcript:
        samples = np.frombuffer(sound, dtype="<i2").astype(np.float32) / np.float32(32768)
        seconds = samples.size / SAMPLE_RATE
        if seconds < _SHORTEST_SECONDS or not samples.any():
            return Transcript(text="")
        segments, _ = self._model.transcribe(
            samples,
            language=self._language if self._model.model.is_multilingual else "en",
            beam_size=self._beam,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            no_speech_threshold=_NO_SPEECH,
            log_prob_threshold=_UNSURE,
            hotwords=self._hint or None,
            max_new_tokens=_LEAST_TOKENS + round(_TOKENS_PER_SECOND * seconds),
        )
        return _judged(list(segments), seconds, self._hint)

    def _hint_of(self, names: Sequence[str]) -> str:
        """As many whole names as there is room for, the first ones first."""
        kept: list[str] = []
        left = _MOST_HINT_TOKENS
        for name in names:
            left -= len(self._model.hf_tokenizer.encode(f" {name},", add_special_tokens=False).ids)
            if left < 0:
                break
            kept.append(name)
        return ", ".join(kept)


def check_files(folder: Path) -> None:
    """Raises EngineMissing where the folder holds no whole model."""
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        missing.append(_VOCABULARIES[0])
    if missing:
        raise EngineMissing(
            f"The speech model in {folder} lacks {', '.join(missing)}: assistant models pull {folder.name}"
        )


def _loaded(folder: Path) -> "WhisperModel":
    try:
        from faster_whisper import WhisperModel  # heavy: 50 MB of memory
    except ImportError as error:
        raise EngineMissing("The transcriber is missing: pip install faster-whisper") from error
    try:
        return WhisperModel(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=min(_MOST_THREADS, os.cpu_count() or 1),
            num_workers=1,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise EngineMissing(
            f"The speech model in {folder} cannot be loaded ({error}): "
            f"assistant models remove {folder.name}, then pull it"
        ) from error


def _judged(segments: Sequence["Segment"], seconds: float, hint: str) -> Transcript:
    """The text, where all of it is more than what the model writes when nobody has said anything."""
    text = " ".join(segment.text.strip() for segment in segments).strip()
    if not text:
        return Transcript(text="")
    doubts = [doubt for segment in segments if (doubt := _doubt(segment))]
    if len(text) > _LETTERS_PER_SECOND * (seconds + 1):
        doubts.append("too fast")
    if hint and text.strip(" .,").casefold() in hint.casefold() and text.count(",") > 1:
        doubts.append("only the names it was told of")
    if doubts:
        # Without what it wrote: it may be a PIN, and what is none is logged by the turn.
        log.debug("rejected: %s", ", ".join(doubts))
        return Transcript(text="", rejected=True)
    return Transcript(text=text)


def _doubt(segment: "Segment") -> str:
    if segment.avg_logprob < _UNSURE:
        return "unsure"
    if segment.compression_ratio > _REPETITIVE:
        return "repetitive"
    # Either alone is common in good speech; the product of the two is not.
    return "hardly speech" if segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _UNSURE / 2 else ""
