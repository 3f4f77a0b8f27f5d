"""Messages as lines of a capture file: JSON objects with `topic` and `payload`, and optionally `payload_base64`,
`retain`, `qos` and `at`. Reads what `mosquitto_sub -F %j` writes too. No I/O.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sensors.message import Message

LARGEST_LINE_BYTES = 2_000_000


class BadLine(Exception):
    """A line that holds no message; the text says why and what a line should have."""


def line_of(message: Message, more: Mapping[str, str] | None = None) -> str:
    """The message as one line, with more fields after its own. A payload that is not text is kept as base64."""
    fields: dict[str, Any] = {"topic": message.topic}
    try:
        fields["payload"] = message.payload.decode()
    except UnicodeDecodeError:
        fields["payload_base64"] = base64.b64encode(message.payload).decode()
    if message.retain:
        fields["retain"] = True
    fields |= {"qos": message.qos, "at": message.received_ms, **(more or {})}
    return json.dumps(fields, ensure_ascii=False)


def message_of(line: bytes, *, received_ms: int) -> Message:
    """The message of one line; `received_ms` where the line tells no time. Raises BadLine."""
    if len(line) > LARGEST_LINE_BYTES:
        raise BadLine(f"the line has {len(line)} bytes; at most {LARGEST_LINE_BYTES} are taken")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine('it is not JSON; a line is written {"topic": "...", "payload": "..."}') from error
    if not isinstance(fields, dict):
        raise BadLine(f"it is {_kind(fields)}, not an object with `topic` and `payload`")
    topic = fields.get("topic")
    if not isinstance(topic, str) or not topic:
        raise BadLine("it has no `topic`" if topic is None else "its `topic` is no text")
    return Message(
        topic=topic,
        payload=_payload(fields),
        qos=1 if fields.get("qos") == 1 else 0,
        retain=fields.get("retain") in (True, 1),
        received_ms=_time(fields.get("at", fields.get("tst")), received_ms),
    )


def _payload(fields: dict[str, Any]) -> bytes:
    """Text as it is; an object, a list or a number as the JSON that a device would have sent."""
    if "payload_base64" in fields:
        try:
            return base64.b64decode(fields["payload_base64"], validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise BadLine("its `payload_base64` is not valid base64") from error
    if "payload" not in fields:
        known = ", ".join(f"`{key}`" for key in list(fields)[:6])
        raise BadLine(f"it has no `payload` (nor `payload_base64`); it has {known}")
    payload = fields["payload"]
    text = payload if isinstance(payload, str) else "" if payload is None else json.dumps(payload, ensure_ascii=False)
    return text.encode(errors="surrogatepass")


def _time(at: Any, received_ms: int) -> int:
    """`at` is Unix epoch milliseconds, or a time in ISO 8601 with its zone."""
    if at is None:
        return received_ms
    if isinstance(at, int) and not isinstance(at, bool):
        return at
    try:
        # Some mosquitto_sub write a time with two zones: 2026-11-21T08:00:00.000000Z+0000.
        moment = datetime.fromisoformat(at.replace("Z+", "+"))
    except (AttributeError, ValueError) as error:
        raise BadLine("its `at` is neither epoch milliseconds nor an ISO 8601 time") from error
    if moment.tzinfo is None:
        raise BadLine("its `at` has no time zone; write 2026-11-21T08:00:00Z or epoch milliseconds")
    return int(moment.timestamp() * 1000)


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", type(None): "null", bool: "true or false"}.get(type(value), "a number")
