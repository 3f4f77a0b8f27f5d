"""The planner that needs no model: a sentence in, the calls that it means out; or nothing where it is not sure.

It decides from words alone. It never asks the store and never performs anything.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.sentences.choosing import Answered, answer_to, short_forms
from assistant.sentences.coverage import INTENTS
from assistant.sentences.grammar import choice_grammar, confirmation_grammar, house_grammar, pin_grammar
from assistant.sentences.hass import ASKING, DOMAINS, to_own
from assistant.sentences.mapping import LOUDNESS, SMALL_TALK, Setting, is_act, to_call
from assistant.sentences.nearest import Nearest
from assistant.sentences.number_words import numbers_said
from assistant.sentences.spelling import Spelling
from assistant.sentences.templates import HassTemplates, Recognised, Templates, spelled_numbers
from assistant.sentences.timer_slots import TIMERS
from assistant.sentences.vocabulary import (
    Names,
    makers,
    names_by_component,
    names_by_list,
    numeric_quantities,
    whole_of,
    words_to_choose,
)
from assistant.sentences.watch_slots import WATCHES
from assistant.sentences.wording import Wording
from config.language import Language
from config.naming import naming
from sensors.home import House
from sensors.reading import Verb
from tools.arguments import QuerySensors
from tools.compounds import Compounds
from tools.contract import Asker, ToolCall, ToolError
from tools.meant import series_meant

CERTAIN = 1.0
FREE_WORDS = 0.95
"""Certainty where some of it was taken for whatever words they are: a timer's name, what to remind of."""
WIDER = 0.9
"""Certainty of a reading by home-assistant-intents."""
SURE = WIDER
"""From here on nothing in it is doubtful."""
NOT_ABLE = 0.85
"""Certainty where it names a thing of this house that cannot do so: it is told what the thing can do."""
UNKNOWN_NAME = 0.8
"""Certainty where the sentence is clear, but names something that this house does not have."""

_MAKING = {"product": "switchable", "watered": "valved"}
"""Lists of what is made, and of the things that make it."""
_ABLE = ("switchable", "dimmable", "openable", "heatable", "speedable", "colored")
"""Lists of what can be told something in a few words without a verb."""
_ECHOED = ("lockable", "openable")
"""Lists of what may have to be named with the yes."""
_OUTSIDE = frozenset(word for one in naming() for place in one.places[:1] for word in place.said)
_CALL_ID = "sentence-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a sentence means: calls, or the key of a small answer that code makes itself."""

    intent: str
    calls: tuple[ToolCall, ...] = ()
    certainty: float = CERTAIN
    small_talk: str | None = None
    """One of `mapping.SMALL_TALK`."""
    level: float | None = None
    """How loud it shall be, where that was said."""


