"""Golden cases before models that go wrong: some of either here, all of them by `benchmarks/quirks.py --golden`."""

import random

import pytest
from fakes_golden import golden, golden_house
from fakes_misdeeds import QUIRKS

REQUESTS_EACH = 6
SOME = random.Random(3).sample(sorted(QUIRKS), 9)


@pytest.mark.parametrize("name", ["none", *SOME])
async def test_a_golden_case_ends_in_a_right_or_an_honest_reply(name: str) -> None:
    async with golden_house(QUIRKS[name]) as house:
        for asked in random.Random(name).sample(golden(), REQUESTS_EACH):
            reply = await house.ask(asked, QUIRKS[name])
            assert house.faults(asked, reply) == [], (asked.say, reply.text)
