"""Hears a stop while something else sounds: a short word that is louder than what was there before it.

Armed only while the assistant speaks or rings. What is not clearly one of the words is nothing.
"""

import re
from collections import deque
from collections.abc import Sequence

from assistant.ports import FRAME_SECONDS, Transcriber, Vocabulary
from assistant.voice.pcm import level

_LOUDER = 1.3
"""Than the loudest of the last seconds, which is the assistant's own voice as the microphone hears it."""
_FAINTEST = 60 / 32768
"""RMS of full scale; what is fainter is the noise of the room."""
_SPEECH = 0.4
_REMEMBERED = round(2.0 / FRAME_SECONDS)
_LAG = round(0.5 / FRAME_SECONDS)
"""The word itself must not raise what it is measured by."""
_BEFORE = 6
"""Frames before it got loud: an s is faint."""
_QUIET = 8
_AFTER = 6
_SHORTEST, _LONGEST = _BEFORE + 3, round(1.45 / FRAME_SECONDS)
_NO_LETTER = re.compile(r"[^\w' ]+")


def stop_grammar(words: Sequence[str], others: Sequence[str]) -> Vocabulary:
    """`others` are short words that are not to be taken for one of the words."""
    said = " | ".join(dict.fromkeys([*words, *others]))
    return Vocabulary(jsgf=f"#JSGF V1.0;\ngrammar stop;\npublic <word> = {said};\n", names=tuple(words))


class StopWord:
    """Fed with the frames, one by one, on the thread of the engines; `begin` before the first of each time."""

    def __init__(self, transcriber: Transcriber, words: Sequence[str], others: Sequence[str] = ()) -> None:
        self._transcriber = transcriber
        self._words = frozenset(words)
        self._vocabulary = stop_grammar(words, others)
        self.begin()

    def begin(self) -> None:
        self._levels: deque[float] = deque(maxlen=_REMEMBERED)
        self._latest: deque[float] = deque(maxlen=_LAG)
        self._before: deque[bytes] = deque(maxlen=_BEFORE)
        self.spoken: list[bytes] = []
        """The frames of the word that is being said, or was said last."""
        self._is_loud = False
        self._threshold = 0.0
        self._quiet = 0

    def heard(self, frame: bytes, speech: float) -> bool:
        """Whether one of the words has ended a moment ago; `speech` is the probability 0..1 that this is any.

        Raises UnusableVocabulary where the transcriber cannot listen for such words.
        """
        now = level(frame)
        if self._is_loud:
            return self._go_on(frame, now)
        threshold = max(_FAINTEST, _LOUDER * max(self._levels, default=0.0))
        self._before.append(frame)
        if speech > _SPEECH and now > threshold:
            self.spoken, self._is_loud, self._threshold, self._quiet = list(self._before), True, threshold, 0
        else:
            self._remember(now)
        return False

    @property
    def is_loud(self) -> bool:
        """Whether somebody is in the middle of saying something."""
        return self._is_loud

    def _remember(self, now: float) -> None:
        self._latest.append(now)
        if len(self._latest) == self._latest.maxlen:
            self._levels.append(self._latest[0])

    def _go_on(self, frame: bytes, now: float) -> bool:
        self.spoken.append(frame)
        self._quiet = 0 if now > self._threshold else self._quiet + 1
        if self._quiet < _QUIET and len(self.spoken) <= _LONGEST:
            return False
        self._is_loud = False
        self._before.clear()
        length = len(self.spoken) - self._quiet
        self.spoken = self.spoken[: length + _AFTER]
        if length >= _SHORTEST and self._quiet >= _QUIET and self._is_word():
            return True
        for one in self.spoken[_BEFORE:]:
            self._remember(level(one))
        return False

    def _is_word(self) -> bool:
        self._transcriber.begin(self._vocabulary)
        for frame in self.spoken:
            self._transcriber.feed(frame)
        return _NO_LETTER.sub("", self._transcriber.finish().text).strip().casefold() in self._words
