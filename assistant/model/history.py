"""What of the past conversation a request may carry: whole turns, newest first, within a budget of tokens.

Pure. A turn is what was said and what was answered; calls and results of past turns are not kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.sanitise import clean

BYTES_PER_TOKEN = 3
"""Errs on the side of more tokens: English is nearer to four."""
LONGEST_PAST = 400
MOST_TURNS = 6
KEPT_TURNS = 3
FORGOTTEN_SECONDS = 300.0
"""Whoever speaks after such a pause begins anew, and nobody hears what others asked for before."""

PastTurn = tuple[str, str]
"""What the person said and what was spoken back."""


@dataclass(slots=True)
class Past:
    """The turns of one satellite's conversation, oldest first, while it goes on."""

    _turns: list[PastTurn] = field(default_factory=list)
    _newest_seconds: float = 0.0

    def add(self, said: str, answered: str, now_seconds: float) -> None:
        """`now_seconds` on a monotonic clock.

        Of too many, half are dropped at once: dropped one by one, they would change the beginning of each request, and
        nothing after it could come out of an endpoint's cache.
        """
        turns = [*self.turns(now_seconds), (said, answered)]
        self._turns = turns if len(turns) <= MOST_TURNS else turns[-KEPT_TURNS:]
        self._newest_seconds = now_seconds

    def turns(self, now_seconds: float) -> tuple[PastTurn, ...]:
        return () if now_seconds - self._newest_seconds > FORGOTTEN_SECONDS else tuple(self._turns)


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
