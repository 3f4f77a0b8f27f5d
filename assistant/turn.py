"""One turn: what a person said in, exactly one reply out. Knows planners, tools and the gate; knows nothing of audio.

Order: an open proposal hears the words first; then stop, repeat and the like; then sentences; then the model.
"""

import asyncio
import logging
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from assistant import replies as sentence
from assistant.clarify import Answered, Meaning, OpenQuestions, Question, asks_which, call_with
from assistant.model.history import PastTurn
from assistant.model.loop import ModelOutcome, RunCall, StoppedBecause
from assistant.model.prompt import ModelRequest
from assistant.model.schemas import present_in
from assistant.ports import Vocabulary
from assistant.replies import Replies
from assistant.sentences.planner import Plan
from assistant.values import Expects, Planner, Reply, Utterance
from config.asking import Ask
from sensors.database import StoreUnavailable
from sensors.home import House
from sensors.questions import Questions
from sensors.reading import Quantity
from tools.answers import ProposalAnswer
from tools.audit import Audit, Event
from tools.call import Desk, TurnBudget, result_as_json
from tools.contract import NEEDS_CONFIRMATION, OK, Asker, Role, Tool, ToolCall, ToolResult, Visible, everything
from tools.gate import Gate, Heard, HeardKind
from tools.names import WEAK, spoken_name
from tools.proposals import Proposal, Unfinished
from tools.timer_calls import TIMER_TOOLS

LONGEST_UTTERANCE = 1_000
"""Characters; nobody says more in one breath, and what is longer is refused rather than searched for sense."""

TURNS_REMEMBERED = 6

_LOG = logging.getLogger(__name__)


