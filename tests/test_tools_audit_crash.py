"""The audit where the machine fails it: killed while it writes or deletes, and on a disk that is full."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from test_database_disk import disk, fill

from sensors.database import StoreUnavailable
from tools.audit import Audit, Event
from tools.audit_ageing import DAY_MS, AuditAgeing, last_before
from tools.audit_reading import AuditReader
from tools.chain import Checked

__all__ = ["disk"]

APPENDS_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from tools.audit import Audit, Event

async def main() -> None:
    async with Audit(Path(sys.argv[1]), clock_ms=lambda: 1) as audit:
        while True:
            print(await audit.append(Event.TURN, {"heard": "x" * 500}), flush=True)

asyncio.run(main())
"""


def checked(path: Path) -> Checked:
    with closing(AuditReader(path)) as reader:
        return reader.check()


def killed_after(path: Path, records: int) -> int:
    """Appends in a process of its own and kills it; the last number that it was told is on the disk."""
    told = 0
    with subprocess.Popen([sys.executable, "-c", APPENDS_FOR_EVER, path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(records):
            told = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    return told


def test_what_was_told_to_be_written_is_there_after_a_kill_and_the_chain_goes_on(tmp_path: Path) -> None:
    path, before = tmp_path / "audit.sqlite3", 0
    for records in (20, 50, 35):
        told = killed_after(path, records)
        found = checked(path)
        assert found.broken is None
        assert found.last.number >= told >= before + records
        before = found.last.number


async def test_deleting_that_was_cut_short_is_finished_the_next_night(tmp_path: Path) -> None:
    path, clock = tmp_path / "audit.sqlite3", count(0, DAY_MS)
    async with Audit(path, clock_ms=lambda: next(clock)) as audit:
        for number in range(10):
            await audit.append(Event.TURN, {"number": number})
        head = last_before(path, 6 * DAY_MS)
        assert head is not None
        await audit.append(Event.DELETED, {"number": head.number, "hash": head.hash})
        with closing(AuditReader(path)) as reader:
            assert len(reader.records()) == 11
        cut_short(path, head.number, head.hash)
        assert checked(path).broken is None
        seal = path.with_name("audit.head")
        await AuditAgeing(audit, path, seal, keep_days=4, clock_ms=lambda: 10 * DAY_MS).delete_old()
        assert next(record.number for record in await audit.records()) == head.number + 1
        assert checked(path).broken is None


def cut_short(path: Path, number: int, digest: str) -> None:
    """The anchor is written, and no record is gone yet."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO anchor VALUES (?, ?, 1)", (number, digest))


async def test_on_a_full_disk_nothing_is_half_written_and_it_goes_on_once_there_is_room(disk: Path) -> None:
    path = disk / "audit.sqlite3"
    async with Audit(path, clock_ms=lambda: 1) as audit:
        await audit.append(Event.TURN, {"heard": "before"})
        ballast = fill(disk)
        with pytest.raises(StoreUnavailable, match="the disk is full"):
            for _ in range(500):
                await audit.append(Event.TURN, {"heard": "x" * 1900})
        kept = (await audit.head()).number
        assert checked(path).broken is None
        ballast.unlink()
        assert await audit.append(Event.TURN, {"heard": "after"}) == kept + 1
    assert checked(path).broken is None
