"""What code speaks of periods: figures, counts, lengths of time, trends, comparisons, and what needs a person."""

from collections.abc import Sequence

from assistant.figures import Figures
from assistant.words import SENSED, be, capital, joined, noun_of, number, period_words, subject, the
from sensors.periods import Span
from sensors.reading import Quantity
from tools.answers import (
    AggregateAnswer,
    CompareAnswer,
    Row,
    Side,
    StateAnswer,
    StateRow,
    TrendAnswer,
    TrendRow,
    UpkeepAnswer,
)

ENOUGH = 0.9
"""Share of a period from which an answer is given without saying how much of it is known."""
WORTH_TELLING_MS = 3_600_000
"""A stretch without data that is shorter than this is not spoken of."""

_KINDS = {
    "mean": "average ",
    "minimum": "lowest ",
    "maximum": "highest ",
    "total": "total ",
    "latest": "",
}
_HAPPENED = {
    "open": "opened",
    "on": "turned on",
    "off": "turned off",
    "present": "entered",
    "away": "left",
}
"""States whose event has another name than the state."""
HistoryAnswer = AggregateAnswer | StateAnswer | TrendAnswer | CompareAnswer | UpkeepAnswer


def speak_history(answer: HistoryAnswer, figures: Figures) -> str:
    """The answer, spoken."""
    match answer:
        case AggregateAnswer():
            return _aggregate(answer, figures)
        case StateAnswer():
            return _states(answer, figures)
        case TrendAnswer():
            return " ".join(_trend(row, answer, figures) for row in answer.rows)
        case CompareAnswer():
            return _compare(answer, figures)
        case UpkeepAnswer(kind="low_battery"):
            return _low_battery(answer, figures)
        case UpkeepAnswer():
            return _not_reporting(answer, figures)


def _bare(name: str, quantity: Quantity) -> str:
    """`washing machine` for `washing machine energy`, where the sentence has named what was measured."""
    return name.removesuffix(f" {noun_of(quantity)}")


def _known(covered: float, gaps: Sequence[Span], figures: Figures) -> str:
    """What has to be said about missing data; nothing where there is enough."""
    if covered >= ENOUGH:
        return ""
    share = f" I have data for {max(1, round(covered * 100))} percent of that time."
    if not gaps or gaps[0].end_ms - gaps[0].start_ms < WORTH_TELLING_MS:
        return share
    longest = gaps[0]
    return f"{share[:-1]}; the longest gap began {figures.when(longest.start_ms)} and lasted " + (
        f"{figures.lasting((longest.end_ms - longest.start_ms) / 1000)}."
    )


def _aggregate(answer: AggregateAnswer, figures: Figures) -> str:
    kind, period = _KINDS[answer.kind], period_words(answer.period)
    if len(answer.rows) > 1:
        most_first = sorted(answer.rows, key=lambda row: -row.value) if answer.kind == "total" else answer.rows
        items = [f"{_bare(row.name, answer.quantity)} {figures.value(row.value, row.unit)}" for row in most_first]
        return f"The {kind}{noun_of(answer.quantity)} {period}: {joined(items)}."
    row = answer.rows[0]
    at = f", {figures.when(row.at_ms)}" if row.at_ms is not None else ""
    place = subject(answer.quantity, row.name, row.room).removeprefix("the ")
    known = _known(row.covered, row.gaps, figures)
    return f"The {kind}{place} {period} was {figures.value(row.value, row.unit)}{at}.{known}"


def _states(answer: StateAnswer, figures: Figures) -> str:
    period = period_words(answer.period)
    if len(answer.rows) == 1:
        return _state(answer.rows[0], answer, figures)
    told = [row for row in answer.rows if row.count or row.seconds]
    word = answer.state if answer.kind == "duration" else _HAPPENED.get(answer.state, answer.state)
    if not told:
        return f"None of the {len(answer.rows)} that I looked at {_was(answer.period)} {word} {period}."
    told.sort(key=lambda row: -(row.count or row.seconds or 0))
    items = [f"{the(row.name)} {_times(row.count)}" for row in told if row.count is not None]
    items = items or [f"{the(row.name)} for {figures.lasting(row.seconds or 0)}" for row in told]
    rest = len(answer.rows) - len(told)
    others = f"; {'the other' if rest == 1 else f'{rest} others'} not at all" if rest else ""
    return f"{capital(word)} {period}: {joined(items)}{others}."


def _state(row: StateRow, answer: StateAnswer, figures: Figures) -> str:
    period, known = period_words(answer.period), _known(row.covered, (), figures)
    sensed = answer.quantity in SENSED and answer.state == "detected"
    who = capital(noun_of(answer.quantity)) if sensed else capital(the(row.name))
    where = f" at {the(_bare(row.name, answer.quantity))}" if sensed else ""
    word = answer.state if answer.kind == "duration" else _HAPPENED.get(answer.state, answer.state)
    if row.seconds:
        told = f"{word}{where} for {figures.lasting(row.seconds)} {period}"
    elif row.count:
        last = f", last {figures.when(row.last_at_ms)}" if row.last_at_ms is not None else ""
        told = f"{word}{where} {_times(row.count)} {period}{last}"
    else:
        told = f"{word}{where} {period}"
    many = not sensed and be([row.name]) == "are"
    return f"{who} {_was(answer.period, many=many, no=not (row.seconds or row.count))} {told}.{known}"


