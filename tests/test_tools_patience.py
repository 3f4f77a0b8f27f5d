"""How often people may be asked: to the second, each satellite by itself, and in words that a person understands."""

from dataclasses import replace

import pytest

from tools.contract import Asker, ErrorCode, ToolError
from tools.patience import FATIGUE_SECONDS, MOST_UNACCEPTED, REFUSED_SECONDS, Patience

MODEL = Asker(satellite="here")
PERSON = replace(MODEL, by_code=True)


class Watch:
    """A patience, and the time that it goes by."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.patience = Patience(lambda: self.now)

    def says(self, asker: Asker = PERSON, digest: str = "a") -> str:
        try:
            self.patience.check(digest, asker)
        except ToolError as error:
            assert error.code is ErrorCode.RATE_LIMITED
            return error.message
        return ""


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_after_so_many_without_a_yes_nobody_is_asked_until_the_first_is_long_enough_ago(watch: Watch) -> None:
    for number in range(MOST_UNACCEPTED):
        assert watch.says() == ""
        watch.now = 1000.0 + number * 100
        watch.patience.unaccepted("here")
    assert watch.says() == "I asked 4 times without a yes, so I wait; ask me again in 5 min"
    assert watch.says(replace(PERSON, satellite="there")) == ""
    watch.now = 1000.0 + FATIGUE_SECONDS - 90
    assert watch.says().endswith("in 2 min")
    watch.now = 1000.0 + FATIGUE_SECONDS - 60
    assert watch.says().endswith("in 1 min")
    watch.now = 1000.0 + FATIGUE_SECONDS - 0.001
    assert watch.says().endswith("in 1 min")
    watch.now = 1000.0 + FATIGUE_SECONDS
    assert watch.says() == ""


def test_a_yes_begins_the_count_anew(watch: Watch) -> None:
    for _ in range(MOST_UNACCEPTED):
        watch.patience.unaccepted("here")
    watch.patience.accepted("elsewhere")
    assert watch.says()
    watch.patience.accepted("here")
    assert watch.says() == ""


def test_a_planner_does_not_ask_again_for_what_was_refused_until_that_is_long_enough_ago(watch: Watch) -> None:
    watch.patience.refused("here", "a")
    assert watch.says(MODEL) == "that was refused a moment ago; say in so many words what to do"
    assert watch.says(PERSON) == "" and watch.says(MODEL, "b") == ""
    assert watch.says(replace(MODEL, satellite="there")) == ""
    watch.now += REFUSED_SECONDS - 0.001
    assert watch.says(MODEL)
    watch.patience.refused("here", "b")
    assert watch.says(MODEL), "another refusal does not forget the first"
    watch.now += 0.001
    assert watch.says(MODEL) == ""
    watch.patience.refused("there", "c")
    assert ("here", "a") not in watch.patience._refused, "what is over is not kept"


def test_who_types_their_own_order_is_never_kept_waiting(watch: Watch) -> None:
    for _ in range(MOST_UNACCEPTED):
        watch.patience.unaccepted("here")
    assert watch.says(replace(PERSON, typed=True)) == ""
    assert watch.says(replace(MODEL, typed=True))
