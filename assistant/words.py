"""The words that spoken sentences are made of: nouns, units, verbs; lists and numbers as people say them."""

import re
from collections.abc import Sequence
from datetime import date

from sensors.periods import MONTHS, WEEKDAYS
from sensors.reading import Quantity, Verb
from tools.answers import Row

MOST_SPOKEN = 8
"""Values of a list that are spoken before the rest is only counted."""

QUANTITIES: dict[Quantity, str] = {
    Quantity.TARGET_TEMPERATURE: "target temperature",
    Quantity.ILLUMINANCE: "light level",
    Quantity.CO2: "carbon dioxide",
    Quantity.PM25: "fine dust",
    Quantity.VOC: "volatile compounds",
    Quantity.WIND_SPEED: "wind speed",
    Quantity.GARAGE_DOOR: "garage door",
    Quantity.LOW_BATTERY: "battery",
    Quantity.SWITCH: "device",
    Quantity.COVER: "blind",
    Quantity.CLIMATE: "thermostat",
}
UNITS: dict[str, str] = {
    "celsius": "degrees",
    "fahrenheit": "degrees",
    "percent": "percent",
    "kilowatt_hours": "kilowatt hours",
    "micrograms_per_cubic_metre": "micrograms per cubic metre",
    "ppm": "parts per million",
    "ppb": "parts per billion",
    "dbm": "decibel milliwatts",
}
CAME_INTO: dict[str, str] = {
    "open": "was last opened",
    "closed": "was last closed",
    "locked": "was last locked",
    "unlocked": "was last unlocked",
    "on": "was last turned on",
    "off": "was last turned off",
    "detected": "was last detected",
}
ASKED: dict[Verb, str] = {
    Verb.TURN_ON: "turn on {names}",
    Verb.TURN_OFF: "turn off {names}",
    Verb.LOCK: "lock {names}",
    Verb.UNLOCK: "unlock {names}",
    Verb.OPEN: "open {names}",
    Verb.CLOSE: "close {names}",
    Verb.SET_BRIGHTNESS: "set {names} to {value}",
    Verb.SET_TEMPERATURE: "set {names} to {value}",
    Verb.SET_POSITION: "set {names} to {value}",
}
IS_NOW: dict[Verb, str] = {
    Verb.TURN_ON: "on",
    Verb.TURN_OFF: "off",
    Verb.LOCK: "locked",
    Verb.UNLOCK: "unlocked",
    Verb.OPEN: "open",
    Verb.CLOSE: "closed",
    Verb.SET_BRIGHTNESS: "set to {value}",
    Verb.SET_TEMPERATURE: "set to {value}",
    Verb.SET_POSITION: "set to {value}",
}


_ROLLING = re.compile(r"last_(\d+_\w+|minute|hour|day)")


def noun_of(quantity: Quantity) -> str:
    return QUANTITIES.get(quantity, quantity.replace("_", " "))


def period_words(period: str) -> str:
    """A period's name as it is said after a figure: `in the last 3 hours`, `on Monday evening`, `since yesterday`."""
    if period.startswith("since_"):
        return f"since {_period_noun(period.removeprefix('since_'))}"
    said, first = _period_noun(period), period.split("_")[0]
    if first in WEEKDAYS or (said[0].isdigit() and not said.endswith("ago")):
        return f"on {said}"
    if first in MONTHS:
        return f"in {said}"
    return f"in {said}" if _ROLLING.fullmatch(period) else "at the weekend" if period == "weekend" else said


def _period_noun(period: str) -> str:
    """`yesterday evening`, `the last 3 hours`, `5 November 2026`, `March`."""
    if re.match(r"\d{4}-", period):
        day = date.fromisoformat(period[:10])
        return f"{day.day} {day:%B %Y}{period[10:].replace('_', ' ')}"
    words = [word.capitalize() if word in WEEKDAYS or word in MONTHS else word for word in period.split("_")]
    if words[0].lower() in MONTHS and len(words) > 1 and len(words[1]) < 3:
        words[:2] = [words[1], words[0]]
    articled = _ROLLING.fullmatch(period) or period == "weekend"
    return " ".join(["the", *words] if articled else words)


def joined(items: Sequence[str], most: int = MOST_SPOKEN) -> str:
    """`a`, `a and b`, `a, b and c`; what is too many to listen to is counted."""
    shown = list(items[:most])
    if len(items) > most:
        shown.append(f"{len(items) - most} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def the(name: str) -> str:
    """The name with its article, where it does not bring one."""
    return name if name.startswith(("the ", "my ", "our ")) else f"the {name}"


def number(value: float) -> str:
    """As people say it: one decimal below a hundred, whole numbers above, no trailing zero."""
    rounded = round(value, 1) if abs(value) < 100 else float(round(value))
    return f"{rounded:g}" if abs(rounded) < 1e6 else f"{rounded:.0f}"


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def be(names: Sequence[str]) -> str:
    """`is` or `are`: the blinds of one window are several."""
    return "are" if len(names) > 1 or (names[0].endswith("s") and not names[0].endswith("ss")) else "is"


def subject(quantity: Quantity, name: str, room: str | None) -> str:
    noun = noun_of(quantity)
    if room and name == room.lower():
        return f"the {noun} in {the(name)}"
    return f"the {noun} of {the(name.removesuffix(f' {noun}'))}"


def says(row: Row) -> str:
    """A state as a clause: `the front door is closed`, `there is motion: hallway`."""
    if row.quantity in {Quantity.MOTION, Quantity.LEAK, Quantity.SMOKE}:
        seen = "there is" if row.value == "detected" else "there is no"
        return f"{seen} {noun_of(row.quantity)} at {the(row.name)}"
    return f"{the(row.name)} {be([row.name])} {str(row.value).replace('_', ' ')}"
