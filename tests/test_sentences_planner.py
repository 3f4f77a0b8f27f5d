"""What people say, and the call that it becomes."""

# ruff: noqa: E501 - a case is a line

import json

import pytest
from fakes_house import build_house
from pydantic import BaseModel

from assistant.sentences.planner import CERTAIN, SentencePlanner
from config.language import load_language
from tools.arguments import ControlDevice, DescribeHouse, QuerySensors

MODELS: dict[str, type[BaseModel]] = {
    "query_sensors": QuerySensors,
    "describe_house": DescribeHouse,
    "control_device": ControlDevice,
}
INTENTS_OF = {
    "query_sensors": {
        "latest",
        "state",
        "which",
        "threshold",
        "last_change",
        "aggregate",
        "count",
        "duration",
        "total",
        "trend",
        "compare",
        "low_battery",
        "not_reporting",
    },
    "describe_house": {"rooms", "devices", "example"},
    "control_device": {"switch", "lock", "move", "brightness", "position", "climate"},
}

SAID = """
# latest
what's the bedroom temperature -> answer=latest, quantity=temperature, where=bedroom
how warm is it in the bedroom -> answer=latest, quantity=temperature, where=bedroom
what is the temperature in the bedroom -> answer=latest, quantity=temperature, where=bedroom
What is the temperature in the Bedroom? -> answer=latest, quantity=temperature, where=bedroom
how humid is the bathroom -> answer=latest, quantity=humidity, where=bathroom
how hot is the office right now -> answer=latest, quantity=temperature, where=office
how bright is it in the office -> answer=latest, quantity=illuminance, where=office
how much power is the washing machine using -> answer=latest, quantity=power, where=washing machine
how much power does the coffee machine use -> answer=latest, quantity=power, where=coffee machine
how many watts is the coffee machine using -> answer=latest, quantity=power, where=coffee machine
how much power is the coffee machine drawing right now -> answer=latest, quantity=power, where=coffee machine
okay nabu what's the humidity -> answer=latest, quantity=humidity
how hot is it -> answer=latest, quantity=temperature
how warm is it in here -> answer=latest, quantity=temperature
Hey, could you please tell me how warm it is in the living room? -> answer=latest, quantity=temperature, where=living room
can you tell me the temperature in the kitchen -> answer=latest, quantity=temperature, where=kitchen
can you tell me what the temperature in the kitchen is -> answer=latest, quantity=temperature, where=kitchen
do you know what the temperature is in the kitchen -> answer=latest, quantity=temperature, where=kitchen
tell me the bedroom temperature please -> answer=latest, quantity=temperature, where=bedroom
what temperature is it in the kitchen -> answer=latest, quantity=temperature, where=kitchen
bedroom temperature -> answer=latest, quantity=temperature, where=bedroom
temperature in the office -> answer=latest, quantity=temperature, where=office
what's the bedroom's humidity -> answer=latest, quantity=humidity, where=bedroom
what's the CO2 level in the office -> answer=latest, quantity=co2, where=office
what is the air quality in the office -> answer=latest, quantity=co2, where=office
what's the c o two in the office -> answer=latest, quantity=co2, where=office
how cold is it outside -> answer=latest, quantity=temperature, where=outside
what's the temperature outside -> answer=latest, quantity=temperature, where=outside
what's the temperature in the attic -> answer=latest, quantity=temperature, where=attic
what's the temperature of the freezer -> answer=latest, quantity=temperature, where=freezer
what is the freezer temperature -> answer=latest, quantity=temperature, where=freezer
what is the thermostat set to -> answer=latest, quantity=target_temperature, where=thermostat
what is the target temperature in the bedroom -> answer=latest, quantity=target_temperature, where=bedroom
what's the brightness of the bedside lamp -> answer=latest, quantity=brightness, where=bedside lamp
# state
is the front door open -> answer=latest, where=front door, state=open
is the front door locked -> answer=latest, where=front door, state=locked
is the kitchen light on -> answer=latest, where=kitchen light, state=on
is the kitchen light on or off -> answer=latest, where=kitchen light, state=on
is the light in the kitchen on -> answer=latest, where=kitchen light, state=on
is the garage door closed -> answer=latest, where=garage door, state=closed
is the back door still open -> answer=latest, where=back door, state=open
is the coffee machine running -> answer=latest, where=coffee machine, state=on
did I lock the front door -> answer=latest, where=front door, state=locked
did I leave the garage door open -> answer=latest, where=garage door, state=open
did anyone leave the kitchen light on -> answer=latest, where=kitchen light, state=on
can you tell me if the front door is open -> answer=latest, where=front door, state=open
check whether the back door is locked -> answer=latest, where=back door, state=locked
has the garage door been left open -> answer=latest, where=garage door, state=open
what is the kitchen light doing -> answer=latest, where=kitchen light
how's the thermostat -> answer=latest, where=thermostat
what's the status of the garage door -> answer=latest, where=garage door
is there motion in the hallway -> answer=latest, quantity=motion, where=hallway, state=detected
is there any movement in the living room -> answer=latest, quantity=motion, where=living room, state=detected
is anyone in the kitchen -> answer=latest, quantity=motion, where=kitchen, state=detected
# which
is anyone home -> answer=list, quantity=motion, state=detected
is there anybody home -> answer=list, quantity=motion, state=detected
are any windows open -> answer=list, quantity=window, state=open
are there any windows open -> answer=list, quantity=window, state=open
is any window open in the kitchen -> answer=list, quantity=window, where=kitchen, state=open
are the windows closed -> answer=list, quantity=window, state=open
are all the windows closed -> answer=list, quantity=window, state=open
are the doors locked -> answer=list, quantity=lock, state=unlocked
are all the doors locked -> answer=list, quantity=lock, state=unlocked
are the kitchen lights off -> answer=list, quantity=light, where=kitchen, state=on
are the lights on in the kitchen -> answer=list, quantity=light, where=kitchen, state=on
are any doors unlocked -> answer=list, quantity=lock, state=unlocked
did I leave any lights on -> answer=list, quantity=light, state=on
is everything locked -> answer=list, state=unlocked
which lights are on -> answer=list, quantity=light, state=on
which windows are open -> answer=list, quantity=window, state=open
which doors are open -> answer=list, quantity=door, state=open
which doors are unlocked -> answer=list, quantity=lock, state=unlocked
which blinds are closed -> answer=list, quantity=cover, where=blinds, state=closed
what lights are on in the kitchen -> answer=list, quantity=light, where=kitchen, state=on
how many lights are on -> answer=list, quantity=light, state=on
show me all open windows -> answer=list, quantity=window, state=open
list the lights that are on -> answer=list, quantity=light, state=on
what's open -> answer=list, state=open
what is on in the kitchen -> answer=list, where=kitchen, state=on
# threshold
which rooms are above 72 degrees -> answer=list, quantity=temperature, comparison=above, threshold=72
which rooms are above seventy two fahrenheit -> answer=list, quantity=temperature, comparison=above, threshold=72, unit=fahrenheit
which rooms are above 72F -> answer=list, quantity=temperature, comparison=above, threshold=72, unit=fahrenheit
which rooms are warmer than 20 celsius -> answer=list, quantity=temperature, comparison=above, threshold=20, unit=celsius
what rooms are below 20°C -> answer=list, quantity=temperature, comparison=below, threshold=20, unit=celsius
which rooms are colder than 18 -> answer=list, quantity=temperature, comparison=below, threshold=18
which rooms have a temperature above twenty one point five -> answer=list, quantity=temperature, comparison=above, threshold=21.5
which rooms are below 40 percent humidity -> answer=list, quantity=humidity, comparison=below, threshold=40, unit=percent
which rooms have humidity above 60% -> answer=list, quantity=humidity, comparison=above, threshold=60, unit=percent
which rooms are more humid than 55 percent -> answer=list, quantity=humidity, comparison=above, threshold=55, unit=percent
where is it warmer than 25 degrees -> answer=list, quantity=temperature, comparison=above, threshold=25
is it above 25 degrees anywhere -> answer=list, quantity=temperature, comparison=above, threshold=25
which devices use more than 100 watts -> answer=list, quantity=power, comparison=above, threshold=100, unit=watts
which batteries are below 20 percent -> answer=list, quantity=battery, comparison=below, threshold=20, unit=percent
# last_change
when did the front door last open -> answer=last_change, where=front door, state=open
when was the front door last opened -> answer=last_change, where=front door, state=open
when was the last time the front door was opened -> answer=last_change, where=front door, state=open
when was the garage door last closed -> answer=last_change, where=garage door, state=closed
when did someone last open the garage door -> answer=last_change, where=garage door, state=open
when did I last lock the front door -> answer=last_change, where=front door, state=locked
when did the front door open -> answer=last_change, where=front door, state=open
tell me when the back door was last opened -> answer=last_change, where=back door, state=open
when did the kitchen light last turn on -> answer=last_change, where=kitchen light, state=on
when was the coffee machine last switched on -> answer=last_change, where=coffee machine, state=on
how long has the front door been open -> answer=last_change, where=front door, state=open
how long ago was the back door opened -> answer=last_change, where=back door, state=open
when was there last motion in the hallway -> answer=last_change, quantity=motion, where=hallway, state=detected
when was the last movement in the hallway -> answer=last_change, quantity=motion, where=hallway, state=detected
when was motion last detected in the living room -> answer=last_change, quantity=motion, where=living room, state=detected
when did the front door last change -> answer=last_change, where=front door
# aggregate
what was the average temperature in the bedroom last week -> answer=mean, quantity=temperature, where=bedroom, period=last_week
average bedroom temperature of last week -> answer=mean, quantity=temperature, where=bedroom, period=last_week
what's the average humidity in the bathroom this month -> answer=mean, quantity=humidity, where=bathroom, period=this_month
average temperature in the bedroom -> answer=mean, quantity=temperature, where=bedroom, period=last_24_hours
what was the average temperature last week -> answer=mean, quantity=temperature, period=last_week
what was the highest humidity in the bathroom today -> answer=maximum, quantity=humidity, where=bathroom, period=today
what was the coldest temperature in the bedroom yesterday -> answer=minimum, quantity=temperature, where=bedroom, period=yesterday
what was the lowest temperature last night in the bedroom -> answer=minimum, quantity=temperature, where=bedroom, period=last_night
what was the warmest temperature in the office in the last 24 hours -> answer=maximum, quantity=temperature, where=office, period=last_24_hours
maximum power of the washing machine today -> answer=maximum, quantity=power, where=washing machine, period=today
minimum temperature in the garage in the past 7 days -> answer=minimum, quantity=temperature, where=garage, period=last_7_days
what was the highest temperature in the kitchen in the last thirty days -> answer=maximum, quantity=temperature, where=kitchen, period=last_30_days
what was the peak power of the coffee machine in the last hour -> answer=maximum, quantity=power, where=coffee machine, period=last_hour
highest living room temperature this year -> answer=maximum, quantity=temperature, where=living room, period=this_year
what was the lowest office humidity last month -> answer=minimum, quantity=humidity, where=office, period=last_month
how cold did it get last night in the bedroom -> answer=minimum, quantity=temperature, where=bedroom, period=last_night
how hot did the office get this week -> answer=maximum, quantity=temperature, where=office, period=this_week
how humid did the bathroom get yesterday -> answer=maximum, quantity=humidity, where=bathroom, period=yesterday
how warm was it in the office yesterday -> answer=mean, quantity=temperature, where=office, period=yesterday
how warm was it yesterday in the office -> answer=mean, quantity=temperature, where=office, period=yesterday
what was the temperature in the living room this morning -> answer=mean, quantity=temperature, where=living room, period=this_morning
what was the average temperature in the kitchen in the last three hours -> answer=mean, quantity=temperature, where=kitchen, period=last_3_hours
what was the highest temperature in the bedroom on Monday evening -> answer=maximum, quantity=temperature, where=bedroom, period=monday_evening
what was the lowest temperature in the kitchen since yesterday -> answer=minimum, quantity=temperature, where=kitchen, period=since_yesterday
what was the average humidity in the bathroom over the weekend -> answer=mean, quantity=humidity, where=bathroom, period=weekend
how warm did it get in the kitchen in March -> answer=maximum, quantity=temperature, where=kitchen, period=march
what was the temperature in the bedroom three days ago -> answer=mean, quantity=temperature, where=bedroom, period=3_days_ago
what was the temperature in the bedroom on November twenty first -> answer=mean, quantity=temperature, where=bedroom, period=november_21
what was the temperature in the bedroom on the 5th of November -> answer=mean, quantity=temperature, where=bedroom, period=november_5
what was the average temperature in the kitchen since 8 o'clock -> answer=mean, quantity=temperature, where=kitchen, period=since_8
# count
how often was the front door opened today -> answer=count, where=front door, state=open, period=today
how many times did the bedroom window open since Monday -> answer=count, where=bedroom window, state=open, period=since_monday
how often was there motion in the hallway last night -> answer=count, where=hallway, state=detected, quantity=motion, period=last_night
# duration
how long was the coffee machine on yesterday -> answer=duration, where=coffee machine, state=on, period=yesterday
how long has the front door been open since this morning -> answer=duration, where=front door, state=open, period=since_this_morning
# total
how much energy did the washing machine use last week -> answer=total, quantity=energy, where=washing machine, period=last_week
how much electricity did we use in March -> answer=total, quantity=energy, period=march
how much did it rain yesterday -> answer=total, quantity=precipitation, period=yesterday
# trend
is the temperature in the kitchen rising -> answer=trend, quantity=temperature, where=kitchen
is it getting colder in the bedroom -> answer=trend, quantity=temperature, where=bedroom
is the bathroom humidity going down -> answer=trend, quantity=humidity, where=bathroom
# compare
is the bedroom warmer than the kitchen -> answer=latest, quantity=temperature, where=bedroom, versus=kitchen, comparison=above
which is warmer, the bedroom or the kitchen -> answer=latest, quantity=temperature, where=bedroom, versus=kitchen
compare the temperature in the kitchen and the bedroom -> answer=latest, quantity=temperature, where=kitchen, versus=bedroom
was it warmer in the bedroom than in the kitchen last night -> answer=mean, quantity=temperature, where=bedroom, versus=kitchen, period=last_night, comparison=above
was it warmer yesterday than today in the bedroom -> answer=mean, quantity=temperature, where=bedroom, period=yesterday, versus_period=today, comparison=above
was it colder in the office this week than last week -> answer=mean, quantity=temperature, where=office, period=this_week, versus_period=last_week, comparison=below
# low_battery
which batteries are low -> answer=low_battery
do any batteries need replacing -> answer=low_battery
# not_reporting
which sensors are not reporting -> answer=not_reporting
is everything working -> answer=not_reporting
are any devices offline -> answer=not_reporting
# rooms
what rooms are there -> topic=rooms
which rooms do you know -> topic=rooms
list all rooms -> topic=rooms
how many rooms are there -> topic=rooms
# devices
what devices are in the kitchen -> topic=devices, where=kitchen
what can you control in the kitchen -> topic=devices, where=kitchen
what can I control -> topic=devices
what's in the kitchen -> topic=devices, where=kitchen
which sensors do you have -> topic=devices
what sensors are in the bedroom -> topic=devices, where=bedroom
which lights are there -> topic=devices, quantity=light
list the windows in the kitchen -> topic=devices, where=kitchen, quantity=window
# example
show me what a temperature reading looks like -> topic=example_reading, quantity=temperature
Show me what a temperature reading looks like. -> topic=example_reading, quantity=temperature
what does a humidity reading look like -> topic=example_reading, quantity=humidity
what does a reading look like -> topic=example_reading
give me an example of a temperature reading -> topic=example_reading, quantity=temperature
show me an example humidity reading from the bedroom -> topic=example_reading, where=bedroom, quantity=humidity
show me a sample temperature reading -> topic=example_reading, quantity=temperature
show me what temperature readings look like -> topic=example_reading, quantity=temperature
how does a temperature reading look -> topic=example_reading, quantity=temperature
# switch
turn on the kitchen light -> verb=turn_on, what=kitchen light
Please turn on the kitchen light. -> verb=turn_on, what=kitchen light
could you turn on the coffee machine -> verb=turn_on, what=coffee machine
can you turn on the kitchen light? -> verb=turn_on, what=kitchen light
turn the kitchen light on -> verb=turn_on, what=kitchen light
kitchen light off -> verb=turn_off, what=kitchen light
switch off the kitchen light -> verb=turn_off, what=kitchen light
switch on the reading lamp -> verb=turn_on, what=reading lamp
turn off the light -> verb=turn_off, what=light
turn off the lights -> verb=turn_off, what=lights
turn off all lights -> verb=turn_off, what=all lights
turn off all the lights in the kitchen -> verb=turn_off, what=all kitchen lights
turn off the kitchen lights -> verb=turn_off, what=kitchen lights
turn off the kitchen -> verb=turn_off, what=kitchen
turn everything off -> verb=turn_off, what=all lights
turn off everything in the kitchen -> verb=turn_off, what=all kitchen lights
please turn lights off in the bathroom -> verb=turn_off, what=bathroom lights
lights on in the kitchen -> verb=turn_on, what=kitchen lights
turn on the attic light -> verb=turn_on, what=attic light
# lock
lock the front door -> verb=lock, what=front door
unlock the front door -> verb=unlock, what=front door
lock the door -> verb=lock, what=door
lock all doors -> verb=lock, what=all doors
please lock the back door -> verb=lock, what=back door
# move
open the blinds -> verb=open, what=blinds
raise the blinds in the bedroom -> verb=open, what=bedroom blinds
lower the living room blinds -> verb=close, what=living room blinds
close all the blinds -> verb=close, what=all blinds
close the garage door -> verb=close, what=garage door
open the garage door -> verb=open, what=garage door
# brightness
set the bedroom light to 40 percent -> verb=set_brightness, what=bedroom light, value=40, unit=percent
set the bedroom light to forty percent -> verb=set_brightness, what=bedroom light, value=40, unit=percent
set the bedroom light to 40% -> verb=set_brightness, what=bedroom light, value=40, unit=percent
set the bedroom light to 40 -> verb=set_brightness, what=bedroom light, value=40, unit=percent
dim the bedroom light to 40 -> verb=set_brightness, what=bedroom light, value=40, unit=percent
dim the lights in the bedroom to 30 percent -> verb=set_brightness, what=bedroom lights, value=30, unit=percent
set brightness of the floor lamp to 20% -> verb=set_brightness, what=floor lamp, value=20, unit=percent
set the brightness of the floor lamp to twenty percent -> verb=set_brightness, what=floor lamp, value=20, unit=percent
turn up the bedroom light to 80 percent -> verb=set_brightness, what=bedroom light, value=80, unit=percent
set the bedroom light to maximum -> verb=set_brightness, what=bedroom light, value=100, unit=percent
dim the floor lamp to half -> verb=set_brightness, what=floor lamp, value=50, unit=percent
# climate
set the thermostat in the living room to 21 degrees -> verb=set_temperature, what=living room, value=21
set the heating in the living room to twenty one point five degrees -> verb=set_temperature, what=living room, value=21.5
set the living room thermostat to 20.5 -> verb=set_temperature, what=living room, value=20.5
set the bedroom to 19 degrees -> verb=set_temperature, what=bedroom, value=19
set the bedroom to sixty eight degrees fahrenheit -> verb=set_temperature, what=bedroom, value=68, unit=fahrenheit
set the temperature to 21 degrees -> verb=set_temperature, what=thermostat, value=21
turn the heating up to 22 degrees -> verb=set_temperature, what=heating, value=22
heat the bedroom to 20 degrees -> verb=set_temperature, what=bedroom, value=20
make it 21 degrees in the bedroom -> verb=set_temperature, what=bedroom, value=21
# position
open the bedroom blinds to 50 percent -> verb=set_position, what=bedroom blinds, value=50, unit=percent
set the blinds to 50% -> verb=set_position, what=blinds, value=50, unit=percent
half open the blinds -> verb=set_position, what=blinds, value=50, unit=percent
"""


