"""What watching costs, and whether it is right: python benchmarks/watches.py [--stories N] [--looks N] [--seed N]

Random stories of one series (readings, gaps, a device that is away) are told to the evaluator, which is looked at by
the clock at random moments as well, and to an oracle that walks through every second; both must tell the same. Then a
house of 300 entities with 30 watches is looked at with nothing new, and with a reading for each look. Times are CPU
time of the whole process. Exit code 1 where a story was told otherwise, or a look takes more than 20 ms.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from fakes_tools import sensor  # noqa: E402
from fakes_watches import DOOR, WATCHED, watching  # noqa: E402
from test_watching import Said, folded, oracle  # noqa: E402

from sensors.reading import Quantity  # noqa: E402
from tools.contract import Asker  # noqa: E402
from tools.watching import Condition, NewsKind  # noqa: E402

MOST_MS = 20.0
ENTITIES = 300
WATCHES = 30


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=200_000)
    parser.add_argument("--looks", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    began = time.process_time()
    wrong = [seed for seed in range(asked.seed, asked.seed + asked.stories) if not told_alike(random.Random(seed))]
    seconds = time.process_time() - began
    table = Table("what", "figure", "CPU")
    table.add_row("stories told as the oracle tells them", f"{asked.stories - len(wrong):,} of {asked.stories:,}", "")
    table.add_row("one story, oracle included", "", f"{seconds / asked.stories * 1000:.2f} ms")
    costs = asyncio.run(looked_at(asked.looks))
    for what, ms in costs.items():
        table.add_row(what, "", f"{ms:.2f} ms")
    Console().print(table)
    if wrong:
        sys.stderr.write(f"told otherwise with these seeds: {wrong[:10]}\n")
    return 1 if wrong or max(costs.values()) > MOST_MS else 0


def told_alike(chance: random.Random) -> bool:
    hold, silent = chance.randrange(13), chance.choice([None, *range(1, 16)])
    if chance.random() < 0.5:
        limit, slack, above = chance.randrange(-3, 4), chance.randrange(3), chance.random() < 0.5
        condition = Condition(above=above, limit=limit, slack=slack, hold_ms=hold, silent_after_ms=silent)
        values: list[float | str | None] = [None, *map(float, range(-6, 7))]
    else:
        condition = Condition(states=("open", "tilted"), hold_ms=hold, silent_after_ms=silent)
        values = [None, "open", "closed", "tilted"]
    times = sorted(chance.sample(range(1, 60), chance.randrange(25)))
    story, armed, end = [Said(at, chance.choice(values)) for at in times], chance.random() < 0.5, 90
    looks = [chance.randrange(end) for _ in range(chance.randrange(8))]
    told = folded(condition, story, end, armed=armed, looks=looks)
    expected = oracle(condition, story, end, armed=armed)
    came = [one.at_ms for one in told if one.kind is NewsKind.CAME]
    return [one.kind.value for one in told] == [kind for kind, _ in expected] and came == [
        at for kind, at in expected if kind == "came"
    ]


async def looked_at(looks: int) -> dict[str, float]:
    """CPU milliseconds of one look, by what there is to see."""
    more = tuple(
        sensor(f"Room {number // 10}", Quantity.HUMIDITY, "percent", f"Humidity {number}")
        for number in range(ENTITIES - len(WATCHED))
    )
    with tempfile.TemporaryDirectory() as folder:
        async with watching(Path(folder), entities=(*WATCHED, *more)) as house:
            for number in range(WATCHES):
                asker = Asker(satellite=f"s{number % 3}", room="Kitchen")
                await house.say(f"notify me every time it is above {30 + number} degrees in the bedroom", asker)
            assert len(house.watches.all) == WATCHES

            async def reading() -> None:
                await house.report("sensor.bedroom_temperature", 20.0)

            async def nothing() -> None: ...

            async def door() -> None:
                await house.report(DOOR, "open")

            look, notice = house.lookout.look, house.notices.look
            return {
                f"a look at {WATCHES} watches, nothing new (each second)": await _cost(looks, nothing, look),
                f"a look at {WATCHES} watches, a reading for all of them": await _cost(looks, reading, look),
                f"a look for dangers among {ENTITIES} entities (each 2 s)": await _cost(looks, door, notice),
            }


async def _cost(times: int, before: Callable[[], Awaitable[None]], work: Callable[[], Awaitable[None]]) -> float:
    spent = 0.0
    for _ in range(times):
        await before()
        began = time.process_time()
        await work()
        spent += time.process_time() - began
    return spent / times * 1000


if __name__ == "__main__":
    sys.exit(main())
