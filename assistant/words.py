"""The words that spoken sentences are made of: nouns, units, verbs; lists and numbers as people say them."""

import re
from collections.abc import Sequence
from datetime import date

from sensors.periods import MONTHS, WEEKDAYS
from sensors.reading import STATES, Quantity, Verb
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
    Quantity.PM1: "finest dust",
    Quantity.PM10: "dust",
    Quantity.TEXT: "state",
    Quantity.TARGET_HUMIDITY: "target humidity",
    Quantity.LOW_TARGET_TEMPERATURE: "lowest target temperature",
    Quantity.HIGH_TARGET_TEMPERATURE: "highest target temperature",
    Quantity.APPARENT_POWER: "apparent power",
    Quantity.REACTIVE_POWER: "reactive power",
    Quantity.POWER_FACTOR: "power factor",
    Quantity.STORED_ENERGY: "stored energy",
    Quantity.AIR_QUALITY: "air quality",
    Quantity.CARBON_MONOXIDE: "carbon monoxide",
    Quantity.NITROGEN_DIOXIDE: "nitrogen dioxide",
    Quantity.DATA_RATE: "data rate",
    Quantity.DATA_SIZE: "amount of data",
    Quantity.FLOW_RATE: "flow rate",
    Quantity.IRRADIANCE: "sunlight",
    Quantity.PRECIPITATION: "rainfall",
    Quantity.PRECIPITATION_RATE: "rate of rain",
    Quantity.SOUND_LEVEL: "noise level",
    Quantity.WIND_DIRECTION: "wind direction",
    Quantity.COLOR: "colour",
    Quantity.COLOR_TEMPERATURE: "colour temperature",
    Quantity.FAN_SPEED: "fan speed",
    Quantity.CARBON_MONOXIDE_ALARM: "carbon monoxide",
    Quantity.GAS_ALARM: "gas",
    Quantity.COLD: "cold sensor",
    Quantity.HEAT: "heat sensor",
    Quantity.MAINS: "power supply",
    Quantity.PROBLEM: "trouble",
    Quantity.TAMPER: "tampering",
    Quantity.LAWN_MOWER: "lawn mower",
    Quantity.WATER_HEATER: "water heater",
}
SENSED = frozenset(quantity for quantity, words in STATES.items() if words == ("detected", "clear"))
"""What there is or is not, rather than what is something."""
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
    Verb.STOP: "stop {names}",
    Verb.SET_TILT: "tilt {names} to {value}",
    Verb.SET_COLOR: "make {names} {value}",
    Verb.SET_COLOR_TEMPERATURE: "set the colour of {names} to {value}",
    Verb.SET_EFFECT: "set the effect of {names} to {value}",
    Verb.SET_LOW_TEMPERATURE: "set the lowest temperature of {names} to {value}",
    Verb.SET_HIGH_TEMPERATURE: "set the highest temperature of {names} to {value}",
    Verb.SET_HUMIDITY: "set the humidity of {names} to {value}",
    Verb.SET_SPEED: "set the speed of {names} to {value}",
    Verb.SET_MODE: "set {names} to {value}",
    Verb.SET_PRESET: "set {names} to {value}",
    Verb.SET_FAN_MODE: "set the fan of {names} to {value}",
    Verb.SET_SWING_MODE: "set the swing of {names} to {value}",
    Verb.SET_HORIZONTAL_SWING_MODE: "set the sideways swing of {names} to {value}",
    Verb.SET_DIRECTION: "set the direction of {names} to {value}",
    Verb.START_OSCILLATING: "let {names} swing",
    Verb.STOP_OSCILLATING: "stop {names} from swinging",
    Verb.SET_NUMBER: "set {names} to {value}",
    Verb.SELECT_OPTION: "set {names} to {value}",
    Verb.SET_TEXT: "set {names} to {value}",
    Verb.PRESS: "press {names}",
    Verb.ACTIVATE: "activate {names}",
    Verb.START: "start {names}",
    Verb.PAUSE: "pause {names}",
    Verb.RETURN_HOME: "send {names} home",
    Verb.LOCATE: "make {names} call out",
    Verb.CLEAN_SPOT: "let {names} clean that spot",
    Verb.ARM_HOME: "arm {names} for when you are at home",
    Verb.ARM_AWAY: "arm {names} for when you are away",
    Verb.ARM_NIGHT: "arm {names} for the night",
    Verb.ARM_VACATION: "arm {names} for a holiday",
    Verb.ARM_CUSTOM_BYPASS: "arm {names} with its own exceptions",
    Verb.DISARM: "disarm {names}",
    Verb.TRIGGER: "set off {names}",
    Verb.INSTALL: "install the update of {names}",
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
    Verb.STOP: "stopped",
    Verb.SET_TILT: "tilted to {value}",
    Verb.SET_COLOR: "{value}",
    Verb.SET_COLOR_TEMPERATURE: "set to {value}",
    Verb.SET_EFFECT: "set to {value}",
    Verb.SET_LOW_TEMPERATURE: "set to at least {value}",
    Verb.SET_HIGH_TEMPERATURE: "set to at most {value}",
    Verb.SET_HUMIDITY: "set to {value}",
    Verb.SET_SPEED: "set to {value}",
    Verb.SET_MODE: "set to {value}",
    Verb.SET_PRESET: "set to {value}",
    Verb.SET_FAN_MODE: "set to {value}",
    Verb.SET_SWING_MODE: "set to {value}",
    Verb.SET_HORIZONTAL_SWING_MODE: "set to {value}",
    Verb.SET_DIRECTION: "set to {value}",
    Verb.START_OSCILLATING: "swinging",
    Verb.STOP_OSCILLATING: "no longer swinging",
    Verb.SET_NUMBER: "set to {value}",
    Verb.SELECT_OPTION: "set to {value}",
    Verb.SET_TEXT: "set to {value}",
    Verb.PRESS: "pressed",
    Verb.ACTIVATE: "active",
    Verb.START: "running",
    Verb.PAUSE: "paused",
    Verb.RETURN_HOME: "on the way home",
    Verb.LOCATE: "calling out",
    Verb.CLEAN_SPOT: "cleaning that spot",
    Verb.ARM_HOME: "armed for when you are at home",
    Verb.ARM_AWAY: "armed for when you are away",
    Verb.ARM_NIGHT: "armed for the night",
    Verb.ARM_VACATION: "armed for a holiday",
    Verb.ARM_CUSTOM_BYPASS: "armed with its own exceptions",
    Verb.DISARM: "disarmed",
    Verb.TRIGGER: "sounding",
    Verb.INSTALL: "up to date",
}


