"""What is said of timers, alarms and reminders: when they are set or asked for, when they ring, and afterwards."""

from collections.abc import Sequence
from datetime import timedelta

from assistant.replies.figures import Figures
from assistant.replies.words import Count, capital
from sensors.periods import WEEKDAYS
from tools.answers import TimerRow, TimersAnswer, TimersCancelledAnswer, TimerSetAnswer
from tools.arguments import Day, TimerKind
from tools.timers import TOLD, Ring

LATE_SECONDS = 20
"""Who is told of a timer so long after its time is also told that it is late."""

MOST_LATE = 3
"""More than so many late ones are listed in one sentence."""

_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))
_REPEATING = frozenset({Day.EVERY_DAY, Day.WEEKDAYS, Day.WEEKENDS, *(Day(f"every_{weekday}") for weekday in WEEKDAYS)})

TimerAnswer = TimerSetAnswer | TimersAnswer | TimersCancelledAnswer


def speak_timers(answer: TimerAnswer, say: Figures) -> str:
    """The answer, spoken; it may begin with a small letter."""
    texts = say.spoken.timers
    match answer:
        case TimerSetAnswer(row=row, extended=True):
            return texts.listed.format(title=_title(row, say), state=_left(row, say))
        case TimerSetAnswer(row=row):
            return _set(row, say)
        case TimersAnswer():
            return _listed(answer, say)
        case TimersCancelledAnswer():
            return _cancelled(answer, say)


def exactly(seconds: int, say: Figures, *, after: bool = False) -> str:
    """`1 hour and 30 minutes`: to the second, as it was asked for; `after` for what stands after `in`."""
    parts = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            one, many = say.spoken.moments.after[unit]
            parts.append(f"{count} {one if count == 1 else many}" if after else say.some(count, unit))
    return say.words.joined(parts) or say.some(0, "seconds")


