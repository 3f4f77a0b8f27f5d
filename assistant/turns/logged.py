"""A turn as one line of the log: `key=value` after `key=value`, all of them out of closed lists, or numbers.

Never a word of what was said, and no name that somebody could have said; that is in the audit alone.
"""

from collections.abc import Iterator

from assistant.turns.drafts import Draft, tool_of
from assistant.values import Reply, Utterance
from tools.gate import HeardKind

ASKED, DROPPED = "asked", "dropped"
_ANSWERS = frozenset(HeardKind)


def line_of(utterance: Utterance, reply: Reply, draft: Draft) -> str:
    """docs/operations.md tells what each key means."""
    return " ".join(f"{key}={value}" for key, value in _facts(utterance, reply, draft))


def _facts(utterance: Utterance, reply: Reply, draft: Draft) -> Iterator[tuple[str, object]]:
    asker = utterance.asker
    yield "turn", reply.turn_id
    yield "satellite", "_".join(asker.satellite.split())
    yield "role", asker.role.value
    yield "by", "keyboard" if asker.typed else "voice"
    yield "planner", reply.planner.value
    if reply.results:
        yield "calls", ",".join(f"{tool_of(result)}:{result.verdict}" for result in reply.results)
    if proposal := _proposal(reply, draft):
        yield "proposal", proposal
    for name, ms in reply.timings_ms.items():
        yield f"{name}_ms", f"{ms:.1f}"
    if (model := draft.model) is not None:
        yield "requests", len(model.attempts)
        yield "tokens_in", model.tokens_in
        yield "tokens_out", model.tokens_out
        yield "cost", f"{model.cost:g}"
        yield "stopped", model.stopped_because.value


def _proposal(reply: Reply, draft: Draft) -> str:
    """What became of a proposal in this turn; empty where there was none."""
    if draft.receipts:
        return ",".join(sorted({one.done.value for one in draft.receipts}))
    if draft.answered and draft.intent in _ANSWERS:
        return draft.intent
    if reply.proposal_id is not None:
        return ASKED
    return DROPPED if draft.answered else ""
