"""Puts one model message together from its deltas and says what kind of message it is.

Pure. Nothing leaves before the message is complete, and text is never promoted to a call.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from assistant.model.wire import Delta, Fragment, Usage
from tools.contract import ToolCall

MOST_TEXT = 20_000
MOST_ARGUMENTS = 8_000
MOST_CALLS = 32
"""Characters and calls in one message; an endpoint that sends more does not mean to end."""

_THINK = r"(think|thinking|thoughts?|reasoning|reflection|scratchpad|seed:think)"
_THOUGHT = re.compile(rf"[<\[◁]{_THINK}[>\]▷].*?([<\[◁]/\1[>\]▷]|\Z)", re.DOTALL | re.IGNORECASE)
_OPENED_BEFORE = re.compile(rf"\A.*[<\[◁]/{_THINK}[>\]▷]", re.DOTALL | re.IGNORECASE)
"""Thoughts that the template of the prompt began, so that the answer holds only their end."""
_END = re.compile(r"(?:<\|(?:im_end|eot_id|eom_id|end|endoftext|end_of_text|return)\|>|</s>|<end_of_turn>|<eos>)\s*\Z")
"""What a template ends messages with, where the server left it in."""
LONGEST_END = 20
"""Characters of the longest of them."""
_LEAK = re.compile(
    r"<\|"
    r"|</?(tool_call|tool_response|tool|function|invoke|parameter)\b"
    r"|\[/?(TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|INST)\]"
    r'|\{\s*"(name|function|tool|tool_name|tool_calls|arguments|parameters)"\s*:',
    re.IGNORECASE,
)
_TAG = re.compile(r"<\|?[^<>]*\|?>?.*\Z", re.DOTALL)


class Kind(StrEnum):
    """What a complete message amounts to. The endpoint's own `finish_reason` is only advice."""

    FINAL_TEXT = "final_text"
    CALLS = "calls"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One complete message. `text` beside calls is not an answer and is not spoken."""

    kind: Kind
    text: str
    calls: tuple[ToolCall, ...]
    finish: str | None
    usage: Usage | None
    size: int
    """Characters that the model wrote, for an estimate where `usage` is missing."""


@dataclass(slots=True)
class _OpenCall:
    index: int | None
    id: str | None
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Draft:
    """Collects deltas; `message()` closes it."""

    _text: list[str] = field(default_factory=list)
    _size: int = 0
    _calls: list[_OpenCall] = field(default_factory=list)
    _finish: str | None = None
    _usage: Usage | None = None

    def add(self, delta: Delta) -> None:
        self._text.append(delta.text)
        self._size += len(delta.text)
        for fragment in delta.fragments:
            self._add_fragment(fragment)
        self._finish = delta.finish or self._finish
        self._usage = delta.usage or self._usage

    @property
    def overflowed(self) -> bool:
        """True once the message is longer than any that is meant to end."""
        arguments = max((len(call.arguments) for call in self._calls), default=0)
        return self._size > MOST_TEXT or arguments > MOST_ARGUMENTS or len(self._calls) > MOST_CALLS

    def message(self) -> Message:
        text = _without_end(_OPENED_BEFORE.sub("", _THOUGHT.sub("", "".join(self._text)[:MOST_TEXT])).strip())
        calls = tuple(_numbered([part for call in self._calls for part in _parts(call)]))
        finish = "length" if self.overflowed else self._finish
        return Message(
            kind=_kind(text, calls, finish),
            text=text,
            calls=calls,
            finish=finish,
            usage=self._usage,
            size=self._size + sum(len(call.name) + len(call.arguments) for call in calls),
        )

    def _add_fragment(self, fragment: Fragment) -> None:
        call = self._call_of(fragment)
        if call is None:
            call = _OpenCall(index=fragment.index, id=fragment.id)
            self._calls.append(call)
        call.id = call.id or fragment.id
        if fragment.name and fragment.name != call.name and not call.arguments:
            call.name += fragment.name
        call.arguments += fragment.arguments

    def _call_of(self, fragment: Fragment) -> _OpenCall | None:
        """The open call that a fragment goes on with; None where it starts another."""
        found = self._matching(fragment)
        if found is None or not fragment.name:
            return found
        # A name comes once: with a call that already has all its arguments, it opens the next one.
        renamed = bool(found.arguments) and fragment.name != found.name
        return None if renamed or parse_arguments(found.arguments) is not None else found

    def _matching(self, fragment: Fragment) -> _OpenCall | None:
        newest_first = self._calls[::-1]
        if fragment.id is not None:
            same = [call for call in newest_first if call.id == fragment.id]
            if fragment.index is not None:
                same = [call for call in same if call.index in (fragment.index, None)]
            return next(iter(same), None) or self._without_id(fragment)
        if fragment.index is not None:
            return next((call for call in newest_first if call.index == fragment.index), None)
        return next(iter(newest_first), None)

    def _without_id(self, fragment: Fragment) -> _OpenCall | None:
        """A call whose id comes late: same index, none so far, and nothing but a name."""
        return next(
            (
                c
                for c in self._calls
                if c.id is None and c.index == fragment.index and c.index is not None and not c.name
            ),
            None,
        )


def _without_end(text: str) -> str:
    while (end := _END.search(text, max(len(text) - LONGEST_END, 0))) is not None:
        text = text[: end.start()].rstrip()
    return text


def as_offered(calls: Sequence[ToolCall], offered: Iterable[str]) -> list[ToolCall]:
    """The same calls with the names of tools as they are offered, where only the spelling differs."""
    known = {_bare(name): name for name in offered}
    return [replace(call, name=known.get(_bare(call.name), call.name)) for call in calls]


def _bare(name: str) -> str:
    """Of `functions.Query-Sensors()` what a tool is called."""
    return re.sub(r"[\W_]", "", name.lower().partition("(")[0].rpartition(".")[2])


def parse_arguments(text: str) -> dict[str, Any] | None:
    """The JSON object that `text` is, and nothing else; None for anything that is not exactly one."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _parts(call: _OpenCall) -> list[ToolCall]:
    """One call, or several where different whole objects were glued together under one id."""
    name = _TAG.sub("", call.name).strip() or call.name
    glued = _split(call.arguments.strip() or "{}")
    # An empty object before a full one is the opening some endpoints send, not a call.
    pieces = dict.fromkeys(piece for piece in glued if piece != "{}") or ["{}"]
    return [ToolCall(id=call.id or "", name=name, arguments=piece) for piece in pieces]


