"""What many turns show and none alone: failures, circles, costs. Each is told when it begins and when it is over."""

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes_model import Reply, ScriptedEndpoint, calls, fails, query
from hypothesis import given
from hypothesis import strategies as st

from assistant.build import open_assistant
from assistant.model.anomalies import CIRCLES, COST, FAILING, WINDOW_SECONDS, Anomalies
from assistant.model.cost import Attempt
from assistant.model.outcome import ModelOutcome, StoppedBecause
from assistant.values import Utterance
from assistant.vitals.metrics import BUCKETS_MS, Metrics
from assistant.vitals.notices import Notices, read_notices
from config.settings import Settings

GOOD = ModelOutcome(
    text="",
    results=(),
    rounds=1,
    tokens_in=0,
    tokens_out=0,
    tokens_estimated=False,
    timings_ms={},
    stopped_because=StoppedBecause.ONE_CALL,
)


def ended(stopped: StoppedBecause, *attempts: bool) -> ModelOutcome:
    made = tuple(
        Attempt(endpoint="host:1", model="m", ok=ok, failure="" if ok else "cannot reach it") for ok in attempts
    )
    return replace(GOOD, stopped_because=stopped, attempts=made)


def told(anomalies: Anomalies, outcomes: list[ModelOutcome], *, day_cost: float = 0, now: float = 0) -> list[str]:
    changes = [change for outcome in outcomes for change in anomalies.turn(outcome, day_cost, now)]
    return [f"{'+' if change.begins else '-'}{change.kind}" for change in changes]


def test_a_model_that_fails_often_is_told_once_and_so_is_its_recovery() -> None:
    anomalies = Anomalies()
    assert told(anomalies, [ended(StoppedBecause.TIME)] * 3) == []
    assert told(anomalies, [ended(StoppedBecause.ENDPOINT)] * 20) == [f"+{FAILING}"]
    assert told(anomalies, [GOOD] * 2) == []
    assert told(anomalies, [GOOD] * 20) == [f"-{FAILING}"]


def test_a_failure_now_and_then_is_nothing_to_be_told() -> None:
    assert told(Anomalies(), [GOOD, GOOD, ended(StoppedBecause.TIME)] * 30) == []


def test_going_in_circles_is_over_after_an_hour_without() -> None:
    anomalies = Anomalies()
    assert told(anomalies, [ended(StoppedBecause.REPEATED)] * 5) == [f"+{CIRCLES}"]
    assert anomalies.look(0, WINDOW_SECONDS - 1) == ()
    assert [change.begins for change in anomalies.look(0, WINDOW_SECONDS)] == [False]


def test_what_a_day_costs_is_told_before_the_limit_and_forgotten_at_midnight() -> None:
    anomalies = Anomalies(cost_per_day=1.0)
    assert told(anomalies, [GOOD], day_cost=0.79) == []
    assert told(anomalies, [GOOD] * 3, day_cost=0.8) == [f"+{COST}"]
    assert [change.kind for change in anomalies.look(0.0, 10)] == [COST]


def test_an_endpoint_that_fails_behind_a_good_one_is_told() -> None:
    anomalies = Anomalies()
    kind = "model_endpoint host:1 m"
    assert told(anomalies, [ended(StoppedBecause.ONE_CALL, False)] * 5) == [f"+{kind}"]
    assert told(anomalies, [ended(StoppedBecause.ONE_CALL, True)] * 2) == [f"-{kind}"]


def test_a_turn_that_a_person_ended_says_nothing_about_the_model() -> None:
    assert told(Anomalies(), [ended(StoppedBecause.CANCELLED)] * 30) == []


@given(st.lists(st.tuples(st.sampled_from(list(StoppedBecause)), st.floats(0, 600), st.floats(0, 2)), max_size=60))
def test_whatever_happens_beginnings_and_ends_take_turns(turns: list[tuple[StoppedBecause, float, float]]) -> None:
    anomalies, now = Anomalies(cost_per_day=1.0), 0.0
    standing: set[str] = set()
    for stopped, seconds, cost in turns:
        now += seconds
        for change in anomalies.turn(ended(stopped, stopped is not StoppedBecause.ENDPOINT), cost, now):
            assert change.begins is (change.kind not in standing)
            standing ^= {change.kind}


def test_a_notice_is_logged_once_kept_for_a_command_and_taken_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "notices.json"
    notices = Notices(clock_ms=lambda: 7, file=file)
    for _ in range(3):
        notices.begin("a", "it burns")
    assert caplog.text.count("it burns") == 1
    assert [(one.kind, one.text, one.since_ms) for one in read_notices(file)] == [("a", "it burns", 7)]
    notices.over("a", "it is out")
    notices.over("a", "it is out")
    assert caplog.text.count("it is out") == 1
    assert read_notices(file) == () == notices.standing


@pytest.mark.parametrize("text", ["{", "[1]", '[{"kind": 1}]', "7"])
def test_a_file_that_holds_no_notices_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "notices.json").write_text(text)
    with pytest.raises(ValueError):
        read_notices(tmp_path / "notices.json")
    assert read_notices(tmp_path / "none.json") == ()


def test_times_fall_into_their_buckets() -> None:
    metrics = Metrics()
    for ms in (0.0, 5.0, 5.1, 99_999.0):
        metrics.took("x_ms", ms, part="a")
    (sample,) = metrics.samples()
    assert (sample.count, sample.buckets[:3], sample.labels) == (4, (2, 3, 3), (("part", "a"),))
    assert len(sample.buckets) == len(BUCKETS_MS) and sample.buckets[-1] == 3


async def test_a_house_counts_its_turns_its_tools_and_what_the_model_costs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def script(_request: object, number: int) -> Reply:
        return calls(query("kitchen"), ("made_up_tool_1234", {})) if number == 0 else fails(401)

    async with ScriptedEndpoint(script) as server:
        model: dict[str, Any] = {"enabled": True, "base_url": server.base_url, "name": "m", "price_in": 1.0}
        settings = Settings.model_validate({"mqtt": {"enabled": False}, "model": model, "voice": {"enabled": False}})
        with caplog.at_level(logging.WARNING):
            async with open_assistant(settings, tmp_path / "state") as assistant:
                for _ in range(5):
                    said = Utterance(text="would you call it toasty", asker=assistant.typist(None))
                    await assistant.turns.hear(said)
                metrics = assistant.watch.metrics
                assert metrics.value("model_turns_total", stopped="endpoint") == 5
                assert metrics.value("tool_calls_total", tool="unknown", verdict="unknown_tool") == 1
                where = {"endpoint": server.base_url.split("/")[2], "model": "m"}
                assert metrics.value("model_tokens_total", direction="in", **where) == 900
                assert assistant.watch.day.cost == pytest.approx(0.0009)
                assert not any("made_up" in label for sample in metrics.samples() for _, label in sample.labels)
                kinds = [one.kind for one in assistant.watch.notices.standing]
                assert FAILING in kinds
    assert caplog.text.count("the language model failed in 4 of") == 1
    kept = json.loads((tmp_path / "state" / "notices.json").read_text())
    assert {one["kind"] for one in kept} == set(kinds)
    assert json.loads((tmp_path / "state" / "model-spent.json").read_text())["tokens"] == 920
