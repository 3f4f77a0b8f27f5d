"""The embedded engines themselves, on real synthetic speech: no download, no sound card, no network."""

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes_voice import ANSWERS, HOUSE
from hypothesis import given
from hypothesis import strategies as st

from assistant.ports import FRAME_BYTES, Said, Transcript, UnusableVocabulary, Vocabulary
from assistant.voice import pcm
from assistant.voice.choose import choose_voice
from assistant.voice.engines.espeak import EspeakVoice, Manner
from assistant.voice.engines.micro_wakeword import MicroWakeWordDetector
from assistant.voice.engines.missing import EngineMissing
from assistant.voice.engines.silero import SileroDetector
from assistant.voice.engines.sphinx import SphinxTranscriber
from assistant.voice.frames import speech
from assistant.voice.pronounce import arpabet
from assistant.voice.speakable import speakable_in
from assistant.voice.store import ModelStore
from assistant.voice.wav import read_wav
from config.settings import VoiceSettings

SPOKEN = Path(__file__).resolve().parent.parent.parent / "shared" / "fixtures" / "speech" / "tts"


def room(sound: bytes, loudness: float = 10.0) -> bytes:
    """The same with the faint noise that every room has."""
    samples = np.frombuffer(sound, dtype="<i2") + np.random.default_rng(1).normal(0, loudness, len(sound) // 2)
    return np.clip(samples, -32768, 32767).astype("<i2").tobytes()


def frames(sound: bytes) -> list[bytes]:
    return pcm.Framer().feed(sound + bytes(-len(sound) % FRAME_BYTES))


@pytest.fixture(scope="module")
def transcriber() -> SphinxTranscriber:
    words = EspeakVoice("en-us")
    return SphinxTranscriber(lambda word: arpabet(words.phonemes(word)))


def transcribed(transcriber: SphinxTranscriber, sound: bytes, jsgf: str = HOUSE) -> Transcript:
    transcriber.begin(Vocabulary(jsgf=jsgf))
    for frame in frames(sound):
        transcriber.feed(frame)
    return transcriber.finish()


@pytest.mark.parametrize("voice", ["en-us", "en-us+m3", "en-us+f2", "en"])
@pytest.mark.parametrize(
    "text", ["what is the bedroom temperature", "unlock the front door", "turn on the kitchen light"]
)
def test_sentences_of_the_grammar_are_understood_from_several_people(
    transcriber: SphinxTranscriber, voice: str, text: str
) -> None:
    heard = transcribed(transcriber, room(speech(text, voice=voice, before_seconds=0.3, after_seconds=0.3)))
    assert heard == Transcript(text=text)


@pytest.mark.parametrize("text", ["who won the football game last night", "tell me a joke about cats", "what is the"])
def test_what_fits_no_sentence_is_rejected_and_not_guessed(transcriber: SphinxTranscriber, text: str) -> None:
    sound = room(speech(text, voice="en-us+f2", before_seconds=0.3, after_seconds=0.3))
    assert transcribed(transcriber, sound) == Transcript(text="", rejected=True)


def test_the_first_sentence_ever_heard_is_understood_like_the_tenth(transcriber: SphinxTranscriber) -> None:
    sound = room(speech("lock the front door", voice="en-us+f2", before_seconds=0.3))
    for _ in range(3):
        assert transcribed(transcriber, sound).text == "lock the front door"
        transcribed(transcriber, room(speech("bla bla bla", voice="en"), 300))


def test_a_narrower_grammar_hears_only_its_own_answers(transcriber: SphinxTranscriber) -> None:
    yes = room(speech("yes", voice="en-us+m3", before_seconds=0.3, after_seconds=0.3))
    assert transcribed(transcriber, yes, ANSWERS).text == "yes"
    for other in ("turn on the kitchen light", "who won the football game last night", "and now the news at ten"):
        for voice in ("en-us", "en-us+f2"):
            sound = room(speech(other, voice=voice, before_seconds=0.3, after_seconds=0.3))
            assert transcribed(transcriber, sound, ANSWERS) == Transcript(text="", rejected=True)


def test_words_that_no_dictionary_holds_are_learnt_from_their_spelling(transcriber: SphinxTranscriber) -> None:
    jsgf = "#JSGF V1.0;\ngrammar new;\npublic <a> = turn on the (zigbee | nanoleaf | ensuite) light;\n"
    for name in ("zigbee", "nanoleaf", "ensuite"):
        text = f"turn on the {name} light"
        assert transcribed(transcriber, room(speech(text, before_seconds=0.3)), jsgf).text == text


@pytest.mark.parametrize(
    ("jsgf", "says"),
    [
        ("", "not valid"),
        ("turn on the light", "not valid"),
        ("#JSGF V1.0; grammar x; public <a> = b", "not valid"),
        ("#JSGF V1.0; grammar x; <a> = yes;", "not valid"),
    ],
)
def test_a_grammar_that_cannot_be_used_is_refused_and_the_next_one_works(
    transcriber: SphinxTranscriber, jsgf: str, says: str
) -> None:
    with pytest.raises(UnusableVocabulary, match=says):
        transcriber.begin(Vocabulary(jsgf=jsgf))
    assert transcribed(transcriber, room(speech("yes", before_seconds=0.3)), ANSWERS).text == "yes"


@pytest.mark.parametrize("phones", ["", "QX ZZ"])
def test_a_word_that_nobody_can_pronounce_is_named(phones: str) -> None:
    with pytest.raises(UnusableVocabulary, match="'zzyzx', which cannot be pronounced"):
        SphinxTranscriber(lambda _word: phones).begin(Vocabulary(jsgf=ANSWERS.replace("cancel", "zzyzx")))


def test_twenty_grammars_in_turn_stay_usable(transcriber: SphinxTranscriber) -> None:
    for number in range(20):
        transcriber.begin(Vocabulary(jsgf=f"{ANSWERS}// {number}\n"))
    assert transcribed(transcriber, room(speech("no", before_seconds=0.3)), ANSWERS).text in ("no", "")


def test_an_utterance_without_a_sound_is_no_text(transcriber: SphinxTranscriber) -> None:
    transcriber.begin(Vocabulary(jsgf=ANSWERS))
    assert transcriber.finish() == Transcript(text="")


def test_work_done_in_a_pause_is_not_done_again_and_not_kept_when_speech_goes_on(
    transcriber: SphinxTranscriber,
) -> None:
    whole = frames(room(speech("when did the front door last open", before_seconds=0.3)))
    transcriber.begin(Vocabulary(jsgf=HOUSE))
    for frame in whole[:30]:
        transcriber.feed(frame)
    transcriber.pause()
    for frame in whole[30:]:
        transcriber.feed(frame)
    transcriber.pause()
    assert transcriber.finish().text == "when did the front door last open"


def test_a_recogniser_that_dies_is_started_again_and_takes_nothing_else_with_it(
    transcriber: SphinxTranscriber, caplog: pytest.LogCaptureFixture
) -> None:
    yes = room(speech("yes", voice="en-us", before_seconds=0.3, after_seconds=0.3))
    transcriber.begin(Vocabulary(jsgf=ANSWERS))
    transcriber.feed(frames(yes)[0])
    os.kill(transcriber.pid, signal.SIGKILL)
    for frame in frames(yes):
        transcriber.feed(frame)
    assert (transcriber.pause(), transcriber.finish()) == (Said.PART, Transcript(text="", rejected=True))
    assert [record.message for record in caplog.records if "has stopped" in record.message] != []
    assert transcribed(transcriber, yes, ANSWERS).text == "yes"


def test_the_recogniser_ends_with_whoever_started_it() -> None:
    words = EspeakVoice("en-us")
    pid = SphinxTranscriber(lambda word: arpabet(words.phonemes(word))).pid
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("word", "phones"), [("zigbee", "Z IH G B IY"), ("church", "CH ER CH"), ("joy", "JH OY"), ("fire", "F AY ER")]
)
def test_pronunciations_follow_the_recognizers_alphabet(word: str, phones: str) -> None:
    assert arpabet(EspeakVoice("en-us").phonemes(word)) == phones


