"""Reads a language's sentences (`config/sentences/*.yaml`) into frozen values. The only importer of PyYAML.

A language is data: code elsewhere holds no phrase of it. Matching is the business of `assistant.sentences`.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

_FOLDER = "sentences"


class LanguageError(Exception):
    """A language is missing or its file is broken; the message says which and where."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Confirm(_Part):
    """What may be said to a proposal."""

    accept: tuple[str, ...] = Field(min_length=1)
    """Whole utterances that mean yes."""
    reject: tuple[str, ...] = Field(min_length=1)
    """Words that mean no wherever they stand in the utterance."""
    repeat: tuple[str, ...] = Field(min_length=1)
    """Whole utterances that ask for the question again."""
    echo: tuple[str, ...] = Field(min_length=1)
    """Whole utterances that mean yes and name the thing, with `{noun}` in its place."""


class Language(_Part):
    """Everything that is said or understood in one language."""

    language: str
    confirm: Confirm


def parse_language(text: str, origin: str) -> Language:
    """Raises LanguageError where the text is not YAML or does not have the shape of a language; `origin` names it."""
    try:
        data: Mapping[str, Any] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise LanguageError(f"{origin} is not valid YAML: {error}") from error
    try:
        return Language.model_validate(data)
    except ValidationError as error:
        raise LanguageError(f"{origin} does not describe a language: {error}") from error


@cache
def load_language(code: str) -> Language:
    """The language that comes with this package under `code`. Raises LanguageError where there is none."""
    folder = files("config").joinpath(_FOLDER)
    known = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    if code not in known:
        raise LanguageError(f"there are no sentences for language {code!r}; choose one of: {', '.join(known)}")
    return parse_language(folder.joinpath(f"{code}.yaml").read_text(encoding="utf-8"), f"config/sentences/{code}.yaml")
