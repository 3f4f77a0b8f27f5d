"""Does what a person allowed: claims it, sends each action at most once, and waits for the devices' own word.

Holds the one `publish`. What it is handed must still be open in the house state, under the digest that was asked
about; it is consumed there, on the disk, before anything is sent.
"""

import asyncio
import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

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
from tools.contract import Asker
from tools.proposals import Proposal, Proposals, State
from tools.reasons import Reason

_LOG = logging.getLogger(__name__)

TOLERANCES = {"percent": 1.5, "kelvin": 60.0}
DEFAULT_TOLERANCE = 0.3
"""How far a number read back may lie from the one sent: devices round (brightness to 1/255, set-points to
half, colour temperatures to whole mireds)."""

_POLL_SECONDS = 0.05


class Publish(Protocol):
    def __call__(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> Awaitable[None]: ...


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


def commands_of(actions: Sequence[Action], house: House) -> list[tuple[Action, Command | None]]:
    """Each action with the device's own command for it; None where the device no longer has one."""
    found = []
    for action in actions:
        entity = house.by_id.get(action.entity_id)
        found.append((action, entity.command(action.verb) if entity else None))
    return found


def digest_of(actions: Sequence[Action], house: House) -> str:
    """SHA-256, in hexadecimal, over the canonical JSON of the sorted actions, each with what it would send where.

    So a device that announces another command topic between the question and the yes is not the one asked about.
    """
    flat = sorted(
        json.dumps([one.entity_id, one.verb, one.value, one.unit, *_wire(command)])
        for one, command in commands_of(actions, house)
    )
    return hashlib.sha256("\n".join(flat).encode()).hexdigest()


def _wire(command: Command | None) -> Sequence[object]:
    if command is None:
        return ()
    return command.topic, command.payload, command.qos, command.retain, command.scale, command.offset


def proof_key(action: Action, command: Command) -> SeriesKey | None:
    """The series in which the device reports whether it obeyed; None where it never does."""
    if command.proof_aspect is None:
        return None
    return SeriesKey(entity_id=action.entity_id, aspect=command.proof_aspect)


@dataclass(frozen=True, slots=True)
class _Sent:
    receipt: Receipt
    command: Command | None = None
    at_ms: int = 0


class Executor:
    """One for the whole house. A device obeys one proposal at a time, up to its receipt."""

    def __init__(
        self,
        *,
        publish: Publish,
        questions: Questions,
        proposals: Proposals,
        audit: Audit,
        may_send: Callable[[Proposal, House], bool],
        receipt_seconds: float,
        monotonic: Callable[[], float],
        clock_ms: Callable[[], int],
    ) -> None:
        """`may_send` is asked last of all: whether acting is switched on, and this asker may still do this."""
        self._publish = publish
        self._questions = questions
        self._proposals = proposals
        self._audit = audit
        self._may_send = may_send
        self._receipt_seconds = receipt_seconds
        self._monotonic = monotonic
        self._clock_ms = clock_ms
        self._devices: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def execute(self, proposal: Proposal, by: Asker) -> tuple[Receipt, ...]:
        """The end of every action of the proposal that `by` allowed; empty where it is consumed or closed already."""
        async with self._alone_with(proposal.actions):
            sent = await self._claim_and_send(proposal, by)
            receipts = tuple(await asyncio.gather(*(self._receipt(one) for one in sent)))
        if receipts:
            await self._record(proposal, receipts)
        return receipts

    @asynccontextmanager
    async def _alone_with(self, actions: Sequence[Action]) -> AsyncIterator[None]:
        """Always in the same order, so that two who want the same devices cannot wait for each other."""
        async with AsyncExitStack() as stack:
            for entity_id in sorted({action.entity_id for action in actions}):
                await stack.enter_async_context(self._devices[entity_id])
            yield

    async def _claim_and_send(self, proposal: Proposal, by: Asker) -> list[_Sent]:
        house = await self._questions.house()
        changed = await self._changed(proposal)
        try:
            if not await self._proposals.consume(proposal):
                return []
            await self._audit.append(
                Event.CLAIMED, {"proposal": proposal.id, "digest": proposal.digest, "by": by.satellite}
            )
        except StoreUnavailable as error:
            return _none_sent(proposal, Done.NOT_SENT, str(error))
        if digest_of(proposal.actions, house) != proposal.digest:
            _LOG.warning("What proposal %s would send is not what was asked about", proposal.id)
            return _none_sent(proposal, Done.CHANGED_MEANWHILE)
        sent = []
        for action, command in commands_of(proposal.actions, house):
            if command is None or proof_key(action, command) in changed:
                sent.append(_Sent(Receipt(action=action, done=Done.CHANGED_MEANWHILE)))
            elif not self._may_send(proposal, house):
                sent.append(_Sent(Receipt(action=action, done=Done.NOT_SENT, detail=Reason.ACTING_OFF)))
            else:
                sent.append(await self._send(action, command))
        return sent

    async def _changed(self, proposal: Proposal) -> set[SeriesKey]:
        """The series whose value is no longer what it was when the person was asked."""
        now = await self._questions.latest([key for key, _ in proposal.seen])
        return {key for key, then in proposal.seen if value_of(now.get(key)) != value_of(then)}

    async def _send(self, action: Action, command: Command) -> _Sent:
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

    async def _receipt(self, sent: _Sent) -> Receipt:
        """Waits until the device itself reports what was asked of it, or the time for that is over."""
        if sent.command is None:
            return sent.receipt
        key = proof_key(sent.receipt.action, sent.command)
        if key is None:
            return replace(sent.receipt, done=Done.SENT)
        expected = sent.receipt.action.value if sent.command.proof_state is None else sent.command.proof_state
        deadline = self._monotonic() + self._receipt_seconds
        while True:
            sample = await self._reported(key)
            if sample and sample.seen_ms >= sent.at_ms and _proves(sample.value, expected, sent.command):
                return replace(sent.receipt, done=Done.DONE, now_state=sample.value)
            if self._monotonic() >= deadline:
                return replace(sent.receipt, now_state=value_of(sample))
            await asyncio.sleep(_POLL_SECONDS)

    async def _reported(self, key: SeriesKey) -> Sample | None:
        """What was sent was sent, whether or not the records can be read now."""
        try:
            return (await self._questions.latest([key])).get(key)
        except StoreUnavailable as error:
            _LOG.error("Whether a device obeyed cannot be read: %s", error)
            return None

    async def _record(self, proposal: Proposal, receipts: Sequence[Receipt]) -> None:
        body = [
            {"entity": one.action.entity_id, "verb": one.action.verb, "done": one.done, "now": one.now_state}
            for one in receipts
        ]
        try:
            await self._proposals.finish(proposal.id, _state_after(receipts))
            await self._audit.append(Event.RECEIPT, {"proposal": proposal.id, "receipts": body})
        except StoreUnavailable as error:
            # It has happened; a full disk must not keep the person from hearing about it.
            _LOG.error("What became of proposal %s could not be recorded: %s", proposal.id, error)


def _none_sent(proposal: Proposal, done: Done, detail: str = "") -> list[_Sent]:
    return [_Sent(Receipt(action=one, done=done, detail=detail)) for one in proposal.actions]


def _state_after(receipts: Sequence[Receipt]) -> State:
    ends = {receipt.done for receipt in receipts}
    if Done.NOT_REPORTED in ends or Done.SENT in ends:
        return State.UNKNOWN
    return State.DONE if ends == {Done.DONE} else State.FAILED


def value_of(sample: Sample | None) -> float | str | None:
    return sample.value if sample else None


def _proves(value: float | str, expected: float | str | None, command: Command) -> bool:
    if isinstance(value, str) or not isinstance(expected, int | float):
        return value == expected
    tolerance = TOLERANCES.get(command.unit or "", DEFAULT_TOLERANCE)
    # Where the device's own steps are finer, its next value is another one.
    return abs(value - expected) <= (tolerance if command.step is None else min(tolerance, command.step / 2))
