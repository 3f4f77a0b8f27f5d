"""A recording goes the way of the microphone, and a broken one gets one sentence."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import pytest
from fakes_house import light
from test_cli_devices import house, said
from test_voice_engines import room
from test_voice_wav import EXTENSIBLE, wav

from assistant.cli.listen import why_nothing
from assistant.cli.main import main
from assistant.voice import pcm
from assistant.voice.frames import speech
from assistant.voice.wav import WavMicrophone

PERSON = "en-us+m3"
LAMP = light("Kitchen", "Ceiling light")


@pytest.fixture
def listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Listen":
    monkeypatch.setenv("ASSISTANT_MQTT__ENABLED", "false")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    (tmp_path / "state").mkdir(mode=0o700)
    return Listen(tmp_path / "state", monkeypatch, capsys)


class Listen:
    """The command in this process: exit code, standard output, standard error."""

    def __init__(self, state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.state = state
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, path: Path, *options: str) -> tuple[int, str, str]:
        command = ["assistant", "listen", "--state-dir", str(self.state), *options, str(path)]
        self._monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        assert "Traceback" not in printed.err
        return int(ended.value.code or 0), printed.out, printed.err

    def turns(self, path: Path) -> tuple[int, list[dict[str, Any]]]:
        code, out, _ = self(path, "--json")
        return code, [json.loads(line) for line in out.splitlines()]


def recorded(path: Path, *parts: str, quiet_seconds: float = 0.0) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        for part in parts:
            file.writeframes(room(speech(part, voice=PERSON)))
        file.writeframes(room(pcm.silence(quiet_seconds)))
    return path


def test_a_spoken_question_is_answered_aloud_whatever_kind_of_recording_holds_it(tmp_path: Path) -> None:
    sound = speech("okay nabu.", voice=PERSON, after_seconds=0.2) + speech("what rooms are there", voice=PERSON)
    high = pcm.resampled(sound, 16_000, 48_000)
    both = b"".join(b"\0" + high[at : at + 2] + b"\0\0\0" for at in range(0, len(high), 2))
    path, answer = tmp_path / "phone.wav", tmp_path / "answer.wav"
    path.write_bytes(wav(both, rate=48_000, bits=24, channels=2, code=EXTENSIBLE, size=0xFFFFFFFF))
    options = ["--json", "--state-dir", str(tmp_path / "state"), "--answer", str(answer)]
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "listen", *options, str(path)],
        env=os.environ | {"ASSISTANT_MQTT__ENABLED": "false"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["text"] == "what rooms are there"
    with wave.open(str(answer)) as file:
        assert file.getnframes() > file.getframerate()


def test_several_requests_and_an_answer_to_a_question_are_as_many_turns_each_with_its_times(
    tmp_path: Path, listen: Listen
) -> None:
    house(listen.state, [LAMP], [said(LAMP, "off", 1000)])
    order = ("okay nabu.", "turn on the ceiling light", "never mind")
    code, turns = listen.turns(recorded(tmp_path / "talk.wav", "okay nabu.", "what rooms are there", *order))
    assert [turn["text"] for turn in turns] == ["what rooms are there", "turn on the ceiling light", "never mind"]
    assert (turns[-1]["reply"], code) == ("Okay, not done.", 0)
    assert [turn["at_seconds"] for turn in turns] == sorted(turn["at_seconds"] for turn in turns)
    assert "plan" in turns[0]["timings_ms"]
    for turn in turns:
        times = turn["timings_ms"]
        assert {"endpoint", "transcribe", "turn", "first_sound", "first_audio"} <= set(times)
        parts = sum(times[part] for part in ("endpoint", "transcribe", "turn", "first_sound"))
        assert times["first_audio"] == pytest.approx(parts, abs=0.1)


def test_what_was_not_understood_and_a_question_that_nobody_answered_are_told_apart(
    tmp_path: Path, listen: Listen
) -> None:
    house(listen.state, [LAMP], [said(LAMP, "off", 1000)])
    parts = ("okay nabu.", "tell me a joke about cats", "okay nabu.", "turn on the ceiling light")
    path = recorded(tmp_path / "talk.wav", *parts, quiet_seconds=20)
    code, out, _ = listen(path)
    heard = [line for line in out.splitlines() if line.startswith("heard: ")]
    assert [line.removeprefix("heard: ") for line in heard] == [
        "(nothing that was understood)",
        "turn on the ceiling light",
        "(nobody answered)",
    ]
    assert "I heard no answer, so I did nothing." in out and code == 1


def test_a_recording_without_the_wake_word_starts_no_turn(tmp_path: Path, listen: Listen) -> None:
    code, out, err = listen(recorded(tmp_path / "talk.wav", "what rooms are there"))
    assert (code, out) == (1, "") and "okay nabu" in err and "silence" not in err


def test_silence_is_said_to_be_that(tmp_path: Path) -> None:
    path = tmp_path / "silence.wav"
    path.write_bytes(wav(bytes(32_000)))
    assert "only silence" in why_nothing(WavMicrophone(path), "okay_nabu")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"not a wav at all",
        b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00",
        wav(bytes(64), code=7),
        wav(b""),
        wav(bytes(64), rate=0),
    ],
)
def test_a_broken_recording_is_one_sentence_that_names_it(tmp_path: Path, listen: Listen, data: bytes) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(data)
    code, out, err = listen(path)
    assert (code, out) == (2, "") and str(path) in err and len(err.splitlines()) == 1


def test_a_recording_that_is_not_there_and_a_folder_are_said(tmp_path: Path, listen: Listen) -> None:
    code, _, err = listen(tmp_path / "missing.wav")
    assert code == 2 and "no such file" in err
    code, _, err = listen(tmp_path)
    assert code == 2 and "is a folder" in err


def test_an_answer_that_cannot_be_written_is_said_before_anything_is_heard(tmp_path: Path, listen: Listen) -> None:
    question = tmp_path / "question.wav"
    question.write_bytes(wav(bytes(32_000)))
    before = question.read_bytes()
    code, _, err = listen(question, "--answer", str(tmp_path / "no" / "answer.wav"))
    assert code == 2 and "cannot be written" in err and len(err.splitlines()) == 1
    code, _, err = listen(question, "--answer", str(tmp_path / "." / "question.wav"))
    assert code == 2 and "is the recording itself" in err
    assert question.read_bytes() == before
