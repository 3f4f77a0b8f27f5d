"""The database of what waits: mended like the others, and never with timers that are long over."""

from contextlib import closing
from pathlib import Path

import pytest
from fakes_databases import NOW_MS

from sensors.backup import Backups
from sensors.database import mark_damaged
from sensors.holding import Stop, check_whole, open_to_read
from sensors.mend import make_ready
from tools.house_state import house_holding, open_house_state

TIMER = (
    "INSERT INTO timer (kind, name, satellite, set_ms, boot, set_boot_ms, due_ms) VALUES ('timer', ?, 'x', 1, '', 1, 2)"
)


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    return Backups(house_holding(tmp_path / "house.sqlite3"), tmp_path / "backups", reserve_bytes=0)


async def names(path: Path) -> list[str]:
    async with open_house_state(path) as database:
        return [row[0] for row in await database.fetch_all("SELECT name FROM timer ORDER BY id")]


async def test_a_new_one_is_whole_and_known(backups: Backups) -> None:
    path = backups.holding.path
    assert await names(path) == []
    assert check_whole(backups.holding, Stop()) is None
    assert make_ready(backups, NOW_MS) is None


async def test_mending_keeps_what_waits_and_brings_back_nothing_that_is_over(backups: Backups) -> None:
    path = backups.holding.path
    async with open_house_state(path) as database:
        await database.execute(TIMER, ("last week's",))
    backups.take(Stop(), NOW_MS)
    async with open_house_state(path) as database:
        await database.execute("DELETE FROM timer")
        await database.execute(TIMER, ("pasta",))
    mark_damaged(path, "for this test")
    mended = make_ready(backups, NOW_MS)
    assert mended is not None and mended.salvaged == 1
    assert await names(path) == ["pasta"]


async def test_where_it_cannot_be_read_the_backup_serves(backups: Backups) -> None:
    path = backups.holding.path
    async with open_house_state(path) as database:
        await database.execute(TIMER, ("tea",))
    backups.take(Stop(), NOW_MS)
    with closing(open_to_read(path)) as connection:
        page_bytes, page = connection.execute(
            "SELECT (SELECT page_size FROM pragma_page_size), rootpage FROM sqlite_schema WHERE name = 'timer'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * page_bytes)
        file.write(b"\xff" * page_bytes)
    mended = make_ready(backups, NOW_MS)
    assert mended is not None and mended.backup is not None
    assert await names(path) == ["tea"]
