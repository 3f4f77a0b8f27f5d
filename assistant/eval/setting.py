"""What is set to a value or a mode in a house file, and what only happens: how each speaks and obeys."""

import json

from assistant.eval.given import Given
from assistant.eval.kinds import is_number
from assistant.eval.sensing import two_states, written_unit
from assistant.eval.simulated import Part, echo, spoken, words
from sensors.units import parse_unit

_ARMING = ("arm_home", "arm_away", "arm_night", "arm_vacation", "arm_custom_bypass")
_TARGETS = {"temperature": ("temperature", "setpoint")}


def settings(part: Part, given: Given, names: tuple[tuple[str, str, tuple[str, ...]], ...]) -> None:
    """Lists of words of which one holds: config key of the list, start of its topics, keys in the file."""
    for listed, what, keys in names:
        options = given.listed(listed, *(("modes",) if listed == "hvac_modes" else ()))
        if options:
            part.config[listed] = options
            topic = part.tells(f"{what}_state_topic", what, spoken(given.get(*keys)), *keys)
            part.obeys(f"{what}_command_topic", what, echo(topic))


def _heating(part: Part, given: Given, modes: tuple[str, ...], resting: str) -> None:
    """Mode and temperatures. A state that is a number is the temperature that it has now."""
    state, current = given.state, given.get("current_temperature")
    if is_number(state):
        state, current = None, state if current is None else current
    if isinstance(state, bool) or str(state).lower() == "on":
        state = resting if two_states(state, ("on", "off")) == "ON" else "off"
    said = str(state or given.get("mode") or resting).lower().replace(" ", "_")
    wanted = [one.lower() for one in given.listed("hvac_modes", "modes")] or list(modes)
    part.config["modes"] = list(dict.fromkeys([*wanted, said]))
    topic = part.device.state_topic = part.tells("mode_state_topic", "state", said, "mode", "hvac_mode")
    part.obeys("mode_command_topic", "state", echo(topic))
    unit = written_unit(str(given.unit or given.get("temperature_unit") or ("F" if given.us else "C")))
    part.config["temperature_unit"] = "F" if parse_unit(unit) == "fahrenheit" else "C"
    for key, bound in (("min_temp", "min_temp"), ("max_temp", "max_temp"), ("target_temp_step", "temp_step")):
        if (number := given.number(key)) is not None:
            part.config[bound] = number
    if current is not None:
        part.tells("current_temperature_topic", "current_temperature", spoken(current))
    target = given.number("target_temperature", "setpoint", "temperature")
    low, high = given.number("target_temp_low"), given.number("target_temp_high")
    for what, name, number in (("temperature", "target_temperature", target),
                               ("temperature_low", "target_temp_low", low),
                               ("temperature_high", "target_temp_high", high)):  # fmt: skip
        if number is not None or (what == "temperature" and low is None):
            topic = part.tells(f"{what}_state_topic", name, spoken(number), *_TARGETS.get(what, ()))
            part.obeys(f"{what}_command_topic", name, echo(topic))


def climate(part: Part, given: Given) -> None:
    cools = given.kind.device_class == "ac"
    modes = ("off", "heat", "cool", "heat_cool", "auto", "dry", "fan_only") if cools else ("off", "heat", "auto")
    _heating(part, given, modes, "cool" if cools else "heat")
    if (humidity := given.get("current_humidity", "humidity")) is not None:
        part.tells("current_humidity_topic", "current_humidity", spoken(humidity), "humidity")
    if (action := given.get("hvac_action", "action")) is not None:
        part.tells("action_topic", "action", spoken(action), "hvac_action")
    names = (
        ("preset_modes", "preset_mode", ("preset_mode", "preset")),
        ("fan_modes", "fan_mode", ("fan_mode",)),
        ("swing_modes", "swing_mode", ("swing_mode",)),
    )
    settings(part, given, names)


def water_heater(part: Part, given: Given) -> None:
    _heating(part, given, ("off", "eco", "electric", "performance"), "eco")


def alarm(part: Part, given: Given) -> None:
    armed = tuple(f"armed_{one.removeprefix('arm_')}" for one in _ARMING)
    said = given.one_of("disarmed", *armed, "pending", "triggered", "arming", "disarming")
    topic = part.device.state_topic = part.tells("state_topic", "state", said)
    meanings = dict(zip([one.upper() for one in _ARMING], armed, strict=True))
    part.obeys("command_topic", "state", words(topic, {**meanings, "DISARM": "disarmed", "TRIGGER": "triggered"}))
    if given.get("code") is not None:
        part.config["code"] = str(given.get("code"))


def scene(part: Part, given: Given) -> None:
    part.obeys("command_topic", "state", lambda payload: {})


def number(part: Part, given: Given) -> None:
    if given.state is not None and not is_number(given.state):
        raise ValueError(f"its state is a number, not {given.state!r}")
    for key, fallback in (("min", 0), ("max", 100), ("step", 1)):
        number = given.number(key)
        part.config[key] = fallback if number is None else number
    if given.unit:
        part.config["unit_of_measurement"] = written_unit(given.unit)
    topic = part.device.state_topic = part.tells("state_topic", "state", spoken(given.state))
    part.obeys("command_topic", "state", echo(topic))


def select(part: Part, given: Given) -> None:
    options = given.listed("options")
    if not options:
        raise ValueError('it needs the words to choose from: "attributes": {"options": ["eco", "boost"]}')
    if given.state is not None and str(given.state) not in options:
        raise ValueError(f"its state is one of its options {', '.join(options)}, not {given.state!r}")
    part.config["options"] = options
    topic = part.device.state_topic = part.tells("state_topic", "state", spoken(given.state))
    part.obeys("command_topic", "state", echo(topic))


def text(part: Part, given: Given) -> None:
    topic = part.device.state_topic = part.tells("state_topic", "state", spoken(given.state))
    part.obeys("command_topic", "state", echo(topic))


def tracker(part: Part, given: Given) -> None:
    """At home, away, or at a place by its name."""
    state = given.state
    if isinstance(state, bool) or str(state).lower() in {"on", "off", "present", "away"}:
        state = "home" if str(state).lower() in {"true", "on", "present"} else "not_home"
    part.device.state_topic = part.tells("state_topic", "state", spoken(state))


def event(part: Part, given: Given) -> None:
    part.config["event_types"] = given.listed("event_types") or ["press", "single", "double", "hold"]
    part.device.state_topic = part.tells("state_topic", "state", None)


def update(part: Part, given: Given) -> None:
    fresh = None
    if given.state is not None:
        fresh = two_states(given.state, ("available", "up_to_date"))
    versions = {"installed_version": "1.0", "latest_version": "1.1" if fresh == "ON" else "1.0"}
    part.device.state_topic = part.tells("state_topic", "state", json.dumps(versions) if fresh else None)
