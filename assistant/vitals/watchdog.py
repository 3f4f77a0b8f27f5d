"""Tells the supervisor that the assistant is alive, for as long as what must go on does go on.

A part that has work and gets nowhere counts as stuck; one that has nothing to do, or waits for what it cannot change
(a broker that is away, a disk that is full, a microphone that was pulled out), does not.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from assistant.vitals.supervise import notify
from sensors.broker import Broker
from sensors.ingest import Ingest

_LOG = logging.getLogger(__name__)

UNWATCHED_SECONDS = 10.0
"""How often it looks where no supervisor asks for signs of life: the log is to tell of what is stuck there too."""


class Alive(Protocol):
    @property
    def still_seconds(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    name: str
    still_seconds: Callable[[], float]
    """For how long it has had something to do and has not got on with it; 0 where there is nothing to do."""
    most_seconds: float
    """Still for longer than this is stuck."""


def parts_of(broker: Broker | None, ingest: Ingest | None, voice: Alive | None) -> tuple[Part, ...]:
    """Those that there are. The event loop needs no sign of its own: where it hangs, nobody gives one."""
    parts = []
    if broker is not None:
        # Its thread never ends by itself; without it the connection would never come back.
        parts.append(Part(name="MQTT thread", still_seconds=lambda: _gone(broker), most_seconds=0))
    if ingest is not None:
        parts.append(Part(name="storing of readings", still_seconds=lambda: ingest.still_seconds, most_seconds=60))
    if voice is not None:
        parts.append(Part(name="voice", still_seconds=lambda: voice.still_seconds, most_seconds=90))
    return tuple(parts)


def _gone(broker: Broker) -> float:
    return 0.0 if broker.thread_lives else inf


def sign_every_seconds(environment: Mapping[str, str]) -> float | None:
    """How often the supervisor is to be told, a third of what it allows; None where it does not ask for it."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        allowed_seconds = int(environment["WATCHDOG_USEC"]) / 1_000_000
    except (KeyError, ValueError):
        return None
    return allowed_seconds / 3 if allowed_seconds > 0 else None


class Watchdog:
    """Runs until it is cancelled. Without parts it gives its signs as long as the event loop goes on: while a database
    is mended, say, which takes longer than a supervisor waits."""

    def __init__(self, parts: Sequence[Part] = (), *, tell: Callable[[str], None] = notify) -> None:
        self._parts = tuple(parts)
        self._tell = tell
        self._told: frozenset[str] = frozenset()
        self._status: Callable[[], str] | None = None
        self._told_status = ""

    def watch(self, parts: Sequence[Part], status: Callable[[], str]) -> None:
        """From now on. `status` is a line for whoever asks the supervisor, which is told each time that it changes."""
        self._parts, self._status = tuple(parts), status

    async def run(self) -> None:
        every = sign_every_seconds(os.environ)
        while True:
            await asyncio.sleep(every or UNWATCHED_SECONDS)
            if self.look() and every is not None:
                self._tell("WATCHDOG=1")
            self.tell_status()

    def tell_status(self, *more: str) -> None:
        """Together with other facts, or where it has changed."""
        status = self._status() if self._status is not None else ""
        if more or status != self._told_status:
            self._tell("\n".join([*more, f"STATUS={status}"]))
        self._told_status = status

    def stuck_seconds(self) -> dict[str, float | None]:
        """Of each part, for how long it has been stuck; None where it goes on. Beyond a day all is a day."""
        found = {part.name: (part.still_seconds(), part.most_seconds) for part in self._parts}
        return {name: min(still, 86_400.0) if still > most else None for name, (still, most) in found.items()}

    def look(self) -> bool:
        """Whether everything goes on. What does not is told once in the log, and so is its end."""
        stuck = {name: seconds for name, seconds in self.stuck_seconds().items() if seconds is not None}
        for name in stuck.keys() - self._told:
            _LOG.error("The %s has been stuck for %.0f seconds", name, stuck[name])
        for name in self._told - stuck.keys():
            _LOG.error("The %s goes on again", name)
        self._told = frozenset(stuck)
        return not stuck
