"""The one writer of readings: takes decoded messages, a batch at a time, and commits each batch as a whole.

Nothing else in the project writes readings. It decides nothing about what a message means.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter, ValidationError

from sensors.clock import now_ms
from sensors.database import Database
from sensors.decoded import Decoded, Definition
from sensors.encoding import encode
from sensors.lapsing import lapse_of
from sensors.message import Message
from sensors.moments import FARTHEST_AHEAD_MS
from sensors.progress import MARK_LATE, UNIT_MS, Kind
from sensors.reading import STATE_ASPECT, Entity, Reading, SeriesKey
from sensors.schema import MIGRATIONS, READINGS_ID, migrate

_LOG = logging.getLogger(__name__)

ENTITY: TypeAdapter[Entity] = TypeAdapter(Entity)
"""Entities as JSON, as the `entity` table keeps them."""

_BACKFILL_ROWS = 20_000

_RECORDS_AT = (
    "SELECT 1 FROM series WHERE EXISTS (SELECT 1 FROM numbers WHERE series = id AND at_ms = ?1)"
    " OR EXISTS (SELECT 1 FROM states WHERE series = id AND at_ms = ?1) LIMIT 1"
)


@dataclass(slots=True)
class _Latest:
    """What a series says now; `value` is a state's word or an encoded number."""

    series: int
    value: float | str | None = None
    at_ms: int = -1
    seen_ms: int = -1


@dataclass(slots=True)
class _Rows:
    """What a batch comes to. `touched` overlays what is known until it is committed."""

    touched: dict[SeriesKey, _Latest] = field(default_factory=dict)
    new_series: list[tuple[int, str, str]] = field(default_factory=list)
    numbers: list[tuple[int, int, int | float]] = field(default_factory=list)
    states: list[tuple[int, int, str]] = field(default_factory=list)
    late: list[tuple[int, Kind, int, int]] = field(default_factory=list)
    reopened: list[tuple[int, int, Kind]] = field(default_factory=list)
    unconfirmed: list[tuple[int, int, int]] = field(default_factory=list)
    entities: dict[str, Definition | None] = field(default_factory=dict)
    availability: dict[str, bool] = field(default_factory=dict)


