"""One language's words, and how they are put together: names with their articles, lists, numbers, states and units."""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from config.spoken import Spoken
from config.spoken_words import Gender, Grammar, Names
from sensors.reading import STATES, Quantity, Verb

MOST_SPOKEN = 8
"""Values of a list that are spoken before the rest is only counted."""

SENSED = frozenset(quantity for quantity, words in STATES.items() if words == ("detected", "clear"))
"""What there is or is not, rather than what is something."""


class Count(int):
    """A number for a gap that may choose: `{count:one room|{count} rooms}`."""

    def __format__(self, spec: str) -> str:
        return _chosen(spec, many=self != 1) if "|" in spec else super().__format__(spec)


class Named:
    """One name or several, for a gap that may ask for a form, or choose between one and many: `{names:is|are}`."""

    def __init__(self, words: "Words", names: Sequence[str], *, most: int = MOST_SPOKEN, any_of: bool = False) -> None:
        self._words = words
        self._names = names
        self._most = most
        self._any_of = any_of

    def __format__(self, spec: str) -> str:
        if "|" in spec:
            several = len(self._names) > 1 and not self._any_of
            return _chosen(spec, many=several or self._words.is_many(self._names[-1]))
        said = [self._words.inflected(name, spec) for name in self._names]
        return self._words.one_of(said) if self._any_of else self._words.joined(said, self._most)


class Words:
    """The words of one language."""

    def __init__(self, spoken: Spoken) -> None:
        self.spoken = spoken
        self._grammar = spoken.grammar

    def named(self, *names: str, most: int = MOST_SPOKEN) -> Named:
        """All of them are meant."""
        return Named(self, names, most=most)

    def any_of(self, names: Sequence[str]) -> Named:
        """One of them is meant."""
        return Named(self, names, any_of=True)

    def inflected(self, name: str, form: str) -> str:
        """The name in a form of the grammar; as it is written where none is asked for."""
        written = self._written(name)
        if not form or (name[:1].isupper() and not self._grammar.capitals):
            return written
        gender, end = _gender(name, self._grammar)
        template = self._grammar.forms[form] if gender is None else gender.forms.get(form, self._grammar.forms[form])
        return template.format(name=written, head=written[:end], tail=written[end:])

    def is_many(self, name: str) -> bool:
        """Whether one name is that of several things: the blinds of one window."""
        gender, _ = _gender(name, self._grammar)
        many = _fits(self._grammar.many, name) and not _fits(self._grammar.one, name)
        return many or (gender is not None and gender.many)

    def _written(self, name: str) -> str:
        if not self._grammar.capitals or name != name.lower():
            return name
        small, written = self._grammar.small, self._grammar.written
        return " ".join(word if word in small else written.get(word) or capital(word) for word in name.split(" "))

    def joined(self, items: Sequence[str], most: int = MOST_SPOKEN) -> str:
        """`a`, `a and b`, `a, b and c`; what is too many to listen to is counted."""
        shown = list(items[:most])
        if len(items) > most:
            shown.append(self._grammar.more.format(count=Count(len(items) - most)))
        return _listed(shown, self._grammar.conjunction)

    def one_of(self, items: Sequence[str]) -> str:
        """`a`, `a or b`, `a, b or c`."""
        return _listed(items, self._grammar.alternative)

    def number(self, value: float, places: int = 1) -> str:
        """As people say it: so many decimals below a hundred, whole numbers above, no trailing zero."""
        rounded = round(value, places) if abs(value) < 100 else float(round(value))
        written = f"{rounded:g}" if abs(rounded) < 1e6 else f"{rounded:.0f}"
        return written.replace(".", self._grammar.decimal)

    def measured(self, said: str, unit: str | None) -> str:
        """A number that is already in words, with its unit."""
        if unit is None:
            return said
        one, many = self.spoken.units.get(unit, (unit, unit))
        return f"{said} {one if said in {'1', '-1'} else many}".rstrip()

    def unit(self, unit: str) -> str:
        """The unit alone."""
        return self.spoken.units.get(unit, (unit, unit))[1]

    def noun(self, quantity: Quantity) -> str:
        return self.spoken.quantities[quantity][0]

    def nouns(self, quantity: Quantity) -> str:
        return self.spoken.quantities[quantity][1]

    def state(self, state: str) -> str:
        """What something is, as it follows `is`; what only this device says is said as it is."""
        known = self.spoken.states.get(state)
        return known.word if known else self.spoken.words.get(state, state.replace("_", " "))

    def option(self, option: str) -> str:
        """What something is set to."""
        return self.spoken.words.get(option) or self.state(option)

    def asked(self, verb: Verb, names: Iterable[str], value: str) -> str:
        """What is asked for, as it stands in a question: `turn on the lamp`."""
        return self.spoken.deeds[verb].ask.format(names=self.named(*names), value=value)

    def subject(self, quantity: Quantity, name: str, room: str | None, *, figure: str = "{noun}") -> str:
        """What is measured, of its place or its thing: `the temperature in the kitchen`; `figure` says which of it."""
        noun, bare = self.noun(quantity), self.bare(name, quantity)
        if room and name == room.lower():
            said = self.named(figure.format(noun=noun))
            return self.spoken.in_place.format(noun=said, place=self.named(name))
        # What is written in one word with it is of nothing else: `Außentemperatur`. And a setting says what it is.
        if bare.endswith(noun.lower()) or quantity is Quantity.NUMBER:
            return self.spoken.by_itself.format(noun=self.named(figure.format(noun=self._written(bare))))
        return self.spoken.of_thing.format(noun=self.named(figure.format(noun=noun)), name=self.named(bare))

    def bare(self, name: str, quantity: Quantity) -> str:
        """`washing machine` for `washing machine energy`, where the sentence has named what was measured."""
        first = name.removesuffix(f" {self.noun(quantity).lower()}")
        return first if first != name else name.removesuffix(f" {quantity.value}")


def plain(sentence: str) -> str:
    """A sentence as it may be spoken: names and states of devices are often written with underscores."""
    return sentence.replace("_", " ")


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _chosen(spec: str, *, many: bool) -> str:
    one, _, several = spec.partition("|")
    return several if many else one


def _listed(items: Sequence[str], last: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])}{last}{items[-1]}" if items else ""


def _fits(names: Names, name: str) -> bool:
    return name in names.whole or name.startswith(names.beginnings) or name.endswith(names.endings)


def _gender(name: str, grammar: Grammar) -> tuple[Gender | None, int]:
    """The gender of a name, and where the word ends that tells it; None where no word does."""
    lower = name.lower()
    for gender in grammar.genders:
        if lower in gender.whole or lower.startswith(gender.beginnings):
            return gender, len(name)
    # What a preposition begins tells where the thing is, and not what it is.
    words = list(takewhile(lambda word: word not in grammar.small, lower.split(" ")))
    for place in (False, True):
        genders = [gender for gender in grammar.genders if gender.place is place]
        for at in range(len(words), 0, -1):
            fitting = [
                (len(end), gender) for gender in genders for end in gender.endings if words[at - 1].endswith(end)
            ]
            if fitting:
                return max(fitting, key=lambda one: one[0])[1], len(" ".join(words[:at]))
    return None, len(name)
