"""A sentence with several requests: divided only where each part is understood, and no word is lost or invented."""

import json
from itertools import product
from zlib import crc32

import pytest
from fakes_house import build_house, light, switch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_sentences_refusals import ORDERS, QUESTIONING

from assistant.sentences.fragments import acting
from assistant.sentences.planner import SentencePlanner
from assistant.sentences.requests import Requests, Understood
from assistant.sentences.several import MOST_PIECES, Ear, Joints, Part, divided, merged, pieces_of, words_of
from config.language import load_language

ENGLISH = load_language("en")
HOUSE = build_house(
    light("Kitchen", "Salt and pepper lamp"),
    light("Hallway", "Hall lamp"),
    switch("Kitchen", "Fan"),
    switch("Kitchen", "Oven"),
)
REQUESTS = Requests(SentencePlanner(ENGLISH), ENGLISH)
JOINTS = Joints(
    words=ENGLISH.several.joints,
    both=frozenset(ENGLISH.several.both),
    articles=frozenset(ENGLISH.wording.articles),
)


def understood(text: str) -> Understood:
    return REQUESTS.understand(text, HOUSE, "Bedroom", None)


def told(text: str) -> list[str]:
    """Each call as its arguments that are not null."""
    calls = [call for request in understood(text).requests for call in request.plan.calls]
    arguments = [json.loads(call.arguments) for call in calls]
    return [
        " ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in _said(one)) for one in arguments
    ]


def _said(arguments: dict[str, object]) -> list[object]:
    return [value for value in arguments.values() if value not in (None, False)]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("turn off the lights and lock the front door", "turn_off bedroom lights | lock front door"),
        ("Turn off the lights. Lock the front door.", "turn_off bedroom lights | lock front door"),
        (
            "Hey, turn on the hall lamp, and then lock the front door, please.",
            "turn_on hall lamp | lock front door",
        ),
        (
            "turn on the kitchen light, the hall lamp and the fan",
            "turn_on kitchen light | turn_on hall lamp | turn_on fan",
        ),
        ("turn off the kitchen and the bedroom lights", "turn_off kitchen lights | turn_off bedroom lights"),
        ("lock the front and back door", "lock front door | lock back door"),
        ("turn on the light, please, and the fan", "turn_on light | turn_on fan"),
        ("lock the front and back doors", "lock front door | lock back door"),
        (
            "open the bedroom and the garage and the living room blinds",
            "open bedroom blinds | open garage | open living room blinds",
        ),
        ("turn on the hall lamp and off the fan", "turn_on hall lamp | turn_off fan"),
        ("turn the hall lamp and the fan on", "turn_on hall lamp | turn_on fan"),
        ("turn the hall lamp on and the fan off", "turn_on hall lamp | turn_off fan"),
        ("turn on both the hall lamp and the fan", "turn_on hall lamp | turn_on fan"),
        ("turn off the kitchen light and the lamp", "turn_off kitchen light | turn_off lamp"),
        ("open the bedroom and living room blinds", "open bedroom blinds | open living room blinds"),
        ("turn on the light and the fan in the kitchen", "turn_on kitchen light | turn_on kitchen fan"),
        (
            "dim the kitchen and bedroom lights to 20 percent",
            "set_brightness kitchen lights 20 percent | set_brightness bedroom lights 20 percent",
        ),
        (
            "turn on the hall lamp and set it to 40 percent",
            "turn_on hall lamp | set_brightness hall lamp 40 percent",
        ),
        ("turn on the salt and pepper lamp", "turn_on salt and pepper lamp"),
        (
            "turn on the hall lamp, the salt and pepper lamp and the fan",
            "turn_on hall lamp | turn_on salt and pepper lamp | turn_on fan",
        ),
        (
            "what's the temperature in the kitchen and is the kitchen window open",
            "latest temperature kitchen | latest kitchen window open",
        ),
        (
            "is the front door locked and the office window closed",
            "latest front door locked | latest office window closed",
        ),
        (
            "what's the temperature and the humidity in the kitchen",
            "latest temperature kitchen | latest humidity kitchen",
        ),
        (
            "what's the temperature in the kitchen and the humidity",
            "latest temperature kitchen | latest humidity kitchen",
        ),
        (
            "what's the temperature in the kitchen and bedroom",
            "latest temperature kitchen | latest temperature bedroom",
        ),
        ("are the windows and doors closed", "list window open | list door open"),
        (
            "how warm is it in the kitchen and how warm is it in the office",
            "latest temperature kitchen | latest temperature office",
        ),
        ("is the hall lamp on and is it locked", "latest hall lamp on | latest hall lamp locked"),
        ("set a timer for ten minutes and turn off the oven", "timer 10 | turn_off oven"),
        ("set a timer for ten minutes and a pasta timer for five minutes", "timer 10 | timer pasta 5"),
        ("set a timer for an hour and a half and turn off the oven", "timer 5400 | turn_off oven"),
        ("set a salt and pepper timer for 5 minutes", "timer salt and pepper 5"),
        ("cancel the timer and the alarm", "timer | alarm"),
        ("remind me to buy milk and turn off the light", "reminder buy milk and turn off the light"),
    ],
)
def test_what_people_say_in_one_breath(text: str, calls: str) -> None:
    assert told(text) == calls.split(" | ")


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("turn off the lights and play some jazz", "play some jazz"),
        ("lock the front door and not the back door", "not the back door"),
        ("turn on the hall lamp and wait five minutes and turn it off", "wait five minutes"),
        ("turn off the fan, forget it", "forget it"),
        ("set a timer for 5 minutes and one for 10 minutes", "one for 10 minutes"),
        ("turn off the fan in ten minutes and lock the front door", "turn off the fan in ten minutes"),
    ],
)
def test_what_is_not_understood_is_named_and_nothing_else_is_done(text: str, lost: str) -> None:
    assert understood(text) == Understood(lost=lost)


