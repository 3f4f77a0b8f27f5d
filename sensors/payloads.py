"""Turns payload bytes into text or JSON values, within limits. The only importer of orjson."""

from typing import Any

import orjson

MAX_STATE_BYTES = 64 * 1024
MAX_CONFIG_BYTES = 256 * 1024


class BadPayload(Exception):
    """A payload that cannot be taken: `code` is counted, the message is for a person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def text_of(payload: bytes, *, limit: int = MAX_STATE_BYTES) -> str:
    """The payload as text. Raises BadPayload(too_large | not_utf8)."""
    if len(payload) > limit:
        raise BadPayload("too_large", f"{len(payload)} bytes; at most {limit} are taken")
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise BadPayload("not_utf8", f"byte {error.start} is not UTF-8") from error


def json_of(payload: bytes, *, limit: int = MAX_STATE_BYTES) -> Any:
    """The payload as a JSON value. Raises BadPayload(too_large | not_utf8 | not_finite | not_json).

    NaN, Infinity and numbers beyond a double are no JSON values and are refused; of a key given twice the last counts.
    """
    text_of(payload, limit=limit)
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        code = "not_finite" if "infinity" in str(error) or _names_no_number(payload) else "not_json"
        raise BadPayload(code, f"the payload is not valid JSON: {str(error)[:120]}") from error


def _names_no_number(payload: bytes) -> bool:
    return any(word in payload for word in (b"NaN", b"Infinity"))