def _split(text: str) -> list[str]:
    """The JSON objects that stand one after another in `text`; the rest, if it is none, comes last as it is."""
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    pieces: list[str] = []
    while text:
        try:
            value, end = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            return [*pieces, text]
        if not isinstance(value, dict):
            return [*pieces, text]
        pieces.append(text[:end])
        text = text[end:].lstrip(" \t\r\n,")
    return pieces


def _numbered(calls: list[ToolCall]) -> list[ToolCall]:
    """The same calls, each with an id of its own."""
    seen: set[str] = set()
    unique: list[ToolCall] = []
    for number, call in enumerate(calls):
        chosen = call.id if re.fullmatch(r"[\w.:-]{1,64}", call.id) and call.id not in seen else f"call_{number}"
        while chosen in seen:
            chosen += "x"
        seen.add(chosen)
        unique.append(ToolCall(id=chosen, name=call.name, arguments=call.arguments))
    return unique


def _kind(text: str, calls: tuple[ToolCall, ...], finish: str | None) -> Kind:
    if calls:
        whole = all(parse_arguments(call.arguments) is not None for call in calls)
        return Kind.TRUNCATED if finish == "length" and not whole else Kind.CALLS
    if not text or finish == "content_filter":
        return Kind.EMPTY
    if _LEAK.search(text):
        return Kind.GARBAGE
    return Kind.TRUNCATED if finish == "length" else Kind.FINAL_TEXT
