"""The frozen values that the house is described with: quantities, entities, readings.

Nothing here does I/O. Times are integer Unix epoch milliseconds (UTC); numbers are in the unit of their aspect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

STATE_ASPECT = "state"
"""Name of the aspect that every entity has: what it mainly says or is."""


class Component(StrEnum):
    """Kinds of entity, named as in Home Assistant's MQTT discovery."""

    SENSOR = "sensor"
    BINARY_SENSOR = "binary_sensor"
    LIGHT = "light"
    SWITCH = "switch"
    LOCK = "lock"
    COVER = "cover"
    CLIMATE = "climate"


class Quantity(StrEnum):
    """The closed set of things that can be asked about."""

    TEMPERATURE = "temperature"
    TARGET_TEMPERATURE = "target_temperature"
    HUMIDITY = "humidity"
    PRESSURE = "pressure"
    POWER = "power"
    ENERGY = "energy"
    VOLTAGE = "voltage"
    CURRENT = "current"
    ILLUMINANCE = "illuminance"
    CO2 = "co2"
    PM25 = "pm25"
    VOC = "voc"
    GAS = "gas"
    WATER = "water"
    WIND_SPEED = "wind_speed"
    PRECIPITATION = "precipitation"
    BATTERY = "battery"
    SIGNAL = "signal"
    BRIGHTNESS = "brightness"
    POSITION = "position"
    DOOR = "door"
    WINDOW = "window"
    GARAGE_DOOR = "garage_door"
    MOTION = "motion"
    PRESENCE = "presence"
    LEAK = "leak"
    SMOKE = "smoke"
    LOW_BATTERY = "low_battery"
    LOCK = "lock"
    LIGHT = "light"
    SWITCH = "switch"
    COVER = "cover"
    CLIMATE = "climate"
    TEXT = "text"
    NUMBER = "number"


STATES: Mapping[Quantity, tuple[str, str]] = MappingProxyType(
    {
        Quantity.DOOR: ("open", "closed"),
        Quantity.WINDOW: ("open", "closed"),
        Quantity.GARAGE_DOOR: ("open", "closed"),
        Quantity.COVER: ("open", "closed"),
        Quantity.MOTION: ("detected", "clear"),
        Quantity.LEAK: ("detected", "clear"),
        Quantity.SMOKE: ("detected", "clear"),
        Quantity.PRESENCE: ("present", "away"),
        Quantity.LOW_BATTERY: ("low", "normal"),
        Quantity.LOCK: ("unlocked", "locked"),
        Quantity.LIGHT: ("on", "off"),
        Quantity.SWITCH: ("on", "off"),
    }
)
"""For quantities with two states: the canonical word for a binary sensor's ON, and for its OFF."""


class Verb(StrEnum):
    """What a device can be told. Directional: no toggle, and on/off never stands for lock/unlock."""

    TURN_ON = "turn_on"
    TURN_OFF = "turn_off"
    LOCK = "lock"
    UNLOCK = "unlock"
    OPEN = "open"
    CLOSE = "close"
    SET_BRIGHTNESS = "set_brightness"
    SET_TEMPERATURE = "set_temperature"
    SET_POSITION = "set_position"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """One thing that an entity reports over time; with its entity's id it names a series."""

    name: str
    """`state`, or for what comes beside it `brightness`, `position`, `current_temperature`, `target_temperature`."""
    quantity: Quantity
    unit: str | None = None
    """Canonical unit of stored numbers (`units.CANONICAL`); None for a series of states or a number without a unit."""
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How a device is told one verb, and which of its own reports proves that it obeyed."""

    verb: Verb
    topic: str
    payload: str
    """The literal payload, or for a verb with a value a Jinja template over `value`."""
    takes_value: bool = False
    unit: str | None = None
    """Unit of the value as a person gives it: percent or a temperature unit."""
    minimum: float | None = None
    maximum: float | None = None
    scale: float = 1.0
    """What a person's value is multiplied by before the template sees it (2.55 for percent to 0..255)."""
    proof_aspect: str = STATE_ASPECT
    proof_state: str | None = None
    """The state that proves success; None: the aspect must equal the value that was sent."""
    qos: int = 1
    retain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One thing in the house that reports, obeys, or both."""

    id: str
    """Stable over restarts and unique in the house, for example `light.0x0017880103_light`."""
    component: Component
    name: str
    """As a person would say it, without the room where that can be told apart: `ceiling light`."""
    room: str | None = None
    device: str | None = None
    aspects: tuple[Aspect, ...] = ()
    commands: tuple[Command, ...] = ()
    aliases: tuple[str, ...] = ()
    expire_after_seconds: int | None = None

    def aspect(self, name: str) -> Aspect | None:
        return next((aspect for aspect in self.aspects if aspect.name == name), None)

    def command(self, verb: Verb) -> Command | None:
        return next((command for command in self.commands if command.verb is verb), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesKey:
    """Names one series: an entity's aspect."""

    entity_id: str
    aspect: str = STATE_ASPECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value at one time: a number, or the canonical word for a state."""

    key: SeriesKey
    at_ms: int
    value: float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a message was not taken: `code` is counted, `detail` is for a person."""

    code: str
    detail: str
    topic: str
