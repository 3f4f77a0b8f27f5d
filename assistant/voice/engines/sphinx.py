"""The embedded transcriber: PocketSphinx with a grammar, and a second decoder that tells what fits none.

English only; understands the sentences of the grammar and nothing else. Plain dictation with it is unusable.
"""

import logging
import math
import re
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.ports import SAMPLE_RATE, Transcript, UnusableVocabulary, Vocabulary
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.grammar_graph import GrammarGraph

if TYPE_CHECKING:
    import pocketsphinx

log = logging.getLogger(__name__)

# How much worse the grammar explains the speech than any phones in any order do, per 20 ms of speech, in units of the
# library's log base. Of seven synthetic voices, sentences of a house lie around -12 (lowest -51), others below -71.
_GATE = -50.0
# Entering the grammar costs something once, which weighs on a short "no" and not on a sentence.
_ENTRY = 500.0
# The share of the speech that the words of the sentence account for: the decoder may call the rest a noise.
_COVERED = 0.7
_LOG_BASE = math.log(1.0001)
_GATE_FRAMES = 2
_KEPT_GRAMMARS = 8
_NOISE = 10.0
_TAIL_SAMPLES = round(0.15 * SAMPLE_RATE)

_FILLERS = ("<", "[", "+", "SIL", "(")

_NOT_WORDS = re.compile(
    r"//[^\n]*|/\*.*?\*/"  # comments
    r"|#JSGF[^;]*;|\bgrammar\s[^;]*;|\bimport\s[^;]*;|\bpublic\b"  # header and keywords
    r"|<[^>]*>|\{[^}]*\}|/[\d.]+/",  # rule names, tags, weights
    re.DOTALL,
)
_WORD = re.compile(r"[^\s=|()\[\]*+;\"]+")


def words_of(jsgf: str) -> set[str]:
    """Every word that the grammar can produce."""
    return set(_WORD.findall(_NOT_WORDS.sub(" ", jsgf)))


def _decoder(**options: object) -> "pocketsphinx.Decoder":
    try:
        import pocketsphinx  # heavy: 30 MB of acoustic model
    except ImportError as error:
        raise EngineMissing("The embedded transcriber is missing: pip install pocketsphinx") from error
    try:
        # The library writes a page about every utterance unless it is told not to.
        return pocketsphinx.Decoder(loglevel="FATAL", logfn="/dev/null", compallsen=True, cmn="batch", **options)
    except (RuntimeError, ValueError) as error:
        raise EngineMissing(
            f"PocketSphinx cannot load its model ({error}): pip install --force-reinstall pocketsphinx"
        ) from error


def _prepared(sound: bytes) -> bytes:
    """The sound with what the model was trained on: a little noise, and enough quiet after the last word.

    Perfect digital silence upsets its normalisation, and without a clear end the beginning of another sentence can
    score better than a whole one.
    """
    samples = np.frombuffer(sound, dtype="<i2")
    tail = samples[-_TAIL_SAMPLES:]
    whole = np.concatenate([samples, tail[::-1], tail]).astype(np.float32)
    whole += np.random.default_rng(0).normal(0.0, _NOISE, whole.size)
    return np.clip(np.round(whole), -32768, 32767).astype("<i2").tobytes()


def _heard(decoder: "pocketsphinx.Decoder", sound: bytes) -> tuple["pocketsphinx.Hypothesis | None", int]:
    """What the decoder made of the sound, and how many of its frames (10 ms) are neither silence nor noise."""
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()
    best = decoder.hyp()
    pieces = () if best is None else decoder.seg()
    spoken = (piece for piece in pieces if not piece.word.startswith(_FILLERS))
    return best, sum(piece.end_frame - piece.start_frame + 1 for piece in spoken)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grammar:
    name: str
    """Under which the decoder knows it."""
    model: "pocketsphinx.FsgModel"
    """To check sentences with."""
    graph: GrammarGraph
    """To know what can follow."""


def _graph(model: "pocketsphinx.FsgModel") -> GrammarGraph:
    """The library gives its automaton to nobody but a file."""
    with tempfile.NamedTemporaryFile("r", suffix=".fsg") as file:
        model.writefile(file.name)
        return GrammarGraph.read(file.read())


