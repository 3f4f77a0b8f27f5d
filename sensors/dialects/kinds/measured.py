"""What only reports: sensors and binary sensors."""

from sensors.dialects.draft import Draft, clean
from sensors.dialects.notes import Note
from sensors.dialects.routes import any_text, numbers, one_of, words
from sensors.reading import STATE_ASPECT, STATES, Quantity, StateClass
from sensors.units import CANONICAL, parse_unit, same_dimension

LONGEST_UNIT = 20

SENSOR_CLASSES = {
    "apparent_power": Quantity.APPARENT_POWER,
    "aqi": Quantity.AIR_QUALITY,
    "area": Quantity.AREA,
    "atmospheric_pressure": Quantity.PRESSURE,
    "battery": Quantity.BATTERY,
    "carbon_dioxide": Quantity.CO2,
    "carbon_monoxide": Quantity.CARBON_MONOXIDE,
    "conductivity": Quantity.CONDUCTIVITY,
    "current": Quantity.CURRENT,
    "data_rate": Quantity.DATA_RATE,
    "data_size": Quantity.DATA_SIZE,
    "distance": Quantity.DISTANCE,
    "duration": Quantity.DURATION,
    "energy": Quantity.ENERGY,
    "energy_storage": Quantity.STORED_ENERGY,
    "frequency": Quantity.FREQUENCY,
    "gas": Quantity.GAS,
    "humidity": Quantity.HUMIDITY,
    "illuminance": Quantity.ILLUMINANCE,
    "irradiance": Quantity.IRRADIANCE,
    "moisture": Quantity.MOISTURE,
    "nitrogen_dioxide": Quantity.NITROGEN_DIOXIDE,
    "ozone": Quantity.OZONE,
    "ph": Quantity.ACIDITY,
    "pm1": Quantity.PM1,
    "pm10": Quantity.PM10,
    "pm25": Quantity.PM25,
    "power": Quantity.POWER,
    "power_factor": Quantity.POWER_FACTOR,
    "precipitation": Quantity.PRECIPITATION,
    "precipitation_intensity": Quantity.PRECIPITATION_RATE,
    "pressure": Quantity.PRESSURE,
    "reactive_power": Quantity.REACTIVE_POWER,
    "signal_strength": Quantity.SIGNAL,
    "sound_pressure": Quantity.SOUND_LEVEL,
    "speed": Quantity.SPEED,
    "temperature": Quantity.TEMPERATURE,
    "volatile_organic_compounds": Quantity.VOC,
    "volatile_organic_compounds_parts": Quantity.VOC,
    "voltage": Quantity.VOLTAGE,
    "volume": Quantity.VOLUME,
    "volume_flow_rate": Quantity.FLOW_RATE,
    "volume_storage": Quantity.VOLUME,
    "water": Quantity.WATER,
    "weight": Quantity.WEIGHT,
    "wind_direction": Quantity.WIND_DIRECTION,
    "wind_speed": Quantity.WIND_SPEED,
}
"""Home Assistant's classes that people ask about by name; every other number is a number with its unit."""
_WORD_CLASSES = frozenset({"enum", "timestamp", "date"})
_DIFFERENCES = {"temperature_delta": {"celsius": "kelvin", "fahrenheit": "degrees_fahrenheit", "kelvin": "kelvin"}}
"""Differences go by units of their own: 5 degrees warmer is not 41 degrees Fahrenheit warmer."""
BINARY_CLASSES = {
    "battery": Quantity.LOW_BATTERY,
    "battery_charging": Quantity.CHARGING,
    "carbon_monoxide": Quantity.CARBON_MONOXIDE_ALARM,
    "cold": Quantity.COLD,
    "connectivity": Quantity.CONNECTION,
    "door": Quantity.DOOR,
    "garage_door": Quantity.GARAGE_DOOR,
    "gas": Quantity.GAS_ALARM,
    "heat": Quantity.HEAT,
    "light": Quantity.DAYLIGHT,
    "lock": Quantity.LOCK,
    "moisture": Quantity.LEAK,
    "motion": Quantity.MOTION,
    "moving": Quantity.MOTION,
    "occupancy": Quantity.MOTION,
    "opening": Quantity.DOOR,
    "plug": Quantity.PLUG,
    "power": Quantity.MAINS,
    "presence": Quantity.PRESENCE,
    "problem": Quantity.PROBLEM,
    "running": Quantity.RUNNING,
    "safety": Quantity.SAFETY,
    "smoke": Quantity.SMOKE,
    "sound": Quantity.SOUND,
    "tamper": Quantity.TAMPER,
    "update": Quantity.UPDATE,
    "vibration": Quantity.VIBRATION,
    "window": Quantity.WINDOW,
}
_OBVIOUS = frozenset(
    {Quantity.TEMPERATURE, Quantity.POWER, Quantity.ENERGY, Quantity.ILLUMINANCE, Quantity.PRESSURE, Quantity.VOLTAGE}
)
"""Quantities that a unit alone gives away."""
OTHER_UNITS_TOO = frozenset(
    {Quantity.VOC, Quantity.GAS, Quantity.SIGNAL, Quantity.CARBON_MONOXIDE, Quantity.OZONE, Quantity.NITROGEN_DIOXIDE}
)
"""Quantities that are told in units which cannot be turned into each other."""
UNITLESS_PERCENT = frozenset({Quantity.BATTERY, Quantity.HUMIDITY, Quantity.MOISTURE})