_WHERE_ALONE = frozenset({"upstairs", "downstairs", "outside", "outdoors", "inside", "indoors"})
"""Names of places that say where by themselves."""
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


def plain(sentence: str) -> str:
    """A sentence as it may be spoken: names and states of devices are often written with underscores."""
    return sentence.replace("_", " ")


def joined(items: Sequence[str], most: int = MOST_SPOKEN) -> str:
    """`a`, `a and b`, `a, b and c`; what is too many to listen to is counted."""
    shown = list(items[:most])
    if len(items) > most:
        shown.append(f"{len(items) - most} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def one_of(items: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def the(name: str) -> str:
    """The name with its article, where it does not bring one."""
    return name if name.startswith(("the ", "my ", "our ")) else f"the {name}"


def in_place(name: str) -> str:
    """`in the kitchen`, but `upstairs`."""
    return name if name in _WHERE_ALONE else f"in {the(name)}"


def number(value: float, places: int = 1) -> str:
    """As people say it: so many decimals below a hundred, whole numbers above, no trailing zero."""
    rounded = round(value, places) if abs(value) < 100 else float(round(value))
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
    if row.quantity in SENSED:
        seen = "there is" if row.value == "detected" else "there is no"
        return f"{seen} {noun_of(row.quantity)} at {the(row.name)}"
    return f"{the(row.name)} {be([row.name])} {str(row.value).replace('_', ' ')}"
