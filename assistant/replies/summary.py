"""How a day was, in at most five sentences, each number from what the tool has found."""

from assistant.replies.figures import Figures
from assistant.replies.words import Count, capital
from sensors.reading import Quantity
from tools.watch_answers import DaySummaryAnswer, Deed, Extreme

MOST_SENTENCES = 5
_MOST_NAMES = 4


def speak_summary(answer: DaySummaryAnswer, say: Figures) -> str:
    """What calls for somebody comes before what was; nothing is said of what there was none of."""
    texts, words = say.spoken.summary, say.words
    day = texts.days[answer.day]
    sentences = [
        _rooms(answer, say),
        _open(answer, say),
        _low(answer, say),
        texts.silent.format(names=words.named(*answer.silent, most=_MOST_NAMES)) if answer.silent else "",
        _told(answer, say),
        _done(answer, day, say),
        texts.rang.format(count=Count(answer.rang)) if answer.rang else "",
    ]
    told = [capital(sentence) for sentence in sentences if sentence][:MOST_SENTENCES]
    return " ".join(told) or texts.quiet.format(day=day)


def _rooms(answer: DaySummaryAnswer, say: Figures) -> str:
    warm, cold = answer.warmest, answer.coldest
    if warm is None or cold is None:
        return ""
    texts = say.spoken.summary
    return (texts.rooms if warm.name != cold.name else texts.one_room).format(
        warm=say.words.named(warm.name),
        cold=say.words.named(cold.name),
        high=say.value(warm.value, warm.unit),
        low=say.value(cold.value, cold.unit),
        high_at=_at(warm, say),
        low_at=_at(cold, say),
    )


def _at(extreme: Extreme, say: Figures) -> str:
    return say.spoken.moments.at.format(clock=say.clock(say.local(extreme.at_ms)))


def _open(answer: DaySummaryAnswer, say: Figures) -> str:
    texts = say.spoken.summary
    if answer.open_now:
        return texts.open.format(names=say.words.named(*answer.open_now, most=_MOST_NAMES))
    return texts.all_closed if answer.has_openings else ""


def _low(answer: DaySummaryAnswer, say: Figures) -> str:
    names = [say.words.bare(name, Quantity.BATTERY) for name in answer.low_batteries]
    return say.spoken.summary.low.format(names=say.words.named(*names, most=_MOST_NAMES)) if names else ""


def _told(answer: DaySummaryAnswer, say: Figures) -> str:
    if not answer.told:
        return ""
    rest = answer.told_count - len(answer.told)
    items = [*answer.told, *([say.spoken.grammar.more.format(count=Count(rest))] if rest > 0 else [])]
    return say.spoken.summary.told.format(items="; ".join(items))


def _done(answer: DaySummaryAnswer, day: str, say: Figures) -> str:
    if not answer.done:
        return say.spoken.summary.nothing_done.format(day=day) if answer.knows_deeds else ""
    deeds = [_deed(one, say) for one in answer.deeds]
    return say.spoken.summary.done.format(day=day, count=Count(answer.done), deeds=say.words.joined(deeds))


def _deed(deed: Deed, say: Figures) -> str:
    return say.words.asked(deed.verb, [deed.name], say.wanted(deed.value, deed.unit))
