"""End of speech: pure arithmetic on time and probability."""

from math import nan

from hypothesis import given
from hypothesis import strategies as st

from assistant.ports import FRAME_SECONDS, Said
from assistant.voice.manner import CHOICE_LIMITS, CONFIRMATION_LIMITS, PIN_LIMITS, REQUEST_LIMITS
from assistant.voice.segment import FINAL, Limits, Segmenter, Verdict

LIMITS = Limits(wait_seconds=3.0, start_seconds=0.2, end_seconds=0.5, longest_seconds=4.0)
CHUNK = 0.1


def fed(segmenter: Segmenter, *pieces: tuple[float, float]) -> Verdict:
    """Pieces of (seconds, probability)."""
    for seconds, probability in pieces:
        for _ in range(round(seconds / CHUNK)):
            segmenter.feed(CHUNK, probability)
    return segmenter.verdict


def test_speech_and_then_silence_is_an_utterance() -> None:
    segmenter = Segmenter(LIMITS)
    assert fed(segmenter, (1.0, 0.0), (1.0, 0.9)) is Verdict.SPEAKING
    assert fed(segmenter, (0.4, 0.0)) is Verdict.SPEAKING
    assert fed(segmenter, (0.1, 0.0)) is Verdict.ENDED
    assert abs(segmenter.silence_seconds - 0.5) < 1e-9


def test_a_pause_for_thought_does_not_end_it() -> None:
    assert fed(Segmenter(LIMITS), (1.0, 0.9), (0.4, 0.1), (0.5, 0.9), (0.4, 0.1), (0.1, 0.9)) is Verdict.SPEAKING


def test_nobody_who_speaks_is_waited_for_only_so_long() -> None:
    segmenter = Segmenter(LIMITS)
    assert fed(segmenter, (2.9, 0.0)) is Verdict.WAITING
    assert fed(segmenter, (0.2, 0.0)) is Verdict.NOTHING


def test_whoever_begins_at_the_last_moment_is_still_heard() -> None:
    assert fed(Segmenter(LIMITS), (2.9, 0.0), (1.0, 0.9), (0.5, 0.0)) is Verdict.ENDED


def test_a_click_is_no_speech() -> None:
    assert fed(Segmenter(LIMITS), *[(0.1, 0.9), (0.3, 0.0)] * 10) is Verdict.NOTHING


def test_endless_speech_is_cut_off() -> None:
    assert fed(Segmenter(LIMITS), (3.9, 1.0)) is Verdict.SPEAKING
    assert fed(Segmenter(LIMITS), (4.2, 1.0)) is Verdict.TOO_LONG


def test_speech_that_fades_lasts_until_it_is_clearly_over() -> None:
    assert fed(Segmenter(LIMITS), (1.0, 0.9), (2.0, 0.4)) is Verdict.SPEAKING
    assert fed(Segmenter(LIMITS), (1.0, 0.9), (0.5, 0.3)) is Verdict.ENDED


def test_a_final_verdict_stays() -> None:
    segmenter = Segmenter(LIMITS)
    fed(segmenter, (1.0, 0.9), (0.5, 0.0))
    assert fed(segmenter, (5.0, 1.0)) is Verdict.ENDED


@given(st.lists(st.floats(0, 1), max_size=400), st.sampled_from([0.01, 0.032, 0.1]))
def test_it_always_ends_in_time_and_never_ends_an_utterance_that_did_not_begin(
    probabilities: list[float], chunk: float
) -> None:
    segmenter = Segmenter(LIMITS)
    seen = [segmenter.feed(chunk, probability) for probability in probabilities]
    spoken = sum(chunk for probability in probabilities if probability >= LIMITS.off)
    if {Verdict.SPEAKING, Verdict.ENDED, Verdict.TOO_LONG} & set(seen):
        assert spoken >= LIMITS.start_seconds - chunk
    if Verdict.ENDED in seen or Verdict.TOO_LONG in seen:
        assert Verdict.SPEAKING in seen
    # Whatever comes, it is over once the wait, a first word and the longest utterance have passed.
    for _ in range(round((LIMITS.wait_seconds + LIMITS.longest_seconds + 2 * LIMITS.start_seconds) / chunk) + 2):
        segmenter.feed(chunk, 0.0)
    assert segmenter.verdict in FINAL


