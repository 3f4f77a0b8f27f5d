"""`assistant doctor`: how each part is, the evidence, and what to do; the exit code is that of the worst."""

import asyncio
import json
import logging
import sys
from dataclasses import asdict
from pathlib import Path

from rich.table import Column, Table
from rich.text import Text

from assistant.cli.screen import harmless, screen
from assistant.doctor.finding import EXIT_CODES, Finding, State, worst
from assistant.doctor.rounds import rounds

_STYLES = {State.OK: "green", State.DEGRADED: "yellow", State.BROKEN: "bold red"}
_LONGEST = 400
_SUMMARY = {
    State.OK: "All is well.",
    State.DEGRADED: "It works, but not all is as it should be.",
    State.BROKEN: "Something does not work.",
}


def examine(*, as_json: bool, config: Path | None, state_dir: Path | None) -> int:
    """0: all is well, 1: something is degraded, 2: something is broken."""
    # What libraries and our own parts would log is what the findings say.
    logging.basicConfig(level=logging.CRITICAL)
    findings = asyncio.run(_all(config, state_dir))
    if as_json:
        told = {"worst": worst(findings).value, "findings": [asdict(one) for one in findings]}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    else:
        _print(findings)
    return EXIT_CODES[worst(findings)]


async def _all(config: Path | None, state_dir: Path | None) -> list[Finding]:
    return [one async for one in rounds(config, state_dir)]


def _print(findings: list[Finding]) -> None:
    table = Table("part", "state", Column("found, and what to do", overflow="fold"), box=None, pad_edge=False)
    for one in findings:
        words = Text(harmless(one.found, _LONGEST))
        if one.fix:
            words.append(f"\n-> {harmless(one.fix, _LONGEST)}", style="bold")
        table.add_row(one.part, Text(one.state.value, style=_STYLES[one.state]), words)
    screen().print(table)
    screen().print(_SUMMARY[worst(findings)], soft_wrap=True)
