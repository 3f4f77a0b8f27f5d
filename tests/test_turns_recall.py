"""Asked about itself, the assistant answers from its record, and tells nobody what others did elsewhere."""

from pathlib import Path

import pytest
from fakes_tools import HERE
from fakes_turns import Talk, talking

from tools.contract import Asker, Role

WHY, DID = "why did you say that", "what did you just do"
NOTHING_SAID = "I have not said anything to you yet."
NOTHING_DONE = "I have not done anything, as far as my records go back."


async def test_before_anything_happened_there_is_nothing_to_tell(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE) as (talk, _):
        assert (await talk.say(WHY)).text == NOTHING_SAID
        assert (await talk.say(DID)).text == NOTHING_DONE


@pytest.mark.parametrize(
    ("asked", "because"),
    [
        ("what is the temperature in the kitchen", "The kitchen reported 23.4 degrees today at 11:59."),
        ("which windows are open", "The bedroom window reported open today at 11:59."),
        (
            "what was the highest temperature in the kitchen yesterday",
            "I reckoned that from what the kitchen reported yesterday.",
        ),
        ("what is the temperature in the attic", "I could not do it: nothing in the house is called that."),
    ],
)
async def test_why_names_what_the_answer_rests_on(tmp_path: Path, asked: str, because: str) -> None:
    async with talking(tmp_path, HERE) as (talk, _):
        await talk.say(asked)
        for _again in range(2):
            assert (await talk.say(WHY)).text == f"You said: {asked}. {because}"


async def test_an_order_that_waits_for_a_yes_was_not_carried_out(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE) as (talk, home):
        await talk.say("unlock the front door")
        assert (await talk.say(WHY)).text.endswith("I do nothing before you have said yes.")
        assert (await talk.say(DID)).text == NOTHING_DONE
        assert home.devices.sent == []


@pytest.mark.parametrize(("role", "hears"), [(Role.OWNER, True), (Role.RESIDENT, False), (Role.GUEST, False)], ids=str)
async def test_what_was_done_is_told_where_it_was_done_and_to_the_owner(
    tmp_path: Path, role: Role, hears: bool
) -> None:
    async with talking(tmp_path, HERE) as (talk, _):
        await talk.say("unlock the front door")
        assert (await talk.say("yes, front door")).text == "The front door is now unlocked."
        done = (await talk.say(DID)).text
        assert "you let me unlock the front door. It was done." in done
        elsewhere = Talk(talk.turns, Asker(satellite="hall", room=None, role=role))
        assert ((await elsewhere.say(DID)).text != NOTHING_DONE) is hears
        assert "front door" not in (await elsewhere.say(WHY)).text
