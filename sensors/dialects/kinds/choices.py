"""What is set by hand: numbers, choices, texts, buttons and scenes."""

from sensors.dialects.draft import Draft
from sensors.dialects.kinds.measured import unit_as_written
from sensors.dialects.notes import Note
from sensors.dialects.routes import LONGEST_STATE, Refused, any_text, bounded, one_of
from sensors.reading import STATE_ASPECT, Quantity, Verb
from sensors.units import parse_unit


def number(draft: Draft) -> None:
    """Kept in the device's own unit, in which its bounds and steps are whole."""
    written = draft.text("unit_of_measurement")
    unit = parse_unit(written) or unit_as_written(written)
    lowest, highest = draft.span("min", 1, "max", 100)
    step = draft.number("step", 1)
    if step <= 0:
        raise Refused("bad_definition", f"step {step:g} is out of range")
    draft.aspect(STATE_ASPECT, Quantity.NUMBER, unit, numeric=True)
    read = bounded(STATE_ASPECT, lowest, highest, nothing=draft.text("payload_reset", "None"))
    draft.route("state_topic", read, "value_template")
    draft.command_with_value(
        Verb.SET_NUMBER,
        draft.source("command_template"),
        topic="command_topic",
        proof_aspect=STATE_ASPECT,
        unit=unit,
        minimum=lowest,
        maximum=highest,
        step=step,
    )


def select(draft: Draft) -> None:
    options = draft.words("options")
    if not options:
        raise Refused("bad_definition", "a select needs `options`, the list of what can be chosen")
    draft.aspect(STATE_ASPECT, Quantity.OPTION)
    draft.route("state_topic", one_of(options), "value_template")
    draft.command_with_value(Verb.SELECT_OPTION, draft.source("command_template"), options=options)


def text(draft: Draft) -> None:
    if draft.text("mode", "text") == "password":
        raise Refused("ignored_secret", "it holds a password, which is neither kept nor spoken")
    shortest, longest = draft.span("min", 0, "max", LONGEST_STATE)
    draft.aspect(STATE_ASPECT, Quantity.TEXT)
    draft.route("state_topic", any_text(), "value_template")
    source = draft.source("command_template")
    draft.command_with_value(Verb.SET_TEXT, source, free_text=True, minimum=shortest, maximum=longest)
    if draft.has("pattern"):
        draft.note(Note.PATTERN_UNCHECKED)


def button(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.BUTTON)
    draft.command(Verb.PRESS, draft.text("payload_press", "PRESS"), None, template="command_template")


def scene(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.SCENE)
    draft.command(Verb.ACTIVATE, draft.text("payload_on", "ON"), None)
