"""docs/operations.md says what is so: the metrics that are served, the keys of a turn's line, what status tells."""

import asyncio
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from docs_pages import cells_of, sections_of
from fakes_operations import CLOSED, FACTS, SAY
from prometheus_client.core import Metric
from real_mosquitto import free_port

from assistant.build import Assistant, open_assistant
from assistant.cli.main import app
from assistant.cli.status import RUNS, RUNS_NOT, UNKNOWN, rows_of
from assistant.cli.status_facts import facts_of
from assistant.model.cost import Attempt
from assistant.model.outcome import ModelOutcome, StoppedBecause
from assistant.observed import samples_of
from assistant.turns.drafts import Draft
from assistant.turns.logged import line_of
from assistant.values import Planner, Reply, Utterance
from assistant.vitals.exposition import families
from assistant.voice.called import Outcome
from assistant.voice.late import Doing
from config.settings import Settings
from sensors.message import Message
from tools.audit import Event
from tools.contract import OK, Asker, ToolCall, ToolResult
from tools.executor import Done
from tools.gate import HeardKind
from tools.proposals import State

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "operations.md").read_text()
SECTIONS = sections_of(TEXT)
HISTOGRAM = {"_bucket", "_sum", "_count"}


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


class Voice:
    """One that listens, and has said something."""

    ready = asyncio.Event()
    still_seconds = 0.0
    problem = None
    last_heard = bytes(1024)
    doing = Doing.WAITING
    counts: Mapping[str, float] = {"speeches": 1, "first_sound_seconds": 0.2, "unheard": 0, "microphone_lost": 0}

    async def run(self) -> None: ...


ATTEMPT = Attempt(endpoint="host:1", model="m", ok=True, tokens_in=9, tokens_out=3)
MODEL = ModelOutcome(
    text="",
    results=(ToolResult(call=ToolCall(id="1", name="query_sensors", arguments="{}"), verdict=OK),),
    rounds=1,
    tokens_in=9,
    tokens_out=3,
    tokens_estimated=False,
    timings_ms=dict.fromkeys(("ttft", "generation", "endpoint", "tools", "own", "total"), 1.0),
    stopped_because=StoppedBecause.ANSWERED,
    attempts=(ATTEMPT,),
)
TIMINGS = {**dict.fromkeys(("endpoint", "transcribe", "plan", "tools"), 1.0)}
TURN = Reply(
    turn_id="0" * 16,
    text="",
    planner=Planner.MODEL,
    results=MODEL.results,
    proposal_id="x",
    timings_ms={**TIMINGS, **{f"model_{name}": 1.0 for name in MODEL.timings_ms}, "turn": 1.0},
)
DRAFT = Draft(text="", planner=Planner.MODEL, results=MODEL.results, model=MODEL)


async def _lived(assistant: Assistant) -> None:
    """Something of everything happens."""
    ingest, watch = assistant.ingest, assistant.watch
    assert ingest is not None
    garbage = Message(topic="homeassistant/sensor/x/config", payload=b"{", qos=0, received_ms=1_795_000_000_000)
    await ingest.take([garbage])
    assert ingest.counts["refused.not_json"]
    ingest.counts["noted.something"] += 1
    await assistant.audit.append(Event.CLOSED, {"proposal": "x", "state": State.DONE})
    await assistant.audit.append(Event.TOLD, {})
    watch.turn(TURN, DRAFT)
    watch.metrics.count("wake_words_total", word="okay_nabu", outcome=Outcome.CALL.value)
    await assistant.upkeep.back_up()


async def _served(folder: Path) -> list[Metric]:
    settings = Settings.model_validate({"mqtt": {"port": free_port()}, "voice": {"enabled": False}})
    async with open_assistant(settings, folder) as assistant:
        await _lived(assistant)
        return list(families(samples_of(assistant, Voice(), started_ms=1)))


