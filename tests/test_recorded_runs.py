"""What twenty language models really sent, played to ours: nothing of it leaks, lies or acts.

Some of the recordings here, all of them by `benchmarks/recorded_runs.py`.
"""

import os
import random
from pathlib import Path

import pytest
from fakes_cases import PERFECT, quirky
from fakes_runs import RUNS, WAYS, Run, foreign_words, ours, recorded, things_in

from assistant.values import Planner

RUNS_EACH = 60


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    if not RUNS.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{RUNS} is missing, and CI must have it")
        pytest.skip("the recorded runs are not part of a clone")
    return recorded()


@pytest.mark.parametrize("way", WAYS)
async def test_recorded_models_leak_nothing_claim_nothing_and_move_nothing(
    way: str, runs: list[Run], tmp_path: Path
) -> None:
    some = random.Random(way).sample(runs, RUNS_EACH)
    async with quirky(tmp_path, PERFECT, things_in(runs)) as house:
        for run in some:
            reply, _ = await house.ask(run.case, WAYS[way](run))
            assert reply.text
            assert house.misdeeds(run.case, reply) + foreign_words(reply.text) == [], reply.text
            if reply.planner is Planner.MODEL and reply.proposal_id is not None:
                assert "Shall I" in reply.text


def test_foreign_orders_become_ours() -> None:
    assert ours(("HassTurnOff", {"name": "Smart Lock", "domain": ["lock"]})) == (
        "control_device",
        {"verb": "unlock", "what": "Smart Lock", "value": None, "unit": None},
    )
    assert ours(("HassLightSet", {"area": "Office", "brightness": 40}))[1] == {
        "verb": "set_brightness",
        "what": "Office",
        "value": 40,
        "unit": None,
    }
    assert ours(("HassMediaNext", {})) == ("HassMediaNext", {})
