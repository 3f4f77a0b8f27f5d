"""The words that names are made of: how they are made alike, and which of them tell what a thing is. Pure."""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from sensors.reading import Quantity

SKIPPED = frozenset("a all an any at every in is my of on our please room s sensor the there this to".split())
ARTICLES = frozenset("a an my our please the this".split())
EVERYTHING = frozenset({"everything", "device", "thing"})
PLAIN = frozenset("contact current main opening sensor state status".split())
QUANTITY_WORDS: Mapping[Quantity, frozenset[str]] = MappingProxyType(
    {
        Quantity.TEMPERATURE: frozenset({"temperature", "thermostat", "climate", "heating"}),
        Quantity.TARGET_TEMPERATURE: frozenset({"target", "temperature", "thermostat", "heating"}),
        Quantity.HUMIDITY: frozenset({"humidity"}),
        Quantity.POWER: frozenset({"power", "consumption"}),
        Quantity.ENERGY: frozenset({"energy", "consumption"}),
        Quantity.CO2: frozenset({"co2", "carbon", "dioxide", "air", "quality"}),
        Quantity.ILLUMINANCE: frozenset({"illuminance", "light", "level", "brightness"}),
        Quantity.MOTION: frozenset({"motion", "movement", "occupancy"}),
        Quantity.BATTERY: frozenset({"battery", "level"}),
        Quantity.LEAK: frozenset({"leak", "water", "moisture"}),
        Quantity.SMOKE: frozenset({"smoke", "alarm", "detector"}),
    }
)
KINDS: Mapping[str, frozenset[Quantity]] = MappingProxyType(
    {
        "light": frozenset({Quantity.LIGHT}),
        "lamp": frozenset({Quantity.LIGHT}),
        "switch": frozenset({Quantity.SWITCH}),
        "socket": frozenset({Quantity.SWITCH}),
        "plug": frozenset({Quantity.SWITCH}),
        "lock": frozenset({Quantity.LOCK}),
        "door": frozenset({Quantity.DOOR, Quantity.LOCK, Quantity.GARAGE_DOOR}),
        "window": frozenset({Quantity.WINDOW}),
        "blind": frozenset({Quantity.COVER}),
        "shutter": frozenset({Quantity.COVER}),
        "curtain": frozenset({Quantity.COVER}),
        "cover": frozenset({Quantity.COVER}),
        "thermostat": frozenset({Quantity.CLIMATE}),
        "heating": frozenset({Quantity.CLIMATE}),
        "heater": frozenset({Quantity.CLIMATE, Quantity.WATER_HEATER}),
        "radiator": frozenset({Quantity.CLIMATE}),
        "boiler": frozenset({Quantity.WATER_HEATER}),
        "gate": frozenset({Quantity.GATE}),
        "valve": frozenset({Quantity.VALVE}),
        "fan": frozenset({Quantity.FAN}),
        "humidifier": frozenset({Quantity.HUMIDIFIER}),
        "siren": frozenset({Quantity.SIREN}),
        "alarm": frozenset({Quantity.ALARM, Quantity.SIREN}),
        "vacuum": frozenset({Quantity.VACUUM}),
        "mower": frozenset({Quantity.LAWN_MOWER}),
        "scene": frozenset({Quantity.SCENE}),
        "button": frozenset({Quantity.BUTTON}),
    }
)
USUAL_ROOMS = (
    *("Attic", "Balcony", "Basement", "Bathroom", "Bedroom", "Cellar", "Children's room", "Closet", "Conservatory"),
    *("Corridor", "Dining room", "Driveway", "Entrance", "Garage", "Garden", "Guest room", "Hall", "Hallway"),
    *("Kitchen", "Landing", "Laundry", "Laundry room", "Living room", "Loft", "Lounge", "Nursery", "Office"),
    *("Pantry", "Patio", "Porch", "Shed", "Staircase", "Study", "Terrace", "Toilet", "Utility room", "Workshop"),
)
"""Rooms that a name may speak of though nothing is in such a room yet."""
_NUMBERS = {
    **dict(zip("one two three four five six seven eight nine ten eleven twelve".split(), range(1, 13), strict=True)),
    **{"1st": "first", "2nd": "second", "3rd": "third"},
}
_LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕһԁԛѡαβεηικνορτυχıłøđ",
    "abekmhopctyxijshdqwabenikvoptuxilod",
)
"""Letters of other scripts that are drawn like Latin ones: two names that look the same are the same."""


def fold(text: str) -> str:
    """Lower case without accents, punctuation and what cannot be seen; letters drawn alike are alike; single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    seen = (letter for letter in plain if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf")
    kept = "".join(letter if letter.isalnum() else " " for letter in seen)
    return " ".join(kept.translate(_LOOKALIKES).split())


def singular(word: str) -> str:
    """Of an English plural; `battery` and `movie` end alike afterwards, as their plurals do."""
    one = word
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        one = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        one = word[:-1]
    return f"{one[:-2]}y" if len(one) > 3 and one.endswith("ie") else one


def alike(word: str) -> str:
    """One folded word as it is compared: in the singular, numbers as digits."""
    return str(_NUMBERS.get(word, "")) or singular(word)


def words(text: str) -> tuple[str, ...]:
    """The words of a name that tell things apart, in the singular."""
    folded = fold(text).split()
    kept = tuple(alike(word) for word in folded if word not in SKIPPED)
    return kept or tuple(alike(word) for word in folded)


def bare(text: str) -> str:
    """Folded and without articles: what is left of `the Desk Lamp` when only its letters count."""
    return " ".join(word for word in fold(text).split() if word not in ARTICLES)


def is_kind_word(word: str) -> bool:
    """Whether a word tells what a thing is or measures, instead of which one it is."""
    return word in KINDS or word in PLAIN or any(word in known for known in QUANTITY_WORDS.values())


def words_of_kind(quantity: Quantity) -> frozenset[str]:
    """What anything that reports this may be called by, whatever its name."""
    return _OF_KIND[quantity]


_OF_KIND = {
    quantity: frozenset(
        {kind for kind, quantities in KINDS.items() if quantity in quantities}
        | {singular(word) for word in QUANTITY_WORDS.get(quantity, frozenset())}
    )
    for quantity in Quantity
}
_MEANT = """
back black blue bottom center centre corner day down downstairs east first front gold green grey guest inner inside
large last left little lower main middle new night north off old on orange outer outside pink purple red right second
side silver small south tall third top up upper upstairs west white yellow
"""
NEVER_MISHEARD = frozenset(
    {
        *_MEANT.split(),
        *(word for room in USUAL_ROOMS for word in words(room)),
        *KINDS,
    }
)
"""Words that mean what they say: who says `left lamp` where there is only a `loft lamp` means another one."""
