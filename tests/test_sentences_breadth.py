"""What people say in a house that has one of everything, in the many ways that they say it, and the call it becomes."""

# ruff: noqa: E501 - a case is a line

import json

import pytest
from fakes_wide import wide_house

from assistant.sentences.planner import SentencePlanner
from config.language import load_language

HOUSE = wide_house()
PLANNER = SentencePlanner(load_language("en"))
SAID = """
would you mind turning off the kitchen light -> control_device: verb=turn_off, what=kitchen light
I'd like the bedroom lights on please -> control_device: verb=turn_on, what=bedroom lights
uh hey could you um turn the kitchen lights off -> control_device: verb=turn_off, what=kitchen lights
turn off all the lights except the kitchen -> control_device: verb=turn_off, what=all lights except kitchen
switch off everything but the bedroom -> control_device: verb=turn_off, what=all lights except bedroom
turn off all lights in the house -> control_device: verb=turn_off, what=all lights
turn off both lamps -> control_device: verb=turn_off, what=kitchen lamps
all lights off -> control_device: verb=turn_off, what=all lights
turn off every light upstairs -> control_device: verb=turn_off, what=all upstairs light
lights off upstairs -> control_device: verb=turn_off, what=upstairs lights
set the bedroom lights to thirty percent -> control_device: verb=set_brightness, what=bedroom lights, value=30, unit=percent
dim the lights a little -> control_device: verb=set_brightness, what=kitchen lights, value=-10, unit=percent
make it a bit warmer -> control_device: verb=set_temperature, what=thermostat, value=+0.5
a bit brighter please -> control_device: verb=set_brightness, what=kitchen lights, value=+10, unit=percent
brighter -> control_device: verb=set_brightness, what=kitchen lights, value=+20, unit=percent
make the living room a bit warmer -> control_device: verb=set_temperature, what=living room, value=+0.5
turn the heating down by two degrees -> control_device: verb=set_temperature, what=thermostat, value=-2
turn up the thermostat -> control_device: verb=set_temperature, what=thermostat, value=+1
set the thermostat to twenty one and a half degrees -> control_device: verb=set_temperature, what=thermostat, value=21.5
set the temperature to seventy degrees -> control_device: verb=set_temperature, what=thermostat, value=70
open the blinds half way -> control_device: verb=set_position, what=blinds, value=50, unit=percent
close all the blinds -> control_device: verb=close, what=all blinds
close the bedroom blinds -> control_device: verb=close, what=bedroom blinds
open the blinds a bit -> control_device: verb=set_position, what=blinds, value=+10, unit=percent
set the ceiling fan to fifty percent -> control_device: verb=set_speed, what=ceiling fan, value=50, unit=percent
turn on the fan -> control_device: verb=turn_on, what=fan
turn the fan up -> control_device: verb=set_speed, what=fan, value=+25, unit=percent
set the fan to high -> control_device: verb=set_speed, what=fan, value=100, unit=percent
start the robot -> control_device: verb=start, what=robot
send the robot home -> control_device: verb=return_home, what=robot
vacuum the house -> control_device: verb=start, what=vacuum
mow the lawn -> control_device: verb=start, what=mower
activate movie night -> control_device: verb=activate, what=movie night
movie night please -> control_device: verb=activate, what=movie night
open the irrigation valve -> control_device: verb=open, what=irrigation valve
close the valve -> control_device: verb=close, what=valve
lock everything -> control_device: verb=lock, what=all doors
lock all the doors -> control_device: verb=lock, what=all doors
lock up -> control_device: verb=lock, what=all doors
arm the alarm -> control_device: verb=arm_away, what=alarm
disarm the alarm -> control_device: verb=disarm, what=alarm
set the mood light to blue -> control_device: verb=set_color, what=mood light, value=blue
make the mood light warm white -> control_device: verb=set_color_temperature, what=mood light, value=2700
set the air conditioner to cool -> control_device: verb=set_mode, what=air conditioner, value=cool
turn on the heating -> control_device: verb=turn_on, what=heating
turn off the heating in the bedroom -> control_device: verb=turn_off, what=bedroom heating
is the kitchen light on or off -> query_sensors: answer=latest, where=kitchen light, state=on
wake me up at half past seven -> set_timer: kind=alarm, clock=7:30, half=am
wake me at quarter to seven tomorrow morning -> set_timer: kind=alarm, clock=6:45, half=am, day=tomorrow
set an alarm for noon -> set_timer: kind=alarm, clock=12:00
set a timer for an hour and a half -> set_timer: kind=timer, seconds=5400
set a timer for twenty five minutes called pasta -> set_timer: kind=timer, name=pasta, minutes=25
remind me to call mum at half past five -> set_timer: kind=reminder, message=call mum, clock=5:30
remind me tomorrow at nine to take out the trash -> set_timer: kind=reminder, message=take out the trash, clock=9:00, day=tomorrow
cancel the alarm -> cancel_timer: kind=alarm
how long left on the timer -> list_timers: name=timer
what alarms do I have -> list_timers: kind=alarm
is it warm in the bedroom -> query_sensors: answer=latest, quantity=temperature, where=bedroom
is it cold outside -> query_sensors: answer=latest, quantity=temperature, where=outside
how's the temperature upstairs -> query_sensors: answer=latest, quantity=temperature, where=upstairs
what's the warmest room -> query_sensors: answer=list, quantity=temperature, comparison=above
which room is the coldest -> query_sensors: answer=list, quantity=temperature, comparison=below
what is the coldest room in the house -> query_sensors: answer=list, quantity=temperature, comparison=below
where is it warmest -> query_sensors: answer=list, quantity=temperature, comparison=above
is anyone home -> query_sensors: answer=list, quantity=motion, state=detected
is anybody in the living room -> query_sensors: answer=latest, quantity=motion, where=living room, state=detected
is someone in the kitchen -> query_sensors: answer=latest, quantity=motion, where=kitchen, state=detected
did anyone open the front door today -> query_sensors: answer=count, where=front door, period=today, state=open
when did I last open the front door -> query_sensors: answer=last_change, where=front door, state=open
when was the last time the front door was opened -> query_sensors: answer=last_change, where=front door, state=open
how long has the front door been open -> query_sensors: answer=last_change, where=front door, state=open
how long has the kitchen light been on -> query_sensors: answer=last_change, where=kitchen light, state=on
since when is the window open -> query_sensors: answer=last_change, where=window, state=open
has the front door been opened today -> query_sensors: answer=count, where=front door, period=today, state=open
was the window open last night -> query_sensors: answer=count, where=window, period=last_night, state=open
was the garage door opened yesterday -> query_sensors: answer=count, where=garage door, period=yesterday, state=open
did I leave the lights on -> query_sensors: answer=latest, where=lights, state=on
did I lock the front door -> query_sensors: answer=latest, where=front door, state=locked
is the house locked -> query_sensors: answer=list, state=unlocked
are all the doors locked -> query_sensors: answer=list, quantity=lock, state=unlocked
is everything closed -> query_sensors: answer=list, state=open
are any windows open upstairs -> query_sensors: answer=list, quantity=window, where=upstairs, state=open
how many lights are on -> query_sensors: answer=list, quantity=light, state=on
how many windows are open -> query_sensors: answer=list, quantity=window, state=open
how many doors do I have -> describe_house: topic=devices, quantity=door
how many sensors are there -> describe_house: topic=devices
how many times did the front door open yesterday -> query_sensors: answer=count, where=front door, period=yesterday, state=open
what was the highest temperature today -> query_sensors: answer=maximum, quantity=temperature, period=today
what was the lowest temperature in the bedroom last night -> query_sensors: answer=minimum, quantity=temperature, where=bedroom, period=last_night
how warm did it get yesterday -> query_sensors: answer=maximum, quantity=temperature, period=yesterday
what's the average humidity in the bathroom this week -> query_sensors: answer=mean, quantity=humidity, where=bathroom, period=this_week
was it warmer in the bedroom yesterday than today -> query_sensors: answer=mean, quantity=temperature, where=bedroom, period=yesterday, versus_period=today, comparison=above
is it warmer upstairs than downstairs -> query_sensors: answer=latest, quantity=temperature, where=upstairs, versus=downstairs, comparison=above
is the bedroom warmer than the kitchen -> query_sensors: answer=latest, quantity=temperature, where=bedroom, versus=kitchen, comparison=above
compare the bedroom and the kitchen temperature -> query_sensors: answer=latest, quantity=temperature, where=bedroom, versus=kitchen
how much energy did we use yesterday -> query_sensors: answer=total, quantity=energy, period=yesterday
how much did the washing machine use this month -> query_sensors: answer=total, quantity=energy, where=washing machine, period=this_month
which batteries are low -> query_sensors: answer=low_battery
do any batteries need replacing -> query_sensors: answer=low_battery
what's the battery of the front door lock -> query_sensors: answer=latest, quantity=battery, where=front door lock
how is the front door lock's battery -> query_sensors: answer=latest, where=front door lock battery
which sensors are offline -> query_sensors: answer=not_reporting
is any sensor not reporting -> query_sensors: answer=not_reporting
when did the bedroom temperature last change -> query_sensors: answer=last_change, where=bedroom temperature
is the temperature rising in the kitchen -> query_sensors: answer=trend, quantity=temperature, where=kitchen
is it getting colder outside -> query_sensors: answer=trend, quantity=temperature, where=outside
when was the kitchen light turned on -> query_sensors: answer=last_change, where=kitchen light, state=on
what is the status of the front door -> query_sensors: answer=latest, where=front door
status of the garage door -> query_sensors: answer=latest, where=garage door
check the front door -> query_sensors: answer=latest, where=front door
is the fan on -> query_sensors: answer=latest, where=fan, state=on
is the robot running -> query_sensors: answer=latest, where=robot, state=on
is the heating on -> query_sensors: answer=latest, where=heating, state=on
what is the heating set to -> query_sensors: answer=latest, quantity=target_temperature, where=heating
how humid is it -> query_sensors: answer=latest, quantity=humidity
is there smoke in the kitchen -> query_sensors: answer=latest, quantity=smoke, where=kitchen, state=detected
is there a leak -> query_sensors: answer=list, quantity=leak, state=detected
any leaks -> query_sensors: answer=list, quantity=leak, state=detected
any motion in the hallway -> query_sensors: answer=latest, quantity=motion, where=hallway, state=detected
is there motion in the hallway -> query_sensors: answer=latest, quantity=motion, where=hallway, state=detected
has there been any motion in the hallway in the last hour -> query_sensors: answer=count, quantity=motion, where=hallway, period=last_hour, state=detected
when was there last motion in the hallway -> query_sensors: answer=last_change, quantity=motion, where=hallway, state=detected
what lights are on -> query_sensors: answer=list, quantity=light, state=on
which lights are on in the kitchen -> query_sensors: answer=list, quantity=light, where=kitchen, state=on
what's on in the living room -> query_sensors: answer=list, where=living room, state=on
are the lights on in the bedroom -> query_sensors: answer=list, quantity=light, where=bedroom, state=on
is the light on -> query_sensors: answer=latest, where=light, state=on
are there any lights on -> query_sensors: answer=list, quantity=light, state=on
show me what a temperature reading looks like -> describe_house: topic=example_reading, quantity=temperature
what reminders do I have -> list_timers: kind=reminder
brighten the bedroom -> control_device: verb=set_brightness, what=bedroom, value=+20, unit=percent
it's too dark in here -> control_device: verb=set_brightness, what=kitchen lights, value=+20, unit=percent
it is too cold in the bedroom -> control_device: verb=set_temperature, what=bedroom, value=+1
full brightness on the floor lamp -> control_device: verb=set_brightness, what=floor lamp, value=100, unit=percent
set the mood light to 3000 kelvin -> control_device: verb=set_color_temperature, what=mood light, value=3000
open the curtains a little -> control_device: verb=set_position, what=curtains, value=+10, unit=percent
close the office curtains by 20 percent -> control_device: verb=set_position, what=office curtains, value=-20, unit=percent
speed up the ceiling fan -> control_device: verb=set_speed, what=ceiling fan, value=+25, unit=percent
make the ceiling fan faster -> control_device: verb=set_speed, what=ceiling fan, value=+25, unit=percent
two degrees warmer in the living room -> control_device: verb=set_temperature, what=living room, value=+2
raise the temperature in the office by 2 degrees -> control_device: verb=set_temperature, what=office, value=+2
turn off everything in the house -> control_device: verb=turn_off, what=all lights
turn on the lights everywhere -> control_device: verb=turn_on, what=all lights
lock all the doors except the front door -> control_device: verb=lock, what=all doors except front door
movie night -> control_device: verb=activate, what=movie night
vacuum the kitchen -> control_device: verb=start, what=vacuum
send the robot out to clean -> control_device: verb=start, what=robot
which room is the warmest -> query_sensors: answer=list, quantity=temperature, comparison=above
what is the coldest room -> query_sensors: answer=list, quantity=temperature, comparison=below
where is the robot -> query_sensors: answer=latest, where=robot
is the irrigation valve running -> query_sensors: answer=latest, where=irrigation valve, state=open
turn on the irrigation valve -> control_device: verb=open, what=irrigation valve
take two minutes off the pasta timer -> set_timer: kind=timer, name=pasta, minutes=-2, extend=True
how much longer for the pasta -> list_timers: name=pasta
was the window open yesterday -> query_sensors: answer=count, where=window, period=yesterday, state=open
did anyone open the front door last night -> query_sensors: answer=count, where=front door, period=last_night, state=open
is the alarm on -> query_sensors: answer=latest, quantity=alarm, where=alarm
is everything locked up -> query_sensors: answer=list, state=unlocked
how bright is the bedside lamp -> query_sensors: answer=latest, quantity=brightness, where=bedside lamp
which batteries do I have to replace -> query_sensors: answer=low_battery
bedroom blinds up -> control_device: verb=open, what=bedroom blinds
mood light to green please -> control_device: verb=set_color, what=mood light, value=green
bedroom to 17 degrees please -> control_device: verb=set_temperature, what=bedroom, value=17
I want 22 degrees in the living room -> control_device: verb=set_temperature, what=living room, value=22
ceiling fan to full speed -> control_device: verb=set_speed, what=ceiling fan, value=100, unit=percent
water the lawn -> control_device: verb=open, what=irrigation valve
make me a coffee -> control_device: verb=turn_on, what=coffee machine
make sure the front door is locked -> control_device: verb=lock, what=front door
let down the office curtains -> control_device: verb=close, what=office curtains
everything off in the living room -> control_device: verb=turn_off, what=all living room lights
can we have the floor lamp on -> control_device: verb=turn_on, what=floor lamp
I'd like the kitchen light at 40 percent -> control_device: verb=set_brightness, what=kitchen light, value=40, unit=percent
what color is the mood light -> query_sensors: answer=latest, quantity=color, where=mood light
how far open are the living room blinds -> query_sensors: answer=latest, quantity=position, where=living room blinds
did I forget to close the bedroom blinds -> query_sensors: answer=latest, where=bedroom blinds, state=closed
front door locked? -> query_sensors: answer=latest, where=front door, state=locked
does the front door lock need a new battery -> query_sensors: answer=low_battery, where=front door lock
are the smoke detectors okay -> query_sensors: answer=not_reporting, quantity=smoke
is every sensor online -> query_sensors: answer=not_reporting
how much warmer is the kitchen than the bedroom -> query_sensors: answer=latest, quantity=temperature, where=kitchen, versus=bedroom
did it get warmer in the living room in the last three hours -> query_sensors: answer=trend, quantity=temperature, where=living room, period=last_3_hours
"""


def called(sentence: str) -> str:
    """The call, with what it does not say left out."""
    plan = PLANNER.plan(sentence, HOUSE, "Kitchen")
    assert plan is not None and plan.calls, "not understood"
    given = {key: value for key, value in json.loads(plan.calls[0].arguments).items() if value not in (None, False)}
    spelled = (f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in given.items())
    return f"{plan.calls[0].name}: {', '.join(spelled)}"


@pytest.mark.parametrize("case", SAID.strip().splitlines())
def test_it_becomes_its_call(case: str) -> None:
    sentence, _, wanted = case.partition(" -> ")
    assert called(sentence) == wanted
