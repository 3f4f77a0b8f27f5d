"""Counts what turns come to, and notices when something is wrong with the model."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from assistant.model.anomalies import Anomalies, Change
from assistant.model.cost import Day
from assistant.model.outcome import ModelOutcome
from assistant.turns.drafts import Draft, tool_of
from assistant.values import Reply
from assistant.vitals.metrics import Metrics
from assistant.vitals.notices import Notices

_PARTS = frozenset({"endpoint", "transcribe", "plan", "tools"})
"""Of a turn, from the end of speech on; what a model takes has components of its own."""
_COMPONENTS = ("ttft", "generation", "endpoint", "tools", "own", "total")


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnWatch:
    """Is told of every turn that is over; `day` and `anomalies` are of the model."""

    metrics: Metrics
    notices: Notices
    day: Day
    anomalies: Anomalies = field(default_factory=Anomalies)
    clock: Callable[[], float] = time.monotonic

    def turn(self, reply: Reply, draft: Draft) -> None:
        self.metrics.count("turns_total", planner=reply.planner.value)
        self.metrics.took("turn_ms", reply.timings_ms.get("turn", 0.0), planner=reply.planner.value)
        for component in _PARTS & reply.timings_ms.keys():
            self.metrics.took("turn_component_ms", reply.timings_ms[component], component=component)
        for result in reply.results:
            tool = tool_of(result)
            self.metrics.count("tool_calls_total", tool=tool, verdict=result.verdict)
            self.metrics.took("tool_ms", result.elapsed_ms, tool=tool)
        if draft.model is not None:
            self._model(draft.model)

    async def look(self) -> None:
        """What is over by the clock alone."""
        self._tell(self.anomalies.look(self.day.cost, self.clock()))

    def _model(self, outcome: ModelOutcome) -> None:
        self.metrics.count("model_turns_total", stopped=outcome.stopped_because.value)
        for component in _COMPONENTS:
            if component in outcome.timings_ms:
                self.metrics.took("model_ms", outcome.timings_ms[component], component=component)
        for one in outcome.attempts:
            where = {"endpoint": one.endpoint, "model": one.model}
            self.metrics.count("model_requests_total", ok="yes" if one.ok else "no", **where)
            self.metrics.count("model_tokens_total", one.tokens_in, direction="in", **where)
            self.metrics.count("model_tokens_total", one.tokens_out, direction="out", **where)
            self.metrics.count("model_cost_total", one.cost, **where)
        self._tell(self.anomalies.turn(outcome, self.day.cost, self.clock()))

    def _tell(self, changes: Iterable[Change]) -> None:
        for change in changes:
            (self.notices.begin if change.begins else self.notices.over)(change.kind, change.text)
