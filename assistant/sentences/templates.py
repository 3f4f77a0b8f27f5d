"""Matches sentences against templates. The only importer of hassil and of home-assistant-intents.

Templates come from a Language, names from the live House; what comes out is an intent and its slots, as text and
numbers. What they mean for the tools is said in `assistant.sentences.mapping`.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any

from hassil.expression import Alternative, Expression, ListReference, Permutation, RuleReference, Sentence, TextChunk
from hassil.expression import Group as HassilGroup
from hassil.intents import (
    Intent,
    IntentData,
    Intents,
    RangeSlotList,
    SlotList,
    TextSlotList,
    TextSlotValue,
    WildcardSlotList,
)
from hassil.numbers import get_rbnf_engine
from hassil.parse_expression import parse_sentence
from hassil.recognize import RecognizeResult, recognize_all
from home_assistant_intents import get_intents

from assistant.sentences.sieve import NUMBER, Named, Shapes, Sieve
from assistant.sentences.tree import Node
from assistant.sentences.vocabulary import Names
from assistant.sentences.wording import Phrase, is_number
from config.language import Language

LARGEST_SPELLED_NUMBER = 1000
MOST_RESULTS = 40
"""A sentence that can be read in more ways than this is cut off; the first readings are the best ones."""

_LONGEST_UNKNOWN = 3
_UNKNOWN = {"unknown": True}
_OTHER = {"other": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """One reading of a sentence."""

    intent: str
    slots: Mapping[str, str | float]
    known: bool
    """False where it names something that this house does not have."""
    literal: int
    """How many stretches of the template's own words were said; more is surer."""
    able: bool = True
    """False where it names a thing of which only so much is known, that it exists."""
    wider: bool = False
    """True where it was read by home-assistant-intents."""
    free: int = 0
    """Letters that were taken for whatever words they are; fewer is surer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HassReading:
    """One reading of a sentence by home-assistant-intents."""

    intent: str
    values: Mapping[str, str | float]
    texts: Mapping[str, str]
    """What was said for each slot."""
    domain: str | None
    """Kind of the thing that was named, or that the sentence is about."""
    response: str


def intents_of_home_assistant() -> tuple[str, ...]:
    """Every intent that the installed package knows, in its own order."""
    text = files("home_assistant_intents").joinpath("intents.json").read_text(encoding="utf-8")
    return tuple(json.loads(text))


@cache
def spelled_numbers(language: str) -> Mapping[Phrase, int]:
    """Every whole number up to LARGEST_SPELLED_NUMBER in words; hyphens divide words."""
    engine = get_rbnf_engine(language)
    spelled: dict[Phrase, int] = {}
    for number in range(LARGEST_SPELLED_NUMBER + 1):
        for words in engine.format_number(number).text_by_ruleset.values():
            spelled.setdefault(tuple(words.replace("-", " ").replace("\u00ad", "").split()), number)
    return spelled


@cache
def parse(template: str) -> Node:
    """The tree of a template in hassil's language, for whoever writes it in another one."""
    return _node(parse_sentence(template).expression)


def _node(expression: Expression) -> Node:
    match expression:
        case TextChunk(original_text=text):
            return Node(kind="words", text=text)
        case ListReference(list_name=name):
            return Node(kind="list", text=name)
        case RuleReference(rule_name=name):
            return Node(kind="rule", text=name)
        case Alternative(items=items):
            return Node(kind="choice", parts=tuple(_node(item) for item in items))
        case Permutation(items=items):
            return Node(kind="shuffle", parts=tuple(_node(item) for item in items))
        case HassilGroup(items=items):
            return Node(kind="series", parts=tuple(_node(item) for item in items))
    raise TypeError(f"a template holds a {type(expression).__name__}, which is not understood here")


class _OneSentence(IntentData):
    """A block of a single template: what is tried for a sentence is put together of those that it can fit."""

    @cached_property
    def sentences(self) -> list[Sentence]:
        return [parse_sentence(text, keep_text=True) for text in self.sentence_texts]


class _Sifted:
    """Templates of which only those are tried that a sentence can fit."""

    def __init__(self, intents: Intents) -> None:
        self._intents = intents
        shapes = Shapes(_trees(intents.expansion_rules), _fixed(intents.slot_lists))
        self._blocks = [
            (name, _OneSentence(**{**vars(block), "sentence_texts": [text]}))
            for name, intent in intents.intents.items()
            for block in intent.data
            for text in block.sentence_texts
        ]
        self._sieve = Sieve([shapes.of(parse(block.sentence_texts[0])) for _, block in self._blocks])
        self.lists = frozenset(shapes.lists)
        # Whoever needed the trees has had them by now, and they take megabytes.
        parse.cache_clear()

    def fitting(
        self, sentence: str, named: Named, also: Mapping[str, Sequence[str]], intents: Collection[str]
    ) -> Intents:
        """Those of some of the intents."""
        kept: dict[str, Intent] = {}
        # Where there are no blanks between words, nobody knows where one begins.
        sifted = not self._intents.settings.ignore_whitespace
        places = self._sieve.fitting(sentence, named, also) if sifted else range(len(self._blocks))
        for name, block in (self._blocks[place] for place in places):
            if name in intents:
                kept.setdefault(name, Intent(name=name)).data.append(block)
        return replace(self._intents, intents=kept)


