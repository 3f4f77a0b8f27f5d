"""The short keys that Home Assistant discovery allows, spelled out, and the `~` that stands for a base topic."""

from collections.abc import Mapping
from typing import Any

_SHORT_WORDS = {
    "avty": "availability",
    "bri": "brightness",
    "clsd": "closed",
    "cmd": "command",
    "curr": "current",
    "hum": "humidity",
    "pl": "payload",
    "pos": "position",
    "stat": "state",
    "t": "topic",
    "temp": "temperature",
    "tpl": "template",
    "val": "value",
}
"""Most short keys are made of these: `bri_cmd_t` is `brightness_command_topic`."""

_SHORT_KEYS = {
    "avty": "availability",
    "bri_scl": "brightness_scale",
    "cmps": "components",
    "dev": "device",
    "dev_cla": "device_class",
    "en": "enabled_by_default",
    "ent_cat": "entity_category",
    "exp_aft": "expire_after",
    "o": "origin",
    "obj_id": "object_id",
    "ops": "options",
    "opt": "optimistic",
    "p": "platform",
    "pl_avail": "payload_available",
    "pl_cls": "payload_close",
    "pl_not_avail": "payload_not_available",
    "pl_unlk": "payload_unlock",
    "ret": "retain",
    "stat_cla": "state_class",
    "stat_jam": "state_jammed",
    "stat_val_tpl": "state_value_template",
    "sup_clrm": "supported_color_modes",
    "temp_unit": "temperature_unit",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
}

_AS_THEY_ARE = frozenset({"max_temp", "min_temp", "temp_step", "temperature_unit"})

_DEVICE_KEYS = {
    "cns": "connections",
    "cu": "configuration_url",
    "hw": "hw_version",
    "ids": "identifiers",
    "mdl": "model",
    "mf": "manufacturer",
    "sa": "suggested_area",
    "sn": "serial_number",
    "sw": "sw_version",
}


def spelled_out(key: str) -> str:
    """The long form of a key; a key that is long already stays as it is."""
    if key in _SHORT_KEYS:
        return _SHORT_KEYS[key]
    if key in _AS_THEY_ARE:
        return key
    words = key.split("_")
    if "json" in words or "attr" in words:
        return key.replace("json_attr_t", "json_attributes_topic") if key.startswith("json_attr_t") else key
    return "_".join(_SHORT_WORDS.get(word, word) for word in words)


def expand(config: Mapping[str, Any]) -> dict[str, Any]:
    """The same configuration with long keys and whole topics, in its device, availability and components too."""
    base = config.get("~")
    expanded = {spelled_out(key): value for key, value in config.items() if key != "~"}
    if isinstance(device := expanded.get("device"), Mapping):
        expanded["device"] = {_DEVICE_KEYS.get(key, key): value for key, value in device.items()}
    if isinstance(availability := expanded.get("availability"), list):
        expanded["availability"] = [
            {spelled_out(key): value for key, value in item.items()} if isinstance(item, Mapping) else item
            for item in availability
        ]
    if isinstance(components := expanded.get("components"), Mapping):
        inherited = {"~": base} if base is not None else {}
        expanded["components"] = {
            key: expand({**inherited, **item}) if isinstance(item, Mapping) else item
            for key, item in components.items()
        }
    return _with_base(expanded, base) if isinstance(base, str) else expanded


def _with_base(config: dict[str, Any], base: str) -> dict[str, Any]:
    whole = {key: _whole(value, base) if key.endswith("topic") else value for key, value in config.items()}
    if isinstance(availability := whole.get("availability"), list):
        whole["availability"] = [
            {key: _whole(value, base) if key == "topic" else value for key, value in item.items()}
            if isinstance(item, Mapping)
            else item
            for item in availability
        ]
    return whole


def _whole(topic: Any, base: str) -> Any:
    """`~/state` or `state/~` with the base topic put in."""
    if not isinstance(topic, str):
        return topic
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic
