"""What history promises: every kind of question, over any readings and any period, as a slow, plain reckoning has it.

The oracle is written from the definitions alone and walks single readings in plain Python.
"""

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import numpy
import pytest
from fakes_sensors import BEDROOM, DOOR, HOUR_MS, MINUTE_MS, reading, rows_of, store_with
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.measures import Aggregate, Change, Direction, Occurrences, TimeInState, Total, Trend
from sensors.periods import WEEKDAYS, NoSuchPeriod, Period, Span, resolve
from sensors.questions import Questions
from sensors.retention import Retention
from sensors.rollups import Rollups
from sensors.store import StoreWriter

DAY_MS = 24 * HOUR_MS
DAYS = 7
PERIODS = (
    *Period,
    *WEEKDAYS,
    "sunday_night",
    "last_5_hours",
    "since_this_morning",
    "since_sunday",
    "yesterday_evening",
)

CLOCKS_CHANGE = (
    ("Europe/Berlin", datetime(2026, 3, 29)),
    ("Europe/Berlin", datetime(2026, 10, 25)),
    ("America/New_York", datetime(2026, 3, 8)),
    ("America/New_York", datetime(2026, 11, 1)),
    ("Australia/Lord_Howe", datetime(2026, 4, 5)),
    ("Australia/Lord_Howe", datetime(2026, 10, 4)),
)


