"""Who calls is heard, a television that says the word is not; measured at length by `benchmarks/wake.py`."""

import os
import random
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from fakes_calls import FIXTURES, PHRASES, caller, heard, in_room, over, recorded_calls, said, silence, television
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.ports import FRAME_BYTES, FRAME_SECONDS
from assistant.voice.called import Caller, Outcome, Surroundings, Word, cutoff_for, judged, surroundings
from assistant.voice.wake import Opening

SENTENCES = ("the minister said on tuesday that the budget would be discussed", "it will rain in the north all day")
LOUD, SOFT, STILL = (bytes([0, level]) * (FRAME_BYTES // 2) for level in (16, 4, 0))


class Scripted:
    """A detector that finds what the script says; and a speech detector that hears speech in whatever is not still."""

    def __init__(self, *words: Sequence[float]) -> None:
        self._found = list(zip(*words, strict=True))

    def probabilities(self, frame: bytes) -> Sequence[float]:
        return self._found.pop(0)

    def probability(self, frame: bytes) -> float:
        return float(any(frame))

    def reset(self) -> None: ...


def outcomes(
    scores: Sequence[float], frames: Sequence[bytes] | None = None, *, cooldown_seconds: float = 1.0
) -> tuple[list[int], Counter[Outcome]]:
    """At which frames somebody called, and what came of each word that was found or almost."""
    came: Counter[Outcome] = Counter()
    detector = Scripted(scores)
    one = Caller(
        detector,
        [Word(name="okay_nabu", cutoff=0.8, cooldown_seconds=cooldown_seconds)],
        speech=detector if frames is not None else None,
        count=lambda _word, outcome, by: came.update({outcome: by}),
    )
    calls = [number for number in range(len(scores)) if one.heard(frames[number] if frames is not None else STILL)]
    return calls, +came


def test_a_word_that_stays_found_for_a_while_is_one_call() -> None:
    assert outcomes([0.1, 0.9, 0.95, 0.9, 0.1]) == ([1], Counter({Outcome.CALL: 1}))


def test_what_was_almost_a_word_is_counted_once() -> None:
    assert outcomes([0.1, 0.6, 0.7, 0.6, 0.1, 0.6, 0.1]) == ([], Counter({Outcome.NEAR_MISS: 2}))
    assert outcomes([0.6, 0.9, 0.6, 0.1]) == ([1], Counter({Outcome.CALL: 1})), "a word is not near to itself"


def test_the_same_word_soon_after_a_call_is_no_other() -> None:
    again = [0.9, 0.1, *[0.0] * 10, 0.9, 0.1, *[0.0] * 40, 0.9]
    assert outcomes(again) == ([0, 54], Counter({Outcome.CALL: 2, Outcome.COOLDOWN: 1}))
    assert outcomes(again, cooldown_seconds=0)[0] == [0, 12, 54]


TALK = [LOUD] * 120


@pytest.mark.parametrize(
    ("frames", "outcome"),
    [
        ([STILL] * 120 + [LOUD] * 30, Outcome.CALL),
        ([*TALK, *[LOUD] * 30], Outcome.MID_SPEECH),
        ([*TALK, *[STILL] * 3, *[LOUD] * 30], Outcome.MID_SPEECH),
        ([*TALK, *[STILL] * 12, *[LOUD] * 30], Outcome.DOUBTFUL),
        ([SOFT] * 115 + [LOUD] * 35, Outcome.CALL),
        ([LOUD] * 30, Outcome.CALL),
        ([LOUD], Outcome.CALL),
    ],
)
def test_a_word_amid_speech_that_is_as_loud_is_no_call(frames: list[bytes], outcome: Outcome) -> None:
    scores = [*[0.0] * (len(frames) - 1), 0.9]
    calls, came = outcomes(scores, frames)
    assert came == {outcome: 1}
    assert bool(calls) is (outcome in (Outcome.CALL, Outcome.DOUBTFUL))


def test_amid_its_own_voice_speech_before_the_word_tells_nothing() -> None:
    frames = [*TALK, *[LOUD] * 30]
    detector = Scripted([*[0.0] * (len(frames) - 1), 0.9])
    one = Caller(detector, [Word(name="okay_nabu", cutoff=0.8)], speech=detector)
    assert [one.heard(frame, amid=True) for frame in frames][-1] and not one.doubtful


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([0.0, 0.6, 0.9]), max_size=160),
    st.lists(st.tuples(st.sampled_from([LOUD, SOFT, STILL]), st.integers(10, 80)), min_size=16, max_size=16),
)
def test_whatever_is_heard_no_more_calls_than_words_and_no_two_within_the_cooldown(
    scores: list[float], story: list[tuple[bytes, int]]
) -> None:
    calls, came = outcomes(scores, [frame for frame, times in story for _ in range(times)])
    without, _ = outcomes(scores)
    assert set(calls) <= set(without) or came[Outcome.MID_SPEECH]
    assert len(calls) == came[Outcome.CALL] + came[Outcome.DOUBTFUL]
    assert all(later - sooner >= int(1.0 / FRAME_SECONDS) for sooner, later in pairwise(calls))
    assert all(scores[at] > 0.8 for at in calls)


