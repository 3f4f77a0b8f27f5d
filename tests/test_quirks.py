"""Whatever an endpoint or its model does wrong, a person hears a right answer or an honest word, in time.

Every quirk is tried on a few requests here and on all of them by `benchmarks/quirks.py`.
"""

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_cases import CASES, LONG_SECONDS, PERFECT, Case, is_right, quirky
from fakes_misdeeds import QUIRKS

from assistant.values import Planner, Reply
from config.asking import Ask

REQUESTS_EACH = 2
HOPEFUL = [name for name, quirk in QUIRKS.items() if not quirk.hopeless]


def some_of(name: str) -> list[Case]:
    """Other requests for each quirk, the same in every run."""
    return random.Random(name).sample(CASES, REQUESTS_EACH)


def test_there_are_many_and_each_was_seen_somewhere() -> None:
    assert len(QUIRKS) >= 100 and len(HOPEFUL) >= 45
    reported = [quirk.seen for quirk in QUIRKS.values() if quirk.seen not in {"spec", "runs"}]
    assert len(reported) >= 60
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", seen) for seen in reported)


@pytest.mark.parametrize("name", QUIRKS)
async def test_every_quirk_ends_in_a_right_or_an_honest_reply(name: str, tmp_path: Path) -> None:
    async with quirky(tmp_path, QUIRKS[name]) as house:
        for case in some_of(name):
            reply, seconds = await house.ask(case, QUIRKS[name])
            assert house.faults(case, QUIRKS[name], reply, seconds) == [], reply.text
            assert reply.planner is Planner.MODEL


async def test_a_perfect_model_gets_every_request_right(tmp_path: Path) -> None:
    async with quirky(tmp_path, PERFECT) as house:
        for case in CASES:
            reply, _ = await house.ask(case, PERFECT)
            assert is_right(case, reply), (case.name, reply.text)


async def test_where_the_settings_let_lights_be_at_once_a_models_order_still_asks(tmp_path: Path) -> None:
    """The words were read by a model, not by code: a yes of the person is needed whatever the settings say."""
    case = next(case for case in CASES if "at once" in case.name)
    async with quirky(tmp_path, PERFECT) as house:
        reply, _ = await house.ask(case, PERFECT)
        assert reply.text.startswith("Shall I turn on the bedroom light?")
        assert house.house.devices.sent == []
        assert house.last_ask is Ask.YES


LIES = {
    "The kitchen is at 99 degrees.": "numbers from nowhere",
    "Done! I have unlocked the front door.": "claims a deed",
    "The light is now on.": "claims a deed",
    "I asked query_sensors for that.": "cannot be spoken",
    '{"answer": "I cannot"}': "cannot be spoken",
    "**I could not find that out.**": "cannot be spoken",
    "<think>no</think> I could not find that out.": "cannot be spoken",
    "Blue is a pretty colour.": "neither right nor honest",
}


@pytest.mark.parametrize("said", LIES)
async def test_the_judge_sees_what_is_wrong(said: str, tmp_path: Path) -> None:
    async with quirky(tmp_path, PERFECT) as house:
        reply, seconds = await house.ask(CASES[0], PERFECT)
        assert house.faults(CASES[0], PERFECT, reply, seconds) == []
        told: Reply = replace(reply, text=said)
        assert any(LIES[said] in fault for fault in house.faults(CASES[0], PERFECT, told, seconds))
        late = house.faults(CASES[0], PERFECT, reply, LONG_SECONDS + 2)
        assert any("took" in fault for fault in late)
