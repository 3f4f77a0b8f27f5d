"""What a Tasmota device is made of, by what it says of itself, as discovery configurations. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sensors.dialects.draft import checked_topic
from sensors.dialects.routes import Refused
from sensors.dialects.translated import Thing, leaves
from sensors.message import Message

_RELAY, _LIGHT, _SHUTTER = 1, 2, 3
_RGBW = 4
_TUNABLE = frozenset({2, 5})
"""Kinds of light by their channels: cold and warm white, alone or beside colours."""
_FOLLOWING_SWITCH_MODES = frozenset({1, 2, 3, 4, 5, 6, 9, 10, 13, 14, 15, 16})
"""Modes in which a switch input has a lasting state; in the others it only gives pulses."""

# What the last word of a sensor's path means: how a person calls it, its device class, and its unit.
_MEASURES: Mapping[str, tuple[str, str | None, str | None]] = {
    "Temperature": ("temperature", "temperature", "TempUnit"),
    "DewPoint": ("dew point", "temperature", "TempUnit"),
    "HeatIndex": ("heat index", "temperature", "TempUnit"),
    "Humidity": ("humidity", "humidity", "%"),
    "Pressure": ("pressure", "pressure", "PressureUnit"),
    "SeaPressure": ("sea level pressure", "pressure", "PressureUnit"),
    "Speed": ("speed", "wind_speed", "SpeedUnit"),
    "Illuminance": ("illuminance", "illuminance", "lx"),
    "Ambient": ("ambient light", "illuminance", "lx"),
    "CarbonDioxide": ("CO2", "carbon_dioxide", "ppm"),
    "eCO2": ("estimated CO2", "carbon_dioxide", "ppm"),
    "TVOC": ("volatile compounds", "volatile_organic_compounds_parts", "ppb"),
    "PM1": ("PM1", "pm1", "µg/m³"),
    "PM2.5": ("PM2.5", "pm25", "µg/m³"),
    "PM10": ("PM10", "pm10", "µg/m³"),
    "Battery": ("battery", "battery", "%"),
    "Moisture": ("moisture", "moisture", "%"),
    "Power": ("power", "power", "W"),
    "ActivePower": ("active power", "power", "W"),
    "ApparentPower": ("apparent power", "apparent_power", "VA"),
    "ReactivePower": ("reactive power", "reactive_power", "var"),
    "Factor": ("power factor", "power_factor", None),
    "Frequency": ("frequency", "frequency", "Hz"),
    "Voltage": ("voltage", "voltage", "V"),
    "Current": ("current", "current", "A"),
    "Total": ("energy", "energy", "kWh"),
    "TotalTariff": ("energy by tariff", "energy", "kWh"),
    "Today": ("energy today", "energy", "kWh"),
    "Yesterday": ("energy yesterday", "energy", "kWh"),
    "Energy": ("energy", "energy", "kWh"),
    "ImportActive": ("imported energy", "energy", "kWh"),
    "ExportActive": ("exported energy", "energy", "kWh"),
    "ExportTariff": ("exported energy by tariff", "energy", "kWh"),
    "Distance": ("distance", "distance", "cm"),
    "Weight": ("weight", "weight", "kg"),
}
_METERS = frozenset({"Total", "TotalTariff", "Today", "Energy", "ImportActive", "ExportActive", "ExportTariff"})
_BESIDE = frozenset(
    {"Today", "Yesterday", "ApparentPower", "ReactivePower", "Factor", "Frequency", "DewPoint", "HeatIndex"}
)
"""What few people ask about, or what follows from the rest: kept, but as a diagnosis."""
_INSIDE = "ESP32"
"""The chip's own temperature, which is no room's."""
_NO_READINGS = frozenset({"Time", "Id", "TotalStartTime", "TempUnit", "PressureUnit", "SpeedUnit", "Period", "Address"})
_NO_SENSORS = ("PN532", "RDM6300", "Switch", "Shutter")
"""Card readers, and what is described with the device itself."""
_ENERGY_OF_ANOTHER_KIND = frozenset({"AS3935", "LD2410"})
_UNITS = ("TempUnit", "PressureUnit", "SpeedUnit")


@dataclass(frozen=True, slots=True, kw_only=True)
class TasmotaDevice:
    """Who speaks, and where: the beginnings of its topics, each with the slash at its end."""

    key: str
    name: str
    cmnd: str
    stat: str
    tele: str
    config: Mapping[str, Any]

    def named(self, path: str) -> str:
        """Under which name a value of this device is told."""
        return f"{self.key}/{path}"

    def base(self, name: str | None) -> dict[str, Any]:
        """What every configuration of this device has in common."""
        config: dict[str, Any] = {"name": name, "device": {"name": self.name}}
        if not self.config.get("dslp"):  # a device that sleeps is offline most of the time, and well
            config |= {
                "availability_topic": f"{self.tele}LWT",
                "payload_available": str(self.config.get("onln", "Online")),
                "payload_not_available": str(self.config.get("ofln", "Offline")),
            }
        return config

    def listed(self, key: str) -> list[Any]:
        value = self.config.get(key)
        return value if isinstance(value, list) else []

    def numbers(self, key: str) -> list[int]:
        """A list of small codes; what is none of them counts as 0."""
        return [one if isinstance(one, int) else 0 for one in self.listed(key)]

    def option(self, number: int) -> bool:
        options = self.config.get("so")
        return isinstance(options, dict) and options.get(str(number)) == 1

    def state(self, on: bool) -> str:
        """The word for on or off that this device uses."""
        words = self.listed("state")
        return str(words[on]) if len(words) >= 2 else ("ON" if on else "OFF")


def device_of(config: Mapping[str, Any], mac: str) -> TasmotaDevice:
    """Raises Refused where the configuration does not say where the device speaks."""
    pattern, topic, prefixes = config.get("ft"), config.get("t"), config.get("tp")
    if config.get("mac") != mac:
        raise Refused("bad_definition", f"the topic is of {mac}, the configuration of {str(config.get('mac'))[:20]!r}")
    if not isinstance(pattern, str) or not isinstance(topic, str) or "%prefix%" not in pattern:
        raise Refused("bad_definition", "a Tasmota configuration needs `ft` with %prefix%, and `t`")
    if not isinstance(prefixes, list) or len(prefixes) != 3 or not all(isinstance(one, str) for one in prefixes):
        raise Refused("bad_definition", "a Tasmota configuration needs `tp`, the three prefixes")
    whole = pattern.replace("%hostname%", str(config.get("hn", ""))).replace("%id%", mac[-6:]).replace("%topic%", topic)
    whole = whole if whole.endswith("/") else f"{whole}/"
    cmnd, stat, tele = (checked_topic(whole.replace("%prefix%", one), "ft") for one in prefixes)
    name = str(config.get("dn") or topic)
    return TasmotaDevice(key=mac, name=name, cmnd=cmnd, stat=stat, tele=tele, config=config)


def observed_device(topic: str) -> TasmotaDevice:
    """One that never announced itself, by the default pattern of its topics."""
    cmnd, stat, tele = (f"{prefix}/{topic}/" for prefix in ("cmnd", "stat", "tele"))
    return TasmotaDevice(key=f"tele:{topic}", name=topic.replace("_", " "), cmnd=cmnd, stat=stat, tele=tele, config={})


# --- relays, lights, shutters, switches ----------------------------------------------------------------------------


def own_things(device: TasmotaDevice, source: Message) -> Iterator[Thing]:
    """What the device is by its configuration."""
    relays = device.numbers("rl")
    shutters = [place for place, _ in _shutter_pairs(relays)]
    for place, kind in enumerate(relays):
        if kind == _LIGHT or (kind == _RELAY and (device.option(30) or (device.config.get("if") == 1 and place == 0))):
            dims = kind == _LIGHT and device.config.get("if") != 1
            yield _light(device, place, source) if dims else _relay(device, place, "light", source)
        elif kind == _RELAY:
            yield _relay(device, place, "switch", source)
    for number in range(1, len(shutters) + 1):
        yield _shutter(device, number, source)
    for place, mode in enumerate(device.numbers("swc")):
        if mode in _FOLLOWING_SWITCH_MODES:
            yield _switch_input(device, place, source)
    if device.config.get("if") == 1:
        yield _fan(device, source)
    yield _signal(device, source)


def _shutter_pairs(relays: list[int]) -> Iterator[tuple[int, int]]:
    """Each shutter has two relays in a row: one for each direction."""
    place = 0
    while place + 1 < len(relays):
        if relays[place] == _SHUTTER == relays[place + 1]:
            yield place, place + 1
            place += 1
        place += 1


def _relay_name(device: TasmotaDevice, place: int) -> str | None:
    """The friendly name; None where it is the device's own, or where a single relay has none."""
    names = device.listed("fn")
    name = names[place] if place < len(names) else None
    if name is not None and str(name).strip():
        return None if str(name) == device.name else str(name)
    return None if sum(1 for one in device.numbers("rl") if one) == 1 else f"{place + 1}"


