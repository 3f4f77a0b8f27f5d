"""Puts the parts of a turn together: who may what, the gate, the desk with its tools, both planners, the replies."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assistant.house_notices import HouseNotices
from assistant.lookout import Lookout
from assistant.loudness import Loudness
from assistant.notices import Notices
from assistant.replies.figures import Figures
from assistant.replies.replies import Replies
from assistant.replies.timers import called
from assistant.ringing import Ringing
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.requests import Requests
from assistant.turns.by_model import Model
from assistant.turns.clarify import OpenQuestions
from assistant.turns.follow_up import Subjects
from assistant.turns.planning import Planning, Sentences
from assistant.turns.recall import Recall
from assistant.turns.record import Recorder
from assistant.turns.turn import Turns
from assistant.voice.hours import is_quiet
from assistant.voice.volume import Volume
from assistant.watch import TurnWatch
from assistant.zone import house_zone
from config.language import load_language
from config.settings import Settings
from sensors.database import Database
from sensors.questions import Questions
from sensors.store import StoreWriter
from tools.audit import Audit, Event
from tools.cache import AnswerCache
from tools.call import Desk
from tools.catalogue import build_catalogue, timer_tools, watch_tools
from tools.contract import Tool
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
from tools.timers import Clocks, Ring, Timers
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


def now_ms() -> int:
    """Unix epoch milliseconds."""
    return time.time_ns() // 1_000_000


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


def watches_of(settings: Settings, stores: Stores, watches: Watches, roles: Roles) -> tuple[Tool, ...]:
    """What is watched for and told later, and how the day was."""
    calls = WatchCalls(
        watches,
        stores.questions,
        clock_ms=now_ms,
        fahrenheit=settings.house.units == "us",
        visible=roles.visible,
    )
    zone = house_zone(settings)
    summary = Summary(stores.questions, stores.audit, clock_ms=now_ms, zone=zone, visible=roles.visible)
    return watch_tools(calls, summary)


def lookout_of(
    settings: Settings,
    stores: Stores,
    watches: Watches,
    ringing: Ringing,
    clocks: Clocks,
    listening: Callable[[], bool],
) -> Lookout:
    return Lookout(watches, stores.questions, ringing, figures_of(settings), clocks=clocks, listening=listening)


def notices_of(
    settings: Settings,
    stores: Stores,
    standing: Standing,
    notices: Notices,
    ringing: Ringing,
    clocks: Clocks,
    listening: Callable[[], bool],
) -> HouseNotices:
    say, hours = figures_of(settings), settings.voice.quiet_hours
    return HouseNotices(
        standing,
        stores.questions,
        ringing,
        say,
        notices=notices,
        wanted=[Kind(name) for name in settings.notices.wanted],
        satellite=settings.voice.satellite,
        clocks=clocks,
        listening=listening,
        is_quiet=lambda: hours is not None and is_quiet(say.now().time(), hours),
    )


async def put_down(audit: Audit, ring: Ring) -> None:
    """What rings, in the audit. Raises StoreUnavailable."""
    told = {"kind": ring.kind, "name": ring.name, "message": ring.message}
    await audit.append(Event.TOLD, {**told, "satellite": ring.satellite, "due_ms": ring.due_ms})


def desk_of(
    settings: Settings,
    stores: Stores,
    gate: Gate,
    roles: Roles,
    timers: Timers,
    ringing: Ringing,
    watches: Watches,
) -> Desk:
    questions, fahrenheit = stores.questions, settings.house.units == "us"
    readings = Readings(
        questions, clock_ms=now_ms, zone=house_zone(settings), fahrenheit=fahrenheit, visible=roles.visible
    )
    control = Control(questions, propose=gate.propose, fahrenheit=fahrenheit, visible=roles.visible)
    description = Description(questions, readings, visible=roles.visible)
    catalogue = (
        *build_catalogue(readings, description, control, version=questions.version),
        *timer_tools(TimerCalls(timers, silence=ringing.silence, called=partial(called, say=figures_of(settings)))),
        *watches_of(settings, stores, watches, roles),
    )
    cache = AnswerCache(clock_ms=now_ms)
    return Desk(catalogue, audit=stores.audit, timeout_seconds=TOOL_SECONDS, cache=cache, policy=roles)


def turns_of(
    settings: Settings,
    stores: Stores,
    gate: Gate,
    roles: Roles,
    timers: Timers,
    ringing: Ringing,
    watches: Watches,
    model: Model | None,
    sentences: Sentences | None = None,
    watch: TurnWatch | None = None,
    *,
    follow_ups: bool = True,
    volume: Volume | None = None,
) -> Turns:
    """`sentences`: another planner than the language's; without `follow_ups` nothing is taken up from what was said."""
    language = load_language(settings.house.language)
    sentences = sentences or SentencePlanner(language)
    subjects = Subjects(time.monotonic, timer_noun=language.timer_noun)
    replies, asked_back = replies_of(settings), OpenQuestions(time.monotonic)
    planning = Planning(
        sentences=sentences,
        model=model,
        desk=desk_of(settings, stores, gate, roles, timers, ringing, watches),
        gate=gate,
        questions=stores.questions,
        replies=replies,
        recall=Recall(stores.audit, figures_of(settings)),
        switch=roles.switch,
        calls_per_turn=settings.model.calls,
        slow_seconds=settings.model.slow_seconds,
        visible=roles.visible,
        asked_back=asked_back,
        requests=Requests(sentences, language, follow_ups=follow_ups),
        subjects=subjects,
        rings=ringing,
        loudness=Loudness(volume or Volume(), replies),
    )
    return Turns(
        sentences=sentences,
        planning=planning,
        gate=gate,
        questions=stores.questions,
        recorder=_recorder_of(settings, stores, roles, watch),
        replies=replies,
        visible=roles.visible,
        asked_back=asked_back,
        subjects=subjects,
        rings=ringing,
    )


def _recorder_of(settings: Settings, stores: Stores, roles: Roles, watch: TurnWatch | None) -> Recorder:
    return Recorder(
        stores.audit,
        stores.questions,
        settings.house,
        zone=str(house_zone(settings)),
        visible=roles.visible,
        seen=watch.turn if watch else None,
    )
