"""Why a call was refused, where a person can do something about it. Here for a model and the log.

What a person hears is in their own language, by the reason's name (`errors.reasons` in `config/replies/`).
"""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Each with its words; `{...}` is filled with the facts that a ToolError gives."""

    ACTING_OFF = "acting is switched off"
    NEVER = "the settings say that this is never done"
    PIN_LOCKED = "the PIN was wrong too often; it can be tried in {minutes} min"
    ONLY_CONSOLE = "only the owner's console approves for others"
    ONE_THING = "one thing at a time, please; there is a question to answer first"
    ASKED_ENOUGH = "I asked {times} times without a yes, so I wait; ask me again in {minutes} min"
    REFUSED_LATELY = "that was refused a moment ago; say in so many words what to do"
    TOO_MUCH = "that was too much at once; try again in {seconds} seconds"
    ONLY_READ = "it can only be read, not controlled"
    CANNOT_DO = "it cannot do {verb}"
    TAKES_TEXT = "it takes any text, and I only send what I can tell you beforehand"
    IS_OFF = "the {name} is off"
    ARE_OFF = "the {name} and {other} are off"
    SAYS_NO_VALUE = "the {name} does not say what it is set to now, so please name a value"
    TAKES_NO_NUMBER = "{verb} takes no number"
    TAKES_NO_VALUE = "{verb} takes no value"
    NEEDS_NUMBER = "{verb} needs a number"
    OUT_OF_BOUNDS = "it must lie between {low} and {high} {unit}"
    TOO_MANY_DEVICES = "that is {count} devices; at most {most} can be changed at once, name a room"
    NOT_CALLED = "nothing in the house is called that"
    NO_SUCH_ROOM = "there is no such room"
    NOT_CALLED_EXACTLY = "nothing that guards the house is called exactly that"
    SEVERAL_CALLED = "{count} are called that"
    NOTHING_LEFT = "that leaves nothing to be done"
    TWO_AT_ONCE = "I would have to do two things at once with the {name}"
    UNIT_MISFIT = "{unit} does not fit here"
    NO_SETTING = "it has no such setting"
    OWN_WORDS = "it needs one of its own words"
    NOTHING_RECORDED = "nothing has been recorded for that yet"
    NOTHING_REPORTS = "nothing in the house reports that"
    NOTHING_THERE = "nothing there reports that"
    NO_BATTERY = "nothing there reports its battery"
    TOO_LITTLE = "too little has been recorded in that time to tell"
    NO_PERIOD = "{message}"
    NOT_BEGUN = "{period} has not begun yet"
    NOT_COMPARED = "{answer} cannot be compared"
    ONE_DIFFERENCE = "two places or two periods can be compared, not both at once"
    NOT_ALIKE = "these two are not measured alike"
    WHICH_STATE = "it must be said which state is meant"
    WRONG_UNIT = "{quantity} is not measured in {unit}"
    TIMERS_FULL = "there are {most} already, and no more fit; cancel one first"
    NAME_TAKEN = "there is a {kind} called {name} already"
    WHAT_REMIND = "what shall I remind you of? Say for example: remind me to call mum at 5 pm"
    WHEN_RING = "when shall it ring? Say for example: in ten minutes, or: at half past six"
    BY_HOW_MUCH = "by how much? Say for example: add five minutes to the pasta timer"
    TIME_OVER = "that time is over for today"
    CLOCK_UNKNOWN = "I do not know what time it is yet; a timer for some minutes works"
    ONLY_TIMER = "only a timer can be given more time"
    TOO_LONG = "that is too long; a month is the most"
    NOT_LEFT = "so much is not left on it; cancel it if it is no longer wanted"
    TIMER_LENGTH = "a timer runs for a second at least, and for a month at most"
    NO_TIMER_CALLED = "nothing has that name"
    SEVERAL_SET = "several are set"
    NONE_SET = "no timer, alarm or reminder is set"
    NONE_OF_KIND = "no {kind} is set"
    WATCHES_FULL = "I watch for {most} things already, and no more fit; stop one first"
    WATCH_WHAT = "what shall I watch for? Say for example: tell me when the washing machine is done"
    WATCH_TOO_MANY = "that is {count} things to watch; name a room or a device"
    WATCH_NO_END = "it reports nothing from which I could tell that it is done"
    WATCH_NO_NUMBER = "it reports no number"
    NO_WATCH = "I am not watching for anything"
    NO_WATCH_CALLED = "I am not watching that"
    SEVERAL_WATCHES = "I am watching several things"


def told(reason: Reason, facts: Mapping[str, str | float]) -> str:
    """For a model and the log: numbers are short, and nothing stands where a fact is empty."""
    shown = {name: f"{value:g}" if isinstance(value, float) else value for name, value in facts.items()}
    return " ".join(reason.format(**shown).split())


def reason_of(message: str) -> str | None:
    """The name of the reason that has exactly these words, as a language's file has it."""
    return next((reason.name.lower() for reason in Reason if reason == message), None)
