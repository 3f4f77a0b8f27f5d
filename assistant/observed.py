"""All that can be counted of a running assistant, in one stream. docs/operations.md tells what each of it means."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version

from assistant.build import Assistant
from assistant.copies import backups_of
from assistant.vitals.exposition import counted
from assistant.vitals.metrics import Sample
from assistant.voice.late import Listening
from sensors.backup import bytes_of
from sensors.clock import now_ms
from sensors.ingest import Ingest
from sensors.upkeep import disk_space

_CLOSED = "closed."


def samples_of(assistant: Assistant, voice: Listening | None, *, started_ms: int) -> Iterator[Sample]:
    """`started_ms`: Unix epoch milliseconds."""
    yield _one("build_info", 1, version=version("home-voice-assistant"))
    yield _one("start_time_seconds", started_ms / 1000)
    yield from assistant.watch.metrics.samples()
    yield _one("model_cost_today", assistant.watch.day.cost)
    yield _one("notices_standing", len(assistant.watch.notices.standing))
    yield _one("proposals_open", len(assistant.approvals.waiting()))
    yield from _of_audit(assistant.audit.counts)
    if assistant.broker is not None:
        yield _one("mqtt_connected", assistant.broker.connected)
    if assistant.ingest is not None:
        yield from _of_ingest(assistant.ingest)
    if voice is not None:
        yield from _of_voice(voice)
    yield from _of_files(assistant)


def _of_audit(counts: Mapping[str, int]) -> Iterator[Sample]:
    for key, count in counts.items():
        if key.startswith(_CLOSED):
            yield _one("proposals_total", count, outcome=key.removeprefix(_CLOSED))
        else:
            yield _one("audit_records_total", count, event=key)


def _of_ingest(ingest: Ingest) -> Iterator[Sample]:
    yield from counted("ingest", ingest.counts, "reason")
    yield _one("ingest_behind_seconds", ingest.still_seconds)
    yield _one("ingest_storing", ingest.problem is None)


def _of_voice(voice: Listening) -> Iterator[Sample]:
    yield _one("voice_hears", voice.problem is None)
    yield _one("voice_still_seconds", voice.still_seconds)
    yield from counted("voice", voice.counts, "reason")
    if heard := voice.last_heard:
        from assistant.voice.levels import levels_of  # heavy, and there only where there is a voice

        yield _one("voice_level_dbfs", levels_of(heard).rms_dbfs)


def _of_files(assistant: Assistant) -> Iterator[Sample]:
    yield _one("disk_free_bytes", disk_space(assistant.state.path)[0])
    for one in backups_of(assistant.settings, assistant.state):
        yield _one("database_bytes", bytes_of(one.holding.path), database=one.holding.name)
        if (taken := one.last_taken(now_ms())) is not None:
            yield _one("backup_timestamp_seconds", taken.timestamp(), database=one.holding.name)


def _one(name: str, value: float, **labels: str) -> Sample:
    return Sample(name=name, labels=tuple(sorted(labels.items())), value=float(value))
