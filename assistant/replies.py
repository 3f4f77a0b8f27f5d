"""Every sentence that code speaks. Typed answers, proposals, receipts and errors in; plain spoken English out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from assistant.figures import Figures
from assistant.history_replies import speak_history
from assistant.timer_replies import speak_timers
from assistant.words import (
    ASKED,
    CAME_INTO,
    IS_NOW,
    SENSED,
    UNITS,
    be,
    capital,
    in_place,
    joined,
    noun_of,
    number,
    one_of,
    plain,
    says,
    subject,
    the,
)
from config.asking import Ask
from sensors.spoken_units import Units
from tools.answers import (
    Action,
    AggregateAnswer,
    AlreadyAnswer,
    Answer,
    CompareAnswer,
    ExampleAnswer,
    HouseAnswer,
    LastChangeAnswer,
    LatestAnswer,
    ListAnswer,
    ProposalAnswer,
    Row,
    StateAnswer,
    TimersAnswer,
    TimersCancelledAnswer,
    TimerSetAnswer,
    TrendAnswer,
    UpkeepAnswer,
)
from tools.chosen import SeveralNamed
from tools.contract import ErrorCode, ToolError, ToolResult
from tools.executor import Done, Receipt
from tools.proposals import Proposal, Unfinished

MOST_NAMES = 15
"""Mere names of a list that are spoken before the rest is only counted."""

NOT_DONE = "Okay, not done."
NOTHING_PENDING = "There is nothing waiting for a yes or a no."
HELLO = "Hello."
NEVER_MIND = "Okay."
WELCOME = "You are welcome."
NOT_CAUGHT = "Sorry, I did not catch that."
TOO_LONG = "That was too long for me. Please say it in one sentence."
ACTING_STOPPED = "All right: I do nothing more in the house until somebody runs assistant acting on."
SWITCH_STUCK = "I could not stop acting for good: the switch cannot be written. The log says why."
NOT_WAITING = "That does not wait for a yes any more."
EXPIRED = "I heard no answer, so I did nothing."
PIN_NEEDED = "Now the PIN, please."
PIN_WRONG = "That is not the PIN, so I did nothing."
CONSOLE_NEEDED = "A yes is not enough for that. Please approve it at the console: assistant approve."
STORE_BROKEN = "I cannot use my records right now, so I will not answer or do anything. The log says why."
MODEL_FAILED = "I don't know that one by myself, and the language model could not be reached."
CAN_DO = (
    "I can tell you about this house's sensors, now and in the past, and switch its devices once you have said yes."
    " For example: what is the temperature in the {room}, or turn on the {light}."
)
NOT_UNDERSTOOD = "Sorry, I did not understand that. " + CAN_DO
NO_DEVICES = (
    "I don't know any devices yet: none has announced itself over MQTT. The log says whether I reach the broker."
)
DECLINED = "That is outside what I can do. " + CAN_DO

FAILED: Mapping[ErrorCode, str] = {
    ErrorCode.UNKNOWN_TOOL: "That is not something I can do here.",
    ErrorCode.BAD_JSON: "That request reached me garbled, so I did nothing. Please say it again.",
    ErrorCode.SCHEMA: "I could not work that out. Please say it another way.",
    ErrorCode.TIMEOUT: "Looking that up took too long, so I stopped. Please ask about less, or try again.",
    ErrorCode.UNAVAILABLE: "I could not get at the house's records just now. The log says why.",
    ErrorCode.DUPLICATE_CALL: "I was going in circles over that, so I stopped. Please say it another way.",
    ErrorCode.BUDGET_EXHAUSTED: "That is too much to do at once. Please ask for one thing after another.",
}
"""What is said where the error holds nothing that a person could use; the other errors have sentences of their own."""


class Replies:
    """Sentences in one house's units and time zone."""

    def __init__(self, *, zone: ZoneInfo, units: Units, clock_ms: Callable[[], int]) -> None:
        self._say = Figures(zone=zone, units=units, clock_ms=clock_ms)

    def answer(self, answer: Answer) -> str:
        """The answer, spoken."""
        return plain(self._answer(answer))

    def _answer(self, answer: Answer) -> str:
        match answer:
            case LatestAnswer():
                return self._latest(answer)
            case ListAnswer():
                return self._threshold(answer) if answer.state is None else self._in_state(answer)
            case LastChangeAnswer():
                return self._last_change(answer)
            case AggregateAnswer() | StateAnswer() | TrendAnswer() | CompareAnswer() | UpkeepAnswer():
                return speak_history(answer, self._say)
            case HouseAnswer():
                return _house(answer)
            case ExampleAnswer(row=row):
                return self._example(row)
            case ProposalAnswer():
                question = self._question(answer.actions, answer.ask, answer.echo, answer.now_state)
                return " ".join([*map(self._already, answer.needless), question])
            case TimerSetAnswer() | TimersAnswer() | TimersCancelledAnswer():
                return speak_timers(answer, self._say)
            case AlreadyAnswer():
                return " ".join(map(self._already, (answer, *answer.more)))

    def proposal(self, proposal: Proposal) -> str:
        """The question again, for someone who did not hear it."""
        return plain(self._question(proposal.actions, proposal.ask, proposal.echo, None))

    def short_question(self, proposal: Proposal) -> str:
        """What would be done, without what a person is to say."""
        return plain(capital(f"{self._asked(proposal.actions)}?"))

    def echo_needed(self, proposal: Proposal) -> str:
        return plain(f"To {self._asked(proposal.actions)}, please say: yes, {proposal.echo}.")

    def receipts(self, receipts: Sequence[Receipt]) -> str:
        """What became of each action, in the words that its receipt allows."""
        done = [receipt for receipt in receipts if receipt.done is Done.DONE]
        sentences = [self._done(alike) for alike in _alike([receipt.action for receipt in done])]
        sentences += [self._not_done(receipt) for receipt in receipts if receipt.done is not Done.DONE]
        return plain(" ".join(sentences))

    def unfinished(self, unfinished: Unfinished) -> str:
        """What is known of something that was being done when an earlier run ended."""
        names = joined([the(name) for name in unfinished.names])
        return plain(
            f"Before I was restarted, {self._say.when(unfinished.at_ms)}, I was telling {names} what to do."
            f" I don't know whether it happened; please check."
        )

    def error(self, error: ToolError) -> str:
        """One sentence for each way in which a call can fail."""
        return plain(self._error(error))

    def _error(self, error: ToolError) -> str:
        near = [str(item) for item in error.suggestion or []] if isinstance(error.suggestion, list) else []
        match error.code:
            case ErrorCode.UNKNOWN_NAME:
                hint = f" Did you mean {one_of(near)}?" if near else ""
                return f"I don't know anything called {error.received}.{hint}"
            case ErrorCode.AMBIGUOUS_NAME:
                return _which(error, near)
            case ErrorCode.NOT_SUPPORTED:
                hint = f" It can {joined(near)}." if near else ""
                return f"I can't do that with {the(error.received)}: {error.message}.{hint}"
            case ErrorCode.OUT_OF_RANGE:
                words = [word.replace("_", " ") for word in near if not word.lstrip("-").replace(".", "").isdigit()]
                return f"I can't do that: {error.message}." + (f" It can be {' or '.join(words)}." if words else "")
            case ErrorCode.NO_DATA:
                return capital(f"{error.message}.")
            case ErrorCode.NOT_ALLOWED:
                return f"I won't do that: {error.message}."
            case ErrorCode.RATE_LIMITED:
                return capital(f"{error.message}.")
            case ErrorCode.INCOMPATIBLE:
                return f"That does not go together: {error.message}."
            case _:
                return FAILED[error.code]

    def result(self, result: ToolResult) -> str:
        """A call's result as code would speak it, also where it failed."""
        if result.error is not None:
            return self.error(result.error)
        return self.answer(result.answer) if result.answer is not None else ""

    def now(self) -> datetime:
        """The time in the house's zone."""
        return self._say.now()

    def time_now(self) -> str:
        now = self._say.now()
        return f"It is {now.hour}:{now.minute:02d}."

    def date_today(self) -> str:
        now = self._say.now()
        return f"It is {now:%A}, {now.day} {now:%B} {now.year}."

    def _latest(self, answer: LatestAnswer) -> str:
        if len(answer.rows) > 1:
            items = [f"{row.name} {self._say.value(row.value, row.unit)}" for row in answer.rows]
            return capital(f"{joined(items)}.")
        row = answer.rows[0]
        age = self._age(row)
        if isinstance(row.value, str):
            agreed = "" if answer.asked_state is None else "Yes, " if answer.asked_state == row.value else "No, "
            return capital(f"{agreed}{says(row)}.") + age
        return f"{capital(subject(row.quantity, row.name, row.room))} is {self._say.value(row.value, row.unit)}.{age}"

    def _age(self, row: Row) -> str:
        """What must be said about an answer that may no longer hold."""
        if not row.reachable:
            return f" But it cannot be reached now; it last reported {self._say.ago(row.seen_ms)}."
        return f" It last reported {self._say.ago(row.seen_ms)}, so that may be old." if row.stale else ""

    def _threshold(self, answer: ListAnswer) -> str:
        items = [
            f"{the(row.name)}, {self._say.value(row.value, row.unit, heard_unit=answer.unit)}" for row in answer.rows
        ]
        if answer.threshold is None:
            return f"{capital(joined(items))}." if items else "I have no readings for that."
        limit = f"{number(answer.threshold)} {UNITS.get(answer.unit or '', answer.unit or '')}"
        scale = f" {answer.unit.capitalize()}" if answer.assumed_unit and answer.unit else ""
        what = f"{answer.comparison} {limit}{scale}".rstrip()
        if not items:
            return f"None of the {answer.considered} that I looked at is {what}."
        noun = "room" if all(row.room and row.name == row.room.lower() for row in answer.rows) else "sensor"
        count = f"One {noun} is" if len(items) == 1 else f"{len(items)} {noun}s are"
        return f"{count} {what}: {joined(items)}."

    def _in_state(self, answer: ListAnswer) -> str:
        noun = noun_of(answer.quantity)
        names = [row.name for row in answer.rows]
        if answer.quantity in SENSED:
            if not names:
                return (
                    f"No {noun} is {answer.state}." if answer.state == "detected" else f"None reports {answer.state}."
                )
            return f"{capital(noun)} is {answer.state} at {joined([the(name) for name in names])}."
        if not names:
            return f"No {noun}s are {answer.state}." if answer.considered > 1 else f"No, it is not {answer.state}."
        if len(names) == 1:
            return f"One {noun} is {answer.state}: {the(names[0])}."
        return f"{len(names)} {noun}s are {answer.state}: {joined([the(name) for name in names])}."

    def _last_change(self, answer: LastChangeAnswer) -> str:
        if answer.at_ms is None:
            since = self._say.when(answer.recorded_since_ms)
            return f"{capital(the(answer.name))} has not been {answer.state} since I began to record it, {since}."
        did = CAME_INTO.get(answer.state, f"last said {answer.state}")
        now = "" if answer.now_state == answer.state else f" It is {answer.now_state} now."
        return f"{capital(the(answer.name))} {did} {self._say.when(answer.at_ms)}, {self._say.ago(answer.at_ms)}.{now}"

    def _example(self, row: Row) -> str:
        noun = noun_of(row.quantity)
        value = self._say.value(row.value, row.unit, full=True)
        return (
            f"A {noun} reading looks like this: {row.name}, {value}, measured {self._say.when(row.at_ms)}."
            " That is a real one; I have not added anything."
        )

    def _already(self, answer: AlreadyAnswer) -> str:
        state = self._say.value(answer.state, answer.unit)
        return capital(f"{joined([the(name) for name in answer.names])} {be(answer.names)} already {_at(state)}.")

    def _asked(self, actions: Sequence[Action]) -> str:
        """`turn off the lamp and the fan, and lock the front door`: what is done alike is said together."""
        return ", and ".join(self._asked_alike(alike) for alike in _alike(actions))

    def _asked_alike(self, actions: Sequence[Action]) -> str:
        names = joined([the(action.name) for action in actions])
        value = actions[0].value
        spoken = self._say.value(value, actions[0].unit) if value is not None else ""
        return ASKED[actions[0].verb].format(names=names, value=spoken)

    def _question(self, actions: Sequence[Action], ask: Ask, echo: str | None, now_state: str | None) -> str:
        question = f"Shall I {self._asked(actions)}?" + (f" It is {now_state} now." if now_state else "")
        match ask:
            case Ask.CONSOLE:
                return f"{question} Please approve it at the console: assistant approve."
            case Ask.PIN:
                return f"{question} Say: yes, {echo}, and then the PIN."
            case _:
                return question if echo is None else f"{question} Say: yes, {echo}."

    def _done(self, actions: Sequence[Action]) -> str:
        names = [action.name for action in actions]
        first = actions[0]
        spoken = self._say.value(first.value, first.unit) if first.value is not None else ""
        return capital(
            f"{joined([the(name) for name in names])} {be(names)} now {IS_NOW[first.verb].format(value=spoken)}."
        )

    def _not_done(self, receipt: Receipt) -> str:
        name = the(receipt.action.name)
        match receipt.done:
            case Done.CHANGED_MEANWHILE:
                return f"{capital(name)} has changed since you asked, so I did nothing. Please ask again."
            case Done.SENT:
                return f"I told {name}, which never says whether it worked."
            case Done.NOT_SENT:
                return f"I could not reach {name}, so nothing was sent: {receipt.detail.rstrip('.')}."
            case _ if isinstance(receipt.now_state, str):
                return f"I told {name}, but it has not answered; it still says {receipt.now_state}."
            case _:
                return f"I told {name}, but it has not answered, so I don't know whether it worked."


