"""How a running assistant is, as it tells `assistant doctor` over its socket: what nobody else can see."""

import base64
import os
from collections.abc import Callable, Mapping
from typing import Any

from assistant.build import Assistant
from assistant.voice.late import LateVoice, Listening
from assistant.watchdog import Watchdog

Health = Callable[[], Mapping[str, Any]]


def health_of(
    assistant: Assistant, voice: Listening | None, notice: str | None, watchdog: Watchdog, *, started_ms: int
) -> Mapping[str, Any]:
    """JSON: `process`, `started_ms`, `broker`, `ingest`, `upkeep`, `notices`, `stuck_seconds`, `voice`.

    `broker` and `ingest` are null where MQTT is switched off; `voice.sound` is the last half second that was heard, as
    base64, and null where there is no voice. `stuck_seconds` is null for what goes on.
    """
    broker, ingest = assistant.broker, assistant.ingest
    return {
        "process": os.getpid(),
        "started_ms": started_ms,
        "broker": {"problem": broker.problem} if broker else None,
        "ingest": {"problem": ingest.problem, "counts": dict(ingest.counts)} if ingest else None,
        "upkeep": dict(assistant.upkeep.problems),
        "notices": [one.text for one in assistant.watch.notices.standing],
        "stuck_seconds": watchdog.stuck_seconds(),
        "voice": {
            # One that is still looked for, or was found since, tells itself how it stands.
            "notice": None if isinstance(voice, LateVoice) else notice,
            "problem": voice.problem if voice else None,
            "sound": base64.b64encode(voice.last_heard).decode() if voice else None,
        },
    }
