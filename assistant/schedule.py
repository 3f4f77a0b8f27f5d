"""What is done by the clock rather than on request, through APScheduler."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from types import TracebackType
from typing import Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from config.errors import UserFacingError
from sensors.upkeep import Upkeep

Job = Callable[[], Awaitable[object]]

_LOG = logging.getLogger(__name__)

SWEEP_SECONDS = 5
SPACE_SECONDS = 600
ROLL_UP_SECONDS = 300
LAPSE_SECONDS = 2
MINUTE = 17
"""Of an hour of the night: nobody else's jobs begin then."""
CATCH_UP_SECONDS = 60
"""After a start the house is served first."""


def deleting_hour(backup_hour: int) -> int:
    """When what is too old is deleted: what a backup has of it is still there then."""
    return (backup_hour + 1) % 24


def next_night(now: datetime, hour: int) -> datetime:
    """When something that is done each night at this hour is done next."""
    tonight = now.replace(hour=hour, minute=MINUTE, second=0, microsecond=0)
    return tonight if tonight > now else tonight + timedelta(days=1)


class Schedule:
    """Runs the jobs while it is entered; one that is still running is not started again.

    `every` gives jobs with the seconds between their starts; `nightly` those that run an hour after the backup.
    """

    def __init__(
        self,
        *,
        every: Sequence[tuple[float, Job]],
        upkeep: Upkeep,
        nightly: Sequence[Job] = (),
        backup_hour: int,
        zone: tzinfo,
        catch_up_seconds: float = CATCH_UP_SECONDS,
    ) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._upkeep = upkeep
        now = datetime.now(UTC)
        for seconds, job in every:
            self._add(job, "interval", seconds=seconds)
        self._add(upkeep.look_at_space, "interval", seconds=SPACE_SECONDS, next_run_time=now)
        self._add(upkeep.catch_up, "date", run_date=now + timedelta(seconds=catch_up_seconds))
        self._add(upkeep.back_up, "cron", hour=backup_hour, minute=MINUTE, timezone=zone)
        for job in nightly:
            self._add(job, "cron", hour=deleting_hour(backup_hour), minute=MINUTE, timezone=zone)

    def at(self, moment_ms: int, job: Job) -> None:
        """Runs the job once at this time in epoch ms, in place of what was to run once before."""
        when = datetime.fromtimestamp(moment_ms / 1000, UTC)
        self._add(job, "date", run_date=when, id="at", replace_existing=True)

    def _add(self, job: Job, trigger: str, **when: object) -> None:
        self._scheduler.add_job(partial(_run, job), trigger, name=getattr(job, "__qualname__", repr(job)), **when)

    async def __aenter__(self) -> Self:
        self._scheduler.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scheduler.shutdown(wait=False)
        await self._upkeep.at_rest()


async def _run(job: Job) -> None:
    """The library takes everything that is raised for a fault of the program, the end of the program too."""
    try:
        await job()
    except asyncio.CancelledError:
        _LOG.debug("%s was ended", job)
    except UserFacingError as error:
        _LOG.warning("%s", error)
