"""What is done by the clock rather than on request, through APScheduler."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler

SWEEP_SECONDS = 5


class Schedule:
    """Runs the jobs while it is entered."""

    def __init__(self, *, sweep_proposals: Callable[[], Awaitable[None]]) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_job(sweep_proposals, "interval", seconds=SWEEP_SECONDS, coalesce=True, max_instances=1)

    async def __aenter__(self) -> Self:
        self._scheduler.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scheduler.shutdown(wait=False)
