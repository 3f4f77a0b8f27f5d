"""Whether what PocketSphinx heard is to be believed: how well the words explain the sound beside any phones. Pure.

A sentence that fits as a whole may hold a word that does not: what stands in for another name, or swallows one that
the grammar has not. So it is looked at piece by piece too. Likelihoods are the library's logarithms, frames 10 ms.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np

_ENTRY = 500.0
"""Entering the grammar costs something once, which weighs on a short "no" and not on a sentence."""
_COVERED = 0.75
"""The share of the speech that the words of the sentence account for: the decoder may call the rest a noise."""
_STRETCH_FRAMES = 30
_WORST_STRETCH = -50.0
"""Of how much worse the words explain a frame than phones do, over a third of a second."""
_SHORT_FRAMES = 60
"""Of little speech there is less to tell by: "don't" would be a "do it" and "years" a "yeah"."""
_WORD_FRAMES, _PHONE_FRAMES = 20, 11
"""So long a word may last at most, once and for each of its phones: who speaks slowly takes half. Another word that the
grammar has not is in what is longer. The last one of a sentence is drawn out by anybody."""


class Stake(Enum):
    """What hangs on a few words, as how much worse than phones they may explain a third of a second."""

    ORDINARY = -20.5
    CONSENT = -18.0
    REFUSAL = _WORST_STRETCH
    """After a no nothing happens, whatever was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A word, a phone or a silence: from its first frame to the one after it."""

    begin: int
    end: int
    likely: float
    phones: int
    """0 for silence and noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What one decoder made of an utterance."""

    text: str
    likely: float
    pieces: tuple[Piece, ...]

    @property
    def spoken(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.phones]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How well words fit the sound."""

    frames: int
    """Of speech."""
    fit: float
    """Of all of it, for each 20 ms of speech."""
    worst: float
    """Of the worst third of a second, for each frame."""
    covered: float
    """The share of the speech that words account for."""
    dragged: bool
    """Whether a word lasts longer than anybody draws it out."""

    def holds(self, gate: float, stake: Stake = Stake.ORDINARY) -> bool:
        worst = stake.value if self.frames < _SHORT_FRAMES else _WORST_STRETCH
        return self.fit > gate and self.worst > worst and self.covered >= _COVERED and not self.dragged


def judged(words: Decoded, phones: Decoded) -> Judgement:
    """Both of the same sound, of which both heard something."""
    frames = max(1, _frames(phones.spoken))
    return Judgement(
        frames=frames,
        fit=(words.likely - phones.likely + _ENTRY) / frames * 2,
        worst=_worst(words, phones),
        covered=_frames(words.spoken) / frames,
        dragged=any(_is_dragged(piece) for piece in words.spoken[:-1]),
    )


def _frames(pieces: Iterable[Piece]) -> int:
    return sum(piece.end - piece.begin for piece in pieces)


def _is_dragged(word: Piece) -> bool:
    return word.end - word.begin > _WORD_FRAMES + _PHONE_FRAMES * word.phones


def _worst(words: Decoded, phones: Decoded) -> float:
    length = max(_STRETCH_FRAMES, *(piece.end for piece in (*words.pieces, *phones.pieces)))
    worse = np.zeros(length)
    for sign, decoded in ((1, words), (-1, phones)):
        for piece in decoded.pieces:
            worse[piece.begin : piece.end] += sign * piece.likely / (piece.end - piece.begin)
    return float(np.convolve(worse, np.ones(_STRETCH_FRAMES) / _STRETCH_FRAMES, "valid").min())
