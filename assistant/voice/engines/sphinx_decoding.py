"""The process in which PocketSphinx works: commands come in through a pipe, answers go out; it ends with the pipe.

Run as a file in a Python of its own, and imports nothing of the assistant, which would cost it more memory than the
decoding does. It is apart because PocketSphinx lets nothing else in its process run while it decodes.
"""

import math
import signal
import sys
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pocketsphinx

_SECONDS = 2 * 16_000
"""Bytes of sound in one."""
_FIRST = 1 * _SECONDS
"""So much is needed to know the mean of the cepstrum, which is how loud somebody is and how the microphone colours it.
Assuming that of the speaker before lost a third of first sentences; waiting for the end would make everybody wait."""
_PRIOR_FRAMES = 500
"""As so many frames a mean that is given counts when the library updates it."""
_WINDOW, _STEP = 410, 160
"""Samples of a frame, and from one to the next."""
_COEFFICIENTS = 13
_LOG_BASE = math.log(1.0001)
_IN_PASSING = {"off": ("AH F",)}
"""How a word is said where it bears no stress, as in "turn off the lights"."""
_FILLERS = ("<", "[", "+", "SIL", "(")

Piece = tuple[int, int, float, int]
"""Its first frame of 10 ms and the first one after it, how likely it is as the library's logarithm, and how many phones
it has; silence and noise have none."""
Decoded = tuple[str, float, list[Piece]]
"""Words or phones, how likely they are as the library's logarithm, and their pieces."""


