"""Sentences that would work in this very house, as near as can be to one that did not. Pure: words in, words out.

They are made of what the recogniser listens for: short, regular, and with the names of the house.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest

from assistant.sentences.mapping import SMALL_TALK, is_act
from assistant.sentences.templates import Node, parse
from assistant.sentences.vocabulary import Names
from config.language import Language

EXAMPLES = 2
_TRIED = 8
"""Of so many that are near, the first ones that work are said."""
_NUMBERS = {"percent": "50", "degrees": "21", "count": "10", "hour": "7"}
_STEM = 4
"""So many letters make words alike: `lights` and `light`, `opened` and `open`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """One way to say a template, and how much of it the person said too."""

    text: str = ""
    likeness: float = 0.0

    def then(self, other: "_Said") -> "_Said":
        return _Said(text=f"{self.text} {other.text}".strip(), likeness=self.likeness + other.likeness)


class Nearest:
    """One language's examples; of one house at a time."""

    def __init__(self, language: Language) -> None:
        spoken = {intent: said for intent, said in language.speech.items() if intent not in SMALL_TALK}
        self._templates = [(intent, parse(sentence)) for intent, several in spoken.items() for sentence in several]
        uses = Counter(stem for _, tree in self._templates for stem in {_stem(word) for word in _words(tree)})
        self._common: Mapping[str, int] = uses
        self._fixed = {
            name: tuple(words for several in values.values() for words in several[:1])
            for name, values in language.lists.items()
        }
        self._quantities = language.lists.get("quantity", {})
        self._lists: dict[str, tuple[str, ...]] = {}

    def learn(self, names: Mapping[str, Names], quantities: Sequence[str]) -> None:
        """Takes the names of the house and what it measures, in place of any earlier ones."""
        known = {name: one.spoken for name, one in names.items()}
        measured = tuple(self._quantities[one][0] for one in quantities if one in self._quantities)
        numbers = {name: (number,) for name, number in _NUMBERS.items()}
        self._lists = {**known, **self._fixed, **numbers, "quantity": measured}

    def to(self, said: str, room: str, works: Callable[[str], bool], *, acting: bool) -> tuple[str, ...]:
        """At most two, each of another kind; `said` was made alike, `works` tells whether a sentence is understood.

        Of those that are as near, an order comes first where one was given.
        """
        stems = {_stem(word) for word in said.split()}
        here = {_stem(word) for word in room.split()}
        drawn = ((intent, _Draft(self._lists, self._common, stems, here).of(tree)) for intent, tree in self._templates)
        best = dict[str, _Said]()
        for intent, one in drawn:
            if one is not None and (intent not in best or one.likeness > best[intent].likeness):
                best[intent] = one
        near = nlargest(_TRIED, best, key=lambda intent: (best[intent].likeness, is_act(intent) is acting))
        working = (best[intent].text for intent in near if works(best[intent].text))
        return tuple(text for text, _ in zip(working, range(EXAMPLES), strict=False))


class _Draft:
    """Says a template with the words that the person used, where it leaves a choice."""

    def __init__(
        self,
        lists: Mapping[str, Sequence[str]],
        common: Mapping[str, int],
        stems: Collection[str],
        here: Collection[str],
    ) -> None:
        self._lists = lists
        self._common = common
        self._stems = stems
        self._here = here
        self._used: set[str] = set()

    def of(self, node: Node) -> _Said | None:
        """None where this house has no name for it."""
        match node.kind:
            case "words":
                return self._plain(node.text.strip())
            case "list":
                return self._named(self._lists.get(node.text, ()))
            case "choice":
                return self._chosen(node.parts)
        whole = _Said()
        for part in node.parts:
            one = self.of(part)
            if one is None:
                return None
            whole = whole.then(one)
        return whole

    def _plain(self, text: str) -> _Said:
        shared = {_stem(word) for word in text.split()} & set(self._stems)
        return _Said(text=text, likeness=sum(1 / self._common.get(stem, 1) for stem in shared))

    def _named(self, names: Sequence[str]) -> _Said | None:
        """The name of which most was said, else one of the room where the person is; none twice in a sentence."""

        def rank(name: str) -> tuple[float, bool]:
            stems = [_stem(word) for word in name.split()]
            said = 0 if name.isdecimal() else sum(stem in self._stems for stem in stems)
            return said / len(stems), any(stem in self._here for stem in stems)

        left = [name for name in names if name not in self._used]
        if not left:
            return None
        name = max(left, key=rank)
        self._used.add(name)
        return _Said(text=name, likeness=rank(name)[0])

    def _chosen(self, parts: Sequence[Node]) -> _Said | None:
        """What may be left out is, unless the person said it."""
        said = [one for part in parts if (one := self.of(part)) is not None]
        silent = [one for one in said if not one.text]
        best = max(said, key=lambda one: one.likeness, default=None)
        return silent[0] if silent and best is not None and not best.likeness else best


def _stem(word: str) -> str:
    return word.lower()[:_STEM]


def _words(node: Node) -> Iterator[str]:
    if node.kind == "words":
        yield from node.text.split()
    for part in node.parts:
        yield from _words(part)
