"""What the components of a Shelly device are, as discovery configurations. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sensors.dialects.translated import Thing
from sensors.message import Message

_SENDER = "house-assistant"
"""Answers to our commands go to this topic; the proof of a command is the device's own report."""

_Field = tuple[str, str | None, str | None, str | None]
"""Name, device class, unit, state class."""

_POWER: _Field = ("power", "power", "W", "measurement")
_VOLTAGE: _Field = ("voltage", "voltage", "V", "measurement")
_CURRENT: _Field = ("current", "current", "A", "measurement")
_ENERGY: _Field = ("energy", "energy", "Wh", "total_increasing")
_RETURNED: _Field = ("returned energy", "energy", "Wh", "total_increasing")
_APPARENT: _Field = ("apparent power", "apparent_power", "VA", "measurement")
_FACTOR: _Field = ("power factor", "power_factor", None, "measurement")
_FREQUENCY: _Field = ("frequency", "frequency", "Hz", "measurement")
_INSIDE: _Field = ("internal temperature", "temperature", "°C", "measurement")

_METERED: Mapping[str, _Field] = {
    "apower": _POWER,
    "voltage": _VOLTAGE,
    "current": _CURRENT,
    "aenergy.total": _ENERGY,
    "ret_aenergy.total": _RETURNED,
    "pf": _FACTOR,
    "freq": _FREQUENCY,
    "temperature.tC": _INSIDE,
}
_PHASES: Mapping[str, _Field] = {
    "act_power": _POWER,
    "aprt_power": _APPARENT,
    "voltage": _VOLTAGE,
    "current": _CURRENT,
    "pf": _FACTOR,
    "freq": _FREQUENCY,
}


def _by_phase(fields: Mapping[str, _Field]) -> dict[str, _Field]:
    return {
        f"{phase}_{key}": (f"phase {phase} {field[0]}", *field[1:]) for phase in "abc" for key, field in fields.items()
    }


_VALUE: Mapping[str, _Field] = {"value": ("value", None, None, None)}
_SENSORS: Mapping[str, Mapping[str, _Field]] = {
    **dict.fromkeys(("switch", "light", "cover", "pm1", "cct", "rgb", "rgbw"), _METERED),
    "em1": _PHASES,
    "em": {
        **_by_phase(_PHASES),
        "n_current": ("neutral current", "current", "A", "measurement"),
        "total_current": ("total current", "current", "A", "measurement"),
        "total_act_power": ("total power", "power", "W", "measurement"),
        "total_aprt_power": ("total apparent power", "apparent_power", "VA", "measurement"),
    },
    "em1data": {"total_act_energy": _ENERGY, "total_act_ret_energy": _RETURNED},
    "emdata": {
        **_by_phase({"total_act_energy": _ENERGY, "total_act_ret_energy": _RETURNED}),
        "total_act": ("total energy", "energy", "Wh", "total_increasing"),
        "total_act_ret": ("total returned energy", "energy", "Wh", "total_increasing"),
    },
    "temperature": {"tC": ("", "temperature", "°C", "measurement")},
    "humidity": {"rh": ("", "humidity", "%", "measurement")},
    "illuminance": {"lux": ("", "illuminance", "lx", "measurement")},
    "devicepower": {
        "battery.percent": ("battery", "battery", "%", "measurement"),
        "battery.V": ("battery voltage", "voltage", "V", "measurement"),
    },
    "voltmeter": {"voltage": ("", "voltage", "V", "measurement")},
    "input": {
        "percent": ("level", None, "%", "measurement"),
        "counts.total": ("count", None, None, "total_increasing"),
    },
    "wifi": {"rssi": ("signal", "signal_strength", "dBm", "measurement")},
    "number": _VALUE,
    "text": _VALUE,
    "enum": _VALUE,
}
_BINARY: Mapping[str, tuple[str, str | None]] = {
    "smoke": ("alarm", "smoke"),
    "flood": ("alarm", "moisture"),
    "input": ("state", None),
    "boolean": ("value", None),
}
_DIAGNOSES = frozenset({_APPARENT, _FACTOR, _FREQUENCY, _INSIDE, _SENSORS["wifi"]["rssi"]})
_NO_KIND_IN_NAME = frozenset({"pm1", "em1", "em", "em1data", "emdata", "devicepower", "wifi"})
_SETTERS = {"switch": "Switch.Set", "light": "Light.Set", "cct": "CCT.Set", "rgb": "RGB.Set", "rgbw": "RGBW.Set"}
_WHOLE = "{{ value | round | int }}"
_PUSHES = ("btn_down", "btn_up", "single_push", "double_push", "triple_push", "long_push")


def device_config(prefix: str, *, asleep: bool) -> dict[str, Any]:
    """What every configuration of one device has in common."""
    config: dict[str, Any] = {"device": {"name": prefix.rpartition("/")[2]}}
    if not asleep:
        config |= {
            "availability_topic": f"{prefix}/online",
            "payload_available": "true",
            "payload_not_available": "false",
        }
    return config


def named(prefix: str, component: str, path: tuple[str, ...]) -> str:
    """Under which name a value of a component is told."""
    return "/".join((prefix, component, *path))


def event_of(params: Mapping[str, Any]) -> Iterator[dict[str, dict[str, Any]]]:
    """The pushes of buttons among the events of a notification, each as a status of its input."""
    events = params.get("events")
    for event in events if isinstance(events, list) else []:
        if (
            isinstance(event, dict)
            and event.get("event") in _PUSHES
            and str(event.get("component")).startswith("input:")
        ):
            yield {str(event["component"]): {"id": event.get("id"), "push": json.dumps({"event_type": event["event"]})}}


