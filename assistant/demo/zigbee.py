"""Devices as Zigbee2MQTT shows them: discovery and state. A pure builder, no I/O, no clock."""

import json
from collections.abc import Callable
from typing import Any

from assistant.demo.devices import (
    Device,
    Order,
    Publication,
    Report,
    Signal,
    Still,
    bolt,
    json_lamp,
    json_thermostat,
)
from assistant.demo.firmware import ON_OFF, Builder, slug
from assistant.demo.routines import Routine

_BRIGHTEST = 254

Wrap = Callable[[Order], Order]


class Zigbee(Builder):
    """As Zigbee2MQTT does it: one JSON object per device, taken apart by value templates; keys in full."""

    def __init__(self, name: str, room: str, *, address: int, model: str, prefix: str) -> None:
        super().__init__(name, room, prefix=prefix)
        self.topic = f"zigbee2mqtt/{name}"
        self.address = f"0x00158d{address:010x}"
        self.about = {
            "identifiers": [f"zigbee2mqtt_{self.address}"],
            "manufacturer": "Aqara",
            "model": model,
            "name": name,
            "suggested_area": room,
            "via_device": "zigbee2mqtt_bridge_0x00124b0024c7a1f2",
        }
        self.reports.append(Report(topic=self.topic, write=lambda values: json.dumps({**values, "linkquality": 132})))

    def entity(self, component: str, name: str | None, key: str, **own: Any) -> None:
        body = {
            "availability": [
                {"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"},
                {"topic": f"{self.topic}/availability", "value_template": "{{ value_json.state }}"},
            ],
            "availability_mode": "all",
            "device": self.about,
            "name": name,
            "object_id": f"{slug(self.name)}_{key}",
            "origin": {"name": "Zigbee2MQTT", "sw": "2.2.1", "url": "https://www.zigbee2mqtt.io"},
            "state_topic": self.topic,
            "unique_id": f"{self.address}_{key}_zigbee2mqtt",
            **own,
        }
        self.config(component, f"{self.address}/{key}", body)

    def measures(self, key: str, signal: Signal, unit: str, *, device_class: str, name: str | None) -> None:
        self.field(key, signal)
        template = f"{{{{ value_json.{key} }}}}"
        own = {"device_class": device_class, "state_class": "measurement", "unit_of_measurement": unit}
        self.entity("sensor", name, key, value_template=template, **own)

    def battery(self, signal: Signal) -> None:
        self.measures("battery", signal, "%", device_class="battery", name="Battery")

    def detects(
        self, key: str, routine: Routine, *, device_class: str, name: str | None, inverted: bool = False
    ) -> None:
        """True or false on the wire; `inverted` as with `contact`, which is false where a door is open."""
        self.field(key, routine, (True, False))
        own = {"payload_on": not inverted, "payload_off": inverted, "device_class": device_class}
        self.entity("binary_sensor", name, key, value_template=f"{{{{ value_json.{key} }}}}", **own)

    def lamp(self, routine: Signal, *, brightness: int, wrap: Wrap | None = None) -> None:
        """A dimmable light with JSON orders."""
        self.field("state", routine, ON_OFF)
        self.field("brightness", Still(value=brightness), (100, 200))
        command = f"{self.topic}/set"
        own = {"schema": "json", "brightness": True, "brightness_scale": _BRIGHTEST, "command_topic": command}
        self.entity("light", None, "light", supported_color_modes=["brightness"], **own)
        order = json_lamp("state", "brightness", highest=_BRIGHTEST)
        self.orders[command] = wrap(order) if wrap else order

    def lock(self, routine: Signal, *, turning_seconds: float) -> None:
        self.field("lock_state", routine, ("LOCKED", "UNLOCKED"))
        command = f"{self.topic}/set"
        self.entity(
            "lock",
            None,
            "lock",
            command_topic=command,
            value_template="{{ value_json.lock_state }}",
            payload_lock="LOCK",
            payload_unlock="UNLOCK",
            state_locked="LOCKED",
            state_unlocked="UNLOCKED",
            state_locking="LOCKING",
            state_unlocking="UNLOCKING",
        )
        self.orders[command] = bolt("lock_state", turning_seconds=turning_seconds)

    def thermostat(self, current: Signal, *, target: float) -> None:
        self.field("local_temperature", current)
        self.field("occupied_heating_setpoint", Still(value=target))
        self.field("system_mode", Still(value="heat"), ("heat", "off"))
        command = f"{self.topic}/set"
        self.entity(
            "climate",
            None,
            "climate",
            current_temperature_topic=self.topic,
            current_temperature_template="{{ value_json.local_temperature }}",
            temperature_state_topic=self.topic,
            temperature_state_template="{{ value_json.occupied_heating_setpoint }}",
            temperature_command_topic=command,
            temperature_command_template='{"occupied_heating_setpoint": {{ value }}}',
            mode_state_topic=self.topic,
            mode_state_template="{{ value_json.system_mode }}",
            mode_command_topic=command,
            mode_command_template='{"system_mode": "{{ value }}"}',
            modes=["off", "heat"],
            min_temp=5,
            max_temp=30,
            temp_step=0.5,
            temperature_unit="C",
        )
        self.orders[command] = json_thermostat("system_mode", "occupied_heating_setpoint", lowest=5, highest=30)

    def build(self) -> Device:
        return self.finish(Publication(topic=f"{self.topic}/availability", payload='{"state":"online"}'))
