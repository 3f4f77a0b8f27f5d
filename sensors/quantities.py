"""The closed set of things that can be asked about, and the words for those that are in one of two states."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


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
    # What is measured.
    TARGET_HUMIDITY = "target_humidity"
    LOW_TARGET_TEMPERATURE = "low_target_temperature"
    HIGH_TARGET_TEMPERATURE = "high_target_temperature"
    APPARENT_POWER = "apparent_power"
    REACTIVE_POWER = "reactive_power"
    POWER_FACTOR = "power_factor"
    STORED_ENERGY = "stored_energy"
    FREQUENCY = "frequency"
    AIR_QUALITY = "air_quality"
    CARBON_MONOXIDE = "carbon_monoxide"
    NITROGEN_DIOXIDE = "nitrogen_dioxide"
    OZONE = "ozone"
    PM1 = "pm1"
    PM10 = "pm10"
    AREA = "area"
    CONDUCTIVITY = "conductivity"
    DATA_RATE = "data_rate"
    DATA_SIZE = "data_size"
    DISTANCE = "distance"
    DURATION = "duration"
    FLOW_RATE = "flow_rate"
    IRRADIANCE = "irradiance"
    MOISTURE = "moisture"
    ACIDITY = "acidity"
    PRECIPITATION_RATE = "precipitation_rate"
    SOUND_LEVEL = "sound_level"
    SPEED = "speed"
    VOLUME = "volume"
    WEIGHT = "weight"
    WIND_DIRECTION = "wind_direction"
    COLOR_TEMPERATURE = "color_temperature"
    TILT = "tilt"
    FAN_SPEED = "fan_speed"
    # What is in one of two states.
    GATE = "gate"
    VALVE = "valve"
    CARBON_MONOXIDE_ALARM = "carbon_monoxide_alarm"
    GAS_ALARM = "gas_alarm"
    CHARGING = "charging"
    COLD = "cold"
    HEAT = "heat"
    CONNECTION = "connection"
    DAYLIGHT = "daylight"
    PLUG = "plug"
    MAINS = "mains"
    PROBLEM = "problem"
    RUNNING = "running"
    SAFETY = "safety"
    SOUND = "sound"
    TAMPER = "tamper"
    UPDATE = "update"
    VIBRATION = "vibration"
    FAN = "fan"
    OSCILLATION = "oscillation"
    HUMIDIFIER = "humidifier"
    SIREN = "siren"
    # What says a word of its own.
    MODE = "mode"
    ACTION = "action"
    OPTION = "option"
    EFFECT = "effect"
    COLOR = "color"
    PLACE = "place"
    VACUUM = "vacuum"
    LAWN_MOWER = "lawn_mower"
    WATER_HEATER = "water_heater"
    ALARM = "alarm"
    EVENT = "event"
    BUTTON = "button"
    SCENE = "scene"


_SEEN = ("detected", "clear")
_OPENED = ("open", "closed")
_SWITCHED = ("on", "off")

STATES: Mapping[Quantity, tuple[str, str]] = MappingProxyType(
    {
        Quantity.DOOR: _OPENED,
        Quantity.WINDOW: _OPENED,
        Quantity.GARAGE_DOOR: _OPENED,
        Quantity.GATE: _OPENED,
        Quantity.COVER: _OPENED,
        Quantity.VALVE: _OPENED,
        Quantity.MOTION: _SEEN,
        Quantity.LEAK: _SEEN,
        Quantity.SMOKE: _SEEN,
        Quantity.CARBON_MONOXIDE_ALARM: _SEEN,
        Quantity.GAS_ALARM: _SEEN,
        Quantity.SOUND: _SEEN,
        Quantity.TAMPER: _SEEN,
        Quantity.VIBRATION: _SEEN,
        Quantity.PROBLEM: _SEEN,
        Quantity.PRESENCE: ("present", "away"),
        Quantity.LOW_BATTERY: ("low", "normal"),
        Quantity.CHARGING: ("charging", "not_charging"),
        Quantity.COLD: ("cold", "normal"),
        Quantity.HEAT: ("hot", "normal"),
        Quantity.CONNECTION: ("connected", "disconnected"),
        Quantity.DAYLIGHT: ("light", "dark"),
        Quantity.PLUG: ("plugged_in", "unplugged"),
        Quantity.RUNNING: ("running", "stopped"),
        Quantity.SAFETY: ("unsafe", "safe"),
        Quantity.UPDATE: ("available", "up_to_date"),
        Quantity.LOCK: ("unlocked", "locked"),
        Quantity.LIGHT: _SWITCHED,
        Quantity.SWITCH: _SWITCHED,
        Quantity.MAINS: _SWITCHED,
        Quantity.FAN: _SWITCHED,
        Quantity.OSCILLATION: _SWITCHED,
        Quantity.HUMIDIFIER: _SWITCHED,
        Quantity.SIREN: _SWITCHED,
    }
)
"""For quantities with two states: the canonical word for a binary sensor's ON, and for its OFF."""
