"""The only place that builds and wires the assistant, and the only one that starts tasks."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.approvals import Approvals
from assistant.console import SATELLITE as CONSOLE
from assistant.console import Console
from assistant.figures import Figures
from assistant.model.endpoint import Endpoint
from assistant.model.exchange import Exchange
from assistant.model.loop import ModelLoop
from assistant.replies import NOT_CAUGHT, Replies
from assistant.ringing import Ringing
from assistant.satellite import Satellite
from assistant.schedule import ROLL_UP_SECONDS, SWEEP_SECONDS, Schedule
from assistant.sentences.planner import SentencePlanner
from assistant.state_dir import StateDir
from assistant.supervise import notify
from assistant.turn import Turns
from assistant.voice.listen import VoiceLoop
from assistant.voice.parts import build_voice
from assistant.zone import house_zone
from config.language import load_language
from config.settings import Settings
from sensors.ageing import Ageing
from sensors.arrange import HouseFileWatch
from sensors.backup import Backups, Keep
from sensors.broker import Broker, BrokerUnavailable
from sensors.database import Database, StoreDamaged, StoreUnavailable
from sensors.dialects import dialects_of
from sensors.ingest import Ingest
from sensors.quarantine import Quarantine
from sensors.questions import Questions
from sensors.salvage import readings_holding
from sensors.store import StoreWriter
from sensors.upkeep import Upkeep
from tools.audit import Audit, audit_holding
from tools.cache import AnswerCache
from tools.call import Desk
from tools.catalogue import build_catalogue, timer_tools
from tools.contract import Asker
from tools.control import Control
from tools.executor import Publish
from tools.gate import Gate
from tools.house import Description
from tools.house_state import house_holding, open_house_state
from tools.proposals import Proposals
from tools.readings import Readings
from tools.roles import Roles
from tools.switch import Switch
from tools.timer_calls import TimerCalls
from tools.timers import Timers, machine_clocks

TOOL_SECONDS = 5.0

DAMAGED_AGAIN_SECONDS = 600.0
"""A database that is damaged again so soon, mending included, tells of a disk that is failing."""

_LOG = logging.getLogger(__name__)


def now_ms() -> int:
    """Unix epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """What is open while an assistant runs; `broker` and `ingest` are None where the settings switch MQTT off."""

    settings: Settings
    state: StateDir
    upkeep: Upkeep
    store: StoreWriter
    questions: Questions
    audit: Audit
    house_state: Database
    turns: Turns
    ringing: Ringing
    approvals: Approvals
    roles: Roles
    broker: Broker | None
    ingest: Ingest | None

    def typist(self, room: str | None) -> Asker:
        """Who types on this machine."""
        return self.roles.asker(CONSOLE, room, typed=True)

    @property
    def speaker(self) -> Asker:
        """Who speaks into this machine's microphone."""
        return self.roles.asker(self.settings.voice.satellite, self.settings.voice.room)