class Decoding:
    """Hears one utterance at a time, with a grammar and, beside it, with any phones in any order."""

    def __init__(self, dictionary: Path) -> None:
        """`dictionary` is any with a word in it: that of the library, all in memory, would be half of the process."""
        # The library writes a page about every utterance unless it is told not to. Scores can be compared only where
        # both compute all senones.
        quiet = {"loglevel": "FATAL", "logfn": "/dev/null"}
        # Three Gaussians of each mixture: with two fewer sentences are understood, four cost a tenth more.
        common = {**quiet, "compallsen": True, "topn": 3, "dict": str(dictionary)}
        phones = pocketsphinx.get_model_path("en-us/en-us-phone.lm.bin")
        # All sentences are as likely, so nothing of a language is to be weighed; silence between words costs less then.
        # The best path of its lattice, which costs as much as the decoding of half a second, often ends in the midst of
        # a sentence though a whole one was found.
        self._sentences = pocketsphinx.Decoder(lm=None, lw=1.0, wip=1.0, bestpath=False, **common)
        self._phones = pocketsphinx.Decoder(lm=None, allphone=phones, lw=2.0, beam=1e-12, pbeam=1e-12, **common)
        self._sound = bytearray()
        self._under_way = False
        # Only by getting a piece of an utterance does the library turn from the mean of whole ones to that of before.
        self._phones.start_utt()
        self._phones.process_raw(bytes(_SECONDS))
        self._phones.end_utt()

    def parsed(self, jsgf: str) -> str:
        """The grammar as an automaton, in the library's text form."""
        model = self._sentences.parse_jsgf(jsgf)
        # The library gives its automaton to nobody but a file.
        with NamedTemporaryFile("r", suffix=".fsg") as file:
            model.writefile(file.name)
            return file.read()

    def learn(self, words: Iterable[str]) -> list[str]:
        """Looks up how they are pronounced; those that no dictionary has come back."""
        missing = {word for word in words if self._sentences.lookup_word(word) is None}
        if not missing:
            return []
        found: defaultdict[str, list[str]] = defaultdict(list)
        with Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).open(encoding="utf-8") as dictionary:
            for line in dictionary:
                spelling, _, phones = line.rstrip().partition(" ")
                word = spelling.partition("(")[0]
                if word in missing:
                    found[word].append(phones)
        for word, known in found.items():
            self.pronounce(word, *known)
        return sorted(missing.difference(found))

    def pronounce(self, word: str, *known: str) -> None:
        """Each as phones with blanks between them; how others say it is added."""
        several = dict.fromkeys([*known, *map(_as_merged, known), *_IN_PASSING.get(word, ())])
        for number, phones in enumerate(several, 1):
            self._sentences.add_word(word if number == 1 else f"{word}({number})", phones, False)

    def build(self, name: str, start: int, final: int, transitions: list[tuple[Any, ...]]) -> None:
        self._sentences.add_fsg(name, self._sentences.create_fsg(name, start, final, transitions))

    def drop(self, name: str) -> None:
        self._sentences.remove_search(name)

    def begin(self, name: str) -> None:
        self._end()
        self._sound.clear()
        self._sentences.activate_search(name)

    def feed(self, sound: bytes) -> None:
        self._sound += sound
        if self._under_way:
            self._process(sound)
        elif len(self._sound) >= _FIRST:
            self._start()

    def pause(self, tail: bytes) -> tuple[Decoded, Decoded]:
        """What was said so far, in words and in phones; `tail` is the silence after it.

        If more comes, all of it is decoded anew: the library cannot go on once it has looked for the last word.
        """
        if self._under_way:
            self._process(tail)
        else:
            self._sound += tail
            self._start()
        self._end()
        return _heard(self._sentences), _heard(self._phones)

    def _start(self) -> None:
        mean = self._mean(bytes(self._sound))
        for decoder in (self._sentences, self._phones):
            decoder.set_cmn(mean)
            decoder.start_stream()
            decoder.start_utt()
        self._under_way = True
        self._process(bytes(self._sound))

    def _process(self, sound: bytes) -> None:
        for decoder in (self._sentences, self._phones):
            decoder.process_raw(sound)

    def _end(self) -> None:
        if self._under_way:
            self._sentences.end_utt()
            self._phones.end_utt()
        self._under_way = False

    def _mean(self, sound: bytes) -> str:
        """That of the sound's cepstrum. The library tells only what it made of one that it had before and of this."""
        self._phones.set_cmn(",".join(["0"] * _COEFFICIENTS))
        self._phones.start_stream()
        self._phones.start_utt()
        self._phones.process_raw(sound, no_search=True, full_utt=True)
        self._phones.end_utt()
        frames = max(1, (len(sound) // 2 - _WINDOW) // _STEP + 1)
        mixed = (float(number) for number in self._phones.get_cmn(False).split(","))
        return ",".join(f"{number * (_PRIOR_FRAMES + frames) / frames:g}" for number in mixed)


def _as_merged(phones: str) -> str:
    """As those say it to whom `cot` and `caught` are one word, as for half of America: else their `off` is an `on`."""
    several = phones.split()
    following = [*several[1:], ""]
    return " ".join("AA" if one == "AO" and then != "R" else one for one, then in zip(several, following, strict=True))


def _heard(decoder: pocketsphinx.Decoder) -> Decoded:
    best = decoder.hyp()
    if best is None or not best.hypstr or best.best_score <= 0:
        return "", 0.0, []
    pieces = [
        (piece.start_frame, piece.end_frame + 1, _logarithm(piece.ascore), _phones_in(decoder, piece.word))
        for piece in decoder.seg()
    ]
    return str(best.hypstr), _logarithm(best.best_score), pieces


def _phones_in(decoder: pocketsphinx.Decoder, word: str) -> int:
    """A phone is one."""
    return 0 if word.startswith(_FILLERS) else len((decoder.lookup_word(word) or word).split())


def _logarithm(likely: float) -> float:
    """Of the smallest number where it is nothing at all."""
    return math.log(max(likely, sys.float_info.min)) / _LOG_BASE


def _serve(connection: Connection, decoding: Decoding) -> None:
    """`feed` has no answer; all else has one: None and the result, or what is wrong and None."""
    while True:
        name, *arguments = connection.recv()
        if name == "feed":
            decoding.feed(*arguments)
            continue
        try:
            answer: tuple[str | None, Any] = (None, getattr(decoding, name)(*arguments))
        except (ValueError, RuntimeError) as error:
            answer = (str(error), None)
        connection.send(answer)


def main() -> None:
    # Whoever presses Ctrl-C, or closes the terminal, means the assistant, which closes the pipe.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with Connection(int(sys.argv[1])) as connection, suppress(EOFError, BrokenPipeError, ConnectionResetError):
        with NamedTemporaryFile("w", suffix=".dict") as dictionary:
            dictionary.write("a AH\n")
            dictionary.flush()
            try:
                decoding = Decoding(Path(dictionary.name))
            except (ValueError, RuntimeError) as error:
                connection.send((str(error), None))
                return
        connection.send((None, None))
        _serve(connection, decoding)


if __name__ == "__main__":
    main()
