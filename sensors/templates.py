"""Jinja templates that devices bring along, run in a sandbox and within limits. The only importer of jinja2.

The sandbox keeps a template from reaching Python; the limits keep it from growing or running on: no macros, no string
multiplication, loops over few items and against a clock, bounded text everywhere. What most devices send,
`{{ value_json.x.y }}`, never reaches jinja2 at all.
"""

import json
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sensors.reading import Command

LONGEST_TEMPLATE = 4_000
LONGEST_TEXT = 65_536
MOST_ITEMS = 256
MOST_SECONDS = 0.05
_DEEPEST_LOOP = 2
_MOST_DIGITS_IN_BITS = 256


class TemplateFailed(Exception):
    """A template is not allowed, too big, or wrong; the message says which."""


class NoValue(Exception):
    """The template has nothing to say about this payload, which is no error."""


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


# --- the filters and functions that devices use --------------------------------------------------------------------

_MISSING = object()


def _short(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise TemplateFailed(f"a text grew past {LONGEST_TEXT} characters")
    return text


def _bounded(items: Iterable[Any]) -> Iterator[Any]:
    end = time.monotonic() + MOST_SECONDS
    for count, item in enumerate(items):
        if count >= MOST_ITEMS or time.monotonic() > end:
            raise TemplateFailed(f"a loop ran longer than {MOST_ITEMS} items or {MOST_SECONDS * 1000:g} ms")
        yield item


def _to_float(value: Any, default: Any = _MISSING) -> Any:
    try:
        return float(value)
    except (ValueError, TypeError, OverflowError) as error:
        if default is _MISSING:
            raise NoValue(f"{str(value)[:40]!r} is not a number") from error
        return default


def _to_int(value: Any, default: Any = _MISSING, base: int = 10) -> Any:
    try:
        return int(value, base) if isinstance(value, str) and base != 10 else int(float(value))
    except (ValueError, TypeError, OverflowError) as error:
        if default is _MISSING:
            raise NoValue(f"{str(value)[:40]!r} is not a number") from error
        return default


def _to_bool(value: Any, default: Any = _MISSING) -> Any:
    word = str(value).strip().lower()
    if word in {"1", "true", "yes", "on", "enable", "enabled"}:
        return True
    if word in {"0", "false", "no", "off", "disable", "disabled"}:
        return False
    if default is _MISSING:
        raise NoValue(f"{word[:40]!r} is neither true nor false")
    return default


def _round(value: Any, precision: int = 0, method: str = "common", default: Any = _MISSING) -> Any:
    number = _to_float(value, default)
    if not isinstance(number, float) or not math.isfinite(number):
        return number
    match method:
        case "ceil" | "floor":
            factor = 10.0**precision
            number = (math.ceil if method == "ceil" else math.floor)(number * factor) / factor
        case "half":
            number = round(number * 2) / 2
        case _:
            number = round(number, precision)
    return int(number) if precision == 0 else number


def _truncated(value: Any, length: int = 255, killwords: bool = False, end: str = "...", leeway: int = 0) -> str:
    text = str(value)
    if len(text) <= length + leeway:
        return text
    cut = text[: max(0, length - len(end))]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + end


def _is_defined(value: Any) -> Any:
    if isinstance(value, StrictUndefined):
        raise NoValue("not in the payload")
    return value


def _iif(value: Any, if_true: Any = True, if_false: Any = False, if_none: Any = _MISSING) -> Any:
    if value is None and if_none is not _MISSING:
        return if_none
    return if_true if value else if_false


def _replaced(value: Any, old: str, new: str, count: int = -1) -> str:
    text = str(value)
    if len(text) + text.count(old) * len(new) > LONGEST_TEXT:
        raise TemplateFailed(f"a text grew past {LONGEST_TEXT} characters")
    return text.replace(old, new, count)


def _joined(items: Iterable[Any], separator: str = "") -> str:
    parts = [str(item) for item in _bounded(items)]
    if sum(map(len, parts)) + len(separator) * len(parts) > LONGEST_TEXT:
        raise TemplateFailed(f"a text grew past {LONGEST_TEXT} characters")
    return separator.join(parts)


def _numbers(compute: Callable[[float], float]) -> Callable[..., Any]:
    """A filter over one number, with a default for what is none."""

    def apply(value: Any, default: Any = _MISSING) -> Any:
        number = _to_float(value, default)
        try:
            return compute(number) if isinstance(number, float) else number
        except (ValueError, OverflowError) as error:
            raise NoValue(str(error)) from error

    return apply


def _is_number(value: Any) -> bool:
    number = _to_float(value, None)
    return isinstance(number, float) and math.isfinite(number)


def _range(*bounds: int) -> range:
    found = range(*(int(bound) for bound in bounds))
    if len(found) > MOST_ITEMS:
        raise TemplateFailed(f"a range of more than {MOST_ITEMS} items")
    return found


def _from_json(text: Any, default: Any = _MISSING) -> Any:
    try:
        return json.loads(_short(str(text)))
    except (ValueError, RecursionError) as error:
        if default is _MISSING:
            raise NoValue("not JSON") from error
        return default


_KEPT = ("default d abs lower upper trim title capitalize first last length count max min sum list string items sort "
         "unique reverse select reject selectattr rejectattr map dictsort tojson").split()  # fmt: skip
_FILTERS: dict[str, Callable[..., Any]] = {
    "float": _to_float,
    "int": _to_int,
    "bool": _to_bool,
    "round": _round,
    "is_defined": _is_defined,
    "iif": _iif,
    "replace": _replaced,
    "join": _joined,
    "truncate": _truncated,
    "multiply": lambda value, by, default=_MISSING: _numbers(lambda number: number * float(by))(value, default),
    "add": lambda value, by, default=_MISSING: _numbers(lambda number: number + float(by))(value, default),
    "sqrt": _numbers(math.sqrt),
    "log": lambda value, base=math.e: _numbers(lambda number: math.log(number, base))(value),
    "bitwise_and": lambda value, other: int(value) & int(other),
    "bitwise_or": lambda value, other: int(value) | int(other),
    "from_json": _from_json,
    "to_json": lambda value: _short(json.dumps(value, default=str)),
    "is_number": _is_number,
    "bounded": _bounded,
    "concatenated": lambda items: _joined(items),
}
_GLOBALS: dict[str, Any] = {
    "range": _range,
    "float": _to_float,
    "int": _to_int,
    "bool": _to_bool,
    "iif": _iif,
    "is_number": _is_number,
    "min": min,
    "max": max,
    "sqrt": _FILTERS["sqrt"],
    "pi": math.pi,
}
_SAFE_METHODS = frozenset(
    "get keys values items lower upper strip lstrip rstrip split startswith endswith isdigit isnumeric find index count "
    "title capitalize bit_length".split()
)


class _Sandbox(ImmutableSandboxedEnvironment):
    """jinja2's immutable sandbox, in which moreover nothing can be multiplied into something big."""

    intercepted_binops = frozenset(["+", "*", "**", "%", "//", "/", "-"])

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return (not callable(value) or attr in _SAFE_METHODS) and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Any:
        """None: `str.format` is then a method like any other, and not among the safe ones."""
        return None

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, str) and isinstance(right, str) and operator == "+":
            return _short(left + right)
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
    environment.filters = {name: environment.filters[name] for name in _KEPT} | _FILTERS
    environment.tests["is_number"] = _is_number
    environment.globals = dict(_GLOBALS)
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
        return "".join(parts).strip()


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


def render_command(command: Command, value: float | None) -> bytes:
    """The payload that tells a device `command`; `value` is in the command's own unit, and scaled here.

    Raises TemplateFailed (or ValueError for a value that is missing or not wanted).
    """
    if not command.takes_value:
        if value is not None:
            raise ValueError(f"{command.verb} takes no value")
        return command.payload.encode()
    if value is None or not math.isfinite(value):
        raise ValueError(f"{command.verb} needs a number")
    scaled = value * command.scale
    # A scale belongs to devices that count in whole steps, such as 0..255 for brightness.
    number: float = round(scaled) if command.scale != 1.0 or scaled == int(scaled) else scaled
    try:
        return compile_template(command.payload).render({"value": number, "position": number}).encode()
    except NoValue as error:
        raise TemplateFailed(f"the device's template needs what is not there: {error}") from error
