"""Sensors and binary sensors: every class that Home Assistant has is asked about by name, or keeps its unit."""

import pytest
from fakes_discovery import Announced

from sensors.dialects.components import describe
from sensors.reading import STATES, Category, Component, Quantity, StateClass

SENSOR_CLASSES = [
    ("apparent_power", "VA", "apparent_power", "volt_amperes"),
    ("aqi", None, "air_quality", None),
    ("area", "ft²", "area", "square_metres"),
    ("atmospheric_pressure", "hPa", "pressure", "hectopascals"),
    ("battery", "%", "battery", "percent"),
    ("blood_glucose_concentration", "mg/dL", "number", "mg/dL"),
    ("carbon_dioxide", "ppm", "co2", "ppm"),
    ("carbon_monoxide", "ppm", "carbon_monoxide", "ppm"),
    ("carbon_monoxide", "mg/m³", "carbon_monoxide", "milligrams_per_cubic_metre"),
    ("conductivity", "μS/cm", "conductivity", "microsiemens_per_centimetre"),
    ("current", "mA", "current", "amperes"),
    ("data_rate", "kB/s", "data_rate", "megabits_per_second"),
    ("data_size", "GiB", "data_size", "megabytes"),
    ("date", None, "text", None),
    ("distance", "cm", "distance", "metres"),
    ("duration", "min", "duration", "seconds"),
    ("energy", "Wh", "energy", "kilowatt_hours"),
    ("energy_distance", "kWh/100km", "number", "kWh/100km"),
    ("energy_storage", "kWh", "stored_energy", "kilowatt_hours"),
    ("enum", None, "text", None),
    ("frequency", "kHz", "frequency", "hertz"),
    ("gas", "ft³", "gas", "cubic_metres"),
    ("humidity", "%", "humidity", "percent"),
    ("illuminance", "lx", "illuminance", "lux"),
    ("irradiance", "W/m²", "irradiance", "watts_per_square_metre"),
    ("moisture", "%", "moisture", "percent"),
    ("monetary", "EUR", "number", "EUR"),
    ("nitrogen_dioxide", "µg/m³", "nitrogen_dioxide", "micrograms_per_cubic_metre"),
    ("nitrogen_monoxide", "µg/m³", "number", "micrograms_per_cubic_metre"),
    ("nitrous_oxide", "µg/m³", "number", "micrograms_per_cubic_metre"),
    ("ozone", "µg/m³", "ozone", "micrograms_per_cubic_metre"),
    ("ph", None, "acidity", None),
    ("pm1", "µg/m³", "pm1", "micrograms_per_cubic_metre"),
    ("pm10", "µg/m³", "pm10", "micrograms_per_cubic_metre"),
    ("pm25", "µg/m³", "pm25", "micrograms_per_cubic_metre"),
    ("power", "kW", "power", "watts"),
    ("power_factor", "%", "power_factor", "percent"),
    ("power_factor", None, "power_factor", None),
    ("precipitation", "in", "precipitation", "millimetres"),
    ("precipitation_intensity", "in/h", "precipitation_rate", "millimetres_per_hour"),
    ("pressure", "psi", "pressure", "hectopascals"),
    ("reactive_power", "var", "reactive_power", "volt_amperes_reactive"),
    ("signal_strength", "dBm", "signal", "dbm"),
    ("signal_strength", "dB", "signal", "decibels"),
    ("sound_pressure", "dBA", "sound_level", "decibels"),
    ("speed", "mph", "speed", "kilometres_per_hour"),
    ("sulphur_dioxide", "µg/m³", "number", "micrograms_per_cubic_metre"),
    ("temperature", "K", "temperature", "celsius"),
    ("temperature_delta", "°C", "number", "kelvin"),
    ("temperature_delta", "°F", "number", "degrees_fahrenheit"),
    ("timestamp", None, "text", None),
    ("volatile_organic_compounds", "µg/m³", "voc", "micrograms_per_cubic_metre"),
    ("volatile_organic_compounds_parts", "ppb", "voc", "ppb"),
    ("voltage", "mV", "voltage", "volts"),
    ("volume", "gal", "volume", "litres"),
    ("volume_flow_rate", "m³/h", "flow_rate", "litres_per_minute"),
    ("volume_storage", "L", "volume", "litres"),
    ("water", "m³", "water", "litres"),
    ("weight", "lb", "weight", "kilograms"),
    ("wind_direction", "°", "wind_direction", "degrees"),
    ("wind_speed", "kn", "wind_speed", "metres_per_second"),
]


@pytest.mark.parametrize(("device_class", "written", "quantity", "unit"), SENSOR_CLASSES)
def test_every_class_of_sensor_has_its_quantity_and_its_unit(
    device_class: str, written: str | None, quantity: str, unit: str | None
) -> None:
    sensor = Announced("sensor", state_topic="s", device_class=device_class, unit_of_measurement=written)
    aspect = sensor.entity.aspects[0]
    assert (aspect.quantity, aspect.unit) == (quantity, unit)
    assert aspect.numeric == (device_class not in {"date", "enum", "timestamp"})


