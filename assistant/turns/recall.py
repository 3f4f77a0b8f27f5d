"""Answers what a person asks about the assistant itself, from the audit: why it said something, what it has done."""

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.replies.figures import Figures
from assistant.replies.recall import because_reckoned, because_refused, because_reported, did, why
from tools.answers import AlreadyAnswer
from tools.audit import Audit, Event
from tools.contract import Asker, Role, error_from_record

ASKED_ITSELF = frozenset({"why", "did"})
"""Intents of the questions that are answered here."""
_LOOKED_AT = 400
"""Records; some hundred turns."""


class Recall:
    """What others asked is for the owner alone to hear; everybody else hears of their own satellite."""

    def __init__(self, audit: Audit, say: Figures) -> None:
        self._audit = audit
        self._say = say

    async def why(self, asker: Asker) -> str:
        """Where the last answer on this satellite came from."""
        for record in reversed(await self._audit.records(newest=_LOOKED_AT)):
            mine = record.event == Event.TURN and record.body["satellite"] == asker.satellite
            if mine and record.body.get("intent") not in ASKED_ITSELF:
                return why(record.body["heard"], _source(record.body, self._say), self._say)
        return self._say.spoken.recall.nothing_said

    async def did(self, asker: Asker) -> str:
        """The last thing that was done, and what came of it."""
        records = await self._audit.records(newest=_LOOKED_AT)
        orders = {record.body["proposal"]: record.body for record in records if record.event == Event.PROPOSED}
        for record in reversed(records):
            order = orders.get(record.body["proposal"]) if record.event == Event.RECEIPT else None
            if order is not None and (order["satellite"] == asker.satellite or asker.role is Role.OWNER):
                return did(order, record.body, record.at_ms, self._say)
        return self._say.spoken.recall.nothing_done


def _source(turn: Mapping[str, Any], say: Figures) -> str:
    """What the answer rests on, in words."""
    if turn["planner"] == "interceptor" and turn.get("answered"):
        return say.spoken.recall.answered
    calls: Sequence[Mapping[str, Any]] = turn["calls"]
    results = [call["result"] for call in calls if call["verdict"] == "ok"]
    if rows := [row for result in results for row in _rows(result)]:
        return because_reported(rows, say)
    if reckoned := [result for result in results if result.get("rows") and result.get("period")]:
        return because_reckoned(reckoned[0], say)
    if any(result.get("kind_of_answer") == AlreadyAnswer.__name__ for result in results):
        return say.spoken.recall.already
    if any(call["verdict"] == "needs_confirmation" for call in calls):
        return say.spoken.recall.asked
    refused = [call["result"] for call in calls if call["result"].get("error")]
    if refused:
        return because_refused(error_from_record(refused[0]), say)
    return say.spoken.recall.model if turn["planner"] == "model" else say.spoken.recall.code


def _rows(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The readings in an answer: those that have a value and a time."""
    rows = result.get("rows") or ([result["row"]] if isinstance(result.get("row"), Mapping) else [])
    return [row for row in rows if isinstance(row, Mapping) and "seen_ms" in row]