@given(
    st.lists(st.tuples(st.sampled_from([LOUD, SOFT, STILL]), st.floats(0, 1)), min_size=1, max_size=140),
)
def test_surroundings_are_what_they_are_said_to_be(heard_so_far: list[tuple[bytes, float]]) -> None:
    frames, probabilities = zip(*heard_so_far, strict=True)
    around = surroundings(frames, probabilities)
    assert 0 <= around.speech_share <= 1.2 and 0 <= around.pause_seconds <= 1.2
    assert judged(around) in (Outcome.CALL, Outcome.DOUBTFUL, Outcome.MID_SPEECH)


def test_who_pauses_or_is_louder_is_always_listened_to() -> None:
    for pause in np.arange(0.25, 1.2, 0.05):
        assert judged(Surroundings(speech_share=1.0, pause_seconds=float(pause), louder_db=-20)) is Outcome.DOUBTFUL
    for louder in range(4, 30):
        assert judged(Surroundings(speech_share=1.0, pause_seconds=0.0, louder_db=louder)) is Outcome.CALL


@given(st.floats(0.5, 0.99), st.floats(0, 1), st.floats(0, 1))
def test_more_sensitivity_hears_more(shipped: float, less: float, more: float) -> None:
    less, more = sorted([less, more])
    assert 0.5 <= cutoff_for(shipped, more) <= cutoff_for(shipped, less) <= 0.995
    assert cutoff_for(shipped, 0.5) == shipped


def test_each_word_has_a_pre_roll_of_its_own() -> None:
    opening = Opening(latest_seconds=1.0)
    detector = Scripted([0.9, 0.0], [0.0, 0.9])
    words = [Word(name="a", cutoff=0.8, pre_roll_seconds=0.2), Word(name="b", cutoff=0.8, pre_roll_seconds=0.8)]
    one = Caller(detector, words, speech=None, opening=opening)
    for number in range(31):
        opening.remember(bytes([number, 1]) * (FRAME_BYTES // 2))
    assert one.heard(STILL) and len(opening.request_so_far()) <= 6
    assert one.heard(STILL) and len(opening.request_so_far()) > 6


# With the real detectors.


def test_a_television_that_says_the_word_is_not_listened_to_and_a_person_before_it_is() -> None:
    noise = np.random.default_rng(1)
    came: Counter[Outcome] = Counter()
    one = caller("okay_nabu", count=lambda _word, outcome, by: came.update({outcome: by}))
    talk = television(SENTENCES, random.Random(1), seconds=5)
    word = said("okay nabu", "en-us")
    word = word * (8000 / np.abs(word).max())
    amid = np.concatenate([talk, silence(0.12), word, silence(0.12), talk])
    assert not heard(one, in_room(amid, noise)) and came[Outcome.MID_SPEECH] == 1, came
    one.reset()
    assert heard(one, in_room(np.concatenate([silence(1.0), word, silence(1.0)]), noise))
    assert not one.doubtful
    one.reset()
    assert heard(one, in_room(np.concatenate([talk, silence(0.6), word, silence(0.6)]), noise))
    assert one.doubtful, "it may go on talking"


def test_recorded_calls_are_heard_alone_and_over_a_television() -> None:
    if not (FIXTURES / "speech" / "wake").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the recorded wake words are missing, and CI must have them")
        pytest.skip("the recorded wake words are not here")
    noise, chance, over_television = np.random.default_rng(1), random.Random(1), []
    detectors = {phrase: caller(phrase) for phrase in PHRASES}
    for phrase, file, word in recorded_calls():
        one = detectors[phrase]
        one.reset()
        assert heard(one, in_room(np.concatenate([silence(1.0), word, silence(0.5)]), noise)), file
        if file.startswith("wyoming"):
            one.reset()
            mixed = over(word, television(SENTENCES, chance, seconds=6), 3.5, louder_db=15)
            over_television.append(bool(heard(one, in_room(mixed, noise))))
    assert sum(over_television) >= len(over_television) - 1, "who is louder is heard"
