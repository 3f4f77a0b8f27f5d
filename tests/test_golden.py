"""The golden sets: what people say at home comes out as they expect, and what they did not ask for is never done."""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.eval.cases import read_cases
from assistant.eval.house import read_house
from assistant.eval.trial import Planners, Verdict, by_kind, false_accepts, run_cases
from config.settings import Settings

FOLDER = Path(__file__).parent / "golden"
FLOORS = FOLDER / "floors.json"
"""By set and kind of case: how many came out right. `UPDATE_FLOORS=1 pytest tests/test_golden.py` raises them."""
SETS = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
FEWEST = {"de": 300, "en": 600, "us": 80}


@pytest.fixture(scope="module", params=SETS)
def tried(request: pytest.FixtureRequest) -> tuple[str, list[Verdict]]:
    """A whole set, said once in its house."""
    name = request.param
    house = read_house(FOLDER / f"{name}.house.json")
    return name, asyncio.run(run_cases(read_cases(FOLDER / f"{name}.jsonl"), house, Settings(), Planners.SENTENCES))


def said(verdicts: Sequence[Verdict]) -> list[object]:
    return [(one.case.id, one.case.say, one.got.reply, one.problems) for one in verdicts]


def test_no_kind_of_case_falls_below_what_it_has_reached(tried: tuple[str, list[Verdict]]) -> None:
    name, verdicts = tried
    floors = json.loads(FLOORS.read_text())
    reached = {kind: sum(one.passed for one in some) for kind, some in by_kind(verdicts).items()}
    if os.environ.get("UPDATE_FLOORS"):
        before = floors.get(name, {})
        floors[name] = {kind: max(right, before.get(kind, 0)) for kind, right in reached.items()}
        FLOORS.write_text(json.dumps(floors, indent=1, ensure_ascii=False) + "\n")
    for kind, floor in floors.get(name, {}).items():
        wrong = [one for one in verdicts if one.kind == kind and not one.passed]
        assert reached.get(kind, 0) >= floor, (kind, said(wrong))


def test_nothing_that_nobody_asked_for_is_done_or_put_to_anybody(tried: tuple[str, list[Verdict]]) -> None:
    _, verdicts = tried
    assert said([one for one in false_accepts(verdicts) if one.got.changes]) == []


def test_hardly_anything_that_nobody_asked_for_is_answered(tried: tuple[str, list[Verdict]]) -> None:
    _, verdicts = tried
    declined = [one for one in verdicts if one.case.expect.no_call]
    wrong = list(false_accepts(declined))
    assert len(wrong) <= len(declined) / 100, said(wrong)


def test_the_set_is_as_large_as_it_should_be(tried: tuple[str, list[Verdict]]) -> None:
    name, verdicts = tried
    assert len(verdicts) >= FEWEST.get(name, 0)
    assert sum(bool(one.case.expect.no_call) for one in verdicts) >= len(verdicts) / 6, "much is to be declined"
