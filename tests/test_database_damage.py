"""A damaged database is found, kept, and replaced by the last good backup with whatever else can still be read."""

import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from fakes_databases import LAMP_CONFIG, NOW_MS, backups_beside, content, leaf_pages, overwrite, version_1
from fakes_sensors import BEDROOM, definition, reading, store_with

from sensors.backup import Backups
from sensors.database import StoreDamaged, StoreUnavailable, damage_mark, mark_damaged
from sensors.decoded import Decoded
from sensors.dialects.home_assistant import HomeAssistant
from sensors.holding import Stop, check_whole, examine, unclean
from sensors.mend import make_ready
from sensors.message import Message
from sensors.questions import Questions
from sensors.reading import Verb
from sensors.schema import migrate
from sensors.store import ENTITY, StoreWriter
from tools.audit import Audit, Event, audit_holding
from tools.audit_reading import AuditReader

HOUR_MS = 3_600_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.sqlite3"


@pytest.fixture
def backups(path: Path) -> Backups:
    return backups_beside(path)


def filled(path: Path, *, until_ms: int = NOW_MS, numbers_per_series: int = 3000) -> None:
    version_1(path, until_ms=until_ms, numbers_per_series=numbers_per_series)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, backups_beside(path).holding.migrations)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def zero_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(100))


def garbage(path: Path) -> None:
    path.write_bytes(os.urandom(10_000))


def empty(path: Path) -> None:
    os.truncate(path, 0)


def break_schema(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3996)


def break_series(path: Path) -> None:
    overwrite(path, leaf_pages(path, "series"))


def lose_a_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE states")


