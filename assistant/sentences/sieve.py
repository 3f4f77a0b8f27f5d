"""Which templates a sentence can fit at all, told without matching any. Pure: trees and words in, places out.

Hardly any template is left of a thousand once it is known with which words a sentence begins and ends and which are in
it; matching takes a hundred times as long. A template that would match is never left out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.sentences.tree import Node

NUMBER = "number"
"""The list that stands for whatever digits were said."""
_WHATEVER = "{}"
"""Stands where nothing is known of what comes."""
_WORD_START = re.compile(r"(?<![^\s'])\S")
_DIGITS = re.compile(r"\d[\d.,]*")
_APOSTROPHES = str.maketrans({"\u2019": "'"})

Atoms = frozenset[str]
"""Words, which stand for themselves; `{name}` for what a list holds; an empty text where there need be nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What every sentence has that fits a template: one of each of `needs`, and at its ends one of the others."""

    needs: frozenset[Atoms]
    begins: Atoms
    ends: Atoms


_NOTHING = Shape(needs=frozenset(), begins=frozenset({""}), ends=frozenset({""}))


class Shapes:
    """Finds the shapes of trees that share their rules and lists."""

    def __init__(self, rules: Mapping[str, Node], lists: Mapping[str, Node]) -> None:
        """`lists` are those that never change; whatever else is called a list is known by the house alone."""
        self._rules = rules
        self._lists = lists
        self._known: dict[tuple[str, str, bool], Shape] = {}
        self.lists: set[str] = set()
        """Names of all lists that stood in one of them."""

    def of(self, node: Node, *, glued: bool = False) -> Shape:
        """`glued`: it may begin in the middle of a word."""
        match node.kind:
            case "words":
                return _of_words(folded(node.text))
            case "rule":
                return self._named("rule", node.text, self._rules.get(node.text), glued)
            case "list":
                self.lists.add(node.text)
                return self._named("list", node.text, self._lists.get(node.text), glued)
            case "choice":
                return _any_of([self.of(part, glued=glued) for part in node.parts])
            case "shuffle":
                several = [self.of(part, glued=True) for part in node.parts]
                return Shape(needs=_all_needs(several), begins=_begins_of(several), ends=_ends_of(several))
        return self._in_turn(node.parts, glued)

    def _named(self, kind: str, name: str, tree: Node | None, glued: bool) -> Shape:
        if tree is None:
            atom = frozenset({f"{{{name}}}" if kind == "list" else _WHATEVER})
            return Shape(
                needs=frozenset() if glued else frozenset({atom}),
                begins=atom,
                ends=frozenset({_WHATEVER}) if glued else atom,
            )
        if (kind, name, glued) not in self._known:
            self._known[kind, name, glued] = self.of(tree, glued=glued)
        return self._known[kind, name, glued]

    def _in_turn(self, parts: Sequence[Node], glued: bool) -> Shape:
        several = []
        for part in parts:
            several.append(self.of(part, glued=glued))
            if part.kind != "words" or part.text:
                # Only a blank at the end of words tells that what follows is a word of its own.
                glued = part.kind != "words" or not part.text[-1].isspace()
        return Shape(
            needs=_all_needs(several),
            begins=_first_said(one.begins for one in several),
            ends=_first_said(one.ends for one in reversed(several)),
        )


class Named:
    """Names of one house by the list in which they stand, to be found in a sentence."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        self.lists = frozenset(f"{{{name}}}" for name in lists)
        self._atoms: dict[str, set[str]] = {}
        for name, values in lists.items():
            for value in values:
                self._atoms.setdefault(folded(value), set()).add(f"{{{name}}}")
        self._by_start = _by_start(self._atoms)

    def found(self, said: str, starts: Iterable[int]) -> "_Found":
        """`starts` are the places in what was said where a word begins."""
        found = _Found()
        for start in starts:
            for value in _candidates(self._by_start, said, start):
                found.note(self._atoms[value], start, start + len(value) == len(said))
        return found


