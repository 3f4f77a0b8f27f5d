"""Keeps the databases of a running assistant safe: backups, checks, and a word in time about a disk that fills up.

The blocking work is done on threads. The jobs are coroutines for a scheduler, and never raise what a person must mend:
that stands in `problems` until it is over.
"""

import asyncio
import logging
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sensors.backup import BackupFailed, Backups, Keep, NoRoom
from sensors.database import StoreDamaged, StoreUnavailable, damage_mark, mark_damaged
from sensors.holding import Stop, Stopped, check_whole, unclean
from sensors.mend import Mended, make_ready

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

LOW_BYTES = 200_000_000
LOW_SHARE = 0.05

_LAST_STEP_SECONDS = 2.0
_OVERDUE = timedelta(hours=26)
_CHECK_EVERY = timedelta(days=7)


def low_space(free: int, total: int) -> bool:
    """Whether so little is left that a person should know before writing fails. Of a small disk a share counts."""
    return free < min(LOW_BYTES, total * LOW_SHARE)


def disk_space(path: Path) -> tuple[int, int]:
    """Bytes that are free, and bytes in total."""
    usage = shutil.disk_usage(path)
    return usage.free, usage.total


class Upkeep:
    """The jobs on some databases that lie in one folder.

    A file of 500 MB takes an SD card ten seconds and more to read, so at a start only what is quick is checked. All of
    it is checked in the background after a run that did not end cleanly, and each day, as every backup is a copy of
    every page and is checked whole before it counts; where no backups are made, the database itself is, each week.
    """

    def __init__(
        self,
        backups: Sequence[Backups],
        *,
        keep: Keep,
        clock_ms: Callable[[], int],
        look_seconds: float = 2.0,
        space: Callable[[Path], tuple[int, int]] = disk_space,
    ) -> None:
        self._backups = tuple(backups)
        self._keep = keep
        self._clock_ms = clock_ms
        self._look_seconds = look_seconds
        self._space = space
        self._one_at_a_time = asyncio.Lock()
        self._unclean: tuple[Backups, ...] = ()
        self._checked: dict[str, datetime] = {}
        self.mended: tuple[Mended, ...] = ()
        """What was found damaged when this assistant was opened."""
        self.problems: dict[str, str] = {}
        """What is not well, in sentences, by what it concerns: `space`, `backup.readings`, ..."""

    async def make_ready(self) -> None:
        """Mends what is damaged. Comes before any database is opened; raises StoreUnavailable as opening would."""
        self._unclean = tuple(one for one in self._backups if unclean(one.holding.path))
        found = [await asyncio.to_thread(make_ready, one, self._clock_ms()) for one in self._backups]
        self.mended = tuple(one for one in found if one is not None)

    async def watch(self) -> None:
        """Raises StoreDamaged as soon as a database is known to be damaged: all is to be closed and made ready again.

        Mending needs the file alone, and whoever has it open would go on with the damaged one.
        """
        while True:
            for one in self._backups:
                if damage_mark(one.holding.path).exists():
                    raise StoreDamaged(f"{one.holding.path} is damaged; it is closed now, and mended")
            await asyncio.sleep(self._look_seconds)

    async def catch_up(self) -> None:
        """What the time before the start had left undone: the check after a crash, and a backup that was missed."""
        for one in self._unclean:
            await self._check(one)
        self._unclean = ()
        if self._keep.days and any(self._overdue(one) for one in self._backups):
            await self.back_up()

    async def back_up(self) -> None:
        """The daily job: a verified backup of each database, then the rotation."""
        for one in self._backups:
            if not self._keep.days or not await self._backed_up(one):
                await self._check_weekly(one)

    async def look_at_space(self) -> None:
        """Says once that the disk is nearly full, and once that it no longer is."""
        folder = self._backups[0].holding.path.parent
        free, total = await asyncio.to_thread(self._space, folder)
        self._note("space", f"Only {free // 1_000_000} MB are free on the disk of {folder}." * low_space(free, total))

    def _overdue(self, one: Backups) -> bool:
        now_ms = self._clock_ms()
        taken = one.last_taken(now_ms)
        return taken is None or datetime.fromtimestamp(now_ms / 1000, UTC) - taken >= _OVERDUE

    async def _backed_up(self, one: Backups) -> bool:
        name, now_ms = one.holding.name, self._clock_ms()
        try:
            taken = await self._on_thread(lambda stop: one.take(stop, now_ms))
            await self._on_thread(lambda _: one.prune(self._keep))
        except NoRoom as error:
            self._note(f"backup.{name}", str(error))
            return False
        except (BackupFailed, StoreUnavailable) as error:
            self._note(f"backup.{name}", str(error))
            await self._check(one)  # a copy that is not whole may be the copy of a database that is not
            return True
        _LOG.info("backed up %s to %s", name, taken)
        self._note(f"backup.{name}", "")
        return True

    async def _check_weekly(self, one: Backups) -> None:
        now = datetime.fromtimestamp(self._clock_ms() / 1000, UTC)
        last = self._checked.get(one.holding.name)
        if last is None or abs(now - last) >= _CHECK_EVERY:
            await self._check(one)
            self._checked[one.holding.name] = now

    async def _check(self, one: Backups) -> None:
        try:
            fault = await self._on_thread(lambda stop: check_whole(one.holding, stop))
        except StoreUnavailable as error:
            self._note(f"check.{one.holding.name}", str(error))
            return
        self._note(f"check.{one.holding.name}", "")
        if fault is not None:
            await asyncio.to_thread(mark_damaged, one.holding.path, fault)

    async def _on_thread(self, work: Callable[[Stop], _T]) -> _T:
        """One at a time, because they share a disk; one that is cancelled ends within a step."""
        async with self._one_at_a_time:
            stop = Stop()
            done = asyncio.get_running_loop().run_in_executor(None, work, stop)
            try:
                return await asyncio.shield(done)
            except asyncio.CancelledError:
                stop.set()
                # Who still reads a database when its writer closes it leaves the log behind, as a crash does.
                with suppress(Stopped, TimeoutError):
                    async with asyncio.timeout(_LAST_STEP_SECONDS):
                        await asyncio.shield(done)
                raise

    async def at_rest(self) -> None:
        """Returns once nothing is done on a thread any more; for the end, when all that was to be done is cancelled."""
        async with self._one_at_a_time:
            return

    def _note(self, part: str, problem: str) -> None:
        """Remembers a problem, or that it is over, and tells the log of either once."""
        before = self.problems.pop(part, None)
        if problem:
            self.problems[part] = problem
            if before is None:
                _LOG.warning("%s", problem)
        elif before is not None:
            _LOG.info("This is over: %s", before)
