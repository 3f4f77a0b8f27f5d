"""The small house with somebody who asks it to watch for things: real stores, tools, sentences and ringing; a clock
that goes when told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from fakes_tools import ENTITIES, ZONE, SmallHouse, contact, sensor, small_house

from assistant.replies.figures import Figures
from assistant.replies.replies import Replies
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.requests import Requests
from assistant.telling.house_notices import HouseNotices
from assistant.telling.lookout import Lookout
from assistant.telling.ringing import Bell, Ringing
from assistant.vitals.notices import Notices
from config.language import load_language
from sensors.database import Database
from sensors.reading import STATE_ASPECT, Aspect, Component, Entity, Quantity
from tools.answers import Answer
from tools.audit import Event
from tools.call import Desk, TurnBudget
from tools.catalogue import watch_tools
from tools.contract import Asker, ToolResult
from tools.house_state import open_house_state
from tools.noticing import Kind
from tools.standing import Standing
from tools.summary import Summary
from tools.timers import Clocks, Ring, Timers
from tools.watch_calls import WatchCalls
from tools.watches import Watches

HERE = Asker(satellite="here", room="Kitchen")


def tracker(name: str) -> Entity:
    return Entity(
        id=f"device_tracker.{name.lower()}",
        component=Component.DEVICE_TRACKER,
        name=name,
        aspects=(Aspect(name=STATE_ASPECT, quantity=Quantity.PRESENCE),),
    )


WATCHED = (
    *ENTITIES,
    replace(sensor("Utility room", Quantity.POWER, "watts", "Washing machine power"), device="Washing machine"),
    sensor("Kitchen", Quantity.TEMPERATURE, "celsius", "Freezer temperature"),
    contact("Utility room", "Dishwasher state", Quantity.TEXT),
    contact("Bathroom", "Bathroom leak", Quantity.LEAK),
    contact("Hallway", "Smoke detector", Quantity.SMOKE),
    sensor("Hallway", Quantity.BATTERY, "percent", "Motion sensor battery"),
    tracker("Anna"),
    tracker("Ben"),
)
NOW: dict[str, float | str] = {
    "sensor.washing_machine_power": 1.0,
    "sensor.freezer_temperature": -18.0,
    "binary_sensor.dishwasher_state": "running",
    "binary_sensor.bathroom_leak": "clear",
    "binary_sensor.smoke_detector": "clear",
    "sensor.motion_sensor_battery": 80.0,
    "device_tracker.anna": "away",
    "device_tracker.ben": "present",
}
WASHER, FREEZER, DOOR = "sensor.washing_machine_power", "sensor.freezer_temperature", "binary_sensor.front_door_contact"


@dataclass(slots=True, kw_only=True)
class Watching:
    """Everything of watches and notices in a house."""

    house: SmallHouse
    language: str
    desk: Desk
    database: Database
    timers: Timers
    watches: Watches
    ringing: Ringing
    bell: Bell
    lookout: Lookout
    notices: HouseNotices
    replies: Replies
    requests: Requests
    hears: bool = True
    quiet: bool = False
    results: list[ToolResult] = field(default_factory=list)

    async def say(self, text: str, asker: Asker = HERE) -> str:
        """What a person says, by sentences alone; the answer in words."""
        house = self.house.roles.visible(await self.house.questions.house(), asker)
        understood = self.requests.understand(text, house, asker.room, None)
        said = []
        for request in understood.requests:
            for call in request.plan.calls:
                offered = self.desk.offered(replace(asker, by_code=True), may_act=request.may_act)
                result = await self.desk.call(call, asker, offered, TurnBudget(turn_id="t", calls_left=8))
                self.results.append(result)
                said.append(self.replies.result(result))
        return " ".join(said) or "?"

    async def report(self, entity_id: str, value: float | str) -> None:
        await self.house.devices.report(entity_id, value)

    async def after(self, seconds: float) -> str:
        """What is told by itself once so much time has passed."""
        self.house.clock.pass_seconds(seconds)
        return await self.told()

    async def told(self) -> str:
        await self.lookout.look()
        await self.notices.look()
        due = self.bell.due()
        if due is None:
            return ""
        await self.bell.settled(due, heard=True)
        return due.text

    def answer(self) -> Answer | None:
        return self.results[-1].answer

    async def audited(self) -> list[str]:
        records = await self.house.audit.records(newest=1000)
        return [str(record.body["message"]) for record in records if record.event == Event.TOLD]


@cache
def _planner(language: str) -> SentencePlanner:
    """Reading a language takes longer than all else here."""
    return SentencePlanner(load_language(language))


@asynccontextmanager
async def watching(
    folder: Path,
    *,
    language: str = "en",
    entities: tuple[Entity, ...] = WATCHED,
    wanted: tuple[Kind, ...] = tuple(Kind),
) -> AsyncIterator[Watching]:
    """As it stands after a start with what is on the disk."""
    async with small_house(folder, entities) as house, open_house_state(folder / "watches.sqlite3") as database:
        clock = house.clock
        clock.ms = max(clock.ms, await house.questions.last_seen_ms())
        clocks = Clocks(now_ms=clock.now_ms, boot="this", boot_ms=lambda: clock.ms)
        say = Figures(zone=ZONE, units="metric", clock_ms=clock.now_ms, language=language)
        timers = await Timers(database, clocks, ZONE).load()

        async def put_down(ring: Ring) -> None:
            await house.audit.append(Event.TOLD, {"kind": ring.kind, "message": ring.message})

        ringing = Ringing(timers, say, at=lambda _at, _job: None, record=put_down)
        watches = await Watches(database, timers).load()
        seen = house.roles.visible
        calls = WatchCalls(watches, house.questions, clock_ms=clock.now_ms, fahrenheit=False, visible=seen)
        summary = Summary(house.questions, house.audit, clock_ms=clock.now_ms, zone=ZONE, visible=seen)
        there: list[Watching] = []
        lookout = Lookout(
            watches, house.questions, ringing, say, clocks=clocks, listening=lambda: there[0].hears, settle_seconds=0
        )
        notices = HouseNotices(
            await Standing(database, timers).load(),
            house.questions,
            ringing,
            say,
            notices=Notices(clock_ms=clock.now_ms),
            wanted=wanted,
            satellite="here",
            clocks=clocks,
            listening=lambda: there[0].hears,
            is_quiet=lambda: there[0].quiet,
            settle_seconds=0,
        )
        bell = ringing.bell("here")
        ringing.use(bell)
        planner = _planner(language)
        there.append(
            Watching(
                house=house,
                language=language,
                desk=Desk(watch_tools(calls, summary), audit=house.audit, timeout_seconds=5.0),
                database=database,
                timers=timers,
                watches=watches,
                ringing=ringing,
                bell=bell,
                lookout=lookout,
                notices=notices,
                replies=Replies(zone=ZONE, units="metric", clock_ms=clock.now_ms, language=language),
                requests=Requests(planner, load_language(language)),
            )
        )
        if not (folder / "filled").exists():
            there_are = {entity.id for entity in entities}
            for entity_id, value in NOW.items():
                if entity_id in there_are:
                    await house.devices.report(entity_id, value)
        (folder / "filled").touch()
        await lookout.begin()
        await lookout.look()
        yield there[0]
