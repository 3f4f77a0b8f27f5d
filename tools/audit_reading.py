"""The audit as it is looked up: over a connection that only reads, whether or not a daemon is writing it."""

import json
import sqlite3
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from sensors.database import StoreUnavailable, explain
from tools.audit import AUDIT_ID, Event, Record
from tools.audit_ageing import LAST_BEFORE
from tools.chain import START, Checked, Head, follow

_COLUMNS = "number, at_ms, event, body"


class AuditReader:
    """Blocking; for a thread of its own, or for a command. Closed by `closing`. Raises StoreUnavailable."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            raise StoreUnavailable(f"{path} does not exist yet: nothing has been recorded; start `assistant run`")
        try:
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise explain(error, path) or error from error
        with ExitStack() as stack:
            stack.callback(self.close)
            self._begin()
            stack.pop_all()

    def _begin(self) -> None:
        try:
            self._connection.execute("PRAGMA query_only = ON")
            found = self._connection.execute("PRAGMA application_id").fetchone()[0]
        except sqlite3.Error as error:
            raise explain(error, self._path) or error from error
        if found not in (0, AUDIT_ID):
            raise StoreUnavailable(f"{self._path} is not an assistant's audit; check --state-dir")

    def close(self) -> None:
        self._connection.close()

    def records(self, where: str = "1", parameters: tuple[object, ...] = (), *, newest: int = 100) -> list[Record]:
        """The newest that fit, oldest of them first. `where` is SQL of this program's own."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM record WHERE {where} ORDER BY number DESC LIMIT ?", (*parameters, newest)
        )
        return [_record(row) for row in rows][::-1]

    def of_turn(self, turn: str) -> list[Record]:
        """The turn's own record and its calls, and what became of the proposals that it made or answered."""
        own = self.records("json_extract(body, '$.turn') = ?", (turn,), newest=200)
        ids = {str(found) for record in own for found in _proposals_in(record)}
        marks = ", ".join("?" for _ in ids)
        more = self.records(f"json_extract(body, '$.proposal') IN ({marks})", tuple(sorted(ids)), newest=200)
        return sorted({record.number: record for record in (*own, *more)}.values(), key=lambda one: one.number)

    def turns_since(self, at_ms: int) -> Counter[tuple[str, str | None]]:
        """How many turns there were since then, by who planned them and, of a model's, why it stopped."""
        statement = (
            "SELECT at_ms, json_extract(body, '$.planner'), json_extract(body, '$.model.stopped') FROM record"
            " WHERE event = ? ORDER BY number DESC"
        )
        with closing(self._rows(statement, (Event.TURN,))) as rows:
            return Counter((planner, stopped) for _, planner, stopped in takewhile(lambda row: row[0] >= at_ms, rows))

    def kept(self, before_ms: int) -> tuple[int, int | None, int]:
        """How many records there are, when the first was made, and how many go where all before a time do."""
        last = next(self._rows(LAST_BEFORE, (before_ms,)), (0, ""))[0]
        statement = "SELECT count(*), min(at_ms), (SELECT count(*) FROM record WHERE number <= ?) FROM record"
        count, oldest_ms, going = next(self._rows(statement, (last,)))
        return count, oldest_ms, going

    def house(self, turn: Record) -> Record | None:
        """What there was in the house, as far as the person of this turn may know it."""
        told = (Event.HOUSE, turn.number, turn.body["house"])
        found = self.records("event = ? AND number < ? AND json_extract(body, '$.digest') = ?", told, newest=1)
        return found[0] if found else None

    def check(self, seal: Head | None = None) -> Checked:
        """Follows the whole chain, row by row; `seal` is a head that was written down outside of the file."""
        anchor = next(self._rows("SELECT number, hash FROM anchor ORDER BY number DESC LIMIT 1", ()), (0, START))
        after = Head(number=anchor[0], hash=anchor[1])
        rows = self._rows(f"SELECT {_COLUMNS}, hash FROM record WHERE number > ? ORDER BY number", (after.number,))
        checked = follow(rows, after, sealed=[seal] if seal else [])
        if checked.broken is None and after.number and not self._is_told(after):
            why = f"the records up to {after.number} were deleted, and none tells of it"
            return replace(checked, broken=after.number, why=why)
        return checked

    def _is_told(self, anchor: Head) -> bool:
        """Whether the chain itself says that everything up to the anchor was deleted in good order."""
        told = self.records("event = ?", (Event.DELETED,), newest=1_000_000)
        return any((one.body.get("number"), one.body.get("hash")) == (anchor.number, anchor.hash) for one in told)

    def _rows(self, statement: str, parameters: tuple[object, ...]) -> Generator[Any]:
        try:
            with closing(self._connection.execute(statement, parameters)) as cursor:
                yield from cursor
        except sqlite3.Error as error:
            raise explain(error, self._path) or error from error


def _record(row: tuple[int, int, str, str]) -> Record:
    number, at_ms, event, body = row
    return Record(number=number, at_ms=at_ms, event=event, body=json.loads(body))


def _proposals_in(record: Record) -> Iterator[object]:
    for call in record.body.get("calls", ()):
        if isinstance(call, dict) and isinstance(call.get("result"), dict) and "proposal_id" in call["result"]:
            yield call["result"]["proposal_id"]
    if answered := record.body.get("answered"):
        yield answered
