"""What the house told in one turn, piece by piece, each with the names of what it is about.

Pure. A piece is a row of an answer, what else an answer holds, or a part of the sentence that code would speak for it.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.model.deeds import EVENT
from assistant.model.numbers import COUNT, OTHER, measure_of, measures_in, numbers_in
from assistant.model.times import Time, without_times
from assistant.model.words import LIMITS, carried_by, clauses, in_order, quantified, states_in, words_of
from sensors.spoken_units import HEARD
from sensors.units import convert

Measure = tuple[float, str | None]
"""A number and what it is of."""

_VALUES = frozenset({"value", "threshold", "first", "last", "per_hour"})
"""Fields of answers that hold a number in the unit beside it."""
_STATES = frozenset({"value", "state"})
"""Of what has a name; else it is the state that was asked about. What is so now is not what happened."""
_ASKED = frozenset({"asked_state", "asked", "considered", "kind_of_answer", "entity_id"})
"""What was asked for is not how it is, nor is how many were looked at."""
_NOW = frozenset({"time", "date", "clock"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    about: frozenset[str] = frozenset()
    """Words of the names of what it is about; empty: all that was asked for."""
    order: tuple[str, ...] = ()
    """The same in the order of a sentence, which tells what is compared with what."""
    words: frozenset[str] = frozenset()
    quantified: frozenset[str] = frozenset()
    """Words like none, all and both, without which it would not be true."""
    states: frozenset[str] = frozenset()
    measures: frozenset[Measure] = frozenset()
    times: frozenset[Time] = frozenset()
    then: frozenset[str] = frozenset()
    """Of a figure over a period the words that say so, one of which has to be there: it holds then, and not now."""
    limit: bool = False
    """Whether its numbers are bounds: above 22 degrees is not at 22 degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of one turn."""

    told: tuple[Fact, ...]
    names: frozenset[str]
    """Words of all names in them."""

    def about(self, named: frozenset[str], words: frozenset[str]) -> list[Fact]:
        """Those about what is named best, and those about all; every one where nothing is named."""
        most = max((len(fact.about & named) for fact in self.told), default=0)
        fits = (fact for fact in self.told if not (named and fact.about) or len(fact.about & named) == most)
        return [fact for fact in fits if not fact.then or fact.then & words]


def facts_of(sources: Sequence[Mapping[str, Any]], shown: Sequence[str], user_text: str) -> Facts:
    """`sources` are answers as JSON; `shown` is what the model was told of them, and when it is."""
    bodies = [_parsed(one) for one in shown]
    now = [source for source in sources if not _over_a_period(source)]
    told = [fact for body in (*now, *filter(None, bodies)) for fact in _facts(body)]
    names = frozenset(word for fact in told for word in fact.about)
    told = [fact for source in now for fact in _facts(source)]
    told += [fact for body in bodies if body is not None for fact in _all_of(body, names)]
    told += [replace(_text_fact(one), about=_NOW) for one, body in zip(shown, bodies, strict=True) if body is None]
    told.append(replace(_text_fact(user_text), words=frozenset(), states=frozenset(), limit=True))
    return Facts(told=tuple(told), names=names | _NOW)


def _over_a_period(body: Mapping[str, Any]) -> bool:
    return bool(body.get("span") or body.get("by_period"))


def _all_of(body: Mapping[str, Any], names: frozenset[str]) -> Iterator[Fact]:
    """What an answer holds, and what code says of it."""
    then: frozenset[str] = frozenset()
    if _over_a_period(body):
        then = carried_by(str(body.get("in_words") or "")) - names - frozenset(words_of(str(body.get("quantity"))))
    return (replace(fact, then=then) for fact in (*_facts(body), *_said(body, names)))


def _parsed(shown: str) -> dict[str, Any] | None:
    try:
        body = json.loads(shown)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _said(body: Mapping[str, Any], names: frozenset[str]) -> Iterator[Fact]:
    """The sentence of code, part by part."""
    order: tuple[str, ...] = ()
    for clause in clauses(str(body.get("in_words") or "")):
        order = in_order(clause, names) or order
        told = _text_fact(clause)
        # Code says with each number what it is of.
        measures = frozenset((number, of or OTHER) for number, of in told.measures)
        yield replace(told, about=frozenset(order), order=order, measures=measures)


def _text_fact(text: str) -> Fact:
    plain, times = without_times(text)
    return Fact(
        words=frozenset(words_of(text)),
        quantified=quantified(text),
        # What happened once need not be so.
        states=frozenset(states_in(EVENT.sub(" ", text))),
        measures=frozenset((number, of) for number, _, of in measures_in(plain)),
        times=times,
        limit=bool(LIMITS & set(words_of(text))),
    )


def _facts(value: Any, about: frozenset[str] = frozenset()) -> Iterator[Fact]:
    if isinstance(value, Mapping):
        about = _named(value) or about
        inside = {key: item for key, item in value.items() if key not in _ASKED and key != "in_words"}
        yield _row({key: item for key, item in inside.items() if not isinstance(item, Mapping | list)}, about)
        for item in inside.values():
            if isinstance(item, Mapping | list):
                yield from _facts(item, about)
    elif isinstance(value, list):
        yield Fact(about=about, measures=frozenset(_counts(value)))
        for item in value:
            yield from _facts(item if isinstance(item, Mapping | list) else {"": item}, about)


def _named(row: Mapping[str, Any]) -> frozenset[str]:
    names = row["names"] if isinstance(row.get("names"), list) else [row.get("name"), row.get("room")]
    return frozenset(word for name in names if name for word in words_of(str(name), name=True))


def _row(fields: Mapping[str, Any], about: frozenset[str]) -> Fact:
    texts = [str(item) for item in fields.values() if isinstance(item, str)]
    told = [_text_fact(text) for text in texts]
    heard = [table[text] for table in HEARD.values() for text in texts if text in table]
    measures = {one for key, item in fields.items() if _is_number(item) for one in _measured(key, float(item), fields)}
    # The number in a name is told as well, and is of nothing.
    measures |= {(number, OTHER) for text in texts for number, _ in numbers_in(without_times(text)[0])}
    state = {"now_state"} & fields.keys() or _STATES & fields.keys()
    spans = {measure for key, item in fields.items() if key.endswith("_ago") for measure in _text_fact(item).measures}
    return Fact(
        about=about,
        words=frozenset(word for text in (*texts, *heard) for word in words_of(text)),
        states=frozenset(str(fields[key]).lower() for key in state if about),
        measures=frozenset(measures | spans),
        times=frozenset(time for one in told for time in one.times),
        limit="threshold" in fields,
    )


def _measured(key: str, number: float, fields: Mapping[str, Any]) -> Iterator[Measure]:
    """A figure with what it is of; values also in the units in which a person may hear them."""
    unit = fields.get("unit")
    if key not in _VALUES:
        yield number, measure_of(key.removeprefix("left_"))
    elif not isinstance(unit, str):
        yield number, None
    else:
        heard = {table[unit] for table in HEARD.values() if unit in table}
        yield number, measure_of(unit)
        yield from ((convert(number, unit, other), measure_of(other)) for other in heard)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _counts(listed: Sequence[Any]) -> Iterator[Measure]:
    """How many there are: in all, and of each kind (rows in one state, of one quantity, in one room)."""
    yield float(len(listed)), COUNT
    rows = [item for item in listed if isinstance(item, Mapping)]
    kinds = Counter((key, item) for row in rows for key, item in row.items() if isinstance(item, str | bool))
    yield from ((float(count), COUNT) for count in kinds.values())
