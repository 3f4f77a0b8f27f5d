"""One turn: what a person said in, exactly one reply out. Knows planners, tools and the gate; knows nothing of audio.

Order: an open proposal hears the words first; then stop, repeat and the like; then sentences; then the model.
"""

import asyncio
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.model.history import Past
from assistant.ports import Vocabulary
from assistant.replies.replies import Replies
from assistant.sentences.choosing import Meaning
from assistant.sentences.mapping import LOUDNESS, REPEAT, STOP_ACTING
from assistant.turns.by_model import STOPPED
from assistant.turns.clarify import OpenQuestions, Question, call_with
from assistant.turns.drafts import Draft
from assistant.turns.follow_up import Subjects
from assistant.turns.planning import Planning, Rings, Sentences
from assistant.turns.record import Recorder
from assistant.turns.under_way import UnderWay
from assistant.values import Expects, Planner, Reply, Utterance
from config.asking import Ask
from sensors.database import StoreUnavailable
from sensors.questions import Questions
from tools.arguments import MOST_ORDERS
from tools.call import TurnBudget
from tools.contract import Asker, Role, Visible
from tools.gate import Gate, Heard, HeardKind
from tools.proposals import Proposal, Unfinished

LONGEST_UTTERANCE = 1_000
"""Characters; nobody says more in one breath, and what is longer is refused rather than searched for sense."""

STOPS = frozenset({"nevermind", STOP_ACTING})
"""What people say, by small talk, who do not want to wait for an answer any more."""

OF_SPEECH = LOUDNESS | {REPEAT}
"""What is said of how the assistant speaks, and not to be told again or gone on from."""

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Satellite:
    """What is remembered of one place where people speak."""

    past: Past = field(default_factory=Past)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked: str | None = None
    """The proposal that the last reply asks about."""
    said: str = ""
    """What was spoken last, for who did not hear it."""