def _phone_model() -> str:
    from pocketsphinx import get_model_path

    return str(Path(get_model_path("en-us/en-us-phone.lm.bin")))


class SphinxTranscriber:
    """Decodes when the speaker pauses. `pronounce` turns a word into ARPAbet phones, or nothing. Raises EngineMissing.

    Takes a tenth of the time that the utterance lasted. Not thread-safe.
    """

    def __init__(self, pronounce: Callable[[str], str], *, gate: float = _GATE) -> None:
        self._pronounce = pronounce
        self._gate = gate
        self._sentences = _decoder(lm=None)
        self._phones = _decoder(lm=None, allphone=_phone_model(), lw=2.0, beam=1e-20, pbeam=1e-20)
        self._grammars: OrderedDict[str, _Grammar] = OrderedDict()
        self._compiled = 0
        self._sound = bytearray()
        self._decoded: Transcript | None = None

    def begin(self, vocabulary: Vocabulary) -> None:
        self._grammar = self._activated(vocabulary.jsgf)
        self._sentences.activate_search(self._grammar.name)
        self._sound.clear()
        self._decoded = None

    def feed(self, frame: bytes) -> None:
        self._sound += frame
        self._decoded = None

    def pause(self) -> bool:
        if self._decoded is None:
            self._decoded = self._decode(bytes(self._sound))
        return bool(self._decoded.text) and self._grammar.graph.is_settled(self._decoded.text.split())

    def finish(self) -> Transcript:
        self.pause()
        return self._decoded or Transcript(text="")

    def _decode(self, sound: bytes) -> Transcript:
        """The whole utterance at once: then its loudness and the microphone's colour are known from its first word.

        Decoding while it arrives has to assume those of the utterance before, and lost a third of first sentences.
        """
        if not sound:
            return Transcript(text="")
        sound = _prepared(sound)
        best, words = _heard(self._sentences, sound)
        anything, phones = _heard(self._phones, sound)
        if best is None or anything is None or not best.hypstr:
            return Transcript(text="", rejected=True)
        text = str(best.hypstr)
        worse = (math.log(best.best_score) - math.log(anything.best_score)) / _LOG_BASE
        fit = (worse + _ENTRY) / max(1, phones) * _GATE_FRAMES
        # The library also returns the beginning of a sentence when the sound ended in its midst.
        fits = bool(self._grammar.model.accept(text)) and fit > self._gate and words >= _COVERED * phones
        # Without what was said: it may be a PIN, and what is none is logged by the turn.
        log.debug("%s, fit %.1f, covers %d of %d", "fits" if fits else "rejected", fit, words, phones)
        return Transcript(text=text) if fits else Transcript(text="", rejected=True)

    def _activated(self, jsgf: str) -> "_Grammar":
        if jsgf in self._grammars:
            self._grammars.move_to_end(jsgf)
            return self._grammars[jsgf]
        model = self._compile(jsgf)
        self._compiled += 1
        grammar = _Grammar(name=f"grammar-{self._compiled}", model=model, graph=_graph(model))
        self._sentences.add_jsgf_string(grammar.name, jsgf)
        self._grammars[jsgf] = grammar
        if len(self._grammars) > _KEPT_GRAMMARS:
            _, oldest = self._grammars.popitem(last=False)
            self._sentences.remove_search(oldest.name)
        return grammar

    def _compile(self, jsgf: str) -> "pocketsphinx.FsgModel":
        try:
            grammar = self._sentences.parse_jsgf(jsgf)
        except (ValueError, RuntimeError) as error:
            raise UnusableVocabulary(f"the grammar is not valid JSGF: {error}") from error
        for word in sorted(words_of(jsgf)):
            if self._sentences.lookup_word(word) is None:
                self._learn(word)
        return grammar

    def _learn(self, word: str) -> None:
        phones = self._pronounce(word)
        if not phones:
            raise UnusableVocabulary(f"the grammar holds {word!r}, which cannot be pronounced")
        try:
            self._sentences.add_word(word, phones, False)
        except RuntimeError as error:
            raise UnusableVocabulary(f"the grammar holds {word!r}, which cannot be pronounced ({phones})") from error
