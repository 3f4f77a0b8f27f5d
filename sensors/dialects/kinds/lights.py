"""Lights in the three ways in which they speak: topics of their own, JSON, and templates."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sensors.colors import COLORS, Counting, as_counted, nearest, of_rgb, of_xy
from sensors.dialects.draft import Draft
from sensors.dialects.notes import Note
from sensors.dialects.routes import Found, Reader, Refused, any_text, number_of, object_of, share, words
from sensors.reading import STATE_ASPECT, Quantity, Verb
from sensors.templates import NoValue

MIREDS = 1_000_000.0
"""What a mired divides to give kelvin, and the other way round."""
_COUNTED = {
    "xy": Counting.XY,
    "hs": Counting.HS,
    "rgb": Counting.RGB,
    "rgbw": Counting.RGB,
    "rgbww": Counting.RGB,
}
"""By colour mode, the one that is taken first where a light has several."""
_KEYS = {Counting.XY: ("x", "y"), Counting.HS: ("h", "s"), Counting.RGB: ("r", "g", "b")}


def light(draft: Draft) -> None:
    draft.aspect(STATE_ASPECT, Quantity.LIGHT)
    match draft.text("schema", "basic"):
        case "json":
            _json_light(draft)
        case "basic" | "default":
            _basic_light(draft)
        case "template":
            _template_light(draft)
        case other:
            raise Refused("unsupported_schema", f"lights of the schema {other[:40]!r} are not understood")


# --- what all three have -----------------------------------------------------------------------------------------


def _brightness_scale(draft: Draft) -> float:
    scale = draft.number("brightness_scale", 255)
    if not 1 <= scale <= 1e6:
        raise Refused("bad_definition", f"brightness_scale {scale:g} is out of range")
    return scale


def _dims(draft: Draft, scale: float, payload: str, topic: str = "command_topic", variable: str = "value") -> None:
    draft.aspect("brightness", Quantity.BRIGHTNESS, "percent", numeric=True)
    draft.command_with_value(
        Verb.SET_BRIGHTNESS,
        payload,
        topic=topic,
        proof_aspect="brightness",
        unit="percent",
        minimum=1,
        maximum=100,
        scale=scale / 100,
        decimals=0,
        variable=variable,
    )


def _whitens(draft: Draft, payload: str, topic: str = "command_topic", variable: str = "value") -> None:
    """Takes kelvin, whatever the device counts in."""
    lowest, highest = _kelvin_bounds(draft)
    in_mireds = not draft.flag("color_temp_kelvin")
    draft.aspect("color_temperature", Quantity.COLOR_TEMPERATURE, "kelvin", numeric=True)
    draft.command_with_value(
        Verb.SET_COLOR_TEMPERATURE,
        payload,
        topic=topic,
        proof_aspect="color_temperature",
        unit="kelvin",
        minimum=lowest,
        maximum=highest,
        inverse_of=MIREDS if in_mireds else None,
        decimals=0,
        variable=variable,
    )


def _kelvin_bounds(draft: Draft) -> tuple[float, float]:
    """Whichever way the device gives them: much light that is warm has few kelvin and many mireds."""
    coldest, warmest = draft.number("min_mireds", 0), draft.number("max_mireds", 0)
    lowest = round(MIREDS / warmest) if warmest >= 1 else draft.number("min_kelvin", 2000)
    highest = round(MIREDS / coldest) if coldest >= 1 else draft.number("max_kelvin", 6535)
    if not 0 < lowest < highest or min(coldest, warmest) < 0:
        raise Refused("bad_definition", f"its colour temperatures reach from {lowest:g} to {highest:g} kelvin")
    return lowest, highest


def _kelvin(draft: Draft) -> Reader:
    in_mireds = not draft.flag("color_temp_kelvin")

    def read(value: Any) -> Found:
        number = number_of(value)
        if number <= 0:
            raise NoValue("no colour temperature")
        return [("color_temperature", float(round(MIREDS / number)) if in_mireds else number)]

    return read


def _has_effects(draft: Draft, payload: str, topic: str = "command_topic", variable: str = "value") -> None:
    draft.aspect("effect", Quantity.EFFECT, expected=False)
    options = draft.words("effect_list")
    draft.command_with_value(
        Verb.SET_EFFECT, payload, options=options, topic=topic, proof_aspect="effect", variable=variable
    )


def _colors(draft: Draft, counting: Counting, payload: str, topic: str = "command_topic") -> None:
    """By the names that people have for them; `payload` is told the light's own numbers as `c`."""
    numbers = {name: as_counted(name, counting) for name in COLORS}
    draft.aspect("color", Quantity.COLOR, expected=False)
    said = f"{{% set c = {json.dumps(numbers)}[value] %}}{payload}"
    draft.command_with_value(Verb.SET_COLOR, said, options=tuple(COLORS), topic=topic, proof_aspect="color")


