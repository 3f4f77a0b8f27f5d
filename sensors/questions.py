"""What can be asked of the readings. Holds every SELECT over them, on a connection that cannot write.

Works while another process writes. Raises StoreUnavailable where the file cannot be read, TookTooLong past the
deadline.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sensors.arrange import Arranged, HouseFileWatch, arrange
from sensors.changes import last_number_change, last_state_change
from sensors.encoding import DECODED_VALUE
from sensors.guard import Guard
from sensors.home import House
from sensors.measures import Aggregate, Change, Counts, Occurrences, Sample, TimeInState, Total, Trend
from sensors.numbers import NumberHistory
from sensors.periods import Span
from sensors.progress import Kind
from sensors.reading import SeriesKey
from sensors.reckoning import HOUR_MS
from sensors.restated import Answer, restated
from sensors.states import StateHistory, read_records
from sensors.store import ENTITY

_PAGE = 50_000
_FEW_KEYS = 8
_MOST_RECORDS = 10_000


class Questions:
    """Async context manager over a guarded connection."""

    def __init__(self, path: Path, *, deadline_seconds: float = 2.0, house_file: HouseFileWatch | None = None) -> None:
        self._guard = Guard(path, deadline_seconds=deadline_seconds)
        self._house_file = house_file or HouseFileWatch(None)
        self._arranged: tuple[int, int, Arranged] | None = None
        self._series: dict[SeriesKey, int] = {}

    async def __aenter__(self) -> Self:
        await self._guard.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._guard.__aexit__(kind, error, trace)

    async def house(self) -> House:
        """The house as it is now and as the user's file has it; read again only when one of the two has changed."""
        return (await self.arranged()).house

    async def arranged(self) -> Arranged:
        """The same, with what is hidden and which entries of the file do nothing."""
        row = await self._guard.fetch_one("SELECT value FROM meta WHERE name = 'house_version'")
        file = self._house_file.follow()
        version, revision = int(row[0]) if row else 0, self._house_file.revision
        if self._arranged is None or self._arranged[:2] != (version, revision):
            rows = await self._guard.fetch_all("SELECT definition FROM entity ORDER BY id")
            found = House(version=version + revision, entities=tuple(ENTITY.validate_json(row[0]) for row in rows))
            self._arranged = version, revision, arrange(found, file)
        return self._arranged[2]

    async def version(self) -> tuple[int, int]:
        """Differs from an earlier one as soon as anything was committed since, or the user's file has changed."""
        row = await self._guard.fetch_one("PRAGMA data_version")
        self._house_file.follow()
        return int(row[0]) if row else 0, self._house_file.revision

    async def unavailable(self) -> frozenset[str]:
        """Ids of the entities whose device says that it cannot be reached."""
        rows = await self._guard.fetch_all("SELECT id FROM entity WHERE available = 0")
        return frozenset(row[0] for row in rows)

    async def latest(self, keys: Sequence[SeriesKey]) -> dict[SeriesKey, Sample]:
        """What each series says now, without those that have said nothing."""
        statement = (
            "SELECT s.entity_id, s.aspect, typeof(l.value), CASE typeof(l.value) WHEN 'integer' THEN l.value / 1000.0"
            " ELSE l.value END, l.at_ms, l.seen_ms FROM series s JOIN latest l ON l.series = s.id"
        )
        wanted = set(keys)
        if len(wanted) <= _FEW_KEYS:
            rows = []
            for key in wanted:
                condition = " WHERE s.entity_id = ? AND s.aspect = ?"
                rows += await self._guard.fetch_all(statement + condition, (key.entity_id, key.aspect))
        else:
            rows = await self._guard.fetch_all(statement)
        found = {}
        for entity_id, aspect, _, value, at_ms, seen_ms in rows:
            key = SeriesKey(entity_id=entity_id, aspect=aspect)
            if key in wanted:
                found[key] = self._restated(key, Sample(value=value, at_ms=at_ms, seen_ms=seen_ms))
        return found

    async def records(self, key: SeriesKey, after_ms: int, *, most: int = _MOST_RECORDS) -> list[Sample]:
        """What a series said after a time, in order, at most so much of it; a state that was only said again is not."""
        series = await self._series_id(key)
        if series is None:
            return []
        rows = await self._guard.fetch_all(
            f"SELECT at_ms, {DECODED_VALUE} FROM numbers WHERE series = :series AND at_ms > :after"
            " UNION ALL SELECT at_ms, value FROM states WHERE series = :series AND at_ms > :after"
            " ORDER BY 1 LIMIT :most",
            {"series": series, "after": after_ms, "most": most},
        )
        return [self._restated(key, Sample(value=value, at_ms=at_ms, seen_ms=at_ms)) for at_ms, value in rows]

    async def states(self, key: SeriesKey, span: Span) -> list[Sample]:
        """What a series of states said within a span, in order, after the last that it had said before."""
        series = await self._series_id(key)
        if series is None:
            return []
        said = await read_records(self._guard.fetch_all, series, span.start_ms, span.end_ms)
        return [Sample(value=state, at_ms=at_ms, seen_ms=at_ms) for at_ms, state in said]

    async def last_seen_ms(self) -> int:
        """When anything in the house was last heard; 0 where nothing ever was."""
        row = await self._guard.fetch_one("SELECT coalesce(max(seen_ms), 0) FROM latest")
        return int(row[0]) if row else 0

    async def words_said(self, key: SeriesKey) -> tuple[str, ...]:
        """The words that a series of states has ever said, as far as they are kept; at most a hundred of them."""
        series = await self._series_id(key)
        rows = await self._guard.fetch_all(
            "SELECT DISTINCT value FROM states WHERE series = ? LIMIT 100", (-1 if series is None else series,)
        )
        return tuple(str(row[0]) for row in rows)

    async def last_change(self, key: SeriesKey, state: str | None, at_or_before_ms: int) -> Change | None:
        """When the series last came into `state`, or for None last changed at all.

        None where that has not been seen: the first value ever recorded is no change, it may have been so for years.
        """
        series = await self._series_id(key)
        if series is None:
            return None
        fetch = self._guard.fetch_all
        change = await last_state_change(fetch, series, state, at_or_before_ms)
        if change is None and state is None:
            change = await last_number_change(fetch, series, at_or_before_ms)
        return None if change is None else self._restated(key, change)

    async def recorded_since_ms(self, key: SeriesKey) -> int | None:
        """When the first reading of the series was recorded; the hour of it, where it is deleted."""
        series = await self._series_id(key)
        if series is None:
            return None
        row = await self._guard.fetch_one(
            "SELECT (SELECT min(at_ms) FROM numbers WHERE series = :series),"
            " (SELECT min(at_ms) FROM states WHERE series = :series),"
            f" (SELECT min(hour) * {HOUR_MS} FROM hours WHERE series = :series),"
            " (SELECT raw_from_ms FROM progress WHERE series = :series AND kind = :kind)",
            {"series": series, "kind": Kind.NUMBERS},
        )
        number_ms, state_ms, hour_ms, raw_from_ms = row or (None,) * 4
        if hour_ms is not None and hour_ms < raw_from_ms:
            number_ms = hour_ms
        return min((int(at_ms) for at_ms in (number_ms, state_ms) if at_ms is not None), default=None)

    async def aggregate(self, key: SeriesKey, span: Span) -> Aggregate | None:
        """Mean, extremes and coverage of a numeric series; None where nothing held in the span."""
        history = await self._numbers(key, span)
        found = None if history is None else await history.aggregate(span)
        return None if found is None else self._restated(key, found)

    async def total(self, key: SeriesKey, span: Span) -> Total | None:
        """By how much a meter went up; None where nothing held in the span."""
        history = await self._numbers(key, span)
        found = None if history is None else await history.total(span)
        return None if found is None else self._restated(key, found)

    async def trend(self, key: SeriesKey, span: Span) -> Trend | None:
        """Where a numeric series is going; None where nothing held in the span."""
        history = await self._numbers(key, span)
        found = None if history is None else await history.trend(span)
        return None if found is None else self._restated(key, found)

    async def occurrences(self, key: SeriesKey, state: str, span: Span) -> Occurrences | None:
        """How often the series came into a state; None where none was recorded before the span's end."""
        history = await self._states(key, span)
        return None if history is None else await history.occurrences(state, span)

    async def time_in_state(self, key: SeriesKey, state: str, span: Span) -> TimeInState | None:
        """For how long the series was in a state; None where none was recorded before the span's end."""
        history = await self._states(key, span)
        return None if history is None else await history.time_in_state(state, span)

    def _restated(self, key: SeriesKey, answer: Answer) -> Answer:
        """As the house file has it, where that says in which unit the numbers really are."""
        units = self._arranged[2].claims.get(key) if self._arranged else None
        return answer if units is None else restated(answer, *units)

    async def _numbers(self, key: SeriesKey, span: Span) -> NumberHistory | None:
        series = await self._series_id(key)
        return None if series is None or span.end_ms <= span.start_ms else NumberHistory(self._guard.fetch_all, series)

    async def _states(self, key: SeriesKey, span: Span) -> StateHistory | None:
        series = await self._series_id(key)
        return None if series is None or span.end_ms <= span.start_ms else StateHistory(self._guard.fetch_all, series)

    async def fingerprint(self, *, before_ms: int | None = None) -> str:
        """SHA-256, in hexadecimal, over every row of readings, or of those from before a time."""
        digest = hashlib.sha256()
        until = 2**62 if before_ms is None else before_ms
        for table in ("numbers", "states"):
            digest.update(table.encode())
            last = (-1, -1)
            while True:
                rows = await self._guard.fetch_all(
                    f"SELECT series, at_ms, value FROM {table} WHERE (series, at_ms) > (?, ?) AND at_ms < ?"
                    f" ORDER BY series, at_ms LIMIT {_PAGE}",
                    (*last, until),
                )
                digest.update(repr(rows).encode())
                if len(rows) < _PAGE:
                    break
                last = (rows[-1][0], rows[-1][1])
        return digest.hexdigest()

    async def counts(self) -> Counts:
        """How many rows there are of each kind."""
        found = [
            await self._guard.fetch_one(f"SELECT count(*) FROM {name}")
            for name in ("entity", "series", "numbers", "states")
        ]
        entities, series, numbers, states = (int(row[0]) if row else 0 for row in found)
        return Counts(entities=entities, series=series, numbers=numbers, states=states)

    async def _series_id(self, key: SeriesKey) -> int | None:
        if key not in self._series:
            row = await self._guard.fetch_one(
                "SELECT id FROM series WHERE entity_id = ? AND aspect = ?", (key.entity_id, key.aspect)
            )
            if row is None:
                return None
            self._series[key] = int(row[0])
        return self._series[key]
