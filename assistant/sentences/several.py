"""Divides a sentence into the requests that it holds: pure, and only where every part of it is understood.

What the parts share is said once: `turn off the kitchen light and the lamp`, `lock the front and back door`. Each part
is completed from words of its neighbours and from no others, and no word of the sentence is left out.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Generic, TypeVar

MOST_PARTS = 5
"""More things at once than this are refused: nobody remembers what they would be agreeing to."""
MOST_PIECES = 9
MOST_READINGS = 60
"""So often one sentence is tried to be understood in parts; reading takes milliseconds."""
_FEW_WORDS = 2

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Joints:
    """What stands between requests, beside commas and the ends of sentences; and what begins a name."""

    words: tuple[str, ...]
    both: frozenset[str]
    """Words that only say that two things follow."""
    articles: frozenset[str]
    singular: Mapping[str, str] = field(default_factory=dict)
    """Of a noun that is said once for several things: `the front and back doors`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[Read]):
    """One request of several."""

    said: str
    """Its own words."""
    request: str
    """The same words and those that it shares with its neighbours."""
    read: Read
    elliptical: bool = False
    """Whether it has no verb of its own."""


def pieces_of(text: str, joints: Joints) -> tuple[list[str], list[str]]:
    """The text between its joints, and the joints; put together again in turn, they are the text."""
    found = _joint(joints.words).split(text)
    return found[::2], found[1::2]


@lru_cache(maxsize=8)
def _joint(several: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(several, key=len, reverse=True))
    joint = rf"(?:[,;]|(?<=[.!?]))(?:\s+(?:{words})(?=\s))*\s+|\s+(?:(?:{words})\s+)+" if words else r"[,;]\s+"
    return re.compile(f"({joint})", re.IGNORECASE)


def merged(
    pieces: Sequence[str], between: Sequence[str], idle: Callable[[str, bool], bool]
) -> tuple[list[str], list[str]]:
    """The same, with what asks for nothing (`hey`, `please`) put to what follows it, later on to what it follows."""
    told, joints = [pieces[0]], list[str]()
    for joint, piece in zip(between, pieces[1:], strict=True):
        if idle(told[-1], True) or idle(piece, False):
            told[-1] += joint + piece
        else:
            told.append(piece)
            joints.append(joint)
    return told, joints


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear(Generic[Read]):
    """What must be known of a language and a house to tell one request from the next."""

    joints: Joints
    read: Callable[[str], Read | None]
    """Understands one request."""
    known: Callable[[str], bool]
    """Of a word: whether it can stand in a request that is completed from others."""
    begins: Callable[[str], bool]
    """Of a part: whether it has a verb of its own."""
    complete: Callable[[str], bool]
    """Of a part: whether it begins with a word that can be nothing but a verb."""
    asks: Callable[[str], bool]
    """Of a part: whether it is a question."""
    pointing: Callable[[str, Read], str | None]
    """A part with what the one before it named in the place of `it`; None where it does not point."""
    follows: Callable[[Read, Read], bool]
    """Whether a part without a verb may stand after another one."""
    whole_name: Callable[[str], bool]
    """Of words with a joint in them: whether a name is among them that has it."""
    idle: Callable[[str, bool], bool]
    """Of words at the beginning (true) or later on: whether they ask for nothing."""


def divided(text: str, ear: Ear[Read]) -> tuple[Part[Read], ...]:
    """The requests in the order in which they were said, two at least; empty where they are not all understood."""
    pieces, between = merged(*pieces_of(text.strip(), ear.joints), ear.idle)
    if not 1 < len(pieces) <= MOST_PIECES or not all(piece.strip() for piece in pieces):
        return ()
    return _Search(pieces=pieces, between=between, ear=ear).parts(0, ()) or ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search(Generic[Read]):
    """Looks for the division with the longest parts, so that a name may hold a joint: `salt and pepper lamp`."""

    pieces: Sequence[str]
    between: Sequence[str]
    ear: Ear[Read]
    seen: dict[str, Read | None] = field(default_factory=dict)
    """What each try came to; the only thing here that changes."""

    def parts(self, at: int, done: tuple[Part[Read], ...]) -> tuple[Part[Read], ...] | None:
        if at == len(self.pieces):
            return done if len(done) > 1 else None
        for end in range(len(self.pieces), at, -1):
            part = self._part(at, end, done)
            found = self.parts(end, (*done, part)) if part is not None else None
            if found is not None:
                return found
        return None

    def _part(self, at: int, end: int, done: tuple[Part[Read], ...]) -> Part[Read] | None:
        said = self._said(at, end)
        if end - at > 1 and not self._may_be_one(said, self.between[at : end - 1]):
            return None
        for request in self._tries(said, end, done):
            read = self._understood(request)
            if read is None:
                continue
            elliptical = request != said or not self.ear.begins(said)
            if not elliptical or not done or self.ear.follows(done[-1].read, read):
                return Part(said=said, request=request, read=read, elliptical=elliptical)
        return None

    def _may_be_one(self, said: str, joints: Sequence[str]) -> bool:
        """Commas divide nothing but requests; and a word may stand within a name, a number or a comparison."""
        return self.ear.whole_name(said) or not any(set(joint) & set(",;") for joint in joints)

    def _said(self, at: int, end: int) -> str:
        inner = zip(self.between[at : end - 1], self.pieces[at + 1 : end], strict=True)
        return self.pieces[at] + "".join(joint + piece for joint, piece in inner)

    def _divisible(self, said: str) -> bool:
        return len(pieces_of(said, self.ear.joints)[0]) > 1

    def _understood(self, request: str) -> Read | None:
        if request not in self.seen:
            if len(self.seen) >= MOST_READINGS:
                return None
            self.seen[request] = self.ear.read(request)
        return self.seen[request]

    def _tries(self, said: str, end: int, done: tuple[Part[Read], ...]) -> Iterator[str]:
        """The part completed in every way, and then with one of what is told of many."""
        tried = list(self._completed(said, end, done))
        yield from tried
        one = self.ear.joints.singular
        for request in tried:
            words = words_of(request)
            if not one.keys().isdisjoint(words) and (request != said or not self.ear.begins(said)):
                yield " ".join(one.get(word, word) for word in words)

    def _completed(self, said: str, end: int, done: tuple[Part[Read], ...]) -> Iterator[str]:
        """The part as it stands, then with what it may share with the one before it, then with those after it."""
        own = words_of(said)
        pointed = self.ear.pointing(said, done[-1].read) if done else None
        if pointed is not None and not self.ear.asks(said):
            # What is ordered of `it` is ordered of what was just named; but `how warm is it` is of nothing.
            yield pointed
        alone = _without(own, self.ear.joints.both)
        yield said if len(alone) == len(own) else " ".join(alone)
        if pointed is not None:
            yield pointed
        if not all(self.ear.known(word) for word in own) or (self._divisible(said) and not self.ear.whole_name(said)):
            return
        # What has its own verb and more than a name borrows none.
        if done and not (len(own) > _FEW_WORDS and self.ear.complete(said)):
            yield from (" ".join(words) for words in after(words_of(done[-1].request), alone, self.ear.joints.articles))
        following = dict.fromkeys([*self.pieces[end : end + 1], *self.pieces[-1:]]) if end < len(self.pieces) else ()
        for piece in following:
            yield from (" ".join([*alone, *tail]) for tail in tails(words_of(piece), self.ear.joints.articles))