def _relay(device: TasmotaDevice, place: int, component: str, source: Message) -> Thing:
    config = device.base(_relay_name(device, place)) | {
        "state_topic": device.named(f"POWER{place + 1}"),
        "command_topic": f"{device.cmnd}POWER{place + 1}",
        "payload_on": device.state(True),
        "payload_off": device.state(False),
    }
    return Thing(component=component, unique=f"{device.key}_relay_{place + 1}", config=config, source=source)


def _light(device: TasmotaDevice, place: int, source: Message) -> Thing:
    """A dimmer, perhaps of white light that can be warm or cold; colours are left alone."""
    thing = _relay(device, place, "light", source)
    subtype = device.config.get("lt_st")
    channels = subtype if isinstance(subtype, int) else 0
    dimmer, tunable = "Dimmer", channels in _TUNABLE
    if device.option(68):
        dimmer, tunable, channels = f"Channel{place + 1}", False, 1
    elif device.config.get("lk") == 0 and channels >= _RGBW:
        # Colour and white are two lights then, with a dimmer each.
        nth = place - device.numbers("rl").index(_LIGHT)
        dimmer, tunable = f"Dimmer{nth + 1}", channels != _RGBW and nth > 0
    if channels == 0:
        return thing
    config = {
        "brightness_scale": 100,
        "brightness_state_topic": device.named(dimmer),
        "brightness_command_topic": device.cmnd + ("Dimmer3" if device.config.get("ty") else dimmer),
    }
    if tunable:
        coldest, warmest = (200, 380) if device.option(82) else (153, 500)
        config |= {
            "color_temp_state_topic": device.named("CT"),
            "color_temp_command_topic": f"{device.cmnd}CT",
            "min_mireds": coldest,
            "max_mireds": warmest,
        }
    return replace(thing, config={**thing.config, **config})