def _was(period: str, *, many: bool = False, no: bool = False) -> str:
    """A period that is going on is spoken of in the perfect."""
    if period.startswith(("since_", "today", "this_")):
        return f"{'have' if many else 'has'}{' not' if no else ''} been"
    return f"{'were' if many else 'was'}{' not' if no else ''}"


def _times(count: int | None) -> str:
    return {1: "once", 2: "twice"}.get(count or 0, f"{count} times")


def _trend(row: TrendRow, answer: TrendAnswer, figures: Figures) -> str:
    what, period = capital(subject(answer.quantity, row.name, row.room)), period_words(answer.period)
    known = _known(row.covered, (), figures)
    if row.direction == "steady":
        return f"{what} has been steady {period}, at about {figures.value(row.last, row.unit)}.{known}"
    per_hour = figures.difference(row.per_hour, row.unit)
    pace = f", about {per_hour} an hour" if not per_hour.startswith("0 ") else ""
    return (
        f"{what} is {row.direction}: from {figures.value(row.first, row.unit)}"
        f" to {figures.value(row.last, row.unit)} {period}{pace}.{known}"
    )


def _compare(answer: CompareAnswer, figures: Figures) -> str:
    first, second = answer.first, answer.second
    if answer.kind == "count":
        return _compare_counts(answer)
    if answer.kind == "duration":
        told = [f"{_side(side, answer)} for {figures.lasting(side.value * 60)}" for side in (first, second)]
        return capital(f"{answer.state}: {told[0]}, {told[1]}.") + _sides_known((first, second))
    values = [figures.value(side.value, side.unit) for side in (first, second)]
    what = f"{_KINDS[answer.kind]}{noun_of(answer.quantity)}"
    if answer.by_period:
        what = _KINDS[answer.kind] + subject(answer.quantity, first.name, first.room).removeprefix("the ")
    known = _sides_known((first, second))
    if values[0] == values[1]:
        return f"The {what} is the same {_side(first, answer)} and {_side(second, answer)}: {values[0]}.{known}"
    word = "higher" if first.value > second.value else "lower"
    apart = figures.difference(first.value - second.value, first.unit)
    return (
        f"The {what} {'is' if first.period is None else 'was'} {apart} {word} {_side(first, answer)}"
        f" than {_side(second, answer)}: {values[0]} against {values[1]}.{known}"
    )


def _compare_counts(answer: CompareAnswer) -> str:
    sides = (answer.first, answer.second)
    word = _HAPPENED.get(answer.state or "", answer.state or "")
    told = [f"{_side(side, answer)} {_times(round(side.value)) if side.value else 'not at all'}" for side in sides]
    return f"{capital(word)}: {told[0]}, {told[1]}.{_sides_known(sides)}"


def _side(side: Side, answer: CompareAnswer) -> str:
    """What tells the two apart: the period, or the place."""
    if answer.by_period and side.period is not None:
        return period_words(side.period)
    in_room = side.room is not None and side.name == side.room.lower()
    if answer.state is not None:
        return the(side.name)
    return f"in {the(side.name)}" if in_room else f"for {the(_bare(side.name, answer.quantity))}"


def _sides_known(sides: Sequence[Side]) -> str:
    worst = min(sides, key=lambda side: side.covered)
    if worst.covered >= ENOUGH:
        return ""
    return f" For one of them I have data for only {number(max(1, round(worst.covered * 100)))} percent of the time."


def _not_reporting(answer: UpkeepAnswer, figures: Figures) -> str:
    silent = [f"{the(row.name)}, {figures.ago(row.seen_ms)}" for row in answer.rows]
    if not silent and not answer.never:
        return f"All {answer.considered} devices are reporting."
    sentences = []
    if silent:
        many = f"{len(silent)} devices have" if len(silent) > 1 else "One device has"
        sentences.append(f"{many} gone silent and last reported: {'; '.join(silent[:8])}{_more(silent)}.")
    if answer.never:
        sentences.append(f"I have never heard from {joined([the(name) for name in answer.never])}.")
    return " ".join(sentences)


def _more(items: Sequence[str], most: int = 8) -> str:
    return f"; and {len(items) - most} more" if len(items) > most else ""


def _low_battery(answer: UpkeepAnswer, figures: Figures) -> str:
    if not answer.rows:
        return f"No battery is low; I looked at {answer.considered}."
    names = [_battery(row, figures) for row in answer.rows]
    many = f"{len(names)} batteries are low" if len(names) > 1 else "One battery is low"
    return f"{many}: {'; '.join(names[:8])}{_more(names)}."


def _battery(row: Row, figures: Figures) -> str:
    name = the(_bare(row.name, Quantity.BATTERY))
    return name if isinstance(row.value, str) else f"{name}, {figures.value(row.value, row.unit)}"
