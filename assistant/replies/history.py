"""What code speaks of periods: figures, counts, lengths of time, trends, comparisons, and what needs a person."""

from collections.abc import Sequence

from assistant.replies.figures import Figures
from assistant.replies.periods import period_words
from assistant.replies.words import SENSED, Count, Named, capital
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
MOST_DEVICES = 8
"""Devices that are named before the rest is only counted."""

HistoryAnswer = AggregateAnswer | StateAnswer | TrendAnswer | CompareAnswer | UpkeepAnswer


def speak_history(answer: HistoryAnswer, say: Figures) -> str:
    """The answer, spoken."""
    match answer:
        case AggregateAnswer():
            return _aggregate(answer, say)
        case StateAnswer():
            return _states(answer, say)
        case TrendAnswer():
            return " ".join(_trend(row, answer, say) for row in answer.rows)
        case CompareAnswer():
            return _compare(answer, say)
        case UpkeepAnswer(kind="low_battery"):
            return _low_battery(answer, say)
        case UpkeepAnswer():
            return _not_reporting(answer, say)


def _sentences(*told: str) -> str:
    """Each with its capital letter, without those that are empty."""
    return " ".join(capital(one) for one in told if one)


def _known(covered: float, gaps: Sequence[Span], say: Figures) -> str:
    """What has to be said about missing data; nothing where there is enough."""
    if covered >= ENOUGH:
        return ""
    texts, percent = say.spoken.history, max(1, round(covered * 100))
    if not gaps or gaps[0].end_ms - gaps[0].start_ms < WORTH_TELLING_MS:
        return texts.known.format(percent=percent)
    length = say.lasting((gaps[0].end_ms - gaps[0].start_ms) / 1000)
    return texts.known_with_gap.format(percent=percent, when=say.when(gaps[0].start_ms), length=length)


def _aggregate(answer: AggregateAnswer, say: Figures) -> str:
    texts, words, period = say.spoken.history, say.words, period_words(answer.period, say)
    noun = _figure(answer.kind, answer.quantity, say)
    if len(answer.rows) > 1:
        rows = sorted(answer.rows, key=lambda row: -row.value) if answer.kind == "total" else answer.rows
        items = [
            texts.item.format(
                name=words.named(words.bare(row.name, answer.quantity)), value=say.value(row.value, row.unit)
            )
            for row in rows
        ]
        return texts.figures.format(noun=words.named(noun), period=period, items=words.joined(items))
    row = answer.rows[0]
    at = texts.at.format(when=say.when(row.at_ms)) if row.at_ms is not None else ""
    subject = words.subject(answer.quantity, row.name, row.room, figure=texts.kinds[answer.kind])
    told = texts.figure.format(subject=subject, period=period, value=say.value(row.value, row.unit), at=at)
    return _sentences(told, _known(row.covered, row.gaps, say))


def _figure(kind: str, quantity: Quantity, say: Figures) -> str:
    """`average temperature`."""
    return say.spoken.history.kinds[kind].format(noun=say.words.noun(quantity))


def _states(answer: StateAnswer, say: Figures) -> str:
    texts, words, period = say.spoken.history, say.words, period_words(answer.period, say)
    if len(answer.rows) == 1:
        return _state(answer.rows[0], answer, say)
    told = [row for row in answer.rows if row.count or row.seconds]
    event = words.state(answer.state) if answer.kind == "duration" else _event(answer.state, say)
    if not told:
        was = texts.has_been if _goes_on(answer.period) else texts.was
        return texts.none.format(
            count=Count(len(answer.rows)), was=was.format(name=Count(1)), event=event, period=period
        )
    told.sort(key=lambda row: -(row.count or row.seconds or 0))
    rest = len(answer.rows) - len(told)
    others = texts.others.format(rest=Count(rest)) if rest else ""
    items = words.joined([_item(row, say) for row in told])
    return texts.several.format(event=event, period=period, items=items, others=others)


def _item(row: StateRow, say: Figures) -> str:
    name = say.words.named(row.name)
    if row.count is not None:
        return say.spoken.history.counted_item.format(name=name, times=_times(row.count, say))
    return say.spoken.history.lasted_item.format(name=name, length=say.lasting(row.seconds or 0))


def _state(row: StateRow, answer: StateAnswer, say: Figures) -> str:
    texts, words = say.spoken.history, say.words
    sensed = answer.quantity in SENSED and answer.state == "detected"
    noun, name = words.named(words.noun(answer.quantity)), words.named(row.name)
    happened = bool(row.seconds or row.count)
    if row.seconds:
        template = texts.sensed_lasted if sensed else texts.lasted
    elif row.count:
        template = texts.sensed_counted if sensed else texts.counted
    elif sensed:
        template = texts.sensed_never
    else:
        template = texts.never_lasted if answer.kind == "duration" else texts.never_counted
    told = template.format(
        noun=noun,
        name=words.named(words.bare(row.name, answer.quantity)) if sensed else name,
        was=_was(answer.period, Count(1) if sensed else name, say, no=not happened),
        state=words.state(answer.state),
        event=_event(answer.state, say),
        times=_times(row.count or 0, say),
        length=say.lasting(row.seconds or 0),
        period=period_words(answer.period, say),
        last=texts.last.format(when=say.when(row.last_at_ms)) if row.last_at_ms is not None else "",
    )
    return _sentences(told, _known(row.covered, (), say))


def _event(state: str, say: Figures) -> str:
    """What happened: `opened` for open."""
    known = say.spoken.states.get(state)
    return known.event if known and known.event else say.words.state(state)


