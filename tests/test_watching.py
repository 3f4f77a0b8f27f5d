"""What is watched for, held against an oracle that looks at every second of the whole story."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tools.watching import SO, Condition, News, NewsKind, Progress, heard, holds, lost, passed, together

OPEN = Condition(states=("open",))


@dataclass(frozen=True)
class Said:
    at: int
    value: float | str | None
    """None: its device cannot be reached from then on."""


def folded(condition: Condition, story: list[Said], end: int, *, armed: bool, looks: list[int]) -> list[News]:
    """The evaluator, which is looked at by the clock as well, at any times."""
    progress, told = Progress(armed=armed), []
    events = sorted([*((one.at, 1, one) for one in story), *((look, 0, None) for look in (*looks, end))], key=_by_time)
    for at, _, one in events:
        if one is None:
            progress, news = passed(progress, condition, at)
        elif one.value is None:
            progress, first = passed(progress, condition, at)
            progress, news = lost(progress, at)
            news = (*first, *news)
        else:
            progress, news = heard(progress, condition, one.value, at)
        told += news
    return told


def _by_time(event: tuple[int, int, Said | None]) -> tuple[int, int]:
    return event[:2]


def oracle(condition: Condition, story: list[Said], end: int, *, armed: bool) -> list[tuple[str, int]]:
    """Second by second, as slow as it is plain: first what the last one comes to by now, then what is said now."""
    told: list[tuple[str, int]] = []
    said, silent = {one.at: one for one in story}, condition.silent_after_ms
    is_so: bool | None = None
    seen = since = 0

    def tell_if_due(now: int) -> None:
        nonlocal armed
        if is_so and armed and now - since >= condition.hold_ms:
            armed = False
            told.append(("came", now))

    for now in range(end + 1):
        if is_so is not None and silent is not None and now - seen > silent:
            is_so = None
            told.append(("lost", now))
        tell_if_due(now)
        one = said.get(now)
        if one is not None and one.value is None:
            told += [("lost", now)] * (is_so is not None)
            is_so = None
        elif one is not None and one.value is not None:
            before, seen = is_so, now
            is_so = holds(condition, one.value, before)
            since = since if before else now
            armed = armed or not is_so
            tell_if_due(now)
    return told


@st.composite
def stories(draw: st.DrawFn) -> tuple[Condition, list[Said], int]:
    numeric = draw(st.booleans())
    hold, silent = draw(st.integers(0, 12)), draw(st.none() | st.integers(1, 15))
    if numeric:
        condition = Condition(
            above=draw(st.booleans()),
            limit=draw(st.integers(-3, 3)),
            slack=draw(st.integers(0, 2)),
            hold_ms=hold,
            silent_after_ms=silent,
        )
        values: st.SearchStrategy[float | str] = st.integers(-6, 6).map(float)
    else:
        condition = Condition(states=("open", "tilted"), hold_ms=hold, silent_after_ms=silent)
        values = st.sampled_from(["open", "closed", "tilted"])
    times = draw(st.lists(st.integers(1, 30), unique=True, max_size=12).map(sorted))
    return condition, [Said(at, draw(st.none() | values)) for at in times], 50


@given(stories(), st.booleans(), st.lists(st.integers(0, 50), max_size=6))
def test_it_says_what_the_oracle_says_whenever_it_is_looked_at(
    case: tuple[Condition, list[Said], int], armed: bool, looks: list[int]
) -> None:
    condition, story, end = case
    told = folded(condition, story, end, armed=armed, looks=looks)
    expected = oracle(condition, story, end, armed=armed)
    assert [one.kind.value for one in told] == [kind for kind, _ in expected]
    came = [one.at_ms for one in told if one.kind is NewsKind.CAME]
    assert came == [at for kind, at in expected if kind == "came"]


@given(stories(), st.lists(st.integers(0, 50), max_size=6))
def test_the_same_is_never_told_twice_without_having_been_otherwise(
    case: tuple[Condition, list[Said], int], looks: list[int]
) -> None:
    condition, story, end = case
    told = folded(condition, story, end, armed=True, looks=looks)
    for first, second in pairwise(told):
        if first.kind is second.kind is NewsKind.CAME:
            between = [one for one in story if first.at_ms < one.at <= second.at_ms]
            assert any(one.value is not None and not holds(condition, one.value, True) for one in between)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), st.sampled_from(["open", "closed", None])), max_size=15)
)
def test_several_together_are_as_one_that_is_so_when_all_are(said: list[tuple[int, int, str | None]]) -> None:
    """Against a story in which code has looked at all of them after each word."""
    whole = Condition(states=(SO,), hold_ms=4)
    each, progress, story, told, now = [Progress(armed=False)] * 3, Progress(armed=True), [], [], 0
    values: list[str | None] = [None] * 3
    for wait, which, value in said:
        now, values[which] = now + wait, value
        before = each[which]
        each[which], _ = lost(before, now) if value is None else heard(before, OPEN, value, now)
        progress, first = passed(progress, whole, now)
        progress, news = together(progress, whole, each, now)
        told += [*first, *news]
        story.append(Said(now, None if None in values else SO if set(values) == {"open"} else "not so"))
    expected = folded(whole, story, now, armed=True, looks=[])
    assert [(one.kind, one.at_ms) for one in told if one.kind is NewsKind.CAME] == [
        (one.kind, one.at_ms) for one in expected if one.kind is NewsKind.CAME
    ]


def test_what_is_so_already_is_no_news_before_it_was_otherwise() -> None:
    progress, news = heard(Progress(armed=False), OPEN, "open", 1)
    assert news == ()
    progress, news = heard(progress, OPEN, "closed", 2)
    assert news == ()
    _, news = heard(progress, OPEN, "open", 3)
    assert news == (News(kind=NewsKind.CAME, at_ms=3),)


def test_around_its_limit_a_number_is_told_once() -> None:
    warm = Condition(above=True, limit=-15.0, slack=0.5)
    progress, told = Progress(armed=True), []
    for at, value in enumerate([-16.0, -14.9, -15.1, -14.9, -15.2, -14.8, -15.6, -14.9]):
        progress, news = heard(progress, warm, value, at)
        told += [one.at_ms for one in news]
    assert told == [1, 7]