@asynccontextmanager
async def open_assistant(
    settings: Settings, state_dir: Path, house_file: Path | None = None
) -> AsyncIterator[Assistant]:
    """Everything but the loops, closed again in reverse order.

    Raises StateDirUnusable where the state directory cannot serve, StoreUnavailable where a database cannot,
    GuardBroken where the reading connection could be made to write, HouseFileError where the house file is wrong.
    """
    async with AsyncExitStack() as stack:
        state = stack.enter_context(StateDir(state_dir))
        upkeep = Upkeep(
            backups_of(settings, state),
            keep=Keep(days=settings.store.backups_daily, weeks=settings.store.backups_weekly),
            clock_ms=now_ms,
        )
        await upkeep.make_ready()
        store = await stack.enter_async_context(StoreWriter(state.readings))
        questions = await stack.enter_async_context(
            Questions(
                state.readings,
                deadline_seconds=settings.store.query_deadline_seconds,
                house_file=HouseFileWatch(house_file),
            )
        )
        audit = await stack.enter_async_context(Audit(state.audit, clock_ms=now_ms))
        house_state = await stack.enter_async_context(open_house_state(state.house))
        broker = await stack.enter_async_context(Broker(settings.mqtt)) if settings.mqtt.enabled else None
        endpoint = await stack.enter_async_context(Endpoint(settings.model)) if settings.model.enabled else None
        roles = _roles(settings, state)
        gate = _gate(settings, broker.publish if broker else _no_broker, questions, house_state, audit, roles)
        unfinished = await gate.recover()
        ageing = _ageing(settings, store)
        schedule = Schedule(
            every=[(SWEEP_SECONDS, gate.sweep), (ROLL_UP_SECONDS, ageing.roll_up)],
            nightly=[ageing.delete_old],
            upkeep=upkeep,
            backup_hour=settings.store.backup_hour,
            zone=house_zone(settings),
        )
        await stack.enter_async_context(schedule)
        timers = await Timers(house_state, machine_clocks(now_ms), house_zone(settings)).load()
        ringing = Ringing(timers, figures_of(settings), at=schedule.at)
        turns = _turns(settings, endpoint, gate, questions, audit, roles, timers, ringing)
        turns.tell_later(unfinished)
        yield Assistant(
            settings=settings,
            state=state,
            upkeep=upkeep,
            store=store,
            questions=questions,
            audit=audit,
            house_state=house_state,
            turns=turns,
            ringing=ringing,
            approvals=Approvals(gate=gate, replies=replies_of(settings), monotonic=time.monotonic),
            roles=roles,
            broker=broker,
            ingest=_ingest(settings, state, broker, store) if broker else None,
        )


def backups_of(settings: Settings, state: StateDir, folder: Path | None = None) -> tuple[Backups, ...]:
    """Of each database that there is, in `folder` or where the settings say."""
    place = folder or settings.store.backup_dir or state.backups
    holdings = (readings_holding(state.readings), audit_holding(state.audit), house_holding(state.house))
    return tuple(Backups(one, place) for one in holdings)


def figures_of(settings: Settings) -> Figures:
    return Figures(zone=house_zone(settings), units=settings.house.units, clock_ms=now_ms)


def replies_of(settings: Settings) -> Replies:
    """Sentences in the house's units and zone."""
    return Replies(zone=house_zone(settings), units=settings.house.units, clock_ms=now_ms)


def _ageing(settings: Settings, store: StoreWriter) -> Ageing:
    return Ageing(
        store.database,
        keep_raw_days=settings.store.keep_raw_days,
        keep_rollups_days=settings.store.keep_rollups_days,
        clock_ms=now_ms,
    )


def _ingest(settings: Settings, state: StateDir, broker: Broker, store: StoreWriter) -> Ingest:
    return Ingest(broker, store, dialects_of(settings), quarantine=Quarantine(state.quarantine))