def cases() -> list[tuple[str, str, dict[str, str]]]:
    """(intent, sentence, arguments that are not null, as text)"""
    found: list[tuple[str, str, dict[str, str]]] = []
    intent = ""
    for line in SAID.strip().splitlines():
        if line.startswith("# "):
            intent = line.removeprefix("# ")
            continue
        sentence, arguments = line.split(" -> ")
        found.append((intent, sentence, dict(pair.split("=") for pair in arguments.split(", "))))
    return found


@pytest.fixture(scope="module")
def planner() -> SentencePlanner:
    return SentencePlanner(load_language("en"))


def as_text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize(("intent", "sentence", "wanted"), cases())
def test_a_sentence_becomes_its_call(
    planner: SentencePlanner, intent: str, sentence: str, wanted: dict[str, str]
) -> None:
    plan = planner.plan(sentence, build_house(), None)

    assert plan is not None
    assert plan.intent == intent
    (call,) = plan.calls
    assert intent in INTENTS_OF[call.name]
    arguments = json.loads(call.arguments)
    assert {key: as_text(value) for key, value in arguments.items() if value is not None} == wanted
    assert set(arguments) == set(MODELS[call.name].model_fields)
    MODELS[call.name].model_validate(arguments)


def test_there_are_enough_sentences_to_trust_it() -> None:
    assert len(cases()) >= 120


