"""Endpoints in the order in which they are asked: what one cannot answer goes to the next, within the turn's time."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.model.cost import Spent
from assistant.model.endpoint import Json
from assistant.model.exchange import Asks, Exchange, Exchanged, Note, chokes
from assistant.model.failure import EndpointFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """At least one exchange, best first."""

    exchanges: tuple[Exchange, ...]
    clock: Callable[[], float] = time.monotonic

    @property
    def final_by_facts(self) -> bool:
        awake = (one for one in self.exchanges if not one.asleep)
        return next(awake, self.exchanges[0]).final_by_facts

    @property
    def next(self) -> Asks | None:
        """The same without its first."""
        return Ladder(exchanges=self.exchanges[1:], clock=self.clock) if len(self.exchanges) > 1 else None

    def ahead(self, tokens_in: int) -> Spent:
        """By the dearest, because nobody knows which it will be."""
        return max((one.ahead(tokens_in) for one in self.exchanges), key=lambda one: (one.cost, one.tokens))

    async def ask(
        self, messages: list[Json], extra: Mapping[str, Any], *, deadline: float, note: Note = lambda _: None
    ) -> Exchanged:
        """Each gets an equal share of the time that is left for its first token. Raises EndpointFailed."""
        failures: list[EndpointFailed] = []
        for place, exchange in enumerate(self.exchanges):
            later = sum(not one.asleep for one in self.exchanges[place + 1 :])
            now = self.clock()
            try:
                return await exchange.ask(
                    messages,
                    extra,
                    deadline=deadline,
                    note=note,
                    begin_by=now + (deadline - now) / (later + 1),
                    alone=not later,
                )
            except EndpointFailed as failure:
                if chokes(failure, messages):
                    raise  # the next would get the same conversation; it is asked again without the calls
                failures.append(failure)
        raise _all_of(failures)


def _all_of(failures: list[EndpointFailed]) -> EndpointFailed:
    if len(failures) == 1:
        return failures[0]
    return EndpointFailed(
        "; ".join(failure.message for failure in failures),
        retryable=False,
        status=failures[-1].status,
        silent=any(failure.silent for failure in failures),
    )