def _shutter(device: TasmotaDevice, number: int, source: Message) -> Thing:
    options, tilts = device.numbers("sho"), device.listed("sht")
    option = options[number - 1] if number <= len(options) else 0
    inverted = option & 1 == 1
    opened, opening, closing = (0, "-1", "1") if inverted else (100, "1", "-1")
    config = device.base(None if len(list(_shutter_pairs(device.numbers("rl")))) == 1 else f"shutter {number}") | {
        # Backlog takes whole commands as its payload, so that one topic serves all three.
        "command_topic": f"{device.cmnd}Backlog",
        "payload_open": f"ShutterOpen{number}",
        "payload_close": f"ShutterClose{number}",
        "payload_stop": f"ShutterStop{number}",
        "position_topic": device.named(f"Shutter{number}/Position"),
        "set_position_topic": f"{device.cmnd}ShutterPosition{number}",
        "position_open": opened,
        "position_closed": 100 - opened,
        "state_topic": device.named(f"Shutter{number}/Direction"),
        "state_opening": opening,
        "state_closing": closing,
        "state_stopped": "0",
    }
    tilt = tilts[number - 1] if number <= len(tilts) else None
    if isinstance(tilt, list) and len(tilt) == 3 and tilt[2] and tilt[0] != tilt[1]:
        config |= {
            "tilt_command_topic": f"{device.cmnd}ShutterTilt{number}",
            "tilt_status_topic": device.named(f"Shutter{number}/Tilt"),
            "tilt_min": tilt[0],
            "tilt_max": tilt[1],
            "tilt_closed_value": tilt[0],
            "tilt_opened_value": tilt[1],
        }
    return Thing(component="cover", unique=f"{device.key}_shutter_{number}", config=config, source=source)


def _switch_input(device: TasmotaDevice, place: int, source: Message) -> Thing:
    names = device.listed("swn")
    name = names[place] if place < len(names) else None
    key = str(name) if name else f"Switch{place + 1}"
    config = device.base(key if name else f"input {place + 1}") | {
        "state_topic": device.named(key),
        "payload_on": device.state(True),
        "payload_off": device.state(False),
    }
    return Thing(component="binary_sensor", unique=f"{device.key}_input_{place + 1}", config=config, source=source)


