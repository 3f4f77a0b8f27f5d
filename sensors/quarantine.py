"""Keeps what was refused, with the reason, for a person to look at: `assistant explain-mqtt` reads the file as it is.

Bounded in size and in wear: a device that sends nonsense every second costs one line an hour.
"""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

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
                os.replace(self._path, self._path.with_name(f"{self._path.name}.1"))
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
