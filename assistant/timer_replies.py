"""What is said of timers, alarms and reminders: when they are set or asked for, when they ring, and afterwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from assistant.figures import Figures
from assistant.words import capital, joined
from sensors.periods import WEEKDAYS
from tools.answers import TimerRow, TimersAnswer, TimersCancelledAnswer, TimerSetAnswer
from tools.arguments import Day, TimerKind
from tools.timers import Ring

LATE_SECONDS = 20
"""Who is told of a timer so long after its time is also told that it is late."""

MOST_LATE = 3
"""More than so many late ones are listed in one sentence."""

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_DAYS = {Day.EVERY_DAY: "every day", Day.WEEKDAYS: "every weekday", Day.WEEKENDS: "every Saturday and Sunday"} | {
    Day(f"every_{day}"): f"every {day.capitalize()}" for day in WEEKDAYS
}

TimerAnswer = TimerSetAnswer | TimersAnswer | TimersCancelledAnswer


def speak_timers(answer: TimerAnswer, say: Figures) -> str:
    match answer:
        case TimerSetAnswer(row=row, extended=True):
            return f"{capital(_title(row, say))}, {left(row.left_seconds)} left."
        case TimerSetAnswer(row=row):
            return _set(row, say)
        case TimersAnswer():
            return _listed(answer, say)
        case TimersCancelledAnswer():
            return _cancelled(answer, say)


def exactly(seconds: int) -> str:
    """`1 hour, 30 minutes`: to the second, as it was asked for."""
    parts = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(_some(count, unit))
    return joined(parts) or "0 seconds"


def left(seconds: int) -> str:
    """As people say how long something still takes: `40 seconds`, `3 and a half minutes`, `12 minutes`, `2 hours`."""
    if seconds < 90:
        return _some(seconds, "second")
    halves = round(seconds / 30)
    if halves < 10:
        return f"{halves // 2} and a half minutes" if halves % 2 else _some(halves // 2, "minute")
    minutes = round(seconds / 60)
    if minutes < 60:
        return _some(minutes, "minute")
    if minutes < 48 * 60:
        return joined(
            [part for part in (_some(minutes // 60, "hour"), _some(minutes % 60, "minute")) if part[0] != "0"]
        )
    return exactly(round(seconds / 3600) * 3600)


def coming(at_ms: int, say: Figures) -> str:
    """`today at 17:00`, `tomorrow at 7:00`, `on Friday at 7:00`, `on 3 December at 7:00`."""
    now = say.now()
    at = datetime.fromtimestamp(at_ms / 1000, now.tzinfo)
    clock, days = f"{at.hour}:{at.minute:02d}", (at.date() - now.date()).days
    if days in {0, 1}:
        return f"{'tomorrow' if days else 'today'} at {clock}"
    return f"on {at:%A} at {clock}" if 0 < days < 7 else f"on {at.day} {at:%B} at {clock}"


def ring_sentences(rings: Sequence[Ring], say: Figures, *, running_since_ms: int) -> str:
    """What is said when these ring now; of each that is late, since when and why."""
    now_ms = round(say.now().timestamp() * 1000)
    late = [ring for ring in rings if now_ms - ring.due_ms > LATE_SECONDS * 1000]
    sentences = [_rings(ring, say) for ring in rings if ring not in late]
    if len(late) <= MOST_LATE:
        return " ".join([*(_late(ring, say, running_since_ms) for ring in late), *sentences])
    listed = "; ".join(f"{_which(ring)}, {_at(ring.due_ms, say)}" for ring in late)
    why = "came due while I was not running" if late[-1].due_ms < running_since_ms else "are late"
    return " ".join([f"{len(late)} {why}: {listed}.", *sentences])


def news(rings: Sequence[Ring], say: Figures) -> str:
    """What nobody can have heard, told when somebody is there."""
    told = joined([_missed(ring, say) for ring in rings], len(rings))
    return f"By the way, {told}."


def _set(row: TimerRow, say: Figures) -> str:
    if row.kind == TimerKind.TIMER and row.seconds is not None:
        return f"{capital(_name(row))}, {exactly(row.seconds)}, starting now."
    when = f"in {exactly(row.seconds)}" if row.seconds is not None else coming(row.due_ms, say)
    if row.day in _DAYS:
        when = f"{_DAYS[Day(row.day)]} at {_clock(row.due_ms, say)}, first {coming(row.due_ms, say)}"
    if row.kind == TimerKind.REMINDER:
        return f"I will remind you {when}: {row.message}."
    return f"{capital(_name(row))} set for {when}." if row.seconds is None else f"{capital(_name(row))} {when}."


def _listed(answer: TimersAnswer, say: Figures) -> str:
    if not answer.rows:
        return f"No {answer.kind}s are set." if answer.kind else "No timers, alarms or reminders are set."
    if len(answer.rows) == 1:
        row = answer.rows[0]
        return f"{capital(_title(row, say))}, {_state(row, say)}."
    groups = [[row for row in answer.rows if row.kind == kind] for kind in TimerKind]
    return " ".join(_group(group, say) for group in groups if group)


def _group(rows: Sequence[TimerRow], say: Figures) -> str:
    listed = "; ".join(", ".join(part for part in (_short(row), _state(row, say)) if part) for row in rows)
    return f"{_some(len(rows), rows[0].kind)}: {listed}."


def _cancelled(answer: TimersCancelledAnswer, say: Figures) -> str:
    if not answer.rows:
        return "Okay."
    if len(answer.rows) == 1:
        return f"{capital(_title(answer.rows[0], say))} cancelled."
    kinds = {row.kind for row in answer.rows}
    counts = [_some(sum(row.kind == kind for row in answer.rows), kind) for kind in TimerKind if kind in kinds]
    return f"{capital(joined(counts))} cancelled."


def _name(row: TimerRow) -> str:
    return f"{row.name} {row.kind}" if row.name else row.kind


def _title(row: TimerRow, say: Figures) -> str:
    """It alone, told from the others: `pasta timer`, `10 minute timer`, `reminder, call mum`."""
    if row.kind == TimerKind.REMINDER and row.message:
        return f"reminder, {row.message}"
    if row.name or row.seconds is None:
        return _name(row)
    return f"{_adjective(row.seconds)} {row.kind}"


def _short(row: TimerRow) -> str:
    """The same within a list of its kind."""
    if row.message or row.name:
        return str(row.message or row.name)
    return _adjective(row.seconds) if row.seconds is not None else ""


def _adjective(seconds: int) -> str:
    """`10 minute`, as in a 10 minute timer."""
    return next(f"{seconds // size} {unit}" for size, unit in _UNITS if seconds % size == 0)


def _state(row: TimerRow, say: Figures) -> str:
    if row.day in _DAYS:
        return f"{_DAYS[Day(row.day)]} at {_clock(row.due_ms, say)}"
    return coming(row.due_ms, say) if row.seconds is None else f"{left(row.left_seconds)} left"


def _clock(at_ms: int, say: Figures) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, say.now().tzinfo)
    return f"{at.hour}:{at.minute:02d}"


def _at(at_ms: int, say: Figures) -> str:
    """`at 7:05` for a time of today, else with its day."""
    return say.when(at_ms).removeprefix("today ")


def _which(ring: Ring) -> str:
    if ring.message:
        return f"reminder, {ring.message}"
    if ring.name or ring.seconds is None:
        return f"{ring.name} {ring.kind}" if ring.name else ring.kind
    return f"{_adjective(ring.seconds)} {ring.kind}"


def _rings(ring: Ring, say: Figures) -> str:
    match ring.kind:
        case TimerKind.REMINDER:
            return f"Reminder: {ring.message}."
        case TimerKind.ALARM:
            title = capital(f"{ring.name} alarm") if ring.name else "Alarm"
            return f"{title}: it is {_clock(ring.due_ms, say)}."
    return f"Your {_which(ring)} is done."


def _late(ring: Ring, say: Figures, running_since_ms: int) -> str:
    """A day and more ago, `yesterday at 7:05` says it all."""
    recent = say.now() - timedelta(days=1) < datetime.fromtimestamp(ring.due_ms / 1000, say.now().tzinfo)
    ago = f", {say.ago(ring.due_ms)}" if recent else ""
    why = "; I was not running" if ring.due_ms < running_since_ms else ""
    at = _at(ring.due_ms, say)
    return f"Your {_which(ring)} was due {at}{ago}{why}."


def _missed(ring: Ring, say: Figures) -> str:
    at = _at(ring.due_ms, say)
    if ring.rang_ms - ring.due_ms > LATE_SECONDS * 1000:
        return f"your {_which(ring)} was due {at}; I was not running"
    if ring.message:
        return f"I was to remind you {at}: {ring.message}"
    return f"your {_which(ring)} rang {at}"


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
