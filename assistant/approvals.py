"""What waits for a yes anywhere in the house, for a person at the console to see, allow or refuse."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.replies.replies import Replies
from tools.contract import Asker
from tools.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One proposal, as it is shown."""

    id: str
    satellite: str
    room: str | None
    question: str
    seconds_left: int


class Approvals:
    """The gate, seen from a human channel other than the one that the question was put on."""

    def __init__(self, *, gate: Gate, replies: Replies, monotonic: Callable[[], float]) -> None:
        self._gate = gate
        self._replies = replies
        self._monotonic = monotonic

    def waiting(self) -> tuple[Waiting, ...]:
        return tuple(
            Waiting(
                id=one.id,
                satellite=one.asker.satellite,
                room=one.asker.room,
                question=self._replies.short_question(one),
                seconds_left=round(one.expires_seconds - self._monotonic()),
            )
            for one in self._gate.waiting()
        )

    async def approve(self, proposal_id: str, by: Asker) -> str:
        """Does it, and tells what came of it. Raises ToolError(NOT_ALLOWED)."""
        heard = await self._gate.approve(proposal_id, by)
        return self._replies.fixed.not_waiting if heard is None else self._replies.receipts(heard.receipts)

    async def reject(self, proposal_id: str) -> str:
        heard = await self._gate.reject(proposal_id)
        return self._replies.fixed.not_waiting if heard is None else self._replies.fixed.not_done
