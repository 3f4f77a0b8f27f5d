"""Louder, quieter, say that again: what people say of how it speaks, in the middle of anything, typed or spoken."""

import json
from pathlib import Path

import pytest
from fakes_tools import HERE, small_house
from fakes_turns import Talk, talking, turns_of
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences.mapping import LOUDNESS
from assistant.sentences.planner import SentencePlanner
from assistant.values import Expects
from assistant.volume import Volume
from config.language import load_language
from sensors.home import House

EMPTY = House(entities=())


@pytest.mark.parametrize(
    ("language", "key", "said"),
    [
        ("en", "louder", "louder; a bit louder please; could you speak up; turn the volume up; you are too quiet"),
        ("en", "quieter", "quieter; speak more softly; turn your volume down a bit; not so loud; lower your voice"),
        ("en", "volume", "volume 40; set the volume to 40 percent; volume forty; turn your volume to 40%"),
        ("en", "repeat", "repeat; repeat that; say that again; say it again please; what did you say?; pardon"),
        ("en", "nevermind", "stop; never mind; be quiet; shut up; enough"),
        ("de", "louder", "lauter; sprich bitte etwas lauter; mach lauter; mach die Lautstärke höher; du bist zu leise"),
        ("de", "quieter", "leiser; rede leiser; ein bisschen leiser; nicht so laut; du sprichst zu laut"),
        ("de", "volume", "Lautstärke 40; Lautstärke vierzig; stell die Lautstärke auf 40 Prozent; Lautstärke auf 40 %"),
        ("de", "repeat", "wiederhole das; sag das noch mal; sag das bitte noch einmal; was hast du gesagt?; wie bitte"),
        ("de", "nevermind", "stopp; sei still; Ruhe; egal; hör auf"),
    ],
)
def test_it_is_understood_as_people_say_it(language: str, key: str, said: str) -> None:
    planner = SentencePlanner(load_language(language))
    for text in said.split("; "):
        plan = planner.plan(text, EMPTY, None)
        assert plan is not None and plan.small_talk == key, text
        assert plan.level == (40 if key == "volume" else None), text


async def test_louder_quieter_and_a_number_are_kept_for_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "volume.json"
    async with small_house(tmp_path) as house:
        talk = Talk(turns_of(house, volume=Volume(50, file=file)), HERE)
        said = ["louder", "quieter", "volume 40", "volume 0", "quieter", "louder", "volume 400", "volume 100", "louder"]
        assert [(await talk.say(text)).text for text in said] == [
            "Volume 60.",
            "Volume 50.",
            "Volume 40.",
            "From now on I say nothing aloud but timers and alarms. Say volume fifty to hear me again.",
            "From now on I say nothing aloud but timers and alarms. Say volume fifty to hear me again.",
            "Volume 10.",
            "The volume goes from 0 to 100.",
            "Volume 100.",
            "That is as loud as I can be.",
        ]
        assert house.devices.sent == []
    assert Volume(50, file=file).level == 100


async def test_what_was_said_is_said_again_however_often(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE) as (talk, _):
        assert (await talk.say("repeat")).text == "I have not said anything to you yet."
        answer = (await talk.say("what is the temperature in the kitchen")).text
        for asked in ("say that again", "louder", "what did you say?"):
            again = (await talk.say(asked)).text
            assert again == answer or asked == "louder"
        assert again == answer, "what is said of the volume is nothing to be told again"


async def test_a_question_that_was_not_heard_well_stays_open(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE) as (talk, house):
        asked = await talk.say("unlock the front door")
        louder = await talk.say("louder")
        question = "Shall I unlock the front door? Say: yes, front door."
        assert louder.text == f"Volume 60. {question}"
        assert louder.expects is Expects.CONFIRMATION and louder.proposal_id == asked.proposal_id
        assert house.devices.sent == []
        assert (await talk.say("say that again")).text == question
        assert (await talk.say("yes, front door")).text == "The front door is now unlocked."


async def test_a_question_nobody_answered_is_not_put_again(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE) as (talk, _):
        await talk.say("unlock the front door")
        await talk.turns.silence(HERE)
        assert (await talk.say("repeat that")).text == "I heard no answer, so I did nothing."


async def test_whoever_stops_a_question_has_not_agreed_to_it(tmp_path: Path) -> None:
    async with talking(tmp_path, HERE) as (talk, house):
        assert await talk.turns.stopped(HERE) is None, "nothing was open"
        await talk.say("unlock the front door")
        closed = await talk.turns.stopped(HERE)
        assert closed is not None and closed.text == "Okay, not done."
        assert "nothing waiting" in (await talk.say("yes")).text
        await talk.say("yes, front door")
        assert house.devices.sent == []


@given(st.lists(st.sampled_from(["louder", "quieter"]) | st.floats(), max_size=30), st.integers(-1000, 1000))
def test_the_volume_stays_within_what_there_is(steps: list[str | float], start: int) -> None:
    volume = Volume(min(max(start, 0), 100))
    for step in steps:
        before = volume.level
        if isinstance(step, str):
            after = volume.louder() if step == "louder" else volume.quieter()
            assert after >= before if step == "louder" else after <= before
        elif step == step:
            volume.set(step)
        assert 0 <= volume.level <= 100 and 0 <= volume.gain <= 1


@pytest.mark.parametrize("kept", ["", "{}", "[]", '{"level": "loud"}', '{"level": 1e999}', '{"level": NaN}', "\0"])
def test_a_broken_file_is_told_and_the_setting_holds(
    tmp_path: Path, kept: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "volume.json"
    file.write_text(kept)
    assert Volume(70, file=file).level in {70, 100}
    assert "How loud it was" in caplog.text or "1e999" in kept


def test_a_full_disk_changes_the_volume_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    volume = Volume(50, file=tmp_path / "gone" / "volume.json")
    assert volume.louder() == 60
    assert "cannot be kept" in caplog.text
    (tmp_path / "gone").mkdir()
    volume.louder()
    assert json.loads((tmp_path / "gone" / "volume.json").read_text()) == {"level": 70}


def test_every_language_has_all_of_it() -> None:
    for language in ("en", "de"):
        assert LOUDNESS | {"repeat"} <= load_language(language).intents.keys()