@pytest.mark.parametrize(
    ("device_class", "written", "said", "stored"),
    [
        ("duration", "min", "1.5", 90.0),
        ("speed", "mph", "10", 16.09344),
        ("data_rate", "kB/s", "125", 1.0),
        ("volume_flow_rate", "m³/h", "0.6", 10.0),
        ("precipitation_intensity", "in/d", "24", 25.4),
        ("weight", "oz", "16", 0.45359237),
        ("area", "ha", "2", 20_000.0),
        ("temperature_delta", "°F", "9", 9.0),
        ("ph", None, "7.2", 7.2),
        ("frequency", "MHz", "868.3", 868_300_000.0),
        ("energy", "kcal", "860.42065", 1.0),
    ],
)
def test_what_it_says_is_stored_in_the_canonical_unit(
    device_class: str, written: str | None, said: str, stored: float
) -> None:
    sensor = Announced("sensor", state_topic="s", device_class=device_class, unit_of_measurement=written)
    assert sensor.says("s", said)["state"] == pytest.approx(stored, rel=1e-6)


BINARY_CLASSES = [
    ("battery", "low", "normal"),
    ("battery_charging", "charging", "not_charging"),
    ("carbon_monoxide", "detected", "clear"),
    ("cold", "cold", "normal"),
    ("connectivity", "connected", "disconnected"),
    ("door", "open", "closed"),
    ("garage_door", "open", "closed"),
    ("gas", "detected", "clear"),
    ("heat", "hot", "normal"),
    ("light", "light", "dark"),
    ("lock", "unlocked", "locked"),
    ("moisture", "detected", "clear"),
    ("motion", "detected", "clear"),
    ("moving", "detected", "clear"),
    ("occupancy", "detected", "clear"),
    ("opening", "open", "closed"),
    ("plug", "plugged_in", "unplugged"),
    ("power", "on", "off"),
    ("presence", "present", "away"),
    ("problem", "detected", "clear"),
    ("running", "running", "stopped"),
    ("safety", "unsafe", "safe"),
    ("smoke", "detected", "clear"),
    ("sound", "detected", "clear"),
    ("tamper", "detected", "clear"),
    ("update", "available", "up_to_date"),
    ("vibration", "detected", "clear"),
    ("window", "open", "closed"),
]


@pytest.mark.parametrize(("device_class", "on_word", "off_word"), BINARY_CLASSES)
def test_every_class_of_binary_sensor_has_its_words(device_class: str, on_word: str, off_word: str) -> None:
    sensor = Announced("binary_sensor", state_topic="s", device_class=device_class, payload_on="1", payload_off="0")
    assert sensor.entity.aspects[0].quantity is not Quantity.TEXT
    assert (sensor.says("s", "1"), sensor.says("s", "0")) == ({"state": on_word}, {"state": off_word})
    assert STATES[sensor.entity.aspects[0].quantity] == (on_word, off_word)


@pytest.mark.parametrize("state_class", list(StateClass))
def test_how_a_series_counts_is_kept_for_the_totals(state_class: StateClass) -> None:
    options = {"state_topic": "s", "unit_of_measurement": "kWh", "device_class": "energy"}
    assert Announced("sensor", state_class=state_class.value, **options).entity.aspects[0].state_class is state_class
    assert Announced("sensor", state_class="sometimes", **options).entity.aspects[0].state_class is None


def test_what_a_device_says_of_itself_is_marked_as_such() -> None:
    assert Announced("sensor", state_topic="s", entity_category="diagnostic").entity.category is Category.DIAGNOSTIC
    assert Announced("switch", state_topic="s", entity_category="config").entity.category is Category.CONFIG
    assert Announced("sensor", state_topic="s", entity_category="other").entity.category is None
    assert Announced("sensor", state_topic="s").entity.category is None


def test_what_is_off_until_somebody_wants_it_is_left_out_by_name() -> None:
    left_out = Announced("sensor", state_topic="s", enabled_by_default=False)
    assert left_out.refusal == "ignored_disabled"
    assert "enabled_by_default" in left_out.decoded.refusals[0].detail
    assert Announced("sensor", state_topic="s", enabled_by_default=True).entity
    off = {"state_topic": "s", "enabled_by_default": False}
    taken = describe(off, Component.SENSOR, "sensor.u", keep_disabled=True)
    assert taken.entity.id == "sensor.u"


def test_an_enum_says_one_of_its_options_and_nothing_else() -> None:
    sensor = Announced("sensor", state_topic="s", device_class="enum", options=["idle", "washing", "done"])
    assert sensor.says("s", "washing") == {"state": "washing"}
    assert sensor.mistakes("s", "exploding") == ["unknown_state"]
    assert sensor.says("s", "unknown") == {}


def test_an_unknown_unit_is_kept_as_it_may_be_spoken() -> None:
    sensor = Announced("sensor", state_topic="s", unit_of_measurement="NOx \n Index points, and a lot more of that")
    assert sensor.entity.aspects[0].unit == "NOx Index points, an"
    assert sensor.decoded.notes == ("unknown_unit",)


@pytest.mark.parametrize(("given", "seconds"), [(30, 30), ("5", 5), (0, None), (-1, None), (0.2, 1), (None, None)])
def test_what_never_says_that_it_is_over_tells_after_what_time_it_is(given: object, seconds: int | None) -> None:
    sensor = Announced("binary_sensor", state_topic="s", device_class="motion", off_delay=given)
    assert (sensor.entity.off_after_seconds, sensor.decoded.notes) == (seconds, ())
    assert Announced("switch", command_topic="c", off_delay=given).entity.off_after_seconds is None


def test_a_sensor_expires_when_it_says_so() -> None:
    assert Announced("sensor", state_topic="s", expire_after=300).entity.expire_after_seconds == 300
