"""Jinja templates that devices bring along, run in a sandbox and within limits. The only importer of jinja2.

The sandbox keeps a template from reaching Python; the limits keep it from growing or running on: no macros, no string
multiplication, loops over few items and against a clock, bounded text everywhere. What most devices send,
`{{ value_json.x.y }}`, never reaches jinja2 at all.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sensors.reading import Command, Needs
from sensors.template_filters import FILTERS, GLOBALS, LONGEST_TEXT, short
from sensors.template_filters import NoValue as NoValue
from sensors.template_filters import TemplateFailed as TemplateFailed
from sensors.template_regex import REGEX_FILTERS

LONGEST_TEMPLATE = 4_000
_DEEPEST_LOOP = 2
_MOST_DIGITS_IN_BITS = 256


# --- what a template may not contain -------------------------------------------------------------------------------

_FORBIDDEN = (nodes.Macro, nodes.CallBlock, nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block)


def _check(tree: nodes.Template) -> None:
    """Raises TemplateFailed for what could make a small template grow without end."""
    for forbidden in _FORBIDDEN:
        if tree.find(forbidden) is not None:
            raise TemplateFailed(f"{forbidden.__name__.lower()} is not allowed in a template")
    assigned = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
    for literal in tree.find_all((nodes.List, nodes.Tuple, nodes.Dict)):
        if assigned & {name.name for name in literal.find_all(nodes.Name) if name.ctx == "load"}:
            raise TemplateFailed("a list of variables that the template sets itself is not allowed")
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name not in GLOBALS.keys() | assigned:
            raise TemplateFailed(f"the function `{call.node.name}` is not known here")
    for name in tree.find_all(nodes.Name):
        if name.name in _ELSEWHERE - assigned:
            raise TemplateFailed(
                f"`{name.name}` speaks of things outside the message, which a template here cannot see"
            )
    if any(loop.recursive for loop in tree.find_all(nodes.For)) or _depth(tree) > _DEEPEST_LOOP:
        raise TemplateFailed(f"loops may be nested {_DEEPEST_LOOP} deep and not be recursive")


def _depth(node: nodes.Node) -> int:
    inner = max((_depth(child) for child in node.iter_child_nodes()), default=0)
    return inner + isinstance(node, nodes.For)


def _bound(tree: nodes.Template) -> None:
    """Puts a counter around what every loop runs over, and a length check around every `~`."""
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, "bounded", [], [], None, None)
    _replace_concatenations(tree)


def _replace_concatenations(node: nodes.Node) -> None:
    for field, value in list(node.iter_fields()):
        if isinstance(value, list):
            setattr(node, field, [_without_concatenation(item) for item in value])
        else:
            setattr(node, field, _without_concatenation(value))
    for child in node.iter_child_nodes():
        _replace_concatenations(child)


def _without_concatenation(item: Any) -> Any:
    if isinstance(item, nodes.Concat):
        return nodes.Filter(nodes.List(item.nodes), "concatenated", [], [], None, None)
    return item


_ELSEWHERE = frozenset({"states", "this", "trigger", "hass", "entity_id"})
"""What Home Assistant gives to templates of its own; without it they would fail at every message."""

_KEPT = ("default d abs lower upper trim title capitalize first last length count max min sum list string items sort "
         "unique reverse select reject selectattr rejectattr map dictsort tojson").split()  # fmt: skip
_SAFE_METHODS = frozenset(
    "get keys values items lower upper strip lstrip rstrip split startswith endswith isdigit isnumeric find index "
    "count title capitalize bit_length".split()
)


def _is_defined(value: Any) -> Any:
    if isinstance(value, StrictUndefined):
        raise NoValue("not in the payload")
    return value


class _Sandbox(ImmutableSandboxedEnvironment):
    """jinja2's immutable sandbox, in which moreover nothing can be multiplied into something big."""

    intercepted_binops = frozenset(["+", "*", "**", "%", "//", "/", "-"])

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return (not callable(value) or attr in _SAFE_METHODS) and super().is_safe_attribute(obj, attr, value)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Only what the payload holds: `value_json['update']` never means the method of that name."""
        try:
            return obj[argument]
        except (LookupError, TypeError):
            return self.undefined(obj=obj, name=argument)

    def wrap_str_format(self, value: Any) -> Any:
        """None: `str.format` is then a method like any other, and not among the safe ones."""
        return None

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, str) and isinstance(right, str) and operator == "+":
            return short(left + right)
        if not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise TypeError(f"{operator} works on numbers only")
        if operator == "**":
            left, right = float(left), float(right)
        result = super().call_binop(context, operator, left, right)
        if isinstance(result, int) and result.bit_length() > _MOST_DIGITS_IN_BITS:
            raise TemplateFailed("a number grew too big")
        return result


def _environment() -> _Sandbox:
    environment = _Sandbox(undefined=StrictUndefined, autoescape=False, cache_size=0)
    environment.filters = (
        {name: environment.filters[name] for name in _KEPT} | FILTERS | REGEX_FILTERS | {"is_defined": _is_defined}
    )
    environment.tests["is_number"] = FILTERS["is_number"]
    environment.globals = dict(GLOBALS)
    return environment


_ENVIRONMENT = _environment()


# --- templates -----------------------------------------------------------------------------------------------------

_PATH = re.compile(r"""\{\{\s*value_json((?:\.[A-Za-z_]\w*|\[\s*(?:'[^'\\]*'|"[^"\\]*"|\d{1,4})\s*\])+)\s*\}\}""")
_STEP = re.compile(r"""\.([A-Za-z_]\w*)|\[\s*(?:'([^'\\]*)'|"([^"\\]*)"|(\d+))\s*\]""")
_VALUE = re.compile(r"\{\{\s*value\s*\}\}")
_METHODS = frozenset(dir(dict) + dir(list) + dir(str))


class Template:
    """A compiled template. Made by `compile_template`, which keeps them."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.path = _path(source)
        """The steps of a plain `{{ value_json.a.b }}`; None for everything else."""
        self.plain = _VALUE.fullmatch(source.strip()) is not None
        self._compiled = None if self.path is not None or self.plain else _compile(source)

    @property
    def needs_json(self) -> bool:
        return not self.plain

    def __call__(self, value: str, value_json: Any = None, extra: Mapping[str, Any] | None = None) -> Any:
        """What the template makes of a payload: a JSON value on the fast path, else text.

        Raises NoValue where the payload does not have it, TemplateFailed where the template is at fault.
        """
        if self.plain:
            return value
        if self.path is not None:
            return _walk(value_json, self.path)
        return self._render({"value": value, "value_json": value_json, **(extra or {})}, self._compiled)

    def render(self, variables: Mapping[str, Any]) -> str:
        """The template over other variables than a payload's, as commands need it."""
        compiled = self._compiled or _compile(self.source)
        return self._render(variables, compiled)

    def _render(self, variables: Mapping[str, Any], compiled: Any) -> str:
        parts, size = [], 0
        try:
            for part in compiled.generate(variables):
                size += len(part)
                if size > LONGEST_TEXT:
                    raise TemplateFailed(f"the text grew past {LONGEST_TEXT} characters")
                parts.append(part)
        except UndefinedError as error:
            raise NoValue(str(error)) from error
        except (
            TemplateError,
            TypeError,
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
            RecursionError,
        ) as error:
            raise TemplateFailed(f"{type(error).__name__}: {error}"[:200]) from error
        text = "".join(parts).strip()
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise TemplateFailed("it makes half a character, which is no text")
        return text


def _compile(source: str) -> Any:
    try:
        tree = _ENVIRONMENT.parse(source)
        _check(tree)
        _bound(tree)
        return _ENVIRONMENT.from_string(tree)
    except (TemplateError, RecursionError, SyntaxError, ValueError, OverflowError) as error:
        raise TemplateFailed(f"{type(error).__name__}: {error}"[:200]) from error


def _path(source: str) -> tuple[str | int, ...] | None:
    matched = _PATH.fullmatch(source.strip())
    if matched is None:
        return None
    steps: list[str | int] = []
    for attribute, single, double, number in _STEP.findall(matched[1]):
        if attribute in _METHODS and attribute:
            return None  # `value_json.items` means the method where there is no such key: let jinja2 decide
        steps.append(int(number) if number else attribute or single or double)
    return tuple(steps)


def _walk(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        try:
            value = value[step]
        except (LookupError, TypeError) as error:
            raise NoValue(f"no {step!r} in the payload") from error
    return value


@lru_cache(maxsize=4096)
def compile_template(source: str) -> Template:
    """The template, compiled once. Raises TemplateFailed where it cannot be allowed."""
    if len(source) > LONGEST_TEMPLATE:
        raise TemplateFailed(f"a template of {len(source)} characters; at most {LONGEST_TEMPLATE} are taken")
    return Template(source)


def render_command(command: Command, value: float | str | None) -> bytes:
    """The payload that tells a device `command`; a number is in the command's own unit, and scaled here.

    Raises TemplateFailed (or ValueError for a value that is missing or not wanted).
    """
    if command.needs is Needs.NOTHING:
        if value is not None:
            raise ValueError(f"{command.verb} takes no value")
        return command.payload.encode()
    wire = _as_the_device_counts(command, value) if command.needs is Needs.NUMBER else _word(command, value)
    # `position` and `tilt_position` stay as the person said them, as Home Assistant has it.
    variables = {"value": wire, "position": value, "tilt_position": value, "state": True, command.variable: wire}
    try:
        return compile_template(command.payload).render(variables).encode()
    except NoValue as error:
        raise TemplateFailed(f"the device's template needs what is not there: {error}") from error


def _as_the_device_counts(command: Command, value: float | str | None) -> float:
    if value is None or isinstance(value, str) or not math.isfinite(value):
        raise ValueError(f"{command.verb} needs a number")
    if command.inverse_of is not None and value == 0:
        raise ValueError(f"{command.verb} needs a number other than 0")
    scaled = value * command.scale + command.offset if command.inverse_of is None else command.inverse_of / value
    # A scale belongs to devices that count in whole steps, such as 0..255 for brightness.
    decimals = 0 if command.decimals is None and command.scale != 1.0 else command.decimals
    number = scaled if decimals is None else round(scaled, decimals)
    return int(number) if number == int(number) else number


def _word(command: Command, value: float | str | None) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{command.verb} needs a word")
    if command.options and value not in command.options:
        raise ValueError(f"{value[:60]!r} is none of the words that {command.verb} takes")
    shortest, longest = command.minimum or 0, LONGEST_TEXT if command.maximum is None else command.maximum
    if command.free_text and not (shortest <= len(value) <= longest and value.isprintable()):
        raise ValueError(f"{command.verb} takes a text of {shortest:g} to {longest:g} letters")
    return value
