"""What becomes of readings as they age: states end, closed hours and days are rolled up, what is too old is deleted.

Jobs for a scheduler. They never raise what a person must mend: that is logged once, and tried again the next time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from sensors.database import StoreUnavailable
from sensors.retention import Retention
from sensors.rollups import Rollups
from sensors.store import StoreWriter
from sensors.told_once import ToldOnce

_LOG = logging.getLogger(__name__)

WORK_SECONDS = 0.5
REST_SECONDS = 1.0
"""A year that is rolled up for the first time takes minutes; readings and answers come first meanwhile."""


class Ageing:
    """Works on the writer's own connection, a little at a time."""

    def __init__(
        self,
        store: StoreWriter,
        *,
        keep_raw_days: int,
        keep_rollups_days: int,
        clock_ms: Callable[[], int],
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._store = store
        self._rollups = Rollups(store.database)
        self._retention = Retention(store.database, keep_raw_days=keep_raw_days, keep_rollups_days=keep_rollups_days)
        self._clock_ms = clock_ms
        self._rest_seconds = rest_seconds
        what = "Old readings cannot be rolled up or deleted, nor states ended; it is tried again"
        self._fault = ToldOnce(_LOG, what, StoreUnavailable)

    async def roll_up(self) -> None:
        """Everything that has closed since the last time."""
        await self._all_of(partial(self._rollups.run_once, budget_seconds=WORK_SECONDS))

    async def delete_old(self) -> None:
        """What the settings no longer keep. Numbers go only after their hours are rolled up."""
        await self.roll_up()
        await self._all_of(lambda: self._retention.run_once(self._clock_ms(), budget_seconds=WORK_SECONDS))

    async def end_what_lapsed(self) -> None:
        """What its device tells the beginning of, and never the end."""
        with self._fault:
            await self._store.end_what_lapsed()

    async def _all_of(self, some: Callable[[], Awaitable[bool]]) -> None:
        with self._fault:
            while not await some():  # noqa: ASYNC110 - it rests between two pieces of work
                await asyncio.sleep(self._rest_seconds)
