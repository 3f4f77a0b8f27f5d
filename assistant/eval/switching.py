"""Lights, switches, fans and the like of a house file: how they speak, and what they do when they are told."""

from assistant.eval.given import Given
from assistant.eval.kinds import class_of
from assistant.eval.sensing import two_states
from assistant.eval.setting import settings
from assistant.eval.simulated import Part, echo, spoken, words

_ON_OFF = {"ON": "ON", "OFF": "OFF"}
_PLAYING = frozenset({"playing", "paused", "idle", "buffering"})
_COLORED = frozenset({"rgb", "rgbw", "rgbww", "hs", "xy", "color"})


def _on_off(part: Part, given: Given, **also: str) -> str:
    """State and commands of what is on or off; returns the state's topic."""
    state = given.state
    if isinstance(state, str) and state.lower() in _PLAYING | {"standby"}:
        state = state.lower() in _PLAYING
    payload = None if state is None else two_states(state, ("on", "off"))
    topic = part.device.state_topic = part.tells("state_topic", "state", payload)
    part.obeys("command_topic", "state", words(topic, _ON_OFF))
    return topic


def switch(part: Part, given: Given) -> None:
    _on_off(part, given)
    if given.kind.device_class == "media":
        _volume(part, given)


def _volume(part: Part, given: Given) -> None:
    """Discovery knows no players: one is a switch here, with its volume beside it as a number."""
    level = given.number("volume")
    if level is None and (share := given.number("volume_level")) is not None:
        level = share * 100
    if level is None:
        return
    own = {**part.config, "name": "Volume", "unique_id": f"{part.key}_volume", "min": 0, "max": 100}
    volume = Part(device=part.device, component="number", key=f"{part.key}_volume", config=own)
    topic = volume.tells("state_topic", "volume", spoken(level), "volume_level")
    volume.config["unit_of_measurement"] = "%"
    volume.obeys("command_topic", "volume", echo(topic))
    volume.announce()


def siren(part: Part, given: Given) -> None:
    _on_off(part, given)
    part.config["command_template"] = "{{ value }}"


def light(part: Part, given: Given) -> None:
    """Dims unless its colour modes say that it does not. Raises ValueError for a brightness that is none."""
    state = _on_off(part, given)
    modes = {class_of(one) for one in given.listed("supported_color_modes", "color_modes")}
    bright = given.number("brightness_pct")
    if bright is None and (level := given.number("brightness")) is not None:
        bright = level if level <= 100 else level / 2.55
    if given.get("dimmable") is not False and (bright is not None or not modes or modes - {"onoff"}):
        part.config["brightness_scale"] = 100
        topic = part.tells("brightness_state_topic", "brightness", spoken(bright and round(bright)), "brightness_pct")
        part.obeys("brightness_command_topic", "brightness", echo(topic, **{state: "ON"}))
    kelvin = given.number("color_temp_kelvin", "color_temperature", "color_temp")
    if "color_temp" in modes or kelvin is not None:
        kelvin = kelvin if kelvin is None or kelvin > 1000 else round(1e6 / kelvin)
        part.config["color_temp_kelvin"] = True
        topic = part.tells("color_temp_state_topic", "color_temp_kelvin", spoken(kelvin), "color_temperature")
        part.obeys("color_temp_command_topic", "color_temp_kelvin", echo(topic, **{state: "ON"}))
    _colors(part, given, modes, state)
    if effects := given.listed("effect_list"):
        part.config["effect_list"] = effects
        topic = part.tells("effect_state_topic", "effect", spoken(given.get("effect")))
        part.obeys("effect_command_topic", "effect", echo(topic, **{state: "ON"}))


def _colors(part: Part, given: Given, modes: set[str], state: str) -> None:
    rgb, hs = given.numbers("rgb_color", 3), given.numbers("hs_color", 2)
    if not (modes & _COLORED or rgb or hs or given.get("color", "color_name")):
        return
    counting, numbers = ("hs", hs) if hs and not rgb else ("rgb", rgb)
    said = ",".join(f"{one:g}" for one in numbers) if numbers else None
    topic = part.tells(f"{counting}_state_topic", "color", said, "rgb_color", "hs_color")
    part.obeys(f"{counting}_command_topic", "color", echo(topic, **{state: "ON"}))


def fan(part: Part, given: Given) -> None:
    state = _on_off(part, given)
    percent = given.number("percentage", "speed")
    if (count := given.number("speed_count")) is not None:
        part.config["speed_range_max"] = count
    scale = 100 / (count or 100)
    topic = part.tells("percentage_state_topic", "percentage", spoken(percent and round(percent / scale)), "speed")
    part.obeys("percentage_command_topic", "percentage", echo(topic, **{state: "ON"}))
    if (turns := given.get("oscillating")) is not None:
        said = f"oscillate_{two_states(turns, ('on', 'off')).lower()}"
        topic = part.tells("oscillation_state_topic", "oscillating", said)
        part.obeys("oscillation_command_topic", "oscillating", echo(topic))
    if (direction := given.get("direction")) is not None:
        topic = part.tells("direction_state_topic", "direction", spoken(direction))
        part.obeys("direction_command_topic", "direction", echo(topic))
    settings(part, given, (("preset_modes", "preset_mode", ("preset_mode", "preset")),))


def humidifier(part: Part, given: Given) -> None:
    _on_off(part, given)
    if (current := given.get("current_humidity")) is not None:
        part.tells("current_humidity_topic", "current_humidity", spoken(current))
    target = given.get("target_humidity", "humidity")
    topic = part.tells("target_humidity_state_topic", "target_humidity", spoken(target), "humidity")
    part.obeys("target_humidity_command_topic", "target_humidity", echo(topic))
    settings(part, given, (("modes", "mode", ("mode",)),))
