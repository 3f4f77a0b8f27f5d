"""As readings age they end, are rolled up and deleted, by jobs that a full disk does not end."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fakes_sensors import BEDROOM, HOUR_MS, MINUTE_MS, reading, rows_of, store_with

from sensors.ageing import Ageing
from sensors.decoded import Decoded
from sensors.dialects.home_assistant import HomeAssistant
from sensors.message import Message
from sensors.questions import Questions
from sensors.reading import SeriesKey
from sensors.store import StoreWriter

DAY_MS = 24 * HOUR_MS
DAYS = 12
QUARTERS = [reading(BEDROOM, number * 15 * MINUTE_MS, 20 + number % 7 / 10) for number in range(DAYS * 96)]


def ageing_of(writer: StoreWriter) -> Ageing:
    return Ageing(writer, keep_raw_days=7, keep_rollups_days=3650, clock_ms=lambda: DAYS * DAY_MS, rest_seconds=0.0)


async def test_what_is_too_old_is_deleted_only_once_its_hours_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "readings.sqlite3"
    async with store_with(path, QUARTERS) as (writer, _):
        await ageing_of(writer).delete_old()
    # The last before the cut stays: it tells what held when the kept ones begin.
    assert rows_of(path, "SELECT count(*), min(at_ms) FROM numbers") == [(7 * 96 + 1, 5 * DAY_MS - 15 * MINUTE_MS)]
    assert rows_of(path, "SELECT min(hour), max(hour) FROM hours") == [(0, DAYS * 24 - 2)]


@pytest.mark.parametrize("older", [False, True])
async def test_what_much_that_was_deleted_took_is_given_back_to_the_disk(tmp_path: Path, older: bool) -> None:
    path = tmp_path / "readings.sqlite3"
    if older:  # begun by a version whose files never grow smaller
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("CREATE TABLE one (x); DROP TABLE one")
    crowded = [reading(BEDROOM, number * 60_000, number % 97 / 7) for number in range(DAYS * 1440)]
    async with store_with(path, crowded) as (writer, _):
        sizes = []
        for _ in range(2):
            await writer.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            sizes.append(path.stat().st_size)
            await ageing_of(writer).delete_old()
        await writer.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sizes.append(path.stat().st_size)
        assert (sizes[1] < sizes[0] * 0.8) is not older
        assert sizes[2] == sizes[1], "of what is left nothing needs to be moved about"
        assert rows_of(path, "PRAGMA integrity_check") == [("ok",)]


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


CONFIG = b'{"unique_id": "hall", "device_class": "motion", "state_topic": "s", "off_delay": 30}'
HALL = SeriesKey(entity_id="binary_sensor.hall")
MOTION = [("clear", 0), ("detected", 10_000), ("clear", 45_000)]
"""What is stored of a detector that said so after 10 and again after 15 seconds."""


def heard(dialect: HomeAssistant, at_ms: int, *, retain: bool = False, payload: bytes = b"ON") -> Decoded:
    decoded = dialect.decode(Message(topic="s", payload=payload, received_ms=at_ms, retain=retain))
    assert decoded is not None
    return decoded


async def test_motion_whose_end_nobody_tells_is_over_after_the_time_that_its_device_gave(tmp_path: Path) -> None:
    path, dialect, clock = tmp_path / "readings.sqlite3", HomeAssistant(), [0]
    config = dialect.decode(Message(topic="homeassistant/binary_sensor/hall/config", payload=CONFIG))
    assert config is not None
    async with StoreWriter(path, clock_ms=lambda: clock[0]) as writer:
        ageing = Ageing(writer, keep_raw_days=7, keep_rollups_days=7, clock_ms=lambda: clock[0])
        await writer.write([config, heard(dialect, 0, payload=b"OFF"), heard(dialect, 10_000), heard(dialect, 15_000)])
        for clock[0] in (44_999, 46_000, 90_000):
            await ageing.end_what_lapsed()
            assert len(rows_of(path, "SELECT * FROM states")) == (2 if clock[0] < 45_000 else 3)
        await writer.write([heard(dialect, 90_000, retain=True)])
        assert rows_of(path, "SELECT value, at_ms FROM states") == MOTION, "what was kept may be of any time"
        await writer.write([heard(dialect, 100_000)])
    async with StoreWriter(path, clock_ms=lambda: 9_000_000) as writer, Questions(path) as questions:
        await writer.end_what_lapsed()
        assert rows_of(path, "SELECT value, at_ms FROM states")[3:] == [("detected", 100_000), ("clear", 130_000)]
        assert (await questions.latest([HALL]))[HALL].value == "clear"


async def test_what_was_kept_of_it_is_left_out_when_it_is_first_heard_of_too(tmp_path: Path) -> None:
    path, dialect = tmp_path / "readings.sqlite3", HomeAssistant()
    config = dialect.decode(Message(topic="homeassistant/binary_sensor/hall/config", payload=CONFIG))
    assert config is not None
    async with StoreWriter(path) as writer:
        await writer.write([config, heard(dialect, 5, retain=True)])
        assert rows_of(path, "SELECT * FROM states") == []
