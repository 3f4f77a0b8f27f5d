"""All that can be counted of a running assistant, in one stream."""

from collections.abc import Iterator

from assistant.build import Assistant
from assistant.exposition import counted
from assistant.metrics import Sample


def samples_of(assistant: Assistant) -> Iterator[Sample]:
    yield from assistant.watch.metrics.samples()
    yield from counted("audit", assistant.audit.counts, "state")
    yield _state("notices_standing", len(assistant.watch.notices.standing))
    if assistant.broker is not None:
        yield _state("mqtt_connected", assistant.broker.connected)
    if assistant.ingest is not None:
        yield from counted("ingest", assistant.ingest.counts, "reason")
        yield _state("ingest_behind_seconds", assistant.ingest.still_seconds)


def _state(name: str, value: float) -> Sample:
    return Sample(name=name, labels=(), value=float(value))