class Templates:
    """A language's templates, parsed once; names are given afresh whenever the house has changed."""

    def __init__(self, language: Language, asking: Collection[str]) -> None:
        """`asking` are the intents that a question can have: the others need not be tried for one."""
        self._language = language
        self._every, self._asking = frozenset(language.intents), frozenset(asking)
        self._nouns = _nouns(language)
        self._literals = literals(language)
        self._lists: dict[str, SlotList] = {}
        self._named = Named({})
        self._known: frozenset[str] = frozenset()

    def learn(self, names: Mapping[str, Names], products: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Takes the names of the house, in place of any earlier ones; `products` are lists of what is made, and of the
        names of what makes it.

        They are text and never template.
        """
        self._known = frozenset(name for one in names.values() for name in one.all)
        used = _own(self._language).lists
        self._lists = {name: _plain(name, one.all) for name, one in names.items() if name in used}
        for list_name, made in (products or {}).items():
            values = [TextSlotValue(text_in=TextChunk(what), value_out=name) for what, name in made.items()]
            self._lists[list_name] = TextSlotList(name=list_name, values=values)
        if "other" in used:
            self._lists["other"] = _marked("other", names["thing"].all, _OTHER)
        self._named = _named(self._lists)

    def readings(self, sentence: str, *, question: bool) -> list[Recognised]:
        """The ways in which a sentence (made alike before) can be read, best first."""
        tokens = sentence.split()
        numbers = [(token, float(token)) for token in tokens if is_number(token)]
        unknown = [span for span in dict.fromkeys(self._unknown(tokens)) if span not in self._known]
        intents = self._asking if question else self._every
        fitting = _own(self._language).fitting(sentence, self._named, {"unknown": unknown}, intents)
        lists = {
            **self._lists,
            NUMBER: TextSlotList.from_tuples(numbers, allow_template=False, name=NUMBER),
            "unknown": _marked("unknown", unknown, _UNKNOWN),
            "free": WildcardSlotList(name="free"),
        }
        results = recognize_all(sentence, fitting, slot_lists=lists)
        read = [_recognised(result) for _, result in zip(range(MOST_RESULTS), results, strict=False)]
        return sorted(read, key=lambda one: (not one.known, not one.able, -one.literal, one.free))

    def _unknown(self, tokens: Sequence[str]) -> Iterator[str]:
        """Names that this house may not have: words that no template uses, and a kind of thing or a place."""
        for start, token in enumerate(tokens):
            for noun in self._nouns.get(token, ()):
                if tuple(tokens[start : start + len(noun)]) != noun:
                    continue
                first = start
                yield " ".join(noun)
                while first and start - first < _LONGEST_UNKNOWN and tokens[first - 1] not in self._literals:
                    first -= 1
                    yield " ".join(tokens[first : start + len(noun)])


def _plain(name: str, values: Iterable[str]) -> TextSlotList:
    """Of names that were made alike before, so that hassil need not do so again."""
    return TextSlotList(name=name, values=[TextSlotValue(text_in=TextChunk(one), value_out=one) for one in values])


def _marked(name: str, values: Iterable[str], mark: Mapping[str, bool]) -> TextSlotList:
    marked = [TextSlotValue(text_in=TextChunk(value), value_out=value, metadata=dict(mark)) for value in values]
    return TextSlotList(name=name, values=marked)


class HassTemplates:
    """The sentences of home-assistant-intents, stripped to the intents and kinds of thing that have a tool here."""

    def __init__(
        self, language: str, intents: Collection[str], asking: Collection[str], domains: Collection[str]
    ) -> None:
        """A language that the package does not have gives templates that match nothing."""
        self._every, self._asking = frozenset(intents), frozenset(asking)
        self._which = language, self._every, frozenset(domains)
        self._lists: dict[str, SlotList] = {}
        self._named = Named({})

    def learn(self, names: Mapping[str, Sequence[str]], rooms: Sequence[str], floors: Sequence[str]) -> None:
        """Takes the names of the house by domain, of rooms and of floors, in place of any earlier ones."""
        values = [
            TextSlotValue(
                text_in=TextChunk(name), value_out=name, context={"domain": domain}, metadata={"domain": domain}
            )
            for domain, several in names.items()
            for name in several
        ]
        self._lists = {
            "name": TextSlotList(name="name", values=values),
            "area": _plain("area", rooms),
            "floor": _plain("floor", floors),
        }
        self._named = _named(self._lists)

    def readings(self, sentence: str, room: str | None, *, question: bool) -> list[HassReading]:
        """The ways in which a sentence (made alike before) can be read, best first."""
        context = {"area": room} if room else None
        fitting = _package(*self._which).fitting(sentence, self._named, {}, self._asking if question else self._every)
        results = recognize_all(sentence, fitting, slot_lists=self._lists, intent_context=context)
        read = [result for _, result in zip(range(MOST_RESULTS), results, strict=False)]
        return [_hass_reading(result) for result in sorted(read, key=lambda one: -one.text_chunks_matched)]


@cache
def _package(language: str, intents: frozenset[str], domains: frozenset[str]) -> _Sifted:
    data = get_intents(language) or {"language": language, "intents": {}}
    kept = {name: intent for name, intent in data["intents"].items() if name in intents}
    for name, intent in kept.items():
        kept[name] = {**intent, "data": [block for block in intent["data"] if _fits(block, domains)]}
    lists = {name: _digits_only(one) for name, one in data.get("lists", {}).items()}
    return _Sifted(Intents.from_dict({**data, "intents": kept, "lists": lists, "skip_words": []}))


@lru_cache(maxsize=8)
def _own(language: Language) -> _Sifted:
    return _Sifted(_intents(language))


def _trees(rules: Mapping[str, Sentence]) -> Mapping[str, Node]:
    return {name: _node(rule.expression) for name, rule in rules.items()}


def _fixed(lists: Mapping[str, SlotList]) -> Mapping[str, Node]:
    """The lists that no house changes, as trees; but for those that take whatever words they are."""
    found: dict[str, Node] = {}
    for name, one in lists.items():
        if isinstance(one, RangeSlotList):
            found[name] = Node(kind="list", text=NUMBER)
        elif isinstance(one, TextSlotList):
            found[name] = Node(kind="choice", parts=tuple(_node(value.text_in) for value in one.values))
    return found


def _named(lists: Mapping[str, SlotList]) -> Named:
    """Of lists that hold texts and no templates."""
    values = {name: one.values for name, one in lists.items() if isinstance(one, TextSlotList)}
    return Named({name: [_node(one.text_in).text for one in several] for name, several in values.items()})


def _fits(block: Mapping[str, Any], domains: Collection[str]) -> bool:
    """Whether a block of sentences can be about something that this house can hold."""
    wanted = [block.get(part, {}).get("domain", ()) for part in ("slots", "requires_context")]
    named = {name for one in wanted for name in ([one] if isinstance(one, str) else one)}
    return not named or not named.isdisjoint(domains)


def _digits_only(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Numbers reach us as digits, so their spelled forms need not be built."""
    return {"range": {**values["range"], "words": False}} if "range" in values else values


def _hass_reading(result: RecognizeResult) -> HassReading:
    entities = {entity.name: entity for entity in result.entities_list}
    named = entities["name"].metadata if "name" in entities else None
    domain = named["domain"] if named else entities["domain"].value if "domain" in entities else None
    return HassReading(
        intent=result.intent.name,
        values={name: entity.value for name, entity in entities.items()},
        texts={name: (entity.text or str(entity.value)).strip() for name, entity in entities.items()},
        domain=domain,
        response=result.response or "",
    )


def _intents(language: Language) -> Intents:
    values = {
        name: {"values": [{"in": words, "out": out} for out, several in values.items() for words in several]}
        for name, values in language.lists.items()
    }
    intents = {
        name: {"data": [{"sentences": list(block.sentences), "slots": dict(block.slots)} for block in blocks]}
        for name, blocks in language.intents.items()
    }
    rules = dict(language.rules)
    return Intents.from_dict(
        {"language": language.language, "intents": intents, "lists": values, "expansion_rules": rules}
    )


def _nouns(language: Language) -> Mapping[str, Sequence[Phrase]]:
    """By their first word."""
    found: dict[str, list[Phrase]] = {}
    for noun in dict.fromkeys([*language.nouns, *language.places]):
        found.setdefault(noun.split()[0], []).append(tuple(noun.split()))
    return found


@lru_cache(maxsize=8)
def literals(language: Language) -> frozenset[str]:
    """Every word that templates and their fixed lists use."""
    return frozenset(_literals(language))


def _literals(language: Language) -> Iterator[str]:
    for blocks in language.intents.values():
        for block in blocks:
            for sentence in block.sentences:
                yield from _words(parse(sentence))
    for rule in language.rules.values():
        yield from _words(parse(rule))
    for values in language.lists.values():
        for several in values.values():
            yield from (word for words in several for word in words.split())


def _words(node: Node) -> Iterable[str]:
    if node.kind == "words":
        return node.text.split()
    return [word for part in node.parts for word in _words(part)]


def _recognised(result: RecognizeResult) -> Recognised:
    entities = result.entities_list
    return Recognised(
        intent=result.intent.name,
        slots={entity.name: entity.value for entity in entities},
        known=not any(entity.metadata == _UNKNOWN for entity in entities),
        able=not any(entity.metadata == _OTHER for entity in entities),
        literal=result.text_chunks_matched,
        free=sum(len(str(entity.value)) for entity in entities if entity.is_wildcard),
    )