def _color(value: Any) -> Found:
    """The name of what a light tells as an object, or as numbers with commas between them."""
    told = value if isinstance(value, dict) else {}
    for counting, keys in _KEYS.items():
        if all(told.get(key) is not None for key in keys):
            return [("color", _named(counting, [number_of(told[key]) for key in keys]))]
    raise NoValue("no colour")


def _named(counting: Counting, numbers: list[float]) -> str:
    match counting:
        case Counting.HS:
            return nearest(*numbers[:2])
        case Counting.RGB:
            return of_rgb(*numbers[:3])
        case _:
            return of_xy(*numbers[:2])


def _listed(counting: Counting) -> Reader:
    def read(value: Any) -> Found:
        parts = str(value).split(",")
        if len(parts) != len(_KEYS[counting]):
            raise NoValue("no colour")
        return [("color", _named(counting, [number_of(part) for part in parts]))]

    return read


# --- topics of their own -----------------------------------------------------------------------------------------


def _basic_light(draft: Draft) -> None:
    on, off = draft.text("payload_on", "ON"), draft.text("payload_off", "OFF")
    draft.route("state_topic", words({on: "on", off: "off"}), "state_value_template", "value_template")
    by_brightness = draft.text("on_command_type") == "brightness" and draft.has("brightness_command_topic")
    if not by_brightness:
        draft.command(Verb.TURN_ON, on, "on")
    draft.command(Verb.TURN_OFF, off, "off")
    if draft.has("brightness_command_topic") or draft.has("brightness_state_topic"):
        scale = _brightness_scale(draft)
        read = share("brightness", 0, scale)
        draft.route("brightness_state_topic", read, "brightness_value_template", tells=("brightness",))
        _dims(draft, scale, draft.source("brightness_command_template"), "brightness_command_topic")
        if by_brightness:
            full, template = f"{scale:g}", "brightness_command_template"
            draft.command(Verb.TURN_ON, full, "on", topic="brightness_command_topic", template=template)
    if draft.has("color_temp_command_topic") or draft.has("color_temp_state_topic"):
        template = "color_temp_value_template"
        draft.route("color_temp_state_topic", _kelvin(draft), template, tells=("color_temperature",))
        _whitens(draft, draft.source("color_temp_command_template"), "color_temp_command_topic")
    if draft.has("effect_command_topic") or draft.has("effect_state_topic"):
        draft.route("effect_state_topic", any_text("effect"), "effect_value_template", tells=("effect",))
        _has_effects(draft, draft.source("effect_command_template"), "effect_command_topic")
    mode = next((one for one in ("xy", "hs", "rgb") if draft.has(f"{one}_command_topic")), None)
    if mode is not None and not draft.has(f"{mode}_command_template"):
        counting = _COUNTED[mode]
        draft.route(f"{mode}_state_topic", _listed(counting), f"{mode}_value_template", tells=("color",))
        _colors(draft, counting, "{{ c | join(',') }}", f"{mode}_command_topic")
    elif any(draft.has(f"{one}_command_topic") for one in _COUNTED):
        draft.note(Note.COLOR_LEFT_OUT)


