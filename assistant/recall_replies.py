"""What code says about itself: where an answer came from, and what was done. Records in, plain spoken English out."""

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.figures import Figures
from assistant.words import ASKED, capital, joined, period_words, plain, the
from sensors.reading import Verb

NOTHING_SAID = "I have not said anything to you yet."
NOTHING_DONE = "I have not done anything, as far as my records go back."
BECAUSE_ANSWERED = "That was your answer to my question, and what the device reported after it."
BECAUSE_ALREADY = "I took that as an order, and the device itself reports that it is so already."
BECAUSE_ASKED = "I took that as an order, and I do nothing before you have said yes."
BECAUSE_MODEL = "The language model answered that, and I checked it against what was looked up."
BECAUSE_CODE = "I did not look anything up for that; it is one of my built-in sentences."

MOST_SOURCES = 3


def why(heard: str, source: str) -> str:
    return plain(f"You said: {heard.rstrip('.?! ')}. {source}" if heard else source)


def because_reported(rows: Sequence[Mapping[str, Any]], say: Figures) -> str:
    """The readings that an answer was made of, each with its own time."""
    told = [
        f"{the(str(row['name']))} reported {say.value(row['value'], row['unit'])} {say.when(row['at_ms'])}"
        for row in rows[:MOST_SOURCES]
    ]
    more = f", and {len(rows) - MOST_SOURCES} more" if len(rows) > MOST_SOURCES else ""
    return f"{capital(joined(told))}{more}."


def because_reckoned(result: Mapping[str, Any]) -> str:
    """A figure over a period: of what it was reckoned."""
    names = [the(str(row["name"])) for row in result["rows"][:MOST_SOURCES]]
    return f"I reckoned that from what {joined(names)} reported {period_words(str(result['period']))}."


def because_refused(message: str) -> str:
    return f"I could not do it: {message.rstrip('.')}."


def did(order: Mapping[str, Any], receipt: Mapping[str, Any], at_ms: int, say: Figures) -> str:
    """What was asked for, when, and what each device said to it."""
    actions: Sequence[Mapping[str, Any]] = order["actions"]
    alike: dict[object, list[Mapping[str, Any]]] = {}
    for action in actions:
        alike.setdefault((action["verb"], action["value"], action["unit"]), []).append(action)
    asked = ", and ".join(_asked(group, say) for group in alike.values())
    ends = [str(end["done"]) for end in receipt["receipts"]]
    return plain(f"{capital(say.when(at_ms))}, {say.ago(at_ms)}, you let me {asked}. {_came_of_it(ends)}")


def _asked(actions: Sequence[Mapping[str, Any]], say: Figures) -> str:
    value = actions[0]["value"]
    return ASKED[Verb(actions[0]["verb"])].format(
        names=joined([the(str(one["name"])) for one in actions]),
        value="" if value is None else say.value(value, actions[0]["unit"]),
    )


def _came_of_it(ends: Sequence[str]) -> str:
    done = ends.count("done")
    if done == len(ends):
        return "It was done." if done == 1 else "All of it was done."
    if done:
        return f"{done} of {len(ends)} reported that they obeyed."
    if set(ends) == {"sent"}:
        return "It never says whether it obeyed."
    return "It has not reported that it obeyed." if "not_reported" in ends else "Nothing was sent."
