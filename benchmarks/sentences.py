"""How well sentences are understood without a model: python benchmarks/sentences.py [--failures FILE]

Over sentences that were written before any template was read, in halves: one that was looked at, and one that never
was (tests/golden/home_*). And over sentences that others have collected (../shared/fixtures/text): commands to ten tiny
homes, asked and then allowed with a yes; what people said to a home assistant, by what was annotated; what asks nothing
of a home and must call nothing; and lists of phrases. Exit code 1 where more than one in a hundred of those that are
to call nothing calls something, or any acts.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from assistant.cli.eval import failure
from assistant.eval.cases import read_cases
from assistant.eval.house import read_house
from assistant.eval.trial import percentile

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]

from fakes_text import (  # noqa: E402
    Group,
    actions,
    assist_mini,
    refusals,
    slurp_home,
    slurp_other,
    status_requests,
    tried,
)

GOLDEN = Path(__file__).parent.parent / "tests" / "golden"


def written_before(name: str, half: str) -> Iterator[Group]:
    """One half of a set of our own."""
    lines = [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text().splitlines()]
    ids = {one["id"] for one in lines if one["half"] == half}
    cases = tuple(case for case in read_cases(GOLDEN / f"{name}.jsonl") if case.id in ids)
    yield Group(house=read_house(GOLDEN / f"{name}.house.json"), cases=cases)


SETS = {
    "English at home, looked at": lambda: written_before("home_en", "tune"),
    "English at home, held out": lambda: written_before("home_en", "held-out"),
    "German at home, looked at": lambda: written_before("home_de", "tune"),
    "German at home, held out": lambda: written_before("home_de", "held-out"),
    "assist_mini: asked, then changed after a yes": assist_mini,
    "SLURP, for a home: a fitting order": lambda: [slurp_home()],
    "SLURP, for anything else: nothing is called": lambda: [slurp_other()],
    "home-llm: status, the right device": status_requests,
    "home-llm: refusals, nothing is put to anybody": refusals,
    "home-llm: orders to one device": actions,
}
MUST_CALL_NOTHING = "SLURP, for anything else: nothing is called"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", type=Path, help="write what came out wrong to this file")
    asked = parser.parse_args()
    table = Table("sentences", "cases", "right", "share", "left alone", "otherwise", "of these acting", "p50 ms")
    lines, fine = [], True
    for name, groups in SETS.items():
        verdicts = tried(groups())
        wrong = [one for one in verdicts if not one.passed]
        called = [one for one in wrong if one.got.false_accept]
        acting = [one for one in called if one.got.changes]
        right, left = len(verdicts) - len(wrong), len(wrong) - len(called)
        p50 = percentile([taken for one in verdicts for taken in one.turn_ms], 0.5)
        figures = (len(verdicts), right, f"{right / len(verdicts):.1%}", left, len(called), len(acting), f"{p50:.1f}")
        table.add_row(name, *(str(one) for one in figures))
        lines.append(f"# {name}: {right} of {len(verdicts)}")
        lines += [json.dumps(failure(one), ensure_ascii=False) for one in wrong]
        if name == MUST_CALL_NOTHING:
            fine = len(called) <= len(verdicts) / 100 and not acting
    Console(width=130).print(table)
    if asked.failures is not None:
        asked.failures.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