class Sentences(Protocol):
    """The planner that needs no model."""

    def plan(self, text: str, house: House, room: str | None) -> Plan | None: ...

    def is_question(self, text: str) -> bool: ...

    def with_digits(self, text: str) -> str: ...

    def jsgf(self, house: House, room: str | None) -> str: ...

    def confirmation_jsgf(self, echo: str | None) -> str: ...

    def pin_jsgf(self) -> str: ...

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
class _Draft:
    """A reply in the making."""

    text: str
    planner: Planner
    results: tuple[ToolResult, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    tokens: int = 0


@dataclass(slots=True)
class _Satellite:
    """What is remembered of one place where people speak."""

    past: deque[PastTurn] = field(default_factory=lambda: deque(maxlen=TURNS_REMEMBERED))
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Turns:
    """Takes utterances from every satellite, one at a time for each."""

    def __init__(
        self,
        *,
        sentences: Sentences,
        model: Model | None,
        desk: Desk,
        gate: Gate,
        questions: Questions,
        audit: Audit,
        replies: Replies,
        calls_per_turn: int,
        visible: Visible = everything,
        monotonic: Callable[[], float] = time.monotonic,
        rings: Rings | None = None,
    ) -> None:
        self._sentences = sentences
        self._model = model
        self._desk = desk
        self._gate = gate
        self._questions = questions
        self._audit = audit
        self._replies = replies
        self._calls_per_turn = calls_per_turn
        self._visible = visible
        self._asked_back = OpenQuestions(monotonic)
        self._rings = rings
        self._satellites: defaultdict[str, _Satellite] = defaultdict(_Satellite)
        self._left_over: list[Unfinished] = []

    async def hear(self, utterance: Utterance) -> Reply:
        """Always returns one reply. Nothing has been done to the house unless the reply is a receipt that says so."""
        satellite = self._satellites[utterance.asker.satellite]
        async with satellite.turn:
            started = time.perf_counter()
            turn_id = secrets.token_hex(8)
            heard = utterance.text
            # From here on a PIN is known to the gate alone.
            utterance = replace(utterance, text=await self._gate.without_pin(heard, utterance.asker))
            try:
                draft = await self._decide(heard, utterance, satellite, turn_id)
            except StoreUnavailable as error:
                _LOG.error("A turn could not be taken: %s", error)
                # A question that was not put to the person must not be there to be answered.
                await self._gate.expire(utterance.asker.satellite)
                draft = _Draft(text=sentence.STORE_BROKEN, planner=Planner.NONE)
            total_ms = (time.perf_counter() - started) * 1000
            reply = self._reply(draft, utterance, turn_id, total_ms)
            await self._finish(utterance, reply, satellite, draft.tokens)
            return reply

    def tell_later(self, unfinished: Sequence[Unfinished]) -> None:
        """What an earlier run left half done is said with the next reply, whoever gets it: nobody may have heard."""
        self._left_over.extend(unfinished)

    async def spoken(self, asker: Asker) -> None:
        """The reply has been heard to its end; the time for a yes starts now."""
        self._gate.window_opens(asker.satellite)
        self._asked_back.spoken(asker.satellite)
        if self._rings is not None:
            await self._rings.told(asker)

    async def silence(self, asker: Asker) -> Reply | None:
        """Nobody answered in time: what was open is closed, and that is said."""
        proposal = await self._gate.expire(asker.satellite)
        self._asked_back.drop(asker.satellite)
        if proposal is None:
            return None
        return Reply(turn_id=secrets.token_hex(8), text=sentence.EXPIRED, planner=Planner.INTERCEPTOR)

    async def vocabulary(self, asker: Asker, expects: Expects) -> Vocabulary:
        """What can be said now: while something waits for consent, only the answer to it."""
        proposal = self._gate.pending(asker.satellite)
        if expects is Expects.PIN:
            return Vocabulary(jsgf=self._sentences.pin_jsgf())
        if proposal is not None and expects is Expects.CONFIRMATION:
            return Vocabulary(jsgf=self._sentences.confirmation_jsgf(proposal.echo))
        candidates = self._asked_back.candidates(asker.satellite)
        if candidates and expects is Expects.CHOICE:
            return Vocabulary(jsgf=self._sentences.choice_jsgf(candidates), names=candidates)
        house = await self._questions.house()
        names = (*house.rooms, *(entity.name for entity in house.entities))
        return Vocabulary(jsgf=self._sentences.jsgf(house, asker.room), names=tuple(dict.fromkeys(names)))

    async def _decide(self, said: str, utterance: Utterance, satellite: _Satellite, turn_id: str) -> _Draft:
        """`said` is for the gate alone; everything else gets the utterance, in which no PIN is."""
        if len(utterance.text) > LONGEST_UTTERANCE:
            return _Draft(text=sentence.TOO_LONG, planner=Planner.INTERCEPTOR)
        text = " ".join(utterance.text.split())
        if not text:
            # Speech that fits nothing is no answer to a question either: what is open stays open, and expires.
            house = self._visible(await self._questions.house(), utterance.asker)
            return _Draft(text=_with_examples(sentence.NOT_UNDERSTOOD, house), planner=Planner.NONE)
        # A recogniser writes numbers as words, and a device may well be called `Lock 2`.
        heard = await self._gate.hear(self._sentences.with_digits(" ".join(said.split())), utterance.asker)
        if heard is not None and heard.kind is not HeardKind.OTHER:
            return _Draft(text=self._consented(heard), planner=Planner.INTERCEPTOR)
        utterance = replace(utterance, text=text)
        question = self._asked_back.take(utterance.asker)
        if question is not None and heard is None:
            answered = await self._answered(question, utterance.text, turn_id)
            if answered is not None:
                return answered
        draft = await self._plan(utterance, satellite, turn_id)
        return replace(draft, text=f"{sentence.NOT_DONE} {draft.text}") if heard is not None else draft

    async def _answered(self, question: Question, said: str, turn_id: str) -> _Draft | None:
        """What comes of an answer to `which one`; None where it is none, but a request of its own."""
        answer = self._sentences.chosen(question.candidates, said)
        match answer.meaning:
            case Meaning.PICKED:
                return await self._call_again(question, answer.name, turn_id)
            case Meaning.AGAIN if self._asked_back.put_again(question):
                return _Draft(text=question.text, planner=Planner.INTERCEPTOR)
            case Meaning.AGAIN | Meaning.NEITHER:
                return _Draft(text=sentence.NEVER_MIND, planner=Planner.INTERCEPTOR)
            case Meaning.OTHER:
                return None

    async def _call_again(self, question: Question, name: str, turn_id: str) -> _Draft:
        """The call that was asked for, from the beginning and by the one way through, with the name put right."""
        # A name that the person never said is nobody's clear order, so that an act is always asked about.
        asker = replace(question.asker, by_code=question.asker.by_code and not question.guess)
        offered = self._desk.offered(asker, may_act=question.may_act)
        result = await self._desk.call(
            call_with(question, name), asker, offered, TurnBudget(turn_id=turn_id, calls_left=1)
        )
        text = await self._at_once((result,), asker) or self._rendered((result,))
        self._asked_back.ask((result,), text, asker, may_act=question.may_act)
        return _Draft(
            text=text, planner=Planner.INTERCEPTOR, results=(result,), timings_ms={"tools": result.elapsed_ms}
        )

    def _consented(self, heard: Heard) -> str:
        match heard.kind:
            case HeardKind.ACCEPTED:
                return self._replies.receipts(heard.receipts)
            case HeardKind.REPEAT:
                return self._replies.proposal(heard.proposal)
            case HeardKind.ECHO_NEEDED:
                return self._replies.echo_needed(heard.proposal)
            case HeardKind.PIN_NEEDED:
                return sentence.PIN_NEEDED
            case HeardKind.PIN_WRONG:
                return sentence.PIN_WRONG
            case HeardKind.CONSOLE_NEEDED:
                return sentence.CONSOLE_NEEDED
            case _:
                return sentence.NOT_DONE

    async def _plan(self, utterance: Utterance, satellite: _Satellite, turn_id: str) -> _Draft:
        asker = utterance.asker
        everything_here = await self._questions.house()
        house = self._visible(everything_here, asker)
        started = time.perf_counter()
        plan = self._sentences.plan(utterance.text, everything_here, asker.room)
        timings = {"plan": (time.perf_counter() - started) * 1000}
        may_act = not self._sentences.is_question(utterance.text)
        offered = self._desk.offered(asker, may_act=may_act)
        budget = TurnBudget(turn_id=turn_id, calls_left=self._calls_per_turn)

        by_code = replace(asker, by_code=plan is not None)

        async def call(wanted: ToolCall) -> ToolResult:
            return await self._desk.call(wanted, by_code, offered, budget)

        if plan is not None and plan.small_talk is not None:
            if plan.small_talk == "nevermind" and self._rings is not None:
                await self._rings.silence(asker)
            return _Draft(text=self._small_talk(plan.small_talk, house), planner=Planner.SENTENCES)
        if plan is not None:
            results = tuple([await call(wanted) for wanted in plan.calls])
            timings["tools"] = sum(result.elapsed_ms for result in results)
            text = await self._at_once(results, by_code)
            answerable = house.entities or all(result.call.name in TIMER_TOOLS for result in results)
            text = text or (self._rendered(results) if answerable else sentence.NO_DEVICES)
            self._asked_back.ask(results, text, by_code, may_act=may_act)
            return _Draft(text=text, planner=Planner.SENTENCES, results=results, timings_ms=timings)
        if self._gate.is_answer(utterance.text):
            # A yes to nothing goes to no model: it could only guess what was meant by it.
            return _Draft(text=sentence.NOTHING_PENDING, planner=Planner.INTERCEPTOR, timings_ms=timings)
        draft = await self._ask_model(utterance, satellite, house, offered, call, timings)
        self._asked_back.ask(draft.results, draft.text, by_code, may_act=may_act)
        return draft

    async def _at_once(self, results: Sequence[ToolResult], asker: Asker) -> str:
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
        satellite: _Satellite,
        house: House,
        offered: tuple[Tool, ...],
        call: RunCall,
        timings: Mapping[str, float],
    ) -> _Draft:
        if self._model is None:
            return _Draft(text=_with_examples(sentence.DECLINED, house), planner=Planner.NONE, timings_ms=timings)
        told = await self._model.run(self._request(utterance, satellite, house, offered), call)
        if told.failure:
            _LOG.warning("the language model failed: %s", told.failure)
        asked = any(result.verdict == NEEDS_CONFIRMATION for result in told.results) or asks_which(told.results)
        # What a person says yes to, or chooses from, is always the question that code made.
        text = self._rendered(told.results) if asked or not told.text else told.text
        if not text:
            gone = told.stopped_because in {StoppedBecause.ENDPOINT, StoppedBecause.TIME, StoppedBecause.UNUSABLE}
            text = sentence.MODEL_FAILED if gone else _with_examples(sentence.DECLINED, house)
        return _Draft(
            text=text,
            planner=Planner.MODEL,
            results=told.results,
            timings_ms={**timings, **{f"model_{name}": value for name, value in told.timings_ms.items()}},
            tokens=told.tokens_in + told.tokens_out,
        )

    def _request(
        self, utterance: Utterance, satellite: _Satellite, house: House, offered: tuple[Tool, ...]
    ) -> ModelRequest:
        devices = [entity for entity in house.entities if entity.category is None]
        names = {spoken_name(entity, house) for entity in devices} | {room.lower() for room in house.rooms}
        return ModelRequest(
            text=utterance.text,
            now=self._replies.now(),
            room=utterance.asker.room,
            role=utterance.asker.role,
            history=tuple(satellite.past),
            tools=offered,
            inventory=tuple(sorted(names)),
            present=present_in(house),
        )

    def _rendered(self, results: Sequence[ToolResult]) -> str:
        """The results in code's words; a question to the person comes last, where it will be answered."""
        answered = [result for result in results if result.answer is not None and result.verdict == OK]
        proposed = [result for result in results if result.answer is not None and result.verdict == NEEDS_CONFIRMATION]
        spoken = [self._replies.answer(result.answer) for result in answered + proposed if result.answer is not None]
        if spoken:
            return " ".join(dict.fromkeys(spoken))
        failed = [self._replies.error(result.error) for result in results if result.error is not None]
        return failed[-1] if failed else ""

    def _small_talk(self, key: str, house: House) -> str:
        match key:
            case "time":
                return self._replies.time_now()
            case "date":
                return self._replies.date_today()
            case "nevermind":
                return sentence.NEVER_MIND
            case "thanks":
                return sentence.WELCOME
            case "hello":
                return sentence.HELLO
            case _:
                return _with_examples(sentence.CAN_DO, house)

    def _reply(self, draft: _Draft, utterance: Utterance, turn_id: str, total_ms: float) -> Reply:
        pending = self._gate.pending(utterance.asker.satellite)
        told = []
        if utterance.asker.role is not Role.GUEST:
            told = [self._replies.unfinished(one) for one in self._left_over]
            self._left_over.clear()
        rang = self._rings.news(utterance.asker) if self._rings is not None and pending is None else ""
        return Reply(
            turn_id=turn_id,
            text=" ".join([*told, draft.text, *filter(None, [rang])]),
            planner=draft.planner,
            results=draft.results,
            expects=_expected(pending, self._asked_back.candidates(utterance.asker.satellite)),
            proposal_id=pending.id if pending else None,
            timings_ms={**utterance.timings_ms, **draft.timings_ms, "turn": total_ms},
        )

    async def _finish(self, utterance: Utterance, reply: Reply, satellite: _Satellite, tokens: int) -> None:
        satellite.past.append((utterance.text[:LONGEST_UTTERANCE], reply.text))
        _LOG.info("turn %s by %s took %.0f ms", reply.turn_id, reply.planner, reply.timings_ms["turn"])
        _LOG.debug("turn %s heard %r and said %r", reply.turn_id, utterance.text, reply.text)
        record = {
            "turn": reply.turn_id,
            "satellite": utterance.asker.satellite,
            "role": utterance.asker.role,
            "room": utterance.asker.room,
            "heard": utterance.text,
            "planner": reply.planner,
            "calls": [result_as_json(result) for result in reply.results],
            "said": reply.text,
            "tokens": tokens,
            "timings_ms": {name: round(value, 1) for name, value in reply.timings_ms.items()},
        }
        try:
            await self._audit.append(Event.TURN, record)
        except StoreUnavailable as error:
            _LOG.error("The audit could not be written: %s", error)


def _expected(pending: Proposal | None, candidates: Sequence[str]) -> Expects:
    """What is listened for without the wake word; nothing that is said allows what needs the console."""
    if pending is None or pending.ask is Ask.CONSOLE:
        return Expects.CHOICE if candidates and pending is None else Expects.NOTHING
    return Expects.PIN if pending.pin_wanted else Expects.CONFIRMATION


def _with_examples(text: str, house: House) -> str:
    """The text with a room and a light of this very house in its examples, so that they work when they are tried."""
    by_quantity = {aspect.quantity: entity for entity, aspect, _ in house.series() if entity.room}
    warm, light = by_quantity.get(Quantity.TEMPERATURE), by_quantity.get(Quantity.LIGHT)
    room = warm.room.lower() if warm and warm.room else "bedroom"
    return text.format(room=room, light=spoken_name(light, house) if light else "light")
