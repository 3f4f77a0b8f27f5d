"""What is turned on and off and little more: switches, sirens, fans and humidifiers."""

import json

from sensors.dialects.draft import Draft
from sensors.dialects.notes import Note
from sensors.dialects.routes import Refused, any_text, bounded, one_of, share, state_or_object, words
from sensors.reading import STATE_ASPECT, Quantity, Verb


def switch(draft: Draft) -> None:
    on, off, meanings = on_and_off(draft)
    draft.aspect(STATE_ASPECT, Quantity.SWITCH)
    draft.route("state_topic", words(meanings), "value_template")
    draft.command(Verb.TURN_ON, on, "on", template="command_template")
    draft.command(Verb.TURN_OFF, off, "off", template="command_template")


def on_and_off(draft: Draft) -> tuple[str, str, dict[str, str]]:
    """The payloads to send, and what the payloads mean that come back."""
    on, off = draft.text("payload_on", "ON"), draft.text("payload_off", "OFF")
    return on, off, {draft.text("state_on", on): "on", draft.text("state_off", off): "off"}


def siren(draft: Draft) -> None:
    on, off, meanings = on_and_off(draft)
    draft.aspect(STATE_ASPECT, Quantity.SIREN)
    draft.route("state_topic", state_or_object(words(meanings)), "state_value_template")
    if draft.words("available_tones"):
        draft.note(Note.TONES_LEFT_OUT)
    off_template = "command_off_template" if draft.has("command_off_template") else "command_template"
    for verb, payload, proof, template in (
        (Verb.TURN_ON, on, "on", "command_template"),
        (Verb.TURN_OFF, off, "off", off_template),
    ):
        if draft.has(template):
            draft.command(verb, payload, proof, template=template, variables={"state": payload})
        else:
            draft.command(verb, json.dumps({"state": payload}, separators=(",", ":")), proof)


def fan(draft: Draft) -> None:
    on, off = draft.text("payload_on", "ON"), draft.text("payload_off", "OFF")
    draft.aspect(STATE_ASPECT, Quantity.FAN)
    draft.route("state_topic", words({on: "on", off: "off"}), "state_value_template")
    draft.command(Verb.TURN_ON, on, "on", template="command_template")
    draft.command(Verb.TURN_OFF, off, "off", template="command_template")
    _fan_speed(draft)
    preset(draft)
    _fan_oscillation(draft)
    read = one_of(("forward", "reverse"), "direction")
    draft.told_aspect("direction", Quantity.MODE, None, "direction_state_topic", read, "direction_value_template")
    draft.command_with_value(
        Verb.SET_DIRECTION,
        draft.source("direction_command_template"),
        options=("forward", "reverse"),
        topic="direction_command_topic",
        proof_aspect="direction",
    )


def _fan_speed(draft: Draft) -> None:
    """The device counts its speeds; none of them is off, so one less than the lowest is 0 percent."""
    lowest, highest = draft.span("speed_range_min", 1, "speed_range_max", 100)
    if lowest < 1:
        raise Refused("bad_definition", "speed_range_min must be more than 0, which turns the fan off")
    speeds = highest - lowest + 1
    read = share("speed", lowest - 1, highest, nothing=draft.text("payload_reset_percentage", "None"))
    draft.told_aspect(
        "speed", Quantity.FAN_SPEED, "percent", "percentage_state_topic", read, "percentage_value_template"
    )
    draft.command_with_value(
        Verb.SET_SPEED,
        draft.source("percentage_command_template"),
        topic="percentage_command_topic",
        proof_aspect="speed",
        unit="percent",
        minimum=100 / speeds,
        maximum=100,
        step=100 / speeds,
        scale=speeds / 100,
        offset=lowest - 1,
        decimals=0,
    )


def _fan_oscillation(draft: Draft) -> None:
    on = draft.text("payload_oscillation_on", "oscillate_on")
    off = draft.text("payload_oscillation_off", "oscillate_off")
    read = words({on: "on", off: "off"}, "oscillation")
    template = "oscillation_value_template"
    draft.told_aspect("oscillation", Quantity.OSCILLATION, None, "oscillation_state_topic", read, template)
    for verb, payload, state in ((Verb.START_OSCILLATING, on, "on"), (Verb.STOP_OSCILLATING, off, "off")):
        draft.command(
            verb,
            payload,
            state,
            topic="oscillation_command_topic",
            template="oscillation_command_template",
            proof_aspect="oscillation",
        )


def preset(draft: Draft, *fallback: str) -> None:
    """A word for a whole set of settings, as fans and thermostats have it. `fallback`: another template's key."""
    nothing = draft.text("payload_reset_preset_mode", "None")
    read = any_text("preset", nothing=nothing)
    draft.told_aspect(
        "preset", Quantity.MODE, None, "preset_mode_state_topic", read, "preset_mode_value_template", *fallback
    )
    draft.command_with_value(
        Verb.SET_PRESET,
        draft.source("preset_mode_command_template"),
        options=draft.words("preset_modes"),
        topic="preset_mode_command_topic",
        proof_aspect="preset",
    )


def humidifier(draft: Draft) -> None:
    on, off, meanings = on_and_off(draft)
    draft.aspect(STATE_ASPECT, Quantity.HUMIDIFIER)
    draft.route("state_topic", words(meanings), "state_value_template")
    draft.command(Verb.TURN_ON, on, "on", template="command_template")
    draft.command(Verb.TURN_OFF, off, "off", template="command_template")
    humidity(draft, 0, 100)
    modes = draft.words("modes")
    read = one_of(modes, "mode", nothing=draft.text("payload_reset_mode", "None"))
    draft.told_aspect("mode", Quantity.MODE, None, "mode_state_topic", read, "mode_state_template")
    draft.command_with_value(
        Verb.SET_MODE,
        draft.source("mode_command_template"),
        options=modes,
        topic="mode_command_topic",
        proof_aspect="mode",
    )
    draft.told_aspect("action", Quantity.ACTION, None, "action_topic", any_text("action"), "action_template")


def humidity(draft: Draft, lowest: float, highest: float, *fallback: str) -> None:
    """The humidity that there is and the one that is wanted, for what can do something about it."""
    nothing = draft.text("payload_reset_humidity", "None")
    lowest, highest = draft.span("min_humidity", lowest, "max_humidity", highest)
    current = bounded("current_humidity", 0, 100, nothing=nothing)
    template = "current_humidity_template"
    draft.told_aspect(
        "current_humidity", Quantity.HUMIDITY, "percent", "current_humidity_topic", current, template, *fallback
    )
    target = bounded("target_humidity", lowest, highest, nothing=nothing)
    draft.told_aspect(
        "target_humidity",
        Quantity.TARGET_HUMIDITY,
        "percent",
        "target_humidity_state_topic",
        target,
        "target_humidity_state_template",
        *fallback,
    )
    draft.command_with_value(
        Verb.SET_HUMIDITY,
        draft.source("target_humidity_command_template"),
        topic="target_humidity_command_topic",
        proof_aspect="target_humidity",
        unit="percent",
        minimum=lowest,
        maximum=highest,
        step=1,
        decimals=0,
    )
