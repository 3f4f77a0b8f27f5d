"""Puts the parts of a turn together: who may what, the gate, the desk with its tools, both planners, the replies."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from assistant.replies.figures import Figures
from assistant.replies.replies import Replies
from assistant.replies.timers import called
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.requests import Requests
from assistant.telling.house_notices import HouseNotices
from assistant.telling.lookout import Lookout
from assistant.telling.ringing import At, Ringing
from assistant.turns.by_model import Model
from assistant.turns.clarify import OpenQuestions
from assistant.turns.follow_up import Subjects
from assistant.turns.loudness import Loudness
from assistant.turns.planning import Planning, Sentences
from assistant.turns.recall import Recall
from assistant.turns.record import Recorder
from assistant.turns.turn import Turns
from assistant.vitals.notices import Notices
from assistant.vitals.turn_watch import TurnWatch
from assistant.voice.hours import is_quiet
from assistant.volume import Volume
from assistant.zone import house_zone
from config.language import load_language
from config.settings import Settings
from sensors.clock import now_ms
from sensors.database import Database
from sensors.questions import Questions
from sensors.store import StoreWriter
from tools.audit import Audit, Event
from tools.cache import AnswerCache
from tools.call import Desk
from tools.catalogue import build_catalogue, timer_tools, watch_tools
from tools.control import Control
from tools.executor import Publish
from tools.gate import Gate
from tools.house import Description
from tools.noticing import Kind
from tools.proposals import Proposals
from tools.readings import Readings
from tools.roles import Roles
from tools.standing import Standing
from tools.summary import Summary
from tools.switch import Switch
from tools.timer_calls import TimerCalls
from tools.timers import Ring, Timers, machine_clocks
from tools.watch_calls import WatchCalls
from tools.watches import Watches

TOOL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The three databases: what the house says, with its readers; what was decided; what is to be remembered."""

    store: StoreWriter
    questions: Questions
    audit: Audit
    house_state: Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """What is there before anybody speaks: what is known, who may what, and what is to be told later."""

    settings: Settings
    stores: Stores
    roles: Roles
    gate: Gate
    timers: Timers
    watches: Watches
    ringing: Ringing

    @property
    def say(self) -> Figures:
        return figures_of(self.settings)

    @property
    def zone(self) -> ZoneInfo:
        return house_zone(self.settings)


def figures_of(settings: Settings) -> Figures:
    """Numbers and times in the house's units and zone."""
    house = settings.house
    return Figures(zone=house_zone(settings), units=house.units, clock_ms=now_ms, language=house.language)


def replies_of(settings: Settings) -> Replies:
    """Sentences in the house's units and zone."""
    house = settings.house
    return Replies(zone=house_zone(settings), units=house.units, clock_ms=now_ms, language=house.language)


def roles_of(settings: Settings, acting_off: Path) -> Roles:
    """Raises RolesWrong."""
    return Roles(
        satellites=settings.satellite,
        guest=settings.guest,
        switch=Switch(acting_off, allowed=settings.gate.acting),
        monotonic=time.monotonic,
    )


def gate_of(settings: Settings, stores: Stores, publish: Publish, roles: Roles) -> Gate:
    return Gate(
        publish=publish,
        questions=stores.questions,
        proposals=Proposals(stores.house_state, clock_ms=now_ms),
        audit=stores.audit,
        confirm=load_language(settings.house.language).confirm,
        settings=settings.confirm,
        rules=roles,
        confirm_seconds=settings.gate.confirm_seconds,
        receipt_seconds=settings.gate.receipt_seconds,
        monotonic=time.monotonic,
        clock_ms=now_ms,
    )


async def household_of(settings: Settings, stores: Stores, roles: Roles, gate: Gate, at: At) -> Household:
    """`at` is what wakes when something is due. Raises StoreUnavailable."""
    timers = await Timers(stores.house_state, machine_clocks(now_ms), house_zone(settings)).load()
    return Household(
        settings=settings,
        stores=stores,
        roles=roles,
        gate=gate,
        timers=timers,
        watches=await Watches(stores.house_state, timers).load(),
        ringing=Ringing(timers, figures_of(settings), at=at, record=partial(_put_down, stores.audit)),
    )


