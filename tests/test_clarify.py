"""`Which one do you mean?`: asked by code, answered in a few words, and never more than a choice."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_model import ScriptedEndpoint, calls, says
from fakes_tools import ENTITIES, FRONT_DOOR, HERE, SmallHouse, light
from fakes_turns import Talk, talking
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences.choosing import Answered, Meaning, answer_to, short_forms
from assistant.values import Expects, Planner
from config.asking import Ask, ConfirmSettings
from config.language import load_language
from config.settings import ModelSettings
from tools.answers import ProposalAnswer
from tools.contract import Asker, Role

ENGLISH = load_language("en")
LAMPS = ("desk lamp", "floor lamp", "ceiling lamp")
HOUSE = tuple[Talk, SmallHouse]
MORE = (*ENTITIES, light("Bedroom", "Desk lamp"), light("Bedroom", "Reading lamp"))
ASKED = "Which one do you mean: the desk lamp or the reading lamp?"


def answered(said: str, candidates: tuple[str, ...] = LAMPS) -> Answered:
    return answer_to(candidates, said, ENGLISH.choice, ENGLISH.confirm)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        *(("desk lamp", "desk lamp"), ("The desk lamp, please.", "desk lamp"), ("the desk one", "desk lamp")),
        *(
            ("I mean the floor lamp", "floor lamp"),
            ("ceiling", "ceiling lamp"),
            ("no, the ceiling one", "ceiling lamp"),
        ),
        *(("the first one", "desk lamp"), ("the second", "floor lamp"), ("number three", "ceiling lamp")),
        *(("last one", "ceiling lamp"), ("the third one please", "ceiling lamp"), ("number one", "desk lamp")),
    ],
)
def test_one_is_chosen_by_its_name_by_a_word_of_it_or_by_its_place(said: str, name: str) -> None:
    assert answered(said) == Answered(meaning=Meaning.PICKED, name=name)


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        *((one, Meaning.NEITHER) for one in ("neither", "none of them", "no", "cancel", "Never mind.", "forget it")),
        *((one, Meaning.AGAIN) for one in ("what?", "say that again", "yes", "the lamp", "sure")),
        *(
            (one, Meaning.OTHER)
            for one in ("turn on the desk lamp", "the hall lamp", "the fourth one", "what time is it")
        ),
        *(
            (one, Meaning.OTHER)
            for one in ("desk lamp and unlock the door", "not the desk lamp", "", "please", "ignore")
        ),
    ],
)
def test_everything_else_chooses_nothing(said: str, meaning: Meaning) -> None:
    assert answered(said) == Answered(meaning=meaning)


def test_numbers_in_names_go_before_places_in_the_row() -> None:
    row = ("wall lamp 2", "wall lamp 1")
    assert answered("two", row).name == answered("the 2", row).name == "wall lamp 2"
    assert answered("lamp one", row).name == "wall lamp 1"


@given(st.lists(st.sampled_from([*LAMPS, "lamp", "hall", "hall lamp 2", "front door"]), min_size=1, unique=True))
def test_every_candidate_and_every_short_form_of_one_can_be_answered(candidates: list[str]) -> None:
    row = tuple(candidates[:4])
    for name in row:
        assert answered(f"the {name}", row) == Answered(meaning=Meaning.PICKED, name=name)
    for form in short_forms(row):
        assert answered(form, row).meaning is Meaning.PICKED


@given(st.text(max_size=40))
def test_whatever_is_said_only_a_candidate_is_chosen(said: str) -> None:
    answer = answered(said)
    assert (answer.meaning is Meaning.PICKED) == (answer.name in LAMPS)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[HOUSE]:
    async with talking(tmp_path, HERE, entities=MORE) as opened:
        yield opened


async def test_a_choice_is_answered_in_one_word_and_then_confirmed_like_any_order(house: HOUSE) -> None:
    talk, home = house
    asked = await talk.say("turn on the lamp")
    assert (asked.text, asked.expects, asked.planner) == (ASKED, Expects.CHOICE, Planner.SENTENCES)
    chosen = await talk.say("the desk one")
    assert chosen.text == "Shall I turn on the desk lamp?"
    assert (chosen.expects, chosen.planner) == (Expects.CONFIRMATION, Planner.INTERCEPTOR)
    assert home.devices.sent == []
    assert (await talk.say("yes")).text == "The desk lamp is now on."


async def test_the_call_with_the_chosen_name_is_on_the_record(house: HOUSE) -> None:
    talk, home = house
    await talk.say("turn on the lamp")
    await talk.say("the second one")
    called = [record.body for record in await home.audit.records() if record.event == "call"]
    assert [body["arguments"]["what"] for body in called] == ["lamp", "reading lamp"]
    assert called[1]["verdict"] == "needs_confirmation"


@pytest.mark.parametrize("said", ["neither", "no", "never mind"])
async def test_a_choice_can_be_left(house: HOUSE, said: str) -> None:
    talk, home = house
    await talk.say("turn on the lamp")
    assert (await talk.say(said)).text == "Okay."
    assert (await talk.say("the desk one")).expects is Expects.NOTHING
    assert home.devices.sent == []


async def test_another_request_instead_of_a_choice_is_simply_answered(house: HOUSE) -> None:
    talk, _ = house
    await talk.say("turn on the lamp")
    reply = await talk.say("what is the temperature in the kitchen")
    assert reply.text == "The temperature in the kitchen is 23.4 degrees."
    assert not isinstance((await talk.say("desk lamp")).results, ProposalAnswer)


async def test_who_did_not_hear_it_hears_it_again_but_not_for_ever(house: HOUSE) -> None:
    talk, _ = house
    await talk.say("turn on the lamp")
    assert [(await talk.say("pardon?")).text for _ in range(3)] == [ASKED, ASKED, "Okay."]


async def test_noise_leaves_the_question_open_and_time_closes_it(house: HOUSE) -> None:
    talk, home = house
    await talk.say("turn on the lamp")
    assert (await talk.say("")).expects is Expects.CHOICE
    home.clock.pass_seconds(14)
    assert (await talk.say("pardon?")).expects is Expects.CHOICE
    home.clock.pass_seconds(16)
    late = await talk.say("the desk one")
    assert late.results == () and late.expects is Expects.NOTHING


async def test_silence_closes_the_question_without_a_word(house: HOUSE) -> None:
    talk, _ = house
    await talk.say("turn on the lamp")
    assert await talk.turns.silence(HERE) is None
    assert (await talk.say("the desk one")).results == ()


@pytest.mark.parametrize(
    "other", [replace(HERE, role=Role.GUEST), replace(HERE, satellite="elsewhere"), replace(HERE, typed=True)]
)
async def test_nobody_else_answers_it(house: HOUSE, other: Asker) -> None:
    talk, home = house
    await talk.say("turn on the lamp")
    reply = await Talk(talk.turns, other).say("the desk one")
    assert not any(isinstance(result.answer, ProposalAnswer) for result in reply.results)
    assert home.devices.sent == []


async def test_a_question_stays_one_when_its_name_is_put_right(house: HOUSE) -> None:
    talk, _ = house
    asked = await talk.say("when did the lamp last turn on")
    assert asked.expects is Expects.CHOICE
    assert (await talk.say("the reading lamp")).text.startswith(("The reading lamp", "Nothing has been recorded"))


@asynccontextmanager
async def nearly(folder: Path, verb: str, what: str, confirm: ConfirmSettings | None = None) -> AsyncIterator[HOUSE]:
    """A house in which a model calls for something by a name that nothing bears."""
    order = {"verb": verb, "what": what, "value": None, "unit": None}
    async with ScriptedEndpoint([calls(("control_device", order)), *[says("Yes, I have done it.")] * 9]) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="eager")
        few = (FRONT_DOOR, light("Bedroom", "Bedroom light"))
        async with talking(folder, HERE, model, only_model=True, entities=few, confirm=confirm) as opened:
            yield opened


@pytest.mark.parametrize(
    ("verb", "what"),
    [("unlock", "front dor"), ("lock", "front dore"), ("turn_on", "xyzzy"), ("turn_on", "badroom lied")],
)
@pytest.mark.parametrize("ask", [Ask.YES, Ask.AT_ONCE])
async def test_a_yes_to_did_you_mean_never_switches_anything(tmp_path: Path, verb: str, what: str, ask: Ask) -> None:
    """Also where the settings let an order be enough by itself: the name was never said by the person."""
    easy = ConfirmSettings(light=ask, comfort=ask, closing=Ask.YES)
    async with nearly(tmp_path, verb, what, easy) as (talk, home):
        asked = await talk.say("turn on whatever is there")
        while asked.expects is Expects.CHOICE:
            assert "Did you mean" in asked.text
            asked = await talk.say("yes")
            assert home.devices.sent == [], asked.text
        assert asked.text.startswith(("Shall I", "Okay.", "The front door is already locked."))


async def test_yes_to_did_you_mean_asks_for_the_consent_that_the_act_takes(tmp_path: Path) -> None:
    async with nearly(tmp_path, "unlock", "front dor") as (talk, home):
        asked = await talk.say("unlock that front dor over there")
        assert asked.text == "I don't know anything called front dor. Did you mean front door?"
        chosen = await talk.say("yes")
        assert chosen.text == "Shall I unlock the front door? It is locked now. Say: yes, front door."
        assert (await talk.say("yes")).text == "To unlock the front door, please say: yes, front door."
        assert home.devices.sent == []


async def test_yes_to_did_you_mean_answers_a_question_at_once(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE, entities=ENTITIES[:1]) as (talk, _):
        asked = await talk.say("what is the temperature in the attic")
        assert asked.expects is Expects.CHOICE
        assert (await talk.say("bedroom")).text == "The temperature in the bedroom is 19.5 degrees."


async def test_an_order_that_is_enough_by_itself_is_so_too_once_it_is_clear_which(tmp_path: Path) -> None:
    settings = ConfirmSettings(light=Ask.AT_ONCE)
    async with talking(tmp_path, HERE, entities=MORE, confirm=settings) as (talk, _):
        await talk.say("turn on the lamp")
        assert (await talk.say("the desk one")).text == "The desk lamp is now on."


async def test_a_name_that_was_only_nearly_said_is_asked_about_before_anything_moves(tmp_path: Path) -> None:
    settings = ConfirmSettings(light=Ask.AT_ONCE)
    async with talking(tmp_path, HERE, entities=MORE, confirm=settings) as (talk, home):
        reply = await talk.say("turn on the redding lamp")
        assert (reply.text, reply.expects) == ("Shall I turn on the reading lamp?", Expects.CONFIRMATION)
        assert home.devices.sent == []


async def test_a_model_can_call_but_never_open_a_question_by_its_words(tmp_path: Path) -> None:
    order = json.loads('{"verb": "turn_on", "what": "lamp", "value": null, "unit": null}')
    script = [calls(("control_device", order)), says("Which of your two lamps? Say yes to open the door."), says("?")]
    async with ScriptedEndpoint(script) as endpoint:
        model = ModelSettings(enabled=True, base_url=endpoint.base_url, name="chatty")
        async with talking(tmp_path, HERE, model, only_model=True, entities=MORE) as (talk, home):
            asked = await talk.say("turn on the lamp")
            assert (asked.text, asked.expects) == (ASKED, Expects.CHOICE)
            chosen = await talk.say("the desk one")
            assert chosen.text == "Shall I turn on the desk lamp?"
            assert home.devices.sent == []
            await talk.say("no")
            assert (await talk.say("turn on something nice")).expects is Expects.NOTHING


def test_the_recogniser_is_given_the_names_their_words_and_their_places() -> None:
    assert short_forms(("desk lamp", "floor lamp")) == ("desk lamp", "floor lamp", "desk", "floor")
    assert short_forms(("lamp", "desk lamp")) == ("lamp", "desk lamp", "desk")


async def test_of_more_than_four_it_is_said_that_there_are_more(tmp_path: Path) -> None:
    row = tuple(light("Bedroom", f"{name} lamp") for name in ("Alcove", "Bed", "Corner", "Desk", "Floor", "Shelf"))
    async with talking(tmp_path, HERE, entities=row) as (talk, _):
        asked = await talk.say("turn on the lamp")
        assert asked.text == (
            "Which one do you mean: the alcove lamp, the bed lamp, the corner lamp or the desk lamp?"
            " Or ask again with the name of one of 2 others."
        )
        assert (await talk.say("turn on the shelf lamp")).text == "Shall I turn on the shelf lamp?"


async def test_the_light_is_the_one_of_the_room_in_which_it_is_said(tmp_path: Path) -> None:
    kitchen = Asker(satellite="kitchen", room="Living room")
    async with talking(tmp_path, kitchen) as (talk, _):
        assert (await talk.say("turn off the light")).text == "Shall I turn off the floor lamp? It is on now."
        assert (await talk.say("no")).text == "Okay, not done."
        assert (await talk.say("turn off the lights")).text == "Shall I turn off the floor lamp? It is on now."
        assert (await talk.say("no")).text == "Okay, not done."
        everywhere = await talk.say("turn off all the lights")
        assert everywhere.text == "Shall I turn off the counter light and the floor lamp?"
        assert (await talk.say("what is the temperature")).text.endswith(
            "The temperature in the living room is 22 degrees."
        )


async def test_what_shares_all_of_its_names_is_told_so(tmp_path: Path) -> None:
    twin = light("Bedroom", "Desk lamp")
    async with talking(tmp_path, HERE, entities=(twin, replace(twin, id="light.other"))) as (talk, _):
        asked = await talk.say("turn on the desk lamp")
        assert asked.text == (
            "Several things share the name desk lamp, so I cannot tell them apart. Please rename one."
        )
        assert asked.expects is Expects.NOTHING
