"""The words that names are made of (`config/names/*.yaml`), of all languages at once.

A house's devices are named by people and by their makers, so that several languages stand beside each other in it.
What the words mean for finding a name is the business of `tools.names`.
"""

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel, ConfigDict

from config.language import read_all


class Telling(BaseModel):
    """What tells in a name what a thing opens, rings, pours or heats: whole words, and ends of longer ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


class UsualPlace(BaseModel):
    """What people call rooms or floors, whatever their names are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: tuple[str, ...]
    words: tuple[str, ...]
    """Words of names, in lower case: whose name has one of them is meant."""
    floors: bool = False
    """Only floors are meant, no rooms."""
    above: tuple[str, ...] = ()
    """Where a floor's name has one of these, `first_of_them` count like `words`."""
    first_of_them: tuple[str, ...] = ()


class Naming(BaseModel):
    """Words as they are written, with accents; what each of them is for is said in `config/names/en.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    skipped: tuple[str, ...]
    articles: tuple[str, ...]
    all: tuple[str, ...]
    everything: tuple[str, ...]
    plain: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    quantities: Mapping[str, tuple[str, ...]] = {}
    kinds: Mapping[str, tuple[str, ...]]
    """A word -> the quantities that it can mean."""
    plurals: Mapping[str, str] = {}
    groups: tuple[str, ...] = ()
    joints: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    places: tuple[UsualPlace, ...] = ()
    numbers: Mapping[str, int | str] = {}
    """Words that are taken for other ones: numbers for digits."""
    meant: tuple[str, ...] = ()
    telling: Mapping[str, Telling] = {}
    talking: tuple[str, ...] = ()
    no_room: tuple[str, ...] = ()
    of_all: tuple[str, ...] = ()
    deeds: tuple[str, ...] = ()
    """What is said of a thing to which something has been done."""


@cache
def naming() -> tuple[Naming, ...]:
    """One for each language that comes with this package, English first.

    Where two differ on a word, the first counts.
    """
    every = read_all("names", Naming)
    return tuple(sorted(every, key=lambda one: (one.language != "en", one.language)))
