"""Whether words are believed: what is well explained as a whole may hold a word that was never said."""

from dataclasses import replace

import pytest

from assistant.voice.engines.sphinx_judging import Decoded, Piece, Stake, judged

GATE = -20.0
LONG = (25, 10, 30, 40)
"""Frames of the four words of a sentence of a second."""


def decoded(*pieces: Piece) -> Decoded:
    return Decoded(text="some words", likely=sum(piece.likely for piece in pieces), pieces=pieces)


def said(*frames: int, worse: float = 0.0, phones: int = 4) -> Decoded:
    """Words of so many frames one after another, each frame so much worse than any phones; then silence."""
    pieces, begin = [], 0
    for length in frames:
        pieces.append(Piece(begin=begin, end=begin + length, likely=-worse * length, phones=phones))
        begin += length
    return decoded(*pieces, Piece(begin=begin, end=begin + 40, likely=0.0, phones=0))


def holds(words: Decoded, *frames: int) -> bool:
    return judged(words, said(*frames)).holds(GATE)


def test_what_words_explain_as_well_as_phones_do_is_believed() -> None:
    judgement = judged(said(*LONG), said(*LONG))
    assert (judgement.frames, judgement.covered, judgement.worst, judgement.dragged) == (105, 1.0, 0.0, False)
    assert judgement.holds(GATE)


@pytest.mark.parametrize(("worse", "believed"), [(5.0, True), (13.0, True), (20.0, False), (60.0, False)])
def test_what_is_badly_explained_as_a_whole_is_not(worse: float, believed: bool) -> None:
    assert holds(said(*LONG, worse=worse), *LONG) is believed


def test_one_word_that_fits_badly_is_enough_in_a_sentence_that_fits() -> None:
    words = said(*LONG, 40, 40, 40, 40)
    bad = replace(words.pieces[2], likely=-60.0 * 30)
    doubtful = decoded(*words.pieces[:2], bad, *words.pieces[3:])
    judgement = judged(doubtful, said(*LONG, 40, 40, 40, 40))
    assert judgement.fit > GATE / 2 and judgement.worst == pytest.approx(-60.0) and not judgement.holds(GATE)


def test_less_is_let_pass_where_little_was_said() -> None:
    for frames, believed in (((30, 30), True), ((30, 29), False)):
        words = said(*frames)
        bad = replace(words.pieces[1], likely=-24.0 * 30)
        assert holds(decoded(words.pieces[0], bad, words.pieces[2]), *frames) is believed


@pytest.mark.parametrize(("frames", "believed"), [((25, 64, 30), True), ((25, 65, 30), False), ((25, 30, 65), True)])
def test_no_word_but_the_last_swallows_another(frames: tuple[int, ...], believed: bool) -> None:
    assert holds(said(*frames), *frames) is believed


def test_speech_that_no_word_accounts_for_is_no_noise() -> None:
    words = said(*LONG)
    noise = [replace(piece, phones=0) for piece in words.pieces[:2]]
    assert not judged(decoded(*noise, *words.pieces[2:]), said(*LONG)).holds(GATE)
    assert judged(decoded(*words.pieces[:1], noise[1], *words.pieces[2:]), said(*LONG)).holds(GATE)


def test_a_sound_too_short_to_be_looked_at_in_parts_is_judged_whole() -> None:
    one = decoded(Piece(begin=0, end=8, likely=-80.0, phones=2))
    assert judged(one, decoded(Piece(begin=0, end=8, likely=0.0, phones=2))).worst == pytest.approx(-80 / 30)


def test_where_a_yes_may_be_said_a_short_word_has_to_fit_better() -> None:
    words = said(20, 20)
    doubtful = decoded(words.pieces[0], replace(words.pieces[1], likely=-29.0 * 20), words.pieces[2])
    judgement = judged(doubtful, said(20, 20))
    assert judgement.holds(GATE) and not judgement.holds(GATE, Stake.CONSENT)


def test_a_no_is_believed_more_easily_than_a_yes_since_nothing_comes_of_it() -> None:
    words = said(20, 20)
    poor = judged(decoded(words.pieces[0], replace(words.pieces[1], likely=-40.0 * 20), words.pieces[2]), said(20, 20))
    assert poor.holds(GATE, Stake.REFUSAL)
    assert not poor.holds(GATE) and not poor.holds(GATE, Stake.CONSENT)
