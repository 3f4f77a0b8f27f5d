"""Who has said a whole sentence is answered sooner; who may be going to say more is not cut off."""

import numpy as np
import pytest
from fakes_voice import HOUSE
from hypothesis import given
from hypothesis import strategies as st

from assistant.ports import FRAME_BYTES, Said, Vocabulary
from assistant.voice.engines.espeak import EspeakVoice
from assistant.voice.engines.sphinx import SphinxTranscriber
from assistant.voice.frames import speech
from assistant.voice.grammar_graph import GrammarGraph
from assistant.voice.pronounce import arpabet
from assistant.voice.segment import Limits, Segmenter, Verdict

MAY_GO_ON = """#JSGF V1.0;
grammar lamps;
public <request> = turn on the <lamp> [in the <room>] | what time is it | yes [the front door];
<lamp> = light | desk lamp | desk lamp shade;
<room> = kitchen | hall;
"""


@pytest.fixture(scope="module")
def sphinx() -> SphinxTranscriber:
    words = EspeakVoice("en-us")
    return SphinxTranscriber(lambda word: arpabet(words.phonemes(word)))


@pytest.fixture(scope="module")
def graph(sphinx: SphinxTranscriber) -> GrammarGraph:
    sphinx.begin(Vocabulary(jsgf=MAY_GO_ON))
    return sphinx._grammar.graph


@pytest.mark.parametrize(
    ("said", "whole", "settled"),
    [
        ("what time is it", True, True),
        ("turn on the light in the kitchen", True, True),
        ("yes the front door", True, True),
        ("turn on the light", True, False),
        ("turn on the desk lamp", True, False),
        ("yes", True, False),
        ("turn on the", False, False),
        ("what time", False, False),
        ("", False, False),
        ("something else", False, False),
    ],
)
def test_a_sentence_is_settled_when_it_is_whole_and_nothing_can_follow(
    graph: GrammarGraph, said: str, whole: bool, settled: bool
) -> None:
    assert (graph.is_whole(said.split()), graph.is_settled(said.split())) == (whole, settled)


def said(text: str) -> bytes:
    sound = np.frombuffer(speech(text, before_seconds=0.2, after_seconds=0.3), dtype="<i2")
    noise = np.random.default_rng(1).normal(0, 10, len(sound))
    return np.clip(sound + noise, -32768, 32767).astype("<i2").tobytes()


def test_the_recogniser_tells_at_the_pause(sphinx: SphinxTranscriber) -> None:
    for grammar, text, settled in (
        (HOUSE, "what is the kitchen temperature", Said.SETTLED),
        (MAY_GO_ON, "turn on the light", Said.WHOLE),
    ):
        sphinx.begin(Vocabulary(jsgf=grammar))
        sound = said(text)
        for at in range(0, len(sound), FRAME_BYTES):
            sphinx.feed(sound[at : at + FRAME_BYTES])
        assert sphinx.pause() is settled and sphinx.finish().text == text


LIMITS = Limits(
    wait_seconds=3.0, start_seconds=0.2, end_seconds=0.7, whole_seconds=0.5, settled_seconds=0.3, longest_seconds=9.0
)


def silence_until_the_end(segmenter: Segmenter) -> float:
    while segmenter.feed(0.05, 0.0) is Verdict.SPEAKING:
        pass
    return segmenter.silence_seconds


def test_a_settled_sentence_ends_sooner_and_one_that_goes_on_does_not() -> None:
    settled, whole, going_on, plain = (Segmenter(LIMITS) for _ in range(4))
    for segmenter in (settled, whole, going_on, plain):
        for _ in range(20):
            segmenter.feed(0.05, 0.9)
    settled.feed(0.05, 0.0)
    settled.settle(Said.SETTLED)
    whole.settle(Said.WHOLE)
    going_on.settle(Said.SETTLED)
    going_on.feed(0.05, 0.9)
    assert silence_until_the_end(settled) == pytest.approx(0.3)
    assert silence_until_the_end(whole) == pytest.approx(0.5, abs=0.06)
    assert silence_until_the_end(going_on) == pytest.approx(0.7)
    assert silence_until_the_end(plain) == pytest.approx(0.7)


WORDS = "turn on the light desk lamp shade in kitchen hall yes front door what time is it".split()


@given(st.lists(st.sampled_from(WORDS), max_size=8))
def test_what_is_settled_is_accepted_and_nothing_longer_is(graph: GrammarGraph, words: list[str]) -> None:
    if graph.is_settled(words):
        assert not any(graph.is_settled([*words, more]) for more in ("in", "the", "lamp", "shade", "light"))