def stretches(samples: dict[int, float], span: Span) -> list[tuple[int, int, float]]:
    """From, until and value of what held within the span."""
    times = sorted(samples)
    on_day = Counter(at // DAY_MS for at in times)
    found = []
    for at, following in zip(times, [*times[1:], 2**60], strict=False):
        day_before = on_day[at // DAY_MS - 1]
        limit = 6 * HOUR_MS if not day_before else min(max(3 * DAY_MS // day_before, HOUR_MS // 2), 6 * HOUR_MS)
        begin, end = max(at, span.start_ms), min(following, at + limit, span.end_ms)
        if end > begin:
            found.append((begin, end, samples[at]))
    return found


def silent(held: list[tuple[int, int, float]], span: Span) -> tuple[Span, ...]:
    edges = [span.start_ms, *(edge for begin, end, _ in held for edge in (begin, end)), span.end_ms]
    gaps = [(edges[i], edges[i + 1]) for i in range(0, len(edges), 2) if edges[i + 1] > edges[i]]
    gaps.sort(key=lambda gap: (gap[0] - gap[1], gap[0]))
    return tuple(Span(start_ms=begin, end_ms=end) for begin, end in gaps[:5])


def oracle_aggregate(samples: dict[int, float], span: Span) -> Aggregate | None:
    held = stretches(samples, span)
    if not held:
        return None
    covered = sum(end - begin for begin, end, _ in held)
    low, high = min(held, key=lambda one: (one[2], one[0])), min(held, key=lambda one: (-one[2], one[0]))
    return Aggregate(
        mean=sum((end - begin) * value for begin, end, value in held) / covered,
        minimum=low[2],
        minimum_at_ms=low[0],
        maximum=high[2],
        maximum_at_ms=high[0],
        count=sum(1 for at in samples if span.start_ms <= at < span.end_ms),
        covered=covered / (span.end_ms - span.start_ms),
        gaps=silent(held, span),
    )


def oracle_total(samples: dict[int, float], span: Span) -> Total | None:
    held = stretches(samples, span)
    if not held:
        return None
    value, resets = 0.0, 0
    times = sorted(samples)
    for before, at in pairwise(times):
        if span.start_ms <= at < span.end_ms:
            began_again = 0 <= samples[at] < 0.9 * samples[before]
            resets += began_again
            value += samples[at] if began_again else samples[at] - samples[before]
    covered = sum(end - begin for begin, end, _ in held) / (span.end_ms - span.start_ms)
    return Total(value=value, resets=resets, covered=covered, gaps=silent(held, span))


def oracle_trend(samples: dict[int, float], span: Span, fine_ms: int = DAY_MS) -> Trend | None:
    held = stretches(samples, span)
    if not held:
        return None
    points = []
    if span.end_ms - span.start_ms <= fine_ms:
        points = [((begin + end) / 2, value, end - begin) for begin, end, value in held]
    else:
        for hour in range(span.start_ms // HOUR_MS, span.end_ms // HOUR_MS + 1):
            part = Span(start_ms=max(hour * HOUR_MS, span.start_ms), end_ms=min((hour + 1) * HOUR_MS, span.end_ms))
            inside = [(max(b, part.start_ms), min(e, part.end_ms), v) for b, e, v in held]
            inside = [(b, e, v) for b, e, v in inside if e > b]
            weight = sum(e - b for b, e, _ in inside)
            if weight:
                mean = sum((e - b) * v for b, e, v in inside) / weight
                points.append(((part.start_ms + part.end_ms) / 2, mean, weight))
    x = numpy.array([(at - span.start_ms) / HOUR_MS for at, _, _ in points])
    y = numpy.array([value for _, value, _ in points])
    weights = numpy.array([float(weight) for *_, weight in points])
    slope, level = numpy.polyfit(x, y, 1, w=numpy.sqrt(weights)) if len(points) > 1 else (0.0, y[0])
    scatter = numpy.sqrt(numpy.average((y - slope * x - level) ** 2, weights=weights))
    change = slope * (span.end_ms - span.start_ms) / HOUR_MS
    steady = abs(change) <= scatter + 1e-9
    return Trend(
        slope_per_hour=float(slope),
        first=held[0][2],
        last=held[-1][2],
        direction=Direction.STEADY if steady else Direction.RISING if change > 0 else Direction.FALLING,
        covered=sum(end - begin for begin, end, _ in held) / (span.end_ms - span.start_ms),
    )


def states_by_minute(records: dict[int, str], span: Span) -> list[str | None]:
    """What held in each minute of the span; all readings and spans of these tests lie on whole minutes."""
    times = sorted(records)
    held = [None, *(records[at] for at in times)]
    return [held[bisect_right(times, minute)] for minute in range(span.start_ms, span.end_ms, MINUTE_MS)]


def oracle_states(records: dict[int, str], state: str, span: Span) -> tuple[Occurrences | None, TimeInState | None]:
    minutes = states_by_minute(records, span)
    known = sum(1 for one in minutes if one is not None)
    if not known:
        return None, None
    before = states_by_minute(records, Span(start_ms=span.start_ms - MINUTE_MS, end_ms=span.start_ms))[0]
    entries, longest, longest_at, length = [], 0, None, 0
    for number, (earlier, now) in enumerate(zip([before, *minutes], minutes, strict=False)):
        if now == state and earlier not in (None, state):
            entries.append(span.start_ms + number * MINUTE_MS)
        length = length + 1 if now == state else 0
        if length > longest:
            longest, longest_at = length, span.start_ms + (number + 1 - length) * MINUTE_MS
    covered = known / len(minutes)
    occurrences = Occurrences(
        count=len(entries), first_ms=min(entries, default=None), last_ms=max(entries, default=None), covered=covered
    )
    return occurrences, TimeInState(
        ms=sum(MINUTE_MS for one in minutes if one == state),
        known_ms=known * MINUTE_MS,
        longest_ms=longest * MINUTE_MS,
        longest_at_ms=longest_at,
        covered=covered,
    )


def oracle_change(values: dict[int, float] | dict[int, str], asked: str | None, until_ms: int) -> Change | None:
    changes = [
        Change(value=values[at], at_ms=at, before=values[before])
        for before, at in pairwise(sorted(values))
        if values[at] != values[before] and at <= until_ms and asked in (None, values[at])
    ]
    return changes[-1] if changes else None


def same(found: object, expected: object, **ignored: object) -> None:
    """Equal field by field, numbers up to rounding."""
    if found is None or expected is None:
        assert found is expected
        return
    for name in type(expected).__dataclass_fields__:  # type: ignore[attr-defined]
        mine, plain = getattr(found, name), ignored.get(name, getattr(expected, name))
        assert mine == (pytest.approx(plain, rel=1e-6, abs=1e-6) if isinstance(plain, float) else plain), name


@dataclass
class History:
    """What was said, and in which order it arrived."""

    zone: ZoneInfo
    start_ms: int
    numbers: list[tuple[int, float]]
    states: list[tuple[int, str]]
    late_from: int
    """From here on in each list the arrivals are in any order, and may be at a time that there is already."""


@st.composite
def histories(draw: st.DrawFn) -> History:
    name, day = draw(st.sampled_from(CLOCKS_CHANGE))
    zone = ZoneInfo(name)
    start_ms = int((day.replace(tzinfo=zone) - timedelta(days=DAYS // 2)).timestamp() * 1000)
    stretch = st.tuples(
        st.integers(1, 40), st.sampled_from([1, 4, 10, 29, 97, 250]), st.sampled_from([0, 33, 200, 800, 1700])
    )
    # The draws decide the shape; the many single values come from a generator that they seed, which is faster.
    chance = random.Random(draw(st.integers(0, 2**32)))
    meter, numbers, at = 50.0, [], start_ms + chance.randrange(600) * MINUTE_MS
    for count, step, pause in draw(st.lists(stretch, min_size=1, max_size=9)):
        for _ in range(count):
            meter = max(0.0, meter + chance.choice([0, 0, 0.1, 0.7, 1 / 3, 2.5, -0.4, -meter, -meter * 0.5]))
            numbers.append((at, meter))
            at += step * MINUTE_MS
        at += pause * MINUTE_MS
    states, at = [], start_ms + chance.randrange(900) * MINUTE_MS
    for _ in range(draw(st.integers(0, 60))):
        states.append((at, chance.choice(["open", "closed", "opening"])))
        at += chance.choice([1, 7, 60, 300, 1440]) * MINUTE_MS
    late_from = len(numbers)
    for _ in range(draw(st.integers(0, 6))):
        moment = start_ms + chance.randrange(DAYS * 24 * 60) * MINUTE_MS
        numbers.append((chance.choice([moment, numbers[0][0], numbers[late_from // 2][0]]), chance.random() * 100))
    states += [
        (start_ms + chance.randrange(DAYS * 24 * 60) * MINUTE_MS, chance.choice(["open", "closed"]))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return History(zone=zone, start_ms=start_ms, numbers=numbers, states=states, late_from=late_from)


def spans_of(history: History, chance: random.Random) -> Iterable[Span]:
    now_ms = history.start_ms + chance.randrange(2 * 24 * 60, DAYS * 24 * 60) * MINUTE_MS
    for period in chance.sample(PERIODS, 10):
        with suppress(NoSuchPeriod):  # some have not begun yet
            span = resolve(period, now_ms, history.zone)
            if DAY_MS * 32 > span.end_ms - span.start_ms > 0:
                yield span
    for _ in range(6):
        start_ms = history.start_ms + chance.randrange(-600, DAYS * 24 * 60) * MINUTE_MS
        yield Span(start_ms=start_ms, end_ms=start_ms + chance.choice([1, 20, 90, 700, 1440, 4000]) * MINUTE_MS)


async def check(questions: Questions, path: Path, history: History, numbers: dict[int, float], seed: int) -> None:
    records = {int(str(at)): str(state) for at, state in rows_of(path, "SELECT at_ms, value FROM states")}
    for span in spans_of(history, random.Random(seed)):
        same(await questions.last_change(BEDROOM, None, span.end_ms), oracle_change(numbers, None, span.end_ms))
        for state in ("open", "closed", None):
            same(await questions.last_change(DOOR, state, span.end_ms), oracle_change(records, state, span.end_ms))
        same(await questions.aggregate(BEDROOM, span), oracle_aggregate(numbers, span))
        same(await questions.total(BEDROOM, span), oracle_total(numbers, span))
        expected = oracle_trend(numbers, span)
        found = await questions.trend(BEDROOM, span)
        near = expected and found and abs(expected.slope_per_hour) < 1e-6  # rounding may tip a line that is level
        same(found, expected, **({"direction": found.direction} if near and found else {}))
        occurrences, staying = oracle_states(records, "open", span)
        same(await questions.occurrences(DOOR, "open", span), occurrences)
        same(await questions.time_in_state(DOOR, "open", span), staying)


async def tell(writer: StoreWriter, history: History, numbers: dict[int, float], part: slice) -> None:
    """A part of what was said arrives."""
    numbers.update(history.numbers[part])
    await writer.backfill([reading(BEDROOM, at, value) for at, value in history.numbers[part]])
    share = len(history.states) * (part.stop or len(history.numbers)) // len(history.numbers)
    before = len(history.states) * (part.start or 0) // len(history.numbers)
    await writer.backfill([reading(DOOR, at, state) for at, state in history.states[before:share]])


@settings(max_examples=12, deadline=None)
@given(histories(), st.integers(0, 1000), st.booleans(), st.sampled_from([7, 60, 4000]))
async def test_answers_are_the_same_from_single_readings_from_roll_ups_and_from_both(
    history: History, seed: int, early: bool, rows_per_step: int
) -> None:
    numbers: dict[int, float] = {}
    middle = history.late_from // 2
    with TemporaryDirectory() as folder:
        path = Path(folder) / "readings.db"
        async with store_with(path) as (writer, questions):
            rollups = Rollups(writer.database, rows_per_step=rows_per_step)
            await tell(writer, history, numbers, slice(0, middle))
            if early:
                await check(questions, path, history, numbers, seed)
            assert await rollups.run_once(budget_seconds=60)
            await tell(writer, history, numbers, slice(middle, None))
            await check(questions, path, history, numbers, seed)
            assert await rollups.run_once(budget_seconds=60)
            await check(questions, path, history, numbers, seed + 1)
            rebuilt = rows_of(path, "SELECT * FROM hours"), rows_of(path, "SELECT * FROM gaps")
            await writer.database.execute("UPDATE progress SET until_ms = 0")
            await writer.database.execute("DELETE FROM hours")
            await writer.database.execute("DELETE FROM gaps")
            assert await rollups.run_once(budget_seconds=60)
            assert (rows_of(path, "SELECT * FROM hours"), rows_of(path, "SELECT * FROM gaps")) == rebuilt


def reachable(span: Span, raw_from_ms: int) -> Span:
    """Ends for which there are hours alone go to the nearest hour."""
    start, end = [
        (at + HOUR_MS // 2) // HOUR_MS * HOUR_MS if at < raw_from_ms else at for at in (span.start_ms, span.end_ms)
    ]
    return Span(start_ms=start, end_ms=max(end, start + HOUR_MS) if end < raw_from_ms else end)


@settings(max_examples=10, deadline=None)
@given(histories(), st.integers(0, 1000), st.integers(0, DAYS - 1), st.sampled_from([7, 4000]))
async def test_answers_about_a_time_of_which_only_hours_are_left_are_those_of_whole_hours(
    history: History, seed: int, keep_days: int, rows_per_step: int
) -> None:
    numbers: dict[int, float] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "readings.db"
        async with store_with(path) as (writer, questions):
            await tell(writer, history, numbers, slice(0, None))
            assert await Rollups(writer.database).run_once(budget_seconds=60)
            retention = Retention(
                writer.database, keep_raw_days=keep_days, keep_rollups_days=999, rows_per_step=rows_per_step
            )
            now_ms = history.start_ms + DAYS * DAY_MS
            assert await retention.run_once(now_ms, budget_seconds=60)
            [(raw_from,)] = rows_of(path, "SELECT coalesce(max(raw_from_ms), 0) FROM progress") or [(0,)]
            assert isinstance(raw_from, int)
            assert max(numbers) in {at for (at,) in rows_of(path, "SELECT at_ms FROM numbers")}
            assert rows_of(path, f"SELECT count(*) FROM numbers WHERE at_ms < {raw_from}")[0][0] in (0, 1)
            for span in spans_of(history, random.Random(seed)):
                wide = reachable(span, raw_from)
                resolution = 1 if wide == span else HOUR_MS
                aggregate, total = oracle_aggregate(numbers, wide), oracle_total(numbers, wide)
                same(await questions.aggregate(BEDROOM, span), aggregate, resolution_ms=resolution)
                same(await questions.total(BEDROOM, span), total, resolution_ms=resolution)
                coarse = wide.start_ms < raw_from
                trend = oracle_trend(numbers, wide, 0 if coarse else DAY_MS)
                found = await questions.trend(BEDROOM, span)
                if found is None or trend is None:
                    assert found is trend
                    continue
                assert found.slope_per_hour == pytest.approx(trend.slope_per_hour, rel=1e-6, abs=1e-6)
                if not coarse:
                    assert (found.first, found.last) == (trend.first, trend.last)
