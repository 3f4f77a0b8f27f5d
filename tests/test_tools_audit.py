"""The audit: nothing in it can be changed or taken out unseen, and nothing put into it can fill or break it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.database import StoreUnavailable
from tools.audit import LONGEST_TEXT, Audit, Event, capped
from tools.audit_ageing import DAY_MS, AuditAgeing, read_seal, write_seal
from tools.audit_reading import AuditReader
from tools.chain import Checked, Head


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.sqlite3"


@pytest.fixture
async def audit(path: Path) -> AsyncIterator[Audit]:
    clock = count(1_790_000_000_000)
    async with Audit(path, clock_ms=lambda: next(clock)) as opened:
        for number in range(5):
            await opened.append(Event.TURN, {"number": number})
        yield opened


def checked(path: Path, seal: Head | None = None) -> Checked:
    with closing(AuditReader(path)) as reader:
        return reader.check(seal)


def tamper(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    try:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


async def test_what_is_appended_comes_back_in_order_and_the_chain_holds(audit: Audit, path: Path) -> None:
    records = await audit.records()
    assert [record.body["number"] for record in records] == [0, 1, 2, 3, 4]
    assert [record.number for record in records] == [1, 2, 3, 4, 5]
    assert checked(path).broken is None


@pytest.mark.parametrize("statement", ["UPDATE record SET body = '{}'", "DELETE FROM record WHERE number = 5"])
async def test_rows_can_be_neither_changed_nor_deleted(audit: Audit, path: Path, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        tamper(path, statement)
    assert checked(path).broken is None


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (("DROP TRIGGER no_update", "UPDATE record SET body = '{}' WHERE number = 3"), 3),
        (("DROP TRIGGER no_update", "UPDATE record SET at_ms = 1 WHERE number = 2"), 2),
        (("DROP TRIGGER no_delete", "DELETE FROM record WHERE number = 2"), 2),
        (("DROP TRIGGER no_update", "UPDATE record SET hash = 'x' WHERE number = 4"), 4),
    ],
)
async def test_who_goes_round_the_triggers_breaks_the_chain(
    audit: Audit, path: Path, statements: tuple[str, ...], broken: int
) -> None:
    tamper(path, *statements)
    assert checked(path).broken == broken


async def test_it_goes_on_where_it_ended(audit: Audit, path: Path) -> None:
    async with Audit(path, clock_ms=lambda: 1) as again:
        assert await again.append(Event.CALL, {}) == 6
        assert checked(path).broken is None


async def test_a_folder_that_is_not_there_is_said_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="check that its folder exists"):
        async with Audit(tmp_path / "missing" / "audit.sqlite3", clock_ms=lambda: 1):
            pass


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3000),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@given(JSON)
def test_no_text_in_it_is_long_or_holds_control_characters(value: object) -> None:
    def texts(part: object) -> list[str]:
        if isinstance(part, str):
            return [part]
        if isinstance(part, dict):
            return [text for item in part.values() for text in texts(item)]
        return [text for item in part for text in texts(item)] if isinstance(part, list) else []

    for text in texts(capped(value)):
        assert len(text) <= LONGEST_TEXT + 40
        assert text.isprintable()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO record VALUES (3, 1, 'turn', '{}', 'x')",
        "REPLACE INTO record SELECT 5, at_ms, event, body, hash FROM record WHERE number = 1",
        "INSERT INTO record VALUES (9, 1, 'turn', '{}', 'x')",
        "DELETE FROM record WHERE number = 1",
        "UPDATE record SET body = body",
        "DELETE FROM anchor",
        "UPDATE anchor SET number = 1",
    ],
)
async def test_no_statement_gets_round_the_triggers(audit: Audit, path: Path, statement: str) -> None:
    if "anchor" in statement:
        tamper(path, "INSERT INTO anchor VALUES (0, 'x', 0)")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        tamper(path, statement)
    assert len(await audit.records()) == 5


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET body = body WHERE 0",
        "DELETE FROM record WHERE 0",
        "INSERT INTO anchor VALUES (1, 'x', 1)",
        "DROP TRIGGER no_update",
        "CREATE TABLE other (x)",
        "ALTER TABLE record ADD COLUMN x",
        "PRAGMA writable_schema = ON",
        "PRAGMA recursive_triggers = OFF",
        "ATTACH ':memory:' AS other",
        "VACUUM",
        "SELECT load_extension('x')",
        "SELECT name FROM sqlite_schema",
    ],
)
async def test_the_connection_that_appends_can_do_nothing_else(audit: Audit, statement: str) -> None:
    with pytest.raises((sqlite3.Error, StoreUnavailable)):
        await audit._database.execute(statement)
    assert await audit.append(Event.CALL, {}) == 6


async def aged(audit: Audit, path: Path, *, keep_days: int, now_ms: int) -> None:
    seal = path.with_name("audit.head")
    await AuditAgeing(audit, path, seal, keep_days=keep_days, clock_ms=lambda: now_ms).delete_old()


async def test_what_is_old_is_deleted_from_the_front_and_the_chain_still_holds(tmp_path: Path) -> None:
    path, clock = tmp_path / "audit.sqlite3", count(0, DAY_MS)
    async with Audit(path, clock_ms=lambda: next(clock)) as audit:
        for number in range(10):
            await audit.append(Event.TURN, {"number": number})
        await aged(audit, path, keep_days=4, now_ms=10 * DAY_MS)
        kept = await audit.records()
        assert [record.number for record in kept] == [7, 8, 9, 10, 11]
        assert kept[-1].event == Event.DELETED
        assert (checked(path).first, checked(path).broken) == (7, None)
        await aged(audit, path, keep_days=4, now_ms=10 * DAY_MS)
        assert len(await audit.records()) == 5
        await aged(audit, path, keep_days=1, now_ms=40 * DAY_MS)
        assert [record.event for record in await audit.records()] == [Event.DELETED, Event.DELETED]
        assert checked(path).broken is None
    async with Audit(path, clock_ms=lambda: 1) as again:
        assert await again.append(Event.CALL, {}) == 13
        assert checked(path, read_seal(path.with_name("audit.head"))).broken is None


async def test_a_front_that_somebody_else_deleted_shows(audit: Audit, path: Path) -> None:
    third = (await audit.records())[2]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO anchor SELECT number, hash, 1 FROM record WHERE number = ?", (third.number,))
        connection.execute("DELETE FROM record WHERE number <= 3")
        connection.commit()
    found = checked(path)
    assert found.broken == 3 and "none tells of it" in found.why


async def test_a_tail_that_was_cut_off_shows_by_what_was_written_down_elsewhere(audit: Audit, path: Path) -> None:
    seal = path.with_name("audit.head")
    write_seal(seal, await audit.head())
    assert checked(path, read_seal(seal)).broken is None
    tamper(path, "DROP TRIGGER no_delete", "DELETE FROM record WHERE number > 3")
    assert checked(path).broken is None, "the chain alone cannot tell"
    found = checked(path, read_seal(seal))
    assert found.broken == 4 and "record 5 was sealed" in found.why


async def test_a_chain_that_was_made_anew_shows_by_the_seal(audit: Audit, path: Path) -> None:
    found = checked(path, Head(number=3, hash="0" * 64))
    assert found.broken == 3 and "made anew" in found.why


def test_a_seal_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    seal = tmp_path / "audit.head"
    assert read_seal(seal) is None
    seal.write_text("{}")
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        read_seal(seal)


async def test_who_looks_things_up_cannot_write(audit: Audit, path: Path) -> None:
    with closing(AuditReader(path)) as reader, pytest.raises(StoreUnavailable, match="cannot be written"):
        list(reader._rows("DELETE FROM record", ()))


def test_where_nothing_was_recorded_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="nothing has been recorded"):
        AuditReader(tmp_path / "audit.sqlite3")
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as other:
        other.execute("PRAGMA application_id = 7")
        other.commit()
    with pytest.raises(StoreUnavailable, match="not an assistant's audit"):
        AuditReader(tmp_path / "other.sqlite3")
