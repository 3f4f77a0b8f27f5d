"""The text of a call becomes typed arguments, or an error whose suggestion would have worked. Pure; fails closed."""

import json
import math
from collections.abc import Collection
from functools import lru_cache
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from tools.contract import ErrorCode, ToolError
from tools.corrections import schema_error
from tools.sanitise import unmarked_json

LARGEST_ARGUMENTS = 2_048
"""Characters of argument JSON that are looked at; more is refused unread. Nothing that can be asked fills half."""

DEEPEST = 4
"""Arrays and objects inside one another, the arguments themselves included."""


def parsed(arguments: str) -> dict[str, Any]:
    """The arguments as an object: no duplicate keys, no NaN or Infinity, not too long or too deep.

    An object that was sent as a string is taken out of it. Raises ToolError(BAD_JSON).
    """
    if len(arguments) > LARGEST_ARGUMENTS:
        raise _bad_json(f"the arguments are longer than {LARGEST_ARGUMENTS} characters", arguments)
    value = _json(arguments)
    if isinstance(value, str):
        value = _json(value)
    if not isinstance(value, dict):
        raise _bad_json("the arguments must be a JSON object", arguments)
    if _deeper_than(DEEPEST, value):
        raise _bad_json(f"the arguments are nested more than {DEEPEST} deep", arguments)
    return value


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise _bad_json(f"the arguments are not JSON: {error}", text) from error


def _bad_json(message: str, arguments: str) -> ToolError:
    return ToolError(ErrorCode.BAD_JSON, message, received=arguments)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice")
    return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError("a number is too large")
    return value


def _deeper_than(levels: int, value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is not None and (levels == 0 or any(_deeper_than(levels - 1, one) for one in inner))


def repaired(arguments: dict[str, Any], model: type[BaseModel], known: Collection[str]) -> dict[str, Any]:
    """What was surely meant: nothing is made up, and what is not sure is left for the schema to refuse.

    Takes objects and lists out of strings where such belong, drops an argument of another tool (`known`) that is null,
    takes one that was left out for null where it may be, and takes from texts what nobody can see or say.
    """
    kept = dict.fromkeys(_nullable(model)) | {
        name: value
        for name, value in arguments.items()
        if name in model.model_fields or value is not None or name not in known
    }
    structured = _structured(model)
    unpacked = {name: _unpacked(value) if name in structured else value for name, value in kept.items()}
    # Not cut: what is too long is for the schema to refuse.
    return dict(unmarked_json(unpacked, LARGEST_ARGUMENTS))


@lru_cache(maxsize=64)
def _nullable(model: type[BaseModel]) -> tuple[str, ...]:
    """The arguments that may be null."""
    parts = model.model_json_schema().get("properties", {}).items()
    return tuple(name for name, part in parts if {"type": "null"} in part.get("anyOf", ()))


@lru_cache(maxsize=64)
def _structured(model: type[BaseModel]) -> frozenset[str]:
    """The arguments that take an object or a list, and no string."""
    schema = model.model_json_schema()
    found = set()
    for name, part in schema.get("properties", {}).items():
        branches = [_resolved(one, schema) for one in part.get("anyOf", [part])]
        types = {branch.get("type") for branch in branches}
        if types & {"object", "array"} and "string" not in types:
            found.add(name)
    return frozenset(found)


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema.get("$defs", {}).get(part.get("$ref", "").rpartition("/")[2], part)
    return found


def _unpacked(value: Any) -> Any:
    """A JSON object or list that was sent as a string; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        inner = _json(value)
    except ToolError:
        return value
    return inner if isinstance(inner, dict | list) else value


def validated(model: type[BaseModel], arguments: dict[str, Any]) -> BaseModel:
    """Raises ToolError(SCHEMA) with a suggestion which validates."""
    try:
        # Numbers in strings are not numbers, and 1 is not true.
        return model.model_validate_json(json.dumps(arguments), strict=True)
    except ValidationError as error:
        raise schema_error(model, arguments, error) from error
