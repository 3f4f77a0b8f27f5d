"""The frozen values that the house is described with: quantities, entities, readings.

Nothing here does I/O. Times are integer Unix epoch milliseconds (UTC); numbers are in the unit of their aspect.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sensors.quantities import STATES as STATES
from sensors.quantities import Quantity as Quantity

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
    FAN = "fan"
    HUMIDIFIER = "humidifier"
    VALVE = "valve"
    SIREN = "siren"
    NUMBER = "number"
    SELECT = "select"
    BUTTON = "button"
    SCENE = "scene"
    TEXT = "text"
    VACUUM = "vacuum"
    WATER_HEATER = "water_heater"
    LAWN_MOWER = "lawn_mower"
    ALARM_CONTROL_PANEL = "alarm_control_panel"
    EVENT = "event"
    UPDATE = "update"
    DEVICE_TRACKER = "device_tracker"


class Category(StrEnum):
    """What is not a device's purpose: how it is doing, and how it is set up."""

    DIAGNOSTIC = "diagnostic"
    CONFIG = "config"


class StateClass(StrEnum):
    """How a series of numbers is meant: a value at a time, or a meter's count."""

    MEASUREMENT = "measurement"
    MEASUREMENT_ANGLE = "measurement_angle"
    TOTAL = "total"
    """May fall as well as rise: what was drawn less what was fed in."""
    TOTAL_INCREASING = "total_increasing"
    """Only falls when the meter starts again."""


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
    STOP = "stop"
    SET_TILT = "set_tilt"
    SET_COLOR_TEMPERATURE = "set_color_temperature"
    SET_COLOR = "set_color"
    SET_EFFECT = "set_effect"
    SET_LOW_TEMPERATURE = "set_low_temperature"
    SET_HIGH_TEMPERATURE = "set_high_temperature"
    SET_HUMIDITY = "set_humidity"
    SET_SPEED = "set_speed"
    SET_MODE = "set_mode"
    SET_PRESET = "set_preset"
    SET_FAN_MODE = "set_fan_mode"
    SET_SWING_MODE = "set_swing_mode"
    SET_HORIZONTAL_SWING_MODE = "set_horizontal_swing_mode"
    SET_DIRECTION = "set_direction"
    START_OSCILLATING = "start_oscillating"
    STOP_OSCILLATING = "stop_oscillating"
    SET_NUMBER = "set_number"
    SELECT_OPTION = "select_option"
    SET_TEXT = "set_text"
    PRESS = "press"
    ACTIVATE = "activate"
    START = "start"
    PAUSE = "pause"
    RETURN_HOME = "return_home"
    LOCATE = "locate"
    CLEAN_SPOT = "clean_spot"
    ARM_HOME = "arm_home"
    ARM_AWAY = "arm_away"
    ARM_NIGHT = "arm_night"
    ARM_VACATION = "arm_vacation"
    ARM_CUSTOM_BYPASS = "arm_custom_bypass"
    DISARM = "disarm"
    TRIGGER = "trigger"
    INSTALL = "install"


WORD_VERBS = frozenset(
    {
        Verb.SET_COLOR,
        Verb.SET_EFFECT,
        Verb.SET_MODE,
        Verb.SET_PRESET,
        Verb.SET_FAN_MODE,
        Verb.SET_SWING_MODE,
        Verb.SET_HORIZONTAL_SWING_MODE,
        Verb.SET_DIRECTION,
        Verb.SELECT_OPTION,
        Verb.SET_TEXT,
    }
)
"""Verbs whose value is a word and never a number."""


class Needs(StrEnum):
    """What has to be given with a verb."""

    NOTHING = "nothing"
    NUMBER = "number"
    WORD = "word"
    """One of the command's options."""
    TEXT = "text"
    """Words of the person's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """One thing that an entity reports over time; with its entity's id it names a series."""

    name: str
    """`state`, or for what comes beside it `brightness`, `position`, `current_temperature`, `target_temperature`."""
    quantity: Quantity
    unit: str | None = None
    """Canonical unit of stored numbers (`units.CANONICAL`); None for a series of states or a number without a unit."""
    numeric: bool = False
    state_class: StateClass | None = None
    expected: bool = True
    """False for what the device may well never report (a button's state), so that its silence is no fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How a device is told one verb, and which of its own reports proves that it obeyed."""

    verb: Verb
    topic: str
    payload: str
    """The literal payload, or for a verb with a value a Jinja template over `value`."""
    takes_value: bool = False
    """The value is a number, unless there are `options` or it is `free_text`."""
    unit: str | None = None
    """Unit of the value as a person gives it: percent or a temperature unit."""
    minimum: float | None = None
    maximum: float | None = None
    """Bounds of the number, or of the number of letters of a free text."""
    step: float | None = None
    """The device only takes `minimum` plus whole steps of this."""
    options: tuple[str, ...] = ()
    """The value is one of these words."""
    free_text: bool = False
    scale: float = 1.0
    """What a person's value is multiplied by before the template sees it (2.55 for percent to 0..255)."""
    offset: float = 0.0
    """What is added after the scale: 32 for a device that counts in Fahrenheit."""
    inverse_of: float | None = None
    """The template sees this divided by the person's value: 1,000,000 for kelvin to mireds."""
    decimals: int | None = None
    """Decimals that the device takes; None: whole numbers where there is a scale, else as given."""
    variable: str = "value"
    """Another name for `value` that the template knows it by."""
    proof_aspect: str | None = STATE_ASPECT
    """None: the device reports nothing from which it could be seen whether it obeyed."""
    proof_state: str | None = None
    """The state that proves success; None: the aspect must equal the value that was sent."""
    qos: int = 1
    retain: bool = False

    @property
    def needs(self) -> Needs:
        if not self.takes_value:
            return Needs.NOTHING
        if self.free_text:
            return Needs.TEXT
        return Needs.WORD if self.options else Needs.NUMBER


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
    off_after_seconds: int | None = None
    """A binary sensor's state is over when it has not been said again for so long; None: it tells its end itself."""
    category: Category | None = None
    """None for what the device is there for."""

    def aspect(self, name: str) -> Aspect | None:
        return next((aspect for aspect in self.aspects if aspect.name == name), None)

    def command(self, verb: Verb) -> Command | None:
        return next((command for command in self.commands if command.verb is verb), None)


class SeriesKey(NamedTuple):
    """Names one series: an entity's aspect. A tuple, since each reading is looked up by it several times."""

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

    @property
    def on_purpose(self) -> bool:
        """Whether nothing is wrong: it is of a kind that is known and left out."""
        return self.code.startswith("ignored_")
