"""Token buckets: a person never meets them, a program that goes in circles does, and memory stays bounded."""

from hypothesis import given
from hypothesis import strategies as st

from tools.limits import MOST_KEYS, Limits, Rate


def test_a_burst_is_taken_and_then_one_at_a_time() -> None:
    now = [0.0]
    limits = Limits(Rate(burst=3, per_minute=60), monotonic=lambda: now[0])
    assert [limits.take("a") for _ in range(4)] == [0, 0, 0, 1.0]
    now[0] += 1
    assert limits.take("a") == 0
    assert limits.take("a") > 0
    assert limits.take("b") == 0


def test_a_full_bucket_holds_no_more_than_its_burst() -> None:
    now = [0.0]
    limits = Limits(Rate(burst=2, per_minute=60), monotonic=lambda: now[0])
    limits.take("a")
    now[0] += 3600
    assert [limits.take("a") for _ in range(3)].count(0) == 2


def test_many_names_do_not_fill_the_memory() -> None:
    limits = Limits(Rate(burst=1, per_minute=1), monotonic=lambda: 0.0)
    for number in range(3 * MOST_KEYS):
        limits.take(f"satellite {number}")
    assert len(limits._buckets) == MOST_KEYS


@given(steps=st.lists(st.floats(min_value=0, max_value=5), max_size=60), burst=st.integers(1, 5))
def test_in_any_time_no_more_is_taken_than_the_burst_and_what_flowed_in(steps: list[float], burst: int) -> None:
    now = [0.0]
    limits = Limits(Rate(burst=burst, per_minute=30), monotonic=lambda: now[0])
    taken = 0
    for step in steps:
        now[0] += step
        waits = limits.take("a")
        taken += waits == 0
        assert waits >= 0
    assert taken <= burst + now[0] * 30 / 60 + 1e-6


def test_the_bucket_that_was_used_longest_ago_is_forgotten_first() -> None:
    limits = Limits(Rate(burst=1, per_minute=1), monotonic=lambda: 0.0)
    for number in range(MOST_KEYS):
        limits.take(f"satellite {number}")
    assert limits.take("satellite 0") > 0, "still known, and in use again"
    limits.take("a new one")
    assert limits.take("satellite 0") > 0
    assert limits.take("satellite 1") == 0, "forgotten: its bucket is a new one"
