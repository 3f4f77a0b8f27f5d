"""What the model costs is counted and kept, and no request is made that could break a limit."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fakes_model import CALL_QUIRKS, DROP, Reply, Script, ScriptedEndpoint, SmallHouse, calls, delta, query, says, usage
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from test_model_ladder import BOTH, REQUEST

from assistant.model.build import open_model
from assistant.model.cost import Attempt, Day, Limits, Price, Spent
from assistant.model.outcome import ModelOutcome, StoppedBecause
from config.model import ModelSettings

TODAY = date(2026, 3, 3)


def a_day(file: Path | None = None) -> Day:
    return Day(today=lambda: TODAY, file=file)


async def asked(script: Script, day: Day | None = None, **settings: Any) -> tuple[ModelOutcome, ScriptedEndpoint]:
    async with ScriptedEndpoint(script) as server:
        model = ModelSettings(base_url=server.base_url, name="m", price_in=2.0, price_out=10.0, **settings)
        async with open_model(model, say=lambda _: "", day=day or a_day()) as loop:
            return await loop.run(REQUEST, SmallHouse().call), server


async def test_tokens_become_money_by_the_prices_of_the_endpoint_that_answered() -> None:
    outcome, _ = await asked([calls(query(), query("kitchen")), says(BOTH)])
    assert (outcome.tokens_in, outcome.tokens_out) == (1800, 40)
    assert outcome.cost == pytest.approx(1800 * 2 / 1e6 + 40 * 10 / 1e6)
    assert [attempt.tokens_in for attempt in outcome.attempts] == [900, 900]


async def test_a_request_that_broke_off_was_paid_for_too_and_one_that_was_refused_was_not() -> None:
    broken = Reply(chunks=(delta(content="The bedroom"), DROP))
    outcome, _ = await asked([broken, calls(query())])
    assert [attempt.ok for attempt in outcome.attempts] == [False, True]
    assert outcome.tokens_estimated and outcome.attempts[0].cost > 0
    refused, _ = await asked([Reply(status=503), calls(query())])
    assert refused.attempts[0].cost == 0


async def test_what_a_day_costs_outlives_a_restart_and_ends_at_midnight(tmp_path: Path) -> None:
    file, today = tmp_path / "spent.json", TODAY
    day = a_day(file)
    outcome, _ = await asked([calls(query())], day)
    assert day.cost == outcome.cost > 0
    again = Day(today=lambda: today, file=file)
    assert (again.cost, again.tokens) == (day.cost, 920)
    today = date(2026, 3, 4)
    assert again.cost == 0


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"date": "2026-03-03"}', '{"date": "2026-03-03", "cost": null}'])
def test_a_file_that_cannot_be_read_is_told_and_counting_begins_anew(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "spent.json"
    file.write_text(text)
    assert a_day(file).cost == 0
    assert "cannot be read" in caplog.text


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    day = a_day(tmp_path / "gone" / "spent.json")
    for _ in range(3):
        day.add(Attempt(endpoint="e", model="m", ok=True, tokens_in=1, cost=0.5))
    assert day.cost == 1.5
    assert caplog.text.count("cannot be kept") == 1


async def test_when_the_day_has_cost_enough_no_more_is_asked() -> None:
    day = a_day()
    day.add(Attempt(endpoint="e", model="m", ok=True, tokens_in=1, cost=0.5))
    outcome, server = await asked([calls(query())], day, cost_per_day=0.5)
    assert (outcome.stopped_because, outcome.limit) == (StoppedBecause.SPENT, "cost_per_day")
    assert server.requests == []


@pytest.mark.parametrize(("limit", "value"), [("tokens_per_turn", 5000), ("cost_per_turn", 0.011)])
async def test_a_turn_that_would_cost_more_than_it_may_ends_with_what_is_known(limit: str, value: float) -> None:
    def script(_request: object, number: int) -> Reply:
        return calls(query(), query(f"room {number}"))

    outcome, server = await asked(script, rounds=8, calls=32, **{limit: value})
    assert (outcome.stopped_because, outcome.limit) == (StoppedBecause.SPENT, limit)
    assert outcome.best is not None
    assert 0 < len(server.requests) < 8
    assert outcome.tokens_in + outcome.tokens_out <= value if limit == "tokens_per_turn" else outcome.cost <= value


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 600)), max_size=30),
    st.integers(1000, 20_000),
    st.floats(0.0001, 1),
    st.floats(0, 50),
    st.floats(0, 50),
)
def test_no_limit_is_ever_broken_by_requests_that_stay_within_what_was_expected(
    requests: list[tuple[int, int]], most_tokens: int, most_cost: float, sent: float, made: float
) -> None:
    limits = Limits(tokens_per_turn=most_tokens, cost_per_turn=most_cost, cost_per_day=2 * most_cost)
    price, spent = Price(sent=sent, made=made), Spent()
    for tokens_in, tokens_out in requests:
        ahead = Spent(tokens_in=3000, tokens_out=600, cost=price.of(3000, 600))
        if limits.reached(spent, spent.cost, ahead):
            continue
        spent = Spent(
            tokens_in=spent.tokens_in + tokens_in,
            tokens_out=spent.tokens_out + tokens_out,
            cost=spent.cost + price.of(tokens_in, tokens_out),
        )
    assert spent.tokens <= most_tokens and spent.cost <= most_cost


@pytest.mark.parametrize("quirk", ["usage missing", "usage zero", "not streamed"])
async def test_where_the_endpoint_does_not_count_we_estimate(quirk: str) -> None:
    outcome, _ = await asked(lambda _request, _number: CALL_QUIRKS[quirk]([query()]))
    assert outcome.tokens_estimated and outcome.cost > 0


async def test_a_cached_answer_without_usage_and_one_with_usage_are_not_mixed_up() -> None:
    outcome, _ = await asked([Reply(chunks=(*calls(query()).chunks[:-2], usage(50, 5)))])
    assert (outcome.tokens_in, outcome.tokens_out, outcome.tokens_estimated) == (50, 5, False)


def test_a_limit_in_money_needs_a_price() -> None:
    with pytest.raises(ValidationError, match=r"set model\.price_in"):
        ModelSettings(cost_per_day=1.0)
    fallback = {"base_url": "http://127.0.0.1:1/v1", "price_out": 3.0}
    assert ModelSettings.model_validate({"cost_per_day": 1.0, "fallback": [fallback]}).cost_per_day == 1.0


def test_the_kept_sum_holds_nothing_but_the_sum(tmp_path: Path) -> None:
    file = tmp_path / "spent.json"
    a_day(file).add(Attempt(endpoint="e", model="m", ok=True, tokens_in=7, tokens_out=1, cost=0.25))
    assert json.loads(file.read_text()) == {"date": "2026-03-03", "cost": 0.25, "tokens": 8}
