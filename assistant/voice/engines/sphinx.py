"""The embedded transcriber: PocketSphinx with a grammar, and a second decoder that tells what fits none.

English only; understands the sentences of the grammar and nothing else. Plain dictation with it is unusable.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assistant.ports import FRAME_SAMPLES, SAMPLE_RATE, Said, Transcript, UnusableVocabulary, Vocabulary
from assistant.voice.engines.sphinx_judging import Decoded, Piece, Stake, judged
from assistant.voice.engines.sphinx_process import SphinxProcess, SphinxRefused, SphinxStopped
from assistant.voice.grammar_graph import GrammarGraph

log = logging.getLogger(__name__)

_GATE = -20.0
"""How much worse the grammar explains the speech than any phones in any order do, per 20 ms of speech, in units of the
library's log base; benchmarks/recogniser.py tells what comes of another one."""
_KEPT_GRAMMARS = 8
_NOISE = 40.0
_TAIL_SAMPLES = round(0.1 * SAMPLE_RATE)

# Perfect digital silence upsets the normalisation that the model was trained with.
_ROUGHNESS = np.random.default_rng(0).normal(0.0, _NOISE, 16 * FRAME_SAMPLES).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grammar:
    name: str
    """Under which the decoder knows it."""
    graph: GrammarGraph


class SphinxTranscriber:
    """Decodes while the speech arrives, in a process of its own, which is started anew should it ever end.

    `pronounce` turns a word into ARPAbet phones, or nothing. Raises EngineMissing. Not thread-safe.
    """

    def __init__(self, pronounce: Callable[[str], str], *, gate: float = _GATE) -> None:
        self._pronounce = pronounce
        self._gate = gate
        self._process = SphinxProcess()
        self._stopped = False
        self._refusals: frozenset[str] = frozenset()
        self._grammars: OrderedDict[str, _Grammar] = OrderedDict()
        self._compiled = 0
        self._last = np.zeros(0, dtype=np.float32)
        self._decoded: Transcript | None = None

    @property
    def pid(self) -> int:
        """Of the process that decodes."""
        return self._process.pid

    def begin(self, vocabulary: Vocabulary) -> None:
        self._refusals = vocabulary.refusals
        try:
            self._begin(vocabulary.jsgf)
        except SphinxStopped as error:
            self._note(error)
        if self._stopped:
            self._start_anew(vocabulary.jsgf)
        self._last = self._last[:0]
        self._decoded = None

    def listens_for(self, text: str) -> bool:
        """Whether the grammar of the utterance that was begun last has this sentence."""
        return self._grammar.graph.is_whole(text.split())

    def feed(self, frame: bytes) -> None:
        sound = np.frombuffer(frame, dtype="<i2") + np.resize(_ROUGHNESS, len(frame) // 2)
        self._last = np.concatenate([self._last, sound])[-_TAIL_SAMPLES:]
        self._decoded = None
        try:
            self._process.tell("feed", _pcm(sound))
        except SphinxStopped as error:
            self._note(error)

    def pause(self) -> Said:
        if self._decoded is None:
            self._decoded = self._decode()
        words, graph = self._decoded.text.split(), self._grammar.graph
        if not words:
            return Said.PART
        return Said.SETTLED if graph.is_settled(words) else Said.WHOLE

    def finish(self) -> Transcript:
        self.pause()
        return self._decoded or Transcript(text="")

    def _begin(self, jsgf: str) -> None:
        self._grammar = self._activated(jsgf)
        self._process.ask("begin", self._grammar.name)

    def _note(self, error: SphinxStopped) -> None:
        if not self._stopped:
            log.warning("the recogniser has stopped and is started again for what is said next: %s", error)
        self._stopped = True

    def _start_anew(self, jsgf: str) -> None:
        self._grammars.clear()
        self._process = SphinxProcess()
        self._stopped = False
        try:
            self._begin(jsgf)
        except SphinxStopped as error:
            self._stopped = True
            raise UnusableVocabulary(f"the recogniser does not survive the grammar: {error}") from error

    def _decode(self) -> Transcript:
        if self._stopped:
            return Transcript(text="", rejected=True)
        if not self._last.size:
            return Transcript(text="")
        # Without a clear end the beginning of another sentence can score better than a whole one.
        tail = _pcm(np.concatenate([self._last[::-1], self._last]))
        try:
            words, phones = map(_decoded, self._process.ask("pause", tail))
        except (SphinxStopped, SphinxRefused) as error:
            self._note(error if isinstance(error, SphinxStopped) else SphinxStopped(str(error)))
            return Transcript(text="", rejected=True)
        return self._judged(words, phones)

    def _judged(self, words: Decoded, phones: Decoded) -> Transcript:
        # The library also returns the beginning of a sentence when the sound ended in its midst.
        if not words.pieces or not phones.pieces or not self._grammar.graph.is_whole(words.text.split()):
            return Transcript(text="", rejected=True)
        judgement = judged(words, phones)
        fits = judgement.holds(self._gate, self._stake(words.text))
        # Without what was said: it may be a PIN, and what is none is logged by the turn.
        log.debug("%s, %s", "fits" if fits else "rejected", judgement)
        return Transcript(text=words.text) if fits else Transcript(text="", rejected=True)

    def _stake(self, text: str) -> Stake:
        if not self._refusals:
            return Stake.ORDINARY
        return Stake.REFUSAL if text in self._refusals else Stake.CONSENT

    def _activated(self, jsgf: str) -> _Grammar:
        if jsgf not in self._grammars:
            self._grammars[jsgf] = self._compile(jsgf)
        self._grammars.move_to_end(jsgf)
        if len(self._grammars) > _KEPT_GRAMMARS:
            _, oldest = self._grammars.popitem(last=False)
            self._process.ask("drop", oldest.name)
        return self._grammars[jsgf]

    def _compile(self, jsgf: str) -> _Grammar:
        try:
            graph = GrammarGraph.read(self._process.ask("parsed", jsgf))
        except SphinxRefused as error:
            raise UnusableVocabulary(f"the grammar is not valid JSGF: {error}") from error
        for word in self._process.ask("learn", graph.vocabulary):
            self._learn(word)
        self._compiled += 1
        grammar = _Grammar(name=f"grammar-{self._compiled}", graph=graph)
        self._process.ask("build", grammar.name, graph.start, *graph.transitions())
        return grammar

    def _learn(self, word: str) -> None:
        phones = self._pronounce(word)
        if not phones:
            raise UnusableVocabulary(f"the grammar holds {word!r}, which cannot be pronounced")
        try:
            self._process.ask("pronounce", word, phones)
        except SphinxRefused as error:
            raise UnusableVocabulary(f"the grammar holds {word!r}, which cannot be pronounced ({phones})") from error


def _decoded(told: tuple[str, float, list[tuple[int, int, float, int]]]) -> Decoded:
    """From what the process tells."""
    text, likely, pieces = told
    return Decoded(
        text=text,
        likely=likely,
        pieces=tuple(Piece(begin=begin, end=end, likely=one, phones=phones) for begin, end, one, phones in pieces),
    )


def _pcm(samples: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> bytes:
    return np.clip(np.round(samples), -32768, 32767).astype("<i2").tobytes()
