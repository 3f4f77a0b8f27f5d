"""The speech models that can be fetched: what they are, where from, and what their bytes must be (`models.toml`)."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_FILE_NAME = re.compile(r"[A-Za-z0-9_.-]+")


class ModelFile(BaseModel):
    """One file of a model. `digest` is the algorithm's name as Python has it, a colon, and hexadecimal digits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=_FILE_NAME.pattern)
    bytes: int = Field(gt=0)
    digest: str = Field(pattern=r"^(sha256|md5):[0-9a-f]{32,64}$")


class SpeechModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=_FILE_NAME.pattern)
    kind: Literal["transcriber", "voice"]
    languages: tuple[str, ...]
    """Codes such as `en`; none: a hundred languages."""
    licence: str
    about: str
    url: str
    """Of the folder that holds the files."""
    files: tuple[ModelFile, ...] = Field(min_length=1)

    @property
    def size_bytes(self) -> int:
        return sum(file.bytes for file in self.files)


@cache
def known_models() -> tuple[SpeechModel, ...]:
    """In the order of the file: the smaller ones of a kind first."""
    listed = tomllib.loads(files("config").joinpath("models.toml").read_text(encoding="utf-8"))
    return tuple(SpeechModel.model_validate(one) for one in listed["model"])
