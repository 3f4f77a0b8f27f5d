"""A recording goes the way of the microphone, and a broken one gets one sentence."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from assistant.voice.frames import speech


def listen(path: Path, state: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assistant", "listen", "--state-dir", str(state), *options, str(path)]
    environment = os.environ | {"ASSISTANT_MQTT__ENABLED": "false"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def recorded(path: Path, *said: str) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        for part in said:
            file.writeframes(speech(part, voice="en-us+m3"))
    return path


def test_a_spoken_question_is_answered_aloud(tmp_path: Path) -> None:
    path = recorded(tmp_path / "question.wav", "okay nabu.", "what rooms are there")
    done = listen(path, tmp_path / "state", "--json", "--answer", str(tmp_path / "answer.wav"))
    assert done.returncode == 0, done.stderr
    turn = json.loads(done.stdout)
    assert turn["text"] == "what rooms are there"
    assert {"endpoint", "transcribe", "plan", "turn"} <= set(turn["timings_ms"])
    with wave.open(str(tmp_path / "answer.wav")) as answer:
        assert answer.getnframes() > answer.getframerate()


def test_a_recording_without_the_wake_word_starts_no_turn(tmp_path: Path) -> None:
    done = listen(recorded(tmp_path / "talk.wav", "what rooms are there"), tmp_path / "state")
    assert (done.returncode, done.stdout) == (1, "")
    assert "okay nabu" in done.stderr


@pytest.mark.parametrize("data", [b"", b"RIFF", b"not a wav at all", b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"])
def test_a_broken_recording_is_one_sentence_that_names_it(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(data)
    done = listen(path, tmp_path / "state")
    assert done.returncode == 2
    assert str(path) in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_recording_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = listen(tmp_path / "missing.wav", tmp_path / "state")
    assert done.returncode == 2 and "no such file" in done.stderr
