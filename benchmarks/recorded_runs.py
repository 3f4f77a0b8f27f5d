"""Plays all recorded answers of language models to the assistant: python benchmarks/recorded_runs.py [--spoken FILE]

Each as it was, with our tools in place of the foreign ones, and with its last words after two reads of ours. What is
spoken may hold no call, no name of a tool, no markup, no number without a source and no deed without a receipt. Answers
that are the same are played once. `--spoken` writes down what models said in their own words, for people to read.
Exit code 1 where something was wrong, 2 where the recordings are not beside the checkout.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from fakes_cases import HONEST, PERFECT, Quirky, quirky, said_by_code  # noqa: E402
from fakes_runs import RUNS, WAYS, Run, foreign_words, recorded, things_in  # noqa: E402

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spoken", type=Path)
    asked = parser.parse_args()
    if not RUNS.exists():
        sys.stderr.write(f"{RUNS} is not there\n")
        return 2
    logging.disable(logging.WARNING)
    began = time.monotonic()
    turns, spoken, faults = asyncio.run(_play(recorded()))
    table = Table("", "turns", "in the model's own words", "wrong", title="Recorded models, played again")
    for way in WAYS:
        own = sum(count for (said_in, _), count in spoken.items() if said_in == way)
        table.add_row(way, f"{turns[way]:,}", f"{own:,}", f"{sum(fault.startswith(way) for fault in faults)}")
    Console().print(table)
    sys.stderr.write("\n".join([*faults, f"{time.monotonic() - began:.0f} s\n"]))
    if asked.spoken is not None:
        asked.spoken.write_text("\n".join(sorted({text for _, text in spoken})), encoding="utf-8")
    return 1 if faults else 0


async def _play(runs: list[Run]) -> tuple[Counter[str], Counter[tuple[str, str]], list[str]]:
    turns: Counter[str] = Counter()
    spoken: Counter[tuple[str, str]] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        async with quirky(Path(folder), PERFECT, things_in(runs)) as house:
            for way in WAYS:
                for run in _different(runs, way):
                    turns[way] += 1
                    faults += [f"{way}: {fault}" for fault in await _one(house, run, way, spoken)]
    return turns, spoken, faults


def _different(runs: list[Run], way: str) -> list[Run]:
    if way == "after two reads":
        return list({run.reply: run for run in runs}.values())
    return list({repr((run.utterance, run.messages, run.reply)): run for run in runs}.values())


async def _one(house: Quirky, run: Run, way: str, spoken: Counter[tuple[str, str]]) -> list[str]:
    reply, _ = await house.ask(run.case, WAYS[way](run))
    if reply.text not in said_by_code(reply) and not any(honest in reply.text for honest in HONEST):
        spoken[way, reply.text] += 1
    found = [*house.misdeeds(run.case, reply), *foreign_words(reply.text)]
    return [f"{fault}: {reply.text!r}" for fault in found]


if __name__ == "__main__":
    sys.exit(main())