async def test_every_metric_that_is_served_is_told_with_its_labels_and_no_other(tmp_path: Path) -> None:
    told = {name: set(names(row[1])) for row in cells_of(SECTIONS["Metrics"]) for name in names(row[0])}
    served = {
        metric.name + ("_total" if metric.type == "counter" else ""): {
            label for sample in metric.samples for label in sample.labels if label != "le"
        }
        for metric in await _served(tmp_path / "state")
    }
    assert served == told


def test_metrics_are_named_as_is_the_custom() -> None:
    for row in cells_of(SECTIONS["Metrics"]):
        for name in names(row[0]):
            assert re.fullmatch(r"assistant(_[a-z]+)+", name) and not re.search(r"_(ms|milliseconds|kb|mb)\b", name)
            if "histogram" in row[2]:
                assert name.endswith("_seconds"), name


def test_the_rules_ask_for_metrics_that_there_are() -> None:
    (piece,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    rules = yaml.safe_load(piece)["groups"][0]["rules"]
    known = {name for row in cells_of(SECTIONS["Metrics"]) for name in names(row[0])}
    for rule in rules:
        asked = re.findall(r"\b(assistant_\w+)", rule["expr"])
        assert asked or rule["expr"].startswith("up{"), rule
        assert {re.sub("|".join(f"{end}$" for end in HISTOGRAM), "", name) for name in asked} <= known, rule


def test_every_key_of_a_turns_line_is_told_and_no_other() -> None:
    line = line_of(Utterance(text="x", asker=Asker(satellite="here")), TURN, DRAFT)
    told = [name for row in cells_of(SECTIONS["The log"]) for name in names(row[0])]
    assert sorted(told) == sorted(part.split("=")[0] for part in line.split())
    assert set(CLOSED) <= set(told)
    (example,) = re.findall(r"^INFO .*: (turn=.*)$", TEXT, re.MULTILINE)
    for part in example.split():
        key, value = part.split("=")
        assert key in told and re.fullmatch(CLOSED.get(key, r"[\d.]+"), value), part


def test_every_end_of_a_proposal_is_told() -> None:
    (row,) = [row for row in cells_of(SECTIONS["The log"]) if row[0] == "`proposal`"]
    assert set(names(row[1])) == {"asked", "dropped", *HeardKind, *Done} - {HeardKind.OTHER}
    (row,) = [row for row in cells_of(SECTIONS["Metrics"]) if row[0] == "`assistant_proposals_total`"]
    assert set(names(row[2])) == set(State) - {State.OPEN, State.CONSUMED}


async def test_what_status_tells_is_told(tmp_path: Path) -> None:
    section = SECTIONS["What is it doing now?"]
    (shown,) = re.findall(r"```text\n(.*?)```", section, re.DOTALL)
    assert [line.split()[0] for line in shown.splitlines()] == [name for name, _ in rows_of(FACTS, SAY)]
    assert [row[0] for row in cells_of(SECTIONS["What is it doing now?"])] == [
        str(code) for code in (RUNS, RUNS_NOT, UNKNOWN, 2)
    ]
    file = tmp_path / "assistant.toml"
    file.write_text("[mqtt]\nenabled = false\n")
    facts = await facts_of(file, tmp_path / "state")
    as_json = section[section.index("With `--json`") :]
    assert set(facts) <= set(names(as_json)) and set(FACTS) == set(facts)


BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("line", [line for block in BLOCKS for line in block.splitlines() if line.startswith("sudo a")])
def test_each_of_its_commands_is_one(line: str) -> None:
    words = shlex.split(line)[2:]
    command: Any = typer.main.get_command(app)
    name, sub, rest = command.resolve_command(command.make_context("x", list(words)), words)
    assert sub.make_context(name, rest) is not None


def test_what_it_points_at_is_there() -> None:
    for name in re.findall(r"\]\(([\w.-]+)\)", TEXT):
        assert (ROOT / "docs" / name).is_file(), name