@given(st.text(max_size=30))
def test_any_text_has_a_pronunciation_of_known_phones_or_none(text: str) -> None:
    known = set(
        "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split()
    )
    assert set(arpabet(EspeakVoice("en-us").phonemes(text)).split()) <= known


@pytest.mark.parametrize("voice", ["en-us", "en", "en-us+m3"])
def test_the_wake_word_fires_once_within_half_a_second_of_its_end(voice: str) -> None:
    detector = MicroWakeWordDetector("okay_nabu")
    sound = frames(speech("okay nabu", voice=voice, before_seconds=1.0, after_seconds=1.0))
    fired = [index for index, frame in enumerate(sound) if detector.heard(frame)]
    last_loud = max(index for index, frame in enumerate(sound) if pcm.level(frame) > 0.01)
    assert fired and -0.1 < (fired[0] - last_loud) * 0.032 < 0.5


def test_the_wake_word_can_be_said_again_after_a_reset() -> None:
    detector = MicroWakeWordDetector("okay_nabu")
    sound = frames(speech("okay nabu", voice="en-us", before_seconds=1.0))
    for _ in range(3):
        assert sum(detector.heard(frame) for frame in sound) >= 1
        detector.reset()


def test_ordinary_talk_is_no_wake_word() -> None:
    detector = MicroWakeWordDetector("okay_nabu")
    talk = "What a nice day. Okay, then we go to the office and have a banana. Turn on the kitchen light please."
    assert not any(detector.heard(frame) for frame in frames(speech(talk, voice="en-us")))


