"""Whether a wake word was a call: a second look at what was heard around it, before anybody is listened to.

A detector hears the word wherever it is said, in a television's speech too. Whoever calls either pauses before it or is
louder than what runs on meanwhile; speech that runs for seconds and straight into the word, just as loud, is no call.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from assistant.ports import FRAME_SECONDS, SpeechDetector
from assistant.voice.pcm import level
from assistant.voice.wake import Opening

_WORD_FRAMES = round(1.1 / FRAME_SECONDS)
"""The word itself and the time that a detector takes to find it."""
_BEFORE_FRAMES = round(3.0 / FRAME_SECONDS)
_PAUSE_FROM_FRAMES, _PAUSE_TO_FRAMES = round(1.75 / FRAME_SECONDS), round(0.6 / FRAME_SECONDS)
"""Before the moment of the find: where the pause lies that somebody makes before they call."""
_SPEECH = 0.5
_RUNNING_SHARE = 0.5
_PAUSE_SECONDS = 0.25
_LOUDER_DB = 4.0
_NEAR = 0.5
_LEAST_CUTOFF, _MOST_CUTOFF = 0.5, 0.995


class Outcome(StrEnum):
    """What became of a word that was, or almost was, found."""

    CALL = "call"
    DOUBTFUL = "doubtful"
    """It came right after speech: a call, but what follows may be more of that."""
    MID_SPEECH = "mid_speech"
    COOLDOWN = "cooldown"
    NEAR_MISS = "near_miss"


Count = Callable[[str, Outcome, int], None]
"""Gets the word, what became of it, and how often since the last time: 0 once for each there may be."""


def uncounted(_word: str, _outcome: Outcome, _by: int) -> None: ...


class WakeWords(Protocol):
    """An engine that finds words."""

    def probabilities(self, frame: bytes) -> Sequence[float]:
        """Of each word, 0..1; frames must come in order."""
        ...

    def reset(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    name: str
    cutoff: float
    """Above this probability it was said."""
    pre_roll_seconds: float = 0.45
    cooldown_seconds: float = 1.0


def cutoff_for(shipped: float, sensitivity: float) -> float:
    """Of a word whose makers recommend `shipped`. `sensitivity` 0..1; 0.5 leaves it as it is."""
    end = _LEAST_CUTOFF if sensitivity > 0.5 else _MOST_CUTOFF
    return shipped + (end - shipped) * abs(sensitivity - 0.5) * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What was heard before a word."""

    speech_share: float
    """0..1 of the three seconds before it."""
    pause_seconds: float
    """The longest silence right before it."""
    louder_db: float
    """By how much the word is louder than that speech; infinite where there was none."""


def surroundings(frames: Sequence[bytes], probabilities: Sequence[float]) -> Surroundings:
    """`frames` end where the word was found; `probabilities` of speech, one for each."""
    speech = [probability >= _SPEECH for probability in probabilities]
    levels = np.array([level(frame) for frame in frames])
    before = np.array(speech[:-_WORD_FRAMES], dtype=bool)
    word, running = levels[-_WORD_FRAMES:], levels[:-_WORD_FRAMES][before]
    return Surroundings(
        speech_share=float(before.sum()) / _BEFORE_FRAMES,
        pause_seconds=_longest_pause(speech[-_PAUSE_FROM_FRAMES:-_PAUSE_TO_FRAMES]) * FRAME_SECONDS,
        louder_db=_decibels(word) - _decibels(running) if running.size else float("inf"),
    )


def _longest_pause(speech: Sequence[bool]) -> int:
    longest = run = 0
    for speaks in speech:
        run = 0 if speaks else run + 1
        longest = max(longest, run)
    return longest


def _decibels(levels: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    """Of the louder part: the syllables, not the gaps between them."""
    return 20 * float(np.log10(max(np.quantile(levels, 0.8), 1e-5)))


def judged(around: Surroundings) -> Outcome:
    if around.speech_share < _RUNNING_SHARE or around.louder_db >= _LOUDER_DB:
        return Outcome.CALL
    return Outcome.DOUBTFUL if around.pause_seconds >= _PAUSE_SECONDS else Outcome.MID_SPEECH


class Caller:
    """A wake word that is looked at a second time. `speech` None: every word that is found is a call.

    Fed frame by frame; the second look takes some 15 ms.
    """

    def __init__(
        self,
        detector: WakeWords,
        words: Sequence[Word],
        *,
        speech: SpeechDetector | None,
        opening: Opening | None = None,
        count: Count = uncounted,
    ) -> None:
        self._detector = detector
        self._words = tuple(words)
        self._speech = speech
        self._opening = opening
        self._count = count
        self._past: deque[bytes] = deque(maxlen=_BEFORE_FRAMES + _WORD_FRAMES)
        self._now = 0.0
        self._called_at = {word.name: -word.cooldown_seconds for word in words}
        self._looked_at: set[str] = set()
        self._near: set[str] = set()
        self._doubtful = False
        for word in words:
            for outcome in Outcome:
                count(word.name, outcome, 0)

    @property
    def doubtful(self) -> bool:
        """Whether the last call came right after speech that was as loud."""
        return self._doubtful

    def heard(self, frame: bytes, *, amid: bool = False) -> bool:
        """`amid` its own voice no second look is taken."""
        self._past.append(frame)
        self._now += FRAME_SECONDS
        found = zip(self._words, self._detector.probabilities(frame), strict=True)
        # Each is looked at, even after a hit: they remember what they were near to.
        calls = [self._is_call(word, probability, amid) for word, probability in found]
        return any(calls)

    def reset(self) -> None:
        """What follows has nothing to do with what was heard so far."""
        self._detector.reset()
        self._past.clear()
        self._looked_at.clear()
        self._near.clear()

    def _is_call(self, word: Word, probability: float, amid: bool) -> bool:
        if probability > word.cutoff:
            self._near.discard(word.name)
            # It stays above for a while; that is one word, looked at once.
            if word.name in self._looked_at:
                return False
            self._looked_at.add(word.name)
            return self._take(word, amid)
        if probability >= _NEAR:
            self._near |= {word.name} - self._looked_at
        else:
            if word.name in self._near:
                self._count(word.name, Outcome.NEAR_MISS, 1)
            self._near.discard(word.name)
            self._looked_at.discard(word.name)
        return False

    def _take(self, word: Word, amid: bool) -> bool:
        outcome = Outcome.COOLDOWN
        if self._now - self._called_at[word.name] >= word.cooldown_seconds:
            outcome = Outcome.CALL if amid else self._second_look()
        self._count(word.name, outcome, 1)
        if outcome not in (Outcome.CALL, Outcome.DOUBTFUL):
            return False
        self._called_at[word.name] = self._now
        self._doubtful = outcome is Outcome.DOUBTFUL
        if self._opening is not None:
            self._opening.look_back_seconds = word.pre_roll_seconds
        return True

    def _second_look(self) -> Outcome:
        if self._speech is None:
            return Outcome.CALL
        self._speech.reset()
        frames = list(self._past)
        return judged(surroundings(frames, [self._speech.probability(frame) for frame in frames]))