def _which(error: ToolError, near: Sequence[str]) -> str:
    if len(near) < 2:
        return f"Several things share the name {error.received}, so I cannot tell them apart. Please rename one."
    more = error.more if isinstance(error, SeveralNamed) else 0
    rest = (
        f" Or ask again with the name of {'the other one' if more == 1 else f'one of {more} others'}." if more else ""
    )
    return f"Which one do you mean: {one_of([the(name) for name in near])}?{rest}"


def _house(answer: HouseAnswer) -> str:
    if not answer.names:
        return "I don't know of any yet. Devices appear here as soon as they announce themselves over MQTT."
    where = f" {in_place(answer.where)}" if answer.where else ""
    count, what = len(answer.names), "room" if answer.topic == "rooms" else "device"
    found = f"is one {what}" if count == 1 else f"are {count} {what}s"
    return f"There {found}{where}: {joined(answer.names, MOST_NAMES)}."


def _alike(actions: Sequence[Action]) -> list[list[Action]]:
    """Grouped by what is done, in the order in which each was asked for."""
    groups: dict[object, list[Action]] = {}
    for action in actions:
        groups.setdefault((action.verb, action.value, action.unit), []).append(action)
    return list(groups.values())


def _at(state: str) -> str:
    """`on`, but `at 40 percent`."""
    return f"at {state}" if state[:1].isdigit() or state.startswith("-") else state
