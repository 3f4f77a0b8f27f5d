"""`assistant say`: a text from the loudspeaker or into a file; what is missing is one sentence."""

import json
import subprocess
import sys
import wave
from array import array
from pathlib import Path

import pytest
from fakes_sound_server import SoundServer, require_sound_server
from fakes_speech_models import RATE, tiny_piper
from typer.testing import CliRunner, Result

from assistant.cli.main import app
from assistant.cli.say import NothingToSay
from assistant.ports import AudioUnavailable
from assistant.voice.engines.missing import EngineMissing


def said(folder: Path, text: str, *options: str, given: str | None = None) -> Result:
    config = folder / "assistant.toml"
    config.touch()
    where = ["--config", str(config), "--state-dir", str(folder / "state")]
    return CliRunner().invoke(app, ["say", text, *options, *where], input=given)


def test_a_text_becomes_a_wav_file_and_what_it_took_is_told(tmp_path: Path) -> None:
    out = tmp_path / "said.wav"
    done = said(tmp_path, "It is 21.5 °C. Good morning!", "--out", str(out), "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["sounds"], told["out"]) == (0, 2, str(out))
    assert told["said"] == "It is twenty-one point five degrees Celsius. Good morning!"
    assert 0 < told["first_sound_ms"] <= told["synthesis_ms"] and told["words_ms"] > 0
    with wave.open(str(out)) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(told["seconds"], abs=0.01)


def test_without_json_it_prints_nothing(tmp_path: Path) -> None:
    done = said(tmp_path, "hello", "--out", str(tmp_path / "said.wav"))
    assert (done.exit_code, done.output) == (0, "")


def test_a_text_comes_from_standard_input_in_another_language_and_voice(tmp_path: Path) -> None:
    options = ("--out", str(tmp_path / "said.wav"), "--language", "de", "--voice", "de+f2", "--json")
    told = json.loads(said(tmp_path, "-", *options, given="3 kWh").stdout)
    assert (told["said"], told["language"]) == ("drei Kilowatt-stunden", "de")


def test_a_voice_that_was_pulled_speaks(tmp_path: Path) -> None:
    model, out = tiny_piper(tmp_path / "voice"), tmp_path / "said.wav"
    assert said(tmp_path, "hello there", "--voice", str(model), "--out", str(out)).exit_code == 0
    with wave.open(str(out)) as file:
        assert file.getframerate() == RATE and file.getnframes() > 1000


@pytest.mark.parametrize("text", ["", "  ", "🎉", "***"])
def test_a_text_without_words_is_refused_and_no_file_is_made(tmp_path: Path, text: str) -> None:
    done = said(tmp_path, text, "--out", str(tmp_path / "said.wav"))
    assert isinstance(done.exception, NothingToSay) and not (tmp_path / "said.wav").exists()


def test_what_cannot_be_is_said_in_one_sentence(tmp_path: Path) -> None:
    unknown = said(tmp_path, "hi", "--voice", "martian", "--out", str(tmp_path / "said.wav"))
    assert isinstance(unknown.exception, EngineMissing) and "no voice called 'martian'" in str(unknown.exception)
    language = said(tmp_path, "hi", "--language", "tlh", "--out", str(tmp_path / "said.wav"))
    assert "There is no language 'tlh'; choose one of: de, en" in str(language.exception)
    unwritable = said(tmp_path, "hi", "--out", str(tmp_path / "nowhere" / "said.wav"))
    assert isinstance(unwritable.exception, AudioUnavailable) and "cannot be written" in str(unwritable.exception)


def test_it_is_heard_from_the_loudspeaker_and_without_one_that_is_said_in_a_sentence(tmp_path: Path) -> None:
    require_sound_server()
    command = [sys.executable, "-m", "assistant", "say", "--json", "--state-dir", str(tmp_path), "good morning"]
    with SoundServer() as server:
        with server.recording() as heard:
            done = subprocess.run(command, env=server.environment, capture_output=True, text=True, timeout=60)
            heard.wait(0.5)
        # On a machine that is too busy for its sound ALSA complains on standard error by itself.
        assert done.returncode == 0 and "assistant:" not in done.stderr, done.stderr
        assert json.loads(done.stdout)["said"] == "good morning"
        assert max(array("h", heard.pcm)) > 3000
        server.kill()
        done = subprocess.run(command, env=server.environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = [line for line in done.stderr.splitlines() if "assistant" in line or "Traceback" in line]
    assert sentence.startswith("assistant: ")
