"""The gate: the only way from a wish to a device. A person's yes opens it once, for exactly what they were asked.

A planner can cause a proposal and nothing else. Consent comes in through `hear` and `approve`, which the assistant
calls with what a person said or typed; a proposal is bound to a digest, expires, and is used up by one yes.
"""

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from config.asking import Ask, ConfirmSettings, strictest
from config.language import Confirm
from sensors.database import StoreUnavailable
from sensors.home import House
from sensors.measures import Sample
from sensors.questions import Questions
from sensors.reading import SeriesKey
from tools.answers import Action
from tools.audit import Audit, Event
from tools.consent import Consent, consent, echo_noun
from tools.contract import Asker, ErrorCode, Role, ToolError
from tools.executor import Executor, Publish, Receipt, commands_of, digest_of, proof_key
from tools.media import media_playing
from tools.names import fold
from tools.patience import Patience
from tools.pin import BLANK, Pin, Tries, blank_digits, has_digits, only_digits, split_pin
from tools.proposals import Proposal, Proposals, State, Unfinished, as_record
from tools.reasons import Reason
from tools.rules import Rules
from tools.tiers import Asked, for_asker, what_to_ask

_LOG = logging.getLogger(__name__)

MOST_REPEATS = 3
"""How often the question is put again before it is dropped."""
WINDOWS = 4
"""A proposal ends after so many times `confirm_seconds`, however often its question is put again."""
CONSOLE_WINDOWS = 4
"""What is approved elsewhere takes a walk."""


