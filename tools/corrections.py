"""What to call with instead: every suggestion, applied as it stands, validates. Pure."""

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from tools.contract import ErrorCode, ToolError

CLOSE_ENOUGH = 0.6
"""Share of matching letters from which a word that is not allowed may have been meant as one that is."""

Fix = dict[str, Any] | list[str | float] | None


def schema_error(model: type[BaseModel], arguments: Mapping[str, Any], error: ValidationError) -> ToolError:
    """The error for arguments that do not fit the model: where one word is wrong the words that are allowed, else
    the whole call as it should have been; no suggestion where that could only be made up."""
    faults = error.errors(include_url=False)
    first = faults[0]
    wrong = list(dict.fromkeys(str(fault["loc"][0]) for fault in faults if fault["loc"]))
    where = ".".join(str(part) for part in first["loc"]) or "arguments"
    field = str(first["loc"][0]) if first["loc"] else None
    return ToolError(
        ErrorCode.SCHEMA,
        f"{where}: {first['msg']}",
        received="" if first["type"] == "missing" else str(first.get("input", "")),
        field=field if field in model.model_fields else None,
        suggestion=_suggestion(model, arguments, wrong),
    )


def _suggestion(model: type[BaseModel], arguments: Mapping[str, Any], wrong: Sequence[str]) -> Fix:
    if len(wrong) == 1 and wrong[0] in model.model_fields:
        values = allowed(model, wrong[0])
        if values and fits(model, {**arguments, wrong[0]: values[0]}):
            return list(values)
    return _corrected(model, arguments, wrong)


def _corrected(model: type[BaseModel], arguments: Mapping[str, Any], wrong: Sequence[str]) -> dict[str, Any] | None:
    made = {name: value for name, value in arguments.items() if name in model.model_fields}
    for name in wrong:
        if name in model.model_fields:
            made[name] = _correction(model, name, arguments.get(name))
    # In the order of the schema, as a model would write it.
    ordered = {name: made[name] for name in model.model_fields if name in made}
    return ordered if fits(model, ordered) else None


def _correction(model: type[BaseModel], name: str, value: Any) -> Any:
    """The allowed word that is nearest, a number out of its string, else null."""
    if isinstance(value, str):
        words = [word for word in allowed(model, name) if isinstance(word, str)]
        if near := difflib.get_close_matches(value.casefold(), words, n=1, cutoff=CLOSE_ENOUGH):
            return near[0]
        number = _number(value)
        if number is not None and {"number", "integer"} & {branch.get("type") for branch in _branches(model, name)}:
            return number
    return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def fits(model: type[BaseModel], arguments: Mapping[str, Any]) -> bool:
    """Whether a call with these arguments would get past the schema."""
    try:
        model.model_validate_json(json.dumps(arguments), strict=True)
    except (ValidationError, TypeError):
        return False
    return True


@lru_cache(maxsize=512)
def allowed(model: type[BaseModel], name: str) -> tuple[str | float, ...]:
    """The values that an argument may be, or examples of them; empty where it may be anything."""
    for branch in _branches(model, name):
        if values := branch.get("enum") or branch.get("examples"):
            return tuple(values)
        if branch.get("type") == "boolean":
            return (True, False)
    return ()


@lru_cache(maxsize=512)
def _branches(model: type[BaseModel], name: str) -> list[dict[str, Any]]:
    schema = _schema(model)
    part = schema["properties"][name]
    definitions = schema.get("$defs", {})
    return [definitions.get(one.get("$ref", "").rpartition("/")[2], one) for one in part.get("anyOf", [part])]


@lru_cache(maxsize=64)
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def named_field(error: ToolError, arguments: Mapping[str, Any]) -> str | None:
    """The argument that holds the name which the house does not know, or knows several of."""
    if error.code not in {ErrorCode.UNKNOWN_NAME, ErrorCode.AMBIGUOUS_NAME}:
        return None
    return next((name for name, value in arguments.items() if value == error.received), None)
