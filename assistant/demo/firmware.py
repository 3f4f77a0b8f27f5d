"""The dialects of real firmwares: how each announces itself to Home Assistant and writes what it measures.

Pure builders: each collects the parts of one device and turns them into a `Device`. No I/O, no clock.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from assistant.demo.devices import (
    Device,
    Order,
    Publication,
    Report,
    Signal,
    Still,
    Value,
    Values,
    as_is,
    json_lamp,
    number,
    relay,
    travel,
)
from assistant.demo.routines import Level, Routine

ON_OFF: tuple[Value, ...] = ("ON", "OFF")
NUMBERS: tuple[Value, ...] = (10.0, 20.0)


def slug(name: str) -> str:
    """`Children's room` as topics and identifiers have it."""
    return "_".join("".join(letter for letter in name.lower() if letter.isalnum() or letter == " ").split())


def whole(value: Value) -> str:
    return f"{float(value):.0f}"


class Builder:
    """What every firmware collects."""

    def __init__(self, name: str, room: str, *, prefix: str) -> None:
        self.name = name
        self.room = room
        self.prefix = prefix
        self.configs: list[tuple[str, str]] = []
        self.signals: dict[str, Signal] = {}
        self.probes: dict[str, tuple[Value, ...]] = {}
        self.reports: list[Report] = []
        self.orders: dict[str, Order] = {}

    def field(self, name: str, signal: Signal, probes: tuple[Value, ...] = NUMBERS) -> None:
        self.signals[name] = signal
        self.probes[name] = probes

    def config(self, component: str, identity: str, body: Mapping[str, Any]) -> None:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        self.configs.append((f"{self.prefix}/{component}/{identity}/config", text))

    def finish(self, alive: Publication, *, correct: Callable[[Values], Values] = as_is) -> Device:
        return Device(
            name=self.name,
            room=self.room,
            configs=tuple(self.configs),
            signals=self.signals,
            probes=self.probes,
            reports=tuple(self.reports),
            orders=self.orders,
            alive=alive,
            correct=correct,
        )


class EspHome(Builder):
    """As ESPHome does it: a topic with plain text for each field; abbreviated keys."""

    def __init__(self, name: str, room: str, *, prefix: str) -> None:
        super().__init__(name, room, prefix=prefix)
        self.node = slug(name).replace("_", "-")

    def entity(self, component: str, name: str | None, **own: Any) -> str:
        """Announces it and returns the start of its topics. What has no name bears that of its node."""
        key = slug(name or self.name)
        base = f"{self.node}/{component}/{key}"
        body = {
            "name": name,
            "stat_t": f"{base}/state",
            "avty_t": f"{self.node}/status",
            "uniq_id": f"{self.node}-{component}-{key}",
            "obj_id": f"{slug(self.name)}_{key}",
            **own,
            "dev": {
                "ids": self.node,
                "name": self.name,
                "sw": "esphome v2025.4.1",
                "mdl": "esp32dev",
                "mf": "Espressif",
                "sa": self.room,
            },
        }
        self.config(component, f"{self.node}/{key}", body)
        return base

    def measures(self, name: str, signal: Signal, unit: str, *, device_class: str, digits: int = 1) -> None:
        key = slug(name)
        self.field(key, signal)
        base = self.entity("sensor", name, dev_cla=device_class, unit_of_meas=unit, stat_cla="measurement")
        self.reports.append(Report(topic=f"{base}/state", write=lambda values: f"{float(values[key]):.{digits}f}"))

    def detects(self, name: str, routine: Routine, *, device_class: str) -> None:
        key = slug(name)
        self.field(key, routine, ON_OFF)
        base = self.entity("binary_sensor", name, dev_cla=device_class)
        self.reports.append(Report(topic=f"{base}/state", write=lambda values: str(values[key])))

    def lamp(self, routine: Signal, *, brightness: int) -> None:
        """A dimmable light with JSON orders."""
        self.field("state", routine, ON_OFF)
        self.field("brightness", Still(value=brightness), (100, 200))
        command = f"{self.node}/light/{slug(self.name)}/command"
        own = {"schema": "json", "brightness": True, "sup_clrm": ["brightness"]}
        base = self.entity("light", None, cmd_t=command, **own)

        def write(values: Values) -> str:
            return json.dumps({"color_mode": "brightness", **values}, separators=(",", ":"))

        self.reports.append(Report(topic=f"{base}/state", write=write))
        self.orders[command] = json_lamp("state", "brightness", highest=255)

    def blinds(self, routine: Routine, *, full_seconds: float) -> None:
        base = f"{self.node}/cover/{slug(self.name)}"
        self.field("state", routine, ("open", "closed"))
        self.field("position", Level(routine=routine, resting=0, active=100))
        topics = {"pos_t": f"{base}/position/state", "set_pos_t": f"{base}/position/command"}
        self.entity("cover", None, dev_cla="blind", cmd_t=f"{base}/command", **topics)
        self.reports.append(Report(topic=f"{base}/position/state", write=lambda values: whole(values["position"])))
        self.reports.append(Report(topic=f"{base}/state", write=lambda values: str(values["state"])))
        order = travel("state", "position", full_seconds=full_seconds)
        self.orders[f"{base}/command"] = self.orders[f"{base}/position/command"] = order

    def build(self) -> Device:
        return self.finish(Publication(topic=f"{self.node}/status", payload="online"))


class Tasmota(Builder):
    """A socket that meters, as Tasmota announces it with SetOption19: `~`, abbreviations, two JSON topics."""

    def __init__(self, name: str, room: str, *, mac: int, prefix: str) -> None:
        super().__init__(name, room, prefix=prefix)
        self.topic = slug(name)
        self.mac = f"{0x5CCF7F000000 + mac:012X}"

    def entity(self, component: str, key: str, name: str | None, **own: Any) -> None:
        body = {
            "~": f"{self.topic}/",
            "name": name,
            **own,
            "avty_t": "~tele/LWT",
            "pl_avail": "Online",
            "pl_not_avail": "Offline",
            "uniq_id": f"{self.mac}_{key}",
            "dev": {"ids": [self.mac], "name": self.name, "mdl": "Sonoff S31", "sw": "14.5.0", "mf": "Tasmota"},
        }
        body["dev"]["sa"] = self.room
        self.config(component, f"{self.mac}_{key}", body)

    def socket(self, routine: Signal, *, power: Signal, energy: Signal, watts_on: float | None = None) -> Device:
        """`watts_on`: what it takes whenever it is on; None where `power` tells while it is on."""
        self.field("POWER", routine, ON_OFF)
        self.field("Power", power)
        self.field("Total", energy)
        switch = {"cmd_t": "~cmnd/POWER", "pl_on": "ON", "pl_off": "OFF", "val_tpl": "{{value_json.POWER}}"}
        self.entity("switch", "RL_1", None, stat_t="~tele/STATE", **switch)
        for key, unit, kind, state_class in (
            ("Power", "W", "power", "measurement"),
            ("Total", "kWh", "energy", "total_increasing"),
        ):
            own = {"stat_t": "~tele/SENSOR", "val_tpl": f"{{{{value_json['ENERGY']['{key}']}}}}", "frc_upd": True}
            own |= {"unit_of_meas": unit, "dev_cla": kind, "stat_cla": state_class}
            self.entity("sensor", f"ENERGY_{key}", kind.capitalize(), **own)
        self.reports.append(Report(topic=f"{self.topic}/tele/STATE", write=_tasmota_state))
        self.reports.append(Report(topic=f"{self.topic}/tele/SENSOR", write=_tasmota_sensor))
        self.orders[f"{self.topic}/cmnd/POWER"] = relay("POWER")

        def correct(values: Values) -> Values:
            if values["POWER"] == "OFF":
                return {**values, "Power": 0.0}
            return values if watts_on is None else {**values, "Power": watts_on}

        return self.finish(Publication(topic=f"{self.topic}/tele/LWT", payload="Online"), correct=correct)


def _tasmota_state(values: Values) -> str:
    return json.dumps({"POWER": values["POWER"], "Wifi": {"AP": 1, "RSSI": 74, "Signal": -63}})


def _tasmota_sensor(values: Values) -> str:
    return json.dumps({"ENERGY": {"Total": values["Total"], "Power": values["Power"]}})


class Controller(Builder):
    """A controller with many parts that announces itself once: device-based discovery."""

    def __init__(self, name: str, room: str, *, prefix: str) -> None:
        super().__init__(name, room, prefix=prefix)
        self.topic = slug(name)
        self.parts: dict[str, Any] = {}

    def part(self, platform: str, name: str, **own: Any) -> str:
        """Adds it and returns the start of its topics."""
        key = slug(name)
        base = f"{self.topic}/{key}"
        identity = {"name": name, "unique_id": f"{self.topic}_controller_{key}"}
        self.parts[key] = {"p": platform, **identity, "state_topic": f"{base}/state", **own}
        return base

    def measures(self, name: str, signal: Signal, unit: str, *, device_class: str) -> None:
        key = slug(name)
        self.field(key, signal)
        base = self.part("sensor", name, device_class=device_class, unit_of_measurement=unit)
        self.reports.append(Report(topic=f"{base}/state", write=lambda values: json.dumps(values[key])))

    def detects(self, name: str, routine: Routine, *, device_class: str) -> None:
        key = slug(name)
        self.field(key, routine, ON_OFF)
        base = self.part("binary_sensor", name, device_class=device_class)
        self.reports.append(Report(topic=f"{base}/state", write=lambda values: str(values[key])))

    def door(self, name: str, routine: Routine, *, full_seconds: float) -> None:
        """A garage door with a position."""
        key = slug(name)
        self.field("door_state", routine, ("open", "closed"))
        self.field("door_position", Level(routine=routine, resting=0, active=100))
        base = self.part(
            "cover",
            name,
            device_class="garage",
            command_topic=f"{self.topic}/{key}/set",
            position_topic=f"{self.topic}/{key}/position",
            set_position_topic=f"{self.topic}/{key}/position/set",
        )
        self.reports.append(Report(topic=f"{base}/position", write=lambda values: whole(values["door_position"])))
        self.reports.append(Report(topic=f"{base}/state", write=lambda values: str(values["door_state"])))
        order = travel("door_state", "door_position", full_seconds=full_seconds)
        self.orders[f"{base}/set"] = self.orders[f"{base}/position/set"] = order

    def lamp(self, name: str, routine: Signal, *, brightness: int) -> None:
        """A light of the default schema: state and brightness on topics of their own."""
        key = slug(name)
        self.field("light_state", routine, ON_OFF)
        self.field("light_brightness", Still(value=brightness), (20, 80))
        base = self.part(
            "light",
            name,
            command_topic=f"{self.topic}/{key}/set",
            brightness_state_topic=f"{self.topic}/{key}/brightness",
            brightness_command_topic=f"{self.topic}/{key}/brightness/set",
            brightness_scale=100,
            on_command_type="last",
        )
        self.reports.append(Report(topic=f"{base}/brightness", write=lambda values: str(values["light_brightness"])))
        self.reports.append(Report(topic=f"{base}/state", write=lambda values: str(values["light_state"])))
        self.orders[f"{base}/set"] = relay("light_state")
        self.orders[f"{base}/brightness/set"] = number("light_brightness", lowest=1, highest=100, light_state="ON")

    def build(self) -> Device:
        body = {
            "dev": {
                "ids": [f"{self.topic}_controller"],
                "name": self.name,
                "mf": "Konnected",
                "mdl": "Pro",
                "sa": self.room,
            },
            "o": {"name": "konnected", "sw": "2.1.0"},
            "cmps": self.parts,
            "availability_topic": f"{self.topic}/status",
            "qos": 1,
        }
        self.config("device", f"{self.topic}_controller", body)
        return self.finish(Publication(topic=f"{self.topic}/status", payload="online"))
