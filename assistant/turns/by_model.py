"""What the sentences leave over goes to the language model, which makes the same calls under the same contract."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from assistant.model.history import PastTurn
from assistant.model.inventory import Inventory
from assistant.model.ledger import out_of_time
from assistant.model.loop import RunCall
from assistant.model.outcome import ModelOutcome, StoppedBecause
from assistant.model.prompt import ModelRequest
from assistant.replies.replies import Replies
from assistant.turns.clarify import OpenQuestions, asks_which
from assistant.turns.drafts import Draft, rendered
from assistant.values import Planner, Utterance
from sensors.home import House
from tools.call import Desk, TurnBudget
from tools.contract import NEEDS_CONFIRMATION, Asker, Offer, ToolCall, ToolResult
from tools.gate import Gate
from tools.summary import SUMMARY_TOOL
from tools.timer_calls import TIMER_TOOLS
from tools.watch_calls import WATCH_TOOLS

STOPPED = "stopped"
"""The intent of a turn that somebody ended."""
SLOW_SECONDS = 2.5
CHECKED = frozenset({"en"})
"""Languages in which each word of a model can be held against what the house said. In others it chooses what is looked
up or proposed, and code tells what came of it."""

_LOG = logging.getLogger(__name__)


class Model(Protocol):
    """The planner that is a language model behind an endpoint."""

    async def run(self, request: ModelRequest, call: RunCall) -> ModelOutcome: ...


class Speech(Protocol):
    """What must be known of the words before a model sees them."""

    def is_question(self, text: str) -> bool: ...

    def is_of_timers(self, text: str) -> bool: ...

    def is_of_watches(self, text: str) -> bool: ...

    def is_of_summaries(self, text: str) -> bool: ...


class ByModel:
    """Runs the model, and sees to it that nothing is spoken of that code has not seen."""

    def __init__(
        self,
        model: Model,
        *,
        speech: Speech,
        desk: Desk,
        replies: Replies,
        asked_back: OpenQuestions,
        gate: Gate,
        calls_per_turn: int,
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self._model = model
        self._speech = speech
        self._desk = desk
        self._replies = replies
        self._asked_back = asked_back
        self._gate = gate
        self._calls_per_turn = calls_per_turn
        self._slow_seconds = slow_seconds
        self._inventory = Inventory()

    async def draft(
        self,
        utterance: Utterance,
        past: Sequence[PastTurn],
        house: House,
        turn_id: str,
        timings: Mapping[str, float],
    ) -> Draft:
        # Whatever is claimed of these words: what follows from them here, a model has made of them.
        asker = replace(utterance.asker, by_code=False)
        may_act = not self._speech.is_question(utterance.text)
        offered = self._offered(utterance.text, asker, may_act=may_act)
        budget = TurnBudget(turn_id=turn_id, calls_left=self._calls_per_turn)
        made: list[ToolResult] = []

        async def call(wanted: ToolCall) -> ToolResult:
            try:
                result = await self._desk.call(wanted, asker, offered, budget)
            except asyncio.CancelledError:
                # The turn's time is up, or somebody has interrupted it: that is how this call ended.
                made.append(out_of_time(wanted))
                raise
            made.append(result)
            return result

        request = self._request(utterance, past, house, offered)
        with utterance.wait.told_after(self._slow_seconds, self._replies.fixed.checking):
            told = await self._model.run(request, call)
        # Whoever kept the way to call cannot use it once the turn is over.
        budget.calls_left = 0
        draft = self._told(told, tuple(made), house, timings)
        if told.stopped_because is StoppedBecause.CANCELLED:
            # A question that nobody waits for must not be there to be answered.
            await self._gate.expire(asker.satellite)
            return replace(draft, text=self._replies.fixed.stopped, intent=STOPPED)
        self._asked_back.ask(draft.results, draft.text, asker, may_act=may_act)
        return draft

    def _offered(self, text: str, asker: Asker, *, may_act: bool) -> tuple[Offer, ...]:
        """What is kept for people changes without their yes: only where they speak of it, not where a text leads to it.

        `Tell me when the door is open` is said like a question, and wants something kept in mind all the same.
        """
        held = set() if self._speech.is_of_timers(text) else set(TIMER_TOOLS)
        if not self._speech.is_of_summaries(text):
            held.add(SUMMARY_TOOL)
        offered = [tool for tool in self._desk.offered(asker, may_act=may_act) if tool.name not in held | WATCH_TOOLS]
        if self._speech.is_of_watches(text):
            offered += [tool for tool in self._desk.offered(asker, may_act=True) if tool.name in WATCH_TOOLS]
        return tuple(offered)

    def _told(
        self, told: ModelOutcome, results: tuple[ToolResult, ...], house: House, timings: Mapping[str, float]
    ) -> Draft:
        """`results` are what the desk answered: that counts, whatever the model says that it was."""
        if told.failure:
            _LOG.warning("the language model failed: %s", told.failure)
        asked = any(result.verdict == NEEDS_CONFIRMATION for result in results) or asks_which(results)
        # What a person says yes to, or chooses from, is always the question that code made.
        by_code = asked or not told.text or self._replies.language not in CHECKED
        text = rendered(results, self._replies) if by_code else told.text
        return Draft(
            text=text or self._without_answer(told, house),
            planner=Planner.MODEL,
            results=results,
            timings_ms={**timings, **{f"model_{name}": value for name, value in told.timings_ms.items()}},
            tokens=told.tokens_in + told.tokens_out,
            model=told,
        )

    def _without_answer(self, told: ModelOutcome, house: House) -> str:
        """Why a model turn has no answer: the endpoint's doing, or the settings', or what was asked."""
        match told.stopped_because:
            case StoppedBecause.ENDPOINT if told.misset:
                return self._replies.fixed.model_misset
            case StoppedBecause.ENDPOINT | StoppedBecause.TIME | StoppedBecause.UNUSABLE:
                return self._replies.fixed.model_failed
            case StoppedBecause.SPENT:
                fixed = self._replies.fixed
                return fixed.model_spent if told.limit == "cost_per_day" else fixed.model_too_dear
            case _:
                return self._replies.declined(house)

    def _request(
        self, utterance: Utterance, past: Sequence[PastTurn], house: House, offered: tuple[Offer, ...]
    ) -> ModelRequest:
        told = self._inventory.of(house)
        return ModelRequest(
            text=utterance.text,
            now=self._replies.now(),
            room=utterance.asker.room,
            role=utterance.asker.role,
            history=tuple(past),
            tools=offered,
            inventory=told.names,
            present=told.present,
            wait=utterance.wait,
        )
