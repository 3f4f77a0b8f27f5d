"""Words that were put together of others: `Küchenlicht` is a light in the kitchen. Pure; no word of a language."""

from collections.abc import Iterable

_SHORTEST_FIRST, _SHORTEST_LAST = 3, 3
_SHORTEST_KIND = 4
"""Letters of a last part by which the first part of a name is known: a monitor has nothing to do with a `Tor`."""


class Compounds:
    """Takes words apart whose first part names a place or a thing, and whose last part a thing or what it measures."""

    def __init__(self, firsts: Iterable[str], lasts: Iterable[str], joints: Iterable[str]) -> None:
        """A first part may itself be several words, as in `living room`; `joints` are what may stand in between."""
        self._firsts = {"".join(first.split()): first for first in sorted(firsts) if len(first) >= _SHORTEST_FIRST}
        self._lasts = frozenset(last for last in lasts if len(last) >= _SHORTEST_LAST)
        self._joints = tuple(sorted({"", *joints}, key=len, reverse=True))

    def parted(self, word: str) -> tuple[str, ...]:
        """Its parts as words of their own; the word alone where it has none. The longest last part counts."""
        if len(word) < _SHORTEST_FIRST + _SHORTEST_LAST or not word.isalpha():
            return (word,)
        for at in range(_SHORTEST_FIRST, len(word) - _SHORTEST_LAST + 1):
            if word[at:] in self._lasts and (first := self._first(word[:at])):
                return (*first.split(), word[at:])
        return (word,)

    def _first(self, part: str) -> str | None:
        for joint in self._joints:
            bare = part.removesuffix(joint) if joint else part
            if (joint == "" or bare != part) and bare in self._firsts:
                return self._firsts[bare]
        return None


def without_last(word: str, lasts: Iterable[str]) -> list[str]:
    """What stands before the kind of thing that a name in one word ends with: `decken` of a `Deckenlampe`."""
    ends = (last for last in lasts if len(last) >= _SHORTEST_KIND and word.endswith(last))
    return [first for last in ends if len(first := word.removesuffix(last)) >= _SHORTEST_FIRST]
