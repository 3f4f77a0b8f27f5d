"""MQTT topics and the filters that stand for many of them. Pure."""

from collections.abc import Iterable

_ANY_LENGTH = -1


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a subscription to the filter brings the topic."""
    if topic.startswith("$") and not topic_filter.startswith("$"):
        return False
    return covers(topic_filter, topic)


def covers(topic_filter: str, other: str) -> bool:
    """Whether everything that `other` (a topic or a filter) brings comes by the filter as well."""
    mine, theirs = topic_filter.split("/"), other.split("/")
    for place, level in enumerate(mine):
        if level == "#":
            return True
        if place >= len(theirs) or theirs[place] == "#" or (level not in ("+", theirs[place])):
            return False
    return len(mine) == len(theirs)


def without_overlap(topic_filters: Iterable[str]) -> frozenset[str]:
    """The filters that are needed to get all. A broker may send a message once for each filter that it matches."""
    wanted = frozenset(topic_filters)
    wide = [one for one in wanted if "+" in one or "#" in one]
    by_length: dict[int, list[str]] = {}
    for one in wide:
        by_length.setdefault(_ANY_LENGTH if one.endswith("#") else one.count("/"), []).append(one)
    of_any = by_length.pop(_ANY_LENGTH, [])
    return frozenset(
        one
        for one in wanted
        if not any(wider != one and covers(wider, one) for wider in (*by_length.get(one.count("/"), ()), *of_any))
    )
