"""The tools that there are, each with what a planner is told about it. The only place that lists them."""

from collections.abc import Awaitable, Callable, Hashable

from tools.arguments import (
    CancelTimer,
    CancelWatch,
    ControlDevice,
    ControlDevices,
    DescribeHouse,
    ListTimers,
    ListWatches,
    QuerySensors,
    SetTimer,
    SetWatch,
    SummariseDay,
)
from tools.contract import Effect, Tool
from tools.control import Control
from tools.house import Description
from tools.readings import Readings
from tools.summary import Summary
from tools.timer_calls import TimerCalls
from tools.watch_calls import WatchCalls

_QUERY = """\
What sensors and devices report, now or before. Only reads: it cannot store, change or make up a reading.
answer: latest = value now; list = which are above/below a threshold or in a state; last_change = when it last came \
into a state; count = how often, duration = how long it was in one; not_reporting = silent devices.
Example, "which windows are open": {"answer":"list","quantity":"window","state":"open"}"""

_DESCRIBE = """\
What rooms or devices there are, or a real reading as an example. Only reads; inserts nothing.
Example, "show me what a temperature reading looks like": {"topic":"example_reading","quantity":"temperature"}"""

_CONTROL = """\
Propose to switch or set a device. The house asks the person, nothing happens before their yes. Not for questions, \
toggling, scenes or raw messages.
Example, "dim the bedroom light to 40 percent": \
{"verb":"set_brightness","what":"bedroom light","value":40,"unit":"percent"}"""

_CONTROL_ALL = """\
Propose to switch or set several devices, each in its own way, by one question to the person."""

_SET_TIMER = """\
Set a timer (rings after some time), an alarm (at a time of day) or a reminder (says something then). Not for a date; \
switches nothing. Give a length (hours, minutes, seconds) or a clock time.
Example, "remind me to call mum at 5 tomorrow": {"kind":"reminder","message":"call mum","clock":"5:00",\
"day":"tomorrow","extend":false}"""

_LIST_TIMERS = """\
Which timers, alarms and reminders are set, and how long is left. Only reads.
Example, "how long is left on the pasta timer": {"kind":"timer","name":"pasta"}"""

_CANCEL_TIMER = """\
Cancel a timer, an alarm or a reminder, or stop what is ringing now.
Example, "cancel all alarms": {"kind":"alarm","every":true}"""


_SET_WATCH = """\
Tell the person later, when something in the house comes about. Switches nothing; not for a time of day. Give done, \
or state, or comparison with threshold; minutes is for how long it must last.
Example, "let me know when the freezer is above minus 15 for ten minutes": {"what":"freezer","quantity":"temperature",\
"done":false,"comparison":"above","threshold":-15,"minutes":10,"each_time":false,"together":false}"""

_LIST_WATCHES = """\
What the person wanted to be told of and has not come about yet. Only reads. Example: {}"""

_CANCEL_WATCH = """\
Watch for something no longer. Example, "stop watching the freezer": {"what":"freezer","every":false}"""

_SUMMARISE = """\
How the day was in the house, in a few sentences. Only reads. Example, "how was the day": {"day":"today"}"""


def build_catalogue(
    readings: Readings,
    description: Description,
    control: Control,
    *,
    version: Callable[[], Awaitable[Hashable]] | None = None,
) -> tuple[Tool, ...]:
    """Every tool, reading ones first, in an order that never changes (model prompts are cached by it).

    `version` tells whether anything was recorded since: what was answered before is answered again while it stays.
    """
    return (
        Tool(
            name="query_sensors",
            description=_QUERY,
            arguments=QuerySensors,
            effect=Effect.READ,
            run=readings.query,
            version=version,
        ),
        Tool(
            name="describe_house",
            description=_DESCRIBE,
            arguments=DescribeHouse,
            effect=Effect.READ,
            run=description.describe,
            version=version,
        ),
        Tool(
            name="control_device",
            description=_CONTROL,
            arguments=ControlDevice,
            effect=Effect.ACT,
            run=control.control,
        ),
        Tool(
            name="control_devices",
            description=_CONTROL_ALL,
            arguments=ControlDevices,
            effect=Effect.ACT,
            for_code=True,
            run=control.control_all,
        ),
    )


def timer_tools(calls: TimerCalls) -> tuple[Tool, ...]:
    """To stand after the others."""
    return (
        Tool(
            name="list_timers",
            description=_LIST_TIMERS,
            arguments=ListTimers,
            effect=Effect.READ,
            run=calls.list_timers,
        ),
        Tool(
            name="set_timer",
            description=_SET_TIMER,
            arguments=SetTimer,
            effect=Effect.KEEP,
            run=calls.set_timer,
        ),
        Tool(
            name="cancel_timer",
            description=_CANCEL_TIMER,
            arguments=CancelTimer,
            effect=Effect.KEEP,
            run=calls.cancel_timer,
        ),
    )


def watch_tools(calls: WatchCalls, summary: Summary) -> tuple[Tool, ...]:
    """To stand after those of the timers."""
    return (
        Tool(
            name="summarise_day",
            description=_SUMMARISE,
            arguments=SummariseDay,
            effect=Effect.READ,
            run=summary.summarise,
        ),
        Tool(
            name="list_watches",
            description=_LIST_WATCHES,
            arguments=ListWatches,
            effect=Effect.READ,
            run=calls.list_watches,
        ),
        Tool(
            name="set_watch",
            description=_SET_WATCH,
            arguments=SetWatch,
            effect=Effect.KEEP,
            run=calls.set_watch,
        ),
        Tool(
            name="cancel_watch",
            description=_CANCEL_WATCH,
            arguments=CancelWatch,
            effect=Effect.KEEP,
            run=calls.cancel_watch,
        ),
    )
