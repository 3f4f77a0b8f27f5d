"""`assistant eval`: how many cases of a golden set come out as expected, in a house that is described in a file."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from assistant.cli.screen import harmless, screen
from assistant.eval.cases import Case, read_cases
from assistant.eval.files import GoldenSetWrong
from assistant.eval.house import EvalHouse, read_house
from assistant.eval.trial import Planners, Verdict, by_kind, false_accepts, percentile, run_cases
from config.errors import UserFacingError
from config.load import load_settings

_MOST_LISTED = 1_000


class NoModel(UserFacingError):
    """The model was to decide, and the settings name none."""


def evaluate(
    cases: Path, *, house: Path, planner: Planners, threshold: float, as_json: bool, config: Path | None
) -> int:
    """0 where at least a share of `threshold` of the cases came out right, else 1. Raises GoldenSetWrong, NoModel."""
    settings = load_settings(config).settings
    if planner is not Planners.SENTENCES and not settings.model.enabled:
        raise NoModel(
            f"--planner {planner} needs a language model: set enabled = true, base_url and name under [model] in the"
            " settings, or use --planner sentences"
        )
    found, listed = _read(house, cases)
    verdicts = asyncio.run(run_cases(listed, found, settings, planner))
    score = sum(one.passed for one in verdicts) / len(verdicts)
    if as_json:
        report = {**_totals(verdicts), "planner": planner.value, "threshold": threshold, "score": score}
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    else:
        _print(verdicts, score, threshold)
    return 0 if score >= threshold else 1


def _read(house: Path, cases: Path) -> tuple[EvalHouse, tuple[Case, ...]]:
    """Raises GoldenSetWrong, which tells the mistakes of both files."""
    try:
        found = read_house(house)
    except GoldenSetWrong as wrong:
        try:
            read_cases(cases)
        except GoldenSetWrong as also:
            raise GoldenSetWrong(f"{wrong}\n{also}") from also
        raise
    return found, read_cases(cases)


def _totals(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    accepts = list(false_accepts(verdicts))
    turns = [taken for one in verdicts for taken in one.turn_ms]
    return {
        "cases": len(verdicts),
        "passed": sum(one.passed for one in verdicts),
        "failed": sum(not one.passed for one in verdicts),
        "by_kind": {
            kind: {"cases": len(some), "passed": sum(one.passed for one in some)}
            for kind, some in by_kind(verdicts).items()
        },
        "no_call_cases": sum(bool(one.case.expect.no_call) for one in verdicts),
        "false_accepts": len(accepts),
        "false_accepts_that_act": sum(one.got.changes for one in accepts),
        "turn_ms_p50": round(percentile(turns, 0.5), 2),
        "turn_ms_p99": round(percentile(turns, 0.99), 2),
        "failures": [failure(one) for one in verdicts if not one.passed],
    }


def failure(verdict: Verdict) -> dict[str, Any]:
    """One case that came out wrong: what was said, expected and got, and in what they differ."""
    case, got = verdict.case, verdict.got
    refused = [{"tool": one.call.name, "refused": one.verdict} for one in got.results if one.error is not None]
    return {
        "id": case.id,
        "line": case.line,
        "kind": verdict.kind,
        "say": case.say[0] if len(case.say) == 1 else list(case.say),
        "room": case.room,
        "expected": case.expect.model_dump(mode="json", exclude_none=True),
        "got": [_call(call) for call in got.ran] + refused,
        "reply": got.reply,
        "planner": verdict.planner,
        "problems": list(verdict.problems),
    }


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    arguments = call["arguments"]
    if isinstance(arguments, Mapping):
        arguments = {key: value for key, value in arguments.items() if value is not None}
    return {"tool": call["tool"], "arguments": arguments}


def _print(verdicts: Sequence[Verdict], score: float, threshold: float) -> None:
    totals = _totals(verdicts)
    table = Table("kind", "cases", "right", "share", box=None, pad_edge=False)
    for kind, counted in totals["by_kind"].items():
        share = counted["passed"] / counted["cases"]
        table.add_row(harmless(kind, 50), str(counted["cases"]), str(counted["passed"]), f"{share:.1%}")
    for one in [one for one in verdicts if not one.passed][:_MOST_LISTED]:
        _print_failure(failure(one))
    screen().print(table)
    accepts, acts = totals["false_accepts"], totals["false_accepts_that_act"]
    screen().print(
        f"\n{totals['passed']} of {totals['cases']} cases are right: {score:.1%}"
        f" ({'at least' if score >= threshold else 'BELOW'} the threshold of {threshold:.1%})\n"
        f"called where nothing should be: {accepts} of {totals['no_call_cases']};"
        f" {acts} of them would change something\n"
        f"a turn took {totals['turn_ms_p50']:.1f} ms, and {totals['turn_ms_p99']:.1f} ms at the 99th percentile"
    )


def _print_failure(failed: Mapping[str, Any]) -> None:
    said = failed["say"] if isinstance(failed["say"], str) else " / ".join(failed["say"])
    lines = [
        f"{harmless(failed['id'], 40)} (line {failed['line']}): {harmless(said)!r}",
        f"  expected {harmless(json.dumps(failed['expected'], ensure_ascii=False), 400)}",
        f"  got      {harmless(json.dumps(failed['got'], ensure_ascii=False), 400)}",
        f"  replied  {harmless(failed['reply'], 300)!r}",
        f"  because  {harmless('; '.join(failed['problems']), 400)}",
    ]
    screen().print(Text("\n".join(lines)))
