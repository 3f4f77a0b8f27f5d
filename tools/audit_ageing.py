"""Deletes what is old from the front of the audit, in a way that the chain tells of; and writes its head down apart."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sensors.database import StoreUnavailable, explain
from sensors.kept_file import replace_text
from tools.audit import Audit, Event
from tools.chain import Head

_LOG = logging.getLogger(__name__)

DAY_MS = 86_400_000
LAST_BEFORE = (
    "SELECT number, hash FROM record WHERE number < coalesce((SELECT min(number) FROM record WHERE at_ms >= ?),"
    " (SELECT max(number) FROM record)) ORDER BY number DESC LIMIT 1"
)
MOST_AT_ONCE = 20_000
"""Records deleted in one transaction, so that nobody waits long for the file."""


class AuditAgeing:
    """Run each night. Deleting has a connection of its own: the one that writes cannot delete."""

    def __init__(self, audit: Audit, path: Path, seal: Path, *, keep_days: int, clock_ms: Callable[[], int]) -> None:
        self._audit = audit
        self._path = path
        self._seal = seal
        self._keep_days = keep_days
        self._clock_ms = clock_ms

    async def delete_old(self) -> None:
        """Raises StoreUnavailable. The deletion is in the chain itself before the first record goes."""
        before_ms = self._clock_ms() - self._keep_days * DAY_MS
        head = await asyncio.to_thread(last_before, self._path, before_ms)
        if head is not None:
            await self._audit.append(Event.DELETED, {"number": head.number, "hash": head.hash})
            gone = await asyncio.to_thread(delete_until, self._path, head, self._clock_ms())
            _LOG.info("%d records of the audit were older than %d days", gone, self._keep_days)
        await self.seal()

    async def forget(self, before_ms: int | None) -> int:
        """Deletes what is older, or for None all there is, and leaves no byte of it in the file; tells how many.

        Only while nobody else uses the file. Raises StoreUnavailable.
        """
        if before_ms is None:
            head: Head | None = await self._audit.head()
        else:
            head = await asyncio.to_thread(last_before, self._path, before_ms)
        if head is None or not head.number:
            return 0
        await self._audit.append(Event.DELETED, {"number": head.number, "hash": head.hash})
        gone = await asyncio.to_thread(delete_until, self._path, head, self._clock_ms())
        await asyncio.to_thread(rewrite, self._path)
        await self.seal()
        return gone

    async def seal(self) -> None:
        """Writes down beside the audit how far it goes, for `assistant audit verify`: a cut tail shows by it."""
        head = await self._audit.head()
        try:
            write_seal(self._seal, head)
        except OSError as error:
            _LOG.warning("How far the audit goes could not be written to %s: %s", self._seal, error)


def last_before(path: Path, before_ms: int) -> Head | None:
    """The newest record that is old; the very last stays. Records are in the order of the clock but for its jumps."""
    with closing(_open(path)) as connection:
        row = connection.execute(LAST_BEFORE, (before_ms,)).fetchone()
    return Head(number=row[0], hash=row[1]) if row else None


def delete_until(path: Path, head: Head, now_ms: int) -> int:
    """Deletes everything up to `head`, and leaves its hash as the anchor of the rest; returns how many."""
    deleted = 0
    try:
        with closing(_open(path)) as connection:
            # It is there already where an earlier night was cut short.
            connection.execute("INSERT OR IGNORE INTO anchor VALUES (?, ?, ?)", (head.number, head.hash, now_ms))
            while True:
                cursor = connection.execute(
                    "DELETE FROM record WHERE number IN (SELECT number FROM record WHERE number <= ?"
                    " ORDER BY number LIMIT ?)",
                    (head.number, MOST_AT_ONCE),
                )
                if not cursor.rowcount:
                    return deleted
                deleted += cursor.rowcount
    except sqlite3.Error as error:
        raise explain(error, path) or StoreUnavailable(f"{path}: {error}") from error


def rewrite(path: Path) -> None:
    """The file without the places where deleted records were. Raises StoreUnavailable."""
    try:
        with closing(_open(path)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise explain(error, path) or StoreUnavailable(f"{path}: {error}") from error


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=5.0)


def write_seal(path: Path, head: Head) -> None:
    """Raises OSError."""
    replace_text(path, json.dumps({"number": head.number, "hash": head.hash}), durably=True)


def read_seal(path: Path) -> Head | None:
    """None where none was written yet. Raises StoreUnavailable where it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Head(number=int(found["number"]), hash=str(found["hash"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreUnavailable(f"{path} cannot be read ({error}); without it a cut tail does not show") from error
