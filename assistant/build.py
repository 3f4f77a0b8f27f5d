"""Opens everything that an assistant works with, and closes it again in reverse order."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assistant.approvals import Approvals
from assistant.console import SATELLITE as CONSOLE
from assistant.copies import backups_of
from assistant.model.anomalies import Anomalies
from assistant.model.build import open_model
from assistant.model.card import Cards
from assistant.model.cost import Day
from assistant.model.loop import ModelLoop
from assistant.schedule import LAPSE_SECONDS, ROLL_UP_SECONDS, SWEEP_SECONDS, Schedule
from assistant.state_dir import StateDir
from assistant.telling.house_notices import HouseNotices
from assistant.telling.lookout import Lookout
from assistant.telling.ringing import Ringing
from assistant.turns.turn import Turns
from assistant.vitals.metrics import Metrics
from assistant.vitals.notices import Notices
from assistant.vitals.turn_watch import TurnWatch
from assistant.volume import Volume
from assistant.wiring import (
    Stores,
    figures_of,
    gate_of,
    household_of,
    lookout_of,
    notices_of,
    replies_of,
    roles_of,
    turns_of,
)
from assistant.zone import house_zone
from config.settings import Settings
from sensors.ageing import Ageing
from sensors.arrange import HouseFileWatch
from sensors.backup import Keep
from sensors.broker import Broker, BrokerUnavailable
from sensors.clock import now_ms
from sensors.dialects import dialects_of
from sensors.ingest import Ingest
from sensors.quarantine import Quarantine
from sensors.questions import Questions
from sensors.store import StoreWriter
from sensors.upkeep import Upkeep
from tools.audit import Audit
from tools.audit_ageing import AuditAgeing
from tools.contract import Asker
from tools.gate import Gate
from tools.house_state import open_house_state
from tools.roles import Roles
from tools.standing import Standing

SEAL_SECONDS = 3600
LOOK_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """What is open while an assistant runs; `broker` and `ingest` are None where the settings switch MQTT off."""

    settings: Settings
    state: StateDir
    upkeep: Upkeep
    store: StoreWriter
    audit: Audit
    questions: Questions
    turns: Turns
    ringing: Ringing
    approvals: Approvals
    roles: Roles
    watch: TurnWatch
    model: ModelLoop | None
    volume: Volume
    broker: Broker | None
    ingest: Ingest | None
    lookout: Lookout
    house_notices: HouseNotices

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
        upkeep = await _ready(settings, state)
        stores = await stack.enter_async_context(open_stores(settings, state, HouseFileWatch(house_file)))
        broker = await stack.enter_async_context(Broker(settings.mqtt)) if settings.mqtt.enabled else None
        model = await _model(stack, settings, state)
        roles = roles_of(settings, state.acting_off)
        gate = gate_of(settings, stores, broker.publish if broker else _no_broker, roles)
        watch = _watch(settings, state, model)
        schedule = await stack.enter_async_context(_schedule(settings, state, stores, upkeep, gate, watch))
        house = await household_of(settings, stores, roles, gate, schedule.at)
        volume = Volume(settings.voice.volume, file=state.volume)
        turns = turns_of(house, model, watch=watch, volume=volume)
        ingest = _ingest(settings, state, broker, stores.store, watch.metrics) if broker else None
        standing, hears = await Standing(stores.house_state, house.timers).load(), partial(_hears, broker, ingest)
        turns.tell_later(await gate.recover())
        yield Assistant(
            settings=settings,
            state=state,
            upkeep=upkeep,
            store=stores.store,
            audit=stores.audit,
            questions=stores.questions,
            turns=turns,
            ringing=house.ringing,
            approvals=Approvals(gate=gate, replies=replies_of(settings), monotonic=time.monotonic),
            roles=roles,
            watch=watch,
            model=model,
            volume=volume,
            broker=broker,
            ingest=ingest,
            lookout=lookout_of(house, hears),
            house_notices=notices_of(house, standing, watch.notices, hears),
        )


async def _model(stack: AsyncExitStack, settings: Settings, state: StateDir) -> ModelLoop | None:
    if not settings.model.enabled:
        return None
    day = Day(today=lambda: figures_of(settings).now().date(), file=state.model_spent)
    known = Cards(state.model_cards).traits
    say = replies_of(settings).result
    return await stack.enter_async_context(open_model(settings.model, say=say, day=day, known=known))


def _watch(settings: Settings, state: StateDir, model: ModelLoop | None) -> TurnWatch:
    return TurnWatch(
        metrics=Metrics(),
        notices=Notices(clock_ms=now_ms, file=state.notices),
        day=model.day if model else Day(today=lambda: figures_of(settings).now().date()),
        anomalies=Anomalies(cost_per_day=settings.model.cost_per_day),
    )


async def _ready(settings: Settings, state: StateDir) -> Upkeep:
    """The keeper of the files, once it has looked at them and mended what it could."""
    upkeep = Upkeep(
        backups_of(settings, state),
        keep=Keep(days=settings.store.backups_daily, weeks=settings.store.backups_weekly),
        clock_ms=now_ms,
    )
    await upkeep.make_ready()
    return upkeep


@asynccontextmanager
async def open_stores(settings: Settings, state: StateDir, house_file: HouseFileWatch) -> AsyncIterator[Stores]:
    """The databases in a state directory, the one that is written before the one that reads it."""
    deadline_seconds = settings.store.query_deadline_seconds
    async with (
        StoreWriter(state.readings) as store,
        Questions(state.readings, deadline_seconds=deadline_seconds, house_file=house_file) as questions,
        Audit(state.audit, clock_ms=now_ms) as audit,
        open_house_state(state.house) as house_state,
    ):
        yield Stores(store=store, questions=questions, audit=audit, house_state=house_state)


def _schedule(
    settings: Settings, state: StateDir, stores: Stores, upkeep: Upkeep, gate: Gate, watch: TurnWatch
) -> Schedule:
    ageing = Ageing(
        stores.store,
        keep_raw_days=settings.store.keep_raw_days,
        keep_rollups_days=settings.store.keep_rollups_days,
        clock_ms=now_ms,
    )
    records = AuditAgeing(
        stores.audit, state.audit, state.audit_head, keep_days=settings.store.keep_audit_days, clock_ms=now_ms
    )
    return Schedule(
        every=[
            (SWEEP_SECONDS, gate.sweep),
            (LAPSE_SECONDS, ageing.end_what_lapsed),
            (ROLL_UP_SECONDS, ageing.roll_up),
            (SEAL_SECONDS, records.seal),
            (LOOK_SECONDS, watch.look),
        ],
        nightly=[ageing.delete_old, records.delete_old],
        upkeep=upkeep,
        backup_hour=settings.store.backup_hour,
        zone=house_zone(settings),
    )


def _ingest(settings: Settings, state: StateDir, broker: Broker, store: StoreWriter, metrics: Metrics) -> Ingest:
    waited = partial(metrics.took, "ingest_lag_ms")
    return Ingest(broker, store, dialects_of(settings), quarantine=Quarantine(state.quarantine), waited=waited)


def _hears(broker: Broker | None, ingest: Ingest | None) -> bool:
    """Whether what is said in the house comes in, and is stored."""
    return broker is not None and ingest is not None and broker.connected and ingest.problem is None


async def _no_broker(topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
    raise BrokerUnavailable("MQTT is switched off; set enabled = true under [mqtt] in the settings")