class Turns:
    """Takes utterances from every satellite, one at a time for each."""

    def __init__(
        self,
        *,
        sentences: Sentences,
        planning: Planning,
        gate: Gate,
        questions: Questions,
        recorder: Recorder,
        replies: Replies,
        visible: Visible,
        asked_back: OpenQuestions,
        subjects: Subjects,
        rings: Rings | None = None,
    ) -> None:
        self._sentences = sentences
        self._planning = planning
        self._gate = gate
        self._questions = questions
        self._recorder = recorder
        self._replies = replies
        self._visible = visible
        self._asked_back = asked_back
        self._subjects = subjects
        self._rings = rings
        self._loudness = planning.loudness
        self._satellites: defaultdict[str, _Satellite] = defaultdict(_Satellite)
        self._left_over: list[Unfinished] = []
        self._under_way = UnderWay()

    async def hear(self, utterance: Utterance) -> Reply:
        """Always returns one reply. Nothing has been done to the house unless the reply is a receipt that says so."""
        here = utterance.asker.satellite
        if self._under_way.at(here) and await self._means_stop(utterance):
            self._under_way.end(here)
        async with self._satellites[here].turn:
            with self._under_way.taking(here, utterance.wait):
                return await self._take(utterance, self._satellites[here])

    async def wind_down(self) -> None:
        """The program comes to its end: what is under way ends in a reply and a record, soon."""
        await self._under_way.close()

    async def _means_stop(self, utterance: Utterance) -> bool:
        """Whether the words want nothing but that what goes on should end."""
        try:
            house = self._visible(await self._questions.house(), utterance.asker)
            plan = self._sentences.plan(utterance.text[:LONGEST_UTTERANCE], house, None)
        except StoreUnavailable:
            return False  # its own turn says so
        return plan is not None and plan.small_talk in STOPS

    async def _take(self, utterance: Utterance, satellite: _Satellite) -> Reply:
        started = time.perf_counter()
        turn_id = secrets.token_hex(8)
        heard = utterance.text
        utterance = replace(utterance, text=await self._without_pin(heard, utterance.asker))
        try:
            draft = await self._decide(heard, utterance, satellite, turn_id)
        except StoreUnavailable as error:
            _LOG.error("A turn could not be taken: %s", error)
            # A question that was not put to the person must not be there to be answered.
            await self._gate.expire(utterance.asker.satellite)
            draft = Draft(text=self._replies.fixed.store_broken, planner=Planner.NONE)
        except asyncio.CancelledError:
            await self._abandoned(utterance, turn_id)
            raise
        await self._spoken_of(draft, utterance.asker)
        total_ms = (time.perf_counter() - started) * 1000
        reply = self._reply(draft, utterance, turn_id, total_ms)
        satellite.asked = reply.proposal_id
        if draft.intent not in OF_SPEECH:
            satellite.said = reply.text
            satellite.past.add(utterance.text[:LONGEST_UTTERANCE], reply.text, time.monotonic())
        _LOG.debug("turn %s heard %r and said %r", reply.turn_id, utterance.text, reply.text)
        await self._recorder.turn(utterance, reply, draft)
        return reply

    async def _abandoned(self, utterance: Utterance, turn_id: str) -> None:
        """Whoever listened has gone for good: there is nobody to reply to, and the turn is on the record even so."""
        try:
            await self._gate.expire(utterance.asker.satellite)
        except StoreUnavailable as error:
            _LOG.error("What a turn that was broken off had asked is still open: %s", error)
        nothing = Reply(turn_id=turn_id, text="", planner=Planner.NONE)
        await self._recorder.turn(utterance, nothing, Draft(text="", planner=Planner.NONE, intent=STOPPED))

    async def _spoken_of(self, draft: Draft, asker: Asker) -> None:
        """Keeps what the turn was about, for `it` and `and in the bedroom?`."""
        if draft.results:
            try:
                house = self._visible(await self._questions.house(), asker)
            except StoreUnavailable as error:
                _LOG.error("What a turn was about cannot be kept: %s", error)
                return
            self._subjects.note(draft.results, asker, house)
        elif draft.answered is not None:
            self._subjects.again(asker)

    async def _without_pin(self, heard: str, asker: Asker) -> str:
        """What was heard, for everybody but the gate: a PIN is not in it, in figures or in words."""
        figures = self._sentences.with_digits(heard[:LONGEST_UTTERANCE])
        kept = await self._gate.without_pin(figures, asker)
        return heard if kept == figures else kept

    def tell_later(self, unfinished: Sequence[Unfinished]) -> None:
        """What an earlier run left half done is said with the next reply, whoever gets it: nobody may have heard."""
        self._left_over.extend(unfinished)

    async def spoken(self, asker: Asker) -> None:
        """The reply has been heard to its end; the time for a yes starts now."""
        asked = self._satellites[asker.satellite].asked
        if asked is not None:
            self._gate.window_opens(asker.satellite, asked)
        self._asked_back.spoken(asker.satellite)
        self._subjects.heard(asker)
        if self._rings is not None:
            await self._rings.told(asker)

    async def silence(self, asker: Asker) -> Reply | None:
        """Nobody answered in time: what was open is closed, and that is said."""
        return await self._closed(asker, self._replies.fixed.expired)

    async def stopped(self, asker: Asker) -> Reply | None:
        """Somebody said stop while something was spoken or rang: what was open is closed, and that is said."""
        return await self._closed(asker, self._replies.fixed.not_done)

    async def _closed(self, asker: Asker, text: str) -> Reply | None:
        proposal = await self._gate.expire(asker.satellite)
        self._asked_back.drop(asker.satellite)
        if proposal is None:
            return None
        # A question that is closed must not be put again to who asks what was said.
        self._satellites[asker.satellite].said = text
        return Reply(turn_id=secrets.token_hex(8), text=text, planner=Planner.INTERCEPTOR)

    async def vocabulary(self, asker: Asker, expects: Expects) -> Vocabulary:
        """What can be said now: while something waits for consent, only the answer to it."""
        proposal = self._gate.pending(asker.satellite)
        if expects is Expects.PIN:
            return Vocabulary(jsgf=self._sentences.pin_jsgf(self._gate.pin_length))
        if proposal is not None and expects is Expects.CONFIRMATION:
            jsgf, refusals = self._sentences.confirmation_jsgf(proposal.echo), self._sentences.refusals
            return Vocabulary(jsgf=jsgf, refusals=refusals)
        candidates = self._asked_back.candidates(asker.satellite)
        if candidates and expects is Expects.CHOICE:
            return Vocabulary(jsgf=self._sentences.choice_jsgf(candidates), names=candidates)
        house = self._visible(await self._questions.house(), asker)
        names = (*house.rooms, *(entity.name for entity in house.entities))
        follow_ups = self._subjects.of(asker) is not None
        jsgf = self._sentences.jsgf(house, asker.room, follow_ups=follow_ups)
        return Vocabulary(jsgf=jsgf, names=tuple(dict.fromkeys(names)))

    async def _decide(self, said: str, utterance: Utterance, satellite: _Satellite, turn_id: str) -> Draft:
        """`said` is for the gate alone; everything else gets the utterance, in which no PIN is."""
        if len(utterance.text) > LONGEST_UTTERANCE:
            return Draft(text=self._replies.fixed.too_long, planner=Planner.INTERCEPTOR)
        text = " ".join(utterance.text.split())
        if not text:
            # Speech that fits nothing is no answer to a question either: what is open stays open, and expires.
            if (pending := self._gate.pending(utterance.asker.satellite)) is not None:
                asked = f"{self._replies.fixed.not_caught} {self._replies.proposal(pending)}"
                return Draft(text=asked, planner=Planner.INTERCEPTOR, answered=pending.id)
            house = self._visible(await self._questions.house(), utterance.asker)
            return Draft(text=self._replies.not_understood(house), planner=Planner.NONE)
        if (louder := await self._of_loudness(text, utterance.asker)) is not None:
            return louder
        # A recogniser writes numbers as words, and a device may well be called `Lock 2`.
        heard = await self._gate.hear(self._sentences.with_digits(" ".join(said.split())), utterance.asker)
        if (
            heard is not None
            and heard.kind is not HeardKind.OTHER
            and not await self._stops_all(heard, text, utterance.asker)
        ):
            return Draft(
                text=self._consented(heard),
                planner=Planner.INTERCEPTOR,
                intent=heard.kind,
                answered=heard.proposal.id,
                receipts=heard.receipts,
            )
        utterance = replace(utterance, text=text)
        question = self._asked_back.take(utterance.asker)
        if question is not None and heard is None:
            answered = await self._answered(question, utterance.text, turn_id)
            if answered is not None:
                return answered
        draft = await self._planning.plan(
            utterance, satellite.past.turns(time.monotonic()), turn_id, said=satellite.said
        )
        if heard is None:
            return draft
        return replace(draft, text=f"{self._replies.fixed.not_done} {draft.text}", answered=heard.proposal.id)

    async def _of_loudness(self, text: str, asker: Asker) -> Draft | None:
        """`Louder`, said to a question: it is neither yes nor no, so the question is put once more, and louder."""
        pending, asked = self._gate.pending(asker.satellite), self._asked_back.candidates(asker.satellite)
        if pending is None and not asked:
            return None
        plan = self._sentences.plan(text, self._visible(await self._questions.house(), asker), None)
        if plan is None or plan.small_talk not in LOUDNESS:
            return None
        changed, again = self._loudness.change(plan.small_talk, plan.level), ""
        if pending is not None:
            again = self._replies.proposal(pending)
        elif (question := self._asked_back.take(asker)) is not None and self._asked_back.put_again(question):
            again = question.text
        return Draft(
            text=f"{changed} {again}".strip(),
            planner=Planner.INTERCEPTOR,
            intent=plan.small_talk,
            answered=pending.id if pending is not None else None,
        )

    async def _stops_all(self, heard: Heard, text: str, asker: Asker) -> bool:
        """`stop all acting` refuses what was asked, and means more than that."""
        if heard.kind is not HeardKind.REJECTED:
            return False
        plan = self._sentences.plan(text, self._visible(await self._questions.house(), asker), None)
        return plan is not None and plan.small_talk == STOP_ACTING

    async def _answered(self, question: Question, said: str, turn_id: str) -> Draft | None:
        """What comes of an answer to `which one`; None where it is none, but a request of its own."""
        answer = self._sentences.chosen(question.candidates, said)
        match answer.meaning:
            case Meaning.PICKED:
                return await self._call_again(question, answer.name, turn_id)
            case Meaning.AGAIN if self._asked_back.put_again(question):
                return Draft(text=question.text, planner=Planner.INTERCEPTOR)
            case Meaning.AGAIN | Meaning.NEITHER:
                return Draft(text=self._replies.fixed.never_mind, planner=Planner.INTERCEPTOR)
            case Meaning.OTHER:
                return None

    async def _call_again(self, question: Question, name: str, turn_id: str) -> Draft:
        """The call that was asked for, from the beginning and by the one way through, with the name put right."""
        # A name that the person never said is nobody's clear order, so that an act is always asked about.
        asker = replace(question.asker, by_code=question.asker.by_code and not question.guess)
        budget = TurnBudget(turn_id=turn_id, calls_left=MOST_ORDERS)
        done = await self._planning.ordered(call_with(question, name), asker, budget, may_act=question.may_act)
        self._asked_back.ask(done.results[-1:], done.text, asker, may_act=question.may_act)
        elapsed_ms = sum(result.elapsed_ms for result in done.results)
        return Draft(
            text=done.text,
            planner=Planner.INTERCEPTOR,
            results=done.results,
            timings_ms={"tools": elapsed_ms},
            receipts=done.receipts,
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
                return self._replies.fixed.pin_needed
            case HeardKind.PIN_WRONG:
                return self._replies.fixed.pin_wrong
            case HeardKind.CONSOLE_NEEDED:
                return self._replies.fixed.console_needed
            case _:
                return self._replies.fixed.not_done

    def _reply(self, draft: Draft, utterance: Utterance, turn_id: str, total_ms: float) -> Reply:
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


def _expected(pending: Proposal | None, candidates: Sequence[str]) -> Expects:
    """What is listened for without the wake word; nothing that is said allows what needs the console."""
    if pending is None or pending.ask is Ask.CONSOLE:
        return Expects.CHOICE if candidates and pending is None else Expects.NOTHING
    return Expects.PIN if pending.pin_wanted else Expects.CONFIRMATION
