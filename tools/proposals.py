"""The proposals that were put to people, each with its state, in the house-state database. The only owner of the table.

open ── consumed ── done | failed | unknown
  └── rejected | expired | superseded | cancelled

A state only ever moves to the right, by compare-and-set; what is consumed is on the disk before anything is sent.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from config.asking import Ask
from sensors.database import Database
from sensors.measures import Sample
from sensors.reading import SeriesKey
from tools.answers import Action
from tools.contract import Asker

KEPT_DAYS = 30
"""After that a proposal stands in the audit alone."""


class State(StrEnum):
    OPEN = "open"
    CONSUMED = "consumed"
    """A person has said yes, and sending has begun."""
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Something was sent, or may have been, and no device has said that it obeyed."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a person is asked to allow: exactly these actions, on this satellite, once, until it expires."""

    id: str
    asker: Asker
    actions: tuple[Action, ...]
    digest: str
    ask: Ask
    echo: str | None
    """The noun that must be said with the yes; None where a plain yes does."""
    seen: tuple[tuple[SeriesKey, Sample | None], ...]
    """What the devices said when the proposal was made; if that has changed, nothing is done."""
    expires_seconds: float
    """On the monotonic clock."""
    ends_seconds: float
    """When it expires at the latest, however often the question is repeated."""
    asked: bool = False
    """Whether the question has been heard to its end; before that a yes is an answer to something else."""
    pin_wanted: bool = False
    """Whether the yes has been said, and the PIN is what comes next."""
    repeats: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What an earlier run had begun to send when it ended: nobody knows whether it happened."""

    id: str
    satellite: str
    names: tuple[str, ...]
    at_ms: int


def create_proposals(connection: sqlite3.Connection) -> None:
    """The table, with the one order of states in a trigger: a program with a fault in it is stopped by it too."""
    connection.execute(
        "CREATE TABLE proposal (id TEXT PRIMARY KEY, satellite TEXT NOT NULL, role TEXT NOT NULL,"
        " digest TEXT NOT NULL, actions TEXT NOT NULL, state TEXT NOT NULL, made_ms INTEGER NOT NULL,"
        " changed_ms INTEGER NOT NULL) WITHOUT ROWID"
    )
    connection.execute("CREATE INDEX proposal_state ON proposal (state, changed_ms)")
    connection.execute(
        "CREATE TRIGGER proposal_moves_on BEFORE UPDATE ON proposal WHEN NOT ("
        " NEW.id = OLD.id AND NEW.digest = OLD.digest AND NEW.actions = OLD.actions"
        " AND NEW.satellite = OLD.satellite AND NEW.role = OLD.role AND NEW.made_ms = OLD.made_ms"
        " AND (OLD.state = 'open' AND NEW.state IN ('consumed', 'rejected', 'expired', 'superseded', 'cancelled')"
        " OR OLD.state = 'consumed' AND NEW.state IN ('done', 'failed', 'unknown')))"
        " BEGIN SELECT RAISE(ABORT, 'a proposal moves on, and never back'); END"
    )
    connection.execute(
        "CREATE TRIGGER proposal_begins_open BEFORE INSERT ON proposal WHEN NEW.state != 'open'"
        " OR EXISTS (SELECT 1 FROM proposal WHERE id = NEW.id)"
        " BEGIN SELECT RAISE(ABORT, 'a proposal begins open, once'); END"
    )


def as_json(actions: Sequence[Action]) -> list[dict[str, Any]]:
    return [
        {"entity": one.entity_id, "name": one.name, "verb": one.verb.value, "value": one.value, "unit": one.unit}
        for one in actions
    ]


def as_record(proposal: Proposal) -> dict[str, object]:
    """A proposal as the audit has it."""
    return {
        "proposal": proposal.id,
        "satellite": proposal.asker.satellite,
        "role": proposal.asker.role,
        "digest": proposal.digest,
        "ask": proposal.ask,
        "echo": proposal.echo,
        "actions": as_json(proposal.actions),
    }


class Proposals:
    """Every method commits before it returns, and raises StoreUnavailable where it cannot."""

    def __init__(self, database: Database, *, clock_ms: Callable[[], int]) -> None:
        self._database = database
        self._clock_ms = clock_ms

    async def add(self, proposal: Proposal) -> None:
        now = self._clock_ms()
        actions = json.dumps(as_json(proposal.actions), ensure_ascii=False)
        who = proposal.asker
        await self._database.execute(
            "INSERT INTO proposal VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (proposal.id, who.satellite, who.role, proposal.digest, actions, State.OPEN, now, now),
        )

    async def consume(self, proposal: Proposal) -> bool:
        """Whether it was open, under this very digest, and is consumed now. True at most once for each proposal."""
        found = await self._database.fetch_one(
            "UPDATE proposal SET state = ?, changed_ms = ? WHERE id = ? AND digest = ? AND state = ? RETURNING id",
            (State.CONSUMED, self._clock_ms(), proposal.id, proposal.digest, State.OPEN),
        )
        return found is not None

    async def close(self, proposal_id: str, state: State) -> None:
        """From open to an end without anything done; what was no longer open stays as it is."""
        await self._move(proposal_id, State.OPEN, state)

    async def finish(self, proposal_id: str, state: State) -> None:
        """From consumed to what became of it."""
        await self._move(proposal_id, State.CONSUMED, state)

    async def _move(self, proposal_id: str, before: State, after: State) -> None:
        await self._database.execute(
            "UPDATE proposal SET state = ?, changed_ms = ? WHERE id = ? AND state = ?",
            (after, self._clock_ms(), proposal_id, before),
        )

    async def recover(self) -> tuple[Unfinished, ...]:
        """To be called once, at start: closes what an earlier run left open, and tells what it left half done."""
        now = self._clock_ms()
        async with self._database.atomic():
            rows = await self._database.fetch_all(
                "UPDATE proposal SET state = ? WHERE state = ? RETURNING id, satellite, actions, changed_ms",
                (State.UNKNOWN, State.CONSUMED),
            )
            await self._database.execute(
                "UPDATE proposal SET state = ?, changed_ms = ? WHERE state = ?", (State.CANCELLED, now, State.OPEN)
            )
            await self._database.execute(
                "DELETE FROM proposal WHERE state NOT IN (?, ?) AND changed_ms < ?",
                (State.OPEN, State.CONSUMED, now - KEPT_DAYS * 86_400_000),
            )
        return tuple(
            Unfinished(
                id=row[0], satellite=row[1], names=tuple(one["name"] for one in json.loads(row[2])), at_ms=row[3]
            )
            for row in rows
        )

    async def kept(self) -> tuple[int, int | None]:
        """How many there are, and when the first was made."""
        [(count, oldest_ms)] = await self._database.fetch_all("SELECT count(*), min(made_ms) FROM proposal")
        return count, oldest_ms

    async def state(self, proposal_id: str) -> State | None:
        found = await self._database.fetch_one("SELECT state FROM proposal WHERE id = ?", (proposal_id,))
        return State(found[0]) if found else None
