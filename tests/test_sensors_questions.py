"""What answers promise: they agree with a slow, plain reckoning over the same readings."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fakes_sensors import BEDROOM, DOOR, HOUR_MS, MINUTE_MS, definition, entity, reading, store_with
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.periods import Span
from sensors.reading import SeriesKey


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.db"


async def test_shortly_after_midnight_a_sensor_that_reports_hourly_still_has_a_mean_of_today(path: Path) -> None:
    hourly = [reading(BEDROOM, hour * HOUR_MS, 20.0 + hour) for hour in range(1, 24)]
    async with store_with(path, hourly, definition()) as (_, questions):
        today = Span(start_ms=24 * HOUR_MS, end_ms=24 * HOUR_MS + 16 * MINUTE_MS)
        found = await questions.aggregate(BEDROOM, today)
    assert found is not None and (found.mean, found.count, found.covered) == (43.0, 0, 1.0)


async def test_a_mean_is_weighted_with_time_and_not_with_the_number_of_reports(path: Path) -> None:
    rows = [reading(BEDROOM, 0, 10.0), *(reading(BEDROOM, 50 * MINUTE_MS + i * MINUTE_MS, 20.0) for i in range(10))]
    async with store_with(path, rows) as (_, questions):
        result = await questions.aggregate(BEDROOM, Span(start_ms=0, end_ms=HOUR_MS))
        assert result is not None
        assert result.mean == pytest.approx((50 * 10 + 10 * 20) / 60)
        assert result.covered == 1


async def test_a_sensor_that_died_is_not_taken_to_hold_its_last_value(path: Path) -> None:
    async with store_with(path, [reading(BEDROOM, 0, 10.0)]) as (_, questions):
        assert await questions.aggregate(BEDROOM, Span(start_ms=24 * HOUR_MS, end_ms=48 * HOUR_MS)) is None
        assert await questions.aggregate(SeriesKey(entity_id="sensor.unheard"), Span(start_ms=0, end_ms=9)) is None


async def test_the_first_row_ever_is_no_change(path: Path) -> None:
    async with store_with(path, [reading(DOOR, 100, "open")]) as (writer, questions):
        assert await questions.last_change(DOOR, "open", 10_000) is None
        assert await questions.last_change(DOOR, None, 10_000) is None
        assert await questions.recorded_since_ms(DOOR) == 100
        await writer.backfill([reading(DOOR, 200, "closed"), reading(DOOR, 300, "open"), reading(DOOR, 400, "closed")])
        opened = await questions.last_change(DOOR, "open", 10_000)
        assert opened is not None
        assert (opened.at_ms, opened.value, opened.before) == (300, "open", "closed")
        any_change = await questions.last_change(DOOR, None, 399)
        assert any_change is not None
        assert any_change.at_ms == 300
        assert await questions.last_change(DOOR, "open", 299) is None


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(0, 60), st.sampled_from(["open", "closed", "opening"]), max_size=20), st.integers(0, 60)
)
async def test_last_changes_agree_with_a_plain_reckoning(states: dict[int, str], until: int) -> None:
    changes = [
        (at, value)
        for (_, before), (at, value) in zip(sorted(states.items()), sorted(states.items())[1:], strict=False)
        if before != value and at <= until
    ]
    with TemporaryDirectory() as folder:
        rows = [reading(DOOR, at, value) for at, value in sorted(states.items())]
        async with store_with(Path(folder) / "readings.db", rows) as (_, questions):
            for asked in ("open", "closed", "opening", None):
                expected = [at for at, value in changes if asked in (None, value)]
                found = await questions.last_change(DOOR, asked, until)
                assert (found.at_ms if found else None) == (expected[-1] if expected else None)


async def test_latest_gives_what_was_asked_for_and_leaves_out_the_silent(path: Path) -> None:
    keys = [SeriesKey(entity_id=f"sensor.{n}") for n in range(20)]
    async with store_with(path, [reading(key, 5, float(n)) for n, key in enumerate(keys)]) as (_, questions):
        silent = SeriesKey(entity_id="sensor.silent")
        assert {key: one.value for key, one in (await questions.latest([*keys, silent])).items()} == {
            key: float(n) for n, key in enumerate(keys)
        }
        assert list(await questions.latest([keys[3], silent])) == [keys[3]]
        assert await questions.latest([]) == {}


async def test_the_fingerprint_changes_with_any_reading_and_with_nothing_else(path: Path) -> None:
    async with store_with(path, [reading(BEDROOM, 1, 1.0), reading(DOOR, 1, "open")], definition()) as (
        writer,
        questions,
    ):
        first = await questions.fingerprint()
        await questions.house()
        await questions.latest([BEDROOM])
        assert await questions.fingerprint() == first
        await writer.backfill([reading(BEDROOM, 2, 1.0)])
        assert await questions.fingerprint() != first
        assert await questions.fingerprint(before_ms=2) == first


async def test_the_house_is_read_again_only_when_it_has_changed(path: Path) -> None:
    async with store_with(path, [], definition()) as (writer, questions):
        assert await questions.house() is await questions.house()
        await writer.backfill([reading(BEDROOM, 2, 1.0)])
        assert await questions.house() is await questions.house()
        counts = await questions.counts()
        assert (counts.entities, counts.series, counts.numbers, counts.states) == (1, 1, 1, 0)


async def test_a_month_of_minutes_is_answered_quickly_enough_to_be_spoken(path: Path) -> None:
    import time

    rows = (reading(BEDROOM, i * MINUTE_MS, 20 + (i % 50) / 10) for i in range(30 * 24 * 60))
    async with store_with(path, rows, definition(entity())) as (_, questions):
        began = time.perf_counter()
        result = await questions.aggregate(BEDROOM, Span(start_ms=0, end_ms=30 * 24 * HOUR_MS))
        assert result is not None
        assert result.covered == pytest.approx(1)
        assert time.perf_counter() - began < 1.0
