"""What is watched for, for whom, and how far that has come. The only owner of its table.

What has come about is a ring of the timers' from then on, taken over in one commit: killed in between, it is told
again rather than never.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from pydantic import TypeAdapter, ValidationError

from sensors.database import Database, StoreUnavailable
from sensors.reading import Quantity, SeriesKey
from tools.timers import Ring, Timers
from tools.watch_answers import WatchRow
from tools.watching import SO, Condition, Progress

_LOG = logging.getLogger(__name__)


TOGETHER = "*"
"""By which the progress of all that have to be so at once is kept, beside that of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One series that is watched, and what it is called."""

    entity_id: str
    aspect: str
    name: str
    condition: Condition

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(entity_id=self.entity_id, aspect=self.aspect)

    @property
    def place(self) -> str:
        """By which its progress is kept."""
        return f"{self.entity_id}\n{self.aspect}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be told, in the terms in which it is said back."""

    series: tuple[Watched, ...]
    room: str | None = None
    quantity: Quantity
    state: str | None = None
    comparison: str | None = None
    unit: str | None = None
    done: bool = False
    each_time: bool = False
    together: bool = False
    """All of them have to be so at once."""

    @property
    def condition(self) -> Condition:
        """That of all of them together, with how long it has to last."""
        return Condition(states=(SO,), hold_ms=self.series[0].condition.hold_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    id: int
    satellite: str
    room: str | None
    """Where it was asked for."""
    wanted: Wanted
    set_ms: int
    lapses_ms: int
    progress: Mapping[str, Progress] = field(default_factory=dict)
    """By the place of each series."""

    @property
    def row(self) -> WatchRow:
        wanted = self.wanted
        first = wanted.series[0].condition
        return WatchRow(
            names=tuple(one.name for one in wanted.series),
            room=wanted.room,
            quantity=wanted.quantity,
            state=wanted.state,
            comparison=wanted.comparison,
            limit=first.limit,
            unit=wanted.unit,
            done=wanted.done,
            hold_seconds=first.hold_ms // 1000,
            each_time=wanted.each_time,
            lapses_ms=self.lapses_ms,
            together=wanted.together,
        )


_WANTED: TypeAdapter[Wanted] = TypeAdapter(Wanted)
_PROGRESS: TypeAdapter[dict[str, Progress]] = TypeAdapter(dict[str, Progress])
_COLUMNS = "id, satellite, room, wanted, set_ms, lapses_ms, progress"
_PUT = f"INSERT OR REPLACE INTO watch ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"


class Watches:
    """The one writer of what is watched for."""

    def __init__(self, database: Database, timers: Timers) -> None:
        self._database = database
        self._timers = timers
        self._watches: dict[int, Watch] = {}
        self.changed = asyncio.Event()
        """Set when something more is watched for."""

    async def load(self) -> Self:
        """Raises StoreUnavailable."""
        for row in await self._database.fetch_all(f"SELECT {_COLUMNS} FROM watch"):
            try:
                watch = _read(row)
            except ValidationError as error:
                _LOG.warning("What was watched for cannot be read, and is dropped: %s", error.errors()[0]["msg"])
                continue
            self._watches[watch.id] = watch
        return self

    @property
    def all(self) -> tuple[Watch, ...]:
        """The oldest first."""
        return tuple(self._watches.values())

    async def add(self, watch: Watch) -> Watch:
        """Kept on the disk before it is promised; the `id` it comes with is replaced. Raises StoreUnavailable."""
        async with self._database.atomic():
            row = await self._database.fetch_one("SELECT coalesce(max(id), 0) + 1 FROM watch")
            kept = replace(watch, id=max(int(row[0]) if row else 1, 1 + max(self._watches, default=0)))
            await self._database.execute(_PUT, _written(kept))
        self._watches[kept.id] = kept
        self.changed.set()
        return kept

    async def remove(self, watches: Iterable[Watch]) -> None:
        """Raises StoreUnavailable; then all of them are still there."""
        ids = [watch.id for watch in watches]
        async with self._database.atomic():
            await self._database.executemany("DELETE FROM watch WHERE id = ?", [(one,) for one in ids])
        for one in ids:
            self._watches.pop(one, None)

    async def keep(self, watch: Watch, *, lasting: bool) -> None:
        """How far it has come; what is not `lasting` is worked out again after a restart. Never raises.

        Where the disk does not take it, it is known until the next start.
        """
        if watch.id not in self._watches:
            return
        self._watches[watch.id] = watch
        if not lasting:
            return
        try:
            await self._database.execute(_PUT, _written(watch))
        except StoreUnavailable as error:
            _LOG.error("How far a watch has come could not be kept: %s", error)

    async def tell(self, watch: Watch, rings: Iterable[Ring], *, over: bool) -> tuple[Ring, ...]:
        """Turns what has come about into rings, and with `over` ends the watch, all in one commit. Never raises.

        Nothing where somebody has taken the watch back meanwhile.
        """
        if watch.id not in self._watches:
            return ()
        statement = ("DELETE FROM watch WHERE id = ?", (watch.id,)) if over else (_PUT, _written(watch))
        told = await self._timers.ring(rings, statement)
        if over:
            del self._watches[watch.id]
        else:
            self._watches[watch.id] = watch
        return told


def _written(watch: Watch) -> tuple[object, ...]:
    wanted, progress = _WANTED.dump_json(watch.wanted), _PROGRESS.dump_json(dict(watch.progress))
    return watch.id, watch.satellite, watch.room, wanted.decode(), watch.set_ms, watch.lapses_ms, progress.decode()


def _read(row: tuple[object, ...]) -> Watch:
    id_, satellite, room, wanted, set_ms, lapses_ms, progress = row
    return TypeAdapter(Watch).validate_python(
        {
            "id": id_,
            "satellite": satellite,
            "room": room,
            "wanted": _WANTED.validate_json(str(wanted)),
            "set_ms": set_ms,
            "lapses_ms": lapses_ms,
            "progress": _PROGRESS.validate_json(str(progress)),
        }
    )