def words_of(text: str) -> list[str]:
    """The words without what is written before and after them."""
    return [word for word in (one.strip(',;.!?"') for one in text.split()) if word]


def _without(words: Sequence[str], dropped: Collection[str]) -> list[str]:
    return [word for word in words if word.lower() not in dropped]


def after(before: Sequence[str], own: Sequence[str], articles: Collection[str]) -> Iterator[list[str]]:
    """`own` in the place of something in the sentence before it, what is likest and keeps most of it first."""
    if not own:
        return
    first, count = own[0].lower(), len(before)
    alike = [at for at in range(count - 1, 0, -1) if _begin_alike(before[at].lower(), first, articles)]
    # A name with its article stands for a whole name, never for the end of one.
    others = range(1, count) if first in articles else range(count - 1, 0, -1)
    places = [*alike, *(at for at in others if at not in alike), count]
    for at in places:
        yield [*before[:at], *own]
    for at in alike or places[:-1]:
        for rest in range(at + 1, count):
            yield [*before[:at], *own, *before[rest:]]


def _begin_alike(one: str, other: str, articles: Collection[str]) -> bool:
    return one == other or (one in articles and other in articles)


def tails(words: Sequence[str], articles: Collection[str]) -> Iterator[Sequence[str]]:
    """What may be shared of the end of a part, the longest first: `door` of `the back door`."""
    for start in range(1, len(words)):
        if words[start].lower() not in articles:
            yield words[start:]


def with_noun(
    parts: Sequence[Part[Read]],
    nouns: Collection[str],
    read: Callable[[str], Read | None],
    of_place: Callable[[Read], bool],
) -> tuple[Part[Read], ...]:
    """The same parts, with what was said once for several places: `dim the kitchen and the bedroom lights to 20`."""
    told, shared = list(parts), list[str]()
    for at in reversed(range(len(told) - 1)):
        following = told[at + 1]
        said = words_of(following.request)
        noun = next((at for at, word in enumerate(said) if word.lower() in nouns), None)
        if noun is not None or not following.elliptical:
            shared = said[noun:] if noun is not None and following.elliptical else []
        if shared and of_place(told[at].read):
            request = " ".join([*words_of(told[at].request), *shared])
            if (found := read(request)) is not None:
                told[at] = replace(told[at], request=request, read=found)
    return tuple(told)


def with_place(
    parts: Sequence[Part[Read]],
    before_place: Collection[str],
    read: Callable[[str], Read | None],
    placeless: Callable[[Read], bool],
) -> tuple[Part[Read], ...]:
    """The same parts, each with the place that was said once for it and its neighbour.

    `the temperature and the humidity in the kitchen` asks for both in the kitchen.
    """
    told = list(parts)
    pairs = [(at, at + 1, at + 1) for at in reversed(range(len(told) - 1))]
    pairs += [(at + 1, at, at + 1) for at in range(len(told) - 1)]
    for to, of, second in pairs:
        place = _place(told[of].request, before_place)
        part = told[to]
        if not parts[second].elliptical or not place or not placeless(part.read):
            continue
        request = f"{' '.join(words_of(part.request))} {place}"
        if (found := read(request)) is not None:
            told[to] = replace(part, request=request, read=found)
    return tuple(told)


def _place(request: str, before_place: Collection[str]) -> str:
    """Where it ends with a place: `in the kitchen`."""
    words = words_of(request)
    at = next((at for at in reversed(range(1, len(words) - 1)) if words[at].lower() in before_place), None)
    return "" if at is None else " ".join(words[at:])