def _fan(device: TasmotaDevice, source: Message) -> Thing:
    config = device.base("fan") | {
        "state_topic": device.named("FanSpeed"),
        "state_value_template": "{{ 'on' if value | int > 0 else 'off' }}",
        "command_topic": f"{device.cmnd}FanSpeed",
        "payload_on": "on",
        "payload_off": "off",
        "command_template": "{{ 2 if value == 'on' else 0 }}",
        "percentage_state_topic": device.named("FanSpeed"),
        "percentage_command_topic": f"{device.cmnd}FanSpeed",
        "speed_range_min": 1,
        "speed_range_max": 3,
    }
    return Thing(component="fan", unique=f"{device.key}_fan", config=config, source=source)


def _signal(device: TasmotaDevice, source: Message) -> Thing:
    config = device.base("signal") | {
        "state_topic": device.named("Wifi/Signal"),
        "device_class": "signal_strength",
        "unit_of_measurement": "dBm",
        "entity_category": "diagnostic",
    }
    return Thing(component="sensor", unique=f"{device.key}_signal", config=config, source=source)


# --- sensors -------------------------------------------------------------------------------------------------------


def units_in(told: Mapping[str, Any]) -> dict[str, str]:
    """The units that a message of sensors names for all of them."""
    return {key: str(told[key]) for key in _UNITS if key in told}


def sensor_things(device: TasmotaDevice, told: Mapping[str, Any], source: Message) -> Iterator[Thing]:
    """One thing for each value in a message of sensors, announced or sent."""
    paths = [(path, value) for path, value in leaves(told) if _is_reading(path, value)]
    often = Counter(_measure(path) for path, _ in paths)
    for path, value in paths:
        yield _sensor(device, path, value, told, source, alone=often[_measure(path)] == 1)


def _is_reading(path: tuple[str, ...], value: Any) -> bool:
    if len(path) < 2 or path[0].startswith(_NO_SENSORS) or _NO_READINGS & set(path):
        return False
    return (isinstance(value, int | float | str) and not isinstance(value, bool)) or value is None


def _measure(path: tuple[str, ...]) -> str:
    """The word of the path that says what is measured: a pin, a phase or a statistic may stand behind it."""
    for word in reversed(path):
        plain = word.rstrip("0123456789") if path[0] == "ANALOG" else word
        if word in _MEASURES or plain in _MEASURES:
            return word if word in _MEASURES else plain
    return path[-1]


def _sensor(
    device: TasmotaDevice,
    path: tuple[str, ...],
    value: Any,
    told: Mapping[str, Any],
    source: Message,
    *,
    alone: bool,
) -> Thing:
    measure = _measure(path)
    word, device_class, unit = _MEASURES.get(measure, (" ".join(path[1:]), None, None))
    if path[0] in _ENERGY_OF_ANOTHER_KIND and measure == "Energy":
        device_class = unit = None
    if unit in _UNITS:
        unit = units_in(told).get(unit)
    rest = " ".join(part for part in path if part != measure)
    config = device.base(word if alone and measure in _MEASURES else f"{rest} {word}")
    config["state_topic"] = device.named("/".join(path))
    config |= {
        key: given
        for key, given in (
            ("device_class", device_class if not isinstance(value, str) or _numeric(value) else None),
            ("unit_of_measurement", unit),
            ("state_class", _state_class(measure, value)),
            ("entity_category", "diagnostic" if measure in _BESIDE or path[0] == _INSIDE else None),
        )
        if given is not None
    }
    return Thing(component="sensor", unique=f"{device.key}_{'_'.join(path)}", config=config, source=source)


def _state_class(measure: str, value: Any) -> str | None:
    if isinstance(value, str) and not _numeric(value):
        return None
    return "total_increasing" if measure in _METERS else "measurement"


def _numeric(value: str) -> bool:
    return value.replace(".", "", 1).removeprefix("-").isdigit()


def relay_things(device: TasmotaDevice, told: Mapping[str, Any], source: Message) -> Iterator[Thing]:
    """What a state message shows of a device that never announced itself: to be read, not to be switched."""
    powers = [key for key in told if key == "POWER" or (key.startswith("POWER") and key[5:].isdigit())]
    for key in powers:
        number = key[5:] or "1"
        config = device.base("power" if len(powers) == 1 else f"power {number}") | {
            "state_topic": device.named(f"POWER{number}"),
        }
        yield Thing(component="binary_sensor", unique=f"{device.key}_relay_{number}", config=config, source=source)
    if isinstance(told.get("Wifi"), dict) and "Signal" in told["Wifi"]:
        yield _signal(device, source)
