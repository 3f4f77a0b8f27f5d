"""The gate: the only way from a wish to a device. It holds the one `publish`, and a person's yes opens it once.

A planner can cause a proposal and nothing else. Consent comes in through `Gate.hear`, which the assistant calls with
what a person said or typed; a proposal is bound to a digest of its actions, expires, and is used up by one yes.
"""

import asyncio
import hashlib
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from config.language import Confirm
from sensors.broker import BrokerUnavailable, NotConfirmed
from sensors.database import StoreUnavailable
from sensors.home import House
from sensors.measures import Sample
from sensors.questions import Questions
from sensors.reading import Command, SeriesKey
from sensors.template_filters import TemplateFailed
from sensors.templates import render_command
from tools.answers import Action
from tools.audit import Audit, Event
from tools.consent import Consent, consent
from tools.contract import Asker
from tools.danger import is_dangerous
from tools.names import fold

_LOG = logging.getLogger(__name__)

TOLERANCES = {"percent": 1.5, "kelvin": 60.0}
DEFAULT_TOLERANCE = 0.3
"""How far a number read back may lie from the one sent: devices round (brightness to 1/255, set-points to
half, colour temperatures to whole mireds)."""

_POLL_SECONDS = 0.05


class Publish(Protocol):
    def __call__(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> Awaitable[None]: ...


class Closed(StrEnum):
    """How a proposal ended without anything being done."""

    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a person is asked to allow: exactly these actions, on this satellite, once, until it expires."""

    id: str
    asker: Asker
    actions: tuple[Action, ...]
    echo: str | None
    digest: str
    seen: tuple[tuple[SeriesKey, Sample | None], ...]
    """What the devices said when the proposal was made; if that has changed, nothing is done."""
    expires_seconds: float
    """On the monotonic clock."""
    asked: bool = False
    """Whether the question has been heard to its end; before that a yes is an answer to something else."""


class Done(StrEnum):
    """How an allowed action ended."""

    DONE = "done"
    SENT = "sent"
    """The device was told, and it is one that never reports whether it obeyed."""
    NOT_REPORTED = "not_reported"
    CHANGED_MEANWHILE = "changed_meanwhile"
    NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one action. DONE only where the device's own state says so."""

    action: Action
    done: Done
    now_state: str | float | None = None
    detail: str = ""


class HeardKind(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REPEAT = "repeat"
    ECHO_NEEDED = "echo_needed"
    OTHER = "other"
    """Something else was said: the proposal is closed as not done, and the words are a fresh request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a person's words did to the open proposal."""

    kind: HeardKind
    proposal: Proposal
    receipts: tuple[Receipt, ...] = ()


def digest_of(actions: Sequence[Action]) -> str:
    """SHA-256, in hexadecimal, over the canonical JSON of the sorted actions."""
    flat = sorted(json.dumps([one.entity_id, one.verb, one.value, one.unit]) for one in actions)
    return hashlib.sha256("\n".join(flat).encode()).hexdigest()


def echo_noun(actions: Sequence[Action]) -> str | None:
    """The noun that must be said with the yes: the name of the first thing for which a plain yes is not enough."""
    return next((action.name for action in actions if is_dangerous(action)), None)


class Gate:
    """One for the whole house. Satellites never share a proposal; a device obeys one proposal at a time."""

    def __init__(
        self,
        *,
        publish: Publish,
        questions: Questions,
        audit: Audit,
        confirm: Confirm,
        confirm_seconds: float,
        receipt_seconds: float,
        monotonic: Callable[[], float],
        clock_ms: Callable[[], int],
    ) -> None:
        self._publish = publish
        self._questions = questions
        self._audit = audit
        self._confirm = confirm
        self._confirm_seconds = confirm_seconds
        self._receipt_seconds = receipt_seconds
        self._monotonic = monotonic
        self._clock_ms = clock_ms
        self._open: dict[str, Proposal] = {}
        self._sending = asyncio.Lock()

    async def propose(self, actions: Sequence[Action], asker: Asker) -> Proposal:
        """Opens a proposal on the asker's satellite, in place of any older one. Nothing is sent.

        Raises StoreUnavailable where it cannot be recorded: what cannot be audited is not offered.
        """
        if not actions:
            raise ValueError("a proposal needs at least one action")
        older = self._open.pop(asker.satellite, None)
        if older is not None:
            await self._close(older, Closed.SUPERSEDED)
        proposal = Proposal(
            id=secrets.token_hex(16),
            asker=asker,
            actions=tuple(actions),
            echo=echo_noun(actions),
            digest=digest_of(actions),
            seen=await self._states(actions),
            expires_seconds=self._monotonic() + self._confirm_seconds,
        )
        await self._audit.append(Event.PROPOSED, _as_record(proposal))
        self._open[asker.satellite] = proposal
        return proposal

    def window_opens(self, satellite: str) -> None:
        """The question has been heard to its end: the time for an answer starts now."""
        if proposal := self._live(satellite):
            expires = self._monotonic() + self._confirm_seconds
            self._open[satellite] = replace(proposal, expires_seconds=expires, asked=True)

    def pending(self, satellite: str) -> Proposal | None:
        """The proposal that waits for an answer on this satellite, if it has not expired."""
        return self._live(satellite)

    def is_answer(self, words: str) -> bool:
        """Whether this is what people say to a proposal, and nothing else: a yes or a no by itself."""
        return consent(words, self._confirm, None) is Consent.ACCEPT or fold(words) in map(fold, self._confirm.reject)

    async def expire(self, satellite: str) -> Proposal | None:
        """Closes what waits on this satellite because nobody answered. Nothing is sent."""
        proposal = self._open.pop(satellite, None)
        if proposal is not None:
            await self._close(proposal, Closed.EXPIRED)
        return proposal

    async def sweep(self) -> None:
        """Closes everywhere what nobody answered in time, so that the audit tells how it ended."""
        for satellite in [name for name in self._open if self._live(name) is None]:
            await self.expire(satellite)

    async def hear(self, words: str, asker: Asker) -> Heard | None:
        """Takes a person's words as the answer to what waits on their satellite; None where nothing does.

        Must be called with what a person said or typed and with nothing else.
        """
        proposal = self._live(asker.satellite)
        if proposal is None:
            await self.expire(asker.satellite)
            return None
        if proposal.asker != asker:
            return None
        match consent(words, self._confirm, proposal.echo):
            case Consent.REPEAT:
                return Heard(kind=HeardKind.REPEAT, proposal=proposal)
            case Consent.ECHO_NEEDED:
                return Heard(kind=HeardKind.ECHO_NEEDED, proposal=proposal)
            case Consent.ACCEPT if not proposal.asked:
                return Heard(kind=HeardKind.REPEAT, proposal=proposal)
            case Consent.ACCEPT:
                # Taken out before the first await: a second yes, however close, finds nothing to consume.
                del self._open[asker.satellite]
                receipts = await self._execute(proposal)
                return Heard(kind=HeardKind.ACCEPTED, proposal=proposal, receipts=receipts)
            case Consent.REJECT:
                return await self._refuse(proposal, Closed.REJECTED, HeardKind.REJECTED)
            case Consent.OTHER:
                return await self._refuse(proposal, Closed.CANCELLED, HeardKind.OTHER)

    def _live(self, satellite: str) -> Proposal | None:
        proposal = self._open.get(satellite)
        return proposal if proposal and self._monotonic() < proposal.expires_seconds else None

    async def _refuse(self, proposal: Proposal, how: Closed, kind: HeardKind) -> Heard:
        del self._open[proposal.asker.satellite]
        await self._close(proposal, how)
        return Heard(kind=kind, proposal=proposal)

    async def _close(self, proposal: Proposal, how: Closed) -> None:
        await self._note(Event.CLOSED, {"proposal": proposal.id, "state": how})

    async def _note(self, event: Event, body: Mapping[str, object]) -> None:
        """Records what has already happened; a full disk must not keep a person from hearing about it."""
        try:
            await self._audit.append(event, body)
        except StoreUnavailable as error:
            _LOG.error("The audit could not be written: %s", error)

    async def _states(self, actions: Sequence[Action]) -> tuple[tuple[SeriesKey, Sample | None], ...]:
        house = await self._questions.house()
        proofs = [_proof_key(action, command) for action, command in _commands(actions, house) if command is not None]
        keys = [key for key in proofs if key is not None]
        latest = await self._questions.latest(keys)
        return tuple((key, latest.get(key)) for key in keys)

    async def _execute(self, proposal: Proposal) -> tuple[Receipt, ...]:
        """Claims, sends each action at most once, and waits for the devices' own word."""
        async with self._sending:
            receipts = await self._claim_and_send(proposal)
        done = await asyncio.gather(*(self._receipt(receipt) for receipt in receipts))
        final = tuple(receipt for receipt, _ in done)
        await self._record_receipts(proposal, final)
        return final

    async def _claim_and_send(self, proposal: Proposal) -> list["_Sent"]:
        if digest_of(proposal.actions) != proposal.digest:
            _LOG.critical("The actions of proposal %s are not those that were asked about", proposal.id)
            return [_Sent(Receipt(action=one, done=Done.CHANGED_MEANWHILE)) for one in proposal.actions]
        house = await self._questions.house()
        changed = await self._changed(proposal)
        try:
            await self._audit.append(Event.CLAIMED, {"proposal": proposal.id, "digest": proposal.digest})
        except StoreUnavailable as error:
            return [_Sent(Receipt(action=one, done=Done.NOT_SENT, detail=str(error))) for one in proposal.actions]
        sent = []
        for action, command in _commands(proposal.actions, house):
            if command is None or _proof_key(action, command) in changed:
                sent.append(_Sent(Receipt(action=action, done=Done.CHANGED_MEANWHILE)))
            else:
                sent.append(await self._send(action, command))
        return sent

    async def _changed(self, proposal: Proposal) -> set[SeriesKey]:
        """The series whose value is no longer what it was when the person was asked."""
        now = await self._questions.latest([key for key, _ in proposal.seen])
        return {key for key, then in proposal.seen if _value(now.get(key)) != _value(then)}

    async def _send(self, action: Action, command: Command) -> "_Sent":
        at_ms = self._clock_ms()
        try:
            payload = render_command(command, action.value)
            await self._publish(command.topic, payload, qos=command.qos, retain=command.retain)
        except NotConfirmed as error:
            # It may be on its way: only the device can tell now, and it is not sent a second time.
            _LOG.warning("%s may or may not have been told: %s", action.entity_id, error)
        except (BrokerUnavailable, TemplateFailed, ValueError) as error:
            return _Sent(Receipt(action=action, done=Done.NOT_SENT, detail=str(error)))
        return _Sent(Receipt(action=action, done=Done.NOT_REPORTED), command=command, at_ms=at_ms)

    async def _receipt(self, sent: "_Sent") -> tuple[Receipt, Sample | None]:
        """Waits until the device itself reports what was asked of it, or the time for that is over."""
        if sent.command is None:
            return sent.receipt, None
        key = _proof_key(sent.receipt.action, sent.command)
        if key is None:
            return replace(sent.receipt, done=Done.SENT), None
        expected = sent.receipt.action.value if sent.command.proof_state is None else sent.command.proof_state
        deadline = self._monotonic() + self._receipt_seconds
        while True:
            sample = (await self._questions.latest([key])).get(key)
            if sample and sample.seen_ms >= sent.at_ms and _proves(sample.value, expected, sent.command):
                return replace(sent.receipt, done=Done.DONE, now_state=sample.value), sample
            if self._monotonic() >= deadline:
                return replace(sent.receipt, now_state=_value(sample)), sample
            await asyncio.sleep(_POLL_SECONDS)

    async def _record_receipts(self, proposal: Proposal, receipts: Sequence[Receipt]) -> None:
        body = [
            {"entity": one.action.entity_id, "verb": one.action.verb, "done": one.done, "now": one.now_state}
            for one in receipts
        ]
        await self._note(Event.RECEIPT, {"proposal": proposal.id, "receipts": body})


@dataclass(frozen=True, slots=True)
class _Sent:
    receipt: Receipt
    command: Command | None = None
    at_ms: int = 0


def _commands(actions: Sequence[Action], house: House) -> list[tuple[Action, Command | None]]:
    """Each action with the device's own command for it; None where the device no longer has one."""
    found = []
    for action in actions:
        entity = house.by_id.get(action.entity_id)
        found.append((action, entity.command(action.verb) if entity else None))
    return found


def _proof_key(action: Action, command: Command) -> SeriesKey | None:
    if command.proof_aspect is None:
        return None
    return SeriesKey(entity_id=action.entity_id, aspect=command.proof_aspect)


def _value(sample: Sample | None) -> float | str | None:
    return sample.value if sample else None


def _proves(value: float | str, expected: float | str | None, command: Command) -> bool:
    if isinstance(value, str) or not isinstance(expected, int | float):
        return value == expected
    tolerance = TOLERANCES.get(command.unit or "", DEFAULT_TOLERANCE)
    # Where the device's own steps are finer, its next value is another one.
    return abs(value - expected) <= (tolerance if command.step is None else min(tolerance, command.step / 2))


def _as_record(proposal: Proposal) -> dict[str, object]:
    return {
        "proposal": proposal.id,
        "satellite": proposal.asker.satellite,
        "role": proposal.asker.role,
        "digest": proposal.digest,
        "echo": proposal.echo,
        "actions": [
            {"entity": one.entity_id, "verb": one.verb, "value": one.value, "unit": one.unit}
            for one in proposal.actions
        ],
    }
