"""What a follow-up changes of the call before it, and what it must leave alone."""

import json

import pytest
from fakes_house import build_house, light, switch
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences.fragments import Change, Subject, acting, changed
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.requests import Requests, Understood
from config.language import load_language
from tools.arguments import ARGUMENTS
from tools.contract import ToolCall

HOUSE = build_house(light("Hallway", "Hall lamp"), switch("Kitchen", "Fan"))
REQUESTS = {code: Requests(SentencePlanner(load_language(code)), load_language(code)) for code in ("en", "de")}


def understood(text: str, about: Subject | None, language: str = "en") -> Understood:
    return REQUESTS[language].understand(text, HOUSE, "Bedroom", about)


def after(text: str, *, things: tuple[str, ...] = (), places: tuple[str, ...] = (), quantity: str = "") -> Subject:
    calls = tuple(call for request in understood(text, None).requests for call in request.plan.calls)
    return Subject(calls=calls, things=things, places=places, quantity=quantity or None)


def told(found: Understood) -> list[str]:
    return [
        " ".join(str(value) for value in json.loads(call.arguments).values() if value not in (None, False))
        for request in found.requests
        for call in request.plan.calls
    ]


KITCHEN = after("what is the temperature in the kitchen", places=("kitchen",), quantity="temperature")
YESTERDAY = after("what was the average temperature in the kitchen yesterday", places=("kitchen",))
BOTH = after("what is the temperature and the humidity in the kitchen", places=("kitchen",))
ROOMS = after("what is the temperature in the kitchen and in the bedroom", places=("kitchen", "bedroom"))
DOOR = after("is the front door locked", things=("front door",), places=("hallway",), quantity="lock")
WINDOW = after("is the bedroom window open", things=("bedroom window",), places=("bedroom",), quantity="window")
LIGHT = after("turn on the kitchen light", things=("kitchen light",), places=("kitchen",), quantity="light")
LIGHTS = after("turn off the bedroom lights", things=("bedroom lights",), places=("bedroom",), quantity="light")
ON = after(
    "which lights are on", things=("kitchen light", "hall lamp"), places=("kitchen", "hallway"), quantity="light"
)
PASTA = after("set a pasta timer for 5 minutes", things=("pasta timer",))
LEFT = after("how long is left on the pasta timer", things=("pasta timer",))


@pytest.mark.parametrize(
    ("about", "text", "calls"),
    [
        (KITCHEN, "and in the bedroom?", ["latest temperature bedroom"]),
        (KITCHEN, "how about upstairs", ["latest temperature upstairs"]),
        (KITCHEN, "and the freezer?", ["latest temperature freezer"]),
        (KITCHEN, "what about humidity?", ["latest humidity kitchen"]),
        (KITCHEN, "what about the humidity in the office", ["latest humidity office"]),
        (KITCHEN, "and yesterday?", ["mean temperature kitchen yesterday"]),
        (KITCHEN, "what was the highest", ["maximum temperature kitchen last_24_hours"]),
        (KITCHEN, "is it rising", ["trend temperature kitchen"]),
        (KITCHEN, "what is the humidity there", ["latest humidity kitchen"]),
        (KITCHEN, "turn on the light there", ["turn_on kitchen light"]),
        (YESTERDAY, "and today?", ["mean temperature kitchen today"]),
        (YESTERDAY, "and the lowest", ["minimum temperature kitchen yesterday"]),
        (YESTERDAY, "and last week in the bedroom", ["mean temperature bedroom last_week"]),
        (BOTH, "and in the bedroom?", ["latest temperature bedroom", "latest humidity bedroom"]),
        (BOTH, "and yesterday?", ["mean temperature kitchen yesterday", "mean humidity kitchen yesterday"]),
        (ROOMS, "and in the office?", ["latest temperature office"]),
        (DOOR, "lock it", ["lock front door"]),
        (DOOR, "and the back door?", ["latest back door locked"]),
        (DOOR, "when was it last opened", ["last_change front door open"]),
        (DOOR, "lock it and turn on the fan", ["lock front door", "turn_on fan"]),
        (WINDOW, "and in the kitchen?", ["latest kitchen window open"]),
        (LIGHT, "turn it back off", ["turn_off kitchen light"]),
        (LIGHT, "set it to 20", ["set_brightness kitchen light 20.0 percent"]),
        (LIGHT, "and the fan too", ["turn_on fan"]),
        (LIGHT, "the same in the bedroom", ["turn_on bedroom light"]),
        (LIGHT, "do it again", ["turn_on kitchen light"]),
        (LIGHT, "turn on the hall lamp", ["turn_on hall lamp"]),
        (LIGHT, "how warm is it", ["latest temperature"]),
        (LIGHTS, "and in the kitchen", ["turn_off kitchen lights"]),
        (LIGHTS, "turn them on again", ["turn_on bedroom lights"]),
        (ON, "turn them off", ["turn_off kitchen light", "turn_off hall lamp"]),
        (ON, "and in the kitchen?", ["list light kitchen on"]),
        (PASTA, "cancel it", ["timer pasta"]),
        (PASTA, "how long is left on it", ["timer pasta"]),
        (LEFT, "and the egg timer?", ["timer egg"]),
    ],
)
def test_what_follows_is_the_call_before_with_something_else_in_it(about: Subject, text: str, calls: list[str]) -> None:
    assert told(understood(text, about)) == calls