def left(seconds: int, say: Figures) -> str:
    """As people say how long something still takes: `40 seconds`, `3 and a half minutes`, `12 minutes`, `2 hours`."""
    if seconds < 90:
        return say.some(seconds, "seconds")
    halves = round(seconds / 30)
    if halves < 10:
        half = say.spoken.moments.and_a_half.format(count=halves // 2)
        return half if halves % 2 else say.some(halves // 2, "minutes")
    return say.lasting(seconds) if round(seconds / 60) < 48 * 60 else exactly(round(seconds / 3600) * 3600, say)


def called(row: TimerRow, say: Figures) -> str:
    """What to call it when it has to be told from others: `10 minute timer`, `7:00 alarm`, `call mum`."""
    if row.message:
        return row.message
    if row.name or row.seconds is not None:
        return _title(row, say)
    kind = say.spoken.timers.kinds[row.kind][0]
    return say.spoken.timers.at_clock.format(clock=_clock(row.due_ms, say), kind=kind)


def ring_sentences(rings: Sequence[Ring], say: Figures, *, running_since_ms: int) -> str:
    """What is said when these ring now; of each that is late, since when and why."""
    texts, now_ms = say.spoken.timers, round(say.now().timestamp() * 1000)
    late = [ring for ring in rings if now_ms - ring.due_ms > LATE_SECONDS * 1000]
    sentences = [_rings(ring, say) for ring in rings if ring not in late]
    if len(late) <= MOST_LATE:
        return " ".join([*(_late(ring, say, running_since_ms) for ring in late), *sentences])
    listed = "; ".join(texts.late_item.format(title=_title(ring, say), at=say.at(ring.due_ms)) for ring in late)
    template = texts.several_missed if late[-1].due_ms < running_since_ms else texts.several_late
    return " ".join([template.format(count=Count(len(late)), items=listed), *sentences])


def news(rings: Sequence[Ring], say: Figures) -> str:
    """What nobody can have heard, told when somebody is there."""
    items = say.words.joined([_missed(ring, say) for ring in rings], len(rings))
    return say.spoken.timers.news.format(items=items)


def _set(row: TimerRow, say: Figures) -> str:
    texts, title = say.spoken.timers, _name(row, say)
    if row.kind == TimerKind.TIMER and row.seconds is not None:
        return texts.started.format(title=title, length=exactly(row.seconds, say))
    when = say.coming(row.due_ms)
    if row.seconds is not None:
        when = texts.in_length.format(length=exactly(row.seconds, say, after=True))
    elif row.day in _REPEATING:
        when = texts.repeating.format(days=_days(row.day, say), clock=_clock(row.due_ms, say), when=when)
    if row.kind == TimerKind.REMINDER:
        return texts.remind.format(when=when, message=row.message)
    return (texts.set_for if row.seconds is None else texts.set_in).format(title=title, when=when)


def _listed(answer: TimersAnswer, say: Figures) -> str:
    texts = say.spoken.timers
    if not answer.rows:
        return texts.none_of.format(kinds=texts.kinds[answer.kind][1]) if answer.kind else texts.none
    if len(answer.rows) == 1:
        row = answer.rows[0]
        return texts.listed.format(title=_title(row, say), state=_state(row, say))
    groups = [[row for row in answer.rows if row.kind == kind] for kind in TimerKind]
    return " ".join(_group(group, say) for group in groups if group)


def _group(rows: Sequence[TimerRow], say: Figures) -> str:
    listed = "; ".join(", ".join(part for part in (_short(row, say), _state(row, say)) if part) for row in rows)
    return say.spoken.timers.group.format(kinds=_counted(rows, say), items=listed)


def _counted(rows: Sequence[TimerRow], say: Figures) -> str:
    one, many = say.spoken.timers.kinds[rows[0].kind]
    return say.spoken.timers.counted.format(count=len(rows), kinds=one if len(rows) == 1 else many)


def _cancelled(answer: TimersCancelledAnswer, say: Figures) -> str:
    texts = say.spoken.timers
    if not answer.rows:
        return texts.silenced
    if len(answer.rows) == 1:
        return texts.cancelled.format(title=_title(answer.rows[0], say))
    groups = [[row for row in answer.rows if row.kind == kind] for kind in TimerKind]
    return texts.cancelled.format(title=say.words.joined([_counted(group, say) for group in groups if group]))


def _name(timer: TimerRow | Ring, say: Figures) -> str:
    """`pasta timer`, or what kind it is."""
    kind = say.spoken.timers.kinds[timer.kind][0]
    return say.spoken.timers.named.format(name=say.words.named(timer.name), kind=kind) if timer.name else kind


def _title(timer: TimerRow | Ring, say: Figures) -> str:
    """It alone, told from the others: `pasta timer`, `10 minute timer`, `reminder, call mum`."""
    if timer.kind in TOLD:
        return timer.message or ""
    texts, kind = say.spoken.timers, say.spoken.timers.kinds[timer.kind][0]
    if timer.kind == TimerKind.REMINDER and timer.message:
        return texts.reminder.format(kind=kind, message=timer.message)
    if timer.name or timer.seconds is None:
        return _name(timer, say)
    return texts.sized.format(kind=kind, **_size(timer.seconds, say))


def _size(seconds: int, say: Figures) -> dict[str, str | int]:
    """`10 minute`, as in a 10 minute timer, and `10 minutes`."""
    count, unit = next((seconds // size, unit) for size, unit in _UNITS if seconds % size == 0)
    return {"count": count, "unit": say.spoken.units[unit][0], "length": say.some(count, unit)}


def _short(row: TimerRow, say: Figures) -> str:
    """The same within a list of its kind."""
    if row.message or row.name:
        return row.message or format(say.words.named(row.name or ""))
    return say.spoken.timers.short.format(**_size(row.seconds, say)) if row.seconds is not None else ""


def _state(row: TimerRow, say: Figures) -> str:
    if row.day in _REPEATING:
        return say.spoken.timers.every_day_at.format(days=_days(row.day, say), clock=_clock(row.due_ms, say))
    return say.coming(row.due_ms) if row.seconds is None else _left(row, say)


def _left(row: TimerRow, say: Figures) -> str:
    return say.spoken.timers.left.format(length=left(row.left_seconds, say))


def _days(day: str | None, say: Figures) -> str:
    """On which it comes again: `every day`, `every Monday`."""
    texts, weekday = say.spoken.timers, str(day).removeprefix("every_")
    if weekday in WEEKDAYS:
        return texts.days["every_weekday"].format(weekday=say.spoken.moments.weekdays[WEEKDAYS.index(weekday)])
    return texts.days[str(day)]


def _clock(at_ms: int, say: Figures) -> str:
    return say.clock(say.local(at_ms))


def _rings(ring: Ring, say: Figures) -> str:
    texts, clock = say.spoken.timers, _clock(ring.due_ms, say)
    if ring.kind in TOLD:
        return _sentence(ring.message or "")
    match ring.kind:
        case TimerKind.REMINDER:
            return texts.reminder_rings.format(message=ring.message)
        case TimerKind.ALARM if ring.name:
            return capital(texts.named_alarm_rings.format(name=say.words.named(ring.name), clock=clock))
        case TimerKind.ALARM:
            return texts.alarm_rings.format(clock=clock)
    return capital(texts.timer_rings.format(title=_title(ring, say)))


def _late(ring: Ring, say: Figures, running_since_ms: int) -> str:
    """A day and more ago, `yesterday at 7:05` says it all."""
    if ring.kind in TOLD:
        return _sentence(_dated(ring, say))
    texts = say.spoken.timers
    recent = say.now() - timedelta(days=1) < say.local(ring.due_ms)
    ago = texts.late_ago.format(ago=say.ago(ring.due_ms)) if recent else ""
    why = texts.late_why if ring.due_ms < running_since_ms else ""
    return capital(texts.late.format(title=_title(ring, say), at=say.at(ring.due_ms), ago=ago, why=why))


def _dated(ring: Ring, say: Figures) -> str:
    return say.spoken.watches.late.format(at=say.at(ring.due_ms), message=ring.message)


def _sentence(message: str) -> str:
    return capital(message if message.endswith((".", "!", "?")) else f"{message}.")


def _missed(ring: Ring, say: Figures) -> str:
    if ring.kind in TOLD:
        return _dated(ring, say).rstrip(".")
    texts, at = say.spoken.timers, say.at(ring.due_ms)
    if ring.rang_ms - ring.due_ms > LATE_SECONDS * 1000:
        return texts.news_late.format(title=_title(ring, say), at=at)
    if ring.message:
        return texts.news_reminder.format(at=at, message=ring.message)
    return texts.news_rang.format(title=_title(ring, say), at=at)
