"""How what is written is said aloud in one language, as its file has it (`config/aloud/`): the shape, and no words."""

from collections.abc import Mapping

from pydantic import Field

from config.spoken_words import Both, Part


class Numbers(Part):
    """Which of the spelling rules of the Unicode CLDR says what, and how a number is written."""

    whole: str
    year: str
    hour: str
    point: str
    """Between a number and its decimals, which are said digit by digit."""
    decimal: str = Field(min_length=1, max_length=1)
    group: str = Field(min_length=1, max_length=1)
    """Between thousands."""
    minus: str
    range: str
    """Between two numbers: `20-22`."""
    mixed: Mapping[str, str] = {}
    """How a `{whole}` number and this fraction are said together, where it is not as the others are."""
    mixed_else: str
    """`{whole}` and a `{part}`: two and a quarter."""
    over: str
    """`{first}` over `{second}`: a fraction that has no name."""
    fractions: Mapping[str, str]
    year_after: tuple[str, ...] = ()
    """Words after which a number between 1100 and 2099 is a year."""
    counted: Mapping[str, tuple[str, ...]] = {}
    """What a one is called before these nouns, where that is another word than by itself."""


class Ordinals(Part):
    """`3rd`, `3.`: which rule says it."""

    rule: str
    marks: tuple[str, ...] = ()
    """What makes a number one wherever it stands."""
    dotted: Mapping[str, str] = {}
    """Where a dot does: the word before it -> the rule that says it then."""
    before_month: str = ""
    """The rule for the dotted day of a month after any other word; empty: such days are not written with a dot."""


class Dates(Part):
    """Days of the year."""

    months: tuple[str, ...] = Field(min_length=12, max_length=12)
    day: str
    """The rule that says the day."""
    month: str
    """`{day}` of `{month}`."""
    year: str
    """`{date}` of the `{year}`."""
    of: str = ""
    """What may be written between a day and its month."""
    month_first: bool = False
    """Which of two numbers is the month in `3/4/2026`."""
    dotted: bool = False
    """Whether days are also written as `3.4.2026`."""


class Clock(Part):
    """Times of day."""

    twelve: bool = False
    """Hours from 13 on are said as those of an afternoon."""
    full: str
    """`{hour}` without minutes."""
    minutes: str
    early: str
    """With fewer than ten minutes."""
    seconds: str
    """`{clock}` and `{seconds}`."""
    midnight: str = ""
    forenoon: str = ""
    afternoon: str = ""
    halves: Mapping[str, str] = {}
    """What may be written after a time -> how it is said."""
    marks: str = ":"
    """Letters that may stand between hour and minute."""
    words: tuple[str, ...] = ()
    """Written after a time, and part of how that is said already."""


class Money(Part):
    """One currency: one and many of it, and of its hundredth part."""

    whole: Both
    part: Both


class Amounts(Part):
    """How an amount with a hundredth part is said."""

    said: str
    """Of `{whole}`, `{part}` and the bare `{number}` of parts."""
    currencies: Mapping[str, Money]


class Spelling(Part):
    """What is said letter by letter."""

    words: tuple[str, ...] = ()
    """Written in capitals and spelled, though one could read them as a word."""
    always: tuple[str, ...] = ()
    """The same in small letters, as names of devices are."""
    not_spelled: tuple[str, ...] = ()
    """Written in capitals, without a vowel, and yet said as they are."""
    letters: Mapping[str, str] = {}
    """Letters that a voice would say as a word."""


class Sounding(Part):
    """How the embedded voice sounds best in this language, unless the settings say otherwise."""

    voice: str
    """The name of an espeak-ng voice, its variant included."""
    rate_wpm: int = Field(ge=80, le=450)
    pitch: int = Field(ge=0, le=99)
    pitch_range: int = Field(ge=0, le=99)


class Aloud(Part):
    """All of it."""

    language: str
    numbers: Numbers
    ordinals: Ordinals
    decades: Mapping[str, Mapping[str, str]] = {}
    """What follows the number -> ending of the number's word -> what takes its place."""
    dates: Dates
    clock: Clock
    money: Amounts
    per: str
    """Between two units: `km/h`."""
    units: Mapping[str, Both]
    """As it is written -> a whole one with its number, and many."""
    symbols: Mapping[str, str]
    version: str
    link: str
    mail: str
    code: str
    identifier: str
    """A long one, of which only its `{end}` is said."""
    dot: str
    """In names such as those of files."""
    abbreviations: Mapping[str, str]
    before_number: Mapping[str, str] = {}
    """Abbreviations that are none unless a number follows."""
    spelling: Spelling
    respelled: Mapping[str, str] = {}
    """Parts of words that a voice gets wrong -> how to write them so that it does not."""
    voice: Sounding
