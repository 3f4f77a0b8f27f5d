"""What becomes of readings as they age: closed hours and days are rolled up, and what is too old is deleted.

Jobs for a scheduler. They never raise what a person must mend: that is logged once, and tried again the next time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from sensors.database import Database, StoreUnavailable
from sensors.retention import Retention
from sensors.rollups import Rollups

_LOG = logging.getLogger(__name__)

WORK_SECONDS = 0.5
REST_SECONDS = 1.0
"""A year that is rolled up for the first time takes minutes; readings and answers come first meanwhile."""


class Ageing:
    """Works on the writer's own connection, a little at a time."""

    def __init__(
        self,
        database: Database,
        *,
        keep_raw_days: int,
        keep_rollups_days: int,
        clock_ms: Callable[[], int],
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._rollups = Rollups(database)
        self._retention = Retention(database, keep_raw_days=keep_raw_days, keep_rollups_days=keep_rollups_days)
        self._clock_ms = clock_ms
        self._rest_seconds = rest_seconds
        self._stuck = False

    async def roll_up(self) -> None:
        """Everything that has closed since the last time."""
        await self._all_of(partial(self._rollups.run_once, budget_seconds=WORK_SECONDS))

    async def delete_old(self) -> None:
        """What the settings no longer keep. Numbers go only after their hours are rolled up."""
        await self.roll_up()
        await self._all_of(lambda: self._retention.run_once(self._clock_ms(), budget_seconds=WORK_SECONDS))

    async def _all_of(self, some: Callable[[], Awaitable[bool]]) -> None:
        try:
            while True:
                if await some():
                    break
                await asyncio.sleep(self._rest_seconds)
        except StoreUnavailable as error:
            if not self._stuck:
                _LOG.warning("Old readings cannot be rolled up or deleted; it is tried again later. %s", error)
            self._stuck = True
        else:
            self._stuck = False
