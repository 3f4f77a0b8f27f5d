"""What comes over the wire, as our own values: one streamed chunk of any shape becomes a Delta.

Pure. Endpoints differ in what they leave out or misplace, so nothing here trusts a type and nothing here raises.
"""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the endpoint counted them."""

    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A piece of one tool call; any part of it may be missing."""

    index: int | None = None
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What one chunk added to the message."""

    text: str = ""
    fragments: tuple[Fragment, ...] = ()
    finish: str | None = None
    usage: Usage | None = None
    last: bool = False
    """Whether nothing but counts can follow. Counts end a message only where they come alone: some endpoints send
    them with every piece."""

    @property
    def empty(self) -> bool:
        return not (self.text or self.fragments or self.finish or self.usage)


def delta_of(chunk: object) -> Delta:
    """Reads a chunk, or a whole answer of an endpoint that ignored `stream`, which has `message` for `delta`."""
    body = _object(chunk)
    choice = _object(next(iter(_array(body.get("choices"))), None))
    said = _object(choice.get("delta")) or _object(choice.get("message"))
    finish, usage = _text(choice.get("finish_reason")) or None, _usage(body.get("usage"))
    return Delta(
        text=_text(said.get("content")) or _text(said.get("refusal")),
        fragments=tuple(_fragment(call) for call in _array(said.get("tool_calls"))),
        finish=finish,
        usage=usage,
        last=finish is not None or (usage is not None and not choice) or "message" in choice,
    )


def _fragment(call: object) -> Fragment:
    fields = _object(call)
    function = _object(fields.get("function"))
    index = fields.get("index")
    return Fragment(
        index=index if isinstance(index, int) else None,
        id=_text(fields.get("id")) or None,
        name=_text(function.get("name")) or None,
        arguments=_arguments(function.get("arguments")),
    )


def _arguments(value: object) -> str:
    """Arguments are JSON text, but some endpoints send the object itself."""
    return json.dumps(value) if isinstance(value, dict) else _text(value)


def _usage(value: object) -> Usage | None:
    """None also for zeros: builds that answer from a cache have reported nothing at all that way."""
    fields = _object(value)
    sent, made = fields.get("prompt_tokens"), fields.get("completion_tokens")
    if not isinstance(sent, int) or not isinstance(made, int) or sent <= 0:
        return None
    return Usage(tokens_in=sent, tokens_out=max(made, 0))


def _text(value: object) -> str:
    """Text as such, or the text parts of a content list."""
    if isinstance(value, str):
        return value
    parts = (_object(part).get("text") for part in _array(value))
    return "".join(part for part in parts if isinstance(part, str))


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _array(value: object) -> list[object]:
    return value if isinstance(value, list) else []
