"""Typed answers, proposals, receipts and errors in; plain spoken sentences of one language out (`config/replies/`)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from assistant.replies.errors import speak_error
from assistant.replies.figures import Figures
from assistant.replies.gate import GateReplies
from assistant.replies.history import speak_history
from assistant.replies.now import speak_now
from assistant.replies.summary import speak_summary
from assistant.replies.timers import speak_timers
from assistant.replies.watches import speak_watches
from assistant.replies.words import capital, plain
from assistant.volume import LOUDEST
from sensors.home import House
from sensors.reading import Quantity
from sensors.spoken_units import Units
from tools.answers import (
    AggregateAnswer,
    AlreadyAnswer,
    Answer,
    CompareAnswer,
    ProposalAnswer,
    StateAnswer,
    TimersAnswer,
    TimersCancelledAnswer,
    TimerSetAnswer,
    TrendAnswer,
    UpkeepAnswer,
)
from tools.contract import ToolError, ToolResult
from tools.executor import Receipt
from tools.names import spoken_name
from tools.proposals import Proposal, Unfinished
from tools.watch_answers import DaySummaryAnswer, WatchesAnswer, WatchesCancelledAnswer, WatchSetAnswer


class Replies:
    """Sentences in one house's language, units and time zone."""

    def __init__(self, *, zone: ZoneInfo, units: Units, clock_ms: Callable[[], int], language: str = "en") -> None:
        """Raises LanguageError for a language that has no sentences."""
        self._say = Figures(zone=zone, units=units, clock_ms=clock_ms, language=language)
        self._gate = GateReplies(self._say)
        self.language = language
        self.fixed = self._say.spoken.fixed
        """What needs nothing to be filled in."""
        self.silenced = self._say.spoken.timers.silenced
        self.requests = self._say.spoken.requests
        """What is said where a sentence was not understood, or not all of it."""

    def answer(self, answer: Answer) -> str:
        """The answer, spoken."""
        return plain(capital(self._answer(answer)))

    def _answer(self, answer: Answer) -> str:
        match answer:
            case AggregateAnswer() | StateAnswer() | TrendAnswer() | CompareAnswer() | UpkeepAnswer():
                return speak_history(answer, self._say)
            case TimerSetAnswer() | TimersAnswer() | TimersCancelledAnswer():
                return speak_timers(answer, self._say)
            case WatchSetAnswer() | WatchesAnswer() | WatchesCancelledAnswer():
                return speak_watches(answer, self._say)
            case DaySummaryAnswer():
                return speak_summary(answer, self._say)
            case ProposalAnswer():
                question = self._gate.question(answer.actions, answer.ask, answer.echo, answer.now_state)
                return " ".join([*map(self._gate.already, answer.needless), question])
            case AlreadyAnswer():
                return " ".join(map(self._gate.already, (answer, *answer.more)))
            case _:
                return speak_now(answer, self._say)

    def proposal(self, proposal: Proposal) -> str:
        """The question again, for someone who did not hear it."""
        return plain(self._gate.question(proposal.actions, proposal.ask, proposal.echo, None))

    def short_question(self, proposal: Proposal) -> str:
        """What would be done, without what a person is to say."""
        return plain(capital(f"{self._gate.asked(proposal.actions)}?"))

    def echo_needed(self, proposal: Proposal) -> str:
        return plain(self._gate.echo_needed(proposal.actions, proposal.echo or ""))

    def receipts(self, receipts: Sequence[Receipt]) -> str:
        """What became of each action, in the words that its receipt allows."""
        return plain(self._gate.receipts(receipts))

    def unfinished(self, unfinished: Unfinished) -> str:
        """What is known of something that was being done when an earlier run ended."""
        return plain(self._gate.unfinished(unfinished))

    def error(self, error: ToolError) -> str:
        """One sentence for each way in which a call can fail."""
        return plain(speak_error(error, self._say))

    def result(self, result: ToolResult) -> str:
        """A call's result as code would speak it, also where it failed."""
        if result.error is not None:
            return self.error(result.error)
        return self.answer(result.answer) if result.answer is not None else ""

    def now(self) -> datetime:
        """The time in the house's zone."""
        return self._say.now()

    @property
    def nothing_said(self) -> str:
        return self._say.spoken.recall.nothing_said

    def volume(self, before: int, level: int, *, wanted: float | None) -> str:
        """What the volume is now; `wanted` is the number that was said, None for a step up or down."""
        texts = self._say.spoken.loudness
        if wanted is not None and not 0 <= wanted <= LOUDEST:
            return texts.limits
        if level == 0:
            return texts.silent
        if wanted is None and level == before:
            return texts.loudest if level == LOUDEST else texts.quietest.format(level=level)
        return texts.now.format(level=level)

    def time_now(self) -> str:
        return self._say.spoken.now.time.format(clock=self._say.clock(self._say.now()))

    def date_today(self) -> str:
        now = self._say.now()
        weekday = self._say.spoken.moments.weekdays[now.weekday()]
        return self._say.spoken.now.date.format(weekday=weekday, day=self._say.day(now.date()))

    def can_do(self, house: House) -> str:
        """What can be asked for, with a room and a light of this very house, so that the examples work when tried."""
        return self._of_house(self._say.spoken.help.can_do, house)

    def _of_house(self, template: str, house: House) -> str:
        texts, words = self._say.spoken.help, self._say.words
        by_quantity = {aspect.quantity: entity for entity, aspect, _ in house.series() if entity.room}
        warm, light = by_quantity.get(Quantity.TEMPERATURE), by_quantity.get(Quantity.LIGHT)
        room = warm.room.lower() if warm and warm.room else texts.any_room
        return template.format(
            room=words.named(room), light=words.named(spoken_name(light, house) if light else texts.any_light)
        )

    def not_understood(self, house: House) -> str:
        return self._say.spoken.help.not_understood.format(can_do=self.can_do(house))

    def declined(self, house: House, near: Sequence[str] = ()) -> str:
        """`near` are sentences that work; where there are none it is told what can be asked for at all."""
        texts = self._say.spoken.help
        if not near:
            return self._of_house(texts.declined, house)
        return (texts.near if len(near) > 1 else texts.near_one).format(first=near[0], second=near[-1])
