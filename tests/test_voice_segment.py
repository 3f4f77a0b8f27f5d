"""End of speech: pure arithmetic on time and probability."""

from hypothesis import given
from hypothesis import strategies as st

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
