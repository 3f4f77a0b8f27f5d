"""An endpoint that fails is left alone for a while, tried by one question, and trusted again once it answers."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.model.breaker import MOST_REST_SECONDS, Breaker, State


def opened() -> Breaker:
    breaker = Breaker(failures=3, rest_seconds=30)
    for _ in range(3):
        assert breaker.admit(0)
        breaker.failed(0)
    return breaker


def test_three_failures_in_a_row_open_it_for_its_rest() -> None:
    breaker = opened()
    assert breaker.state(29.9) is State.OPEN and not breaker.admit(29.9)
    assert breaker.rest_left(10) == 20
    assert breaker.state(30) is State.HALF_OPEN


def test_a_success_in_between_forgets_the_failures() -> None:
    breaker = Breaker(failures=3)
    for _ in range(5):
        breaker.failed(0)
        breaker.failed(0)
        breaker.succeeded()
    assert breaker.state(0) is State.CLOSED


def test_one_question_tries_it_and_the_others_do_not_wait_for_it() -> None:
    breaker = opened()
    assert breaker.admit(31)
    assert not breaker.admit(31)
    breaker.succeeded()
    assert breaker.state(31) is State.CLOSED and breaker.admit(31)


def test_each_trial_that_fails_doubles_the_rest_up_to_a_limit() -> None:
    breaker = opened()
    now, rests = 0.0, []
    for _ in range(8):
        now += breaker.rest_left(now)
        assert breaker.admit(now)
        breaker.failed(now)
        rests.append(breaker.rest_left(now))
    assert rests[:4] == [60, 120, 240, 480] and rests[-1] == MOST_REST_SECONDS


def test_a_trial_that_nobody_waited_for_leaves_the_next_one_free() -> None:
    breaker = opened()
    assert breaker.admit(31)
    breaker.abandoned()
    assert breaker.admit(31)


def test_silence_counts_for_more_and_the_endpoints_own_wish_is_kept() -> None:
    breaker = Breaker(failures=3)
    breaker.failed(0, weight=2)
    assert breaker.state(0) is State.CLOSED
    breaker.failed(0, weight=2)
    assert breaker.state(0) is State.OPEN
    asked = Breaker()
    asked.failed(0, weight=3, rest_seconds=120)
    assert asked.rest_left(0) == 120


@given(st.lists(st.tuples(st.sampled_from(["ask", "succeed", "fail", "abandon"]), st.floats(0, 100))))
def test_it_is_never_stuck_and_never_lets_two_try_at_once(steps: list[tuple[str, float]]) -> None:
    breaker, now, trying = Breaker(), 0.0, False
    for step, seconds in steps:
        now += seconds
        before = breaker.state(now)
        match step:
            case "ask":
                admitted = breaker.admit(now)
                assert admitted is (before is not State.OPEN)
                assert not (admitted and trying and before is not State.CLOSED)
                trying = trying or (admitted and before is State.HALF_OPEN)
            case "succeed":
                breaker.succeeded()
                trying = False
                assert breaker.state(now) is State.CLOSED
            case "fail":
                breaker.failed(now)
                trying = False
            case "abandon":
                breaker.abandoned()
                trying = False
    breaker.abandoned()
    assert breaker.state(now + MOST_REST_SECONDS) is not State.OPEN
