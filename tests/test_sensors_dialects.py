"""What several dialects in one house promise: no message asked for twice, none that two of them need lost to one."""

import pytest
from fakes_dialects import message
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Settings
from sensors.dialects import dialects_of
from sensors.topics import covers, matches, without_overlap


@pytest.mark.parametrize(
    ("topic_filter", "topic", "matched"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a/b", True),
        ("#", "$SYS/broker", False),
        ("+/b", "$SYS/b", False),
        ("$SYS/#", "$SYS/broker", True),
        ("a/+/c", "a//c", True),
    ],
)
def test_a_filter_matches_as_the_broker_matches(topic_filter: str, topic: str, matched: bool) -> None:
    assert matches(topic_filter, topic) is matched


def test_what_a_wider_filter_brings_is_not_asked_for_again() -> None:
    asked = {"tele/+/STATE", "tele/plug/STATE", "tele/plug/LWT", "+/+/STATE", "home/#", "home/a", "x"}
    assert without_overlap(asked) == {"tele/plug/LWT", "+/+/STATE", "home/#", "x"}


_levels = st.lists(st.sampled_from(["a", "b", "+"]), min_size=1, max_size=3).map("/".join)


@given(filters=st.frozensets(_levels | _levels.map(lambda one: f"{one}/#"), max_size=8), topic=_levels)
def test_nothing_is_lost_by_asking_less(filters: frozenset[str], topic: str) -> None:
    fewer = without_overlap(filters)
    topic = topic.replace("+", "c")
    assert any(matches(one, topic) for one in fewer) == any(matches(one, topic) for one in filters)
    assert not any(covers(one, other) for one in fewer for other in fewer if one != other)


def test_every_dialect_has_a_name_of_its_own_and_takes_none_of_what_concerns_nobody() -> None:
    dialects = dialects_of(Settings())
    assert len({dialect.name for dialect in dialects}) == len(dialects)
    for topic in ("zigbee2mqtt/bridge/logging", "frigate/events", "a", "/", "owntracks/me/phone"):
        assert [dialect.decode(message(topic, {"a": 1})) for dialect in dialects] == [None] * len(dialects)
