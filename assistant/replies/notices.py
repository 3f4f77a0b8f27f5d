"""What the house tells by itself, in words; without a full stop where it is one sentence, as it may follow a time."""

from collections.abc import Sequence

from assistant.replies.figures import Figures
from assistant.replies.timers import exactly, left
from assistant.replies.words import Count
from tools.noticing import Finding, Kind

_MOST_NAMED = 3


def danger(found: Finding, say: Figures) -> str:
    return say.spoken.notices.alarms[found.quantity].format(names=say.words.named(found.name))


def over(found: Finding, say: Figures) -> str:
    return say.spoken.notices.over.format(names=say.words.named(found.name))


def trouble(found: Sequence[Finding], now_ms: int, say: Figures) -> list[str]:
    """One message each, or one for all where they are too many to be listened to."""
    texts = say.spoken.notices
    if found[0].kind is Kind.LOW_BATTERY:
        return [_battery(one, say) for one in found]
    if len(found) > _MOST_NAMED:
        return [texts.more_silent.format(count=Count(len(found)))]
    if len(found) > 1:
        return [texts.several_silent.format(names=say.words.named(*(_device(one, say) for one in found)))]
    return [_silent(found[0], now_ms, say)]


def _battery(found: Finding, say: Figures) -> str:
    texts, names = say.spoken.notices, say.words.named(_device(found, say))
    if found.value is None:
        return texts.low_battery.format(names=names)
    return texts.low_battery_at.format(names=names, value=say.value(found.value, found.unit))


def _silent(found: Finding, now_ms: int, say: Figures) -> str:
    texts, names = say.spoken.notices, say.words.named(_device(found, say))
    if found.unreachable:
        return texts.unreachable.format(names=names)
    hours = max(1, round((now_ms - found.seen_ms) / 3_600_000))
    seconds = hours * 3600
    return texts.silent.format(names=names, length=left(seconds, say), since=exactly(seconds, say, after=True))


def _device(found: Finding, say: Figures) -> str:
    """`motion sensor` for its `motion sensor battery`."""
    return say.words.bare(found.name, found.quantity)
