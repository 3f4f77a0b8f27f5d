"""What is said of what is watched for: when that is asked for, when it comes about, and when it cannot be told."""

from dataclasses import replace

from assistant.replies.figures import Figures
from assistant.replies.timers import exactly, left
from assistant.replies.words import SENSED, Count, Named
from sensors.reading import Quantity
from tools.arguments import Comparison
from tools.watch_answers import WatchesAnswer, WatchesCancelledAnswer, WatchRow, WatchSetAnswer

WatchAnswer = WatchSetAnswer | WatchesAnswer | WatchesCancelledAnswer


def speak_watches(answer: WatchAnswer, say: Figures) -> str:
    """The answer, spoken; it may begin with a small letter."""
    texts = say.spoken.watches
    match answer:
        case WatchSetAnswer():
            return _set(answer, say)
        case WatchesAnswer(rows=()):
            return texts.none
        case WatchesAnswer(rows=rows):
            items = say.words.joined([texts.item.format(clause=clause(row, say)) for row in rows])
            return texts.listed.format(count=Count(len(rows)), items=items)
        case WatchesCancelledAnswer(rows=(row,)):
            return texts.cancelled.format(clause=clause(row, say))
        case WatchesCancelledAnswer(rows=rows):
            return texts.several_cancelled.format(count=Count(len(rows)))


def clause(row: WatchRow, say: Figures) -> str:
    """What is watched for, as it follows `when` and `whether`: `the front door is open for 5 minutes`."""
    texts, names = say.spoken.watches, _names(row, say)
    lasting = texts.lasting.format(length=exactly(row.hold_seconds, say)) if row.hold_seconds else ""
    if row.done:
        return texts.done.format(names=names)
    if row.limit is not None:
        return texts.beyond.format(subject=_subject(row, say), beyond=_beyond(row, say), lasting=lasting)
    if row.quantity is Quantity.PRESENCE and row.state in {"present", "away"}:
        return (texts.came_home if row.state == "present" else texts.left_home).format(names=names)
    template = texts.sensed if row.quantity in SENSED and row.state == "detected" else texts.state
    return template.format(names=names, noun=_noun(row, say), state=say.words.state(row.state or ""), lasting=lasting)


def came(row: WatchRow, names: tuple[str, ...], value: float | str | None, say: Figures) -> str:
    """That it has come about, of these of the things that are watched; without a full stop, as it follows a time."""
    texts, one = say.spoken.watches, replace(row, names=names)
    lasted = row.hold_seconds > 0
    gaps = {
        "names": say.words.named(*names),
        "length": exactly(row.hold_seconds, say),
        "since": exactly(row.hold_seconds, say, after=True),
    }
    if row.done:
        return texts.is_done.format(**gaps)
    if row.limit is not None:
        said = say.value(value, row.unit) if isinstance(value, float | int) else ""
        template = texts.has_been_beyond if lasted else texts.is_beyond
        return template.format(subject=_subject(one, say), beyond=_beyond(row, say), value=said, **gaps)
    if row.quantity is Quantity.PRESENCE and row.state in {"present", "away"}:
        return (texts.is_home if row.state == "present" else texts.is_away).format(**gaps)
    if row.quantity in SENSED and row.state == "detected":
        template = texts.has_been_sensed if lasted else texts.is_sensed
    else:
        template = texts.has_been_state if lasted else texts.is_state
    return template.format(noun=_noun(row, say), state=say.words.state(row.state or ""), **gaps)


def lost(row: WatchRow, names: tuple[str, ...], seconds: int, say: Figures) -> str:
    """That it cannot be told any more; for so long the sensor has been silent."""
    minutes = max(60, round(seconds / 60) * 60)
    return say.spoken.watches.lost.format(
        clause=clause(replace(row, names=names), say),
        length=left(minutes, say),
        since=exactly(minutes, say, after=True),
    )


def lapsed(row: WatchRow, seconds: int, say: Figures) -> str:
    return say.spoken.watches.lapsed.format(clause=clause(row, say), length=exactly(seconds, say))


def _set(answer: WatchSetAnswer, say: Figures) -> str:
    texts, row = say.spoken.watches, answer.row
    note = texts.not_running if answer.not_running else texts.so_now if answer.so_now else ""
    return (texts.set_each if row.each_time else texts.set_once).format(
        clause=clause(row, say),
        how=_how(row, say),
        note=texts.silent_now if answer.silent else note,
        lapses=texts.lapses.format(length=exactly(answer.lasts_seconds, say)),
    )


def _how(row: WatchRow, say: Figures) -> str:
    """By what it is known that a machine is done."""
    texts = say.spoken.watches
    if not row.done:
        return ""
    if row.limit is None:
        return texts.by_word.format(word=say.words.state(row.state or ""))
    return texts.by_power.format(limit=say.value(row.limit, row.unit), length=exactly(row.hold_seconds, say))


def _names(row: WatchRow, say: Figures) -> Named:
    if row.together:
        return say.words.named(*row.names)
    if row.quantity is Quantity.PRESENCE and len(row.names) > 1:
        return say.words.named(say.spoken.watches.somebody)
    return say.words.any_of(row.names) if len(row.names) > 1 else say.words.named(row.names[0])


def _noun(row: WatchRow, say: Figures) -> Named:
    return say.words.named(say.words.noun(row.quantity))


def _subject(row: WatchRow, say: Figures) -> str:
    subjects = [say.words.subject(row.quantity, name, row.room or name) for name in row.names]
    return say.words.one_of(subjects)


def _beyond(row: WatchRow, say: Figures) -> str:
    texts = say.spoken.now
    template = texts.above if row.comparison == Comparison.ABOVE else texts.below
    return template.format(limit=say.value(row.limit or 0.0, row.unit))