def test_speech_is_told_from_silence_noise_and_tones() -> None:
    detector = SileroDetector()
    talk = frames(room(speech("what is the temperature in the kitchen right now", before_seconds=0, after_seconds=0)))
    assert np.mean([detector.probability(frame) > 0.5 for frame in talk[:60]]) > 0.8
    noise = np.random.default_rng(1).normal(0, 3000, 32_000).astype("<i2").tobytes()
    tone = (8000 * np.sin(np.arange(32_000) / 5)).astype("<i2").tobytes()
    for sound in (pcm.silence(2.0), noise, tone):
        detector.reset()
        assert max(detector.probability(frame) for frame in frames(sound)[5:]) < 0.5
    with pytest.raises(ValueError, match="512 samples"):
        detector.probability(b"\0\0")


def test_a_reply_is_one_sound_for_each_sentence() -> None:
    sounds = list(EspeakVoice("en-us").synthesize("It is 20.5 degrees. The front door is locked! Anything else?"))
    assert len(sounds) == 3
    assert all(0.5 < sound.seconds < 4 and pcm.level(sound.pcm) > 0.01 for sound in sounds)


@pytest.mark.parametrize("text", ["", "   ", "\0\n"])
def test_nothing_to_say_is_no_sound(text: str) -> None:
    assert list(EspeakVoice("en-us").synthesize(text)) == []


def seconds_of(text: str, rate_wpm: int = 165) -> float:
    return sum(sound.seconds for sound in EspeakVoice("en-us", Manner(rate_wpm=rate_wpm)).synthesize(text))


SAID = {
    "en": {
        "21.5 °C": "twˈɛntiwˈʌn pˈɔɪnt fˈaɪv dᵻɡɹˈiːz sˈɛlsɪəs",
        "3 kWh": "θɹˈiː kˈɪləwˌɑːt ˈaʊɚz",
        "half past seven": "hˈæf pˈæst sˈɛvən",
        "18:30": "sˈɪks θˈɜːɾi pˈiː ˈɛm",
        "0:05": "twˈɛlv ˈoʊ fˈaɪv ˈeɪ ˈɛm",
    },
    "de": {
        "21,5 °C": "ˈaɪnˌʊnttsvˌantsɪç kˈɔmɑː fˈʏnf ɡɾˈɑːt tsˈɛlziːˌʊs",
        "3 kWh": "dɾˈaɪ kˈiːloːvˌatʃtˈʊndən",
        "halb acht": "hˈalp ˈaxt",
        "am 3. November": "am dɾˈɪtən noːvˈɛmbɜ",
    },
}


@pytest.mark.parametrize(("language", "written"), [(code, text) for code, texts in SAID.items() for text in texts])
def test_numbers_and_units_are_pronounced_as_words(language: str, written: str) -> None:
    voice = EspeakVoice({"en": "en-us", "de": "de"}[language])
    assert voice.phonemes(speakable_in(language)(written)) == SAID[language][written]


FIGURES = """#JSGF V1.0;
grammar figures;
public <said> = it is (<number> | minus <number>) [point <number>] degrees (celsius | fahrenheit)
  | the boiler (used | takes) <number> (watts | kilowatt hours | percent);
<number> = two | three | five | twenty [(one | five)] | thirty [(one | five)];
"""


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("It is 21.5 °C.", "it is twenty one point five degrees celsius"),
        ("It is -5 °F.", "it is minus five degrees fahrenheit"),
        ("The boiler used 3 kWh.", "the boiler used three kilowatt hours"),
    ],
)
def test_who_knows_the_words_and_no_figures_understands_them(
    transcriber: SphinxTranscriber, written: str, heard: str
) -> None:
    sound = room(speech(speakable_in("en")(written), voice="en-us", before_seconds=0.3, after_seconds=0.3))
    assert transcribed(transcriber, sound, FIGURES).text == heard