# --- JSON --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _JsonLight:
    """Home Assistant's `json` schema: `{"state": "ON", "brightness": 128}`."""

    state: Reader
    brightness: Reader | None = None
    color_temp: Reader | None = None
    effect: Reader | None = None
    color: Reader | None = None

    def __call__(self, value: Any) -> Found:
        told = object_of(value)
        if told is None:
            raise Refused("not_an_object", "a light of the json schema sends a JSON object")
        found: list[tuple[str, float | str]] = []
        # A light in a colour still names a colour temperature, which it does not have then.
        white = told.get("color_mode") in (None, "color_temp")
        for key in ("state", "brightness", "color_temp", "effect", "color"):
            read = getattr(self, key)
            meant = {"color_temp": white, "color": told.get("color_mode") != "color_temp"}.get(key, True)
            if read is not None and told.get(key) is not None and meant:
                found += _unless_nothing(read, told[key])
        if not found:
            raise NoValue("nothing about this light in the payload")
        return found


def _unless_nothing(read: Reader, value: Any) -> Iterable[tuple[str, float | str]]:
    try:
        return read(value)
    except NoValue:
        return ()


def _json_light(draft: Draft) -> None:
    modes = set(draft.words("supported_color_modes"))
    scale = _brightness_scale(draft) if draft.flag("brightness") or modes - {"onoff"} else None
    whitens = "color_temp" in modes or draft.flag("color_temp")
    has_effects = draft.flag("effect")
    mode = next((one for one in _COUNTED if one in modes), None)
    read = _JsonLight(
        state=words({"ON": "on", "OFF": "off"}),
        brightness=share("brightness", 0, scale) if scale is not None else None,
        color_temp=_kelvin(draft) if whitens else None,
        effect=any_text("effect") if has_effects else None,
        color=_color if mode is not None else None,
    )
    told = (STATE_ASPECT, "brightness", "color_temperature", "effect", "color")
    draft.route("state_topic", read, whole_json=True, tells=told)
    draft.command(Verb.TURN_ON, json.dumps({"state": "ON"}), "on")
    draft.command(Verb.TURN_OFF, json.dumps({"state": "OFF"}), "off")
    if scale is not None:
        _dims(draft, scale, '{"state": "ON", "brightness": {{ value }}}')
    if whitens:
        _whitens(draft, '{"state": "ON", "color_temp": {{ value }}}')
    if has_effects:
        _has_effects(draft, '{"state": "ON", "effect": {{ value | to_json }}}')
    if mode is not None:
        keys = _KEYS[_COUNTED[mode]]
        color = ", ".join(f'"{key}": {{{{ c[{place}] }}}}' for place, key in enumerate(keys))
        _colors(draft, _COUNTED[mode], f'{{"state": "ON", "color": {{{color}}}}}')


# --- templates ---------------------------------------------------------------------------------------------------


def _template_light(draft: Draft) -> None:
    """One topic in and one out; each thing that the light tells has a template of its own."""
    draft.route("state_topic", words({"on": "on", "off": "off"}), "state_template")
    on = draft.source("command_on_template", "")
    variables = {"state": True}
    draft.command(Verb.TURN_ON, "on", "on", template="command_on_template", variables=variables)
    draft.command(Verb.TURN_OFF, "off", "off", template="command_off_template", variables={"state": False})
    if draft.has("brightness_template"):
        scale = _brightness_scale(draft)
        read = share("brightness", 0, scale)
        draft.route("state_topic", read, "brightness_template", tells=("brightness",))
        _dims(draft, scale, on, variable="brightness")
    if draft.has("color_temp_template"):
        draft.route("state_topic", _kelvin(draft), "color_temp_template", tells=("color_temperature",))
        _whitens(draft, on, variable="color_temp")
    if draft.has("effect_template"):
        draft.route("state_topic", any_text("effect"), "effect_template", tells=("effect",))
        _has_effects(draft, on, variable="effect")
    if draft.has("red_template"):
        draft.note(Note.COLOR_LEFT_OUT)
