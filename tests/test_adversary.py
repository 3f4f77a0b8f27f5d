"""Whatever program plans, nothing moves that a person did not allow; the long run is benchmarks/adversary.py."""

from pathlib import Path

import pytest
from fakes_adversary import live


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_program_plans_nothing_moves_that_nobody_allowed(tmp_path: Path, seed: int) -> None:
    tally, broken = await live(tmp_path, 1_000, seed)
    assert tally.faults == [] and broken is None
    assert tally.sent > 3 and tally.asked > 15 and tally.turns > 100, "the day had something in it"
    assert {"needs_confirmation", "unknown_tool", "bad_json", "schema", "ok"} <= tally.verdicts.keys()
