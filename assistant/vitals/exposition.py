"""Serves the metrics to Prometheus on this machine: what `Metrics` counted, and what other parts count themselves.

The only importer of prometheus_client. Times come in milliseconds and leave in seconds, as is the custom there.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import groupby

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from assistant.vitals.metrics import BUCKETS_MS, Labels, Sample

PREFIX = "assistant_"
_TOTAL, _MS = "_total", "_ms"
_GATHER_SECONDS = 5.0

_LOG = logging.getLogger(__name__)

Gather = Callable[[], Iterable[Sample]]


def counted(name: str, counts: Mapping[str, float], label: str) -> Iterator[Sample]:
    """Plain counts as a series each; those with a dot in their name (`refused.too_long`) as one with a label."""
    for key, value in sorted(counts.items()):
        kind, _, of = key.partition(".")
        labels: Labels = ((label, of),) if of else ()
        yield Sample(name=f"{name}_{kind}{_TOTAL}", labels=labels, value=value)


def families(samples: Iterable[Sample]) -> Iterator[Metric]:
    """One family for each name; a name ends in what it counts, see `Metrics`."""
    for name, several in groupby(sorted(samples, key=lambda one: (one.name, one.labels)), key=lambda one: one.name):
        yield _family(name, tuple(several))


def _family(name: str, samples: tuple[Sample, ...]) -> Metric:
    keys = sorted({key for sample in samples for key, _ in sample.labels})
    what = name.removesuffix(_TOTAL).removesuffix(_MS).replace("_", " ")
    if samples[0].buckets:
        times = HistogramMetricFamily(f"{PREFIX}{name.removesuffix(_MS)}_seconds", f"Time: {what}.", labels=keys)
        for sample in samples:
            times.add_metric(_values(sample, keys), buckets=_buckets(sample), sum_value=sample.value / 1000)
        return times
    kind = CounterMetricFamily if name.endswith(_TOTAL) else GaugeMetricFamily
    family = kind(f"{PREFIX}{name}", f"{what.capitalize()}.", labels=keys)
    for sample in samples:
        family.add_metric(_values(sample, keys), sample.value)
    return family


def _values(sample: Sample, keys: Iterable[str]) -> list[str]:
    labels = dict(sample.labels)
    return [labels.get(key, "") for key in keys]


def _buckets(sample: Sample) -> list[tuple[str, float]]:
    ends = [f"{end / 1000:g}" for end in BUCKETS_MS]
    return [*zip(ends, map(float, sample.buckets), strict=True), ("+Inf", float(sample.count))]


class _Collector:
    """Gathers in the event loop, where everything is counted, for the thread that answers Prometheus."""

    def __init__(self, gather: Gather) -> None:
        self._gather = gather
        self._loop = asyncio.get_running_loop()

    def collect(self) -> Iterator[Metric]:
        gathered = asyncio.run_coroutine_threadsafe(self._samples(), self._loop)
        yield from families(gathered.result(_GATHER_SECONDS))

    async def _samples(self) -> list[Sample]:
        return list(self._gather())


@asynccontextmanager
async def exposed(gather: Gather, *, host: str, port: int) -> AsyncIterator[int | None]:
    """Answers `GET /metrics` within; gives the port, which the machine chooses where 0 is asked for.

    Where it cannot be had, that is told in the log and everything else goes on: None.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(gather))
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        _LOG.error("No metrics on %s port %d: %s; choose another port under [metrics]", host, port, error.strerror)
        yield None
        return
    try:
        yield server.server_port
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        await asyncio.to_thread(thread.join)
