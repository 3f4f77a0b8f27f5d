"""docs/adding-an-engine.md is true: its voice is one file, fits the port, and is heard through the real mouth."""

import inspect
import re
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import ports
from assistant.ports import Voice
from assistant.voice.ear import EngineThread
from assistant.voice.mouth import Mouth, Said
from assistant.voice.wav import WavSpeaker, read_wav

DOCUMENT = Path(__file__).parent.parent / "docs" / "adding-an-engine.md"
TEXT = DOCUMENT.read_text()
DOT = 0.06


def module() -> dict[str, Any]:
    [source] = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    defined: dict[str, Any] = {"__name__": "morse_of_the_page"}
    exec(compile(source, str(DOCUMENT), "exec"), defined)
    return defined


PAGE = module()


def morse() -> Voice:
    voice: Voice = PAGE["MorseVoice"](dot_seconds=DOT)
    return voice


def signs(pcm: bytes, rate: int = 16_000) -> str:
    """What somebody who knows the code writes down, letters apart by a space."""
    size = round(DOT * rate / 6)
    samples = np.frombuffer(pcm, dtype="<i2").astype(float)
    loud = [bool(np.abs(samples[at : at + size]).max() > 1000) for at in range(0, len(samples) - size, size)]
    heard = ""
    for sounds, run in groupby(loud):
        dots = len(list(run)) / 6
        heard += ("-" if dots > 2 else ".") if sounds else (" " if dots > 2 else "")
    return heard.strip()


def test_it_says_each_letter_and_one_sound_for_each_sentence() -> None:
    assert [signs(sound.pcm) for sound in morse().synthesize("So. Yes!")] == ["... ---", "-.-- . ..."]


def test_a_sentence_is_made_when_it_is_asked_for() -> None:
    sounds = morse().synthesize("First. Second. Third.")
    assert inspect.isgenerator(sounds)
    assert next(sounds).seconds > 0
    sounds.close()


@given(text=st.text(max_size=30))
def test_any_text_is_spoken_or_is_silence(text: str) -> None:
    for sound in morse().synthesize(text):
        assert sound.sample_rate == 16_000 and any(sound.pcm) and len(sound.pcm) % 2 == 0


async def test_it_is_heard_through_the_real_mouth(tmp_path: Path) -> None:
    out = tmp_path / "said.wav"
    engines = EngineThread()
    try:
        async with WavSpeaker(out) as speaker:
            assert await Mouth(voice=morse(), speaker=speaker, engines=engines).say("Hello") is Said.ALL
    finally:
        engines.close()
    assert signs(read_wav(out)) == ".... . .-.. .-.. ---"


@pytest.mark.parametrize("port", ["WakeWord", "SpeechDetector", "Transcriber", "Voice"])
def test_the_ports_that_it_names_are_there(port: str) -> None:
    assert f"| `{port}` |" in TEXT and inspect.isclass(getattr(ports, port))


def test_every_place_that_it_names_is_there() -> None:
    root = DOCUMENT.parent.parent
    named = set(re.findall(r"`((?:assistant|config|tests|docs|benchmarks)/[\w/]+\.\w+)`", TEXT))
    new = {"assistant/voice/engines/morse.py"}
    assert named > new
    assert [one for one in named - new if not (root / one).is_file()] == []
    engines = {f"assistant/voice/engines/{file.name}" for file in (root / "assistant/voice/engines").glob("*.py")}
    assert not new & engines, "it is an example only"
