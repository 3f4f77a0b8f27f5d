"""What people say of timers, alarms and reminders, and the call that it becomes; no model is asked."""

# ruff: noqa: E501 - a case is a line

import json

import pytest
from fakes_house import build_house

from assistant.sentences.planner import SentencePlanner
from config.language import load_language
from sensors.home import House

PLANNER = SentencePlanner(load_language("en"))
HOUSE = build_house()

SAID = """
set a timer for ten minutes -> set_timer: kind=timer, minutes=10
set a pasta timer for 8 minutes -> set_timer: kind=timer, name=pasta, minutes=8
set a ten minute pasta timer -> set_timer: kind=timer, name=pasta, minutes=10
ten minute timer -> set_timer: kind=timer, minutes=10
timer for 5 minutes -> set_timer: kind=timer, minutes=5
Could you set a timer for 3 minutes, please? -> set_timer: kind=timer, minutes=3
start a timer for an hour and a half -> set_timer: kind=timer, seconds=5400
set a timer for 1 hour and 20 minutes -> set_timer: kind=timer, hours=1, minutes=20
set a timer for half an hour -> set_timer: kind=timer, seconds=1800
set a timer for two and a half minutes -> set_timer: kind=timer, minutes=2.5
set a timer for 90 seconds called eggs -> set_timer: kind=timer, name=eggs, seconds=90
set a timer -> set_timer: kind=timer
wake me at 7 -> set_timer: kind=alarm, clock=7:00, half=am
wake me at 7 every weekday -> set_timer: kind=alarm, clock=7:00, half=am, day=weekdays
wake me up at 7:30 tomorrow -> set_timer: kind=alarm, clock=7:30, half=am, day=tomorrow
wake me tomorrow at quarter to seven -> set_timer: kind=alarm, clock=6:45, half=am, day=tomorrow
wake me at 2 pm -> set_timer: kind=alarm, clock=2:00, half=pm
wake me up in 20 minutes -> set_timer: kind=alarm, minutes=20
set an alarm for 6:30 tomorrow -> set_timer: kind=alarm, clock=6:30, day=tomorrow
set an alarm for 7.30 -> set_timer: kind=alarm, clock=7:30
set an alarm for seven oh five -> set_timer: kind=alarm, clock=7:05
set an alarm for twenty to eight -> set_timer: kind=alarm, clock=7:40
set an alarm for half past six in the evening -> set_timer: kind=alarm, clock=6:30, half=pm
set an alarm for seven thirty a m -> set_timer: kind=alarm, clock=7:30, half=am
set an alarm for 7pm -> set_timer: kind=alarm, clock=7:00, half=pm
set an alarm for 7 p.m. on Monday -> set_timer: kind=alarm, clock=7:00, half=pm, day=monday
set an alarm for 19:45 -> set_timer: kind=alarm, clock=19:45
alarm at noon -> set_timer: kind=alarm, clock=12:00
remind me to call mum in half an hour -> set_timer: kind=reminder, message=call mum, seconds=1800
remind me to call Mum at 5 pm -> set_timer: kind=reminder, message=call Mum, clock=5:00, half=pm
remind me at 5 to take the bread out of the oven -> set_timer: kind=reminder, message=take the bread out of the oven, clock=5:00
remind me to put the bins out every Monday at 7 pm -> set_timer: kind=reminder, message=put the bins out, clock=7:00, half=pm, day=every_monday
remind me tomorrow to water the plants -> set_timer: kind=reminder, message=water the plants, clock=9:00, day=tomorrow
remind me in 20 minutes that the cake is done -> set_timer: kind=reminder, message=the cake is done, minutes=20
set a reminder for 5 pm to call mum -> set_timer: kind=reminder, message=call mum, clock=5:00, half=pm
remind me to call mum -> set_timer: kind=reminder, message=call mum
add 5 minutes to the pasta timer -> set_timer: kind=timer, name=pasta, minutes=5, extend=True
take 2 minutes off the pasta timer -> set_timer: kind=timer, name=pasta, minutes=-2, extend=True
extend the timer by two minutes -> set_timer: kind=timer, minutes=2, extend=True
what timers are there -> list_timers: kind=timer
how long is left on the pasta timer -> list_timers: kind=timer, name=pasta
how much time is left on my timer -> list_timers: kind=timer
how long is left -> list_timers:
is the pasta timer done -> list_timers: kind=timer, name=pasta
when does my alarm go off -> list_timers: kind=alarm
when is my next alarm -> list_timers: kind=alarm
is there an alarm set -> list_timers: kind=alarm
list my reminders -> list_timers: kind=reminder
cancel the pasta timer -> cancel_timer: kind=timer, name=pasta
turn off the pasta timer -> cancel_timer: kind=timer, name=pasta
cancel the ten minute timer -> cancel_timer: kind=timer, name=10 minute
cancel my 7 o'clock alarm -> cancel_timer: kind=alarm, name=7 o'clock
cancel the reminder to call mum -> cancel_timer: kind=reminder, name=call mum
cancel the timer -> cancel_timer: kind=timer
stop the alarm -> cancel_timer: kind=alarm
cancel all timers -> cancel_timer: kind=timer, every=True
""".strip().splitlines()


def understood(text: str, house: House = HOUSE) -> tuple[str, dict[str, object]] | None:
    """The tool, and the arguments that were given."""
    plan = PLANNER.plan(text, house, None)
    if plan is None or not plan.calls:
        return None
    (call,) = plan.calls
    given = {name: value for name, value in json.loads(call.arguments).items() if value not in (None, False)}
    return call.name, given


@pytest.mark.parametrize("line", SAID)
def test_it_is_understood_as_meant(line: str) -> None:
    said, _, meant = line.partition(" -> ")
    tool, _, arguments = meant.partition(":")
    wanted = dict(pair.split("=") for pair in arguments.strip().split(", ") if pair)
    found = understood(said)
    assert found is not None and found[0] == tool
    assert {
        name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in found[1].items()
    } == wanted


@pytest.mark.parametrize("line", [line for line in SAID if "list_timers" not in line][:8])
def test_a_house_without_any_device_has_timers_all_the_same(line: str) -> None:
    assert understood(line.partition(" -> ")[0], House()) is not None


@pytest.mark.parametrize(
    "said",
    [
        "don't set a timer for 5 minutes",
        "who set a timer for 5 minutes",
        "did you set a timer for five minutes",
        "should I set an alarm for 7",
        "why did the alarm ring",
        "set an alarm for 25:00",
        "turn on the kitchen light in 5 minutes",
        "what would a pasta timer for 8 minutes do",
    ],
)
def test_what_is_no_order_sets_nothing(said: str) -> None:
    assert understood(said) is None


@pytest.mark.parametrize("said", ["stop", "cancel", "never mind"])
def test_one_word_cancels_no_timer(said: str) -> None:
    plan = PLANNER.plan(said, HOUSE, None)
    assert plan is not None and plan.small_talk == "nevermind"
