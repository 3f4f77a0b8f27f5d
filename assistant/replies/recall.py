"""What code says about itself: where an answer came from, and what was done. Records in, plain spoken sentences out."""

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.replies.errors import reason_in_words
from assistant.replies.figures import Figures
from assistant.replies.periods import period_words
from assistant.replies.words import Count, capital, plain
from sensors.reading import Verb
from tools.contract import ToolError

MOST_SOURCES = 3


def why(heard: str, source: str, say: Figures) -> str:
    return plain(say.spoken.recall.heard.format(heard=heard.rstrip(".?! "), source=source) if heard else source)


def because_reported(rows: Sequence[Mapping[str, Any]], say: Figures) -> str:
    """The readings that an answer was made of, each with its own time."""
    texts, rest = say.spoken.recall, len(rows) - MOST_SOURCES
    told = [
        texts.reports.format(
            name=say.words.named(str(row["name"])),
            value=say.value(row["value"], row["unit"]),
            when=say.when(row["at_ms"]),
        )
        for row in rows[:MOST_SOURCES]
    ]
    template = texts.reported_more if rest > 0 else texts.reported
    return capital(template.format(reports=say.words.joined(told), count=Count(rest)))


def because_reckoned(result: Mapping[str, Any], say: Figures) -> str:
    """A figure over a period: of what it was reckoned."""
    names = say.words.named(*(str(row["name"]) for row in result["rows"][:MOST_SOURCES]))
    return say.spoken.recall.reckoned.format(names=names, period=period_words(str(result["period"]), say))


def because_refused(error: ToolError, say: Figures) -> str:
    return say.spoken.recall.refused.format(reason=reason_in_words(error, say).rstrip("."))


def did(order: Mapping[str, Any], receipt: Mapping[str, Any], at_ms: int, say: Figures) -> str:
    """What was asked for, when, and what each device said to it."""
    actions: Sequence[Mapping[str, Any]] = order["actions"]
    alike: dict[object, list[Mapping[str, Any]]] = {}
    for action in actions:
        alike.setdefault((action["verb"], action["value"], action["unit"]), []).append(action)
    asked = say.spoken.grammar.and_then.join(_asked(group, say) for group in alike.values())
    told = say.spoken.recall.did.format(when=say.when(at_ms), ago=say.ago(at_ms), asked=asked)
    return plain(f"{capital(told)} {_came_of_it([str(end['done']) for end in receipt['receipts']], say)}")


def _asked(actions: Sequence[Mapping[str, Any]], say: Figures) -> str:
    value = actions[0]["value"]
    spoken = say.wanted(value, actions[0]["unit"])
    return say.words.asked(Verb(actions[0]["verb"]), [str(one["name"]) for one in actions], spoken)


def _came_of_it(ends: Sequence[str], say: Figures) -> str:
    texts, done = say.spoken.recall, ends.count("done")
    if done == len(ends):
        return texts.done if done == 1 else texts.all_done
    if done:
        return texts.some_done.format(count=Count(done), all=len(ends))
    if set(ends) == {"sent"}:
        return texts.never_says
    return texts.not_reported if "not_reported" in ends else texts.not_sent
