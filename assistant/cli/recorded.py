"""What was recorded of one series over a period, in the person's units, as much of it as a screen is wide."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.cli.plot import Column
from sensors.measures import Aggregate, Sample, Total
from sensors.periods import Span
from sensors.questions import Questions
from sensors.reading import Aspect, Entity, SeriesKey, StateClass
from sensors.reckoning import HOUR_MS
from sensors.restated import Answer, restated
from sensors.spoken_units import Units, spoken_unit

MOST_STRIPS = 8
"""States that are drawn; what writes free text has thousands."""
_METERS = {StateClass.TOTAL, StateClass.TOTAL_INCREASING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A numeric series over a span, in `unit`."""

    unit: str | None
    whole: Aggregate
    """Its numbers in the same unit."""
    total: Total | None
    """Of a meter; None for everything else."""
    hourly: bool
    """Whether of some of it only hourly figures are kept."""
    spans: tuple[Span, ...]
    columns: tuple[Column | None, ...]
    """One for each of the spans, in order; None where nothing held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InState:
    """How a series stood to one state over a span."""

    state: str
    ms: int
    times: int
    """How often it came into the state."""
    shares: tuple[float, ...]
    """The part (0..1) of each of so many equal pieces of the span for which it held; empty past MOST_STRIPS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """A series of states over a span."""

    known: Span
    """From the first record on, as far as it lies in the span."""
    each: tuple[InState, ...]
    """Longest first."""
    changes: tuple[Sample, ...]
    """Within the span, in order."""


async def numbers_of(
    questions: Questions, entity: Entity, aspect: Aspect, span: Span, *, columns: int, units: Units
) -> Numbers | None:
    """None where nothing held in the span. There are fewer columns where only hourly figures are left."""
    key = SeriesKey(entity_id=entity.id, aspect=aspect.name)
    whole = await questions.aggregate(key, span)
    if whole is None:
        return None
    length_ms = span.end_ms - span.start_ms
    pieces = pieces_of(span, min(columns, length_ms))
    found = [await questions.aggregate(key, piece) for piece in pieces]
    hourly = any(one.resolution_ms > 1 for one in found if one is not None)
    if hourly and length_ms < columns * HOUR_MS:
        # A piece of an hour would show that whole hour, or nothing.
        pieces = pieces_of(span, max(1, length_ms // HOUR_MS))
        found = [await questions.aggregate(key, piece) for piece in pieces]
    total = await questions.total(key, span) if aspect.state_class in _METERS else None
    heard = spoken_unit(aspect.unit, units) if aspect.unit else None

    def said(answer: Answer) -> Answer:
        return restated(answer, aspect.unit, heard) if aspect.unit and heard else answer

    return Numbers(
        unit=heard,
        whole=said(whole),
        total=None if total is None else said(total),
        hourly=hourly,
        spans=pieces,
        columns=tuple(None if one is None else _column(said(one)) for one in found),
    )


def _column(one: Aggregate) -> Column:
    return Column(low=one.minimum, mean=one.mean, high=one.maximum)


async def states_of(questions: Questions, entity: Entity, aspect: Aspect, span: Span, *, pieces: int) -> States | None:
    """None where no state was known before the span's end."""
    key = SeriesKey(entity_id=entity.id, aspect=aspect.name)
    records = await questions.states(key, span)
    if not records:
        return None
    known = Span(start_ms=max(records[0].at_ms, span.start_ms), end_ms=span.end_ms)
    # The first of all is no change: it may have been so for years.
    changes = [
        record for before, record in pairwise(records) if before.value != record.value and record.at_ms >= span.start_ms
    ]
    began = Counter(record.value for record in changes)
    held = sorted(_held_ms(records, known).items(), key=lambda one: -one[1])
    parts = pieces_of(span, pieces)
    return States(
        known=known,
        each=tuple(
            InState(
                state=state,
                ms=ms,
                times=began[state],
                shares=shares_of(state, records, parts) if place < MOST_STRIPS else (),
            )
            for place, (state, ms) in enumerate(held)
        ),
        changes=tuple(changes),
    )


def _held_ms(records: Sequence[Sample], known: Span) -> Mapping[str, int]:
    held: Counter[str] = Counter()
    until = [*(record.at_ms for record in records[1:]), known.end_ms]
    for record, next_ms in zip(records, until, strict=True):
        held[str(record.value)] += next_ms - max(record.at_ms, known.start_ms)
    return held


def pieces_of(span: Span, count: int) -> tuple[Span, ...]:
    """The span in so many pieces of the same length, to the millisecond."""
    length_ms = span.end_ms - span.start_ms
    edges = [span.start_ms + length_ms * number // count for number in range(count + 1)]
    return tuple(Span(start_ms=begin, end_ms=end) for begin, end in pairwise(edges))


def shares_of(state: str, records: Sequence[Sample], pieces: Sequence[Span]) -> tuple[float, ...]:
    """The part of each piece for which the state held; a state holds until the next record, the last one to the end."""
    held_ms = [0] * len(pieces)
    start_ms, end_ms = pieces[0].start_ms, pieces[-1].end_ms
    until = [*(record.at_ms for record in records[1:]), end_ms]
    for record, next_ms in zip(records, until, strict=True):
        if record.value != state:
            continue
        begin_ms = max(record.at_ms, start_ms)
        first = bisect_right(pieces, begin_ms, key=lambda piece: piece.start_ms) - 1
        for number in range(first, len(pieces)):
            if pieces[number].start_ms >= next_ms:
                break
            held_ms[number] += min(next_ms, pieces[number].end_ms) - max(begin_ms, pieces[number].start_ms)
    return tuple(ms / max(1, piece.end_ms - piece.start_ms) for ms, piece in zip(held_ms, pieces, strict=True))
