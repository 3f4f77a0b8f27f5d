"""What the house has told by itself and is still so: told once, and again only after it was well. Owns its table."""

import json
import logging
from collections.abc import Sequence
from typing import Self

from sensors.database import Database, StoreUnavailable
from tools.noticing import Finding
from tools.timers import Ring, Timers

_LOG = logging.getLogger(__name__)

_PUT = "INSERT OR REPLACE INTO standing SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)"


class Standing:
    """The one writer of it."""

    def __init__(self, database: Database, timers: Timers) -> None:
        self._database = database
        self._timers = timers
        self._keys: set[tuple[str, str]] = set()

    async def load(self) -> Self:
        """Raises StoreUnavailable."""
        self._keys = {
            (row[0], row[1]) for row in await self._database.fetch_all("SELECT kind, entity_id FROM standing")
        }
        return self

    def news(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """What is bad and was not told yet."""
        return tuple(one for one in findings if one.bad is True and one.key not in self._keys)

    def over(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """What was told and is well again."""
        return tuple(one for one in findings if one.bad is False and one.key in self._keys)

    async def tell(self, findings: Sequence[Finding], rings: Sequence[Ring], now_ms: int) -> tuple[Ring, ...]:
        """Takes them as told, in one commit with what rings for them. Never raises."""
        rows = json.dumps([[*one.key, now_ms] for one in findings])
        self._keys |= {one.key for one in findings}
        return await self._timers.ring(rings, (_PUT, (rows,)))

    async def forget(self, findings: Sequence[Finding]) -> None:
        """They are well again. Where the disk does not take it, they may stay untold once more. Never raises."""
        if not findings:
            return
        keys = [one.key for one in findings]
        self._keys -= set(keys)
        try:
            async with self._database.atomic():
                await self._database.executemany("DELETE FROM standing WHERE kind = ? AND entity_id = ?", keys)
        except StoreUnavailable as error:
            _LOG.error("That something is well again could not be kept: %s", error)
