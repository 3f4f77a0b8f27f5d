"""What can be said next by a grammar: a finite automaton read from PocketSphinx's text form of it.

The format is that of `fsg_model_write`: FSG_BEGIN, NUM_STATES, START_STATE, FINAL_STATE, TRANSITION from to p [word].
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class GrammarGraph:
    """States are numbers; a transition without a word is free."""

    start: int
    final: int
    words: dict[int, dict[str, set[int]]]
    free: dict[int, set[int]]

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ValueError for what is not in that form."""
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
        said = {state: dict(one) for state, one in words.items()}
        return cls(marks["START_STATE"], marks["FINAL_STATE"], said, dict(free))

    def is_settled(self, said: Sequence[str]) -> bool:
        """Whether these words are a whole sentence, and no longer one begins with them."""
        states = self._freely({self.start})
        for word in said:
            states = self._freely(end for state in states for end in self.words.get(state, {}).get(word, ()))
        return self.final in states and not any(self.words.get(state) for state in states)

    def _freely(self, states: Iterable[int]) -> set[int]:
        """Those, and all that can be reached from them without a word."""
        found: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state not in found:
                found.add(state)
                waiting.extend(self.free.get(state, ()))
        return found
