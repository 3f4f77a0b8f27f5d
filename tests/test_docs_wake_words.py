"""docs/wake-words.md says what is so: its settings can be read, its defaults and outcomes are the real ones."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant.voice.called import Outcome
from config.settings import VoiceSettings
from config.wake import WakeWordSettings

TEXT = (Path(__file__).parent.parent / "docs" / "wake-words.md").read_text()


def test_its_settings_can_be_read_and_its_defaults_are_the_real_ones() -> None:
    (piece,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    words = VoiceSettings.model_validate(tomllib.loads(piece)["voice"]).wake_words
    assert [(one.word, one.sensitivity) for one in words] == [("okay_nabu", 0.5), ("hey_jarvis", 0.7)]
    told = dict(re.findall(r"\| `(\w+)` \| ([\d.]+) \|", TEXT))
    assert {name: float(value) for name, value in told.items()} == {
        name: getattr(words[0], name) for name in WakeWordSettings.model_fields if name != "word"
    }


def test_every_outcome_is_explained() -> None:
    assert all(f"`{outcome}`" in TEXT for outcome in Outcome)


def test_one_word_needs_no_entry_and_two_entries_for_it_are_refused() -> None:
    assert [one.word for one in VoiceSettings(wake_word="alexa").wake_words] == ["alexa"]
    alexa = WakeWordSettings(word="alexa")
    with pytest.raises(ValidationError, match="two entries are for 'alexa'; keep one"):
        VoiceSettings(wake=(alexa, alexa))


@pytest.mark.parametrize(
    "wrong",
    [
        {"word": "computer"},
        {"word": "alexa", "sensitivity": 1.1},
        {"word": "alexa", "pre_roll_seconds": 9},
        {"word": "alexa", "cooldown_seconds": -1},
        {"word": "alexa", "loudness": 1},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WakeWordSettings.model_validate(wrong)


@pytest.mark.parametrize("wrong", [{"input_channel": 0}, {"input_channel": 33}, {"input_rate": 100}])
def test_no_card_has_such_channels_or_rates(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        VoiceSettings.model_validate(wrong)
