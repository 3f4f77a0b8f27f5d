"""The words that spoken sentences are made of: nouns, units, verbs; lists and numbers as people say them."""

from collections.abc import Sequence

from sensors.periods import Period
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
PERIODS: dict[Period, str] = {
    Period.LAST_HOUR: "in the last hour",
    Period.LAST_24_HOURS: "in the last 24 hours",
    Period.LAST_7_DAYS: "in the last 7 days",
    Period.LAST_30_DAYS: "in the last 30 days",
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
    noun = QUANTITIES.get(quantity, quantity.replace("_", " "))
    if room and name == room.lower():
        return f"the {noun} in {the(name)}"
    return f"the {noun} of {the(name.removesuffix(f' {noun}'))}"


def says(row: Row) -> str:
    """A state as a clause: `the front door is closed`, `there is motion: hallway`."""
    if row.quantity in {Quantity.MOTION, Quantity.LEAK, Quantity.SMOKE}:
        seen = "there is" if row.value == "detected" else "there is no"
        return f"{seen} {QUANTITIES.get(row.quantity, row.quantity)} at {the(row.name)}"
    return f"{the(row.name)} {be([row.name])} {str(row.value).replace('_', ' ')}"
