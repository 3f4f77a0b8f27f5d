"""Decides what a request comes to: the sentences first, then the model, then code's own apology. Draws up the reply.

Both planners make the same calls and meet the same contract; neither speaks of what code has not seen.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from assistant.model.history import PastTurn
from assistant.replies.replies import Replies
from assistant.sentences import mapping
from assistant.sentences.choosing import Answered
from assistant.sentences.planner import Plan
from assistant.sentences.requests import Requests, Understood
from assistant.sentences.vocabulary import Names
from assistant.turns.by_model import SLOW_SECONDS, ByModel, Model
from assistant.turns.clarify import OpenQuestions, asks_which
from assistant.turns.drafts import Draft, Ordered, rendered
from assistant.turns.errands import Errand, errands_of, without_failed, without_hint
from assistant.turns.follow_up import Subjects
from assistant.turns.loudness import Loudness
from assistant.turns.recall import Recall
from assistant.values import Planner, Utterance
from sensors.home import House
from sensors.questions import Questions
from tools.answers import ProposalAnswer
from tools.call import Desk, TurnBudget
from tools.contract import Asker, ErrorCode, ToolCall, ToolResult, Visible
from tools.executor import Receipt
from tools.gate import Gate
from tools.names import WEAK
from tools.switch import Switch

_LOG = logging.getLogger(__name__)


class Sentences(Protocol):
    """The planner that needs no model."""

    def plan(self, text: str, house: House, room: str | None) -> Plan | None: ...

    def is_question(self, text: str) -> bool: ...

    def bare(self, text: str) -> str: ...

    def plain(self, text: str) -> str: ...

    def names(self, house: House) -> Mapping[str, Names]: ...

    def is_of_timers(self, text: str) -> bool: ...

    def is_of_watches(self, text: str) -> bool: ...

    def is_of_summaries(self, text: str) -> bool: ...

    def near(self, text: str, house: House, room: str | None) -> tuple[str, ...]: ...

    def with_digits(self, text: str) -> str: ...

    def jsgf(self, house: House, room: str | None, *, follow_ups: bool = False) -> str: ...

    @property
    def refusals(self) -> frozenset[str]: ...

    def confirmation_jsgf(self, echo: str | None) -> str: ...

    def pin_jsgf(self, length: int) -> str: ...

    def choice_jsgf(self, candidates: Sequence[str]) -> str: ...

    def chosen(self, candidates: Sequence[str], said: str) -> Answered: ...


class Rings(Protocol):
    """What rings by itself, and what nobody heard when it did."""

    def news(self, asker: Asker) -> str: ...

    async def told(self, asker: Asker) -> None: ...

    async def silence(self, asker: Asker) -> int: ...


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
        loudness: Loudness,
    ) -> None:
        self._sentences = sentences
        self._requests = requests
        self._subjects = subjects
        self._model = None
        if model is not None:
            self._model = ByModel(
                model,
                speech=sentences,
                desk=desk,
                replies=replies,
                asked_back=asked_back,
                gate=gate,
                calls_per_turn=calls_per_turn,
                slow_seconds=slow_seconds,
            )
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
        self.loudness = loudness

    async def plan(self, utterance: Utterance, past: Sequence[PastTurn], turn_id: str, *, said: str = "") -> Draft:
        """`said` is what was spoken to these people last, by which they mean `say that again`."""
        asker = utterance.asker
        house = self._visible(await self._questions.house(), asker)
        started = time.perf_counter()
        about = self._subjects.of(asker)
        understood = self._requests.understand(utterance.text, house, asker.room, about, alone=self._model is None)
        timings = {"plan": (time.perf_counter() - started) * 1000}
        if understood.requests:
            draft = await self._carry_out(understood, house, asker, turn_id, said)
            recalled = any(request.recalled for request in understood.requests)
            return replace(draft, timings_ms={**timings, **draft.timings_ms}, about=about if recalled else None)
        if self._gate.is_answer(utterance.text):
            # A yes to nothing goes to no model: it could only guess what was meant by it.
            if self._rings is not None and await self._rings.silence(asker):
                return Draft(text=self._replies.silenced, planner=Planner.INTERCEPTOR, timings_ms=timings)
            return Draft(text=self._replies.fixed.nothing_pending, planner=Planner.INTERCEPTOR, timings_ms=timings)
        if self._model is None:
            return Draft(
                text=_not_understood(understood, house, self._replies, self._near(utterance, house)),
                planner=Planner.NONE,
                timings_ms=timings,
            )
        return await self._model.draft(utterance, past, house, turn_id, timings)

    def _near(self, utterance: Utterance, house: House) -> tuple[str, ...]:
        return self._sentences.near(utterance.text, house, utterance.asker.room)

    async def _carry_out(self, understood: Understood, house: House, asker: Asker, turn_id: str, spoken: str) -> Draft:
        """What sentences asked for: answers in order, then the one question for all that is to be done."""
        budget = TurnBudget(turn_id=turn_id, calls_left=self._calls_per_turn)
        said: list[str] = []
        made: list[ToolResult] = []
        receipts: list[Receipt] = []
        errands = errands_of(understood.requests)
        for errand in errands:
            if errand.call is None:
                said.append(await self._small_talk(errand, asker, house, spoken))
                continue
            by_code = replace(asker, by_code=not errand.recalled)
            done = await self.ordered(errand.call, by_code, budget, may_act=errand.may_act)
            made += done.results
            receipts += done.receipts
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
            receipts=tuple(receipts),
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
        done, receipts = await self._at_once(results[-1], asker)
        text = done or rendered(results[-1:], self._replies)
        return Ordered(text=" ".join([*failed, text]), results=tuple(results), receipts=receipts)

    async def _at_once(self, result: ToolResult, asker: Asker) -> tuple[str, tuple[Receipt, ...]]:
        """What came of the order itself, where the settings let it be enough; else nothing."""
        # A name that was only nearly said is said back before anything moves.
        if not isinstance(result.answer, ProposalAnswer) or result.resolved.get("how") in WEAK:
            return "", ()
        heard = await self._gate.at_once(result.answer.proposal_id, asker)
        if heard is None:
            return "", ()
        needless = [self._replies.answer(one) for one in result.answer.needless]
        return " ".join([*needless, self._replies.receipts(heard.receipts)]), heard.receipts

    async def _small_talk(self, errand: Errand, asker: Asker, house: House, spoken: str) -> str:
        key = str(errand.small_talk)
        if key in mapping.LOUDNESS:
            return self.loudness.change(key, errand.level)
        if key == mapping.REPEAT:
            return spoken or self._replies.nothing_said
        return await self._courtesy(key, asker, house)

    async def _courtesy(self, key: str, asker: Asker, house: House) -> str:
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
            case "thanks" | "hello":
                return self._replies.fixed.welcome if key == "thanks" else self._replies.fixed.hello
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


def _not_understood(understood: Understood, house: House, replies: Replies, near: Sequence[str]) -> str:
    """Why nothing is done, as precisely as it is known."""
    if understood.too_many:
        return replies.requests.too_many
    if understood.lost:
        return replies.requests.lost_all.format(part=understood.lost)
    if understood.unclear is not None:
        return replies.requests.unclear.format(word=understood.unclear) if understood.unclear else replies.requests.cut
    return replies.declined(house, near)