async def _put_down(audit: Audit, ring: Ring) -> None:
    """What rings, in the audit. Raises StoreUnavailable."""
    told = {"kind": ring.kind, "name": ring.name, "message": ring.message}
    await audit.append(Event.TOLD, {**told, "satellite": ring.satellite, "due_ms": ring.due_ms})


def lookout_of(house: Household, listening: Callable[[], bool]) -> Lookout:
    questions, clocks = house.stores.questions, house.timers.clocks
    return Lookout(house.watches, questions, house.ringing, house.say, clocks=clocks, listening=listening)


def notices_of(house: Household, standing: Standing, notices: Notices, listening: Callable[[], bool]) -> HouseNotices:
    say, voice = house.say, house.settings.voice
    return HouseNotices(
        standing,
        house.stores.questions,
        house.ringing,
        say,
        notices=notices,
        wanted=[Kind(name) for name in house.settings.notices.wanted],
        satellite=voice.satellite,
        clocks=house.timers.clocks,
        listening=listening,
        is_quiet=lambda: voice.quiet_hours is not None and is_quiet(say.now().time(), voice.quiet_hours),
    )


def _desk_of(house: Household) -> Desk:
    stores, visible = house.stores, house.roles.visible
    questions, fahrenheit = stores.questions, house.settings.house.units == "us"
    readings = Readings(questions, clock_ms=now_ms, zone=house.zone, fahrenheit=fahrenheit, visible=visible)
    control = Control(questions, propose=house.gate.propose, fahrenheit=fahrenheit, visible=visible)
    description = Description(questions, readings, visible=visible)
    timers = TimerCalls(house.timers, silence=house.ringing.silence, called=partial(called, say=house.say))
    watches = WatchCalls(house.watches, questions, clock_ms=now_ms, fahrenheit=fahrenheit, visible=visible)
    summary = Summary(questions, stores.audit, clock_ms=now_ms, zone=house.zone, visible=visible)
    catalogue = (
        *build_catalogue(readings, description, control, version=questions.version),
        *timer_tools(timers),
        *watch_tools(watches, summary),
    )
    cache = AnswerCache(clock_ms=now_ms)
    return Desk(catalogue, audit=stores.audit, timeout_seconds=TOOL_SECONDS, cache=cache, policy=house.roles)


def turns_of(
    house: Household,
    model: Model | None,
    sentences: Sentences | None = None,
    watch: TurnWatch | None = None,
    *,
    follow_ups: bool = True,
    volume: Volume | None = None,
) -> Turns:
    """`sentences`: another planner than the language's; without `follow_ups` nothing is taken up from what was said."""
    settings, questions, visible = house.settings, house.stores.questions, house.roles.visible
    language = load_language(settings.house.language)
    sentences = sentences or SentencePlanner(language)
    subjects = Subjects(time.monotonic, timer_noun=language.timer_noun)
    replies, asked_back = replies_of(settings), OpenQuestions(time.monotonic)
    planning = Planning(
        sentences=sentences,
        model=model,
        desk=_desk_of(house),
        gate=house.gate,
        questions=questions,
        replies=replies,
        recall=Recall(house.stores.audit, house.say),
        switch=house.roles.switch,
        calls_per_turn=settings.model.calls,
        slow_seconds=settings.model.slow_seconds,
        visible=visible,
        asked_back=asked_back,
        requests=Requests(sentences, language, follow_ups=follow_ups),
        subjects=subjects,
        rings=house.ringing,
        loudness=Loudness(volume or Volume(), replies),
    )
    return Turns(
        sentences=sentences,
        planning=planning,
        gate=house.gate,
        questions=questions,
        recorder=_recorder_of(house, watch),
        replies=replies,
        visible=visible,
        asked_back=asked_back,
        subjects=subjects,
        rings=house.ringing,
    )


def _recorder_of(house: Household, watch: TurnWatch | None) -> Recorder:
    return Recorder(
        house.stores.audit,
        house.stores.questions,
        house.settings.house,
        zone=str(house.zone),
        visible=house.roles.visible,
        seen=watch.turn if watch else None,
    )
