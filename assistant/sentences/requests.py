"""From a sentence to all that is asked for in it: one request, several, or what follows from what was said before.

An order stays an order and a question a question, part by part; where one part is not understood, nothing is done for
the others either.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

from assistant.sentences.asides import Beside
from assistant.sentences.follow_ups import FollowUps, every_word, thing_of
from assistant.sentences.fragments import ACTS, Subject, acting
from assistant.sentences.mapping import REPEAT, STOP_ACTING
from assistant.sentences.planner import SURE, UNKNOWN_NAME, Plan, SentencePlanner
from assistant.sentences.several import (
    MOST_PARTS,
    Ear,
    Joints,
    Part,
    divided,
    pieces_of,
    with_noun,
    with_place,
    words_of,
)
from assistant.sentences.vocabulary import Names
from assistant.sentences.watch_slots import WISHES
from config.language import FollowUp, Language
from sensors.home import House
from tools.names import EXCEPT

FOLLOW_UP = "follow_up"
_ANY = "xyzzy"
"""A word that means nothing in any language."""
_ALONE = frozenset({"nevermind", REPEAT, STOP_ACTING})
"""Said beside something else they could take back what was said, or mean more than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One of the things that a person asks for."""

    plan: Plan
    may_act: bool
    """Whether it was said as an order."""
    recalled: bool = False
    """Whether a name in it was not said now, but comes from what was spoken of before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """All that a sentence asks for; with nothing in it where it was not understood, and then why, if that is known."""

    requests: tuple[Request, ...] = ()
    lost: str = ""
    """The part that was not understood, where other parts were."""
    too_many: bool = False
    unclear: str | None = None
    """The word that points at nothing, or an empty one for a sentence that begins in the middle."""


class Reader(Protocol):
    """The planner of single sentences."""

    def plan(self, text: str, house: House, room: str | None) -> Plan | None: ...

    def is_question(self, text: str) -> bool: ...

    def bare(self, text: str) -> str: ...

    def plain(self, text: str) -> str: ...

    def names(self, house: House) -> Mapping[str, Names]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """Where and over what a sentence is said."""

    house: House
    room: str | None
    about: Subject | None
    least: float = SURE
    plans: dict[str, Plan | None] = field(default_factory=dict)
    """Of every text that was tried: reading one takes milliseconds."""


Requested = tuple[Request, ...]


def read_ahead(language: Language) -> None:
    """Reads all templates once, for which the first sentence would have to wait; takes a moment."""
    Requests(SentencePlanner(language), language).understand(language.confirm.accept[0], House(), None, None)


