"""What is refused is kept with its reason, in a file that has bounds."""

import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.capture import message_of
from sensors.message import Message
from sensors.quarantine import LARGEST_PAYLOAD_BYTES, Quarantine
from sensors.reading import Refusal


def refused(
    topic: str = "n/state", payload: bytes = b"nonsense", code: str = "not_a_number"
) -> tuple[Message, Refusal]:
    message = Message(topic=topic, payload=payload, qos=1, retain=True, received_ms=1_790_000_000_000)
    return message, Refusal(code=code, detail="it is no number", topic=topic)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_line_says_what_came_and_why_it_was_refused_and_can_be_explained_again(tmp_path: Path) -> None:
    path = tmp_path / "quarantine.jsonl"
    message, refusal = refused()
    Quarantine(path).keep(message, refusal)
    assert lines(path) == [
        {"topic": "n/state", "payload": "nonsense", "retain": True, "qos": 1, "at": 1_790_000_000_000,
         "reason": "not_a_number", "detail": "it is no number"}
    ]  # fmt: skip
    assert message_of(path.read_bytes(), received_ms=0) == message
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_same_fault_is_kept_once_an_hour(tmp_path: Path) -> None:
    path, now = tmp_path / "quarantine.jsonl", [0.0]
    quarantine = Quarantine(path, monotonic=lambda: now[0])
    for second in range(0, 7000, 10):
        now[0] = float(second)
        quarantine.keep(*refused())
    quarantine.keep(*refused(code="bad_json"))
    assert [line["reason"] for line in lines(path)] == ["not_a_number", "not_a_number", "bad_json"]


def test_a_flood_of_topics_is_kept_within_bounds(tmp_path: Path) -> None:
    path = tmp_path / "quarantine.jsonl"
    quarantine = Quarantine(path, largest_file_bytes=4_000, lines_per_hour=100)
    for number in range(1_000):
        quarantine.keep(*refused(f"n/{number}"))
    kept = [*lines(path.with_name("quarantine.jsonl.1")), *lines(path)]
    assert len(kept) <= 100 and kept[-1]["topic"] == "n/99"
    assert all(one.stat().st_size <= 4_000 for one in tmp_path.iterdir())


def test_a_large_payload_is_cut_and_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "quarantine.jsonl"
    Quarantine(path).keep(*refused(payload=b"x" * 100_000))
    [line] = lines(path)
    assert line["cut_from_bytes"] == "100000"
    assert len(str(line["payload"])) == LARGEST_PAYLOAD_BYTES


def test_a_disk_that_takes_nothing_costs_the_line_and_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    quarantine = Quarantine(tmp_path / "gone" / "quarantine.jsonl")
    for number in range(3):
        quarantine.keep(*refused(f"n/{number}"))
    assert caplog.text.count("cannot be kept") == 1


@given(topic=st.text(min_size=1, max_size=20), payload=st.binary(max_size=50), detail=st.text(max_size=30))
def test_whatever_is_refused_can_be_kept(
    tmp_path_factory: pytest.TempPathFactory, topic: str, payload: bytes, detail: str
) -> None:
    path = tmp_path_factory.mktemp("q") / "quarantine.jsonl"
    message = Message(topic=topic, payload=payload, received_ms=1)
    Quarantine(path).keep(message, Refusal(code="x", detail=detail, topic=topic))
    assert message_of(path.read_bytes(), received_ms=0) == message
