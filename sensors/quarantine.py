"""Keeps what was refused, with the reason, for a person to look at: `assistant explain-mqtt` reads the file as it is.

Bounded in size and in wear: a device that sends nonsense every second costs one line an hour.
"""

import json
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sensors.capture import line_of
from sensors.message import Message
from sensors.reading import Refusal

_LOG = logging.getLogger(__name__)

LARGEST_FILE_BYTES = 1_000_000
"""When the file has grown so big it becomes `<name>.1`, in the place of an earlier one."""

LARGEST_PAYLOAD_BYTES = 16_384
LINES_PER_HOUR = 500
_HOUR_SECONDS = 3600.0


class Quarantine:
    """One file of JSON lines: `topic`, `payload` or `payload_base64`, `retain`, `qos`, `at`, `reason`, `detail`."""

    def __init__(
        self,
        path: Path,
        *,
        largest_file_bytes: int = LARGEST_FILE_BYTES,
        lines_per_hour: int = LINES_PER_HOUR,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._largest_file = largest_file_bytes
        self._lines_per_hour = lines_per_hour
        self._monotonic = monotonic
        self._hour_began = monotonic()
        self._kept: set[tuple[str, str]] = set()
        self._failing = False

    def keep(self, message: Message, refusal: Refusal) -> None:
        """Writes it down, at most once an hour for each reason and topic. Never raises: a full disk costs the line."""
        if self._monotonic() - self._hour_began >= _HOUR_SECONDS:
            self._hour_began = self._monotonic()
            self._kept.clear()
        fault = refusal.code, message.topic
        if fault in self._kept or len(self._kept) >= self._lines_per_hour:
            return
        self._kept.add(fault)
        more = {"reason": refusal.code, "detail": refusal.detail}
        if len(message.payload) > LARGEST_PAYLOAD_BYTES:
            more["cut_from_bytes"] = str(len(message.payload))
            message = replace(message, payload=message.payload[:LARGEST_PAYLOAD_BYTES])
        self._append(line_of(message, more))

    def _append(self, line: str) -> None:
        try:
            if self._path.exists() and self._path.stat().st_size + len(line) > self._largest_file:
                os.replace(self._path, _earlier(self._path))
            with open(
                os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8"
            ) as file:
                file.write(line + "\n")
        except OSError as error:
            if not self._failing:
                _LOG.warning("What is refused cannot be kept in %s: %s", self._path, error)
            self._failing = True
        else:
            self._failing = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What a quarantine holds."""

    reasons: Mapping[str, int]
    """How many of each, most first."""
    oldest_ms: int | None
    size_bytes: int


def read_quarantine(path: Path) -> Refused:
    """Raises OSError. A line that is none is left out: it is the last of a daemon that was killed."""
    lines, size = list[dict[str, Any]](), 0
    for file in (_earlier(path), path):
        text = file.read_bytes() if file.exists() else b""
        size += len(text)
        lines += filter(None, map(_fields, text.splitlines()))
    reasons = Counter(str(line.get("reason", "?")) for line in lines)
    times = [int(line["at"]) for line in lines if isinstance(line.get("at"), int)]
    return Refused(reasons=dict(reasons.most_common()), oldest_ms=min(times, default=None), size_bytes=size)


def _fields(line: bytes) -> dict[str, Any] | None:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _earlier(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")