def odd_pages(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(16)
        file.write((3000).to_bytes(2, "big"))


def another_version(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(60)
        file.write((587_202_562).to_bytes(4, "big"))


def no_version(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(60)
        file.write(bytes(4))


def no_text(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"Floor lamp Lamp", b"Floor \xff\xfe\xfd Lamp"))


DAMAGES = (
    truncate,
    zero_header,
    garbage,
    empty,
    break_schema,
    break_series,
    lose_a_table,
    odd_pages,
    another_version,
    no_version,
    no_text,
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_seen_at_the_start_and_the_backup_takes_its_place(
    path: Path, backups: Backups, damage: Callable[[Path], None]
) -> None:
    filled(path)
    before = content(path, "series", "numbers", "states", "entity")
    taken = backups.take(Stop(), NOW_MS)
    damage(path)
    broken = path.read_bytes()
    mended = make_ready(backups, NOW_MS)
    assert mended is not None and mended.aside is not None
    assert mended.backup == taken
    assert mended.aside.read_bytes() == broken or damage is lose_a_table
    assert mended.aside.name.startswith("readings.sqlite3.corrupt-20")
    assert content(path, "series", "numbers", "states", "entity") == before
    assert make_ready(backups, NOW_MS) is None
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", DAMAGES)
async def test_without_a_backup_a_new_one_is_begun_and_serves(
    path: Path, backups: Backups, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    filled(path)
    damage(path)
    mended = make_ready(backups, NOW_MS)
    if damage is empty:
        assert mended is None  # a first start may have been killed before its first byte
    else:
        assert mended is not None and mended.backup is None
        assert "The database of readings was damaged" in caplog.text and "a new one was begun" in caplog.text
    async with store_with(path, [reading(BEDROOM, NOW_MS, 21.0)]) as (_, questions):
        assert (await questions.latest([BEDROOM]))[BEDROOM].value == 21.0


def test_what_came_after_the_backup_is_read_out_of_the_damaged_file(path: Path, backups: Backups) -> None:
    filled(path, until_ms=NOW_MS - 30 * HOUR_MS)
    backups.take(Stop(), NOW_MS - 30 * HOUR_MS)
    path.unlink()
    filled(path)
    before = content(path, "numbers", "states", "latest", "unconfirmed")
    overwrite(path, leaf_pages(path, "entity"))
    mended = make_ready(backups, NOW_MS)
    assert mended is not None and mended.salvaged > 5000
    after = content(path, "numbers", "states", "latest", "unconfirmed")
    assert {row for row in before["numbers"] if row[1] > NOW_MS - 30 * HOUR_MS} <= set(after["numbers"])
    assert set(before["states"]) <= set(after["states"])
    assert after["latest"] == before["latest"]
    assert after["unconfirmed"] == before["unconfirmed"]


def test_of_a_series_with_damaged_pages_the_rows_on_both_sides_survive(path: Path, backups: Backups) -> None:
    filled(path)
    before = content(path, "numbers")["numbers"]
    leaves = leaf_pages(path, "numbers")
    overwrite(path, leaves[len(leaves) // 2 : len(leaves) // 2 + 1])
    assert examine(backups.holding) is None  # a start does not read the years
    fault = check_whole(backups.holding, Stop())
    assert fault is not None
    mark_damaged(path, fault)
    mended = make_ready(backups, NOW_MS)
    assert mended is not None and mended.backup is None
    after = content(path, "numbers")["numbers"]
    assert set(after) <= set(before)
    assert len(before) - 500 < len(after) < len(before)


def test_what_waits_at_the_broker_is_known_before_its_device_announces_itself_again(
    path: Path, backups: Backups
) -> None:
    filled(path)
    overwrite(path, leaf_pages(path, "numbers")[:1])
    mark_damaged(path, "as a reader has found it")
    assert make_ready(backups, NOW_MS) is not None
    ((entity, definition, topic, payload),) = content_of(path, "SELECT id, definition, topic, payload FROM entity")
    assert (entity, topic, payload) == ("light.lamp1", "homeassistant/light/lamp1/light/config", LAMP_CONFIG)
    assert ENTITY.validate_json(definition).commands == ()  # nothing is sent by what a damaged file says


async def test_a_lamp_that_was_read_out_of_a_damaged_file_obeys_once_it_has_announced_itself(
    path: Path, backups: Backups
) -> None:
    filled(path)
    overwrite(path, leaf_pages(path, "numbers")[:1])
    mark_damaged(path, "as a reader has found it")
    assert make_ready(backups, NOW_MS) is not None
    async with StoreWriter(path) as store:
        dialect = HomeAssistant()
        dialect.restore(store.definitions())
        report = Message(topic="z/lamp", payload=b'{"state": "ON", "brightness": 255}', received_ms=NOW_MS)
        assert dialect.decode(report) is not None
        announced = dialect.decode(Message(topic=store.definitions()[0].topic, payload=LAMP_CONFIG))
        assert announced is not None
        await store.write([announced])
        (lamp,) = store.definitions()
        assert {command.verb for command in lamp.entity.commands} >= {Verb.TURN_ON, Verb.TURN_OFF}


def content_of(path: Path, statement: str) -> list[tuple[str, str, str, bytes]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def test_a_row_that_cannot_be_true_is_not_taken_over(path: Path, backups: Backups) -> None:
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO numbers VALUES (1, ?, 5)", (NOW_MS + HOUR_MS,))
        connection.execute("INSERT INTO numbers VALUES (1, 'never', 5)")
        connection.execute("INSERT INTO numbers VALUES (1, ?, x'00ff')", (NOW_MS,))
        connection.execute("INSERT INTO states VALUES (5, ?, '')", (NOW_MS,))
        connection.execute("INSERT INTO series VALUES (-3, 'x', x'00')")
    whole = content(path, "numbers")["numbers"]
    mark_damaged(path, "for this test")
    make_ready(backups, NOW_MS)
    assert set(whole) - set(content(path, "numbers")["numbers"]) == {
        (1, NOW_MS + HOUR_MS, 5),
        (1, "never", 5),
        (1, NOW_MS, b"\x00\xff"),
    }
    assert all(row[0] > 0 for row in content(path, "series")["series"])  # type: ignore[operator]


def test_what_stood_only_in_the_log_is_read_too(path: Path, backups: Backups, tmp_path: Path) -> None:
    """As after a power cut: the log was never written back, and the file itself is damaged."""
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("INSERT INTO numbers VALUES (1, ?, 12345)", (NOW_MS,))
        crashed = tmp_path / "crashed"
        crashed.mkdir()
        for one in path.parent.glob(f"{path.name}*"):
            shutil.copy(one, crashed)
    later = crashed / path.name
    assert unclean(later)
    mark_damaged(later, "for this test")
    mended = make_ready(backups_beside(later), NOW_MS)
    assert mended is not None and mended.aside is not None
    assert mended.aside.with_name(f"{mended.aside.name}-wal").exists()
    assert not unclean(later)
    assert (1, NOW_MS, 12345) in content(later, "numbers")["numbers"]


def test_a_damaged_backup_is_passed_over_for_the_one_before(
    path: Path, backups: Backups, caplog: pytest.LogCaptureFixture
) -> None:
    filled(path, until_ms=NOW_MS - 48 * HOUR_MS)
    older = backups.take(Stop(), NOW_MS - 48 * HOUR_MS)
    newer = backups.take(Stop(), NOW_MS - 24 * HOUR_MS)
    overwrite(newer, leaf_pages(newer, "numbers")[:2])
    garbage(path)
    mended = make_ready(backups, NOW_MS)
    assert mended is not None and mended.backup == older
    assert f"The backup {newer} was passed over" in caplog.text
    assert newer.exists()


def test_nothing_that_was_moved_aside_is_ever_overwritten(path: Path, backups: Backups) -> None:
    for content_of_file in (b"first" * 1000, b"second" * 1000, b"third" * 1000):
        path.write_bytes(content_of_file)
        mark_damaged(path, "for this test")
        os.utime(damage_mark(path), (1_700_000_000, 1_700_000_000))
        make_ready(backups, NOW_MS)
    aside = sorted(path.parent.glob("readings.sqlite3.corrupt-*"))
    assert [one.read_bytes()[:3] for one in aside] == [b"fir", b"sec", b"thi"]


def test_a_disk_that_breaks_one_after_the_other_is_not_filled_with_them(path: Path, backups: Backups) -> None:
    for number in range(3):
        path.write_bytes(b"broken" * 1000)
        mark_damaged(path, "for this test")
        make_ready(backups, int(time.time() * 1000) + number)
    path.write_bytes(b"broken" * 1000)
    mark_damaged(path, "for this test")
    with pytest.raises(StoreUnavailable, match="4 times within a day; its disk is failing"):
        make_ready(backups, int(time.time() * 1000))
    assert path.read_bytes() == b"broken" * 1000
    assert make_ready(backups, int(time.time() * 1000) + 2 * 24 * HOUR_MS) is not None


def test_a_start_that_was_killed_while_mending_goes_on_where_it_was(path: Path, backups: Backups) -> None:
    filled(path)
    before = content(path, "numbers", "states")
    backups.take(Stop(), NOW_MS)
    mark_damaged(path, "for this test")
    path.with_name(f"{path.name}-wal").write_bytes(b"a log")
    aside = path.with_name("readings.sqlite3.corrupt-20231114-221320Z")
    os.utime(damage_mark(path), (1_700_000_000, 1_700_000_000))
    path.with_name(f"{path.name}-wal").rename(f"{aside}-wal")  # and here it was killed; then, later, here:
    (path.parent / "readings.sqlite3.restoring").write_bytes(b"half")
    mended = make_ready(backups, NOW_MS)
    assert mended is not None and mended.aside == aside
    assert content(path, "numbers", "states") == before
    assert {one.name.removesuffix("-shm") for one in path.parent.iterdir()} == {
        "backups",
        "readings.sqlite3",
        "readings.sqlite3.corrupt-20231114-221320Z",
        "readings.sqlite3.corrupt-20231114-221320Z-wal",
    }


async def test_damage_that_is_met_while_running_is_marked_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    filled(path)
    overwrite(path, leaf_pages(path, "numbers"))
    async with StoreWriter(path) as writer, Questions(path) as questions:
        with pytest.raises(StoreDamaged, match="moves it aside"):
            await writer.write([Decoded(readings=(reading(BEDROOM, NOW_MS + 1, 20.5),))])
        assert "malformed" in damage_mark(path).read_text()
        with pytest.raises(StoreUnavailable):
            await questions.counts()
    assert caplog.text.count("is damaged:") == 1


def test_a_healthy_file_is_examined_in_milliseconds_and_left_as_it_is(path: Path, backups: Backups) -> None:
    filled(path)
    before = path.read_bytes()
    assert make_ready(backups, NOW_MS) is None
    assert check_whole(backups.holding, Stop()) is None
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_not_touched(path: Path, backups: Backups) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE photos (name)")
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match="another program; move it away"):
        make_ready(backups, NOW_MS)
    path.unlink()
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA application_id = 12345")
    with pytest.raises(StoreUnavailable, match="another program; move it away"):
        make_ready(backups, NOW_MS)
    assert before and not damage_mark(path).exists()


def test_a_folder_in_its_place_is_refused_with_the_fix(path: Path, backups: Backups) -> None:
    path.mkdir()
    with pytest.raises(StoreUnavailable, match="is not a file; move it away"):
        make_ready(backups, NOW_MS)


def test_a_file_that_may_not_be_read_is_refused_with_the_fix() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "readings.sqlite3")
        filled(path)
        path.chmod(0)
        Path(folder).chmod(0o755)
        user = os.geteuid()
        try:
            if user == 0:  # root may read everything
                os.seteuid(65_534)
            with pytest.raises(StoreUnavailable, match="make it and its folder readable"):
                make_ready(backups_beside(path), NOW_MS)
        finally:
            os.seteuid(user)
        assert not damage_mark(path).exists()


async def test_an_entity_that_cannot_be_understood_is_dropped_and_the_rest_is_served(
    path: Path, backups: Backups, caplog: pytest.LogCaptureFixture
) -> None:
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE entity SET definition = replace(definition, 'component', 'compon}nt')")
    assert make_ready(backups, NOW_MS) is None
    async with StoreWriter(path) as writer, Questions(path) as questions:
        assert writer.definitions() == ()
        assert (await questions.house()).entities == ()
        assert (await questions.latest([BEDROOM]))[BEDROOM].value == 20.199
    assert "What is stored of light.lamp1 cannot be read, and is dropped" in caplog.text


@pytest.mark.parametrize("seed", range(60))
async def test_whatever_bytes_are_overwritten_it_serves_after_two_starts_at_most(
    path: Path, backups: Backups, seed: int
) -> None:
    chance = random.Random(seed)
    filled(path, numbers_per_series=600)
    content_of_file = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 3)):
        length = chance.choice([1, 2, 8, 64, 512, 4096])
        start = chance.randrange(len(content_of_file))
        start -= start % 4096 if chance.random() < 0.5 else 0
        noise = chance.choice([bytes(length), chance.randbytes(length), b"\xff" * length])
        content_of_file[start : start + length] = noise
    path.write_bytes(content_of_file)
    for _ in range(2):
        try:
            make_ready(backups, NOW_MS)
            async with store_with(path, [reading(BEDROOM, NOW_MS + 1, 21.0)], definition()) as (_, questions):
                await questions.counts()
                assert (await questions.house()).entities
                assert (await questions.latest([BEDROOM]))[BEDROOM].value == 21.0
            return
        except StoreDamaged:
            assert damage_mark(path).exists()
    pytest.fail("it was damaged still after it was mended")


async def test_the_audit_is_restored_with_every_record_that_proves_itself(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite3"
    backups = Backups(audit_holding(path), tmp_path / "backups", reserve_bytes=0)
    async with Audit(path, clock_ms=lambda: NOW_MS) as audit:
        for number in range(5):
            await audit.append(Event.TURN, {"text": f"before {number}"})
    backups.take(Stop(), NOW_MS)
    async with Audit(path, clock_ms=lambda: NOW_MS) as audit:
        for number in range(5):
            await audit.append(Event.TURN, {"text": f"after {number}"})
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER no_update")
        connection.execute("UPDATE record SET body = 'forged' WHERE number = 9")
    mark_damaged(path, "for this test")
    mended = make_ready(backups, NOW_MS)
    assert mended is not None and mended.salvaged == 3
    async with Audit(path, clock_ms=lambda: NOW_MS) as audit:
        assert await audit.append(Event.TURN, {"text": "goes on"}) == 9
    with closing(AuditReader(path)) as reader:
        assert reader.check().broken is None


def test_a_house_is_told_in_the_log_what_was_mended(
    path: Path, backups: Backups, caplog: pytest.LogCaptureFixture
) -> None:
    filled(path)
    backups.take(Stop(), NOW_MS)
    truncate(path)
    with caplog.at_level(logging.ERROR):
        mended = make_ready(backups, NOW_MS)
    assert str(mended) in caplog.text
    assert "was damaged (it is cut off" in str(mended) and "took its place" in str(mended)


MAKE_READY = """
import sys
from pathlib import Path
from fakes_databases import NOW_MS, backups_beside
from sensors.mend import make_ready
make_ready(backups_beside(Path(sys.argv[1])), NOW_MS)
"""


def test_killed_at_whatever_moment_while_mending_it_loses_nothing(path: Path, backups: Backups) -> None:
    filled(path, until_ms=NOW_MS - 30 * HOUR_MS, numbers_per_series=9000 - 30 * 60)
    backups.take(Stop(), NOW_MS - 30 * HOUR_MS)
    path.unlink()
    filled(path, numbers_per_series=9000)
    before = content(path, "numbers", "states")
    damage_mark(path).write_text("for this test")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    command = [sys.executable, "-c", MAKE_READY, str(path)]
    killed = 0
    for delay_ms in (0, 2, 5, 10, 20, 40, 80, 1000):
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
            soon = time.monotonic() + 10
            while process.poll() is None and time.monotonic() < soon and not _begun(path):
                time.sleep(0.001)
            time.sleep(delay_ms / 1000)
            process.kill()
        killed += process.returncode == -signal.SIGKILL
        if not damage_mark(path).exists():
            break
    make_ready(backups, NOW_MS)
    assert killed > 0
    assert not damage_mark(path).exists()
    after = content(path, "numbers", "states")
    assert {table: set(after[table]) for table in after} == {table: set(before[table]) for table in before}
    assert len(list(path.parent.glob("*.corrupt-*Z"))) == 1


def _begun(path: Path) -> bool:
    return not path.exists() or path.with_name(f"{path.name}.restoring").exists()
