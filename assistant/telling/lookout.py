"""Looks out for what people wanted to be told of: follows what the house says, and rings when it has come about.

It reads what ingest has stored, and learns that something was stored by asking the database, never by being told.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from assistant.replies.figures import Figures
from assistant.replies.watches import came, lapsed, lost
from assistant.telling.ringing import Ringing
from sensors.database import StoreUnavailable
from sensors.home import House
from sensors.measures import Sample
from sensors.questions import Questions
from sensors.reading import SeriesKey
from sensors.told_once import ToldOnce
from tools.timers import NOTICE, WATCH, Clocks, Ring
from tools.watches import TOGETHER, Watch, Watched, Watches
from tools.watching import Condition, News, NewsKind, Progress, heard, interrupted, passed, together
from tools.watching import lost as not_known

_LOG = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
SETTLE_SECONDS = 3.0
"""After a start or a time without the broker: so long what has waited there takes to come in."""
STORED_WITHIN_MS = 1_000
"""What was said so long ago has been stored by now."""
DEAF_MS = 60_000
"""For so long nothing may have been heard before what has to last begins anew."""
GONE_MS = 5 * 60_000
"""A device that is away for less is still what it was."""
_CLOCK_WAS_SET_MS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What there is to go by at one look."""

    now_ms: int
    until_ms: int
    """Up to when it is known that nothing else was said."""
    house: House
    latest: Mapping[SeriesKey, Sample]
    gone: frozenset[str]
    """Entities that have been out of reach for long."""


@dataclass(slots=True)
class _Followed:
    """How far a watch has come at one look, and what there is to tell of it."""

    watch: Watch
    progress: dict[str, Progress] = field(default_factory=dict)
    rings: list[Ring] = field(default_factory=list)
    over: bool = False


class Hearing:
    """Whether what is said in the house comes in, and since when; and whether somebody has set the clock."""

    def __init__(self, clocks: Clocks, listening: Callable[[], bool], *, settle_seconds: float) -> None:
        self._clocks = clocks
        self._listening = listening
        self._settle_seconds = settle_seconds
        self._since: float | None = None
        self._deaf_since_ms = 0
        self._times = clocks.now_ms(), clocks.boot_ms()

    def begin(self, last_seen_ms: int) -> None:
        """`last_seen_ms` is when the run before this one heard something."""
        self._deaf_since_ms = last_seen_ms

    def look(self) -> tuple[bool, bool]:
        """Whether everything that was said until now is known; and whether there was a gap before this."""
        now_ms, set_ms = self._passed()
        if not self._listening():
            self._since = None
            self._deaf_since_ms = self._deaf_since_ms or now_ms
            return False, False
        self._since = time.monotonic() if self._since is None else self._since
        if time.monotonic() - self._since < self._settle_seconds:
            return False, False
        deaf_ms = now_ms - self._deaf_since_ms if self._deaf_since_ms else 0
        self._deaf_since_ms = 0
        return True, deaf_ms > DEAF_MS or abs(set_ms) > _CLOCK_WAS_SET_MS

    def _passed(self) -> tuple[int, int]:
        """The time, and by how much somebody has set the clock since the last look."""
        before_ms, before_boot_ms = self._times
        self._times = now_ms, boot_ms = self._clocks.now_ms(), self._clocks.boot_ms()
        return now_ms, (now_ms - before_ms) - (boot_ms - before_boot_ms)


