"""Backups are taken while the house is served, count only when verified, and are kept for days and weeks."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes_databases import NOW_MS, backups_beside, content, leaf_pages, overwrite, version_1
from fakes_sensors import BEDROOM, reading, store_with
from hypothesis import given
from hypothesis import strategies as st

from assistant.build import open_assistant
from assistant.cli.backup import back_up, restore
from assistant.schedule import Schedule
from assistant.state_dir import StateDir
from config.settings import MqttSettings, Settings
from sensors.backup import BackupFailed, Backups, Keep, NoRoom, surplus, taken_at
from sensors.database import StoreDamaged, StoreUnavailable, damage_mark
from sensors.decoded import Decoded
from sensors.holding import Stop, Stopped, unclean
from sensors.mend import RestoreRefused, put_back
from sensors.schema import MIGRATIONS, migrate
from sensors.upkeep import Upkeep, low_space

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.sqlite3"


@pytest.fixture
def backups(path: Path) -> Backups:
    version_1(path, numbers_per_series=5000)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS)
    return backups_beside(path)


def upkeep_of(*backups: Backups, keep: Keep = Keep(), now_ms: int = NOW_MS) -> Upkeep:  # noqa: B008 - it is frozen
    return Upkeep(backups, keep=keep, clock_ms=lambda: now_ms, look_seconds=0.01)


@contextmanager
def someone_writing(path: Path) -> Iterator[list[float]]:
    """Commits twenty times a second and more, as another process would; yields how long each took."""
    taken: list[float] = []
    over = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            at_ms = NOW_MS
            while not over.wait(0.003):
                started, at_ms = time.monotonic(), at_ms + 1
                connection.execute("INSERT INTO numbers VALUES (1, ?, 1)", (at_ms,))
                taken.append(time.monotonic() - started)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()


def test_a_backup_is_the_database_as_it_was_in_one_private_file(backups: Backups, path: Path) -> None:
    taken = backups.take(Stop(), NOW_MS)
    assert taken.name == "readings-20270115-080000Z.sqlite3"
    assert taken.stat().st_mode & 0o777 == 0o600
    assert backups.folder.stat().st_mode & 0o777 == 0o700
    assert content(taken, "numbers", "states", "entity") == content(path, "numbers", "states", "entity")
    assert [one.name for one in backups.folder.iterdir()] == [taken.name]


def test_it_ends_though_others_write_all_the_time_and_holds_none_of_them_up(backups: Backups, path: Path) -> None:
    with someone_writing(path) as waits:
        time.sleep(0.05)
        before = len(waits)
        taken = backups.take(Stop(), NOW_MS)
        end = time.monotonic() + 5  # in memory a copy is made in less than a turn of the thread that writes
        while len(waits) == before and time.monotonic() < end:
            time.sleep(0.005)
        assert len(waits) > before
    newest = [row[1] for row in content(taken, "numbers")["numbers"] if row[1] > NOW_MS]  # type: ignore[operator]
    assert newest == [NOW_MS + 1 + number for number in range(len(newest))]  # a moment, not a smear of moments
    assert max(waits) < 1.0


def test_many_in_one_second_have_names_of_their_own_and_the_last_is_the_newest(backups: Backups) -> None:
    taken = [backups.take(Stop(), NOW_MS) for _ in range(11)]
    assert len(set(taken)) == 11
    assert backups.newest_first() == taken[::-1]
    assert {taken_at(one) for one in taken} == {datetime(2027, 1, 15, 8, tzinfo=UTC)}


def test_a_copy_of_a_damaged_database_does_not_count(backups: Backups, path: Path) -> None:
    overwrite(path, leaf_pages(path, "numbers")[3:5])
    with pytest.raises(BackupFailed, match="cannot serve as a backup"):
        backups.take(Stop(), NOW_MS)
    assert list(backups.folder.iterdir()) == []


def test_one_that_is_stopped_leaves_nothing_behind(backups: Backups) -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        backups.take(stop, NOW_MS)
    assert list(backups.folder.iterdir()) == []


def test_what_a_killed_backup_left_is_cleared_away(backups: Backups) -> None:
    backups.folder.mkdir()
    old, new = (backups.folder / f".readings-{number}.partial" for number in (1, 2))
    for one in (old, new):
        one.write_bytes(b"half")
    os.utime(old, (1_700_000_000, 1_700_000_000))
    taken = backups.take(Stop(), NOW_MS)
    assert set(backups.folder.iterdir()) == {taken, new}  # somebody may be at work on the new one


def test_where_the_disk_has_no_room_it_says_so_before_it_begins(backups: Backups, path: Path) -> None:
    free = shutil.disk_usage(path.parent).free
    with pytest.raises(NoRoom, match=r"it needs \d+ MB .* free some space"):
        Backups(backups.holding, backups.folder, reserve_bytes=2 * free).take(Stop(), NOW_MS)


def test_on_a_small_disk_the_oldest_go_but_never_the_last_two(backups: Backups, path: Path) -> None:
    taken = [backups.take(Stop(), NOW_MS + day * DAY_MS) for day in range(4)]
    free = shutil.disk_usage(path.parent).free
    with pytest.raises(NoRoom):
        Backups(backups.holding, backups.folder, reserve_bytes=2 * free).take(Stop(), NOW_MS)
    assert backups.newest_first() == [taken[3], taken[2]]


def test_a_folder_that_cannot_be_used_is_told_with_the_fix(backups: Backups, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupFailed, match="cannot be used"):
        Backups(backups.holding, tmp_path / "file" / "below").take(Stop(), NOW_MS)


def named(moment: datetime) -> Path:
    return Path(f"readings-{moment:%Y%m%d-%H%M%S}Z.sqlite3")


def test_after_a_year_of_daily_ones_a_week_of_days_and_a_month_of_weeks_are_there() -> None:
    kept: list[Path] = []
    for day in range(365):
        kept.append(named(datetime(2026, 1, 1, 3, 17, tzinfo=UTC) + timedelta(days=day)))
        gone = surplus(kept, Keep(days=7, weeks=4))
        kept = [one for one in kept if one not in gone]
    days = [str(taken_at(one))[:10] for one in kept]
    assert days[-7:] == [f"2026-12-{day}" for day in range(25, 32)]
    assert days[:-7] == ["2026-12-13", "2026-12-20"]  # the Sundays; those of the newer two weeks are among the days


@given(
    st.lists(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)), unique=True, max_size=40),
    st.integers(1, 10),
    st.integers(0, 10),
)
def test_the_newest_is_always_kept_and_never_more_than_was_asked_for(
    moments: list[datetime], days: int, weeks: int
) -> None:
    names = {named(moment) for moment in moments}
    gone = surplus(names, Keep(days=days, weeks=weeks))
    kept = names - set(gone)
    assert len(kept) <= days + weeks
    assert not names or max(names) in kept
    assert len({taken_at(one).date() for one in kept if taken_at(one)}) >= min(  # type: ignore[union-attr]
        days, len({moment.date() for moment in moments})
    )


async def test_the_daily_job_backs_up_and_clears_what_is_too_old(backups: Backups) -> None:
    for day in range(20):
        await upkeep_of(backups, keep=Keep(days=3, weeks=0), now_ms=NOW_MS + day * DAY_MS).back_up()
    assert [str(taken_at(one))[:10] for one in backups.newest_first()] == ["2027-02-03", "2027-02-02", "2027-02-01"]


async def test_a_backup_that_was_missed_is_taken_after_the_start(backups: Backups) -> None:
    await upkeep_of(backups).catch_up()
    assert len(backups.newest_first()) == 1
    await upkeep_of(backups, now_ms=NOW_MS + HOUR_MS).catch_up()
    assert len(backups.newest_first()) == 1
    await upkeep_of(backups, now_ms=NOW_MS + 2 * DAY_MS).catch_up()
    assert len(backups.newest_first()) == 2


async def test_one_from_a_clock_that_was_wrong_does_not_count_as_taken(backups: Backups) -> None:
    await upkeep_of(backups, now_ms=NOW_MS + 900 * DAY_MS).back_up()
    await upkeep_of(backups).catch_up()
    assert len(backups.newest_first()) == 2


async def test_where_none_are_wanted_none_are_made_and_the_database_itself_is_checked(
    backups: Backups, path: Path
) -> None:
    upkeep = upkeep_of(backups, keep=Keep(days=0))
    await upkeep.catch_up()
    await upkeep.back_up()
    assert backups.newest_first() == [] and not damage_mark(path).exists()
    overwrite(path, leaf_pages(path, "numbers")[3:5])
    await upkeep.back_up()
    assert not damage_mark(path).exists()  # not before a week is over
    await upkeep_of(backups, keep=Keep(days=0)).back_up()
    assert damage_mark(path).exists()


async def test_the_daily_backup_finds_damage_in_rows_that_nobody_reads(backups: Backups, path: Path) -> None:
    good = backups.take(Stop(), NOW_MS - DAY_MS)
    overwrite(path, leaf_pages(path, "numbers")[3:5])
    upkeep = upkeep_of(backups)
    await upkeep.back_up()
    assert "cannot serve as a backup" in upkeep.problems["backup.readings"]
    with pytest.raises(StoreDamaged, match="it is closed now, and mended"):
        await upkeep.watch()
    again = upkeep_of(backups)
    await again.make_ready()
    assert [mended.backup for mended in again.mended] == [good]
    await again.back_up()
    assert again.problems == {}
    async with asyncio.timeout(5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await again.watch()


async def test_after_a_crash_all_of_it_is_checked_in_the_background(backups: Backups, path: Path) -> None:
    overwrite(path, leaf_pages(path, "numbers")[3:5])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO numbers VALUES (4, ?, 1)", (NOW_MS,))
        crashed = path.parent / "crashed"
        crashed.mkdir()
        for one in path.parent.glob(f"{path.name}*"):
            shutil.copy(one, crashed)
    later = crashed / path.name
    upkeep = upkeep_of(backups_beside(later), keep=Keep(days=0))
    await upkeep.make_ready()
    assert upkeep.mended == ()
    await upkeep.catch_up()
    assert damage_mark(later).exists()


async def test_a_job_that_is_cancelled_ends_at_once_and_leaves_nothing(backups: Backups) -> None:
    with closing(sqlite3.connect(backups.holding.path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE bulk AS SELECT randomblob(3000) FROM numbers")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await upkeep_of(backups).back_up()
    assert not any(backups.folder.iterdir()), "nothing of it goes on behind"


async def test_the_house_is_served_while_a_backup_is_taken(backups: Backups, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE bulk AS SELECT randomblob(1500) FROM numbers")
    longest = 0.0
    async with store_with(path) as (writer, questions), asyncio.TaskGroup() as group:
        job = group.create_task(upkeep_of(backups).back_up())
        at_ms = NOW_MS
        while not job.done():
            started, at_ms = time.monotonic(), at_ms + 1
            await writer.write([Decoded(readings=(reading(BEDROOM, at_ms, 20.0 + at_ms % 7),))])
            assert (await questions.latest([BEDROOM]))[BEDROOM].at_ms == at_ms
            longest = max(longest, time.monotonic() - started)
            await asyncio.sleep(0.002)
    assert len(backups.newest_first()) == 1
    assert longest < 1.0


async def test_little_room_is_said_once_and_so_is_its_end(backups: Backups, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    room = [(150_000_000, 32_000_000_000)]
    upkeep = Upkeep([backups], keep=Keep(), clock_ms=lambda: NOW_MS, space=lambda _: room[0])
    for _ in range(3):
        await upkeep.look_at_space()
    assert "Only 150 MB are free" in upkeep.problems["space"]
    assert caplog.text.count("Only 150 MB are free") == 1
    room[0] = (4_000_000_000, 32_000_000_000)
    await upkeep.look_at_space()
    assert upkeep.problems == {} and "This is over" in caplog.text


def test_a_small_disk_is_nearly_full_later_than_a_large_one() -> None:
    assert low_space(199_000_000, 32_000_000_000)
    assert not low_space(300_000_000, 32_000_000_000)
    assert low_space(40_000_000, 1_000_000_000) and not low_space(60_000_000, 1_000_000_000)


async def test_the_schedule_catches_up_after_a_start(backups: Backups) -> None:
    async with Schedule(every=[], upkeep=upkeep_of(backups), backup_hour=3, zone=UTC, catch_up_seconds=0.01):
        async with asyncio.timeout(5):
            while not backups.newest_first():  # noqa: ASYNC110 - a file is no event
                await asyncio.sleep(0.01)


async def test_a_job_that_fails_says_why_in_a_sentence_and_is_tried_again(
    backups: Backups, caplog: pytest.LogCaptureFixture
) -> None:
    tried = 0

    async def fail() -> None:
        nonlocal tried
        tried += 1
        raise StoreUnavailable("the disk is full; free some space")

    async with Schedule(every=[(0.01, fail)], upkeep=upkeep_of(backups), backup_hour=3, zone=UTC):
        async with asyncio.timeout(5):
            while tried < 2:  # noqa: ASYNC110 - the clock decides
                await asyncio.sleep(0.01)
    assert "the disk is full; free some space" in caplog.text and "Traceback" not in caplog.text


def test_a_restored_backup_takes_the_place_and_the_present_one_is_kept(backups: Backups, path: Path) -> None:
    before = content(path, "numbers")
    taken = backups.take(Stop(), NOW_MS)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM numbers")
    aside = put_back(backups, taken, NOW_MS)
    assert content(path, "numbers") == before
    assert aside is not None and aside.name == "readings.sqlite3.replaced-20270115-080000Z"
    assert content(aside, "numbers") == {"numbers": []}
    assert taken.exists()


def test_a_damaged_or_newer_backup_is_refused_and_nothing_changes(backups: Backups, path: Path) -> None:
    damaged, newer = backups.take(Stop(), NOW_MS), backups.take(Stop(), NOW_MS + 1000)
    overwrite(damaged, leaf_pages(damaged, "numbers")[:2])
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(RestoreRefused, match=r"nothing was changed: .* cannot serve"):
        put_back(backups, damaged, NOW_MS)
    with pytest.raises(RestoreRefused, match="schema 99"):
        put_back(backups, newer, NOW_MS)
    assert path.read_bytes() == before


def test_the_commands_back_up_and_restore(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state, usb = tmp_path / "state", tmp_path / "usb"
    assert back_up(usb, config=None, state_dir=state) == 1
    assert "nothing to back up" in capsys.readouterr().err
    state.mkdir(mode=0o700)
    version_1(state / "readings.sqlite3")
    before = content(state / "readings.sqlite3", "numbers")
    assert back_up(usb, config=None, state_dir=state) == 0
    (taken,) = map(Path, capsys.readouterr().out.split())
    assert taken.parent == usb
    (state / "readings.sqlite3").write_bytes(os.urandom(5000))
    assert restore(taken, config=None, state_dir=state) == 0
    told = capsys.readouterr().out
    assert "is now as in" in told and "is kept as" in told
    assert content(state / "readings.sqlite3", "numbers") == before
    stranger = tmp_path / "stranger"
    stranger.write_text("no database " * 50)
    with pytest.raises(RestoreRefused, match="is no backup of an assistant"):
        restore(stranger, config=None, state_dir=state)
    with pytest.raises(RestoreRefused, match="there is no file"):
        restore(tmp_path / "nothing", config=None, state_dir=state)


def test_nothing_is_restored_under_a_running_assistant(tmp_path: Path) -> None:
    version_1(tmp_path / "readings.sqlite3")
    taken = backups_beside(tmp_path / "readings.sqlite3").take(Stop(), NOW_MS)
    command = [sys.executable, "-m", "assistant", "restore", str(taken), "--state-dir", str(tmp_path)]
    with StateDir(tmp_path):
        refused = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert refused.returncode == 2 and "already running" in refused.stderr


async def test_an_assistant_that_ended_cleanly_is_not_taken_for_one_that_crashed(tmp_path: Path) -> None:
    settings = Settings(mqtt=MqttSettings(enabled=False))
    async with open_assistant(settings, tmp_path):
        assert unclean(tmp_path / "readings.sqlite3")  # as it would be after a crash
    assert not unclean(tmp_path / "readings.sqlite3") and not unclean(tmp_path / "audit.sqlite3")
    assert {one.stat().st_mode & 0o777 for one in tmp_path.glob("*.sqlite3*")} == {0o600}
