"""Sentences that would work in this very house, as near as can be to one that did not. Pure: words in, words out.

They are made of what the recogniser listens for: short, regular, and with the names of the house.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from assistant.sentences.mapping import SMALL_TALK, is_act
from assistant.sentences.templates import parse
from assistant.sentences.tree import Node
from assistant.sentences.vocabulary import Names
from config.language import Language
from config.naming import naming

EXAMPLES = 2
_TRIED = 8
"""Of so many that are near, the first ones that work are said."""
_NUMBERS = {"percent": "50", "degrees": "21", "count": "10", "hour": "7"}
NEAR = 1.0
"""Likeness from which a sentence is offered: a whole name that was said, or as much in other words."""
_SHORTEST = 3
"""Letters from which a word tells something: `on` is in any sentence."""
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
        small = {*language.wording.before_place, *language.wording.articles}
        self._small = small.union(*(one.meant for one in naming())) if language.wording.capitals else None
        self._quantities = language.lists.get("quantity", {})
        self._lists: dict[str, tuple[_Name, ...]] = {}

    def learn(self, names: Mapping[str, Names], quantities: Sequence[str]) -> None:
        """Takes the names of the house and what it measures, in place of any earlier ones."""
        measured = tuple(self._quantities[one][0] for one in quantities if one in self._quantities)
        nouns = {**{name: one.spoken for name, one in names.items()}, "quantity": measured}
        others = {**self._fixed, **{name: (number,) for name, number in _NUMBERS.items()}}
        self._lists = {name: tuple(_Name.of(one, None) for one in several) for name, several in others.items()}
        self._lists |= {name: tuple(_Name.of(one, self._small) for one in several) for name, several in nouns.items()}

    def to(self, said: str, room: str, works: Callable[[str], bool], *, acting: bool) -> tuple[str, ...]:
        """At most two, each of another kind, and none where nothing is near. `said` was made alike, `works` tells
        whether a sentence is understood.

        Of those that are as near, an order comes first where one was given.
        """
        said_stems = frozenset(_stem(word) for word in said.split() if len(word) >= _SHORTEST)
        heard = _Heard(lists=self._lists, stems=said_stems, here=frozenset(_stem(word) for word in room.split()))
        best = dict[str, tuple[float, Node]]()
        for intent, tree in self._templates:
            one = _Draft(heard, self._common).of(tree)
            if one is not None and (intent not in best or one.likeness > best[intent][0]):
                best[intent] = one.likeness, tree
        best = {intent: one for intent, one in best.items() if one[0] >= NEAR}
        near = nlargest(_TRIED, best, key=lambda intent: (best[intent][0], is_act(intent) is acting))
        working = (text for intent in near if (text := self._working(best[intent][1], heard, works)))
        return tuple(text for text, _ in zip(working, range(EXAMPLES), strict=False))

    def _working(self, tree: Node, heard: "_Heard", works: Callable[[str], bool]) -> str:
        """What the person did not say is said otherwise until it works: a room that does have a thermometer."""
        unfit: set[str] = set()
        for _ in range(_TRIED):
            draft = _Draft(heard, self._common, unfit)
            one = draft.of(tree)
            if one is None or works(one.text):
                return one.text if one is not None else ""
            if not draft.supplied - unfit:
                return ""
            unfit |= draft.supplied
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    written: str
    stems: tuple[str, ...]

    @classmethod
    def of(cls, text: str, small: Collection[str] | None) -> "_Name":
        """`small`: what is no noun, of a language that writes nouns with a capital."""
        words = text.split()
        written = words if small is None else [word if word in small else word.capitalize() for word in words]
        return cls(written=" ".join(written), stems=tuple(_stem(word) for word in words if not word.isdecimal()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What was said, and which names of each list come nearest to it."""

    lists: Mapping[str, Sequence[_Name]]
    stems: frozenset[str]
    here: frozenset[str]
    found: dict[str, list[_Said]] = field(default_factory=dict)

    def nearest(self, name: str) -> list[_Said]:
        """The name of which most was said first, else one of the room where the person is."""
        if name not in self.found:

            def rank(one: _Name) -> tuple[float, bool]:
                return self.likeness(one), not self.here.isdisjoint(one.stems)

            near = nlargest(_TRIED, self.lists.get(name, ()), key=rank)
            self.found[name] = [_Said(text=one.written, likeness=self.likeness(one)) for one in near]
        return self.found[name]

    def likeness(self, one: _Name) -> float:
        return sum(stem in self.stems for stem in one.stems) / len(one.stems) if one.stems else 0.0


class _Draft:
    """Says a template with the words that the person used, where it leaves a choice."""

    def __init__(self, heard: _Heard, common: Mapping[str, int], unfit: Collection[str] = ()) -> None:
        self._heard = heard
        self._common = common
        self._unfit = unfit
        self._used: list[frozenset[str]] = []
        self.supplied: set[str] = set()
        """Names that nobody had said, or not in full."""

    def of(self, node: Node) -> _Said | None:
        """None where this house has no name for it."""
        match node.kind:
            case "words":
                return self._plain(node.text.strip())
            case "list":
                return self._named(self._heard.nearest(node.text))
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
        shared = {_stem(word) for word in text.split()} & self._heard.stems
        return _Said(text=text, likeness=sum(1 / self._common.get(stem, 1) for stem in shared))

    def _named(self, names: Sequence[_Said]) -> _Said | None:
        """The nearest name that is neither the same as one in this sentence, nor a part of it, nor holds it."""
        name = next((one for one in names if one.text not in self._unfit and self._is_another(one.text)), None)
        if name is not None:
            self._used.append(frozenset(name.text.split()))
            if name.likeness < 1:
                self.supplied.add(name.text)
        return name

    def _is_another(self, name: str) -> bool:
        words = frozenset(name.split())
        return not any(words <= used or used <= words for used in self._used)

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