class Lookout:
    """One for the house. `listening`: whether what is said in the house comes in and is stored."""

    def __init__(
        self,
        watches: Watches,
        questions: Questions,
        ringing: Ringing,
        say: Figures,
        *,
        clocks: Clocks,
        listening: Callable[[], bool],
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        self._watches = watches
        self._questions = questions
        self._ringing = ringing
        self._say = say
        self._clocks = clocks
        self._hearing = Hearing(clocks, listening, settle_seconds=settle_seconds)
        self._gone_since: dict[str, int] = {}
        self._fault = ToldOnce(_LOG, "What is watched for cannot be looked at", StoreUnavailable)

    async def run(self) -> None:
        """Until cancelled."""
        await self.begin()
        while True:
            self._watches.changed.clear()
            await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._watches.changed.wait()

    async def begin(self) -> None:
        with suppress(StoreUnavailable):  # the first look says so
            self._hearing.begin(await self._questions.last_seen_ms())

    async def look(self) -> None:
        """Takes in what was said since the last look, and tells what has come about."""
        sure, gap = self._hearing.look()
        if not sure or not self._watches.all:
            return
        with self._fault:
            view = await self._view()
            for watch in self._watches.all:
                await self._look_at(watch, view, gap=gap)

    async def _view(self) -> _View:
        now_ms = self._clocks.now_ms()
        keys = dict.fromkeys(one.key for watch in self._watches.all for one in watch.wanted.series)
        gone = await self._questions.unavailable()
        self._gone_since = {one: self._gone_since.get(one, now_ms) for one in gone}
        return _View(
            now_ms=now_ms,
            until_ms=now_ms - STORED_WITHIN_MS,
            house=await self._questions.house(),
            latest=await self._questions.latest(tuple(keys)),
            gone=frozenset(one for one, since_ms in self._gone_since.items() if now_ms - since_ms >= GONE_MS),
        )

    async def _look_at(self, watch: Watch, view: _View, *, gap: bool) -> None:
        """`gap`: whether nobody listened, or the clock was set, before this."""
        followed = _Followed(watch, dict(watch.progress))
        if gap:
            followed.progress = {place: interrupted(one, view.now_ms) for place, one in watch.progress.items()}
        if watch.wanted.together:
            await self._follow_all(followed, view)
        else:
            for one in watch.wanted.series:
                await self._follow(followed, one, view)
        if view.now_ms >= watch.lapses_ms and not followed.over:
            seconds = (watch.lapses_ms - watch.set_ms) // 1000
            followed.rings.append(
                _ring(watch, lapsed(watch.row, seconds, self._say), watch.lapses_ms, view.now_ms, kind=NOTICE)
            )
            followed.over = True
        after = replace(watch, progress=followed.progress)
        if followed.rings:
            await self._ringing.ring(await self._watches.tell(after, followed.rings, over=followed.over))
        elif followed.progress != watch.progress:
            await self._watches.keep(after, lasting=_what_counts(after) != _what_counts(watch))

    async def _follow(self, followed: _Followed, one: Watched, view: _View) -> None:
        """What one series has said, and what comes of it."""
        progress, condition = followed.progress[one.place], one.condition
        value: float | str | None = None
        sample = view.latest.get(one.key)
        if sample is not None:
            for value, at_ms in await self._said(one, progress.heard_ms, sample):
                progress, news = heard(progress, condition, value, at_ms)
                self._tell(followed, (one.name,), news, value, view)
            value = sample.value
        progress, news = _by_the_clock(progress, condition, one, sample, view)
        self._tell(followed, (one.name,), news, value, view)
        followed.progress[one.place] = progress

    async def _follow_all(self, followed: _Followed, view: _View) -> None:
        """The same of several that have to be so at once: what each said, in the order in which it was said."""
        said = []
        for one in followed.watch.wanted.series:
            sample = view.latest.get(one.key)
            if sample is not None:
                heard_ms = followed.progress[one.place].heard_ms
                said += [(at_ms, one, value) for value, at_ms in await self._said(one, heard_ms, sample)]
        for at_ms, one, value in sorted(said, key=lambda each: each[0]):
            progress, _ = heard(followed.progress[one.place], one.condition, value, at_ms)
            followed.progress[one.place] = replace(progress, armed=False)
            self._together(followed, at_ms, view)
        for one in followed.watch.wanted.series:
            progress, _ = _by_the_clock(
                followed.progress[one.place], one.condition, one, view.latest.get(one.key), view
            )
            followed.progress[one.place] = replace(progress, armed=False)
        self._together(followed, view.until_ms, view)

    def _together(self, followed: _Followed, at_ms: int, view: _View) -> None:
        wanted = followed.watch.wanted
        each = [followed.progress[one.place] for one in wanted.series]
        followed.progress[TOGETHER], news = together(followed.progress[TOGETHER], wanted.condition, each, at_ms)
        self._tell(followed, tuple(one.name for one in wanted.series), news, None, view)

    async def _said(self, one: Watched, after_ms: int, sample: Sample) -> list[tuple[float | str, int]]:
        """What it said since then, in order; that it only said the same again comes last."""
        if sample.seen_ms <= after_ms:
            return []
        said = [(record.value, record.at_ms) for record in await self._questions.records(one.key, after_ms)]
        again = not said or said[-1][1] < sample.seen_ms
        return [*said, (sample.value, sample.seen_ms)] if again else said

    def _tell(
        self,
        followed: _Followed,
        names: tuple[str, ...],
        news: tuple[News, ...],
        value: float | str | None,
        view: _View,
    ) -> None:
        for piece in () if followed.over else news:
            watch, row = followed.watch, followed.watch.row
            if piece.kind is NewsKind.CAME:
                followed.rings.append(_ring(watch, came(row, names, value, self._say), piece.at_ms, view.now_ms))
                followed.over = not row.each_time
            else:
                seconds = (view.now_ms - piece.at_ms) // 1000
                followed.rings.append(_ring(watch, lost(row, names, seconds, self._say), view.now_ms, view.now_ms))
            if followed.over:
                return


def _by_the_clock(
    progress: Progress, condition: Condition, one: Watched, sample: Sample | None, view: _View
) -> tuple[Progress, tuple[News, ...]]:
    """What comes of it that time has passed: it has lasted, it has been silent for too long, it is back."""
    until_ms = view.until_ms
    if one.entity_id in view.gone or one.entity_id not in view.house.by_id:
        return not_known(progress, progress.seen_ms or until_ms)
    silent = condition.silent_after_ms
    fresh = sample is not None and (silent is None or until_ms - sample.seen_ms <= silent)
    if progress.is_so is None and sample is not None and fresh:
        # It can be reached again, and has not said that anything is otherwise.
        back, news = heard(progress, condition, sample.value, max(until_ms, sample.seen_ms))
        return replace(back, heard_ms=progress.heard_ms), news
    return passed(progress, condition, until_ms)


def _ring(watch: Watch, message: str, due_ms: int, now_ms: int, *, kind: str = WATCH) -> Ring:
    return Ring(kind=kind, message=message, satellite=watch.satellite, room=watch.room, due_ms=due_ms, rang_ms=now_ms)


def _what_counts(watch: Watch) -> list[object]:
    """Of its progress what is kept each time; how fresh it is can be worked out again from what is stored."""
    return [(place, one.armed, one.is_so, one.since_ms) for place, one in sorted(watch.progress.items())]
