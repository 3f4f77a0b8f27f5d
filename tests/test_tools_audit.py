"""The audit: nothing in it can be changed or taken out unseen, and nothing put into it can fill or break it."""

import sqlite3
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.database import StoreUnavailable
from tools.audit import LONGEST_TEXT, Audit, Event, capped


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


def tamper(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    try:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


async def test_what_is_appended_comes_back_in_order_and_the_chain_holds(audit: Audit) -> None:
    records = await audit.records()
    assert [record.body["number"] for record in records] == [0, 1, 2, 3, 4]
    assert [record.number for record in records] == [1, 2, 3, 4, 5]
    assert await audit.first_broken() is None


@pytest.mark.parametrize("statement", ["UPDATE record SET body = '{}'", "DELETE FROM record WHERE number = 5"])
async def test_rows_can_be_neither_changed_nor_deleted(audit: Audit, path: Path, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        tamper(path, statement)
    assert await audit.first_broken() is None


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
    assert await audit.first_broken() == broken


async def test_it_goes_on_where_it_ended(audit: Audit, path: Path) -> None:
    async with Audit(path, clock_ms=lambda: 1) as again:
        assert await again.append(Event.CALL, {}) == 6
        assert await again.first_broken() is None


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