def sensor(draft: Draft) -> None:
    device_class, written = draft.text("device_class"), draft.text("unit_of_measurement")
    numeric = bool(written) or draft.has("state_class") or device_class in SENSOR_CLASSES
    if not numeric or device_class in _WORD_CLASSES:
        draft.aspect(STATE_ASPECT, Quantity.TEXT)
        read = one_of(draft.words("options")) if device_class == "enum" else any_text()
        draft.route("state_topic", read, "value_template")
        return
    quantity, unit, from_unit = _measured(draft, device_class, written)
    draft.aspect(STATE_ASPECT, quantity, unit, numeric=True, state_class=_state_class(draft))
    draft.route("state_topic", numbers(STATE_ASPECT, from_unit, unit), "value_template")


def _state_class(draft: Draft) -> StateClass | None:
    said = draft.text("state_class")
    return StateClass(said) if said in set(StateClass) else None


def _measured(draft: Draft, device_class: str, written: str) -> tuple[Quantity, str | None, str | None]:
    """Quantity, the unit to store in, and the unit that the device sends where numbers are to be converted."""
    unit = parse_unit(written) if written else None
    quantity = SENSOR_CLASSES.get(device_class) or _obvious(draft, unit)
    if written and unit is None:
        draft.note(Note.UNKNOWN_UNIT)
        plain = quantity if quantity is not None and quantity not in CANONICAL else Quantity.NUMBER
        return plain, unit_as_written(written), None
    if quantity is None:
        return Quantity.NUMBER, _DIFFERENCES.get(device_class, {}).get(unit or "", unit), None
    canonical = CANONICAL.get(quantity)
    if canonical is None:
        return quantity, unit, None
    if unit is None and quantity not in UNITLESS_PERCENT:
        draft.note(Note.NO_UNIT)
        return Quantity.NUMBER, None, None
    if unit is None or same_dimension(unit, canonical):
        return quantity, canonical, unit
    draft.note(Note.ODD_UNIT)
    return (quantity if quantity in OTHER_UNITS_TOO else Quantity.NUMBER), unit, None


def unit_as_written(written: str) -> str | None:
    """A unit that is not known here, as it may be shown and spoken."""
    return clean(written)[:LONGEST_UNIT].strip() or None


def _obvious(draft: Draft, unit: str | None) -> Quantity | None:
    if unit is None or draft.text("device_class") or draft.text("entity_category"):
        return None
    return next((quantity for quantity in _OBVIOUS if same_dimension(unit, CANONICAL[quantity])), None)


def binary_sensor(draft: Draft) -> None:
    quantity = BINARY_CLASSES.get(draft.text("device_class"), Quantity.TEXT)
    on_word, off_word = STATES.get(quantity, ("on", "off"))
    draft.aspect(STATE_ASPECT, quantity)
    meanings = {draft.text("payload_on", "ON"): on_word, draft.text("payload_off", "OFF"): off_word}
    draft.route("state_topic", words(meanings), "value_template")