class Requests:
    """Understands one language."""

    def __init__(self, reader: Reader, language: Language, *, follow_ups: bool = True) -> None:
        """Without `follow_ups` every sentence stands for itself."""
        self._reader = reader
        self._follow_ups = FollowUps(language if follow_ups else _without_follow_ups(language))
        several, wording = language.several, language.wording
        articles = frozenset(wording.articles)
        self._joints = Joints(
            words=several.joints, both=frozenset(several.both), articles=articles, singular=_singular(language)
        )
        self._beside = Beside(language.asides, articles)
        self._spaced_joints = tuple(f" {word} " for word in several.joints)
        self._governing = frozenset(several.governing)
        self._before_place = wording.before_place
        self._beginnings = frozenset({*wording.asking, *(act.split()[0] for act in wording.acts)})
        self._kinds = frozenset(language.nouns)
        # `Light up` begins with a noun.
        self._verbs = frozenset(act for act in wording.acts if " " not in act) - self._kinds
        self._timers = frozenset(word for several in language.lists.get("timer_kind", {}).values() for word in several)
        self._own_words = _words_of(language)
        self._plurals = language.plurals
        self._pronouns = frozenset({*language.follow_up.one, *language.follow_up.many})
        self._known_words: frozenset[str] = frozenset()
        self._joined_names: frozenset[str] = frozenset()
        self._rooms: frozenset[str] = frozenset()
        self._house: House | None = None

    def understand(
        self, text: str, house: House, room: str | None, about: Subject | None, *, alone: bool = True
    ) -> Understood:
        """`about` is what was spoken of just before, by the same people; `alone`: nobody else will try to understand
        it, so that it is worth finding out what it is that was not."""
        scene = _Scene(house=house, room=room, about=about)
        whole = self._plan(text, scene)
        if whole is not None and whole.small_talk is not None:
            return Understood(requests=(self._request(text, whole),))
        self._learn(house)
        if corrected := self._first_sure(self._beside.corrected(text, self._begins), scene):
            return Understood(requests=corrected)
        if followed := self._followed(text, whole, scene):
            return Understood(requests=followed)
        if whole is not None and whole.certainty >= SURE and not self._swallows(whole):
            return Understood(requests=(self._request(text, whole),))
        for least in (SURE, UNKNOWN_NAME):
            if parts := self._several(text, replace(scene, least=least)):
                many = len(parts) > MOST_PARTS
                requests = () if many else tuple(one for part in parts for one in part.read)
                return Understood(requests=requests, too_many=many)
        if whole is not None and not self._swallows(whole):
            return Understood(requests=(self._request(text, whole),))
        if grounded := self._first_sure(self._beside.without_reason(text), scene):
            return Understood(requests=grounded)
        return self._not_understood(text, scene) if alone else Understood()

    def _learn(self, house: House) -> None:
        if house is self._house:
            return
        names = self._reader.names(house)
        self._follow_ups.learn(names)
        self._known_words = self._own_words | frozenset(every_word(names))
        every = {name for one in names.values() for name in one.all}
        self._joined_names = frozenset(name for name in every if len(pieces_of(name, self._joints)[0]) > 1)
        self._rooms = frozenset(names["room"].all)
        self._house = house

    def _plan(self, text: str, scene: _Scene) -> Plan | None:
        if text not in scene.plans:
            scene.plans[text] = self._reader.plan(text, scene.house, scene.room)
        return scene.plans[text]

    def _request(self, text: str, plan: Plan, *, recalled: bool = False) -> Request:
        may_act = plan.intent in WISHES or not self._reader.is_question(text)
        return Request(plan=plan, may_act=may_act, recalled=recalled)

    def _read(self, text: str, scene: _Scene) -> Requested | None:
        """One part of several."""
        plan = self._plan(text, scene)
        if followed := self._followed(text, plan, scene):
            return followed
        if plan is None or plan.certainty < scene.least or plan.small_talk in _ALONE:
            return None
        if self._swallows(plan) or _numbered(plan):
            return None
        return (self._request(text, plan),)

    def _first_sure(self, texts: Iterator[str], scene: _Scene) -> Requested:
        """Of several ways to say it the first that nothing speaks against."""
        for text in texts:
            plan = self._plan(text, scene)
            if plan is not None and plan.small_talk is None and plan.certainty >= SURE and not self._swallows(plan):
                return (self._request(text, plan),)
        return ()

    def _swallows(self, plan: Plan) -> bool:
        """Whether what was taken for a name, because any words are one, holds a whole request more."""
        if not plan.calls or plan.calls[0].name in ACTS:
            return False
        name = str(json.loads(plan.calls[0].arguments).get("name") or "")
        words = set(name.split())
        more = words & (self._timers | self._beginnings) or any(word.isdigit() for word in words)
        return bool(more) and any(joint in f" {name} " for joint in self._spaced_joints)

    def _followed(self, text: str, plan: Plan | None, scene: _Scene) -> Requested:
        """What it comes to by what was spoken of before; empty where it does not need that."""
        if scene.about is None:
            return ()
        asked = text.rstrip().endswith("?")
        fragment = self._follow_ups.fragment(self._reader.plain(text), scene.about, asked=asked)
        if fragment is not None:
            plans = [Plan(intent=FOLLOW_UP, calls=(call,)) for call in fragment.calls]
            return tuple(Request(plan=one, may_act=not fragment.asking, recalled=True) for one in plans)
        if plan is not None and self._names_itself(plan, text):
            return ()
        pointed = self._follow_ups.pointed(text, scene.about)
        named = [self._named(one, scene) for one in pointed.texts] if pointed is not None else []
        return tuple(one for one in named if one is not None) if None not in named else ()

    def _names_itself(self, plan: Plan, text: str) -> bool:
        """Whether what it is about was said: `set it to 20` is about the thermostat only where nothing else can be."""
        thing = thing_of(plan.calls[0]) or ""
        if thing in self._pronouns:
            return False
        orders = any(acting(call) for call in plan.calls)
        return not orders or not set(thing.split()).isdisjoint(self._reader.plain(text).split())

    def _named(self, text: str, scene: _Scene) -> Request | None:
        plan = self._plan(text, scene)
        if plan is None or plan.small_talk is not None or plan.certainty < SURE:
            return None
        return self._request(text, plan, recalled=True)

    def _several(self, text: str, scene: _Scene) -> tuple[Part[Requested], ...]:
        # A timer may be called anything.
        free = bool(self._timers & set(self._reader.plain(text).split()))
        ear: Ear[Requested] = Ear(
            joints=self._joints,
            read=lambda part: self._read(part, scene),
            known=lambda word: free or self._is_known(word),
            begins=self._begins,
            complete=lambda said: self._begins_with(self._verbs, said),
            asks=self._reader.is_question,
            pointing=self._pointing,
            follows=self._follows,
            whole_name=self._holds_a_name,
            idle=self._idle,
        )
        parts = with_noun(divided(text, ear), self._plurals, ear.read, self._of_place)
        told = with_place(parts, self._before_place, ear.read, self._placeless)
        return () if self._governed(told) or _leaves_out(told) else told

    def _is_known(self, word: str) -> bool:
        return all(one in self._known_words or one.isdigit() for one in self._reader.plain(word).split())

    def _begins(self, said: str) -> bool:
        """Whether a part has its own verb."""
        return self._begins_with(self._beginnings, said)

    def _begins_with(self, words: Collection[str], said: str) -> bool:
        first = self._reader.bare(said).split()[:1]
        return bool(first) and first[0] in words

    def _pointing(self, said: str, before: Requested) -> str | None:
        """The part with what the one before it named, for `it`."""
        calls = [call for request in before for call in request.plan.calls]
        thing = thing_of(calls[0]) if len(calls) == 1 else None
        return self._follow_ups.points_at(said, thing) if thing is not None and thing not in self._rooms else None

    def _follows(self, before: Requested, own: Requested) -> bool:
        """Words without a verb that follow a question belong to it: `are the lights and the fan off`."""
        return before[-1].may_act or not _acts(own)

    def _idle(self, words: str, at_start: bool) -> bool:
        """Whether it is politeness alone, before a request or after it."""
        return self._reader.bare(f"{words} {_ANY}" if at_start else f"{_ANY} {words}") == _ANY

    def _holds_a_name(self, words: str) -> bool:
        said = f" {self._reader.plain(words)} "
        return any(f" {name} " in said for name in self._joined_names)

    def _of_place(self, requests: Requested) -> bool:
        """Whether something is ordered of a place and of nothing in it."""
        calls = [call for request in requests for call in request.plan.calls]
        return len(calls) == 1 and calls[0].name in ACTS and thing_of(calls[0]) in self._rooms

    def _placeless(self, requests: Requested) -> bool:
        """Whether it is asked of no place, or ordered of whatever is of its kind."""
        calls = [call for request in requests for call in request.plan.calls]
        if len(calls) != 1 or calls[0].name not in {"query_sensors", "control_device"}:
            return False
        thing = thing_of(calls[0])
        return thing is None or thing in self._kinds

    def _governed(self, parts: Sequence[Part[Requested]]) -> bool:
        """Whether an order follows a question whose words reach so far: `did you lock the door and turn off ...`."""
        asked = False
        for part in parts:
            if asked and _acts(part.read):
                return True
            words = set(self._reader.bare(part.request).split())
            asked = asked or (self._reader.is_question(part.request) and bool(words & self._governing))
        return False

    def _not_understood(self, text: str, scene: _Scene) -> Understood:
        found = pieces_of(text, self._joints)[0]
        read = [self._read(piece, scene) for piece in found[:MOST_PARTS]] if len(found) > 1 else []
        if any(one is not None for one in read):
            lost = next((piece for piece, one in zip(found, read, strict=False) if one is None), "")
            requests = tuple(request for one in read if one is not None for request in one)
            return Understood(requests=() if _acts(requests) else requests, lost=" ".join(words_of(lost)))
        return Understood(unclear=self._pointing_nowhere(text, scene))

    def _pointing_nowhere(self, text: str, scene: _Scene) -> str | None:
        """The word for which nothing was spoken of, where with a name in its place the sentence would be clear."""
        pointed = self._follow_ups.pointed(text, None)
        rest = words_of(text.replace(pointed.word, "", 1)) if pointed is not None else []
        if pointed is not None and all(self._is_known(word) for word in rest):
            for thing in self._examples(scene.house):
                one = self._follow_ups.points_at(text, thing)
                if one is not None and self._named(one, scene) is not None:
                    return pointed.word
        began = any(read.known for read in self._follow_ups.forms(self._reader.plain(text)))
        return "" if began and scene.about is None else None

    def _examples(self, house: House) -> Iterator[str]:
        """One name of each kind of thing."""
        yield from dict.fromkeys(one.all[0] for one in self._reader.names(house).values() if one.all)


