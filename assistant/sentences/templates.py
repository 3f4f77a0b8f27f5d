"""Matches sentences against templates. The only importer of hassil and of home-assistant-intents.

Templates come from a Language, names from the live House; what comes out is an intent and its slots, as text and
numbers. What they mean for the tools is said in `assistant.sentences.mapping`.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from hassil.expression import Alternative, Expression, ListReference, RuleReference, TextChunk
from hassil.expression import Group as HassilGroup
from hassil.intents import Intents, SlotList, TextSlotList, TextSlotValue, WildcardSlotList
from hassil.numbers import get_rbnf_engine
from hassil.parse_expression import parse_sentence
from hassil.recognize import RecognizeResult, recognize_all
from home_assistant_intents import get_intents

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A template as a tree: `words` (text), `list` or `rule` (its name in text), `series` and `choice` (parts)."""

    kind: str
    text: str = ""
    parts: "tuple[Node, ...]" = ()


def intents_of_home_assistant() -> tuple[str, ...]:
    """Every intent that the installed package knows, in its own order."""
    text = files("home_assistant_intents").joinpath("intents.json").read_text(encoding="utf-8")
    return tuple(json.loads(text))


def spelled_numbers(language: str) -> Mapping[Phrase, int]:
    """Every whole number up to LARGEST_SPELLED_NUMBER in words; hyphens divide words."""
    engine = get_rbnf_engine(language)
    spelled: dict[Phrase, int] = {}
    for number in range(LARGEST_SPELLED_NUMBER + 1):
        for words in engine.format_number(number).text_by_ruleset.values():
            spelled.setdefault(tuple(words.replace("-", " ").replace("\u00ad", "").split()), number)
    return spelled


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
        case HassilGroup(items=items):
            return Node(kind="series", parts=tuple(_node(item) for item in items))
    raise TypeError(f"a template holds a {type(expression).__name__}, which is not understood here")


class Templates:
    """A language's templates, parsed once; names are given afresh whenever the house has changed."""

    def __init__(self, language: Language, asking: Collection[str]) -> None:
        """`asking` are the intents that a question can have: the others need not be tried for one."""
        self._intents = _intents(language)
        self._asking = _only(self._intents, asking)
        self._nouns = _nouns(language)
        self._literals = frozenset(literals(language))
        self._lists: dict[str, SlotList] = {}
        self._known: frozenset[str] = frozenset()

    def learn(self, names: Mapping[str, Names], products: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Takes the names of the house, in place of any earlier ones; `products` are lists of what is made, and of the
        names of what makes it.

        They are text and never template.
        """
        self._known = frozenset(name for one in names.values() for name in one.all)
        self._lists = {
            name: TextSlotList.from_strings(one.all, allow_template=False, name=name) for name, one in names.items()
        }
        for list_name, made in (products or {}).items():
            values = [TextSlotValue(text_in=TextChunk(what), value_out=name) for what, name in made.items()]
            self._lists[list_name] = TextSlotList(name=list_name, values=values)
        self._lists["other"] = _marked("other", names["thing"].all, _OTHER)

    def readings(self, sentence: str, *, question: bool) -> list[Recognised]:
        """The ways in which a sentence (made alike before) can be read, best first."""
        tokens = sentence.split()
        numbers = [(token, float(token)) for token in tokens if is_number(token)]
        lists = {
            **self._lists,
            "number": TextSlotList.from_tuples(numbers, allow_template=False, name="number"),
            "unknown": self._unknown_list(tokens),
            "free": WildcardSlotList(name="free"),
        }
        results = recognize_all(sentence, self._asking if question else self._intents, slot_lists=lists)
        read = [_recognised(result) for _, result in zip(range(MOST_RESULTS), results, strict=False)]
        return sorted(read, key=lambda one: (not one.known, not one.able, -one.literal, one.free))

    def _unknown_list(self, tokens: Sequence[str]) -> TextSlotList:
        spans = [span for span in dict.fromkeys(self._unknown(tokens)) if span not in self._known]
        return _marked("unknown", spans, _UNKNOWN)

    def _unknown(self, tokens: Sequence[str]) -> Iterator[str]:
        """Names that this house may not have: words that no template uses, and a kind of thing or a place."""
        for start in range(len(tokens)):
            for noun in self._nouns:
                if tuple(tokens[start : start + len(noun)]) != noun:
                    continue
                first = start
                yield " ".join(noun)
                while first and start - first < _LONGEST_UNKNOWN and tokens[first - 1] not in self._literals:
                    first -= 1
                    yield " ".join(tokens[first : start + len(noun)])


def _marked(name: str, values: Iterable[str], mark: Mapping[str, bool]) -> TextSlotList:
    marked = [TextSlotValue(text_in=TextChunk(value), value_out=value, metadata=dict(mark)) for value in values]
    return TextSlotList(name=name, values=marked)


class HassTemplates:
    """The sentences of home-assistant-intents, stripped to the intents and kinds of thing that have a tool here."""

    def __init__(
        self, language: str, intents: Collection[str], asking: Collection[str], domains: Collection[str]
    ) -> None:
        """A language that the package does not have gives templates that match nothing."""
        data = get_intents(language) or {"language": language, "intents": {}}
        kept = {name: intent for name, intent in data["intents"].items() if name in intents}
        for name, intent in kept.items():
            kept[name] = {**intent, "data": [block for block in intent["data"] if _fits(block, domains)]}
        lists = {name: _digits_only(one) for name, one in data.get("lists", {}).items()}
        self._intents = Intents.from_dict({**data, "intents": kept, "lists": lists, "skip_words": []})
        self._asking = _only(self._intents, asking)
        self._lists: dict[str, SlotList] = {}

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
            "area": TextSlotList.from_strings(rooms, allow_template=False, name="area"),
            "floor": TextSlotList.from_strings(floors, allow_template=False, name="floor"),
        }

    def readings(self, sentence: str, room: str | None, *, question: bool) -> list[HassReading]:
        """The ways in which a sentence (made alike before) can be read, best first."""
        context = {"area": room} if room else None
        intents = self._asking if question else self._intents
        results = recognize_all(sentence, intents, slot_lists=self._lists, intent_context=context)
        read = [result for _, result in zip(range(MOST_RESULTS), results, strict=False)]
        return [_hass_reading(result) for result in sorted(read, key=lambda one: -one.text_chunks_matched)]


def _only(intents: Intents, names: Collection[str]) -> Intents:
    """Some of the intents, each parsed once for both."""
    return replace(intents, intents={name: one for name, one in intents.intents.items() if name in names})


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


def _nouns(language: Language) -> tuple[Phrase, ...]:
    kinds = [word for kind in language.kinds.values() for word in (*kind.one, *kind.many)]
    return tuple(tuple(noun.split()) for noun in dict.fromkeys([*kinds, *language.places]))


def literals(language: Language) -> Iterator[str]:
    """Every word that templates and their fixed lists use."""
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
