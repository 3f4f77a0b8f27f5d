"""Reads series of states over spans: days rolled up where they are, single records elsewhere. Both say the same."""

from sensors.measures import Occurrences, TimeInState
from sensors.periods import Span
from sensors.progress import Fetch, Kind, Segment, plan, progress_of
from sensors.reckoning import DAY_MS, Stay, join, runs, stays


async def read_records(fetch: Fetch, series: int, start_ms: int, end_ms: int) -> list[tuple[int, str]]:
    """The records between two times, with the last before them."""
    rows = await fetch(
        "SELECT at_ms, value FROM states WHERE series = :series AND at_ms < :end AND at_ms >= coalesce("
        "(SELECT max(at_ms) FROM states WHERE series = :series AND at_ms < :start), :start) ORDER BY at_ms",
        {"series": series, "start": start_ms, "end": end_ms},
    )
    return [(row[0], row[1]) for row in rows]


class StateHistory:
    """One series of states, read through `fetch`."""

    def __init__(self, fetch: Fetch, series: int) -> None:
        self._fetch = fetch
        self._series = series

    async def occurrences(self, state: str, span: Span) -> Occurrences | None:
        known_ms = await self._known_ms(span)
        if not known_ms:
            return None
        count, times = 0, []
        for segment in await self._plan(span):
            found = await (self._rolled_entries(segment, state) if segment.rolled else self._raw(segment, state))
            if found.first_ms is not None and found.last_ms is not None:
                count += found.entries
                times += [found.first_ms, found.last_ms]
        return Occurrences(
            count=count,
            first_ms=min(times, default=None),
            last_ms=max(times, default=None),
            covered=known_ms / (span.end_ms - span.start_ms),
        )

    async def time_in_state(self, state: str, span: Span) -> TimeInState | None:
        known_ms = await self._known_ms(span)
        if not known_ms:
            return None
        whole, end_ms = Stay(), span.start_ms
        for segment in await self._plan(span):
            part = await (self._rolled(segment, state) if segment.rolled else self._raw(segment, state))
            whole = join(whole, part, span.start_ms, end_ms, segment.end_ms)
            end_ms = segment.end_ms
        return TimeInState(
            ms=whole.ms,
            known_ms=known_ms,
            longest_ms=whole.longest_ms,
            longest_at_ms=whole.longest_at_ms,
            covered=known_ms / (span.end_ms - span.start_ms),
        )

    async def _plan(self, span: Span) -> tuple[Segment, ...]:
        return plan(span, await progress_of(self._fetch, self._series, Kind.STATES))

    async def _known_ms(self, span: Span) -> int:
        rows = await self._fetch("SELECT min(at_ms) FROM states WHERE series = ?", (self._series,))
        return 0 if rows[0][0] is None else max(span.end_ms - max(rows[0][0], span.start_ms), 0)

    async def _raw(self, segment: Segment, state: str) -> Stay:
        records = await read_records(self._fetch, self._series, segment.start_ms, segment.end_ms)
        all_runs = runs(records, segment.start_ms, segment.end_ms)
        return stays(all_runs, segment.start_ms, segment.end_ms).get(state, Stay())

    async def _rolled_entries(self, segment: Segment, state: str) -> Stay:
        rows = await self._fetch(
            "SELECT coalesce(sum(entries), 0), min(first_ms), max(last_ms) FROM days"
            " WHERE series = ? AND state = ? AND day >= ? AND day < ?",
            (self._series, state, segment.start_ms // DAY_MS, segment.end_ms // DAY_MS),
        )
        return Stay(entries=rows[0][0], first_ms=rows[0][1], last_ms=rows[0][2])

    async def _rolled(self, segment: Segment, state: str) -> Stay:
        """Days without a record have no row: they are as the day before them ended."""
        rows = await self._fetch(
            "SELECT day, ms, head_ms, tail_ms, longest_ms, longest_at_ms FROM days"
            " WHERE series = ? AND state = ? AND day >= ? AND day < ? ORDER BY day",
            (self._series, state, segment.start_ms // DAY_MS, segment.end_ms // DAY_MS),
        )
        before = await read_records(self._fetch, self._series, segment.start_ms, segment.start_ms)
        inside = bool(before) and before[0][1] == state
        start_ms = at_ms = segment.start_ms
        whole = Stay()
        for day, ms, head_ms, tail_ms, longest_ms, longest_at_ms in rows:
            day_ms = day * DAY_MS
            whole = join(whole, _unchanged(inside, at_ms, day_ms), start_ms, at_ms, day_ms)
            part = Stay(ms=ms, head_ms=head_ms, tail_ms=tail_ms, longest_ms=longest_ms, longest_at_ms=longest_at_ms)
            at_ms = day_ms + DAY_MS
            whole = join(whole, part, start_ms, day_ms, at_ms)
            inside = tail_ms > 0
        return join(whole, _unchanged(inside, at_ms, segment.end_ms), start_ms, at_ms, segment.end_ms)


def _unchanged(inside: bool, start_ms: int, end_ms: int) -> Stay:
    length = end_ms - start_ms
    if not inside or not length:
        return Stay()
    return Stay(ms=length, head_ms=length, tail_ms=length, longest_ms=length, longest_at_ms=start_ms)