def test_more_than_five_are_too_many() -> None:
    many = "turn on the hall lamp, the fan, the oven, the floor lamp, the bedside lamp and the coffee machine"
    assert understood(many) == Understood(too_many=True)


@pytest.mark.parametrize(("first", "second"), [*product(ORDERS, ORDERS)])
def test_any_two_orders_lead_to_both_or_to_a_refusal(first: str, second: str) -> None:
    both = understood(f"{first} and {second}")
    if both.requests:
        assert told(f"{first} and {second}") == told(first) + told(second)
        assert all(request.may_act for request in both.requests)
    else:
        assert both.lost or both.too_many


@pytest.mark.parametrize("start", QUESTIONING)
@pytest.mark.parametrize("orders", [" and ".join(ORDERS[:2]), ", ".join(ORDERS[2:4]), " and then ".join(ORDERS[5:7])])
def test_nothing_that_begins_as_a_question_or_a_ban_holds_an_order(start: str, orders: str) -> None:
    for text in (f"{start} {orders}", f"{start} {orders}?"):
        calls = [call for request in understood(text).requests for call in request.plan.calls]
        assert not any(acting(call) for call in calls), text


WORDS = st.sampled_from(
    "turn on off the kitchen light lamp fan and then , . both lock front back door is locked set it to 20 in a".split()
)


@given(st.text(max_size=60))
def test_pieces_and_joints_are_the_text(text: str) -> None:
    pieces, joints = pieces_of(text, JOINTS)
    assert "".join(piece + joint for piece, joint in zip(pieces, [*joints, ""], strict=True)) == text


@given(st.lists(WORDS, max_size=14), st.integers(0, 2**16))
@settings(max_examples=300)
def test_no_word_is_lost_and_none_is_invented(words: list[str], chance: int) -> None:
    """Whatever is understood: here something that is as good as drawn by lot."""
    text = " ".join(words).replace(" ,", ",").replace(" .", ".")

    def read(request: str) -> str | None:
        return request if crc32(f"{chance} {request}".encode()) % 3 == 0 else None

    ear: Ear[str] = Ear(
        joints=JOINTS,
        read=read,
        known=lambda word: True,
        begins=lambda said: False,
        complete=lambda said: False,
        asks=lambda said: False,
        pointing=lambda said, before: None,
        follows=lambda before, own: True,
        whole_name=lambda said: False,
        idle=lambda said, at_start: False,
    )
    parts = divided(text, ear)
    if not parts:
        return
    pieces, _ = pieces_of(text.strip(), JOINTS)
    assert 1 < len(parts) <= len(pieces) <= MOST_PIECES
    own = [word for part in parts for word in words_of(part.said)]
    spoken = set(words_of(text))
    joints = {word for joint in JOINTS.words for word in joint.split()}
    assert [word for word in own if word not in joints] == [word for word in words_of(text) if word not in joints]
    for part in parts:
        assert set(words_of(part.request)) <= spoken
        assert set(words_of(part.said)) - JOINTS.both <= set(words_of(part.request)) | joints


@given(st.lists(WORDS, max_size=14))
@settings(max_examples=60, deadline=None)
def test_whatever_is_said_is_understood_or_not_and_never_fails(words: list[str]) -> None:
    text = " ".join(words)
    found = understood(text)
    assert not (found.requests and found.too_many)
    for request in found.requests:
        for call in request.plan.calls:
            assert not acting(call) or request.may_act


def test_what_asks_for_nothing_stays_with_its_neighbour() -> None:
    pieces, joints = pieces_of("Hey, turn it off, thanks", JOINTS)
    assert merged(pieces, joints, lambda words, at_start: words in {"Hey", "thanks"}) == (
        ["Hey, turn it off, thanks"],
        [],
    )


def test_a_part_knows_whether_it_has_a_verb_of_its_own() -> None:
    part: Part[str] = Part(said="the fan off", request="turn the fan off", read="")
    assert not part.elliptical
