"""What the tests of status, of the log and of their page share."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from assistant.model.outcome import StoppedBecause
from assistant.replies.figures import Figures
from assistant.turns.logged import ASKED, DROPPED
from assistant.values import Planner
from sensors.clock import now_ms
from tools.contract import NEEDS_CONFIRMATION, OK, ErrorCode, Role
from tools.executor import Done
from tools.gate import HeardKind

SAY = Figures(zone=ZoneInfo("UTC"), units="metric", clock_ms=now_ms)
TOOLS = "control_device|query_sensors|describe_house|set_timer|set_watch|unknown"
VERDICTS = "|".join((OK, NEEDS_CONFIRMATION, *ErrorCode))
ENDS = "|".join((ASKED, DROPPED, *HeardKind, *Done))
NUMBER = re.compile(r"\d+(\.\d+)?(e-\d+)?")
CLOSED: Mapping[str, str] = {
    "turn": "[0-9a-f]{16}",
    "satellite": "here|kitchen",
    "role": "|".join(Role),
    "by": "keyboard|voice",
    "planner": "|".join(Planner),
    "calls": rf"(({TOOLS}):({VERDICTS}),?)+",
    "proposal": rf"(({ENDS}),?)+",
    "stopped": "|".join(StoppedBecause),
}
"""What may stand behind a key; behind all others stands a number."""


@contextmanager
def as_nobody(*opened: Path) -> Iterator[None]:
    """Root may do everything, so it becomes somebody else for a moment."""
    for folder in opened:
        folder.chmod(0o755)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65_534)
        yield
    finally:
        os.seteuid(user)


def voice(doing: str | None, *, problem: str | None = None, notice: str | None = None) -> Mapping[str, Any]:
    return {"doing": doing, "problem": problem, "notice": notice}


FACTS: Mapping[str, Any] = {
    "running": True,
    "problem": None,
    "state_dir": "/x",
    "process": 1,
    "version": "1",
    "started_ms": 0,
    "broker": {"address": "h:1", "connected": False, "since_ms": 0, "problem": "nothing listens at h:1"},
    "house": {
        "entities": 3,
        "devices": 2,
        "marked": {"low battery": 1, "cannot be reached": 2},
        "newest_ms": 0,
        "last_minute": 0,
        "problem": "the disk is full",
    },
    "voice": voice("speaking"),
    "model": [
        {"endpoint": "a:1", "model": "m", "state": "open", "rest_seconds": 60.0, "until_ms": 0},
        {"endpoint": "b:1", "model": "n", "state": "closed", "rest_seconds": 0.0, "until_ms": 0},
    ],
    "acting": {"on": True, "allowed": True, "waiting": 1},
    "set": {"timer": 0, "alarm": 0, "reminder": 0, "watch": 2, "next_ms": None},
    "today": {"turns": 1, "declined": 0, "tokens": 1200, "cost": 0.0123},
    "quarantine": {},
    "backups": {"readings": None},
    "disk": {"free": 12_345_678_901, "total": 32e9, "databases": {"readings": 1_800_000, "audit": 0}},
    "notices": [],
}
