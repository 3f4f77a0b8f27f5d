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
from assistant.errands import errands_of, without_failed, without_hint
from assistant.follow_up import Subjects
from assistant.model.history import PastTurn
from assistant.model.loop import RunCall
from assistant.model.outcome import ModelOutcome, StoppedBecause
from assistant.model.prompt import ModelRequest
from assistant.model.schemas import present_in
from assistant.recall import Recall
from assistant.replies import Replies
from assistant.sentences import mapping
from assistant.sentences.fragments import Subject
from assistant.sentences.planner import Plan
from assistant.sentences.requests import Requests, Understood
from assistant.sentences.vocabulary import Names
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

STOPPED = "stopped"
"""The intent of a turn that somebody ended."""
SLOW_SECONDS = 2.5


class Sentences(Protocol):
    """The planner that needs no model."""

    def plan(self, text: str, house: House, room: str | None) -> Plan | None: ...

    def is_question(self, text: str) -> bool: ...

    def bare(self, text: str) -> str: ...

    def plain(self, text: str) -> str: ...

    def names(self, house: House) -> Mapping[str, Names]: ...

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
    model: ModelOutcome | None = None
    """All of a turn that went to the model, for the record."""
    intent: str = ""
    """Which sentence was understood, where it was one."""
    answered: str | None = None
    """The proposal that the person's words answered."""
    about: Subject | None = None
    """What was spoken of before, where the words were understood by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What came of a call, and of what was left of it."""

    text: str
    results: tuple[ToolResult, ...]

    @property
    def of_timers(self) -> bool:
        return all(result.call.name in TIMER_TOOLS for result in self.results)


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
        slow_seconds: float = SLOW_SECONDS,
        visible: Visible,
        asked_back: OpenQuestions,
        requests: Requests,
        subjects: Subjects,
        rings: Rings | None,
    ) -> None:
        self._sentences = sentences
        self._requests = requests
        self._subjects = subjects
        self._model = model
        self._desk = desk
        self._gate = gate
        self._questions = questions
        self._replies = replies
        self._recall = recall
        self._switch = switch
        self._calls_per_turn = calls_per_turn
        self._slow_seconds = slow_seconds
        self._visible = visible
        self._asked_back = asked_back
        self._rings = rings

    async def plan(self, utterance: Utterance, past: Sequence[PastTurn], turn_id: str) -> Draft:
        asker = utterance.asker
        house = self._visible(await self._questions.house(), asker)
        started = time.perf_counter()
        about = self._subjects.of(asker)
        understood = self._requests.understand(utterance.text, house, asker.room, about, alone=self._model is None)
        timings = {"plan": (time.perf_counter() - started) * 1000}
        if understood.requests:
            draft = await self._carry_out(understood, house, asker, turn_id)
            recalled = any(request.recalled for request in understood.requests)
            return replace(draft, timings_ms={**timings, **draft.timings_ms}, about=about if recalled else None)
        if self._gate.is_answer(utterance.text):
            # A yes to nothing goes to no model: it could only guess what was meant by it.
            return Draft(text=self._replies.fixed.nothing_pending, planner=Planner.INTERCEPTOR, timings_ms=timings)
        if self._model is None:
            return Draft(
                text=_not_understood(understood, house, self._replies), planner=Planner.NONE, timings_ms=timings
            )
        return await self._by_model(self._model, utterance, past, house, turn_id, timings)

    async def _carry_out(self, understood: Understood, house: House, asker: Asker, turn_id: str) -> Draft:
        """What sentences asked for: answers in order, then the one question for all that is to be done."""
        budget = TurnBudget(turn_id=turn_id, calls_left=self._calls_per_turn)
        said: list[str] = []
        made: list[ToolResult] = []
        errands = errands_of(understood.requests)
        for errand in errands:
            if errand.call is None:
                said.append(await self._small_talk(str(errand.small_talk), asker, house))
                continue
            by_code = replace(asker, by_code=not errand.recalled)
            done = await self.ordered(errand.call, by_code, budget, may_act=errand.may_act)
            made += done.results
            if errand is not errands[-1] and asks_which(done.results):
                # One thing is asked at a time, and that is the last of them.
                said.append(self._unasked(done.results[0]))
                continue
            said.append(done.text if house.entities or done.of_timers else self._replies.fixed.no_devices)
            self._asked_back.ask(done.results[-1:], done.text, by_code, may_act=errand.may_act)
        if understood.lost:
            said.append(self._replies.requests.lost.format(part=understood.lost))
        return Draft(
            text=" ".join(dict.fromkeys(said)),
            planner=Planner.SENTENCES,
            results=tuple(made),
            timings_ms={"tools": sum(result.elapsed_ms for result in made)},
            intent=understood.requests[0].plan.intent,
        )

    def _unasked(self, result: ToolResult) -> str:
        if result.verdict == ErrorCode.AMBIGUOUS_NAME and result.error is not None:
            return self._replies.requests.several_are.format(name=result.error.received)
        return self._replies.error(without_hint(result.error)) if result.error is not None else ""

    async def ordered(self, call: ToolCall, asker: Asker, budget: TurnBudget, *, may_act: bool) -> Ordered:
        """Makes a call that code made of a person's words, and says what came of it.

        Of several orders what cannot be done is told, and what can be is put to the person.
        """
        offered = self._desk.offered(replace(asker, by_code=True), may_act=may_act)
        results = [await self._desk.call(call, asker, offered, budget)]
        while (rest := without_failed(results[-1])) is not None:
            results.append(await self._desk.call(rest, asker, offered, budget))
        failed = [self._replies.error(without_hint(one.error)) for one in results[:-1] if one.error is not None]
        text = await self.at_once(results[-1:], asker) or self.rendered(results[-1:])
        return Ordered(text=" ".join([*failed, text]), results=tuple(results))

    async def _by_model(
        self,
        model: Model,
        utterance: Utterance,
        past: Sequence[PastTurn],
        house: House,
        turn_id: str,
        timings: Mapping[str, float],
    ) -> Draft:
        asker = utterance.asker
        may_act = not self._sentences.is_question(utterance.text)
        offered = self._desk.offered(asker, may_act=may_act)
        # What is kept for people changes without their yes: only where they speak of it, not where a text leads to it.
        if not self._sentences.is_of_timers(utterance.text):
            offered = tuple(tool for tool in offered if tool.name not in TIMER_TOOLS)
        budget = TurnBudget(turn_id=turn_id, calls_left=self._calls_per_turn)
        made: list[ToolResult] = []

        async def call(wanted: ToolCall) -> ToolResult:
            try:
                result = await self._desk.call(wanted, asker, offered, budget)
            except asyncio.CancelledError:
                # The turn's time is up, or somebody has interrupted it: that is how this call ended.
                made.append(_cut_short(wanted))
                raise
            made.append(result)
            return result

        request = self._request(utterance, past, house, offered)
        with utterance.wait.told_after(self._slow_seconds, self._replies.fixed.checking):
            told = await model.run(request, call)
        # Whoever kept the way to call cannot use it once the turn is over.
        budget.calls_left = 0
        draft = self._told(told, tuple(made), house, timings)
        if told.stopped_because is StoppedBecause.CANCELLED:
            # A question that nobody waits for must not be there to be answered.
            await self._gate.expire(asker.satellite)
            return replace(draft, text=self._replies.fixed.stopped, intent=STOPPED)
        self._asked_back.ask(draft.results, draft.text, asker, may_act=may_act)
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

    def _told(
        self, told: ModelOutcome, results: tuple[ToolResult, ...], house: House, timings: Mapping[str, float]
    ) -> Draft:
        """`results` are what the desk answered: that counts, whatever the model says that it was."""
        if told.failure:
            _LOG.warning("the language model failed: %s", told.failure)
        asked = any(result.verdict == NEEDS_CONFIRMATION for result in results) or asks_which(results)
        # What a person says yes to, or chooses from, is always the question that code made.
        text = self.rendered(results) if asked or not told.text else told.text
        return Draft(
            text=text or self._without_answer(told, house),
            planner=Planner.MODEL,
            results=results,
            timings_ms={**timings, **{f"model_{name}": value for name, value in told.timings_ms.items()}},
            tokens=told.tokens_in + told.tokens_out,
            model=told,
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
            wait=utterance.wait,
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

    def _without_answer(self, told: ModelOutcome, house: House) -> str:
        """Why a model turn has no answer: the endpoint's doing, or the settings', or what was asked."""
        match told.stopped_because:
            case StoppedBecause.ENDPOINT | StoppedBecause.TIME | StoppedBecause.UNUSABLE:
                return self._replies.fixed.model_failed
            case StoppedBecause.SPENT:
                fixed = self._replies.fixed
                return fixed.model_spent if told.limit == "cost_per_day" else fixed.model_too_dear
            case _:
                return self._replies.declined(house)


def _cut_short(call: ToolCall) -> ToolResult:
    error = ToolError(ErrorCode.TIMEOUT, "the turn ended before this call did")
    return ToolResult(call=call, verdict=error.code.value, error=error)


def _not_understood(understood: Understood, house: House, replies: Replies) -> str:
    """Why nothing is done, as precisely as it is known."""
    if understood.too_many:
        return replies.requests.too_many
    if understood.lost:
        return replies.requests.lost_all.format(part=understood.lost)
    if understood.unclear is not None:
        return replies.requests.unclear.format(word=understood.unclear) if understood.unclear else replies.requests.cut
    return replies.declined(house)
