"""The words of one language that fill the gaps of its sentences, and the grammar by which they do.

A gap is written as `{name}` and filled by code. Two kinds of gap can do more: a name of something takes one of the
forms that the grammar lists (`{name:the}`), and what can be counted chooses between one and many
(`{names:is|are}`, `{count:one room|{count} rooms}`).
"""

from collections.abc import Mapping
from string import Formatter

from pydantic import BaseModel, ConfigDict, Field

Both = tuple[str, str]
"""A noun for one and for many."""
Said = tuple[str, str]
"""A period as it is said after a figure, and after `since`."""


class Part(BaseModel):
    """A part of a language's file: nothing is missing in it, and nothing is there that nobody asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(Part):
    """Which names something holds for: by the whole of it, by how it begins, or by how it ends."""

    whole: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    """Of several that fit, the longest counts: `ventilator` before `tor`."""


class Gender(Names):
    """Names that take the same articles."""

    forms: Mapping[str, str] = Field(min_length=1)
    """Form -> the name in it, `{name}` in its place; a form that is not here is that of any other name.

    `{head}` is the name up to the word by which its gender was known, `{tail}` the rest of it.
    """
    many: bool = False
    """Whether one such name is that of several things."""
    place: bool = False
    """Words for places tell the gender of a name only where no other word in it does: `lamp hallway`."""


class Grammar(Part):
    """How words are put together."""

    conjunction: str
    """Before the last of a list that is all meant; the others stand after a comma."""
    and_then: str
    """Between things that are done, each in another way."""
    alternative: str
    """Before the last of a list of which one is meant."""
    more: str
    decimal: str
    capitals: bool
    """Whether the nouns in a name are written with a capital letter."""
    written: Mapping[str, str]
    """Words of a name that are written in yet another way."""
    small: tuple[str, ...]
    """Words of a name that are none; what follows the first of them tells nothing of what it is."""
    forms: Mapping[str, str] = Field(min_length=1)
    """Form -> any name in it, where no gender is known."""
    genders: tuple[Gender, ...]
    many: Names
    """Names of several things: the blinds of one window."""
    one: Names
    """Names that only look so."""


class State(Part):
    """The words for one state."""

    word: str
    came: str = ""
    """When it last came into it; empty: `now.last_said`."""
    event: str = ""
    """What happened then, of what is counted; empty: the word itself."""


class Deed(Part):
    """The words for one verb."""

    name: str
    ask: str
    done: str


class Moments(Part):
    """Times, dates and lengths of time."""

    clock: str
    full_hour: str
    at: str
    today: str
    yesterday: str
    tomorrow: str
    weekday: str
    date: str
    day: str
    day_of_year: str
    just_now: str
    minutes_ago: str
    hours_ago: str
    days_ago: str
    and_a_half: str
    after: Mapping[str, Both]
    weekdays: tuple[str, ...] = Field(min_length=7, max_length=7)
    months: tuple[str, ...] = Field(min_length=12, max_length=12)


class Periods(Part):
    """Stretches of time by their names."""

    since: str
    named: Mapping[str, Said]
    last: Mapping[str, Said]
    days_ago: Said
    days_ago_part: Said
    near_part: Said
    weekday: Said
    weekday_part: Said
    month: Said
    month_year: Said
    date: Said
    date_part: Said
    clock: str
    near_parts: Mapping[str, str]
    weekday_parts: Mapping[str, str]
    date_parts: Mapping[str, str]


def gaps_in(sentence: str) -> set[str]:
    """The names of its gaps, also of those within a choice. Raises ValueError for a brace without its other half."""
    names: set[str] = set()
    for _, name, spec, _ in Formatter().parse(sentence):
        names |= ({name} if name is not None else set()) | (gaps_in(spec) if spec else set())
    return names


def forms_in(sentence: str) -> set[str]:
    """The forms that it asks names for."""
    forms: set[str] = set()
    for _, _, spec, _ in Formatter().parse(sentence):
        if spec:
            forms |= forms_in(spec) if "|" in spec else {spec}
    return forms
