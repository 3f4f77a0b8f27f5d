"""Tells by itself what people have to know: dangers at once and until somebody reacts, the rest once and by day.

Each kind can be switched off in the settings. What is well again is told anew when it is bad again.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from assistant.replies.figures import Figures
from assistant.replies.notices import danger, over, trouble
from assistant.telling.ringing import Ringing
from assistant.vitals.notices import Notices
from sensors.database import StoreUnavailable
from sensors.home import House
from sensors.measures import Sample
from sensors.questions import Questions
from sensors.reading import SeriesKey
from sensors.told_once import ToldOnce
from tools.noticing import DANGERS, Finding, Kind, findings
from tools.standing import Standing
from tools.timers import DANGER, NOTICE, Clocks, Ring

_LOG = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
TROUBLE_MS = 60_000
"""What is no danger is looked at so often."""
SETTLE_SECONDS = 1800.0
"""For so long the house must have been listened to before silence is anybody's fault but ours."""
_DANGEROUS = frozenset(DANGERS.values())


class HouseNotices:
    """One for the house. `satellite` is where it is told; `is_quiet` whether people sleep."""

    def __init__(
        self,
        standing: Standing,
        questions: Questions,
        ringing: Ringing,
        say: Figures,
        *,
        notices: Notices,
        wanted: Sequence[Kind],
        satellite: str,
        clocks: Clocks,
        listening: Callable[[], bool],
        is_quiet: Callable[[], bool],
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        self._standing = standing
        self._questions = questions
        self._ringing = ringing
        self._say = say
        self._notices = notices
        self._wanted = frozenset(wanted)
        self._satellite = satellite
        self._clocks = clocks
        self._listening = listening
        self._is_quiet = is_quiet
        self._settle_seconds = settle_seconds
        self._listening_since: float | None = None
        self._gone_since_ms: dict[str, int] = {}
        self._heard_ms: dict[SeriesKey, int] = {}
        self._looked_ms = -TROUBLE_MS
        self._fault = ToldOnce(_LOG, "What the house should tell cannot be looked at", StoreUnavailable)

    async def run(self) -> None:
        """Until cancelled."""
        while self._wanted:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        if not self._listening():
            self._listening_since = None
            return
        if self._listening_since is None:
            self._listening_since = time.monotonic()
        with self._fault:
            await self._notice()

    async def _notice(self) -> None:
        now_ms = self._clocks.now_ms()
        house = await self._questions.house()
        if keys := [key for _, aspect, key in house.series() if aspect.quantity in DANGERS]:
            latest = await self._questions.latest(keys)
            found = findings(house, latest, {}, now_ms, self._wanted & _DANGEROUS)
            await self._tell_dangers([await self._as_it_was(one, latest) for one in found], now_ms)
        if now_ms - self._looked_ms >= TROUBLE_MS or now_ms < self._looked_ms:
            self._looked_ms = now_ms
            await self._look_for_trouble(house, now_ms)

    async def _as_it_was(self, found: Finding, latest: Mapping[SeriesKey, Sample]) -> Finding:
        """Bad also where it was so only between two looks."""
        key = found.series
        seen_ms = latest[key].seen_ms if key in latest else 0
        after_ms = self._heard_ms.get(key, seen_ms)
        self._heard_ms[key] = seen_ms
        if found.bad is True or seen_ms <= after_ms:
            return found
        said = [record.value for record in await self._questions.records(key, after_ms)]
        return replace(found, bad=True) if "detected" in said else found

    async def _look_for_trouble(self, house: House, now_ms: int) -> None:
        gone = await self._questions.unavailable()
        self._gone_since_ms = {one: self._gone_since_ms.get(one, now_ms) for one in gone}
        if self._is_quiet():
            return
        latest = await self._questions.latest([key for _, _, key in house.series()])
        found = findings(house, latest, self._gone_since_ms, now_ms, self._wanted - _DANGEROUS)
        await self._tell_troubles(found, now_ms)

    async def _tell_dangers(self, found: Sequence[Finding], now_ms: int) -> None:
        for one in found:
            self._for_the_owner(f"{one.kind} {one.thing}", one.bad, danger(one, self._say), over(one, self._say))
        for one in self._standing.news(found):
            ring = self._ring(DANGER, danger(one, self._say), now_ms)
            await self._ringing.ring(await self._standing.tell([one], [ring], now_ms))
        for one in self._standing.over(found):
            await self._standing.forget([one])
            ring = self._ring(NOTICE, over(one, self._say), now_ms)
            await self._ringing.ring(await self._standing.tell([], [ring], now_ms))

    async def _tell_troubles(self, found: Sequence[Finding], now_ms: int) -> None:
        await self._standing.forget(self._standing.over(found))
        settled = self._listening_since is not None and time.monotonic() - self._listening_since >= self._settle_seconds
        for kind in (Kind.LOW_BATTERY, Kind.SILENT):
            told = settled or kind is not Kind.SILENT
            bad = [one for one in found if one.kind is kind and one.bad is True]
            if bad and told:
                self._notices.begin(kind, ", ".join(trouble(bad, now_ms, self._say)))
            elif not bad:
                self._notices.over(kind, f"{kind}: all is well again")
            news = [one for one in self._standing.news(found) if one.kind is kind]
            if news and told:
                rings = [self._ring(NOTICE, text, now_ms) for text in trouble(news, now_ms, self._say)]
                await self._ringing.ring(await self._standing.tell(news, rings, now_ms))

    def _for_the_owner(self, kind: str, bad: bool | None, begins: str, ends: str) -> None:
        """In the log and in the file of what the owner should know, also where no voice tells it."""
        if bad is True:
            self._notices.begin(kind, begins)
        elif bad is False:
            self._notices.over(kind, ends)

    def _ring(self, kind: str, message: str, now_ms: int) -> Ring:
        return Ring(kind=kind, message=message, satellite=self._satellite, due_ms=now_ms, rang_ms=now_ms)