async def _no_broker(topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
    raise BrokerUnavailable("MQTT is switched off; set enabled = true under [mqtt] in the settings")


def _roles(settings: Settings, state: StateDir) -> Roles:
    return Roles(
        satellites=settings.satellite,
        guest=settings.guest,
        switch=Switch(state.acting_off, allowed=settings.gate.acting),
        monotonic=time.monotonic,
    )


def _gate(
    settings: Settings, publish: Publish, questions: Questions, house_state: Database, audit: Audit, roles: Roles
) -> Gate:
    return Gate(
        publish=publish,
        questions=questions,
        proposals=Proposals(house_state, clock_ms=now_ms),
        audit=audit,
        confirm=load_language(settings.house.language).confirm,
        settings=settings.confirm,
        rules=roles,
        confirm_seconds=settings.gate.confirm_seconds,
        receipt_seconds=settings.gate.receipt_seconds,
        monotonic=time.monotonic,
        clock_ms=now_ms,
    )


def _turns(
    settings: Settings,
    endpoint: Endpoint | None,
    gate: Gate,
    questions: Questions,
    audit: Audit,
    roles: Roles,
    timers: Timers,
    ringing: Ringing,
) -> Turns:
    zone = house_zone(settings)
    fahrenheit = settings.house.units == "us"
    readings = Readings(questions, clock_ms=now_ms, zone=zone, fahrenheit=fahrenheit, visible=roles.visible)
    control = Control(questions, propose=gate.propose, fahrenheit=fahrenheit, visible=roles.visible)
    description = Description(questions, readings, visible=roles.visible)
    catalogue = (
        *build_catalogue(readings, description, control, version=questions.version),
        *timer_tools(TimerCalls(timers, silence=ringing.silence)),
    )
    replies = replies_of(settings)
    model = None
    if endpoint is not None:
        model = ModelLoop(exchange=Exchange(endpoint=endpoint), settings=settings.model, say=replies.result)
    return Turns(
        sentences=SentencePlanner(load_language(settings.house.language)),
        model=model,
        desk=Desk(
            catalogue, audit=audit, timeout_seconds=TOOL_SECONDS, cache=AnswerCache(clock_ms=now_ms), policy=roles
        ),
        gate=gate,
        questions=questions,
        audit=audit,
        replies=replies,
        calls_per_turn=settings.model.calls,
        visible=roles.visible,
        rings=ringing,
    )


async def _voice(assistant: Assistant) -> VoiceLoop | None:
    """The voice loop, or one notice in the log about what is missing; the rest works without it."""
    satellite = Satellite(assistant.turns, assistant.speaker)
    bell = assistant.ringing.bell(assistant.speaker.satellite)
    built = await build_voice(
        assistant.settings.voice, satellite, asker=assistant.speaker, sorry=lambda: NOT_CAUGHT, announcements=bell
    )
    if built.loop is not None:
        assistant.ringing.use(bell)
    if built.notice:
        _LOG.warning("%s Everything else works.", built.notice)
    return built.loop


@asynccontextmanager
async def running(**loops: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs loops beside the body; when the body ends they are cancelled, when one of them fails so is the body."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(loop, name=name) for name, loop in loops.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def run(settings: Settings, state_dir: Path, house_file: Path | None = None) -> None:
    """The daemon: until SIGTERM or SIGINT, which end it cleanly.

    Where a database turns out to be damaged, all is closed and opened again, which mends it.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    damaged_at = -DAMAGED_AGAIN_SECONDS
    while not stop.is_set():
        try:
            await _serve(settings, state_dir, house_file, stop)
        except* StoreDamaged as group:
            if time.monotonic() - damaged_at < DAMAGED_AGAIN_SECONDS:
                raise StoreUnavailable(
                    f"a database in {state_dir} was damaged twice within minutes; its disk is failing: replace it"
                ) from group
            damaged_at = time.monotonic()


async def _serve(settings: Settings, state_dir: Path, house_file: Path | None, stop: asyncio.Event) -> None:
    async with AsyncExitStack() as stack:
        assistant = await stack.enter_async_context(open_assistant(settings, state_dir, house_file))
        listening = asyncio.Event()
        console = Console(
            assistant.turns,
            assistant.approvals,
            assistant.state.socket,
            asker=assistant.typist,
            ready=listening.set,
            rings=assistant.ringing,
        )
        loops = {"console": console.run(), "upkeep": assistant.upkeep.watch(), "ringing": assistant.ringing.run()}
        if assistant.ingest is not None:
            loops["ingest"] = assistant.ingest.run()
        voice = await _voice(assistant)
        if voice is not None:
            loops["voice"] = voice.run()
        await stack.enter_async_context(running(**loops))
        await listening.wait()
        if assistant.ingest is not None:
            await assistant.ingest.ready.wait()
        notify("READY=1", "STATUS=listening" if voice else "STATUS=running without voice")
        _LOG.info("ready, on %s", state_dir)
        await stop.wait()
        notify("STOPPING=1")
        _LOG.info("stopping")