@pytest.mark.parametrize(
    ("sentence", "key"),
    [
        ("help", "help"),
        ("what can you do", "help"),
        ("what can I say?", "help"),
        ("never mind", "nevermind"),
        ("Nevermind.", "nevermind"),
        ("forget it", "nevermind"),
        ("cancel that please", "nevermind"),
        ("what time is it", "time"),
        ("could you tell me the time", "time"),
        ("what's the time", "time"),
        ("what's the date", "date"),
        ("what day is it today", "date"),
        ("thanks", "thanks"),
        ("thank you very much", "thanks"),
        ("hello", "hello"),
        ("good morning", "hello"),
    ],
)
def test_small_things_are_answered_without_a_tool(planner: SentencePlanner, sentence: str, key: str) -> None:
    plan = planner.plan(sentence, build_house(), None)

    assert plan is not None
    assert (plan.small_talk, plan.calls) == (key, ())


def test_lights_said_without_a_room_are_those_of_the_room_one_is_in(planner: SentencePlanner) -> None:
    plan = planner.plan("turn off the lights", build_house(), "Living Room")

    assert plan is not None
    assert json.loads(plan.calls[0].arguments)["what"] == "living room lights"


def test_all_lights_are_all_lights_wherever_one_is(planner: SentencePlanner) -> None:
    plan = planner.plan("turn off all the lights", build_house(), "Living Room")

    assert plan is not None
    assert json.loads(plan.calls[0].arguments)["what"] == "all lights"


