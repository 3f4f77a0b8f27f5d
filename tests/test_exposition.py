"""What is counted can be read by Prometheus, on this machine, and says nothing of what was said or measured."""

import asyncio
import socket
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from real_daemon import announce, eventually, running
from real_mosquitto import Mosquitto, free_port

from assistant.vitals.exposition import counted, exposed
from assistant.vitals.metrics import Metrics, Sample

Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]
"""Values by name and labels."""


def _scraped(port: int) -> Found:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in found}


async def _served(metrics: Metrics, counts: dict[str, int]) -> Found:
    def gather() -> list[Sample]:
        today = Sample(name="model_cost_today", labels=(), value=0.25)
        return [*metrics.samples(), today, *counted("ingest", counts, "why")]

    async with exposed(gather, host="127.0.0.1", port=0) as port:
        assert port is not None
        return await asyncio.to_thread(_scraped, port)


async def test_counts_states_and_times_come_out_as_prometheus_has_them() -> None:
    metrics = Metrics()
    metrics.count("turns_total", planner="sentences")
    metrics.count("turns_total", 2, planner="model")
    for ms in (3.0, 30.0, 99_000.0):
        metrics.took("turn_ms", ms, planner="model")
    found = await _served(metrics, {"messages": 7, "refused.too_long": 2, "refused.not_json": 1})
    model = ("planner", "model")
    assert found["assistant_turns_total", (("planner", "sentences"),)] == 1
    assert found["assistant_turns_total", (model,)] == 2
    assert found["assistant_model_cost_today", ()] == 0.25
    assert found["assistant_turn_seconds_bucket", (("le", "0.005"), model)] == 1
    assert found["assistant_turn_seconds_bucket", (("le", "0.05"), model)] == 2
    assert found["assistant_turn_seconds_bucket", (("le", "+Inf"), model)] == 3
    assert found["assistant_turn_seconds_sum", (model,)] == 99.033
    assert found["assistant_ingest_messages_total", ()] == 7
    assert found["assistant_ingest_refused_total", (("why", "too_long"),)] == 2


async def test_a_port_that_is_taken_is_told_and_costs_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with exposed(Metrics().samples, host="127.0.0.1", port=port) as got:
            assert got is None
    assert f"No metrics on 127.0.0.1 port {port}" in caplog.text and "[metrics]" in caplog.text


def test_a_daemon_tells_what_it_has_done_and_nothing_of_what_was_said(tmp_path: Path, mosquitto: Mosquitto) -> None:
    port = free_port()
    announce(mosquitto.port)
    asked = {"ASSISTANT_METRICS__ENABLED": "true", "ASSISTANT_METRICS__PORT": str(port)}
    with running(tmp_path, mosquitto.port, **asked) as daemon:
        eventually(daemon, "what is the temperature in the bedroom", "21.5")
        found = _scraped(port)
        assert daemon.stop() == 0
    assert found["assistant_mqtt_connected", ()] == 1
    assert found["assistant_ingest_readings_total", ()] >= 1
    assert found["assistant_turns_total", (("planner", "sentences"),)] >= 1
    assert found["assistant_tool_calls_total", (("tool", "query_sensors"), ("verdict", "ok"))] >= 1
    assert found["assistant_audit_records_total", (("event", "turn"),)] >= 1
    assert found["assistant_ingest_lag_seconds_count", ()] >= 1
    assert not any("bedroom" in str(name) for name in found)
