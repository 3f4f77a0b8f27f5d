"""`assistant capture`: a recording of what the broker sends, private, complete, and without disturbing the daemon."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.cli.capture import CaptureFailed, capture, checked_filter
from config.settings import MqttSettings
from sensors.broker import Broker, BrokerUnavailable


def settings_file(folder: Path, port: int) -> Path:
    path = folder / "assistant.toml"
    path.write_text(f"[mqtt]\nport = {port}\n")
    return path


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


async def publish(port: int, *messages: tuple[str, bytes, bool]) -> None:
    async with Broker(MqttSettings(port=port), client_id="device", persistent=False) as broker:
        await broker.wait_connected(5)
        for topic, payload, retain in messages:
            await broker.publish(topic, payload, qos=1, retain=retain)


def recorded(folder: Path, port: int, *topics: str, seconds: float = 0.6, force: bool = False) -> Path:
    file = folder / "capture.jsonl"
    assert capture(file, seconds=seconds, topics=topics, force=force, config=settings_file(folder, port)) == 0
    return file


def started(folder: Path, port: int) -> "subprocess.Popen[str]":
    """A capture that is running: it has said so and the file is there."""
    command = [sys.executable, "-m", "assistant", "capture", str(folder / "capture.jsonl")]
    process = subprocess.Popen(
        [*command, "--config", str(settings_file(folder, port))], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "Look through the file before you give it to anyone" in process.stderr.readline()
    assert "Recording" in process.stderr.readline()
    time.sleep(0.5)  # what it asked for reaches the broker
    return process


def arrived(file: Path, count: int) -> list[dict[str, Any]]:
    end = time.monotonic() + 10
    while len(found := lines(file)) < count and time.monotonic() < end:
        time.sleep(0.02)
    return found


def test_what_the_broker_has_retained_is_recorded_as_it_is_and_for_its_owner_only(
    tmp_path: Path, broker_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(publish(broker_port, ("a/text", "21,4 °C".encode(), True), ("a/bytes", b"\xff\x00", True)))
    file = recorded(tmp_path, broker_port)
    found = {line["topic"]: line for line in lines(file)}
    assert found["a/text"]["payload"] == "21,4 °C" and found["a/text"]["retain"] is True
    assert found["a/bytes"]["payload_base64"] == "/wA="
    assert not any(topic.startswith("$SYS") for topic in found)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = capsys.readouterr().err
    assert f"Recorded 2 messages on 2 topics, 2 of them retained, in {file}." in said


def test_only_the_topics_asked_for_are_recorded(tmp_path: Path, broker_port: int) -> None:
    messages = [(topic, b"1", True) for topic in ("a/1/x", "a/2/x", "b/1", "c")]
    asyncio.run(publish(broker_port, *messages))
    file = recorded(tmp_path, broker_port, "a/+/x", "b/#", "b/1")
    assert sorted(line["topic"] for line in lines(file)) == ["a/1/x", "a/2/x", "b/1"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_it_is_told_to(tmp_path: Path, broker_port: int, number: int) -> None:
    process = started(tmp_path, broker_port)
    asyncio.run(publish(broker_port, ("live", b"on", False)))
    [line] = arrived(tmp_path / "capture.jsonl", 1)
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 0
    assert said.splitlines() == [f"Recorded 1 message on 1 topic, in {tmp_path}/capture.jsonl."]
    assert (line["topic"], line["payload"], line["qos"]) == ("live", "on", 1) and "retain" not in line


def test_the_daemons_own_messages_are_still_there_for_it(tmp_path: Path, broker_port: int) -> None:
    async def daemon() -> list[bytes]:
        """Everything that waits for the daemon, under its own name and in its own session."""
        async with Broker(MqttSettings(port=broker_port)) as broker:
            await broker.wait_connected(5)
            broker.subscribe(["house/#"])
            found: list[bytes] = []
            try:
                async with asyncio.timeout(0.5):
                    async for batch in broker.batches():
                        found += [message.payload for message in batch]
                        broker.acknowledge(batch)
            except TimeoutError:
                return found
        raise AssertionError("the broker stopped")

    assert asyncio.run(daemon()) == []
    process = started(tmp_path, broker_port)
    asyncio.run(publish(broker_port, *((f"house/{number}", b"%d" % number, False) for number in range(20))))
    assert len(arrived(tmp_path / "capture.jsonl", 20)) == 20
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert sorted(asyncio.run(daemon()), key=int) == [b"%d" % number for number in range(20)]


def test_a_file_that_is_there_is_only_overwritten_when_asked(tmp_path: Path, broker_port: int) -> None:
    file = tmp_path / "capture.jsonl"
    file.write_text("precious\n")
    os.chmod(file, 0o644)
    with pytest.raises(CaptureFailed, match="exists already"):
        recorded(tmp_path, broker_port)
    assert file.read_text() == "precious\n"
    recorded(tmp_path, broker_port, seconds=0.2, force=True)
    assert file.read_text() == "" and stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_broker_it_says_so_and_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "capture.jsonl"
    with pytest.raises(BrokerUnavailable, match="nothing listens at"):
        capture(file, seconds=1, topics=(), force=False, config=settings_file(tmp_path, 1), connect_seconds=0.3)
    assert not file.exists()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, broker_port: int) -> None:
    file = tmp_path / "none" / "capture.jsonl"
    with pytest.raises(CaptureFailed, match="cannot be written: No such file or directory"):
        capture(file, seconds=1, topics=(), force=False, config=settings_file(tmp_path, broker_port))


def test_with_mqtt_switched_off_there_is_nothing_to_record(tmp_path: Path) -> None:
    path = tmp_path / "assistant.toml"
    path.write_text("[mqtt]\nenabled = false\n")
    with pytest.raises(CaptureFailed, match="switched off"):
        capture(tmp_path / "capture.jsonl", seconds=1, topics=(), force=False, config=path)


@pytest.mark.parametrize("topic", ["", "a#", "a/#/b", "a+/b", "$SYS/#", "a\0"])
def test_a_filter_that_no_broker_takes_is_refused_at_once(topic: str) -> None:
    with pytest.raises(CaptureFailed):
        checked_filter(topic)


@pytest.mark.parametrize("topic", ["#", "a/+", "+/+/b", "a/b/#", "$share/x/y"])
def test_other_filters_are_taken(topic: str) -> None:
    assert checked_filter(topic) == topic
