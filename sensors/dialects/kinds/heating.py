"""What holds a temperature: thermostats, air conditioners and water heaters."""

from sensors.dialects.draft import Draft
from sensors.dialects.kinds.switched import humidity, preset
from sensors.dialects.routes import Refused, any_text, numbers
from sensors.reading import STATE_ASPECT, Quantity, Verb
from sensors.units import convert

_CLIMATE_MODES = ("auto", "off", "cool", "heat", "dry", "fan_only")
_WATER_HEATER_MODES = ("eco", "electric", "gas", "heat_pump", "high_demand", "performance", "off")
_FALLBACK = "value_template"
"""The key of the template for every topic that has none of its own."""
_ON_MODES = ("heat", "auto", "heat_cool", "cool")
"""What `turn on` means where a device has no power of its own to be turned on, in this order."""
_TEMPERATURES = (
    ("current_temperature", Quantity.TEMPERATURE, "current_temperature_topic", "current_temperature_template"),
    ("target_temperature", Quantity.TARGET_TEMPERATURE, "temperature_state_topic", "temperature_state_template"),
    (
        "low_target_temperature",
        Quantity.LOW_TARGET_TEMPERATURE,
        "temperature_low_state_topic",
        "temperature_low_state_template",
    ),
    (
        "high_target_temperature",
        Quantity.HIGH_TARGET_TEMPERATURE,
        "temperature_high_state_topic",
        "temperature_high_state_template",
    ),
)
_TEMPERATURE_COMMANDS = (
    (Verb.SET_TEMPERATURE, "temperature_command", "target_temperature"),
    (Verb.SET_LOW_TEMPERATURE, "temperature_low_command", "low_target_temperature"),
    (Verb.SET_HIGH_TEMPERATURE, "temperature_high_command", "high_target_temperature"),
)
_WORD_COMMANDS = (
    (Verb.SET_FAN_MODE, "fan_mode", ("auto", "low", "medium", "high")),
    (Verb.SET_SWING_MODE, "swing_mode", ("on", "off")),
    (Verb.SET_HORIZONTAL_SWING_MODE, "swing_horizontal_mode", ("on", "off")),
)


def climate(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.CLIMATE)
    modes = draft.words("modes", _CLIMATE_MODES)
    _modes_and_power(draft, modes, next((mode for mode in _ON_MODES if mode in modes), ""))
    _temperatures(draft, celsius=(7, 35), fahrenheit=(45, 95))
    humidity(draft, 30, 99, _FALLBACK)
    draft.told_aspect("action", Quantity.ACTION, None, "action_topic", any_text("action"), "action_template", _FALLBACK)
    preset(draft, _FALLBACK)
    for verb, name, default in _WORD_COMMANDS:
        read = any_text(name)
        draft.told_aspect(name, Quantity.MODE, None, f"{name}_state_topic", read, f"{name}_state_template", _FALLBACK)
        draft.command_with_value(
            verb,
            draft.source(f"{name}_command_template"),
            options=draft.words(f"{name}s", default),
            topic=f"{name}_command_topic",
            proof_aspect=name,
        )


def water_heater(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.WATER_HEATER)
    _modes_and_power(draft, draft.words("modes", _WATER_HEATER_MODES), "")
    _temperatures(draft, celsius=(43.3, 60), fahrenheit=(110, 140))


def _modes_and_power(draft: Draft, modes: tuple[str, ...], on_mode: str) -> None:
    """Its mode is its state. A power topic, where there is one, is what turns it on and off."""
    draft.route("mode_state_topic", any_text(), "mode_state_template", _FALLBACK)
    if draft.has("power_command_topic"):
        on, off = draft.text("payload_on", "ON"), draft.text("payload_off", "OFF")
        template = "power_command_template"
        draft.command(Verb.TURN_ON, on, None, topic="power_command_topic", template=template)
        draft.command(Verb.TURN_OFF, off, "off", topic="power_command_topic", template=template)
    else:
        for verb, mode in ((Verb.TURN_ON, on_mode), (Verb.TURN_OFF, "off" if "off" in modes else "")):
            draft.command(verb, mode, mode, topic="mode_command_topic", template="mode_command_template")
    draft.command_with_value(
        Verb.SET_MODE, draft.source("mode_command_template"), options=modes, topic="mode_command_topic"
    )


def _temperatures(draft: Draft, *, celsius: tuple[float, float], fahrenheit: tuple[float, float]) -> None:
    """Commands take Celsius whatever the device does, so that they compare with what is stored."""
    counts_fahrenheit = draft.text("temperature_unit", "C").upper().startswith("F")
    unit = "fahrenheit" if counts_fahrenheit else "celsius"
    for aspect, quantity, topic, template in _TEMPERATURES:
        draft.told_aspect(aspect, quantity, "celsius", topic, numbers(aspect, unit, "celsius"), template, _FALLBACK)
    lowest, highest = draft.span("min_temp", (fahrenheit if counts_fahrenheit else celsius)[0], "max_temp",
                                 (fahrenheit if counts_fahrenheit else celsius)[1])  # fmt: skip
    step = draft.number("temp_step", 0)
    if step < 0:
        raise Refused("bad_definition", f"temp_step {step:g} is out of range")
    for verb, what, aspect in _TEMPERATURE_COMMANDS:
        draft.command_with_value(
            verb,
            draft.source(f"{what}_template"),
            topic=f"{what}_topic",
            proof_aspect=aspect,
            unit="celsius",
            minimum=round(convert(lowest, unit, "celsius"), 1),
            maximum=round(convert(highest, unit, "celsius"), 1),
            # A step of the device's own scale: what a person asks for in another falls between.
            step=step or None if not counts_fahrenheit else None,
            scale=1.8 if counts_fahrenheit else 1.0,
            offset=32.0 if counts_fahrenheit else 0.0,
            decimals=1 if counts_fahrenheit else None,
        )
