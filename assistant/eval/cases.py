"""The cases of a golden set: what somebody says, and what has to come of it."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from assistant.eval.files import GoldenSetWrong, Mistakes, language_code, lines_of, text_of
from config.errors import unknown
from tools.arguments import ARGUMENTS


def _texts(value: Any) -> Any:
    """One text or several; a number is what is written for it."""
    listed = value if isinstance(value, list | tuple) else [value]
    return [f"{one:g}" if isinstance(one, int | float) and not isinstance(one, bool) else one for one in listed]


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class Expect(BaseModel):
    """What has to come of the last thing that is said; what is left out is not looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    tool: str | None = None
    arguments: dict[str, Any] | None = None
    resolved: dict[str, Any] | None = None
    devices: Texts | None = None
    proposal: bool | tuple[str | dict[str, Any], ...] | None = None
    reply_contains: Texts | None = None
    reply_lacks: Texts | None = None
    no_call: bool | None = None
    error: str | None = None
    states: dict[str, Any] | None = None
    """Device to what it has to say after the case: its state, or attributes with their values."""

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        kept = dict(given)
        if isinstance(kept.get("proposal"), str | dict):
            kept["proposal"] = [kept["proposal"]]
        if "tool" in kept and kept["tool"] is None and "no_call" not in kept:
            kept["no_call"] = True
        return kept

    @model_validator(mode="after")
    def _makes_sense(self) -> "Expect":
        if not self.model_fields_set or all(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError('it expects nothing; say at least one of tool, devices, reply_contains, "no_call": true')
        acting = self.tool or self.proposal or self.arguments or self.resolved or self.error
        if self.no_call and acting:
            raise ValueError("no_call stands against tool, arguments, resolved, proposal and error; drop one side")
        if self.tool is not None and self.tool not in ARGUMENTS:
            raise ValueError(unknown("tool", self.tool, sorted(ARGUMENTS)))
        if self.tool is not None and self.arguments is not None:
            known = sorted(ARGUMENTS[self.tool].model_fields)
            for name in self.arguments:
                if name not in known:
                    raise ValueError(f"arguments: {unknown(f'argument of {self.tool}', name, known)}")
        return self


class Case(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    say: tuple[str, ...] = Field(min_length=1)
    room: str | None = None
    lang: Annotated[str, AfterValidator(language_code)] | None = None
    kind: str | None = None
    """Under which it is counted; None: what is expected tells."""
    expect: Expect
    line: int = 0


_DETAIL = {"query_sensors": "answer", "control_device": "verb", "describe_house": "topic"}


def kind_of(case: Case) -> str:
    """Under which a case is counted: as it says, else the tool with what is asked of it, or what else is expected."""
    if case.kind:
        return case.kind
    expect = case.expect
    if expect.no_call:
        return "no_call"
    given = dict(expect.arguments or {})
    for action in expect.proposal if isinstance(expect.proposal, tuple) else ():
        given |= {} if isinstance(action, str) else {"verb": action.get("verb")}
    if expect.tool is None:
        return "control_device" if expect.proposal else "reply"
    detail = given.get(_DETAIL.get(expect.tool, ""))
    return f"{expect.tool} {detail}" if isinstance(detail, str) else expect.tool


def read_cases(path: Path) -> tuple[Case, ...]:
    """Raises GoldenSetWrong, which tells everything that is wrong with the file."""
    mistakes = Mistakes(path)
    cases: list[Case] = []
    lines: dict[str, int] = {}
    for line, raw in lines_of(text_of(path), mistakes):
        case = _case(line, raw, mistakes)
        if case is None:
            continue
        if case.id in lines:
            mistakes.add(line, f'the id "{case.id}" is taken by line {lines[case.id]}; give each case its own')
        lines.setdefault(case.id, line)
        cases.append(case)
    mistakes.refuse()
    if not cases:
        raise GoldenSetWrong(f"{path} holds no case; each line is one object with id, say and expect")
    return tuple(cases)


_CASE_KEYS = ("id", "say", "room", "lang", "kind", "expect")
_ALSO = {"utterance": "say", "text": "say", "sentence": "say", "language": "lang", "category": "kind"}
"""Other names of keys that people give cases."""


def _case(line: int, raw: dict[str, Any], mistakes: Mistakes) -> Case | None:
    named = {key: value for key, value in raw.items() if key not in _ALSO or _ALSO[key] in raw}
    named |= {_ALSO[key]: value for key, value in raw.items() if key not in named}
    misspelt = [(key, near) for key in named if (near := _misspelt(key, named)) is not None]
    for key, near in misspelt:
        mistakes.add(line, f'there is no key "{key}" in a case; did you mean "{near}"?')
    if misspelt:
        return None
    said = named.get("say")
    given = {
        **named,
        "id": str(named.get("id") or f"line {line}"),
        "say": [said] if isinstance(said, str) else said,
        "line": line,
    }
    try:
        return Case.model_validate({key: value for key, value in given.items() if value is not None})
    except ValidationError as error:
        mistakes.explain(line, error, Case, f'case "{given["id"]}"')
        return None


def _misspelt(key: str, given: Mapping[str, Any]) -> str | None:
    """The key that is missing and looks like this one; other keys are notes of whoever wrote the case."""
    if key in _CASE_KEYS:
        return None
    missing = [one for one in _CASE_KEYS if one not in given]
    return next(iter(difflib.get_close_matches(key, missing, n=1, cutoff=0.75)), None)
