"""When an utterance begins and ends: a pure core fed with chunks of time and the probability of speech in each."""

from dataclasses import dataclass
from enum import StrEnum

from assistant.ports import Said


class Verdict(StrEnum):
    """Where the utterance stands after a chunk; the last three are final."""

    WAITING = "waiting"
    SPEAKING = "speaking"
    ENDED = "ended"
    """Somebody spoke and has been silent for long enough."""
    NOTHING = "nothing"
    """Nobody began to speak in time."""
    TOO_LONG = "too_long"
    """Somebody spoke up to the limit; what there is should be used."""


FINAL = frozenset({Verdict.ENDED, Verdict.NOTHING, Verdict.TOO_LONG})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long things may take. Speech starts at `on` probability and lasts until it falls below `off`."""

    wait_seconds: float
    """How long to wait for the first word."""
    start_seconds: float
    """How much speech makes a beginning; shorter sounds are clicks and the tail of the wake word."""
    end_seconds: float
    """How much silence ends the utterance."""
    whole_seconds: float = 0.45
    """How much of it does where the utterance is known to be a sentence, though a longer one may begin so."""
    settled_seconds: float = 0.2
    """How much of it does where nothing can go on from there."""
    longest_seconds: float
    """The longest utterance, from its first word."""
    on: float = 0.5
    off: float = 0.35


class Segmenter:
    """Judges one utterance. Feed it until the verdict is final."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._verdict = Verdict.WAITING
        self._is_speech = False
        self._waited = 0.0
        self._begun = 0.0
        self._length = 0.0
        self._silence = 0.0
        self._said = Said.PART

    @property
    def verdict(self) -> Verdict:
        return self._verdict

    @property
    def silence_seconds(self) -> float:
        """Silence since the last speech: after ENDED, how long the person waited for the decision."""
        return self._silence

    def settle(self, said: Said) -> None:
        """How much was said so far, and so how much silence ends it; until somebody speaks on."""
        self._said = said

    def feed(self, chunk_seconds: float, probability: float) -> Verdict:
        if self._verdict in FINAL:
            return self._verdict
        self._is_speech = probability >= (self._limits.off if self._is_speech else self._limits.on)
        if self._verdict is Verdict.WAITING:
            self._verdict = self._begin(chunk_seconds)
        else:
            self._verdict = self._go_on(chunk_seconds)
        return self._verdict

    def _begin(self, chunk_seconds: float) -> Verdict:
        self._waited += chunk_seconds
        # A gap takes away only as much as it lasts: a word with a stop consonant in it must still add up.
        self._begun = max(0.0, self._begun + (chunk_seconds if self._is_speech else -chunk_seconds))
        if self._is_speech and self._begun >= self._limits.start_seconds:
            self._length = self._begun
            return Verdict.SPEAKING
        # Whoever has just begun is not cut off by the end of the wait.
        if self._waited >= self._limits.wait_seconds and not self._is_speech:
            return Verdict.NOTHING
        return Verdict.WAITING

    def _go_on(self, chunk_seconds: float) -> Verdict:
        self._length += chunk_seconds
        self._silence = 0.0 if self._is_speech else self._silence + chunk_seconds
        if self._is_speech:
            self._said = Said.PART
        if self._silence >= self._enough_seconds():
            return Verdict.ENDED
        if self._length >= self._limits.longest_seconds:
            return Verdict.TOO_LONG
        return Verdict.SPEAKING

    def _enough_seconds(self) -> float:
        """How much silence ends what was said so far."""
        limits = self._limits
        sooner = {Said.WHOLE: limits.whole_seconds, Said.SETTLED: limits.settled_seconds}
        return min(limits.end_seconds, sooner.get(self._said, limits.end_seconds))