def test_what_the_house_does_not_have_is_asked_for_by_name_with_less_certainty(planner: SentencePlanner) -> None:
    known = planner.plan("turn on the kitchen light", build_house(), None)
    unknown = planner.plan("turn on the greenhouse light", build_house(), None)

    assert known is not None and unknown is not None
    assert json.loads(unknown.calls[0].arguments)["what"] == "greenhouse light"
    assert unknown.certainty < known.certainty == CERTAIN


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("illuminate the kitchen", {"verb": "turn_on", "what": "kitchen"}),
        ("bring the floor lamp on", {"verb": "turn_on", "what": "floor lamp"}),
        ("turn on the lights throughout the kitchen", {"verb": "turn_on", "what": "kitchen lights"}),
        ("deactivate every single light across the kitchen", {"verb": "turn_off", "what": "kitchen lights"}),
        ("lift up the blinds across the bedroom", {"verb": "open", "what": "bedroom blinds"}),
        ("shut down the bedroom blinds", {"verb": "close", "what": "bedroom blinds"}),
        ("lock the front door lock at the hallway", {"verb": "lock", "what": "hallway front door lock"}),
        ("unlock the front door lock at the hallway", {"verb": "unlock", "what": "hallway front door lock"}),
        ("turn on the lights in this area", {"verb": "turn_on", "what": "office lights"}),
        ("increase the floor lamp brightness 60 percent", {"verb": "set_brightness", "value": "60", "unit": "percent"}),
        ("how is the current temperature across the bedroom", {"answer": "latest", "where": "bedroom"}),
        ("are every single lights off", {"answer": "list", "quantity": "light", "state": "on"}),
        ("is there any lights on throughout the bedroom", {"answer": "list", "where": "bedroom", "state": "on"}),
        ("which of the switches are on", {"answer": "list", "quantity": "switch", "state": "on"}),
    ],
)
def test_the_sentences_of_home_assistant_widen_what_is_understood(
    planner: SentencePlanner, sentence: str, wanted: dict[str, str]
) -> None:
    plan = planner.plan(sentence, build_house(), "Office")

    assert plan is not None
    arguments = json.loads(plan.calls[0].arguments)
    assert {key: as_text(arguments[key]) for key in wanted} == wanted
