"""How a running assistant is, as it tells `assistant doctor` and `status` over its socket: what nobody else can see."""

import base64
import os
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any

from assistant.build import Assistant
from assistant.model.exchange import Exchange
from assistant.model.ladder import Ladder
from assistant.model.loop import ModelLoop
from assistant.vitals.watchdog import Watchdog
from assistant.voice.late import LateVoice, Listening

Health = Callable[[], Mapping[str, Any]]


def status_of(assistant: Assistant, voice: Listening | None) -> str:
    """One line for whoever asks the supervisor: what it does, then what is not well."""
    broker, ingest, upkeep = assistant.broker, assistant.ingest, assistant.upkeep
    away = f"No MQTT broker: {broker.problem}" if broker is not None and broker.problem else None
    sources = (voice and voice.problem, away, ingest and ingest.problem, *upkeep.problems.values())
    problems = [" ".join(one.split()).rstrip(".") for one in sources if one]
    if voice is None:
        return ". ".join(["running without voice", *problems])
    return ". ".join(["running" if voice.problem else "listening", *problems])


def health_of(
    assistant: Assistant, voice: Listening | None, notice: str | None, watchdog: Watchdog, *, started_ms: int
) -> Mapping[str, Any]:
    """JSON: `process`, `version`, `started_ms`, `broker`, `ingest`, `upkeep`, `notices`, `waiting`, `stuck_seconds`,
    `voice`, `model`.

    `broker` and `ingest` are null where MQTT is switched off; `voice.sound` is the last half second that was heard, as
    base64, and null where there is no voice, as `voice.doing` is. `waiting` counts what waits for a yes. `model` lists
    endpoints in the order in which they are asked; `stuck_seconds` is null for what goes on.
    """
    broker, ingest = assistant.broker, assistant.ingest
    return {
        "process": os.getpid(),
        "version": version("home-voice-assistant"),
        "started_ms": started_ms,
        "broker": {"problem": broker.problem, "since_ms": broker.since_ms} if broker else None,
        "ingest": {"problem": ingest.problem, "counts": dict(ingest.counts), "last_minute": ingest.last_minute}
        if ingest
        else None,
        "upkeep": dict(assistant.upkeep.problems),
        "notices": [one.text for one in assistant.watch.notices.standing],
        "waiting": len(assistant.approvals.waiting()),
        "stuck_seconds": watchdog.stuck_seconds(),
        "voice": {
            # One that is still looked for, or was found since, tells itself how it stands.
            "notice": None if isinstance(voice, LateVoice) else notice,
            "problem": voice.problem if voice else None,
            "doing": voice.doing.value if voice else None,
            "sound": base64.b64encode(voice.last_heard).decode() if voice else None,
        },
        "model": [_endpoint(one) for one in _asked(assistant.model)],
    }


def _asked(model: ModelLoop | None) -> Iterator[Exchange]:
    """In the order in which they are asked; the last of all when those before it cannot answer."""
    ladder = None if model is None else model.decider or model.exchange
    if isinstance(ladder, Ladder):
        yield from ladder.exchanges


def _endpoint(one: Exchange) -> Mapping[str, Any]:
    now = one.clock()
    return {
        "endpoint": one.endpoint.name,
        "model": one.endpoint.model,
        "state": one.breaker.state(now).value,
        "rest_seconds": one.breaker.rest_left(now),
    }
