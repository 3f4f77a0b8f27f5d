"""Reads the two files of a golden set, with the line on which each thing stands, and tells all mistakes at once."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from config.errors import UserFacingError, unknown
from config.language import languages

LARGEST_BYTES = 50_000_000
_SHOWN = 60
_OBJECTS = frozenset({"model_type", "model_attributes_type", "dict_type"})


class GoldenSetWrong(UserFacingError):
    """A case or a house file cannot be used; one line for each mistake, with file, line and what to do."""


def language_code(said: str) -> str:
    """`en-GB` is `en`. Raises ValueError for a language that nobody has written down yet."""
    code = said.strip().lower().replace("_", "-").partition("-")[0]
    if code not in (known := languages()):
        raise ValueError(f"there are no sentences for this language; choose one of {', '.join(known)}")
    return code


@dataclass(slots=True)
class Mistakes:
    """What is wrong with one file, collected so that it can be told in one go."""

    path: Path
    found: list[str] = field(default_factory=list)

    def add(self, line: int | None, text: str) -> None:
        self.found.append(f"{self.path}, line {line}: {text}" if line else f"{self.path}: {text}")

    def explain(self, line: int | None, error: ValidationError, model: type[BaseModel], what: str) -> None:
        """Each fault that pydantic found, in words; `model` is the one whose keys are known at the top."""
        for problem in error.errors(include_url=False):
            keys = [str(part) for part in problem["loc"]]
            place = ".".join([what, *keys])
            if problem["type"] == "extra_forbidden":
                self.add(line, f"{what}: {unknown('key', keys[-1], _keys(model, keys[:-1]))}")
            elif problem["type"] == "missing":
                self.add(line, f"{place} is missing")
            elif isinstance(problem["input"], dict):
                self.add(line, f"{place}: {problem['msg'].removeprefix('Value error, ')}")
            else:
                reason = "it is an object" if problem["type"] in _OBJECTS else problem["msg"]
                reason = reason.removeprefix("Value error, ")
                self.add(line, f"{place}: {reason}, not {str(problem['input'])[:_SHOWN]!r}")

    def refuse(self) -> None:
        """Raises GoldenSetWrong where there is a mistake."""
        if self.found:
            raise GoldenSetWrong("\n".join(self.found))


def _keys(model: type[BaseModel], path: Iterable[str]) -> list[str]:
    """The keys that are known at a place inside a model, as far as models are nested plainly."""
    for part in path:
        inner = next((one.annotation for name, one in model.model_fields.items() if name == part), None)
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return sorted(model.model_fields)
        model = inner
    return sorted(model.model_fields)


def text_of(path: Path) -> str:
    """The file's text. Raises GoldenSetWrong."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise GoldenSetWrong(f"{path} cannot be read: {error.strerror}") from error
    if len(raw) > LARGEST_BYTES:
        raise GoldenSetWrong(f"{path} is larger than {LARGEST_BYTES} bytes; split it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise GoldenSetWrong(f"{path}, line {line}: this is not UTF-8 text; save it as UTF-8") from error


def json_of(path: Path, text: str) -> Any:
    """Raises GoldenSetWrong."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        place = f"{path}, line {line}" if line else f"{path}"
        raise GoldenSetWrong(f"{place}: this is no JSON: {getattr(error, 'msg', error)}") from error


def lines_of(text: str, mistakes: Mistakes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and object of each line that holds one; blank lines and such as begin with # or // are passed over."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(("#", "//")):
            continue
        try:
            found = json.loads(line, parse_constant=_no_constant)
        except ValueError as error:
            what = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
            mistakes.add(number, f"this is no JSON: {what}; each line is one object")
            continue
        if isinstance(found, dict):
            yield number, found
        else:
            mistakes.add(number, 'each line is one object such as {"id": "1", "say": "...", "expect": {...}}')


def element_lines(text: str, key: str) -> list[int]:
    """The lines on which the elements of a list begin that stands under `key` in the outermost object.

    `text` must be JSON; empty where there is no such list.
    """
    decoder, at = json.JSONDecoder(), _skip(text, 0, "{")
    while at < len(text) and text[at] == '"':
        name, at = decoder.raw_decode(text, at)
        at = _skip(text, at, ":")
        if name == key and text[at] == "[":
            return list(_elements(text, at, decoder))
        at = _skip(text, decoder.raw_decode(text, at)[1], ",")
    return []


def _elements(text: str, at: int, decoder: json.JSONDecoder) -> Iterator[int]:
    at = _skip(text, at, "[")
    while text[at] != "]":
        yield text.count("\n", 0, at) + 1
        at = _skip(text, decoder.raw_decode(text, at)[1], ",")


def _skip(text: str, at: int, sign: str) -> int:
    """Past white space, one sign where it is there, and white space again."""
    while at < len(text) and text[at].isspace():
        at += 1
    if at < len(text) and text[at] == sign:
        at += 1
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")
