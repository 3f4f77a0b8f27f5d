"""The engines that take models: faster-whisper and Piper as they are, on models small enough to be built here."""

import json
import time
from pathlib import Path

import pytest
from fakes_speech_models import RATE, SAMPLES_PER_PHONEME, SAYINGS, tiny_piper, tiny_whisper, tone

from assistant.ports import FRAME_BYTES, Transcript, Vocabulary
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.engines.piper import PiperVoice
from assistant.voice.engines.whisper import WhisperTranscriber
from assistant.voice.worded import worded
from config.settings import VoiceSettings

HOUSE = Vocabulary(jsgf="", names=("kitchen", "bedroom", "front door", "reading lamp"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def whisper(model: Path) -> WhisperTranscriber:
    return WhisperTranscriber(model)


def heard(whisper: WhisperTranscriber, sound: bytes, vocabulary: Vocabulary = HOUSE) -> Transcript:
    whisper.begin(vocabulary)
    for at in range(0, len(sound), FRAME_BYTES):
        whisper.feed(sound[at : at + FRAME_BYTES])
    whisper.pause()
    return whisper.finish()


@pytest.mark.parametrize("hertz", list(SAYINGS))
@pytest.mark.parametrize("seconds", [1.5, 3.0])
def test_what_is_said_comes_out_as_text(whisper: WhisperTranscriber, hertz: int, seconds: float) -> None:
    assert heard(whisper, tone(hertz, seconds)) == Transcript(text=SAYINGS[hertz])


def test_silence_says_nothing(whisper: WhisperTranscriber) -> None:
    for silence in (b"", bytes(64_000), tone(350, 0.05)):
        assert heard(whisper, silence).text == ""


def test_a_whole_sentence_for_a_click_is_invented(whisper: WhisperTranscriber) -> None:
    assert heard(whisper, tone(350, 0.2)) == Transcript(text="", rejected=True)
    assert heard(whisper, tone(2600, 0.2)).text == "Yes."


def test_who_speaks_on_after_a_pause_is_heard_to_the_end(whisper: WhisperTranscriber) -> None:
    whisper.begin(HOUSE)
    whisper.feed(tone(2600, 1.0))
    whisper.pause()
    whisper.feed(tone(1100, 3.0))
    whisper.pause()
    assert whisper.finish().text == SAYINGS[1100]


def test_an_utterance_that_was_left_does_not_come_back(whisper: WhisperTranscriber) -> None:
    whisper.begin(HOUSE)
    whisper.feed(tone(1100, 2.0))
    whisper.pause()
    whisper.begin(HOUSE)
    assert whisper.finish() == Transcript(text="")


def test_the_pause_is_used_and_delays_nobody(whisper: WhisperTranscriber) -> None:
    whisper.begin(HOUSE)
    whisper.feed(tone(700, 2.0))
    began = time.perf_counter()
    whisper.pause()
    asked = time.perf_counter() - began
    took = time.perf_counter()
    whisper.finish()
    assert asked < 0.05 and asked < time.perf_counter() - took + 0.05


def test_more_names_than_there_is_room_for_are_left_out_whole(whisper: WhisperTranscriber) -> None:
    many = Vocabulary(jsgf="", names=tuple(f"lamp number {number}" for number in range(500)))
    assert heard(whisper, tone(1100, 2.0), many).text == SAYINGS[1100]
    whisper.begin(many)
    assert whisper._hint.startswith("lamp number 0, lamp number 1") and whisper._hint.split(", ")[-1] in many.names
    whisper.begin(HOUSE)
    assert whisper._hint == "kitchen, bedroom, front door, reading lamp"


@pytest.mark.parametrize("gone", ["model.bin", "tokenizer.json", "vocabulary.json"])
def test_a_file_that_is_missing_is_named_and_nothing_is_fetched(model: Path, tmp_path: Path, gone: str) -> None:
    """Without the tokenizer the library would go to the internet for one; tests may not, and would fail on it."""
    folder = tmp_path / "base.en"
    folder.mkdir()
    for file in model.iterdir():
        if file.name != gone:
            (folder / file.name).write_bytes(file.read_bytes())
    with pytest.raises(EngineMissing, match=f"lacks {gone}: assistant models pull base.en"):
        WhisperTranscriber(folder)


def test_a_broken_model_says_what_to_do(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "base.en"
    folder.mkdir()
    for file in model.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "model.bin").write_bytes(b"no model")
    with pytest.raises(EngineMissing, match=r"cannot be loaded .*assistant models remove base.en"):
        WhisperTranscriber(folder)


def test_a_model_for_english_is_not_taken_for_german(model: Path) -> None:
    with pytest.raises(EngineMissing, match=r"understands English only: choose one without \.en"):
        WhisperTranscriber(model, language="de")


def test_each_sentence_is_a_sound_of_its_own_made_when_it_is_asked_for(tmp_path: Path) -> None:
    voice = PiperVoice(tiny_piper(tmp_path))
    sounds = voice.synthesize("The kitchen is warm. The door is locked! Shall I go on?")
    first = next(sounds)
    assert first.sample_rate == RATE and first.seconds > 0.4
    assert len(list(sounds)) == 2
    assert list(voice.synthesize("")) == []


def test_the_rate_is_how_fast_it_speaks(tmp_path: Path) -> None:
    model = tiny_piper(tmp_path)
    usual, slow = (next(PiperVoice(model, rate_wpm=rate).synthesize("Yes.")).seconds for rate in (165, 110))
    assert slow == pytest.approx(1.5 * usual, rel=0.01)
    assert usual * RATE % SAMPLES_PER_PHONEME == pytest.approx(0, abs=1)


def test_between_sentences_there_is_a_pause_of_the_settings(tmp_path: Path) -> None:
    voice = PiperVoice(tiny_piper(tmp_path), sentence_pause_seconds=0.4)
    first, second = voice.synthesize("Yes. Yes.")
    assert second.seconds == pytest.approx(first.seconds + 0.4, abs=0.001)


def test_a_long_first_sentence_is_heard_after_its_first_clause(tmp_path: Path) -> None:
    text = "The kitchen has twenty degrees, the hall has nineteen degrees, the bedroom has eighteen, and so on it goes."
    first, rest = PiperVoice(tiny_piper(tmp_path)).synthesize(text)
    assert 2 * first.seconds < rest.seconds


def test_what_is_written_reaches_the_model_as_words_and_as_the_house_wants_them(tmp_path: Path) -> None:
    voice = PiperVoice(tiny_piper(tmp_path))
    settings = VoiceSettings(say_as={"Siobhan": "Shivawn"})
    written, said = "Siobhan has 21.5 °C.", "Shivawn has twenty-one point five degrees Celsius."
    assert list(worded(voice, settings, "en").synthesize(written)) == list(voice.synthesize(said))


def test_a_voice_that_is_stopped_makes_nothing_more(tmp_path: Path) -> None:
    voice = PiperVoice(tiny_piper(tmp_path))
    sounds = voice.synthesize("One. Two. Three.")
    next(sounds)
    voice.stop()
    assert list(sounds) == []


def test_a_speaker_is_chosen_by_name_or_number_and_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    model = tiny_piper(tmp_path, speakers=3)
    for speaker in ("person 2", 2, "2"):
        assert next(PiperVoice(model, speaker=speaker).synthesize("Yes.")).seconds > 0.05
    with pytest.raises(EngineMissing, match=r"has no speaker 'Bob': set voice.speaker to one of person 0"):
        PiperVoice(model, speaker="Bob")
    with pytest.raises(EngineMissing, match="has no speaker 3"):
        PiperVoice(model, speaker=3)


def test_a_voice_without_its_description_or_with_a_broken_one_says_what_to_do(tmp_path: Path) -> None:
    model = tiny_piper(tmp_path)
    config = model.with_name("tiny.onnx.json")
    described = json.loads(config.read_text())
    config.write_text("{}")
    with pytest.raises(EngineMissing, match=r"does not describe a voice .*assistant models remove tiny"):
        PiperVoice(model)
    config.unlink()
    with pytest.raises(EngineMissing, match=r"lacks .*tiny\.onnx\.json: assistant models pull tiny"):
        PiperVoice(model)
    config.write_text(json.dumps(described))
    model.write_bytes(b"no network")
    with pytest.raises(EngineMissing, match="is no model that can be used"):
        PiperVoice(model)