def message_digest(message: Message) -> int:
    """64 bits that tell a message from another which was given the same packet identifier."""
    digest = hashlib.blake2b(message.topic.encode() + b"\0" + message.payload, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _collect_state(latest: _Latest, at_ms: int, state: str, rows: _Rows) -> None:
    """A state is stored when it changes; that it was only said again is not."""
    if at_ms >= latest.at_ms and state == latest.value:
        latest.seen_ms = max(latest.seen_ms, at_ms)
        return
    rows.states.append((latest.series, at_ms, state))
    if at_ms < latest.at_ms:
        return
    if at_ms < latest.seen_ms and isinstance(latest.value, str):
        # It came late, and the state that it interrupts was said again after it.
        rows.states.append((latest.series, latest.seen_ms, latest.value))
        latest.at_ms = latest.seen_ms
        return
    latest.value, latest.at_ms = state, at_ms
    latest.seen_ms = max(latest.seen_ms, at_ms)


def _begin_again(latest: _Latest, at_ms: int, kind: Kind, rows: _Rows) -> None:
    """What was recorded while the clock was ahead is no longer what the series says now; its records stay."""
    latest.value, latest.at_ms, latest.seen_ms = None, -1, -1
    rows.reopened.append((at_ms // UNIT_MS[kind] * UNIT_MS[kind], latest.series, kind))


class StoreWriter:
    """Async context manager over the only connection that writes readings.

    Every method raises StoreUnavailable where the file or the disk cannot take it; then nothing of it was written.
    """

    def __init__(
        self,
        path: Path,
        *,
        busy_seconds: float = 5.0,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._clock_ms = clock_ms
        self._database = Database(
            path,
            lambda connection: migrate(connection, MIGRATIONS),
            busy_seconds=busy_seconds,
            application_id=READINGS_ID,
        )
        self._latest: dict[SeriesKey, _Latest] = {}
        self._definitions: dict[str, Definition] = {}
        self._available: dict[str, bool] = {}
        self._next_series = 1
        self._writing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._database)
            await self._load()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _load(self) -> None:
        rows = await self._database.fetch_all(
            "SELECT s.id, s.entity_id, s.aspect, l.value, l.at_ms, l.seen_ms"
            " FROM series s LEFT JOIN latest l ON l.series = s.id"
        )
        for series, entity_id, aspect, value, at_ms, seen_ms in rows:
            known = _Latest(series) if at_ms is None else _Latest(series, value, at_ms, seen_ms)
            self._latest[SeriesKey(entity_id=entity_id, aspect=aspect)] = known
            self._next_series = max(self._next_series, series + 1)
        await self._load_entities()

    async def _load_entities(self) -> None:
        """One that cannot be read is dropped, so that the others are served; its device announces it again."""
        rows = await self._database.fetch_all("SELECT id, definition, dialect, topic, payload, available FROM entity")
        for entity_id, definition, dialect, topic, payload, available in rows:
            try:
                entity = ENTITY.validate_json(definition)
            except ValidationError as error:
                _LOG.warning(
                    "What is stored of %s cannot be read, and is dropped: %s", entity_id, error.errors()[0]["msg"]
                )
                await self._database.execute("DELETE FROM entity WHERE id = ?", (entity_id,))
                continue
            self._definitions[entity.id] = Definition(entity=entity, dialect=dialect, topic=topic, payload=payload)
            self._available[entity.id] = bool(available)

    @property
    def database(self) -> Database:
        """The writing connection, which the jobs over the readings share."""
        return self._database

    def definitions(self) -> tuple[Definition, ...]:
        """Every entity that is in the house, with the message that described it."""
        return tuple(self._definitions.values())

    async def last_received_ms(self) -> int:
        """The latest time given to a message that may come again; 0 where there is none."""
        row = await self._database.fetch_one("SELECT coalesce(max(received_ms), 0) FROM unconfirmed")
        return int(row[0]) if row else 0

    async def first_received_ms(self, message: Message) -> int | None:
        """When a redelivered message was committed before, if it was: written again at that time it replaces itself."""
        row = await self._database.fetch_one(
            "SELECT received_ms FROM unconfirmed WHERE packet_id = ? AND digest = ?",
            (message.packet_id, message_digest(message)),
        )
        return None if row is None else int(row[0])

    async def has_records_at(self, at_ms: int) -> bool:
        """Whether any series has one of just this millisecond."""
        return await self._database.fetch_one(_RECORDS_AT, (at_ms,)) is not None

    async def write(self, batch: Sequence[Decoded], messages: Sequence[Message] = ()) -> None:
        """Commits a batch, durably: all of it or nothing.

        A reading at a time that its series already has replaces that one. `messages` are those of the batch that the
        broker may send again; they are remembered so that a redelivery is recognised, even by the next process.
        """
        async with self._writing:
            rows = _Rows()
            for decoded in batch:
                self._collect(decoded, rows)
            rows.unconfirmed = [(one.packet_id, message_digest(one), one.received_ms) for one in messages]
            await self._commit(rows)

    async def end_what_lapsed(self) -> None:
        """Commits the end of every state that is over by itself by now, at the time at which it was."""
        async with self._writing:
            rows, now_ms = _Rows(), self._clock_ms()
            for definition in self._definitions.values():
                if (lapse := lapse_of(definition.entity)) is None:
                    continue
                key = SeriesKey(entity_id=definition.entity.id)
                said = self._latest.get(key)
                if said is None or said.value != lapse.state:
                    continue
                if (end_ms := said.seen_ms + lapse.after_ms) <= now_ms:
                    self._collect_reading(Reading(key=key, at_ms=end_ms, value=lapse.becomes), False, rows)
            if rows.touched:
                await self._commit(rows)

    async def backfill(self, readings: Iterable[Reading]) -> int:
        """Stores history, oldest first within each series, and returns how many readings came in."""
        stream, total = iter(readings), 0
        while chunk := tuple(islice(stream, _BACKFILL_ROWS)):
            await self.write([Decoded(readings=chunk)])
            total += len(chunk)
        return total

    def _collect(self, decoded: Decoded, rows: _Rows) -> None:
        for definition in decoded.definitions:
            known = rows.entities.get(definition.entity.id, self._definitions.get(definition.entity.id))
            if known != definition:
                rows.entities[definition.entity.id] = definition
        for entity_id in decoded.removals:
            if entity_id in self._definitions or entity_id in rows.entities:
                rows.entities[entity_id] = None
        for entity_id, available in decoded.availability.items():
            if self._available.get(entity_id, True) != available or entity_id in rows.availability:
                rows.availability[entity_id] = available
        for reading in decoded.readings:
            self._collect_reading(reading, decoded.retained, rows)

    def _collect_reading(self, reading: Reading, retained: bool, rows: _Rows) -> None:
        latest = self._overlay(reading.key, rows)
        value = reading.value if isinstance(reading.value, str) else encode(reading.value)
        same = value == latest.value and isinstance(value, str) == isinstance(latest.value, str)
        if retained and (same or self._is_over(reading, rows)):
            return  # the broker only repeats what it had kept: neither a new reading nor a sign of life
        kind = Kind.STATES if isinstance(value, str) else Kind.NUMBERS
        if reading.at_ms < latest.at_ms // UNIT_MS[kind] * UNIT_MS[kind]:  # that hour or day may be rolled up
            rows.late.append((latest.series, kind, reading.at_ms, reading.at_ms))
        if reading.at_ms < latest.at_ms and self._was_ahead(latest.at_ms, reading.at_ms):
            _begin_again(latest, reading.at_ms, kind, rows)
        if isinstance(value, str):
            _collect_state(latest, reading.at_ms, value, rows)
        else:
            rows.numbers.append((latest.series, reading.at_ms, value))
            if reading.at_ms >= latest.at_ms:
                latest.value, latest.at_ms = value, reading.at_ms
                latest.seen_ms = max(latest.seen_ms, reading.at_ms)

    def _is_over(self, reading: Reading, rows: _Rows) -> bool:
        """Whether it is of a kind that is over by itself: what the broker had kept may have begun at any time."""
        known = rows.entities.get(reading.key.entity_id, self._definitions.get(reading.key.entity_id))
        lapse = lapse_of(known.entity if known is not None else None)
        return lapse is not None and reading.key.aspect == STATE_ASPECT and reading.value == lapse.state

    def _was_ahead(self, latest_ms: int, at_ms: int) -> bool:
        """Whether this is a reading of now, and the newest record is of a time that has not come yet."""
        now_ms = self._clock_ms()
        return abs(at_ms - now_ms) <= FARTHEST_AHEAD_MS < latest_ms - now_ms

    def _overlay(self, key: SeriesKey, rows: _Rows) -> _Latest:
        """This batch's own copy of what the series says, so that a failed commit leaves no trace."""
        if key in rows.touched:
            return rows.touched[key]
        known = self._latest.get(key)
        if known is None:
            mine = _Latest(self._next_series + len(rows.new_series))
            rows.new_series.append((mine.series, key.entity_id, key.aspect))
        else:
            mine = _Latest(known.series, known.value, known.at_ms, known.seen_ms)
        rows.touched[key] = mine
        return mine

    async def _commit(self, rows: _Rows) -> None:
        latest = [
            (one.series, one.value, one.at_ms, one.seen_ms) for one in rows.touched.values() if one.value is not None
        ]
        async with self._database.atomic():
            for statement, values in (
                ("INSERT INTO series VALUES (?, ?, ?)", rows.new_series),
                ("INSERT OR REPLACE INTO numbers VALUES (?, ?, ?)", rows.numbers),
                ("INSERT OR REPLACE INTO states VALUES (?, ?, ?)", rows.states),
                (MARK_LATE, rows.late),
                ("UPDATE progress SET until_ms = min(until_ms, ?) WHERE series = ? AND kind = ?", rows.reopened),
                ("INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?)", latest),
                ("INSERT OR REPLACE INTO unconfirmed VALUES (?, ?, ?)", rows.unconfirmed),
            ):
                if values:
                    await self._database.executemany(statement, values)
            await self._write_entities(rows)
        self._remember(rows)

    async def _write_entities(self, rows: _Rows) -> None:
        if not rows.entities and not rows.availability:
            return
        removed = [(entity_id,) for entity_id, definition in rows.entities.items() if definition is None]
        written = [
            (one.entity.id, ENTITY.dump_json(one.entity).decode(), one.dialect, one.topic, one.payload)
            for one in rows.entities.values()
            if one is not None
        ]
        await self._database.executemany("DELETE FROM entity WHERE id = ?", removed)
        await self._database.executemany(
            "INSERT INTO entity (id, definition, dialect, topic, payload) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO"
            " UPDATE SET definition = excluded.definition, dialect = excluded.dialect, topic = excluded.topic,"
            " payload = excluded.payload",
            written,
        )
        await self._database.executemany(
            "UPDATE entity SET available = ? WHERE id = ?",
            [(up, entity_id) for entity_id, up in rows.availability.items()],
        )
        if self._changes_house(rows):
            await self._database.execute("UPDATE meta SET value = value + 1 WHERE name = 'house_version'")

    def _changes_house(self, rows: _Rows) -> bool:
        """Whether an entity is new, gone or different; that its message was worded differently does not count."""
        return any(
            definition is None
            or entity_id not in self._definitions
            or self._definitions[entity_id].entity != definition.entity
            for entity_id, definition in rows.entities.items()
        )

    def _remember(self, rows: _Rows) -> None:
        self._next_series += len(rows.new_series)
        self._latest.update(rows.touched)
        for entity_id, definition in rows.entities.items():
            if definition is None:
                self._definitions.pop(entity_id, None)
                self._available.pop(entity_id, None)
            else:
                self._definitions[entity_id] = definition
        self._available.update(rows.availability)