class HeardKind(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REPEAT = "repeat"
    ECHO_NEEDED = "echo_needed"
    PIN_NEEDED = "pin_needed"
    PIN_WRONG = "pin_wrong"
    CONSOLE_NEEDED = "console_needed"
    OTHER = "other"
    """Something else was said: the proposal is closed as not done, and the words are a fresh request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a person's words did to the open proposal."""

    kind: HeardKind
    proposal: Proposal
    receipts: tuple[Receipt, ...] = ()


class Gate:
    """One for the whole house. Satellites never share a proposal."""

    def __init__(
        self,
        *,
        publish: Publish,
        questions: Questions,
        proposals: Proposals,
        audit: Audit,
        confirm: Confirm,
        settings: ConfirmSettings,
        rules: Rules,
        confirm_seconds: float,
        receipt_seconds: float,
        monotonic: Callable[[], float],
        clock_ms: Callable[[], int],
    ) -> None:
        self._questions = questions
        self._proposals = proposals
        self._audit = audit
        self._confirm = confirm
        self._settings = settings
        self._rules = rules
        self._confirm_seconds = confirm_seconds
        self._monotonic = monotonic
        self._pin = Pin(settings.pin_hash.get_secret_value()) if settings.pin_hash else None
        self._tries: defaultdict[str, Tries] = defaultdict(partial(Tries, monotonic))
        self._patience = Patience(monotonic)
        self._open: dict[str, Proposal] = {}
        self._proposing = asyncio.Lock()
        self._executor = Executor(
            publish=publish,
            questions=questions,
            proposals=proposals,
            audit=audit,
            may_send=self._may_send,
            receipt_seconds=receipt_seconds,
            monotonic=monotonic,
            clock_ms=clock_ms,
        )

    async def recover(self) -> tuple[Unfinished, ...]:
        """To be called once, at start. Nothing of an earlier run can be answered; what it left half done is told."""
        unfinished = await self._proposals.recover()
        for one in unfinished:
            await self._note(Event.CLOSED, {"proposal": one.id, "state": State.UNKNOWN})
        return unfinished

    async def propose(self, actions: Sequence[Action], asker: Asker) -> Proposal:
        """Opens a proposal on the asker's satellite, in place of any older one. Nothing is sent.

        Raises ToolError where it may not be asked for, StoreUnavailable where it cannot be recorded.
        """
        if not actions:
            raise ValueError("a proposal needs at least one action")
        # One at a time: of two at the same moment the later takes the place of the earlier, and closes it.
        async with self._proposing:
            return await self._propose(actions, asker)

    async def _propose(self, actions: Sequence[Action], asker: Asker) -> Proposal:
        house = await self._questions.house()
        digest = digest_of(actions, house)
        if not self._rules.acting():
            raise ToolError(ErrorCode.NOT_ALLOWED, Reason.ACTING_OFF)
        self._patience.check(digest, asker)
        seen = await self._states(actions, house)
        asked = await self._asked(actions, asker, seen, house)
        if self._live(asker.satellite) is None:
            await self.expire(asker.satellite)
        older = self._open.pop(asker.satellite, None)
        if older is not None:
            await self._close(older, State.SUPERSEDED, counts=older.digest != digest)
        proposal = self._made(actions, asker, digest, asked, seen)
        await self._proposals.add(proposal)
        await self._audit.append(Event.PROPOSED, as_record(proposal))
        self._open[asker.satellite] = proposal
        return proposal

    async def _asked(
        self,
        actions: Sequence[Action],
        asker: Asker,
        seen: Sequence[tuple[SeriesKey, Sample | None]],
        house: House,
    ) -> Asked:
        """What the person must do. Raises ToolError where nothing that they do would be enough."""
        numbers = {key.entity_id: sample.value for key, sample in seen if sample and isinstance(sample.value, float)}
        asked = what_to_ask(actions, numbers, self._settings)
        if not all(self._rules.may_do(asker, action, house, asked.ask) for action in actions):
            raise ToolError(ErrorCode.NOT_SUPPORTED, Reason.ONLY_READ, received=asked.names[0])
        if asked.ask is Ask.NEVER:
            raise ToolError(ErrorCode.NOT_ALLOWED, Reason.NEVER, received=asked.names[0])
        asked = replace(asked, ask=for_asker(asked.ask, asker))
        if not asker.typed and await media_playing(house, self._questions, asker.room):
            asked = replace(asked, ask=strictest(asked.ask, Ask.NOUN))
        locked = self._tries[asker.satellite].locked_seconds() if asked.ask is Ask.PIN else 0.0
        if locked:
            minutes = max(1, round(locked / 60))
            raise ToolError(ErrorCode.RATE_LIMITED, Reason.PIN_LOCKED, facts={"minutes": minutes})
        return asked

    def _made(
        self,
        actions: Sequence[Action],
        asker: Asker,
        digest: str,
        asked: Asked,
        seen: tuple[tuple[SeriesKey, Sample | None], ...],
    ) -> Proposal:
        window = self._window(asked.ask)
        return Proposal(
            id=secrets.token_hex(16),
            asker=asker,
            actions=tuple(actions),
            digest=digest,
            ask=asked.ask,
            echo=echo_noun(asked, self._confirm),
            seen=seen,
            expires_seconds=self._monotonic() + window,
            ends_seconds=self._monotonic() + WINDOWS * window,
        )

    def _window(self, ask: Ask) -> float:
        return self._confirm_seconds * (CONSOLE_WINDOWS if ask is Ask.CONSOLE else 1)

    def window_opens(self, satellite: str, proposal_id: str) -> None:
        """The question has been heard to its end: the time for an answer starts now.

        Only for the proposal that was asked about: another may have taken its place while it was spoken.
        """
        proposal = self._live(satellite)
        if proposal is not None and proposal.id == proposal_id:
            expires = min(self._monotonic() + self._window(proposal.ask), proposal.ends_seconds)
            self._open[satellite] = replace(proposal, expires_seconds=expires, asked=True)

    @property
    def pin_length(self) -> int:
        """Digits of the PIN; 0 where there is none."""
        return self._pin.length if self._pin is not None else 0

    def pending(self, satellite: str) -> Proposal | None:
        """The proposal that waits for an answer on this satellite, if it has not expired."""
        return self._live(satellite)

    def waiting(self) -> tuple[Proposal, ...]:
        """All that wait anywhere, for whoever may approve them."""
        return tuple(proposal for satellite in self._open if (proposal := self._live(satellite)))

    def is_answer(self, words: str) -> bool:
        """Whether this is what people say to a proposal, and nothing else: a yes or a no by itself, or a PIN."""
        if self._pin is not None and (words == BLANK or only_digits(words) is not None):
            return True
        return consent(words, self._confirm, None) is Consent.ACCEPT or fold(words) in map(fold, self._confirm.reject)

    async def without_pin(self, words: str, asker: Asker) -> str:
        """What may be kept of a person's words, and shown to a planner. To be asked before the words are used."""
        if self._pin is None:
            return words
        proposal = self._live(asker.satellite)
        entering = proposal is not None and proposal.ask is Ask.PIN and has_digits(words)
        return blank_digits(words) if entering or only_digits(words) is not None else await self._pin.blanked(words)

    async def expire(self, satellite: str) -> Proposal | None:
        """Closes what waits on this satellite because nobody answered. Nothing is sent."""
        proposal = self._open.pop(satellite, None)
        if proposal is not None:
            await self._close(proposal, State.EXPIRED)
        return proposal

    async def sweep(self) -> None:
        """Closes everywhere what nobody answered in time, so that the audit tells how it ended."""
        for satellite in [name for name in self._open if self._live(name) is None]:
            await self.expire(satellite)

    async def close_all(self) -> None:
        """Drops what waits anywhere: acting has been switched off."""
        while self._open:
            await self._drop(next(iter(self._open.values())), State.CANCELLED, HeardKind.OTHER)

    async def hear(self, words: str, asker: Asker) -> Heard | None:
        """Takes a person's words as the answer to what waits on their satellite; None where nothing does.

        Must be called with what a person said or typed and with nothing else.
        """
        proposal = self._live(asker.satellite)
        if proposal is None:
            await self.expire(asker.satellite)
            return None
        if not _is_same(proposal.asker, asker):
            return None
        if (digits := self._pin_in(words, proposal)) is not None:
            return await self._hear_pin(proposal, digits)
        names = [action.name for action in proposal.actions]
        match consent(words, self._confirm, proposal.echo, names=names):
            case Consent.REPEAT:
                return await self._again(proposal, HeardKind.REPEAT)
            case Consent.ECHO_NEEDED:
                return await self._again(proposal, HeardKind.ECHO_NEEDED)
            case Consent.ACCEPT if not proposal.asked:
                return await self._again(proposal, HeardKind.REPEAT)
            case Consent.ACCEPT:
                return await self._accepted(proposal)
            case Consent.REJECT:
                return await self._drop(proposal, State.REJECTED, HeardKind.REJECTED)
            case Consent.OTHER:
                return await self._drop(proposal, State.CANCELLED, HeardKind.OTHER)

    def _pin_in(self, words: str, proposal: Proposal) -> str | None:
        """The digits, where this is the moment for them: after the yes, or in one breath with it."""
        if proposal.ask is not Ask.PIN or not proposal.asked:
            return None
        before, digits = split_pin(words)
        if not before:
            return digits if digits and proposal.pin_wanted else None
        return digits if digits and consent(before, self._confirm, proposal.echo) is Consent.ACCEPT else None

    async def approve(self, proposal_id: str, by: Asker) -> Heard | None:
        """A person allows, from the console, what waits anywhere; None where it does not wait (any more).

        Raises ToolError(NOT_ALLOWED) for whoever is not the owner at a keyboard.
        """
        if not by.typed or by.role is not Role.OWNER:
            raise ToolError(ErrorCode.NOT_ALLOWED, Reason.ONLY_CONSOLE)
        proposal = next((one for one in self.waiting() if one.id == proposal_id), None)
        return None if proposal is None else await self._execute(proposal, by)

    async def reject(self, proposal_id: str) -> Heard | None:
        """A person refuses, from wherever, what waits anywhere; None where it does not wait (any more)."""
        proposal = next((one for one in self.waiting() if one.id == proposal_id), None)
        return None if proposal is None else await self._drop(proposal, State.REJECTED, HeardKind.REJECTED)

    async def at_once(self, proposal_id: str, asker: Asker) -> Heard | None:
        """Does what the settings let the owner's own clear order be enough for; None for anything else."""
        proposal = self._live(asker.satellite)
        if proposal is None or proposal.id != proposal_id or proposal.ask is not Ask.AT_ONCE:
            return None
        return await self._execute(proposal, asker) if _is_same(proposal.asker, asker) and asker.by_code else None

    async def _accepted(self, proposal: Proposal) -> Heard:
        """The whole yes has been said; some things take more than that."""
        if proposal.ask is Ask.CONSOLE:
            return await self._again(proposal, HeardKind.CONSOLE_NEEDED)
        if proposal.ask is Ask.PIN:
            return await self._want_pin(proposal)
        return await self._execute(proposal, proposal.asker)

    async def _want_pin(self, proposal: Proposal) -> Heard:
        if proposal.pin_wanted:
            return await self._again(proposal, HeardKind.PIN_NEEDED)
        self._open[proposal.asker.satellite] = wanting = replace(proposal, pin_wanted=True)
        return Heard(kind=HeardKind.PIN_NEEDED, proposal=wanting)

    async def _hear_pin(self, proposal: Proposal, digits: str) -> Heard:
        tries = self._tries[proposal.asker.satellite]
        # Taken out before the first await: two tries at the same moment are not two tries.
        del self._open[proposal.asker.satellite]
        if self._pin is not None and not tries.locked_seconds() and await self._pin.is_right(digits):
            tries.forget()
            return await self._consumed(proposal, proposal.asker)
        tries.wrong()
        _LOG.warning("a wrong PIN on satellite %s", proposal.asker.satellite)
        await self._note(Event.PIN, {"proposal": proposal.id, "locked": tries.locked_seconds() > 0})
        await self._end(proposal, State.REJECTED)
        return Heard(kind=HeardKind.PIN_WRONG, proposal=proposal)

    async def _again(self, proposal: Proposal, kind: HeardKind) -> Heard:
        """The proposal stays open; but nobody is asked for ever."""
        if proposal.repeats >= MOST_REPEATS:
            return await self._drop(proposal, State.CANCELLED, HeardKind.REJECTED)
        again = replace(proposal, repeats=proposal.repeats + 1)
        self._open[proposal.asker.satellite] = again
        return Heard(kind=kind, proposal=again)

    async def _execute(self, proposal: Proposal, by: Asker) -> Heard:
        # Taken out before the first await: a second yes, however close, finds nothing to consume.
        del self._open[proposal.asker.satellite]
        return await self._consumed(proposal, by)

    async def _consumed(self, proposal: Proposal, by: Asker) -> Heard:
        self._patience.accepted(proposal.asker.satellite)
        receipts = await self._executor.execute(proposal, by)
        return Heard(kind=HeardKind.ACCEPTED, proposal=proposal, receipts=receipts)

    def _may_send(self, proposal: Proposal, house: House) -> bool:
        return self._rules.acting() and all(
            self._rules.may_do(proposal.asker, action, house, proposal.ask) for action in proposal.actions
        )

    def _live(self, satellite: str) -> Proposal | None:
        proposal = self._open.get(satellite)
        return proposal if proposal and self._monotonic() < proposal.expires_seconds else None

    async def _drop(self, proposal: Proposal, how: State, kind: HeardKind) -> Heard:
        del self._open[proposal.asker.satellite]
        await self._end(proposal, how)
        return Heard(kind=kind, proposal=proposal)

    async def _end(self, proposal: Proposal, how: State) -> None:
        self._patience.refused(proposal.asker.satellite, proposal.digest)
        await self._close(proposal, how)

    async def _close(self, proposal: Proposal, how: State, *, counts: bool = True) -> None:
        if counts:
            self._patience.unaccepted(proposal.asker.satellite)
        try:
            await self._proposals.close(proposal.id, how)
        except StoreUnavailable as error:
            # It is closed in here already, and a start closes it there.
            _LOG.error("That a proposal was closed could not be recorded: %s", error)
        await self._note(Event.CLOSED, {"proposal": proposal.id, "state": how})

    async def _note(self, event: Event, body: Mapping[str, object]) -> None:
        """Records what has already happened; a full disk must not keep a person from hearing about it."""
        try:
            await self._audit.append(event, body)
        except StoreUnavailable as error:
            _LOG.error("The audit could not be written: %s", error)

    async def _states(self, actions: Sequence[Action], house: House) -> tuple[tuple[SeriesKey, Sample | None], ...]:
        proofs = [proof_key(action, command) for action, command in commands_of(actions, house) if command is not None]
        keys = [key for key in proofs if key is not None]
        latest = await self._questions.latest(keys)
        return tuple((key, latest.get(key)) for key in keys)


def _is_same(one: Asker, other: Asker) -> bool:
    return (one.satellite, one.role) == (other.satellite, other.role)