def _was(period: str, name: Named | Count, say: Figures, *, no: bool) -> str:
    """A period that is going on is spoken of in the perfect."""
    texts = say.spoken.history
    if _goes_on(period):
        return (texts.has_not_been if no else texts.has_been).format(name=name)
    return (texts.was_not if no else texts.was).format(name=name)


def _goes_on(period: str) -> bool:
    return period.startswith(("since_", "today", "this_"))


def _times(count: int, say: Figures) -> str:
    texts = say.spoken.history
    return texts.times[count] if count < len(texts.times) else texts.many_times.format(count=count)


def _trend(row: TrendRow, answer: TrendAnswer, say: Figures) -> str:
    texts, words = say.spoken.history, say.words
    template = {"steady": texts.steady, "rising": texts.rising, "falling": texts.falling}[row.direction]
    per_hour = say.difference(row.per_hour, row.unit)
    told = template.format(
        subject=words.subject(answer.quantity, row.name, row.room),
        period=period_words(answer.period, say),
        first=say.value(row.first, row.unit),
        last=say.value(row.last, row.unit),
        pace=texts.pace.format(difference=per_hour) if not per_hour.startswith("0 ") else "",
    )
    return _sentences(told, _known(row.covered, (), say))


def _compare(answer: CompareAnswer, say: Figures) -> str:
    first, second = answer.first, answer.second
    if answer.state is not None:
        return _compare_states(answer, answer.state, say)
    texts, values = say.spoken.history, [say.value(side.value, side.unit) for side in (first, second)]
    noun = _figure(answer.kind, answer.quantity, say)
    subject = texts.of_all.format(noun=say.words.named(noun))
    if answer.by_period:
        subject = say.words.subject(answer.quantity, first.name, first.room, figure=texts.kinds[answer.kind])
    if values[0] == values[1]:
        template = texts.same
    elif first.period is None:
        template = texts.higher if first.value > second.value else texts.lower
    else:
        template = texts.was_higher if first.value > second.value else texts.was_lower
    told = template.format(
        subject=subject,
        difference=say.difference(first.value - second.value, first.unit),
        here=_side(first, answer, say),
        there=_side(second, answer, say),
        first=values[0],
        second=values[1],
    )
    return _sentences(_answered(told, answer, say), _sides_known((first, second), say))


def _answered(told: str, answer: CompareAnswer, say: Figures) -> str:
    """`Is it warmer here than there` is answered first, then told why."""
    if answer.asked is None:
        return told
    first, second = (say.value(side.value, side.unit) for side in (answer.first, answer.second))
    above = answer.first.value > answer.second.value
    agreed = first != second and above is (answer.asked == "above")
    texts = say.spoken.now
    return (texts.agreed if agreed else texts.denied).format(said=told.removesuffix("."))


def _compare_states(answer: CompareAnswer, state: str, say: Figures) -> str:
    """How often, or for how long."""
    texts, sides = say.spoken.history, (answer.first, answer.second)
    if answer.kind == "count":
        event = _event(state, say)
        told = [
            texts.side_counted.format(side=_side(side, answer, say), times=_times(round(side.value), say))
            for side in sides
        ]
    else:
        event = say.words.state(state)
        told = [
            texts.side_lasted.format(side=_side(side, answer, say), length=say.lasting(side.value * 60))
            for side in sides
        ]
    return _sentences(texts.two_states.format(event=event, here=told[0], there=told[1]), _sides_known(sides, say))


def _side(side: Side, answer: CompareAnswer, say: Figures) -> str:
    """What tells the two apart: the period, or the place."""
    texts = say.spoken.history
    if answer.by_period and side.period is not None:
        return period_words(side.period, say)
    if answer.state is not None:
        return texts.of_state.format(name=say.words.named(side.name))
    if side.room is not None and side.name == side.room.lower():
        return texts.of_room.format(name=say.words.named(side.name))
    return texts.of_thing.format(name=say.words.named(say.words.bare(side.name, answer.quantity)))


def _sides_known(sides: Sequence[Side], say: Figures) -> str:
    worst = min(sides, key=lambda side: side.covered)
    if worst.covered >= ENOUGH:
        return ""
    return say.spoken.history.one_known.format(percent=max(1, round(worst.covered * 100)))


def _not_reporting(answer: UpkeepAnswer, say: Figures) -> str:
    texts, words = say.spoken.history, say.words
    silent = [texts.silent_item.format(name=words.named(row.name), ago=say.ago(row.seen_ms)) for row in answer.rows]
    if not silent and not answer.never:
        return texts.all_reporting.format(count=Count(answer.considered))
    told = texts.silent.format(count=Count(len(silent)), items=_devices(silent, say)) if silent else ""
    never = texts.never_heard.format(names=words.named(*answer.never)) if answer.never else ""
    return _sentences(told, never)


def _devices(items: Sequence[str], say: Figures) -> str:
    more = (
        [say.spoken.history.and_more.format(count=Count(len(items) - MOST_DEVICES))]
        if len(items) > MOST_DEVICES
        else []
    )
    return "; ".join([*items[:MOST_DEVICES], *more])


def _low_battery(answer: UpkeepAnswer, say: Figures) -> str:
    texts = say.spoken.history
    if not answer.rows:
        return texts.no_low_battery.format(count=Count(answer.considered))
    names = [_battery(row, say) for row in answer.rows]
    return texts.low_batteries.format(count=Count(len(names)), items=_devices(names, say))


def _battery(row: Row, say: Figures) -> str:
    name = say.words.named(say.words.bare(row.name, Quantity.BATTERY))
    if isinstance(row.value, str):
        return say.spoken.history.low_battery.format(name=name)
    return say.spoken.history.low_battery_at.format(name=name, value=say.value(row.value, row.unit))