class SentencePlanner:
    """Understands one language. Knows the names of one house at a time and learns them anew when it changes."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._numbers = spelled_numbers(language.language)
        self._wording = Wording(language.wording, numbers_said(self._numbers, language.wording))
        self._spelling = Spelling(language, self._numbers)
        self._wording.learn(self._spelling.usual)
        self._compounds, self._whole = Compounds((), (), ()), frozenset[str]()
        self._templates = Templates(language, [name for name in language.intents if not is_act(name)])
        self._wider = HassTemplates(language.language, INTENTS, ASKING, DOMAINS)
        self._nearest = Nearest(language)
        self._nouns = {domain: language.kinds[domain].many[0] for domain in DOMAINS if domain in language.kinds}
        self._groups = language.plurals
        self._house: House | None = None
        self._names: dict[str, Names] = {}
        self._choices: Mapping[str, Verb] = {}
        self._floors: tuple[str, ...] = ()
        self._starts: frozenset[str] = frozenset()
        self._scenes: frozenset[str] = frozenset()
        """Their names alone are orders."""
        self._before_place = language.wording.before_place[0]

    def plan(self, text: str, house: House, room: str | None) -> Plan | None:
        """`room` is where the person is. None: not understood, or not surely enough."""
        read = self.recognize(text, house, room)
        return None if read is None else self._planned(read, text, house, room)

    def _planned(self, read: Recognised, text: str, house: House, room: str | None) -> Plan | None:
        if read.intent in SMALL_TALK:
            level = read.slots.get("level")
            return Plan(intent=read.intent, small_talk=read.intent, level=None if level is None else float(level))
        if "message" in read.slots:
            # What is to be said to a person one day stays as that person said it.
            message = self._wording.as_said(str(read.slots["message"]).strip(), text)
            read = replace(read, slots={**read.slots, "message": message})
        call = to_call(read, self._setting(house, room), _CALL_ID)
        if call is None:
            return None
        return Plan(intent=read.intent, calls=(call,), certainty=_certainty(read))

    def plan_wider(self, text: str, house: House, room: str | None, intent: str) -> Plan | None:
        """What a sentence means by one intent of home-assistant-intents alone."""
        self._learn(house)
        said = self._wording.request(text, articles=True)
        read = next(self._by_package(said, room, frozenset({intent}), False), None)
        return None if read is None else self._planned(read, text, house, room)

    def recognize(self, text: str, house: House, room: str | None) -> Recognised | None:
        """The best reading of a sentence. A question is never read as an order, whatever it looks like."""
        self._learn(house)
        question = self.is_question(text)
        readings = (one for one in self._readings(text, room, question) if not (question and is_act(one.intent)))
        found = next(readings, None)
        if (found is None or not found.known) and (spread := self._wording.spread(text)) is not None:
            return self.recognize(spread, house, room) or found
        return found

    def _readings(self, text: str, room: str | None, question: bool) -> Iterator[Recognised]:
        """Our own templates first, for they know this house best; the wider set is asked where they find nothing.

        Last come our readings with a name that this house does not have: what was meant may be in the wider set.
        """
        asked = self._apart(self._wording.request(text))
        own = self._templates.readings(asked, question=question)
        if not any(read.known for read in own) and (placed := self._on_a_floor(asked)):
            own = [*self._templates.readings(placed, question=question), *own]
        sure = [read for read in own if read.known and read.able]
        yield from sure
        if sure:
            return
        wider = self._apart(self._wording.request(text, articles=True))
        # A name alone is an order to some of its sentences; where there is no verb, only ours are to be trusted.
        yield from self._by_package(wider, room, INTENTS, question or self._wording.is_question(text))
        yield from own

    def _by_package(
        self, said: str, room: str | None, intents: Collection[str], question: bool
    ) -> Iterator[Recognised]:
        for read in self._wider.readings(said, self._wording.plain(room) if room else None, question=question):
            mapped = to_own(read, self._nouns) if read.intent in intents else None
            if mapped is not None and (mapped.intent not in TIMERS or self._of_timers(said)):
                yield replace(mapped, known=self._is_there(mapped))

    def _is_there(self, read: Recognised) -> bool:
        """Whether what is ordered in a place is there: the package takes `garage blinds` for such without looking."""
        place, what = read.slots.get("in"), read.slots.get("what")
        return place is None or not is_act(read.intent) or f"{place} {what}" in self._names["thing"].all

    def _of_timers(self, said: str) -> bool:
        """Whether a timer, an alarm or a reminder is spoken of: `wann ist die Wäsche fertig` asks for no timer."""
        known = self._language.wording.timers
        return not known or not {*said.split()}.isdisjoint(known)

    def _on_a_floor(self, said: str) -> str | None:
        """`turn off lights upstairs` as `turn off lights in upstairs`: a floor's name needs no word before it."""
        for floor in self._floors:
            before, found, after = f" {said} ".rpartition(f" {floor} ")
            if found:
                return f"{before} {self._before_place} {floor} {after}".strip()
        return None

    def _apart(self, said: str) -> str:
        """The sentence with words that were put together taken apart, but for those of which this house has a name."""
        return " ".join(part for word in said.split() for part in self._parts(word))

    def _parts(self, word: str) -> list[str]:
        parts = (word,) if word in self._whole else self._compounds.parted(word)
        return (
            [part for one in parts for part in self._wording.plain(one).split() or [one]] if len(parts) > 1 else [word]
        )

    def is_question(self, text: str) -> bool:
        """Whether this is anything but clearly an order. A planner that is handed a question is shown no act tool."""
        if not self._wording.is_question(text):
            return False
        said = self._wording.request(text)
        if said in self._scenes:
            return False
        if text.rstrip().endswith("?"):
            return True
        placed = self._on_a_floor(said)
        return not self._names_first(said) and (placed is None or self._wording.is_question(placed))

    def _names_first(self, said: str) -> bool:
        """`Bedroom blinds up`: what is wanted of a thing that is named, in so few words that there is no verb."""
        words = said.split()
        if not self._language.wording.named_first or not self._wording.has_no_verb(words):
            return False
        return any(" ".join(words[:end]) in self._starts for end in range(1, len(words)))

    def is_of_timers(self, text: str) -> bool:
        """Whether the words speak of timers at all; where they do not, a model is not told that there are any."""
        return self._wording.is_of_timers(text)

    def is_of_watches(self, text: str) -> bool:
        """Whether the words speak of something that is to be told when it comes about."""
        return self._wording.is_of_watches(text)

    def is_of_summaries(self, text: str) -> bool:
        """Whether the words speak of how a day was."""
        return self._wording.is_of_summaries(text)

    def bare(self, text: str) -> str:
        """The words as they are matched: without politeness, fillers and articles."""
        return self._wording.request(text)

    def plain(self, text: str) -> str:
        """The words without fillers and articles, as names are matched."""
        return self._wording.plain(text)

    def names(self, house: House) -> Mapping[str, Names]:
        """By name of a template list, the names of this house."""
        self._learn(house)
        return self._names

    def near(self, text: str, house: House, room: str | None) -> tuple[str, ...]:
        """At most two sentences like this one that do work in this house; none that acts, where it is a question."""
        self._learn(house)
        question = self.is_question(text)

        def works(sentence: str) -> bool:
            plan = self.plan(sentence, house, room)
            if plan is None or plan.certainty < SURE or (question and is_act(plan.intent)):
                return False
            if plan.intent in WATCHES and not (self.is_of_watches(text) or self.is_of_summaries(text)):
                return False  # who tries an example out of curiosity has set something
            return all(_can_be_asked(call, house, room) for call in plan.calls)

        said = self._wording.request(text)
        return self._nearest.to(said, self._wording.plain(room or ""), works, acting=not question)

    def with_digits(self, text: str) -> str:
        """The same words with spelled numbers as digits: a recogniser hears `yes lock two` for a device `Lock 2`."""
        return self._wording.with_digits(text)

    def jsgf(self, house: House, room: str | None, *, follow_ups: bool = False) -> str:
        """Every sentence that the embedded recogniser should listen for, as a JSGF grammar.

        `follow_ups`: also what goes on from what was just spoken of.
        """
        self._learn(house)
        quantities = tuple(quantity.value for quantity in numeric_quantities(house))
        return house_grammar(
            self._language, self._names, quantities, self._numbers, self._wording.plain, follow_ups=follow_ups
        )

    @property
    def refusals(self) -> frozenset[str]:
        """The answers to a proposal that are a no as a whole."""
        return frozenset(self._language.confirm.reject)

    def confirmation_jsgf(self, echo: str | None) -> str:
        """What can be answered to a proposal; `echo` is the noun that must be said with the yes."""
        # Who does not hear the question well wants it louder, and is not to be taken for a yes.
        louder = [
            said for intent in sorted(LOUDNESS) for said in self._language.speech.get(intent, ()) if "{" not in said
        ]
        confirm = self._language.confirm
        confirm = confirm.model_copy(update={"decoys": (*confirm.decoys, *louder)})
        others = [name for able in _ECHOED if able in self._names for name in self._names[able].spoken]
        return confirmation_grammar(confirm, echo, self._numbers, self._wording.plain, others)

    def choice_jsgf(self, candidates: Sequence[str]) -> str:
        """What can be answered to the question which of these is meant."""
        names, language = short_forms(candidates), self._language
        return choice_grammar(
            names, len(candidates), language.choice, language.confirm, self._numbers, self._wording.plain
        )

    def chosen(self, candidates: Sequence[str], said: str) -> Answered:
        """What was answered to that question."""
        return answer_to(candidates, said, self._language.choice, self._language.confirm)

    def pin_jsgf(self, length: int) -> str:
        """So many digits one by one, and a no."""
        return pin_grammar(self._language.confirm, self._numbers, length)

    def _learn(self, house: House) -> None:
        if house is self._house or house == self._house:
            return
        typed, self._compounds, self._whole = self._spelling.of(house, self._wording.plain)
        self._wording.learn(typed)
        self._names = dict(names_by_list(house, self._language, self._wording.plain))
        self._scenes = frozenset(self._names["activatable"].all)
        self._starts = frozenset(name for able in _ABLE for name in self._names[able].all)
        self._choices = words_to_choose(house, self._wording.plain)
        products = {name: makers(self._names[able].all, self._language.products) for name, able in _MAKING.items()}
        products["chore"] = makers(self._names["thing"].all, self._language.chores)
        products["audible"] = whole_of(self._names["numbered"].all, self._language.loudness)
        self._templates.learn(self._names, products)
        self._nearest.learn(self._names, [quantity.value for quantity in numeric_quantities(house)])
        things = names_by_component(house, self._language, self._wording.plain)
        self._floors = tuple(
            sorted({self._wording.plain(name) for name in house.storeys} - {""}, key=len, reverse=True)
        )
        self._wider.learn({domain: things[domain] for domain in DOMAINS}, self._names["room"].all, self._floors)
        self._house = house

    def _setting(self, house: House, room: str | None) -> Setting:
        return Setting(
            room=self._wording.plain(room) if room else None,
            quantities=frozenset(house.quantities),
            groups=self._groups,
            names=frozenset(self._names["thing"].all),
            dimmable=frozenset(self._names["dimmable"].all),
            outside=next((name for name in self._names["room"].all if name in _OUTSIDE), None),
            occupied=frozenset(self._names["occupied"].all),
            words=self._choices,
        )


def _certainty(read: Recognised) -> float:
    """The least of what speaks against it."""
    doubts = {UNKNOWN_NAME: not read.known, NOT_ABLE: not read.able, WIDER: read.wider, FREE_WORDS: read.free > 0}
    return min((certainty for certainty, doubted in doubts.items() if doubted), default=CERTAIN)


def _can_be_asked(call: ToolCall, house: House, room: str | None) -> bool:
    """Whether something in this house reports what a question asks about."""
    if call.name != "query_sensors":
        return True
    asked = QuerySensors.model_validate_json(call.arguments)
    if asked.where is None:
        return asked.quantity is None or asked.quantity in house.quantities
    try:
        return bool(series_meant(asked, Asker(satellite="", room=room), house))
    except ToolError:
        return False
