"""Two clocks that go when told, and a store of timers with its tools and its ringing over them."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from assistant.replies.figures import Figures
from assistant.replies.replies import Replies
from assistant.replies.timers import called
from assistant.telling.ringing import Ringing
from tools.answers import Answer
from tools.arguments import CancelTimer, ListTimers, SetTimer
from tools.contract import Asker
from tools.house_state import open_house_state
from tools.timer_calls import TimerCalls
from tools.timers import Clocks, Timers

VIENNA = ZoneInfo("Europe/Vienna")
KITCHEN = Asker(satellite="kitchen", room="Kitchen")


def ms(text: str, zone: ZoneInfo = VIENNA) -> int:
    """`2026-11-20 22:15` in the house's zone."""
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@dataclass(slots=True)
class TwoClocks:
    """What the wall clock shows, and how long the machine runs. `pass_seconds` moves both, `set_to` only the first."""

    now_ms: int = ms("2026-11-20 18:00")
    boot_ms: int = 500_000
    boot: str = "first"

    def clocks(self) -> Clocks:
        return Clocks(now_ms=lambda: self.now_ms, boot=self.boot, boot_ms=lambda: self.boot_ms)

    def pass_seconds(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)
        self.boot_ms += round(seconds * 1000)

    def set_to(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def reboot(self) -> None:
        self.boot, self.boot_ms = f"after {self.boot}", 10_000


@dataclass(slots=True, kw_only=True)
class Kept:
    """Everything of timers in a house, real but for the clocks and the scheduler."""

    time: TwoClocks
    timers: Timers
    calls: TimerCalls
    ringing: Ringing
    replies: Replies
    planned: list[tuple[int, Callable[[], Awaitable[object]]]] = field(default_factory=list)
    """What the scheduler was asked to run, and when."""

    async def set(self, asker: Asker = KITCHEN, **given: object) -> str:
        blank = dict.fromkeys(SetTimer.model_fields)
        asked = SetTimer.model_validate_json(json.dumps({**blank, "kind": "timer", "extend": False, **given}))
        return self.said((await self.calls.set_timer(asked, asker)).answer)

    async def list(self, asker: Asker = KITCHEN, **given: object) -> str:
        asked = ListTimers.model_validate_json(json.dumps({"kind": None, "name": None, **given}))
        return self.said((await self.calls.list_timers(asked, asker)).answer)

    async def cancel(self, asker: Asker = KITCHEN, **given: object) -> str:
        asked = CancelTimer.model_validate_json(json.dumps({"kind": None, "name": None, "every": False, **given}))
        return self.said((await self.calls.cancel_timer(asked, asker)).answer)

    def said(self, answer: Answer) -> str:
        return self.replies.answer(answer)


@asynccontextmanager
async def kept(folder: Path, time: TwoClocks | None = None, zone: ZoneInfo = VIENNA) -> AsyncIterator[Kept]:
    """As it stands after a start with what is on the disk; nothing rings before `ringing.look()`."""
    time = time or TwoClocks()
    async with open_house_state(folder / "house.sqlite3") as database:
        timers = await Timers(database, time.clocks(), zone).load()
        planned: list[tuple[int, Callable[[], Awaitable[object]]]] = []

        def at(moment_ms: int, job: Callable[[], Awaitable[object]]) -> None:
            planned.append((moment_ms, job))

        def clock_ms() -> int:
            return time.now_ms

        say = Figures(zone=zone, units="metric", clock_ms=clock_ms)
        ringing = Ringing(timers, say, at=at, look_seconds=0.01)
        yield Kept(
            time=time,
            timers=timers,
            calls=TimerCalls(timers, silence=ringing.silence, called=partial(called, say=say)),
            ringing=ringing,
            replies=Replies(zone=zone, units="metric", clock_ms=clock_ms),
            planned=planned,
        )
