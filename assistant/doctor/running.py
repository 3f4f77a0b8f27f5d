"""What only the running assistant knows, as it tells over its socket (`assistant.health`)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.doctor.finding import Finding, State, broken, degraded, ok, told

PART, INGEST, NOTICES = "assistant", "readings", "notices"
_MOST_REASONS = 4


def not_running(state_dir: Path, *, installed: bool) -> Finding:
    found = f"no assistant runs on {state_dir}"
    if installed:
        return broken(
            PART, found, "run: sudo systemctl restart assistant; journalctl -u assistant -e tells why it ended"
        )
    return degraded(PART, found, "start it: assistant run")


def silent(state_dir: Path) -> Finding:
    fix = "restart it: sudo systemctl restart assistant"
    return broken(PART, f"an assistant runs on {state_dir}, and does not answer within its time", fix)


def assistant(health: Mapping[str, Any], *, settings_changed_ms: int | None) -> Iterator[Finding]:
    """`health`: as `assistant.health` gives it; `settings_changed_ms`: when the settings file was last written."""
    found = f"process {health['process']} is running"
    stuck = {name: seconds for name, seconds in health["stuck_seconds"].items() if seconds is not None}
    for name, seconds in stuck.items():
        yield broken(PART, f"its {name} has been stuck for {seconds:.0f} seconds", "restart it, and keep its log")
    for problem in health["upkeep"].values():
        yield told(PART, State.DEGRADED, problem)
    for notice in health["notices"]:
        yield told(NOTICES, State.DEGRADED, notice, "see to it; `assistant devices` shows each", marks=("; ",))
    if settings_changed_ms is not None and settings_changed_ms > health["started_ms"]:
        fix = "restart it: sudo systemctl restart assistant"
        yield degraded(PART, f"{found} with older settings: the file was changed since", fix)
    elif not stuck:
        yield ok(PART, found)
    yield from _ingest(health["ingest"])


def _ingest(ingest: Mapping[str, Any] | None) -> Iterator[Finding]:
    if ingest is None:
        return
    counts = ingest["counts"]
    if ingest["problem"]:
        why = told(INGEST, State.BROKEN, ingest["problem"], marks=("; ",))
        yield replace(why, found=f"cannot be stored: {why.found}")
        return
    if counts.get("dropped"):
        found = f"{counts['dropped']} messages came faster than they could be stored, and were dropped"
        yield degraded(INGEST, found, "find what sends so much with `assistant capture`, or have it send with QoS 1")
    refused = {name.removeprefix("refused."): count for name, count in counts.items() if name.startswith("refused.")}
    text = f"{counts.get('readings', 0)} stored from {counts.get('messages', 0)} messages since its start"
    if refused:
        reasons = sorted(refused, key=lambda name: -refused[name])[:_MOST_REASONS]
        listed = ", ".join(f"{name} {refused[name]}" for name in reasons)
        text += f"; refused: {listed}, see quarantine.jsonl with `assistant explain-mqtt`"
    yield ok(INGEST, text)


def broker_problem(health: Mapping[str, Any]) -> str | None:
    """Why the running assistant has no connection; None where it has one."""
    broker = health["broker"]
    return None if broker is None else broker["problem"]
