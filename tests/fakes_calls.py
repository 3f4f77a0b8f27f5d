"""People who call the assistant, and televisions that do not mean it: recorded wake words, and made speech."""

import json
import random
import wave
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from fakes_voice import HOUSE

from assistant.ports import FRAME_BYTES, FRAME_SECONDS, SAMPLE_RATE, Vocabulary
from assistant.voice import pcm
from assistant.voice.called import Caller, Count, Word, cutoff_for, uncounted
from assistant.voice.engines.espeak import EspeakVoice
from assistant.voice.engines.micro_wakeword import MicroWakeWordDetector
from assistant.voice.engines.silero import SileroDetector
from assistant.voice.engines.sphinx import SphinxTranscriber
from assistant.voice.manner import REQUEST_LIMITS
from assistant.voice.pronounce import arpabet
from assistant.voice.segment import FINAL, Segmenter, Verdict
from config.wake import WakeWordName

Samples = np.ndarray[tuple[int], np.dtype[np.float64]]

FIXTURES = Path(__file__).resolve().parent.parent.parent / "shared" / "fixtures"
PHRASES: tuple[WakeWordName, ...] = ("okay_nabu", "hey_jarvis", "alexa", "hey_mycroft")
VOICES = ("en-us", "en-us+m3", "en-us+f2", "en", "en+m7", "en-us+f4", "en-gb-scotland", "en-gb-x-rp")
ALIKE = (
    *("okay now", "okay maybe", "okay google", "okay never mind", "oh canada", "okay to do it", "okay boom"),
    *("a lexus", "alexis", "the election", "electric", "hey jack", "hey jarred", "hey marvin"),
    *("hey my car", "hey my craft", "hey microwave", "hey minecraft"),
)
"""What sounds like one of the words; detectors take some of it for that."""
WORDS = tuple(phrase.replace("_", " ") for phrase in PHRASES)
_FRAMED = (
    *("and then they said {} to all of us", "he said: {}, and left", "well, {}, that was it"),
    *("that was all. {}, he said", "that was all. {}! what a day"),
)
_LOUD = 8000.0


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE))


def in_room(samples: Samples, chance: np.random.Generator) -> bytes:
    """With the faint noise that every room has, in whole frames."""
    sound = samples + chance.normal(0, 10, samples.size)
    data = np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes()
    return data[: len(data) // FRAME_BYTES * FRAME_BYTES]


@cache
def _voice(name: str) -> EspeakVoice:
    return EspeakVoice(name)


def said(text: str, voice: str) -> Samples:
    sound = b"".join(pcm.at_rate(piece, SAMPLE_RATE).pcm for piece in _voice(voice).synthesize(text))
    return np.frombuffer(sound, dtype="<i2").astype(np.float64)


def recording(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)


def recorded_calls() -> Iterator[tuple[WakeWordName, str, Samples]]:
    """Phrase, file, and the word alone, equally loud each time."""
    folder = FIXTURES / "speech" / "wake"
    for entry in json.loads((folder / "index.json").read_text()):
        phrase = (entry["phrase"] or "").replace(" ", "_")
        if phrase in PHRASES:
            samples = recording(folder / entry["file"])
            loud = np.flatnonzero(np.abs(samples) > 300)
            word = samples[max(0, loud[0] - 800) : loud[-1] + 800]
            yield phrase, entry["file"], word * (_LOUD / np.abs(word).max())


def recorded_others() -> Iterator[tuple[str, Samples]]:
    """Commands without a wake word, and words that are none of ours."""
    folder = FIXTURES / "speech"
    for entry in json.loads((folder / "wake" / "index.json").read_text()):
        if (entry["phrase"] or "").replace(" ", "_") not in PHRASES:
            yield entry["file"], recording(folder / "wake" / entry["file"])
    for path in sorted((folder / "tts").glob("*.wav")):
        yield path.name, recording(path)


def ordinary_sentences() -> list[str]:
    text = FIXTURES / "text"
    home = [json.loads(line)["sentence"] for line in (text / "slurp_devel_home.jsonl").read_text().splitlines()]
    return home + (text / "slurp_devel_other.txt").read_text().splitlines()


def television(
    sentences: Sequence[str], chance: random.Random, *, seconds: float, words: Sequence[str] = (), share: float = 0.2
) -> Samples:
    """Speech that runs on, now and then by somebody else. In that share of sentences one of `words` is said."""
    pieces: list[Samples] = []
    length, voice = 0.0, chance.choice(VOICES)
    while length < seconds:
        text = chance.choice(sentences)
        if words and chance.random() < share:
            text = f"{text}. {chance.choice(_FRAMED).format(chance.choice(words))}"
        piece = said(text, voice)
        pieces.append(piece * (_LOUD / max(1.0, np.abs(piece).max())))
        length += piece.size / SAMPLE_RATE
        voice = voice if chance.random() > 0.1 else chance.choice(VOICES)
    return np.concatenate(pieces)


def over(word: Samples, running: Samples, at_seconds: float, louder_db: float) -> Samples:
    """A word over speech that runs on, the word louder by that at their peaks."""
    mixed = running * 10 ** (-louder_db / 20)
    at = round(at_seconds * SAMPLE_RATE)
    mixed[at : at + word.size] += word[: mixed.size - at]
    return mixed


class Understanding:
    """What a request would be taken for that begins now: the embedded recogniser with the grammar of a small house."""

    def __init__(self) -> None:
        words = EspeakVoice("en-us")
        self._transcriber = SphinxTranscriber(lambda word: arpabet(words.phonemes(word)))
        self._detector = SileroDetector()

    def of(self, sound: bytes) -> str:
        """Empty where it fits nothing."""
        segmenter = Segmenter(REQUEST_LIMITS)
        self._detector.reset()
        self._transcriber.begin(Vocabulary(jsgf=HOUSE))
        for at in range(0, len(sound), FRAME_BYTES):
            frame = sound[at : at + FRAME_BYTES]
            self._transcriber.feed(frame)
            if segmenter.feed(FRAME_SECONDS, self._detector.probability(frame)) in FINAL:
                break
        return self._transcriber.finish().text if segmenter.verdict is not Verdict.NOTHING else ""


def caller(*phrases: WakeWordName, sensitivity: float = 0.5, check: bool = True, count: Count = uncounted) -> Caller:
    detector = MicroWakeWordDetector(*phrases)
    words = [
        Word(name=phrase, cutoff=cutoff_for(shipped, sensitivity))
        for phrase, shipped in zip(phrases, detector.cutoffs, strict=True)
    ]
    return Caller(detector, words, speech=SileroDetector() if check else None, count=count)


def heard(one: Caller, sound: bytes) -> list[int]:
    """Where in it somebody called, in bytes."""
    return [at for at in range(0, len(sound), FRAME_BYTES) if one.heard(sound[at : at + FRAME_BYTES])]
