"""Reads a language's files into frozen values: what is understood (`config/sentences/`), what is said
(`config/replies/`), and how what is written is said aloud (`config/aloud/`). The only importer of PyYAML.

A language is data: code elsewhere holds no phrase of it. Matching is the business of `assistant.sentences`, speaking
that of `assistant.replies.replies`.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.errors import UserFacingError
from config.spoken import Spoken
from config.spoken_forms import Aloud

_Model = TypeVar("_Model", bound=BaseModel)
if TYPE_CHECKING:
    from yaml import SafeLoader as _Loader
else:
    # libyaml reads a language in a tenth of the time; where the wheel comes without it, what is written in Python does.
    _Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LanguageError(UserFacingError):
    """A language is missing or its file is broken; the message says which and where."""


_MERGE = "tag:yaml.org,2002:merge"


class _Strict(_Loader):
    """Refuses a key that stands twice, of which YAML itself would quietly keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        own = [key for key, _ in node.value if key.tag != _MERGE]
        keys = [self.construct_object(key, deep=True) for key in own]
        twice = next((key for at, key in enumerate(keys) if key in keys[:at]), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"{twice!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Confirm(_Part):
    """What may be said to a proposal."""

    accept: tuple[str, ...] = Field(min_length=1)
    """Whole utterances that mean yes."""
    reject: tuple[str, ...] = Field(min_length=1)
    """Words that mean no wherever they stand in the utterance."""
    decoys: tuple[str, ...] = ()
    """What sounds like a yes and is none; a recogniser that knows nothing but yes and no would hear yes."""
    repeat: tuple[str, ...] = Field(min_length=1)
    """Whole utterances that ask for the question again."""
    echo: tuple[str, ...] = Field(min_length=1)
    """Whole utterances that mean yes and name the thing, with `{noun}` in its place."""
    others: tuple[str, ...] = ()
    """Nouns that are not those of the proposal: who says `yes, the back door` to the front door has not agreed."""
    both: str
    """The noun for two things at once."""
    all: str
    """The noun for more of them, with `{count}` in its place."""


class Choice(_Part):
    """What may be said to `which one do you mean`, beside the names themselves."""

    forms: tuple[str, ...] = Field(min_length=1)
    """How a name is said, with `{name}` in its place."""
    order: tuple[tuple[str, ...], ...]
    """Words for the first, the second and so on."""
    last: tuple[str, ...]
    neither: tuple[str, ...] = Field(min_length=1)
    """Whole utterances that drop the question."""
    fillers: tuple[str, ...]
    """Words that tell none of them from another."""


class Stop(_Part):
    """What ends what is being said or rings, while it sounds."""

    words: tuple[str, ...] = ()
    """Whole utterances, as they are said."""
    others: tuple[str, ...] = ()
    """What sounds like one of them and is none."""


class Wording(_Part):
    """How what was said is made alike before it is matched."""

    articles: tuple[str, ...]
    """Words that tell nothing apart; dropped wherever they stand, like fillers."""
    fillers: tuple[str, ...]
    polite: tuple[str, ...]
    """What is dropped from the beginning, again and again."""
    trailing: tuple[str, ...]
    """What is dropped from the end, again and again."""
    rewrites: Mapping[str, str]
    symbols: Mapping[str, str]
    """Signs and unit letters that follow a number, and the words for them."""
    point: str
    half: str
    thousands: str = ","
    """What stands between groups of three digits."""
    capitals: bool = False
    """Whether nouns are written with a capital."""
    possessive: str = ""
    abilities: tuple[str, ...] = ()
    """How a question begins that asks what can be done: `can you unlock doors`."""
    contracted: Mapping[str, str] = {}
    """Endings that may be a word of their own: `'s` for `is`."""
    """An ending of names that tells nothing."""
    no_numbers: tuple[str, ...] = ()
    """Spelled numbers that are other words more often."""
    numbers: Mapping[str, float] = {}
    """Words for numbers that no rule spells."""
    shortened: Mapping[str, str] = {}
    """Beginnings of spelled numbers as books have them -> as they are said."""
    joined_half: str = ""
    """What makes a number a half more where it is written at its end."""
    letters: Mapping[str, str] = {}
    """Letters of this language -> what is typed where a keyboard has none of them."""
    tails: tuple[str, ...] = ()
    """Words that are written at the end of others and are put apart: `pizzatimer`."""
    denials: tuple[str, ...] = ()
    """Words that make no order of a sentence that looks like one."""
    acts: tuple[str, ...]
    """Beginnings of a sentence that wants something done."""
    act_endings: tuple[str, ...]
    """Last words of an order that has no verb: `kitchen light on`; also before a place: `lights on in the kitchen`."""
    wishes: tuple[str, ...] = ()
    """Beginnings that make an order of what follows, also where it has no verb."""
    named_first: bool = False
    """Whether what begins with the name of a thing may be an order without a verb: `bedroom blinds up`."""
    others: tuple[str, ...] = ()
    """Words that make a sentence without a verb at its beginning no order: `he said lights off`."""
    before_place: tuple[str, ...] = Field(min_length=1)
    """The usual one first: it is put before the name of a floor that stands alone, as in `lights upstairs`."""
    asking: tuple[str, ...]
    """First words that make a sentence anything but an order."""
    requests: tuple[str, ...]
    """Beginnings that ask politely for something to be done: `could you`."""
    tags: tuple[str, ...]
    """Endings that may follow an order and carry its question mark: `, would you?`."""
    timers: tuple[str, ...] = ()
    """Words of which one stands in whatever is said of timers, alarms and reminders. Without any of them a language
    model is told of no tool for these."""
    watches: tuple[str, ...] = ()
    """The same of what is watched for, in one word or several."""
    summaries: tuple[str, ...] = ()
    """The same of how a day was."""


class Block(_Part):
    """Sentence templates that mean the same, with the arguments that hold for all of them."""

    sentences: tuple[str, ...] = Field(min_length=1)
    slots: Mapping[str, str | float] = {}


class Several(_Part):
    """How several requests are said in one sentence."""

    joints: tuple[str, ...] = ()
    """What stands between two requests, beside commas."""
    both: tuple[str, ...] = ()
    """Words that only say that two things follow: `both the lamp and the fan`."""
    governing: tuple[str, ...] = ()
    """Words of a question to which a verb after the joint may still belong: `did you lock the door and turn off`."""


class Asides(_Part):
    """What people say beside a request."""

    corrections: tuple[str, ...] = ()
    """With these something is taken back, wherever they stand: `no wait`."""
    interruptions: tuple[str, ...] = ()
    """With these, where a pause is before them: `no`."""
    closing: tuple[str, ...] = ()
    """What may follow the correction: `the bedroom I mean`."""
    stand_ins: tuple[str, ...] = ()
    """Words for a noun that was said before: `the right one`."""
    reasons: tuple[str, ...] = ()
    """How a clause begins that says why something is asked for: `it is`, `because`."""
    deferring: tuple[str, ...] = ()
    """Words with which such a clause says rather when, or on what condition."""


class FollowUp(_Part):
    """How what was said before is meant without being said again."""

    one: tuple[str, ...] = ()
    """Words for the one thing that was spoken of: `it`."""
    many: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Words for where that was: `there`, with the words that stand before a place."""
    speech: tuple[str, ...] = ()
    """What the embedded recogniser listens for beside everything else, while there is something to follow up."""
    rules: Mapping[str, str] = {}
    """For the forms, beside the language's own."""
    forms: Mapping[str, tuple[Block, ...]] = {}
    """`also`: more of the same, be it asked or ordered; `ask`: only ever asked; `again`: the same once more."""


class Kind(_Part):
    """Words for one kind of thing."""

    one: tuple[str, ...]
    many: tuple[str, ...]


class Language(_Part):
    """Everything that is said or understood in one language."""

    language: str
    confirm: Confirm
    choice: Choice
    stop: Stop = Stop()
    wording: Wording
    kinds: Mapping[str, Kind]
    """By quantity."""
    products: Mapping[str, tuple[str, ...]] = {}
    """What a machine makes, by a word in its name."""
    loudness: tuple[str, ...] = ()
    """What the part of a device is called that makes it louder."""
    chores: Mapping[str, tuple[str, ...]] = {}
    """What a machine is at, by a word in its name."""
    generic: tuple[str, ...] = ()
    """Words at the end of a device's name that a person leaves out."""
    joined_generic: tuple[str, ...] = ()
    """The same where they are written together with the rest of the name."""
    places: tuple[str, ...] = ()
    """Rooms that people speak of, whether or not this house has them."""
    lists: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    """By name of the list: argument value -> the words for it, the usual one first."""
    rules: Mapping[str, str] = {}
    intents: Mapping[str, tuple[Block, ...]] = {}
    several: Several = Several()
    asides: Asides = Asides()
    follow_up: FollowUp = FollowUp()
    speech: Mapping[str, tuple[str, ...]] = {}
    """By intent: what the embedded recogniser listens for, as it is said."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__
    """A language is read once and has thousands of words: what is worked out of it is kept by which one it is."""

    @property
    def nouns(self) -> tuple[str, ...]:
        """For every kind of thing, whether one or several are spoken of."""
        return tuple(word for kind in self.kinds.values() for word in (*kind.one, *kind.many))

    @property
    def plurals(self) -> frozenset[str]:
        return frozenset(word for kind in self.kinds.values() for word in kind.many)

    def timer_noun(self, kind: str) -> str:
        """The word for one timer of that kind."""
        words = self.lists.get("timer_kind", {}).get(kind, ())
        return words[0] if words else kind


def parse_language(text: str, origin: str) -> Language:
    """Raises LanguageError where the text is not YAML or does not have the shape of a language; `origin` names it."""
    return _read(text, origin, Language)


def parse_replies(text: str, origin: str) -> Spoken:
    """Raises LanguageError as `parse_language` does, also for a sentence whose gaps cannot be filled."""
    return _read(text, origin, Spoken)


def read_all(folder: str, model: type[_Model]) -> list[_Model]:
    """Every file of a folder of this package. Raises LanguageError where one is broken."""
    return [
        _read(entry.read_text(encoding="utf-8"), f"config/{folder}/{entry.name}", model) for entry in _files(folder)
    ]


@cache
def load_language(code: str) -> Language:
    """What is understood in the language that comes with this package. Raises LanguageError where there is none."""
    return parse_language(*_file("sentences", code))


@cache
def load_replies(code: str) -> Spoken:
    """What is said in the language that comes with this package. Raises LanguageError where there is none."""
    return parse_replies(*_file("replies", code))


def replies_for(code: str) -> Spoken:
    """The same; in English where nobody has written down yet what is said in the language."""
    return load_replies(code if any(entry.name == f"{code}.yaml" for entry in _files("replies")) else "en")


@cache
def load_aloud(code: str) -> Aloud:
    """How what is written is said aloud in the language. Raises LanguageError where there is none."""
    return _read(*_file("aloud", code), Aloud)


def has_words_aloud(code: str) -> bool:
    """Whether somebody has written that down."""
    return any(entry.name == f"{code}.yaml" for entry in _files("aloud"))


def spoken_language(code: str) -> str:
    """The language in which a house is answered: its own, or English where nobody has written down its replies."""
    return replies_for(code).language


def _file(folder: str, code: str) -> tuple[str, str]:
    """Text and name of a language's file."""
    known = {entry.name.removesuffix(".yaml"): entry for entry in _files(folder)}
    if code not in known:
        raise LanguageError(f"there are no {folder} for language {code!r}; choose one of: {', '.join(known)}")
    return known[code].read_text(encoding="utf-8"), f"config/{folder}/{code}.yaml"


def languages() -> tuple[str, ...]:
    """The codes of those that come with this package."""
    return tuple(entry.name.removesuffix(".yaml") for entry in _files("sentences"))


def _files(folder: str) -> list[Traversable]:
    entries = (entry for entry in files("config").joinpath(folder).iterdir() if entry.name.endswith(".yaml"))
    return sorted(entries, key=lambda entry: entry.name)


def _read(text: str, origin: str, model: type[_Model]) -> _Model:
    try:
        data: Mapping[str, Any] = yaml.load(text, _Strict)
    except yaml.YAMLError as error:
        raise LanguageError(f"{origin} is not valid YAML: {error}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise LanguageError(f"{origin} does not describe a language: {error}") from error
