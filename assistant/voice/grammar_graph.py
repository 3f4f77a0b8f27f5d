"""What can be said next by a grammar: the smallest automaton that accepts just its sentences.

It is read from PocketSphinx's text form of a grammar (`fsg_model_write`: FSG_BEGIN, NUM_STATES, START_STATE,
FINAL_STATE, TRANSITION from to p [word]), which has a state for each word of each template of each name. That one
for a house of 300 things takes 60 MB once it is made ready to decode with; the smallest takes 3, and half the time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class GrammarGraph:
    """States are numbers from 0; a word leads from each to at most one other."""

    start: int
    whole: frozenset[int]
    """Where a sentence may end."""
    words: Mapping[int, Mapping[str, int]]

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ValueError for what is not in that form."""
        return cls._smallest(*_Automaton.read(text).determined())

    @classmethod
    def _smallest(cls, start: int, whole: frozenset[int], words: Sequence[Mapping[str, int]]) -> Self:
        """States from which the same can be said become one: they are split apart until none of them differ."""
        kind = [int(state in whole) for state in range(len(words))]
        kinds = 0
        while kinds < (kinds := len(set(kind))):
            differing = [
                (kind[state], frozenset((word, kind[end]) for word, end in following.items()))
                for state, following in enumerate(words)
            ]
            numbers = {one: number for number, one in enumerate(dict.fromkeys(differing))}
            kind = [numbers[one] for one in differing]
        following = {kind[state]: {word: kind[end] for word, end in one.items()} for state, one in enumerate(words)}
        return cls(kind[start], frozenset(kind[state] for state in whole), following)

    @property
    def vocabulary(self) -> set[str]:
        return {word for following in self.words.values() for word in following}

    def transitions(self) -> tuple[int, list[tuple[int, int, float] | tuple[int, int, float, str]]]:
        """The one last state, and (from, to, probability, word) as PocketSphinx takes them, all as likely."""
        final = len(self.words)
        said = [(state, end, 1.0, word) for state, following in self.words.items() for word, end in following.items()]
        return final, [*said, *((state, final, 1.0) for state in sorted(self.whole))]

    def is_whole(self, said: Sequence[str]) -> bool:
        """Whether these words are a sentence."""
        return self._after(said) in self.whole

    def is_settled(self, said: Sequence[str]) -> bool:
        """Whether these words are a whole sentence, and no longer one begins with them."""
        state = self._after(said)
        return state in self.whole and not self.words[state]

    def _after(self, said: Sequence[str]) -> int:
        """-1 where no sentence begins so."""
        state = self.start
        for word in said:
            state = self.words.get(state, {}).get(word, -1)
        return state


@dataclass(frozen=True, slots=True)
class _Automaton:
    """As it is written: a word may lead to several states, and a transition without a word is free."""

    start: int
    final: int
    words: Mapping[int, Mapping[str, set[int]]]
    free: Mapping[int, set[int]]

    @classmethod
    def read(cls, text: str) -> Self:
        marks: dict[str, int] = {}
        words: defaultdict[int, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        free: defaultdict[int, set[int]] = defaultdict(set)
        for kind, *rest in (line.split() for line in text.splitlines() if line.strip()):
            if kind == "TRANSITION":
                begin, end, _, *word = rest
                target = words[int(begin)][word[0]] if word else free[int(begin)]
                target.add(int(end))
            elif kind in {"START_STATE", "FINAL_STATE"}:
                marks[kind] = int(rest[0])
        if len(marks) < 2:
            raise ValueError("the grammar has no start or no end")
        return cls(marks["START_STATE"], marks["FINAL_STATE"], words, free)

    def determined(self) -> tuple[int, frozenset[int], list[dict[str, int]]]:
        """Start, ends and words of one where each word leads to one state: all those that it could lead to here."""
        numbers = {self._freely({self.start}): 0}
        waiting = list(numbers)
        following: list[dict[str, int]] = []
        for states in waiting:
            reached: defaultdict[str, set[int]] = defaultdict(set)
            for state in states:
                for word, ends in self.words.get(state, {}).items():
                    reached[word] |= ends
            one = {}
            for word, ends in reached.items():
                target = self._freely(ends)
                if target not in numbers:
                    numbers[target] = len(numbers)
                    waiting.append(target)
                one[word] = numbers[target]
            following.append(one)
        return 0, frozenset(number for states, number in numbers.items() if self.final in states), following

    def _freely(self, states: Iterable[int]) -> frozenset[int]:
        """Those, and all that can be reached from them without a word."""
        found: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state not in found:
                found.add(state)
                waiting.extend(self.free.get(state, ()))
        return frozenset(found)