@pytest.mark.parametrize(
    ("about", "text"),
    [
        *((KITCHEN, text) for text in ("turn it off", "turn them on", "should I turn it off")),
        *((ON, text) for text in ("turn it off", "lock that", "should I turn them off")),
        *((DOOR, text) for text in ("should I unlock it", "and yesterday?", "don't unlock it", "what if I unlock it")),
        *((LIGHT, text) for text in ("and yesterday", "what about humidity", "is it turn off", "never turn it off")),
        *((PASTA, text) for text in ("and the egg timer", "and in the kitchen")),
    ],
)
def test_what_cannot_be_told_is_not_guessed(about: Subject, text: str) -> None:
    found = understood(text, about)
    assert not any(acting(call) for request in found.requests for call in request.plan.calls), told(found)


@pytest.mark.parametrize("text", ["and the hall lamp?", "what about the hall lamp", "and in the bedroom?"])
def test_a_question_after_an_order_asks_for_the_state(text: str) -> None:
    (request,) = understood(text, LIGHT).requests
    assert not request.may_act and request.plan.calls[0].name == "query_sensors"


def test_an_article_that_is_also_a_pronoun_stays_one_before_a_name() -> None:
    lamp = Subject(calls=LIGHT.calls, things=("kitchen light",))
    assert told(understood("schalte die hall lamp ein", lamp, "de")) == ["turn_on hall lamp"]


def test_whatever_comes_of_what_was_before_is_marked_so() -> None:
    assert [one.recalled for one in understood("turn it off and lock the front door", LIGHT).requests] == [True, False]
    assert [one.recalled for one in understood("and the fan", LIGHT).requests] == [True]


SAID = st.none() | st.sampled_from(
    ["kitchen", "fan", "humidity", "yesterday", "maximum", "trend", "timer", "", "x" * 200]
)


@given(
    st.sampled_from([KITCHEN, YESTERDAY, DOOR, WINDOW, LIGHT, LIGHTS, ON, PASTA, LEFT]),
    st.fixed_dictionaries(
        dict.fromkeys(("thing", "place", "quantity", "period", "answer", "timer", "name"), SAID)
        | {"asking": st.booleans()}
    ),
)
def test_whatever_is_changed_fits_the_tool_and_no_question_acts(about: Subject, change: dict[str, object]) -> None:
    call = changed(about, Change(**change), lambda quantity: "light")  # type: ignore[arg-type]
    if call is not None:
        ARGUMENTS[call.name].model_validate_json(call.arguments)
        assert not (acting(call) and change["asking"])


@pytest.mark.parametrize("arguments", ["{}", "[]", "not json", '{"answer": 1}'])
def test_a_call_that_made_no_sense_is_nothing_to_go_on_from(arguments: str) -> None:
    about = Subject(calls=(ToolCall(id="1", name="play_music", arguments=arguments),))
    assert changed(about, Change(place="kitchen"), lambda quantity: None) is None
