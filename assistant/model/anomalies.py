"""Tells what is wrong with the model and does not show in a single turn: it fails often, goes in circles, costs.

Pure: fed with each turn and the time in seconds; answers with what begins and what is over.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from assistant.model.cost import Attempt
from assistant.model.outcome import ModelOutcome, StoppedBecause

WINDOW_SECONDS = 3600.0
FEWEST_TURNS = 4
FAILED_SHARE = 0.5
GOOD_TURNS = 3
"""In a row, after which it is well again."""
MOST_CIRCLES = 3
MOST_FAILURES = 3
"""Of one endpoint in a row."""
NEARLY = 0.8
"""Of what a day may cost."""

FAILING, CIRCLES, COST = "model_failing", "model_circles", "model_cost"
FAILED = frozenset({StoppedBecause.ENDPOINT, StoppedBecause.TIME, StoppedBecause.UNUSABLE})
_WENT_ROUND = frozenset({StoppedBecause.REPEATED, StoppedBecause.ROUNDS, StoppedBecause.CALLS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something begins, or is over. `kind` stays the same for both."""

    kind: str
    begins: bool
    text: str


@dataclass(slots=True, kw_only=True)
class Anomalies:
    """`cost_per_day` is what a day may cost; None: no limit."""

    cost_per_day: float | None = None
    _turns: deque[tuple[float, StoppedBecause]] = field(default_factory=lambda: deque(maxlen=200), init=False)
    _failures: dict[str, int] = field(default_factory=dict, init=False)
    _standing: set[str] = field(default_factory=set, init=False)

    def turn(self, outcome: ModelOutcome, day_cost: float, now: float) -> tuple[Change, ...]:
        if outcome.stopped_because is not StoppedBecause.CANCELLED:
            self._turns.append((now, outcome.stopped_because))
        return (*self._of_endpoints(outcome.attempts), *self.look(day_cost, now))

    def look(self, day_cost: float, now: float) -> tuple[Change, ...]:
        """Also without a turn, because some things are over by the clock alone."""
        while self._turns and self._turns[0][0] <= now - WINDOW_SECONDS:
            self._turns.popleft()
        return tuple(self._changes({**self._judged(), **self._dear(day_cost)}))

    def _judged(self) -> dict[str, tuple[bool, str, str]]:
        ended = [stopped for _, stopped in self._turns]
        failed = [stopped in FAILED for stopped in ended]
        circles = sum(stopped in _WENT_ROUND for stopped in ended)
        well = len(failed) < FEWEST_TURNS or not any(failed[-GOOD_TURNS:])
        often = len(failed) >= FEWEST_TURNS and sum(failed) >= FAILED_SHARE * len(failed)
        return {
            FAILING: (
                not well and (often or FAILING in self._standing),
                f"the language model failed in {sum(failed)} of the last {len(failed)} turns;"
                " `assistant model check` tells what is wrong with it",
                "the language model answers again",
            ),
            CIRCLES: (
                circles >= MOST_CIRCLES,
                f"the language model went in circles in {circles} turns within the hour; another model may do better,"
                " `assistant model check` tells what this one lacks",
                "the language model has not gone in circles for an hour",
            ),
        }

    def _dear(self, day_cost: float) -> dict[str, tuple[bool, str, str]]:
        if self.cost_per_day is None:
            return {}
        text = (
            f"the language model has cost {day_cost:.4g} today, of {self.cost_per_day:g} that it may;"
            " at the limit it is not asked any more until midnight (model.cost_per_day)"
        )
        return {COST: (day_cost >= NEARLY * self.cost_per_day, text, "a new day: the language model may cost again")}

    def _of_endpoints(self, attempts: Iterable[Attempt]) -> Iterator[Change]:
        for attempt in attempts:
            kind = f"model_endpoint {attempt.endpoint} {attempt.model}"
            self._failures[kind] = 0 if attempt.ok else self._failures.get(kind, 0) + 1
            text = f"the model endpoint {attempt.endpoint} fails: {attempt.failure}"
            stands = (
                self._failures[kind] >= MOST_FAILURES,
                text,
                f"the model endpoint {attempt.endpoint} answers again",
            )
            if attempt.ok or stands[0]:
                yield from self._changes({kind: stands})

    def _changes(self, judged: dict[str, tuple[bool, str, str]]) -> Iterator[Change]:
        for kind, (stands, begins, over) in judged.items():
            if stands and kind not in self._standing:
                self._standing.add(kind)
                yield Change(kind=kind, begins=True, text=begins)
            elif not stands and kind in self._standing:
                self._standing.discard(kind)
                yield Change(kind=kind, begins=False, text=over)
