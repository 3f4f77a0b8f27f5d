"""Decides what a request comes to: the sentences first, then the model, then code's own apology. Draws up the reply.

Both planners make the same calls and meet the same contract; neither speaks of what code has not seen.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from assistant.clarify import Answered, OpenQuestions, asks_which
from assistant.model.history import PastTurn
from assistant.model.loop import RunCall
from assistant.model.outcome import ModelOutcome, StoppedBecause
from assistant.model.prompt import ModelRequest
from assistant.model.schemas import present_in
from assistant.recall import Recall
from assistant.replies import Replies
from assistant.sentences import mapping
from assistant.sentences.planner import Plan
from assistant.values import Planner, Utterance
from sensors.home import House
from sensors.questions import Questions
from tools.answers import ProposalAnswer
from tools.call import Desk, TurnBudget
from tools.contract import NEEDS_CONFIRMATION, OK, Asker, ErrorCode, Offer, ToolCall, ToolError, ToolResult, Visible
from tools.gate import Gate
from tools.names import WEAK, spoken_name
from tools.switch import Switch
from tools.timer_calls import TIMER_TOOLS

_LOG = logging.getLogger(__name__)


class Sentences(Protocol):
    """The planner that needs no model."""

    def plan(self, text: str, house: House, room: str | None) -> Plan | None: ...

    def is_question(self, text: str) -> bool: ...

    def is_of_timers(self, text: str) -> bool: ...

    def with_digits(self, text: str) -> str: ...

    def jsgf(self, house: House, room: str | None) -> str: ...

    def confirmation_jsgf(self, echo: str | None) -> str: ...

    def pin_jsgf(self, length: int) -> str: ...

    def choice_jsgf(self, candidates: Sequence[str]) -> str: ...

    def chosen(self, candidates: Sequence[str], said: str) -> Answered: ...


class Rings(Protocol):
    """What rings by itself, and what nobody heard when it did."""

    def news(self, asker: Asker) -> str: ...

    async def told(self, asker: Asker) -> None: ...

    async def silence(self, asker: Asker) -> int: ...


class Model(Protocol):
    """The planner that is a language model behind an endpoint."""

    async def run(self, request: ModelRequest, call: RunCall) -> ModelOutcome: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A reply in the making."""

    text: str
    planner: Planner
    results: tuple[ToolResult, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    tokens: int = 0
    intent: str = ""
    """Which sentence was understood, where it was one."""
    answered: str | None = None
    """The proposal that the person's words answered."""


class Planning:
    """Knows both planners, the desk that takes their calls, and the sentences that code has for what comes back."""

    def __init__(
        self,
        *,
        sentences: Sentences,
        model: Model | None,
        desk: Desk,
        gate: Gate,
        questions: Questions,
        replies: Replies,
        recall: Recall,
        switch: Switch,
        calls_per_turn: int,
        visible: Visible,
        asked_back: OpenQuestions,
        rings: Rings | None,
    ) -> None:
        self._sentences = sentences
        self._model = model
        self._desk = desk
        self._gate = gate
        self._questions = questions
        self._replies = replies
        self._recall = recall
        self._switch = switch
        self._calls_per_turn = calls_per_turn
        self._visible = visible
        self._asked_back = asked_back
        self._rings = rings

    async def plan(self, utterance: Utterance, past: Sequence[PastTurn], turn_id: str) -> Draft:
        asker = utterance.asker
        house = self._visible(await self._questions.house(), asker)
        started = time.perf_counter()
        plan = self._sentences.plan(utterance.text, house, asker.room)
        timings = {"plan": (time.perf_counter() - started) * 1000}
        may_act = not self._sentences.is_question(utterance.text)
        offered = self._desk.offered(asker, may_act=may_act)
        budget = TurnBudget(turn_id=turn_id, calls_left=self._calls_per_turn)

        by_code = replace(asker, by_code=plan is not None)

        made: list[ToolResult] = []

        async def call(wanted: ToolCall) -> ToolResult:
            try:
                result = await self._desk.call(wanted, by_code, offered, budget)
            except asyncio.CancelledError:
                # The turn's time is up, or somebody has interrupted it: that is how this call ended.
                made.append(_cut_short(wanted))
                raise
            made.append(result)
            return result

        if plan is not None and plan.small_talk is not None:
            text = await self._small_talk(plan.small_talk, asker, house)
            return Draft(text=text, planner=Planner.SENTENCES, intent=plan.intent)
        if plan is not None:
            results = tuple([await call(wanted) for wanted in plan.calls])
            timings["tools"] = sum(result.elapsed_ms for result in results)
            text = await self.at_once(results, by_code)
            answerable = house.entities or all(result.call.name in TIMER_TOOLS for result in results)
            text = text or (self.rendered(results) if answerable else self._replies.fixed.no_devices)
            self._asked_back.ask(results, text, by_code, may_act=may_act)
            return Draft(text=text, planner=Planner.SENTENCES, results=results, timings_ms=timings, intent=plan.intent)
        if self._gate.is_answer(utterance.text):
            # A yes to nothing goes to no model: it could only guess what was meant by it.
            return Draft(text=self._replies.fixed.nothing_pending, planner=Planner.INTERCEPTOR, timings_ms=timings)
        # What is kept for people changes without their yes: only where they speak of it, not where a text leads to it.
        if not self._sentences.is_of_timers(utterance.text):
            offered = tuple(tool for tool in offered if tool.name not in TIMER_TOOLS)
        draft = await self._ask_model(utterance, past, house, offered, call, made, timings)
        # Whoever kept the way to call cannot use it once the turn is over.
        budget.calls_left = 0
        self._asked_back.ask(draft.results, draft.text, by_code, may_act=may_act)
        return draft

    async def at_once(self, results: Sequence[ToolResult], asker: Asker) -> str:
        """What came of the order itself, where the settings let it be enough; else nothing."""
        for result in results:
            # A name that was only nearly said is said back before anything moves.
            if isinstance(result.answer, ProposalAnswer) and result.resolved.get("how") not in WEAK:
                heard = await self._gate.at_once(result.answer.proposal_id, asker)
                if heard is not None:
                    return self._replies.receipts(heard.receipts)
        return ""

    async def _ask_model(
        self,
        utterance: Utterance,
        past: Sequence[PastTurn],
        house: House,
        offered: tuple[Offer, ...],
        call: RunCall,
        made: Sequence[ToolResult],
        timings: Mapping[str, float],
    ) -> Draft:
        """`made` fills with what the desk answered: that counts, whatever the model says that it was."""
        if self._model is None:
            return Draft(text=self._replies.declined(house), planner=Planner.NONE, timings_ms=timings)
        told = await self._model.run(self._request(utterance, past, house, offered), call)
        results = tuple(made)
        if told.failure:
            _LOG.warning("the language model failed: %s", told.failure)
        asked = any(result.verdict == NEEDS_CONFIRMATION for result in results) or asks_which(results)
        # What a person says yes to, or chooses from, is always the question that code made.
        text = self.rendered(results) if asked or not told.text else told.text
        if not text:
            gone = told.stopped_because in {StoppedBecause.ENDPOINT, StoppedBecause.TIME, StoppedBecause.UNUSABLE}
            text = self._replies.fixed.model_failed if gone else self._replies.declined(house)
        return Draft(
            text=text,
            planner=Planner.MODEL,
            results=results,
            timings_ms={**timings, **{f"model_{name}": value for name, value in told.timings_ms.items()}},
            tokens=told.tokens_in + told.tokens_out,
        )

    def _request(
        self, utterance: Utterance, past: Sequence[PastTurn], house: House, offered: tuple[Offer, ...]
    ) -> ModelRequest:
        devices = [entity for entity in house.entities if entity.category is None]
        names = {spoken_name(entity, house) for entity in devices} | {room.lower() for room in house.rooms}
        return ModelRequest(
            text=utterance.text,
            now=self._replies.now(),
            room=utterance.asker.room,
            role=utterance.asker.role,
            history=tuple(past),
            tools=offered,
            inventory=tuple(sorted(names)),
            present=present_in(house),
        )

    def rendered(self, results: Sequence[ToolResult]) -> str:
        """The results in code's words; a question to the person comes last, where it will be answered."""
        answered = [result for result in results if result.answer is not None and result.verdict == OK]
        proposed = [result for result in results if result.answer is not None and result.verdict == NEEDS_CONFIRMATION]
        spoken = [self._replies.answer(result.answer) for result in answered + proposed if result.answer is not None]
        if spoken:
            return " ".join(dict.fromkeys(spoken))
        failed = [self._replies.error(result.error) for result in results if result.error is not None]
        return failed[-1] if failed else ""

    async def _small_talk(self, key: str, asker: Asker, house: House) -> str:
        match key:
            case "nevermind":
                if self._rings is not None:
                    await self._rings.silence(asker)
                return self._replies.fixed.never_mind
            case "why":
                return await self._recall.why(asker)
            case "did":
                return await self._recall.did(asker)
            case mapping.STOP_ACTING:
                return await self._stop_acting()
            case "time":
                return self._replies.time_now()
            case "date":
                return self._replies.date_today()
            case "thanks":
                return self._replies.fixed.welcome
            case "hello":
                return self._replies.fixed.hello
            case _:
                return self._replies.can_do(house)

    async def _stop_acting(self) -> str:
        """Anybody may stop everything; only the console starts it again."""
        try:
            self._switch.stop()
        except OSError as error:
            _LOG.error("The switch that stops all acting cannot be moved: %s", error)
            return self._replies.fixed.switch_stuck
        await self._gate.close_all()
        return self._replies.fixed.acting_stopped


def _cut_short(call: ToolCall) -> ToolResult:
    error = ToolError(ErrorCode.TIMEOUT, "the turn ended before this call did")
    return ToolResult(call=call, verdict=error.code.value, error=error)
