"""That nobody is worn down into a yes: how often people may be asked, and what they are not asked again. Pure."""

from collections import defaultdict, deque
from collections.abc import Callable
from functools import partial

from tools.contract import Asker, ErrorCode, ToolError
from tools.reasons import Reason

MOST_UNACCEPTED = 4
FATIGUE_SECONDS = 600.0
"""After so many proposals without a yes, on one satellite within this time, nobody is asked any more."""
REFUSED_SECONDS = 120.0
"""For so long a planner does not ask again for what was refused; the person's own clear words do."""


class Patience:
    """Counts by the monotonic clock. A yes makes a satellite's people patient again."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._unaccepted: defaultdict[str, deque[float]] = defaultdict(partial(deque, maxlen=MOST_UNACCEPTED))
        self._refused: dict[tuple[str, str], float] = {}

    def check(self, digest: str, asker: Asker) -> None:
        """Raises ToolError(RATE_LIMITED) where these people should not be asked this now.

        Whoever types their own order at the console is not worn down by anybody.
        """
        if asker.typed and asker.by_code:
            return
        now = self._monotonic()
        times = self._unaccepted[asker.satellite]
        if len(times) == MOST_UNACCEPTED and now - times[0] < FATIGUE_SECONDS:
            minutes = max(1, round((FATIGUE_SECONDS - (now - times[0])) / 60))
            raise ToolError(
                ErrorCode.RATE_LIMITED,
                Reason.ASKED_ENOUGH,
                facts={"times": MOST_UNACCEPTED, "minutes": minutes},
            )
        refused_at = self._refused.get((asker.satellite, digest))
        if not asker.by_code and refused_at is not None and now - refused_at < REFUSED_SECONDS:
            raise ToolError(ErrorCode.RATE_LIMITED, Reason.REFUSED_LATELY)

    def accepted(self, satellite: str) -> None:
        self._unaccepted[satellite].clear()

    def unaccepted(self, satellite: str) -> None:
        """A proposal has ended without a yes, however it did."""
        self._unaccepted[satellite].append(self._monotonic())

    def refused(self, satellite: str, digest: str) -> None:
        """A person has said something else than yes to just this."""
        now = self._monotonic()
        self._refused = {key: at for key, at in self._refused.items() if now - at < REFUSED_SECONDS}
        self._refused[satellite, digest] = now
