"""Answers what a person asks about the assistant itself, from the audit: why it said something, what it has done."""

from collections.abc import Mapping, Sequence
from typing import Any

from assistant import recall_replies as sentence
from assistant.figures import Figures
from tools.answers import AlreadyAnswer
from tools.audit import Audit, Event
from tools.contract import Asker, Role

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
                return sentence.why(record.body["heard"], _source(record.body, self._say))
        return sentence.NOTHING_SAID

    async def did(self, asker: Asker) -> str:
        """The last thing that was done, and what came of it."""
        records = await self._audit.records(newest=_LOOKED_AT)
        orders = {record.body["proposal"]: record.body for record in records if record.event == Event.PROPOSED}
        for record in reversed(records):
            order = orders.get(record.body["proposal"]) if record.event == Event.RECEIPT else None
            if order is not None and (order["satellite"] == asker.satellite or asker.role is Role.OWNER):
                return sentence.did(order, record.body, record.at_ms, self._say)
        return sentence.NOTHING_DONE


def _source(turn: Mapping[str, Any], say: Figures) -> str:
    """What the answer rests on, in words."""
    if turn["planner"] == "interceptor" and turn.get("answered"):
        return sentence.BECAUSE_ANSWERED
    calls: Sequence[Mapping[str, Any]] = turn["calls"]
    results = [call["result"] for call in calls if call["verdict"] == "ok"]
    if rows := [row for result in results for row in _rows(result)]:
        return sentence.because_reported(rows, say)
    if reckoned := [result for result in results if result.get("rows") and result.get("period")]:
        return sentence.because_reckoned(reckoned[0])
    if any(result.get("kind_of_answer") == AlreadyAnswer.__name__ for result in results):
        return sentence.BECAUSE_ALREADY
    if any(call["verdict"] == "needs_confirmation" for call in calls):
        return sentence.BECAUSE_ASKED
    refused = [str(call["result"]["message"]) for call in calls if call["result"].get("error")]
    if refused:
        return sentence.because_refused(refused[0])
    return sentence.BECAUSE_MODEL if turn["planner"] == "model" else sentence.BECAUSE_CODE


def _rows(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The readings in an answer: those that have a value and a time."""
    rows = result.get("rows") or ([result["row"]] if isinstance(result.get("row"), Mapping) else [])
    return [row for row in rows if isinstance(row, Mapping) and "seen_ms" in row]