def _leaves_out(parts: Sequence[Part[Requested]]) -> bool:
    """Whether what follows without a verb may be left out as well: `all lights but the hall's and the kitchen's`."""
    whats = [thing_of(call) or "" for part in parts for request in part.read for call in request.plan.calls]
    return any(part.elliptical for part in parts[1:]) and any(EXCEPT in what for what in whats)


def _numbered(plan: Plan) -> bool:
    """Whether a timer were called by a number: of `one for 10 minutes` it would be the length of another."""
    if not plan.calls or plan.calls[0].name != "set_timer":
        return False
    name = json.loads(plan.calls[0].arguments).get("name") or ""
    return any(word.isdigit() for word in name.split())


def _singular(language: Language) -> dict[str, str]:
    """Each word for many of a kind with that for one."""
    kinds = language.kinds.values()
    return {many: one for kind in kinds for one, many in zip(kind.one, kind.many, strict=False) if one != many}


def _acts(requests: Requested) -> bool:
    return any(acting(call) for request in requests for call in request.plan.calls)


@lru_cache(maxsize=8)
def _without_follow_ups(language: Language) -> Language:
    return language.model_copy(update={"follow_up": FollowUp()})


@lru_cache(maxsize=8)
def _words_of(language: Language) -> frozenset[str]:
    """Every word that is used in a language's sentences."""
    blocks = [block for several in language.intents.values() for block in several]
    texts = [sentence for block in blocks for sentence in block.sentences]
    texts += [*language.rules.values(), *language.generic, *language.places]
    texts += language.nouns
    texts += [word for values in language.lists.values() for several in values.values() for word in several]
    return frozenset(word for text in texts for word in re.findall(r"[^\W_]+(?:'[^\W_]+)*", text))
