"""What of the past conversation a request may carry: whole turns, newest first, within a budget of tokens.

Pure. A turn is what was said and what was answered; calls and results of past turns are not kept.
"""

from collections.abc import Sequence

from tools.sanitise import clean

BYTES_PER_TOKEN = 3
"""Errs on the side of more tokens: English is nearer to four."""
LONGEST_PAST = 400

PastTurn = tuple[str, str]
"""What the person said and what was spoken back."""


def estimated_tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def pruned(turns: Sequence[PastTurn], budget_tokens: int) -> tuple[PastTurn, ...]:
    """The newest turns that fit, oldest first, cleaned. A turn is kept whole or not at all, and none is skipped."""
    kept: list[PastTurn] = []
    left = budget_tokens
    for said, answered in reversed(turns):
        turn = (clean(said, LONGEST_PAST), clean(answered, LONGEST_PAST))
        left -= sum(map(estimated_tokens, turn))
        if left < 0:
            break
        kept.append(turn)
    return tuple(reversed(kept))