class Sieve:
    """The shapes of many templates."""

    _broken = frozenset("-_")
    """Where one of these stands, a word may be taken for several."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.count = len(shapes)
        self._lists = frozenset(atom for one in shapes for atom in _atoms(one) if atom.startswith("{"))
        words = {atom for one in shapes for atom in _atoms(one)} - self._lists - {""}
        self._by_start = _by_start(words)
        self._needs = _by_atom(clause for one in shapes for clause in one.needs)
        self._begins = _by_atom(one.begins for one in shapes)
        self._ends = _by_atom(one.ends for one in shapes)
        self._by_begin: dict[Atoms, list[tuple[int, Shape]]] = {}
        for place, one in enumerate(shapes):
            self._by_begin.setdefault(one.begins, []).append((place, one))

    def fitting(self, sentence: str, named: Named, also: Mapping[str, Iterable[str]]) -> list[int]:
        """Places of the templates that are worth trying, in order; `also` are names for this sentence alone."""
        said = folded(sentence)
        if not self._broken.isdisjoint(said):
            return [*range(self.count)]
        starts = [at.start() for at in _WORD_START.finditer(said)]
        own = Named({**also, NUMBER: _DIGITS.findall(said)})
        found = named.found(said, starts).and_also(own.found(said, starts))
        for start in range(len(said)):
            for words in _candidates(self._by_start, said, start):
                found.note((words,), start, start + len(words) == len(said))
        unknown = {"", *(self._lists - named.lists - own.lists)}
        met = _all_with(self._needs, found.there | unknown)
        ending = _all_with(self._ends, found.last | unknown)
        return sorted(
            place
            for begins in _all_with(self._begins, found.first | unknown)
            for place, shape in self._by_begin[begins]
            if shape.ends in ending and shape.needs <= met
        )


class _Found:
    """Atoms that are in a sentence, at its beginning and at its end."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.first: set[str] = set()
        self.last: set[str] = set()

    def note(self, atoms: Iterable[str], start: int, ends: bool) -> None:
        self.there.update(atoms)
        if start == 0:
            self.first.update(atoms)
        if ends:
            self.last.update(atoms)

    def and_also(self, other: "_Found") -> "_Found":
        self.there |= other.there
        self.first |= other.first
        self.last |= other.last
        return self


def folded(text: str) -> str:
    """As sentences and templates are compared: without regard to case and to blanks."""
    return " ".join(text.casefold().translate(_APOSTROPHES).split())


def _of_words(text: str) -> Shape:
    if not text:
        return _NOTHING
    own = frozenset({text})
    return Shape(needs=frozenset(frozenset({word}) for word in text.split()), begins=own, ends=own)


def _any_of(several: Sequence[Shape]) -> Shape:
    """One of them is said, so one word of the many that they need."""
    needs = [one.needs for one in several]
    shortest = [min(one, key=len) for one in needs if one]
    every = frozenset({frozenset().union(*shortest)}) if shortest and all(needs) else frozenset[Atoms]()
    return Shape(needs=every, begins=_begins_of(several), ends=_ends_of(several))


def _all_needs(several: Iterable[Shape]) -> frozenset[Atoms]:
    return frozenset(clause for one in several for clause in one.needs)


def _begins_of(several: Iterable[Shape]) -> Atoms:
    return frozenset(atom for one in several for atom in one.begins)


def _ends_of(several: Iterable[Shape]) -> Atoms:
    return frozenset(atom for one in several for atom in one.ends)


def _first_said(edges: Iterable[Atoms]) -> Atoms:
    """What can be said first, where parts may be left out that come before it."""
    found = frozenset({""})
    for one in edges:
        found = (found - {""}) | one
        if "" not in found:
            break
    return found


def _atoms(shape: Shape) -> Iterator[str]:
    yield from shape.begins
    yield from shape.ends
    for clause in shape.needs:
        yield from clause


def _by_start(texts: Iterable[str]) -> dict[str, list[str]]:
    """By their first two letters."""
    found: dict[str, list[str]] = {}
    for text in texts:
        if text:
            found.setdefault(text[:2], []).append(text)
    return found


def _by_atom(several: Iterable[Atoms]) -> dict[str, list[Atoms]]:
    found: dict[str, list[Atoms]] = {}
    for atoms in set(several):
        for atom in atoms:
            found.setdefault(atom, []).append(atoms)
    return found


def _all_with(by_atom: Mapping[str, Sequence[Atoms]], said: Iterable[str]) -> set[Atoms]:
    return {atoms for atom in said for atoms in by_atom.get(atom, ())}


def _candidates(by_start: Mapping[str, Sequence[str]], said: str, start: int) -> Iterator[str]:
    for key in {said[start : start + 2], said[start]}:
        for text in by_start.get(key, ()):
            if said.startswith(text, start):
                yield text
