"""As readings age they are rolled up and deleted by jobs that a full disk does not end."""

from pathlib import Path

import pytest
from fakes_sensors import BEDROOM, HOUR_MS, MINUTE_MS, reading, rows_of, store_with

from sensors.ageing import Ageing
from sensors.store import StoreWriter

DAY_MS = 24 * HOUR_MS
DAYS = 12
QUARTERS = [reading(BEDROOM, number * 15 * MINUTE_MS, 20 + number % 7 / 10) for number in range(DAYS * 96)]


def ageing_of(writer: StoreWriter) -> Ageing:
    return Ageing(
        writer.database, keep_raw_days=7, keep_rollups_days=3650, clock_ms=lambda: DAYS * DAY_MS, rest_seconds=0.0
    )


async def test_what_is_too_old_is_deleted_only_once_its_hours_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "readings.sqlite3"
    async with store_with(path, QUARTERS) as (writer, _):
        await ageing_of(writer).delete_old()
    # The last before the cut stays: it tells what held when the kept ones begin.
    assert rows_of(path, "SELECT count(*), min(at_ms) FROM numbers") == [(7 * 96 + 1, 5 * DAY_MS - 15 * MINUTE_MS)]
    assert rows_of(path, "SELECT min(hour), max(hour) FROM hours") == [(0, DAYS * 24 - 2)]


async def test_a_full_disk_is_said_once_and_taken_up_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "readings.sqlite3"
    async with store_with(path, QUARTERS) as (writer, _):
        ageing = ageing_of(writer)
        row = await writer.database.fetch_one("PRAGMA page_count")
        assert row is not None
        await writer.database.execute(f"PRAGMA max_page_count = {row[0]}")
        for _ in range(3):
            await ageing.roll_up()
        assert caplog.text.count("cannot be rolled up") == 1
        await writer.database.execute("PRAGMA max_page_count = 1000000")
        await ageing.roll_up()
        assert rows_of(path, "SELECT count(*) FROM hours") == [(DAYS * 24 - 1,)]