def things_of(prefix: str, component: str, status: Mapping[str, Any], source: Message) -> Iterator[Thing]:
    """What a component is and measures, by the fields that its status has."""
    kind, _, number = component.partition(":")
    name = kind.replace("devicepower", "power") if number in ("", "0") else f"{kind} {number}"
    start = f"{prefix}:{component}"

    def thing(what: str, own_name: str, config: dict[str, Any], suffix: str = "") -> Thing:
        return Thing(component=what, unique=start + suffix, config={"name": own_name, **config}, source=source)

    if kind in _SETTERS and isinstance(status.get("output"), bool):
        what = "switch" if kind == "switch" else "light"
        yield thing(what, name, _switched(prefix, component, kind))
    if kind == "cover" and isinstance(status.get("state"), str):
        yield thing("cover", name, _cover(prefix, component))
    if kind in _BINARY and isinstance(status.get(_BINARY[kind][0]), bool):
        yield thing("binary_sensor", name, _binary(prefix, component, *_BINARY[kind]))
    if kind == "input" and "push" in status:
        topic = named(prefix, component, ("push",))
        yield thing("event", f"{name} push", {"state_topic": topic, "event_types": list(_PUSHES)}, ":push")
    if kind == "thermostat" and "target_C" in status:
        yield thing("climate", name, _thermostat(prefix, component))
    for path, field in _SENSORS.get(kind, {}).items():
        if _at(status, path) is not None:
            words = (_shown(name, kind, number), field[0])
            own_name = " ".join(word for word in words if word) or kind
            yield thing("sensor", own_name, _sensor(prefix, component, path, field), f":{path}")


def _shown(name: str, kind: str, number: str) -> str:
    """What stands before a measure in its name: nothing where the measure says it all."""
    if kind in _NO_KIND_IN_NAME:
        return "" if number in ("", "0") else number
    return name


def _at(status: Mapping[str, Any], path: str) -> Any:
    value: Any = status
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, int | float | str) else None


def _sensor(prefix: str, component: str, path: str, field: _Field) -> dict[str, Any]:
    _, device_class, unit, state_class = field
    config = {
        "state_topic": named(prefix, component, tuple(path.split("."))),
        "device_class": device_class,
        "unit_of_measurement": unit,
        "state_class": state_class or ("measurement" if component.startswith("number:") else None),
        "entity_category": "diagnostic" if field in _DIAGNOSES else None,
    }
    return {key: value for key, value in config.items() if value is not None}


def _binary(prefix: str, component: str, field: str, device_class: str | None) -> dict[str, Any]:
    config = {"state_topic": named(prefix, component, (field,)), "payload_on": "true", "payload_off": "false"}
    return config | ({"device_class": device_class} if device_class else {})


def _call(method: str, component: str, extra: str = "") -> str:
    """A request of Shelly's protocol; `extra` is what stands behind the id among its parameters."""
    number = component.partition(":")[2]
    return f'{{"id": 1, "src": "{_SENDER}", "method": "{method}", "params": {{"id": {number}{extra}}}}}'


def _switched(prefix: str, component: str, kind: str) -> dict[str, Any]:
    """Whatever can be switched on and off; a light can be dimmed too."""
    method, output = _SETTERS[kind], named(prefix, component, ("output",))
    config: dict[str, Any] = {
        "state_topic": output,
        "command_topic": f"{prefix}/rpc",
        "payload_on": _call(method, component, ', "on": true'),
        "payload_off": _call(method, component, ', "on": false'),
    }
    if kind == "switch":
        return {**config, "state_on": "true", "state_off": "false"}
    config["state_value_template"] = (
        "{{ " + repr(config["payload_on"]) + " if value == 'true' else " + repr(config["payload_off"]) + " }}"
    )
    config |= {
        "brightness_scale": 100,
        "brightness_state_topic": named(prefix, component, ("brightness",)),
        "brightness_command_topic": f"{prefix}/rpc",
        "brightness_command_template": _call(
            method, component, ', "on": true, "brightness": {{ value | round | int }}'
        ),
    }
    if kind == "cct":
        config |= {
            "color_temp_kelvin": True,
            "color_temp_state_topic": named(prefix, component, ("ct",)),
            "color_temp_command_topic": f"{prefix}/rpc",
            "color_temp_command_template": _call(method, component, f', "ct": {_WHOLE}'),
        }
    return config


def _cover(prefix: str, component: str) -> dict[str, Any]:
    return {
        "state_topic": named(prefix, component, ("state",)),
        "position_topic": named(prefix, component, ("current_pos",)),
        "command_topic": f"{prefix}/rpc",
        "payload_open": _call("Cover.Open", component),
        "payload_close": _call("Cover.Close", component),
        "payload_stop": _call("Cover.Stop", component),
        "set_position_topic": f"{prefix}/rpc",
        "set_position_template": _call("Cover.GoToPosition", component, f', "pos": {_WHOLE}'),
    }


def _thermostat(prefix: str, component: str) -> dict[str, Any]:
    number = component.partition(":")[2]
    change = f', "config": {{"id": {number}, "target_C": {{{{ value }}}}}}'
    return {
        "current_temperature_topic": named(prefix, component, ("current_C",)),
        "temperature_state_topic": named(prefix, component, ("target_C",)),
        "temperature_command_topic": f"{prefix}/rpc",
        "temperature_command_template": _call("Thermostat.SetConfig", component, change),
        "temperature_unit": "C",
        "min_temp": 5,
        "max_temp": 35,
    }