def test_between_sentences_there_is_a_pause_and_after_the_last_one_none() -> None:
    first, second = EspeakVoice("en-us", Manner(sentence_pause_seconds=0.5)).synthesize("It is warm. It is cold.")
    samples = np.abs(np.frombuffer(second.pcm, "<i2"))
    assert not samples[: second.sample_rate // 2].any()
    for sound in (first, second):
        loud = np.nonzero(np.abs(np.frombuffer(sound.pcm, "<i2")) > 200)[0]
        assert len(sound.pcm) // 2 - loud[-1] < 0.05 * sound.sample_rate


def test_a_voice_is_set_to_be_louder_higher_livelier_and_with_gaps_between_words() -> None:
    text = "The kitchen has twenty degrees."

    def said(manner: Manner) -> tuple[float, float]:
        (sound,) = EspeakVoice("en-us", manner).synthesize(text)
        return sound.seconds, pcm.level(sound.pcm)

    seconds, level = said(Manner())
    assert said(Manner(volume=50))[1] < 0.6 * level
    assert said(Manner(word_gap_ms=200))[0] > seconds + 0.4
    assert said(Manner(pitch=90)) != said(Manner(pitch=10))
    assert said(Manner(pitch_range=90)) != said(Manner(pitch_range=0))


def test_the_settings_choose_the_voice_and_the_rest_is_as_the_language_has_it_best(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)

    def seconds(language: str, **settings: Any) -> float:
        voice = choose_voice(VoiceSettings(voice="embedded", **settings), language, store).engine
        return sum(sound.seconds for sound in voice.synthesize("one two three four five"))

    assert seconds("en") > 1.2 * seconds("en", speech_rate_wpm=220)
    assert abs(seconds("en") - seconds("en", espeak_variant="f2")) > 0.001
    assert seconds("de") > 0.5
    with pytest.raises(EngineMissing, match="no variant 'nobody'"):
        seconds("en", espeak_variant="nobody")


def test_control_characters_do_not_cut_a_sentence_off() -> None:
    assert abs(seconds_of("one two three") - seconds_of("one\0two\0three")) < 0.3


def test_speech_can_be_slower_and_can_be_stopped() -> None:
    slow, fast = (
        sum(s.seconds for s in EspeakVoice("en-us", Manner(rate_wpm=wpm)).synthesize("The kitchen is warm."))
        for wpm in (100, 250)
    )
    assert slow > 1.5 * fast
    voice = EspeakVoice("en-us")
    sounds = voice.synthesize("One. Two. Three.")
    next(sounds)
    voice.stop()
    assert list(sounds) == []


def test_a_voice_that_does_not_exist_is_refused_with_the_fix() -> None:
    with pytest.raises(EngineMissing, match=r"voice\.voice"):
        EspeakVoice("martian")


@pytest.mark.parametrize(
    ("module", "build", "fix"),
    [
        ("espeakng_loader", "espeak import EspeakVoice as Part", "pip install espeakng-loader"),
        ("pymicro_wakeword", "micro_wakeword import MicroWakeWordDetector as Part", "pip install pymicro-wakeword"),
        ("onnxruntime", "silero import SileroDetector as Part", "pip install onnxruntime"),
        ("faster_whisper", "silero import SileroDetector as Part", "pip install faster-whisper"),
        ("pocketsphinx", "sphinx import SphinxTranscriber as Part", "pip install pocketsphinx"),
    ],
)
def test_a_missing_package_is_named_with_the_fix(module: str, build: str, fix: str) -> None:
    # A process of its own, in which that one package cannot be found.
    code = f"""
import sys
from importlib.machinery import PathFinder
class WithoutOne(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name == {module!r} else PathFinder.find_spec(name, path, target)
sys.meta_path = [WithoutOne if finder is PathFinder else finder for finder in sys.meta_path]
from assistant.voice.engines.{build}
from assistant.voice.engines.missing import EngineMissing
try:
    Part(str) if Part.__name__ == "SphinxTranscriber" else Part()
except EngineMissing as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert fix in done.stdout


def test_a_whole_sentence_wins_over_the_beginning_of_a_longer_one(transcriber: SphinxTranscriber) -> None:
    said = "stop [(the | my) (timer | alarm)] | why did you (say | do) that | help"
    jsgf = f"#JSGF V1.0;\ngrammar g;\npublic <s> = {said};\n"
    for text, voice in (("stop", "en-us+m3"), ("why did you say that", "en-us+f2")):
        sound = room(speech(text, voice=voice, before_seconds=0.3, after_seconds=0.3))
        assert transcribed(transcriber, sound, jsgf).text == text


@pytest.mark.parametrize("name", ["turn_off_tv", "turn_off_all_of_the_lights_in_the_kitchen", "turn_on_the_tv"])
def test_who_says_off_with_the_vowel_of_on_turns_nothing_on(transcriber: SphinxTranscriber, name: str) -> None:
    if not (clip := SPOKEN / f"{name}.wav").exists():
        pytest.skip("the recorded commands are not here")
    jsgf = "#JSGF V1.0;\ngrammar g;\npublic <s> = turn (on | off) ([the] tv | all of the lights in the kitchen);\n"
    assert transcribed(transcriber, read_wav(clip), jsgf).text == name.replace("_", " ")
