"""A disk that fills up, cannot be written, or is short: said once, answered through, and over by itself.

On a real small filesystem, which only root may mount.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from fakes_databases import NOW_MS, backups_beside, version_1
from fakes_sensors import BEDROOM, DOOR, FakeBroker, reading, rows_of, store_with

from sensors.backup import NoRoom
from sensors.database import StoreUnavailable
from sensors.decoded import Decoded
from sensors.dialects.home_assistant import HomeAssistant
from sensors.holding import Stop, open_to_read
from sensors.ingest import Ingest
from sensors.mend import make_ready
from sensors.message import Message
from sensors.questions import Questions
from sensors.store import StoreWriter

DISK_BYTES = 6 * 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small filesystem")
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"a small filesystem cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Takes all the space that is left, to the last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(65_536))
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 512)
    return ballast


def remount(disk: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(disk)], check=True)


def batch(first_ms: int, count: int = 200) -> list[Decoded]:
    return [Decoded(readings=tuple(reading(BEDROOM, first_ms + i, 20.0 + i / 7) for i in range(count)))]


async def test_with_a_full_disk_questions_are_answered_and_writing_goes_on_once_there_is_room(disk: Path) -> None:
    async with store_with(disk / "readings.sqlite3", [reading(BEDROOM, 1000, 21.5)]) as (writer, questions):
        ballast = fill(disk)
        at_ms = 2000
        with pytest.raises(StoreUnavailable, match="the disk is full; free some space"):
            while True:
                await writer.write(batch(at_ms))
                at_ms += 1000
        before = (await questions.latest([BEDROOM]))[BEDROOM]
        for _ in range(20):
            with pytest.raises(StoreUnavailable, match="the disk is full"):
                await writer.write(batch(at_ms))
            assert (await questions.latest([BEDROOM]))[BEDROOM] == before
            assert (await questions.counts()).numbers > 0
        ballast.unlink()
        await writer.write(batch(at_ms))
        assert (await questions.latest([BEDROOM]))[BEDROOM].at_ms == at_ms + 199
    assert rows_of(disk / "readings.sqlite3", "PRAGMA integrity_check") == [("ok",)]


async def test_a_questioner_can_come_to_a_full_disk(disk: Path) -> None:
    async with store_with(disk / "readings.sqlite3", [reading(BEDROOM, 1000, 21.5)]):
        fill(disk)
        async with Questions(disk / "readings.sqlite3") as another:
            assert (await another.latest([BEDROOM]))[BEDROOM].value == 21.5


async def test_ingest_says_once_that_the_disk_is_full_and_acknowledges_only_what_was_stored(
    disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    messages = [
        Message(topic="t/1", payload=str(20 + i / 7).encode(), qos=1, token=i, received_ms=NOW_MS + i)
        for i in range(300)
    ]
    config = Message(
        topic="homeassistant/sensor/t1/config",
        payload=b'{"name": "T", "unique_id": "t1", "state_topic": "t/1", "device_class": "temperature"}',
        received_ms=NOW_MS,
    )
    broker = FakeBroker()
    async with StoreWriter(disk / "readings.sqlite3") as store, Questions(disk / "readings.sqlite3") as questions:
        ingest = Ingest(broker, store, [HomeAssistant()], shortest_retry_seconds=0.01, longest_retry_seconds=0.02)
        await ingest.take([config])
        ballast = fill(disk)
        stuck = asyncio.ensure_future(_take_all(ingest, messages))
        async with asyncio.timeout(10):
            while ingest.problem is None:  # noqa: ASYNC110 - it is a value, not an event
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)  # some retries
        stored = len(rows_of(disk / "readings.sqlite3", "SELECT at_ms FROM numbers"))
        assert len(broker.acknowledged) - 1 == stored < 300
        assert (await questions.counts()).numbers == stored
        ballast.unlink()
        await stuck
        assert ingest.problem is None
    assert caplog.text.count("the disk is full") == 1
    assert len(broker.acknowledged) == 301
    assert len(rows_of(disk / "readings.sqlite3", "SELECT at_ms FROM numbers")) == 300


async def _take_all(ingest: Ingest, messages: list[Message]) -> None:
    for message in messages:
        await ingest.take([message])


def test_a_backup_that_does_not_fit_is_refused_and_the_disk_is_as_before(disk: Path) -> None:
    version_1(disk / "readings.sqlite3", numbers_per_series=45_000)
    backups = backups_beside(disk / "readings.sqlite3")
    free = shutil.disk_usage(disk).free
    assert free < (disk / "readings.sqlite3").stat().st_size
    with pytest.raises(NoRoom, match="free some space"):
        backups.take(Stop(), NOW_MS)
    assert shutil.disk_usage(disk).free == free


def test_where_the_backup_does_not_fit_beside_the_damaged_file_a_new_one_is_begun(disk: Path) -> None:
    path = disk / "readings.sqlite3"
    version_1(path, numbers_per_series=28_000)
    backups = backups_beside(path)
    kept = backups.take(Stop(), NOW_MS)
    with path.open("r+b") as file:
        file.write(bytes(100))
    mended = make_ready(backups, NOW_MS)
    assert mended is not None and mended.backup is None
    assert kept.exists() and mended.aside is not None and mended.aside.exists()


async def test_a_disk_that_became_read_only_is_told_with_the_fix(disk: Path) -> None:
    async with store_with(disk / "readings.sqlite3", [reading(BEDROOM, 1000, 21.5)]):
        pass
    remount(disk, "ro")
    with pytest.raises(StoreUnavailable, match="the disk is not read-only"):
        async with StoreWriter(disk / "readings.sqlite3"):
            pass
    remount(disk, "rw")
    async with StoreWriter(disk / "readings.sqlite3") as writer, Questions(disk / "readings.sqlite3") as questions:
        await writer.write(batch(2000))
        assert (await questions.latest([BEDROOM]))[BEDROOM].at_ms == 2199


async def test_the_log_does_not_grow_without_bound_and_shrinks_after_a_long_reader(disk: Path) -> None:
    remount(disk, "size=100m")
    path = disk / "readings.sqlite3"
    log = path.with_name(f"{path.name}-wal")

    async def write(first_ms: int, batches: int) -> int:
        """Two hundred kilobytes in each batch; returns how long the log is then."""
        for at_ms in range(first_ms, first_ms + batches * 1000, 1000):
            words = [reading(DOOR, at_ms + i, f"{at_ms + i:0900}") for i in range(200)]
            await writer.write([Decoded(readings=tuple(words))])
        return log.stat().st_size

    async with StoreWriter(path) as writer:
        assert await write(0, 60) < 6_000_000
        with closing(open_to_read(path)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM states").fetchone()
            assert await write(1_000_000, 60) > 10_000_000
        assert await write(2_000_000, 60) <= 8 * 1024 * 1024
