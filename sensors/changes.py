"""Finds when a series last changed. Roll-ups tell where to look, so that years of sameness are not read through."""

from sensors.database import Row
from sensors.encoding import DECODED_VALUE, decoded, decoded_column
from sensors.measures import Change
from sensors.progress import Fetch, Kind, progress_of
from sensors.reckoning import DAY_MS, HOUR_MS


async def last_state_change(fetch: Fetch, series: int, state: str | None, until_ms: int) -> Change | None:
    """When it last came into `state`, or for None into any other than before; the first record of all is no change."""
    from_ms = 0 if state is None else await _rolled_until(fetch, series, Kind.STATES, until_ms)
    rows = await fetch(
        "SELECT at_ms, value, before FROM (SELECT at_ms, value, (SELECT p.value FROM states p"
        "  WHERE p.series = t.series AND p.at_ms < t.at_ms ORDER BY p.at_ms DESC LIMIT 1) AS before"
        " FROM states t WHERE series = :series AND at_ms >= :from AND at_ms <= :until"
        " AND (:state IS NULL OR value = :state) ORDER BY at_ms DESC) WHERE before <> value LIMIT 1",
        {"series": series, "from": from_ms, "until": until_ms, "state": state},
    )
    if not rows and from_ms:
        rows = await fetch(
            "SELECT last_ms, state, (SELECT value FROM states WHERE series = :series AND at_ms < last_ms"
            "  ORDER BY at_ms DESC LIMIT 1) FROM days"
            " WHERE series = :series AND state = :state AND day < :day AND entries > 0 ORDER BY day DESC LIMIT 1",
            {"series": series, "state": state, "day": from_ms // DAY_MS},
        )
    return Change(at_ms=rows[0][0], value=rows[0][1], before=rows[0][2]) if rows else None


async def last_number_change(fetch: Fetch, series: int, until_ms: int) -> Change | None:
    """When it last took another value than it had."""
    newest = await _sample(fetch, series, until_ms, None)
    if newest is None:
        return None
    value = decoded(newest[1])
    from_ms = await _rolled_until(fetch, series, Kind.NUMBERS, until_ms)
    other = await _sample(fetch, series, until_ms, value, from_ms=from_ms)
    hours: list[Row] = []
    if other is None and from_ms:
        low, high = decoded_column("low"), decoded_column("high")
        hours = await fetch(
            f"SELECT hour, {low}, low_offset_ms, {high}, high_offset_ms FROM hours WHERE series = ? AND hour < ?"
            f" AND ({low} <> ? OR {high} <> ?) ORDER BY hour DESC LIMIT 1",
            (series, from_ms // HOUR_MS, value, value),
        )
        if hours:
            other = await _sample(fetch, series, (hours[0][0] + 1) * HOUR_MS - 1, value)
    if other is None:
        return _from_hour(value, hours[0]) if hours else None
    rows = await fetch("SELECT min(at_ms) FROM numbers WHERE series = ? AND at_ms > ?", (series, other[0]))
    return Change(value=value, at_ms=rows[0][0], before=decoded(other[1]))


async def _rolled_until(fetch: Fetch, series: int, kind: Kind, until_ms: int) -> int:
    """Up to where roll-ups can be trusted, not later than the time that is asked about."""
    progress = await progress_of(fetch, series, kind)
    trusted_ms = progress.until_ms if progress.stale is None else min(progress.until_ms, progress.stale.start_ms)
    return min(trusted_ms, until_ms // progress.unit_ms * progress.unit_ms)


async def _sample(fetch: Fetch, series: int, until_ms: int, unlike: float | None, *, from_ms: int = 0) -> Row | None:
    """The newest sample between two times that is not `unlike`, with its encoded value."""
    rows = await fetch(
        "SELECT at_ms, value FROM numbers WHERE series = :series AND at_ms >= :from AND at_ms <= :until"
        f" AND (:unlike IS NULL OR {DECODED_VALUE} <> :unlike) ORDER BY at_ms DESC LIMIT 1",
        {"series": series, "from": from_ms, "until": until_ms, "unlike": unlike},
    )
    return rows[0] if rows else None


def _from_hour(value: float, row: Row) -> Change:
    """The change as the last hour that knew another value has it, its single readings being gone."""
    hour, low, low_offset_ms, high, high_offset_ms = row
    if value == low:
        return Change(value=value, at_ms=hour * HOUR_MS + low_offset_ms, before=high)
    if value == high:
        return Change(value=value, at_ms=hour * HOUR_MS + high_offset_ms, before=low)
    return Change(value=value, at_ms=(hour + 1) * HOUR_MS, before=high)
