"""One `[[plain]]` entry of the settings: what stands on an MQTT topic that no device describes."""

import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

_LEVEL = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
_Topic = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PlainTopic(BaseModel):
    """A pattern of topics, and what a message there says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: _Topic
    """`home/{room}/{device}/temperature`: a level in braces is any one word, known by that name."""
    quantity: _Words
    path: str | tuple[str | int, ...] = ()
    """Where in a JSON payload the value stands: `sensors.0.value`, or a list where a key has a dot.

    Empty: the whole payload is the value.
    """
    unit: str | None = None
    name: _Words | None = None
    room: _Words | None = None
    """Both may use the levels of the topic; the room is by default the level that is called so."""
    on: str = Field(default="ON", min_length=1)
    off: str = Field(default="OFF", min_length=1)
    command_topic: _Topic | None = None
    command_on: str | None = Field(default=None, min_length=1)
    """Payloads of commands; by default the words of the states."""
    command_off: str | None = Field(default=None, min_length=1)
    expire_after_seconds: int | None = Field(default=None, ge=1, le=31_536_000)

    @field_validator("topic")
    @classmethod
    def _whole_levels(cls, topic: str) -> str:
        named = []
        for level in topic.split("/"):
            if not level:
                raise ValueError("a level is empty; write it without slashes at the ends or in a row")
            if level.startswith("$") or any(letter in level for letter in "+#\0"):
                raise ValueError(f"{level!r} cannot be a level; name what may vary, for example {{device}}")
            matched = _LEVEL.fullmatch(level)
            if matched is None and ("{" in level or "}" in level):
                raise ValueError(f"{level!r} must be one word in braces, or none at all; for example {{device}}")
            named += [matched[1]] if matched else []
        if len(set(named)) != len(named):
            raise ValueError("two levels have the same name; give each its own")
        if named and len(named) == len(topic.split("/")):
            raise ValueError("it would match every topic of this length; keep at least one level as it is")
        return topic

    @field_validator("path")
    @classmethod
    def _steps(cls, path: str | tuple[str | int, ...]) -> tuple[str | int, ...]:
        steps = path
        if isinstance(path, str):
            steps = tuple(int(step) if step.isdecimal() else step for step in path.split(".")) if path else ()
        if "" in steps or len(steps) > 16:
            raise ValueError("write up to 16 steps with dots between them, for example sensors.0.value")
        return tuple(steps)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for key in ("name", "room", "command_topic"):
            unknown = set(_LEVEL.findall(getattr(self, key) or "")) - set(self.levels)
            if unknown:
                raise ValueError(f"{key} uses {{{min(unknown)}}}, which is no level of the topic {self.topic}")
        if self.on == self.off:
            raise ValueError("on and off are the same word")
        if self.command_topic is None and (self.command_on or self.command_off):
            raise ValueError("command_on and command_off need a command_topic")
        return self

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels, in their order."""
        return tuple(_LEVEL.findall(self.topic))

    @property
    def topic_filter(self) -> str:
        """What an MQTT broker is asked for."""
        return _LEVEL.sub("+", self.topic)

    def levels_in(self, topic: str) -> dict[str, str] | None:
        """The named levels of a topic that the pattern matches; None for one that it does not."""
        mine, theirs = self.topic.split("/"), topic.split("/")
        if len(mine) != len(theirs):
            return None
        found = {}
        for level, word in zip(mine, theirs, strict=True):
            if level.startswith("{"):
                if not word:
                    return None
                found[level[1:-1]] = word
            elif level != word:
                return None
        return found


def filled(text: str, levels: Mapping[str, str]) -> str:
    """The text with the levels of a topic in the places of their names."""
    return _LEVEL.sub(lambda found: levels[found[1]], text)


def first_twice(entries: tuple[PlainTopic, ...]) -> str | None:
    """The topic of the first entry that says what an earlier one says already."""
    seen = set()
    for entry in entries:
        same = entry.topic_filter, entry.path
        if same in seen:
            return entry.topic
        seen.add(same)
    return None