@given(st.integers(1, 60), st.floats(0.5, 1))
def test_the_wait_for_a_decision_is_the_configured_one_whatever_was_said(chunks: int, loud: float) -> None:
    segmenter = Segmenter(LIMITS)
    if fed(segmenter, (chunks * 0.1, loud)) is Verdict.SPEAKING:
        silent = 0
        while segmenter.feed(CHUNK, 0.0) not in FINAL:
            silent += 1
        assert silent == 4 or segmenter.verdict is Verdict.TOO_LONG


EXPECTED = [REQUEST_LIMITS, CONFIRMATION_LIMITS, CHOICE_LIMITS, PIN_LIMITS]
FRAMES = st.lists(
    st.tuples(
        st.integers(1, 150), st.sampled_from([0.0, 0.34, 0.36, 0.49, 0.5, 1.0, nan]), st.none() | st.sampled_from(Said)
    ),
    max_size=12,
)
"""Runs of frames: how many, the probability in each, and what the transcriber says at the end of the run."""


def judged(limits: Limits, story: list[tuple[int, float, Said | None]], after: float) -> list[tuple[Verdict, bool]]:
    """The verdict after each frame, up to the first that is final, and whether that frame was speech for sure."""
    segmenter, seen = Segmenter(limits), []
    for frames, probability, said in [*story, (10_000, after, None)]:
        for _ in range(frames):
            verdict = segmenter.feed(FRAME_SECONDS, probability)
            seen.append((verdict, probability >= limits.on))
            if verdict in FINAL:
                return seen
        if said is not None:
            segmenter.settle(said)
    raise AssertionError("it has gone on for more than five minutes")


@given(st.sampled_from(EXPECTED), FRAMES, st.sampled_from([0.0, 0.4, 1.0]))
def test_whatever_is_expected_and_heard_it_ends_within_its_limits(
    limits: Limits, story: list[tuple[int, float, Said | None]], after: float
) -> None:
    seen = judged(limits, story, after)
    seconds, (verdict, _) = len(seen) * FRAME_SECONDS, seen[-1]
    waited = sum(one is Verdict.WAITING for one, _ in seen) * FRAME_SECONDS
    assert waited <= limits.wait_seconds + limits.start_seconds + 2 * FRAME_SECONDS
    assert seconds - waited <= limits.longest_seconds + 2 * FRAME_SECONDS
    if verdict is Verdict.NOTHING:
        assert seconds >= limits.wait_seconds - FRAME_SECONDS
    if verdict is Verdict.ENDED:
        least = min(limits.end_seconds, limits.settled_seconds)
        assert not any(speech for _, speech in seen[-max(1, int(least / FRAME_SECONDS)) :]), "never within a word"


@given(st.sampled_from(EXPECTED), st.integers(0, 150), st.integers(10, 100), st.sampled_from(Said))
def test_the_decision_after_the_last_word_takes_what_its_kind_of_answer_allows(
    limits: Limits, before: int, spoken: int, said: Said
) -> None:
    segmenter = Segmenter(limits)
    for _ in range(before):
        segmenter.feed(FRAME_SECONDS, 0.0)
    for _ in range(spoken):
        segmenter.feed(FRAME_SECONDS, 0.9)
    segmenter.settle(said)
    while segmenter.feed(FRAME_SECONDS, 0.0) not in FINAL:
        pass
    assert segmenter.silence_seconds <= limits.end_seconds + FRAME_SECONDS
    assert said is not Said.PART or segmenter.silence_seconds >= limits.end_seconds - 1e-9
